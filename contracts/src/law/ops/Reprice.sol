// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ArrayRecord, ExpiryRecord, GlobalRecord, InstrumentRecord, MarkRecord, OptionMarkRecord, UnderlyingRecord} from "../../generated/Layout.sol";
import {ARRAY_KIND, ARRAY_WORDS, EXPIRY_KIND, INSTRUMENT_KIND, MARK_KIND, UNDERLYING_KIND} from "../../generated/Layout.sol";
import {COMPUTE_REPRICE, INDEX_STALE_MS, INSTRUMENT_KIND_CALL, REPRICE_SPACING_MS, SURFACE_STALE_MS} from "../../generated/Params.sol";
import {INSTRUMENT_STATUS_SETTLED} from "../../generated/Params.sol";
import {
    RESULT_EXPIRY_CLOSED,
    RESULT_INSTRUMENT_SETTLED,
    RESULT_MALFORMED,
    RESULT_NO_PRICE,
    RESULT_OK,
    RESULT_SEGMENT_FULL,
    RESULT_STALE_PRICE,
    RESULT_TOO_SOON,
    RESULT_UNKNOWN_INSTRUMENT,
    RESULT_WRONG_PRODUCT
} from "../../generated/Results.sol";
import {Arena} from "../Arena.sol";
import {FutureMark} from "../FutureMark.sol";
import {House} from "../House.sol";
import {InstrumentOp} from "../InstrumentOp.sol";
import {CLOCK, FILL_UNDO, GLOBAL, INSTRUMENT, MARGIN_INPUT, MARK, MARK_PRICE, NOW, PRICING_MODULE, field, read, write} from "../Memory.sol";
import {Mark} from "../Mark.sol";
import {OptionMark} from "../OptionMark.sol";
import {Weight} from "../Weight.sol";

/// @title A strike's call and put are priced from the surface of their expiry, or settled (docs/protocol/options.md). Body: instrument u16.
library Reprice {
    uint256 private constant MARK_BYTES = 128;
    uint256 private constant INPUT_BYTES = 288;
    uint256 private constant OUTPUT_BYTES = 992;
    // Where the answer has the head of both arrays, the call's lanes and the put's.
    uint256 private constant ARRAY_HEAD = MARGIN_INPUT + 0x100;
    uint256 private constant LANES = ARRAY_HEAD + 32;
    uint256 private constant LANES_BYTES = 32 * (ARRAY_WORDS - 1);
    uint256 private constant OUT_OF_DOMAIN_BYTES = 68; // OutOfDomain(bytes32,int256)

    function execute(uint256 offset, uint256 length) internal view returns (uint256) {
        unchecked {
            if (length != 2) return RESULT_MALFORMED;
            uint256 reserve = Weight.records(EXPIRY_KIND, 1) + Weight.records(UNDERLYING_KIND, 1) + Weight.records(INSTRUMENT_KIND, 2);
            Weight.plan(reserve + Weight.records(MARK_KIND, 2) + Weight.records(ARRAY_KIND, 2), COMPUTE_REPRICE);
            if (!Weight.hasRoom()) return RESULT_SEGMENT_FULL;
            Weight.compute(COMPUTE_REPRICE);
            uint256 id = field(offset, 16);
            if (id == 0 || id >= GlobalRecord.nextInstrument(read(GLOBAL))) return RESULT_UNKNOWN_INSTRUMENT;
            uint256 call = Arena.mark(id);
            uint256 underlying = Arena.underlying(MarkRecord.underlying(call));
            if (MarkRecord.kind(call) != INSTRUMENT_KIND_CALL) return RESULT_WRONG_PRODUCT;
            uint256 put = Arena.mark(id + 1);
            uint256 expiry = Arena.expiry(MarkRecord.expiry(call));
            if (MarkRecord.indexPpb(call) == 0 && MarkRecord.indexPpb(put) == 0) return RESULT_INSTRUMENT_SETTLED;
            if (ExpiryRecord.settlement(expiry) != 0) {
                settle(id, true, ExpiryRecord.settlement(expiry));
                settle(id + 1, false, ExpiryRecord.settlement(expiry));
                return RESULT_OK;
            }
            uint256 code = checkDue(expiry, underlying);
            if (code != RESULT_OK) return code;
            if (isTooSoon(call) || isTooSoon(put) || Weight.isPassed()) return RESULT_TOO_SOON; // a void segment prices nothing
            // What `price` reads follows the expiry even where it then leaves the domain: so it is taken back.
            Arena.copy(FILL_UNDO, call, MARK_BYTES);
            Arena.copy(FILL_UNDO + MARK_BYTES, put, MARK_BYTES);
            FutureMark.follow(expiry, call);
            FutureMark.follow(expiry, put);
            uint256 live = MarkRecord.indexPpb(call) != 0 ? call : put;
            uint256 forward = OptionMark.forwardAt(live, UnderlyingRecord.indexPrice(underlying));
            if (!price(expiry, live, forward)) {
                Arena.copy(call, FILL_UNDO, MARK_BYTES);
                Arena.copy(put, FILL_UNDO + MARK_BYTES, MARK_BYTES);
                return RESULT_NO_PRICE;
            }
            store(id, call, forward, 0);
            store(id + 1, put, forward, 1);
            return RESULT_OK;
        }
    }

    /// @dev Settle an instrument at its payoff, unless it is settled.
    function settle(uint256 id, bool isCall, uint256 price_) private view {
        InstrumentOp.open(id); // it is listed
        uint256 mark = read(MARK);
        if (InstrumentRecord.status(read(INSTRUMENT)) == INSTRUMENT_STATUS_SETTLED) return;
        unchecked {
            uint256 ticks = price_ / MarkRecord.indexPerTick(mark);
            if (ticks > type(uint32).max) ticks = type(uint32).max;
            uint256 strike = OptionMarkRecord.strike(mark);
            uint256 payoff = 0;
            if (isCall) {
                if (ticks > strike) payoff = ticks - strike;
            } else if (strike > ticks) {
                payoff = strike - ticks;
            }
            write(MARK_PRICE, payoff);
            House.settleForGood(payoff);
        }
        House.writeDeficit();
    }

    /// @dev EXPIRY_CLOSED, NO_PRICE, STALE_PRICE or OK.
    function checkDue(uint256 expiry, uint256 underlying) private pure returns (uint256) {
        unchecked {
            if (read(CLOCK) >= ExpiryRecord.expiryMs(expiry)) return RESULT_EXPIRY_CLOSED;
            if (UnderlyingRecord.indexPrice(underlying) == 0 || ExpiryRecord.sviTimeMs(expiry) == 0) return RESULT_NO_PRICE;
            uint256 nowMs = read(NOW);
            uint256 published = UnderlyingRecord.publishTimeMs(underlying);
            if (published > nowMs || published + INDEX_STALE_MS < nowMs) return RESULT_STALE_PRICE;
            published = ExpiryRecord.publishTimeMs(expiry);
            if (published > nowMs || published + SURFACE_STALE_MS < nowMs) return RESULT_STALE_PRICE;
            return RESULT_OK;
        }
    }

    function isTooSoon(uint256 mark) private pure returns (bool) {
        uint256 priced = OptionMarkRecord.pricedMs(mark);
        unchecked {
            return MarkRecord.indexPpb(mark) != 0 && priced != 0 && read(NOW) < priced + REPRICE_SPACING_MS;
        }
    }

    /// @dev Ask the pricing module about a strike; its answer stands at MARGIN_INPUT. Return false if the kernel's domain is left.
    function price(uint256 expiry, uint256 mark, uint256 forward) private view returns (bool) {
        uint256 ends = ExpiryRecord.expiryMs(expiry);
        write(MARGIN_INPUT, forward);
        unchecked {
            write(MARGIN_INPUT + 0x20, OptionMarkRecord.strike(mark));
            write(MARGIN_INPUT + 0x40, MarkRecord.indexPerTick(mark));
            write(MARGIN_INPUT + 0x60, secondsTo(ends, read(NOW)));
            write(MARGIN_INPUT + 0x80, secondsTo(ends, ExpiryRecord.sviTimeMs(expiry)));
            // In the last half hour part of the forward is fixed: no shock of the index reaches it.
            write(MARGIN_INPUT + 0xa0, MarkRecord.fixedPrice(mark));
            Arena.copy(MARGIN_INPUT + 0xc0, expiry, 96);
        }
        uint256 answered;
        uint256 size;
        assembly ("memory-safe") {
            // not(0) passes all but a 64th of the gas. A call that runs out of it fails without an answer, and that reverts.
            answered := staticcall(not(0), mload(PRICING_MODULE), MARGIN_INPUT, INPUT_BYTES, MARGIN_INPUT, OUTPUT_BYTES)
            size := returndatasize()
        }
        if (answered != 0 && size == OUTPUT_BYTES) return true;
        if (answered != 0 || size != OUT_OF_DOMAIN_BYTES) revert Mark.PricingFailed();
        return false;
    }

    function secondsTo(uint256 ends, uint256 from) private pure returns (uint256) {
        unchecked {
            return ends > from ? (ends - from) / 1000 : 0;
        }
    }

    /// @dev Write what was found for the call (0) or the put (1) to its mark and its array, unless it is settled.
    function store(uint256 id, uint256 mark, uint256 forward, uint256 put) private view {
        if (MarkRecord.indexPpb(mark) == 0) return;
        uint256 lanes = Arena.array(id);
        write(lanes, read(ARRAY_HEAD));
        ArrayRecord.setPricedMs(lanes, read(NOW));
        unchecked {
            Arena.copy(lanes + 32, LANES + put * LANES_BYTES, LANES_BYTES);
        }
        uint256 answer = MARGIN_INPUT;
        assembly ("memory-safe") {
            // vega; mark price, time and delta before the index of longs; forward, gamma and theta behind the strike.
            let own := add(answer, shl(5, put))
            mstore(mark, or(shl(24, shr(24, mload(mark))), mload(add(answer, 0xa0))))
            let word := add(mark, 64)
            let found := or(shl(216, mload(own)), or(shl(168, mload(NOW)), shl(136, and(mload(add(own, 0x40)), 0xffffffff))))
            mstore(word, or(found, shr(128, shl(128, mload(word)))))
            word := add(mark, 96)
            found := or(shl(64, forward), or(shl(32, mload(add(answer, 0x80))), and(mload(add(own, 0xc0)), 0xffffffff)))
            mstore(word, or(shl(96, shr(96, mload(word))), found))
        }
    }
}
