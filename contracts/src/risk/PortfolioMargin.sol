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
/// `markValue` excludes cash; the contingencies are zero or above and already subtracted.
struct Margin {
    int256 initialMargin;
    int256 maintenanceMargin;
    int256 markValue;
    int256 worst;
    int256 forwardContingency;
    uint256 maintenanceContingency;
    uint256 initialContingency;
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
            (margin.maintenanceContingency, margin.initialContingency) =
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
            for (uint256 e = 0; e < expiries.length; ++e) {
                ExpiryHolding memory expiry = expiries[e];
                _checkFactors(expiry);
                _weigh(_weights(expiry.options, (count + 2) / 3), changes, sums, expiry);
                int256 mark = sums[count - SPECIAL_LANES];
                int256 least = _min(sums[count - 4], sums[count - 3]) - mark;
                if (least < 0) contingency += least * expiry.contingencyFactor;
                marks += mark;
                // _weigh added the change of each skew; twice its gain less, and it is a loss.
                changes[count - 2] -= 2 * _gain(sums[count - 2], mark, expiry);
                changes[count - 1] -= 2 * _gain(sums[count - 1], mark, expiry);
            }
            margin.forwardContingency = _floor(contingency, UNIT_36);
            _shock(changes, lanes, moving, marks * UNIT);
        }
    }

    /// What an expiry would gain from a skew, 54 decimals, or zero: a skew may bend either way, so
    /// its change always counts as a loss.
    function _gain(int256 sum, int256 mark, ExpiryHolding memory expiry) private pure returns (int256 gain) {
        unchecked {
            gain = sum * (sum >= 0 ? expiry.longFactor : expiry.shortFactor) - mark * UNIT;
            if (gain < 0) gain = 0;
        }
    }

    /// For each option its amount, and where the words of its array begin.
    function _weights(OptionHolding[] memory options, uint256 wordCount)
        private
        pure
        returns (uint256[] memory weights)
    {
        unchecked {
            weights = new uint256[](2 * options.length);
            for (uint256 j = 0; j < options.length; ++j) {
                OptionHolding memory option = options[j];
                uint256[] memory array = option.array;
                if (array.length != wordCount) revert OutOfDomain("array", int256(array.length));
                int256 amount = option.amount;
                assembly ("memory-safe") {
                    let weight := add(add(weights, 32), shl(6, j))
                    mstore(weight, amount)
                    mstore(add(weight, 32), add(array, 32))
                }
            }
        }
    }

    /// sums[i] = Σ amount × value under lane i; changes[i] += sums[i] × the factor of its sign.
    /// In assembly, as the loops after it: a word's three lanes stay on the stack while all options
    /// are added. Written with checked array accesses, the loops cost 90,000 gas more.
    function _weigh(
        uint256[] memory weights,
        int256[] memory changes,
        int256[] memory sums,
        ExpiryHolding memory expiry
    ) private pure {
        assembly ("memory-safe") {
            function discounted(change, sum, long, short) {
                let factor := xor(long, mul(xor(long, short), slt(sum, 0)))
                mstore(change, add(mload(change), mul(sum, factor)))
            }
            let long := mload(expiry)
            let short := mload(add(expiry, 32))
            let first := add(weights, 32)
            let last := add(first, shl(5, mload(weights)))
            let mask := sub(shl(85, 1), 1)
            let total := add(sums, 32)
            let change := add(changes, 32)
            // Whole words only: of the two lanes of room, those that complete the last word.
            let end := shl(5, div(mload(sums), 3))
            for { let offset := 0 } lt(offset, end) { offset := add(offset, 32) } {
                let low := 0
                let middle := 0
                let high := 0
                for { let weight := first } lt(weight, last) { weight := add(weight, 64) } {
                    let amount := mload(weight)
                    let values := mload(add(mload(add(weight, 32)), offset))
                    low := add(low, mul(amount, and(values, mask)))
                    middle := add(middle, mul(amount, and(shr(85, values), mask)))
                    high := add(high, mul(amount, and(shr(170, values), mask)))
                }
                mstore(total, low)
                discounted(change, low, long, short)
                mstore(add(total, 32), middle)
                discounted(add(change, 32), middle, long, short)
                mstore(add(total, 64), high)
                discounted(add(change, 64), high, long, short)
                total := add(total, 96)
                change := add(change, 96)
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

    function _min(int256 a, int256 b) private pure returns (int256) {
        return a < b ? a : b;
    }

    /// a / divisor, rounded down.
    function _floor(int256 a, int256 divisor) private pure returns (int256 c) {
        unchecked {
            c = a / divisor;
            if (a % divisor < 0) --c;
        }
    }
}
