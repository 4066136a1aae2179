// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {GlobalRecord} from "../../generated/Layout.sol";
import {OP_SET_PROTECTION_BITS_PACKED, OP_SET_PROTECTION_UNSIGNED_BYTES} from "../../generated/Operations.sol";
import {SET_PROTECTION_TYPEHASH} from "../../generated/Params.sol";
import {RESULT_MALFORMED, RESULT_OK, RESULT_UNKNOWN_UNDERLYING} from "../../generated/Results.sol";
import {ACCOUNT, BODY, GLOBAL, operand, read, write} from "../Memory.sol";
import {UserOp} from "../UserOp.sol";
import {Weight} from "../Weight.sol";

/// @title What the account's orders on an underlying may fill within a window (docs/protocol/protection.md)
/// @dev Body: account u32, session u8, nonce u64, expiry u48, underlying u16, window u32, freeze u32, lots_max u40, delta_max u64, vega_max u64,
/// max_l1_fee u64, signature or none.
library SetProtection {
    /// @dev Set the limits. A window begins with the next fill, and a freeze has ended.
    function execute(uint256 offset, uint256 length) internal view returns (uint256 code) {
        unchecked {
            length = UserOp.load(offset, length, true);
            UserOp.describe(SET_PROTECTION_TYPEHASH, OP_SET_PROTECTION_UNSIGNED_BYTES, OP_SET_PROTECTION_BITS_PACKED);
            if (!UserOp.hasLength(length)) return RESULT_MALFORMED;
            uint256 underlying = operand(BODY + 19, 16);
            uint256 window = operand(BODY + 21, 32);
            if (
                underlying == 0
                    ? operand(BODY + 21, 232) != 0
                    : window == 0 || (operand(BODY + 34, 1) | operand(BODY + 42, 1)) != 0
            ) return RESULT_MALFORMED;
            code = UserOp.authorizeSession(length);
            if (code != RESULT_OK) return code;
            Weight.plan(0, 0);
            code = UserOp.enter();
            if (code != RESULT_OK) return code;
            if (underlying >= GlobalRecord.nextUnderlying(read(GLOBAL))) return RESULT_UNKNOWN_UNDERLYING;
            uint256 account = read(ACCOUNT);
            // Both words: what is limited, and nothing counted.
            write(account + 128, operand(BODY + 19, 80) << 176 | operand(BODY + 29, 40) << 40);
            write(account + 160, operand(BODY + 34, 128) << 128);
        }
    }
}
