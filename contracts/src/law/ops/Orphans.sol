// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {COMPUTE_DELEVERAGE, INSTRUMENT_STATUS_SETTLED, ORPHAN_AGE_MS, ORPHAN_NOTICE_MS} from "../../generated/Params.sol";
import {RESULT_INSTRUMENT_SETTLED, RESULT_NOT_ORPHANED} from "../../generated/Results.sol";
import {GlobalRecord, InstrumentRecord, MarkRecord, UnderlyingRecord, UNDERLYING_KIND} from "../../generated/Layout.sol";
import {RESULT_MALFORMED, RESULT_NO_PRICE, RESULT_OK, RESULT_SEGMENT_FULL} from "../../generated/Results.sol";
import {RESULT_UNKNOWN_UNDERLYING} from "../../generated/Results.sol";
import {Arena} from "../Arena.sol";
import {House} from "../House.sol";
import {InstrumentOp} from "../InstrumentOp.sol";
import {GLOBAL, INSTRUMENT, MARK, MARK_PRICE, NOW, field, read, write} from "../Memory.sol";
import {Weight} from "../Weight.sol";

/// @title Underlyings without prices for a day, and the end of their instruments a day later (docs/protocol/prices.md, orphans)
library Orphans {
    /// @dev Body: underlying u16.
    function announce(uint256 offset, uint256 length) internal view returns (uint256) {
        unchecked {
            if (length != 2) return RESULT_MALFORMED;
            Weight.plan(Weight.records(UNDERLYING_KIND, 1), 0);
            if (!Weight.hasRoom()) return RESULT_SEGMENT_FULL;
            uint256 id = field(offset, 16);
            if (id == 0 || id >= GlobalRecord.nextUnderlying(read(GLOBAL))) return RESULT_UNKNOWN_UNDERLYING;
            uint256 underlying = Arena.underlying(id);
            if (UnderlyingRecord.indexPrice(underlying) == 0) return RESULT_NO_PRICE;
            uint256 from = UnderlyingRecord.publishTimeMs(underlying) + ORPHAN_AGE_MS;
            if (read(NOW) < from || UnderlyingRecord.orphanMs(underlying) != 0) return RESULT_NOT_ORPHANED;
            UnderlyingRecord.setOrphanMs(underlying, read(NOW));
            return RESULT_OK;
        }
    }

    /// @dev Body: instrument u16.
    function settle(uint256 offset, uint256 length) internal view returns (uint256 code) {
        unchecked {
            if (length != 2) return RESULT_MALFORMED;
            Weight.plan(InstrumentOp.reserve(), COMPUTE_DELEVERAGE);
            if (!Weight.hasRoom()) return RESULT_SEGMENT_FULL;
            Weight.compute(COMPUTE_DELEVERAGE);
            code = InstrumentOp.open(field(offset, 16));
            if (code != RESULT_OK) return code;
            if (InstrumentRecord.status(read(INSTRUMENT)) == INSTRUMENT_STATUS_SETTLED) return RESULT_INSTRUMENT_SETTLED;
            uint256 announced = UnderlyingRecord.orphanMs(Arena.underlying(MarkRecord.underlying(read(MARK))));
            if (announced == 0 || read(NOW) < announced + ORPHAN_NOTICE_MS) return RESULT_NOT_ORPHANED;
            if (read(MARK_PRICE) == 0) write(MARK_PRICE, 1);
            House.settleForGood(read(MARK_PRICE));
            House.writeDeficit();
        }
    }
}
