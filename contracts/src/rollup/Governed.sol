// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {BOND_CHALLENGES, CHALLENGE_GAS_STRESS} from "../generated/Params.sol";
import {IRollup, RollupConfig} from "../interfaces/IRollup.sol";
import {ITimelock} from "../interfaces/ITimelock.sol";

/// @title Who governs, and the terms of future claims
/// @notice Terms never reach a claim that was posted before: it stores its own deadline.
abstract contract Governed is IRollup {
    uint64 private constant WINDOW_SECONDS_MAX = 365 days;

    address public immutable governor;
    uint64 public immutable forceInclusionSeconds;
    uint64 public immutable graceSeconds;
    uint64 public immutable exitSeconds;

    uint64 public windowSeconds;
    uint256 public bondWei;

    modifier onlyGovernor() {
        if (msg.sender != governor) revert NotGovernor(msg.sender);
        _;
    }

    constructor(RollupConfig memory config) {
        governor = config.governor;
        forceInclusionSeconds = config.forceInclusionSeconds;
        graceSeconds = config.graceSeconds;
        exitSeconds = config.exitSeconds;
        if (config.forceInclusionSeconds > WINDOW_SECONDS_MAX) {
            revert WindowOutOfRange(config.forceInclusionSeconds, WINDOW_SECONDS_MAX);
        }
        if (config.graceSeconds > WINDOW_SECONDS_MAX) {
            revert WindowOutOfRange(config.graceSeconds, WINDOW_SECONDS_MAX);
        }
        if (config.exitSeconds > WINDOW_SECONDS_MAX) {
            revert WindowOutOfRange(config.exitSeconds, WINDOW_SECONDS_MAX);
        }
        uint256 besides = uint256(config.forceInclusionSeconds) + config.graceSeconds + config.exitSeconds;
        _setTerms(config.windowSeconds, config.stressGasPriceWei, config.governor, besides);
    }

    /// @inheritdoc IRollup
    function setTerms(uint64 windowSeconds_, uint128 stressGasPriceWei) external onlyGovernor {
        uint256 besides = uint256(forceInclusionSeconds) + graceSeconds + exitSeconds;
        _setTerms(windowSeconds_, stressGasPriceWei, governor, besides);
    }

    /// @dev Whoever reads an announcement has time to force an op, have anyone post it if the sequencer does not, see it
    /// final, and leave.
    function _setTerms(uint64 window, uint128 gasPriceWei, address governor_, uint256 besides) private {
        if (window == 0 || window > WINDOW_SECONDS_MAX) revert WindowOutOfRange(window, WINDOW_SECONDS_MAX);
        if (gasPriceWei == 0) revert ZeroPrice();
        uint256 delay = ITimelock(governor_).delaySeconds();
        if (delay <= window + besides) revert DelayTooShort(delay, window + besides);
        windowSeconds = window;
        bondWei = BOND_CHALLENGES * CHALLENGE_GAS_STRESS * gasPriceWei;
        emit TermsChanged(window, bondWei);
    }
}
