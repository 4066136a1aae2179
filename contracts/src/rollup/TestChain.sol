// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Chains without real money: floors of times do not hold there, so that a drill takes minutes
library TestChain {
    /// @dev Every other chain, known or not, may hold real money.
    function isHere() internal view returns (bool) {
        uint256 id = block.chainid;
        return id == 31_337 // anvil, Hardhat, the embedded L1
            || id == 1_337 // geth --dev
            || id == 11_155_111 // Sepolia
            || id == 17_000 // Holesky
            || id == 560_048; // Hoodi
    }
}
