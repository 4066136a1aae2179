// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {InstrumentRecord, MarkRecord, UnderlyingRecord} from "../generated/Layout.sol";
import {INDEX_STALE_MS, PPM} from "../generated/Params.sol";
import {Arena} from "./Arena.sol";
import {BAND, BAND_PPM, GAP_WIDE, INDEX_PER_TICK, INSTRUMENT, INSTRUMENT_ID, MARK, MARK_PRICE, NOW} from "./Memory.sol";
import {RAW_PRICE, STALE, TICK_VALUE, read, write} from "./Memory.sol";

/// @title The mark of the action's instrument, the band around it, its age, and how far it lies from what was reported
library Mark {
    /// @dev Set MARK, TICK_VALUE, MARK_PRICE, BAND, STALE and GAP_WIDE; the mark, in ticks. Touches the mark record, then its underlying.
    function load() internal view returns (uint256 price) {
        uint256 mark = Arena.mark(read(INSTRUMENT_ID));
        uint256 underlying = Arena.underlying(MarkRecord.underlying(mark));
        uint256 index = UnderlyingRecord.indexPrice(underlying);
        uint256 raw = UnderlyingRecord.rawPrice(underlying);
        uint256 published = UnderlyingRecord.publishTimeMs(underlying);
        uint256 perTick = MarkRecord.indexPerTick(mark);
        uint256 settled = MarkRecord.price(mark); // the mark no longer follows the index
        uint256 band = InstrumentRecord.priceBandPpm(read(INSTRUMENT));
        assembly ("memory-safe") {
            price := div(index, perTick) // perTick is at least 1
            if gt(price, 0xffffffff) { price := 0xffffffff }
            if settled { price := settled }
            mstore(BAND, div(mul(price, band), PPM))
            mstore(BAND_PPM, band)
            mstore(RAW_PRICE, raw)
            mstore(INDEX_PER_TICK, perTick)
            mstore(STALE, or(iszero(index), lt(add(published, INDEX_STALE_MS), mload(NOW))))
            // Whether the gap, at most PPM and rounded up, is more than half of the band. (An index of 0 has no gap, and is not traded.)
            let gap := sub(raw, index)
            if slt(gap, 0) { gap := sub(0, gap) }
            gap := div(sub(add(mul(gap, PPM), index), 1), index)
            if gt(gap, PPM) { gap := PPM }
            mstore(GAP_WIDE, gt(shl(1, gap), band))
        }
        write(MARK, mark);
        write(TICK_VALUE, MarkRecord.tickValue(mark));
        write(MARK_PRICE, price);
    }

    /// @dev The last prices that are not beyond the band.
    function bandEdges() internal pure returns (uint256 low, uint256 high) {
        return within(read(BAND_PPM));
    }

    /// @dev The furthest valid prices within `ppm` of the mark.
    function within(uint256 ppm) internal pure returns (uint256 low, uint256 high) {
        unchecked {
            uint256 price = read(MARK_PRICE);
            low = (price * (PPM - ppm) + PPM - 1) / PPM;
            if (low == 0) low = 1;
            high = price * (PPM + ppm) / PPM;
            if (high > type(uint32).max) high = type(uint32).max;
        }
    }

    /// @dev Whether `price` lies beyond the band of a buyer (0) or of a seller (1): it pays more than the band admits.
    /// distance × PPM > mark × price_band_ppm if and only if distance > BAND, since a distance is whole ticks.
    function isBeyondBand(uint256 sell, uint256 price) internal pure returns (bool) {
        unchecked {
            // Below 2^33.
            if (sell == 0) return price > read(MARK_PRICE) + read(BAND);
            return price + read(BAND) < read(MARK_PRICE);
        }
    }

    /// @dev Whether a resting order at `price` must go: it lies beyond its own side's band, both of the index and of the raw price, and
    /// the price is not stale.
    function isStranded(uint256 sell, uint256 price) internal pure returns (bool) {
        return read(STALE) == 0 && isBeyondBand(sell, price) && !isNearRaw(price);
    }

    /// @dev Whether `price` lies within the band of the raw price, on either side. Products stay below 2^117.
    function isNearRaw(uint256 price) private pure returns (bool near) {
        assembly ("memory-safe") {
            let raw := mload(RAW_PRICE)
            let distance := sub(mul(price, mload(INDEX_PER_TICK)), raw)
            if slt(distance, 0) { distance := sub(0, distance) }
            near := iszero(gt(mul(distance, PPM), mul(raw, mload(BAND_PPM))))
        }
    }
}
