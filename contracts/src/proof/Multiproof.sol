// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {KIND_HEIGHTS_PACKED} from "../generated/Layout.sol";
import {KINDS, PREFIX_LEAF, PREFIX_NODE, PREFIX_STATE} from "../generated/Params.sol";
import {Defect, IRollup} from "../interfaces/IRollup.sol";

/// @title Two state roots from one set of records: before and after a segment
/// @notice The format of `proof` is in docs/protocol/challenges.md, the forest in docs/protocol/state.md.
/// @dev Both roots are computed in one pass, so that each sibling is read once; where nothing changed
/// below a node, it is hashed once. A node is three words of memory: index, hash before, hash after.
library Multiproof {
    uint256 private constant NODE_BYTES = 96;
    uint256 private constant ENTRY_HEAD_BYTES = 9; // key u64, words u8
    uint256 private constant RECORD_WORDS_MAX = 64;
    uint256 private constant BUFFER_BYTES = 2080; // a leaf's preimage: 1 + 8 + 64 * 32, whole words

    /// @dev Where reading and hashing stand. Fields are read by assembly: keep their order.
    struct Cursor {
        uint256 record; // calldata offset of the next record
        uint256 recordsEnd;
        uint256 changed; // memory address of the next changed record
        uint256 changedEnd;
        uint256 bit; // 8 times the calldata offset of the bitmap's next byte, and the next bit in it
        uint256 sibling; // calldata offset of the next sibling
        uint256 buffer; // memory address of BUFFER_BYTES to hash from
    }

    /// @dev The state roots that `records` have before and after `changed` replaces some of them.
    /// Reverts with `Incomplete` for records that do not parse, do not rise or do not fit their tree, for changed ones
    /// that are not among them, and for a proof that is too short or too long.
    /// @param changed Memory address of (key u64, words u8, data)*, keys strictly rising.
    /// @param changedBytes Their length.
    /// @return before The root before the segment.
    /// @return afterwards The root after it.
    /// @return count How many records there are.
    function roots(bytes calldata records, bytes calldata proof, uint256 changed, uint256 changedBytes)
        internal
        pure
        returns (bytes32 before, bytes32 afterwards, uint256 count)
    {
        unchecked {
            Cursor memory cursor = _open(records, proof);
            cursor.changed = changed;
            cursor.changedEnd = changed + changedBytes;
            bytes32[KINDS] memory kindsBefore;
            bytes32[KINDS] memory kindsAfter;
            uint256 nodes;
            assembly ("memory-safe") {
                nodes := add(mload(0x40), 0x20) // the word in front of them is _fold's
            }
            for (uint256 kind = 0; kind < KINDS; ++kind) {
                uint256 height = (KIND_HEIGHTS_PACKED >> (kind * 8)) & 0xff;
                uint256 end = _leaves(cursor, nodes, kind, height);
                if (end == nodes) {
                    kindsBefore[kind] = kindsAfter[kind] = _sibling(cursor);
                } else {
                    count += (end - nodes) / NODE_BYTES;
                    (cursor.bit, cursor.sibling) = _fold(cursor.bit, cursor.sibling, nodes, end, height);
                    assembly ("memory-safe") {
                        let offset := shl(5, kind)
                        mstore(add(kindsBefore, offset), mload(add(nodes, 0x20)))
                        mstore(add(kindsAfter, offset), mload(add(nodes, 0x40)))
                    }
                }
            }
            if (cursor.record != cursor.recordsEnd || cursor.changed != cursor.changedEnd) {
                revert IRollup.Incomplete(Defect.RECORDS);
            }
            _close(cursor, proof);
            before = keccak256(abi.encodePacked(PREFIX_STATE, kindsBefore));
            afterwards = keccak256(abi.encodePacked(PREFIX_STATE, kindsAfter));
        }
    }

    function _open(bytes calldata records, bytes calldata proof) private pure returns (Cursor memory cursor) {
        unchecked {
            uint256 bitmapBytes;
            assembly ("memory-safe") {
                bitmapBytes := shr(240, calldataload(proof.offset))
            }
            if (proof.length < 2 || proof.length < 2 + bitmapBytes) revert IRollup.Incomplete(Defect.PROOF);
            assembly ("memory-safe") {
                mstore(cursor, records.offset)
                mstore(add(cursor, 0x20), add(records.offset, records.length))
                mstore(add(cursor, 0x80), shl(3, add(proof.offset, 2)))
                mstore(add(cursor, 0xa0), add(add(proof.offset, 2), bitmapBytes))
                let buffer := mload(0x40)
                mstore(add(cursor, 0xc0), buffer)
                mstore(0x40, add(buffer, BUFFER_BYTES))
            }
        }
    }

    /// @dev Every bit and every sibling was used, and the last byte is filled with zeros. What was read past the
    /// proof's end meanwhile does no harm: then the sibling offset is not the end.
    function _close(Cursor memory cursor, bytes calldata proof) private pure {
        unchecked {
            uint256 bits;
            uint256 given;
            uint256 end;
            uint256 padding;
            uint256 next = cursor.bit;
            assembly ("memory-safe") {
                bits := sub(next, shl(3, add(proof.offset, 2)))
                given := shr(240, calldataload(proof.offset))
                end := add(proof.offset, proof.length)
                padding := shl(and(next, 7), byte(0, calldataload(shr(3, next))))
            }
            if (bits % 8 == 0) padding = 0;
            if (given != (bits + 7) / 8 || padding & 0xff != 0 || cursor.sibling != end) {
                revert IRollup.Incomplete(Defect.PROOF);
            }
        }
    }

    /// @dev Read the records of one kind into nodes from `nodes` on; return the end of the last one.
    function _leaves(Cursor memory cursor, uint256 nodes, uint256 kind, uint256 height)
        private
        pure
        returns (uint256 end)
    {
        unchecked {
            end = nodes;
            uint256 least = kind << 56; // of the next key
            uint256 limit = least + (1 << height);
            uint256 record = cursor.record;
            while (record < cursor.recordsEnd) {
                uint256 head;
                assembly ("memory-safe") {
                    head := calldataload(record)
                }
                uint256 key = head >> 192;
                if (key >> 56 != kind) break;
                uint256 words = (head >> 184) & 0xff;
                uint256 next = record + ENTRY_HEAD_BYTES + words * 32;
                if (key < least || key >= limit || words > RECORD_WORDS_MAX || next > cursor.recordsEnd) {
                    revert IRollup.Incomplete(Defect.RECORDS);
                }
                uint256 buffer = cursor.buffer;
                uint256 hash;
                assembly ("memory-safe") {
                    if words {
                        // 0x00, then the key, then the words: the head without its last byte, moved by one.
                        mstore(buffer, shl(184, key))
                        mstore8(buffer, PREFIX_LEAF)
                        calldatacopy(add(buffer, 9), add(record, 9), shl(5, words))
                        hash := keccak256(buffer, add(9, shl(5, words)))
                    }
                    mstore(end, and(key, 0xffffffffffffff))
                    mstore(add(end, 0x20), hash)
                    mstore(add(end, 0x40), hash)
                    let free := add(end, 128) // and the free word behind the last node
                    if gt(free, mload(0x40)) { mstore(0x40, free) }
                }
                _change(cursor, key, end);
                end += NODE_BYTES;
                least = key + 1;
                record = next;
            }
            cursor.record = record;
        }
    }

    /// @dev If the next changed record has this key, hash it into `node` and go on to the next.
    function _change(Cursor memory cursor, uint256 key, uint256 node) private pure {
        unchecked {
            uint256 changed = cursor.changed;
            if (changed == cursor.changedEnd) return;
            uint256 head;
            assembly ("memory-safe") {
                head := mload(changed)
            }
            if (head >> 192 != key) return;
            uint256 words = (head >> 184) & 0xff;
            uint256 next = changed + ENTRY_HEAD_BYTES + words * 32;
            if (words == 0 || words > RECORD_WORDS_MAX || next > cursor.changedEnd) {
                revert IRollup.Incomplete(Defect.LAW_RESULT);
            }
            uint256 buffer = cursor.buffer;
            assembly ("memory-safe") {
                mstore(buffer, shl(184, key))
                mstore8(buffer, PREFIX_LEAF)
                mcopy(add(buffer, 9), add(changed, 9), shl(5, words))
                mstore(add(node, 0x40), keccak256(buffer, add(9, shl(5, words))))
            }
            cursor.changed = next;
        }
    }

    /// @dev The next bit, and the next sibling if the bit is 1.
    function _sibling(Cursor memory cursor) private pure returns (bytes32 hash) {
        unchecked {
            uint256 bit = cursor.bit++;
            uint256 set;
            assembly ("memory-safe") {
                set := shr(255, shl(and(bit, 7), calldataload(shr(3, bit))))
            }
            if (set == 0) return 0;
            uint256 sibling = cursor.sibling;
            assembly ("memory-safe") {
                hash := calldataload(sibling)
            }
            cursor.sibling = sibling + 32;
        }
    }

    /// @dev Fold the known leaves of one tree, from `nodes` to `end`, into its root, level by level, in place; there is a free
    /// word at `end`. In assembly, because this loop is most of a challenge's hashing (`strikeproof bench l1`). A node's
    /// preimage lies at 0x1f: the prefix in the last byte of the first word, then left and right. The free memory pointer
    /// is under the right one, and is put back.
    function _fold(uint256 bit, uint256 sibling, uint256 nodes, uint256 end, uint256 height)
        private
        pure
        returns (uint256, uint256)
    {
        // A leaf is its tree's root. (An early return also keeps the compiler from inlining this function; inlined, it
        // has more variables than the stack takes, and costs half as much again.)
        if (height == 0) return (bit, sibling);
        assembly ("memory-safe") {
            mstore(sub(nodes, 0x20), mload(0x40))
            mstore(0, PREFIX_NODE)
            for {} height { height := sub(height, 1) } {
                let target := nodes
                mstore(end, not(0)) // no index: the last node finds no neighbour behind it
                let source := nodes
                for {} 1 {} {
                    let index := mload(source)
                    let old := mload(add(source, 0x20))
                    let new := mload(add(source, 0x40))
                    source := add(source, NODE_BYTES)
                    mstore(target, shr(1, index))
                    let hash := 0
                    // Indices rise and differ, so a known neighbour is the next node, and the right one.
                    switch eq(mload(source), xor(index, 1))
                    case 0 {
                        let own := add(0x20, shl(5, and(index, 1)))
                        mstore(own, old)
                        let known := shr(255, shl(and(bit, 7), calldataload(shr(3, bit)))) // the bit
                        bit := add(bit, 1)
                        let skipped := shl(5, known)
                        known := mul(known, calldataload(sibling))
                        sibling := add(sibling, skipped)
                        mstore(xor(own, 0x60), known)
                        hash := mul(keccak256(0x1f, 65), gt(or(old, known), 0))
                        mstore(add(target, 0x20), hash)
                        if xor(old, new) {
                            mstore(own, new)
                            hash := mul(keccak256(0x1f, 65), gt(or(new, known), 0))
                        }
                    }
                    default {
                        let right := mload(add(source, 0x20))
                        mstore(0x20, old)
                        mstore(0x40, right)
                        hash := mul(keccak256(0x1f, 65), gt(or(old, right), 0))
                        mstore(add(target, 0x20), hash)
                        let rightNew := mload(add(source, 0x40))
                        source := add(source, NODE_BYTES)
                        if or(xor(old, new), xor(right, rightNew)) {
                            mstore(0x20, new)
                            mstore(0x40, rightNew)
                            hash := mul(keccak256(0x1f, 65), gt(or(new, rightNew), 0))
                        }
                    }
                    mstore(add(target, 0x40), hash)
                    target := add(target, NODE_BYTES)
                    if eq(source, end) { break }
                }
                end := target
            }
            mstore(0x40, mload(sub(nodes, 0x20)))
        }
        return (bit, sibling);
    }
}
