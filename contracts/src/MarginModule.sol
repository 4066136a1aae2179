// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {INDEX_STALE_MS, PPM, STALE_SLOPE_PPM_PER_SECOND} from "./generated/Params.sol";

/// @title The law's margin module: bytes in, bytes out (docs/protocol/money-and-margin.md)
/// @notice Call data, without a selector: collateral (int256), now (ms), then four words for each position entry: its two
/// words, its instrument's mark record, that one's underlying record. Answers four words, in micro-USD: equity (int256), the
/// grown initial requirement, the plain and the grown maintenance requirement. Grown: for the time that a price is stale.
/// @dev Pure, and never reverts. Assembly, because it is run for every fill and every resting order, for up to sixteen
/// entries: compiled from Solidity it takes a fifth more. Nothing overflows, as fields bound every
/// term: |size| < 2^47, lots < 2^48, mark < 2^32, tick_value < 2^24, ppm < 2^32, values < 2^80, times < 2^48: a product
/// stays below 2^138, a sum of 16 below 2^142.
contract MarginModule {
    fallback() external {
        assembly ("memory-safe") {
            let equity := calldataload(0)
            let initial := 0
            let maintenance := 0
            mstore(0, 0) // what growth adds to the maintenance requirement
            for { let offset := 64 } lt(offset, calldatasize()) { offset := add(offset, 128) } {
                let terms := calldataload(add(offset, 64))
                let underlying := calldataload(add(offset, 96))
                let index := and(shr(184, underlying), 0xffffffffffffffff)
                // Listing admits no index_per_tick of 0 (division by which would give 0, and no revert).
                let mark := div(index, and(shr(136, terms), 0xffffffffffffffff))
                if gt(mark, 0xffffffff) { mark := 0xffffffff }
                let unit := mul(mark, and(shr(200, terms), 0xffffff)) // micro-USD of one lot
                let size := sar(208, shl(80, calldataload(offset)))
                equity := add(equity, mul(size, unit))
                let sign := sar(255, size) // 0 or -1
                let magnitude := sub(xor(size, sign), sign)
                // Requirements round up: in favour of the venue.
                let required := div(add(mul(mul(magnitude, unit), and(shr(72, terms), 0xffffffff)), sub(PPM, 1)), PPM)
                maintenance := add(maintenance, required)
                let ppm := and(shr(104, terms), 0xffffffff) // of the initial requirement
                let fresh := add(and(shr(136, underlying), 0xffffffffffff), INDEX_STALE_MS) // until then, ms
                if lt(fresh, calldataload(32)) {
                    let growth := div(add(mul(sub(calldataload(32), fresh), STALE_SLOPE_PPM_PER_SECOND), 999), 1000) // ppm
                    ppm := add(ppm, growth)
                    if gt(ppm, PPM) { ppm := PPM }
                    growth := add(and(shr(72, terms), 0xffffffff), growth) // of the maintenance requirement
                    if gt(growth, PPM) { growth := PPM }
                    growth := div(add(mul(mul(magnitude, unit), growth), sub(PPM, 1)), PPM)
                    mstore(0, add(mload(0), sub(growth, required)))
                }

                let exposure := calldataload(add(offset, 32))
                if exposure {
                    // The largest position that the open orders of one side could lead to,
                    let buyLots := shr(208, exposure)
                    let sellLots := and(shr(160, exposure), 0xffffffffffff)
                    let long := add(size, buyLots)
                    if slt(long, 0) { long := sub(0, long) }
                    let short := sub(size, sellLots)
                    if slt(short, 0) { short := sub(0, short) }
                    magnitude := long
                    if gt(short, long) { magnitude := short }
                    // and what they would lose at their limits against the mark.
                    let loss := sub(and(shr(80, exposure), 0xffffffffffffffffffff), mul(buyLots, mark))
                    loss := mul(loss, sgt(loss, 0))
                    let sellLoss := sub(mul(sellLots, mark), and(exposure, 0xffffffffffffffffffff))
                    if sgt(sellLoss, 0) { loss := add(loss, sellLoss) }
                    initial := add(initial, mul(loss, and(shr(200, terms), 0xffffff)))
                }
                initial := add(initial, div(add(mul(mul(magnitude, unit), ppm), sub(PPM, 1)), PPM))
            }
            mstore(0x80, equity)
            mstore(0xa0, initial)
            mstore(0xc0, maintenance)
            mstore(0xe0, add(maintenance, mload(0)))
            return(0x80, 128)
        }
    }
}
