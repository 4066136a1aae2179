// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Members who can pause payments together, and do nothing else
interface ICouncil {
    /// @notice These members, this many of whom must agree, from here on. Approvals so far are void.
    event MembersChanged(uint64 indexed round, address[] members, uint256 threshold);
    /// @notice `member` wants payments paused; `count` of `threshold` do.
    event Approved(uint64 indexed round, address indexed member, uint256 count, uint256 threshold);

    error NotGovernor(address caller);
    error NotMember(address caller);
    error AlreadyApproved(uint64 round, address member);
    error BadMembers(uint256 count, uint256 threshold, uint256 max);
    error MemberTwice(address member);

    /// @notice Want payments paused. The last one who is needed pauses them. Approvals are good for a day. Only a member.
    function approve() external;

    /// @notice Other members: more than half of them must agree. Only the governor.
    function setMembers(address[] calldata members_, uint256 threshold_) external;

    function isMember(address account) external view returns (bool);

    function members() external view returns (address[] memory);

    function threshold() external view returns (uint256);

    /// @notice How many members want payments paused now.
    function approvals() external view returns (uint256);

    function vault() external view returns (address);

    function governor() external view returns (address);
}
