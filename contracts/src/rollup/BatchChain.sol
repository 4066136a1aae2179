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
    BATCH_INBOX_MAX,
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

    uint256 private constant RATE_UNIT = 1000; // levels are in thousandths of a unit of law-gas: nothing is rounded
    uint256 private constant INBOX_SHARE = 8; // messages have at least this part of the whole rate
    uint256 private constant BURST_MAX = type(uint56).max / RATE_UNIT;

    address public immutable inbox;
    uint32 public immutable orderedRate;
    uint32 public immutable inboxRate;
    uint64 public immutable orderedBurst;
    uint64 public immutable inboxBurst;
    bytes32 public immutable genesisBatchHash;

    uint64 public batchCount;
    mapping(uint256 place => Batch) private _batches;

    constructor(RollupConfig memory config) {
        inbox = config.inbox;
        orderedRate = config.orderedRate;
        inboxRate = config.inboxRate;
        orderedBurst = config.orderedBurst;
        inboxBurst = config.inboxBurst;
        uint256 rate = uint256(config.orderedRate) + config.inboxRate;
        if (config.orderedRate == 0 || config.inboxRate * INBOX_SHARE < rate) {
            revert RateOutOfRange(config.orderedRate, config.inboxRate);
        }
        // An empty bucket takes any batch, and no message is charged more than a segment.
        _checkBurst(config.orderedBurst, BATCH_SEGMENTS_MAX * SEGMENT_CHARGE_MAX);
        _checkBurst(config.inboxBurst, BATCH_INBOX_MAX * SEGMENT_CHARGE_MAX);
        genesisBatchHash = keccak256(abi.encodePacked(PREFIX_BATCH, uint64(block.chainid), address(this)));
        _batches[0] = Batch({
            batchHash: genesisBatchHash,
            inboxEnd: 0,
            timeMs: uint48(block.timestamp * 1000),
            segmentCount: 0,
            orderedLevel: 0,
            inboxLevel: 0,
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
        (uint256 consumed, uint256 inboxLevel) = _checkInbox(header, parent);
        _checkSender(header, parent, consumed);

        uint256 segmentCount = consumed + header.segmentCount();
        if (segmentCount == 0) revert EmptyBatch();
        if (segmentCount > BATCH_SEGMENTS_MAX) revert TooManySegments(segmentCount, BATCH_SEGMENTS_MAX);
        (bytes32 segments, uint256 charge) = _commitSegments(data[HEADER_BYTES:], header.segmentCount());
        uint256 orderedLevel =
            _level(parent.orderedLevel, header.timeMs() - parent.timeMs, orderedRate, charge);
        if (orderedLevel > orderedBurst * RATE_UNIT) revert RateExceeded(orderedLevel, orderedBurst * RATE_UNIT);
        batchHash = header.batchHash(segments);
        batchCount = number;
        _batches[number % _ring()] = Batch({
            batchHash: batchHash,
            inboxEnd: uint40(header.inboxEnd()), // one for each message that ever came
            timeMs: header.timeMs(),
            segmentCount: uint16(segmentCount),
            orderedLevel: uint56(orderedLevel),
            inboxLevel: uint56(inboxLevel),
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

    /// @dev Messages are consumed in order, as many as their rate admits, up to a count that L1 can always afford; and below it none
    /// that is due is left out, unless the rate does not admit it: so a flood of messages never stops ordered segments.
    /// @return consumed How many.
    /// @return level Of the messages' bucket afterwards.
    function _checkInbox(bytes calldata header, Batch memory parent)
        private
        view
        returns (uint256 consumed, uint256 level)
    {
        uint64 end = header.inboxEnd();
        uint64 count = IInbox(inbox).count();
        if (end < parent.inboxEnd || end > count) revert InboxEndOutOfRange(end, parent.inboxEnd, count);
        bytes32 rolling = IInbox(inbox).rolling(end);
        if (header.rolling() != rolling) revert WrongRolling(header.rolling(), rolling);
        consumed = end - parent.inboxEnd;
        if (consumed > BATCH_INBOX_MAX) revert TooManyMessages(consumed, BATCH_INBOX_MAX);
        uint256 charge = consumed == 0 ? 0 : IInbox(inbox).chargeBetween(parent.inboxEnd, end);
        level = _level(parent.inboxLevel, header.timeMs() - parent.timeMs, inboxRate, charge);
        uint256 maxLevel = inboxBurst * RATE_UNIT;
        if (level > maxLevel) revert InboxRateExceeded(level, maxLevel);
        if (end < count && consumed < BATCH_INBOX_MAX) {
            uint256 dueMs = IInbox(inbox).timeMs(end) + uint256(forceInclusionSeconds) * 1000;
            if (dueMs < block.timestamp * 1000) {
                uint256 next = level + IInbox(inbox).chargeBetween(end, end + 1) * RATE_UNIT;
                if (next <= maxLevel) revert MessageLeftOut(end, dueMs);
            }
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

    /// @dev A bucket that leaks with header time, after a charge: posting cannot outrun verifying.
    function _level(uint256 level, uint256 elapsedMs, uint256 rate, uint256 charge) private pure returns (uint256) {
        uint256 leaked = elapsedMs * rate;
        return (level > leaked ? level - leaked : 0) + charge * RATE_UNIT;
    }

    function _checkBurst(uint256 burst, uint256 min) private pure {
        if (burst < min || burst > BURST_MAX) revert BurstOutOfRange(burst, min, BURST_MAX);
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
