// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ACCOUNT_WORDS_MAX, GLOBAL_WORDS, INSTRUMENT_WORDS, ORDER_WORDS} from "../generated/Layout.sol";
import {MAKER_TOUCHES_BY_KEYS_PACKED} from "../generated/Params.sol";
import {TOP, UNDO, UNDO_END, read, write} from "./Memory.sol";

/// @title The checkpoint of a fill-or-kill order: the previous state of what its matching changes
/// @dev While an order of this kind is matched, every record is saved here before it changes, instead of copying the
/// arena: the account, the instrument and the global record at the start, then at each maker touch the order, its
/// account and, when the order leaves the book, its successor. An entry of the log is the data, then one word,
/// bytes × 2^32 + pointer.
library Checkpoint {
    uint256 private constant MAKERS_MOST = MAKER_TOUCHES_BY_KEYS_PACKED & 0xff; // for an action that reserves the fewest keys
    uint256 private constant WORDS_MAX = ACCOUNT_WORDS_MAX + INSTRUMENT_WORDS + GLOBAL_WORDS + 3
        + MAKERS_MOST * (2 * ORDER_WORDS + ACCOUNT_WORDS_MAX + 3);

    function begin() internal pure {
        unchecked {
            uint256 log = read(UNDO);
            if (log == 0) {
                log = read(TOP);
                write(UNDO, log);
                write(TOP, log + 32 * WORDS_MAX);
            }
            write(UNDO_END, log);
        }
    }

    /// @dev Save `size` bytes at `pointer`, if a fill-or-kill order is being matched.
    function save(uint256 pointer, uint256 size) internal pure {
        assembly ("memory-safe") {
            let end := mload(UNDO_END)
            if end {
                mcopy(end, pointer, size)
                end := add(end, size)
                mstore(end, or(shl(32, size), pointer))
                mstore(UNDO_END, add(end, 32))
            }
        }
    }

    function forget() internal pure {
        write(UNDO_END, 0);
    }

    /// @dev Put everything back, latest first.
    function restore() internal pure {
        assembly ("memory-safe") {
            let start := mload(UNDO)
            for { let end := mload(UNDO_END) } gt(end, start) {} {
                end := sub(end, 32)
                let entry := mload(end)
                let size := shr(32, entry)
                end := sub(end, size)
                mcopy(and(entry, 0xffffffff), end, size)
            }
            mstore(UNDO_END, 0)
        }
    }
}
