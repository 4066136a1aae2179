// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {PPM, STALENESS_FREE_MS, STALENESS_TAIL_PPM} from "./generated/Params.sol";

/// @title The law's margin module: bytes in, bytes out (docs/protocol/prices.md, matching.md, funding.md)
/// @notice Call data, without a selector: collateral (int256), now (ms), the account's id, then eight words for each position entry:
/// its three words, its instrument's mark record (four words), the first word of the underlying's record. Returns four words, in
/// micro-USD: equity (int256), the grown initial requirement, the plain and the grown maintenance requirement. Grown: by the
/// latency buffer.
/// @dev Pure, and never reverts. Assembly, because it is run for every fill and every resting order, for up to sixteen
/// entries: compiled from Solidity it costs a fifth more. Nothing overflows, since fields bound every
/// term: |size| < 2^47, lots < 2^48, mark < 2^32, tick_value < 2^24, ppm < 2^32, values < 2^80, times < 2^48: a product
/// stays below 2^138, a sum of 16 below 2^142; cash of funding and deleveraging below 2^105 (docs/protocol/funding.md, bounds).
contract MarginModule {
    fallback() external {
        assembly ("memory-safe") {
            // The lots that deleveraging left, and the cash for those that it closed (docs/protocol/funding.md, settlement).
            function deleveraged(offset, size, factor) -> left, cash {
                let head := calldataload(offset)
                let snap := and(head, 0xffffffffffffffff)
                let isShort := slt(size, 0)
                let lots := size
                if isShort { lots := sub(0, size) }
                let product := mul(lots, factor)
                left := div(product, snap)
                {
                    // Whether a fraction of a lot stays, by a draw that nobody chooses: account u32, instrument u16, side u8, publish time u48.
                    let time := and(shr(80, calldataload(add(offset, 128))), 0xffffffffffff)
                    if isShort { time := and(shr(32, calldataload(add(offset, 128))), 0xffffffffffff) }
                    mstore(0, shl(152, or(or(shl(72, calldataload(64)), shl(56, shr(240, head))), or(shl(48, isShort), time))))
                    let draw := shr(192, keccak256(0, 13))
                    left := add(left, gt(shl(64, mod(product, snap)), mul(snap, draw)))
                }
                let closed := sub(lots, left)
                let indices := calldataload(add(offset, 64))
                let index := signextend(15, calldataload(add(offset, 160)))
                if isShort { index := sar(128, calldataload(add(offset, 192))) }
                let paid := mul(closed, sub(index, signextend(15, indices)))
                let divisor := sub(snap, factor)
                cash := sub(sdiv(paid, divisor), slt(smod(paid, divisor), 0))
                let owed := mul(closed, sar(128, indices)) // the index has all funding before the close: give back what preceded the entry's snapshot
                if isShort {
                    owed := sub(0, owed)
                    left := sub(0, left)
                }
                cash := add(cash, sar(32, owed))
            }

            let equity := calldataload(0)
            let initial := 0
            let maintenance := 0
            let grown := 0
            for { let offset := 96 } lt(offset, calldatasize()) { offset := add(offset, 256) } {
                let size := sar(208, shl(80, calldataload(offset)))
                // Pending since the entry was settled: deleveraging (the side's factor fell) and funding. Nothing for a size of 0.
                {
                    let factor := calldataload(add(offset, 128))
                    if slt(size, 0) { factor := shl(64, factor) }
                    factor := shr(192, factor)
                    let snap := and(calldataload(offset), 0xffffffffffffffff)
                    if xor(snap, factor) {
                        if snap {
                            let cash
                            size, cash := deleveraged(offset, size, factor)
                            equity := add(equity, cash)
                        }
                    }
                    // Rounded down, against the account.
                    let funding := sub(sar(128, calldataload(add(offset, 64))), sar(128, calldataload(add(offset, 160))))
                    equity := add(equity, sar(32, mul(size, funding)))
                }

                let buffer := 0
                let index := calldataload(add(offset, 224))
                {
                    // How much requirements grow, in ppm: with the price's age, and with its gap to what was reported.
                    let underlying := index
                    index := and(shr(184, underlying), 0xffffffffffffffff)
                    let age := sub(calldataload(32), and(shr(72, underlying), 0xffffffffffff))
                    if sgt(age, 0) {
                        let late := 999 // rounds up
                        if gt(age, STALENESS_FREE_MS) {
                            late := add(mul(STALENESS_TAIL_PPM, sub(age, STALENESS_FREE_MS)), 999)
                            age := STALENESS_FREE_MS
                        }
                        buffer := div(add(mul(and(shr(24, underlying), 0xffffffff), age), late), 1000)
                    }
                    let gap := sub(and(shr(120, underlying), 0xffffffffffffffff), index)
                    if gap {
                        if slt(gap, 0) { gap := sub(0, gap) }
                        gap := div(sub(add(mul(gap, PPM), index), 1), index) // 0 without a price: then there is no mark either
                        if gt(gap, PPM) { gap := PPM }
                        buffer := add(buffer, gap)
                    }
                }

                let terms := calldataload(add(offset, 96))
                // Listing refuses an index_per_tick of 0 (dividing by it would give 0, not revert).
                let mark := div(index, and(shr(136, terms), 0xffffffffffffffff))
                if gt(mark, 0xffffffff) { mark := 0xffffffff }
                if and(shr(40, terms), 0xffffffff) {
                    // Settled: at its settlement price, and without requirements.
                    mark := and(shr(40, terms), 0xffffffff)
                    terms := and(terms, not(shl(72, 0xffffffffffffffff)))
                    buffer := 0
                }
                let unit := mul(and(shr(200, terms), 0xffffff), mark) // micro-USD of one lot
                let value := mul(size, unit)
                equity := add(equity, value)
                if slt(value, 0) { value := sub(0, value) }
                // Requirements round up: in favour of the venue.
                let ppm := and(shr(72, terms), 0xffffffff)
                let required := div(add(mul(value, ppm), sub(PPM, 1)), PPM)
                maintenance := add(maintenance, required)
                {
                    let first := and(shr(104, terms), 0xffffffff)
                    if buffer {
                        ppm := add(ppm, buffer)
                        if gt(ppm, PPM) { ppm := PPM }
                        required := div(add(mul(value, ppm), sub(PPM, 1)), PPM)
                        first := add(first, buffer)
                        if gt(first, PPM) { first := PPM }
                    }
                    ppm := first
                }
                grown := add(grown, required)

                let exposure := calldataload(add(offset, 32))
                if exposure {
                    // The largest position that the open orders of one side could lead to. The greater of |size + buys| and |size - sells|
                    // never has a flipped sign, since neither buys nor sells are negative;
                    let buyLots := shr(208, exposure)
                    let sellLots := and(shr(160, exposure), 0xffffffffffff)
                    value := sub(sellLots, size)
                    if slt(value, add(size, buyLots)) { value := add(size, buyLots) }
                    value := mul(value, unit)
                    // and what they would lose at their limits against the mark.
                    let loss := sub(and(shr(80, exposure), 0xffffffffffffffffffff), mul(buyLots, mark))
                    if sgt(loss, 0) { initial := add(initial, mul(loss, and(shr(200, terms), 0xffffff))) }
                    loss := sub(mul(sellLots, mark), and(exposure, 0xffffffffffffffffffff))
                    if sgt(loss, 0) { initial := add(initial, mul(loss, and(shr(200, terms), 0xffffff))) }
                }
                initial := add(initial, div(add(mul(value, ppm), sub(PPM, 1)), PPM))
            }
            let answer := mload(0x40)
            mstore(answer, equity)
            mstore(add(answer, 32), initial)
            mstore(add(answer, 64), maintenance)
            mstore(add(answer, 96), grown)
            return(answer, 128)
        }
    }
}
