// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {
    HEADER_BYTES,
    SEGMENT_DECLARED_COMPUTE_OFFSET,
    SEGMENT_DECLARED_WITNESS_OFFSET,
    SEGMENT_HEAD_BYTES
} from "../generated/Operations.sol";
import {
    BATCH_BURST,
    BATCH_BYTES_MAX,
    BATCH_RING,
    BATCH_SEGMENTS_MAX,
    BATCH_SPACING_SECONDS,
    CHARGE_DATA_BYTE,
    CHARGE_SEGMENT,
    CHARGE_WITNESS_BYTE,
    COMPUTE_WEIGHT_MAX,
    DATA_KIND_LOGS,
    HEADER_VERSION,
    PREFIX_BATCH,
    SEGMENT_BYTES_MAX,
    SEGMENT_CHARGE_MAX,
    SEGMENT_FAMILY_INBOX,
    WITNESS_WEIGHT_MAX
} from "../generated/Params.sol";
import {Batch, IRollup, Levels, RollupConfig} from "../interfaces/IRollup.sol";
import {StaticList} from "../proof/StaticList.sol";
import {BatchHeader} from "./BatchHeader.sol";
import {ChargeBucket} from "./ChargeBucket.sol";
import {ForcedInclusion} from "./ForcedInclusion.sol";
import {LawRegistry} from "./LawRegistry.sol";
import {SequencerKeys} from "./SequencerKeys.sol";

/// @title The order of operations: batches, which nothing ever undoes
/// @notice docs/protocol/batches-and-claims.md. Everything that a header says is checked here against L1; what the
/// segments hold is up to the law. The newest BATCH_RING batches are remembered, in a ring: a batch takes the slot of one whose
/// claim and the claim after it are final; otherwise it is refused.
abstract contract BatchChain is LawRegistry, SequencerKeys, ForcedInclusion {
    using BatchHeader for bytes;

    uint256 private constant INBOX_SHARE = 8; // messages and exits have each at least this part of the whole rate

    uint32 public immutable orderedRate;
    uint64 public immutable orderedBurst;
    bytes32 public immutable genesisBatchHash;

    uint64 public batchCount;
    Levels private _levels;
    mapping(uint256 place => Batch) private _batches;

    constructor(RollupConfig memory config) {
        orderedRate = config.orderedRate;
        orderedBurst = config.orderedBurst;
        uint256 rate = uint256(config.orderedRate) + 2 * uint256(config.inboxRate);
        if (config.orderedRate == 0 || config.inboxRate * INBOX_SHARE < rate) {
            revert RateOutOfRange(config.orderedRate, config.inboxRate);
        }
        ChargeBucket.checkBurst(config.orderedBurst, BATCH_SEGMENTS_MAX * SEGMENT_CHARGE_MAX); // an empty bucket takes any batch
        genesisBatchHash = keccak256(abi.encodePacked(PREFIX_BATCH, uint64(block.chainid), address(this)));
        _batches[0] = Batch({
            batchHash: genesisBatchHash,
            inboxEnd: 0,
            exitEnd: 0,
            timeMs: uint48(block.timestamp * 1000),
            segmentCount: 0,
            paceTime: uint40(block.timestamp)
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
    function exitEnd() external view returns (uint64) {
        return _batch(batchCount).exitEnd;
    }

    /// @inheritdoc IRollup
    function levels() external view returns (Levels memory) {
        return _levels;
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
        _checkNotFrozen();
        if (data.length > BATCH_BYTES_MAX) revert BatchTooLong(data.length, BATCH_BYTES_MAX);
        if (data.length < HEADER_BYTES) revert HeaderTooShort(data.length);
        bytes calldata header = data[:HEADER_BYTES];
        uint64 number = batchCount + 1;
        Batch memory parent = _batch(number - 1);
        _checkPlace(number);
        _checkHeader(header, number, parent);
        Levels memory level = _levels;
        (uint256 consumed, uint256 oldestMs) = _checkInbox(header, parent, level);
        _checkSender(header, consumed, oldestMs);

        // Messages that share a segment have one root.
        uint256 segmentCount = consumed + header.segmentCount();
        for (uint256 joined = header.joined(); joined != 0; joined &= joined - 1) {
            --segmentCount;
        }
        if (segmentCount == 0) revert EmptyBatch();
        if (segmentCount > BATCH_SEGMENTS_MAX) revert TooManySegments(segmentCount, BATCH_SEGMENTS_MAX);
        (bytes32 segments, uint256 charge) = _commitSegments(data[HEADER_BYTES:], header.segmentCount());
        uint256 orderedLevel = ChargeBucket.level(level.ordered, header.timeMs() - parent.timeMs, orderedRate, charge);
        if (orderedLevel > orderedBurst * ChargeBucket.UNIT) revert RateExceeded(orderedLevel, orderedBurst * ChargeBucket.UNIT);
        level.ordered = uint56(orderedLevel);
        _levels = level;
        batchHash = header.batchHash(segments);
        batchCount = number;
        _batches[number % _ring()] = Batch({
            batchHash: batchHash,
            inboxEnd: uint40(header.inboxEnd()), // one for each message that ever came
            exitEnd: uint40(header.exitEnd()),
            timeMs: header.timeMs(),
            segmentCount: uint16(segmentCount),
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

    /// @dev The batch takes the slot of one that nobody needs: the claim after that one is final, so no challenge reads either,
    /// and the parent of every claim to come is remembered.
    function _checkPlace(uint64 number) private view {
        if (number < _ring()) return;
        uint64 next = number - uint64(_ring()) + 1;
        if (!isFinal(next)) revert BatchesFull(number, next);
    }

    /// @dev Batches keep a distance in L1's time, on average, so that the ring lasts. Whoever is refused tries again later.
    function _pace(Batch memory parent) private view returns (uint40) {
        uint256 from = parent.paceTime > block.timestamp ? parent.paceTime : block.timestamp;
        uint256 paceTime = from + BATCH_SPACING_SECONDS;
        uint256 maxTime = block.timestamp + _burst() * BATCH_SPACING_SECONDS;
        if (paceTime > maxTime) revert BatchesTooFast(paceTime, maxTime);
        return uint40(paceTime);
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
        // Its epoch is that of its ordering: whoever took over since posts it as it is.
        if (header.sequencerEpoch() > sequencerEpoch) {
            revert WrongEpoch(header.sequencerEpoch(), sequencerEpoch);
        }
        if (timeMs < parent.timeMs) revert TimeBeforeParent(timeMs, parent.timeMs);
        uint256 nowMs = block.timestamp * 1000;
        if (timeMs > nowMs) revert TimeAhead(timeMs, nowMs);
        uint256 lagMs = uint256(maxLagSeconds) * 1000;
        if (timeMs + lagMs < nowMs) revert TimeBehind(timeMs, nowMs - lagMs);
    }

    /// @dev Batches come from the sequencer; from anyone, with exits and messages alone, once one of them is long overdue.
    function _checkSender(bytes calldata header, uint256 consumed, uint256 oldestMs) private view {
        if (msg.sender == sequencer) return;
        if (consumed == 0) revert NotSequencer(msg.sender, sequencer);
        uint256 fromMs = oldestMs + (uint256(forceInclusionSeconds) + graceSeconds) * 1000;
        if (block.timestamp * 1000 <= fromMs) revert GraceNotOver(fromMs, block.timestamp * 1000);
        if (header.segmentCount() != 0) revert OnlyInbox(header.segmentCount());
    }

    /// @dev The commitment to the segments that `body`, (length u16, segment)*, holds: exactly `count` of them; and what they are
    /// charged by what they declare.
    function _commitSegments(bytes calldata body, uint256 count)
        private
        pure
        returns (bytes32 commitment, uint256 charge)
    {
        bytes32[] memory leaves = new bytes32[](count);
        for (uint256 i = 0; i < count; ++i) {
            if (body.length < 2) revert SegmentOutOfBounds(i, body.length);
            uint256 length = uint16(bytes2(body));
            if (length < SEGMENT_HEAD_BYTES || length > SEGMENT_BYTES_MAX || length + 2 > body.length) {
                revert SegmentOutOfBounds(i, length);
            }
            bytes calldata segment = body[2:2 + length];
            leaves[i] = StaticList.leaf(segment);
            charge += _charge(segment, i);
            body = body[2 + length:];
        }
        if (body.length != 0) revert DataLeftOver(body.length);
        commitment = StaticList.commitmentOfLeaves(leaves);
    }

    /// @dev What a segment is charged: as much as it may weigh at most. It is of a family that the sequencer orders, and declares no
    /// more than a segment can hold.
    function _charge(bytes calldata segment, uint256 index) private pure returns (uint256) {
        uint256 family = uint8(segment[0]);
        if (family == 0 || family >= SEGMENT_FAMILY_INBOX) revert WrongSegmentFamily(index, family);
        uint256 compute = uint24(bytes3(segment[SEGMENT_DECLARED_COMPUTE_OFFSET:]));
        uint256 witness = uint24(bytes3(segment[SEGMENT_DECLARED_WITNESS_OFFSET:]));
        if (compute > COMPUTE_WEIGHT_MAX || witness > WITNESS_WEIGHT_MAX) {
            revert DeclaredTooMuch(index, compute, witness);
        }
        return CHARGE_SEGMENT + compute + CHARGE_WITNESS_BYTE * witness + CHARGE_DATA_BYTE * segment.length;
    }
}
