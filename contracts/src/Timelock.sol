// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ITimelock} from "./interfaces/ITimelock.sol";

/// @title The governor: every call is announced, waits `delaySeconds`, and can be run for as long again
/// @notice While the venue is set up, before `seal`, calls run at once; nobody can deposit before. The Rollup refuses terms under
/// which the delay would not exceed window, forced inclusion, grace and the time to leave.
contract Timelock is ITimelock {
    uint64 public immutable delaySeconds;

    address public owner;
    bool public isSealed;
    uint256 public callCount;
    /// @notice Of an announced call: the hash of target and data, and when it may run; zero once it ran.
    mapping(uint256 id => Announcement) public announcements;

    struct Announcement {
        bytes32 callHash;
        uint64 readyTime; // seconds
    }

    modifier onlyOwner() {
        if (msg.sender != owner) revert NotOwner(msg.sender, owner);
        _;
    }

    constructor(address owner_, uint64 delaySeconds_) {
        delaySeconds = delaySeconds_;
        _setOwner(owner_);
    }

    /// @inheritdoc ITimelock
    function schedule(address target, bytes calldata data) external onlyOwner returns (uint256 id) {
        id = callCount++;
        uint64 readyTime = uint64(block.timestamp) + delaySeconds;
        announcements[id] = Announcement(_hash(target, data), readyTime);
        emit CallScheduled(id, target, data, readyTime, readyTime + delaySeconds);
    }

    /// @inheritdoc ITimelock
    function execute(uint256 id, address target, bytes calldata data) external onlyOwner {
        Announcement memory found = announcements[id];
        if (found.callHash == 0 || found.callHash != _hash(target, data)) revert UnknownCall(id);
        if (block.timestamp < found.readyTime) revert NotReady(id, found.readyTime, block.timestamp);
        uint64 lastTime = found.readyTime + delaySeconds;
        if (block.timestamp > lastTime) revert CallExpired(id, lastTime, block.timestamp);
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
        if (isSealed) revert AlreadySealed();
        _call(target, data);
    }

    /// @inheritdoc ITimelock
    function seal(address owner_) external onlyOwner {
        if (isSealed) revert AlreadySealed();
        isSealed = true;
        emit Sealed();
        _setOwner(owner_);
    }

    /// @inheritdoc ITimelock
    function setOwner(address owner_) external {
        if (msg.sender != address(this)) revert NotSelf(msg.sender);
        _setOwner(owner_);
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
