// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ACCOUNT_GUARD_REMOVAL_MS_GREATEST, AccountRecord} from "../../generated/Layout.sol";
import {OP_SET_GUARD_BITS_PACKED, OP_SET_GUARD_UNSIGNED_BYTES} from "../../generated/Operations.sol";
import {GUARD_DELAY_MS, GUARD_MODE_KEEP, GUARD_MODE_REMOVE, GUARD_MODE_SET} from "../../generated/Params.sol";
import {SET_GUARD_TYPEHASH} from "../../generated/Params.sol";
import {RESULT_MALFORMED, RESULT_OK} from "../../generated/Results.sol";
import {ACCOUNT, BODY, CLOCK, operand, read} from "../Memory.sol";
import {GuardedOp} from "../GuardedOp.sol";
import {UserOp} from "../UserOp.sol";
import {Weight} from "../Weight.sol";

/// @title A second key without which a thief of the owner's takes nothing out
/// @dev Body: account u32, nonce u64, expiry u48, mode u8, key 20, max_l1_fee u64, one signature, two or none.
library SetGuard {
    function execute(uint256 offset, uint256 length) internal view returns (uint256 code) {
        unchecked {
            length = UserOp.load(offset, length, false);
            uint256 mode = operand(BODY + 18, 8);
            uint256 key = operand(BODY + 19, 160);
            UserOp.describe(SET_GUARD_TYPEHASH, OP_SET_GUARD_UNSIGNED_BYTES, OP_SET_GUARD_BITS_PACKED);
            if (!GuardedOp.hasLength(length)) return RESULT_MALFORMED;
            if (mode > GUARD_MODE_REMOVE || (key != 0) != (mode == GUARD_MODE_SET)) return RESULT_MALFORMED;
            bool needsGuard = mode == GUARD_MODE_SET || mode == GUARD_MODE_REMOVE;
            code = GuardedOp.authorize(length, needsGuard);
            if (code != RESULT_OK) return code;
            Weight.plan(0, 0);
            code = UserOp.enter();
            if (code != RESULT_OK) return code;
            uint256 account = read(ACCOUNT);
            if (needsGuard) {
                AccountRecord.setGuardKey(account, key);
                AccountRecord.setGuardRemovalMs(account, 0);
            } else if (GuardedOp.guardOf(account) != 0) {
                if (mode == GUARD_MODE_KEEP) {
                    AccountRecord.setGuardRemovalMs(account, 0);
                } else if (AccountRecord.guardRemovalMs(account) == 0) {
                    uint256 removal = read(CLOCK) + GUARD_DELAY_MS;
                    if (removal > ACCOUNT_GUARD_REMOVAL_MS_GREATEST) removal = ACCOUNT_GUARD_REMOVAL_MS_GREATEST;
                    AccountRecord.setGuardRemovalMs(account, removal);
                }
            }
        }
    }
}
