// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ExpiryRecord, UnderlyingRecord} from "../../generated/Layout.sol";
import {COMPUTE_PRICE, INDEX_STALE_MS, SAMPLE_SPACING_MS, SAMPLE_SPAN_MS} from "../../generated/Params.sol";
import {
    RESULT_EXPIRY_CLOSED,
    RESULT_INSTRUMENT_SETTLED,
    RESULT_MALFORMED,
    RESULT_NOT_EXPIRED,
    RESULT_NO_PRICE,
    RESULT_OK,
    RESULT_SEGMENT_FULL,
    RESULT_STALE_PRICE,
    RESULT_TOO_SOON,
    RESULT_UNKNOWN_EXPIRY
} from "../../generated/Results.sol";
import {Expiries} from "../Expiries.sol";
import {FutureMark} from "../FutureMark.sol";
import {CLOCK, NOW, field, read} from "../Memory.sol";
import {Weight} from "../Weight.sol";

/// @title The index joins the average of an expiry's last half hour (docs/protocol/expiries.md). Body: expiry u16.
library ExpirySample {
    function execute(uint256 offset, uint256 length) internal view returns (uint256) {
        if (length != 2) return RESULT_MALFORMED;
        Weight.plan(Expiries.reserve(), COMPUTE_PRICE);
        if (!Weight.hasRoom()) return RESULT_SEGMENT_FULL;
        Weight.compute(COMPUTE_PRICE);
        uint256 id = field(offset, 16);
        if (!Expiries.isListed(id)) return RESULT_UNKNOWN_EXPIRY;
        (uint256 expiry, uint256 mark, uint256 underlying) = Expiries.open(id);
        if (ExpiryRecord.settlement(expiry) != 0) return RESULT_INSTRUMENT_SETTLED;
        if (read(CLOCK) > ExpiryRecord.expiryMs(expiry)) return RESULT_EXPIRY_CLOSED;
        int256 nowMs = int256(read(NOW));
        int256 from = Expiries.windowStart(expiry);
        if (nowMs <= from) return RESULT_NOT_EXPIRED;
        uint256 index = UnderlyingRecord.indexPrice(underlying);
        if (index == 0) return RESULT_NO_PRICE;
        uint256 published = UnderlyingRecord.publishTimeMs(underlying);
        unchecked {
            // A message of an earlier time may not bring a later index.
            if (published + INDEX_STALE_MS < uint256(nowMs) || published > uint256(nowMs)) return RESULT_STALE_PRICE;
            int256 last = int256(ExpiryRecord.sampledMs(expiry));
            if (from < last) from = last;
            if (nowMs - from < int256(SAMPLE_SPACING_MS)) return RESULT_TOO_SOON;
            uint256 span = uint256(nowMs - from);
            if (span > SAMPLE_SPAN_MS) span = SAMPLE_SPAN_MS;
            ExpiryRecord.setAccumulated(expiry, ExpiryRecord.accumulated(expiry) + index * span);
            ExpiryRecord.setCoveredMs(expiry, ExpiryRecord.coveredMs(expiry) + span);
        }
        ExpiryRecord.setSampledMs(expiry, uint256(nowMs));
        FutureMark.follow(expiry, mark);
        return RESULT_OK;
    }
}
