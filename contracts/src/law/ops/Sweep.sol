// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {GlobalRecord, OrderRecord, ACCOUNT_KIND, ORDER_KIND} from "../../generated/Layout.sol";
import {OP_SWEEP_HEAD_BYTES} from "../../generated/Operations.sol";
import {COMPUTE_SWEEP, SWEEP_MAX} from "../../generated/Params.sol";
import {RESULT_MALFORMED, RESULT_OK, RESULT_SEGMENT_FULL, RESULT_UNKNOWN_INSTRUMENT} from "../../generated/Results.sol";
import {Arena} from "../Arena.sol";
import {Book} from "../Book.sol";
import {GoneOrder} from "../GoneOrder.sol";
import {InstrumentOp} from "../InstrumentOp.sol";
import {Mark} from "../Mark.sol";
import {GLOBAL, INSTRUMENT, INSTRUMENT_ID, field, read, write} from "../Memory.sol";
import {Position} from "../Position.sol";
import {Weight} from "../Weight.sol";

/// @title Orders that are gone leave the book. Body: instrument u16, count u8, slots u32.
library Sweep {
    function execute(uint256 offset, uint256 length) internal view returns (uint256) {
        unchecked {
            uint256 count = field(offset + 2, 8);
            if (length < OP_SWEEP_HEAD_BYTES || length != OP_SWEEP_HEAD_BYTES + 4 * count) return RESULT_MALFORMED;
            if (count == 0 || count > SWEEP_MAX) return RESULT_MALFORMED;
            uint256 instrumentId = field(offset, 16);
            if (instrumentId == 0 || instrumentId >= GlobalRecord.nextInstrument(read(GLOBAL))) {
                return RESULT_UNKNOWN_INSTRUMENT;
            }
            uint256 reserve = InstrumentOp.reserve() + Weight.records(ACCOUNT_KIND, count) + Weight.records(ORDER_KIND, 3 * count);
            Weight.plan(reserve, count * COMPUTE_SWEEP);
            if (!Weight.hasRoom()) return RESULT_SEGMENT_FULL;
            write(INSTRUMENT_ID, instrumentId);
            write(INSTRUMENT, Arena.instrument(instrumentId));
            Mark.load();
            for (uint256 i = 0; i < count && !Weight.isPassed(); ++i) {
                Weight.compute(COMPUTE_SWEEP);
                sweep(field(offset + OP_SWEEP_HEAD_BYTES + 4 * i, 32));
            }
            return RESULT_OK;
        }
    }

    /// @dev Remove the order in `slot` if it is linked and gone.
    function sweep(uint256 slot) private view {
        uint256 order = Book.find(slot);
        if (order == 0) return;
        uint256 account = Arena.account(OrderRecord.account(order));
        uint256 entry = Position.find(account, read(INSTRUMENT_ID));
        if (!GoneOrder.isGone(order, account, entry)) return;
        Book.remove(slot, order, entry);
        Position.freeIfEmpty(account, entry);
    }
}
