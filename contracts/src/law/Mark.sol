// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {InstrumentRecord, MarkRecord, UnderlyingRecord} from "../generated/Layout.sol";
import {INDEX_STALE_MS, PPM} from "../generated/Params.sol";
import {Arena} from "./Arena.sol";
import {BAND, INSTRUMENT, INSTRUMENT_ID, MARK_PRICE, NOW, STALE, TICK_VALUE, read, write} from "./Memory.sol";

/// @title The mark of the action's instrument, the band around it, and whether its price is stale
library Mark {
    /// @dev Set TICK_VALUE, MARK_PRICE, BAND and STALE; the mark, in ticks. Touches the mark record, then its underlying.
    function load() internal view returns (uint256 price) {
        uint256 mark = Arena.mark(read(INSTRUMENT_ID));
        uint256 underlying = Arena.underlying(MarkRecord.underlying(mark));
        uint256 index = UnderlyingRecord.indexPrice(underlying);
        uint256 published = UnderlyingRecord.publishTimeMs(underlying);
        uint256 perTick = MarkRecord.indexPerTick(mark);
        uint256 band = InstrumentRecord.priceBandPpm(read(INSTRUMENT));
        assembly ("memory-safe") {
            price := div(index, perTick) // perTick is at least 1
            if gt(price, 0xffffffff) { price := 0xffffffff }
            mstore(BAND, div(mul(price, band), PPM))
            mstore(STALE, or(iszero(index), lt(add(published, INDEX_STALE_MS), mload(NOW))))
        }
        write(TICK_VALUE, MarkRecord.tickValue(mark));
        write(MARK_PRICE, price);
    }

    /// @dev Whether `price` lies beyond the band of a buyer (0) or of a seller (1): it pays more than the band admits.
    /// distance × PPM > mark × price_band_ppm just if distance > BAND, as a distance is whole ticks.
    function isBeyondBand(uint256 sell, uint256 price) internal pure returns (bool) {
        unchecked {
            // Below 2^33.
            if (sell == 0) return price > read(MARK_PRICE) + read(BAND);
            return price + read(BAND) < read(MARK_PRICE);
        }
    }
}
