// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @dev Set at deployment.
struct VaultConfig {
    address token;
    address inbox;
    address rollup;
    address governor; // an ITimelock
    address escape; // an IEscape: whom the money leaves through after a freeze
    address council; // an ICouncil; zero: nobody pauses payments
    uint256 depositCapMicroUsd;
    uint256 dailySharePpm; // of custody, that a day's payments may take
    uint256 dailyLeastMicroUsd; // what they may take at least
    uint256 minimumDepositMicroUsd;
}

/// @title Custody of the collateral
interface IVault {
    /// @notice `owner` got account `account`; inbox message `index` says so to the law.
    event AccountRegistered(uint32 indexed account, address indexed owner, uint64 index);
    /// @notice `amountMicroUsd` arrived for `account`; inbox message `index` says so to the law.
    event Deposited(uint32 indexed account, address indexed from, uint128 amountMicroUsd, uint64 index);
    /// @notice `amountMicroUsd` arrived for a pool of the venue; inbox message `index` says so to the law.
    event PaidIn(uint8 indexed pool, address indexed from, uint128 amountMicroUsd, uint64 index);
    /// @notice `amountMicroUsd` went to the owner, or to an address that the owner named, as claim `claimNumber` shows; 0: it had
    /// waited.
    event Withdrawn(
        uint32 indexed account, address indexed recipient, uint128 amountMicroUsd, uint64 claimNumber
    );
    /// @notice The day's share is used up, or others wait: it is paid by `payQueued`, after all places before it.
    event PaymentQueued(
        uint32 indexed account, address indexed recipient, uint128 amountMicroUsd, uint256 place
    );
    /// @notice What waits for `account` goes to `recipient`.
    event RecipientNamed(uint32 indexed account, address indexed recipient);
    /// @notice The token refuses the recipient of a payment that waited: it is owed as before, and no longer in line.
    event PaymentRefused(uint32 indexed account, address indexed recipient, uint128 amountMicroUsd);
    /// @notice The Vault has fewer tokens than it should: this part of a payment waits until they are back.
    event Shortfall(address indexed recipient, uint256 amountMicroUsd);
    event ShortfallPaid(address indexed recipient, uint256 amountMicroUsd);
    /// @notice The Vault pays nobody until then.
    event Paused(uint64 until);
    /// @notice A share of custody left through the Escape.
    event Escaped(address indexed recipient, uint256 amountMicroUsd);
    /// @notice The Vault holds at most this much from now on.
    event DepositCapChanged(uint256 capMicroUsd);
    /// @notice Deposits are at least this much from now on.
    event MinimumDepositChanged(uint256 minimumMicroUsd);

    error NotGovernor(address caller);
    error NotSealed();
    error ZeroOwner();
    error AccountsFull(uint32 nextAccount);
    error UnknownAccount(uint32 account, uint32 nextAccount);
    error NothingReceived();
    error DepositTooSmall(uint256 receivedMicroUsd, uint256 minimumMicroUsd);
    error UnknownPool(uint8 pool);
    error CustodyTooHigh(uint256 custodyMicroUsd, uint256 maxMicroUsd);
    error DepositCapExceeded(uint256 custodyMicroUsd, uint256 capMicroUsd);
    error CapTooHigh(uint256 givenMicroUsd, uint256 maxMicroUsd);
    error MinimumTooHigh(uint256 givenMicroUsd, uint256 maxMicroUsd);
    error TransferFailed();
    error NotAnAccount(uint64 key, uint256 words);
    error WrongProof(bytes32 proved, bytes32 finalRoot);
    error NothingOwed(uint32 account, uint256 withdrawnMicroUsd, uint256 paidMicroUsd);
    error NotAccountOwner(address caller, address owner);
    error BadRecipient(address recipient);
    error Reentered();
    error VaultFrozen();
    error PaymentsPaused(uint64 until);
    error PausedLately(uint64 nextTime);
    error NotCouncil(address caller, address council);
    error NotEscape(address caller, address escape);
    error DailyOutOfRange(uint256 given, uint256 min, uint256 max);
    error GasTooLow(uint256 wantedGas);
    error NothingShort(address recipient);
    error StillShort(uint256 surplusMicroUsd, uint256 shortfallsMicroUsd);

    /// @notice Open an account for `owner`; pays the Inbox's fee, and what is paid beyond goes back.
    function register(address owner) external payable returns (uint32 account);

    /// @notice Take `amountMicroUsd` of the token from the caller; what really arrives is credited, if it is the minimum or more. Pays
    /// the Inbox's fee as `register` does.
    function deposit(uint32 account, uint256 amountMicroUsd) external payable returns (uint128 receivedMicroUsd);

    /// @notice Give the token to a pool of the venue: 1, the fee pool, or 2, the insurance fund. What arrives is the venue's for good:
    /// governance alone pays out of pools. Pays the Inbox's fee as `register` does.
    function payIn(uint8 pool, uint256 amountMicroUsd) external payable returns (uint128 receivedMicroUsd);

    /// @notice Pay an account's owner what a final state shows as withdrawn and was not paid yet. Anyone may call.
    /// It is paid at once if nothing waits and the day's share admits it; else it waits in line, and 0 is returned.
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

    /// @notice Pay up to `count` of the payments that wait, in their order, as far as the day's share goes. Anyone may call.
    function payQueued(uint256 count) external;

    /// @notice Pay what a payment to `recipient` lacked, once the tokens that were missing are all back. Anyone may call.
    function collectShortfall(address recipient) external returns (uint256 amountMicroUsd);

    /// @notice Pay somebody's part of a frozen venue's custody. Only the Escape.
    function payEscaped(address recipient, uint256 amountMicroUsd) external;

    /// @notice Pay nobody for PAUSE_SECONDS; PAUSE_REST_SECONDS after a pause at the earliest. An escape pays all the same. Only the council.
    function pausePayments() external;

    /// @notice Pay nobody for FAULT_PAUSE_SECONDS: the law contradicts itself. An escape pays all the same. Only the Escape.
    function pauseForFault() external;

    /// @notice Change the cap on what the Vault holds. Only the governor.
    function setDepositCap(uint256 capMicroUsd) external;

    /// @notice Change what a deposit is at least. Only the governor.
    function setMinimumDeposit(uint256 minimumMicroUsd) external;

    function nextAccount() external view returns (uint32);

    /// @notice Deposits less payments, in micro-USD.
    function custodyMicroUsd() external view returns (uint256);

    /// @notice That much of it for which there are tokens, in micro-USD.
    function backedMicroUsd() external view returns (uint256);

    /// @notice The next place to be paid, and the one behind the last that waits.
    function queued() external view returns (uint256 start, uint256 end);

    /// @notice What waits for `account`, in micro-USD.
    function queuedMicroUsd(uint32 account) external view returns (uint256);

    /// @notice What may still be paid today (a day of UTC), in micro-USD.
    function leftTodayMicroUsd() external view returns (uint256);

    /// @notice What payments to `recipient` lacked, in micro-USD.
    function shortfallMicroUsd(address recipient) external view returns (uint256);

    function shortfallsMicroUsd() external view returns (uint256);

    function dailySharePpm() external view returns (uint256);

    function dailyLeastMicroUsd() external view returns (uint256);

    function escape() external view returns (address);

    function council() external view returns (address);

    /// @notice When payments go on, in seconds; a time of the past: nobody pauses them.
    function pausedUntil() external view returns (uint64);

    function depositCapMicroUsd() external view returns (uint256);

    function minimumDepositMicroUsd() external view returns (uint256);

    /// @notice What was ever paid to the owner of `account`, in micro-USD.
    function paidMicroUsd(uint32 account) external view returns (uint256);

    function token() external view returns (address);

    function inbox() external view returns (address);

    function rollup() external view returns (address);

    function governor() external view returns (address);
}
