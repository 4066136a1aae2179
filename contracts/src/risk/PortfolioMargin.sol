// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Contingencies} from "./Contingencies.sol";
import {ONE, OutOfDomain} from "./FixedPoint.sol";
import {Account, ExpiryHolding, MarginRules, Market, OptionHolding} from "./Holdings.sol";
import {FACTOR_LIMIT} from "./ExpiryTerms.sol";

int256 constant UNIT = 1e18;
int256 constant UNIT_36 = 1e36; // unit of a product of two wads
uint256 constant SIZE_LIMIT = 1 << 97; // of the amounts of an account: 158 billion
int256 constant MOVING_LIMIT = 1 << 183; // of what moves with spot, 36 decimals: 1.2e19 USD
int256 constant CASH_LIMIT = 1 << 128; // of cash, profit and funding: 3.4e20 USD
uint256 constant COLLATERAL_LIMIT = 1 << 120; // of one collateral's value: 1.3e18 USD
uint256 constant SPOT_LIMIT = 1 << 85; // of spot and the perpetual's price: 38.6 million
uint256 constant SPOT_FACTOR_LIMIT = 1 << 67; // of a lane: 147 times spot
uint256 constant SPECIAL_LANES = 5; // mark, spot up, spot down, linear skew, absolute skew

/// Margin balances: what is left (or missing, below zero) after the requirement; wads of USD.
/// `markValue` excludes cash; the contingencies are zero or above and already subtracted. `naked`: amount of
/// short options that nothing offsets.
struct Margin {
    int256 initialMargin;
    int256 maintenanceMargin;
    int256 markValue;
    int256 worst;
    int256 forwardContingency;
    uint256 maintenanceContingency;
    uint256 initialContingency;
    uint256 naked;
    int256[] scenarios;
}

/// The grid as margin needs it. `lanes` as in ScenarioArray, the last five special. A reading is
/// one scenario: its lane in the low 8 bits, its dampening in the 64 above, and from bit 128 what
/// its spot shock exceeds the lane's by (only a skew's does), signed.
struct Grid {
    uint256[] lanes;
    uint256[] readings;
}

/// Portfolio margin from scenario arrays: sums and products, two floors per scenario. The same bits
/// as risk/kernel/portfolio_margin.py; formulas, bounds and roundings in docs/risk.md.
/// Amounts and values have 18 decimals, their sums 36 and discounted sums 54, all exact: values
/// below 2^85, amounts together below 2^97 and factors below 2^68 leave five bits of a word.
library PortfolioMargin {
    /// The margin of an account whose arrays are those of `grid`.
    function assess(Account memory account, Market memory market, MarginRules memory rules, Grid memory grid)
        internal
        pure
        returns (Margin memory margin)
    {
        _checkCash("cash", account.cash);
        _checkCash("perpetual_pnl", account.perpetualPnl);
        _checkCash("funding", account.funding);
        uint256[] memory sizes = _sizes(account, market);
        (uint256[] memory values, uint256 collateral, int256 moving) = _collateral(account, market);
        (int256[] memory changes, int256 marks) = _changes(account.expiries, moving, grid.lanes, margin);
        (margin.scenarios, margin.worst) =
            _outcomes(changes, moving, grid.readings, margin.forwardContingency);
        unchecked {
            (margin.maintenanceContingency, margin.initialContingency, margin.naked) =
                Contingencies.assess(account, market, sizes, values, rules);
            margin.markValue =
                account.perpetualPnl + account.funding + _floor(marks, UNIT) + int256(collateral);
            _balances(margin, account.cash, market.stable, rules);
        }
    }

    /// Fills in the two balances.
    function _balances(Margin memory margin, int256 cash, uint256 stable, MarginRules memory rules)
        private
        pure
    {
        unchecked {
            int256 balance = margin.markValue + cash - int256(margin.maintenanceContingency);
            int256 initialFactor = int256(rules.initialFactor);
            if (stable < rules.pegThreshold) {
                // Rounds up: it multiplies a loss.
                initialFactor += int256(((rules.pegThreshold - stable) * rules.pegFactor + ONE - 1) / ONE);
            }
            margin.initialMargin =
                _floor(initialFactor * margin.worst, UNIT) + balance - int256(margin.initialContingency);
            margin.maintenanceMargin = _floor(int256(rules.maintenanceFactor) * margin.worst, UNIT) + balance;
        }
    }

    /// Each expiry's amounts together.
    function _sizes(Account memory account, Market memory market) private pure returns (uint256[] memory sizes) {
        if (market.spot >= SPOT_LIMIT) revert OutOfDomain("spot", int256(market.spot));
        if (market.perpetual >= SPOT_LIMIT) revert OutOfDomain("perpetual", int256(market.perpetual));
        sizes = new uint256[](account.expiries.length);
        unchecked {
            uint256 total = _size(account.perpetuals);
            for (uint256 i = 0; i < sizes.length; ++i) {
                uint256 size = _sizeOf(account.expiries[i].options);
                sizes[i] = size;
                total += size;
            }
            if (total >= SIZE_LIMIT) revert OutOfDomain("size", int256(total));
        }
    }

    /// The options' amounts together, each clipped as in _size.
    function _sizeOf(OptionHolding[] memory options) private pure returns (uint256 size) {
        assembly ("memory-safe") {
            let pointer := add(options, 32)
            for { let end := add(pointer, shl(5, mload(options))) } lt(pointer, end) { pointer := add(pointer, 32) } {
                let amount := mload(add(mload(pointer), 64))
                amount := xor(amount, mul(xor(amount, sub(0, amount)), slt(amount, 0)))
                if gt(amount, SIZE_LIMIT) { amount := SIZE_LIMIT }
                size := add(size, amount)
            }
        }
    }

    /// |amount|, or the limit where it is beyond it, so that sums cannot wrap.
    function _size(int256 amount) private pure returns (uint256 size) {
        unchecked {
            size = uint256(amount < 0 ? -amount : amount);
            if (size > SIZE_LIMIT) size = SIZE_LIMIT;
        }
    }

    /// Each collateral's value, rounded down, their sum, and what moves with spot, 36 decimals.
    function _collateral(Account memory account, Market memory market)
        private
        pure
        returns (uint256[] memory values, uint256 sum, int256 moving)
    {
        values = new uint256[](account.collateral.length);
        unchecked {
            moving = account.perpetuals * int256(market.perpetual);
            for (uint256 i = 0; i < values.length; ++i) {
                uint256 amount = account.collateral[i].amount;
                uint256 price = account.collateral[i].price;
                if (amount >= SIZE_LIMIT) revert OutOfDomain("collateral", int256(amount));
                if (price >= SPOT_LIMIT) revert OutOfDomain("price", int256(price));
                if (market.stable == 0) revert OutOfDomain("stable", 0);
                uint256 value = amount * price / market.stable;
                if (value >= COLLATERAL_LIMIT) revert OutOfDomain("collateral", int256(value));
                values[i] = value;
                sum += value;
                if (account.collateral[i].riskCancelling) moving += int256(value) * UNIT;
            }
        }
        if (moving <= -MOVING_LIMIT || moving >= MOVING_LIMIT) revert OutOfDomain("moving", moving);
    }

    /// Each lane's change against the mark (54 decimals) and the mark (36), summed over expiries;
    /// sets the forward contingency.
    function _changes(
        ExpiryHolding[] memory expiries,
        int256 moving,
        uint256[] memory lanes,
        Margin memory margin
    ) private pure returns (int256[] memory changes, int256 marks) {
        uint256 count = lanes.length;
        if (count < SPECIAL_LANES) revert OutOfDomain("lanes", int256(count));
        // Room for whole words of three lanes, so that the last one needs no special case.
        changes = new int256[](count + 2);
        int256[] memory sums = new int256[](count + 2);
        int256 contingency = 0;
        unchecked {
            uint256[] memory rows = _rows(expiries, (count + 2) / 3);
            // Words in front of the first special lane: nobody asks what an expiry has there by itself.
            uint256 plain = 32 * ((count - SPECIAL_LANES) / 3);
            _weighPlain(rows, changes, plain);
            uint256 row;
            assembly ("memory-safe") {
                row := add(rows, 32)
            }
            int256 gainLinear = 0;
            int256 gainAbsolute = 0;
            for (uint256 e = 0; e < expiries.length; ++e) {
                ExpiryHolding memory expiry = expiries[e];
                row = _weighSpecial(row, changes, sums, plain);
                (int256 mark, int256 least, int256 linear, int256 absolute) = _special(sums, count);
                if (least < mark) contingency += (least - mark) * expiry.contingencyFactor;
                marks += mark;
                gainLinear += _gain(linear, mark, expiry);
                gainAbsolute += _gain(absolute, mark, expiry);
            }
            // The change of each skew is added already; twice its gain less, and it is a loss.
            changes[count - 2] -= 2 * gainLinear;
            changes[count - 1] -= 2 * gainAbsolute;
            margin.forwardContingency = _floor(contingency, UNIT_36);
            _shock(changes, lanes, moving, marks * UNIT);
        }
    }

    /// The sums of an expiry's special lanes: at the mark, the lesser of spot up and spot down, at both skews.
    function _special(int256[] memory sums, uint256 count)
        private
        pure
        returns (int256 mark, int256 least, int256 linear, int256 absolute)
    {
        int256 down;
        assembly ("memory-safe") {
            let last := add(sums, shl(5, count))
            mark := mload(sub(last, 128))
            least := mload(sub(last, 96))
            down := mload(sub(last, 64))
            linear := mload(sub(last, 32))
            absolute := mload(last)
        }
        if (down < least) least = down;
    }

    /// What an expiry would gain from a skew, 54 decimals, or zero: a skew may bend either way, so
    /// its change always counts as a loss.
    function _gain(int256 sum, int256 mark, ExpiryHolding memory expiry) private pure returns (int256 gain) {
        unchecked {
            gain = sum * (sum >= 0 ? expiry.longFactor : expiry.shortFactor) - mark * UNIT;
            if (gain < 0) gain = 0;
        }
    }

    /// What the passes over lanes read: for each expiry where its factors stand, for each of its options the amount and where the
    /// words of its array begin, then the long and the short factor; behind the last expiry zero.
    function _rows(ExpiryHolding[] memory expiries, uint256 wordCount) private pure returns (uint256[] memory rows) {
        unchecked {
            uint256 length = 1;
            for (uint256 e = 0; e < expiries.length; ++e) length += 3 + 2 * expiries[e].options.length;
            rows = new uint256[](length);
            uint256 row;
            assembly ("memory-safe") {
                row := add(rows, 32)
            }
            for (uint256 e = 0; e < expiries.length; ++e) {
                ExpiryHolding memory expiry = expiries[e];
                _checkFactors(expiry);
                OptionHolding[] memory options = expiry.options;
                uint256 misfit = 0;
                assembly ("memory-safe") {
                    let option := add(options, 32)
                    let end := add(option, shl(5, mload(options)))
                    let factors := add(add(row, 32), shl(6, mload(options)))
                    mstore(row, factors)
                    row := add(row, 32)
                    for {} lt(option, end) { option := add(option, 32) } {
                        let array := mload(add(mload(option), 96))
                        misfit := or(misfit, xor(mload(array), wordCount))
                        mstore(row, mload(add(mload(option), 64)))
                        mstore(add(row, 32), add(array, 32))
                        row := add(row, 64)
                    }
                    mstore(row, mload(expiry))
                    mstore(add(row, 32), mload(add(expiry, 32)))
                    row := add(row, 64)
                }
                if (misfit != 0) revert OutOfDomain("array", int256(misfit));
            }
        }
    }

    /// changes[i] += Σ over expiries (Σ amount × value under lane i) × the factor of its sign, for the words below `limit`: one pass
    /// over all options a word, so that an expiry costs but its three products.
    /// In assembly, as the loops after it: a word's three lanes stay on the stack while all options
    /// are added. Written with checked array accesses, the loops cost 90,000 gas more.
    function _weighPlain(uint256[] memory rows, int256[] memory changes, uint256 limit) private pure {
        assembly ("memory-safe") {
            let change := add(changes, 32)
            for { let offset := 0 } lt(offset, limit) { offset := add(offset, 32) } {
                let low := 0
                let middle := 0
                let high := 0
                let row := add(rows, 32)
                for { let end := mload(row) } end { end := mload(row) } {
                    let a := 0
                    let b := 0
                    let c := 0
                    for { row := add(row, 32) } lt(row, end) { row := add(row, 64) } {
                        let amount := mload(row)
                        let values := mload(add(mload(add(row, 32)), offset))
                        a := add(a, mul(amount, and(values, 0x1fffffffffffffffffffff)))
                        b := add(b, mul(amount, and(shr(85, values), 0x1fffffffffffffffffffff)))
                        c := add(c, mul(amount, and(shr(170, values), 0x1fffffffffffffffffffff)))
                    }
                    low := add(low, mul(a, mload(add(end, shl(5, slt(a, 0))))))
                    middle := add(middle, mul(b, mload(add(end, shl(5, slt(b, 0))))))
                    high := add(high, mul(c, mload(add(end, shl(5, slt(c, 0))))))
                    row := add(end, 64)
                }
                mstore(change, low)
                mstore(add(change, 32), middle)
                mstore(add(change, 64), high)
                change := add(change, 96)
            }
        }
    }

    /// The same for the words from `offset` on, of one expiry at `row`, whose sums are kept in `sums`; returns the next expiry's row.
    function _weighSpecial(uint256 row, int256[] memory changes, int256[] memory sums, uint256 offset)
        private
        pure
        returns (uint256 next)
    {
        assembly ("memory-safe") {
            let end := mload(row)
            let first := add(row, 32)
            next := add(end, 64)
            let place := add(32, mul(3, offset))
            // Whole words only: of the two lanes of room, those that complete the last word.
            for { let limit := shl(5, div(mload(sums), 3)) } lt(offset, limit) { offset := add(offset, 32) } {
                let a := 0
                let b := 0
                let c := 0
                for { row := first } lt(row, end) { row := add(row, 64) } {
                    let amount := mload(row)
                    let values := mload(add(mload(add(row, 32)), offset))
                    a := add(a, mul(amount, and(values, 0x1fffffffffffffffffffff)))
                    b := add(b, mul(amount, and(shr(85, values), 0x1fffffffffffffffffffff)))
                    c := add(c, mul(amount, and(shr(170, values), 0x1fffffffffffffffffffff)))
                }
                let sum := add(sums, place)
                mstore(sum, a)
                mstore(add(sum, 32), b)
                mstore(add(sum, 64), c)
                let change := add(changes, place)
                mstore(change, add(mload(change), mul(a, mload(add(end, shl(5, slt(a, 0)))))))
                change := add(change, 32)
                mstore(change, add(mload(change), mul(b, mload(add(end, shl(5, slt(b, 0)))))))
                change := add(change, 32)
                mstore(change, add(mload(change), mul(c, mload(add(end, shl(5, slt(c, 0)))))))
                place := add(place, 96)
            }
        }
    }

    /// changes[i] += (spot factor of lane i - 1)·moving - marked.
    function _shock(int256[] memory changes, uint256[] memory lanes, int256 moving, int256 marked) private pure {
        uint256 largest = 0;
        assembly ("memory-safe") {
            let lane := add(lanes, 32)
            let end := add(lane, shl(5, mload(lanes)))
            let spotMask := sub(shl(128, 1), 1)
            for { let change := add(changes, 32) } lt(lane, end) { change := add(change, 32) } {
                let spot := and(mload(lane), spotMask)
                largest := or(largest, spot)
                mstore(change, sub(add(mload(change), mul(sub(spot, UNIT), moving)), marked))
                lane := add(lane, 32)
            }
        }
        if (largest >= SPOT_FACTOR_LIMIT) revert OutOfDomain("spot_factor", int256(largest));
    }

    /// Each scenario's P&L: the change rounded down, dampened, rounded down again; and the least of
    /// them and of `least`.
    function _outcomes(int256[] memory changes, int256 moving, uint256[] memory readings, int256 least)
        private
        pure
        returns (int256[] memory outcomes, int256 worst)
    {
        outcomes = new int256[](readings.length);
        worst = least;
        uint256 unread = 0;
        assembly ("memory-safe") {
            let reading := add(readings, 32)
            let end := add(reading, shl(5, mload(readings)))
            let count := sub(mload(changes), 2)
            for { let pointer := add(outcomes, 32) } lt(reading, end) { pointer := add(pointer, 32) } {
                let fields := mload(reading)
                let index := and(fields, 0xff)
                let shock := sar(128, fields)
                // The lane does not exist, or the shock lies outside [-2^67, 2^67).
                unread := or(unread, or(iszero(lt(index, count)), shr(68, add(shock, shl(67, 1)))))
                let change := add(mload(add(changes, shl(5, add(index, 1)))), mul(shock, moving))
                // sdiv rounds towards zero: one less where a negative remainder is left.
                let outcome := sub(sdiv(change, UNIT_36), slt(smod(change, UNIT_36), 0))
                let dampening := and(shr(8, fields), 0xffffffffffffffff)
                if xor(dampening, UNIT) {
                    outcome := mul(outcome, dampening)
                    outcome := sub(sdiv(outcome, UNIT), slt(smod(outcome, UNIT), 0))
                }
                mstore(pointer, outcome)
                if slt(outcome, worst) { worst := outcome }
                reading := add(reading, 32)
            }
        }
        if (unread != 0) revert OutOfDomain("reading", int256(unread));
    }

    function _checkCash(bytes32 name, int256 amount) private pure {
        if (amount <= -CASH_LIMIT || amount >= CASH_LIMIT) revert OutOfDomain(name, amount);
    }

    function _checkFactors(ExpiryHolding memory expiry) private pure {
        if (uint256(expiry.longFactor) >= uint256(FACTOR_LIMIT)) {
            revert OutOfDomain("long_factor", expiry.longFactor);
        }
        if (uint256(expiry.shortFactor) >= uint256(FACTOR_LIMIT)) {
            revert OutOfDomain("short_factor", expiry.shortFactor);
        }
        if (uint256(expiry.contingencyFactor) >= uint256(FACTOR_LIMIT)) {
            revert OutOfDomain("contingency_factor", expiry.contingencyFactor);
        }
    }

    /// a / divisor, rounded down.
    function _floor(int256 a, int256 divisor) private pure returns (int256 c) {
        unchecked {
            c = a / divisor;
            if (a % divisor < 0) --c;
        }
    }
}
