// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {
    ACCOUNT_HEIGHT,
    COMPUTE_WEIGHT_MAX,
    INSTRUMENT_HEIGHT,
    SESSION_HEIGHT,
    TRIGGER_HEIGHT,
    UNDERLYING_HEIGHT,
    WEIGHT_RECORD_BYTES,
    WITNESS_WEIGHT_MAX
} from "../generated/Params.sol";
import {ACCOUNT_KIND, ACCOUNT_WORDS_MAX, ARRAY_KIND, ARRAY_WORDS, CERTIFICATE_KIND, CERTIFICATE_WORDS, EXPIRY_KIND, EXPIRY_WORDS, INSTRUMENT_KIND, INSTRUMENT_WORDS} from "../generated/Layout.sol";
import {MARK_KIND, MARK_WORDS, ORDER_KIND, ORDER_WORDS, SESSION_KIND, SESSION_WORDS, TRIGGER_KIND, TRIGGER_WORDS, UNDERLYING_KIND, UNDERLYING_WORDS} from "../generated/Layout.sol";
import {COMPUTE, KINDS_TOUCHED, DECLARED_COMPUTE, DECLARED_WITNESS, RESERVE, RESERVE_COMPUTE, TOUCHED, WITNESS, increase, read, write} from "./Memory.sol";

/// @title What disputing a segment costs, counted and reserved (docs/protocol/weight.md)
/// @dev marginal(h, n), the siblings of the n-th key of a kind, is constant between powers of two. So one word for each kind
/// holds: n, the keys touched (bits 0 to 15); `left`, how many more have the same marginal (16 to 31); that
/// marginal (32 to 39). The first key has marginal h, the second h − 2, and after n = 2^j keys the next n have one less.
/// Orders lie within their instruments, which are touched before them: their siblings are bounded together, by how many keys of
/// both kinds there are (docs/protocol/weight.md, orders within instruments). The word of orders holds n, and that bound (from bit 16 on).
/// A reserve is one word too: the number of further records of kind k stands at bits 16 k.
library Weight {
    uint256 private constant ORDERS = KINDS_TOUCHED + 32 * ORDER_KIND;
    uint256 private constant INSTRUMENTS_TOUCHED = KINDS_TOUCHED + 32 * INSTRUMENT_KIND;
    uint256 private constant COUNT = 0xffff;

    /// @dev Start with no key touched: the next one of each kind has its tree's whole height of siblings.
    function open() internal pure {
        unchecked {
            uint256 one = 1 << 16; // left
            write(KINDS_TOUCHED, one);
            write(KINDS_TOUCHED + 32 * ACCOUNT_KIND, (ACCOUNT_HEIGHT << 32) | one);
            write(KINDS_TOUCHED + 32 * SESSION_KIND, (SESSION_HEIGHT << 32) | one);
            write(KINDS_TOUCHED + 32 * UNDERLYING_KIND, (UNDERLYING_HEIGHT << 32) | one);
            write(KINDS_TOUCHED + 32 * INSTRUMENT_KIND, (INSTRUMENT_HEIGHT << 32) | one);
            write(KINDS_TOUCHED + 32 * MARK_KIND, (INSTRUMENT_HEIGHT << 32) | one);
            write(ORDERS, 0);
            write(KINDS_TOUCHED + 32 * EXPIRY_KIND, (INSTRUMENT_HEIGHT << 32) | one);
            write(KINDS_TOUCHED + 32 * ARRAY_KIND, (INSTRUMENT_HEIGHT << 32) | one);
            write(KINDS_TOUCHED + 32 * TRIGGER_KIND, (TRIGGER_HEIGHT << 32) | one);
            write(KINDS_TOUCHED + 32 * CERTIFICATE_KIND, (ACCOUNT_HEIGHT << 32) | one);
        }
    }

    /// @dev Count the first touch of a record of `kind` that had `words` words.
    function touch(uint256 kind, uint256 words) internal pure {
        unchecked {
            if (kind == ORDER_KIND) {
                increase(TOUCHED, 1);
                increase(WITNESS, WEIGHT_RECORD_BYTES + 32 * words);
                countOrder();
                return;
            }
            touchOne(kind, words);
            // Spread over one more instrument, the same orders can have more siblings.
            if (kind == INSTRUMENT_KIND) countOrders(read(ORDERS) & COUNT);
        }
    }

    /// @dev One more order is touched. Where no instrument is without an order, the bound grows by 16, less the logarithm of how many
    /// orders an instrument has: at so many depths its instrument's orders have fewer nodes than there are keys. `siblings` says the same.
    function countOrder() private pure {
        uint256 counted = read(ORDERS);
        uint256 g = read(INSTRUMENTS_TOUCHED) & COUNT;
        uint256 more;
        assembly ("memory-safe") {
            let each := div(and(counted, COUNT), g) // 0 without an instrument, too
            // The table has ⌊log2⌋ of 1 to 31, a byte each.
            if lt(sub(each, 1), 31) {
                more := sub(16, byte(each, 0x0000010102020202030303030303030304040404040404040404040404040404))
            }
        }
        unchecked {
            if (more == 0) {
                countOrders((counted & COUNT) + 1);
                return;
            }
            increase(WITNESS, 32 * more);
            write(ORDERS, counted + (more << 16) + 1);
        }
    }

    /// @dev From here on `n` orders are touched: count the siblings that they can have more than those before.
    function countOrders(uint256 n) private pure {
        unchecked {
            uint256 bound = siblings(n, read(INSTRUMENTS_TOUCHED) & COUNT);
            increase(WITNESS, 32 * (bound - (read(ORDERS) >> 16)));
            write(ORDERS, (bound << 16) | n);
        }
    }

    /// @dev The most siblings that `n` orders of `g` instruments can have. At each depth there are no more nodes than below the
    /// root, than below g nodes at the depth of instruments, and than keys. Both are below 2^16: more would not fit the weight.
    function siblings(uint256 n, uint256 g) private pure returns (uint256 count) {
        assembly ("memory-safe") {
            // The least d with 2^d >= x, for x from 1 to 2^16.
            function depthOf(x) -> d {
                x := sub(x, 1)
                d := shl(3, gt(x, 0xff))
                d := or(d, shl(2, gt(shr(d, x), 0xf)))
                d := add(d, byte(shr(d, x), 0x0001020203030303040404040404040400000000000000000000000000000000))
            }
            if n {
                count := 1
                if g {
                    let parents := g
                    if lt(n, g) { parents := n }
                    // Nodes down to the depth of instruments, then below it: they double up to their bound, then stay at it.
                    let depth := depthOf(parents)
                    count := add(shl(depth, 1), mul(sub(13, depth), parents)) // with the 1 of the formula
                    let twice := shl(1, parents)
                    depth := depthOf(div(add(n, sub(twice, 1)), twice))
                    count := sub(add(sub(add(count, shl(depth, twice)), twice), mul(sub(17, depth), n)), n)
                }
            }
        }
    }

    /// @dev Count the first touch of a record whose siblings are counted by kind.
    function touchOne(uint256 kind, uint256 words) private pure {
        assembly ("memory-safe") {
            let place := add(KINDS_TOUCHED, shl(5, kind))
            let packed := mload(place)
            let marginal := shr(32, packed)
            mstore(TOUCHED, add(mload(TOUCHED), 1))
            mstore(WITNESS, add(mload(WITNESS), add(WEIGHT_RECORD_BYTES, shl(5, add(words, marginal)))))
            // One more key, one less left. No carry: WITNESS_WEIGHT_MAX admits fewer than 3,000 records.
            packed := sub(packed, 0xffff)
            if iszero(and(packed, 0xffff0000)) {
                let n := and(packed, 0xffff)
                marginal := sub(marginal, add(1, eq(n, 1)))
                marginal := mul(marginal, sgt(marginal, 0))
                packed := or(shl(32, marginal), or(shl(16, n), n))
            }
            mstore(place, packed)
        }
    }

    function compute(uint256 gasUnits) internal pure {
        increase(COMPUTE, gasUnits);
    }

    /// @dev `count` further records of `kind` as part of a reserve: parts add up.
    function records(uint256 kind, uint256 count) internal pure returns (uint256 reserve) {
        unchecked {
            return count << (16 * kind);
        }
    }

    /// @dev Whether the segment has passed its declaration. It is void then, so an op need not go on. Ops of many steps ask before
    /// each, or a verifier would have to execute the largest op of a segment that declares nothing.
    function isPassed() internal pure returns (bool passed) {
        assembly ("memory-safe") {
            passed := or(gt(mload(COMPUTE), mload(DECLARED_COMPUTE)), gt(mload(WITNESS), mload(DECLARED_WITNESS)))
        }
    }

    /// @dev Set what an op may need, for `hasRoom` to judge: records, each with the most words of its kind, and gas.
    function plan(uint256 reserve, uint256 gasUnits) internal pure {
        write(RESERVE, reserve);
        write(RESERVE_COMPUTE, gasUnits);
    }

    /// @dev Whether the segment has room for this, which `most` bytes of witness hold whatever was touched before. Where that says no, `hasRoom`
    /// says it exactly.
    function hasRoomFor(uint256 reserve, uint256 gasUnits, uint256 most) internal pure returns (bool) {
        unchecked {
            if (read(WITNESS) + most <= WITNESS_WEIGHT_MAX && read(COMPUTE) + gasUnits <= COMPUTE_WEIGHT_MAX) return true;
        }
        plan(reserve, gasUnits);
        return hasRoom();
    }

    /// @dev Whether the segment has room for what is planned. (With arguments the compiler would make a copy of this for each set.)
    function hasRoom() internal pure returns (bool) {
        unchecked {
            uint256 reserve = read(RESERVE);
            uint256 accounts = countOf(reserve, ACCOUNT_KIND);
            uint256 sessions = countOf(reserve, SESSION_KIND);
            uint256 underlyings = countOf(reserve, UNDERLYING_KIND);
            uint256 data = accounts * bytesOf(ACCOUNT_WORDS_MAX) + sessions * bytesOf(SESSION_WORDS) + underlyings * bytesOf(UNDERLYING_WORDS);
            uint256 siblings_ = 0;
            if (accounts != 0) siblings_ = siblingsOf(accounts, touched(ACCOUNT_KIND));
            if (sessions != 0) siblings_ += siblingsOf(sessions, touched(SESSION_KIND));
            if (underlyings != 0) siblings_ += siblingsOf(underlyings, touched(UNDERLYING_KIND));
            if (reserve >> (16 * INSTRUMENT_KIND) != 0) {
                uint256 instruments = countOf(reserve, INSTRUMENT_KIND);
                uint256 marks = countOf(reserve, MARK_KIND);
                uint256 orders = countOf(reserve, ORDER_KIND);
                data += instruments * bytesOf(INSTRUMENT_WORDS) + marks * bytesOf(MARK_WORDS) + orders * bytesOf(ORDER_WORDS);
                siblings_ += siblingsOf(instruments, touched(INSTRUMENT_KIND));
                if (marks != 0) siblings_ += siblingsOf(marks, touched(MARK_KIND));
                if (reserve >> (16 * EXPIRY_KIND) != 0) {
                    uint256 expiries = countOf(reserve, EXPIRY_KIND);
                    uint256 arrays = countOf(reserve, ARRAY_KIND);
                    uint256 triggers = countOf(reserve, TRIGGER_KIND);
                    uint256 certificates = countOf(reserve, CERTIFICATE_KIND);
                    data += expiries * bytesOf(EXPIRY_WORDS) + arrays * bytesOf(ARRAY_WORDS) + triggers * bytesOf(TRIGGER_WORDS)
                        + certificates * bytesOf(CERTIFICATE_WORDS);
                    siblings_ += siblingsOf(expiries, touched(EXPIRY_KIND)) + siblingsOf(arrays, touched(ARRAY_KIND))
                        + siblingsOf(triggers, touched(TRIGGER_KIND)) + siblingsOf(certificates, touched(CERTIFICATE_KIND));
                }
                uint256 counted = read(ORDERS);
                uint256 g = touched(INSTRUMENT_KIND) & COUNT;
                siblings_ += siblings((counted & COUNT) + orders, g + instruments) - (counted >> 16);
            }
            return read(WITNESS) + data + 32 * siblings_ <= WITNESS_WEIGHT_MAX
                && read(COMPUTE) + read(RESERVE_COMPUTE) <= COMPUTE_WEIGHT_MAX;
        }
    }

    /// @dev How many records of `kind` are reserved.
    function countOf(uint256 reserve, uint256 kind) private pure returns (uint256) {
        unchecked {
            return (reserve >> (16 * kind)) & COUNT;
        }
    }

    /// @dev The word that counts the touched keys of `kind`.
    function touched(uint256 kind) private pure returns (uint256) {
        unchecked {
            return read(KINDS_TOUCHED + 32 * kind);
        }
    }

    /// @dev Witness weight of a record of this many words without its siblings.
    function bytesOf(uint256 words) private pure returns (uint256) {
        unchecked {
            return WEIGHT_RECORD_BYTES + 32 * words;
        }
    }

    /// @dev The siblings of `count` more keys of a kind whose word is `packed`.
    function siblingsOf(uint256 count, uint256 packed) private pure returns (uint256 sum) {
        assembly ("memory-safe") {
            let left := and(shr(16, packed), 0xffff)
            let marginal := shr(32, packed)
            // All keys of one marginal at a time.
            let n := and(packed, 0xffff)
            for {} gt(count, left) {} {
                sum := add(sum, mul(left, marginal))
                count := sub(count, left)
                n := add(n, left)
                marginal := sub(marginal, add(1, eq(n, 1)))
                marginal := mul(marginal, sgt(marginal, 0))
                left := n
            }
            sum := add(sum, mul(count, marginal))
        }
    }
}
