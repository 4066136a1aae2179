// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccountRecord, GlobalRecord, ACCOUNT_KIND, ARRAY_KIND, CERTIFICATE_KIND, EXPIRY_KIND, INSTRUMENT_KIND, ORDER_KIND} from "../../generated/Layout.sol";
import {ACTION_BYTES_PACKED, ACTION_QUOTE_BYTES, OP_BUNDLE_HEAD_BYTES} from "../../generated/Operations.sol";
import {ACTIONS_MAX} from "../../generated/Params.sol";
import {ACTION_KIND_QUOTE, ACTION_TYPEHASH, BUNDLE_TYPEHASH} from "../../generated/Params.sol";
import {COMPUTE_ACTION, COMPUTE_CERTIFICATE, COMPUTE_MAKER, COMPUTE_QUOTE} from "../../generated/Params.sol";
import {COMPUTE_MARGIN, COMPUTE_POSITION, COMPUTE_SETTLE, EVICTIONS_MAX, MAKER_TOUCHES_BY_KEYS_PACKED} from "../../generated/Params.sol";
import {ORDER_KEYS_STEP, POSITIONS_MAX} from "../../generated/Params.sol";
import {RESULT_ATOMIC_UNDONE, RESULT_BAD_SIGNATURE, RESULT_MALFORMED, RESULT_OK} from "../../generated/Results.sol";
import {Actions} from "../Actions.sol";
import {Checkpoint} from "../Checkpoint.sol";
import {InstrumentOp} from "../InstrumentOp.sol";
import {ACCOUNT, ACTION_HASHES, BODY, EVICTED, GLOBAL, HASH, MAKERS_MAX, MAX_FEE, NONCE, RESULTS_END, SENDER, SIGNATURE_PLACE, TOUCHES, UNSIGNED} from "../Memory.sol";
import {increase, operand, read, write} from "../Memory.sol";
import {OrderedForm} from "../OrderedForm.sol";
import {Position} from "../Position.sol";
import {Quote} from "../Quote.sol";
import {UserOp} from "../UserOp.sol";
import {Weight} from "../Weight.sol";

/// @title The usual op: a user's signed list of actions
/// @dev Body: account u32, session u8, nonce u64, expiry u48, max_fee u32, atomic u8, count u8, actions, max_l1_fee u64, signature or none.
library Bundle {
    // Orders that an action may touch besides makers: its slot, two neighbours, the other side's best; for a replace two more, the
    // neighbours of its old place, and so for a side of a quote; for a cancel the first three.
    // Factors of the numbers of each kind, place in the top byte: `total`.
    uint256 private constant KEYS = 0x040300060c; // place 4, cancel 3, replace 6, quote 12
    uint256 private constant ORDERS = 0x0100000102; // place 1, replace 1, quote 2
    uint256 private constant NAMED = 0x0101000101; // an instrument: all but cancel-all
    uint256 private constant L1_FEE_BYTES = 8;
    // Kinds of action, a bit each: with terms place and replace, with the name of an order cancel and replace.
    uint256 private constant WITH_TERMS = 0x12;
    uint256 private constant WITH_ORDER = 0x14;

    /// @dev Execute the body of `length` bytes at calldata `offset`; return the op's result code. After OK, the actions' codes follow
    /// at RESULTS_END + 1.
    function execute(uint256 offset, uint256 length) internal view returns (uint256 code) {
        uint256 kinds = read(SENDER) == 0 ? decodeOrdered(offset, offset + length) : decode(UserOp.copy(offset, length));
        if (kinds == 0) return RESULT_MALFORMED;
        uint256 signed = kinds & 0xff;
        uint256 quotes = kinds >> (8 * ACTION_KIND_QUOTE); // the greatest kind
        if (quotes != 0) Weight.compute(quotes * COMPUTE_QUOTE);
        code = UserOp.admitSession(BODY);
        if (code != RESULT_OK) return code;
        if (!UserOp.isAuthentic(structHash(signed), read(SIGNATURE_PLACE))) return RESULT_BAD_SIGNATURE;
        plan(kinds);
        code = UserOp.enter();
        if (code == RESULT_OK) act(signed);
    }

    /// @dev Write out the ordered body at calldata from `offset` to `limit` and check it. Return the number of actions of kind k, at byte k,
    /// and at byte 0 of those that are signed, of a quote two; 0 if the body is malformed.
    function decodeOrdered(uint256 offset, uint256 limit) private pure returns (uint256 kinds) {
        unchecked {
            uint256 place = OrderedForm.beginBundle(offset);
            uint256 target = BODY + OP_BUNDLE_HEAD_BYTES;
            for (uint256 count = operand(BODY + 24, 8); count != 0; --count) {
                uint256 action = target;
                (place, target) = OrderedForm.writeAction(place, target);
                uint256 kind = operand(action, 8);
                if (place == 0 || !isValid(kind, action)) return 0;
                kinds += numberOf(kind);
            }
            if (!OrderedForm.endBundle(place, limit, target)) return 0;
            write(UNSIGNED, target + L1_FEE_BYTES - BODY);
            write(SIGNATURE_PLACE, target + L1_FEE_BYTES);
        }
    }

    /// @dev Check the body of an op of the inbox. Return what `decodeOrdered` does.
    function decode(uint256 length) private pure returns (uint256 kinds) {
        unchecked {
            if (length < OP_BUNDLE_HEAD_BYTES) return 0;
            uint256 count = operand(BODY + 24, 8);
            if (count == 0 || count > ACTIONS_MAX || operand(BODY + 23, 8) > 1) return 0;
            uint256 limit = BODY + length;
            uint256 end = BODY + OP_BUNDLE_HEAD_BYTES;
            for (uint256 i = 0; i < count; ++i) {
                // This may read bytes behind the body, but they are not used: the length is checked first.
                uint256 kind = end < limit ? operand(end, 8) : 0;
                if (kind > ACTION_KIND_QUOTE) return 0;
                uint256 size = (ACTION_BYTES_PACKED >> (8 * kind)) & 0xff;
                if (size == 0 || size > limit - end) return 0;
                if (!isValid(kind, end)) return 0;
                kinds += numberOf(kind);
                end += size;
            }
            write(UNSIGNED, end + L1_FEE_BYTES - BODY);
            if (!UserOp.hasLength(length)) return 0;
            write(SIGNATURE_PLACE, UserOp.firstSignature(length));
        }
    }

    /// @dev What an action adds to the numbers of a bundle.
    function numberOf(uint256 kind) private pure returns (uint256 added) {
        assembly ("memory-safe") {
            added := add(shl(shl(3, kind), 1), add(1, eq(kind, ACTION_KIND_QUOTE)))
        }
    }

    /// @dev Whether the fields of the action at `place` are in their ranges.
    function isValid(uint256 kind, uint256 place) private pure returns (bool valid) {
        if (kind == ACTION_KIND_QUOTE) return Quote.isWellFormed(place);
        assembly ("memory-safe") {
            // Instrument 0 means every instrument, and only in a cancel-all.
            valid := or(gt(and(shr(232, mload(place)), 0xffff), 0), eq(kind, 3))
            if and(shr(kind, WITH_TERMS), 1) {
                let terms := mload(add(add(place, 3), mul(10, eq(kind, 4))))
                let flags := shr(248, terms)
                let timeInForce := and(shr(5, flags), 3)
                // Price 0 or lots 0; mode 3 and bit 7 are unused; GTD (1) alone has an expiry; only what can rest may be post-only; only a place
                // may be immediate (IOC 2, FOK 3).
                let bad := or(iszero(and(shr(216, terms), 0xffffffff)), iszero(and(shr(176, terms), 0xffffffffff)))
                bad := or(bad, or(eq(and(flags, 0x18), 0x18), gt(flags, 127)))
                bad := or(bad, eq(eq(timeInForce, 1), iszero(and(shr(128, terms), 0xffffffffffff))))
                bad := or(bad, and(gt(timeInForce, 1), or(and(shr(1, flags), 1), eq(kind, 4))))
                valid := and(valid, iszero(bad))
            }
        }
    }

    /// @dev Hash the checked actions at BODY into ACTION_HASHES: EIP-712's struct Action, a quote's two when the others are done. Not before
    /// the bundle is admitted, so that a refused one costs no more than it weighs.
    function hashActions(uint256 signed) private pure {
        bytes32 typehash = ACTION_TYPEHASH;
        bool quotes;
        assembly ("memory-safe") {
            // Words of the struct: typehash, kind, instrument, sell, timeInForce, postOnly, reduceOnly, selfTrade, price, lots,
            // expiry, clientId, slot, serial.
            mstore(HASH, typehash)
            let place := add(BODY, OP_BUNDLE_HEAD_BYTES)
            let end := add(ACTION_HASHES, shl(5, signed))
            for { let target := ACTION_HASHES } lt(target, end) { target := add(target, 0x20) } {
                let head := mload(place)
                let kind := byte(0, head)
                if eq(kind, ACTION_KIND_QUOTE) {
                    quotes := 1
                    place := add(place, ACTION_QUOTE_BYTES)
                    target := add(target, 0x20)
                    continue
                }
                mstore(add(HASH, 0x20), kind)
                mstore(add(HASH, 0x40), and(shr(232, head), 0xffff))
                place := add(place, 3)
                let named := and(shr(kind, WITH_ORDER), 1)
                head := mul(head, named)
                mstore(add(HASH, 0x180), and(shr(200, head), 0xffffffff))
                mstore(add(HASH, 0x1a0), and(shr(152, head), 0xffffffffffff))
                place := add(place, mul(10, named))
                switch and(shr(kind, WITH_TERMS), 1)
                case 0 { calldatacopy(add(HASH, 0x60), calldatasize(), 0x120) } // zeros
                default {
                    let terms := mload(place)
                    place := add(place, 24)
                    mstore(add(HASH, 0x60), and(shr(248, terms), 1))
                    mstore(add(HASH, 0x80), and(shr(253, terms), 3))
                    mstore(add(HASH, 0xa0), and(shr(249, terms), 1))
                    mstore(add(HASH, 0xc0), and(shr(250, terms), 1))
                    mstore(add(HASH, 0xe0), and(shr(251, terms), 3))
                    mstore(add(HASH, 0x100), and(shr(216, terms), 0xffffffff))
                    mstore(add(HASH, 0x120), and(shr(176, terms), 0xffffffffff))
                    mstore(add(HASH, 0x140), and(shr(128, terms), 0xffffffffffff))
                    mstore(add(HASH, 0x160), and(shr(64, terms), 0xffffffffffffffff))
                }
                mstore(target, keccak256(HASH, 0x1c0))
            }
        }
        if (quotes) hashQuotes();
    }

    /// @dev Hash the quotes of a checked bundle where `hashActions` left room for them.
    function hashQuotes() private pure {
        unchecked {
            uint256 target = ACTION_HASHES;
            uint256 place = BODY + OP_BUNDLE_HEAD_BYTES;
            for (uint256 count = operand(BODY + 24, 8); count != 0; --count) {
                uint256 kind = operand(place, 8);
                if (kind == ACTION_KIND_QUOTE) {
                    Quote.hash(place, target);
                    target += 32;
                }
                target += 32;
                place += (ACTION_BYTES_PACKED >> (8 * kind)) & 0xff;
            }
        }
    }

    /// @dev The struct hash of the admitted bundle.
    function structHash(uint256 signed) private pure returns (uint256 hash) {
        hashActions(signed);
        bytes32 typehash = BUNDLE_TYPEHASH;
        assembly ("memory-safe") {
            let head := mload(BODY)
            let l1Fee := shr(192, mload(sub(add(BODY, mload(UNSIGNED)), 8)))
            mstore(HASH, typehash)
            mstore(add(HASH, 0x20), shr(224, head))
            mstore(add(HASH, 0x40), and(shr(216, head), 0xff))
            mstore(add(HASH, 0x60), mload(NONCE))
            mstore(add(HASH, 0x80), and(shr(104, head), 0xffffffffffff))
            mstore(add(HASH, 0xa0), and(shr(72, head), 0xffffffff))
            mstore(add(HASH, 0xc0), l1Fee)
            mstore(add(HASH, 0xe0), and(shr(64, head), 0xff)) // atomic
            mstore(add(HASH, 0x100), keccak256(ACTION_HASHES, shl(5, signed)))
            hash := keccak256(HASH, 0x120)
        }
    }

    /// @dev Plan the worst case of a bundle with these actions. Sets MAKERS_MAX: the more order keys the actions reserve, the fewer
    /// makers they may meet (docs/protocol/weight.md).
    function plan(uint256 kinds) private pure {
        unchecked {
            uint256 numbers = kinds >> 8;
            uint256 keys = total(numbers, KEYS);
            uint256 orders = total(numbers, ORDERS);
            uint256 actions = total(numbers, NAMED);
            uint256 gasUnits = (kinds & 0xff) * COMPUTE_ACTION;
            uint256 listed = GlobalRecord.nextInstrument(read(GLOBAL)) - 1;
            uint256 reserve = Weight.records(INSTRUMENT_KIND, least(actions, listed));
            if (orders != 0) {
                uint256 makers = (MAKER_TOUCHES_BY_KEYS_PACKED >> (8 * (keys / ORDER_KEYS_STEP))) & 0xff;
                write(MAKERS_MAX, makers);
                uint256 margins = POSITIONS_MAX * (makers + 1) + actions;
                reserve += Weight.records(ACCOUNT_KIND, makers + EVICTIONS_MAX) + InstrumentOp.reserveMarks(margins);
                uint256 expiries = least(actions, GlobalRecord.nextExpiry(read(GLOBAL)) - 1);
                if (expiries != 0) reserve += Weight.records(EXPIRY_KIND, expiries) + Weight.records(ARRAY_KIND, least(actions, listed));
                if (AccountRecord.marginMode(read(ACCOUNT)) != 0) {
                    reserve += Weight.records(CERTIFICATE_KIND, 1);
                    gasUnits += (makers + orders) * COMPUTE_CERTIFICATE;
                }
                gasUnits += makers * (COMPUTE_MAKER + 2 * COMPUTE_SETTLE)
                    + (2 * makers + orders) * 2 * (COMPUTE_MARGIN + COMPUTE_POSITION * POSITIONS_MAX);
                keys += makers + 2 * EVICTIONS_MAX;
            }
            Weight.plan(reserve + Weight.records(ORDER_KIND, keys), gasUnits);
        }
    }

    /// @dev The sum of the numbers from kind 1 on, a byte each, by these factors. With eight actions no byte of the product overflows.
    function total(uint256 numbers, uint256 factors) private pure returns (uint256) {
        unchecked {
            return ((numbers * factors) >> 32) & 0xff;
        }
    }

    function least(uint256 a, uint256 b) private pure returns (uint256) {
        return a < b ? a : b;
    }

    /// @dev Execute the actions of a checked bundle and write their codes behind the op's, as many as are signed. Of an atomic one that fails none
    /// counts: the code of the action that failed stays, the others' say so.
    function act(uint256 signed) private view {
        unchecked {
            write(TOUCHES, 0);
            write(EVICTED, 0);
            write(MAX_FEE, operand(BODY + 19, 32));
            uint256 results = read(RESULTS_END) + 1;
            uint256 next = results; // where the next code goes
            uint256 count = operand(BODY + 24, 8);
            bool atomic = operand(BODY + 23, 8) != 0;
            if (atomic) {
                Position.makeSpace(); // the account's record stays where it is from here on
                Position.openCheckpoint();
            }
            uint256 place = BODY + OP_BUNDLE_HEAD_BYTES;
            for (uint256 i = 0; i < count && !Weight.isPassed(); ++i) {
                uint256 kind = operand(place, 8);
                uint256 codes = Actions.execute(kind, place);
                if (atomic && codes != RESULT_OK) {
                    Checkpoint.restore();
                    writeCodes(results, signed, RESULT_ATOMIC_UNDONE);
                    bool isBid = codes & 0xff != RESULT_OK; // or no quote
                    writeCode(isBid ? next : next + 1, isBid ? codes : codes >> 8);
                    increase(RESULTS_END, signed);
                    return;
                }
                writeCode(next, codes);
                ++next;
                if (kind == ACTION_KIND_QUOTE) {
                    writeCode(next, codes >> 8);
                    ++next;
                }
                place += (ACTION_BYTES_PACKED >> (8 * kind)) & 0xff;
            }
            Checkpoint.forget();
            increase(RESULTS_END, signed);
        }
    }

    function writeCode(uint256 place, uint256 code) private pure {
        assembly ("memory-safe") {
            mstore8(place, code)
        }
    }

    function writeCodes(uint256 place, uint256 count, uint256 code) private pure {
        assembly ("memory-safe") {
            for { let end := add(place, count) } lt(place, end) { place := add(place, 1) } { mstore8(place, code) }
        }
    }
}
