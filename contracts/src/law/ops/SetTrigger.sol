// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccountPosition, AccountRecord, GlobalRecord, InstrumentRecord, TriggerRecord, INSTRUMENT_KIND, TRIGGER_KIND} from "../../generated/Layout.sol";
import {OP_SET_TRIGGER_BITS_PACKED, OP_SET_TRIGGER_UNSIGNED_BYTES} from "../../generated/Operations.sol";
import {INSTRUMENT_STATUS_SETTLED, SET_TRIGGER_TYPEHASH, TRIGGERS_MAX} from "../../generated/Params.sol";
import {
    RESULT_EXPIRED,
    RESULT_INSTRUMENT_SETTLED,
    RESULT_MALFORMED,
    RESULT_NO_POSITION,
    RESULT_OK,
    RESULT_TRIGGER_NOT_FOUND,
    RESULT_UNKNOWN_INSTRUMENT,
    RESULT_WRONG_MARGIN_MODE
} from "../../generated/Results.sol";
import {Arena} from "../Arena.sol";
import {ACCOUNT, ACCOUNT_ID, BODY, CLOCK, GLOBAL, operand, read, write} from "../Memory.sol";
import {Position} from "../Position.sol";
import {UserOp} from "../UserOp.sol";
import {Weight} from "../Weight.sol";

/// @title An order that waits for a price is placed, replaced or taken back (docs/protocol/triggers.md)
/// @dev Body: account u32, session u8, nonce u64, expiry u48, instrument u16, place u8, then as in the record sell u8, reduce_only u8,
/// falling u8, by_mark u8, trigger_price u64, limit u32, lots u40, max_fee u32, trigger_expiry u48; client_id u64, max_l1_fee u64,
/// signature or none.
library SetTrigger {
    uint256 private constant TERMS = 22; // where sell begins
    uint256 private constant TERMS_BITS = 248; // to trigger_expiry

    function execute(uint256 offset, uint256 length) internal view returns (uint256 code) {
        unchecked {
            length = UserOp.load(offset, length, true);
            UserOp.describe(SET_TRIGGER_TYPEHASH, OP_SET_TRIGGER_UNSIGNED_BYTES, OP_SET_TRIGGER_BITS_PACKED);
            if (!UserOp.hasLength(length) || !isValid()) return RESULT_MALFORMED;
            code = UserOp.authorizeSession(length);
            if (code != RESULT_OK) return code;
            Weight.plan(Weight.records(TRIGGER_KIND, 1) + Weight.records(INSTRUMENT_KIND, 1), 0);
            code = UserOp.enter();
            if (code != RESULT_OK) return code;
            uint256 id = operand(BODY + 19, 16);
            if (id == 0 || id >= GlobalRecord.nextInstrument(read(GLOBAL))) return RESULT_UNKNOWN_INSTRUMENT;
            uint256 trigger = Arena.trigger(read(ACCOUNT_ID), id, operand(BODY + 21, 8));
            uint256 terms = operand(BODY + TERMS, TERMS_BITS);
            if (terms == 0) {
                if (TriggerRecord.triggerPrice(trigger) == 0) return RESULT_TRIGGER_NOT_FOUND;
                Arena.emptyTrigger(trigger);
                return RESULT_OK;
            }
            uint256 account = read(ACCOUNT);
            if (AccountRecord.marginMode(account) != 0) return RESULT_WRONG_MARGIN_MODE;
            if (InstrumentRecord.status(Arena.instrument(id)) == INSTRUMENT_STATUS_SETTLED) return RESULT_INSTRUMENT_SETTLED;
            uint256 expiry = terms & type(uint48).max;
            if ((expiry != 0 && expiry <= read(CLOCK)) || Position.areOrdersDead(account)) return RESULT_EXPIRED;
            uint256 entry = Position.find(account, id);
            if (entry == 0) return RESULT_NO_POSITION;
            Arena.emptyTrigger(trigger);
            write(trigger, read(trigger) | terms);
            TriggerRecord.setEpoch(trigger, AccountPosition.epoch(entry));
            TriggerRecord.setClientId(trigger, operand(BODY + 53, 64));
        }
    }

    /// @dev Whether the fields are in their ranges: all 0 of a trigger that is taken back; prices and lots not 0 of another.
    function isValid() private pure returns (bool) {
        unchecked {
            if (operand(BODY + 21, 8) >= TRIGGERS_MAX || operand(BODY + TERMS, 32) & 0xfefefefe != 0) return false;
            if (operand(BODY + TERMS, TERMS_BITS) == 0) return operand(BODY + 53, 64) == 0;
            return operand(BODY + 26, 64) != 0 && operand(BODY + 34, 32) != 0 && operand(BODY + 38, 40) != 0;
        }
    }
}
