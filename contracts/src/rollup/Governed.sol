// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {
    BOND_CHALLENGES,
    CHALLENGE_GAS_STRESS,
    STRESS_GAS_PRICE_WEI_MAX,
    STRESS_GAS_PRICE_WEI_MIN,
    WINDOW_SECONDS_MAX,
    WINDOW_SECONDS_MIN
} from "../generated/Params.sol";
import {IRollup, RollupConfig} from "../interfaces/IRollup.sol";
import {ITimelock} from "../interfaces/ITimelock.sol";
import {TestChain} from "./TestChain.sol";

/// @title Who governs, and the terms of future claims
/// @notice Terms never reach a claim that was posted before: it stores its own deadline. They have floors and ceilings that nobody
/// can move; the floors of times hold on every chain but the test chains named here, where a drill takes minutes.
abstract contract Governed is IRollup {
    uint256 private constant FORCE_INCLUSION_SECONDS_MIN = 1 hours;
    uint256 private constant EXIT_SECONDS_MIN = 7 days;
    uint256 private constant SECONDS_MAX = 30 days;

    address public immutable governor;
    address public immutable escape;
    uint64 public immutable forceInclusionSeconds;
    uint64 public immutable graceSeconds;
    uint64 public immutable exitSeconds;
    uint64 public immutable windowSecondsMin;

    uint64 public windowSeconds;
    /// @inheritdoc IRollup
    uint64 public resolutionEnd;
    uint256 public bondWei;

    modifier onlyGovernor() {
        if (msg.sender != governor) revert NotGovernor(msg.sender);
        _checkNotFrozen(); // nothing changes from here on for those who are about to leave
        _;
    }

    constructor(RollupConfig memory config) {
        governor = config.governor;
        escape = config.escape;
        forceInclusionSeconds = config.forceInclusionSeconds;
        graceSeconds = config.graceSeconds;
        exitSeconds = config.exitSeconds;
        bool forDrills = TestChain.isHere();
        windowSecondsMin = forDrills ? 1 : uint64(WINDOW_SECONDS_MIN);
        _checkSeconds(config.forceInclusionSeconds, forDrills ? 0 : FORCE_INCLUSION_SECONDS_MIN, SECONDS_MAX);
        _checkSeconds(config.graceSeconds, 0, SECONDS_MAX);
        _checkSeconds(config.exitSeconds, forDrills ? 0 : EXIT_SECONDS_MIN, SECONDS_MAX);
        uint256 besides = uint256(config.forceInclusionSeconds) + config.graceSeconds + config.exitSeconds;
        _setTerms(config.windowSeconds, config.stressGasPriceWei, besides);
    }

    /// @inheritdoc IRollup
    function setTerms(uint64 windowSeconds_, uint128 stressGasPriceWei) external onlyGovernor {
        _setTerms(
            windowSeconds_, stressGasPriceWei, uint256(forceInclusionSeconds) + graceSeconds + exitSeconds
        );
    }

    function _checkNotFrozen() internal view {
        if (resolutionEnd != 0) revert Frozen(resolutionEnd);
    }

    function _checkSeconds(uint64 given, uint256 min, uint256 max) internal pure {
        if (given < min || given > max) revert SecondsOutOfRange(given, min, max);
    }

    /// @dev Whoever reads an announcement has time to force an op, have anyone post it if the sequencer does not, see it
    /// final, and leave.
    function _setTerms(uint64 window, uint128 gasPriceWei, uint256 besides) private {
        _checkSeconds(window, windowSecondsMin, WINDOW_SECONDS_MAX);
        if (gasPriceWei < STRESS_GAS_PRICE_WEI_MIN || gasPriceWei > STRESS_GAS_PRICE_WEI_MAX) {
            revert PriceOutOfRange(gasPriceWei, STRESS_GAS_PRICE_WEI_MIN, STRESS_GAS_PRICE_WEI_MAX);
        }
        uint256 delay = ITimelock(governor).delaySeconds();
        if (delay <= window + besides) revert DelayTooShort(delay, window + besides);
        windowSeconds = window;
        bondWei = BOND_CHALLENGES * CHALLENGE_GAS_STRESS * gasPriceWei;
        emit TermsChanged(window, bondWei);
    }
}
