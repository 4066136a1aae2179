// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {FixedPoint, ONE, OutOfDomain} from "./FixedPoint.sol";

int256 constant AMOUNT_MAX = (1 << 97) - 1; // 158 billion
uint256 constant UNIT_PRICE_MAX = (1 << 85) - 1; // 38.6 million
uint256 constant MARGIN_RATE_MAX = 10 * ONE;
uint256 constant OPEN_INTEREST_MAX = 1e24 * ONE;

/// Margin rates of the options on one underlying, wads: docs/risk.md, standard margin.
struct OptionRates {
    uint256 initial;
    uint256 initialFloor;
    uint256 callMaintenance;
    uint256 putMaintenance;
    uint256 putMarkMaintenance;
    uint256 putOffset;
}

/// Requirement of a net short call beyond the worst strike, as fractions of the forward; wads.
struct UnpairedScales {
    uint256 initial;
    uint256 maintenance;
}

/// A position in one option: the amount is short below zero, `mark` one option's mark price.
struct StandardOption {
    uint256 strike;
    bool isCall;
    int256 amount;
    uint256 mark;
}

/// Standard margin of one position and of one expiry's options, and the initial fraction scaled by open interest. The same
/// bits as risk/kernel/standard_margin.py, standard_account.py and open_interest.py; each requirement rounds up,
/// against the user.
library StandardMargin {
    /// Initial and maintenance requirement of an option position, USD; `mark` is one option's price.
    function ofOption(
        bool isCall,
        uint256 strike,
        uint256 mark,
        int256 amount,
        uint256 spot,
        OptionRates memory rates
    ) internal pure returns (uint256 initial, uint256 maintenance) {
        _checkAmount(amount);
        _checkPrice("strike", strike);
        _checkPrice("mark", mark);
        _checkPrice("spot", spot);
        _checkRate(rates.initial);
        _checkRate(rates.initialFloor);
        _checkRate(rates.callMaintenance);
        _checkRate(rates.putMaintenance);
        _checkRate(rates.putMarkMaintenance);
        _checkRate(rates.putOffset);
        if (amount >= 0) return (0, 0);
        unchecked {
            uint256 beyond = isCall ? _over(strike, spot) : _over(spot, strike);
            // a·S - OTM and b·S need no quotient OTM/S; exact until the product with the amount.
            initial = _max(_over(rates.initial * spot, beyond * ONE), rates.initialFloor * spot) + mark * ONE;
            if (isCall) {
                maintenance = rates.callMaintenance * spot + mark * ONE;
            } else {
                maintenance =
                    _max(rates.putMaintenance * spot, rates.putMarkMaintenance * mark) + mark * ONE;
                initial = _max(initial, uint256(FixedPoint.mulCeil(int256(rates.putOffset), int256(maintenance))));
            }
            return _requirements(uint256(-amount), initial, maintenance);
        }
    }

    /// Initial and maintenance requirement of one expiry's options, USD: the lower of what the
    /// shorts ask for on their own and of the most that all can lose at settlement.
    function ofExpiry(
        StandardOption[] memory options,
        uint256 spot,
        uint256 forward,
        OptionRates memory rates,
        UnpairedScales memory scales
    ) internal pure returns (uint256 initial, uint256 maintenance) {
        _checkPrice("forward", forward);
        if (scales.initial > MARGIN_RATE_MAX) revert OutOfDomain("scale", int256(scales.initial));
        if (scales.maintenance > MARGIN_RATE_MAX) revert OutOfDomain("scale", int256(scales.maintenance));
        uint256 size = 0;
        int256 netCalls = 0;
        unchecked {
            for (uint256 i = 0; i < options.length; ++i) {
                StandardOption memory option = options[i];
                (uint256 initialOfOne, uint256 maintenanceOfOne) =
                    ofOption(option.isCall, option.strike, option.mark, option.amount, spot, rates);
                initial += initialOfOne;
                maintenance += maintenanceOfOne;
                // Each is at most AMOUNT_MAX: the sum is checked before it could wrap.
                size += uint256(option.amount < 0 ? -option.amount : option.amount);
                if (size > uint256(AMOUNT_MAX)) revert OutOfDomain("size", int256(size));
                if (option.isCall) netCalls += option.amount;
            }
            uint256 most = (mostLost(options) + ONE - 1) / ONE;
            uint256 unpaired = netCalls < 0 ? uint256(-netCalls) * forward : 0;
            uint256 bound = most + _ceil(unpaired * scales.initial, ONE * ONE);
            if (bound < initial) initial = bound;
            bound = most + _ceil(unpaired * scales.maintenance, ONE * ONE);
            if (bound < maintenance) maintenance = bound;
        }
    }

    /// The greatest loss over settlement prices of zero and every strike, 36 decimals.
    function mostLost(StandardOption[] memory options) internal pure returns (uint256) {
        int256 worst = _paid(options, 0);
        if (worst > 0) worst = 0;
        unchecked {
            for (uint256 i = 0; i < options.length; ++i) {
                int256 paid = _paid(options, options[i].strike);
                if (paid < worst) worst = paid;
            }
            return uint256(-worst);
        }
    }

    /// What all options pay at a settlement price, 36 decimals.
    function _paid(StandardOption[] memory options, uint256 settlement) private pure returns (int256 paid) {
        unchecked {
            for (uint256 i = 0; i < options.length; ++i) {
                StandardOption memory option = options[i];
                uint256 one =
                    option.isCall ? _over(settlement, option.strike) : _over(option.strike, settlement);
                paid += option.amount * int256(one);
            }
        }
    }

    /// Initial and maintenance requirement of a perpetual position, USD.
    function ofPerpetual(int256 amount, uint256 price, uint256 initialFraction, uint256 maintenanceFraction)
        internal
        pure
        returns (uint256 initial, uint256 maintenance)
    {
        _checkAmount(amount);
        _checkPrice("price", price);
        _checkRate(initialFraction);
        _checkRate(maintenanceFraction);
        unchecked {
            uint256 size = uint256(amount < 0 ? -amount : amount);
            return _requirements(size, initialFraction * price, maintenanceFraction * price);
        }
    }

    /// min(1, IMF + (1 - IMF)·(OI - low)/(high - low)), IMF up to low; rounded up.
    function scaledInitialFraction(uint256 fraction, uint256 openInterest, uint256 low, uint256 high)
        internal
        pure
        returns (uint256)
    {
        if (fraction > ONE) revert OutOfDomain("fraction", int256(fraction));
        if (openInterest > OPEN_INTEREST_MAX) revert OutOfDomain("open_interest", int256(openInterest));
        if (high > OPEN_INTEREST_MAX) revert OutOfDomain("high", int256(high));
        if (low > high) revert OutOfDomain("low", int256(low));
        if (openInterest <= low) return fraction;
        if (openInterest >= high) return ONE;
        unchecked {
            return fraction + uint256(
                FixedPoint.mulDivCeil(int256(ONE - fraction), int256(openInterest - low), int256(high - low))
            );
        }
    }

    /// Requirements of `size` units from those of one with 36 decimals, rounded up.
    function _requirements(uint256 size, uint256 initial, uint256 maintenance)
        private
        pure
        returns (uint256, uint256)
    {
        int256 unit = int256(ONE * ONE);
        return (
            uint256(FixedPoint.mulDivCeil(int256(size), int256(initial), unit)),
            uint256(FixedPoint.mulDivCeil(int256(size), int256(maintenance), unit))
        );
    }

    function _ceil(uint256 a, uint256 divisor) private pure returns (uint256) {
        unchecked {
            return (a + divisor - 1) / divisor;
        }
    }

    function _over(uint256 a, uint256 b) private pure returns (uint256) {
        unchecked {
            return a > b ? a - b : 0;
        }
    }

    function _max(uint256 a, uint256 b) private pure returns (uint256) {
        return a > b ? a : b;
    }

    function _checkAmount(int256 amount) private pure {
        if (amount < -AMOUNT_MAX || amount > AMOUNT_MAX) revert OutOfDomain("amount", amount);
    }

    function _checkPrice(bytes32 name, uint256 price) private pure {
        if (price > UNIT_PRICE_MAX) revert OutOfDomain(name, int256(price));
    }

    function _checkRate(uint256 rate) private pure {
        if (rate > MARGIN_RATE_MAX) revert OutOfDomain("rate", int256(rate));
    }
}
