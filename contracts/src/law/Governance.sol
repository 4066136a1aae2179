// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {GlobalRecord, InstrumentRecord, MarkRecord, UnderlyingRecord} from "../generated/Layout.sol";
import {GLOBAL_REPORTER_EPOCH_GREATEST, INSTRUMENT_KIND, INSTRUMENT_WORDS, MARK_KIND, UNDERLYING_KIND} from "../generated/Layout.sol";
import {GOVERNANCE_LIST_INSTRUMENT_BYTES, GOVERNANCE_SET_INSTRUMENT_BYTES} from "../generated/Operations.sol";
import {GOVERNANCE_SET_LATENCY_BYTES} from "../generated/Operations.sol";
import {FACTOR_ONE, FEE_PPM_MAX, FUNDING_CAP_PPM_MAX, GOVERNANCE_ACTION_LIST_INSTRUMENT} from "../generated/Params.sol";
import {GOVERNANCE_ACTION_LIST_UNDERLYING, GOVERNANCE_ACTION_SET_INSTRUMENT} from "../generated/Params.sol";
import {GOVERNANCE_ACTION_SET_LATENCY, GOVERNANCE_ACTION_SET_REPORTERS, INSTRUMENT_HEIGHT} from "../generated/Params.sol";
import {INSTRUMENT_KIND_PERPETUAL, INSTRUMENT_STATUS_ACTIVE, INSTRUMENT_STATUS_HALTED} from "../generated/Params.sol";
import {INSTRUMENT_STATUS_SETTLED, PPM, PRICE_BAND_PPM_MAX, REPORTERS_MAX, SLOPE_PPM_MAX, UNDERLYING_HEIGHT} from "../generated/Params.sol";
import {
    RESULT_CAPACITY,
    RESULT_FIELD_OVERFLOW,
    RESULT_INSTRUMENT_SETTLED,
    RESULT_MALFORMED,
    RESULT_OK,
    RESULT_UNKNOWN_INSTRUMENT,
    RESULT_UNKNOWN_TYPE,
    RESULT_UNKNOWN_UNDERLYING
} from "../generated/Results.sol";
import {Arena} from "./Arena.sol";
import {GLOBAL, HASH, MARGIN_INPUT, field, read, write} from "./Memory.sol";

/// @title Governance messages: action u8, fields. L1 lets only governance send them.
library Governance {
    uint256 private constant VERSION = 1;
    uint256 private constant IMPACT_ORDERS_MAX = 8; // so many orders of the least value always reach the impact value

    function execute(uint256 offset, uint256 length) internal view returns (uint256) {
        unchecked {
            if (length == 0) return RESULT_MALFORMED;
            uint256 action = field(offset, 8);
            ++offset;
            --length;
            if (action == GOVERNANCE_ACTION_LIST_UNDERLYING) return listUnderlying(offset, length);
            if (action == GOVERNANCE_ACTION_LIST_INSTRUMENT) return listInstrument(offset, length);
            if (action == GOVERNANCE_ACTION_SET_INSTRUMENT) return setInstrument(offset, length);
            if (action == GOVERNANCE_ACTION_SET_REPORTERS) return setReporters(offset, length);
            if (action == GOVERNANCE_ACTION_SET_LATENCY) return setLatency(offset, length);
            return RESULT_UNKNOWN_TYPE;
        }
    }

    /// @dev symbol 16
    function listUnderlying(uint256 offset, uint256 length) private view returns (uint256) {
        unchecked {
            if (length != 16) return RESULT_MALFORMED;
            uint256 global = read(GLOBAL);
            uint256 id = GlobalRecord.nextUnderlying(global);
            if (id >= 1 << UNDERLYING_HEIGHT) return RESULT_CAPACITY;
            GlobalRecord.setNextUnderlying(global, id + 1);
            uint256 underlying = Arena.touch((UNDERLYING_KIND << 56) | id);
            write(underlying, VERSION << 248);
            UnderlyingRecord.setSymbol(underlying, field(offset, 128));
            return RESULT_OK;
        }
    }

    /// @dev underlying u16, kind u8, tick_value u24, index_per_tick u64, terms, min_order_value u64, symbol 16, further terms
    function listInstrument(uint256 offset, uint256 length) private view returns (uint256) {
        unchecked {
            if (length != GOVERNANCE_LIST_INSTRUMENT_BYTES - 1) return RESULT_MALFORMED;
            uint256 underlying = field(offset, 16);
            uint256 kind = field(offset + 2, 8);
            uint256 tickValue = field(offset + 3, 24);
            uint256 indexPerTick = field(offset + 6, 64);
            if (kind != INSTRUMENT_KIND_PERPETUAL || tickValue == 0 || indexPerTick == 0) return RESULT_MALFORMED;
            if (!areInRange(offset + 14, offset + 58)) return RESULT_MALFORMED;
            uint256 global = read(GLOBAL);
            if (underlying == 0 || underlying >= GlobalRecord.nextUnderlying(global)) return RESULT_UNKNOWN_UNDERLYING;
            uint256 id = GlobalRecord.nextInstrument(global);
            if (id >= 1 << INSTRUMENT_HEIGHT) return RESULT_CAPACITY;
            GlobalRecord.setNextInstrument(global, id + 1);

            uint256 instrument = Arena.touch((INSTRUMENT_KIND << 56) | id);
            write(instrument, VERSION << 248);
            InstrumentRecord.setNextSlot(instrument, 1);
            InstrumentRecord.setNextSerial(instrument, 1);
            InstrumentRecord.setSymbol(instrument, field(offset + 42, 128));
            uint256 mark = Arena.touch((MARK_KIND << 56) | id);
            write(mark, (VERSION << 248) | (kind << 240) | (underlying << 224) | (tickValue << 200) | (indexPerTick << 136));
            MarkRecord.setLongFactor(mark, FACTOR_ONE);
            MarkRecord.setShortFactor(mark, FACTOR_ONE);
            InstrumentRecord.setStatus(instrument, INSTRUMENT_STATUS_ACTIVE);
            setTerms(instrument, mark, offset + 14, offset + 58);
            return RESULT_OK;
        }
    }

    /// @dev instrument u16, status u8, terms, min_order_value u64, further terms, successor u16
    function setInstrument(uint256 offset, uint256 length) private view returns (uint256) {
        unchecked {
            if (length != GOVERNANCE_SET_INSTRUMENT_BYTES - 1) return RESULT_MALFORMED;
            uint256 id = field(offset, 16);
            uint256 status = field(offset + 2, 8);
            if (status < INSTRUMENT_STATUS_ACTIVE || status > INSTRUMENT_STATUS_HALTED) return RESULT_MALFORMED;
            if (!areInRange(offset + 3, offset + 31)) return RESULT_MALFORMED;
            uint256 global = read(GLOBAL);
            uint256 listed = GlobalRecord.nextInstrument(global);
            uint256 successor = field(offset + 60, 16);
            if (id == 0 || id >= listed || successor >= listed) return RESULT_UNKNOWN_INSTRUMENT;
            uint256 instrument = Arena.instrument(id);
            uint256 mark = Arena.mark(id);
            uint256 before = InstrumentRecord.status(instrument);
            if (before == INSTRUMENT_STATUS_SETTLED) {
                // Its terms stay, whatever status is given; only its successor may change.
                uint256 hash = termsOf(instrument, mark);
                Arena.copy(MARGIN_INPUT, instrument, 32 * INSTRUMENT_WORDS);
                uint256 markHead = read(mark);
                setTerms(instrument, mark, offset + 3, offset + 31);
                bool same = hash == termsOf(instrument, mark);
                Arena.copy(instrument, MARGIN_INPUT, 32 * INSTRUMENT_WORDS);
                write(mark, markHead);
                if (!same) return RESULT_INSTRUMENT_SETTLED;
            } else {
                InstrumentRecord.setStatus(instrument, status);
                setTerms(instrument, mark, offset + 3, offset + 31);
            }
            InstrumentRecord.setSuccessor(instrument, successor);
            GlobalRecord.setFeedEpoch(global, GlobalRecord.feedEpoch(global) + 1);
            return RESULT_OK;
        }
    }

    /// @dev Whether the terms at `offset` (initial, maintenance, maker fee, taker fee, band: u32 each, min_order_value u64) and the
    /// `further` ones (liquidation fee, house margin, funding cap: u32 each, interest i32, tau u32, impact value u64, tier u8) are
    /// in their ranges.
    function areInRange(uint256 offset, uint256 further) private pure returns (bool) {
        unchecked {
            uint256 initial = field(offset, 32);
            uint256 maintenance = field(offset + 4, 32);
            uint256 band = field(offset + 16, 32);
            uint256 houseMargin = field(further + 4, 32);
            if (maintenance == 0 || maintenance > initial || initial > PPM || maintenance > band) return false;
            if (field(offset + 8, 32) > FEE_PPM_MAX || field(offset + 12, 32) > FEE_PPM_MAX || band > PRICE_BAND_PPM_MAX) {
                return false;
            }
            if (field(further, 32) >= maintenance || houseMargin == 0 || houseMargin > maintenance) return false;
            // The interest plus the greatest cap, in 32 bits, must lie between 0 and twice the cap.
            uint256 interest = (field(further + 12, 32) + FUNDING_CAP_PPM_MAX) & 0xffffffff;
            if (field(further + 8, 32) > FUNDING_CAP_PPM_MAX || interest > 2 * FUNDING_CAP_PPM_MAX) return false;
            uint256 impact = field(further + 20, 64);
            // So an order's least value is not 0 either.
            return impact != 0 && impact <= IMPACT_ORDERS_MAX * field(offset + 20, 64);
        }
    }

    /// @dev A hash of all words that hold terms.
    function termsOf(uint256 instrument, uint256 mark) private pure returns (uint256 hash) {
        uint256 size = 32 * INSTRUMENT_WORDS;
        assembly ("memory-safe") {
            mstore(HASH, keccak256(instrument, size))
            mstore(add(HASH, 32), mload(mark))
            hash := keccak256(HASH, 64)
        }
    }

    /// @dev Write terms that are in range.
    function setTerms(uint256 instrument, uint256 mark, uint256 offset, uint256 further) private pure {
        unchecked {
            InstrumentRecord.setMakerFeePpm(instrument, field(offset + 8, 32));
            InstrumentRecord.setTakerFeePpm(instrument, field(offset + 12, 32));
            InstrumentRecord.setPriceBandPpm(instrument, field(offset + 16, 32));
            InstrumentRecord.setMinOrderValue(instrument, field(offset + 20, 64));
            InstrumentRecord.setLiquidationFeePpm(instrument, field(further, 32));
            InstrumentRecord.setHouseMarginPpm(instrument, field(further + 4, 32));
            InstrumentRecord.setFundingCapPpm(instrument, field(further + 8, 32));
            InstrumentRecord.setFundingInterestPpm(instrument, int32(uint32(field(further + 12, 32))));
            InstrumentRecord.setFundingTauMs(instrument, field(further + 16, 32));
            InstrumentRecord.setImpactValue(instrument, field(further + 20, 64));
            InstrumentRecord.setTier(instrument, field(further + 28, 8));
            MarkRecord.setInitialMarginPpm(mark, field(offset, 32));
            MarkRecord.setMaintenanceMarginPpm(mark, field(offset + 4, 32));
        }
    }

    /// @dev slope factor u32, least u32, most u32, variance's time constant u32
    function setLatency(uint256 offset, uint256 length) private pure returns (uint256) {
        unchecked {
            if (length != GOVERNANCE_SET_LATENCY_BYTES - 1) return RESULT_MALFORMED;
            uint256 least = field(offset + 4, 32);
            uint256 most = field(offset + 8, 32);
            uint256 tau = field(offset + 12, 32);
            if (least > most || most > SLOPE_PPM_MAX || tau == 0) return RESULT_MALFORMED;
            uint256 global = read(GLOBAL);
            GlobalRecord.setSlopeFactorPpm(global, field(offset, 32));
            GlobalRecord.setSlopeLeastPpm(global, least);
            GlobalRecord.setSlopeMostPpm(global, most);
            GlobalRecord.setVarianceTauMs(global, tau);
            return RESULT_OK;
        }
    }

    /// @dev quorum u8, count u8, addresses
    function setReporters(uint256 offset, uint256 length) private pure returns (uint256) {
        unchecked {
            if (length < 2) return RESULT_MALFORMED;
            uint256 quorum = field(offset, 8);
            uint256 count = field(offset + 1, 8);
            if (length != 2 + 20 * count) return RESULT_MALFORMED;
            if (quorum == 0 || quorum > count || count > REPORTERS_MAX) return RESULT_MALFORMED;
            uint256 last = 0; // so that address 0 does not rise above it
            for (uint256 i = 0; i < count; ++i) {
                uint256 reporter = field(offset + 2 + 20 * i, 160);
                if (reporter <= last) return RESULT_MALFORMED;
                last = reporter;
            }
            uint256 global = read(GLOBAL);
            uint256 epoch = GlobalRecord.reporterEpoch(global);
            if (epoch == GLOBAL_REPORTER_EPOCH_GREATEST) return RESULT_FIELD_OVERFLOW;
            GlobalRecord.setReporterEpoch(global, epoch + 1);
            GlobalRecord.setReporterQuorum(global, quorum);
            GlobalRecord.setReporterCount(global, count);
            for (uint256 i = 0; i < count; ++i) {
                write(GlobalRecord.element(global, i), field(offset + 2 + 20 * i, 160));
            }
            return RESULT_OK;
        }
    }
}
