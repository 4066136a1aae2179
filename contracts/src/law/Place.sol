// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccountPosition, AccountRecord, InstrumentRecord, MarkRecord} from "../generated/Layout.sol";
import {ACCOUNT_EPOCH_COUNTER_GREATEST, INSTRUMENT_WORDS} from "../generated/Layout.sol";
import {INSTRUMENT_KIND_CALL, INSTRUMENT_STATUS_ACTIVE, LINKED_ORDERS_MAX} from "../generated/Params.sol";
import {OPEN_ORDERS_MAX, OPTION_UNDERLYINGS_MAX} from "../generated/Params.sol";
import {ORDER_FLAG_POST_ONLY, ORDER_FLAG_REDUCE_ONLY, ORDER_FLAG_SELL, POSITIONS_MAX} from "../generated/Params.sol";
import {POSITION_LOTS_MAX, TIME_IN_FORCE_FOK, TIME_IN_FORCE_GTD, TIME_IN_FORCE_IOC} from "../generated/Params.sol";
import {
    RESULT_BOOK_FULL,
    RESULT_CERTIFICATE_STALE,
    RESULT_EXPIRED,
    RESULT_FEE_TOO_HIGH,
    RESULT_FIELD_OVERFLOW,
    RESULT_FOK_UNFILLED,
    RESULT_HALTED,
    RESULT_IOC_REMAINDER,
    RESULT_NO_PRICE,
    RESULT_NOTHING_TO_REDUCE,
    RESULT_OK,
    RESULT_ORDER_TOO_SMALL,
    RESULT_POSITION_LIMIT,
    RESULT_PROTECTION_FROZEN,
    RESULT_SIDE_FULL,
    RESULT_TIER_NEEDED,
    RESULT_TOO_MANY_ORDERS,
    RESULT_TOO_MANY_POSITIONS,
    RESULT_TOUCHES_EXHAUSTED
} from "../generated/Results.sol";
import {Arena} from "./Arena.sol";
import {Book} from "./Book.sol";
import {Margin} from "./Margin.sol";
import {Mark} from "./Mark.sol";
import {Matching} from "./Matching.sol";
import {ACCOUNT, ACCOUNT_ID, CLOCK, ENTRY, EXPIRY, FLAGS, INSTRUMENT, INSTRUMENT_ID, LOTS} from "./Memory.sol";
import {MAKERS_MAX, MARK, MARK_PRICE, MAX_FEE, PASSED, PRICE, TAKER, TAKER_USER, TICK_VALUE, read, write} from "./Memory.sol";
import {Pending} from "./Pending.sol";
import {Position} from "./Position.sol";
import {Checkpoint} from "./Checkpoint.sol";
import {PriceBand} from "./PriceBand.sol";
import {Protection} from "./Protection.sol";

/// @title Placing the action's order: checks, matching, rest
library Place {
    function timeInForce(uint256 flags) private pure returns (uint256) {
        return (flags >> 5) & 3;
    }

    /// @dev The checks that place and replace share, HALTED to ORDER_TOO_SMALL. Loads the mark, once an action: MARK is 0 before.
    function checkTerms() internal view returns (uint256 code) {
        uint256 instrument = read(INSTRUMENT);
        uint256 flags = read(FLAGS);
        uint256 status = InstrumentRecord.status(instrument);
        bool reduceOnly = flags & ORDER_FLAG_REDUCE_ONLY != 0;
        if (Mark.isHalted(instrument) || (status != INSTRUMENT_STATUS_ACTIVE && !reduceOnly)) return RESULT_HALTED;
        if (read(MARK) == 0) Mark.load();
        if (read(MARK_PRICE) == 0) return RESULT_NO_PRICE;
        uint256 kind = timeInForce(flags);
        if (kind == TIME_IN_FORCE_GTD && read(EXPIRY) <= read(CLOCK)) return RESULT_EXPIRED;
        // An order that would rest is dead already.
        if (kind <= TIME_IN_FORCE_GTD && Position.areOrdersDead(read(ACCOUNT))) return RESULT_EXPIRED;
        if (kind <= TIME_IN_FORCE_GTD && Protection.isFrozen(read(ACCOUNT))) return RESULT_PROTECTION_FROZEN;
        if (!reduceOnly && isTooSmall()) return RESULT_ORDER_TOO_SMALL;
    }

    /// @dev Whether the order's value is below the instrument's minimum. An order that reaches past the mark has the mark's
    /// value: its limit says nothing about what it fills at.
    function isTooSmall() internal pure returns (bool) {
        uint256 price = read(PRICE);
        uint256 mark = read(MARK_PRICE);
        if (read(FLAGS) & ORDER_FLAG_SELL == 0 ? price > mark : price < mark) price = mark;
        unchecked {
            // Below 2^96.
            return price * read(LOTS) * read(TICK_VALUE) < InstrumentRecord.minOrderValue(read(INSTRUMENT));
        }
    }

    /// @dev Whether the order would take from beyond the band.
    function isBeyondBand() internal pure returns (bool) {
        return PriceBand.isBeyond(read(FLAGS) & ORDER_FLAG_SELL, read(PRICE));
    }

    /// @dev The rest of a place that is within the band, and of a replace whose order was removed.
    function enter() internal view returns (uint256 code) {
        code = checkAccount();
        if (code != RESULT_OK) return code;
        uint256 kind = timeInForce(read(FLAGS));
        bool missing = read(ENTRY) == 0;
        if (missing) Position.makeSpace();
        // An atomic bundle has set its own checkpoint, and is undone as a whole anyway.
        bool opened = kind == TIME_IN_FORCE_FOK && !Checkpoint.isSet();
        if (opened) openCheckpoint();
        if (missing) Position.append();

        write(TAKER, TAKER_USER);
        code = Matching.run();
        if (code == RESULT_TOUCHES_EXHAUSTED && read(PASSED) != 0) code = RESULT_CERTIFICATE_STALE;
        bool whole = read(LOTS) == 0;
        if (kind == TIME_IN_FORCE_FOK) {
            if (!whole || code != RESULT_OK) {
                if (opened) Checkpoint.restore();
                // The entry is as it was, or gone. Nothing to free.
                write(ENTRY, 0);
                code = RESULT_FOK_UNFILLED;
            } else if (opened) {
                Checkpoint.forget();
            }
        } else if (code == RESULT_OK && !whole) {
            code = kind == TIME_IN_FORCE_IOC ? RESULT_IOC_REMAINDER : rest();
        }
    }

    /// @dev The checks from FEE_TOO_HIGH on. Sets ENTRY, and LOTS of a reduce-only order.
    function checkAccount() internal view returns (uint256 code) {
        unchecked {
            uint256 flags = read(FLAGS);
            bool mayRest = timeInForce(flags) <= TIME_IN_FORCE_GTD;
            if (exceedsFee(flags & ORDER_FLAG_POST_ONLY == 0, mayRest)) return RESULT_FEE_TOO_HIGH;
            uint256 account = read(ACCOUNT);
            uint256 entry = Position.find(account, read(INSTRUMENT_ID));
            write(ENTRY, entry);
            bool reduceOnly = flags & ORDER_FLAG_REDUCE_ONLY != 0;
            if (!reduceOnly && lacksTier(account)) return RESULT_TIER_NEEDED;
            if (reduceOnly) {
                code = clamp(entry, flags, mayRest);
                if (code != RESULT_OK) return code;
            } else if (entry == 0) {
                if (AccountRecord.positionCount(account) == POSITIONS_MAX || isTooWide(account)) return RESULT_TOO_MANY_POSITIONS;
                if (AccountRecord.epochCounter(account) == ACCOUNT_EPOCH_COUNTER_GREATEST) return RESULT_FIELD_OVERFLOW;
                // A first order is within the limits that follow: ORDER_LOTS_MAX ≤ POSITION_LOTS_MAX.
                return RESULT_OK;
            }
            if (mayRest) {
                if (AccountPosition.openOrders(entry) >= OPEN_ORDERS_MAX) return RESULT_TOO_MANY_ORDERS;
                if (AccountPosition.linked(entry) >= LINKED_ORDERS_MAX) return RESULT_TOO_MANY_ORDERS;
            }
            if (!reduceOnly && reach(entry, flags) > int256(POSITION_LOTS_MAX)) return RESULT_POSITION_LIMIT;
        }
    }

    /// @dev The checks of an order that takes and never rests, ORDER_TOO_SMALL to POSITION_LIMIT, of an account that has ENTRY. Sets LOTS of a
    /// reduce-only one.
    function checkTaker(bool reduceOnly) internal pure returns (uint256) {
        if (!reduceOnly && isTooSmall()) return RESULT_ORDER_TOO_SMALL;
        if (exceedsFee(true, false)) return RESULT_FEE_TOO_HIGH;
        if (reduceOnly) return clamp(read(ENTRY), read(FLAGS), false);
        if (lacksTier(read(ACCOUNT))) return RESULT_TIER_NEEDED;
        return reach(read(ENTRY), read(FLAGS)) > int256(POSITION_LOTS_MAX) ? RESULT_POSITION_LIMIT : RESULT_OK;
    }

    /// @dev Whether an entry for the action's instrument would give an account with options too many underlyings. Touches the marks of its
    /// entries if that could be.
    function isTooWide(uint256 account) private view returns (bool) {
        unchecked {
            uint256 count = AccountRecord.positionCount(account);
            if (count < OPTION_UNDERLYINGS_MAX) return false;
            uint256 seen = 0; // ids are below 2^8
            uint256 underlyings = 0;
            bool hasOption = false;
            uint256 mark = read(MARK);
            while (true) {
                uint256 id = MarkRecord.underlying(mark);
                Arena.underlying(id);
                if ((seen >> id) & 1 == 0) ++underlyings;
                seen |= 1 << id;
                if (MarkRecord.kind(mark) >= INSTRUMENT_KIND_CALL) hasOption = true;
                if (count == 0) return hasOption && underlyings > OPTION_UNDERLYINGS_MAX;
                mark = Arena.mark(AccountPosition.instrument(AccountRecord.element(account, --count)));
            }
        }
        return false;
    }

    /// @dev Whether the instrument asks for a tier that the account does not have now.
    function lacksTier(uint256 account) private pure returns (bool) {
        uint256 tier = InstrumentRecord.tier(read(INSTRUMENT));
        if (tier == 0) return false;
        return AccountRecord.tier(account) < tier || AccountRecord.tierExpiryMs(account) <= read(CLOCK);
    }

    /// @dev Whether a fee that the order could pay is above what the bundle agrees to.
    function exceedsFee(bool mayTake, bool mayRest) private pure returns (bool) {
        uint256 instrument = read(INSTRUMENT);
        uint256 most = read(MAX_FEE);
        if (mayTake && InstrumentRecord.takerFeePpm(instrument) > most) return true;
        return mayRest && InstrumentRecord.makerFeePpm(instrument) > most;
    }

    /// @dev Set LOTS of a reduce-only order to what is open for it: the opposite position, for one that may rest less
    /// what resting ones reduce already. An order that leaves some of that open must have the minimum value.
    function clamp(uint256 entry, uint256 flags, bool mayRest) private pure returns (uint256 code) {
        unchecked {
            uint256 open = entry == 0 ? 0 : Pending.opposite(entry, read(ACCOUNT_ID), flags);
            if (mayRest && open != 0) {
                uint256 resting = AccountPosition.reduceLots(entry);
                open = open > resting ? open - resting : 0;
            }
            if (open == 0) return RESULT_NOTHING_TO_REDUCE;
            if (read(LOTS) >= open) write(LOTS, open);
            else if (isTooSmall()) return RESULT_ORDER_TOO_SMALL;
        }
    }

    /// @dev The position on the order's side if it and all open orders of that side filled.
    function reach(uint256 entry, uint256 flags) private pure returns (int256) {
        unchecked {
            bool buys = flags & ORDER_FLAG_SELL == 0;
            uint256 open = buys ? AccountPosition.buyLots(entry) : AccountPosition.sellLots(entry);
            return Pending.along(entry, read(ACCOUNT_ID), flags) + int256(open + read(LOTS));
        }
    }

    /// @dev Set a checkpoint, and save what matching changes besides makers.
    function openCheckpoint() private pure {
        Position.openCheckpoint();
        Checkpoint.save(read(INSTRUMENT), 32 * INSTRUMENT_WORDS);
    }

    /// @dev Rest the remainder: reserve its lots, test initial margin, link it.
    function rest() private view returns (uint256 code) {
        uint256 entry = read(ENTRY);
        uint256 flags = read(FLAGS);
        Position.reserve(entry, flags, read(LOTS), read(PRICE));
        if (flags & ORDER_FLAG_REDUCE_ONLY == 0) code = Margin.checkRest(read(ACCOUNT), read(ACCOUNT_ID), entry, flags);
        if (code == RESULT_OK) {
            if (Book.isFull()) code = RESULT_BOOK_FULL;
            else if (!Book.makeRoom()) code = RESULT_SIDE_FULL;
        }
        if (code == RESULT_OK) Book.insert();
        else Position.release(entry, flags, read(LOTS), read(PRICE));
    }
}
