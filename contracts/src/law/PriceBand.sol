// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {PPM} from "../generated/Params.sol";
import {BAND, BAND_PPM, INDEX_PER_TICK, MARK_PRICE, RAW_BASE, RAW_PRICE, STALE, read} from "./Memory.sol";

/// @title The price band: how far from the mark an order may trade (docs/protocol/matching.md, the band). The mark is loaded.
library PriceBand {
    /// @dev The last prices that are not beyond the band.
    function edges() internal pure returns (uint256 low, uint256 high) {
        return within(read(BAND));
    }

    /// @dev The furthest valid prices within `width` ticks of the mark.
    function within(uint256 width) internal pure returns (uint256 low, uint256 high) {
        unchecked {
            uint256 price = read(MARK_PRICE);
            low = price > width ? price - width : 1;
            high = price + width;
            if (high > type(uint32).max) high = type(uint32).max;
        }
    }

    /// @dev Whether `price` lies beyond the band of a buyer (0) or of a seller (1): it pays more than the band admits.
    /// distance × PPM > mark × price_band_ppm if and only if distance > BAND, since a distance is whole ticks.
    function isBeyond(uint256 sell, uint256 price) internal pure returns (bool) {
        unchecked {
            // Below 2^33.
            if (sell == 0) return price > read(MARK_PRICE) + read(BAND);
            return price + read(BAND) < read(MARK_PRICE);
        }
    }

    /// @dev Whether a resting order at `price` must go: it lies beyond its own side's band, both of the index and of the raw price, and
    /// the price is not stale.
    function isLeftBeyond(uint256 sell, uint256 price) internal pure returns (bool) {
        return read(STALE) == 0 && isBeyond(sell, price) && !isNearRaw(price);
    }

    /// @dev Whether `price` lies within the band of the raw price, on either side. Products stay below 2^117 + 2^84.
    function isNearRaw(uint256 price) private pure returns (bool near) {
        assembly ("memory-safe") {
            let raw := mload(RAW_PRICE)
            let distance := sub(mul(price, mload(INDEX_PER_TICK)), raw)
            if slt(distance, 0) { distance := sub(0, distance) }
            near := iszero(gt(mul(distance, PPM), mul(mload(RAW_BASE), mload(BAND_PPM))))
        }
    }
}
