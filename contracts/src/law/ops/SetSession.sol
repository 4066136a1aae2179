// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SESSION_KIND} from "../../generated/Layout.sol";
import {OP_SET_SESSION_BITS_PACKED, OP_SET_SESSION_UNSIGNED_BYTES} from "../../generated/Operations.sol";
import {SESSION_SLOTS, SET_SESSION_TYPEHASH} from "../../generated/Params.sol";
import {RESULT_MALFORMED, RESULT_OK} from "../../generated/Results.sol";
import {Arena} from "../Arena.sol";
import {ACCOUNT_ID, BODY, operand, read, write} from "../Memory.sol";
import {GuardedOp} from "../GuardedOp.sol";
import {UserOp} from "../UserOp.sol";
import {Weight} from "../Weight.sol";

/// @title The owner gives a session slot a key, or takes it away
/// @dev Body: account u32, nonce u64, expiry u48, slot u8, key 20, scope u8, expiry u48, max_l1_fee u64, one signature, two or none.
library SetSession {
    uint256 private constant SCOPE_TRADE = 1;
    uint256 private constant SESSION_VERSION = 1;

    /// @dev Give a session slot to a key, or revoke it. The slot's nonce window stays.
    function execute(uint256 offset, uint256 length) internal view returns (uint256 code) {
        unchecked {
            length = UserOp.load(offset, length, false);
            UserOp.describe(SET_SESSION_TYPEHASH, OP_SET_SESSION_UNSIGNED_BYTES, OP_SET_SESSION_BITS_PACKED);
            if (!GuardedOp.hasLength(length)) return RESULT_MALFORMED;
            uint256 slot = operand(BODY + 18, 8);
            uint256 key = operand(BODY + 19, 160);
            uint256 scope = operand(BODY + 39, 8);
            uint256 sessionExpiry = operand(BODY + 40, 48);
            if (slot == 0 || slot >= SESSION_SLOTS || scope > SCOPE_TRADE) return RESULT_MALFORMED;
            if (scope == SCOPE_TRADE ? key == 0 : key | sessionExpiry != 0) return RESULT_MALFORMED;
            code = GuardedOp.authorize(length, true);
            if (code != RESULT_OK) return code;
            Weight.plan(Weight.records(SESSION_KIND, 1), 0);
            code = UserOp.enter();
            if (code != RESULT_OK) return code;
            uint256 session = Arena.session(read(ACCOUNT_ID), slot);
            write(session, (SESSION_VERSION << 248) | (scope << 240) | (key << 80) | (sessionExpiry << 32));
        }
    }
}
