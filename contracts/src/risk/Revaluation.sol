// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {PortfolioGrid} from "../generated/PortfolioGrid.sol";
import {ArrayRecord, MarkRecord, OptionMarkRecord, ARRAY_WORDS} from "../generated/Layout.sol";
import {INSTRUMENT_KIND_CALL, PPM} from "../generated/Params.sol";
import {ONE} from "./FixedPoint.sol";
import {Account, ExpiryHolding, Market, OptionHolding} from "./Holdings.sol";
import {Grid, Margin, PortfolioMargin} from "./PortfolioMargin.sol";

int256 constant LOT_WADS = 1e21; // of the underlying, × tick_value / index_per_tick
int256 constant MICRO = 1e12; // wads of a micro-USD
uint256 constant NANO = 1e9; // wads of a nano-USD

/// Requirements beside the value at marks, and the parts that a margin certificate keeps: micro-USD, rounded up, but wads for
/// `naked`. `losses` by scenario; by expiry its number with its contingency factor above 16 bits, and the loss of its options where the forward alone moves up, and down.
struct Requirement {
    int256 initial;
    int256 maintenance;
    int256[] losses;
    uint256[] numbers;
    int256[] up;
    int256[] down;
    uint256 naked;
}

/// What portfolio margin asks of an account on one underlying, from records: a full revaluation. The same bits as
/// sequencer/core/rules/revaluation.py; what it is: docs/protocol/margin-certificate.md.
library Revaluation {
    // An option as it is given: its size in lots (short below zero), the first word of its expiry's record, its mark record and its array.
    uint256 internal constant LEG_BYTES = 32 * (6 + ARRAY_WORDS);
    uint256 private constant MARK_OFFSET = 64;
    uint256 private constant ARRAY_OFFSET = 192;
    // Offset of the word whose middle lane is the mark and whose last is spot up; spot down is the first of the next.
    uint256 private constant SPECIAL_OFFSET = 320;

    /// What perpetuals (wads) ask for, and `count` options in memory from `legs` on, none twice, with the parts of a certificate. Overwrites the
    /// heads of their arrays.
    function certify(uint256 indexPrice, int256 perpetuals, uint256 legs, uint256 count)
        internal
        pure
        returns (Requirement memory asked)
    {
        ExpiryHolding[] memory expiries;
        (expiries, asked.numbers) = group(legs, count);
        Margin memory margin = weigh(indexPrice, perpetuals, expiries);
        (asked.initial, asked.maintenance) = requirements(margin);
        asked.losses = inMicroUp(margin.scenarios);
        asked.naked = margin.naked;
        certifyForwards(asked, expiries);
    }

    function weigh(uint256 indexPrice, int256 perpetuals, ExpiryHolding[] memory expiries) private pure returns (Margin memory) {
        Account memory account;
        account.perpetuals = perpetuals;
        account.expiries = expiries;
        uint256 spot;
        unchecked {
            spot = indexPrice * NANO;
        }
        return PortfolioMargin.assess(
            account, Market(spot, ONE, spot, ONE, ONE), PortfolioGrid.rules(), Grid(PortfolioGrid.lanes(), PortfolioGrid.readings())
        );
    }

    function requirements(Margin memory margin) private pure returns (int256 initial, int256 maintenance) {
        unchecked {
            initial = quotientUp(margin.markValue - margin.initialMargin, MICRO);
            maintenance = quotientUp(margin.markValue - margin.maintenanceMargin, MICRO);
        }
    }

    /// Turns outcomes (wads) into losses (micro-USD, rounded up), in place.
    function inMicroUp(int256[] memory outcomes) private pure returns (int256[] memory losses) {
        losses = outcomes;
        assembly ("memory-safe") {
            let place := add(losses, 32)
            for { let end := add(place, shl(5, mload(losses))) } lt(place, end) { place := add(place, 32) } {
                let loss := sub(0, mload(place))
                mstore(place, add(sdiv(loss, MICRO), sgt(smod(loss, MICRO), 0)))
            }
        }
    }

    /// What each expiry's options lose where the forward alone moves, and its contingency factor.
    function certifyForwards(Requirement memory asked, ExpiryHolding[] memory expiries) private pure {
        unchecked {
            asked.up = new int256[](expiries.length);
            asked.down = new int256[](expiries.length);
            uint256[] memory numbers = asked.numbers;
            for (uint256 i = 0; i < expiries.length; ++i) {
                ExpiryHolding memory expiry = expiries[i];
                (int256 up, int256 down) = forwardLosses(expiry.options);
                int256 factor = expiry.contingencyFactor;
                assembly ("memory-safe") {
                    let place := add(add(numbers, 32), shl(5, i))
                    mstore(place, or(mload(place), shl(16, factor)))
                }
                asked.up[i] = quotientUp(up, MICRO * int256(ONE));
                asked.down[i] = quotientUp(down, MICRO * int256(ONE));
            }
        }
    }

    /// Amount × (mark − value) of options with spot up and with spot down, 36 decimals.
    function forwardLosses(OptionHolding[] memory options) private pure returns (int256 up, int256 down) {
        assembly ("memory-safe") {
            let mask := sub(shl(85, 1), 1)
            let place := add(options, 32)
            for { let end := add(place, shl(5, mload(options))) } lt(place, end) { place := add(place, 32) } {
                let option := mload(place)
                let amount := mload(add(option, 64))
                let lanes := add(mload(add(option, 96)), SPECIAL_OFFSET)
                let word := mload(lanes)
                let mark := and(shr(85, word), mask)
                up := add(up, mul(amount, sub(mark, shr(170, word))))
                down := add(down, mul(amount, sub(mark, and(mload(add(lanes, 32)), mask))))
            }
        }
    }

    /// The options by expiry, in the order in which these first come, and the expiries' numbers. At most 16 options.
    function group(uint256 legs, uint256 count)
        private
        pure
        returns (ExpiryHolding[] memory expiries, uint256[] memory numbers)
    {
        unchecked {
            // 16 bits each: of an option its expiry's place, of an expiry its number and how many options it has.
            uint256 places = 0;
            uint256 known = 0;
            uint256 sizes = 0;
            uint256 found = 0;
            for (uint256 i = 0; i < count; ++i) {
                uint256 number = MarkRecord.expiry(legs + i * LEG_BYTES + MARK_OFFSET);
                // The first place with this number: behind the known ones it is found in any case.
                uint256 last = 16 * found;
                uint256 at_ = 0;
                for (uint256 rest = known | (number << last); rest & 0xffff != number; rest >>= 16) at_ += 16;
                if (at_ == last) {
                    known |= number << at_;
                    ++found;
                }
                places |= at_ << (16 * i);
                sizes += 1 << at_;
            }
            expiries = new ExpiryHolding[](found);
            numbers = new uint256[](found);
            for (uint256 place = 0; place < found; ++place) {
                ExpiryHolding memory expiry = expiries[place];
                expiry.longFactor = type(int256).max;
                expiry.confidence = ONE;
                expiry.options = new OptionHolding[]((sizes >> (16 * place)) & 0xffff);
                numbers[place] = (known >> (16 * place)) & 0xffff;
            }
            for (uint256 i = count; i > 0;) {
                --i;
                uint256 at_ = (places >> (16 * i)) & 0xffff;
                sizes -= 1 << at_;
                ExpiryHolding memory expiry = expiries[at_ / 16];
                add(expiry, expiry.options[(sizes >> at_) & 0xffff], legs + i * LEG_BYTES);
            }
        }
    }

    /// Reads an option, and has its expiry's factors be those that ask for most. The word of its array's head becomes the length of its lanes.
    function add(ExpiryHolding memory expiry, OptionHolding memory option, uint256 leg) private pure {
        uint256 array;
        unchecked {
            array = leg + ARRAY_OFFSET;
        }
        expiry.longFactor = least(expiry.longFactor, int256(ArrayRecord.longFactor(array)));
        expiry.shortFactor = most(expiry.shortFactor, int256(ArrayRecord.shortFactor(array)));
        expiry.contingencyFactor = most(expiry.contingencyFactor, int256(ArrayRecord.contingencyFactor(array)));
        uint256[] memory lanes;
        int256 lots;
        uint256 confidence;
        assembly ("memory-safe") {
            lots := mload(leg)
            confidence := and(shr(40, mload(add(leg, 32))), 0xffffffff) // confidence_ppm of the expiry
            mstore(array, sub(ARRAY_WORDS, 1))
            lanes := array
        }
        unchecked {
            confidence *= ONE / PPM;
            if (confidence < expiry.confidence) expiry.confidence = confidence;
            uint256 mark = leg + MARK_OFFSET;
            uint256 perTick = MarkRecord.indexPerTick(mark);
            option.strike = OptionMarkRecord.strike(mark) * perTick * NANO;
            option.isCall = MarkRecord.kind(mark) == INSTRUMENT_KIND_CALL;
            // Whole by listing.
            option.amount = lots * int256(MarkRecord.tickValue(mark)) * LOT_WADS / int256(perTick);
            option.array = lanes;
        }
    }

    /// a / divisor, rounded up.
    function quotientUp(int256 a, int256 divisor) private pure returns (int256 quotient) {
        unchecked {
            quotient = a / divisor;
            if (a % divisor > 0) ++quotient;
        }
    }

    function least(int256 a, int256 b) private pure returns (int256) {
        return a < b ? a : b;
    }

    function most(int256 a, int256 b) private pure returns (int256) {
        return a > b ? a : b;
    }
}
