"""The events that the verifier follows, decoded from logs by their signatures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from eth_abi import decode as abi_decode
from eth_abi.exceptions import DecodingError

from strikeproof.contracts import LAW_FAMILIES
from strikeproof.keccak import keccak256
from strikeproof.l1 import Log
from strikeproof.l1.inbox_lane import InboxLane
from strikeproof.verifier.derivation.logged_batch import BadData


@dataclass(frozen=True, slots=True)
class MessageAdded:
    """A message entered a lane of the inbox."""

    index: int
    message: bytes
    rolling: bytes
    lane: InboxLane = InboxLane.MESSAGE


@dataclass(frozen=True, slots=True)
class BatchPosted:
    """A batch was ordered."""

    number: int
    batch_hash: bytes
    data: bytes


@dataclass(frozen=True, slots=True)
class ClaimPosted:
    """A proposer claimed the roots of a batch."""

    number: int
    claim_hash: bytes
    proposer: bytes
    deadline_seconds: int
    roots: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class ClaimDeleted:
    """A claim was disproved; it and all after it, up to `claim_count` - 1, are gone."""

    number: int
    claim_hash: bytes
    challenger: bytes
    segment_index: int
    right_root: bytes
    claim_count: int


@dataclass(frozen=True, slots=True)
class LawAnnounced:
    """Batches from a header time on are under this law."""

    law_id: bytes
    families: tuple[bytes, ...]
    from_ms: int


@dataclass(frozen=True, slots=True)
class RewardReserved:
    """A disproof without commitment: its reward waits for somebody who had committed."""

    disproof: int
    claim_hash: bytes
    reward_wei: int


@dataclass(frozen=True, slots=True)
class VenueFrozen:
    """No further batch is taken; once this L1 time is past, every claim that stands is final."""

    resolution_end_seconds: int


LoggedEvent = (
    MessageAdded
    | BatchPosted
    | ClaimPosted
    | ClaimDeleted
    | LawAnnounced
    | RewardReserved
    | VenueFrozen
)


def _number(topic: bytes) -> int:
    return int.from_bytes(topic, "big")


def _message_added(log: Log) -> LoggedEvent:
    message, rolling = abi_decode(["bytes", "bytes32"], log.data)
    return MessageAdded(_number(log.topics[1]), message, rolling)


def _exit_added(log: Log) -> LoggedEvent:
    message, rolling = abi_decode(["bytes", "bytes32"], log.data)
    return MessageAdded(_number(log.topics[1]), message, rolling, InboxLane.EXIT)


def _batch_posted(log: Log) -> LoggedEvent:
    (data,) = abi_decode(["bytes"], log.data)
    return BatchPosted(_number(log.topics[1]), log.topics[2], data)


def _claim_posted(log: Log) -> LoggedEvent:
    deadline, roots = abi_decode(["uint64", "bytes32[]"], log.data)
    proposer = log.topics[3][12:]
    return ClaimPosted(_number(log.topics[1]), log.topics[2], proposer, deadline, tuple(roots))


def _claim_deleted(log: Log) -> LoggedEvent:
    segment, root, count = abi_decode(["uint32", "bytes32", "uint64"], log.data)
    challenger = log.topics[3][12:]
    return ClaimDeleted(_number(log.topics[1]), log.topics[2], challenger, segment, root, count)


def _law_announced(log: Log) -> LoggedEvent:
    laws, from_ms = abi_decode([f"address[{len(LAW_FAMILIES)}]", "uint64"], log.data)
    return LawAnnounced(log.topics[1], tuple(bytes.fromhex(each[2:]) for each in laws), from_ms)


def _reward_reserved(log: Log) -> LoggedEvent:
    (reward,) = abi_decode(["uint256"], log.data)
    return RewardReserved(_number(log.topics[1]), log.topics[2], reward)


def _venue_frozen(log: Log) -> LoggedEvent:
    (end,) = abi_decode(["uint64"], log.data)
    return VenueFrozen(end)


_INBOX: Final[dict[bytes, Callable[[Log], LoggedEvent]]] = {
    keccak256(b"MessageAdded(uint64,bytes,bytes32)"): _message_added,
    keccak256(b"ExitAdded(uint64,bytes,bytes32)"): _exit_added,
}
_ROLLUP: Final[dict[bytes, Callable[[Log], LoggedEvent]]] = {
    keccak256(b"BatchPosted(uint64,bytes32,bytes)"): _batch_posted,
    keccak256(b"ClaimPosted(uint64,bytes32,address,uint64,bytes32[])"): _claim_posted,
    keccak256(b"ClaimDeleted(uint64,bytes32,address,uint32,bytes32,uint64)"): _claim_deleted,
    keccak256(b"LawAnnounced(bytes32,address[%d],uint64)" % len(LAW_FAMILIES)): _law_announced,
    keccak256(b"RewardReserved(uint256,bytes32,uint256)"): _reward_reserved,
    keccak256(b"VenueFrozen(uint64)"): _venue_frozen,
}


def decode_event(log: Log, rollup: bytes, inbox: bytes) -> LoggedEvent | None:
    """Return the event of a log of Rollup or Inbox; None for one that we do not follow.

    Raises `BadData` if a log has an event's signature but not its shape.
    """
    decoders = _ROLLUP if log.address == rollup else _INBOX if log.address == inbox else {}
    decode = decoders.get(log.topics[0]) if log.topics else None
    if decode is None:
        return None
    try:
        return decode(log)
    except (DecodingError, IndexError, ValueError) as error:
        place = f"log {log.log_index} of block {log.block_number}"
        raise BadData(f"{place} is malformed: {type(error).__name__}", place=place) from None
