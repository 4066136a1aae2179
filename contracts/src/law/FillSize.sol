// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MarkRecord, OptionMarkRecord} from "../generated/Layout.sol";
import {OPTION_DELTA_BITS, OPTION_VEGA_BITS} from "../generated/Params.sol";
import {OptionMark} from "./OptionMark.sol";

/// @title What a fill of a maker's order counts towards its protection (docs/protocol/protection.md, what a fill counts)
library FillSize {
    int256 private constant NANO_IN_MICRO = 1_000;
    int256 private constant POINTS = 100; // of volatility, in 1

    /// @dev Lots, delta (10^-9 units of the underlying) and vega (micro-USD a volatility point) of a change by lots, below 2^40, of a position in the
    /// instrument of a mark. Products stay below 2^138; index_per_tick is at least 1. Both quotients are rounded towards zero.
    function ofFill(uint256 mark, int256 change) internal pure returns (uint256 lots, int256 delta, int256 vega) {
        unchecked {
            lots = magnitude(change);
            int256 value = change * int256(MarkRecord.tickValue(mark));
            delta = value * NANO_IN_MICRO * int256(MarkRecord.indexPpb(mark));
            int256 perTick = int256(MarkRecord.indexPerTick(mark));
            if (OptionMark.isLive(mark)) {
                delta *= OptionMarkRecord.delta(mark);
                perTick <<= OPTION_DELTA_BITS;
                vega = value * int256(OptionMarkRecord.pricedForward(mark) * OptionMarkRecord.vega(mark)) / (POINTS << OPTION_VEGA_BITS);
            }
            delta /= perTick;
        }
    }

    function magnitude(int256 value) internal pure returns (uint256) {
        unchecked {
            return uint256(value < 0 ? -value : value);
        }
    }
}
