// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccountRecord, InstrumentRecord} from "../../generated/Layout.sol";
import {OP_FORCED_CLOSE_BITS_PACKED, OP_FORCED_CLOSE_UNSIGNED_BYTES} from "../../generated/Operations.sol";
import {COMPUTE_ACTION, FORCED_CLOSE_TYPEHASH, INSTRUMENT_STATUS_SETTLED, LIQUIDATION_TOUCHES_MAX} from "../../generated/Params.sol";
import {ORDER_FLAG_SELL, POSITIONS_MAX} from "../../generated/Params.sol";
import {
    RESULT_FIELD_OVERFLOW,
    RESULT_HOUSE_FULL,
    RESULT_INSTRUMENT_SETTLED,
    RESULT_MALFORMED,
    RESULT_NO_POSITION,
    RESULT_NO_PRICE,
    RESULT_OK,
    RESULT_STALE_PRICE,
    RESULT_TOUCHES_EXHAUSTED,
    RESULT_WRONG_FAMILY,
    RESULT_WRONG_MARGIN_MODE
} from "../../generated/Results.sol";
import {Arena} from "../Arena.sol";
import {House} from "../House.sol";
import {InstrumentOp} from "../InstrumentOp.sol";
import {Margin} from "../Margin.sol";
import {Matching} from "../Matching.sol";
import {ACCOUNT, ACCOUNT_ID, BODY, ENTRY, FILL_UNDO, INSTRUMENT, INSTRUMENT_ID, LOTS, MARK_PRICE} from "../Memory.sol";
import {SENDER, STALE, TAKER_USER, TICK_VALUE, operand, read, write} from "../Memory.sol";
import {Pending} from "../Pending.sol";
import {Position} from "../Position.sol";
import {SignedMath} from "../SignedMath.sol";
import {GuardedOp} from "../GuardedOp.sol";
import {UserOp} from "../UserOp.sol";
import {Weight} from "../Weight.sol";
import {PriceBand} from "../PriceBand.sol";

/// @title The owner leaves a position within the band, through L1 alone (docs/protocol/liquidation.md)
/// @dev Body: account u32, nonce u64, expiry u48, instrument u16, lots u40, signature or none.
library ForcedClose {
    function execute(uint256 offset, uint256 length) internal view returns (uint256 code) {
        unchecked {
            if (read(SENDER) == 0) return RESULT_WRONG_FAMILY;
            length = UserOp.copy(offset, length);
            UserOp.describe(FORCED_CLOSE_TYPEHASH, OP_FORCED_CLOSE_UNSIGNED_BYTES, OP_FORCED_CLOSE_BITS_PACKED);
            if (!UserOp.hasLength(length) || operand(BODY + 20, 40) == 0) return RESULT_MALFORMED;
            code = GuardedOp.authorize(length, false);
            if (code != RESULT_OK) return code;
            plan();
            // From L1 its bytes cost nothing: the fee is 0, and what it is compared with does not matter.
            code = UserOp.enter();
            if (code != RESULT_OK) return code;
            if (AccountRecord.marginMode(read(ACCOUNT)) != 0) return RESULT_WRONG_MARGIN_MODE;
            Weight.compute(COMPUTE_ACTION);
            code = InstrumentOp.open(operand(BODY + 18, 16));
            if (code != RESULT_OK) return code;
            if (InstrumentRecord.status(read(INSTRUMENT)) == INSTRUMENT_STATUS_SETTLED) return RESULT_INSTRUMENT_SETTLED;
            if (read(MARK_PRICE) == 0) return RESULT_NO_PRICE;
            if (read(STALE) != 0) return RESULT_STALE_PRICE;
            uint256 account = read(ACCOUNT);
            uint256 entry = Position.find(account, read(INSTRUMENT_ID));
            if (entry == 0 || Pending.sizeOf(entry, read(ACCOUNT_ID)) == 0) return RESULT_NO_POSITION;
            if (!Pending.settle(account, entry, read(ACCOUNT_ID))) return RESULT_FIELD_OVERFLOW;
            write(ENTRY, entry);
            code = close(entry, operand(BODY + 20, 40));
            House.writeOff(account);
            Position.freeIfEmpty(account, entry);
            House.writeDeficit();
        }
    }

    function plan() private pure {
        unchecked {
            uint256 reserve =
                InstrumentOp.reserveMatching(LIQUIDATION_TOUCHES_MAX, POSITIONS_MAX * (LIQUIDATION_TOUCHES_MAX + 1) + 1);
            uint256 tests = (LIQUIDATION_TOUCHES_MAX + 1) * Margin.weightOf(POSITIONS_MAX);
            Weight.plan(reserve, COMPUTE_ACTION + InstrumentOp.makers(true) + tests);
        }
    }

    /// @dev Close at most `lots` of a settled position: in the book, then with the house if it can carry them.
    function close(uint256 entry, uint256 lots) private view returns (uint256 code) {
        unchecked {
            int256 size = Position.sizeOf(read(entry));
            uint256 whole = SignedMath.magnitude(size);
            write(LOTS, lots < whole ? lots : whole);
            (uint256 low, uint256 high) = PriceBand.edges();
            uint256 edge = size > 0 ? low : high;
            InstrumentOp.take(size > 0 ? ORDER_FLAG_SELL : 0, edge, TAKER_USER);
            code = Matching.run();
            int256 left = int256(read(LOTS));
            if (left == 0) return RESULT_OK;
            if (code == RESULT_TOUCHES_EXHAUSTED) return code;
            if (size < 0) left = -left;
            return handOver(entry, left, left * int256(edge * read(TICK_VALUE)));
        }
    }

    /// @dev Hand `lots` to the house for `price` micro-USD, unless it would be below its margin then.
    function handOver(uint256 entry, int256 lots, int256 price) private pure returns (uint256) {
        uint256 ledgers = read(INSTRUMENT) + House.LEDGERS;
        Arena.copy(FILL_UNDO, ledgers, House.LEDGERS_BYTES);
        // |price| < 2^96: no ledger wraps. `takeOver` judges whether they fit.
        House.takeLots(lots, price);
        bool isFull = House.shortfall() > 0;
        Arena.copy(ledgers, FILL_UNDO, House.LEDGERS_BYTES);
        if (isFull) return RESULT_HOUSE_FULL;
        return House.takeOver(read(ACCOUNT), entry, lots, price) ? RESULT_OK : RESULT_FIELD_OVERFLOW;
    }
}
