// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccountPosition, GlobalRecord, InstrumentRecord, MarkRecord, TriggerRecord, UnderlyingRecord, TRIGGER_KIND} from "../../generated/Layout.sol";
import {COMPUTE_ACTION, INSTRUMENT_STATUS_ACTIVE, INSTRUMENT_STATUS_HALTED, INSTRUMENT_STATUS_SETTLED} from "../../generated/Params.sol";
import {LIQUIDATION_TOUCHES_MAX, ORDER_FLAG_REDUCE_ONLY, ORDER_FLAG_SELL, POSITIONS_MAX, TRIGGERS_MAX} from "../../generated/Params.sol";
import {
    RESULT_HALTED,
    RESULT_IOC_REMAINDER,
    RESULT_MALFORMED,
    RESULT_NOT_TRIGGERED,
    RESULT_OK,
    RESULT_SEGMENT_FULL,
    RESULT_STALE_PRICE,
    RESULT_TOUCHES_EXHAUSTED,
    RESULT_TRIGGER_NOT_FOUND,
    RESULT_UNKNOWN_ACCOUNT
} from "../../generated/Results.sol";
import {Arena} from "../Arena.sol";
import {InstrumentOp} from "../InstrumentOp.sol";
import {Margin} from "../Margin.sol";
import {Mark} from "../Mark.sol";
import {Matching} from "../Matching.sol";
import {ACCOUNT, ACCOUNT_ID, CLOCK, ENTRY, GLOBAL, INDEX_PER_TICK, INSTRUMENT, INSTRUMENT_ID, LOTS, MARK} from "../Memory.sol";
import {MARK_PRICE, MAX_FEE, STALE, TAKER_USER, field, read, write} from "../Memory.sol";
import {Place} from "../Place.sol";
import {Position} from "../Position.sol";
import {PriceBand} from "../PriceBand.sol";
import {Weight} from "../Weight.sol";

/// @title A trigger whose price has come becomes an order (docs/protocol/triggers.md). Body: account u32, instrument u16, place u8.
library FireTrigger {
    function execute(uint256 offset, uint256 length) internal view returns (uint256 code) {
        unchecked {
            if (length != 7 || field(offset + 6, 8) >= TRIGGERS_MAX) return RESULT_MALFORMED;
            if (!hasRoom()) return RESULT_SEGMENT_FULL;
            Weight.compute(COMPUTE_ACTION);
            uint256 id = field(offset, 32);
            if (id == 0 || id >= GlobalRecord.nextAccount(read(GLOBAL))) return RESULT_UNKNOWN_ACCOUNT;
            uint256 account = Arena.account(id);
            code = InstrumentOp.open(field(offset + 4, 16));
            if (code != RESULT_OK) return code;
            uint256 trigger = Arena.trigger(id, read(INSTRUMENT_ID), field(offset + 6, 8));
            if (TriggerRecord.triggerPrice(trigger) == 0) return RESULT_TRIGGER_NOT_FOUND;
            uint256 entry = Position.find(account, read(INSTRUMENT_ID));
            if (isDead(trigger, account, entry)) {
                Arena.emptyTrigger(trigger);
                return RESULT_TRIGGER_NOT_FOUND;
            }
            if (InstrumentRecord.status(read(INSTRUMENT)) == INSTRUMENT_STATUS_HALTED) return RESULT_HALTED;
            if (read(STALE) != 0 || read(MARK_PRICE) == 0) return RESULT_STALE_PRICE;
            if (!hasCome(trigger)) return RESULT_NOT_TRIGGERED;
            write(ACCOUNT_ID, id);
            write(ACCOUNT, account);
            write(ENTRY, entry);
            code = fire(trigger);
            Position.freeIfEmpty(account, entry);
        }
    }

    function hasRoom() private pure returns (bool) {
        unchecked {
            uint256 accounts = LIQUIDATION_TOUCHES_MAX + 1;
            uint256 reserve = InstrumentOp.reserveMatching(accounts, POSITIONS_MAX * accounts + 1) + Weight.records(TRIGGER_KIND, 1);
            Weight.plan(reserve, COMPUTE_ACTION + InstrumentOp.makers(true) + accounts * Margin.weightOf(POSITIONS_MAX));
            return Weight.hasRoom();
        }
    }

    /// @dev Whether the trigger can never fire again, as an order of its account could not fill: settled or ended, expired, past the
    /// account's `cancel_at_ms`, without its entry, or of another epoch.
    function isDead(uint256 trigger, uint256 account, uint256 entry) private pure returns (bool) {
        uint256 instrument = read(INSTRUMENT);
        uint256 expiry = TriggerRecord.expiryMs(trigger);
        return InstrumentRecord.status(instrument) == INSTRUMENT_STATUS_SETTLED || Mark.isEnded(instrument)
            || (expiry != 0 && expiry <= read(CLOCK)) || Position.areOrdersDead(account) || entry == 0
            || AccountPosition.epoch(entry) != TriggerRecord.epoch(trigger);
    }

    /// @dev Whether the price is where the trigger waits for it. That of the mark, in nano-USD, is below 2^96.
    function hasCome(uint256 trigger) private view returns (bool) {
        uint256 price;
        if (TriggerRecord.byMark(trigger) != 0) {
            unchecked {
                price = read(MARK_PRICE) * read(INDEX_PER_TICK);
            }
        } else {
            price = UnderlyingRecord.indexPrice(Arena.underlying(MarkRecord.underlying(read(MARK))));
        }
        uint256 awaited = TriggerRecord.triggerPrice(trigger);
        return TriggerRecord.falling(trigger) != 0 ? price <= awaited : price >= awaited;
    }

    /// @dev Empty the place and match the order. A segment's bound on makers ends no trigger: the rest waits again.
    function fire(uint256 trigger) private view returns (uint256 code) {
        uint256 terms = read(trigger);
        uint256 second = read(trigger + 32);
        bool sells = TriggerRecord.sell(trigger) != 0;
        bool reduces = TriggerRecord.reduceOnly(trigger) != 0;
        (uint256 low, uint256 high) = PriceBand.edges();
        uint256 limit = TriggerRecord.limit(trigger);
        if (sells ? limit < low : limit > high) limit = sells ? low : high;
        write(LOTS, TriggerRecord.lots(trigger));
        write(MAX_FEE, TriggerRecord.maxFeePpm(trigger));
        InstrumentOp.take((sells ? ORDER_FLAG_SELL : 0) | (reduces ? ORDER_FLAG_REDUCE_ONLY : 0), limit, TAKER_USER);
        Arena.emptyTrigger(trigger);
        code = check(reduces);
        if (code != RESULT_OK) return code;
        code = Matching.run();
        if (read(LOTS) == 0) return RESULT_OK;
        if (code == RESULT_OK) return RESULT_IOC_REMAINDER;
        if (code == RESULT_TOUCHES_EXHAUSTED) {
            write(trigger, terms);
            write(trigger + 32, second);
            TriggerRecord.setLots(trigger, read(LOTS));
        }
    }

    /// @dev The checks of an IOC order that has an entry, HALTED to POSITION_LIMIT, but for the band, which its limit is within.
    function check(bool reduces) private pure returns (uint256) {
        if (!reduces && InstrumentRecord.status(read(INSTRUMENT)) != INSTRUMENT_STATUS_ACTIVE) return RESULT_HALTED;
        return Place.checkTaker(reduces);
    }
}
