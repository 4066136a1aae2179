// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Revaluation} from "./risk/Revaluation.sol";

/// @title The law's portfolio module: a full revaluation (docs/protocol/portfolio-margin.md)
/// @notice Call data, without a selector: the index price (nano-USD), perpetuals (wads, int256), then for each option its size in lots (int256),
/// its expiry's confidence_ppm, its mark record (four words) and its array record (twelve). Returns the initial and the maintenance requirement
/// beside the value at marks, micro-USD.
/// @dev Pure. Reverts with `OutOfDomain` where the risk kernel does: the law distinguishes it from a lack of gas by its length.
contract PortfolioModule {
    uint256 private constant HEAD_BYTES = 64;

    fallback() external {
        uint256 index;
        int256 perpetuals;
        uint256 legs;
        uint256 size;
        assembly ("memory-safe") {
            index := calldataload(0)
            perpetuals := calldataload(32)
            size := sub(calldatasize(), HEAD_BYTES)
            legs := mload(64)
            mstore(64, add(legs, size))
            calldatacopy(legs, HEAD_BYTES, size)
        }
        (int256 initial, int256 maintenance) = Revaluation.assess(index, perpetuals, legs, size / Revaluation.LEG_BYTES);
        assembly ("memory-safe") {
            mstore(0, initial)
            mstore(32, maintenance)
            return(0, 64)
        }
    }
}
