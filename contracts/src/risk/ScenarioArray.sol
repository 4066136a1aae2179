// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Black76, DISCOUNT_SCALE, PRICE_MAX, STD_DEV_MAX} from "./Black76.sol";
import {Terms} from "./ExpiryTerms.sol";
import {FixedPoint, ONE, OutOfDomain} from "./FixedPoint.sol";

uint256 constant VOLATILITY_MAX = 1e6 * ONE; // of a quote and of a shocked one; prices saturate far below
uint256 constant VALUE_BITS = 85; // up to 38.6 million a unit, three to a word
uint256 constant VALUE_MAX = (1 << VALUE_BITS) - 1;
uint256 constant VALUES_PER_WORD = 3;
uint256 constant OUT = 256; // offset of AtSpot.outside
uint256 constant IN = 288; // of AtSpot.inside

// Volatility moves of a lane.
uint256 constant MOVE_UNCHANGED = 0;
uint256 constant MOVE_UP = 1;
uint256 constant MOVE_DOWN = 2;
uint256 constant MOVE_LINEAR = 3;
uint256 constant MOVE_ABSOLUTE = 4;

/// What lanes share: the total volatility after each move that does not depend on spot, by the move's number; then of one spot
/// factor the forward, |ln(K/F)| in Q96, the lesser of forward and strike, the discounted |F - K|, and the arrays of the option
/// that is out of the money and of that in the money.
struct AtSpot {
    uint256 unchanged;
    uint256 up;
    uint256 down;
    uint256 spot;
    uint256 forward;
    uint256 distance;
    uint256 lower;
    uint256 intrinsic;
    uint256[] outside;
    uint256[] inside;
}

/// An option's value under every lane of the grid, three lanes to a word, the first lowest. The
/// same bits as risk/kernel/scenario_array.py; formulas and roundings in docs/risk.md.
/// A lane is one word: the spot factor, a wad, in the low 128 bits, above it in 8 bits the volatility move, in 8 the shift of
/// its value in its word, and that word's offset behind the array's length. So lanes may stand in any order: together where
/// they share a spot factor, whose logarithm is then taken once.
library ScenarioArray {
    /// Arrays of the call and of the put at a strike. Volatility at most 10^6, wads.
    function build(uint256[] memory lanes, Terms memory t, uint256 strike, uint256 volatility)
        internal
        pure
        returns (uint256[] memory calls, uint256[] memory puts)
    {
        if (volatility > VOLATILITY_MAX) revert OutOfDomain("volatility", int256(volatility));
        if (strike > PRICE_MAX) revert OutOfDomain("strike", int256(strike));
        unchecked {
            uint256 wordCount = (lanes.length + VALUES_PER_WORD - 1) / VALUES_PER_WORD;
            calls = new uint256[](wordCount);
            puts = new uint256[](wordCount);
            AtSpot memory here;
            here.spot = type(uint256).max;
            here.unchanged = deviationOf(t, volatility);
            here.up = deviationOf(t, shocked(t, MOVE_UP, volatility));
            here.down = deviationOf(t, shocked(t, MOVE_DOWN, volatility));
            uint256 end = 32 * lanes.length;
            for (uint256 offset = 0; offset < end;) {
                uint256 lane;
                assembly ("memory-safe") {
                    offset := add(offset, 32)
                    lane := mload(add(lanes, offset))
                }
                if (uint128(lane) != here.spot) moveTo(here, uint128(lane), t, strike, calls, puts);
                uint256 deviation = (lane >> 128) & 0xff; // the move
                if (deviation > MOVE_DOWN) {
                    deviation = deviationOf(t, skewed(t, deviation, volatility, here.distance, strike < here.forward));
                } else {
                    assembly ("memory-safe") {
                        deviation := mload(add(here, shl(5, deviation)))
                    }
                }
                // As Black76.ofShare has it; the option in the money is worth more, so only that can pass a lane.
                uint256 value = ((here.lower * Black76.shareOf(here.distance, deviation)) >> 64) * t.discount / DISCOUNT_SCALE;
                uint256 other = value + here.intrinsic;
                if (other > VALUE_MAX) revert OutOfDomain("lane", int256(other));
                assembly ("memory-safe") {
                    let shift := and(shr(136, lane), 0xff)
                    lane := shr(144, lane) // the word's offset
                    let place := add(mload(add(here, OUT)), lane)
                    mstore(place, or(mload(place), shl(shift, value)))
                    place := add(mload(add(here, IN)), lane)
                    mstore(place, or(mload(place), shl(shift, other)))
                }
            }
        }
    }

    /// What all lanes of one spot factor share.
    function moveTo(
        AtSpot memory here,
        uint256 spot,
        Terms memory t,
        uint256 strike,
        uint256[] memory calls,
        uint256[] memory puts
    ) private pure {
        unchecked {
            uint256 forward = t.moving * spot / ONE + t.fixed_;
            Black76.checkQuote(forward, strike, t.discount);
            here.spot = spot;
            here.forward = forward;
            here.distance = Black76.logDistance(forward, strike);
            if (forward < strike) {
                here.lower = forward;
                here.intrinsic = (strike - forward) * t.discount / ONE;
                (here.outside, here.inside) = (calls, puts);
            } else {
                here.lower = strike;
                here.intrinsic = (forward - strike) * t.discount / ONE;
                (here.outside, here.inside) = (puts, calls);
            }
        }
    }

    /// The total volatility at an expiry, in Q96. Prices saturate at 24 already; the cut keeps the domain.
    function deviationOf(Terms memory t, uint256 volatility) private pure returns (uint256 deviation) {
        unchecked {
            deviation = volatility * t.root / ONE;
            if (deviation > STD_DEV_MAX) deviation = STD_DEV_MAX;
        }
    }

    /// The volatility after a move up or down, rounded down, at most VOLATILITY_MAX.
    function shocked(Terms memory t, uint256 move, uint256 volatility) private pure returns (uint256 vol) {
        unchecked {
            if (move == MOVE_UP) {
                vol = volatility * uint256(t.up) / ONE;
                if (vol < uint256(t.minimumUp)) vol = uint256(t.minimumUp);
            } else {
                vol = volatility * uint256(t.down) / ONE;
            }
        }
        if (vol > VOLATILITY_MAX) vol = VOLATILITY_MAX;
    }

    /// The volatility under a skew, by `distance` = |ln(K/F)| in Q96 and whether the strike is below the forward.
    function skewed(Terms memory t, uint256 move, uint256 volatility, uint256 distance, bool below)
        private
        pure
        returns (uint256 vol)
    {
        unchecked {
            int256 k = int256((distance * ONE) >> 96);
            bool linear = move == MOVE_LINEAR;
            int256 cap = linear ? t.linearCap : t.absoluteCap;
            int256 x;
            if (linear && below) {
                x = FixedPoint.mulDivFloor(-k, cap, t.kStar);
                if (x < -cap) x = -cap;
            } else {
                x = FixedPoint.mulDivFloor(k, cap, t.kStar);
                if (x > cap) x = cap;
            }
            int256 multiplier = int256(ONE) + x;
            vol = multiplier > 0 ? volatility * uint256(multiplier) / ONE : 0;
        }
        if (vol > VOLATILITY_MAX) vol = VOLATILITY_MAX;
    }
}
