// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {PREFIX_LIST, PREFIX_LIST_LEAF, PREFIX_LIST_NODE} from "../generated/Params.sol";

/// @title Static lists: the segments of a batch, the roots of a claim (docs/protocol/state.md)
library StaticList {
    /// @dev The leaf of an item of any length. The copy lies after the free memory, which stays free.
    function leaf(bytes calldata item) internal pure returns (bytes32 hash) {
        assembly ("memory-safe") {
            let buffer := mload(0x40)
            mstore8(buffer, PREFIX_LIST_LEAF)
            calldatacopy(add(buffer, 1), item.offset, item.length)
            hash := keccak256(buffer, add(item.length, 1))
        }
    }

    /// @dev The leaf of an item of one word.
    function leafOfWord(bytes32 item) internal pure returns (bytes32 hash) {
        assembly ("memory-safe") {
            mstore8(0, PREFIX_LIST_LEAF)
            mstore(1, item)
            hash := keccak256(0, 33)
        }
    }

    /// @dev Replace items of one word by their leaves.
    function leavesOfWords(bytes32[] calldata items) internal pure returns (bytes32[] memory nodes) {
        nodes = new bytes32[](items.length);
        assembly ("memory-safe") {
            mstore8(0, PREFIX_LIST_LEAF)
            let shift := sub(items.offset, add(nodes, 32))
            let end := add(add(nodes, 32), shl(5, items.length))
            for { let node := add(nodes, 32) } lt(node, end) { node := add(node, 32) } {
                mstore(1, calldataload(add(node, shift)))
                mstore(node, keccak256(0, 33))
            }
        }
    }

    /// @dev The commitment to the list whose leaves these are; `nodes` is used up.
    function commitmentOfLeaves(bytes32[] memory nodes) internal pure returns (bytes32) {
        bytes32 root;
        assembly ("memory-safe") {
            let count := mload(nodes)
            let first := add(nodes, 32)
            let buffer := mload(0x40)
            mstore8(buffer, PREFIX_LIST_NODE)
            for {} gt(count, 1) {} {
                let parents := shr(1, count)
                let target := first
                let source := first
                for { let end := add(first, shl(5, parents)) } lt(target, end) {} {
                    mcopy(add(buffer, 1), source, 64)
                    mstore(target, keccak256(buffer, 65))
                    source := add(source, 64)
                    target := add(target, 32)
                }
                if and(count, 1) {
                    mstore(target, mload(source))
                    parents := add(parents, 1)
                }
                count := parents
            }
            if count { root := mload(first) }
        }
        return commitment(nodes.length, root);
    }

    /// @dev The commitment to a list of `count` items with this root.
    function commitment(uint256 count, bytes32 root) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(PREFIX_LIST, uint64(count), root));
    }

    /// @dev The root that `path` leads to from leaf `index` of `count`; not `ok` if there is no such leaf or
    /// the path has another length.
    function rootFromPath(bytes32 node, uint256 index, uint256 count, bytes32[] calldata path)
        internal
        pure
        returns (bool ok, bytes32 root)
    {
        if (index >= count) return (false, 0);
        uint256 used;
        unchecked {
            for (; count > 1; count = (count + 1) >> 1) {
                if (index ^ 1 < count) {
                    if (used == path.length) return (false, 0);
                    bytes32 sibling = path[used++];
                    node = index & 1 == 0 ? _join(node, sibling) : _join(sibling, node);
                }
                index >>= 1;
            }
        }
        return (used == path.length, node);
    }

    function _join(bytes32 left, bytes32 right) private pure returns (bytes32) {
        return keccak256(abi.encodePacked(PREFIX_LIST_NODE, left, right));
    }
}
