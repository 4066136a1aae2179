// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ACCOUNT_WORDS_MAX, CERTIFICATE_WORDS, GLOBAL_WORDS, INSTRUMENT_WORDS, ORDER_WORDS} from "../generated/Layout.sol";
import {ACTIONS_MAX, EVICTIONS_MAX, MAKER_TOUCHES_BY_KEYS_PACKED} from "../generated/Params.sol";
import {TOP, UNDO, UNDO_END, read, write} from "./Memory.sol";

/// @title The checkpoint of a fill-or-kill order, or of an atomic bundle: the previous state of what it changes
/// @dev While one is set, every record is saved here before it changes, instead of copying the arena: the account and the global
/// record at the start, the instrument with each action; orders and other accounts whenever the arena gives their pointers, which
/// is before they change. An entry of the log is the data, then one word, bytes × 2^32 + pointer.
library Checkpoint {
    uint256 private constant MAKERS_MAX = MAKER_TOUCHES_BY_KEYS_PACKED & 0xff; // for an action that reserves the fewest keys
    // Orders of an action besides makers: named one and its neighbours, the other side's best, the worst of its own with its neighbour, its
    // slot and the neighbours there; of a maker it and its successor, and the one that was passed over in front of it. A maker under portfolio
    // margin counts twice: its certificate and the taker's.
    uint256 private constant ACTION_ORDERS = 9;
    uint256 private constant WORDS_MAX = (1 + EVICTIONS_MAX) * (ACCOUNT_WORDS_MAX + 1) + GLOBAL_WORDS + 1
        + 2 * ACTIONS_MAX * (INSTRUMENT_WORDS + 1 + ACTION_ORDERS * (ORDER_WORDS + 1))
        + MAKERS_MAX * (3 * (ORDER_WORDS + 1) + ACCOUNT_WORDS_MAX + 1 + CERTIFICATE_WORDS + 1);

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

    /// @dev Whether one is set.
    function isSet() internal pure returns (bool) {
        return read(UNDO_END) != 0;
    }

    /// @dev Save `size` bytes at `pointer`, if a checkpoint is set.
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
