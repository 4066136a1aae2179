// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccountRecord, GlobalRecord} from "../../generated/Layout.sol";
import {OP_WITHDRAW_BITS_PACKED, OP_WITHDRAW_UNSIGNED_BYTES} from "../../generated/Operations.sol";
import {MONEY_MAX, WITHDRAW_TYPEHASH} from "../../generated/Params.sol";
import {RESULT_FIELD_OVERFLOW, RESULT_INSUFFICIENT_COLLATERAL, RESULT_MALFORMED, RESULT_MARGIN_INSUFFICIENT} from "../../generated/Results.sol";
import {RESULT_OK} from "../../generated/Results.sol";
import {InstrumentOp} from "../InstrumentOp.sol";
import {Margin} from "../Margin.sol";
import {ACCOUNT, ACCOUNT_ID, BODY, GLOBAL, operand, read, write} from "../Memory.sol";
import {GuardedOp} from "../GuardedOp.sol";
import {Portfolio} from "../Portfolio.sol";
import {UserOp} from "../UserOp.sol";
import {Weight} from "../Weight.sol";

/// @title The owner takes collateral out, if what stays covers grown initial margin without credit
/// @dev Body: account u32, nonce u64, expiry u48, amount u64, max_l1_fee u64, one signature, two or none.
library Withdraw {
    /// @dev Take collateral out: `withdrawn` grows, and L1 pays the difference.
    function execute(uint256 offset, uint256 length) internal view returns (uint256 code) {
        unchecked {
            length = UserOp.load(offset, length, false);
            uint256 amount = operand(BODY + 18, 64);
            UserOp.describe(WITHDRAW_TYPEHASH, OP_WITHDRAW_UNSIGNED_BYTES, OP_WITHDRAW_BITS_PACKED);
            if (!GuardedOp.hasLength(length) || amount == 0) return RESULT_MALFORMED;
            code = GuardedOp.authorize(length, true);
            if (code != RESULT_OK) return code;
            uint256 account = read(ACCOUNT);
            uint256 entries = AccountRecord.positionCount(account);
            if (Portfolio.isIn(account)) Weight.plan(Portfolio.reserve(entries), Portfolio.weightOf(entries));
            else Weight.plan(InstrumentOp.reserveMarks(entries), Margin.weight(account));
            code = UserOp.enter();
            if (code != RESULT_OK) return code;
            return take(account, amount);
        }
    }

    /// @dev Move `amount` from collateral to withdrawn, if initial margin stays.
    function take(uint256 account, uint256 amount) private view returns (uint256 code) {
        unchecked {
            uint256 withdrawn = AccountRecord.withdrawn(account) + amount;
            if (withdrawn > MONEY_MAX) return RESULT_FIELD_OVERFLOW;
            uint256 global = read(GLOBAL);
            uint256 liabilities = GlobalRecord.liabilities(global);
            // No more leaves than came in: gains that others cannot pay stay in the venue.
            if (amount > liabilities) return RESULT_INSUFFICIENT_COLLATERAL;
            uint256 before = read(account + 32);
            // Above −2^126 − 2^64: fits its field. One that low fails the test, since equity is collateral and
            // positions worth less than 2^101, and initial margin is not negative.
            AccountRecord.setCollateral(account, AccountRecord.collateral(account) - int256(amount));
            code = check(account);
            if (code == RESULT_OK) {
                AccountRecord.setWithdrawn(account, withdrawn);
                GlobalRecord.setLiabilities(global, liabilities - amount);
            } else {
                write(account + 32, before);
            }
        }
    }

    /// @dev Whether initial margin stays, standard or portfolio margin's; else why not.
    function check(uint256 account) private view returns (uint256 code) {
        if (!Portfolio.isIn(account)) return Margin.holdsInitial(account, read(ACCOUNT_ID), false) ? RESULT_OK : RESULT_INSUFFICIENT_COLLATERAL;
        code = Portfolio.admit(account, read(ACCOUNT_ID), AccountRecord.portfolioUnderlying(account));
        if (code == RESULT_OK) Portfolio.certify(read(ACCOUNT_ID));
        else if (code == RESULT_MARGIN_INSUFFICIENT) code = RESULT_INSUFFICIENT_COLLATERAL;
    }
}
