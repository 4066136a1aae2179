// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {GlobalRecord, ACCOUNT_KIND, INSTRUMENT_KIND, ORDER_KIND} from "../../generated/Layout.sol";
import {ACTION_BYTES_PACKED, OP_BUNDLE_HEAD_BYTES} from "../../generated/Operations.sol";
import {ACTIONS_MAX, ACTION_KIND_CANCEL, ACTION_KIND_PLACE} from "../../generated/Params.sol";
import {ACTION_KIND_QUOTE, ACTION_KIND_REPLACE, ACTION_TYPEHASH, BUNDLE_TYPEHASH} from "../../generated/Params.sol";
import {COMPUTE_ACTION, COMPUTE_MAKER, COMPUTE_QUOTE} from "../../generated/Params.sol";
import {COMPUTE_MARGIN, COMPUTE_POSITION, COMPUTE_SETTLE, EVICTIONS_MAX, MAKER_TOUCHES_BY_KEYS_PACKED} from "../../generated/Params.sol";
import {ORDER_KEYS_STEP, POSITIONS_MAX} from "../../generated/Params.sol";
import {RESULT_ATOMIC_UNDONE, RESULT_MALFORMED, RESULT_OK} from "../../generated/Results.sol";
import {Actions} from "../Actions.sol";
import {Checkpoint} from "../Checkpoint.sol";
import {InstrumentOp} from "../InstrumentOp.sol";
import {ACTION_HASHES, EVICTED, GLOBAL, HASH, MAKERS_MAX, MAX_FEE, RESULTS_END, TOUCHES, UNSIGNED} from "../Memory.sol";
import {field, increase, read, write} from "../Memory.sol";
import {Position} from "../Position.sol";
import {Quote} from "../Quote.sol";
import {UserOp} from "../UserOp.sol";
import {Weight} from "../Weight.sol";

/// @title The usual op: a user's signed list of actions
/// @dev Body: account u32, session u8, nonce u64, expiry u48, max_fee u32, atomic u8, count u8, actions, max_l1_fee u64, signature or none.
library Bundle {
    // Orders that an action may touch besides makers: its slot, two neighbours, the other side's best; for a replace two more, the
    // neighbours of its old place, and so for a side of a quote; for a cancel the first three.
    uint256 private constant PLACE_KEYS = 4;
    uint256 private constant REPLACE_KEYS = 6;
    uint256 private constant CANCEL_KEYS = 3;
    uint256 private constant L1_FEE_BYTES = 8;

    /// @dev Execute the body of `length` bytes at calldata `offset`; return the op's result code. After OK, the actions' codes follow
    /// at RESULTS_END + 1.
    function execute(uint256 offset, uint256 length) internal view returns (uint256 code) {
        uint256 kinds = decode(offset, length);
        if (kinds == 0) return RESULT_MALFORMED;
        uint256 signed = kinds & 0xff;
        uint256 quotes = (kinds >> (8 * ACTION_KIND_QUOTE)) & 0xff;
        if (quotes != 0) {
            Weight.compute(quotes * COMPUTE_QUOTE);
            hashQuotes(offset);
        }
        code = UserOp.authorize(offset, length, structHash(offset, signed));
        if (code != RESULT_OK) return code;
        plan(kinds);
        code = UserOp.enter(offset);
        if (code == RESULT_OK) act(offset, signed);
    }

    /// @dev Check the body, and hash its actions into ACTION_HASHES as they are signed: a quote as two, and only later. Return the number of
    /// actions of kind k, at byte k, and at byte 0 of those that are signed; 0 if the body is malformed.
    function decode(uint256 offset, uint256 length) private pure returns (uint256 kinds) {
        unchecked {
            if (length < OP_BUNDLE_HEAD_BYTES) return 0;
            uint256 count = field(offset + 24, 8);
            if (count == 0 || count > ACTIONS_MAX || field(offset + 23, 8) > 1) return 0;
            uint256 limit = offset + length;
            uint256 end = offset + OP_BUNDLE_HEAD_BYTES;
            for (uint256 i = 0; i < count; ++i) {
                // This may read bytes behind the body, but they are not used: the length is checked first.
                uint256 kind = end < limit ? field(end, 8) : 0;
                if (kind > ACTION_KIND_QUOTE) return 0;
                uint256 size = (ACTION_BYTES_PACKED >> (8 * kind)) & 0xff;
                if (size == 0 || size > limit - end) return 0;
                if (kind == ACTION_KIND_QUOTE) {
                    if (!Quote.isWellFormed(end)) return 0;
                    ++kinds;
                } else if (!hashAction(kind, end, ACTION_HASHES + 32 * (kinds & 0xff))) {
                    return 0;
                }
                kinds += (1 << (8 * kind)) + 1;
                end += size;
            }
            write(UNSIGNED, end + L1_FEE_BYTES - offset);
            if (!UserOp.hasLength(length)) return 0;
        }
    }

    /// @dev Check the fields of the action at `offset` and write its EIP-712 hash to `target`. False if it is malformed.
    function hashAction(uint256 kind, uint256 offset, uint256 target) private pure returns (bool valid) {
        bytes32 typehash = ACTION_TYPEHASH;
        assembly ("memory-safe") {
            // Words of the struct: typehash, kind, instrument, sell, timeInForce, postOnly, reduceOnly, selfTrade, price, lots,
            // expiry, clientId, slot, serial.
            let terms := 0
            let named := 0
            let head := calldataload(offset)
            let instrument := and(shr(232, head), 0xffff)
            switch kind
            case 1 { terms := shl(24, head) }
            case 4 {
                named := head
                terms := calldataload(add(offset, 13))
            }
            case 2 { named := head }
            mstore(HASH, typehash)
            mstore(add(HASH, 0x20), kind)
            mstore(add(HASH, 0x40), instrument)
            let flags := shr(248, terms)
            let timeInForce := and(shr(5, flags), 3)
            let postOnly := and(shr(1, flags), 1)
            let selfTrade := and(shr(3, flags), 3)
            let price := and(shr(216, terms), 0xffffffff)
            let lots := and(shr(176, terms), 0xffffffffff)
            let expiry := and(shr(128, terms), 0xffffffffffff)
            mstore(add(HASH, 0x60), and(flags, 1))
            mstore(add(HASH, 0x80), timeInForce)
            mstore(add(HASH, 0xa0), postOnly)
            mstore(add(HASH, 0xc0), and(shr(2, flags), 1))
            mstore(add(HASH, 0xe0), selfTrade)
            mstore(add(HASH, 0x100), price)
            mstore(add(HASH, 0x120), lots)
            mstore(add(HASH, 0x140), expiry)
            mstore(add(HASH, 0x160), and(shr(64, terms), 0xffffffffffffffff))
            mstore(add(HASH, 0x180), and(shr(200, named), 0xffffffff))
            mstore(add(HASH, 0x1a0), and(shr(152, named), 0xffffffffffff))
            mstore(target, keccak256(HASH, 0x1c0))

            // Instrument 0 means every instrument, and only in a cancel-all.
            valid := or(gt(instrument, 0), eq(kind, 3))
            if or(eq(kind, 1), eq(kind, 4)) {
                // Mode 3 and bit 7 are unused; GTD (1) alone has an expiry; only what can rest may be post-only; only a place may be
                // immediate (IOC 2, FOK 3).
                let bad := or(eq(selfTrade, 3), gt(flags, 127))
                bad := or(bad, or(iszero(price), iszero(lots)))
                bad := or(bad, eq(eq(timeInForce, 1), iszero(expiry)))
                bad := or(bad, and(gt(timeInForce, 1), or(postOnly, eq(kind, 4))))
                valid := and(valid, iszero(bad))
            }
        }
    }

    /// @dev Hash the quotes of a checked bundle where `decode` left room for them.
    function hashQuotes(uint256 offset) private pure {
        unchecked {
            uint256 target = ACTION_HASHES;
            uint256 count = field(offset + 24, 8);
            offset += OP_BUNDLE_HEAD_BYTES;
            for (uint256 i = 0; i < count; ++i) {
                uint256 kind = field(offset, 8);
                if (kind == ACTION_KIND_QUOTE) {
                    Quote.hash(offset, target);
                    target += 32;
                }
                target += 32;
                offset += (ACTION_BYTES_PACKED >> (8 * kind)) & 0xff;
            }
        }
    }

    /// @dev The struct hash of the bundle whose actions are hashed.
    function structHash(uint256 offset, uint256 signed) private pure returns (uint256 hash) {
        bytes32 typehash = BUNDLE_TYPEHASH;
        assembly ("memory-safe") {
            let head := calldataload(offset)
            let l1Fee := shr(192, calldataload(sub(add(offset, mload(UNSIGNED)), 8)))
            mstore(HASH, typehash)
            mstore(add(HASH, 0x20), shr(224, head))
            mstore(add(HASH, 0x40), and(shr(216, head), 0xff))
            mstore(add(HASH, 0x60), and(shr(152, head), 0xffffffffffffffff))
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
            uint256 replaces = (kinds >> (8 * ACTION_KIND_REPLACE)) & 0xff;
            uint256 places = (kinds >> (8 * ACTION_KIND_PLACE)) & 0xff;
            uint256 cancels = (kinds >> (8 * ACTION_KIND_CANCEL)) & 0xff;
            uint256 quotes = (kinds >> (8 * ACTION_KIND_QUOTE)) & 0xff;
            uint256 keys = PLACE_KEYS * places + CANCEL_KEYS * cancels + REPLACE_KEYS * (replaces + 2 * quotes);
            uint256 orders = places + replaces + 2 * quotes;
            uint256 actions = places + replaces + cancels + quotes; // that name an instrument
            uint256 gasUnits = (kinds & 0xff) * COMPUTE_ACTION;
            uint256 listed = GlobalRecord.nextInstrument(read(GLOBAL)) - 1;
            uint256 reserve = Weight.records(INSTRUMENT_KIND, least(actions, listed));
            if (orders != 0) {
                uint256 makers = (MAKER_TOUCHES_BY_KEYS_PACKED >> (8 * (keys / ORDER_KEYS_STEP))) & 0xff;
                write(MAKERS_MAX, makers);
                uint256 margins = POSITIONS_MAX * (makers + 1) + actions;
                reserve += Weight.records(ACCOUNT_KIND, makers + EVICTIONS_MAX) + InstrumentOp.reserveMarks(margins);
                gasUnits += makers * (COMPUTE_MAKER + 2 * COMPUTE_SETTLE)
                    + (2 * makers + orders) * 2 * (COMPUTE_MARGIN + COMPUTE_POSITION * POSITIONS_MAX);
                keys += makers + 2 * EVICTIONS_MAX;
            }
            Weight.plan(reserve + Weight.records(ORDER_KIND, keys), gasUnits);
        }
    }

    function least(uint256 a, uint256 b) private pure returns (uint256) {
        return a < b ? a : b;
    }

    /// @dev Execute the actions of a checked bundle and write their codes behind the op's, as many as are signed. Of an atomic one that fails none counts: the
    /// code of the action that failed stays, the others' say so.
    function act(uint256 offset, uint256 signed) private view {
        unchecked {
            write(TOUCHES, 0);
            write(EVICTED, 0);
            write(MAX_FEE, field(offset + 19, 32));
            uint256 results = read(RESULTS_END) + 1;
            uint256 place = results; // of the next code
            uint256 count = field(offset + 24, 8);
            bool atomic = field(offset + 23, 8) != 0;
            if (atomic) {
                Position.makeSpace(); // the account's record stays where it is from here on
                Position.openCheckpoint();
            }
            offset += OP_BUNDLE_HEAD_BYTES;
            for (uint256 i = 0; i < count && !Weight.isPassed(); ++i) {
                uint256 kind = field(offset, 8);
                uint256 codes = Actions.execute(kind, offset);
                if (atomic && codes != RESULT_OK) {
                    Checkpoint.restore();
                    writeCodes(results, signed, RESULT_ATOMIC_UNDONE);
                    bool isBid = codes & 0xff != RESULT_OK; // or no quote
                    writeCodes(isBid ? place : place + 1, 1, isBid ? codes : codes >> 8);
                    increase(RESULTS_END, signed);
                    return;
                }
                writeCodes(place, 1, codes);
                ++place;
                if (kind == ACTION_KIND_QUOTE) {
                    writeCodes(place, 1, codes >> 8);
                    ++place;
                }
                offset += (ACTION_BYTES_PACKED >> (8 * kind)) & 0xff;
            }
            Checkpoint.forget();
            increase(RESULTS_END, signed);
        }
    }

    function writeCodes(uint256 place, uint256 count, uint256 code) private pure {
        assembly ("memory-safe") {
            for { let end := add(place, count) } lt(place, end) { place := add(place, 1) } { mstore8(place, code) }
        }
    }
}
