// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @dev What a batch takes of a lane. Times and charges of messages that are not there are 0.
struct LaneUse {
    uint64 count; // of the lane, whatever the batch takes
    bytes32 rolling; // behind what it takes
    uint256 charge; // of that
    uint48 startMs; // time of its first message
    uint48 nextMs; // of the first that it leaves
    uint256 nextCharge; // of that one
}

/// @title Messages that the law executes in order, whatever the sequencer wants
/// @notice message = kind u8, sender (20), time u48, payload; docs/protocol/inbox-messages.md.
interface IInbox {
    /// @notice Message `index` (from 0) was added; `rolling` is the rolling hash after it.
    event MessageAdded(uint64 indexed index, bytes message, bytes32 rolling);
    /// @notice The same of the lane of exits.
    event ExitAdded(uint64 indexed index, bytes message, bytes32 rolling);
    /// @notice A million law-gas costs this much from now on, while nothing waits.
    event FeeChanged(uint256 feePerMegaWei);
    /// @notice Collected fees were paid out.
    event FeesPaid(address indexed to, uint256 amountWei);
    /// @notice `payer` paid too much and takes no ether: `collectRefund` pays it.
    event RefundKept(address indexed payer, uint256 amountWei);
    event RefundPaid(address indexed payer, address indexed to, uint256 amountWei);

    error NotVault(address caller);
    error NotGovernor(address caller);
    error WrongRuns(uint256 joined);
    error NotAnExit(uint256 opType);
    error NotAccountOwner(address caller, address owner);
    error ExitOutstanding(uint32 account, uint64 index);
    error FeeTooLow(uint256 givenWei, uint256 wantedWei);
    error FeeOutOfRange(uint256 givenWei, uint256 minWei, uint256 maxWei);
    error MessageTooLong(uint256 length, uint256 maxLength);
    error UnknownMessage(uint64 index, uint64 count);
    error ForgottenMessage(uint64 index, uint64 count);
    error InboxFull(uint64 count, uint64 consumed);
    error PaymentFailed(address to, uint256 amountWei);

    /// @notice Force a user op (type, length, body; docs/protocol/user-ops.md). Costs `feeOf`; what is paid beyond goes back.
    function submit(bytes calldata op) external payable returns (uint64 index);

    /// @notice Leave: a Withdraw or ForcedClose without a signature, by the account's owner. It goes into a lane of its own, which
    /// batches consume first, one an account until a batch has consumed it. Costs `exitFeeOf`, whatever waits; what is paid beyond
    /// goes back.
    function exit(bytes calldata op) external payable returns (uint64 index);

    /// @notice Add a governance message (action u8, fields). Only the governor.
    function govern(bytes calldata payload) external returns (uint64 index);

    /// @notice Add a registration, paid for as `submit` is; what is paid beyond goes to `sender`. Only the Vault.
    function register(address sender, uint32 account, address owner) external payable returns (uint64 index);

    /// @notice Add a deposit, paid for in the same way. Only the Vault.
    function deposit(address sender, uint32 account, uint128 amountMicroUsd) external payable returns (uint64 index);

    /// @notice Add a payment into a pool, paid for in the same way. Only the Vault.
    function payIn(address sender, uint8 pool, uint128 amountMicroUsd) external payable returns (uint64 index);

    /// @notice Tell the law what this block's gas costs: it charges users' bytes by an average. Paid for as `submit` is.
    function reportL1() external payable returns (uint64 index);

    /// @notice Change the fee. Only the governor.
    function setFee(uint256 feePerMegaWei_) external;

    /// @notice Pay the collected fees out. Only the governor.
    function payFees(address to) external;

    /// @notice Pay what the caller once paid too much, and could not take back then.
    function collectRefund(address to) external;

    /// @notice What a message of this kind and payload costs in this block, in wei. It rises with every message that comes, and falls
    /// with time.
    function feeOf(uint8 kind, bytes calldata payload) external view returns (uint256);

    /// @notice What `exit` costs.
    function exitFeeOf(bytes calldata op) external view returns (uint256);

    /// @notice The law-gas of messages that waits, if batches consume as much as their rate admits.
    function backlog() external view returns (uint256);

    /// @notice The same of exits.
    function exitBacklog() external view returns (uint256);

    /// @notice Who may `exit` for an account.
    function ownerOf(uint32 account) external view returns (address);

    /// @notice Whether an exit of the account waits for a batch.
    function hasExit(uint32 account) external view returns (bool);

    /// @notice What a batch takes that consumes exits `exitStart` to `exitEnd` - 1, and messages `start` to `end` - 1. Bit i of `joined`:
    /// message `start` + i shares the segment of the one before it. Reverts with `WrongRuns` if it may not.
    function uses(uint64 exitStart, uint64 exitEnd, uint64 start, uint64 end, uint64 joined)
        external
        view
        returns (LaneUse memory exits, LaneUse memory messages);

    /// @notice How many messages there are, exits not counted.
    function count() external view returns (uint64);

    /// @notice How many exits there are.
    function exitCount() external view returns (uint64);

    /// @notice `rolling`, `timeMs` and `chargeBetween` of exits.
    function exitRolling(uint64 end) external view returns (bytes32);

    function exitTimeMs(uint64 index) external view returns (uint48);

    function exitChargeBetween(uint64 start, uint64 end) external view returns (uint256);

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

    /// @notice What a million law-gas costs while nothing waits.
    function feePerMegaWei() external view returns (uint256);

    /// @notice Law-gas a second that messages may be charged: the Rollup's.
    function inboxRate() external view returns (uint32);

    /// @notice What `collectRefund` pays.
    function refundWei(address payer) external view returns (uint256);

    function rollup() external view returns (address);

    function vault() external view returns (address);

    function governor() external view returns (address);
}
