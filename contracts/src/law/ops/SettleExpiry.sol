// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ExpiryRecord, GlobalRecord, InstrumentRecord, MarkRecord, INSTRUMENT_KIND} from "../../generated/Layout.sol";
import {OP_SETTLE_EXPIRY_HEAD_BYTES} from "../../generated/Operations.sol";
import {COMPUTE_DELEVERAGE, COMPUTE_SIGNATURE, INDEX_PRICE_MAX, INSTRUMENT_STATUS_SETTLED, PPM} from "../../generated/Params.sol";
import {SETTLEMENT_BOUND_PPM, SETTLEMENT_COVERED_MS, SETTLEMENT_FREE_MS, SETTLE_EXPIRY_TYPEHASH} from "../../generated/Params.sol";
import {
    RESULT_BAD_SIGNATURE,
    RESULT_INSTRUMENT_SETTLED,
    RESULT_MALFORMED,
    RESULT_NOT_EXPIRED,
    RESULT_OK,
    RESULT_SEGMENT_FULL,
    RESULT_SETTLEMENT_OFF,
    RESULT_UNKNOWN_EXPIRY
} from "../../generated/Results.sol";
import {Expiries} from "../Expiries.sol";
import {House} from "../House.sol";
import {InstrumentOp} from "../InstrumentOp.sol";
import {GLOBAL, INSTRUMENT, MARK, MARK_PRICE, NOW, field, read, write} from "../Memory.sol";
import {Reports} from "../Reports.sol";
import {Weight} from "../Weight.sol";

/// @title A quorum's settlement price ends an expiry, and settles its future (docs/protocol/expiries.md). Body: expiry u16, reports.
library SettleExpiry {
    function execute(uint256 offset, uint256 length) internal view returns (uint256 code) {
        unchecked {
            uint256 reports = offset + OP_SETTLE_EXPIRY_HEAD_BYTES;
            if (!Reports.areWellFormed(reports, length, OP_SETTLE_EXPIRY_HEAD_BYTES, 1, INDEX_PRICE_MAX)) return RESULT_MALFORMED;
            uint256 gasUnits = Reports.countOf(reports) * COMPUTE_SIGNATURE + COMPUTE_DELEVERAGE;
            Weight.plan(Expiries.reserve() + Weight.records(INSTRUMENT_KIND, 1), gasUnits);
            if (!Weight.hasRoom()) return RESULT_SEGMENT_FULL;
            uint256 id = field(offset, 16);
            if (!Expiries.isListed(id)) return RESULT_UNKNOWN_EXPIRY;
            code = Reports.check(reports);
            if (code != RESULT_OK) return code;
            (uint256 expiry,,) = Expiries.open(id);
            uint256 future = ExpiryRecord.future(expiry);
            if (future != 0) InstrumentOp.open(future); // it is listed
            Weight.compute(COMPUTE_DELEVERAGE);
            if (ExpiryRecord.settlement(expiry) != 0) return RESULT_INSTRUMENT_SETTLED;
            if (read(NOW) < ExpiryRecord.expiryMs(expiry)) return RESULT_NOT_EXPIRED;
            uint256 price = Reports.median(reports);
            if (isOff(expiry, price)) return RESULT_SETTLEMENT_OFF;
            if (!areSigned(offset, reports)) return RESULT_BAD_SIGNATURE;
            ExpiryRecord.setSettlement(expiry, price);
            ExpiryRecord.setSettledMs(expiry, read(NOW));
            if (future != 0 && InstrumentRecord.status(read(INSTRUMENT)) != INSTRUMENT_STATUS_SETTLED) settleFuture(price);
        }
    }

    /// @dev Whether samples bind the price and it lies too far from their average. Products stay below 2^102.
    function isOff(uint256 expiry, uint256 price) private pure returns (bool) {
        unchecked {
            uint256 covered = ExpiryRecord.coveredMs(expiry);
            if (covered < SETTLEMENT_COVERED_MS || read(NOW) >= ExpiryRecord.expiryMs(expiry) + SETTLEMENT_FREE_MS) return false;
            uint256 sampled = ExpiryRecord.accumulated(expiry);
            uint256 signed = price * covered;
            uint256 distance = signed < sampled ? sampled - signed : signed - sampled;
            return distance * PPM > sampled * SETTLEMENT_BOUND_PPM;
        }
    }

    /// @dev Settle the instrument that is open.
    function settleFuture(uint256 price) private pure {
        uint256 ticks = price / MarkRecord.indexPerTick(read(MARK));
        if (ticks > type(uint32).max) ticks = type(uint32).max;
        if (ticks == 0) ticks = 1;
        write(MARK_PRICE, ticks);
        House.settleForGood(ticks);
        House.writeDeficit();
    }

    function areSigned(uint256 offset, uint256 reports) private view returns (bool) {
        bytes32 typehash = SETTLE_EXPIRY_TYPEHASH;
        unchecked {
            write(Reports.STRUCT, uint256(typehash));
            write(Reports.STRUCT + 0x20, field(offset, 16));
            write(Reports.STRUCT + 0x40, GlobalRecord.reporterEpoch(read(GLOBAL)));
        }
        return Reports.areSigned(reports, 4, 3);
    }
}
