// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Custody of the collateral
interface IVault {
    /// @notice `owner` got account `account`; inbox message `index` tells the law.
    event AccountRegistered(uint32 indexed account, address indexed owner, uint64 index);
    /// @notice `amountMicroUsd` arrived for `account`; inbox message `index` tells the law.
    event Deposited(uint32 indexed account, address indexed from, uint128 amountMicroUsd, uint64 index);
    /// @notice `amountMicroUsd` went to the owner, or to an address that the owner named, as claim `claimNumber` shows.
    event Withdrawn(
        uint32 indexed account, address indexed recipient, uint128 amountMicroUsd, uint64 claimNumber
    );
    /// @notice The Vault holds at most this much from now on.
    event DepositCapChanged(uint256 capMicroUsd);

    error NotGovernor(address caller);
    error NotSealed();
    error ZeroOwner();
    error AccountsFull(uint32 nextAccount);
    error UnknownAccount(uint32 account, uint32 nextAccount);
    error NothingReceived();
    error DepositCapExceeded(uint256 custodyMicroUsd, uint256 capMicroUsd);
    error CapTooHigh(uint256 givenMicroUsd, uint256 maxMicroUsd);
    error TransferFailed();
    error NotAnAccount(uint64 key, uint256 words);
    error WrongProof(bytes32 proved, bytes32 finalRoot);
    error NothingOwed(uint32 account, uint256 withdrawnMicroUsd, uint256 paidMicroUsd);
    error NotAccountOwner(address caller, address owner);
    error BadRecipient(address recipient);
    error Reentered();

    /// @notice Open an account for `owner`; costs the Inbox's `feeWei`.
    function register(address owner) external payable returns (uint32 account);

    /// @notice Take `amountMicroUsd` of the token from the caller; what really arrives is credited.
    function deposit(uint32 account, uint256 amountMicroUsd) external returns (uint128 receivedMicroUsd);

    /// @notice Pay an account's owner what a final state shows as withdrawn and was not paid yet. Anyone may call.
    /// @param claimNumber A final claim.
    /// @param record The account's record as one witness entry: key u64, words u8, data.
    /// @param proof Its multiproof against the claim's last root.
    function withdraw(uint64 claimNumber, bytes calldata record, bytes calldata proof)
        external
        returns (uint128 amountMicroUsd);

    /// @notice The same, paid to an address that the owner names. Only the owner may call: the token may refuse to pay the owner itself.
    function withdrawTo(address recipient, uint64 claimNumber, bytes calldata record, bytes calldata proof)
        external
        returns (uint128 amountMicroUsd);

    /// @notice Change the cap on what the Vault holds. Only the governor.
    function setDepositCap(uint256 capMicroUsd) external;

    function nextAccount() external view returns (uint32);

    /// @notice Deposits less payments, in micro-USD.
    function custodyMicroUsd() external view returns (uint256);

    function depositCapMicroUsd() external view returns (uint256);

    /// @notice What was ever paid to the owner of `account`, in micro-USD.
    function paidMicroUsd(uint32 account) external view returns (uint256);

    function token() external view returns (address);

    function inbox() external view returns (address);

    function rollup() external view returns (address);

    function governor() external view returns (address);
}
