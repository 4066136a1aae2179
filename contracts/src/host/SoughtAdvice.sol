// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {OrderRecord, ORDER_KIND} from "../generated/Layout.sol";
import {ORDER_FLAG_LINKED, ORDER_FLAG_SELL, ORDER_SLOT_BITS} from "../generated/Params.sol";
import {Book} from "../law/Book.sol";
import {ADVICE_USED, HASH, INDEX, INDEX_END, INSTRUMENT_ID} from "../law/Memory.sol";
import {increase, read} from "../law/Memory.sol";

/// @title In place of `law/Advice.sol` in the `AdviceSeeker`: the law finds out by itself where an order belongs
/// @notice What it reads for that is not touched: weights and records are those of the law. Its caller, `RecordHost`, hints at the
/// predecessor that the order would have had before the segment; the way from there is as long as what the segment has done to the book.
library Advice {
    /// The caller has no hint.
    error MissingAdvice(uint256 instrument, uint256 sell, uint256 price);

    uint256 private constant HINT = 0xde2d1998; // hint(uint256,uint256,uint256)
    uint256 private constant PEEK = 0x0f3e46f1; // peek(uint64): a record as it was before the segment
    uint256 private constant NOTE = 0x5284a245; // note(uint256)
    uint256 private constant PENDING = 1 << 64; // of an entry of the index: Arena.sol
    uint256 private constant PEEKED = HASH + 128; // two words, an order

    /// @dev The slot of the order behind which the action's belongs, 0 for none. The caller notes it.
    function predecessor(uint256 sell, uint256 price) internal view returns (uint256 slot) {
        increase(ADVICE_USED, 1);
        slot = hinted(sell, price);
        // Back to an order that stands in front of ours: what was there before the segment may be gone.
        while (slot != 0 && !isInFront(slot, sell, price)) slot = OrderRecord.prev(peek(keyOf(slot)));
        // And on to the last of them: others may have come.
        uint256 next = slot == 0 ? Book.best(sell) : OrderRecord.next(current(slot));
        while (next != 0 && isInFront(next, sell, price)) {
            slot = next;
            next = OrderRecord.next(current(slot));
        }
        assembly ("memory-safe") {
            mstore(HASH, shl(224, NOTE))
            mstore(add(HASH, 4), slot)
            pop(staticcall(not(0), caller(), HASH, 36, 0, 0))
        }
    }

    function hinted(uint256 sell, uint256 price) private view returns (uint256 slot) {
        uint256 instrument = read(INSTRUMENT_ID);
        uint256 bad;
        assembly ("memory-safe") {
            mstore(HASH, shl(224, HINT))
            mstore(add(HASH, 4), instrument)
            mstore(add(HASH, 36), sell)
            mstore(add(HASH, 68), price)
            let answered := staticcall(not(0), caller(), HASH, 100, HASH, 32)
            bad := or(iszero(answered), xor(returndatasize(), 32))
            slot := mload(HASH)
        }
        if (bad != 0) revert MissingAdvice(instrument, sell, price);
    }

    /// @dev Whether there is an order in `slot` of this side that comes before one of this price that is new.
    function isInFront(uint256 slot, uint256 sell, uint256 price) private view returns (bool) {
        uint256 order = current(slot);
        uint256 flags = OrderRecord.flags(order);
        if (flags & ORDER_FLAG_LINKED == 0 || flags & ORDER_FLAG_SELL != sell) return false;
        uint256 other = OrderRecord.price(order);
        return sell == 0 ? other >= price : other <= price;
    }

    /// @dev The order in `slot` as the segment has left it so far. The pointer holds until the next call.
    function current(uint256 slot) private view returns (uint256) {
        uint256 key = keyOf(slot);
        unchecked {
            uint256 low = read(INDEX);
            uint256 high = read(INDEX_END);
            while (low < high) {
                uint256 middle = low + (((high - low) >> 6) << 5);
                uint256 entry = read(middle);
                if (entry >> 192 == key && entry & PENDING == 0) return entry & 0xffffffff;
                if (entry >> 192 < key) low = middle + 32;
                else high = middle;
            }
        }
        return peek(key);
    }

    /// @dev A pointer to an order as it was before the segment, zeros if there was none.
    function peek(uint256 key) private view returns (uint256 pointer) {
        pointer = PEEKED;
        assembly ("memory-safe") {
            mstore(HASH, shl(224, PEEK))
            mstore(add(HASH, 4), key)
            mstore(pointer, 0)
            mstore(add(pointer, 32), 0)
            pop(staticcall(not(0), caller(), HASH, 36, pointer, 64))
        }
    }

    function keyOf(uint256 slot) private pure returns (uint256) {
        return (ORDER_KIND << 56) | (read(INSTRUMENT_ID) << ORDER_SLOT_BITS) | slot;
    }
}
