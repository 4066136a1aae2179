// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {BATCH_INBOX_MAX, LIGHT_MESSAGES_MAX} from "../generated/Params.sol";
import {IInbox, LaneUse} from "../interfaces/IInbox.sol";

/// @dev Messages in order. The newest are remembered in a ring, whose size the functions take as an argument.
struct Lane {
    uint64 count;
    uint64 consumed; // as the Rollup last said: asked again only when it matters
    uint64 backlog; // law-gas that waited when the newest message came, itself included
    uint40 backlogTime; // seconds: when that was
    mapping(uint256 place => bytes32) rolling;
    mapping(uint256 word => uint256) entries;
}

/// @title A lane of the Inbox: hashes, times and charges of its messages (docs/protocol/batches-and-claims.md)
library MessageLane {
    // time (seconds, 36 bits) ‖ streak (4 bits) ‖ sum of charges (45 bits, modulo their width)
    uint256 private constant ENTRIES_PER_WORD = 3;
    uint256 private constant ENTRY_BITS = 85;
    uint256 private constant SUM_BITS = 45;
    uint256 private constant SUM_MASK = (1 << SUM_BITS) - 1;
    uint256 private constant STREAK_BITS = 4;
    uint256 private constant STREAK_MASK = (1 << STREAK_BITS) - 1; // how many light messages end here, or more than share a segment
    uint256 private constant TIME_SHIFT = SUM_BITS + STREAK_BITS;

    /// @dev Add a message; `rate` is what its lane's backlog falls by in a second.
    function add(Lane storage lane, uint256 ring, uint256 rate, bytes memory message, uint256 charge, bool isLight)
        internal
        returns (uint64 index, bytes32 next)
    {
        index = lane.count;
        next = keccak256(abi.encodePacked(lane.rolling[index % ring], keccak256(message)));
        lane.rolling[(index + 1) % ring] = next;
        uint256 before = index == 0 ? 0 : _read(lane, ring, index - 1);
        uint256 streak = isLight ? (before >> SUM_BITS) & STREAK_MASK : 0;
        if (isLight && streak < STREAK_MASK) ++streak;
        uint256 entry = (block.timestamp << TIME_SHIFT) | streak << SUM_BITS | ((before + charge) & SUM_MASK);
        (uint256 word, uint256 shift) = _placeOf(ring, index);
        lane.entries[word] = lane.entries[word] & ~(((1 << ENTRY_BITS) - 1) << shift) | entry << shift;
        (lane.backlog, lane.backlogTime) = (uint64(waiting(lane, rate) + charge), uint40(block.timestamp));
        lane.count = index + 1;
    }

    /// @dev Law-gas that waits, if batches consume what their rate admits.
    function waiting(Lane storage lane, uint256 rate) internal view returns (uint256) {
        uint256 leaked = (block.timestamp - lane.backlogTime) * rate;
        return lane.backlog > leaked ? lane.backlog - leaked : 0;
    }

    function rollingAt(Lane storage lane, uint256 ring, uint64 end) internal view returns (bytes32) {
        uint64 count = lane.count;
        if (end > count) revert IInbox.UnknownMessage(end, count);
        if (end + ring <= count) revert IInbox.ForgottenMessage(end, count);
        return lane.rolling[end % ring];
    }

    function timeMs(Lane storage lane, uint256 ring, uint64 index) internal view returns (uint48) {
        return uint48((_entry(lane, ring, index) >> TIME_SHIFT) * 1000);
    }

    /// @dev All messages that wait are charged less than 2^45 together, so the sums may wrap.
    function chargeBetween(Lane storage lane, uint256 ring, uint64 start, uint64 end) internal view returns (uint256) {
        if (end <= start) return 0;
        uint256 before = start == 0 ? 0 : _entry(lane, ring, start - 1);
        unchecked {
            return (_entry(lane, ring, end - 1) - before) & SUM_MASK;
        }
    }

    /// @dev What a batch takes that consumes messages `start` to `end` - 1; the count alone if there are not this many.
    function use(Lane storage lane, uint256 ring, uint64 start, uint64 end) internal view returns (LaneUse memory found) {
        found.count = lane.count;
        if (end < start || end > found.count) return found;
        found.rolling = rollingAt(lane, ring, end);
        if (end > start) {
            found.charge = chargeBetween(lane, ring, start, end);
            found.startMs = timeMs(lane, ring, start);
        }
        if (end < found.count) {
            found.nextMs = timeMs(lane, ring, end);
            found.nextCharge = chargeBetween(lane, ring, end, end + 1);
        }
    }

    /// @dev Whether messages `start` to `end` - 1 may share segments as `joined` says: at most LIGHT_MESSAGES_MAX, all light.
    function checkRuns(Lane storage lane, uint256 ring, uint64 start, uint64 end, uint256 joined) internal view {
        if (joined == 0 || end < start || end - start > BATCH_INBOX_MAX) return;
        uint256 count = end - start;
        if (joined & 1 != 0 || joined >> count != 0) revert IInbox.WrongRuns(joined);
        uint256 length = 1;
        for (uint64 i = 1; i <= count; ++i) {
            if ((joined >> i) & 1 != 0) {
                ++length;
                continue;
            }
            if (length > 1) {
                uint256 streak = (_entry(lane, ring, start + i - 1) >> SUM_BITS) & STREAK_MASK;
                if (length > LIGHT_MESSAGES_MAX || length > streak) revert IInbox.WrongRuns(joined);
            }
            length = 1;
        }
    }

    function _placeOf(uint256 ring, uint256 index) private pure returns (uint256 word, uint256 shift) {
        uint256 place = index % ring;
        return (place / ENTRIES_PER_WORD, place % ENTRIES_PER_WORD * ENTRY_BITS);
    }

    /// @dev Time and sum of charges of a message, itself included.
    function _entry(Lane storage lane, uint256 ring, uint64 index) private view returns (uint256) {
        uint64 count = lane.count;
        if (index >= count) revert IInbox.UnknownMessage(index, count);
        if (index + ring < count) revert IInbox.ForgottenMessage(index, count);
        return _read(lane, ring, index);
    }

    function _read(Lane storage lane, uint256 ring, uint256 index) private view returns (uint256) {
        (uint256 word, uint256 shift) = _placeOf(ring, index);
        return (lane.entries[word] >> shift) & ((1 << ENTRY_BITS) - 1);
    }
}
