// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Black76, LOG_MAX, PRICE_MAX, SECONDS_MAX, YEAR_SECONDS} from "./Black76.sol";
import {FixedPoint, ONE, OutOfDomain} from "./FixedPoint.sol";

int256 constant A_MAX = 1_000e18;
int256 constant B_MAX = 1_000e18;
int256 constant M_MAX = 100e18;
int256 constant SIGMA_MAX = 1_000e18;
int256 constant VARIANCE_MAX = (1 << 108) - 1; // Q96: total variance below 4,096
uint256 constant CLAMP_DEVIATIONS = 4;
uint256 constant VARIANCE_SCALE = YEAR_SECONDS * ONE * ONE;

/// Raw SVI parameters of one expiry, wads: w(k) = a + b·(ρ·(k - m) + √((k - m)² + σ²)).
struct RawSvi {
    int256 a;
    int256 b;
    int256 rho;
    int256 m;
    int256 sigma;
}

/// Raw SVI: total variance and volatility at a strike. The same bits as
/// risk/kernel/svi.py; formulas and error bounds in docs/risk.md.
library Svi {
    /// Volatility √(w/τ) at a strike, a wad, rounded down; the variance must not be negative.
    /// `forward` and `secondsLeft` are those that the slice was fitted at.
    function volatilityAt(RawSvi memory svi, uint256 forward, uint256 strike, uint256 secondsLeft)
        internal
        pure
        returns (uint256)
    {
        if (secondsLeft == 0 || secondsLeft > SECONDS_MAX) revert OutOfDomain("seconds", int256(secondsLeft));
        int256 k = logMoneyness(forward, strike);
        int256 clamp = wingClamp(svi);
        if (k > clamp) k = clamp;
        if (k < -clamp) k = -clamp;
        int256 variance = totalVariance(svi, k);
        if (variance < 0 || variance > VARIANCE_MAX) revert OutOfDomain("variance", variance);
        unchecked {
            return FixedPoint.isqrt(((uint256(variance) * VARIANCE_SCALE) >> 96) / secondsLeft);
        }
    }

    /// ln(K/F) in Q96, exactly zero where they are equal.
    function logMoneyness(uint256 forward, uint256 strike) internal pure returns (int256) {
        if (forward == 0 || forward > PRICE_MAX) revert OutOfDomain("forward", int256(forward));
        if (strike == 0 || strike > PRICE_MAX) revert OutOfDomain("strike", int256(strike));
        int256 distance = int256(Black76.logDistance(forward, strike));
        return strike < forward ? -distance : distance;
    }

    /// 4·√w(m) in Q96, where the wings end on both sides of the forward, rounded down.
    function wingClamp(RawSvi memory svi) internal pure returns (int256) {
        checkParameters(svi);
        unchecked {
            int256 level = _floor(svi.a << 96) + _floor(svi.b * _floor(svi.sigma << 96));
            if (level < 0) revert OutOfDomain("variance", level);
            return int256(CLAMP_DEVIATIONS * FixedPoint.isqrt(uint256(level) << 96));
        }
    }

    function checkParameters(RawSvi memory svi) internal pure {
        _within("a", svi.a, -A_MAX, A_MAX);
        _within("b", svi.b, 0, B_MAX);
        _within("rho", svi.rho, -int256(ONE), int256(ONE));
        _within("m", svi.m, -M_MAX, M_MAX);
        _within("sigma", svi.sigma, 0, SIGMA_MAX);
    }

    /// w(k) in Q96 for k in Q96, each product rounded down; may be negative.
    function totalVariance(RawSvi memory svi, int256 k) internal pure returns (int256) {
        checkParameters(svi);
        _within("k", k, -int256(LOG_MAX), int256(LOG_MAX));
        unchecked {
            int256 x = k - _floor(svi.m << 96);
            int256 sigma = _floor(svi.sigma << 96);
            int256 root = int256(FixedPoint.isqrt(uint256(x * x + sigma * sigma)));
            return _floor(svi.a << 96) + _floor(svi.b * (_floor(svi.rho * x) + root));
        }
    }

    function _within(bytes32 name, int256 value, int256 low, int256 high) private pure {
        if (value < low || value > high) revert OutOfDomain(name, value);
    }

    /// Division by a wad of one, rounded down.
    function _floor(int256 a) private pure returns (int256 c) {
        unchecked {
            c = a / int256(ONE);
            if (a % int256(ONE) < 0) --c;
        }
    }
}
