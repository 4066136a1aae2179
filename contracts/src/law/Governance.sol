// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccountRecord, ExpiryRecord, GlobalRecord, InstrumentRecord, MarkRecord, OptionMarkRecord, UnderlyingRecord} from "../generated/Layout.sol";
import {GLOBAL_REPORTER_EPOCH_GREATEST, INSTRUMENT_KIND, INSTRUMENT_WORDS, MARK_KIND, UNDERLYING_KIND} from "../generated/Layout.sol";
import {GOVERNANCE_LIST_INSTRUMENT_BYTES, GOVERNANCE_SET_INSTRUMENT_BYTES} from "../generated/Operations.sol";
import {GOVERNANCE_PAY_OUT_BYTES, GOVERNANCE_SET_LATENCY_BYTES} from "../generated/Operations.sol";
import {GOVERNANCE_LIST_EXPIRY_BYTES, GOVERNANCE_LIST_OPTIONS_BYTES, GOVERNANCE_SET_ETH_BYTES} from "../generated/Operations.sol";
import {FACTOR_ONE, FEE_PPM_MAX, FUNDING_CAP_PPM_MAX, GOVERNANCE_ACTION_LIST_INSTRUMENT} from "../generated/Params.sol";
import {GOVERNANCE_ACTION_LIST_UNDERLYING, GOVERNANCE_ACTION_PAY_OUT, MONEY_MAX, POOL_FEE_POOL, POOL_INSURANCE_FUND} from "../generated/Params.sol";
import {GOVERNANCE_ACTION_SET_ETH, GOVERNANCE_ACTION_SET_INSTRUMENT} from "../generated/Params.sol";
import {ATTESTERS_MAX, GOVERNANCE_ACTION_SET_ATTESTERS, GOVERNANCE_ACTION_SET_LATENCY, GOVERNANCE_ACTION_SET_REPORTERS, INSTRUMENT_HEIGHT} from "../generated/Params.sol";
import {FORWARD_PPB_MAX, FORWARD_PPB_MIN, GOVERNANCE_ACTION_LIST_EXPIRY, GOVERNANCE_ACTION_LIST_OPTIONS, INSTRUMENT_KIND_CALL, INSTRUMENT_KIND_FUTURE, PPB} from "../generated/Params.sol";
import {INSTRUMENT_KIND_PERPETUAL, INSTRUMENT_STATUS_ACTIVE, INSTRUMENT_STATUS_HALTED} from "../generated/Params.sol";
import {INSTRUMENT_STATUS_SETTLED, PPM, PRICE_BAND_PPM_MAX, REPORTERS_MAX, SLOPE_PPM_MAX, UNDERLYING_HEIGHT} from "../generated/Params.sol";
import {
    RESULT_CAPACITY,
    RESULT_EXPIRY_CLOSED,
    RESULT_FIELD_OVERFLOW,
    RESULT_INSTRUMENT_SETTLED,
    RESULT_INSUFFICIENT_COLLATERAL,
    RESULT_MALFORMED,
    RESULT_OK,
    RESULT_UNKNOWN_ACCOUNT,
    RESULT_UNKNOWN_EXPIRY,
    RESULT_UNKNOWN_INSTRUMENT,
    RESULT_UNKNOWN_TYPE,
    RESULT_UNKNOWN_UNDERLYING
} from "../generated/Results.sol";
import {Arena} from "./Arena.sol";
import {Expiries} from "./Expiries.sol";
import {FutureMark} from "./FutureMark.sol";
import {CLOCK, GLOBAL, HASH, MARGIN_INPUT, field, read, write} from "./Memory.sol";

/// @title Governance messages: action u8, fields. L1 lets only governance send them.
library Governance {
    uint256 private constant VERSION = 1;
    uint256 private constant NO_SIGNERS = type(uint256).max;
    uint256 private constant WADS_PER_LOT = 1e21; // of the underlying, × tick_value / index_per_tick
    uint256 private constant IMPACT_ORDERS_MAX = 8; // this many orders of the least value always reach the impact value

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
            if (action == GOVERNANCE_ACTION_SET_ATTESTERS) return setAttesters(offset, length);
            if (action == GOVERNANCE_ACTION_SET_LATENCY) return setLatency(offset, length);
            if (action == GOVERNANCE_ACTION_PAY_OUT) return payOut(offset, length);
            if (action == GOVERNANCE_ACTION_SET_ETH) return setEth(offset, length);
            if (action == GOVERNANCE_ACTION_LIST_EXPIRY) return listExpiry(offset, length);
            if (action == GOVERNANCE_ACTION_LIST_OPTIONS) return listOptions(offset, length);
            return RESULT_UNKNOWN_TYPE;
        }
    }

    /// @dev underlying u16: whose index turns wei into USD; 0: L1 costs nothing.
    function setEth(uint256 offset, uint256 length) private pure returns (uint256) {
        unchecked {
            if (length != GOVERNANCE_SET_ETH_BYTES - 1) return RESULT_MALFORMED;
            uint256 underlying = field(offset, 16);
            if (underlying >= GlobalRecord.nextUnderlying(read(GLOBAL))) return RESULT_UNKNOWN_UNDERLYING;
            GlobalRecord.setEthUnderlying(read(GLOBAL), underlying);
            return RESULT_OK;
        }
    }

    /// @dev pool u8, account u32, amount u128. What users are owed stays the same: it leaves by Withdraw alone.
    function payOut(uint256 offset, uint256 length) private view returns (uint256) {
        unchecked {
            if (length != GOVERNANCE_PAY_OUT_BYTES - 1) return RESULT_MALFORMED;
            uint256 pool = field(offset, 8);
            uint256 id = field(offset + 1, 32);
            uint256 amount = field(offset + 5, 128);
            if ((pool != POOL_FEE_POOL && pool != POOL_INSURANCE_FUND) || amount == 0) return RESULT_MALFORMED;
            if (id == 0 || id >= GlobalRecord.nextAccount(read(GLOBAL))) return RESULT_UNKNOWN_ACCOUNT;
            uint256 account = Arena.account(id);
            uint256 global = read(GLOBAL);
            uint256 held = pool == POOL_FEE_POOL ? GlobalRecord.feePool(global) : GlobalRecord.insuranceFund(global);
            if (amount > held) return RESULT_INSUFFICIENT_COLLATERAL;
            int256 collateral = AccountRecord.collateral(account) + int256(amount);
            if (collateral > int256(MONEY_MAX)) return RESULT_FIELD_OVERFLOW;
            if (pool == POOL_FEE_POOL) {
                GlobalRecord.setFeePool(global, held - amount);
            } else {
                GlobalRecord.setInsuranceFund(global, held - amount);
            }
            AccountRecord.setCollateral(account, collateral);
            return RESULT_OK;
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
            if (kind < INSTRUMENT_KIND_PERPETUAL || kind > INSTRUMENT_KIND_FUTURE || tickValue == 0 || indexPerTick == 0) return RESULT_MALFORMED;
            if (!areInRange(offset + 14, offset + 58)) return RESULT_MALFORMED;
            uint256 expiryId = field(offset + 87, 16);
            if ((kind == INSTRUMENT_KIND_FUTURE) != (expiryId != 0)) return RESULT_MALFORMED;
            uint256 global = read(GLOBAL);
            if (underlying == 0 || underlying >= GlobalRecord.nextUnderlying(global)) return RESULT_UNKNOWN_UNDERLYING;
            uint256 id = GlobalRecord.nextInstrument(global);
            if (id >= 1 << INSTRUMENT_HEIGHT) return RESULT_CAPACITY;
            uint256 expiry = 0;
            if (expiryId != 0) {
                if (!Expiries.isListed(expiryId)) return RESULT_UNKNOWN_EXPIRY;
                expiry = Arena.expiry(expiryId);
                if (ExpiryRecord.underlying(expiry) != underlying) return RESULT_UNKNOWN_EXPIRY;
                if (ExpiryRecord.future(expiry) != 0 || Expiries.isOver(expiry)) return RESULT_EXPIRY_CLOSED;
                ExpiryRecord.setFuture(expiry, id);
            }
            uint256 head = (kind << 240) | (underlying << 224) | (tickValue << 200) | (indexPerTick << 136);
            (uint256 instrument, uint256 mark) = create(id, head, expiry, expiryId, field(offset + 42, 128));
            setTerms(instrument, mark, offset + 14, offset + 58);
            return RESULT_OK;
        }
    }

    /// @dev A new instrument without its terms, ACTIVE, and its mark of this head, on `expiry` or on none. Their pointers: the tables of the
    /// arena have no place for them yet.
    function create(uint256 id, uint256 head, uint256 expiry, uint256 expiryId, uint256 symbol)
        private
        view
        returns (uint256 instrument, uint256 mark)
    {
        unchecked {
            GlobalRecord.setNextInstrument(read(GLOBAL), id + 1);
            instrument = Arena.touch((INSTRUMENT_KIND << 56) | id);
            write(instrument, VERSION << 248);
            InstrumentRecord.setNextSlot(instrument, 1);
            InstrumentRecord.setNextSerial(instrument, 1);
            InstrumentRecord.setSymbol(instrument, symbol);
            InstrumentRecord.setStatus(instrument, INSTRUMENT_STATUS_ACTIVE);
            mark = Arena.touch((MARK_KIND << 56) | id);
            write(mark, (VERSION << 248) | head);
            MarkRecord.setLongFactor(mark, FACTOR_ONE);
            MarkRecord.setShortFactor(mark, FACTOR_ONE);
            MarkRecord.setIndexPpb(mark, PPB);
            if (expiry != 0) {
                MarkRecord.setExpiry(mark, expiryId);
                InstrumentRecord.setExpiryMs(instrument, ExpiryRecord.expiryMs(expiry));
                FutureMark.follow(expiry, mark);
            }
        }
    }

    /// @dev expiry u16, strike u32, tick_value u24, index_per_tick u64, terms, min_order_value u64, symbols 16 each, further terms
    function listOptions(uint256 offset, uint256 length) private view returns (uint256) {
        unchecked {
            if (length != GOVERNANCE_LIST_OPTIONS_BYTES - 1) return RESULT_MALFORMED;
            uint256 expiryId = field(offset, 16);
            uint256 strike = field(offset + 2, 32);
            uint256 tickValue = field(offset + 6, 24);
            uint256 indexPerTick = field(offset + 9, 64);
            if (strike == 0 || tickValue == 0 || indexPerTick == 0) return RESULT_MALFORMED;
            if (tickValue * WADS_PER_LOT % indexPerTick != 0) return RESULT_MALFORMED;
            if (!areInRange(offset + 17, offset + 77)) return RESULT_MALFORMED;
            if (!Expiries.isListed(expiryId)) return RESULT_UNKNOWN_EXPIRY;
            uint256 expiry = Arena.expiry(expiryId);
            if (Expiries.isOver(expiry)) return RESULT_EXPIRY_CLOSED;
            uint256 id = GlobalRecord.nextInstrument(read(GLOBAL));
            if (id + 1 >= 1 << INSTRUMENT_HEIGHT) return RESULT_CAPACITY;
            uint256 head = (ExpiryRecord.underlying(expiry) << 224) | (tickValue << 200) | (indexPerTick << 136);
            for (uint256 put = 0; put < 2; ++put) {
                uint256 kind = INSTRUMENT_KIND_CALL + put;
                uint256 symbol = field(offset + 45 + 16 * put, 128);
                (uint256 instrument, uint256 mark) = create(id + put, (kind << 240) | head, expiry, expiryId, symbol);
                OptionMarkRecord.setStrike(mark, strike);
                setTerms(instrument, mark, offset + 17, offset + 77);
            }
            return RESULT_OK;
        }
    }

    /// @dev underlying u16, expiry u48, forward u32
    function listExpiry(uint256 offset, uint256 length) private view returns (uint256) {
        unchecked {
            if (length != GOVERNANCE_LIST_EXPIRY_BYTES - 1) return RESULT_MALFORMED;
            uint256 underlying = field(offset, 16);
            uint256 expiryMs = field(offset + 2, 48);
            uint256 forward = field(offset + 8, 32);
            if (forward < FORWARD_PPB_MIN || forward > FORWARD_PPB_MAX) return RESULT_MALFORMED;
            uint256 global = read(GLOBAL);
            if (underlying == 0 || underlying >= GlobalRecord.nextUnderlying(global)) return RESULT_UNKNOWN_UNDERLYING;
            if (expiryMs <= read(CLOCK)) return RESULT_EXPIRY_CLOSED;
            uint256 id = GlobalRecord.nextExpiry(global);
            if (id >= 1 << INSTRUMENT_HEIGHT) return RESULT_CAPACITY;
            GlobalRecord.setNextExpiry(global, id + 1);
            uint256 expiry = Arena.expiry(id);
            write(expiry, VERSION << 248);
            ExpiryRecord.setUnderlying(expiry, underlying);
            ExpiryRecord.setExpiryMs(expiry, expiryMs);
            ExpiryRecord.setForwardPpb(expiry, forward);
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
            uint256 count = signersIn(offset, length, REPORTERS_MAX);
            if (count == NO_SIGNERS || field(offset, 8) == 0) return RESULT_MALFORMED;
            uint256 global = read(GLOBAL);
            uint256 epoch = GlobalRecord.reporterEpoch(global);
            if (epoch == GLOBAL_REPORTER_EPOCH_GREATEST) return RESULT_FIELD_OVERFLOW;
            uint256 before = GlobalRecord.reporterCount(global);
            uint256 attesters = GlobalRecord.signerCount(global) - before;
            Arena.copy(GlobalRecord.element(global, count), GlobalRecord.element(global, before), 32 * attesters);
            GlobalRecord.setReporterEpoch(global, epoch + 1);
            GlobalRecord.setReporterQuorum(global, field(offset, 8));
            GlobalRecord.setReporterCount(global, count);
            GlobalRecord.setSignerCount(global, count + attesters);
            writeSigners(GlobalRecord.element(global, 0), offset, count);
            return RESULT_OK;
        }
    }

    /// @dev quorum u8, count u8, addresses; with a quorum of 0 nobody attests
    function setAttesters(uint256 offset, uint256 length) private pure returns (uint256) {
        unchecked {
            uint256 count = signersIn(offset, length, ATTESTERS_MAX);
            if (count == NO_SIGNERS) return RESULT_MALFORMED;
            uint256 global = read(GLOBAL);
            uint256 reporters = GlobalRecord.reporterCount(global);
            GlobalRecord.setAttesterQuorum(global, field(offset, 8));
            GlobalRecord.setSignerCount(global, reporters + count);
            writeSigners(GlobalRecord.element(global, reporters), offset, count);
            return RESULT_OK;
        }
    }

    /// @dev How many rising addresses follow a quorum, of theirs at most, and their count; NO_SIGNERS if that is not what the fields are.
    function signersIn(uint256 offset, uint256 length, uint256 most) private pure returns (uint256 count) {
        unchecked {
            if (length < 2) return NO_SIGNERS;
            count = field(offset + 1, 8);
            if (length != 2 + 20 * count || field(offset, 8) > count || count > most) return NO_SIGNERS;
            uint256 last = 0; // so that address 0 does not rise above it
            for (uint256 i = 0; i < count; ++i) {
                uint256 signer = field(offset + 2 + 20 * i, 160);
                if (signer <= last) return NO_SIGNERS;
                last = signer;
            }
        }
    }

    function writeSigners(uint256 target, uint256 offset, uint256 count) private pure {
        unchecked {
            for (uint256 i = 0; i < count; ++i) {
                write(target + 32 * i, field(offset + 2 + 20 * i, 160));
            }
        }
    }
}
