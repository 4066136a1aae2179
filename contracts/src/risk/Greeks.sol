// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Black76, RATE_MAX, YEAR_SECONDS} from "./Black76.sol";
import {INV_SQRT_2PI_Q96} from "./Coefficients.sol";
import {FixedPoint, ONE, ONE_Q96, OutOfDomain} from "./FixedPoint.sol";

uint256 constant DAYS = 365;
uint256 constant PERCENT = 100;
uint256 constant VEGA_SCALE = (ONE * PERCENT) << 32;
uint256 constant RHO_SCALE = YEAR_SECONDS * PERCENT;

/// Prices and Greeks of a call and a put, wads: delta and gamma per unit of the forward, vega per
/// volatility point, theta per day, rho per percentage point of the rate.
struct Sensitivities {
    uint256 call;
    uint256 put;
    int256 callDelta;
    int256 putDelta;
    uint256 gamma;
    uint256 vega;
    int256 callTheta;
    int256 putTheta;
    int256 callRho;
    int256 putRho;
}

/// The parts of an option pair that its Greeks are computed from: fractions in Q96, quantities as in Black76.
struct Pair {
    uint256 forward;
    uint256 strike;
    uint256 vol;
    uint256 discount;
    uint256 root; // √τ
    uint256 deviation; // σ√τ
    uint256 density; // φ(a): min(F, K)·φ(a) = F·n(d1)
    uint256 inTheMoney; // N(d1)
}

/// The Greeks of Black-76. The same bits as risk/kernel/greeks.py; conventions, formulas
/// and error bounds in docs/risk.md.
library Greeks {
    /// Prices and Greeks; the discount is that of the rate, which only theta's carry uses.
    function all(
        uint256 forward,
        uint256 strike,
        uint256 vol,
        uint256 secondsLeft,
        int256 rate,
        uint256 discount
    ) internal pure returns (Sensitivities memory g) {
        Black76.checkQuote(forward, strike, discount);
        if (rate < -RATE_MAX || rate > RATE_MAX) revert OutOfDomain("rate", rate);
        Pair memory pair;
        (pair.forward, pair.strike, pair.vol, pair.discount) = (forward, strike, vol, discount);
        pair.root = Black76.sqrtYears(secondsLeft);
        pair.deviation = Black76.stdDev(vol, pair.root);
        (g.call, g.put) = _evaluate(pair);
        unchecked {
            g.callDelta = int256((pair.inTheMoney * discount) >> 96);
            g.putDelta = g.callDelta - int256(discount);
            uint256 decay;
            (g.gamma, g.vega, decay) = _curvature(pair);
            g.callTheta = _carry(g.call, rate) - int256(decay);
            g.putTheta = _carry(g.put, rate) - int256(decay);
            g.callRho = -int256(g.call * secondsLeft / RHO_SCALE);
            g.putRho = -int256(g.put * secondsLeft / RHO_SCALE);
        }
    }

    /// Prices; sets the pair's density and N(d1).
    function _evaluate(Pair memory pair) private pure returns (uint256 call, uint256 put) {
        uint256 distance = Black76.logDistance(pair.forward, pair.strike);
        (uint256 m, uint256 k, uint256 near, uint256 far, bool negative) =
            Black76.otmTerms(distance, pair.deviation);
        uint256 share = Black76.otmShare(m, k, near, far, negative);
        (call, put) = Black76.ofShare(pair.forward, pair.strike, share, pair.discount);

        unchecked {
            bool below = pair.forward < pair.strike;
            if ((below ? pair.forward : pair.strike) == 0) {
                pair.inTheMoney = below ? 0 : ONE_Q96;
            } else if (pair.deviation == 0 && distance == 0) {
                (pair.density, pair.inTheMoney) = (uint256(INV_SQRT_2PI_Q96), ONE_Q96 >> 1);
            } else {
                uint256 bell = m >> (24 + k);
                pair.density = (bell * uint256(INV_SQRT_2PI_Q96)) >> 96;
                if (below) {
                    uint256 tail = (bell * near) >> 96;
                    pair.inTheMoney = negative ? ONE_Q96 - tail : tail;
                } else {
                    uint256 tail = FixedPoint.quotient(((bell * far) >> 96) * pair.strike, pair.forward);
                    pair.inTheMoney = ONE_Q96 - tail;
                }
            }
        }
    }

    /// Gamma, vega, and theta's decay per day.
    function _curvature(Pair memory pair) private pure returns (uint256 gamma, uint256 vega, uint256 decay) {
        unchecked {
            (uint256 forward, uint256 strike, uint256 density) = (pair.forward, pair.strike, pair.density);
            bool below = forward < strike;
            // 32 fraction bits are kept beyond the wad.
            uint256 weight = ((below ? forward : strike) * density) >> 64;
            vega = ((weight * pair.root) >> 96) * pair.discount / VEGA_SCALE;
            if (pair.deviation == 0 || forward == 0) return (0, vega, 0);
            uint256 bell = below ? density : FixedPoint.quotient(density * strike, forward); // n(d1)
            gamma = FixedPoint.quotient(bell * pair.discount * ONE, forward * pair.deviation);
            decay = FixedPoint.quotient(
                (weight * pair.discount / ONE * pair.vol / ONE) << 64, 2 * DAYS * pair.root
            );
        }
    }

    /// rate·price per day, its magnitude rounded down.
    function _carry(uint256 price, int256 rate) private pure returns (int256) {
        unchecked {
            return rate < 0
                ? -int256(price * uint256(-rate) / (ONE * DAYS))
                : int256(price * uint256(rate) / (ONE * DAYS));
        }
    }
}
