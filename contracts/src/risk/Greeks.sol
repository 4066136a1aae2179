// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Black76, OtmTerms, RATE_MAX, YEAR_SECONDS} from "./Black76.sol";
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

/// The Greeks of Black-76. The same bits as sequencer/core/risk/greeks.py; conventions, formulas
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
        uint256 root = Black76.sqrtYears(secondsLeft);
        uint256 deviation = Black76.stdDev(vol, root);
        uint256 distance = Black76.logDistance(forward, strike);
        OtmTerms memory terms = Black76.otmTerms(distance, deviation);
        (g.call, g.put) = Black76.ofShare(forward, strike, Black76.otmShare(terms), discount);

        unchecked {
            uint256 density = _probabilities(g, forward, strike, discount, distance, deviation, terms);
            uint256 decay = _curvature(g, forward, strike, vol, discount, root, deviation, density);
            g.callTheta = _carry(g.call, rate) - int256(decay);
            g.putTheta = _carry(g.put, rate) - int256(decay);
            g.callRho = -int256(g.call * secondsLeft / RHO_SCALE);
            g.putRho = -int256(g.put * secondsLeft / RHO_SCALE);
        }
    }

    /// Sets the deltas, discount·N(d1) and that less the discount; returns φ(a) in Q96.
    function _probabilities(
        Sensitivities memory g,
        uint256 forward,
        uint256 strike,
        uint256 discount,
        uint256 distance,
        uint256 deviation,
        OtmTerms memory terms
    ) private pure returns (uint256 density) {
        unchecked {
            bool below = forward < strike;
            (uint256 low, uint256 high) = below ? (forward, strike) : (strike, forward);
            uint256 tail; // N(-a) if the forward is below, else N(-b)
            if (low > 0) {
                if (deviation == 0 && distance == 0) {
                    (density, tail) = (uint256(INV_SQRT_2PI_Q96), ONE_Q96 >> 1);
                } else {
                    uint256 bell = terms.m >> (24 + terms.k);
                    density = (bell * uint256(INV_SQRT_2PI_Q96)) >> 96;
                    if (below) {
                        tail = (bell * terms.near) >> 96;
                        if (terms.negative) tail = ONE_Q96 - tail;
                    } else {
                        tail = FixedPoint.quotient(((bell * terms.far) >> 96) * low, high);
                    }
                }
            }
            uint256 inTheMoney = below ? tail : ONE_Q96 - tail; // N(d1)
            g.callDelta = int256((inTheMoney * discount) >> 96);
            g.putDelta = g.callDelta - int256(discount);
        }
    }

    /// Sets gamma and vega; returns theta's decay per day.
    function _curvature(
        Sensitivities memory g,
        uint256 forward,
        uint256 strike,
        uint256 vol,
        uint256 discount,
        uint256 root,
        uint256 deviation,
        uint256 density
    ) private pure returns (uint256 decay) {
        unchecked {
            bool below = forward < strike;
            // F·n(d1) = min(F, K)·φ(a); 32 fraction bits are kept beyond the wad.
            uint256 weight = ((below ? forward : strike) * density) >> 64;
            g.vega = ((weight * root) >> 96) * discount / VEGA_SCALE;
            if (deviation == 0 || forward == 0) return 0;
            uint256 bell = below ? density : FixedPoint.quotient(density * strike, forward); // n(d1)
            g.gamma = FixedPoint.quotient(bell * discount * ONE, forward * deviation);
            decay = FixedPoint.quotient((weight * discount / ONE * vol / ONE) << 64, 2 * DAYS * root);
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
