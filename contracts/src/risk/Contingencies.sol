// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ONE, OutOfDomain} from "./FixedPoint.sol";
import {Account, CollateralHolding, ExpiryHolding, MarginRules, Market, OptionHolding} from "./Holdings.sol";

/// Margin for what no scenario shows, by notional; each rounds up, against the user. The same bits
/// as risk/kernel/contingencies.py. The bounds of PortfolioMargin keep products in a word.
library Contingencies {
    /// Maintenance contingency, what initial margin adds to it, and naked shorts. `sizes` are those of the
    /// account's expiries, `values` of its collateral.
    function assess(
        Account memory account,
        Market memory market,
        uint256[] memory sizes,
        uint256[] memory values,
        MarginRules memory rules
    ) internal pure returns (uint256 maintenance, uint256 initial, uint256 shorts) {
        uint256 confidence = market.spotConfidence;
        unchecked {
            if (account.perpetuals != 0) {
                confidence = _min(confidence, market.perpetualConfidence);
                uint256 notional =
                    uint256(account.perpetuals < 0 ? -account.perpetuals : account.perpetuals) * market.spot;
                maintenance = _ceil(notional * rules.perpetualMaintenance, ONE * ONE);
                initial = _ceil(notional * rules.perpetualInitial, ONE * ONE);
                initial += _ceil(notional * confidenceRate(confidence, rules), ONE * ONE);
            }
            for (uint256 i = 0; i < account.expiries.length; ++i) {
                ExpiryHolding memory expiry = account.expiries[i];
                shorts += nakedShorts(expiry.options);
                uint256 rate = confidenceRate(_min(confidence, expiry.confidence), rules);
                if (rate != 0) initial += _ceil(sizes[i] * market.spot * rate, ONE * ONE);
            }
            maintenance += _ceil(shorts * market.spot * rules.optionMaintenance, ONE * ONE);
            initial += _ceil(shorts * market.spot * rules.optionInitial, ONE * ONE);
            for (uint256 i = 0; i < values.length; ++i) {
                CollateralHolding memory held = account.collateral[i];
                maintenance += _ceil(values[i] * held.maintenanceHaircut, ONE);
                initial += _ceil(values[i] * held.initialHaircut, ONE);
                uint256 rate = confidenceRate(_min(market.spotConfidence, held.confidence), rules);
                initial += _ceil(values[i] * rate, ONE);
            }
        }
    }

    /// Short options of one expiry that nothing at their strike offsets: at a strike a call and a
    /// put of opposite sign count max(0, -(their sum)); two shorts both count.
    function nakedShorts(OptionHolding[] memory options) internal pure returns (uint256 naked) {
        unchecked {
            for (uint256 i = 0; i < options.length; ++i) {
                OptionHolding memory option = options[i];
                int256 amount = option.amount;
                if (amount >= 0) continue;
                int256 offset = _counterpart(options, option);
                if (offset > 0) amount += offset;
                if (amount < 0) naked += uint256(-amount);
            }
        }
    }

    /// The amount of the other kind of option at the same strike, or zero.
    /// In assembly, because every short looks through all options of its expiry: half the gas.
    function _counterpart(OptionHolding[] memory options, OptionHolding memory option)
        private
        pure
        returns (int256 amount)
    {
        assembly ("memory-safe") {
            let strike := mload(option)
            let pointer := add(options, 32)
            let end := add(pointer, shl(5, mload(options)))
            for {} lt(pointer, end) { pointer := add(pointer, 32) } {
                let other := mload(pointer)
                if eq(mload(other), strike) {
                    if xor(mload(add(other, 32)), mload(add(option, 32))) {
                        amount := mload(add(other, 64))
                        break
                    }
                }
            }
        }
    }

    /// (1 - confidence)·factor below the threshold, rounded up; zero elsewhere.
    function confidenceRate(uint256 confidence, MarginRules memory rules) internal pure returns (uint256) {
        if (confidence >= rules.confidenceThreshold) return 0;
        if (confidence > ONE) revert OutOfDomain("confidence", int256(confidence));
        unchecked {
            return _ceil((ONE - confidence) * rules.confidenceFactor, ONE);
        }
    }

    function _min(uint256 a, uint256 b) private pure returns (uint256) {
        return a < b ? a : b;
    }

    function _ceil(uint256 a, uint256 divisor) private pure returns (uint256) {
        unchecked {
            return (a + divisor - 1) / divisor;
        }
    }
}
