// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {PPM, STALENESS_FREE_MS, STALENESS_TAIL_PPM} from "./generated/Params.sol";

/// @title The law's margin module: bytes in, bytes out (docs/law2/prices.md, matching.md, funding.md)
/// @notice Call data, without a selector: collateral (int256), now (ms), the account's id, then eight words for each position entry:
/// its three words, the four of its instrument's mark record, the first of that one's underlying record. Answers four words, in
/// micro-USD: equity (int256), the grown initial requirement, the plain and the grown maintenance requirement. Grown: by the
/// latency buffer.
/// @dev Pure, and never reverts. Assembly, because it is run for every fill and every resting order, for up to sixteen
/// entries: compiled from Solidity it takes a fifth more. Nothing overflows, as fields bound every
/// term: |size| < 2^47, lots < 2^48, mark < 2^32, tick_value < 2^24, ppm < 2^32, values < 2^80, times < 2^48: a product
/// stays below 2^138, a sum of 16 below 2^142; cash of funding and deleveraging below 2^105 (docs/law2/funding.md, bounds).
contract MarginModule {
    fallback() external {
        assembly ("memory-safe") {
            // What a position is after what is pending: its size, and the cash that comes with it.
            function viewOf(offset) -> size, cash {
                let head := calldataload(offset)
                size := sar(208, shl(80, head))
                if size {
                    let snaps := calldataload(add(offset, 64))
                    let marks := calldataload(add(offset, 128))
                    let funding := sar(128, calldataload(add(offset, 160)))
                    let factor := shr(192, marks)
                    if slt(size, 0) { factor := and(shr(128, marks), 0xffffffffffffffff) }
                    let snap := and(head, 0xffffffffffffffff)
                    if iszero(or(iszero(snap), eq(snap, factor))) {
                        size, cash := deleveraged(offset, head, size, factor)
                    }
                    // Funding on what stays: rounded down, against the account.
                    cash := add(cash, sar(32, mul(sub(0, size), sub(funding, sar(128, snaps)))))
                }
            }

            // The lots that deleveraging left, and the cash of those that it closed (docs/law2/funding.md, settlement).
            function deleveraged(offset, head, size, factor) -> left, cash {
                let snap := and(head, 0xffffffffffffffff)
                let isShort := slt(size, 0)
                let lots := size
                if isShort { lots := sub(0, size) }
                let product := mul(lots, factor)
                left := div(product, snap)
                {
                    // Nobody chooses who keeps a fraction of a lot: account u32, instrument u16, side u8, publish time u48.
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
                let owed := mul(closed, sar(128, indices)) // funding up to the closing is in the index: this takes it back
                if isShort {
                    owed := sub(0, owed)
                    left := sub(0, left)
                }
                cash := add(cash, sar(32, owed))
            }

            // What requirements grow by, in ppm: with the age of a price, and with the gap to what was reported.
            function bufferOf(underlying) -> ppm {
                let published := and(shr(72, underlying), 0xffffffffffff)
                if gt(calldataload(32), published) {
                    let age := sub(calldataload(32), published)
                    let late := 0
                    if gt(age, STALENESS_FREE_MS) {
                        late := sub(age, STALENESS_FREE_MS)
                        age := STALENESS_FREE_MS
                    }
                    ppm := add(mul(and(shr(24, underlying), 0xffffffff), age), mul(STALENESS_TAIL_PPM, late))
                    ppm := div(add(ppm, 999), 1000)
                }
                let index := and(shr(184, underlying), 0xffffffffffffffff)
                let gap := sub(and(shr(120, underlying), 0xffffffffffffffff), index)
                if gap {
                    if slt(gap, 0) { gap := sub(0, gap) }
                    gap := div(sub(add(mul(gap, PPM), index), 1), index) // without a price: 0, and no mark
                    if gt(gap, PPM) { gap := PPM }
                    ppm := add(ppm, gap)
                }
            }

            function requirement(value, ppm) -> required {
                if gt(ppm, PPM) { ppm := PPM }
                // Rounds up: in favour of the venue.
                required := div(add(mul(value, ppm), sub(PPM, 1)), PPM)
            }

            // The largest position that the open orders of one side could lead to, and what they would lose at their limits
            // against the mark, in ticks.
            function reach(exposure, size, mark) -> magnitude, loss {
                let buyLots := shr(208, exposure)
                let sellLots := and(shr(160, exposure), 0xffffffffffff)
                magnitude := add(size, buyLots)
                if slt(magnitude, 0) { magnitude := sub(0, magnitude) }
                let short := sub(size, sellLots)
                if slt(short, 0) { short := sub(0, short) }
                if gt(short, magnitude) { magnitude := short }
                loss := sub(and(shr(80, exposure), 0xffffffffffffffffffff), mul(buyLots, mark))
                loss := mul(loss, sgt(loss, 0))
                let sellLoss := sub(mul(sellLots, mark), and(exposure, 0xffffffffffffffffffff))
                if sgt(sellLoss, 0) { loss := add(loss, sellLoss) }
            }

            // The four answers, in allocated memory.
            let equity := mload(0x40)
            mstore(0x40, add(equity, 128))
            let initial := add(equity, 32)
            let maintenance := add(equity, 64)
            let grown := add(equity, 96)
            mstore(equity, calldataload(0))
            for { let offset := 96 } lt(offset, calldatasize()) { offset := add(offset, 256) } {
                let terms := calldataload(add(offset, 96))
                let underlying := calldataload(add(offset, 224))
                // Listing admits no index_per_tick of 0 (division by which would give 0, and no revert).
                let mark := div(and(shr(184, underlying), 0xffffffffffffffff), and(shr(136, terms), 0xffffffffffffffff))
                if gt(mark, 0xffffffff) { mark := 0xffffffff }
                let unit := mul(mark, and(shr(200, terms), 0xffffff)) // micro-USD of one lot
                let size, cash := viewOf(offset)
                mstore(equity, add(mload(equity), add(cash, mul(size, unit))))
                let buffer := bufferOf(underlying)
                let magnitude := size
                if slt(size, 0) { magnitude := sub(0, size) }
                let ppm := and(shr(72, terms), 0xffffffff)
                mstore(maintenance, add(mload(maintenance), requirement(mul(magnitude, unit), ppm)))
                mstore(grown, add(mload(grown), requirement(mul(magnitude, unit), add(ppm, buffer))))
                let exposure := calldataload(add(offset, 32))
                if exposure {
                    let loss
                    magnitude, loss := reach(exposure, size, mark)
                    mstore(initial, add(mload(initial), mul(loss, and(shr(200, terms), 0xffffff))))
                }
                ppm := add(and(shr(104, terms), 0xffffffff), buffer)
                mstore(initial, add(mload(initial), requirement(mul(magnitude, unit), ppm)))
            }
            return(equity, 128)
        }
    }
}
