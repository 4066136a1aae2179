// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEscape} from "../interfaces/IEscape.sol";
import {Multiproof} from "../proof/Multiproof.sol";

/// @title Records of a state, proved and copied to memory, where the generated accessors read them
library Witness {
    uint256 internal constant KIND_SHIFT = 56; // a key is kind u8, id u56
    uint256 private constant ENTRY_HEAD_BYTES = 9; // key u64, words u8

    /// @dev Keys and memory addresses of `records`, rising, all of them present in the state of `root`.
    function prove(bytes32 root, bytes calldata records, bytes calldata proof)
        internal
        pure
        returns (uint64[] memory keys, uint256[] memory pointers)
    {
        (bytes32 proved,, uint256 count) = Multiproof.roots(records, proof, 0, 0);
        if (proved != root) revert IEscape.WrongProof(proved, root);
        keys = new uint64[](count);
        pointers = new uint256[](count);
        bytes memory copied = records;
        uint256 next;
        assembly ("memory-safe") {
            next := add(copied, 32)
        }
        for (uint256 i = 0; i < count; ++i) {
            uint256 head;
            assembly ("memory-safe") {
                head := mload(next)
            }
            uint256 words = (head >> 184) & 0xff;
            keys[i] = uint64(head >> 192);
            if (words == 0) revert IEscape.MissingRecord(keys[i]);
            pointers[i] = next + ENTRY_HEAD_BYTES;
            next = pointers[i] + words * 32;
        }
    }

    /// @dev The one record that there is, which has this key.
    function proveOne(bytes32 root, bytes calldata record, bytes calldata proof)
        internal
        pure
        returns (uint64 key, uint256 pointer)
    {
        (uint64[] memory keys, uint256[] memory pointers) = prove(root, record, proof);
        if (keys.length == 0) revert IEscape.MissingRecord(0);
        if (keys.length != 1) revert IEscape.UnexpectedRecord(keys[1]);
        return (keys[0], pointers[0]);
    }

    /// @dev Where the record of a key is.
    function find(uint64[] memory keys, uint256[] memory pointers, uint256 key) internal pure returns (uint256) {
        for (uint256 i = 0; i < keys.length; ++i) {
            if (keys[i] == key) return pointers[i];
        }
        revert IEscape.MissingRecord(uint64(key));
    }
}
