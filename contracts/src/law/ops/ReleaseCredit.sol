// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccountRecord, GlobalRecord, ACCOUNT_KIND} from "../../generated/Layout.sol";
import {OP_RELEASE_CREDIT_BYTES} from "../../generated/Operations.sol";
import {MINUTE_MS, MONEY_MAX, POSITIONS_MAX} from "../../generated/Params.sol";
import {
    RESULT_CREDIT_STANDS,
    RESULT_FIELD_OVERFLOW,
    RESULT_MALFORMED,
    RESULT_MARGIN_INSUFFICIENT,
    RESULT_NO_CREDIT,
    RESULT_OK,
    RESULT_SEGMENT_FULL,
    RESULT_UNKNOWN_ACCOUNT
} from "../../generated/Results.sol";
import {Arena} from "../Arena.sol";
import {InstrumentOp} from "../InstrumentOp.sol";
import {Margin} from "../Margin.sol";
import {CLOCK, GLOBAL, field, read} from "../Memory.sol";
import {Weight} from "../Weight.sol";

/// @title Credit that has ended goes back to its guarantor (docs/protocol/credit.md). Body: account u32.
library ReleaseCredit {
    function execute(uint256 offset, uint256 length) internal view returns (uint256) {
        unchecked {
            if (length != OP_RELEASE_CREDIT_BYTES) return RESULT_MALFORMED;
            Weight.plan(Weight.records(ACCOUNT_KIND, 2) + InstrumentOp.reserveMarks(POSITIONS_MAX), Margin.weightOf(POSITIONS_MAX));
            if (!Weight.hasRoom()) return RESULT_SEGMENT_FULL;
            uint256 id = field(offset, 32);
            if (id == 0 || id >= GlobalRecord.nextAccount(read(GLOBAL))) return RESULT_UNKNOWN_ACCOUNT;
            uint256 account = Arena.account(id);
            uint256 limit = AccountRecord.creditLimit(account);
            if (limit == 0) return RESULT_NO_CREDIT;
            if (read(CLOCK) < AccountRecord.creditedMs(account) + AccountRecord.creditMinutes(account) * MINUTE_MS) return RESULT_CREDIT_STANDS;
            // What credit opened stands by itself from then on: the account is one like any other.
            if (!Margin.holdsMaintenance(account, id)) return RESULT_MARGIN_INSUFFICIENT;
            uint256 guarantor = Arena.account(AccountRecord.guarantor(account));
            int256 collateral = AccountRecord.collateral(guarantor) + int256(limit);
            if (collateral > int256(MONEY_MAX)) return RESULT_FIELD_OVERFLOW;
            AccountRecord.setCollateral(guarantor, collateral);
            AccountRecord.setCreditLimit(account, 0);
            GlobalRecord.setCredit(read(GLOBAL), GlobalRecord.credit(read(GLOBAL)) - limit);
            return RESULT_OK;
        }
    }
}
