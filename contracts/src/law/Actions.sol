// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccountRecord, GlobalRecord, InstrumentRecord, OrderRecord} from "../generated/Layout.sol";
import {ACCOUNT_EPOCH_COUNTER_GREATEST, INSTRUMENT_WORDS} from "../generated/Layout.sol";
import {ACTION_KIND_CANCEL, ACTION_KIND_CANCEL_ALL, ACTION_KIND_PLACE, COMPUTE_ACTION} from "../generated/Params.sol";
import {INSTRUMENT_STATUS_SETTLED, ORDER_FLAG_REDUCE_ONLY, ORDER_FLAG_SELL} from "../generated/Params.sol";
import {RESULT_BEYOND_BAND, RESULT_FEE_TOO_HIGH, RESULT_FIELD_OVERFLOW, RESULT_INSTRUMENT_SETTLED, RESULT_OK} from "../generated/Results.sol";
import {RESULT_ORDER_NOT_FOUND, RESULT_ORDER_TOO_SMALL, RESULT_UNKNOWN_INSTRUMENT} from "../generated/Results.sol";
import {Arena} from "./Arena.sol";
import {Book} from "./Book.sol";
import {GoneOrder} from "./GoneOrder.sol";
import {Checkpoint} from "./Checkpoint.sol";
import {ACCOUNT, ACCOUNT_ID, CLIENT_ID, ENTRY, EXPIRY, FLAGS, GLOBAL, INSTRUMENT, INSTRUMENT_ID} from "./Memory.sol";
import {LOTS, MAX_FEE, PRICE, operand, read, write} from "./Memory.sol";
import {Place} from "./Place.sol";
import {Position} from "./Position.sol";
import {Weight} from "./Weight.sol";

/// @title The actions of a bundle. Their bytes were checked when it was decoded (Bundle.sol).
library Actions {
    /// @dev Execute the action at `place`; return its result code.
    function execute(uint256 kind, uint256 place) internal view returns (uint256 code) {
        Weight.compute(COMPUTE_ACTION);
        unchecked {
            uint256 instrumentId = operand(place + 1, 16);
            if (instrumentId >= GlobalRecord.nextInstrument(read(GLOBAL))) return RESULT_UNKNOWN_INSTRUMENT;
            if (kind == ACTION_KIND_CANCEL_ALL) return cancelAll(instrumentId);
            write(INSTRUMENT_ID, instrumentId);
            write(INSTRUMENT, Arena.instrument(instrumentId));
            Checkpoint.save(read(INSTRUMENT), 32 * INSTRUMENT_WORDS);
            write(ENTRY, 0);
            if (kind == ACTION_KIND_PLACE) {
                if (InstrumentRecord.status(read(INSTRUMENT)) == INSTRUMENT_STATUS_SETTLED) return RESULT_INSTRUMENT_SETTLED;
                readTerms(place + 3);
                code = Place.checkTerms();
                if (code == RESULT_OK) code = Place.isBeyondBand() ? RESULT_BEYOND_BAND : Place.enter();
            } else if (kind == ACTION_KIND_CANCEL) {
                code = cancel(place);
            } else {
                readTerms(place + 13);
                code = replace(place);
            }
        }
        // Our own entry is freed here alone: orders of ours that left the book may have left it empty.
        uint256 entry = read(ENTRY);
        if (entry != 0) Position.freeIfEmpty(read(ACCOUNT), entry);
    }

    /// @dev Terms of a place or replace: flags u8, price u32, lots u40, expiry u48, client_id u64.
    function readTerms(uint256 place) private pure {
        assembly ("memory-safe") {
            let terms := mload(place)
            mstore(FLAGS, shr(248, terms))
            mstore(PRICE, and(shr(216, terms), 0xffffffff))
            mstore(LOTS, and(shr(176, terms), 0xffffffffff))
            mstore(EXPIRY, and(shr(128, terms), 0xffffffffffff))
            mstore(CLIENT_ID, and(shr(64, terms), 0xffffffffffffffff))
        }
    }

    /// @dev The account's linked order that the action at `place` names by slot and serial, or 0. Sets ENTRY.
    function findOwn(uint256 place) private view returns (uint256 slot, uint256 order) {
        unchecked {
            slot = operand(place + 3, 32);
            order = Book.find(slot);
            if (order == 0) return (slot, 0);
            if (OrderRecord.account(order) != read(ACCOUNT_ID) || OrderRecord.serial(order) != operand(place + 7, 48)) {
                return (slot, 0);
            }
            write(ENTRY, Position.find(read(ACCOUNT), read(INSTRUMENT_ID)));
        }
    }

    function cancel(uint256 place) private view returns (uint256) {
        (uint256 slot, uint256 order) = findOwn(place);
        if (order == 0) return RESULT_ORDER_NOT_FOUND;
        Book.remove(slot, order, read(ENTRY));
        return RESULT_OK;
    }

    function replace(uint256 place) private view returns (uint256 code) {
        (uint256 slot, uint256 order) = findOwn(place);
        uint256 entry = read(ENTRY);
        if (order == 0 || GoneOrder.isDead(order, read(ACCOUNT), entry)) return RESULT_ORDER_NOT_FOUND;
        uint256 flags = OrderRecord.flags(order);
        if ((flags ^ read(FLAGS)) & (ORDER_FLAG_SELL | ORDER_FLAG_REDUCE_ONLY) != 0) return RESULT_ORDER_NOT_FOUND;
        code = Place.checkTerms();
        if (code != RESULT_OK) return code;
        uint256 lots = OrderRecord.lots(order);
        if (read(PRICE) == OrderRecord.price(order) && read(LOTS) <= lots) {
            if (InstrumentRecord.makerFeePpm(read(INSTRUMENT)) > read(MAX_FEE)) return RESULT_FEE_TOO_HIGH;
            if (flags & ORDER_FLAG_REDUCE_ONLY != 0 && Place.isTooSmall()) return RESULT_ORDER_TOO_SMALL;
            unchecked {
                Position.release(entry, flags, lots - read(LOTS), read(PRICE));
            }
            OrderRecord.setLots(order, read(LOTS));
            OrderRecord.setExpiryMs(order, read(EXPIRY));
            OrderRecord.setClientId(order, read(CLIENT_ID));
            OrderRecord.setMaxFeePpm(order, read(MAX_FEE));
            return RESULT_OK;
        }
        if (Place.isBeyondBand()) return RESULT_BEYOND_BAND;
        Book.remove(slot, order, entry);
        return Place.enter();
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
