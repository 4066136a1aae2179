// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SEQUENCER_EPOCH_LEAP_MAX, SEQUENCER_KEYS_MAX} from "../generated/Params.sol";
import {IRollup, RollupConfig} from "../interfaces/IRollup.sol";
import {Governed} from "./Governed.sol";

/// @title Who orders: an account that governance appoints, and the keys that it lets take turns
/// @notice docs/protocol/batches-and-claims.md. Governance acts behind its timelock, the account at once: so a standby takes over,
/// and a stolen key goes, without waiting for anybody. One key posts at a time. Taking over raises the epoch, which never falls: of
/// two nodes that both believe they lead, L1 takes batches from the one with the later epoch.
abstract contract SequencerKeys is Governed {
    address public sequencerAccount;
    uint64 public sequencerKeySet;
    mapping(address key => uint64 set) private _setOf;

    // The last words of this contract's storage: they share a slot with what follows, so that a batch reads one.
    address public sequencer;
    uint32 public sequencerEpoch;

    constructor(RollupConfig memory config) {
        _appoint(config.sequencer);
    }

    /// @inheritdoc IRollup
    function setSequencer(address account_) external onlyGovernor {
        _appoint(account_);
    }

    /// @inheritdoc IRollup
    function setSequencerKeys(address[] calldata keys_) external {
        if (msg.sender != sequencerAccount) revert NotSequencerAccount(msg.sender, sequencerAccount);
        if (keys_.length == 0 || keys_.length > SEQUENCER_KEYS_MAX) {
            revert KeysOutOfRange(keys_.length, SEQUENCER_KEYS_MAX);
        }
        uint64 set = ++sequencerKeySet;
        for (uint256 i = 0; i < keys_.length; ++i) {
            if (keys_[i] == address(0)) revert NoKey(i);
            _setOf[keys_[i]] = set;
        }
        emit SequencerKeysChanged(set, keys_);
        // The key that posts goes on if it stays: a standby more or less disturbs nobody.
        if (!isSequencerKey(sequencer)) _begin(keys_[0], sequencerEpoch + 1);
    }

    /// @inheritdoc IRollup
    function lead(uint32 epoch) external {
        if (!isSequencerKey(msg.sender)) revert NotSequencerKey(msg.sender);
        uint32 present = sequencerEpoch;
        // The leap is bounded so that no key can use up the epochs.
        if (epoch <= present || epoch - present > SEQUENCER_EPOCH_LEAP_MAX) {
            revert EpochOutOfRange(epoch, present, SEQUENCER_EPOCH_LEAP_MAX);
        }
        _begin(msg.sender, epoch);
    }

    /// @inheritdoc IRollup
    function isSequencerKey(address key) public view returns (bool) {
        return _setOf[key] == sequencerKeySet;
    }

    /// @dev A new account starts with itself as the only key: keys that the account before it had admitted are gone.
    function _appoint(address account_) private {
        sequencerAccount = account_;
        uint64 set = ++sequencerKeySet;
        _setOf[account_] = set;
        address[] memory keys = new address[](1);
        keys[0] = account_;
        emit SequencerKeysChanged(set, keys);
        _begin(account_, sequencerEpoch + 1);
    }

    function _begin(address sequencer_, uint32 epoch) private {
        sequencer = sequencer_;
        sequencerEpoch = epoch;
        emit SequencerChanged(sequencer_, epoch);
    }
}
