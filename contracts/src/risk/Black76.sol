// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {FixedPoint, ONE, ONE_Q96, OutOfDomain} from "./FixedPoint.sol";
import {LN2_Q96, SQRT2_Q127} from "./Coefficients.sol";
import {Normal} from "./Normal.sol";

uint256 constant YEAR_SECONDS = 365 * 86_400; // = 31_536_000
uint256 constant PRICE_MAX = 1e15 * ONE; // forward and strike; below 2^110
uint256 constant VOL_MAX = 1_000 * ONE; // 100,000 percent
uint256 constant SECONDS_MAX = (1 << 32) - 1; // 136 years
uint256 constant DISCOUNT_MAX = 100 * ONE;
int256 constant RATE_MAX = 100e18; // 10,000 percent, either sign
uint256 constant STD_DEV_MAX = 12_000 << 96; // above VOL_MAX at SECONDS_MAX
uint256 constant LOG_MAX = 80 << 96; // above ln(PRICE_MAX / 1)
uint256 constant REACH_Q96 = 16 << 96; // e^(-16²/2) is below 2^-184: nothing of a price is left
uint256 constant DISCOUNT_SCALE = ONE << 32;

/// Black-76: European calls and puts on a forward. The same bits as
/// risk/kernel/black76.py; formulas, domains and error bounds in docs/risk.md.
library Black76 {
    /// Discounted call and put, wads per unit of the underlying.
    function callAndPut(uint256 forward, uint256 strike, uint256 vol, uint256 secondsLeft, uint256 discount)
        internal
        pure
        returns (uint256 call, uint256 put)
    {
        checkQuote(forward, strike, discount);
        uint256 deviation = stdDev(vol, sqrtYears(secondsLeft));
        return _price(forward, strike, logDistance(forward, strike), deviation, discount);
    }

    /// Call and put from logDistance and stdDev: for reuse across scenarios.
    function callAndPutFrom(uint256 forward, uint256 strike, uint256 distance, uint256 deviation, uint256 discount)
        internal
        pure
        returns (uint256 call, uint256 put)
    {
        checkQuote(forward, strike, discount);
        if (distance > LOG_MAX) revert OutOfDomain("distance", int256(distance));
        if (deviation > STD_DEV_MAX) revert OutOfDomain("deviation", int256(deviation));
        return _price(forward, strike, distance, deviation, discount);
    }

    /// Reverts unless forward, strike and discount are within the domain.
    function checkQuote(uint256 forward, uint256 strike, uint256 discount) internal pure {
        if (forward > PRICE_MAX) revert OutOfDomain("forward", int256(forward));
        if (strike > PRICE_MAX) revert OutOfDomain("strike", int256(strike));
        if (discount > DISCOUNT_MAX) revert OutOfDomain("discount", int256(discount));
    }

    /// √τ in Q96, rounded down; τ in years of 365 days.
    function sqrtYears(uint256 secondsLeft) internal pure returns (uint256) {
        if (secondsLeft > SECONDS_MAX) revert OutOfDomain("seconds", int256(secondsLeft));
        return FixedPoint.isqrt((secondsLeft << 192) / YEAR_SECONDS);
    }

    /// σ√τ in Q96, rounded down, of a volatility and sqrtYears.
    function stdDev(uint256 vol, uint256 root) internal pure returns (uint256) {
        if (vol > VOL_MAX) revert OutOfDomain("vol", int256(vol));
        unchecked {
            return vol * root / ONE;
        }
    }

    /// |ln(F/K)| in Q96, zero where they are equal or either is zero. Both within the domain.
    function logDistance(uint256 forward, uint256 strike) internal pure returns (uint256) {
        (uint256 low, uint256 high) = forward < strike ? (forward, strike) : (strike, forward);
        if (low == 0) return 0;
        unchecked {
            uint256 ratio = FixedPoint.quotient(high << 128, low);
            // Most strikes lie within a factor of two of the forward: no search for the top bit.
            if (ratio >> 129 > 0) return uint256(FixedPoint.lnQ96(ratio));
            uint256 mantissa = ratio >> 1;
            return mantissa < uint256(SQRT2_Q127)
                ? uint256(FixedPoint.lnReduced(mantissa))
                : uint256(FixedPoint.lnReduced(mantissa >> 1) + LN2_Q96);
        }
    }

    /// e^(-a²/2) = m / 2^(120 + k), the tail ratios near = R(|a|), far = R(b) in Q96, and a < 0.
    /// m is zero where |a| ≥ 16 and where the deviation is zero.
    function otmTerms(uint256 distance, uint256 deviation)
        internal
        pure
        returns (uint256 m, uint256 k, uint256 near, uint256 far, bool negative)
    {
        if (deviation == 0) return (0, 0, 0, 0, false);
        unchecked {
            uint256 ratio = FixedPoint.quotient(distance << 96, deviation);
            uint256 half = deviation >> 1;
            negative = ratio < half;
            uint256 a = negative ? half - ratio : ratio - half;
            if (a >= REACH_Q96) return (0, 0, 0, 0, negative);
            (m, k) = FixedPoint.expNegative(int256((a * a) >> 73));
            near = Normal.tailRatio(a);
            far = Normal.tailRatio(ratio + half);
        }
    }

    /// The out-of-the-money option's undiscounted value over min(F, K), in Q96, in [0, 1].
    function otmShare(uint256 m, uint256 k, uint256 near, uint256 far, bool negative) internal pure returns (uint256) {
        unchecked {
            if (negative) {
                uint256 other = (m * (near + far)) >> (120 + k);
                return other < ONE_Q96 ? ONE_Q96 - other : 0;
            }
            return near > far ? (m * (near - far)) >> (120 + k) : 0;
        }
    }

    /// otmShare of otmTerms, without five values in between: an array asks for it 33 times.
    function shareOf(uint256 distance, uint256 deviation) internal pure returns (uint256 share) {
        if (deviation == 0) return 0;
        unchecked {
            uint256 ratio = FixedPoint.quotient(distance << 96, deviation);
            uint256 half = deviation >> 1;
            bool negative = ratio < half;
            uint256 a = negative ? half - ratio : ratio - half;
            if (a < REACH_Q96) {
                uint256 tails = Normal.tailRatio(a);
                uint256 far = Normal.tailRatio(ratio + half);
                if (negative) tails += far;
                else tails = tails > far ? tails - far : 0;
                (uint256 m, uint256 k) = FixedPoint.expNegative(int256((a * a) >> 73));
                share = (m * tails) >> (120 + k);
            }
            if (negative) share = share < ONE_Q96 ? ONE_Q96 - share : 0;
        }
    }

    /// Call and put of a share: the out-of-the-money option rounded down, the other adds the
    /// discounted |F - K| rounded down, so that parity is exact.
    function ofShare(uint256 forward, uint256 strike, uint256 share, uint256 discount)
        internal
        pure
        returns (uint256 call, uint256 put)
    {
        unchecked {
            if (forward < strike) {
                call = ((forward * share) >> 64) * discount / DISCOUNT_SCALE;
                put = call + (strike - forward) * discount / ONE;
            } else {
                put = ((strike * share) >> 64) * discount / DISCOUNT_SCALE;
                call = put + (forward - strike) * discount / ONE;
            }
        }
    }

    /// e^(-rate·τ), rounded to the nearest wad; the exponent is rounded up.
    function discountFactor(int256 rate, uint256 secondsLeft) internal pure returns (uint256) {
        if (rate < -RATE_MAX || rate > RATE_MAX) revert OutOfDomain("rate", rate);
        if (secondsLeft > SECONDS_MAX) revert OutOfDomain("seconds", int256(secondsLeft));
        unchecked {
            return FixedPoint.exp(-FixedPoint.mulDivFloor(rate, int256(secondsLeft), int256(YEAR_SECONDS)));
        }
    }

    function _price(uint256 forward, uint256 strike, uint256 distance, uint256 deviation, uint256 discount)
        private
        pure
        returns (uint256, uint256)
    {
        return ofShare(forward, strike, shareOf(distance, deviation), discount);
    }
}
