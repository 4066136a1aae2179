// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccountRecord, GlobalRecord, ACCOUNT_KIND} from "../../generated/Layout.sol";
import {
    CREDIT_ATTESTATION_BYTES,
    OP_ATTEST_CREDIT_CREDITED_MS_OFFSET,
    OP_ATTEST_CREDIT_CREDIT_MINUTES_OFFSET,
    OP_ATTEST_CREDIT_GUARANTOR_OFFSET,
    OP_ATTEST_CREDIT_HEAD_BYTES,
    OP_ATTEST_CREDIT_LIMIT_MICRO_USD_OFFSET
} from "../../generated/Operations.sol";
import {ATTESTERS_MAX, COMPUTE_SIGNATURE, CREDIT_CONSENTS_MAX, CREDIT_TYPEHASH, MINUTE_MS, POSITIONS_MAX} from "../../generated/Params.sol";
import {
    RESULT_BAD_SIGNATURE,
    RESULT_CREDIT_STANDS,
    RESULT_GUARD_NEEDED,
    RESULT_INSUFFICIENT_COLLATERAL,
    RESULT_MALFORMED,
    RESULT_OK,
    RESULT_SEGMENT_FULL,
    RESULT_STALE_ATTESTATION,
    RESULT_UNKNOWN_ACCOUNT,
    RESULT_WRONG_MARGIN_MODE
} from "../../generated/Results.sol";
import {Arena} from "../Arena.sol";
import {Attesters} from "../Attesters.sol";
import {GuardedOp} from "../GuardedOp.sol";
import {InstrumentOp} from "../InstrumentOp.sol";
import {Margin} from "../Margin.sol";
import {CLOCK, GLOBAL, HASH, NOW, field, read, write} from "../Memory.sol";
import {Portfolio} from "../Portfolio.sol";
import {Weight} from "../Weight.sol";

/// @title Attesters say the credit of an account, and its guarantor consents (docs/protocol/credit.md)
/// @dev Body: account u32, limit u64, minutes u16, guarantor u32, credited u48, count u8, count × (attester u8, signature 64), then consents of
/// 64 bytes to the end.
library AttestCredit {
    uint256 private constant CONSENT_BYTES = 64;

    function execute(uint256 offset, uint256 length) internal view returns (uint256 code) {
        unchecked {
            uint256 count = field(offset + OP_ATTEST_CREDIT_HEAD_BYTES - 1, 8);
            uint256 signed = OP_ATTEST_CREDIT_HEAD_BYTES + CREDIT_ATTESTATION_BYTES * count;
            if (length < OP_ATTEST_CREDIT_HEAD_BYTES || length < signed || count == 0 || count > ATTESTERS_MAX) return RESULT_MALFORMED;
            uint256 consents = (length - signed) / CONSENT_BYTES;
            if (length != signed + CONSENT_BYTES * consents || !isTerm(offset, consents)) return RESULT_MALFORMED;
            Weight.plan(
                Weight.records(ACCOUNT_KIND, 2) + InstrumentOp.reserveMarks(POSITIONS_MAX),
                (count + consents) * COMPUTE_SIGNATURE + Margin.weightOf(POSITIONS_MAX)
            );
            if (!Weight.hasRoom()) return RESULT_SEGMENT_FULL;
            uint256 limit = field(offset + OP_ATTEST_CREDIT_LIMIT_MICRO_USD_OFFSET, 64);
            if (!exists(field(offset, 32)) || (limit != 0 && !exists(guarantorOf(offset)))) return RESULT_UNKNOWN_ACCOUNT;
            code = Attesters.check(offset + OP_ATTEST_CREDIT_HEAD_BYTES, count);
            if (code != RESULT_OK) return code;
            uint256 account = Arena.account(field(offset, 32));
            code = checkTerms(offset, account, limit);
            if (code != RESULT_OK) return code;
            uint256 structHash = structHashOf(offset);
            if (!Attesters.areSigned(structHash, offset + OP_ATTEST_CREDIT_HEAD_BYTES, count)) return RESULT_BAD_SIGNATURE;
            if (limit == 0) {
                AccountRecord.setCreditMinutes(account, 0); // its money stays until it is released
            } else {
                code = grant(offset, account, limit, offset + signed, consents);
                if (code != RESULT_OK) return code;
            }
            AccountRecord.setCreditedMs(account, field(offset + OP_ATTEST_CREDIT_CREDITED_MS_OFFSET, 48));
        }
    }

    /// @dev Whether credit has a term, a guarantor and its consent, and none has none.
    function isTerm(uint256 offset, uint256 consents) private pure returns (bool) {
        uint256 minutes_ = field(offset + OP_ATTEST_CREDIT_CREDIT_MINUTES_OFFSET, 16);
        uint256 guarantor = guarantorOf(offset);
        if (field(offset + OP_ATTEST_CREDIT_LIMIT_MICRO_USD_OFFSET, 64) == 0) return minutes_ == 0 && guarantor == 0 && consents == 0;
        return minutes_ != 0 && guarantor != field(offset, 32) && consents != 0 && consents <= CREDIT_CONSENTS_MAX;
    }

    function guarantorOf(uint256 offset) private pure returns (uint256) {
        unchecked {
            return field(offset + OP_ATTEST_CREDIT_GUARANTOR_OFFSET, 32);
        }
    }

    function exists(uint256 id) private pure returns (bool) {
        return id != 0 && id < GlobalRecord.nextAccount(read(GLOBAL));
    }

    /// @dev Only what is said later counts, and nothing ahead of the clock; credit that is over already is none; money that stands stays with its
    /// guarantor until it is released; and portfolio margin has none.
    function checkTerms(uint256 offset, uint256 account, uint256 limit) private pure returns (uint256) {
        unchecked {
            uint256 said = field(offset + OP_ATTEST_CREDIT_CREDITED_MS_OFFSET, 48);
            if (said <= AccountRecord.creditedMs(account) || said > read(NOW)) return RESULT_STALE_ATTESTATION;
            if (limit == 0) return RESULT_OK;
            uint256 minutes_ = field(offset + OP_ATTEST_CREDIT_CREDIT_MINUTES_OFFSET, 16);
            if (said + minutes_ * MINUTE_MS <= read(CLOCK)) return RESULT_STALE_ATTESTATION;
            if (Portfolio.isIn(account)) return RESULT_WRONG_MARGIN_MODE;
            uint256 stands = AccountRecord.creditLimit(account);
            if (stands == 0) return RESULT_OK;
            return limit >= stands && guarantorOf(offset) == AccountRecord.guarantor(account) ? RESULT_OK : RESULT_CREDIT_STANDS;
        }
    }

    /// @dev What attesters and the guarantor sign.
    function structHashOf(uint256 offset) private pure returns (uint256 structHash) {
        bytes32 typehash = CREDIT_TYPEHASH;
        unchecked {
            write(HASH, uint256(typehash));
            write(HASH + 0x20, field(offset, 32));
            write(HASH + 0x40, field(offset + OP_ATTEST_CREDIT_LIMIT_MICRO_USD_OFFSET, 64));
            write(HASH + 0x60, field(offset + OP_ATTEST_CREDIT_CREDIT_MINUTES_OFFSET, 16));
            write(HASH + 0x80, guarantorOf(offset));
            write(HASH + 0xa0, field(offset + OP_ATTEST_CREDIT_CREDITED_MS_OFFSET, 48));
            assembly ("memory-safe") {
                structHash := keccak256(HASH, 0xc0)
            }
        }
    }

    /// @dev With the guarantor's consent, move what the limit lacks out of its collateral, if initial margin stays there, and set the credit.
    function grant(uint256 offset, uint256 account, uint256 limit, uint256 consent, uint256 consents)
        private
        view
        returns (uint256 code)
    {
        uint256 id = guarantorOf(offset);
        uint256 guarantor = Arena.account(id);
        unchecked {
            code = checkConsent(guarantor, structHashOf(offset), consent, consents);
            if (code != RESULT_OK) return code;
            uint256 more = limit - AccountRecord.creditLimit(account);
            if (more != 0) {
                if (Portfolio.isIn(guarantor)) return RESULT_WRONG_MARGIN_MODE;
                int256 before = AccountRecord.collateral(guarantor);
                // Above −2^126 − 2^64: fits its field. One that low fails the test, as a withdrawal's does.
                AccountRecord.setCollateral(guarantor, before - int256(more));
                if (!Margin.holdsInitial(guarantor, id, false)) {
                    AccountRecord.setCollateral(guarantor, before);
                    return RESULT_INSUFFICIENT_COLLATERAL;
                }
                // Below 2^64 for each of 2^32 accounts.
                GlobalRecord.setCredit(read(GLOBAL), GlobalRecord.credit(read(GLOBAL)) + more);
            }
        }
        AccountRecord.setCreditLimit(account, limit);
        AccountRecord.setGuarantor(account, id);
        AccountRecord.setCreditMinutes(account, field(offset + OP_ATTEST_CREDIT_CREDIT_MINUTES_OFFSET, 16));
    }

    /// @dev Whether the guarantor's owner has signed, and its guard key if one is in force.
    function checkConsent(uint256 guarantor, uint256 structHash, uint256 consent, uint256 consents) private view returns (uint256) {
        if (!Attesters.isBy(AccountRecord.owner(guarantor), structHash, consent)) return RESULT_BAD_SIGNATURE;
        uint256 guard = GuardedOp.guardOf(guarantor);
        if (guard == 0) return consents == 1 ? RESULT_OK : RESULT_BAD_SIGNATURE;
        if (consents == 1) return RESULT_GUARD_NEEDED;
        unchecked {
            return Attesters.isBy(guard, structHash, consent + CONSENT_BYTES) ? RESULT_OK : RESULT_BAD_SIGNATURE;
        }
    }
}
