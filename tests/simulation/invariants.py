"""What must hold when the troubles are over: judged by L1 alone and a fresh engine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from strikeproof.keccak import keccak256
from strikeproof.sequencer.core.engine import Engine
from strikeproof.sequencer.core.family import is_signed, ordered_input
from strikeproof.sequencer.core.outcome import OpOutcome
from strikeproof.sequencer.journal.journal_entry import segment_ops
from strikeproof.sequencer.order.op_change import OpReport, report_of
from strikeproof.sequencer.order.op_place import OpPlace
from strikeproof.sequencer.recovery.change_log import ChangeLog
from strikeproof.verifier.derivation.logged_batch import LoggedBatch
from strikeproof.wire.errors import Result
from tests.simulation.step_check import batches_of
from tests.simulation.world import SEPARATOR, World

LOOK_BACK_SECONDS = 120
"""A backlog from before may still be ahead of a promise."""


@dataclass(frozen=True, slots=True)
class Executed:
    """Where an op is on L1 and what the order makes of it."""

    report: OpReport
    block_seconds: int


def posted(world: World) -> Iterator[tuple[LoggedBatch, int]]:
    """Yield every batch on L1 with its block's time."""
    for block in world.chain.blocks:
        for batch in batches_of(block):
            yield batch, block.time_seconds


def executed(world: World) -> tuple[dict[bytes, Executed], list[str], list[bytes]]:
    """Execute what L1 holds; return each op, what is wrong, and the root after each batch."""
    engine = Engine.genesis(SEPARATOR, with_forest=True)
    ops: dict[bytes, Executed] = {}
    wrong: list[str] = []
    roots = [engine.state_root()]
    inbox = exits = 0
    model = world.chain.head.model
    for batch, seconds in posted(world):
        header = batch.header
        for each in model.exits[exits : header.exit_end]:
            engine.apply_message(each.message, header.time_ms)
        run: list[bytes] = []
        for at, each in enumerate(model.messages[inbox : header.inbox_end]):
            if run and not header.joined >> at & 1:
                engine.apply_messages(run, header.time_ms)
                run = []
            run.append(each.message)
        if run:
            engine.apply_messages(run, header.time_ms)
        inbox, exits = header.inbox_end, header.exit_end
        for number, segment in enumerate(batch.segments):
            done = engine.execute_segment(ordered_input(segment, header.time_ms))
            if done.is_void:
                wrong.append(f"batch {header.number}: segment {number} is void")
                continue
            ordered = zip(segment_ops(segment), done.outcomes, strict=True)
            for index, (op, outcome) in enumerate(ordered):
                place = OpPlace(header.number, number, index)
                _take(ops, wrong, op, place, outcome, seconds)
        roots.append(engine.state_root())
    return ops, wrong, roots


def _take(
    ops: dict[bytes, Executed],
    wrong: list[str],
    op: bytes,
    place: OpPlace,
    outcome: OpOutcome,
    seconds: int,
) -> None:
    op_hash = keccak256(op)
    known = ops.get(op_hash)
    if known and is_signed(op) and outcome.code == known.report.result == Result.OK:
        wrong.append(f"op {op_hash.hex()[:16]} took effect twice: {place}")
    if op_hash not in ops or outcome.code == 0:
        ops[op_hash] = Executed(report_of(place, outcome), seconds)


def broken(world: World) -> list[str]:
    """Return every promise that does not hold and was not announced, and whatever else is wrong."""
    ops, wrong, roots = executed(world)
    life = world.life
    assert life is not None
    is_frozen = world.chain.head.model.resolution_end != 0
    changes = {each.op_hash: each for each in ChangeLog(life.folder).read()}
    for op_hash, promise in world.acknowledged.items():
        name = f"op {op_hash.hex()[:16]} of {promise.report.place}"
        found = ops.get(op_hash)
        if found is None:
            if not is_frozen:  # what a freeze left unposted, L1 never orders
                wrong.append(f"{name} is not on L1")
            continue
        change = changes.get(op_hash)
        told = promise.report if change is None else change.after
        if told != found.report:
            said = "announced" if change else "told"
            wrong.append(f"{name}: {said} {told}, is {found.report}")
        late_ms = found.block_seconds * 1000 - promise.post_by_ms
        since = promise.at_seconds - LOOK_BACK_SECONDS
        unusable = world.unusable_seconds(since, found.block_seconds)
        if late_ms > 0 and unusable < world.settings.max_lag_seconds:
            wrong.append(f"{name} is {late_ms} ms late")
    model = world.chain.head.model
    bond = model.bonds.get(world.address, 0)
    if bond > model.terms.bond_wei:
        wrong.append(f"the bond is {bond} wei, {model.terms.bond_wei} are enough")
    claims = model.claims
    for number, claim in enumerate(claims):
        if claim.last_root != roots[number]:
            wrong.append(f"claim {number} ends in another root than the order")
    if len(claims) < len(roots):
        wrong.append(f"{len(roots) - len(claims)} batches are not claimed")
    return wrong
