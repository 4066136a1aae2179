// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccountPosition, AccountRecord, InstrumentRecord, MarkRecord, UnderlyingRecord} from "../generated/Layout.sol";
import {ACCOUNT_EPOCH_COUNTER_GREATEST} from "../generated/Layout.sol";
import {INSTRUMENT_STATUS_ACTIVE, INSTRUMENT_STATUS_HALTED, OPEN_ORDERS_MAX} from "../generated/Params.sol";
import {ORDER_FLAG_POST_ONLY, ORDER_FLAG_REDUCE_ONLY, ORDER_FLAG_SELL, POSITIONS_MAX} from "../generated/Params.sol";
import {POSITION_LOTS_MAX, TIME_IN_FORCE_FOK, TIME_IN_FORCE_GTD, TIME_IN_FORCE_IOC} from "../generated/Params.sol";
import {
    RESULT_BOOK_FULL,
    RESULT_EXPIRED,
    RESULT_FEE_TOO_HIGH,
    RESULT_FIELD_OVERFLOW,
    RESULT_FOK_UNFILLED,
    RESULT_HALTED,
    RESULT_IOC_REMAINDER,
    RESULT_MARGIN_INSUFFICIENT,
    RESULT_NO_PRICE,
    RESULT_NOTHING_TO_REDUCE,
    RESULT_OK,
    RESULT_ORDER_TOO_SMALL,
    RESULT_POSITION_LIMIT,
    RESULT_TOO_MANY_ORDERS,
    RESULT_TOO_MANY_POSITIONS
} from "../generated/Results.sol";
import {Arena} from "./Arena.sol";
import {Book} from "./Book.sol";
import {Margin} from "./Margin.sol";
import {Matching} from "./Matching.sol";
import {ACCOUNT, CLOCK, ENTRY, EXPIRY, FLAGS, GLOBAL, INSTRUMENT, INSTRUMENT_ID, LOTS} from "./Memory.sol";
import {MARK_PRICE, MAX_FEE, PRICE, TICK_VALUE, read, write} from "./Memory.sol";
import {Position} from "./Position.sol";
import {Checkpoint} from "./Checkpoint.sol";

/// @title Placing the action's order: checks, matching, rest
library Place {
    function timeInForce(uint256 flags) private pure returns (uint256) {
        return (flags >> 5) & 3;
    }

    /// @dev The checks that place and replace share, from HALTED to ORDER_TOO_SMALL. Loads the instrument's mark.
    function checkTerms() internal view returns (uint256 code) {
        uint256 instrument = read(INSTRUMENT);
        uint256 flags = read(FLAGS);
        uint256 status = InstrumentRecord.status(instrument);
        bool reduceOnly = flags & ORDER_FLAG_REDUCE_ONLY != 0;
        if (status != INSTRUMENT_STATUS_ACTIVE && (status == INSTRUMENT_STATUS_HALTED || !reduceOnly)) return RESULT_HALTED;
        uint256 mark = loadMark();
        if (mark == 0) return RESULT_NO_PRICE;
        if (timeInForce(flags) == TIME_IN_FORCE_GTD && read(EXPIRY) <= read(CLOCK)) return RESULT_EXPIRED;
        unchecked {
            // Below 2^96.
            uint256 value = read(PRICE) * read(LOTS) * read(TICK_VALUE);
            if (!reduceOnly && value < InstrumentRecord.minOrderValue(instrument)) return RESULT_ORDER_TOO_SMALL;
        }
    }

    /// @dev Set TICK_VALUE and MARK_PRICE; the latter in ticks.
    function loadMark() private view returns (uint256 price) {
        uint256 mark = Arena.mark(read(INSTRUMENT_ID));
        uint256 index = UnderlyingRecord.indexPrice(Arena.underlying(MarkRecord.underlying(mark)));
        uint256 perTick = MarkRecord.indexPerTick(mark);
        assembly ("memory-safe") {
            price := div(index, perTick) // perTick is at least 1
            if gt(price, 0xffffffff) { price := 0xffffffff }
        }
        write(TICK_VALUE, MarkRecord.tickValue(mark));
        write(MARK_PRICE, price);
    }

    /// @dev What follows `checkTerms` of a place, and of a replace that was removed.
    function enter() internal view returns (uint256 code) {
        code = checkAccount();
        if (code != RESULT_OK) return code;
        uint256 kind = timeInForce(read(FLAGS));
        bool missing = read(ENTRY) == 0;
        if (missing) Position.makeSpace();
        if (kind == TIME_IN_FORCE_FOK) openCheckpoint();
        if (missing) Position.append();

        code = Matching.run();
        bool whole = read(LOTS) == 0;
        if (kind == TIME_IN_FORCE_FOK) {
            if (whole && code == RESULT_OK) {
                Checkpoint.forget();
            } else {
                Checkpoint.restore();
                // The entry is as it was, or gone: nothing to free.
                write(ENTRY, 0);
                code = RESULT_FOK_UNFILLED;
            }
        } else if (code == RESULT_OK && !whole) {
            code = kind == TIME_IN_FORCE_IOC ? RESULT_IOC_REMAINDER : rest();
        }
    }

    /// @dev The checks from FEE_TOO_HIGH on. Sets ENTRY, and LOTS of a reduce-only order to what it can reduce.
    function checkAccount() private pure returns (uint256 code) {
        unchecked {
            uint256 flags = read(FLAGS);
            if (flags & ORDER_FLAG_POST_ONLY == 0 && InstrumentRecord.takerFeePpm(read(INSTRUMENT)) > read(MAX_FEE)) {
                return RESULT_FEE_TOO_HIGH;
            }
            uint256 account = read(ACCOUNT);
            uint256 entry = Position.find(account, read(INSTRUMENT_ID));
            write(ENTRY, entry);
            bool reduceOnly = flags & ORDER_FLAG_REDUCE_ONLY != 0;
            if (reduceOnly) {
                uint256 opposite = entry == 0 ? 0 : Position.opposite(entry, flags);
                if (opposite == 0) return RESULT_NOTHING_TO_REDUCE;
                if (opposite < read(LOTS)) write(LOTS, opposite);
            } else if (entry == 0) {
                if (AccountRecord.positionCount(account) == POSITIONS_MAX) return RESULT_TOO_MANY_POSITIONS;
                if (AccountRecord.epochCounter(account) == ACCOUNT_EPOCH_COUNTER_GREATEST) return RESULT_FIELD_OVERFLOW;
                // A first order is within both limits that follow: ORDER_LOTS_MAX ≤ POSITION_LOTS_MAX.
                return RESULT_OK;
            }
            if (timeInForce(flags) <= TIME_IN_FORCE_GTD && AccountPosition.openOrders(entry) >= OPEN_ORDERS_MAX) {
                return RESULT_TOO_MANY_ORDERS;
            }
            if (!reduceOnly && reach(entry, flags) > int256(POSITION_LOTS_MAX)) return RESULT_POSITION_LIMIT;
        }
    }

    /// @dev The position on the order's side if it and all open orders of that side filled.
    function reach(uint256 entry, uint256 flags) private pure returns (int256) {
        unchecked {
            int256 size = AccountPosition.size(entry);
            if (flags & ORDER_FLAG_SELL == 0) return size + int256(AccountPosition.buyLots(entry) + read(LOTS));
            return int256(AccountPosition.sellLots(entry) + read(LOTS)) - size;
        }
    }

    /// @dev Save what matching changes besides makers.
    function openCheckpoint() private pure {
        uint256 account = read(ACCOUNT);
        Checkpoint.begin();
        Checkpoint.save(account, AccountRecord.element(0, AccountRecord.positionCount(account)));
        Checkpoint.save(read(INSTRUMENT), 96);
        Checkpoint.save(read(GLOBAL), 96);
    }

    /// @dev Let the remainder rest: reserve its exposure, test initial margin, link it.
    function rest() private view returns (uint256 code) {
        uint256 entry = read(ENTRY);
        uint256 exposure;
        if (read(FLAGS) & ORDER_FLAG_REDUCE_ONLY == 0) {
            exposure = Position.exposure(read(FLAGS), read(LOTS), read(PRICE));
            Position.addExposure(entry, exposure);
            code = Margin.testInitial(read(ACCOUNT), RESULT_MARGIN_INSUFFICIENT);
        }
        if (code == RESULT_OK && Book.isFull()) code = RESULT_BOOK_FULL;
        if (code == RESULT_OK) {
            Book.insert();
        } else {
            Position.subtractExposure(entry, exposure);
        }
    }
}
