// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccountRecord, GlobalRecord, InstrumentRecord, OrderRecord} from "../generated/Layout.sol";
import {ACCOUNT_EPOCH_COUNTER_GREATEST, INSTRUMENT_WORDS} from "../generated/Layout.sol";
import {ACTION_KIND_CANCEL, ACTION_KIND_CANCEL_ALL, ACTION_KIND_PLACE, ACTION_KIND_QUOTE} from "../generated/Params.sol";
import {COMPUTE_ACTION} from "../generated/Params.sol";
import {INSTRUMENT_STATUS_SETTLED, ORDER_FLAG_REDUCE_ONLY, ORDER_FLAG_SELL} from "../generated/Params.sol";
import {RESULT_BEYOND_BAND, RESULT_FEE_TOO_HIGH, RESULT_FIELD_OVERFLOW, RESULT_INSTRUMENT_SETTLED, RESULT_OK} from "../generated/Results.sol";
import {RESULT_ORDER_NOT_FOUND, RESULT_ORDER_TOO_SMALL, RESULT_UNKNOWN_INSTRUMENT} from "../generated/Results.sol";
import {Arena} from "./Arena.sol";
import {Book} from "./Book.sol";
import {GoneOrder} from "./GoneOrder.sol";
import {Checkpoint} from "./Checkpoint.sol";
import {ACCOUNT, ACCOUNT_ID, CLIENT_ID, ENTRY, EXPIRY, FLAGS, GLOBAL, INSTRUMENT, INSTRUMENT_ID} from "./Memory.sol";
import {LOTS, MARK, MAX_FEE, PRICE, operand, read, write} from "./Memory.sol";
import {Place} from "./Place.sol";
import {Position} from "./Position.sol";
import {Quote} from "./Quote.sol";
import {Weight} from "./Weight.sol";

/// @title The actions of a bundle. Their bytes were checked when it was decoded (Bundle.sol).
library Actions {
    /// @dev Execute the action at `place`; return its result code. Of a quote: its bid's, and in the next byte its ask's.
    function execute(uint256 kind, uint256 place) internal view returns (uint256 code) {
        unchecked {
            uint256 sides = 1;
            assembly ("memory-safe") {
                sides := add(1, eq(kind, ACTION_KIND_QUOTE))
            }
            Weight.compute(sides * COMPUTE_ACTION);
            uint256 instrumentId = operand(place + 1, 16);
            if (instrumentId >= GlobalRecord.nextInstrument(read(GLOBAL))) {
                return sides == 1 ? RESULT_UNKNOWN_INSTRUMENT : RESULT_UNKNOWN_INSTRUMENT * 0x101;
            }
            if (kind == ACTION_KIND_CANCEL_ALL) return cancelAll(instrumentId);
            write(INSTRUMENT_ID, instrumentId);
            write(INSTRUMENT, Arena.instrument(instrumentId));
            Checkpoint.save(read(INSTRUMENT), 32 * INSTRUMENT_WORDS);
            write(ENTRY, 0);
            write(MARK, 0);
            if (kind == ACTION_KIND_CANCEL) {
                code = cancel(place + 3);
            } else if (sides == 2) {
                code = quote(place);
            } else {
                bool enters;
                if (kind == ACTION_KIND_PLACE) {
                    readTerms(operand(place + 3, 256));
                    (code, enters) = checkPlace();
                } else {
                    readTerms(operand(place + 13, 256));
                    (code, enters) = amend(place + 3);
                }
                if (enters) code = Place.enter();
            }
        }
        // Our own entry is freed here alone: orders of ours that left the book may have left it empty.
        uint256 entry = read(ENTRY);
        if (entry != 0) Position.freeIfEmpty(read(ACCOUNT), entry);
    }

    /// @dev Terms from the top of a word: flags u8, price u32, lots u40, expiry u48, client_id u64.
    function readTerms(uint256 terms) private pure {
        assembly ("memory-safe") {
            mstore(FLAGS, shr(248, terms))
            mstore(PRICE, and(shr(216, terms), 0xffffffff))
            mstore(LOTS, and(shr(176, terms), 0xffffffffff))
            mstore(EXPIRY, and(shr(128, terms), 0xffffffffffff))
            mstore(CLIENT_ID, and(shr(64, terms), 0xffffffffffffffff))
        }
    }

    /// @dev The account's linked order whose slot u32 and serial u48 are at `name`, or 0. Sets ENTRY.
    function findOwn(uint256 name) private view returns (uint256 slot, uint256 order) {
        unchecked {
            slot = operand(name, 32);
            order = Book.find(slot);
            if (order == 0) return (slot, 0);
            if (OrderRecord.account(order) != read(ACCOUNT_ID) || OrderRecord.serial(order) != operand(name + 4, 48)) {
                return (slot, 0);
            }
            write(ENTRY, Position.find(read(ACCOUNT), read(INSTRUMENT_ID)));
        }
    }

    function cancel(uint256 name) private view returns (uint256) {
        (uint256 slot, uint256 order) = findOwn(name);
        if (order == 0) return RESULT_ORDER_NOT_FOUND;
        Book.remove(slot, order, read(ENTRY));
        return RESULT_OK;
    }

    /// @dev The checks of a new order before it enters.
    function checkPlace() private view returns (uint256 code, bool enters) {
        if (InstrumentRecord.status(read(INSTRUMENT)) == INSTRUMENT_STATUS_SETTLED) return (RESULT_INSTRUMENT_SETTLED, false);
        code = Place.checkTerms();
        if (code == RESULT_OK && Place.isBeyondBand()) code = RESULT_BEYOND_BAND;
        enters = code == RESULT_OK;
    }

    /// @dev Give the order at `name` the terms that were read: in place if it only shrinks. Else it is removed, and enters again.
    function amend(uint256 name) private view returns (uint256 code, bool enters) {
        (uint256 slot, uint256 order) = findOwn(name);
        uint256 entry = read(ENTRY);
        if (order == 0 || GoneOrder.isDead(order, read(ACCOUNT), entry)) return (RESULT_ORDER_NOT_FOUND, false);
        uint256 flags = OrderRecord.flags(order);
        if ((flags ^ read(FLAGS)) & (ORDER_FLAG_SELL | ORDER_FLAG_REDUCE_ONLY) != 0) return (RESULT_ORDER_NOT_FOUND, false);
        code = Place.checkTerms();
        if (code != RESULT_OK) return (code, false);
        uint256 lots = OrderRecord.lots(order);
        if (read(PRICE) == OrderRecord.price(order) && read(LOTS) <= lots) {
            if (InstrumentRecord.makerFeePpm(read(INSTRUMENT)) > read(MAX_FEE)) return (RESULT_FEE_TOO_HIGH, false);
            if (flags & ORDER_FLAG_REDUCE_ONLY != 0 && Place.isTooSmall()) return (RESULT_ORDER_TOO_SMALL, false);
            unchecked {
                Position.release(entry, flags, lots - read(LOTS), read(PRICE));
            }
            OrderRecord.setLots(order, read(LOTS));
            OrderRecord.setExpiryMs(order, read(EXPIRY));
            OrderRecord.setClientId(order, read(CLIENT_ID));
            OrderRecord.setMaxFeePpm(order, read(MAX_FEE));
            return (RESULT_OK, false);
        }
        if (Place.isBeyondBand()) return (RESULT_BEYOND_BAND, false);
        Book.remove(slot, order, entry);
        enters = true;
    }

    /// @dev Place, replace or cancel on either side. Orders that move leave the book on both sides before either enters: a quote never
    /// meets itself. Returns the bid's code, and in the next byte the ask's.
    function quote(uint256 place) private view returns (uint256 codes) {
        uint256 entering;
        for (uint256 sell = 0; sell < 2; ++sell) {
            (uint256 code, bool enters) = prepareSide(place, sell);
            if (enters) entering |= 1 << sell;
            codes |= code << (8 * sell);
        }
        // In a void segment the bid's margin test says nothing, so nobody knows what the ask would meet.
        for (uint256 sell = 0; sell < 2 && !Weight.isPassed(); ++sell) {
            if ((entering >> sell) & 1 == 0) continue;
            readTerms(Quote.terms(place, sell));
            codes |= Place.enter() << (8 * sell);
        }
    }

    /// @dev Do all of a quote's side but enter its order.
    function prepareSide(uint256 place, uint256 sell) private view returns (uint256 code, bool enters) {
        uint256 name = Quote.sideAt(place, sell);
        readTerms(Quote.terms(place, sell));
        bool isNew = operand(name, 32) == 0;
        if (read(LOTS) == 0) return (isNew ? RESULT_OK : cancel(name), false);
        return isNew ? checkPlace() : amend(name);
    }

    /// @dev Make all orders on an instrument dead at once, or on every instrument (0): entries take a new epoch. None becomes
    /// empty: one that had orders keeps them linked, one that had none has a size.
    function cancelAll(uint256 instrumentId) private pure returns (uint256) {
        unchecked {
            uint256 account = read(ACCOUNT);
            uint256 epoch = AccountRecord.epochCounter(account);
            if (instrumentId != 0) {
                uint256 entry = Position.find(account, instrumentId);
                if (entry == 0) return RESULT_OK;
                if (epoch == ACCOUNT_EPOCH_COUNTER_GREATEST) return RESULT_FIELD_OVERFLOW;
                AccountRecord.setEpochCounter(account, epoch + 1);
                Position.renew(entry, epoch + 1);
                return RESULT_OK;
            }
            return Position.renewAll(account) ? RESULT_OK : RESULT_FIELD_OVERFLOW;
        }
    }
}
