// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccountRecord, OrderRecord} from "../generated/Layout.sol";
import {COMPUTE_MAKER, COMPUTE_SETTLE, ORDER_FLAG_POST_ONLY, ORDER_FLAG_REDUCE_ONLY} from "../generated/Params.sol";
import {ORDER_FLAG_SELL, POSITION_LOTS_MAX, SELF_TRADE_CANCEL_BOTH, SELF_TRADE_CANCEL_TAKER} from "../generated/Params.sol";
import {RESULT_CERTIFICATE_STALE, RESULT_GAP_TOO_WIDE, RESULT_OK, RESULT_POST_ONLY_CROSSES, RESULT_SELF_TRADE} from "../generated/Results.sol";
import {RESULT_STALE_PRICE, RESULT_TOUCHES_EXHAUSTED} from "../generated/Results.sol";
import {Arena} from "./Arena.sol";
import {Book} from "./Book.sol";
import {GoneOrder} from "./GoneOrder.sol";
import {Fill} from "./Fill.sol";
import {ACCOUNT, ACCOUNT_ID, ENTRY, FLAGS, GAP_WIDE, INSTRUMENT_ID, LOTS, MAKERS_MAX, OVERDUE, PASSED, PRICE, STALE} from "./Memory.sol";
import {TAKER, TAKER_HOUSE, TAKER_USER, TOUCHES, increase, read, write} from "./Memory.sol";
import {Pending} from "./Pending.sol";
import {Position} from "./Position.sol";
import {Protection} from "./Protection.sol";
import {Weight} from "./Weight.sol";

/// @title Matching the action's order against the other side of the book
library Matching {
    /// @dev Match until nothing is left, nothing crosses (OK) or a rule stops it (its code).
    function run() internal view returns (uint256 code) {
        uint256 makerSide = (read(FLAGS) & ORDER_FLAG_SELL) ^ ORDER_FLAG_SELL;
        write(PASSED, 0);
        while (read(LOTS) != 0) {
            uint256 slot = read(PASSED);
            slot = slot == 0 ? Book.best(makerSide) : OrderRecord.next(Arena.order(read(INSTRUMENT_ID), slot));
            if (slot == 0) break;
            uint256 order = Arena.order(read(INSTRUMENT_ID), slot);
            uint256 price = OrderRecord.price(order);
            if (makerSide == 0 ? price < read(PRICE) : price > read(PRICE)) break;
            if (read(STALE) != 0) return RESULT_STALE_PRICE;
            if (read(TOUCHES) >= read(MAKERS_MAX) || Weight.isPassed()) return RESULT_TOUCHES_EXHAUSTED;
            increase(TOUCHES, 1);
            Weight.compute(COMPUTE_MAKER + COMPUTE_SETTLE);
            code = meet(slot, order, price);
            if (code != RESULT_OK) return code;
        }
        // What is left would cross what was passed over: it does not rest.
        if (read(PASSED) != 0 && read(LOTS) != 0) code = RESULT_TOUCHES_EXHAUSTED;
    }

    /// @dev Meet a maker: fill against it, remove it or pass it over (OK), or stop (the code).
    function meet(uint256 slot, uint256 order, uint256 price) private view returns (uint256 code) {
        uint256 makerId = OrderRecord.account(order);
        uint256 maker = Arena.account(makerId);
        uint256 entry = Position.find(maker, read(INSTRUMENT_ID));
        bool removed = GoneOrder.isGone(order, maker, entry);
        uint256 filled;
        if (!removed) {
            uint256 flags = read(FLAGS);
            if (flags & ORDER_FLAG_POST_ONLY != 0) return RESULT_POST_ONLY_CROSSES;
            if (read(TAKER) != TAKER_HOUSE && AccountRecord.owner(maker) == AccountRecord.owner(read(ACCOUNT))) {
                uint256 mode = (flags >> 3) & 3;
                if (mode == SELF_TRADE_CANCEL_TAKER) return RESULT_SELF_TRADE;
                if (mode == SELF_TRADE_CANCEL_BOTH) code = RESULT_SELF_TRADE;
                removed = true;
            }
        }
        if (!removed) {
            if (AccountRecord.marginMode(maker) != 0) {
                // Its certificate, too, has to fit what is reserved.
                if (read(TOUCHES) >= read(MAKERS_MAX)) return RESULT_TOUCHES_EXHAUSTED;
                increase(TOUCHES, 1);
            }
            uint256 lots = available(order, entry);
            if (read(GAP_WIDE) != 0 && read(TAKER) == TAKER_USER && Pending.opposite(read(ENTRY), read(ACCOUNT_ID), read(FLAGS)) < lots) {
                return RESULT_GAP_TOO_WIDE;
            }
            if (read(OVERDUE) != 0 && Pending.opposite(entry, makerId, OrderRecord.flags(order)) < lots) return RESULT_GAP_TOO_WIDE;
            removed = passesLimit(order, entry, lots);
            if (!removed) {
                (code, removed) = Fill.attempt(order, maker, entry, price, lots);
                if (code == RESULT_CERTIFICATE_STALE) {
                    write(PASSED, slot);
                    return RESULT_OK;
                }
                if (code != RESULT_OK) return code;
                if (!removed) {
                    unchecked {
                        write(LOTS, read(LOTS) - lots);
                        filled = lots;
                        // At most what the order has.
                        lots = OrderRecord.lots(order) - lots;
                    }
                    OrderRecord.setLots(order, lots);
                    removed = lots == 0;
                }
            }
        }
        if (removed) Book.remove(slot, order, entry);
        // Our own account's entry is freed at the end of the action.
        if (makerId != read(ACCOUNT_ID)) Position.freeIfEmpty(maker, entry);
        if (filled != 0) Protection.count(maker, filled);
    }

    /// @dev The lots of a fill against a maker's order that is not gone: of a reduce-only one at most its position.
    function available(uint256 order, uint256 entry) private pure returns (uint256 lots) {
        lots = OrderRecord.lots(order);
        if (lots > read(LOTS)) lots = read(LOTS);
        uint256 flags = OrderRecord.flags(order);
        if (flags & ORDER_FLAG_REDUCE_ONLY != 0) {
            uint256 open = Pending.opposite(entry, OrderRecord.account(order), flags);
            if (lots > open) lots = open;
        }
    }

    /// @dev Whether the maker's position would pass POSITION_LOTS_MAX: then its order must go.
    function passesLimit(uint256 order, uint256 entry, uint256 lots) private pure returns (bool) {
        unchecked {
            int256 size = Pending.along(entry, OrderRecord.account(order), OrderRecord.flags(order));
            return size + int256(lots) > int256(POSITION_LOTS_MAX);
        }
    }
}
