// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Signed quotients that say which way they round
/// @dev Divisors are positive.
library SignedMath {
    /// @dev Towards minus infinity.
    function floorDiv(int256 value, int256 divisor) internal pure returns (int256 quotient) {
        assembly ("memory-safe") {
            quotient := sub(sdiv(value, divisor), slt(smod(value, divisor), 0))
        }
    }

    /// @dev Towards plus infinity.
    function ceilDiv(int256 value, int256 divisor) internal pure returns (int256 quotient) {
        assembly ("memory-safe") {
            quotient := add(sdiv(value, divisor), sgt(smod(value, divisor), 0))
        }
    }

    /// @dev ⌊value / 2^32⌋
    function floorShift32(int256 value) internal pure returns (int256 quotient) {
        assembly ("memory-safe") {
            quotient := sar(32, value)
        }
    }

    function magnitude(int256 value) internal pure returns (uint256) {
        unchecked {
            return uint256(value < 0 ? -value : value);
        }
    }

    /// @dev The sum, or 0 if it is negative.
    function addFloored(uint256 value, int256 change) internal pure returns (uint256) {
        unchecked {
            int256 sum = int256(value) + change;
            return sum < 0 ? 0 : uint256(sum);
        }
    }

    /// @dev The value, but at least -`most` and at most `most`.
    function clamp(int256 value, int256 most) internal pure returns (int256) {
        unchecked {
            if (value > most) return most;
            return value < -most ? -most : value;
        }
    }
}
