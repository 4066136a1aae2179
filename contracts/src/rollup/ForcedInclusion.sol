// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {BATCH_INBOX_MAX, SEGMENT_CHARGE_MAX} from "../generated/Params.sol";
import {IInbox, LaneUse} from "../interfaces/IInbox.sol";
import {Batch, Levels, RollupConfig} from "../interfaces/IRollup.sol";
import {BatchHeader} from "./BatchHeader.sol";
import {ChargeBucket} from "./ChargeBucket.sol";
import {Governed} from "./Governed.sol";

/// @title How long exits and messages of the Inbox may wait (docs/protocol/batches-and-claims.md)
abstract contract ForcedInclusion is Governed {
    using BatchHeader for bytes;

    address public immutable inbox;
    uint32 public immutable inboxRate;
    uint64 public immutable inboxBurst;

    constructor(RollupConfig memory config) {
        inbox = config.inbox;
        inboxRate = config.inboxRate;
        inboxBurst = config.inboxBurst;
        // An empty bucket takes any batch, and no message is charged more than a segment.
        ChargeBucket.checkBurst(config.inboxBurst, BATCH_INBOX_MAX * SEGMENT_CHARGE_MAX);
    }

    /// @dev Exits are consumed first, then messages, each in order and as many as the rate of their lane admits, together up to a count
    /// that L1 can always afford. None that is due is left out that has room: so a flood of messages stops neither ordered segments nor
    /// exits. And while an exit that has room waits for half of that time, no message is consumed.
    /// @param level The buckets before; of messages and exits, afterwards.
    /// @return consumed How many.
    /// @return oldestMs The time of the oldest.
    function _checkInbox(bytes calldata header, Batch memory parent, Levels memory level)
        internal
        view
        returns (uint256 consumed, uint256 oldestMs)
    {
        (uint64 lastExit, uint64 last) = (header.exitEnd(), header.inboxEnd());
        (LaneUse memory exits, LaneUse memory messages) =
            IInbox(inbox).uses(parent.exitEnd, lastExit, parent.inboxEnd, last, header.joined());
        uint256 elapsedMs = header.timeMs() - parent.timeMs;
        uint256 forceMs = uint256(forceInclusionSeconds) * 1000;
        uint256 waitsMs;

        _checkEnd(exits, parent.exitEnd, lastExit, header.exitRolling());
        consumed = lastExit - parent.exitEnd;
        (level.exits, waitsMs) = _checkLane(exits, level.exits, elapsedMs, consumed);
        if (waitsMs > forceMs) revert ExitLeftOut(lastExit, exits.nextMs + forceMs);
        if (waitsMs > forceMs / 2 && last != parent.inboxEnd) revert ExitsFirst(lastExit, exits.nextMs + forceMs / 2);

        _checkEnd(messages, parent.inboxEnd, last, header.rolling());
        consumed += last - parent.inboxEnd;
        (level.messages, waitsMs) = _checkLane(messages, level.messages, elapsedMs, consumed);
        if (waitsMs > forceMs) revert MessageLeftOut(last, messages.nextMs + forceMs);
        oldestMs = exits.startMs;
        if (oldestMs == 0 || (messages.startMs != 0 && messages.startMs < oldestMs)) oldestMs = messages.startMs;
    }

    function _checkEnd(LaneUse memory use, uint64 start, uint64 end, bytes32 rolling) private pure {
        if (end < start || end > use.count) revert InboxEndOutOfRange(end, start, use.count);
        if (rolling != use.rolling) revert WrongRolling(rolling, use.rolling);
    }

    /// @param consumed By the batch so far, this lane included.
    /// @return The level of the lane's bucket afterwards.
    /// @return waitsMs For how long the first message has waited that the batch leaves and has room for; 0: there is none.
    function _checkLane(LaneUse memory use, uint256 level, uint256 elapsedMs, uint256 consumed)
        private
        view
        returns (uint56, uint256 waitsMs)
    {
        if (consumed > BATCH_INBOX_MAX) revert TooManyMessages(consumed, BATCH_INBOX_MAX);
        uint256 maxLevel = inboxBurst * ChargeBucket.UNIT;
        level = ChargeBucket.level(level, elapsedMs, inboxRate, use.charge);
        if (level > maxLevel) revert InboxRateExceeded(level, maxLevel);
        if (use.nextMs != 0 && consumed < BATCH_INBOX_MAX && level + use.nextCharge * ChargeBucket.UNIT <= maxLevel) {
            waitsMs = block.timestamp * 1000 - use.nextMs;
        }
        return (uint56(level), waitsMs);
    }
}
