// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {GlobalRecord, GlobalReporter, UnderlyingRecord, UNDERLYING_KIND} from "../../generated/Layout.sol";
import {OP_INDEX_PRICE_HEAD_BYTES, REPORT_BYTES, REPORT_PRICE_NANO_USD_OFFSET, REPORT_SIGNATURE_OFFSET} from "../../generated/Operations.sol";
import {COMPUTE_PRICE, COMPUTE_SIGNATURE, INDEX_PRICE_MAX, INDEX_PRICE_TYPEHASH} from "../../generated/Params.sol";
import {INDEX_STALE_MS, PUBLISH_SPACING_MS, REPORTERS_MAX} from "../../generated/Params.sol";
import {
    RESULT_BAD_REPORTER,
    RESULT_BAD_SIGNATURE,
    RESULT_BELOW_QUORUM,
    RESULT_MALFORMED,
    RESULT_OK,
    RESULT_SEGMENT_FULL,
    RESULT_STALE_REPORT,
    RESULT_UNKNOWN_UNDERLYING
} from "../../generated/Results.sol";
import {Arena} from "../Arena.sol";
import {IndexMove} from "../IndexMove.sol";
import {GLOBAL, HASH, MARGIN_INPUT, NOW, field, read, write} from "../Memory.sol";
import {Signature} from "../Signature.sol";
import {Weight} from "../Weight.sol";

/// @title Reporters' prices of an underlying: a quorum's median
/// @dev Body: underlying u16, publish_time u48, count u8, then count × (reporter u8, price u64, signature 64).
library IndexPrice {
    function execute(uint256 offset, uint256 length) internal view returns (uint256 code) {
        unchecked {
            uint256 count = field(offset + 8, 8);
            if (length < OP_INDEX_PRICE_HEAD_BYTES || length != OP_INDEX_PRICE_HEAD_BYTES + REPORT_BYTES * count) return RESULT_MALFORMED;
            if (count == 0 || count > REPORTERS_MAX || hasBadPrice(offset, count)) return RESULT_MALFORMED;
            uint256 reserve = Weight.records(UNDERLYING_KIND, 1);
            Weight.plan(reserve, count * COMPUTE_SIGNATURE + COMPUTE_PRICE);
            if (!Weight.hasRoom()) return RESULT_SEGMENT_FULL;
            uint256 id = field(offset, 16);
            uint256 global = read(GLOBAL);
            if (id == 0 || id >= GlobalRecord.nextUnderlying(global)) return RESULT_UNKNOWN_UNDERLYING;
            uint256 quorum = GlobalRecord.reporterQuorum(global);
            if (quorum == 0 || count < quorum) return RESULT_BELOW_QUORUM;
            if (!haveRisingReporters(offset, count, GlobalRecord.reporterCount(global))) return RESULT_BAD_REPORTER;
            uint256 underlying = Arena.underlying(id);
            uint256 published = field(offset + 2, 48);
            uint256 nowMs = read(NOW);
            if (published > nowMs || published + INDEX_STALE_MS < nowMs) return RESULT_STALE_REPORT;
            if (
                UnderlyingRecord.indexPrice(underlying) != 0
                    && published < UnderlyingRecord.publishTimeMs(underlying) + PUBLISH_SPACING_MS
            ) return RESULT_STALE_REPORT;
            if (!areSigned(offset, count)) return RESULT_BAD_SIGNATURE;
            Weight.compute(COMPUTE_PRICE);
            IndexMove.to(underlying, median(offset, count), published);
            return RESULT_OK;
        }
    }

    /// @dev Calldata offset of report `i`.
    function report(uint256 offset, uint256 i) private pure returns (uint256) {
        unchecked {
            return offset + OP_INDEX_PRICE_HEAD_BYTES + REPORT_BYTES * i;
        }
    }

    /// @dev Whether a price is 0 or above INDEX_PRICE_MAX.
    function hasBadPrice(uint256 offset, uint256 count) private pure returns (bool) {
        unchecked {
            for (uint256 i = 0; i < count; ++i) {
                if (field(report(offset, i) + REPORT_PRICE_NANO_USD_OFFSET, 64) - 1 >= INDEX_PRICE_MAX) return true;
            }
            return false;
        }
    }

    function haveRisingReporters(uint256 offset, uint256 count, uint256 reporters) private pure returns (bool) {
        unchecked {
            uint256 least = 0;
            for (uint256 i = 0; i < count; ++i) {
                uint256 reporter = field(report(offset, i), 8);
                if (reporter < least || reporter >= reporters) return false;
                least = reporter + 1;
            }
            return true;
        }
    }

    /// @dev Whether every report is signed by its reporter. Signatures behind the first bad one are not checked.
    function areSigned(uint256 offset, uint256 count) private view returns (bool) {
        bytes32 typehash = INDEX_PRICE_TYPEHASH;
        unchecked {
            uint256 global = read(GLOBAL);
            for (uint256 i = 0; i < count; ++i) {
                uint256 each = report(offset, i);
                uint256 signer = GlobalReporter.address_(GlobalRecord.element(global, field(each, 8)));
                write(HASH, uint256(typehash));
                write(HASH + 0x20, field(offset, 16));
                write(HASH + 0x40, GlobalRecord.reporterEpoch(global));
                write(HASH + 0x60, field(offset + 2, 48));
                write(HASH + 0x80, field(each + REPORT_PRICE_NANO_USD_OFFSET, 64));
                uint256 structHash;
                assembly ("memory-safe") {
                    structHash := keccak256(HASH, 0xa0)
                }
                if (!Signature.isBy(signer, structHash, each + REPORT_SIGNATURE_OFFSET)) return false;
            }
            return true;
        }
    }

    /// @dev Price number (count − 1) / 2 of the sorted prices, counted from 0: the lower middle one of an even count.
    function median(uint256 offset, uint256 count) private pure returns (uint256) {
        unchecked {
            for (uint256 i = 0; i < count; ++i) {
                uint256 price = field(report(offset, i) + REPORT_PRICE_NANO_USD_OFFSET, 64);
                uint256 place = MARGIN_INPUT + 32 * i;
                while (place > MARGIN_INPUT && read(place - 32) > price) {
                    write(place, read(place - 32));
                    place -= 32;
                }
                write(place, price);
            }
            return read(MARGIN_INPUT + 32 * ((count - 1) / 2));
        }
    }
}
