// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {
    INV_SQRT_2PI_Q96,
    TAIL_P0, TAIL_P1, TAIL_P2, TAIL_P3, TAIL_P4, TAIL_P5, TAIL_P6,
    TAIL_P7, TAIL_P8, TAIL_P9, TAIL_P10, TAIL_P11, TAIL_P12,
    TAIL_Q0, TAIL_Q1, TAIL_Q2, TAIL_Q3, TAIL_Q4, TAIL_Q5, TAIL_Q6,
    TAIL_Q7, TAIL_Q8, TAIL_Q9, TAIL_Q10, TAIL_Q11, TAIL_Q12
} from "./Coefficients.sol";
import {FixedPoint, ONE, ONE_Q96} from "./FixedPoint.sol";

uint256 constant FOUR_Q96 = 4 << 96; // the centre of the approximation, where w = 0
uint256 constant EIGHT_Q192 = 8 << 192;
uint256 constant TAIL_ZERO = 10e18; // N(-10) = 8e-24 and n(10) = 8e-23 round to zero

/// The standard normal distribution, on the tail ratio R(y) = N(-y)·e^(y²/2), y ≥ 0. The same
/// bits as risk/kernel/normal.py; formulas and error bounds in docs/risk.md.
library Normal {
    /// R(y) in Q96 for y in Q96: (1 + w)·P(w)/Q(w), w = 8/(y + 4) - 1 in (-1, 1].
    function tailRatio(uint256 y) internal pure returns (uint256) {
        unchecked {
            uint256 t = FixedPoint.quotient(EIGHT_Q192, y + FOUR_Q96);
            int256 w = int256(t) - int256(ONE_Q96);
            int256 p = ((TAIL_P12 * w) >> 96) + TAIL_P11;
            p = ((p * w) >> 96) + TAIL_P10;
            p = ((p * w) >> 96) + TAIL_P9;
            p = ((p * w) >> 96) + TAIL_P8;
            p = ((p * w) >> 96) + TAIL_P7;
            p = ((p * w) >> 96) + TAIL_P6;
            p = ((p * w) >> 96) + TAIL_P5;
            p = ((p * w) >> 96) + TAIL_P4;
            p = ((p * w) >> 96) + TAIL_P3;
            p = ((p * w) >> 96) + TAIL_P2;
            p = ((p * w) >> 96) + TAIL_P1;
            p = ((p * w) >> 96) + TAIL_P0;
            int256 q = ((TAIL_Q12 * w) >> 96) + TAIL_Q11;
            q = ((q * w) >> 96) + TAIL_Q10;
            q = ((q * w) >> 96) + TAIL_Q9;
            q = ((q * w) >> 96) + TAIL_Q8;
            q = ((q * w) >> 96) + TAIL_Q7;
            q = ((q * w) >> 96) + TAIL_Q6;
            q = ((q * w) >> 96) + TAIL_Q5;
            q = ((q * w) >> 96) + TAIL_Q4;
            q = ((q * w) >> 96) + TAIL_Q3;
            q = ((q * w) >> 96) + TAIL_Q2;
            q = ((q * w) >> 96) + TAIL_Q1;
            q = ((q * w) >> 96) + TAIL_Q0;
            return FixedPoint.quotient(t * uint256(p), uint256(q));
        }
    }

    /// Density of a wad, rounded to the nearest wad; zero beyond ±10.
    function pdf(int256 x) internal pure returns (uint256) {
        unchecked {
            uint256 distance = _abs(x);
            if (distance > TAIL_ZERO) return 0;
            uint256 y = (distance << 96) / ONE;
            (uint256 m, uint256 k) = FixedPoint.expNegative(int256((y * y) >> 73));
            return (((m * uint256(INV_SQRT_2PI_Q96)) >> 120) * ONE + (1 << (95 + k))) >> (96 + k);
        }
    }

    /// Cumulative probability of a wad, rounded to the nearest wad; monotone, cdf(-x) = 1 - cdf(x).
    function cdf(int256 x) internal pure returns (uint256) {
        unchecked {
            uint256 distance = _abs(x);
            if (distance > TAIL_ZERO) distance = TAIL_ZERO;
            uint256 y = (distance << 96) / ONE;
            (uint256 m, uint256 k) = FixedPoint.expNegative(int256((y * y) >> 73));
            uint256 tail = (((m * tailRatio(y)) >> 120) * ONE + (1 << (95 + k))) >> (96 + k);
            return x < 0 ? tail : ONE - tail;
        }
    }

    /// |x|; 2^255 for the least integer.
    function _abs(int256 x) private pure returns (uint256) {
        unchecked {
            return x < 0 ? 0 - uint256(x) : uint256(x);
        }
    }
}
