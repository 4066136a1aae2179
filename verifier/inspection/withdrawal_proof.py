"""Proofs for withdrawals: an account's record in the newest final state, as the Vault takes it."""

from __future__ import annotations

from typing import Any

from eth_abi import encode as abi_encode

from strikeproof.keccak import keccak256
from strikeproof.verifier.exit_code import NotFound
from strikeproof.verifier.inspection.claim_report import hex_of, newest_timestamp
from strikeproof.verifier.state.multiproof import prove, root_of
from strikeproof.verifier.state.record_list import (
    pack_records,
)
from strikeproof.verifier.wiring import VerifierParts
from strikeproof.wire.constants import KEY_ID_BITS
from strikeproof.wire.layout import ACCOUNT_KIND, unpack_account


def final_claim_number(parts: VerifierParts) -> int:
    """Return the newest claim that is final and right. Raises `NotFound`."""
    now, final = newest_timestamp(parts.store), 0
    for claim in parts.store.standing_claims():
        roots = parts.executor.roots_of(claim.number)
        if claim.deadline_seconds >= now or roots is None or list(claim.roots) != roots:
            break
        final = claim.number
    if final == 0:
        raise NotFound("no claim is final yet")
    return final


def withdrawal_proof(parts: VerifierParts, account: int) -> dict[str, Any]:
    """Return what `Vault.withdraw` takes to pay the account's owner.

    Raises `NotFound` if nothing is final or there is no such account, and `Forgotten`.
    """
    number = final_claim_number(parts)
    key = (ACCOUNT_KIND << KEY_ID_BITS) | account
    row = parts.store.batch(number)
    assert row is not None, "a claim has its batch"
    segments = parts.store.segments_of(number)
    with parts.state.rewound(segments[-1].position + 1):
        record = parts.state.record(key) if parts.state.forest.fits(key) else b""
        if not record:
            raise NotFound(
                f"account {account} is not in the final state of batch {number}",
                account=account,
                batch=number,
            )
        proof = prove(parts.state.forest, [key])
        root = parts.state.forest.root
    assert root_of({key: record}, proof) == root, "the proof leads to the final root"
    _, owner, _, _, _, _, _, collateral, withdrawn, *_ = unpack_account(record)
    vault = parts.client.call(parts.contracts.inbox, keccak256(b"vault()")[:4])[-20:]
    asked = keccak256(b"paidMicroUsd(uint32)")[:4] + abi_encode(["uint32"], [account])
    paid = int.from_bytes(parts.client.call(vault, asked), "big")
    entry = pack_records([(key, record)])
    call = keccak256(b"withdraw(uint64,bytes,bytes)")[:4] + abi_encode(
        ["uint64", "bytes", "bytes"], [number, entry, proof]
    )
    return {
        "account": account,
        "owner": hex_of(owner.to_bytes(20, "big")),
        "claim": number,
        "root": hex_of(root),
        "collateral_micro_usd": collateral,
        "withdrawn_micro_usd": withdrawn,
        "paid_micro_usd": paid,
        "owed_micro_usd": max(0, withdrawn - paid),
        "record": hex_of(entry),
        "proof": hex_of(proof),
        "vault": hex_of(vault),
        "calldata": hex_of(call),
    }
