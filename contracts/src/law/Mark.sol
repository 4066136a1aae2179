// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {InstrumentRecord, MarkRecord, UnderlyingRecord} from "../generated/Layout.sol";
import {INDEX_STALE_MS, INSTRUMENT_STATUS_HALTED, PPB, PPM} from "../generated/Params.sol";
import {Arena} from "./Arena.sol";
import {BAND, BAND_PPM, BASE_PRICE, CLOCK, GAP_WIDE, INDEX_PER_TICK, INSTRUMENT, INSTRUMENT_ID, MARGIN_INPUT, MARK} from "./Memory.sol";
import {MARK_PRICE, NOW, OPTION, OVERDUE, PRICING_MODULE, RAW_BASE, RAW_PRICE, STALE, TICK_VALUE, read, write} from "./Memory.sol";
import {OptionMark} from "./OptionMark.sol";

/// @title The mark of the action's instrument, the band around it, its age, and how far it lies from what was reported
library Mark {
    /// The pricing module failed. Ours only fails out of gas, so this is never a result.
    error PricingFailed();

    /// @dev Set MARK, TICK_VALUE, MARK_PRICE, the band, STALE, GAP_WIDE and what else is said of the mark; the mark, in ticks.
    /// Touches the mark record, then its underlying.
    function load() internal view returns (uint256 price) {
        uint256 mark = Arena.mark(read(INSTRUMENT_ID));
        uint256 underlying = Arena.underlying(MarkRecord.underlying(mark));
        uint256 index = UnderlyingRecord.indexPrice(underlying);
        uint256 raw = UnderlyingRecord.rawPrice(underlying);
        uint256 published = UnderlyingRecord.publishTimeMs(underlying);
        uint256 perTick = MarkRecord.indexPerTick(mark);
        price = OptionMark.forwardAt(mark, index);
        uint256 fixedPrice = MarkRecord.fixedPrice(mark);
        uint256 share = MarkRecord.indexPpb(mark);
        uint256 band = InstrumentRecord.priceBandPpm(read(INSTRUMENT));
        assembly ("memory-safe") {
            mstore(BASE_PRICE, price)
            mstore(BAND, div(mul(price, band), PPM))
            mstore(BAND_PPM, band)
            mstore(RAW_PRICE, add(mul(fixedPrice, perTick), div(mul(raw, share), PPB)))
            mstore(RAW_BASE, mload(RAW_PRICE))
            mstore(INDEX_PER_TICK, perTick)
            mstore(STALE, or(iszero(index), lt(add(published, INDEX_STALE_MS), mload(NOW))))
            // Whether the gap, at most PPM and rounded up, is more than half of the band. (An index of 0 has no gap, and is not traded.)
            let gap := sub(raw, index)
            if slt(gap, 0) { gap := sub(0, gap) }
            gap := div(sub(add(mul(gap, PPM), index), 1), index)
            if gt(gap, PPM) { gap := PPM }
            mstore(GAP_WIDE, gt(shl(1, gap), band))
            mstore(OPTION, 0)
            mstore(OVERDUE, 0)
        }
        if (OptionMark.isLive(mark)) price = loadOption(mark, price, OptionMark.forwardAt(mark, raw));
        write(MARK, mark);
        write(TICK_VALUE, MarkRecord.tickValue(mark));
        write(MARK_PRICE, price);
    }

    /// @dev Set what is said of an option's mark besides its forward, now and at the price that was reported; its price. Asked of the pricing
    /// module, so that no family holds the formulas.
    function loadOption(uint256 mark, uint256 forward, uint256 rawForward) private view returns (uint256 price) {
        uint256 bad;
        write(MARGIN_INPUT + 0x80, forward);
        write(MARGIN_INPUT + 0xa0, rawForward);
        assembly ("memory-safe") {
            mcopy(MARGIN_INPUT, mark, 128)
            mstore(add(MARGIN_INPUT, 0xc0), mload(NOW))
            // not(0) passes all but a 64th of the gas. A call that runs out of it fails, and that reverts.
            let answered := staticcall(not(0), mload(PRICING_MODULE), MARGIN_INPUT, 224, MARGIN_INPUT, 96)
            bad := or(iszero(answered), xor(returndatasize(), 96))
            price := mload(MARGIN_INPUT)
            mstore(RAW_PRICE, mul(mload(add(MARGIN_INPUT, 0x20)), mload(INDEX_PER_TICK)))
            mstore(OPTION, 1)
            mstore(OVERDUE, mload(add(MARGIN_INPUT, 0x40)))
            mstore(GAP_WIDE, or(mload(GAP_WIDE), mload(OVERDUE)))
        }
        if (bad != 0) revert PricingFailed();
    }

    /// @dev Whether an instrument admits cancels alone: halted by governance, or past its end.
    function isHalted(uint256 instrument) internal pure returns (bool) {
        return InstrumentRecord.status(instrument) == INSTRUMENT_STATUS_HALTED || isEnded(instrument);
    }

    /// @dev Whether the trading of a future has ended.
    function isEnded(uint256 instrument) internal pure returns (bool) {
        uint256 end = InstrumentRecord.expiryMs(instrument);
        return end != 0 && end <= read(CLOCK);
    }
}
