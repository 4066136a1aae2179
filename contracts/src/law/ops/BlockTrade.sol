// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccountRecord, GlobalRecord, InstrumentRecord, INSTRUMENT_KIND, INSTRUMENT_WORDS} from "../../generated/Layout.sol";
import {BLOCK_LEG_BYTES, OP_BLOCK_TRADE_COUNTERPARTY_OFFSET, OP_BLOCK_TRADE_COUNTERPARTY_SIGNATURE_OFFSET} from "../../generated/Operations.sol";
import {OP_BLOCK_TRADE_HEAD_BYTES, OP_BLOCK_TRADE_LEGS_OFFSET, OP_BLOCK_TRADE_MAX_FEE_PPM_OFFSET} from "../../generated/Operations.sol";
import {BLOCK_CONSENT_TYPEHASH, BLOCK_LEGS_MAX, BLOCK_LEG_TYPEHASH, BLOCK_TRADE_TYPEHASH, COMPUTE_ACTION, COMPUTE_REVALUE, COMPUTE_SETTLE} from "../../generated/Params.sol";
import {INSTRUMENT_STATUS_ACTIVE, INSTRUMENT_STATUS_SETTLED, ORDER_FLAG_REDUCE_ONLY, POSITIONS_MAX, TIME_IN_FORCE_IOC} from "../../generated/Params.sol";
import {
    RESULT_BAD_SIGNATURE,
    RESULT_BEYOND_BAND,
    RESULT_FIELD_OVERFLOW,
    RESULT_GAP_TOO_WIDE,
    RESULT_HALTED,
    RESULT_INSTRUMENT_SETTLED,
    RESULT_MALFORMED,
    RESULT_MARGIN_INSUFFICIENT,
    RESULT_NO_PRICE,
    RESULT_OK,
    RESULT_ORDER_TOO_SMALL,
    RESULT_STALE_PRICE,
    RESULT_UNKNOWN_INSTRUMENT
} from "../../generated/Results.sol";
import {Arena} from "../Arena.sol";
import {Checkpoint} from "../Checkpoint.sol";
import {Fill} from "../Fill.sol";
import {InstrumentOp} from "../InstrumentOp.sol";
import {Margin} from "../Margin.sol";
import {Mark} from "../Mark.sol";
import {ACCOUNT, ACCOUNT_ID, ACTION_HASHES, BODY, FIELD_BITS, FILL_UNDO, FLAGS, GAP_WIDE, GLOBAL, HASH, INSTRUMENT, INSTRUMENT_ID} from "../Memory.sol";
import {LOTS, MAX_FEE, PRICE, STALE, TAKER, TAKER_USER, TICK_VALUE, TOUCHES, UNSIGNED, operand, read, write} from "../Memory.sol";
import {Pending} from "../Pending.sol";
import {Place} from "../Place.sol";
import {Portfolio} from "../Portfolio.sol";
import {Position} from "../Position.sol";
import {PriceBand} from "../PriceBand.sol";
import {Session} from "../Session.sol";
import {UserOp} from "../UserOp.sol";
import {Weight} from "../Weight.sol";

/// @title Legs that two accounts agreed on, all or none (docs/protocol/block-trades.md)
/// @dev Body: a party, counterparty's party and signature 64, count u8, legs, max_l1_fee u64, signature or none. A party is account u32, session u8,
/// nonce u64, expiry u48, max_fee u32, as a bundle begins. A leg is instrument u16, sell u8, price u32, lots u40.
/// The registers of the op are one party's at a time: the other's wait at FILL_UNDO, which nothing else needs here.
library BlockTrade {
    uint256 private constant PARTY_BITS = 32 | (8 << 8) | (64 << 16) | (48 << 24) | (32 << 32); // of its fields, for UserOp.pack
    uint256 private constant PARTIES_BITS = PARTY_BITS | (PARTY_BITS << 40);
    uint256 private constant PARTY_BYTES = OP_BLOCK_TRADE_COUNTERPARTY_SIGNATURE_OFFSET - OP_BLOCK_TRADE_COUNTERPARTY_OFFSET;
    uint256 private constant L1_FEE_BYTES = 8;
    uint256 private constant GREW = TOUCHES; // 1 once a leg did not shrink the party's position
    // Registers of a party, 16 bits each: ACCOUNT_ID, ACCOUNT, MAX_FEE, SESSION_RECORD, NONCE, EQUITY_BEFORE, MARGIN_BEFORE, GREW.
    uint256 private constant PARTY = 0x0ae00da00d80104007e00ac00aa00a80;
    uint256 private constant EQUITY_BEFORE = 0xd80; // int256, before the first leg
    uint256 private constant MARGIN_BEFORE = 0xda0; // the plain maintenance requirement then

    /// @dev Execute the body of `length` bytes at calldata `offset`.
    function execute(uint256 offset, uint256 length) internal view returns (uint256 code) {
        length = UserOp.load(offset, length, true);
        uint256 legs = decode(length);
        if (legs == 0) return RESULT_MALFORMED;
        unchecked {
            code = UserOp.admitSession(BODY);
            if (code != RESULT_OK) return code;
            UserOp.keepNonce(UserOp.SESSION_NONCE_SHIFT);
            uint256 fee = operand(BODY + read(UNSIGNED) - L1_FEE_BYTES, 64);
            uint256 hash = structHash(BLOCK_TRADE_TYPEHASH, PARTIES_BITS, BODY, fee, legs);
            if (!UserOp.isAuthentic(hash, UserOp.firstSignature(length))) return RESULT_BAD_SIGNATURE;
            write(MAX_FEE, operand(BODY + OP_BLOCK_TRADE_MAX_FEE_PPM_OFFSET, 32));
            turn();
            // The counterparty's consent is checked as an op of its own would be.
            uint256 other = BODY + OP_BLOCK_TRADE_COUNTERPARTY_OFFSET;
            code = UserOp.admitSession(other);
            if (code != RESULT_OK) return code;
            hash = structHash(BLOCK_CONSENT_TYPEHASH, PARTY_BITS, other, operand(BODY, 32), legs);
            if (!UserOp.isAuthentic(hash, other + PARTY_BYTES)) return RESULT_BAD_SIGNATURE;
            write(MAX_FEE, operand(other + OP_BLOCK_TRADE_MAX_FEE_PPM_OFFSET, 32));
            turn();
            uint256 count = operand(BODY + OP_BLOCK_TRADE_LEGS_OFFSET, 8);
            plan(count);
            code = UserOp.enter();
            if (code == RESULT_OK) code = act(BODY + OP_BLOCK_TRADE_HEAD_BYTES, count);
        }
    }

    /// @dev Check the body; return the hash of its legs, 0 if it is malformed.
    function decode(uint256 length) private pure returns (uint256 hash) {
        unchecked {
            if (length < OP_BLOCK_TRADE_HEAD_BYTES) return 0;
            uint256 count = operand(BODY + OP_BLOCK_TRADE_LEGS_OFFSET, 8);
            write(UNSIGNED, OP_BLOCK_TRADE_HEAD_BYTES + count * BLOCK_LEG_BYTES + L1_FEE_BYTES);
            if (!UserOp.hasLength(length) || count == 0 || count > BLOCK_LEGS_MAX) return 0;
            if (operand(BODY, 32) == operand(BODY + OP_BLOCK_TRADE_COUNTERPARTY_OFFSET, 32)) return 0;
            uint256 place = BODY + OP_BLOCK_TRADE_HEAD_BYTES;
            bytes32 typehash = BLOCK_LEG_TYPEHASH;
            assembly ("memory-safe") {
                let last := 0
                let target := ACTION_HASHES
                let bad := 0
                for { let end := add(place, mul(count, BLOCK_LEG_BYTES)) } lt(place, end) { place := add(place, BLOCK_LEG_BYTES) } {
                    let leg := mload(place)
                    let instrument := shr(240, leg)
                    let price := and(shr(200, leg), 0xffffffff)
                    let lots := and(shr(160, leg), 0xffffffffff)
                    // Instruments rise, so they are distinct and not 0.
                    bad := or(bad, or(iszero(gt(instrument, last)), gt(byte(2, leg), 1)))
                    bad := or(bad, or(iszero(price), iszero(lots)))
                    last := instrument
                    mstore(HASH, typehash)
                    mstore(add(HASH, 0x20), instrument)
                    mstore(add(HASH, 0x40), byte(2, leg))
                    mstore(add(HASH, 0x60), price)
                    mstore(add(HASH, 0x80), lots)
                    mstore(target, keccak256(HASH, 0xa0))
                    target := add(target, 0x20)
                }
                hash := mul(keccak256(ACTION_HASHES, sub(target, ACTION_HASHES)), iszero(bad))
            }
        }
    }

    /// @dev The struct hash of fields of `bits` at `place` and of two more words.
    function structHash(bytes32 typehash, uint256 bits, uint256 place, uint256 word, uint256 legs) private pure returns (uint256 hash) {
        write(HASH, uint256(typehash));
        write(FIELD_BITS, bits);
        uint256 end = UserOp.pack(place);
        assembly ("memory-safe") {
            mstore(end, word)
            mstore(add(end, 0x20), legs)
            hash := keccak256(HASH, sub(add(end, 0x40), HASH))
        }
    }

    /// @dev Exchange the registers of the parties.
    function turn() private pure {
        uint256 places = PARTY;
        assembly ("memory-safe") {
            for { let other := FILL_UNDO } places { places := shr(16, places) } {
                let place := and(places, 0xffff)
                let value := mload(place)
                mstore(place, mload(other))
                mstore(other, value)
                other := add(other, 0x20)
            }
        }
    }

    /// @dev Plan the worst case of `count` legs: margin evaluations before and after, of both parties.
    function plan(uint256 count) private pure {
        unchecked {
            uint256 listed = GlobalRecord.nextInstrument(read(GLOBAL)) - 1;
            uint256 portfolios = 0;
            for (uint256 i = 0; i < 2; ++i) {
                if (Portfolio.isIn(read(ACCOUNT))) ++portfolios;
                turn();
            }
            Weight.plan(
                Weight.records(INSTRUMENT_KIND, count < listed ? count : listed) + InstrumentOp.reserveMarks(2 * POSITIONS_MAX + count)
                    + portfolios * Portfolio.reserveArrays(POSITIONS_MAX),
                count * (COMPUTE_ACTION + 2 * COMPUTE_SETTLE) + 2 * Margin.weightOf(POSITIONS_MAX) + portfolios * COMPUTE_REVALUE
            );
        }
    }

    /// @dev Trade the legs at `leg`, then test the margin of both parties. Nothing is kept unless all of it is.
    function act(uint256 leg, uint256 count) private view returns (uint256 code) {
        write(TAKER, TAKER_USER);
        Position.makeSpace();
        Position.openCheckpoint();
        begin();
        turn();
        Position.makeSpace();
        Arena.account(read(ACCOUNT_ID)); // saves it
        begin();
        turn();
        unchecked {
            for (; count != 0 && code == RESULT_OK && !Weight.isPassed(); --count) {
                code = trade(leg);
                leg += BLOCK_LEG_BYTES;
            }
        }
        if (code == RESULT_OK) code = judge();
        turn();
        if (code == RESULT_OK) code = judge();
        if (code == RESULT_OK) {
            Checkpoint.forget();
            Session.useNonce(); // the counterparty's: its consent is used up
        } else {
            Checkpoint.restore();
        }
    }

    /// @dev Evaluate the margin of the party, as it is.
    function measure() private view {
        unchecked {
            Weight.compute(Margin.weight(read(ACCOUNT)) / 2);
        }
        Margin.ask(read(ACCOUNT), read(ACCOUNT_ID));
    }

    /// @dev Remember what the party had before the first leg.
    function begin() private view {
        measure();
        write(EQUITY_BEFORE, read(Margin.EQUITY));
        write(MARGIN_BEFORE, read(Margin.MAINTENANCE));
        write(GREW, 0);
    }

    /// @dev The margin test of the party after all legs. Under portfolio margin: its initial margin. Else grown initial margin; or every leg shrank its position, its equity is not negative, and
    /// equity / maintenance is not lower.
    function judge() internal view returns (uint256) {
        uint256 account = read(ACCOUNT);
        if (Portfolio.isIn(account)) {
            uint256 code = Portfolio.admit(account, read(ACCOUNT_ID), AccountRecord.portfolioUnderlying(account));
            if (code == RESULT_OK) Portfolio.certify(read(ACCOUNT_ID));
            return code;
        }
        measure();
        int256 equity = int256(read(Margin.EQUITY));
        if (equity >= int256(read(Margin.INITIAL))) return RESULT_OK;
        if (equity < 0 || read(GREW) != 0) return RESULT_MARGIN_INSUFFICIENT;
        unchecked {
            // |equity| < 2^128 and maintenance < 2^102: no overflow.
            int256 before = int256(read(EQUITY_BEFORE)) * int256(read(Margin.MAINTENANCE));
            return equity * int256(read(MARGIN_BEFORE)) >= before ? RESULT_OK : RESULT_MARGIN_INSUFFICIENT;
        }
    }

    /// @dev Trade the leg at `leg`: the submitter's half, then the counterparty's.
    function trade(uint256 leg) private view returns (uint256 code) {
        Weight.compute(COMPUTE_ACTION);
        unchecked {
            uint256 id = operand(leg, 16);
            if (id >= GlobalRecord.nextInstrument(read(GLOBAL))) return RESULT_UNKNOWN_INSTRUMENT;
            write(INSTRUMENT_ID, id);
            uint256 instrument = Arena.instrument(id);
            write(INSTRUMENT, instrument);
            Checkpoint.save(instrument, 32 * INSTRUMENT_WORDS);
            uint256 mark = Mark.load();
            if (InstrumentRecord.status(instrument) == INSTRUMENT_STATUS_SETTLED) return RESULT_INSTRUMENT_SETTLED;
            if (Mark.isHalted(instrument)) return RESULT_HALTED;
            if (mark == 0) return RESULT_NO_PRICE;
            if (read(STALE) != 0) return RESULT_STALE_PRICE;
            uint256 price = operand(leg + 3, 32);
            if (PriceBand.isBeyond(0, price) || PriceBand.isBeyond(1, price)) return RESULT_BEYOND_BAND;
            write(PRICE, price);
            write(LOTS, operand(leg + 7, 40));
            uint256 sell = operand(leg + 2, 8);
            code = exchange(sell);
            if (code != RESULT_OK) return code;
            turn();
            code = exchange(sell ^ 1);
            turn();
        }
    }

    /// @dev The party's half of a leg: an order that takes at once, reduce-only if it shrinks the party's position, and fills whole.
    function exchange(uint256 sell) private view returns (uint256 code) {
        unchecked {
            uint256 account = read(ACCOUNT);
            uint256 id = read(ACCOUNT_ID);
            uint256 instrument = read(INSTRUMENT);
            uint256 lots = read(LOTS);
            uint256 entry = Position.find(account, read(INSTRUMENT_ID));
            write(FLAGS, sell | (TIME_IN_FORCE_IOC << 5));
            if (entry != 0 && Pending.opposite(entry, id, sell) >= lots) {
                write(FLAGS, sell | (TIME_IN_FORCE_IOC << 5) | ORDER_FLAG_REDUCE_ONLY);
            } else {
                write(GREW, 1);
                if (InstrumentRecord.status(instrument) != INSTRUMENT_STATUS_ACTIVE) return RESULT_HALTED;
                if (Place.isTooSmall()) return RESULT_ORDER_TOO_SMALL;
                if (read(GAP_WIDE) != 0) return RESULT_GAP_TOO_WIDE;
            }
            code = Place.checkAccount();
            if (code != RESULT_OK) return code;
            if (entry == 0) entry = Position.append();
            Weight.compute(COMPUTE_SETTLE);
            if (!Pending.settle(account, entry, id)) return RESULT_FIELD_OVERFLOW;
            if (!Fill.payAlone(read(PRICE) * lots * read(TICK_VALUE), lots)) return RESULT_FIELD_OVERFLOW;
            Fill.moveAlone(account, entry, sell == 0 ? int256(lots) : -int256(lots));
        }
    }
}
