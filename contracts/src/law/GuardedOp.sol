// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccountRecord} from "../generated/Layout.sol";
import {RESULT_BAD_SIGNATURE, RESULT_GUARD_NEEDED, RESULT_OK} from "../generated/Results.sol";
import {ACCOUNT, BODY, CLOCK, SESSION, UNSIGNED, operand, read, write} from "./Memory.sol";
import {UserOp} from "./UserOp.sol";

/// @title Ops that the owner signs, and the guard key too where one is in force (docs/protocol/user-ops.md, guard keys)
library GuardedOp {
    /// @dev Whether a body of `length` bytes is as long as it must be: with one signature or two, or none from L1.
    function hasLength(uint256 length) internal pure returns (bool) {
        unchecked {
            return UserOp.hasLength(length) || length == read(UNSIGNED) + 2 * UserOp.SIGNATURE_BYTES;
        }
    }

    /// @dev The checks of an op that the owner signs and, if `needsGuard` and one is in force, the guard key. Its body begins with
    /// account u32, nonce u64, expiry u48.
    function authorize(uint256 length, bool needsGuard) internal view returns (uint256 code) {
        write(SESSION, 0);
        unchecked {
            code = UserOp.admit(operand(BODY, 32), operand(BODY + 4, 64), operand(BODY + 12, 48));
            if (code != RESULT_OK) return code;
            UserOp.keepNonce(UserOp.OWNER_NONCE_SHIFT);
            uint256 hash = UserOp.structHash();
            uint256 guard = needsGuard ? guardOf(read(ACCOUNT)) : 0;
            uint256 first = UserOp.firstSignature(length);
            uint256 second = length == read(UNSIGNED) + 2 * UserOp.SIGNATURE_BYTES ? first + UserOp.SIGNATURE_BYTES : 0;
            // From the owner's address, which stands for the owner's signature, one signature is the guard's.
            if (guard != 0 && second == 0 && UserOp.isSentByOwner()) (first, second) = (0, first);
            if (!UserOp.isAuthentic(hash, first)) return RESULT_BAD_SIGNATURE;
            if (guard == 0) return second == 0 ? RESULT_OK : RESULT_BAD_SIGNATURE;
            if (second == 0) return RESULT_GUARD_NEEDED;
            return UserOp.isSigned(guard, hash, second) ? RESULT_OK : RESULT_BAD_SIGNATURE;
        }
    }

    /// @dev The guard key that is in force, 0 if none is.
    function guardOf(uint256 account) internal pure returns (uint256) {
        uint256 removal = AccountRecord.guardRemovalMs(account);
        return removal == 0 || removal > read(CLOCK) ? AccountRecord.guardKey(account) : 0;
    }
}
