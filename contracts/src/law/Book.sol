// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccountPosition, InstrumentRecord, OrderRecord} from "../generated/Layout.sol";
import {BOOK_SIDE_MAX, EVICTIONS_MAX, ORDER_FLAG_LINKED, ORDER_FLAG_REDUCE_ONLY} from "../generated/Params.sol";
import {ORDER_FLAG_SELL, ORDER_SLOT_BITS} from "../generated/Params.sol";
import {Advice} from "./Advice.sol";
import {Arena} from "./Arena.sol";
import {GoneOrder} from "./GoneOrder.sol";
import {ACCOUNT_ID, CLIENT_ID, ENTRY} from "./Memory.sol";
import {EVICTED, EXPIRY, FLAGS, INSTRUMENT, INSTRUMENT_ID, LOTS, MAX_FEE, PRICE} from "./Memory.sol";
import {increase, read, write} from "./Memory.sol";
import {Position} from "./Position.sol";

/// @title The order book of the action's instrument: two doubly linked lists of order records, best first
library Book {
    /// The order does not belong behind the advised predecessor. Advice comes from the executor, so this reverts.
    error BadAdvice(uint256 instrument, uint256 slot);

    uint256 private constant ORDER_VERSION = 1;
    uint256 private constant SERIAL_GREATEST = 281_474_976_710_655;

    /// @dev The slot of the best order of a side (0: bids, 1: asks); 0 if it is empty.
    function best(uint256 sell) internal pure returns (uint256 slot) {
        assembly ("memory-safe") {
            slot := and(shr(sub(224, shl(5, sell)), mload(add(mload(INSTRUMENT), 32))), 0xffffffff)
        }
    }

    function setBest(uint256 sell, uint256 slot) private pure {
        assembly ("memory-safe") {
            let place := add(mload(INSTRUMENT), 32)
            let shift := sub(224, shl(5, sell))
            let ends := mload(place)
            mstore(place, xor(ends, shl(shift, and(xor(shr(shift, ends), slot), 0xffffffff))))
        }
    }

    /// @dev The linked order in `slot`; 0 if there is none.
    function find(uint256 slot) internal view returns (uint256 order) {
        if (slot == 0 || slot >= InstrumentRecord.nextSlot(read(INSTRUMENT))) return 0;
        order = Arena.order(read(INSTRUMENT_ID), slot);
        if (OrderRecord.flags(order) & ORDER_FLAG_LINKED == 0) order = 0;
    }

    /// @dev Remove the order from the book, and from its account's counts if they hold it. Its `entry` stays, even if
    /// empty: the caller frees it when its rule says so.
    function remove(uint256 slot, uint256 order, uint256 entry) internal view {
        uint256 counts = Position.ONE_LINKED;
        if (GoneOrder.isCurrent(order, entry)) {
            counts |= Position.ONE_OPEN;
            Position.release(entry, OrderRecord.flags(order), OrderRecord.lots(order), OrderRecord.price(order));
        }
        unchecked {
            write(entry, read(entry) - counts);
        }
        unlink(slot, order);
    }

    function worst(uint256 sell) private pure returns (uint256 slot) {
        assembly ("memory-safe") {
            slot := and(shr(sub(160, shl(5, sell)), mload(add(mload(INSTRUMENT), 32))), 0xffffffff)
        }
    }

    function setWorst(uint256 sell, uint256 slot) private pure {
        assembly ("memory-safe") {
            let place := add(mload(INSTRUMENT), 32)
            let shift := sub(160, shl(5, sell))
            let ends := mload(place)
            mstore(place, xor(ends, shl(shift, and(xor(shr(shift, ends), slot), 0xffffffff))))
        }
    }

    /// @dev Linked orders of a side.
    function countOf(uint256 sell) private pure returns (uint256) {
        uint256 instrument = read(INSTRUMENT);
        uint256 bids = InstrumentRecord.bidCount(instrument);
        unchecked {
            return sell == 0 ? bids : InstrumentRecord.orderCount(instrument) - bids;
        }
    }

    /// @dev Add `change`, 1 or −1, to the counts of linked orders. At most 2^18 are linked.
    function count(uint256 sell, int256 change) private pure {
        uint256 instrument = read(INSTRUMENT);
        unchecked {
            InstrumentRecord.setOrderCount(instrument, uint256(int256(InstrumentRecord.orderCount(instrument)) + change));
            if (sell == 0) InstrumentRecord.setBidCount(instrument, uint256(int256(InstrumentRecord.bidCount(instrument)) + change));
        }
    }

    /// @dev Join the order's neighbours; its slot becomes the head of the free list.
    function unlink(uint256 slot, uint256 order) private view {
        uint256 instrument = read(INSTRUMENT);
        uint256 previous = OrderRecord.prev(order);
        uint256 next = OrderRecord.next(order);
        uint256 sell = OrderRecord.flags(order) & ORDER_FLAG_SELL;
        if (previous == 0) {
            setBest(sell, next);
        } else {
            OrderRecord.setNext(Arena.order(read(INSTRUMENT_ID), previous), next);
        }
        if (next != 0) {
            uint256 successor = Arena.order(read(INSTRUMENT_ID), next);
            OrderRecord.setPrev(successor, previous);
        } else {
            setWorst(sell, previous);
        }
        count(sell, -1);
        write(order, ORDER_VERSION << 248);
        write(order + 32, InstrumentRecord.freeSlot(instrument) << 192);
        InstrumentRecord.setFreeSlot(instrument, slot);
    }

    /// @dev Whether no further order can be linked.
    function isFull() internal pure returns (bool) {
        uint256 instrument = read(INSTRUMENT);
        return InstrumentRecord.nextSerial(instrument) == SERIAL_GREATEST
            || (InstrumentRecord.freeSlot(instrument) == 0 && InstrumentRecord.nextSlot(instrument) == 1 << ORDER_SLOT_BITS);
    }

    /// @dev Make room on the action's side of the book: if it is full, its worst order goes, provided that the action's is better and the
    /// bundle has not pushed one out already. Return whether there is room.
    function makeRoom() internal view returns (bool) {
        uint256 sell = read(FLAGS) & ORDER_FLAG_SELL;
        if (countOf(sell) < BOOK_SIDE_MAX) return true;
        if (read(EVICTED) == EVICTIONS_MAX) return false;
        uint256 slot = worst(sell);
        uint256 order = Arena.order(read(INSTRUMENT_ID), slot);
        if (!isBetter(sell, read(PRICE), OrderRecord.price(order))) return false;
        increase(EVICTED, 1);
        uint256 ownerId = OrderRecord.account(order);
        uint256 account = Arena.account(ownerId);
        uint256 entry = Position.find(account, read(INSTRUMENT_ID));
        remove(slot, order, entry);
        // Our own account's entry is freed at the end of the action.
        if (ownerId != read(ACCOUNT_ID)) Position.freeIfEmpty(account, entry);
        return true;
    }

    /// @dev Link what is left of the action's order. The book is not full.
    function insert() internal view {
        uint256 instrument = read(INSTRUMENT);
        uint256 entry = read(ENTRY);
        (uint256 slot, uint256 order) = takeSlot(instrument);
        (uint256 previous, uint256 next) = link(slot);
        uint256 flags = (read(FLAGS) & (ORDER_FLAG_SELL | ORDER_FLAG_REDUCE_ONLY)) | ORDER_FLAG_LINKED;
        count(flags & ORDER_FLAG_SELL, 1);
        uint256 serial = InstrumentRecord.nextSerial(instrument);
        unchecked {
            InstrumentRecord.setNextSerial(instrument, serial + 1);
            write(entry, read(entry) + (Position.ONE_OPEN | Position.ONE_LINKED));
        }
        write(
            order,
            (ORDER_VERSION << 248) | (flags << 240) | (read(PRICE) << 208) | (read(LOTS) << 168)
                | (read(ACCOUNT_ID) << 136) | (AccountPosition.epoch(entry) << 88) | (serial << 40)
        );
        write(
            order + 32,
            (previous << 224) | (next << 192) | (read(EXPIRY) << 144) | (read(CLIENT_ID) << 80) | (read(MAX_FEE) << 48)
        );
    }

    /// @dev Take a free slot; return it and its record.
    function takeSlot(uint256 instrument) private view returns (uint256 slot, uint256 order) {
        slot = InstrumentRecord.freeSlot(instrument);
        if (slot != 0) {
            order = Arena.order(read(INSTRUMENT_ID), slot);
            InstrumentRecord.setFreeSlot(instrument, OrderRecord.next(order));
        } else {
            slot = InstrumentRecord.nextSlot(instrument);
            order = Arena.order(read(INSTRUMENT_ID), slot);
            unchecked {
                InstrumentRecord.setNextSlot(instrument, slot + 1);
            }
        }
    }

    /// @dev Find and check the neighbours of the action's order, and make them point to `slot`.
    function link(uint256 slot) private view returns (uint256 previous, uint256 next) {
        uint256 sell = read(FLAGS) & ORDER_FLAG_SELL;
        uint256 price = read(PRICE);
        next = best(sell);
        if (next == 0) {
            setBest(sell, slot);
            setWorst(sell, slot);
            return (0, 0);
        }
        previous = Advice.predecessor(sell, price);
        if (previous != 0) {
            uint256 predecessor = find(previous);
            if (predecessor == 0 || OrderRecord.flags(predecessor) & ORDER_FLAG_SELL != sell) refuse(previous);
            if (isBetter(sell, price, OrderRecord.price(predecessor))) refuse(previous);
            next = OrderRecord.next(predecessor);
            OrderRecord.setNext(predecessor, slot);
        } else {
            setBest(sell, slot);
        }
        if (next != 0) {
            uint256 successor = Arena.order(read(INSTRUMENT_ID), next);
            if (!isBetter(sell, price, OrderRecord.price(successor))) refuse(previous);
            OrderRecord.setPrev(successor, slot);
        } else {
            setWorst(sell, slot);
        }
    }

    /// @dev Whether `price` has strictly better priority than `other` on a side.
    function isBetter(uint256 sell, uint256 price, uint256 other) private pure returns (bool) {
        return sell == 0 ? price > other : price < other;
    }

    function refuse(uint256 slot) private pure {
        revert BadAdvice(read(INSTRUMENT_ID), slot);
    }
}
