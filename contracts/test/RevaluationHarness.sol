// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Requirement, Revaluation} from "../src/risk/Revaluation.sol";

/// @title A full revaluation, callable as the law's modules are: without a selector
/// @notice Call data: the index price (nano-USD), perpetuals (wads), then each option as Revaluation has it. Returns the ABI's encoding of
/// what is asked for and of the gas that it took.
contract RevaluationHarness {
    fallback(bytes calldata) external returns (bytes memory) {
        uint256 legs;
        uint256 count;
        uint256 index;
        int256 perpetuals;
        assembly ("memory-safe") {
            index := calldataload(0)
            perpetuals := calldataload(32)
            legs := mload(64)
            count := sub(calldatasize(), 64)
            mstore(64, add(legs, count))
            calldatacopy(legs, 64, count)
        }
        unchecked {
            count /= Revaluation.LEG_BYTES;
        }
        uint256 gasUsed = gasleft();
        Requirement memory asked = Revaluation.certify(index, perpetuals, legs, count);
        gasUsed -= gasleft();
        return abi.encode(asked, gasUsed);
    }
}
