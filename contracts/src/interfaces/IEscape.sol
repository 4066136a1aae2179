// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Challenge} from "./IRollup.sol";

/// @dev Durations in seconds, set at deployment.
struct EscapeTerms {
    uint64 overdueSeconds; // of a message, beyond forced inclusion
    uint64 finalitySeconds; // in which nothing became final
    uint64 proposalSeconds; // in which what was posted before the freeze is claimed
    uint64 claimSeconds; // in which claims are proved before payments begin
}

/// @dev What an account or a depositor gets: one word.
struct Due {
    address recipient; // the owner, or whoever deposited
    uint88 amount; // micro-USD, before it is shared
    bool isLate; // proved when payments had begun
}

/// @dev What is shared, once claims are closed. In micro-USD.
struct Shares {
    uint128 refundsPaid; // of refundsDue: the part of each refund that is paid
    uint128 refundsDue;
    uint128 claimsPaid; // of claimsDue: the part of each claim
    uint128 claimsDue;
}

/// @title The way out of a venue that stopped (docs/protocol/leaving.md)
interface IEscape {
    /// @notice Payments will follow from the last root of claim `number`; the law of its batch values positions by `module`.
    event EscapeOpened(uint64 indexed number, bytes32 root, uint64 inboxEnd, address module, uint64 claimEnd);
    /// @notice An instrument is priced at `mark` ticks; its house is worth `houseMicroUsd`.
    event InstrumentPriced(uint16 indexed instrument, uint256 mark, int256 houseMicroUsd);
    /// @notice `account` is worth `equityMicroUsd`, and was owed `owedMicroUsd` besides; `amountMicroUsd` is due to its owner.
    event Claimed(
        uint32 indexed account,
        address indexed owner,
        int256 equityMicroUsd,
        uint256 owedMicroUsd,
        uint256 amountMicroUsd,
        bool isLate
    );
    /// @notice What was deposited by message `index`, which no final state has seen, is due to its depositor.
    event Refunded(uint64 indexed index, address indexed depositor, uint256 amountMicroUsd, bool isLate);
    /// @notice Claims are closed: everybody gets the same part.
    event ClaimsClosed(Shares shares, uint256 leftMicroUsd);
    event ClaimPaid(uint32 indexed account, address indexed recipient, uint256 amountMicroUsd);
    event RefundPaid(uint64 indexed index, address indexed recipient, uint256 amountMicroUsd);

    /// @notice The law of batch `number` makes `resultRoot` of its segment after `preRoot`.
    event LawResultShown(uint64 indexed number, uint32 segmentIndex, bytes32 preRoot, bytes32 resultRoot);
    /// @notice It made another one of the same inputs before: payments are paused.
    event LawFaultShown(
        bytes32 indexed lawId, uint64 indexed number, uint32 segmentIndex, bytes32 resultRoot, bytes32 otherRoot
    );

    error FaultKnown(bytes32 lawId);
    error ChallengeSucceeds(bytes32 rightRoot);
    error SecondsOutOfRange(uint64 given, uint256 min, uint256 max);
    error NothingOverdue(uint256 overdueSeconds, uint256 wantedSeconds);
    error NotInsolvent(uint256 liabilitiesMicroUsd, uint256 custodyMicroUsd);
    error NotFrozen();
    error Unresolved(uint64 resolutionEnd, uint256 time);
    error AlreadyOpen(uint64 number);
    error NotOpen();
    error NotFinal(uint64 number);
    error WrongBatch(bytes32 found, bytes32 wanted);
    error WrongProof(bytes32 proved, bytes32 root);
    error UnexpectedRecord(uint64 key);
    error MissingRecord(uint64 key);
    error NotPriced(uint256 instrument);
    error AlreadyClaimed(uint32 account);
    error AlreadyRefunded(uint64 index);
    error ValuationFailed();
    error NotADeposit(uint64 index);
    error MessageConsumed(uint64 index, uint64 inboxEnd);
    error WrongMessage(uint64 index, bytes32 found, bytes32 wanted);
    error ClaimsOpen(uint64 claimEnd, uint256 time);
    error AlreadyClosed();
    error NotClosed();
    error InstrumentsUnpriced(uint256 priced, uint256 wanted);
    error NothingDue();
    error NotRecipient(address caller, address recipient);

    /// @notice Freeze the venue: a message is overdue, or nothing became final. Anyone may call.
    /// @param finalNumber The newest final claim, if finality is what is overdue; else anything.
    function freeze(uint64 finalNumber) external;

    /// @notice Freeze the venue by proof that the newest final state owes more than the Vault was left with: the law has a hole.
    /// Anyone may call.
    /// @param finalNumber The newest final claim.
    /// @param record The global record as a witness entry, `proof` its multiproof against the claim's last root.
    function freezeInsolvent(uint64 finalNumber, bytes calldata record, bytes calldata proof) external;

    /// @notice Show what the law makes of a segment, by a challenge of any claim that is not final, right or wrong. It changes nothing
    /// on the Rollup. The second result of the same inputs pauses payments, once for each law. Anyone may call.
    function showLawResult(Challenge calldata given) external returns (bytes32 resultRoot);

    /// @notice Whether a law gave two results of the same inputs.
    function isFaulty(bytes32 lawId) external view returns (bool);

    /// @notice Once everything that was posted is resolved: fix the state that is paid by.
    /// @param header Of the newest claim's batch; ignored if nothing but the genesis is final.
    /// @param segments That batch's commitment to its segments.
    /// @param record The global record as a witness entry: key u64, words u8, data.
    /// @param proof Its multiproof against the claim's last root.
    function open(bytes calldata header, bytes32 segments, bytes calldata record, bytes calldata proof) external;

    /// @notice Price instruments, each once: the records of their underlyings, of them, and of their marks.
    function price(bytes calldata records, bytes calldata proof) external;

    /// @notice Prove what an account is worth. Anyone may call; the owner is paid.
    function claim(bytes calldata record, bytes calldata proof) external returns (uint256 amountMicroUsd);

    /// @notice Prove what is left of an account's credit once it has paid what the account owes: the guarantor is paid, by `pay` of
    /// CREDIT_OF + account. Anyone may call.
    /// @param records Of the account, and of the one that its credit came from.
    function claimCredit(uint32 account, bytes calldata records, bytes calldata proof) external returns (uint256 amountMicroUsd);

    /// @notice Prove a deposit that no final state has seen: it goes back to whoever sent it. Anyone may call.
    /// @param index Of the message; `message` is its content, `before` the rolling hash before it.
    /// @param following Hashes of the messages behind it, up to one whose rolling hash the Inbox remembers; most often none.
    function refund(uint64 index, bytes calldata message, bytes32 before, bytes32[] calldata following)
        external
        returns (uint256 amountMicroUsd);

    /// @notice Begin to pay: fix what part of their claims everybody gets. Anyone may call, when the time for claims is over and every
    /// instrument is priced.
    function close() external;

    /// @notice Pay an account's owner. Anyone may call.
    function pay(uint32 account) external returns (uint256 amountMicroUsd);

    /// @notice The same, to an address that the owner names. Only the owner.
    function payTo(uint32 account, address recipient) external returns (uint256 amountMicroUsd);

    /// @notice Pay a refund to whoever deposited. Anyone may call.
    function payRefund(uint64 index) external returns (uint256 amountMicroUsd);

    /// @notice The same, to an address that the depositor names. Only the depositor.
    function payRefundTo(uint64 index, address recipient) external returns (uint256 amountMicroUsd);

    function overdueSeconds() external view returns (uint64);

    function finalitySeconds() external view returns (uint64);

    function proposalSeconds() external view returns (uint64);

    function claimSeconds() external view returns (uint64);

    /// @notice The root that is paid by; zero: not open yet.
    function root() external view returns (bytes32);

    /// @notice The claim whose last root it is.
    function number() external view returns (uint64);

    /// @notice Messages below it were seen by that root's state.
    function inboxEnd() external view returns (uint64);

    /// @notice When the time for claims is over, in seconds.
    function claimEnd() external view returns (uint64);

    function instrumentCount() external view returns (uint16);

    function pricedCount() external view returns (uint16);

    function isPriced(uint16 instrument) external view returns (bool);

    /// @notice Whether payments have begun.
    function isClosed() external view returns (bool);

    function shares() external view returns (Shares memory);

    /// @notice What is left for late claims, in micro-USD.
    function leftMicroUsd() external view returns (uint256);

    /// @notice What of `account` was proved and not paid yet; a recipient of zero: nothing was proved.
    function dueTo(uint32 account) external view returns (Due memory);

    /// @notice The same of the deposit by message `index`.
    function refundOf(uint64 index) external view returns (Due memory);

    function rollup() external view returns (address);

    function vault() external view returns (address);

    function inbox() external view returns (address);
}
