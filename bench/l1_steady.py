"""Gas of a small batch, its claim, a message and a commitment: first, and once the rings are full.

What a lap of the rings leaves is put into the very slots that the first run wrote; the second
run then does the same again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from strikeproof.bench.dispute_l1 import INBOX_FEE_WEI, Done, signer
from strikeproof.bench.l1_venue import MICRO_USD, Bench, MeasuredBatch
from strikeproof.bench.storage_writes import Slot, StorageWrites, fill, recorded
from strikeproof.keccak import keccak256

EARLIER_LAP: Final = int.from_bytes(keccak256(b"an earlier lap"), "big")
OF_A_DISPUTE: Final = ("commit",)
"""Its slot belongs to one dispute: it is new each time, and no steady state."""


def _prepared() -> Bench:
    """Return a venue with a batch, a claim, messages, a bond: everything that is not a ring."""
    bench = Bench()
    trader, vault = signer("trader").address, bench.addresses["Vault"]
    bench.send("trader", "TestToken", "mint", trader, 10**4 * MICRO_USD)
    bench.send("trader", "TestToken", "approve", vault, 2**256 - 1)
    bench.send("trader", "Vault", "register", trader, value=INBOX_FEE_WEI)
    bench.send("trader", "Vault", "deposit", 1, MICRO_USD, value=INBOX_FEE_WEI)
    bond_wei = 4 * 2**24 * bench.l1.config.stress_gas_price_wei
    bench.send("proposer", "Rollup", "depositBond", value=bond_wei)
    return bench


def _steps(bench: Bench) -> dict[str, Callable[[], Done]]:
    """Return what is measured, in order; a batch and its claim, twice."""
    deployment, fee = bench.l1.deployment, INBOX_FEE_WEI
    parents = [bytes.fromhex(deployment.genesis_batch_hash[2:])]
    claims = [bytes.fromhex(deployment.genesis_claim_hash[2:])]
    root = bytes.fromhex(deployment.genesis_root[2:])
    batches: list[MeasuredBatch] = []

    def post() -> Done:
        batch, done = bench.post(len(batches) + 1, parents[-1], [b""])
        batches.append(batch)
        parents.append(batch.batch_hash)
        return done

    def propose() -> Done:
        done = bench.propose(batches[-1], claims[-1], [root, root])
        claims.append(bytes(done.logs[0].topics[2]))
        return done

    post()
    propose()
    return {
        "small_post": post,
        "small_propose": propose,
        "small_forced_op": lambda: bench.send("trader", "Inbox", "submit", b"", value=fee),
        "small_deposit": lambda: bench.send("trader", "Vault", "deposit", 1, MICRO_USD, value=fee),
        "commit": lambda: bench.send("trader", "Rollup", "commit", keccak256(b"commitment")),
    }


def measure_steady() -> dict[str, int]:
    """Return the figures: `…_gas`, `…_repriced_gas`, `…_new_slots`, and `…_steady_…` of each."""
    found: dict[str, int] = {}
    bench = _prepared()
    new: dict[Slot, int] = {}
    for name, step in _steps(bench).items():
        done, writes = _measured(bench, step)
        found |= writes.figures(name, done)
        if name not in OF_A_DISPUTE:
            new |= {slot: EARLIER_LAP for slot, (old, _) in writes.changed.items() if not old}
    again = _prepared()  # the same transactions, so the same addresses and slots
    steps = _steps(again)
    fill(again.l1, new)
    for name, step in steps.items():
        if name not in OF_A_DISPUTE:
            done, writes = _measured(again, step)
            found |= writes.figures(f"{name}_steady", done)
    return found


def _measured(bench: Bench, step: Callable[[], Done]) -> tuple[Done, StorageWrites]:
    with recorded(bench.l1) as writes:
        done = step()
    return done, writes
