// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {
    EXP_P0, EXP_P1, EXP_P2, EXP_P3, EXP_P4, EXP_Q0, EXP_Q1, EXP_Q2, EXP_Q3, EXP_Q4,
    LN2_Q96, LN2_Q120, LN_WAD_Q96,
    LOG_0, LOG_1, LOG_2, LOG_3, LOG_4, LOG_5, LOG_6, LOG_7, LOG_8, LOG_9, LOG_10, LOG_11,
    SQRT2_Q127
} from "./Coefficients.sol";

/// An argument lies outside a function's domain (docs/risk.md); its name and its value.
error OutOfDomain(bytes32 name, int256 value);

uint256 constant ONE = 1e18; // a wad of one
uint256 constant ONE_Q96 = 1 << 96;
uint256 constant ONE_Q127 = 1 << 127;
int256 constant INT_MIN = type(int256).min;
int256 constant EXP_MAX = 36e18; // e^36 leaves 4 bits of the kernel's 116 below the last place
int256 constant EXP_ZERO = -43e18; // e^-43 rounds to zero
uint256 constant SQRT_MAX = type(uint256).max / ONE;

/// Fixed point with 18 decimals (wads): the rounding verbs, ln, exp and sqrt. The same bits as
/// risk/kernel/fixed_point.py; formulas and error bounds in docs/risk.md.
/// A shift right of a signed number rounds down, as it does in Python. Nothing here reverts but
/// with OutOfDomain: what is unchecked is bounded by the domain.
library FixedPoint {
    /// a·b of two wads, rounded down.
    function mulFloor(int256 a, int256 b) internal pure returns (int256) {
        return _floor(_product(a, b), int256(ONE));
    }

    /// a·b of two wads, rounded up.
    function mulCeil(int256 a, int256 b) internal pure returns (int256) {
        return _ceil(_product(a, b), int256(ONE));
    }

    /// a/b of two wads, b positive, rounded down.
    function divFloor(int256 a, int256 b) internal pure returns (int256) {
        return mulDivFloor(a, int256(ONE), b);
    }

    /// a/b of two wads, b positive, rounded up.
    function divCeil(int256 a, int256 b) internal pure returns (int256) {
        return mulDivCeil(a, int256(ONE), b);
    }

    /// a·b / divisor, divisor positive, rounded down.
    function mulDivFloor(int256 a, int256 b, int256 divisor) internal pure returns (int256) {
        if (divisor <= 0) revert OutOfDomain("divisor", divisor);
        return _floor(_product(a, b), divisor);
    }

    /// a·b / divisor, divisor positive, rounded up.
    function mulDivCeil(int256 a, int256 b, int256 divisor) internal pure returns (int256) {
        if (divisor <= 0) revert OutOfDomain("divisor", divisor);
        return _ceil(_product(a, b), divisor);
    }

    /// Square root of a wad, rounded down: exact.
    function sqrt(uint256 x) internal pure returns (uint256) {
        if (x > SQRT_MAX) revert OutOfDomain("x", int256(x));
        unchecked {
            return isqrt(x * ONE);
        }
    }

    /// Natural logarithm of a wad, rounded to the nearest wad.
    function ln(uint256 x) internal pure returns (int256) {
        if (x == 0) revert OutOfDomain("x", 0);
        unchecked {
            return ((lnQ96(x) + 128 * LN2_Q96 - LN_WAD_Q96) * int256(ONE) + (1 << 95)) >> 96;
        }
    }

    /// e^x of a wad, rounded to the nearest wad; zero below -43, refused above 36.
    function exp(int256 x) internal pure returns (uint256) {
        if (x > EXP_MAX) revert OutOfDomain("x", x);
        if (x < EXP_ZERO) return 0;
        unchecked {
            // Division rounds down because its operands are positive: 64 is exact on both scales.
            int256 v = int256((uint256(64e18 - x) << 120) / ONE) - (64 << 120);
            (uint256 m, uint256 k) = expNegative(v); // k may be a negative int256
            return (m * ONE + (1 << (119 + k))) >> (120 + k);
        }
    }

    /// ln(x / 2^128) in Q96 for any x but zero.
    function lnQ96(uint256 x) internal pure returns (int256) {
        unchecked {
            uint256 top = log2(x);
            uint256 mantissa = (x << (255 - top)) >> 128;
            int256 exponent = int256(top) - 128;
            if (mantissa >= uint256(SQRT2_Q127)) {
                mantissa >>= 1;
                ++exponent;
            }
            return lnReduced(mantissa) + exponent * LN2_Q96;
        }
    }

    /// ln(f / 2^127) in Q96 for f in [√½, √2]·2^127: 2 artanh((f - 1)/(f + 1)).
    function lnReduced(uint256 f) internal pure returns (int256) {
        unchecked {
            int256 w = int256(quotient(f << 97, f + ONE_Q127)) - int256(ONE_Q96);
            int256 v = (w * w) >> 96;
            int256 s = ((LOG_11 * v) >> 96) + LOG_10;
            s = ((s * v) >> 96) + LOG_9;
            s = ((s * v) >> 96) + LOG_8;
            s = ((s * v) >> 96) + LOG_7;
            s = ((s * v) >> 96) + LOG_6;
            s = ((s * v) >> 96) + LOG_5;
            s = ((s * v) >> 96) + LOG_4;
            s = ((s * v) >> 96) + LOG_3;
            s = ((s * v) >> 96) + LOG_2;
            s = ((s * v) >> 96) + LOG_1;
            s = ((s * v) >> 96) + LOG_0;
            return (w * s) >> 95;
        }
    }

    /// (m, k) with e^(-v / 2^120) = m / 2^(120 + k), m in [√½, √2]·2^120, for v ≥ -36·2^120.
    /// k wraps where it is negative; a sum with 120 is right again.
    function expNegative(int256 v) internal pure returns (uint256 m, uint256 k) {
        unchecked {
            k = uint256(v + 64 * LN2_Q120 + (LN2_Q120 >> 1)) / uint256(LN2_Q120) - 64;
            int256 r = v - int256(k) * LN2_Q120;
            int256 x = (r * r) >> 120;
            int256 p = ((EXP_P4 * x) >> 120) + EXP_P3;
            p = ((p * x) >> 120) + EXP_P2;
            p = ((p * x) >> 120) + EXP_P1;
            p = ((p * x) >> 120) + EXP_P0;
            int256 q = ((EXP_Q4 * x) >> 120) + EXP_Q3;
            q = ((q * x) >> 120) + EXP_Q2;
            q = ((q * x) >> 120) + EXP_Q1;
            q = ((q * x) >> 120) + EXP_Q0;
            p = (p * r) >> 120;
            m = quotient(uint256(q - p) << 120, uint256(q + p));
        }
    }

    /// Square root of an integer, rounded down.
    /// The first guess 2^⌈(bits)/2⌉ is above the root by less than a factor of two; from above, Newton's
    /// iteration falls to the root or one beyond it: relative errors 1, 2^-2, 2^-5, 2^-11, 2^-23,
    /// 2^-47, 2^-95, 2^-191.
    function isqrt(uint256 x) internal pure returns (uint256 z) {
        if (x == 0) return 0;
        unchecked {
            z = 1 << ((log2(x) >> 1) + 1);
            z = (z + quotient(x, z)) >> 1;
            z = (z + quotient(x, z)) >> 1;
            z = (z + quotient(x, z)) >> 1;
            z = (z + quotient(x, z)) >> 1;
            z = (z + quotient(x, z)) >> 1;
            z = (z + quotient(x, z)) >> 1;
            z = (z + quotient(x, z)) >> 1;
            uint256 below = quotient(x, z);
            if (below < z) z = below;
        }
    }

    /// Index of the highest bit set; zero for zero.
    function log2(uint256 x) internal pure returns (uint256 r) {
        assembly ("memory-safe") {
            r := shl(7, lt(0xffffffffffffffffffffffffffffffff, x))
            r := or(r, shl(6, lt(0xffffffffffffffff, shr(r, x))))
            r := or(r, shl(5, lt(0xffffffff, shr(r, x))))
            r := or(r, shl(4, lt(0xffff, shr(r, x))))
            r := or(r, shl(3, lt(0xff, shr(r, x))))
            r := or(r, shl(2, lt(0xf, shr(r, x))))
            // The two bits left: of 0..15, bit i of 0xffaa50 in steps of two is log2.
            r := or(r, and(shr(shl(1, shr(r, x)), 0xffffaa50), 3))
        }
    }

    /// a / b without the compiler's test for zero: every caller's divisor is positive.
    function quotient(uint256 a, uint256 b) internal pure returns (uint256 c) {
        assembly ("memory-safe") {
            c := div(a, b)
        }
    }

    function _product(int256 a, int256 b) private pure returns (int256 product) {
        unchecked {
            product = a * b;
            bool wraps = a == -1 ? b == INT_MIN : a != 0 && product / a != b;
            if (wraps) revert OutOfDomain("product", product);
        }
    }

    function _floor(int256 a, int256 divisor) private pure returns (int256 c) {
        unchecked {
            c = a / divisor;
            if (a % divisor < 0) --c;
        }
    }

    function _ceil(int256 a, int256 divisor) private pure returns (int256 c) {
        unchecked {
            c = a / divisor;
            if (a % divisor > 0) ++c;
        }
    }
}
