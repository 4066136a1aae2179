// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// This many of one option (short below zero), and its scenario array.
struct OptionHolding {
    uint256 strike;
    bool isCall;
    int256 amount;
    uint256[] array;
}

/// The options of one expiry, none twice, none of amount zero, and what its terms say of them.
/// `confidence` is the least of its forward, rate and volatility feed, at most one.
struct ExpiryHolding {
    int256 longFactor;
    int256 shortFactor;
    int256 contingencyFactor;
    uint256 confidence;
    OptionHolding[] options;
}

/// An amount of another asset than cash, with its price and rates.
struct CollateralHolding {
    uint256 amount;
    uint256 price;
    uint256 confidence;
    bool riskCancelling;
    uint256 maintenanceHaircut;
    uint256 initialHaircut;
}

/// Cash, perpetuals with their unsettled profit and funding, options, collateral; wads.
struct Account {
    int256 cash;
    int256 perpetuals;
    int256 perpetualPnl;
    int256 funding;
    ExpiryHolding[] expiries;
    CollateralHolding[] collateral;
}

/// Prices of spot, of the perpetual and of the stable asset, with the confidences of the first two.
struct Market {
    uint256 spot;
    uint256 spotConfidence;
    uint256 perpetual;
    uint256 perpetualConfidence;
    uint256 stable;
}

/// The parameters that margin itself needs, wads of at most 100.
struct MarginRules {
    uint256 perpetualMaintenance;
    uint256 perpetualInitial;
    uint256 optionMaintenance;
    uint256 optionInitial;
    uint256 confidenceThreshold;
    uint256 confidenceFactor;
    uint256 pegThreshold;
    uint256 pegFactor;
    uint256 initialFactor;
    uint256 maintenanceFactor;
}
