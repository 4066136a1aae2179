// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title What governs: calls wait, visibly, before they run
interface ITimelock {
    /// @notice `owner` may run this call from `readyTime` (seconds) to `lastTime`; both are later if `seal` comes after it.
    event CallScheduled(
        uint256 indexed id, address indexed target, bytes data, uint64 readyTime, uint64 lastTime
    );
    /// @notice The call ran.
    event CallExecuted(uint256 indexed id);
    /// @notice The call will never run.
    event CallCancelled(uint256 indexed id);
    /// @notice The set-up is over: from now on every call waits, from this moment on if it was announced before.
    event Sealed();
    /// @notice Somebody else schedules from now on.
    event OwnerChanged(address indexed owner);

    error NotOwner(address caller, address owner);
    error NotSelf(address caller);
    error AlreadySealed();
    error UnknownCall(uint256 id);
    error NotReady(uint256 id, uint64 readyTime, uint256 time);
    error CallExpired(uint256 id, uint64 lastTime, uint256 time);
    error NoCode(address target);
    error ZeroOwner();
    error DelayTooLong(uint64 delaySeconds, uint64 maxSeconds);

    /// @notice Announce a call. Only the owner.
    /// @return id Its number, from 0.
    function schedule(address target, bytes calldata data) external returns (uint256 id);

    /// @notice Run a call whose delay has passed. Only the owner.
    function execute(uint256 id, address target, bytes calldata data) external;

    /// @notice Drop an announced call. Only the owner.
    function cancel(uint256 id) external;

    /// @notice Run a call at once, while the venue is set up. Only the owner, only before `seal`.
    function setUp(address target, bytes calldata data) external;

    /// @notice End the set-up and hand over to `owner_`; nobody can deposit before. Only the owner, once.
    function seal(address owner_) external;

    /// @notice Hand the timelock over. Only by a call of its own.
    function setOwner(address owner_) external;

    /// @notice Seconds between announcing and running a call.
    function delaySeconds() external view returns (uint64);

    /// @notice Whether the set-up is over.
    function isSealed() external view returns (bool);

    /// @notice When the set-up ended, in seconds; 0: not yet.
    function sealedTime() external view returns (uint64);

    /// @notice When an announced call may run. Reverts with `UnknownCall` if there is none, or it ran.
    function callTimes(uint256 id) external view returns (uint64 readyTime, uint64 lastTime);

    /// @notice Who schedules.
    function owner() external view returns (address);

    /// @notice How many calls were ever announced.
    function callCount() external view returns (uint256);
}
