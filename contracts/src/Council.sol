// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {COUNCIL_APPROVAL_SECONDS, COUNCIL_MEMBERS_MAX} from "./generated/Params.sol";
import {ICouncil} from "./interfaces/ICouncil.sol";
import {IVault} from "./interfaces/IVault.sol";

/// @title M of N members who pause payments: the one thing that anybody can decide here without delay
/// @notice A pause ends by itself, and the Vault takes no other for three weeks. It stops no batch, claim, dispute, freeze or
/// escape. Members change by the timelock.
contract Council is ICouncil {
    address public immutable vault;
    address public immutable governor;

    uint256 public threshold;
    uint64 private _round;
    uint64 private _roundTime; // of its first approval, in seconds
    uint128 private _approvals;
    address[] private _members;
    mapping(address account => uint64 epoch) private _memberOf; // of the present members: the epoch
    uint64 private _epoch;
    mapping(uint64 round => mapping(address member => bool)) private _approved;

    constructor(address vault_, address governor_, address[] memory members_, uint256 threshold_) {
        (vault, governor) = (vault_, governor_);
        _setMembers(members_, threshold_);
    }

    /// @inheritdoc ICouncil
    function approve() external {
        if (!isMember(msg.sender)) revert NotMember(msg.sender);
        if (_isOver()) (_round, _roundTime, _approvals) = (_round + 1, uint64(block.timestamp), 0);
        if (_approved[_round][msg.sender]) revert AlreadyApproved(_round, msg.sender);
        _approved[_round][msg.sender] = true;
        uint256 count = ++_approvals;
        emit Approved(_round, msg.sender, count, threshold);
        if (count < threshold) return;
        _roundTime = 0;
        IVault(vault).pausePayments();
    }

    /// @inheritdoc ICouncil
    function setMembers(address[] calldata members_, uint256 threshold_) external {
        if (msg.sender != governor) revert NotGovernor(msg.sender);
        _setMembers(members_, threshold_);
    }

    /// @inheritdoc ICouncil
    function approvals() external view returns (uint256) {
        return _isOver() ? 0 : _approvals;
    }

    /// @inheritdoc ICouncil
    function members() external view returns (address[] memory) {
        return _members;
    }

    /// @inheritdoc ICouncil
    function isMember(address account) public view returns (bool) {
        return _memberOf[account] == _epoch;
    }

    /// @dev Whether the next approval is the first of another round.
    function _isOver() private view returns (bool) {
        return block.timestamp > _roundTime + COUNCIL_APPROVAL_SECONDS;
    }

    function _setMembers(address[] memory members_, uint256 threshold_) private {
        if (members_.length > COUNCIL_MEMBERS_MAX || 2 * threshold_ <= members_.length || threshold_ > members_.length) {
            revert BadMembers(members_.length, threshold_, COUNCIL_MEMBERS_MAX);
        }
        uint64 epoch = ++_epoch;
        for (uint256 i = 0; i < members_.length; ++i) {
            if (_memberOf[members_[i]] == epoch) revert MemberTwice(members_[i]);
            _memberOf[members_[i]] = epoch;
        }
        (_members, threshold, _roundTime) = (members_, threshold_, 0);
        emit MembersChanged(_round, members_, threshold_);
    }
}
