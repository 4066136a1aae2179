// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {GlobalRecord, ACCOUNT_KIND, ARRAY_KIND, EXPIRY_KIND, INSTRUMENT_KIND, MARK_KIND, ORDER_KIND, UNDERLYING_KIND} from "../generated/Layout.sol";
import {COMPUTE_MAKER, COMPUTE_SETTLE, LIQUIDATION_TOUCHES_MAX, POSITIONS_MAX} from "../generated/Params.sol";
import {SELF_TRADE_CANCEL_MAKER} from "../generated/Params.sol";
import {RESULT_OK, RESULT_UNKNOWN_INSTRUMENT} from "../generated/Results.sol";
import {Arena} from "./Arena.sol";
import {Mark} from "./Mark.sol";
import {Margin} from "./Margin.sol";
import {FLAGS, GLOBAL, INSTRUMENT, INSTRUMENT_ID, MAKERS_MAX, OVERDUE, PRICE, STALE, TAKER, TOUCHES, read, write} from "./Memory.sol";
import {Weight} from "./Weight.sol";

/// @title What unsigned ops on one instrument share: its records, reserved and touched
library InstrumentOp {
    /// @dev The reserve of an instrument, its mark and its underlying.
    function reserve() internal pure returns (uint256) {
        unchecked {
            return Weight.records(INSTRUMENT_KIND, 1) + Weight.records(MARK_KIND, 1) + Weight.records(UNDERLYING_KIND, 1);
        }
    }

    /// @dev The reserve of an op that matches: `accounts`, an instrument, an array with its expiry, and the orders and `entries` of margin tests that its
    /// makers lead to.
    function reserveMatching(uint256 accounts, uint256 entries) internal pure returns (uint256) {
        unchecked {
            return Weight.records(ACCOUNT_KIND, accounts) + Weight.records(INSTRUMENT_KIND, 1) + reserveMarks(entries)
                + Weight.records(ORDER_KIND, LIQUIDATION_TOUCHES_MAX + 1) + Weight.records(EXPIRY_KIND, 1) + Weight.records(ARRAY_KIND, 1);
        }
    }

    /// @dev Make instrument `id` the action's, if it is listed, and load its mark.
    function open(uint256 id) internal view returns (uint256 code) {
        if (id == 0 || id >= GlobalRecord.nextInstrument(read(GLOBAL))) return RESULT_UNKNOWN_INSTRUMENT;
        write(INSTRUMENT_ID, id);
        write(INSTRUMENT, Arena.instrument(id));
        Mark.load();
        if (read(OVERDUE) != 0) write(STALE, 1); // what nobody signed waits for a Reprice
        return RESULT_OK;
    }

    /// @dev The reserve of what margin tests of `count` entries read at most.
    function reserveMarks(uint256 count) internal pure returns (uint256) {
        unchecked {
            uint256 instruments = GlobalRecord.nextInstrument(read(GLOBAL)) - 1;
            uint256 underlyings = GlobalRecord.nextUnderlying(read(GLOBAL)) - 1;
            return Weight.records(MARK_KIND, count < instruments ? count : instruments)
                + Weight.records(UNDERLYING_KIND, count < underlyings ? count : underlyings);
        }
    }

    /// @dev The compute weight of the most makers that an op of this kind may meet, with or without settling the taker.
    function makers(bool taker) internal pure returns (uint256) {
        unchecked {
            uint256 each = COMPUTE_MAKER + (taker ? 2 : 1) * COMPUTE_SETTLE + Margin.weightOf(POSITIONS_MAX);
            return LIQUIDATION_TOUCHES_MAX * each;
        }
    }

    /// @dev Set the terms of an order that takes LOTS at once. Orders of the same owner are removed instead of filled.
    function take(uint256 side, uint256 price, uint256 taker) internal pure {
        write(FLAGS, side | (SELF_TRADE_CANCEL_MAKER << 3));
        write(PRICE, price);
        write(TAKER, taker);
        write(TOUCHES, 0);
        write(MAKERS_MAX, LIQUIDATION_TOUCHES_MAX);
    }
}
