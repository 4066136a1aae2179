// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @dev A promise of a place in the order (docs/protocol/receipts.md).
struct Receipt {
    uint32 epoch;
    uint64 batch;
    uint32 segment; // among the batch's own
    uint8 index; // in the segment
    bytes32 opHash;
    uint48 postBy; // milliseconds
}

/// @dev Where the receipt is in the list that was signed.
struct SignedReceipt {
    Receipt receipt;
    uint256 leafIndex;
    uint256 leafCount;
    bytes32[] path;
    bytes32 r;
    bytes32 parityAndS; // the parity in the top bit
}

/// @title What sequencers stake on their receipts
interface IPromises {
    event Staked(address indexed key, uint256 amountWei, uint256 totalWei);
    /// @notice `key` may take its stake back at `unlockTime` (seconds).
    event UnlockAnnounced(address indexed key, uint64 unlockTime);
    event StakeWithdrawn(address indexed key, uint256 amountWei);
    event Committed(address indexed holder, bytes32 indexed commitment);
    /// @notice `key` broke this promise; `holder` got `amountWei`, `burntWei` more is gone.
    event PromiseBroken(
        address indexed key,
        bytes32 indexed receiptHash,
        address indexed holder,
        uint256 amountWei,
        uint256 burntWei
    );

    error CompensationOutOfRange(uint256 given, uint256 min, uint256 max);
    error BadSignature();
    error WrongPath();
    error AlreadyShown(bytes32 receiptHash);
    error NotCommitted(address holder, bytes32 commitment, uint256 committedBlock);
    error NoStake(address key);
    error StakeChanged(uint256 stakeWei, uint256 expectedWei);
    error StakeLocked(uint64 unlockTime, uint256 time);
    error NotDue(uint48 postByMs, uint256 nowMs);
    error VenueFrozen();
    error WrongHeader(uint64 number, bytes32 found, bytes32 wanted);
    error BatchCounts(uint64 number);
    error BatchDoesNotCount(uint64 number);
    error HeadersMissing(uint64 number, uint64 batchCount);
    error WrongSegment(uint64 number);
    error PromiseKept(bytes32 receiptHash);
    error PaymentFailed(address to, uint256 amountWei);

    /// @notice Stake for a key. Anyone may.
    function stake(address key) external payable;

    /// @notice Stake for a key if its stake is still this large: sent a second time, it reverts.
    function topUpStake(address key, uint256 amountBefore) external payable;

    /// @notice Announce that the caller takes its stake back. Whatever it promised can be shown until then.
    function announceUnlock() external;

    /// @notice Take the caller's stake back.
    function withdrawStake() external;

    /// @notice Commit to showing a broken promise: keccak256(abi.encode(caller, receipt hash, salt)).
    function commit(bytes32 commitment) external;

    /// @notice Show that the place of a promise holds another op, or none, or that its batch came too late.
    /// @param headers Of the batches from the promised number on: those that do not count, then the one that does.
    /// @param segments The last one's commitment to its segments; ignored if `segment` is opened.
    /// @param segment Of the promised place, with its path; empty: the batch has no such segment.
    function showOther(
        SignedReceipt calldata given,
        bytes[] calldata headers,
        bytes32 segments,
        bytes calldata segment,
        bytes32[] calldata segmentPath,
        bytes32[] calldata segmentsOfSkipped,
        bytes32 salt
    ) external;

    /// @notice Show that no batch that counts was posted, and that the time for it has passed.
    /// @param headers Of all batches from the promised number on: none of them counts.
    function showAbsent(
        SignedReceipt calldata given,
        bytes[] calldata headers,
        bytes32[] calldata segmentsOfSkipped,
        bytes32 salt
    ) external;

    function rollup() external view returns (address);

    /// @notice What the holder of a broken promise gets, in wei; less only if the stake is used up. As much again burns.
    function compensationWei() external view returns (uint256);

    function stakeOf(address key) external view returns (uint128 amountWei, uint64 unlockTime);

    function isShown(bytes32 receiptHash) external view returns (bool);
}
