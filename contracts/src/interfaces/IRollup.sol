// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @dev Trade, keeper, upkeep, account, inbox: the contracts of a law, in the order of the families' bytes.
uint256 constant LAW_FAMILIES = 5;

/// @dev What the Rollup remembers of a batch: two words.
struct Batch {
    bytes32 batchHash;
    uint40 inboxEnd;
    uint40 exitEnd;
    uint48 timeMs;
    uint16 segmentCount; // of the claim: consumed exits and messages, and ordered segments
    uint40 paceTime; // seconds: when the batches so far would have come, at their least distance
}

/// @dev Levels of the buckets after the newest batch, in thousandths of a unit of law-gas.
struct Levels {
    uint56 ordered;
    uint56 messages;
    uint56 exits;
}

/// @dev What the Rollup remembers of a claim: three words.
struct Claim {
    bytes32 claimHash;
    bytes32 lastRoot;
    address proposer;
    uint64 deadline; // seconds; challengeable up to and including it
    uint32 postedBlock;
}

/// @dev A proposer's stake, in wei.
struct Bond {
    uint128 amount; // backs all pending claims
    uint128 held; // of slashes: the reward of the deepest disproof, paid when no other can come
    uint64 lockedUntil; // seconds: deadline of the latest claim; after a slash a window more
    uint64 freshBlock; // of the newest deposit
    uint128 fresh; // deposited in that block: backs no claim of the same block
    address rewardTo; // who gets what is held; zero: nobody yet
    uint64 disproof; // whose reward waits for a claimant: its id + 1; zero: none
}

/// @dev A disproof whose caller had not committed; its reward waits for somebody who had.
struct Disproof {
    bytes32 claimHash;
    bytes32 rightRoot;
    address proposer;
    uint32 segmentIndex;
    uint32 postedBlock;
    uint32 deletedBlock;
}

/// @dev Everything that disproves a claim in one call.
struct Challenge {
    uint64 number; // of the claim and its batch
    bytes32 claimHash;
    uint32 segmentIndex; // i: roots i and i + 1
    bytes32 preRoot; // root i
    bytes32 postRoot; // root i + 1, as claimed
    bytes32[] preRootPath;
    bytes32[] postRootPath;
    bytes header; // of the batch
    bytes32 segments; // the batch's commitment to its segments; ignored for an ordered segment
    bytes segment; // as the batch holds it, or the inbox message
    bytes32[] segmentPath; // of an inbox message: the rolling hash before it, the hashes of those after it
    bytes records; // (key u64, words u8, data)*
    bytes advice; // slots u32
    bytes proof; // multiproof of the records
    bytes32 salt; // of the caller's commitment, or anything
}

/// @dev Why a challenge is not complete.
enum Defect {
    ROOT_INDEX, // no such segment in the claim
    ROOTS, // the roots are not those of the claim
    HEADER, // not the header of the batch
    SEGMENT, // not the segment of the batch
    MESSAGE, // not the message that the batch consumed
    LAW_CALL, // the law reverted: a record or advice is missing or wrong, or gas ran out
    LAW_RESULT, // the law's result does not parse
    RECORDS, // records not parsed, not rising, out of their tree, or not among those given
    TOUCHED, // more records than the law touched
    ADVICE, // more advice than the law used
    PROOF, // proof too short, or something of it left over
    PRE_ROOT // the records are not those of root i
}

/// @dev Set at deployment.
struct RollupConfig {
    address inbox;
    address governor; // an ITimelock
    address escape; // an IEscape: the only one that freezes
    address sequencer;
    address[LAW_FAMILIES] laws; // with the same modules
    uint64 windowSeconds;
    uint64 forceInclusionSeconds;
    uint64 graceSeconds;
    uint64 maxLagSeconds;
    uint64 exitSeconds; // time that users have to leave before what was announced happens
    uint32 orderedRate; // law-gas a second that ordered segments may charge
    uint32 inboxRate; // and messages, and as much again exits: at least an eighth of all three
    uint64 orderedBurst; // law-gas that may come at once: at least what the greatest batch is charged
    uint64 inboxBurst;
    uint128 stressGasPriceWei;
}

/// @title Batches, claims, bonds and the one challenge (docs/protocol/batches-and-claims.md, challenges.md)
interface IRollup {
    /// @notice A batch was ordered. `data` = header, (length u16, segment)*.
    event BatchPosted(uint64 indexed number, bytes32 indexed batchHash, bytes data);
    /// @notice A claim was posted: one root before the batch and one after each segment.
    event ClaimPosted(
        uint64 indexed number,
        bytes32 indexed claimHash,
        address indexed proposer,
        uint64 deadline,
        bytes32[] roots
    );
    /// @notice Claims `number` to `claimCount` - 1 are gone: segment `segmentIndex` leads to `rightRoot`.
    event ClaimDeleted(
        uint64 indexed number,
        bytes32 indexed claimHash,
        address indexed challenger,
        uint32 segmentIndex,
        bytes32 rightRoot,
        uint64 claimCount
    );
    /// @notice A proposer lost its bond: `burnedWei` is gone, `heldWei` waits for `settleHeld`.
    event Slashed(address indexed proposer, bytes32 indexed claimHash, uint256 heldWei, uint256 burnedWei);
    /// @notice A reward waits for somebody who committed to it before: see `claimReward`.
    event RewardReserved(uint256 indexed disproof, bytes32 indexed claimHash, uint256 rewardWei);
    /// @notice `account` gets this much at `settleHeld`, unless an earlier lie of the proposer is disproved before.
    event Rewarded(address indexed account, bytes32 indexed claimHash, uint256 rewardWei);
    /// @notice A commitment to a disproof, which only `challenger` can use.
    event Committed(address indexed challenger, bytes32 indexed commitment);
    event BondDeposited(address indexed proposer, uint256 amountWei, uint256 totalWei);
    event BondWithdrawn(address indexed proposer, uint256 amountWei);
    /// @notice What was held of a proposer is `account`'s to collect; zero: it was burned.
    event HeldSettled(address indexed proposer, address indexed account, uint256 amountWei);
    event Collected(address indexed account, uint256 amountWei);
    /// @notice From here on batches come from this key.
    event SequencerChanged(address indexed sequencer, uint32 epoch);
    /// @notice These keys, and no others, may take over from each other.
    event SequencerKeysChanged(uint64 indexed set, address[] keys);
    event TermsChanged(uint64 windowSeconds, uint256 bondWei);
    /// @notice Batches whose header time is `fromMs` or later are under this law.
    event LawAnnounced(bytes32 indexed lawId, address[LAW_FAMILIES] laws, uint64 fromMs);
    /// @notice No further batch comes, and nothing is governed. What was posted is claimed and disputed until `resolutionEnd`.
    event VenueFrozen(uint64 resolutionEnd);

    // Batches
    error BatchTooLong(uint256 length, uint256 maxLength);
    error HeaderTooShort(uint256 length);
    error WrongVersion(uint256 given, uint256 wanted);
    error WrongLaw(bytes32 given, bytes32 wanted);
    error WrongDataKind(uint256 given, uint256 wanted);
    error WrongNumber(uint64 given, uint64 wanted);
    error WrongParent(bytes32 given, bytes32 wanted);
    error WrongEpoch(uint32 given, uint32 present);
    error TimeBeforeParent(uint48 givenMs, uint48 parentMs);
    error TimeAhead(uint48 givenMs, uint256 nowMs);
    error TimeBehind(uint48 givenMs, uint256 leastMs);
    error InboxEndOutOfRange(uint64 given, uint64 parentEnd, uint64 count);
    error TooManyMessages(uint256 given, uint256 max);
    error WrongRolling(bytes32 given, bytes32 wanted);
    error MessageLeftOut(uint64 index, uint256 dueMs);
    error ExitLeftOut(uint64 index, uint256 dueMs);
    error ExitsFirst(uint64 index, uint256 fromMs);
    error NotSequencer(address caller, address sequencer);
    error NotSequencerAccount(address caller, address account);
    error NotSequencerKey(address caller);
    error EpochOutOfRange(uint32 given, uint32 present, uint256 maxLeap);
    error KeysOutOfRange(uint256 given, uint256 max);
    error NoKey(uint256 index);
    error GraceNotOver(uint256 fromMs, uint256 nowMs);
    error OnlyInbox(uint256 segmentCount);
    error EmptyBatch();
    error TooManySegments(uint256 given, uint256 max);
    error RateExceeded(uint256 level, uint256 maxLevel);
    error InboxRateExceeded(uint256 level, uint256 maxLevel);
    error BatchesTooFast(uint256 paceTime, uint256 maxTime);
    error BatchesFull(uint64 number, uint64 notFinal);
    error SegmentOutOfBounds(uint256 index, uint256 length);
    error WrongSegmentFamily(uint256 index, uint256 family);
    error DeclaredTooMuch(uint256 index, uint256 compute, uint256 witness);
    error DataLeftOver(uint256 bytesLeft);

    // Claims
    error UnknownBatch(uint64 number, bytes32 given, bytes32 stored);
    error ParentClaimMismatch(uint64 number, bytes32 given, bytes32 stored);
    error WrongRootCount(uint256 given, uint256 wanted);
    error WrongFirstRoot(bytes32 given, bytes32 wanted);
    error BondTooSmall(uint256 bondWei, uint256 wantedWei);
    error UnknownClaim(uint64 number, bytes32 given, bytes32 stored);
    error Forgotten(uint64 number, uint64 oldest);
    error BondHeld(uint256 heldWei, uint64 lockedUntil);
    error ClaimIsFinal(uint64 number, uint64 deadline);
    error ClaimNotFinal(uint64 number, uint64 deadline);

    // Challenges
    error ClaimIsCorrect(uint64 number, uint32 segmentIndex);
    error Incomplete(Defect defect);
    error Reentered();
    error LawChanged(bytes32 lawId, bytes32 found);

    // Bonds and rewards
    error BondLocked(uint64 lockedUntil, uint256 time);
    error BondChanged(uint256 bondWei, uint256 expectedWei);
    error BondInsufficient(uint256 askedWei, uint256 bondWei);
    error NothingHeld(address proposer);
    error NothingToCollect(address account);
    error NothingReserved(uint256 disproof);
    error NotCommitted(address caller, bytes32 commitment, uint256 committedBlock);
    error PaymentFailed(address to, uint256 amountWei);

    // Governance
    error NotGovernor(address caller);
    error SecondsOutOfRange(uint64 given, uint256 min, uint256 max);
    error DelayTooShort(uint256 delaySeconds, uint256 wantedSeconds);
    error PriceOutOfRange(uint256 givenWei, uint256 minWei, uint256 maxWei);
    error BurstOutOfRange(uint256 given, uint256 min, uint256 max);
    error RateOutOfRange(uint256 orderedRate, uint256 inboxRate);
    error NotSealed();
    error LawTooSoon(uint64 fromMs, uint256 leastMs);
    error NotALaw(address law);
    error OtherModules(address law);
    error DelegatedCode(address account);
    error OtherLaw(bytes32 found, bytes32 wanted);

    // Freeze
    error Frozen(uint64 resolutionEnd);
    error NotEscape(address caller, address escape);

    /// @notice Order a batch. The sequencer; or anyone, if the oldest message is overdue by the grace and nothing but messages is in it.
    function postBatch(bytes calldata data) external returns (bytes32 batchHash);

    /// @notice Claim the roots of the next unclaimed batch. Anyone whose bond is `bondWei` or more.
    function propose(bytes32 batchHash, bytes32 parentClaimHash, bytes32[] calldata roots)
        external
        returns (bytes32 claimHash);

    /// @notice Disprove one segment of a claim: deletes the claim and all after it, slashes its proposer.
    /// @dev Reverts with `ClaimIsCorrect` if the claimed root is right, with `Incomplete` for every defect of the witness.
    function challenge(Challenge calldata given) external returns (bytes32 rightRoot);

    /// @notice Commit to a disproof: keccak256(abi.encode(caller, claimHash, segmentIndex, rightRoot, salt)).
    function commit(bytes32 commitment) external;

    /// @notice Have the reward of a disproof that somebody else carried out, and to which the caller had committed in an earlier
    /// block. Before `settleHeld`.
    function claimReward(uint256 disproof, bytes32 salt) external;

    /// @notice Add to the caller's bond; backs claims from the next block on.
    function depositBond() external payable;

    /// @notice Add to the caller's bond if it is still this large. Sent a second time, by a machine whose disk forgot the first or
    /// by a hand that was too quick, it reverts.
    function topUpBond(uint256 amountBefore) external payable;

    /// @notice Take the caller's bond back, once its last claim is final or deleted and past its deadline.
    function withdrawBond(uint256 amountWei) external;

    /// @notice Credit what is held of a proposer to whoever disproved its deepest lie, or burn it if nobody had committed; once
    /// its last claim is past its deadline, and a window has passed since its last slash. Before, it cannot propose.
    function settleHeld(address proposer) external;

    /// @notice Pay the caller what it earned.
    function collect() external;

    /// @notice Appoint another account to order, with itself as the only key; raises the epoch. Only the governor.
    function setSequencer(address account_) external;

    /// @notice Say which keys may take over from each other, at once. The one that posts goes on if it is among them, else the
    /// first posts from here on, in the next epoch. Only the account.
    function setSequencerKeys(address[] calldata keys_) external;

    /// @notice Take over in a later epoch: batches come from the caller from here on. Only a key of the present set.
    function lead(uint32 epoch) external;

    /// @notice Change window and bond of future claims. Only the governor.
    function setTerms(uint64 windowSeconds_, uint128 stressGasPriceWei) external;

    /// @notice Announce the law of batches from a time on: the contracts of its families, whose modules must be the same;
    /// `lawId` is what their code must hash to. Only the governor.
    function announceLaw(address[LAW_FAMILIES] memory laws, bytes32 lawId, uint64 fromMs) external;

    /// @notice Stop batches and governance for good. Claims that become final by `resolutionEnd` may still be posted, those posted can
    /// be disputed: for a window, and `proposalSeconds` more. Only the Escape, which knows when.
    function freeze(uint64 proposalSeconds) external;

    /// @notice When the last claim of a frozen venue is final, in seconds; 0: it is not frozen. Later, every claim that stands is final.
    function resolutionEnd() external view returns (uint64);

    /// @notice The newest batch's number; batch 0 is the genesis.
    function batchCount() external view returns (uint64);

    /// @notice One of the newest BATCH_RING batches. Reverts with `UnknownBatch` or `Forgotten`.
    function batch(uint64 number) external view returns (Batch memory);

    /// @notice The oldest batch and claim that are remembered. Whatever is older is final.
    function oldestNumber() external view returns (uint64);

    /// @notice How many messages the batches have consumed.
    function inboxEnd() external view returns (uint64);

    /// @notice How many exits the batches have consumed.
    function exitEnd() external view returns (uint64);

    /// @notice What the newest batch left in the buckets.
    function levels() external view returns (Levels memory);

    /// @notice One more than the newest claim's number; claim 0 is the genesis.
    function claimCount() external view returns (uint64);

    /// @notice A claim that stands. Reverts with `UnknownClaim` for one that was deleted or never posted, with `Forgotten` for one
    /// that is final and too old.
    function claim(uint64 number) external view returns (Claim memory);

    /// @notice Whether a claim stands and nobody can still disprove it: the one judge of finality.
    function isFinal(uint64 number) external view returns (bool);

    /// @notice The last root of a final claim. Reverts with `ClaimNotFinal`, `UnknownClaim` or `Forgotten`.
    function finalRoot(uint64 number) external view returns (bytes32);

    function bondOf(address proposer) external view returns (Bond memory);

    /// @notice How much of a proposer's bond would back a claim in this block: nothing while something of it is held.
    function usableBond(address proposer) external view returns (uint256);

    function creditWei(address account) external view returns (uint256);

    function disproof(uint256 id) external view returns (Disproof memory);

    function disproofCount() external view returns (uint256);

    /// @notice The block of `challenger`'s latest such commitment; 0: none.
    function committedBlock(address challenger, bytes32 commitment) external view returns (uint256);

    /// @notice Where the families of a law that was ever announced live; zeros: it never was.
    function lawAddresses(bytes32 lawId) external view returns (address[LAW_FAMILIES] memory laws);

    /// @notice The law that was announced last, and the header time from which it counts; zeros: none was. It may have begun.
    function nextLaw() external view returns (bytes32 lawId, address[LAW_FAMILIES] memory laws, uint64 fromMs);

    /// @notice The law of a batch whose header time is `timeMs`.
    function lawAt(uint64 timeMs) external view returns (bytes32 lawId);

    /// @notice Whose batches are taken now.
    function sequencer() external view returns (address);

    /// @notice The newest epoch: it never falls.
    function sequencerEpoch() external view returns (uint32);

    /// @notice Who says which keys may take over.
    function sequencerAccount() external view returns (address);

    function sequencerKeySet() external view returns (uint64);

    function isSequencerKey(address key) external view returns (bool);

    /// @notice The challenge window of future claims.
    function windowSeconds() external view returns (uint64);

    /// @notice The least window that governance can set: a week, except on test chains.
    function windowSecondsMin() external view returns (uint64);

    /// @notice The least bond that proposes.
    function bondWei() external view returns (uint256);

    function genesisBatchHash() external view returns (bytes32);

    function genesisRoot() external view returns (bytes32);

    function domainSeparator() external view returns (bytes32);

    function inbox() external view returns (address);

    function governor() external view returns (address);

    function forceInclusionSeconds() external view returns (uint64);

    function graceSeconds() external view returns (uint64);

    function maxLagSeconds() external view returns (uint64);

    function exitSeconds() external view returns (uint64);

    /// @notice Law-gas a second that ordered segments may charge.
    function orderedRate() external view returns (uint32);

    /// @notice Law-gas a second that messages may charge, and as much again exits.
    function inboxRate() external view returns (uint32);

    /// @notice Law-gas of ordered segments that may come at once.
    function orderedBurst() external view returns (uint64);

    /// @notice Law-gas of messages that may come at once, and as much again of exits.
    function inboxBurst() external view returns (uint64);
}
