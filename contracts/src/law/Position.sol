// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccountRecord, ACCOUNT_EPOCH_COUNTER_GREATEST, ACCOUNT_KIND, ACCOUNT_WORDS, GLOBAL_WORDS} from "../generated/Layout.sol";
import {ORDER_FLAG_REDUCE_ONLY, ORDER_FLAG_SELL} from "../generated/Params.sol";
import {Arena} from "./Arena.sol";
import {Checkpoint} from "./Checkpoint.sol";
import {ACCOUNT, ACCOUNT_ID, CLOCK, ENTRY, GLOBAL, INSTRUMENT_ID, read, write} from "./Memory.sol";

/// @title Position entries of an account: size, what its orders reserve, their number, epoch
/// @dev Bounds, by induction over fills and placements. |size| ≤ POSITION_LOTS_MAX < 2^40: a taker's order was checked
/// against its position (POSITION_LIMIT), and a maker's order that would pass it is removed instead. buy_lots and sell_lots
/// grow only when an order comes to rest, up to POSITION_LOTS_MAX ∓ size, so they stay below 2^41 and fit 48 bits, their
/// values < 2^73 fit 80. (Size alone may move away from them later: reduce-only orders reserve nothing there.) reduce_lots
/// grows only up to |size|, linked up to LINKED_ORDERS_MAX, open_orders up to OPEN_ORDERS_MAX, and each order takes out
/// what it put in. So these fields are added and subtracted as one word: none carries into the next.
/// While an order is linked, its account has an entry for the instrument: an entry with linked orders is never freed.
library Position {
    // What one order adds to the first word of its entry.
    uint256 internal constant ONE_OPEN = 1 << 224;
    uint256 internal constant ONE_LINKED = 1 << 112;
    uint256 private constant REDUCE_LOTS_SHIFT = 64;

    /// @dev The entry for `instrument`, or 0.
    function find(uint256 account, uint256 instrument) internal pure returns (uint256 entry) {
        assembly ("memory-safe") {
            let each := add(account, shl(5, ACCOUNT_WORDS))
            let end := add(each, mul(96, and(shr(80, mload(account)), 0xff)))
            for {} lt(each, end) { each := add(each, 96) } {
                if eq(shr(240, mload(each)), instrument) {
                    entry := each
                    break
                }
            }
        }
    }

    /// @dev The exposure of `lots` resting at `price`, as it is packed in an entry's second word.
    function exposure(uint256 flags, uint256 lots, uint256 price) private pure returns (uint256) {
        unchecked {
            if (flags & ORDER_FLAG_SELL == 0) return (lots << 208) | ((lots * price) << 80);
            return (lots << 160) | (lots * price);
        }
    }

    /// @dev Reserve `lots` of an order at `price`: reduce_lots of a reduce-only one, exposure of another.
    function reserve(uint256 entry, uint256 flags, uint256 lots, uint256 price) internal pure {
        unchecked {
            if (flags & ORDER_FLAG_REDUCE_ONLY != 0) write(entry, read(entry) + (lots << REDUCE_LOTS_SHIFT));
            else write(entry + 32, read(entry + 32) + exposure(flags, lots, price));
        }
    }

    /// @dev Take back what `reserve` did, for all or some of the order's lots.
    function release(uint256 entry, uint256 flags, uint256 lots, uint256 price) internal pure {
        unchecked {
            if (flags & ORDER_FLAG_REDUCE_ONLY != 0) write(entry, read(entry) - (lots << REDUCE_LOTS_SHIFT));
            else write(entry + 32, read(entry + 32) - exposure(flags, lots, price));
        }
    }

    /// @dev Append an entry for the action's instrument to the op's account, which has space for it.
    function append() internal pure returns (uint256 entry) {
        unchecked {
            uint256 account = read(ACCOUNT);
            uint256 count = AccountRecord.positionCount(account);
            uint256 epoch = AccountRecord.epochCounter(account) + 1;
            AccountRecord.setPositionCount(account, count + 1);
            AccountRecord.setEpochCounter(account, epoch);
            entry = AccountRecord.element(account, count);
            write(entry, (read(INSTRUMENT_ID) << 240) | (epoch << 176));
            write(entry + 32, 0);
            write(entry + 64, 0);
            write(ENTRY, entry);
        }
    }

    /// @dev Make sure that `append` has space: the account's record may move.
    function makeSpace() internal pure {
        write(ACCOUNT, Arena.makeRoomy((ACCOUNT_KIND << 56) | read(ACCOUNT_ID), read(ACCOUNT)));
    }

    /// @dev Set a checkpoint, and save the op's account and the global record.
    function openCheckpoint() internal pure {
        uint256 account = read(ACCOUNT);
        Checkpoint.begin();
        Checkpoint.save(account, AccountRecord.element(0, AccountRecord.positionCount(account)));
        Checkpoint.save(read(GLOBAL), 32 * GLOBAL_WORDS);
    }

    /// @dev Whether the account's orders are dead because its `cancel_at_ms` has passed.
    function areOrdersDead(uint256 account) internal pure returns (bool) {
        uint256 cancelAt = AccountRecord.cancelAtMs(account);
        return cancelAt != 0 && cancelAt <= read(CLOCK);
    }

    /// @dev Whether size, linked, buy_lots and sell_lots are 0.
    function isEmpty(uint256 entry) private pure returns (bool empty) {
        assembly ("memory-safe") {
            let sizeAndLinked := shl(80, mload(entry)) // bits 112 to 175 to the top
            empty := iszero(or(shr(192, sizeAndLinked), shr(160, mload(add(entry, 32)))))
        }
    }

    /// @dev Free the entry if it is empty: the last one takes its place.
    function freeIfEmpty(uint256 account, uint256 entry) internal pure {
        if (!isEmpty(entry)) return;
        unchecked {
            uint256 last = AccountRecord.positionCount(account) - 1;
            Arena.copy(entry, AccountRecord.element(account, last), 96);
            AccountRecord.setPositionCount(account, last);
        }
    }

    /// @dev Give an entry a new epoch, no open orders, no exposure and no reduce_lots. Size, linked and what is pending stay.
    function renew(uint256 entry, uint256 epoch) internal pure {
        assembly ("memory-safe") {
            // Bits 240 to 255, 112 to 175 and 0 to 63.
            let kept := and(mload(entry), 0xffff0000000000000000ffffffffffffffff000000000000ffffffffffffffff)
            mstore(entry, or(kept, shl(176, epoch)))
            mstore(add(entry, 32), 0)
        }
    }

    /// @dev Give every entry of an account a new epoch, in entry order. Return false, with nothing changed, if there are not enough.
    function renewAll(uint256 account) internal pure returns (bool) {
        unchecked {
            uint256 epoch = AccountRecord.epochCounter(account);
            uint256 count = AccountRecord.positionCount(account);
            if (epoch + count > ACCOUNT_EPOCH_COUNTER_GREATEST) return false;
            AccountRecord.setEpochCounter(account, epoch + count);
            uint256 end = AccountRecord.element(account, count);
            for (uint256 entry = AccountRecord.element(account, 0); entry < end; entry += 96) renew(entry, ++epoch);
            return true;
        }
    }

    /// @dev Whether no entry of an account has a stored size.
    function isFlat(uint256 account) internal pure returns (bool flat) {
        uint256 entry = AccountRecord.element(account, 0);
        uint256 end = AccountRecord.element(account, AccountRecord.positionCount(account));
        assembly ("memory-safe") {
            let sizes := 0
            for {} lt(entry, end) { entry := add(entry, 96) } { sizes := or(sizes, shl(80, mload(entry))) }
            flat := iszero(shr(208, sizes))
        }
    }

    /// @dev A position's lots by the first word of its entry; positive is long.
    function sizeOf(uint256 head) internal pure returns (int256 size) {
        assembly ("memory-safe") {
            size := sar(208, shl(80, head))
        }
    }
}
