// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccountRecord, GlobalRecord} from "../../generated/Layout.sol";
import {OP_SET_MARGIN_MODE_BITS_PACKED, OP_SET_MARGIN_MODE_UNSIGNED_BYTES} from "../../generated/Operations.sol";
import {SET_MARGIN_MODE_TYPEHASH} from "../../generated/Params.sol";
import {RESULT_CREDIT_STANDS, RESULT_FIELD_OVERFLOW, RESULT_MALFORMED, RESULT_OK, RESULT_UNKNOWN_UNDERLYING} from "../../generated/Results.sol";
import {GuardedOp} from "../GuardedOp.sol";
import {ACCOUNT, ACCOUNT_ID, BODY, GLOBAL, operand, read} from "../Memory.sol";
import {Portfolio} from "../Portfolio.sol";
import {Position} from "../Position.sol";
import {UserOp} from "../UserOp.sol";
import {Weight} from "../Weight.sol";

/// @title The owner chooses portfolio margin on an underlying, or standard margin (docs/protocol/portfolio-margin.md)
/// @dev Body: account u32, nonce u64, expiry u48, underlying u16, max_l1_fee u64, one signature, two or none.
library SetMarginMode {
    function execute(uint256 offset, uint256 length) internal view returns (uint256 code) {
        length = UserOp.load(offset, length, false);
        UserOp.describe(SET_MARGIN_MODE_TYPEHASH, OP_SET_MARGIN_MODE_UNSIGNED_BYTES, OP_SET_MARGIN_MODE_BITS_PACKED);
        if (!GuardedOp.hasLength(length)) return RESULT_MALFORMED;
        code = GuardedOp.authorize(length, true);
        if (code != RESULT_OK) return code;
        uint256 account = read(ACCOUNT);
        uint256 entries = AccountRecord.positionCount(account);
        Weight.plan(Portfolio.reserve(entries), Portfolio.weightOf(entries));
        code = UserOp.enter();
        if (code != RESULT_OK) return code;
        uint256 underlying = operand(BODY + 18, 16);
        if (underlying == 0) {
            Portfolio.leaveMode(account, read(ACCOUNT_ID));
        } else {
            if (underlying >= GlobalRecord.nextUnderlying(read(GLOBAL))) return RESULT_UNKNOWN_UNDERLYING;
            // Credit is standard margin's: by that it is granted, released and lost.
            if (AccountRecord.creditLimit(account) != 0) return RESULT_CREDIT_STANDS;
            code = Portfolio.admit(account, read(ACCOUNT_ID), underlying);
            if (code != RESULT_OK) return code;
            // Resting orders were judged by standard margin, and would be filled by it: all of them end, and triggers with them.
            if (!Position.renewAll(account)) return RESULT_FIELD_OVERFLOW;
            Portfolio.certify(read(ACCOUNT_ID));
            AccountRecord.setMarginMode(account, 1);
            AccountRecord.setPortfolioUnderlying(account, underlying);
        }
    }
}
