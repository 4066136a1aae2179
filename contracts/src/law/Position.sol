// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccountPosition, AccountRecord, ACCOUNT_KIND} from "../generated/Layout.sol";
import {ORDER_FLAG_SELL} from "../generated/Params.sol";
import {Arena} from "./Arena.sol";
import {ACCOUNT, ACCOUNT_ID, ENTRY, INSTRUMENT_ID, read, write} from "./Memory.sol";

/// @title Position entries of an account: size, open-order exposure, epoch
/// @dev Bounds, by induction over fills and placements: |size| ≤ POSITION_LOTS_MAX < 2^40; size + buy_lots and
/// sell_lots − size never pass POSITION_LOTS_MAX, so buy_lots, sell_lots < 2^41 fit 48 bits, and their values < 2^73 fit
/// 80 bits. So exposure can be added to and taken from a whole word at once: no field carries into the next.
library Position {
    /// @dev The entry for `instrument`, or 0.
    function find(uint256 account, uint256 instrument) internal pure returns (uint256 entry) {
        assembly ("memory-safe") {
            let end := add(account, add(64, shl(6, and(shr(80, mload(account)), 0xff))))
            for { let each := add(account, 64) } lt(each, end) { each := add(each, 64) } {
                if eq(shr(240, mload(each)), instrument) {
                    entry := each
                    break
                }
            }
        }
    }

    /// @dev The exposure of `lots` resting at `price`, as it is packed in an entry's second word.
    function exposure(uint256 flags, uint256 lots, uint256 price) internal pure returns (uint256) {
        unchecked {
            if (flags & ORDER_FLAG_SELL == 0) return (lots << 208) | ((lots * price) << 80);
            return (lots << 160) | (lots * price);
        }
    }

    function addExposure(uint256 entry, uint256 amount) internal pure {
        assembly ("memory-safe") {
            mstore(add(entry, 32), add(mload(add(entry, 32)), amount))
        }
    }

    function subtractExposure(uint256 entry, uint256 amount) internal pure {
        assembly ("memory-safe") {
            mstore(add(entry, 32), sub(mload(add(entry, 32)), amount))
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
            write(ENTRY, entry);
        }
    }

    /// @dev Make sure that `append` has space: the account's record may move.
    function makeSpace() internal pure {
        write(ACCOUNT, Arena.makeRoomy((ACCOUNT_KIND << 56) | read(ACCOUNT_ID), read(ACCOUNT)));
    }

    /// @dev Whether size, buy_lots and sell_lots are 0.
    function isEmpty(uint256 entry) internal pure returns (bool empty) {
        assembly ("memory-safe") {
            let size := shl(80, mload(entry)) // bits 112 to 175 to the top
            empty := iszero(or(shr(192, size), shr(160, mload(add(entry, 32)))))
        }
    }

    /// @dev Free the entry if it is empty: the last one takes its place.
    function freeIfEmpty(uint256 account, uint256 entry) internal pure {
        if (!isEmpty(entry)) return;
        unchecked {
            uint256 last = AccountRecord.positionCount(account) - 1;
            Arena.copy(entry, AccountRecord.element(account, last), 64);
            AccountRecord.setPositionCount(account, last);
        }
    }

    /// @dev One order less among the entry's open orders: those of its epoch are counted, so there is one.
    function dropOrder(uint256 entry) internal pure {
        unchecked {
            AccountPosition.setOpenOrders(entry, AccountPosition.openOrders(entry) - 1);
        }
    }

    /// @dev The lots that a position is long, 0 if it is short; by the first word of its entry.
    function longOf(uint256 head) internal pure returns (uint256 lots) {
        assembly ("memory-safe") {
            let size := sar(192, shl(80, head))
            lots := mul(size, sgt(size, 0))
        }
    }

    /// @dev The lots of the entry's position that an order with these flags would reduce.
    function opposite(uint256 entry, uint256 flags) internal pure returns (uint256 lots) {
        int256 size = AccountPosition.size(entry);
        unchecked {
            if (flags & ORDER_FLAG_SELL == 0) size = -size;
            if (size > 0) lots = uint256(size);
        }
    }
}
