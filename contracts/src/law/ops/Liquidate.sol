// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccountRecord, GlobalRecord, InstrumentRecord, MarkRecord, ACCOUNT_EPOCH_COUNTER_GREATEST} from "../../generated/Layout.sol";
import {CLOSE_LEAST_PPM, CLOSE_TARGET_PPM, COMPUTE_LIQUIDATE, COMPUTE_SETTLE} from "../../generated/Params.sol";
import {INSTRUMENT_STATUS_HALTED, INSTRUMENT_STATUS_SETTLED, LIQUIDATION_TOUCHES_MAX, POSITIONS_MAX} from "../../generated/Params.sol";
import {ORDER_FLAG_SELL, PPM} from "../../generated/Params.sol";
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
    RESULT_UNKNOWN_ACCOUNT
} from "../../generated/Results.sol";
import {Arena} from "../Arena.sol";
import {House} from "../House.sol";
import {InstrumentOp} from "../InstrumentOp.sol";
import {Margin} from "../Margin.sol";
import {Mark} from "../Mark.sol";
import {Matching} from "../Matching.sol";
import {ACCOUNT, ACCOUNT_ID, ENTRY, EQUITY_BEFORE, GLOBAL, INSTRUMENT, INSTRUMENT_ID, LOTS} from "../Memory.sol";
import {MARGIN_BEFORE, MARK, MARK_PRICE, STALE, TAKER_LIQUIDATED, TICK_VALUE, field, read, write} from "../Memory.sol";
import {Pending} from "../Pending.sol";
import {Position} from "../Position.sol";
import {Signed} from "../Signed.sol";
import {Weight} from "../Weight.sol";

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
            code = InstrumentOp.open(field(offset + 4, 16));
            if (code != RESULT_OK) return code;
            if (InstrumentRecord.status(read(INSTRUMENT)) == INSTRUMENT_STATUS_SETTLED) return RESULT_INSTRUMENT_SETTLED;
            uint256 entry = Position.find(account, read(INSTRUMENT_ID));
            if (entry == 0 || Position.sizeOf(read(entry)) == 0) return RESULT_NO_POSITION;
            if (read(STALE) != 0 || read(MARK_PRICE) == 0) return RESULT_STALE_PRICE;
            (int256 equity, int256 margin) = Margin.measure(account, id);
            if (equity >= margin) return RESULT_NOT_LIQUIDATABLE;

            uint256 entries = AccountRecord.positionCount(account);
            if (AccountRecord.epochCounter(account) + entries > ACCOUNT_EPOCH_COUNTER_GREATEST) return RESULT_FIELD_OVERFLOW;
            Weight.compute(COMPUTE_SETTLE);
            if (!Pending.settle(account, entry, id)) return RESULT_FIELD_OVERFLOW;
            Position.renewAll(account);
            write(ACCOUNT_ID, id);
            write(ACCOUNT, account);
            write(ENTRY, entry);
            write(EQUITY_BEFORE, uint256(equity));
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
            write(LOTS, lotsToClose(size));
            if (InstrumentRecord.status(read(INSTRUMENT)) != INSTRUMENT_STATUS_HALTED) {
                InstrumentOp.take(size > 0 ? ORDER_FLAG_SELL : 0, zeroPrice(size), TAKER_LIQUIDATED);
                code = Matching.run();
            }
            uint256 left = read(LOTS);
            if (left == 0) return RESULT_OK;
            if (code == RESULT_TOUCHES_EXHAUSTED) return code;
            (int256 equity, int256 margin) = Margin.measure(read(ACCOUNT), read(ACCOUNT_ID));
            if (3 * equity < 2 * margin) {
                int256 lots = size > 0 ? int256(left) : -int256(left);
                return House.takeFrom(read(ACCOUNT), read(ENTRY), lots, priceOf(lots)) ? RESULT_OK : RESULT_FIELD_OVERFLOW;
            }
            return code == RESULT_OK ? RESULT_IOC_REMAINDER : code;
        }
    }

    /// @dev The lots that lift the account's equity to its target: at least a fifth of the position, all of it if no number is enough.
    function lotsToClose(int256 size) private pure returns (uint256) {
        unchecked {
            uint256 lots = Signed.magnitude(size);
            int256 margin = int256(read(MARGIN_BEFORE));
            int256 gain = int256(CLOSE_TARGET_PPM * MarkRecord.maintenanceMarginPpm(read(MARK)))
                - int256(InstrumentRecord.liquidationFeePpm(read(INSTRUMENT)) * PPM);
            if (margin == 0 || gain <= 0) return lots;
            uint256 least = (lots * CLOSE_LEAST_PPM + PPM - 1) / PPM;
            int256 lacking = int256(CLOSE_TARGET_PPM) * margin - int256(read(EQUITY_BEFORE)) * int256(PPM);
            uint256 needed = uint256(
                Signed.ceilDiv(lacking * int256(PPM), int256(read(MARK_PRICE) * read(TICK_VALUE)) * gain)
            );
            if (needed < least) needed = least;
            return needed < lots ? needed : lots;
        }
    }

    /// @dev The limit at which a fill leaves the account as healthy as it was, within the band.
    function zeroPrice(int256 size) private pure returns (uint256) {
        unchecked {
            (uint256 low, uint256 high) = Mark.bandEdges();
            int256 margin = int256(read(MARGIN_BEFORE)) * int256(PPM);
            if (margin == 0) return size > 0 ? low : high;
            int256 part = int256(MarkRecord.maintenanceMarginPpm(read(MARK))) * int256(read(EQUITY_BEFORE));
            int256 mark = int256(read(MARK_PRICE));
            int256 price = size > 0
                ? Signed.ceilDiv(mark * (margin - part), margin)
                : Signed.floorDiv(mark * (margin + part), margin);
            if (price < int256(low)) return low;
            return price > int256(high) ? high : uint256(price);
        }
    }

    /// @dev What the house pays for lots: their value, less the margin that they free, in proportion to the account's equity.
    function priceOf(int256 lots) private pure returns (int256 price) {
        unchecked {
            int256 unit = int256(read(MARK_PRICE) * read(TICK_VALUE));
            price = lots * unit;
            int256 margin = int256(read(MARGIN_BEFORE)) * int256(PPM);
            if (margin == 0) return price;
            int256 freed = int256(Signed.magnitude(lots)) * unit * int256(MarkRecord.maintenanceMarginPpm(read(MARK)));
            price -= Signed.ceilDiv(freed * int256(read(EQUITY_BEFORE)), margin);
        }
    }
}
