// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccountRecord, GlobalRecord, SessionRecord, ACCOUNT_KIND, SESSION_KIND, UNDERLYING_KIND} from "../generated/Layout.sol";
import {COMPUTE_SIGNATURE, MONEY_MAX, SESSION_SLOTS} from "../generated/Params.sol";
import {
    RESULT_BAD_SIGNATURE,
    RESULT_FIELD_OVERFLOW,
    RESULT_INSUFFICIENT_COLLATERAL,
    RESULT_L1_FEE_TOO_HIGH,
    RESULT_OK,
    RESULT_SEGMENT_FULL,
    RESULT_UNKNOWN_ACCOUNT,
    RESULT_UNKNOWN_SESSION
} from "../generated/Results.sol";
import {Arena} from "./Arena.sol";
import {ACCOUNT, ACCOUNT_ID, FIELD_BITS, GLOBAL, HASH, NONCE, OP_BYTES, SENDER, SESSION, SESSION_RECORD} from "./Memory.sol";
import {UNSIGNED, field, read, write} from "./Memory.sol";
import {L1Cost} from "./L1Cost.sol";
import {Position} from "./Position.sol";
import {Session} from "./Session.sol";
import {Signature} from "./Signature.sol";
import {Weight} from "./Weight.sol";

/// @title What all user ops share: head room, account, session, expiries, nonce, signatures, what L1 takes for their bytes
/// @dev An op calls, in this order: `describe` (or, of a bundle, `write(UNSIGNED, …)`), `hasLength`, one `authorize…`,
/// `Weight.plan`, `enter`, its effect.
library UserOp {
    uint256 internal constant SIGNATURE_BYTES = 64;
    uint256 private constant OP_HEAD_BYTES = 3;
    uint256 private constant L1_FEE_BYTES = 8; // the last field in front of the signatures

    /// @dev Say what an op consists of in front of its signatures: this many bytes, in fields of this many bits each. (With arguments for the
    /// functions below the compiler would make a copy of each for every op.)
    function describe(bytes32 typehash, uint256 unsigned, uint256 bits) internal pure {
        write(HASH, uint256(typehash));
        write(UNSIGNED, unsigned);
        write(FIELD_BITS, bits);
    }

    /// @dev Whether a body of `length` bytes is as long as it must be: with a signature. An op may come without one only from L1.
    function hasLength(uint256 length) internal pure returns (bool) {
        unchecked {
            uint256 unsigned = read(UNSIGNED);
            write(OP_BYTES, length + OP_HEAD_BYTES);
            return length == unsigned + SIGNATURE_BYTES || (length == unsigned && read(SENDER) != 0);
        }
    }

    /// @dev The struct hash of the described op with its body at `offset`.
    function structHash(uint256 offset) internal pure returns (uint256 hash) {
        uint256 end = pack(offset);
        assembly ("memory-safe") {
            hash := keccak256(HASH, sub(end, HASH))
        }
    }

    /// @dev Write the described fields at `offset` behind the typehash, a word each; return where they end.
    function pack(uint256 offset) internal pure returns (uint256 target) {
        assembly ("memory-safe") {
            target := add(HASH, 32)
            for { let bits := mload(FIELD_BITS) } bits { bits := shr(8, bits) } {
                let width := and(bits, 0xff)
                mstore(target, shr(sub(256, width), calldataload(offset)))
                offset := add(offset, shr(3, width))
                target := add(target, 32)
            }
        }
    }

    /// @dev Where the signatures begin in calldata; 0 if there are none.
    function firstSignature(uint256 offset, uint256 length) internal pure returns (uint256) {
        unchecked {
            return length == read(UNSIGNED) ? 0 : offset + read(UNSIGNED);
        }
    }

    function isSentByOwner() internal pure returns (bool) {
        return read(SENDER) == (1 << 160) | AccountRecord.owner(read(ACCOUNT));
    }

    /// @dev Whether the session's key signed, or the owner sent the op through L1 without a signature.
    function isAuthentic(uint256 hash, uint256 signatureOffset) internal view returns (bool) {
        return signatureOffset != 0
            ? Signature.isBy(SessionRecord.key(read(SESSION_RECORD)), hash, signatureOffset)
            : read(SESSION) == 0 && isSentByOwner();
    }

    /// @dev The checks of an op that any session may sign. Its body begins with account u32, session u8, nonce u64, expiry u48.
    function authorizeSession(uint256 offset, uint256 length) internal view returns (uint256) {
        return authorize(offset, length, structHash(offset));
    }

    /// @dev The same of an op with this struct hash. Sets ACCOUNT_ID, ACCOUNT, SESSION_RECORD and NONCE.
    function authorize(uint256 offset, uint256 length, uint256 hash) internal view returns (uint256 code) {
        unchecked {
            write(SESSION, field(offset + 4, 8));
            code = admit(field(offset, 32), field(offset + 5, 64), field(offset + 13, 48));
            if (code == RESULT_OK && !isAuthentic(hash, firstSignature(offset, length))) code = RESULT_BAD_SIGNATURE;
        }
    }

    /// @dev The checks in front of the signature, of a signer in slot SESSION. Room is that of two signatures, and of what L1's price is read from.
    function admit(uint256 accountId, uint256 nonce, uint256 expiry) internal view returns (uint256) {
        unchecked {
            Weight.plan(
                Weight.records(ACCOUNT_KIND, 1) + Weight.records(SESSION_KIND, 1) + Weight.records(UNDERLYING_KIND, 1),
                2 * COMPUTE_SIGNATURE
            );
        }
        if (!Weight.hasRoom()) return RESULT_SEGMENT_FULL;
        if (accountId == 0 || accountId >= GlobalRecord.nextAccount(read(GLOBAL))) return RESULT_UNKNOWN_ACCOUNT;
        write(ACCOUNT_ID, accountId);
        write(ACCOUNT, Arena.account(accountId));
        write(NONCE, nonce);
        uint256 session = read(SESSION);
        if (session >= SESSION_SLOTS) return RESULT_UNKNOWN_SESSION;
        uint256 sessionRecord = Arena.session(accountId, session);
        write(SESSION_RECORD, sessionRecord);
        return Session.check(sessionRecord, nonce, expiry);
    }

    /// @dev The last checks of an authorized op with its body at `offset`: what L1 takes for its bytes, then room for what it
    /// has planned. If it passes, its nonce is used and its bytes are paid for, whatever becomes of it.
    function enter(uint256 offset) internal view returns (uint256) {
        unchecked {
            uint256 fee = L1Cost.fee();
            if (fee > field(offset + read(UNSIGNED) - L1_FEE_BYTES, 64)) return RESULT_L1_FEE_TOO_HIGH;
            uint256 account = read(ACCOUNT);
            uint256 global = read(GLOBAL);
            int256 collateral = AccountRecord.collateral(account) - int256(fee);
            uint256 pool = GlobalRecord.feePool(global) + fee;
            if (collateral < -int256(MONEY_MAX) || pool > MONEY_MAX) return RESULT_FIELD_OVERFLOW;
            // A debt of whoever holds nothing would never be liquidated, nor written off.
            if (fee != 0 && collateral < 0 && Position.isFlat(account)) return RESULT_INSUFFICIENT_COLLATERAL;
            if (!Weight.hasRoom()) return RESULT_SEGMENT_FULL;
            Session.useNonce();
            if (fee != 0) {
                AccountRecord.setCollateral(account, collateral);
                GlobalRecord.setFeePool(global, pool);
            }
            return RESULT_OK;
        }
    }
}
