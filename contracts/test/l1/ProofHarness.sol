// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Multiproof} from "../../src/proof/Multiproof.sol";
import {StaticList} from "../../src/proof/StaticList.sol";

/// @title The proof libraries, callable
contract ProofHarness {
    function roots(bytes calldata records, bytes calldata proof, bytes memory changed)
        external
        view
        returns (bytes32 before, bytes32 afterwards, uint256 count, uint256 gasUsed)
    {
        uint256 start;
        assembly ("memory-safe") {
            start := add(changed, 32)
        }
        uint256 gasBefore = gasleft();
        (before, afterwards, count) = Multiproof.roots(records, proof, start, changed.length);
        gasUsed = gasBefore - gasleft();
    }

    function commitment(bytes32[] calldata words) external pure returns (bytes32) {
        return StaticList.commitmentOfLeaves(StaticList.leavesOfWords(words));
    }

    function commitmentOfItems(bytes[] calldata items) external pure returns (bytes32) {
        bytes32[] memory leaves = new bytes32[](items.length);
        for (uint256 i = 0; i < items.length; ++i) leaves[i] = StaticList.leaf(items[i]);
        return StaticList.commitmentOfLeaves(leaves);
    }

    function opened(bytes calldata item, uint256 index, uint256 count, bytes32[] calldata path)
        external
        pure
        returns (bool ok, bytes32 root)
    {
        return StaticList.rootFromPath(StaticList.leaf(item), index, count, path);
    }
}
