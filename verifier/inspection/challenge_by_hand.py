"""Proofs by hand: build the challenge of a segment, price it, send it."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from strikeproof.keccak import keccak256
from strikeproof.keystore import Signer
from strikeproof.l1 import Intent, TransactionSender
from strikeproof.l1.gas_estimate import GasEstimator
from strikeproof.verifier.dispute.challenge import Challenge
from strikeproof.verifier.dispute.dry_run import Answer, DryRun, dry_run
from strikeproof.verifier.dispute.gas import Work, gas_bound
from strikeproof.verifier.exit_code import ExitCode, NotFound
from strikeproof.verifier.inspection.claim_report import batch_of, hex_of
from strikeproof.verifier.state.reward_commitment import reward_commitment
from strikeproof.verifier.state.rollup_abi import call_data, return_values
from strikeproof.verifier.wiring import VerifierParts

NOBODY = bytes(19) + b"\x01"
WAIT_SECONDS = 600.0  # for a transaction to be in a block


def build(parts: VerifierParts, number: int, segment: int | None) -> Challenge:
    """Return the checked challenge of a segment of the claim that stands; of its first wrong one
    if none is named, and of its first if none is wrong.

    Raises `NotFound`, `NotProvable`, `Forgotten`.
    """
    row = batch_of(parts, number)
    claim = parts.store.standing_claim(number)
    if claim is None:
        raise NotFound(f"no claim for batch {number} stands", batch=number)
    roots = parts.executor.roots_of(number)
    if roots is None:
        raise NotFound(f"batch {number} is not executed to its end yet", batch=number)
    if claim.roots[0] != roots[0]:
        raise NotFound(f"claim {number} has a wrong parent: disprove that one", claim=number)
    wrong = [at for at in range(len(roots) - 1) if claim.roots[at + 1] != roots[at + 1]]
    chosen = segment if segment is not None else (wrong[0] if wrong else 0)
    if not 0 <= chosen < len(roots) - 1:
        raise NotFound(
            f"batch {number} has {len(roots) - 1} segments", batch=number, segments=len(roots) - 1
        )
    if wrong and chosen > wrong[0]:
        raise NotFound(
            f"claim {number} is wrong from segment {wrong[0]} on: prove that one",
            claim=number,
            segment=wrong[0],
        )
    return parts.challenge_builder.build(claim, row, chosen)


def describe(challenge: Challenge) -> dict[str, Any]:
    """Return a challenge in words and sizes."""
    return {
        "batch": challenge.number,
        "claim_hash": hex_of(challenge.claim_hash),
        "segment": challenge.segment_index,
        "pre_root": hex_of(challenge.pre_root),
        "claimed_root": hex_of(challenge.claimed_root),
        "right_root": hex_of(challenge.right_root),
        "is_disproof": challenge.is_disproof,
        "witness_bytes": len(challenge.records),
        "proof_bytes": len(challenge.proof),
        "calldata_bytes": len(challenge.call_data(bytes(32))),
    }


def priced(
    parts: VerifierParts, challenge: Challenge, sender: bytes, salt: bytes
) -> dict[str, Any]:
    """Return what L1 says to the challenge now, what it would cost and what it would earn."""
    run = dry_run(parts.client, parts.contracts.rollup, challenge, salt, sender)
    data = challenge.call_data(salt)
    gas = None
    if run.answer is Answer.DISPROVES:
        gas = GasEstimator(parts.client, parts.contracts.rollup, sender).estimate(data)
    base_fee = parts.client.head().base_fee_wei
    return {
        "answer": run.answer.value,
        "detail": run.detail,
        "endpoints_agree": run.agreed,
        "gas": gas,
        "base_fee_wei": base_fee,
        "cost_wei": None if gas is None else gas * base_fee,
        "reward_wei": reward_wei(parts, challenge.number) if gas is not None else 0,
        "exit_code": int(exit_code_of_run(run)),
    }


def exit_code_of_run(run: DryRun) -> ExitCode:
    """Return the exit code for L1's answer."""
    return {
        Answer.DISPROVES: ExitCode.OK,
        Answer.CLAIM_IS_CORRECT: ExitCode.CLAIM_IS_CORRECT,
        Answer.INCOMPLETE: ExitCode.INCOMPLETE,
        Answer.GONE: ExitCode.NOT_FOUND,
        Answer.OTHER: ExitCode.FAILED,
    }[run.answer]


def reward_wei(parts: VerifierParts, number: int) -> int:
    """Return what a disproof of the claim earns if it is the proposer's deepest lie: half of the
    bond, and what is held of it. Paid once that is sure, by `settleHeld`."""
    claim = parts.store.standing_claim(number)
    if claim is None:
        return 0
    answer = parts.client.call(parts.contracts.rollup, call_data("bondOf", claim.proposer))
    ((amount, held, *_),) = return_values("bondOf", answer)
    return int(held) + int(amount) // 2


def salt_of(signer: Signer, claim_hash: bytes, folder: Path) -> bytes:
    """Return a salt that only the key's owner can know, the same every time.

    So a submission that was interrupted after its commitment goes on with it. Where the key signs
    differently each time, it is drawn once and kept in `folder`.
    """
    if not signer.is_deterministic:
        return _kept_salt(folder / f"salt-{claim_hash.hex()}")
    _, r, s = signer.sign_digest(keccak256(b"strikeproof reward salt" + claim_hash))
    return keccak256(r.to_bytes(32, "big") + s.to_bytes(32, "big"))


def _kept_salt(path: Path) -> bytes:
    if not path.exists():
        part = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
        part.touch(mode=0o600)
        part.write_bytes(secrets.token_bytes(32))
        with suppress(FileExistsError):  # another process was first
            os.link(part, path)
        part.unlink()
    return path.read_bytes()


@dataclass(frozen=True, slots=True)
class ChallengeSending:
    """Who sends a challenge, and how."""

    sender: TransactionSender
    salt: bytes
    commit: bool = True
    say: Callable[[str], None] = lambda _: None


def submit(
    parts: VerifierParts,
    challenge: Challenge,
    submission: ChallengeSending,
) -> dict[str, Any]:
    """Commit, challenge, and follow both into blocks; return what they came to.

    Nothing is sent that the dry run does not call a disproof; then the report says so. Raises
    TimeoutError if a transaction is in no block for `WAIT_SECONDS`.
    """
    sender, salt, say = submission.sender, submission.salt, submission.say
    rollup, report = parts.contracts.rollup, describe(challenge)
    price = priced(parts, challenge, sender.address, salt)
    report |= price
    if price["answer"] != Answer.DISPROVES.value:
        return report | {"sent": False}
    name = f"0x{challenge.claim_hash.hex()} by hand"
    gas = GasEstimator(parts.client, rollup, sender.address)
    if submission.commit:
        commitment = reward_commitment(
            sender.address,
            challenge.claim_hash,
            challenge.segment_index,
            challenge.right_root,
            salt,
        )
        data = call_data("commit", commitment)
        limit = gas.limit(gas_bound(Work.COMMIT, data), data)
        done = sender.submit_and_wait(
            f"commit {name}", rollup, data, gas=limit, timeout_seconds=WAIT_SECONDS
        )
        say(f"committed in block {done.block_number}")
        report["commitment"] = _intent(done)
        _wait_for_block(parts, (done.block_number or 0) + 1, say)
    data = challenge.call_data(salt)
    limit = gas.limit(gas_bound(Work.CHALLENGE, data), data)
    say("sending the challenge")
    done = sender.submit_and_wait(
        f"challenge {name}", rollup, data, gas=limit, timeout_seconds=WAIT_SECONDS
    )
    report["challenge"] = _intent(done)
    report["exit_code"] = int(ExitCode.OK if done.succeeded else ExitCode.FAILED)
    return report | {"sent": True, "disproved": done.succeeded}


def _wait_for_block(parts: VerifierParts, number: int, say: Callable[[str], None]) -> None:
    """Wait until the commitment's block has a successor, or a little: the next block will do."""
    for _ in range(20):
        if parts.client.head().number >= number:
            return
        time.sleep(0.25)
    say("no newer block yet: the challenge goes into the next one")


def _intent(intent: Intent) -> dict[str, Any]:
    cost = (intent.gas_used or 0) * (intent.gas_price_wei or 0)
    return {
        "status": intent.status.value,
        "transaction": hex_of(intent.transaction_hash),
        "block": intent.block_number,
        "gas_used": intent.gas_used,
        "cost_wei": cost,
    }
