// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccountRecord, GlobalRecord, ACCOUNT_KIND} from "../../generated/Layout.sol";
import {
    ATTESTATION_BYTES,
    OP_ATTEST_ATTESTED_MS_OFFSET,
    OP_ATTEST_HEAD_BYTES,
    OP_ATTEST_TIER_EXPIRY_MS_OFFSET,
    OP_ATTEST_TIER_OFFSET
} from "../../generated/Operations.sol";
import {ATTESTED_MS_MAX, ATTESTERS_MAX, ATTEST_TYPEHASH, COMPUTE_SIGNATURE} from "../../generated/Params.sol";
import {
    RESULT_BAD_SIGNATURE,
    RESULT_FIELD_OVERFLOW,
    RESULT_MALFORMED,
    RESULT_OK,
    RESULT_SEGMENT_FULL,
    RESULT_STALE_ATTESTATION,
    RESULT_UNKNOWN_ACCOUNT
} from "../../generated/Results.sol";
import {Arena} from "../Arena.sol";
import {Attesters} from "../Attesters.sol";
import {GLOBAL, HASH, NOW, field, read, write} from "../Memory.sol";
import {Position} from "../Position.sol";
import {Weight} from "../Weight.sol";

/// @title Attesters say the tier of an account (docs/protocol/attestations.md)
/// @dev Body: account u32, tier u8, tier_expiry u48, attested u48, count u8, then count × (attester u8, signature 64).
library Attest {
    function execute(uint256 offset, uint256 length) internal view returns (uint256 code) {
        unchecked {
            uint256 count = field(offset + OP_ATTEST_HEAD_BYTES - 1, 8);
            if (length < OP_ATTEST_HEAD_BYTES || length != OP_ATTEST_HEAD_BYTES + ATTESTATION_BYTES * count) return RESULT_MALFORMED;
            uint256 tier = field(offset + OP_ATTEST_TIER_OFFSET, 8);
            uint256 expiry = field(offset + OP_ATTEST_TIER_EXPIRY_MS_OFFSET, 48);
            uint256 attested = field(offset + OP_ATTEST_ATTESTED_MS_OFFSET, 48);
            if (count == 0 || count > ATTESTERS_MAX || !isTerm(tier, expiry, attested)) return RESULT_MALFORMED;
            Weight.plan(Weight.records(ACCOUNT_KIND, 1), count * COMPUTE_SIGNATURE);
            if (!Weight.hasRoom()) return RESULT_SEGMENT_FULL;
            uint256 id = field(offset, 32);
            if (id == 0 || id >= GlobalRecord.nextAccount(read(GLOBAL))) return RESULT_UNKNOWN_ACCOUNT;
            code = Attesters.check(offset + OP_ATTEST_HEAD_BYTES, count);
            if (code != RESULT_OK) return code;
            uint256 account = Arena.account(id);
            if (attested <= AccountRecord.attestedMs(account) || attested > read(NOW)) return RESULT_STALE_ATTESTATION;
            if (!Attesters.areSigned(structHashOf(offset), offset + OP_ATTEST_HEAD_BYTES, count)) return RESULT_BAD_SIGNATURE;
            if (tier < AccountRecord.tier(account) && !Position.renewAll(account)) return RESULT_FIELD_OVERFLOW;
            AccountRecord.setTier(account, tier);
            AccountRecord.setTierExpiryMs(account, expiry);
            AccountRecord.setAttestedMs(account, attested);
        }
    }

    /// @dev Whether a tier counts for a while that it may, and none for none.
    function isTerm(uint256 tier, uint256 expiry, uint256 attested) private pure returns (bool) {
        unchecked {
            return tier == 0 ? expiry == 0 : expiry > attested && expiry <= attested + ATTESTED_MS_MAX;
        }
    }

    /// @dev What every attester signs.
    function structHashOf(uint256 offset) private pure returns (uint256 structHash) {
        bytes32 typehash = ATTEST_TYPEHASH;
        unchecked {
            write(HASH, uint256(typehash));
            write(HASH + 0x20, field(offset, 32));
            write(HASH + 0x40, field(offset + OP_ATTEST_TIER_OFFSET, 8));
            write(HASH + 0x60, field(offset + OP_ATTEST_TIER_EXPIRY_MS_OFFSET, 48));
            write(HASH + 0x80, field(offset + OP_ATTEST_ATTESTED_MS_OFFSET, 48));
            assembly ("memory-safe") {
                structHash := keccak256(HASH, 0xa0)
            }
        }
    }
}
