// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice Two immutables, to test how their places in the runtime code are reported.
contract ImmutableHarness {
    uint256 public immutable first;
    address public immutable second;

    constructor(uint256 first_, address second_) {
        first = first_;
        second = second_;
    }

    /// @notice Reads both, so that each has more than one place.
    function sum() external view returns (uint256) {
        return first + uint160(second);
    }
}
