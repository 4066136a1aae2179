// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {InstrumentRecord, MarkRecord, OrderRecord, ACCOUNT_KIND, ORDER_KIND} from "../../generated/Layout.sol";
import {COMPUTE_FUNDING, COMPUTE_WALK, FUNDING_CLAMP_PPM, FUNDING_INDEX_MAX, FUNDING_PERIOD_MS} from "../../generated/Params.sol";
import {FUNDING_SPACING_MS, FUNDING_SPAN_MS, FUNDING_WALK_MAX, INSTRUMENT_KIND_PERPETUAL, INSTRUMENT_STATUS_SETTLED, PPM} from "../../generated/Params.sol";
import {
    RESULT_FIELD_OVERFLOW,
    RESULT_INSTRUMENT_SETTLED,
    RESULT_MALFORMED,
    RESULT_NO_PRICE,
    RESULT_OK,
    RESULT_SEGMENT_FULL,
    RESULT_STALE_PRICE,
    RESULT_SWEEP_FIRST,
    RESULT_TOO_SOON,
    RESULT_WRONG_PRODUCT
} from "../../generated/Results.sol";
import {Arena} from "../Arena.sol";
import {Book} from "../Book.sol";
import {GoneOrder} from "../GoneOrder.sol";
import {House} from "../House.sol";
import {InstrumentOp} from "../InstrumentOp.sol";
import {INSTRUMENT, INSTRUMENT_ID, MARK, MARK_PRICE, NOW, STALE, TICK_VALUE, field, read} from "../Memory.sol";
import {Position} from "../Position.sol";
import {SignedMath} from "../SignedMath.sol";
import {Weight} from "../Weight.sol";

/// @title A sample of an instrument's funding (docs/protocol/funding.md). Body: instrument u16.
/// @dev The page's bounds: P < 2^32 × PPM, |ema| ≤ 2^48, mark × tick_value < 2^56, v < 2^75: products fit 2^120.
library Funding {
    int256 private constant ONE = 1 << 32; // of rates and of the index

    function execute(uint256 offset, uint256 length) internal view returns (uint256) {
        unchecked {
            if (length != 2) return RESULT_MALFORMED;
            if (!hasRoom()) return RESULT_SEGMENT_FULL;
            Weight.compute(COMPUTE_FUNDING);
            uint256 code = InstrumentOp.open(field(offset, 16));
            if (code != RESULT_OK) return code;
            uint256 instrument = read(INSTRUMENT);
            if (MarkRecord.kind(read(MARK)) != INSTRUMENT_KIND_PERPETUAL) return RESULT_WRONG_PRODUCT;
            if (InstrumentRecord.status(instrument) == INSTRUMENT_STATUS_SETTLED) return RESULT_INSTRUMENT_SETTLED;
            if (read(MARK_PRICE) == 0) return RESULT_NO_PRICE;
            if (read(STALE) != 0) return RESULT_STALE_PRICE;
            uint256 last = InstrumentRecord.fundingMs(instrument);
            if (last != 0 && read(NOW) < last + FUNDING_SPACING_MS) return RESULT_TOO_SOON;
            int256 premium;
            (code, premium) = premiumOf(instrument);
            if (code != RESULT_OK) return code;
            if (last != 0 && !accrue(instrument, premium, read(NOW) - last)) return RESULT_FIELD_OVERFLOW;
            InstrumentRecord.setFundingMs(instrument, read(NOW));
            House.writeDeficit();
            return RESULT_OK;
        }
    }

    function hasRoom() private pure returns (bool) {
        unchecked {
            uint256 reserve = InstrumentOp.reserve() + Weight.records(ACCOUNT_KIND, 2 * FUNDING_WALK_MAX)
                + Weight.records(ORDER_KIND, 2 * (FUNDING_WALK_MAX + 1));
            Weight.plan(reserve, COMPUTE_FUNDING + 2 * FUNDING_WALK_MAX * COMPUTE_WALK);
            return Weight.hasRoom();
        }
    }

    /// @dev How far the impact prices lie from the mark, in ppm. A book is never crossed, so at most one side counts.
    function premiumOf(uint256 instrument) private view returns (uint256 code, int256 premium) {
        unchecked {
            uint256 notional = InstrumentRecord.impactValue(instrument);
            (bool clear, uint256 value, uint256 lots) = walk(0, notional);
            if (!clear) return (RESULT_SWEEP_FIRST, 0);
            uint256 atMark = read(MARK_PRICE) * lots;
            if (value > atMark) premium = int256((value - atMark) * PPM / atMark);
            (clear, value, lots) = walk(1, notional);
            if (!clear) return (RESULT_SWEEP_FIRST, 0);
            atMark = read(MARK_PRICE) * lots;
            if (value < atMark) premium += SignedMath.floorDiv(-int256((atMark - value) * PPM), int256(atMark));
        }
    }

    /// @dev The lots of a side up to a notional in micro-USD, and their worth in ticks × lots; zeros if it is too thin. Not `clear`:
    /// dead orders are in the way.
    function walk(uint256 sell, uint256 notional) private view returns (bool clear, uint256 value, uint256 lots) {
        unchecked {
            uint256 tickValue = read(TICK_VALUE);
            uint256 slot = Book.best(sell);
            uint256 met = 0;
            clear = true;
            for (; met < FUNDING_WALK_MAX && slot != 0 && !Weight.isPassed(); ++met) {
                Weight.compute(COMPUTE_WALK);
                uint256 order = Arena.order(read(INSTRUMENT_ID), slot);
                uint256 account = Arena.account(OrderRecord.account(order));
                if (GoneOrder.isGone(order, account, Position.find(account, read(INSTRUMENT_ID)))) {
                    clear = false;
                } else {
                    uint256 price = OrderRecord.price(order);
                    uint256 unit = price * tickValue;
                    uint256 take = (notional - value * tickValue + unit - 1) / unit;
                    if (take > OrderRecord.lots(order)) take = OrderRecord.lots(order);
                    value += take * price;
                    lots += take;
                    if (value * tickValue >= notional) return (true, value, lots);
                }
                slot = OrderRecord.next(order);
            }
            return (clear || met < FUNDING_WALK_MAX, 0, 0);
        }
    }

    /// @dev Move the average by the premium and the index by the average. Return false, with nothing
    /// changed, if the index would pass its bound.
    function accrue(uint256 instrument, int256 premium, uint256 elapsed) private pure returns (bool) {
        unchecked {
            if (elapsed > FUNDING_SPAN_MS) elapsed = FUNDING_SPAN_MS;
            int256 rate = InstrumentRecord.fundingInterestPpm(instrument) - premium;
            rate = premium + SignedMath.clamp(rate, int256(FUNDING_CLAMP_PPM));
            rate = SignedMath.clamp(rate, int256(InstrumentRecord.fundingCapPpm(instrument)));
            int256 average = InstrumentRecord.fundingAverage(instrument);
            int256 span = int256(elapsed + InstrumentRecord.fundingTauMs(instrument));
            average += SignedMath.floorDiv((rate * ONE - average) * int256(elapsed), span);
            int256 paid = int256(read(MARK_PRICE) * read(TICK_VALUE) * elapsed) * average;
            paid = SignedMath.floorDiv(paid, int256(FUNDING_PERIOD_MS * PPM));
            int256 index = MarkRecord.fundingIndex(read(MARK)) + paid;
            if (SignedMath.magnitude(index) > FUNDING_INDEX_MAX) return false;
            int256 lots = int256(InstrumentRecord.shortInterest(instrument)) - int256(InstrumentRecord.longInterest(instrument));
            int256 owed = SignedMath.ceilDiv(paid * lots, 1 << 64); // by the house, on its eager lots
            InstrumentRecord.setEffectiveCash(instrument, InstrumentRecord.effectiveCash(instrument) - owed);
            InstrumentRecord.setFundingAverage(instrument, average);
            MarkRecord.setFundingIndex(read(MARK), index);
            return true;
        }
    }
}
