// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ITimelock} from "./interfaces/ITimelock.sol";

/// @title The governor: every call is announced, waits `delaySeconds`, and can be run for as long again
/// @notice While the venue is set up, before `seal`, calls run at once; nobody can deposit before. A call that was announced before it waits
/// as if it had been announced at the seal. The Rollup refuses terms under which the delay would not exceed window, forced inclusion,
/// grace and the time to leave.
contract Timelock is ITimelock {
    uint64 private constant DELAY_SECONDS_MAX = 365 days;

    uint64 public immutable delaySeconds;

    address public owner;
    uint64 public sealedTime;
    uint256 public callCount;
    /// @notice Of an announced call: the hash of target and data, and when that was; zero once it ran.
    mapping(uint256 id => Announcement) public announcements;

    struct Announcement {
        bytes32 callHash;
        uint64 scheduledTime; // seconds
    }

    modifier onlyOwner() {
        if (msg.sender != owner) revert NotOwner(msg.sender, owner);
        _;
    }

    constructor(address owner_, uint64 delaySeconds_) {
        if (delaySeconds_ > DELAY_SECONDS_MAX) revert DelayTooLong(delaySeconds_, DELAY_SECONDS_MAX);
        delaySeconds = delaySeconds_;
        _setOwner(owner_);
    }

    /// @inheritdoc ITimelock
    function schedule(address target, bytes calldata data) external onlyOwner returns (uint256 id) {
        id = callCount++;
        announcements[id] = Announcement(_hash(target, data), uint64(block.timestamp));
        (uint64 ready, uint64 last) = callTimes(id);
        emit CallScheduled(id, target, data, ready, last);
    }

    /// @inheritdoc ITimelock
    function execute(uint256 id, address target, bytes calldata data) external onlyOwner {
        Announcement memory found = announcements[id];
        if (found.callHash == 0 || found.callHash != _hash(target, data)) revert UnknownCall(id);
        (uint64 ready, uint64 last) = callTimes(id);
        if (block.timestamp < ready) revert NotReady(id, ready, block.timestamp);
        if (block.timestamp > last) revert CallExpired(id, last, block.timestamp);
        delete announcements[id];
        emit CallExecuted(id);
        _call(target, data);
    }

    /// @inheritdoc ITimelock
    function cancel(uint256 id) external onlyOwner {
        if (announcements[id].callHash == 0) revert UnknownCall(id);
        delete announcements[id];
        emit CallCancelled(id);
    }

    /// @inheritdoc ITimelock
    function setUp(address target, bytes calldata data) external onlyOwner {
        if (isSealed()) revert AlreadySealed();
        _call(target, data);
    }

    /// @inheritdoc ITimelock
    function seal(address owner_) external onlyOwner {
        if (isSealed()) revert AlreadySealed();
        sealedTime = uint64(block.timestamp);
        emit Sealed();
        _setOwner(owner_);
    }

    /// @inheritdoc ITimelock
    function setOwner(address owner_) external {
        if (msg.sender != address(this)) revert NotSelf(msg.sender);
        _setOwner(owner_);
    }

    /// @inheritdoc ITimelock
    function isSealed() public view returns (bool) {
        return sealedTime != 0;
    }

    /// @inheritdoc ITimelock
    function callTimes(uint256 id) public view returns (uint64 readyTime, uint64 lastTime) {
        Announcement memory found = announcements[id];
        if (found.callHash == 0) revert UnknownCall(id);
        uint64 from = found.scheduledTime < sealedTime ? sealedTime : found.scheduledTime;
        return (from + delaySeconds, from + 2 * delaySeconds);
    }

    function _setOwner(address owner_) private {
        if (owner_ == address(0)) revert ZeroOwner();
        owner = owner_;
        emit OwnerChanged(owner_);
    }

    function _hash(address target, bytes calldata data) private pure returns (bytes32) {
        return keccak256(abi.encode(target, data));
    }

    /// @dev Run a call, and pass its revert on.
    function _call(address target, bytes calldata data) private {
        if (target.code.length == 0) revert NoCode(target);
        (bool done, bytes memory answer) = target.call(data);
        if (!done) {
            assembly ("memory-safe") {
                revert(add(answer, 32), mload(answer))
            }
        }
    }
}
