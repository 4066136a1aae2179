// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IRollup} from "../interfaces/IRollup.sol";

/// @title What batches are charged by what they declare: a bucket that leaks with header time, so that posting cannot outrun verifying
library ChargeBucket {
    uint256 internal constant UNIT = 1000; // levels are in thousandths of a unit of law-gas: nothing is rounded
    uint256 private constant BURST_MAX = type(uint56).max / UNIT;

    /// @dev The level after a charge.
    function level(uint256 before, uint256 elapsedMs, uint256 rate, uint256 charge) internal pure returns (uint256) {
        uint256 leaked = elapsedMs * rate;
        return (before > leaked ? before - leaked : 0) + charge * UNIT;
    }

    function checkBurst(uint256 burst, uint256 min) internal pure {
        if (burst < min || burst > BURST_MAX) revert IRollup.BurstOutOfRange(burst, min, BURST_MAX);
    }
}
