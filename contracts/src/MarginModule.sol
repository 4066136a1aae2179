// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CREDIT_DECAY_MS, MINUTE_MS, OPTION_FLOOR_PPM, OPTION_PUT_OFFSET_PPM, PPB, PPM, STALENESS_FREE_MS, STALENESS_TAIL_PPM} from "./generated/Params.sol";

/// @title The law's margin module: bytes in, bytes out (docs/protocol/prices.md, matching.md, funding.md, options.md)
/// @notice Call data, without a selector: collateral (int256), now (ms), the account's id, the word of its record with its credit, the
/// clock (ms), then eight words for each position entry:
/// its three words, its instrument's mark record (four words), the first word of the underlying's record. Returns four words, in
/// micro-USD: equity (int256), the grown initial requirement less credit, the plain and the grown maintenance requirement. Grown: by the
/// latency buffer.
/// @dev Pure, and never reverts. Assembly, because it is run for every fill and every resting order, for up to sixteen
/// entries: compiled from Solidity it costs a fifth more. The order of declarations and arguments is the one that needs the least shuffling
/// of the stack, by trial: thirty gas a position (docs/adr/0177). Nothing overflows, since fields bound every
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

            // The mark of an option at a forward, in ticks (docs/protocol/options.md, the mark): δ and Γ of the priced forward, never by
            // more than the forward moved, nor the other way.
            function priced(offset, forward, isPut) -> price {
                let head := calldataload(add(offset, 160))
                let tail := calldataload(add(offset, 192))
                let from := and(shr(64, tail), 0xffffffff)
                let way := sub(forward, from)
                let moved := div(shl(13, mul(and(shr(32, tail), 0xffffffff), mul(way, way))), from)
                moved := add(moved, mul(signextend(3, shr(136, head)), way))
                way := shl(30, way)
                if isPut { way := sub(0, way) }
                switch slt(way, 0)
                case 0 {
                    if sgt(moved, way) { moved := way }
                    if slt(moved, 0) { moved := 0 }
                }
                default {
                    if slt(moved, way) { moved := way }
                    if sgt(moved, 0) { moved := 0 }
                }
                price := sar(30, add(shl(22, shr(216, head)), moved))
                if slt(price, 1) { price := 1 }
                if sgt(price, 0xffffffff) { price := 0xffffffff }
                if iszero(and(shr(168, head), 0xffffffffffff)) { price := 0 } // not priced yet
            }

            // What lots ask for: a long its value, a short `each` over `divisor`, rounded up.
            function asked(lots, unit, each, divisor) -> required {
                switch slt(lots, 0)
                case 0 { required := mul(lots, unit) }
                default { required := div(add(mul(sub(0, lots), each), sub(divisor, 1)), divisor) }
            }

            function capped(ppm) -> bounded {
                bounded := ppm
                if gt(ppm, PPM) { bounded := PPM }
            }

            // An option's value, initial, maintenance and grown maintenance requirement.
            function option(offset, size, terms, underlying, share) -> value, initial, maintenance, grown {
                let index := and(shr(184, underlying), 0xffffffffffffffff)
                let mark := priced(offset, forwardOf(terms, index, share), gt(byte(1, terms), 3))
                let buffer := 0
                {
                    // The tail counts the pricing's age, if that is the greater one.
                    let age := sub(calldataload(32), and(shr(72, underlying), 0xffffffffffff))
                    let pricing := sub(calldataload(32), and(shr(168, calldataload(add(offset, 160))), 0xffffffffffff))
                    if slt(pricing, age) { pricing := age }
                    buffer := growth(age, pricing, and(shr(24, underlying), 0xffffffff), sub(and(shr(120, underlying), 0xffffffffffffffff), index), index)
                }
                let perTick := and(shr(136, terms), 0xffffffffffffffff)
                let tickValue := and(shr(200, terms), 0xffffff)
                let unit := mul(tickValue, mark)
                let divisor := mul(perTick, PPM)
                value := mul(size, unit)
                // nano-USD × PPM of one unit: what a short keeps, and what it opens with.
                let open := 0
                {
                    let spot := shl(32, perTick) // so that no requirement passes the bounds above
                    if lt(index, spot) { spot := index }
                    let worth := mul(mark, divisor)
                    let out := sub(mul(and(shr(96, calldataload(add(offset, 192))), 0xffffffff), perTick), spot)
                    let isPut := gt(and(shr(240, terms), 0xff), 3)
                    let greatest := spot
                    if isPut {
                        out := sub(0, out)
                        if gt(mul(mark, perTick), spot) { greatest := mul(mark, perTick) }
                    }
                    if slt(out, 0) { out := 0 }
                    let keep := mul(greatest, and(shr(72, terms), 0xffffffff))
                    maintenance := asked(size, unit, mul(keep, tickValue), divisor)
                    keep := mul(greatest, capped(add(and(shr(72, terms), 0xffffffff), buffer)))
                    grown := asked(size, unit, mul(keep, tickValue), divisor)
                    open := sub(mul(spot, capped(add(and(shr(104, terms), 0xffffffff), buffer))), mul(out, PPM))
                    let least := mul(spot, capped(add(OPTION_FLOOR_PPM, buffer)))
                    if slt(open, least) { open := least }
                    if isPut {
                        least := sub(div(add(mul(add(keep, worth), OPTION_PUT_OFFSET_PPM), sub(PPM, 1)), PPM), worth)
                        if lt(open, least) { open := least }
                    }
                    open := mul(open, tickValue)
                }
                initial := asked(size, unit, open, divisor)
                let exposure := calldataload(add(offset, 32))
                if exposure {
                    // A bid pays its limit and gains the mark; an offer may lose against it.
                    let lots := shr(208, exposure)
                    let loss := mul(sub(and(shr(80, exposure), 0xffffffffffffffffffff), mul(lots, mark)), tickValue)
                    let other := add(asked(add(size, lots), unit, open, divisor), loss)
                    if sgt(other, initial) { initial := other }
                    if slt(loss, 0) { loss := 0 }
                    lots := and(shr(160, exposure), 0xffffffffffff)
                    other := add(asked(sub(size, lots), unit, open, divisor), loss)
                    if sgt(other, initial) { initial := other }
                    loss := mul(sub(mul(lots, mark), and(exposure, 0xffffffffffffffffffff)), tickValue)
                    if sgt(loss, 0) { initial := add(initial, loss) }
                }
            }

            // By how much an option's requirements grow, in ppm: with the price's age, and with its gap to what was reported. `late` counts
            // for the tail. The loop below has this, and the mark, in place: calls cost it more than a hundred gas a position.
            function growth(age, late, perMs, gap, index) -> buffer {
                if sgt(late, 0) {
                    switch sgt(late, STALENESS_FREE_MS)
                    case 0 { late := 999 } // rounds up
                    default { late := add(mul(STALENESS_TAIL_PPM, sub(late, STALENESS_FREE_MS)), 999) }
                    if slt(age, 0) { age := 0 }
                    if gt(age, STALENESS_FREE_MS) { age := STALENESS_FREE_MS }
                    buffer := div(add(mul(perMs, age), late), 1000)
                }
                if gap {
                    if slt(gap, 0) { gap := sub(0, gap) }
                    gap := div(sub(add(mul(gap, PPM), index), 1), index) // 0 without a price: then there is no mark either
                    if gt(gap, PPM) { gap := PPM }
                    buffer := add(buffer, gap)
                }
            }

            // The mark that a future with an option's parts would have, in ticks.
            function forwardOf(terms, index, share) -> forward {
                forward := add(and(shr(40, terms), 0xffffffff), div(mul(index, share), mul(PPB, and(shr(136, terms), 0xffffffffffffffff))))
                if gt(forward, 0xffffffff) { forward := 0xffffffff }
            }

            let grown := 0
            let maintenance := 0
            let initial := 0
            let equity := calldataload(0)
            for { let offset := 160 } lt(offset, calldatasize()) { offset := add(offset, 256) } {
                let size := sar(208, shl(80, calldataload(offset)))
                let underlying := calldataload(add(offset, 224))
                let share := calldataload(add(offset, 128)) // its last 32 bits; both sides' factors stand in front
                let terms := calldataload(add(offset, 96))
                // Pending since the entry was settled: deleveraging (the side's factor fell) and funding. Nothing for a size of 0.
                {
                    let factor := shr(192, shl(shl(6, slt(size, 0)), share))
                    let snap := and(calldataload(offset), 0xffffffffffffffff)
                    if xor(snap, factor) {
                        if snap {
                            let cash
                            size, cash := deleveraged(offset, size, factor)
                            equity := add(equity, cash)
                        }
                    }
                    let fundingNow := calldataload(add(offset, 160))
                    if or(gt(byte(1, terms), 2), iszero(and(share, 0xffffffff))) {
                        if and(share, 0xffffffff) {
                            let value, first, plain, late := option(offset, size, terms, underlying, and(share, 0xffffffff))
                            equity := add(value, equity)
                            initial := add(initial, first)
                            maintenance := add(maintenance, plain)
                            grown := add(grown, late)
                            continue
                        }
                        // Settled: no requirements, and no price that has an age or a gap. An option never had funding.
                        terms := and(terms, not(shl(72, 0xffffffffffffffff)))
                        underlying := shl(72, calldataload(32))
                        if gt(byte(1, terms), 2) { fundingNow := calldataload(add(offset, 64)) }
                    }
                    // Rounded down, against the account.
                    equity := add(equity, sar(32, mul(size, sub(sar(128, calldataload(add(offset, 64))), sar(128, fundingNow)))))
                }

                // How much requirements grow, in ppm: with the price's age, and with its gap to what was reported.
                let index := and(shr(184, underlying), 0xffffffffffffffff)
                let buffer := 0
                {
                    let gap := sub(and(shr(120, underlying), 0xffffffffffffffff), index)
                    let age := sub(calldataload(32), and(shr(72, underlying), 0xffffffffffff))
                    if or(age, gap) {
                        age := mul(age, sgt(age, 0))
                        let late := 999 // rounds up
                        if gt(age, STALENESS_FREE_MS) {
                            late := add(mul(STALENESS_TAIL_PPM, sub(age, STALENESS_FREE_MS)), 999)
                            age := STALENESS_FREE_MS
                        }
                        buffer := div(add(mul(and(shr(24, underlying), 0xffffffff), age), late), 1000)
                        if gap {
                            if slt(gap, 0) { gap := sub(0, gap) }
                            gap := div(sub(add(mul(gap, PPM), index), 1), index) // 0 without a price: then there is no mark either
                            if gt(gap, PPM) { gap := PPM }
                            buffer := add(buffer, gap)
                        }
                    }
                }
                // A part that is fixed, and a share of the index. Listing refuses an index_per_tick of 0 (dividing by it would give 0, not revert).
                let mark := add(and(shr(40, terms), 0xffffffff), div(mul(and(share, 0xffffffff), index), mul(and(shr(136, terms), 0xffffffffffffffff), PPB)))
                if gt(mark, 0xffffffff) { mark := 0xffffffff }
                let unit := mul(mark, and(shr(200, terms), 0xffffff)) // micro-USD of one lot
                let value := mul(unit, size)
                equity := add(equity, value)
                {
                    let sign := sar(255, value)
                    value := sub(xor(value, sign), sign)
                }
                // Requirements round up: in favour of the venue.
                let ppm := and(0xffffffff, shr(72, terms))
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
                initial := add(div(add(mul(value, ppm), sub(PPM, 1)), PPM), initial)
            }
            {
                // Credit: a limit that falls to nothing in the last day of its term (docs/protocol/credit.md).
                let credit := calldataload(96)
                if shr(192, credit) {
                    let left := sub(add(and(shr(112, credit), 0xffffffffffff), mul(and(shr(96, credit), 0xffff), MINUTE_MS)), calldataload(128))
                    if sgt(left, 0) {
                        if gt(left, CREDIT_DECAY_MS) { left := CREDIT_DECAY_MS }
                        initial := sub(initial, div(mul(shr(192, credit), left), CREDIT_DECAY_MS))
                        if slt(initial, 0) { initial := 0 }
                    }
                }
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
