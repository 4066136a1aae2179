// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {GlobalRecord, ACCOUNT_KIND, ACCOUNT_POSITION_WORDS, ACCOUNT_WORDS, ACCOUNT_WORDS_MAX, GLOBAL_WORDS, GLOBAL_WORDS_MAX} from "../generated/Layout.sol";
import {ARRAY_KIND, CERTIFICATE_KIND, EXPIRY_KIND, INSTRUMENT_KIND, KIND_HEADS_PACKED, MARK_KIND, ORDER_KIND, ORDER_WORDS, SESSION_KIND, TRIGGER_KIND, UNDERLYING_KIND} from "../generated/Layout.sol";
import {Checkpoint} from "./Checkpoint.sol";
import {GLOBAL, HEAP, INDEX, INDEX_END, INDEX_LIMIT, INSTRUMENTS, QUESTION} from "./Memory.sol";
import {SHORTCUTS, TOP, UNDERLYINGS, read, write} from "./Memory.sol";
import {Weight} from "./Weight.sol";

/// @title The records of a segment, cached in memory
/// @dev A record that was touched lies in memory as it is on L1, word by word, behind one word that holds the hash of
/// what was loaded. An index of one word per record is sorted by key:
///
///   key (64 bits) ‖ words (8 bits) ‖ … ‖ roomy (bit 65) ‖ pending (bit 64) ‖ … ‖ place (32 bits)
///
/// `place` is the pointer of a touched record. For a pending one, which `records` brought but nothing has touched yet, it is the offset in
/// calldata, and `words` its length (0 otherwise). `roomy` accounts have space for all position entries.
///
/// No choice of ids degrades the binary search. Two shortcuts stand in front of it; they can miss but not
/// mislead: SHORTCUTS holds, at a hash of the key, where in the index to look first; and since instruments, marks and
/// underlyings have dense ids and margin reads many of them, tables give their pointers by id.
///
/// The words of an absent record are zero. A record that exists starts with its version, which is not.
library Arena {
    /// A witness in the wrong shape: keys do not rise, or bytes are missing.
    error BadRecords();
    /// The record is missing: it is not in `records`, and the caller does not answer, or not with a record.
    error MissingRecord(uint256 key);

    uint256 private constant TRIGGER_VERSION = 1;
    uint256 private constant ENTRY_SPACE = 64; // entries that fit before the index has to move
    // Words to reserve for a record of kind k, at byte k from the top: the global record with all its signers, the heads of others.
    uint256 private constant SPACE = KIND_HEADS_PACKED + ((GLOBAL_WORDS_MAX - GLOBAL_WORDS) << 248);
    // Odd, with patternless bits: the top byte of key × MIX is the key's shortcut.
    uint256 private constant MIX = 0x9e3779b97f4a7c15f39cc0605cedc8341082276bf3a27251f86c6a11d0c18e95;

    /// @dev Index `records` and touch the global record, which sizes the tables.
    function open(bytes calldata records) internal view {
        Weight.open();
        prefill(records);
        uint256 global = touch(0);
        unchecked {
            uint256 instruments = GlobalRecord.nextInstrument(global);
            uint256 underlyings = GlobalRecord.nextUnderlying(global);
            uint256 top = read(TOP);
            write(GLOBAL, global);
            write(INSTRUMENTS, top);
            write(UNDERLYINGS, top + 8 * instruments);
            // One word of slack: a table's last element is read as a whole word.
            write(TOP, top + 8 * instruments + 4 * underlyings + 32);
        }
    }

    /// @dev Write the index of `records`: nothing is copied yet.
    function prefill(bytes calldata records) private pure {
        uint256 fault;
        assembly ("memory-safe") {
            let offset := records.offset
            let end := add(offset, records.length)
            let place := HEAP
            // Everything up to the highest head with the last key; keys rise, and only the first may be 0.
            let last := 0
            for {} lt(offset, end) {} {
                let head := calldataload(offset)
                fault := or(fault, iszero(gt(head, last)))
                last := or(head, 0xffffffffffffffffffffffffffffffffffffffffffffffff)
                // Key and words, pending, the offset of the data: 2^64 + offset + 9.
                mstore(place, or(and(head, not(0xffffffffffffffffffffffffffffffffffffffffffffff)), add(offset, 0x10000000000000009)))
                mstore(add(SHORTCUTS, shl(5, shr(248, mul(shr(192, head), MIX)))), place)
                place := add(place, 32)
                offset := add(add(offset, 9), shl(5, byte(8, head)))
            }
            fault := or(fault, xor(offset, end))
            mstore(INDEX, HEAP)
            mstore(INDEX_END, place)
            let limit := add(place, shl(5, ENTRY_SPACE))
            mstore(INDEX_LIMIT, limit)
            mstore(TOP, add(limit, 32)) // a zero stays behind the last entry
            // Key 0 comes first, if it is there.
            mstore(SHORTCUTS, HEAP)
        }
        if (fault != 0) revert BadRecords();
    }

    /// @dev Touch the record of `key`; return its pointer.
    function touch(uint256 key) internal view returns (uint256 pointer) {
        uint256 place;
        assembly ("memory-safe") {
            let shortcut := add(SHORTCUTS, shl(5, shr(248, mul(key, MIX))))
            // A shortcut of 0 means none. Nothing is ever written at address 0, so that word is an entry of no key but 0.
            place := mload(shortcut)
            let entry := mload(place)
            if xor(shr(192, entry), key) {
                let target := shl(192, key)
                place := mload(INDEX)
                // `length` bytes of entries from `place` on remain: all in front of them have lower keys, none behind them has.
                let length := sub(mload(INDEX_END), place)
                for {} length {} {
                    let half := and(shr(1, length), 0xffffffe0)
                    let middle := add(place, half)
                    switch lt(mload(middle), target)
                    case 0 { length := half }
                    default {
                        place := add(middle, 32)
                        length := sub(length, add(half, 32))
                    }
                }
                mstore(shortcut, place)
                // The zero behind the last entry matches no key but 0, which is looked for only once, at HEAP.
                entry := mload(place)
                if xor(shr(192, entry), key) { entry := 0 }
            }
            // Pending entries do not count.
            if iszero(and(entry, 0x10000000000000000)) { pointer := and(entry, 0xffffffff) }
        }
        if (pointer == 0) pointer = bring(key, place);
    }

    /// @dev First touch of `key`, whose entry is or belongs at `place`: cache the record and count its weight.
    function bring(uint256 key, uint256 place) private view returns (uint256 pointer) {
        uint256 words;
        uint256 entry = read(place);
        if (entry >> 192 == key && place < read(INDEX_END)) {
            assembly ("memory-safe") {
                pointer := add(mload(TOP), 32)
                words := byte(8, entry)
                calldatacopy(pointer, and(entry, 0xffffffff), shl(5, words))
            }
        } else {
            place = makeRoom(place);
            unchecked {
                pointer = read(TOP) + 32;
            }
            words = ask(key, pointer);
        }
        uint256 kind = key >> 56;
        uint256 spaces = SPACE;
        assembly ("memory-safe") {
            mstore(place, or(shl(192, key), pointer))
            let size := shl(5, words)
            mstore(sub(pointer, 32), keccak256(pointer, size))
            let space := shl(5, byte(kind, spaces))
            if gt(space, size) { size := space }
            mstore(TOP, add(pointer, size))
        }
        Weight.touch(kind, words);
    }

    /// @dev Ask the caller for a record; its words are copied to `pointer`.
    function ask(uint256 key, uint256 pointer) private view returns (uint256 words) {
        uint256 bad;
        assembly ("memory-safe") {
            mstore(QUESTION, shl(224, 0xf6443b39)) // load(uint64)
            mstore(add(QUESTION, 4), key)
            // not(0) passes all but a 64th of the gas. A call that runs out of it fails, and that reverts.
            let answered := staticcall(not(0), caller(), QUESTION, 36, 0, 0)
            let size := returndatasize()
            bad := or(iszero(answered), or(gt(size, 2048), and(size, 31)))
            if iszero(bad) {
                returndatacopy(pointer, 0, size)
                words := shr(5, size)
            }
        }
        if (bad != 0) revert MissingRecord(key);
    }

    /// @dev Open a gap in the index at `place`, moving the whole index if it is full; return where the gap is.
    function makeRoom(uint256 place) private pure returns (uint256) {
        unchecked {
            uint256 end = read(INDEX_END);
            if (end == read(INDEX_LIMIT)) {
                uint256 start = read(INDEX);
                uint256 moved = read(TOP);
                uint256 size = end - start;
                copy(moved, start, size);
                // Shortcuts into the old index find nothing there: they miss from now on.
                assembly ("memory-safe") {
                    calldatacopy(start, calldatasize(), size)
                }
                place = moved + (place - start);
                end = moved + size;
                write(INDEX, moved);
                write(INDEX_LIMIT, moved + 2 * size);
                write(TOP, moved + 2 * size + 32);
            }
            copy(place + 32, place, end - place);
            write(INDEX_END, end + 32);
            return place;
        }
    }

    function copy(uint256 target, uint256 source, uint256 size) internal pure {
        assembly ("memory-safe") {
            mcopy(target, source, size)
        }
    }

    /// @dev The pointer to an account's record.
    function account(uint256 id) internal view returns (uint256 pointer) {
        pointer = touch((ACCOUNT_KIND << 56) | id);
        unchecked {
            Checkpoint.save(pointer, 32 * (ACCOUNT_WORDS + ACCOUNT_POSITION_WORDS * ((read(pointer) >> 80) & 0xff)));
        }
    }

    /// @dev The pointer to the record of an account's session slot, absent or not.
    function session(uint256 accountId, uint256 slot) internal view returns (uint256) {
        return touch((SESSION_KIND << 56) | (accountId << 2) | slot);
    }

    /// @dev The pointer to the order in `slot` of the book of `instrument_`.
    function order(uint256 instrument_, uint256 slot) internal view returns (uint256 pointer) {
        pointer = touch((ORDER_KIND << 56) | (instrument_ << 18) | slot);
        Checkpoint.save(pointer, 32 * ORDER_WORDS);
    }

    /// @dev The pointer to the record of a listed instrument.
    function instrument(uint256 id) internal view returns (uint256 pointer) {
        assembly ("memory-safe") {
            pointer := shr(224, mload(add(mload(INSTRUMENTS), shl(3, id))))
        }
        if (pointer == 0) pointer = remember(INSTRUMENTS, 8 * id, touch((INSTRUMENT_KIND << 56) | id));
    }

    /// @dev The pointer to the mark record of a listed instrument.
    function mark(uint256 id) internal view returns (uint256 pointer) {
        assembly ("memory-safe") {
            pointer := shr(224, mload(add(mload(INSTRUMENTS), or(shl(3, id), 4))))
        }
        if (pointer == 0) pointer = remember(INSTRUMENTS, 8 * id + 4, touch((MARK_KIND << 56) | id));
    }

    /// @dev The pointer to the record of a listed underlying.
    function underlying(uint256 id) internal view returns (uint256 pointer) {
        assembly ("memory-safe") {
            pointer := shr(224, mload(add(mload(UNDERLYINGS), shl(2, id))))
        }
        if (pointer == 0) pointer = remember(UNDERLYINGS, 4 * id, touch((UNDERLYING_KIND << 56) | id));
    }

    /// @dev The pointer to the record of a listed expiry.
    function expiry(uint256 id) internal view returns (uint256) {
        return touch((EXPIRY_KIND << 56) | id);
    }

    /// @dev The pointer to the array of a listed option, absent or not.
    function array(uint256 id) internal view returns (uint256) {
        return touch((ARRAY_KIND << 56) | id);
    }

    /// @dev The pointer to the certificate of an account, absent or not. Whoever changes it saves it.
    function certificate(uint256 accountId) internal view returns (uint256) {
        return touch((CERTIFICATE_KIND << 56) | accountId);
    }

    /// @dev The pointer to the trigger at `place` of an account and a listed instrument, absent or not.
    function trigger(uint256 accountId, uint256 instrument_, uint256 place) internal view returns (uint256) {
        return touch((TRIGGER_KIND << 56) | (accountId << 15) | (instrument_ << 3) | place);
    }

    /// @dev Empty the place of a trigger: records are never deleted, so it keeps its version.
    function emptyTrigger(uint256 pointer) internal pure {
        write(pointer, TRIGGER_VERSION << 248);
        write(pointer + 32, 0);
    }

    function remember(uint256 table, uint256 offset, uint256 pointer) private pure returns (uint256) {
        assembly ("memory-safe") {
            let place := add(mload(table), offset)
            mstore(place, or(shl(224, pointer), and(mload(place), sub(shl(224, 1), 1))))
        }
        return pointer;
    }

    /// @dev Give an account space for all position entries; return its pointer, which may have changed.
    function makeRoomy(uint256 key, uint256 pointer) internal pure returns (uint256) {
        uint256 place = find(key);
        unchecked {
            if (read(place) & (1 << 65) != 0) return pointer;
            uint256 moved = read(TOP) + 32;
            uint256 size = 32 * wordsOf(ACCOUNT_KIND, read(pointer));
            copy(moved - 32, pointer - 32, size + 32);
            write(TOP, moved + 32 * ACCOUNT_WORDS_MAX);
            write(place, (key << 192) | (1 << 65) | moved);
            return moved;
        }
    }

    /// @dev The index place of a key that was touched.
    function find(uint256 key) private pure returns (uint256 place) {
        assembly ("memory-safe") {
            let target := shl(192, key)
            place := mload(INDEX)
            let length := sub(mload(INDEX_END), place)
            for {} length {} {
                let half := and(shr(1, length), 0xffffffe0)
                switch lt(mload(add(place, half)), target)
                case 0 { length := half }
                default {
                    place := add(place, add(half, 32))
                    length := sub(length, add(half, 32))
                }
            }
        }
    }

    /// @dev Words of a record as it is now; 0 if it does not exist.
    function wordsOf(uint256 kind, uint256 head) private pure returns (uint256 words) {
        assembly ("memory-safe") {
            if byte(0, head) {
                words := byte(kind, KIND_HEADS_PACKED)
                // Only two kinds repeat elements: signers of a word, position entries.
                if lt(kind, 2) {
                    switch kind
                    case 0 { words := add(words, and(shr(64, head), 0xff)) }
                    default { words := add(words, mul(ACCOUNT_POSITION_WORDS, and(shr(80, head), 0xff))) }
                }
            }
        }
    }

    /// @dev Append (key, words, data) of every changed record of the index up to `end` at `target`; return the address behind them.
    function writeChanges(uint256 target, uint256 end) internal pure returns (uint256) {
        unchecked {
            for (uint256 place = read(INDEX); place < end; place += 32) {
                uint256 entry = read(place);
                if (entry & (1 << 64) != 0) continue;
                uint256 pointer = entry & 0xffffffff;
                uint256 words = wordsOf(entry >> 248, read(pointer));
                assembly ("memory-safe") {
                    let size := shl(5, words)
                    if xor(keccak256(pointer, size), mload(sub(pointer, 32))) {
                        // The bits below the key are overwritten by the data, or lie behind the end.
                        mstore(target, entry)
                        mstore8(add(target, 8), words)
                        mcopy(add(target, 9), pointer, size)
                        target := add(add(target, 9), size)
                    }
                }
            }
            return target;
        }
    }
}
