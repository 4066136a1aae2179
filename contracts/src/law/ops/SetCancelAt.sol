// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccountRecord} from "../../generated/Layout.sol";
import {OP_SET_CANCEL_AT_BITS_PACKED, OP_SET_CANCEL_AT_UNSIGNED_BYTES} from "../../generated/Operations.sol";
import {SET_CANCEL_AT_TYPEHASH} from "../../generated/Params.sol";
import {RESULT_FIELD_OVERFLOW, RESULT_MALFORMED, RESULT_OK} from "../../generated/Results.sol";
import {ACCOUNT, BODY, operand, read} from "../Memory.sol";
import {Position} from "../Position.sol";
import {UserOp} from "../UserOp.sol";
import {Weight} from "../Weight.sol";

/// @title A time from which on the account's orders are dead
/// @dev Body: account u32, session u8, nonce u64, expiry u48, cancel_at u48, max_l1_fee u64, signature or none.
library SetCancelAt {
    /// @dev Set the time. Orders that the one before has killed stay dead: their entries get other epochs.
    function execute(uint256 offset, uint256 length) internal view returns (uint256 code) {
        unchecked {
            length = UserOp.load(offset, length, true);
            UserOp.describe(SET_CANCEL_AT_TYPEHASH, OP_SET_CANCEL_AT_UNSIGNED_BYTES, OP_SET_CANCEL_AT_BITS_PACKED);
            if (!UserOp.hasLength(length)) return RESULT_MALFORMED;
            code = UserOp.authorizeSession(length);
            if (code != RESULT_OK) return code;
            Weight.plan(0, 0);
            code = UserOp.enter();
            if (code != RESULT_OK) return code;
            uint256 account = read(ACCOUNT);
            if (Position.areOrdersDead(account) && !Position.renewAll(account)) return RESULT_FIELD_OVERFLOW;
            AccountRecord.setCancelAtMs(account, operand(BODY + 19, 48));
        }
    }
}
