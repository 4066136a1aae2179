// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ACTION_QUOTE_ASK_SLOT_OFFSET, ACTION_QUOTE_BID_SLOT_OFFSET} from "../generated/Operations.sol";
import {ACTION_TYPEHASH} from "../generated/Params.sol";
import {HASH, operand} from "./Memory.sol";

/// @title The bytes of a quote, taken apart into its two sides
/// @dev What the sides share: kind u8, instrument u16, flags u8, expiry u48, client_id u64. Then the bid, then the ask: slot u32,
/// serial u48, price u32, lots u40, held as the word that begins with them. `sell` is 0 for the bid, 1 for the ask.
library Quote {
    uint256 private constant SIDE_BYTES = ACTION_QUOTE_ASK_SLOT_OFFSET - ACTION_QUOTE_BID_SLOT_OFFSET;

    /// @dev Where a side stands.
    function sideAt(uint256 place, uint256 sell) internal pure returns (uint256) {
        unchecked {
            return place + ACTION_QUOTE_BID_SLOT_OFFSET + sell * SIDE_BYTES;
        }
    }

    /// @dev Whether these are fields of a quote: it rests, is not reduce-only and has a side on either side; each side names an order whole or
    /// not at all, and has price and lots or neither; the bid is below the ask; there is something to do.
    function isWellFormed(uint256 place) internal pure returns (bool valid) {
        uint256 bid = operand(sideAt(place, 0), 256);
        uint256 ask = operand(sideAt(place, 1), 256);
        assembly ("memory-safe") {
            function isWhole(side) -> whole {
                whole := and(
                    eq(iszero(shr(224, side)), iszero(and(shr(176, side), 0xffffffffffff))),
                    eq(iszero(and(shr(144, side), 0xffffffff)), iszero(and(shr(104, side), 0xffffffffff)))
                )
            }
            let shared := mload(place)
            let flags := and(shr(224, shared), 0xff)
            // Bits that are zero: sell and reduce-only, IOC and FOK (6), unused (7). Self-trade mode 3 is unused; GTD (5) alone has an expiry.
            valid := iszero(or(and(flags, 197), iszero(and(shr(232, shared), 0xffff))))
            valid := and(valid, iszero(eq(and(flags, 24), 24)))
            valid := and(valid, eq(iszero(and(flags, 32)), iszero(and(shr(176, shared), 0xffffffffffff))))
            valid := and(valid, and(isWhole(bid), isWhole(ask)))
            let bidPrice := and(shr(144, bid), 0xffffffff)
            let askPrice := and(shr(144, ask), 0xffffffff)
            valid := and(valid, or(lt(bidPrice, askPrice), iszero(askPrice)))
            valid := and(valid, iszero(iszero(shr(104, or(bid, ask)))))
        }
    }

    /// @dev Write the EIP-712 hashes of the bid and of the ask, two actions, to `target`.
    function hash(uint256 place, uint256 target) internal pure {
        bytes32 typehash = ACTION_TYPEHASH;
        uint256 side = sideAt(place, 0);
        uint256 step = SIDE_BYTES;
        assembly ("memory-safe") {
            // Words of the struct: typehash, kind, instrument, sell, timeInForce, postOnly, reduceOnly, selfTrade, price, lots,
            // expiry, clientId, slot, serial.
            let shared := mload(place)
            let flags := shr(224, shared)
            mstore(HASH, typehash)
            mstore(add(HASH, 0x20), shr(248, shared))
            mstore(add(HASH, 0x40), and(shr(232, shared), 0xffff))
            mstore(add(HASH, 0x80), and(shr(5, flags), 3))
            mstore(add(HASH, 0xa0), and(shr(1, flags), 1))
            mstore(add(HASH, 0xc0), 0)
            mstore(add(HASH, 0xe0), and(shr(3, flags), 3))
            mstore(add(HASH, 0x140), and(shr(176, shared), 0xffffffffffff))
            mstore(add(HASH, 0x160), and(shr(112, shared), 0xffffffffffffffff))
            for { let sell := 0 } lt(sell, 2) { sell := add(sell, 1) } {
                let terms_ := mload(side)
                mstore(add(HASH, 0x60), sell)
                mstore(add(HASH, 0x100), and(shr(144, terms_), 0xffffffff))
                mstore(add(HASH, 0x120), and(shr(104, terms_), 0xffffffffff))
                mstore(add(HASH, 0x180), shr(224, terms_))
                mstore(add(HASH, 0x1a0), and(shr(176, terms_), 0xffffffffffff))
                mstore(target, keccak256(HASH, 0x1c0))
                side := add(side, step)
                target := add(target, 32)
            }
        }
    }

    /// @dev A side's terms as those of a replace: flags u8, price u32, lots u40, expiry u48, client_id u64, from the top of a word.
    function terms(uint256 place, uint256 sell) internal pure returns (uint256 word) {
        uint256 side = sideAt(place, sell);
        assembly ("memory-safe") {
            let shared := mload(place)
            word := shl(248, or(shr(224, shared), sell))
            word := or(word, shl(176, and(shr(104, mload(side)), 0xffffffffffffffffff)))
            word := or(word, shl(64, and(shr(112, shared), 0xffffffffffffffffffffffffffff)))
        }
    }
}
