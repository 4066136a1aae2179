// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {COMPUTE_DELEVERAGE, DELEVERAGE_LEFT, FACTOR_MIN, INSTRUMENT_STATUS_SETTLED} from "../../generated/Params.sol";
import {RESULT_HOUSE_FLAT, RESULT_HOUSE_SOLVENT, RESULT_INSTRUMENT_SETTLED} from "../../generated/Results.sol";
import {GlobalRecord, InstrumentRecord, MarkRecord, UnderlyingRecord} from "../../generated/Layout.sol";
import {FRACTION} from "../../generated/Params.sol";
import {RESULT_MALFORMED, RESULT_OK, RESULT_SEGMENT_FULL, RESULT_STALE_PRICE} from "../../generated/Results.sol";
import {Arena} from "../Arena.sol";
import {House} from "../House.sol";
import {InstrumentOp} from "../InstrumentOp.sol";
import {GLOBAL, INSTRUMENT, MARK, MARK_PRICE, STALE, TICK_VALUE, field, read} from "../Memory.sol";
import {Pending} from "../Pending.sol";
import {SignedMath} from "../SignedMath.sol";
import {Weight} from "../Weight.sol";
import {PriceBand} from "../PriceBand.sol";

/// @title The house's lots are closed against the other side, pro rata (docs/protocol/liquidation.md). Body: instrument u16.
/// @dev o < 2^96 and F ≤ 2^63: their product fits 2^159; p × tick_value < 2^56, |G| < 2^94: those of F - F' fit 2^157.
library Deleverage {
    function execute(uint256 offset, uint256 length) internal view returns (uint256 code) {
        unchecked {
            if (length != 2) return RESULT_MALFORMED;
            Weight.plan(InstrumentOp.reserve(), COMPUTE_DELEVERAGE);
            if (!Weight.hasRoom()) return RESULT_SEGMENT_FULL;
            Weight.compute(COMPUTE_DELEVERAGE);
            code = InstrumentOp.open(field(offset, 16));
            if (code != RESULT_OK) return code;
            uint256 instrument = read(INSTRUMENT);
            if (InstrumentRecord.status(instrument) == INSTRUMENT_STATUS_SETTLED) return RESULT_INSTRUMENT_SETTLED;
            if (read(STALE) != 0 || read(MARK_PRICE) == 0) return RESULT_STALE_PRICE;
            int256 lots = House.lots();
            uint256 interest = lots > 0 ? InstrumentRecord.shortInterest(instrument) : InstrumentRecord.longInterest(instrument);
            uint256 closed = SignedMath.magnitude(lots) / FRACTION;
            uint256 most = interest * DELEVERAGE_LEFT / (256 * FRACTION);
            if (closed > most) closed = most;
            if (closed == 0) return RESULT_HOUSE_FLAT;
            if (House.shortfall() <= 0) return RESULT_HOUSE_SOLVENT;
            House.borrow();
            if (House.shortfall() > 0) close(instrument, lots > 0, interest, closed);
            House.payBack();
            House.writeDeficit();
        }
    }

    /// @dev Close `closed` lots of the shorts or of the longs, whose interest is given.
    function close(uint256 instrument, bool shorts, uint256 interest, uint256 closed) private view {
        unchecked {
            uint256 mark = read(MARK);
            uint256 price = priceOf(instrument);
            // What certificates hold is no longer what accounts hold.
            GlobalRecord.setFeedEpoch(read(GLOBAL), GlobalRecord.feedEpoch(read(GLOBAL)) + 1);
            uint256 factor = shorts ? MarkRecord.shortFactor(mark) : MarkRecord.longFactor(mark);
            uint256 left = interest - closed * FRACTION;
            // Rounded up: holders keep the fraction.
            uint256 next = (factor * left + interest - 1) / interest;
            if (next < FACTOR_MIN) {
                House.settleForGood(read(MARK_PRICE));
                return;
            }
            int256 value = int256(price * read(TICK_VALUE));
            if (shorts) value = -value;
            int256 funding = Pending.fundingIndex();
            if (shorts) funding = -funding;
            int256 fallen = int256(factor - next);
            int256 moved = fallen * value - SignedMath.ceilDiv(fallen * funding, int256(FRACTION));
            uint256 published = UnderlyingRecord.publishTimeMs(Arena.underlying(MarkRecord.underlying(mark)));
            if (shorts) {
                MarkRecord.setShortFactor(mark, next);
                MarkRecord.setShortAdlIndex(mark, MarkRecord.shortAdlIndex(mark) + moved);
                MarkRecord.setShortDeleveragedMs(mark, published);
                InstrumentRecord.setShortInterest(instrument, left);
            } else {
                MarkRecord.setLongFactor(mark, next);
                MarkRecord.setLongAdlIndex(mark, MarkRecord.longAdlIndex(mark) + moved);
                MarkRecord.setLongDeleveragedMs(mark, published);
                InstrumentRecord.setLongInterest(instrument, left);
            }
            // The house pays what the other side's lots are worth at that price (negative for shorts).
            int256 paid = int256(closed) * value;
            InstrumentRecord.setEffectiveCash(instrument, InstrumentRecord.effectiveCash(instrument) - paid);
        }
    }

    /// @dev The mark; for a house without equity, the price at which it would break even, within the band.
    function priceOf(uint256 instrument) private pure returns (uint256 price) {
        unchecked {
            price = read(MARK_PRICE);
            if (House.equity() >= 0) return price;
            (uint256 low, uint256 high) = PriceBand.edges();
            int256 lots = House.lots();
            int256 cash = InstrumentRecord.effectiveCash(instrument) * int256(FRACTION);
            int256 unit = int256(SignedMath.magnitude(lots) * read(TICK_VALUE));
            // Rounded against the other side, in favour of the house: up for its longs, down for its shorts.
            int256 even = lots > 0 ? SignedMath.ceilDiv(-cash, unit) : SignedMath.floorDiv(cash, unit);
            if (even < int256(low)) return low;
            return even > int256(high) ? high : uint256(even);
        }
    }
}
