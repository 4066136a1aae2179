"""Comparing an audit file with L1: the one hash that everything in it hangs on, and its places."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from strikeproof.keccak import keccak256
from strikeproof.l1 import CallReverted, L1Client, Log
from strikeproof.verifier.audit.audit_builder import BATCH_POSTED, CLAIM_POSTED, logged_event
from strikeproof.verifier.audit.audit_check import AuditPart, AuditRefused
from strikeproof.verifier.audit.audit_file import Audit, L1Place
from strikeproof.verifier.exit_code import NotFound
from strikeproof.verifier.state.rollup_abi import call_data, return_values
from strikeproof.wire.constants import PREFIX_BATCH

_CLAIM_DELETED: Final = keccak256(b"ClaimDeleted(uint64,bytes32,address,uint32,bytes32,uint64)")
_BLOCKS_PER_QUERY: Final = 2_000


@dataclass(frozen=True, slots=True)
class L1Standing:
    """What L1 says of the claim now."""

    is_final: bool
    """If not, it can still be disproved."""
    block: int
    """L1's newest block when it was asked."""


def compare_with_l1(audit: Audit, client: L1Client) -> L1Standing:
    """Return how the claim stands. Raises `AuditRefused` where L1 says otherwise than the file,
    `WrongChain`, and what reading L1 raises. `check_audit` says the rest."""
    client.check_chain(audit.chain_id)
    head = client.head()
    batch = keccak256(bytes([PREFIX_BATCH]) + audit.batch.header + audit.batch.segments)
    posted = _compared(client, audit, CLAIM_POSTED, audit.claim.on_l1, audit.claim.hash)
    _compared(client, audit, BATCH_POSTED, audit.batch.on_l1, batch)
    is_final = bool(_ask(client, audit, "isFinal"))
    if is_final and audit.claim.number < _oldest(client, audit):
        _refuse_if_deleted(client, audit, posted, head.number)
        return L1Standing(is_final, head.number)
    found = _ask(client, audit, "claim")
    if found[0] != audit.claim.hash:
        reason = f"claim {audit.claim.number} on L1 is another now: this one was disproved"
        raise AuditRefused(AuditPart.ON_L1, reason, audit.claim.hash, found[0])
    return L1Standing(is_final, head.number)


def _ask(client: L1Client, audit: Audit, function: str) -> Any:
    try:
        answer = client.call(audit.rollup, call_data(function, audit.claim.number))
        (value,) = return_values(function, answer)
    except CallReverted:
        reason = f"0x{audit.rollup.hex()} holds no claim {audit.claim.number} now"
        raise AuditRefused(AuditPart.ON_L1, reason, audit.claim.hash) from None
    except ValueError:
        reason = f"0x{audit.rollup.hex()} is not a Rollup"
        raise AuditRefused(AuditPart.ON_L1, reason) from None
    return value


def _oldest(client: L1Client, audit: Audit) -> int:
    """Return the oldest claim whose hash the Rollup still stores."""
    (oldest,) = return_values("oldestNumber", client.call(audit.rollup, call_data("oldestNumber")))
    return int(oldest)


def _refuse_if_deleted(client: L1Client, audit: Audit, posted: Log, head: int) -> None:
    """Raise `AuditRefused` if the claim was deleted before it was final: the Rollup has forgotten
    which claim that was, its logs have not."""
    deadline_seconds = int.from_bytes(posted.data[:32], "big")
    first = posted.block_number
    while first <= head:
        last = min(first + _BLOCKS_PER_QUERY - 1, head)
        for log in client.logs([audit.rollup], first, last):
            is_later = (log.block_number, log.log_index) > (posted.block_number, posted.log_index)
            if not is_later or log.topics[:1] != (_CLAIM_DELETED,):
                continue
            if int.from_bytes(log.topics[1], "big") <= audit.claim.number:
                reason = f"claim {audit.claim.number} was deleted in block {log.block_number}"
                raise AuditRefused(AuditPart.ON_L1, reason, audit.claim.hash)
        if client.block(last).timestamp_seconds > deadline_seconds:
            return
        first = last + 1


def _compared(client: L1Client, audit: Audit, event: bytes, stated: L1Place, hash_: bytes) -> Log:
    """Return the log of the event, which is where the file states."""
    named = (audit.claim.number, hash_)
    try:
        found = logged_event(client, audit.rollup, event, stated.block, named)
    except NotFound as error:
        raise AuditRefused(AuditPart.ON_L1, str(error), stated.block) from None
    if found.transaction_hash != stated.transaction:
        reason = "another transaction posted it"
        raise AuditRefused(AuditPart.ON_L1, reason, stated.transaction, found.transaction_hash)
    if found.block_hash != stated.block_hash:
        reason = f"block {stated.block} has another hash"
        raise AuditRefused(AuditPart.ON_L1, reason, stated.block_hash, found.block_hash)
    return found
