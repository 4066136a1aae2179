// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {COMPUTE_DELEVERAGE, INSTRUMENT_STATUS_SETTLED} from "../../generated/Params.sol";
import {RESULT_NOT_SETTLED, RESULT_NO_POSITION} from "../../generated/Results.sol";
import {AccountPosition, AccountRecord, GlobalRecord, InstrumentRecord, ACCOUNT_KIND} from "../../generated/Layout.sol";
import {ACCOUNT_EPOCH_COUNTER_GREATEST} from "../../generated/Layout.sol";
import {COMPUTE_SETTLE} from "../../generated/Params.sol";
import {RESULT_FIELD_OVERFLOW, RESULT_MALFORMED, RESULT_OK, RESULT_SEGMENT_FULL} from "../../generated/Results.sol";
import {RESULT_UNKNOWN_ACCOUNT} from "../../generated/Results.sol";
import {Arena} from "../Arena.sol";
import {House} from "../House.sol";
import {InstrumentOp} from "../InstrumentOp.sol";
import {FILL_UNDO, GLOBAL, INSTRUMENT, INSTRUMENT_ID, MARK_PRICE, TICK_VALUE, field, read, write} from "../Memory.sol";
import {Pending} from "../Pending.sol";
import {Position} from "../Position.sol";
import {Weight} from "../Weight.sol";

/// @title A position in a settled instrument becomes cash (docs/protocol/liquidation.md). Body: account u32, instrument u16.
library SettlePosition {
    function execute(uint256 offset, uint256 length) internal view returns (uint256 code) {
        unchecked {
            if (length != 6) return RESULT_MALFORMED;
            uint256 reserve = Weight.records(ACCOUNT_KIND, 1) + InstrumentOp.reserve();
            Weight.plan(reserve, COMPUTE_DELEVERAGE + COMPUTE_SETTLE);
            if (!Weight.hasRoom()) return RESULT_SEGMENT_FULL;
            Weight.compute(COMPUTE_DELEVERAGE);
            uint256 id = field(offset, 32);
            if (id == 0 || id >= GlobalRecord.nextAccount(read(GLOBAL))) return RESULT_UNKNOWN_ACCOUNT;
            uint256 account = Arena.account(id);
            code = InstrumentOp.open(field(offset + 4, 16));
            if (code != RESULT_OK) return code;
            if (InstrumentRecord.status(read(INSTRUMENT)) != INSTRUMENT_STATUS_SETTLED) return RESULT_NOT_SETTLED;
            uint256 entry = Position.find(account, read(INSTRUMENT_ID));
            if (entry == 0) return RESULT_NO_POSITION;
            if (AccountRecord.epochCounter(account) == ACCOUNT_EPOCH_COUNTER_GREATEST) return RESULT_FIELD_OVERFLOW;
            Weight.compute(COMPUTE_SETTLE);
            if (!cashOut(account, entry, id)) return RESULT_FIELD_OVERFLOW;
            Position.freeIfEmpty(account, entry);
            House.writeOff(account);
            House.payBack();
            House.writeDeficit();
        }
    }

    /// @dev Settle the entry and turn its lots into cash; its orders are dead. Return false, with nothing changed, if a field would overflow.
    function cashOut(uint256 account, uint256 entry, uint256 id) private pure returns (bool) {
        unchecked {
            uint256 instrument = read(INSTRUMENT);
            Arena.copy(FILL_UNDO, entry, 96);
            Arena.copy(FILL_UNDO + 96, instrument + House.LEDGERS, House.LEDGERS_BYTES);
            write(FILL_UNDO + 192, read(account + 32));
            int256 effective = InstrumentRecord.effectiveCash(instrument); // the settlement only rounds it
            if (Pending.settle(account, entry, id)) {
                int256 size = Position.sizeOf(read(entry));
                int256 value = size * int256(read(MARK_PRICE) * read(TICK_VALUE));
                int256 collateral = AccountRecord.collateral(account) + value;
                int256 cash = InstrumentRecord.houseCash(instrument);
                if (House.fits(collateral) && House.fits(cash - value) && House.fits(effective - value)) {
                    AccountRecord.setCollateral(account, collateral);
                    House.takeLots(size, value);
                    AccountPosition.setSize(entry, 0);
                    Pending.stamp(entry);
                    uint256 epoch = AccountRecord.epochCounter(account) + 1;
                    AccountRecord.setEpochCounter(account, epoch);
                    Position.renew(entry, epoch);
                    return true;
                }
            }
            Arena.copy(entry, FILL_UNDO, 96);
            Arena.copy(instrument + House.LEDGERS, FILL_UNDO + 96, House.LEDGERS_BYTES);
            write(account + 32, read(FILL_UNDO + 192));
            return false;
        }
    }
}
