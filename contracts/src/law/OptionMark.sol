// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MarkRecord, OptionMarkRecord} from "../generated/Layout.sol";
import {INSTRUMENT_KIND_CALL, INSTRUMENT_KIND_PUT, OPTION_DELTA_BITS, OPTION_DRIFT_PPM, OPTION_GAMMA_BITS} from "../generated/Params.sol";
import {OPTION_PRICE_BITS, OPTION_STALE_MS, PPB, PPM} from "../generated/Params.sol";

/// @title Marks as they follow an index: forwards, and options between two pricings (docs/protocol/options.md, the mark)
library OptionMark {
    uint256 private constant PRICE_MAX = type(uint32).max;

    /// @dev Whether a mark is of an option that is not settled.
    function isLive(uint256 mark) internal pure returns (bool) {
        return MarkRecord.kind(mark) >= INSTRUMENT_KIND_CALL && MarkRecord.indexPpb(mark) != 0;
    }

    /// @dev The fixed part and the share of an index, in ticks: the mark, or the forward of an option. index_per_tick is at least 1.
    function forwardAt(uint256 mark, uint256 index) internal pure returns (uint256 price) {
        uint256 fixedPrice = MarkRecord.fixedPrice(mark);
        uint256 share = MarkRecord.indexPpb(mark);
        uint256 perTick = MarkRecord.indexPerTick(mark);
        assembly ("memory-safe") {
            price := add(fixedPrice, div(mul(index, share), mul(PPB, perTick)))
            if gt(price, 0xffffffff) { price := 0xffffffff }
        }
    }

    /// @dev The mark of an option that is not settled at a forward, in ticks; 0 if it was never priced.
    function priceAt(uint256 mark, uint256 forward) internal pure returns (uint256) {
        unchecked {
            if (OptionMarkRecord.pricedMs(mark) == 0) return 0;
            uint256 from = OptionMarkRecord.pricedForward(mark);
            int256 way = int256(forward) - int256(from);
            // Below 2^110; a priced forward is not 0.
            int256 moved = int256(((OptionMarkRecord.gamma(mark) * uint256(way * way)) << (OPTION_DELTA_BITS - OPTION_GAMMA_BITS - 1)) / from);
            moved += OptionMarkRecord.delta(mark) * way;
            way <<= OPTION_DELTA_BITS;
            if (MarkRecord.kind(mark) == INSTRUMENT_KIND_PUT) way = -way;
            if (way < 0) {
                if (moved < way) moved = way;
                if (moved > 0) moved = 0;
            } else {
                if (moved > way) moved = way;
                if (moved < 0) moved = 0;
            }
            moved = (int256(OptionMarkRecord.markPrice(mark) << (OPTION_DELTA_BITS - OPTION_PRICE_BITS)) + moved) >> OPTION_DELTA_BITS;
            if (moved < 1) return 1;
            return moved > int256(PRICE_MAX) ? PRICE_MAX : uint256(moved);
        }
    }

    /// @dev Whether its pricing is too old, or the forward too far from the priced one.
    function isOverdue(uint256 mark, uint256 forward, uint256 nowMs) internal pure returns (bool) {
        unchecked {
            uint256 from = OptionMarkRecord.pricedForward(mark);
            uint256 distance = forward < from ? from - forward : forward - from;
            return distance * PPM > from * OPTION_DRIFT_PPM || OptionMarkRecord.pricedMs(mark) + OPTION_STALE_MS < nowMs;
        }
    }
}
