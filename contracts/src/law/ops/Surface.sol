// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ExpiryRecord, GlobalRecord, UnderlyingRecord} from "../../generated/Layout.sol";
import {
    OP_SURFACE_CONFIDENCE_PPM_OFFSET,
    OP_SURFACE_HEAD_BYTES,
    OP_SURFACE_RATE_PPM_OFFSET,
    OP_SURFACE_SVI_A_OFFSET,
    OP_SURFACE_SVI_B_OFFSET,
    OP_SURFACE_SVI_FORWARD_OFFSET,
    OP_SURFACE_SVI_M_OFFSET,
    OP_SURFACE_SVI_RHO_OFFSET,
    OP_SURFACE_SVI_SIGMA_OFFSET,
    OP_SURFACE_SVI_TIME_MS_OFFSET
} from "../../generated/Operations.sol";
import {COMPUTE_PRICE, COMPUTE_SIGNATURE, FORWARD_PPB_MAX, FORWARD_PPB_MIN, FORWARD_RATE_PPM, FORWARD_REACH_PPM} from "../../generated/Params.sol";
import {INDEX_STALE_MS, PPM, PUBLISH_SPACING_MS, SURFACE_TYPEHASH, SVI_RHO_MAX} from "../../generated/Params.sol";
import {
    RESULT_BAD_SIGNATURE,
    RESULT_EXPIRY_CLOSED,
    RESULT_MALFORMED,
    RESULT_OK,
    RESULT_SEGMENT_FULL,
    RESULT_STALE_REPORT,
    RESULT_UNKNOWN_EXPIRY
} from "../../generated/Results.sol";
import {Arena} from "../Arena.sol";
import {Expiries} from "../Expiries.sol";
import {FutureMark} from "../FutureMark.sol";
import {GLOBAL, NOW, field, read, write} from "../Memory.sol";
import {Reports} from "../Reports.sol";
import {Weight} from "../Weight.sol";

/// @title A quorum's forward of an expiry, and the surface that all of it sign (docs/protocol/expiries.md)
/// @dev Body: expiry u16, publish_time u48, surface, rate i32, confidence u32, reports of forwards in parts per billion of the index.
library Surface {
    function execute(uint256 offset, uint256 length) internal view returns (uint256 code) {
        unchecked {
            uint256 reports = offset + OP_SURFACE_HEAD_BYTES;
            if (!Reports.areWellFormed(reports, length, OP_SURFACE_HEAD_BYTES, FORWARD_PPB_MIN, FORWARD_PPB_MAX)) return RESULT_MALFORMED;
            // In two's complement: a correlation plus its bound must lie between 0 and twice the bound.
            int256 rho = signed64(offset + OP_SURFACE_SVI_RHO_OFFSET);
            if (uint256(rho + int256(SVI_RHO_MAX)) > 2 * SVI_RHO_MAX) return RESULT_MALFORMED;
            Weight.plan(Expiries.reserve(), Reports.countOf(reports) * COMPUTE_SIGNATURE + COMPUTE_PRICE);
            if (!Weight.hasRoom()) return RESULT_SEGMENT_FULL;
            uint256 id = field(offset, 16);
            if (!Expiries.isListed(id)) return RESULT_UNKNOWN_EXPIRY;
            code = Reports.check(reports);
            if (code != RESULT_OK) return code;
            (uint256 expiry, uint256 mark,) = Expiries.open(id);
            if (Expiries.isOver(expiry)) return RESULT_EXPIRY_CLOSED;
            uint256 published = field(offset + 2, 48);
            uint256 last = ExpiryRecord.publishTimeMs(expiry);
            if (published > read(NOW) || published + INDEX_STALE_MS < read(NOW)) return RESULT_STALE_REPORT;
            if (last != 0 && published < last + PUBLISH_SPACING_MS) return RESULT_STALE_REPORT;
            if (!areSigned(offset, reports)) return RESULT_BAD_SIGNATURE;
            Weight.compute(COMPUTE_PRICE);
            move(expiry, Reports.median(reports), published - last);
            ExpiryRecord.setPublishTimeMs(expiry, published);
            store(expiry, offset);
            uint256 underlying = Arena.underlying(ExpiryRecord.underlying(expiry));
            UnderlyingRecord.setSurfaceEpoch(underlying, UnderlyingRecord.surfaceEpoch(underlying) + 1);
            FutureMark.follow(expiry, mark);
        }
    }

    /// @dev The forward follows the median as far as it may, this long after the last report.
    function move(uint256 expiry, uint256 reported, uint256 elapsed) private pure {
        unchecked {
            uint256 forward = ExpiryRecord.forwardPpb(expiry);
            uint256 ppm = FORWARD_RATE_PPM * elapsed / 1000;
            uint256 reach = forward * (ppm < FORWARD_REACH_PPM ? ppm : FORWARD_REACH_PPM) / PPM;
            if (reported > forward + reach) reported = forward + reach;
            if (reported + reach < forward) reported = forward - reach;
            ExpiryRecord.setForwardPpb(expiry, reported);
        }
    }

    function store(uint256 expiry, uint256 offset) private pure {
        unchecked {
            ExpiryRecord.setSviA(expiry, signed64(offset + OP_SURFACE_SVI_A_OFFSET));
            ExpiryRecord.setSviB(expiry, field(offset + OP_SURFACE_SVI_B_OFFSET, 64));
            ExpiryRecord.setSviRho(expiry, signed64(offset + OP_SURFACE_SVI_RHO_OFFSET));
            ExpiryRecord.setSviM(expiry, signed64(offset + OP_SURFACE_SVI_M_OFFSET));
            ExpiryRecord.setSviSigma(expiry, field(offset + OP_SURFACE_SVI_SIGMA_OFFSET, 64));
            ExpiryRecord.setSviForward(expiry, field(offset + OP_SURFACE_SVI_FORWARD_OFFSET, 64));
            ExpiryRecord.setSviTimeMs(expiry, field(offset + OP_SURFACE_SVI_TIME_MS_OFFSET, 48));
            ExpiryRecord.setRatePpm(expiry, int32(uint32(field(offset + OP_SURFACE_RATE_PPM_OFFSET, 32))));
            ExpiryRecord.setConfidencePpm(expiry, field(offset + OP_SURFACE_CONFIDENCE_PPM_OFFSET, 32));
        }
    }

    function areSigned(uint256 offset, uint256 reports) private view returns (bool) {
        bytes32 typehash = SURFACE_TYPEHASH;
        uint256 words = Reports.STRUCT;
        unchecked {
            write(words, uint256(typehash));
            write(words + 0x20, field(offset, 16));
            write(words + 0x40, GlobalRecord.reporterEpoch(read(GLOBAL)));
            write(words + 0x60, field(offset + 2, 48));
            write(words + 0xa0, uint256(signed64(offset + OP_SURFACE_SVI_A_OFFSET)));
            write(words + 0xc0, field(offset + OP_SURFACE_SVI_B_OFFSET, 64));
            write(words + 0xe0, uint256(signed64(offset + OP_SURFACE_SVI_RHO_OFFSET)));
            write(words + 0x100, uint256(signed64(offset + OP_SURFACE_SVI_M_OFFSET)));
            write(words + 0x120, field(offset + OP_SURFACE_SVI_SIGMA_OFFSET, 64));
            write(words + 0x140, field(offset + OP_SURFACE_SVI_FORWARD_OFFSET, 64));
            write(words + 0x160, field(offset + OP_SURFACE_SVI_TIME_MS_OFFSET, 48));
            write(words + 0x180, uint256(int256(int32(uint32(field(offset + OP_SURFACE_RATE_PPM_OFFSET, 32))))));
            write(words + 0x1a0, field(offset + OP_SURFACE_CONFIDENCE_PPM_OFFSET, 32));
        }
        return Reports.areSigned(reports, 14, 4);
    }

    function signed64(uint256 offset) private pure returns (int256) {
        return int64(uint64(field(offset, 64)));
    }
}
