// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Black76, PRICE_MAX, SECONDS_MAX, YEAR_SECONDS} from "./Black76.sol";
import {EXP_MAX, FixedPoint, ONE, OutOfDomain} from "./FixedPoint.sol";

uint256 constant SETTLEMENT_SECONDS = 1_800; // the settlement price is an average over this long
uint256 constant POWER_SWITCH_SECONDS = 30 * 86_400; // = 2_592_000, at or below it the short power
int256 constant FACTOR_LIMIT = 1 << 68; // of a second discount: 295. Bounds the sums in PortfolioMargin
int256 constant DISCOUNT_MIN = int256(ONE) / 290; // 1/D stays below FACTOR_LIMIT

/// The parameters of portfolio margin that an expiry's terms depend on, wads, each at most 100 in
/// magnitude but floorDays (36,500) and minimumUp (10^6). Only skew parameters may be negative.
struct TermParameters {
    int256 rangeUp;
    int256 rangeDown;
    int256 shortPower;
    int256 longPower;
    int256 floorDays;
    int256 minimumUp;
    int256 linearBase;
    int256 linearScaleCap;
    int256 absoluteBase;
    int256 absoluteScaleCap;
    int256 minimumK;
    int256 skewWidth;
    int256 skewStatic;
    int256 skewScale;
    int256 longStatic;
    int256 longRateMult;
    int256 longRateAdd;
    int256 shortStatic;
    int256 shortRateMult;
    int256 shortRateAdd;
    int256 contingencyAdd;
    int256 contingencyMult;
}

/// An expiry under given parameters: wads, but for `root` = √τ in Q96. `moving` and `fixed_` are
/// the parts of the expected settlement price that spot shocks do and do not reach; the factors are the second
/// discounts of values of zero and above (long) and below (short), and that of the forward
/// contingency.
struct Terms {
    uint256 root;
    uint256 discount;
    uint256 moving;
    uint256 fixed_;
    int256 up;
    int256 down;
    int256 minimumUp;
    int256 linearCap;
    int256 absoluteCap;
    int256 kStar;
    int256 longFactor;
    int256 shortFactor;
    int256 contingencyFactor;
}

/// An expiry's terms, computed from its feeds and the parameters. The same bits as
/// risk/kernel/expiry_terms.py; formulas and roundings in docs/risk.md.
library ExpiryTerms {
    /// Terms of an expiry: whole seconds left, forward price, yearly rate (below zero counts as
    /// zero), and, for the last half hour alone, the index's average since it began.
    function derive(
        uint256 secondsLeft,
        uint256 forward,
        int256 rate,
        uint256 average,
        TermParameters memory p
    ) internal pure returns (Terms memory) {
        (uint256 moving, uint256 fixed_) = settlementParts(secondsLeft, forward, average);
        return ofParts(secondsLeft, moving, fixed_, rate, p);
    }

    /// The same from the two parts of the expected settlement price.
    function ofParts(uint256 secondsLeft, uint256 moving, uint256 fixed_, int256 rate, TermParameters memory p)
        internal
        pure
        returns (Terms memory t)
    {
        (t.moving, t.fixed_) = (moving, fixed_);
        if (rate < 0) rate = 0;
        t.root = Black76.sqrtYears(secondsLeft);
        int256 time = int256(secondsLeft);
        int256 year = int256(YEAR_SECONDS);
        unchecked {
            int256 rootTau = int256((t.root * ONE) >> 96);
            int256 wing = FixedPoint.mulFloor(rootTau, p.skewWidth);
            int256 width = p.skewStatic + FixedPoint.mulFloor(rootTau, p.skewScale);
            // At least one unit, so that the slope cap/k* exists.
            t.kStar = _max(1, _max(p.minimumK, FixedPoint.mulFloor(wing, width)));
            t.linearCap = FixedPoint.mulFloor(p.linearBase, rootTau) + p.linearScaleCap;
            t.absoluteCap = FixedPoint.mulFloor(p.absoluteBase, rootTau) + p.absoluteScaleCap;
            t.contingencyFactor = p.contingencyAdd + FixedPoint.mulDivCeil(p.contingencyMult, time, year);
        }
        if (t.contingencyFactor >= FACTOR_LIMIT) {
            revert OutOfDomain("contingency_factor", t.contingencyFactor);
        }
        _multipliers(t, secondsLeft, p);
        _discounts(t, time, rate, p);
    }

    /// The moving and the fixed part of the expected settlement price. Before the last half hour
    /// all of the forward moves; within it, the seconds left move with the forward, and the
    /// seconds that passed count at their average. Both round down.
    function settlementParts(uint256 secondsLeft, uint256 forward, uint256 average)
        internal
        pure
        returns (uint256 moving, uint256 fixed_)
    {
        if (forward == 0 || forward > PRICE_MAX) revert OutOfDomain("forward", int256(forward));
        if (secondsLeft > SECONDS_MAX) revert OutOfDomain("seconds", int256(secondsLeft));
        if (secondsLeft >= SETTLEMENT_SECONDS) return (forward, 0);
        if (average == 0 || average > PRICE_MAX) revert OutOfDomain("average", int256(average));
        unchecked {
            moving = forward * secondsLeft / SETTLEMENT_SECONDS;
            fixed_ = average * (SETTLEMENT_SECONDS - secondsLeft) / SETTLEMENT_SECONDS;
        }
    }

    /// Factors on volatility: 1 ± range·(30 d / max(T, floor))^p, p chosen by T itself.
    function _multipliers(Terms memory t, uint256 secondsLeft, TermParameters memory p) private pure {
        int256 power = secondsLeft <= POWER_SWITCH_SECONDS ? p.shortPower : p.longPower;
        unchecked {
            // Seconds with 18 decimals; at least one, so that the quotient exists.
            int256 floored = _max(_max(int256(secondsLeft * ONE), p.floorDays * 86_400), int256(ONE));
            uint256 quotient = POWER_SWITCH_SECONDS * ONE * ONE / uint256(floored);
            int256 exponent = FixedPoint.mulFloor(power, FixedPoint.ln(quotient));
            int256 growth = int256(FixedPoint.exp(exponent < EXP_MAX ? exponent : EXP_MAX));
            t.up = int256(ONE) + FixedPoint.mulFloor(p.rangeUp, growth);
            t.down = _max(0, int256(ONE) - FixedPoint.mulFloor(p.rangeDown, growth));
        }
        t.minimumUp = p.minimumUp;
    }

    /// The discount, and the second discounts of values ≥ 0 (rounded down) and < 0 (rounded up).
    function _discounts(Terms memory t, int256 time, int256 rate, TermParameters memory p) private pure {
        int256 year = int256(YEAR_SECONDS);
        t.discount = Black76.discountFactor(rate, uint256(time));
        if (int256(t.discount) < DISCOUNT_MIN) revert OutOfDomain("discount", int256(t.discount));
        unchecked {
            int256 longRate = FixedPoint.mulCeil(rate, p.longRateMult) + p.longRateAdd;
            int256 shortRate = FixedPoint.mulCeil(rate, p.shortRateMult) + p.shortRateAdd;
            int256 shrunk = int256(FixedPoint.exp(-FixedPoint.mulDivCeil(longRate, time, year)));
            t.longFactor = FixedPoint.mulFloor(p.longStatic, shrunk);
            int256 exponent = FixedPoint.mulDivCeil(shortRate, time, year);
            int256 grown = int256(FixedPoint.exp(exponent < EXP_MAX ? exponent : EXP_MAX));
            int256 inverse = FixedPoint.divCeil(int256(ONE), int256(t.discount));
            int256 scaled = FixedPoint.mulCeil(p.shortStatic, grown);
            t.shortFactor = inverse < scaled ? inverse : scaled;
        }
        if (t.longFactor >= FACTOR_LIMIT) revert OutOfDomain("long_factor", t.longFactor);
    }

    function _max(int256 a, int256 b) private pure returns (int256) {
        return a > b ? a : b;
    }
}
