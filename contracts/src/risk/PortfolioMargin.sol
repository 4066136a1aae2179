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
uint256 constant COLLATERAL_LIMIT = 1 << 120; // of one collateral's value: 1.3e18 USD
uint256 constant SPOT_LIMIT = 1 << 85; // of spot and the perpetual's price: 38.6 million
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
/// as sequencer/core/risk/portfolio_margin.py; formulas, bounds and roundings in docs/risk.md.
/// Amounts and values have 18 decimals, their sums 36 and discounted sums 54, all exact: values
/// below 2^85, amounts together below 2^97 and factors below 2^68 leave five bits of a word.
library PortfolioMargin {
    /// The margin of an account whose arrays are those of `grid`.
    function assess(Account memory account, Market memory market, MarginRules memory rules, Grid memory grid)
        internal
        pure
        returns (Margin memory margin)
    {
        uint256[] memory sizes = _sizes(account, market);
        (uint256[] memory values, uint256 collateral, int256 moving) = _collateral(account, market);
        (int256[] memory changes, int256 marks) = _changes(account.expiries, moving, grid.lanes, margin);
        margin.scenarios = _outcomes(changes, moving, grid.readings);
        margin.worst = margin.forwardContingency;
        unchecked {
            for (uint256 i = 0; i < margin.scenarios.length; ++i) {
                if (margin.scenarios[i] < margin.worst) margin.worst = margin.scenarios[i];
            }
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
                OptionHolding[] memory options = account.expiries[i].options;
                uint256 size = 0;
                for (uint256 j = 0; j < options.length; ++j) size += _size(options[j].amount);
                sizes[i] = size;
                total += size;
            }
            if (total >= SIZE_LIMIT) revert OutOfDomain("size", int256(total));
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
        changes = new int256[](count);
        // Room for whole words of three lanes, so that the last one needs no special case.
        int256[] memory sums = new int256[](count + 2);
        int256 contingency = 0;
        unchecked {
            uint256 special = count - SPECIAL_LANES;
            for (uint256 e = 0; e < expiries.length; ++e) {
                ExpiryHolding memory expiry = expiries[e];
                _checkFactors(expiry);
                _weigh(expiry.options, sums, count);
                int256 mark = sums[special];
                int256 least = _min(sums[special + 1], sums[special + 2]) - mark;
                if (least < 0) contingency += least * expiry.contingencyFactor;
                marks += mark;
                _discount(changes, sums, mark * UNIT, expiry.longFactor, expiry.shortFactor);
            }
            margin.forwardContingency = _floor(contingency, UNIT_36);
            int256 base = marks * UNIT;
            for (uint256 i = 0; i < special + 3; ++i) {
                changes[i] += (int256(uint256(uint128(lanes[i]))) - UNIT) * moving - base;
            }
        }
    }

    /// Adds an expiry's discounted sums to `changes`, and clears the sums. A skew may bend either
    /// way: its change counts as a loss.
    function _discount(
        int256[] memory changes,
        int256[] memory sums,
        int256 marked,
        int256 longFactor,
        int256 shortFactor
    ) private pure {
        unchecked {
            uint256 skews = changes.length - 2;
            for (uint256 i = 0; i < skews; ++i) {
                int256 sum = sums[i];
                changes[i] += sum * (sum >= 0 ? longFactor : shortFactor);
                sums[i] = 0;
            }
            for (uint256 i = skews; i < skews + 2; ++i) {
                int256 sum = sums[i];
                int256 change = sum * (sum >= 0 ? longFactor : shortFactor) - marked;
                changes[i] -= change >= 0 ? change : -change;
                sums[i] = 0;
            }
        }
    }

    /// sums[i] += amount × value under lane i, for each option.
    /// In assembly: three lanes of a word at once, without bounds checks; it is the inner loop.
    function _weigh(OptionHolding[] memory options, int256[] memory sums, uint256 count) private pure {
        unchecked {
            uint256 wordCount = (count + 2) / 3;
            for (uint256 j = 0; j < options.length; ++j) {
                int256 amount = options[j].amount;
                uint256[] memory array = options[j].array;
                if (array.length != wordCount) revert OutOfDomain("array", int256(array.length));
                assembly ("memory-safe") {
                    let mask := sub(shl(85, 1), 1)
                    let word := add(array, 32)
                    let end := add(word, shl(5, wordCount))
                    for { let sum := add(sums, 32) } lt(word, end) { word := add(word, 32) } {
                        let values := mload(word)
                        mstore(sum, add(mload(sum), mul(amount, and(values, mask))))
                        sum := add(sum, 32)
                        mstore(sum, add(mload(sum), mul(amount, and(shr(85, values), mask))))
                        sum := add(sum, 32)
                        mstore(sum, add(mload(sum), mul(amount, and(shr(170, values), mask))))
                        sum := add(sum, 32)
                    }
                }
            }
        }
    }

    /// Each scenario's P&L: the change rounded down, dampened, rounded down again.
    function _outcomes(int256[] memory changes, int256 moving, uint256[] memory readings)
        private
        pure
        returns (int256[] memory outcomes)
    {
        outcomes = new int256[](readings.length);
        unchecked {
            for (uint256 i = 0; i < readings.length; ++i) {
                uint256 reading = readings[i];
                int256 change = changes[uint8(reading)];
                int256 shock = int256(reading) >> 128;
                if (shock != 0) change += shock * moving;
                int256 outcome = _floor(change, UNIT_36);
                int256 dampening = int256(uint256(uint64(reading >> 8)));
                outcomes[i] = dampening == UNIT ? outcome : _floor(outcome * dampening, UNIT);
            }
        }
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
