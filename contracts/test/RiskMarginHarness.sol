// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ExpiryTerms, TermParameters, Terms} from "../src/risk/ExpiryTerms.sol";
import {Account, MarginRules, Market} from "../src/risk/Holdings.sol";
import {Grid, Margin, PortfolioMargin} from "../src/risk/PortfolioMargin.sol";
import {ScenarioArray} from "../src/risk/ScenarioArray.sol";
import {OptionRates, StandardMargin, StandardOption, UnpairedScales} from "../src/risk/StandardMargin.sol";
import {RawSvi, Svi} from "../src/risk/Svi.sol";

/// The margin libraries' internal functions, callable: for agreement tests and gas measurements.
contract RiskMarginHarness {
    function volatilityAt(RawSvi memory svi, uint256 forward, uint256 strike, uint256 secondsLeft)
        external
        pure
        returns (uint256)
    {
        return Svi.volatilityAt(svi, forward, strike, secondsLeft);
    }

    function totalVariance(RawSvi memory svi, int256 k) external pure returns (int256) {
        return Svi.totalVariance(svi, k);
    }

    function optionRequirement(
        bool isCall,
        uint256 strike,
        uint256 mark,
        int256 amount,
        uint256 spot,
        OptionRates memory rates
    ) external pure returns (uint256, uint256) {
        return StandardMargin.ofOption(isCall, strike, mark, amount, spot, rates);
    }

    function expiryRequirement(
        StandardOption[] memory options,
        uint256 spot,
        uint256 forward,
        OptionRates memory rates,
        UnpairedScales memory scales
    ) external pure returns (uint256, uint256) {
        return StandardMargin.ofExpiry(options, spot, forward, rates, scales);
    }

    function perpetualRequirement(int256 amount, uint256 price, uint256 initial, uint256 maintenance)
        external
        pure
        returns (uint256, uint256)
    {
        return StandardMargin.ofPerpetual(amount, price, initial, maintenance);
    }

    function scaledInitialFraction(uint256 fraction, uint256 openInterest, uint256 low, uint256 high)
        external
        pure
        returns (uint256)
    {
        return StandardMargin.scaledInitialFraction(fraction, openInterest, low, high);
    }

    function expiryTerms(
        uint256 secondsLeft,
        uint256 forward,
        int256 rate,
        uint256 average,
        TermParameters memory parameters
    ) external pure returns (Terms memory) {
        return ExpiryTerms.derive(secondsLeft, forward, rate, average, parameters);
    }

    function scenarioArrays(uint256[] memory lanes, Terms memory terms, uint256 strike, uint256 volatility)
        external
        pure
        returns (uint256[] memory calls, uint256[] memory puts)
    {
        return ScenarioArray.build(lanes, terms, strike, volatility);
    }

    function portfolioMargin(
        Account memory account,
        Market memory market,
        MarginRules memory rules,
        Grid memory grid
    ) external pure returns (Margin memory) {
        return PortfolioMargin.assess(account, market, rules, grid);
    }

    /// Gas of an expiry's terms and of one strike's arrays (call and put), without the call's own.
    function gasOfArrays(
        uint256[] memory lanes,
        uint256 secondsLeft,
        uint256 forward,
        int256 rate,
        uint256 average,
        TermParameters memory parameters,
        uint256 strike,
        uint256 volatility
    ) external view returns (uint256 gasOfTerms, uint256 gasOfArray) {
        uint256 start = gasleft();
        Terms memory terms = ExpiryTerms.derive(secondsLeft, forward, rate, average, parameters);
        uint256 middle = gasleft();
        ScenarioArray.build(lanes, terms, strike, volatility);
        return (start - middle, middle - gasleft());
    }

    /// Gas of a margin from arrays, without that of decoding the holdings.
    function gasOfMargin(
        Account memory account,
        Market memory market,
        MarginRules memory rules,
        Grid memory grid
    ) external view returns (uint256 gasUsed, Margin memory margin) {
        gasUsed = gasleft();
        margin = PortfolioMargin.assess(account, market, rules, grid);
        gasUsed -= gasleft();
    }
}
