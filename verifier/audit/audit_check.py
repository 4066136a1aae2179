"""Checking an audit file, with nothing but the file: every step from the op to the claim's hash.

What is left to compare with L1 is one hash, that of the claim: it commits to the batch and to the
roots, the batch to the law and to the op. The law's own bytecode runs here on the witness, and must
come from the root before the segment to the root after it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

from strikeproof.failure import Rejected
from strikeproof.keccak import keccak256
from strikeproof.verifier.audit.audit_file import Audit, AuditedOp
from strikeproof.verifier.audit.op_effect import OpEffect, effect_between
from strikeproof.verifier.audit.op_signer import (
    SignedOp,
    as_signed,
    read_signed_op,
    venue_separator,
)
from strikeproof.verifier.derivation.logged_batch import (
    LoggedHeader,
    decode_header,
    genesis_batch_hash,
    op_spans,
    rolled,
)
from strikeproof.verifier.execution.law_call import (
    LawFailed,
    LawResult,
    executing_family,
    framed,
    messages_input,
    ordered_input,
)
from strikeproof.verifier.execution.witness_law import EvmName, WitnessLaw
from strikeproof.verifier.state.multiproof import BadProof, root_of
from strikeproof.verifier.state.record_list import pack_records, unpack_records
from strikeproof.verifier.state.static_list import path_root
from strikeproof.wire.constants import (
    BATCH_INBOX_MAX,
    PREFIX_BATCH,
    PREFIX_CLAIM,
    PREFIX_LIST,
    MessageKind,
    SegmentFamily,
)
from strikeproof.wire.errors import FailureCode
from strikeproof.wire.layout import unpack_global
from strikeproof.wire.operations import (
    HEADER_BYTES,
    MESSAGE_HEAD_BYTES,
    MESSAGE_INPUT_HEAD_BYTES,
    ORDERED_INPUT_HEAD_BYTES,
    SEGMENT_HEAD_BYTES,
)

_LAW_ID_TEXT: Final = b"strikeproof law 2"
_GLOBAL_KEY: Final = 0


class AuditPart(Enum):
    """What of an audit file is wrong."""

    VENUE = "venue"
    HEADER = "header"
    SEGMENT = "segment"
    CLAIM = "claim"
    ROOTS = "roots"
    PARENT = "parent"
    LAW = "law"
    WITNESS = "witness"
    EXECUTION = "execution"
    CHANGES = "changes"
    POST_ROOT = "post_root"
    OP = "op"
    SIGNER = "signer"
    ON_L1 = "on_l1"
    TRUSTED = "trusted"


class AuditRefused(Rejected):
    """A file does not prove what it states."""

    code = FailureCode.AUDIT_REFUSED

    def __init__(
        self, part: AuditPart, reason: str, stated: bytes | int = b"", found: bytes | int = b""
    ) -> None:
        """`stated`: by the file; `found`: what follows from the rest of it, or from L1."""
        super().__init__(f"{part.value}: {reason}")
        self.part, self.reason, self.stated, self.found = part, reason, stated, found


@dataclass(frozen=True, slots=True)
class MessagePlace:
    """Where a message is on L1."""

    is_exit: bool
    """Which lane of the Inbox: that of exits, or of the other messages."""
    number: int
    """In its lane, from 0."""


@dataclass(frozen=True, slots=True)
class AuditFindings:
    """What a file proves, once its claim's hash is known to be L1's."""

    header: LoggedHeader
    message: MessagePlace | None
    """None: the op is of an ordered segment."""
    op_kind: int | None
    """An `OpType`; None: the message holds no op."""
    message_kind: bytes
    """The byte that gives a `MessageKind`; empty: the op is of an ordered segment."""
    signed: SignedOp | None
    effect: OpEffect
    is_void: bool
    op_count: int
    evm: EvmName


def check_audit(audit: Audit, evm: EvmName = "auto") -> AuditFindings:
    """Return what the file proves. Raises `AuditRefused`, `ExecutorUnavailable`."""
    header = _checked_header(audit)
    segment = _checked_segment(audit, header, _check_claim(audit, header))
    law_input = segment.law_input
    law = _checked_law(audit, header, law_input, evm)
    records = _checked_records(audit)
    result = _execute(law, audit, law_input)
    _check_execution(audit, records, result)
    op = _op_at(audit, audit.op.index, segment, records)
    if keccak256(op.named) != audit.op.hash:
        reason = "the segment holds another op there"
        raise AuditRefused(AuditPart.OP, reason, audit.op.hash, keccak256(op.named))
    signed = read_signed_op(op.op)
    signer = _signer(audit, signed)
    if signer != audit.op.signer:
        reason = "did not sign the op"
        raise AuditRefused(AuditPart.SIGNER, reason, audit.op.signer, signer)
    effect = OpEffect(b"", (), frozenset())
    if not result.is_void:
        before = None if op.before is None else _execute(law, audit, op.before)
        after = result if op.after == law_input else _execute(law, audit, op.after)
        effect = effect_between(before, after, records)
    return AuditFindings(
        header=header,
        message=segment.place_of(audit.op.index),
        op_kind=op.kind,
        message_kind=op.named[:1] if segment.messages else b"",
        signed=signed,
        effect=effect,
        is_void=result.is_void,
        op_count=op.count,
        evm=law.evm,
    )


def changed_records(audit: Audit, evm: EvmName = "auto") -> bytes:
    """Return, packed, what the segment changes on the file's witness. Raises `AuditRefused`."""
    header = _checked_header(audit)
    law_input = _checked_segment(audit, header, _check_claim(audit, header)).law_input
    result = _execute(_checked_law(audit, header, law_input, evm), audit, law_input)
    return pack_records(sorted(result.changed.items()))


def op_of(audit: Audit, index: int) -> AuditedOp:
    """Return the op at this place of the file's segment. Raises `AuditRefused` if there is none."""
    header = _checked_header(audit)
    segment = _checked_segment(audit, header, _check_claim(audit, header))
    op = _op_at(audit, index, segment, _checked_records(audit))
    return AuditedOp(index, keccak256(op.named), _signer(audit, read_signed_op(op.op)))


def _signer(audit: Audit, signed: SignedOp | None) -> bytes:
    separator = venue_separator(audit.chain_id, audit.rollup)
    return b"" if signed is None else signed.signer(separator)


def _checked_header(audit: Audit) -> LoggedHeader:
    if len(audit.batch.header) != HEADER_BYTES:
        raise AuditRefused(AuditPart.HEADER, f"has {len(audit.batch.header)} bytes")
    header = decode_header(audit.batch.header)
    if header.number != audit.claim.number:
        reason = "is of another batch than the claim"
        raise AuditRefused(AuditPart.HEADER, reason, audit.claim.number, header.number)
    return header


def _check_claim(audit: Audit, header: LoggedHeader) -> int:
    """Check batch, roots and claim against the claim's hash; return how many of its segments are
    of the inbox."""
    claim, segment = audit.claim, audit.segment
    consumed = claim.root_count - 1 - header.segment_count
    if consumed < 0 or segment.index >= claim.root_count - 1:
        reason = f"segment {segment.index} of {header.segment_count} with {claim.root_count} roots"
        raise AuditRefused(AuditPart.ROOTS, reason, segment.index, claim.root_count)
    at, count = segment.index, claim.root_count
    try:
        root = path_root(claim.pre_root, at, count, claim.pre_root_path)
        other = path_root(claim.post_root, at + 1, count, claim.post_root_path)
    except ValueError as error:
        raise AuditRefused(AuditPart.ROOTS, str(error)) from None
    if root != other:
        reason = "the roots before and after the segment are of different claims"
        raise AuditRefused(AuditPart.ROOTS, reason, root, other)
    batch = keccak256(bytes([PREFIX_BATCH]) + audit.batch.header + audit.batch.segments)
    found = keccak256(
        bytes([PREFIX_CLAIM])
        + claim.number.to_bytes(8, "big")
        + batch
        + claim.parent_hash
        + claim.proposer
        + _commitment(count, root)
    )
    if found != claim.hash:
        reason = "batch, parent, proposer and roots give another hash"
        raise AuditRefused(AuditPart.CLAIM, reason, claim.hash, found)
    return consumed


def _commitment(count: int, root: bytes) -> bytes:
    return keccak256(bytes([PREFIX_LIST]) + count.to_bytes(8, "big") + root)


@dataclass(frozen=True, slots=True)
class _Segment:
    """A segment that the batch holds at its place."""

    law_input: bytes
    messages: Sequence[bytes]
    """That share it; none: it is an ordered one."""
    first: MessagePlace | None
    """The position of the first message."""

    def place_of(self, index: int) -> MessagePlace | None:
        """Return where a message of the segment is; None for an op of an ordered one."""
        first = self.first
        return None if first is None else MessagePlace(first.is_exit, first.number + index)


def _checked_segment(audit: Audit, header: LoggedHeader, inbox_count: int) -> _Segment:
    """Return the segment; `inbox_count` of the claim's segments are of the inbox."""
    segment, batch = audit.segment, audit.batch
    if segment.index < inbox_count:
        return _checked_messages(audit, header, inbox_count)
    if batch.parent_header or batch.parent_segments:
        raise AuditRefused(AuditPart.PARENT, "an ordered segment's file names none")
    try:
        at = segment.index - inbox_count
        root = path_root(segment.content, at, header.segment_count, segment.path)
    except ValueError as error:
        raise AuditRefused(AuditPart.SEGMENT, str(error)) from None
    found = _commitment(header.segment_count, root)
    if found != batch.segments:
        reason = "the batch holds another segment there"
        raise AuditRefused(AuditPart.SEGMENT, reason, batch.segments, found)
    return _Segment(ordered_input(header.time_ms, segment.content), (), None)


def _checked_messages(audit: Audit, header: LoggedHeader, inbox_count: int) -> _Segment:
    """Return the segment of an exit, or of the messages that the header has share it."""
    segment = audit.segment
    exit_start, inbox_start = _checked_parent(audit, header)
    exits, messages = header.exit_end - exit_start, header.inbox_end - inbox_start
    if min(exits, messages) < 0 or exits + messages > BATCH_INBOX_MAX:
        reason = f"a batch of {exits} exits and {messages} messages"
        raise AuditRefused(AuditPart.PARENT, reason)
    starts = [each for each in range(messages) if not (each and header.joined >> each & 1)]
    if exits + len(starts) != inbox_count:
        reason = f"{exits} exits and {len(starts)} segments of messages with other roots"
        raise AuditRefused(AuditPart.ROOTS, reason, inbox_count, exits + len(starts))
    is_exit = segment.index < exits
    if is_exit:
        start, end, count = segment.index, segment.index + 1, exits
        place, rolling = MessagePlace(True, exit_start + start), header.exit_rolling
    else:
        run = segment.index - exits
        start, end, count = starts[run], [*starts, messages][run + 1], messages
        place, rolling = MessagePlace(False, inbox_start + start), header.rolling
    contents = _unframed(segment.content)
    if len(contents) != end - start or len(segment.path) != 1 + count - end:
        reason = f"{len(contents)} messages and a path of {len(segment.path)}"
        raise AuditRefused(AuditPart.SEGMENT, f"{reason}, not {end - start} and {1 + count - end}")
    found, *later = segment.path
    for content in contents:
        found = rolled(found, content)
    for each in later:
        found = keccak256(found + each)
    if found != rolling:
        reason = "the messages do not roll to the header's hash of their lane"
        raise AuditRefused(AuditPart.SEGMENT, reason, rolling, found)
    return _Segment(messages_input(header.time_ms, segment.content), contents, place)


def _checked_parent(audit: Audit, header: LoggedHeader) -> tuple[int, int]:
    """Return where exits and messages of the batch begin: where its parent's end."""
    batch = audit.batch
    is_first = header.number == 1
    if len(batch.parent_header) != (0 if is_first else HEADER_BYTES):
        raise AuditRefused(AuditPart.PARENT, f"has a header of {len(batch.parent_header)} bytes")
    if is_first:
        found = genesis_batch_hash(audit.chain_id, audit.rollup)
        if batch.parent_segments:
            raise AuditRefused(AuditPart.PARENT, "the first batch has none")
    else:
        found = keccak256(bytes([PREFIX_BATCH]) + batch.parent_header + batch.parent_segments)
    if found != header.parent_hash:
        reason = "is another batch than the header names"
        raise AuditRefused(AuditPart.PARENT, reason, header.parent_hash, found)
    if is_first:
        return 0, 0
    parent = decode_header(batch.parent_header)
    return parent.exit_end, parent.inbox_end


def _unframed(content: bytes) -> list[bytes]:
    """Return the messages of a segment, each of which stands behind its length."""
    messages, at = [], 0
    while at < len(content):
        start = at + 2
        at = start + int.from_bytes(content[start - 2 : start], "big")
        messages.append(content[start:at])
    if at != len(content):
        raise AuditRefused(AuditPart.SEGMENT, "its last message is cut off")
    return messages


def _checked_law(audit: Audit, header: LoggedHeader, law_input: bytes, evm: EvmName) -> WitnessLaw:
    law, families = audit.law, len(SegmentFamily)
    found = keccak256(_LAW_ID_TEXT + b"".join(law.code_hashes))
    if found != header.law_id:
        reason = "the code hashes are of another law than the header's"
        raise AuditRefused(AuditPart.LAW, reason, header.law_id, found)
    family = executing_family(law_input)
    if not 1 <= family <= families or len(law.code_hashes) < families:
        raise AuditRefused(AuditPart.LAW, f"there is no law of family {family}")
    hashes = (law.code_hashes[family - 1], *law.code_hashes[families:])
    codes = (law.family_code, *law.module_codes)
    if len(hashes) != len(codes):
        raise AuditRefused(AuditPart.LAW, f"{len(codes)} codes of {len(hashes)}")
    for stated, code in zip(hashes, codes, strict=True):
        if keccak256(code) != stated:
            raise AuditRefused(AuditPart.LAW, "a code is not the law's", stated, keccak256(code))
    try:
        return WitnessLaw(law.family_code, law.module_codes, evm)
    except LawFailed as error:
        raise AuditRefused(AuditPart.LAW, str(error)) from None


def _checked_records(audit: Audit) -> Mapping[int, bytes]:
    """Return the records before the segment, which have the root before it."""
    try:
        records = unpack_records(audit.witness.records)
        found = root_of(records, audit.witness.proof)
    except (BadProof, ValueError) as error:
        raise AuditRefused(AuditPart.WITNESS, str(error)) from None
    if found != audit.claim.pre_root:
        reason = "the records give another root before the segment"
        raise AuditRefused(AuditPart.WITNESS, reason, audit.claim.pre_root, found)
    whole = records.get(_GLOBAL_KEY, b"")
    stated = venue_separator(audit.chain_id, audit.rollup)
    domain = unpack_global(whole)[-1].to_bytes(32, "big") if whole else b""
    if domain != stated:
        reason = "the state is of another chain or Rollup"
        raise AuditRefused(AuditPart.VENUE, reason, stated, domain)
    return records


def _execute(law: WitnessLaw, audit: Audit, law_input: bytes) -> LawResult:
    try:
        result = law.execute(law_input, audit.witness.records, audit.witness.advice)
    except LawFailed as error:
        raise AuditRefused(AuditPart.EXECUTION, str(error)) from None
    if result is None:
        reason = "the law reverts: a record or advice is missing or wrong"
        raise AuditRefused(AuditPart.EXECUTION, reason)
    return result


def _check_execution(audit: Audit, records: Mapping[int, bytes], result: LawResult) -> None:
    advices = len(audit.witness.advice)
    counts, used = (len(records), advices), (result.touched_count, 4 * result.advice_used)
    if not result.is_void and counts != used:
        reason = f"the law used {used[0]} records and {used[1]} bytes of advice, not {counts}"
        raise AuditRefused(AuditPart.EXECUTION, reason)
    changed = pack_records(sorted(result.changed.items()))
    if changed != audit.witness.changed:
        reason = "the law changes other records"
        raise AuditRefused(AuditPart.CHANGES, reason, audit.witness.changed, changed)
    found = root_of({**records, **result.changed}, audit.witness.proof)
    if found != audit.claim.post_root:
        reason = "the law comes to another root: the claim is false"
        raise AuditRefused(AuditPart.POST_ROOT, reason, audit.claim.post_root, found)


@dataclass(frozen=True, slots=True)
class _OpInSegment:
    op: bytes
    """Type, length and body as they are signed; empty: a message that holds none, and an op of a
    segment that nobody can have signed."""
    named: bytes
    """What the op's hash is of."""
    kind: int | None
    """An `OpType`; None: a message that holds no op."""
    before: bytes | None
    """The law's input up to the op; None: nothing can be before it."""
    after: bytes
    """And up to its end."""
    count: int
    """How many ops the segment has."""


def _op_at(
    audit: Audit, index: int, segment: _Segment, records: Mapping[int, bytes]
) -> _OpInSegment:
    if segment.messages:
        return _message_at(index, segment)
    content, law_input = audit.segment.content, segment.law_input
    spans = list(op_spans(content, SEGMENT_HEAD_BYTES))
    if index >= len(spans):
        raise AuditRefused(AuditPart.OP, f"the segment has {len(spans)} ops", index, len(spans))
    start, _, end = spans[index]
    further = ORDERED_INPUT_HEAD_BYTES - SEGMENT_HEAD_BYTES
    after = law_input if index + 1 == len(spans) else law_input[: end + further]
    op = content[start:end]
    return _OpInSegment(
        op=as_signed(op, records),
        named=op,
        kind=op[0],
        before=law_input[: start + further],
        after=after,
        count=len(spans),
    )


def _message_at(index: int, segment: _Segment) -> _OpInSegment:
    messages, count = segment.messages, len(segment.messages)
    if index >= count:
        raise AuditRefused(AuditPart.OP, f"the segment has {count} messages", index, count)
    message, head = messages[index], segment.law_input[:MESSAGE_INPUT_HEAD_BYTES]
    holds_op = message[:1] == bytes([MessageKind.USER_OP])
    op = message[MESSAGE_HEAD_BYTES:] if holds_op else b""
    return _OpInSegment(
        op=op,
        named=message,
        kind=op[0] if op else None,
        before=head + framed(messages[:index]) if index else None,
        after=head + framed(messages[: index + 1]),
        count=count,
    )
