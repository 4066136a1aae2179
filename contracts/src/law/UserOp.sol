// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccountRecord, GlobalRecord, SessionRecord, ACCOUNT_KIND, ACCOUNT_WORDS_MAX, SESSION_KIND, SESSION_WORDS} from "../generated/Layout.sol";
import {UNDERLYING_KIND, UNDERLYING_WORDS} from "../generated/Layout.sol";
import {ACCOUNT_HEIGHT, COMPUTE_SIGNATURE, MONEY_MAX, SESSION_HEIGHT, SESSION_SLOTS, UNDERLYING_HEIGHT, WEIGHT_RECORD_BYTES} from "../generated/Params.sol";
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
import {ACCOUNT, ACCOUNT_ID, BODY, BODY_BYTES_MAX, FIELD_BITS, GLOBAL, HASH, NONCE, NONCE_SHORT, SENDER, SESSION, SESSION_RECORD} from "./Memory.sol";
import {UNSIGNED, operand, read, write} from "./Memory.sol";
import {L1Cost} from "./L1Cost.sol";
import {OrderedForm} from "./OrderedForm.sol";
import {Position} from "./Position.sol";
import {Session} from "./Session.sol";
import {Signature} from "./Signature.sol";
import {Weight} from "./Weight.sol";

/// @title What all user ops share: head room, account, session, expiries, nonce, signatures, what L1 takes for their bytes
/// @dev An op calls, in this order: `load` (a bundle, OrderedForm or `copy`), `describe` (or `write(UNSIGNED, …)`), `hasLength`, one
/// `authorize…`, `Weight.plan`, `enter`, its effect. From `load` on its body is at BODY, in the absolute form.
library UserOp {
    uint256 internal constant SIGNATURE_BYTES = 64;
    uint256 private constant L1_FEE_BYTES = 8; // the last field in front of the signatures
    uint256 internal constant SESSION_NONCE_SHIFT = 152; // of the nonce in the first word of a body with a session
    uint256 internal constant OWNER_NONCE_SHIFT = 160;
    // Witness weight of an account, a session and an underlying with as many siblings as their trees are high: no key has more.
    uint256 private constant HEAD_MOST = 3 * WEIGHT_RECORD_BYTES
        + 32 * (ACCOUNT_WORDS_MAX + ACCOUNT_HEIGHT + SESSION_WORDS + SESSION_HEIGHT + UNDERLYING_WORDS + UNDERLYING_HEIGHT);

    /// @dev Write the body of an op at BODY as it is signed, from the segment or the message; return its length, 0 if it is malformed.
    /// `hasSession`: behind the account stands a session.
    function load(uint256 offset, uint256 length, bool hasSession) internal pure returns (uint256) {
        return read(SENDER) == 0 ? OrderedForm.other(offset, length, hasSession) : copy(offset, length);
    }

    /// @dev The same of an op that an inbox message holds: it is signed as it stands there.
    function copy(uint256 offset, uint256 length) internal pure returns (uint256) {
        if (length > BODY_BYTES_MAX) return 0;
        write(NONCE_SHORT, 0);
        assembly ("memory-safe") {
            calldatacopy(BODY, offset, length)
        }
        return length;
    }

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
            return length == unsigned + SIGNATURE_BYTES || (length == unsigned && read(SENDER) != 0);
        }
    }

    /// @dev The struct hash of the described op.
    function structHash() internal pure returns (uint256 hash) {
        uint256 end = pack(BODY);
        assembly ("memory-safe") {
            hash := keccak256(HASH, sub(end, HASH))
        }
    }

    /// @dev Write the described fields at `place` behind the typehash, a word each; return where they end.
    function pack(uint256 place) internal pure returns (uint256 target) {
        assembly ("memory-safe") {
            target := add(HASH, 32)
            for { let bits := mload(FIELD_BITS) } bits { bits := shr(8, bits) } {
                let width := and(bits, 0xff)
                mstore(target, shr(sub(256, width), mload(place)))
                place := add(place, shr(3, width))
                target := add(target, 32)
            }
        }
    }

    /// @dev Where the signatures of a body of `length` bytes begin; 0 if there are none.
    function firstSignature(uint256 length) internal pure returns (uint256) {
        unchecked {
            return length == read(UNSIGNED) ? 0 : BODY + read(UNSIGNED);
        }
    }

    function isSentByOwner() internal pure returns (bool) {
        return read(SENDER) == (1 << 160) | AccountRecord.owner(read(ACCOUNT));
    }

    /// @dev Whether the session's key signed, or the owner sent the op through L1 without a signature.
    function isAuthentic(uint256 hash, uint256 signature) internal view returns (bool) {
        return signature != 0 ? isSigned(SessionRecord.key(read(SESSION_RECORD)), hash, signature) : read(SESSION) == 0 && isSentByOwner();
    }

    /// @dev Whether the 64 bytes at `signature` are `signer`'s.
    function isSigned(uint256 signer, uint256 hash, uint256 signature) internal view returns (bool) {
        unchecked {
            return Signature.isBy(signer, hash, read(signature), read(signature + 32));
        }
    }

    /// @dev The checks of an op that any session may sign. Its body begins with account u32, session u8, nonce u64, expiry u48.
    function authorizeSession(uint256 length) internal view returns (uint256 code) {
        code = admitSession(BODY);
        if (code != RESULT_OK) return code;
        keepNonce(SESSION_NONCE_SHIFT);
        if (!isAuthentic(structHash(), firstSignature(length))) code = RESULT_BAD_SIGNATURE;
    }

    /// @dev The checks in front of the signature of who stands at `place`, as an op of a session begins. From here on NONCE is whole, which the
    /// nonce in the body of an ordered op is not.
    function admitSession(uint256 place) internal view returns (uint256) {
        unchecked {
            write(SESSION, operand(place + 4, 8));
            return admit(operand(place, 32), operand(place + 5, 64), operand(place + 13, 48));
        }
    }

    /// @dev The checks in front of the signature, of a signer in slot SESSION. Room is that of two signatures, and of what L1's price is read from.
    function admit(uint256 accountId, uint256 nonce, uint256 expiry) internal view returns (uint256) {
        unchecked {
            if (
                !Weight.hasRoomFor(
                    Weight.records(ACCOUNT_KIND, 1) + Weight.records(SESSION_KIND, 1) + Weight.records(UNDERLYING_KIND, 1),
                    2 * COMPUTE_SIGNATURE,
                    HEAD_MOST
                )
            ) return RESULT_SEGMENT_FULL;
        }
        if (accountId == 0 || accountId >= GlobalRecord.nextAccount(read(GLOBAL))) return RESULT_UNKNOWN_ACCOUNT;
        write(ACCOUNT_ID, accountId);
        write(ACCOUNT, Arena.account(accountId));
        uint256 session = read(SESSION);
        if (session >= SESSION_SLOTS) return RESULT_UNKNOWN_SESSION;
        uint256 sessionRecord = Arena.session(accountId, session);
        write(SESSION_RECORD, sessionRecord);
        if (read(NONCE_SHORT) != 0) {
            nonce = nearest(nonce, SessionRecord.nonceBase(sessionRecord));
            write(NONCE_SHORT, 0); // a counterparty's nonce stands as it is
        }
        write(NONCE, nonce);
        return Session.check(sessionRecord, nonce, expiry);
    }

    /// @dev The nonce that is nearest to `base` among those with these lower 16 bits. A session admits none that is further from its base than
    /// half of 2^16, so of those that it admits none is mistaken.
    function nearest(uint256 nonce, uint256 base) private pure returns (uint256 whole) {
        assembly ("memory-safe") {
            whole := and(add(base, signextend(1, sub(nonce, base))), 0xffffffffffffffff)
        }
    }

    /// @dev Write the nonce of the op that was admitted into the first word of its body, from bit `shift` on: so it is signed.
    function keepNonce(uint256 shift) internal pure {
        assembly ("memory-safe") {
            mstore(BODY, or(and(mload(BODY), not(shl(shift, 0xffffffffffffffff))), shl(shift, mload(NONCE))))
        }
    }

    /// @dev The last checks of an authorized op: what L1 takes for its bytes, then room for what it
    /// has planned. If it passes, its nonce is used and its bytes are paid for, whatever becomes of it.
    function enter() internal view returns (uint256) {
        unchecked {
            uint256 fee = L1Cost.fee();
            if (fee > operand(BODY + read(UNSIGNED) - L1_FEE_BYTES, 64)) return RESULT_L1_FEE_TOO_HIGH;
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
