// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccountRecord, GlobalRecord, InstrumentRecord, MarkRecord, UnderlyingRecord, ACCOUNT_EPOCH_COUNTER_GREATEST} from "../../generated/Layout.sol";
import {CLOSE_MIN_PPM, CLOSE_TARGET_PPM, COMPUTE_LIQUIDATE, COMPUTE_SETTLE} from "../../generated/Params.sol";
import {INSTRUMENT_STATUS_SETTLED, LIQUIDATION_TOUCHES_MAX, POSITIONS_MAX} from "../../generated/Params.sol";
import {INSTRUMENT_KIND_PUT, OPTION_FEE_CAP_PPM, ORDER_FLAG_SELL, PPM} from "../../generated/Params.sol";
import {
    RESULT_FIELD_OVERFLOW,
    RESULT_INSTRUMENT_SETTLED,
    RESULT_IOC_REMAINDER,
    RESULT_MALFORMED,
    RESULT_NOT_LIQUIDATABLE,
    RESULT_NO_POSITION,
    RESULT_OK,
    RESULT_SEGMENT_FULL,
    RESULT_STALE_PRICE,
    RESULT_TOUCHES_EXHAUSTED,
    RESULT_UNKNOWN_ACCOUNT,
    RESULT_WRONG_MARGIN_MODE
} from "../../generated/Results.sol";
import {Arena} from "../Arena.sol";
import {House} from "../House.sol";
import {InstrumentOp} from "../InstrumentOp.sol";
import {Margin} from "../Margin.sol";
import {Mark} from "../Mark.sol";
import {Matching} from "../Matching.sol";
import {ACCOUNT, ACCOUNT_ID, BASE_PRICE, ENTRY, EQUITY_BEFORE, GLOBAL, INDEX_PER_TICK, INSTRUMENT, INSTRUMENT_ID, LOTS} from "../Memory.sol";
import {LOT_CONCEDED, MARGIN_BEFORE, MARK, MARK_PRICE, OPTION, STALE, TAKER_LIQUIDATED, TICK_VALUE, field, read, write} from "../Memory.sol";
import {Pending} from "../Pending.sol";
import {Position} from "../Position.sol";
import {SignedMath} from "../SignedMath.sol";
import {Weight} from "../Weight.sol";
import {PriceBand} from "../PriceBand.sol";

/// @title A position of an account below maintenance is closed in part (docs/protocol/liquidation.md). Body: account u32, instrument u16.
/// @dev The page's bounds: c ≤ 2^40, V < 2^56, m, β, PPM < 2^21, |E| < 2^127: products stay below 2^244.
library Liquidate {
    function execute(uint256 offset, uint256 length) internal view returns (uint256 code) {
        unchecked {
            if (length != 6) return RESULT_MALFORMED;
            if (!hasRoom()) return RESULT_SEGMENT_FULL;
            Weight.compute(COMPUTE_LIQUIDATE);
            uint256 id = field(offset, 32);
            if (id == 0 || id >= GlobalRecord.nextAccount(read(GLOBAL))) return RESULT_UNKNOWN_ACCOUNT;
            uint256 account = Arena.account(id);
            if (AccountRecord.marginMode(account) != 0) return RESULT_WRONG_MARGIN_MODE;
            code = InstrumentOp.open(field(offset + 4, 16));
            if (code != RESULT_OK) return code;
            if (InstrumentRecord.status(read(INSTRUMENT)) == INSTRUMENT_STATUS_SETTLED) return RESULT_INSTRUMENT_SETTLED;
            uint256 entry = Position.find(account, read(INSTRUMENT_ID));
            if (entry == 0 || Position.sizeOf(read(entry)) == 0) return RESULT_NO_POSITION;
            if (read(STALE) != 0 || read(MARK_PRICE) == 0) return RESULT_STALE_PRICE;
            (int256 equity, int256 margin) = Margin.measure(account, id);
            if (equity >= margin || Weight.isPassed()) return RESULT_NOT_LIQUIDATABLE; // a void segment's test says nothing

            uint256 entries = AccountRecord.positionCount(account);
            if (AccountRecord.epochCounter(account) + entries > ACCOUNT_EPOCH_COUNTER_GREATEST) return RESULT_FIELD_OVERFLOW;
            Weight.compute(COMPUTE_SETTLE);
            if (!Pending.settle(account, entry, id)) return RESULT_FIELD_OVERFLOW;
            Position.renewAll(account);
            write(ACCOUNT_ID, id);
            write(ACCOUNT, account);
            write(ENTRY, entry);
            write(EQUITY_BEFORE, uint256(equity + House.payFromCredit(account, -equity)));
            write(MARGIN_BEFORE, uint256(margin));
            int256 size = Position.sizeOf(read(entry));
            if (size != 0) code = close(size);
            House.writeOff(account);
            Position.freeIfEmpty(account, entry);
            House.writeDeficit();
        }
    }

    function hasRoom() private pure returns (bool) {
        unchecked {
            uint256 accounts = LIQUIDATION_TOUCHES_MAX + 1;
            uint256 reserve = InstrumentOp.reserveMatching(accounts, POSITIONS_MAX * accounts);
            uint256 gasUnits = COMPUTE_LIQUIDATE + POSITIONS_MAX * COMPUTE_SETTLE + InstrumentOp.makers(true)
                + 2 * Margin.weightOf(POSITIONS_MAX);
            Weight.plan(reserve, gasUnits);
            return Weight.hasRoom();
        }
    }

    /// @dev Close some of `size` settled lots in the book, and hand the house what is left of them once the account is far enough
    /// below maintenance.
    function close(int256 size) private view returns (uint256 code) {
        unchecked {
            write(LOT_CONCEDED, lotConceded(size));
            write(LOTS, lotsToClose(size));
            if (!Mark.isHalted(read(INSTRUMENT))) {
                InstrumentOp.take(size > 0 ? ORDER_FLAG_SELL : 0, zeroPrice(size), TAKER_LIQUIDATED);
                code = Matching.run();
            }
            uint256 left = read(LOTS);
            if (left == 0) return RESULT_OK;
            if (code == RESULT_TOUCHES_EXHAUSTED) return code;
            (int256 equity, int256 margin) = Margin.measure(read(ACCOUNT), read(ACCOUNT_ID));
            if (3 * equity < 2 * margin) {
                int256 lots = size > 0 ? int256(left) : -int256(left);
                return House.takeOver(read(ACCOUNT), read(ENTRY), lots, priceOf(lots)) ? RESULT_OK : RESULT_FIELD_OVERFLOW;
            }
            return code == RESULT_OK ? RESULT_IOC_REMAINDER : code;
        }
    }

    /// @dev The lots that lift the account's equity to its target: at least a fifth of the position, all of it if no number is enough.
    function lotsToClose(int256 size) private pure returns (uint256) {
        unchecked {
            uint256 lots = SignedMath.magnitude(size);
            int256 margin = int256(read(MARGIN_BEFORE));
            uint256 fee = read(MARK_PRICE);
            if (read(OPTION) != 0) fee = read(BASE_PRICE);
            fee *= InstrumentRecord.liquidationFeePpm(read(INSTRUMENT));
            if (read(OPTION) != 0 && fee > read(MARK_PRICE) * OPTION_FEE_CAP_PPM) fee = read(MARK_PRICE) * OPTION_FEE_CAP_PPM;
            int256 gain = int256(CLOSE_TARGET_PPM * lotMargin(size)) - int256(fee * read(TICK_VALUE) * PPM);
            if (margin == 0 || gain <= 0) return lots;
            uint256 least = (lots * CLOSE_MIN_PPM + PPM - 1) / PPM;
            int256 lacking = int256(CLOSE_TARGET_PPM) * margin - int256(read(EQUITY_BEFORE)) * int256(PPM);
            uint256 needed = uint256(
                SignedMath.ceilDiv(lacking * int256(PPM), gain)
            );
            if (needed < least) needed = least;
            return needed < lots ? needed : lots;
        }
    }

    /// @dev The maintenance requirement of a lot of a position of this sign, times PPM. A long option's is all its value.
    function lotMargin(int256 size) private pure returns (uint256) {
        unchecked {
            if (read(OPTION) == 0 || size < 0) return read(LOT_CONCEDED);
            return read(MARK_PRICE) * read(TICK_VALUE) * PPM;
        }
    }

    /// @dev What a lot of a position of this sign concedes at most, times PPM: below 2^77. Its maintenance requirement, but a share of a
    /// long option's value, whose requirement would concede everything.
    function lotConceded(int256 size) private view returns (uint256) {
        uint256 mark = read(MARK);
        uint256 ppm = MarkRecord.maintenanceMarginPpm(mark);
        uint256 price = read(MARK_PRICE);
        uint256 tickValue = read(TICK_VALUE);
        unchecked {
            if (read(OPTION) == 0 || size > 0) return price * tickValue * ppm;
            uint256 perTick = read(INDEX_PER_TICK);
            uint256 spot = UnderlyingRecord.indexPrice(Arena.underlying(MarkRecord.underlying(mark)));
            if (spot > perTick << 32) spot = perTick << 32;
            if (MarkRecord.kind(mark) == INSTRUMENT_KIND_PUT && price * perTick > spot) spot = price * perTick;
            return (tickValue * ppm * spot + perTick - 1) / perTick;
        }
    }

    /// @dev The limit at which a fill leaves the account as healthy as it was, within the band.
    function zeroPrice(int256 size) private pure returns (uint256) {
        unchecked {
            (uint256 low, uint256 high) = PriceBand.edges();
            int256 margin = int256(read(MARGIN_BEFORE)) * int256(PPM);
            if (margin == 0) return size > 0 ? low : high;
            int256 part = int256(read(LOT_CONCEDED)) * int256(read(EQUITY_BEFORE));
            margin *= int256(read(TICK_VALUE));
            int256 price = int256(read(MARK_PRICE)) * margin;
            price = size > 0 ? SignedMath.ceilDiv(price - part, margin) : SignedMath.floorDiv(price + part, margin);
            if (price < int256(low)) return low;
            return price > int256(high) ? high : uint256(price);
        }
    }

    /// @dev What the house pays for lots: their value, less what they concede, in proportion to the account's equity.
    function priceOf(int256 lots) private pure returns (int256 price) {
        unchecked {
            int256 unit = int256(read(MARK_PRICE) * read(TICK_VALUE));
            price = lots * unit;
            int256 margin = int256(read(MARGIN_BEFORE)) * int256(PPM);
            if (margin == 0) return price;
            int256 freed = int256(SignedMath.magnitude(lots) * read(LOT_CONCEDED));
            price -= SignedMath.ceilDiv(freed * int256(read(EQUITY_BEFORE)), margin);
        }
    }
}
