// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Messages that the law executes in order, whatever the sequencer wants
/// @notice message = kind u8, sender (20), time u48, payload; docs/protocol/inbox-messages.md.
interface IInbox {
    /// @notice Message `index` (from 0) was added; `rolling` is the rolling hash after it.
    event MessageAdded(uint64 indexed index, bytes message, bytes32 rolling);
    /// @notice User ops and registrations cost this much from now on.
    event FeeChanged(uint256 feeWei);
    /// @notice Collected fees were paid out.
    event FeesPaid(address indexed to, uint256 amountWei);

    error NotVault(address caller);
    error NotGovernor(address caller);
    error WrongFee(uint256 givenWei, uint256 wantedWei);
    error FeeOutOfRange(uint256 givenWei, uint256 minWei, uint256 maxWei);
    error MessageTooLong(uint256 length, uint256 maxLength);
    error UnknownMessage(uint64 index, uint64 count);
    error ForgottenMessage(uint64 index, uint64 count);
    error InboxFull(uint64 count, uint64 consumed);
    error PaymentFailed(address to, uint256 amountWei);

    /// @notice Force a user op (type, length, body; docs/protocol/user-ops.md). Costs `feeWei`.
    function submit(bytes calldata op) external payable returns (uint64 index);

    /// @notice Add a governance message (action u8, fields). Only the governor.
    function govern(bytes calldata payload) external returns (uint64 index);

    /// @notice Add a registration; charges `feeWei`. Only the Vault.
    function register(address sender, uint32 account, address owner) external payable returns (uint64 index);

    /// @notice Add a deposit. Only the Vault.
    function deposit(address sender, uint32 account, uint128 amountMicroUsd) external returns (uint64 index);

    /// @notice Change the fee. Only the governor.
    function setFee(uint256 feeWei_) external;

    /// @notice Pay the collected fees out. Only the governor.
    function payFees(address to) external;

    /// @notice How many messages there are.
    function count() external view returns (uint64);

    /// @notice How many messages fit until batches consume some, besides GOVERNANCE_ROOM of the governor.
    function room() external view returns (uint256);

    /// @notice The rolling hash over the first `end` messages. Reverts with `UnknownMessage`, or with `ForgottenMessage` if it was
    /// overwritten: batches have consumed those messages.
    function rolling(uint64 end) external view returns (bytes32);

    /// @notice The time of message `index` in milliseconds. Reverts with `UnknownMessage`, `ForgottenMessage`.
    function timeMs(uint64 index) external view returns (uint48);

    /// @notice What messages `start` to `end` - 1 are charged in sum, in law-gas; at most BATCH_INBOX_MAX of them are asked for. Reverts
    /// with `UnknownMessage`, `ForgottenMessage`.
    function chargeBetween(uint64 start, uint64 end) external view returns (uint256);

    /// @notice What `submit` and `Vault.register` cost.
    function feeWei() external view returns (uint256);

    function rollup() external view returns (address);

    function vault() external view returns (address);

    function governor() external view returns (address);
}
