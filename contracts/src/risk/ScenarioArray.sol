// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Black76, PRICE_MAX, STD_DEV_MAX} from "./Black76.sol";
import {Terms} from "./ExpiryTerms.sol";
import {FixedPoint, ONE, OutOfDomain} from "./FixedPoint.sol";

uint256 constant VOLATILITY_MAX = 1e6 * ONE; // of a quote and of a shocked one; prices saturate far below
uint256 constant VALUE_BITS = 85; // up to 38.6 million a unit, three to a word
uint256 constant VALUE_MAX = (1 << VALUE_BITS) - 1;
uint256 constant VALUES_PER_WORD = 3;

// Volatility moves of a lane.
uint256 constant MOVE_UNCHANGED = 0;
uint256 constant MOVE_UP = 1;
uint256 constant MOVE_DOWN = 2;
uint256 constant MOVE_LINEAR = 3;
uint256 constant MOVE_ABSOLUTE = 4;

/// An option's value under every lane of the grid, three lanes to a word, the first lowest. The
/// same bits as risk/kernel/scenario_array.py; formulas and roundings in docs/risk.md.
/// A lane is one word: spot factor, a wad, in the low 128 bits, and the volatility move above.
/// Lanes of the same spot stand together, so that its logarithm is taken once.
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
            uint256 spot = type(uint256).max;
            uint256 forward;
            uint256 distance;
            for (uint256 i = 0; i < lanes.length; ++i) {
                uint256 lane = lanes[i];
                if (uint128(lane) != spot) {
                    spot = uint128(lane);
                    forward = t.moving * spot / ONE + t.fixed_;
                    if (forward > PRICE_MAX) revert OutOfDomain("forward", int256(forward));
                    distance = Black76.logDistance(forward, strike);
                }
                uint256 vol = shocked(t, lane >> 128, volatility, distance, strike < forward);
                uint256 deviation = vol * t.root / ONE;
                // Prices saturate at a total volatility of 24 already; the cut keeps the domain.
                if (deviation > STD_DEV_MAX) deviation = STD_DEV_MAX;
                (uint256 call, uint256 put) =
                    Black76.callAndPutFrom(forward, strike, distance, deviation, t.discount);
                if (call > VALUE_MAX) revert OutOfDomain("lane", int256(call));
                if (put > VALUE_MAX) revert OutOfDomain("lane", int256(put));
                uint256 shift = i % VALUES_PER_WORD * VALUE_BITS;
                calls[i / VALUES_PER_WORD] |= call << shift;
                puts[i / VALUES_PER_WORD] |= put << shift;
            }
        }
    }

    /// The volatility after a lane's move, rounded down, at most VOLATILITY_MAX. The skews need
    /// `distance` = |ln(K/F)| in Q96, and whether the strike is below the forward.
    function shocked(Terms memory t, uint256 move, uint256 volatility, uint256 distance, bool below)
        internal
        pure
        returns (uint256 vol)
    {
        if (move == MOVE_UNCHANGED) return volatility;
        unchecked {
            if (move == MOVE_UP) {
                vol = volatility * uint256(t.up) / ONE;
                if (vol < uint256(t.minimumUp)) vol = uint256(t.minimumUp);
            } else if (move == MOVE_DOWN) {
                vol = volatility * uint256(t.down) / ONE;
            } else {
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
        }
        if (vol > VOLATILITY_MAX) vol = VOLATILITY_MAX;
    }
}
