"""The audit file: one op of one segment, with everything that proves it against a claim on L1.

JSON of one form only: fields in this order, bytes as lower-case 0x text, indented by one blank. So
a file is read only if writing it again gives the same bytes. Source: docs/protocol/audit-file.md.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, Final, TypeVar, get_args, get_origin, get_type_hints

from strikeproof.failure import Rejected
from strikeproof.json_depth import check_depth
from strikeproof.keccak import keccak256
from strikeproof.wire.errors import FailureCode

FORMAT: Final = "strikeproof audit 1"
FILE_BYTES_MAX: Final = 2_000_000  # a full segment's is a tenth of it

D = TypeVar("D")


class AuditMalformed(Rejected):
    """The bytes are not an audit file: cut off, edited by hand, or of another format."""

    code = FailureCode.AUDIT_MALFORMED

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field, self.reason = field, reason


@dataclass(frozen=True, slots=True)
class L1Place:
    """Where something is on L1. Known from L1 alone: nothing in the file proves it."""

    block: int
    block_hash: bytes
    transaction: bytes


@dataclass(frozen=True, slots=True)
class AuditedClaim:
    """A claim, and two neighbours among its roots."""

    number: int
    """The number of the claim, and of its batch."""
    hash: bytes
    parent_hash: bytes
    proposer: bytes
    root_count: int
    pre_root: bytes
    pre_root_path: tuple[bytes, ...]
    post_root: bytes
    post_root_path: tuple[bytes, ...]
    on_l1: L1Place


@dataclass(frozen=True, slots=True)
class AuditedBatch:
    """A batch, and its parent, which says where exits and messages begin: of each the header and
    the commitment to its segments. An ordered segment needs no parent, and batch 1 has none: empty.
    """

    header: bytes
    segments: bytes
    parent_header: bytes
    parent_segments: bytes
    on_l1: L1Place


@dataclass(frozen=True, slots=True)
class AuditedSegment:
    """An ordered segment as L1 has it, or the inbox messages that share one, each behind its
    length."""

    index: int
    """Among the claim's segments, those of exits and messages counted, from 0."""
    content: bytes
    path: tuple[bytes, ...]
    """Ordered segments: to the commitment. Messages: their lane's rolling hash before them,
    then the hashes of those after them that the batch consumes of the lane."""


@dataclass(frozen=True, slots=True)
class AuditedLaw:
    """The law: hashes of its codes, families before modules, and the codes that run here."""

    code_hashes: tuple[bytes, ...]
    family_code: bytes
    module_codes: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class AuditedWitness:
    """What the segment read and what it changed, with the proof of it against the roots."""

    records: bytes
    advice: bytes
    changed: bytes
    proof: bytes


@dataclass(frozen=True, slots=True)
class AuditedOp:
    """The op that the file is about."""

    index: int
    """In the segment, from 0; of a message, among those that share it."""
    hash: bytes
    """The hash of type, length and body; of a message, the message's own."""
    signer: bytes
    """Whose signature it carries; empty: it carries none."""


@dataclass(frozen=True, slots=True)
class Audit:
    """The file."""

    chain_id: int
    rollup: bytes
    claim: AuditedClaim
    batch: AuditedBatch
    segment: AuditedSegment
    law: AuditedLaw
    witness: AuditedWitness
    op: AuditedOp

    def text(self) -> str:
        """Return the file's text."""
        content = {"format": FORMAT, **_plain(self)}
        return _written({**content, "checksum": _checksum(content)})


def _written(content: dict[str, Any]) -> str:
    return json.dumps(content, indent=1) + "\n"


def _checksum(content: dict[str, Any]) -> str:
    return "0x" + keccak256(_written(content).encode()).hex()


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    if is_dataclass(value):
        return {each.name: _plain(getattr(value, each.name)) for each in fields(value)}
    return value


def read_audit(data: bytes) -> Audit:
    """Return the audit of a file's bytes. Raises `AuditMalformed`, which names the field."""
    if len(data) > FILE_BYTES_MAX:
        raise AuditMalformed("file", f"has {len(data)} bytes, more than {FILE_BYTES_MAX}")
    try:
        content = json.loads(check_depth(data))
    except (ValueError, RecursionError):
        raise AuditMalformed("file", "is not JSON") from None
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise AuditMalformed("format", f"is not {FORMAT!r}")
    stated = content.pop("checksum", None)
    del content["format"]
    audit: Audit = _parsed(Audit, content, "")
    if stated != _checksum({"format": FORMAT, **content}):
        raise AuditMalformed("checksum", "the file was changed after it was written")
    if audit.text().encode() != data:
        raise AuditMalformed("file", "is not written as an audit file is")
    return audit


def _parsed(kind: type[D], content: Any, at: str) -> D:
    """Return the dataclass that `content` holds, checked field by field."""
    if not isinstance(content, dict):
        raise AuditMalformed(at or "file", "is not an object")
    hints = get_type_hints(kind)
    for name in [*hints, *content]:
        if (name in hints) != (name in content):
            reason = "is missing" if name in hints else "is unknown"
            raise AuditMalformed(f"{at}{name}", reason)
    return kind(**{name: _value(hint, content[name], at + name) for name, hint in hints.items()})


def _value(hint: Any, value: Any, at: str) -> Any:
    if hint is int:
        if type(value) is not int or not 0 <= value < 1 << 64:
            raise AuditMalformed(at, "is not a whole number")
        return value
    if hint is bytes:
        return _octets(value, at)
    if get_origin(hint) is tuple:
        if not isinstance(value, list):
            raise AuditMalformed(at, "is not a list")
        return tuple(_value(get_args(hint)[0], each, f"{at}[{n}]") for n, each in enumerate(value))
    return _parsed(hint, value, at + ".")


def _octets(value: Any, at: str) -> bytes:
    try:
        if isinstance(value, str) and value.startswith("0x"):
            return bytes.fromhex(value[2:])
    except ValueError:
        pass
    raise AuditMalformed(at, "is not a 0x text of whole bytes")
