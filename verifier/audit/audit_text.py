"""An audit's findings in the protocol's words."""

from __future__ import annotations

from strikeproof.verifier.audit.audit_check import AuditFindings
from strikeproof.verifier.audit.audit_file import Audit
from strikeproof.wire.constants import ActionKind, MessageKind, OpType
from strikeproof.wire.errors import Result


def name_of_op(audit: Audit, findings: AuditFindings) -> str:
    """Return what the op is: its type, and the actions of a bundle."""
    if findings.op_kind is None:
        return f"message {_member(MessageKind, findings.message_kind)}"
    name = _member(OpType, bytes([findings.op_kind]))
    actions = [] if findings.signed is None else findings.signed.fields.get("actions", [])
    named = [_member(ActionKind, bytes([each["kind"]])) for each in actions]
    whole = f"{name} of {', '.join(named)}" if named else name
    if findings.message is None:
        return whole
    return f"{whole} as an exit" if findings.message.is_exit else f"{whole} through the inbox"


def place_of(audit: Audit, findings: AuditFindings) -> str:
    """Return where the op is: of a message its number on L1, else as a receipt counts, to which
    inbox messages are not segments of the batch."""
    batch, message = findings.header.number, findings.message
    if message is not None:
        lane = "exit" if message.is_exit else "message"
        return f"{lane} {message.number} of the inbox, which batch {batch} consumed"
    inbox_count = audit.claim.root_count - 1 - findings.header.segment_count
    segment = audit.segment.index - inbox_count
    return f"op {audit.op.index} of segment {segment} of batch {batch}"


def results_in_words(findings: AuditFindings) -> list[str]:
    """Return the results of op and actions by name."""
    if findings.is_void:
        return ["void: the segment passed its declaration, and nothing happened"]
    return [_member(Result, bytes([each])) for each in findings.effect.results] or ["no result"]


def _member(kinds: type[OpType | MessageKind | ActionKind | Result], value: bytes) -> str:
    try:
        return kinds(value[0]).name
    except (ValueError, IndexError):
        return f"UNKNOWN_{value.hex()}"
