// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {HEADER_BYTES} from "../generated/Operations.sol";
import {
    BATCH_BURST,
    BATCH_BYTES_MAX,
    BATCH_INBOX_MAX,
    BATCH_RING,
    BATCH_SEGMENTS_MAX,
    BATCH_SPACING_SECONDS,
    DATA_KIND_LOGS,
    HEADER_VERSION,
    PREFIX_BATCH,
    SEGMENT_BYTES_MAX
} from "../generated/Params.sol";
import {IInbox} from "../interfaces/IInbox.sol";
import {Batch, IRollup, RollupConfig} from "../interfaces/IRollup.sol";
import {StaticList} from "../proof/StaticList.sol";
import {BatchHeader} from "./BatchHeader.sol";
import {LawRegistry} from "./LawRegistry.sol";
import {SequencerKeys} from "./SequencerKeys.sol";

/// @title The order of operations: batches, which nothing ever undoes
/// @notice docs/protocol/batches-and-claims.md. Everything that a header says is checked here against L1; what the
/// segments hold is up to the law. The newest BATCH_RING batches are remembered, in a ring: a batch takes the place of one whose
/// claim, and the next, are final, or is refused.
abstract contract BatchChain is LawRegistry, SequencerKeys {
    using BatchHeader for bytes;

    uint256 private constant SEGMENT_BYTES_MIN = 6; // its time
    uint256 private constant RATE_UNIT = 1000; // levels are in thousandths of a segment
    uint256 private constant RATE_MAX = 65_536; // segments a second

    address public immutable inbox;
    uint32 public immutable segmentsPerSecond;
    uint32 public immutable burstSegments;
    bytes32 public immutable genesisBatchHash;

    uint64 public batchCount;
    mapping(uint256 place => Batch) private _batches;

    constructor(RollupConfig memory config) {
        inbox = config.inbox;
        segmentsPerSecond = config.segmentsPerSecond;
        burstSegments = config.burstSegments;
        if (config.segmentsPerSecond == 0 || config.segmentsPerSecond > RATE_MAX) {
            revert RateOutOfRange(config.segmentsPerSecond, RATE_MAX);
        }
        // A full bucket takes any batch, so the rate never stands against a forced message.
        if (config.burstSegments < BATCH_SEGMENTS_MAX) {
            revert BurstTooSmall(config.burstSegments, BATCH_SEGMENTS_MAX);
        }
        genesisBatchHash = keccak256(abi.encodePacked(PREFIX_BATCH, uint64(block.chainid), address(this)));
        _batches[0] = Batch({
            batchHash: genesisBatchHash,
            inboxEnd: 0,
            timeMs: uint48(block.timestamp * 1000),
            segmentCount: 0,
            rateLevel: 0,
            paceTime: uint48(block.timestamp)
        });
    }

    /// @inheritdoc IRollup
    function batch(uint64 number) external view returns (Batch memory) {
        if (number > batchCount) revert UnknownBatch(number, 0, 0);
        _checkRemembered(number);
        return _batch(number);
    }

    /// @inheritdoc IRollup
    function inboxEnd() external view returns (uint64) {
        return _batch(batchCount).inboxEnd;
    }

    /// @inheritdoc IRollup
    function oldestNumber() public view returns (uint64) {
        uint64 next = batchCount + 1;
        return next > _ring() ? next - uint64(_ring()) : 0;
    }

    /// @inheritdoc IRollup
    function isFinal(uint64 number) public view virtual returns (bool);

    /// @inheritdoc IRollup
    function postBatch(bytes calldata data) external returns (bytes32 batchHash) {
        if (data.length > BATCH_BYTES_MAX) revert BatchTooLong(data.length, BATCH_BYTES_MAX);
        if (data.length < HEADER_BYTES) revert HeaderTooShort(data.length);
        bytes calldata header = data[:HEADER_BYTES];
        uint64 number = batchCount + 1;
        Batch memory parent = _batch(number - 1);
        _checkPlace(number);
        _checkHeader(header, number, parent);
        uint256 consumed = _checkInbox(header, parent);
        _checkSender(header, parent, consumed);

        uint256 segmentCount = consumed + header.segmentCount();
        if (segmentCount == 0) revert EmptyBatch();
        if (segmentCount > BATCH_SEGMENTS_MAX) revert TooManySegments(segmentCount, BATCH_SEGMENTS_MAX);
        uint48 timeMs = header.timeMs();
        uint256 level = _rateLevel(parent, timeMs, segmentCount);
        batchHash = header.batchHash(_commitSegments(data[HEADER_BYTES:], header.segmentCount()));
        batchCount = number;
        _batches[number % _ring()] = Batch({
            batchHash: batchHash,
            inboxEnd: header.inboxEnd(),
            timeMs: timeMs,
            segmentCount: uint32(segmentCount),
            rateLevel: uint64(level),
            paceTime: _pace(parent)
        });
        emit BatchPosted(number, batchHash, data);
    }

    /// @dev How many batches and claims are remembered. Tests make it small.
    function _ring() internal pure virtual returns (uint256) {
        return BATCH_RING;
    }

    /// @dev How many batches may come at once. Tests make it small.
    function _burst() internal pure virtual returns (uint256) {
        return BATCH_BURST;
    }

    /// @dev A batch that is remembered: the caller knows that.
    function _batch(uint64 number) internal view returns (Batch storage) {
        return _batches[number % _ring()];
    }

    function _checkRemembered(uint64 number) internal view {
        if (number < oldestNumber()) revert Forgotten(number, oldestNumber());
    }

    /// @dev The batch takes the place of one that nobody needs: the claim after that one is final, so no challenge reads either,
    /// and the parent of every claim to come is remembered.
    function _checkPlace(uint64 number) private view {
        if (number < _ring()) return;
        uint64 next = number - uint64(_ring()) + 1;
        if (!isFinal(next)) revert BatchesFull(number, next);
    }

    /// @dev Batches keep a distance in L1's time, on average, so that the ring lasts. Whoever is refused tries again later.
    function _pace(Batch memory parent) private view returns (uint48) {
        uint256 from = parent.paceTime > block.timestamp ? parent.paceTime : block.timestamp;
        uint256 paceTime = from + BATCH_SPACING_SECONDS;
        uint256 maxTime = block.timestamp + _burst() * BATCH_SPACING_SECONDS;
        if (paceTime > maxTime) revert BatchesTooFast(paceTime, maxTime);
        return uint48(paceTime);
    }

    /// @dev What can be said of a header by itself, its parent and the clock.
    function _checkHeader(bytes calldata header, uint64 number, Batch memory parent) private view {
        if (header.version() != HEADER_VERSION) revert WrongVersion(header.version(), HEADER_VERSION);
        uint48 timeMs = header.timeMs();
        bytes32 lawId = lawAt(timeMs);
        if (header.lawId() != lawId) revert WrongLaw(header.lawId(), lawId);
        if (header.dataKind() != DATA_KIND_LOGS) revert WrongDataKind(header.dataKind(), DATA_KIND_LOGS);
        if (header.number() != number) revert WrongNumber(header.number(), number);
        if (header.parentHash() != parent.batchHash) revert WrongParent(header.parentHash(), parent.batchHash);
        // Of the epoch in which it was ordered: whoever took over since posts it as it is.
        if (header.sequencerEpoch() > sequencerEpoch) {
            revert WrongEpoch(header.sequencerEpoch(), sequencerEpoch);
        }
        if (timeMs < parent.timeMs) revert TimeBeforeParent(timeMs, parent.timeMs);
        uint256 nowMs = block.timestamp * 1000;
        if (timeMs > nowMs) revert TimeAhead(timeMs, nowMs);
        uint256 lagMs = uint256(maxLagSeconds) * 1000;
        if (timeMs + lagMs < nowMs) revert TimeBehind(timeMs, nowMs - lagMs);
    }

    /// @dev Messages are consumed in order, up to a count that L1 can always afford, and below it none that is due is left out.
    /// @return consumed How many.
    function _checkInbox(bytes calldata header, Batch memory parent) private view returns (uint256 consumed) {
        uint64 end = header.inboxEnd();
        uint64 count = IInbox(inbox).count();
        if (end < parent.inboxEnd || end > count) revert InboxEndOutOfRange(end, parent.inboxEnd, count);
        bytes32 rolling = IInbox(inbox).rolling(end);
        if (header.rolling() != rolling) revert WrongRolling(header.rolling(), rolling);
        consumed = end - parent.inboxEnd;
        if (consumed > BATCH_INBOX_MAX) revert TooManyMessages(consumed, BATCH_INBOX_MAX);
        if (end < count && consumed < BATCH_INBOX_MAX) {
            uint256 dueMs = IInbox(inbox).timeMs(end) + uint256(forceInclusionSeconds) * 1000;
            if (dueMs < block.timestamp * 1000) revert MessageLeftOut(end, dueMs);
        }
    }

    /// @dev Batches come from the sequencer; from anyone, with messages alone, once the oldest message is long overdue.
    function _checkSender(bytes calldata header, Batch memory parent, uint256 consumed) private view {
        if (msg.sender == sequencer) return;
        if (consumed == 0) revert NotSequencer(msg.sender, sequencer);
        uint256 fromMs = IInbox(inbox).timeMs(parent.inboxEnd)
            + (uint256(forceInclusionSeconds) + graceSeconds) * 1000;
        if (block.timestamp * 1000 <= fromMs) revert GraceNotOver(fromMs, block.timestamp * 1000);
        if (header.segmentCount() != 0) revert OnlyInbox(header.segmentCount());
    }

    /// @dev A bucket that leaks with header time: posting cannot outrun verifying.
    function _rateLevel(Batch memory parent, uint48 timeMs, uint256 segmentCount)
        private
        view
        returns (uint256 level)
    {
        uint256 leaked = uint256(timeMs - parent.timeMs) * segmentsPerSecond;
        level = (parent.rateLevel > leaked ? parent.rateLevel - leaked : 0) + segmentCount * RATE_UNIT;
        uint256 maxLevel = uint256(burstSegments) * RATE_UNIT;
        if (level > maxLevel) revert RateExceeded(level, maxLevel);
    }

    /// @dev The commitment to the segments that `body`, (length u16, segment)*, holds: exactly `count` of them.
    function _commitSegments(bytes calldata body, uint256 count) private pure returns (bytes32) {
        bytes32[] memory leaves = new bytes32[](count);
        for (uint256 i = 0; i < count; ++i) {
            if (body.length < 2) revert SegmentOutOfBounds(i, body.length);
            uint256 length = uint16(bytes2(body));
            if (length < SEGMENT_BYTES_MIN || length > SEGMENT_BYTES_MAX || length + 2 > body.length) {
                revert SegmentOutOfBounds(i, length);
            }
            leaves[i] = StaticList.leaf(body[2:2 + length]);
            body = body[2 + length:];
        }
        if (body.length != 0) revert DataLeftOver(body.length);
        return StaticList.commitmentOfLeaves(leaves);
    }
}
