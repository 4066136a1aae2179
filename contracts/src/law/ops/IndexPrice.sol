// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {GlobalRecord, UnderlyingRecord, UNDERLYING_KIND} from "../../generated/Layout.sol";
import {OP_INDEX_PRICE_HEAD_BYTES} from "../../generated/Operations.sol";
import {COMPUTE_PRICE, COMPUTE_SIGNATURE, INDEX_PRICE_MAX, INDEX_PRICE_TYPEHASH} from "../../generated/Params.sol";
import {INDEX_STALE_MS, PUBLISH_SPACING_MS} from "../../generated/Params.sol";
import {
    RESULT_BAD_SIGNATURE,
    RESULT_MALFORMED,
    RESULT_OK,
    RESULT_SEGMENT_FULL,
    RESULT_STALE_REPORT,
    RESULT_UNKNOWN_UNDERLYING
} from "../../generated/Results.sol";
import {Arena} from "../Arena.sol";
import {IndexMove} from "../IndexMove.sol";
import {GLOBAL, NOW, field, read, write} from "../Memory.sol";
import {Reports} from "../Reports.sol";
import {Weight} from "../Weight.sol";

/// @title Reporters' prices of an underlying: a quorum's median
/// @dev Body: underlying u16, publish_time u48, reports.
library IndexPrice {
    function execute(uint256 offset, uint256 length) internal view returns (uint256 code) {
        unchecked {
            uint256 reports = offset + OP_INDEX_PRICE_HEAD_BYTES;
            if (!Reports.areWellFormed(reports, length, OP_INDEX_PRICE_HEAD_BYTES, 1, INDEX_PRICE_MAX)) return RESULT_MALFORMED;
            Weight.plan(Weight.records(UNDERLYING_KIND, 1), Reports.countOf(reports) * COMPUTE_SIGNATURE + COMPUTE_PRICE);
            if (!Weight.hasRoom()) return RESULT_SEGMENT_FULL;
            uint256 id = field(offset, 16);
            if (id == 0 || id >= GlobalRecord.nextUnderlying(read(GLOBAL))) return RESULT_UNKNOWN_UNDERLYING;
            code = Reports.check(reports);
            if (code != RESULT_OK) return code;
            uint256 underlying = Arena.underlying(id);
            uint256 published = field(offset + 2, 48);
            uint256 nowMs = read(NOW);
            if (published > nowMs || published + INDEX_STALE_MS < nowMs) return RESULT_STALE_REPORT;
            if (
                UnderlyingRecord.indexPrice(underlying) != 0
                    && published < UnderlyingRecord.publishTimeMs(underlying) + PUBLISH_SPACING_MS
            ) return RESULT_STALE_REPORT;
            if (!areSigned(offset, reports)) return RESULT_BAD_SIGNATURE;
            Weight.compute(COMPUTE_PRICE);
            IndexMove.update(underlying, Reports.median(reports), published);
            return RESULT_OK;
        }
    }

    function areSigned(uint256 offset, uint256 reports) private view returns (bool) {
        bytes32 typehash = INDEX_PRICE_TYPEHASH;
        unchecked {
            write(Reports.STRUCT, uint256(typehash));
            write(Reports.STRUCT + 0x20, field(offset, 16));
            write(Reports.STRUCT + 0x40, GlobalRecord.reporterEpoch(read(GLOBAL)));
            write(Reports.STRUCT + 0x60, field(offset + 2, 48));
        }
        return Reports.areSigned(reports, 5, 4);
    }
}
