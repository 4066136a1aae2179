"""The worst segments stay within what one transaction may cost (attacks 1, 2, 24, 36).

Every dispute here is real: the Rollup runs the shipped law on the witness and deletes the claim.
With pyrevm there are more of them. `strikeproof bench dispute` searches on.
"""

from __future__ import annotations

from functools import cache
from random import Random

import pytest

from strikeproof.bench import attack_messages, dispute_search
from strikeproof.bench.attack_ops import build_ordered
from strikeproof.bench.attack_shape import Shape
from strikeproof.bench.bench_dispute import find
from strikeproof.bench.dispute_case import Case, law_input
from strikeproof.bench.dispute_corpus import CORPUS, FORCED, LONGEST, MOST_EXPENSIVE
from strikeproof.bench.dispute_cost import (
    BYTES_BOUND,
    BYTES_MAX,
    COMPUTE_GREATEST,
    GAS_BOUND,
    GAS_MAX,
    REPRICED_BOUND,
    Cost,
    bytes_bound,
    gas_bound,
    law_gas_bound,
)
from strikeproof.bench.dispute_search import Search
from strikeproof.bench.dispute_venue import (
    Composition,
    DisputeVenue,
    has_revm,
    law_replay,
    parse,
    replay_run,
)
from strikeproof.bench.law_gas import op_codes, weight_uses
from strikeproof.bench.law_library import Library
from strikeproof.bench.synthetic_state import SyntheticState
from strikeproof.bench.worst_segments import VOID_SHAPES, worst_segments
from strikeproof.sequencer.core.engine import Engine
from strikeproof.sequencer.core.snapshot import read_records
from strikeproof.verifier.state.book_index import BookIndex
from strikeproof.wire import constants as c
from strikeproof.wire import layout
from strikeproof.wire.errors import Result
from tests.agreement.law_host import run_prefilled
from tests.agreement.mood import MOODS
from tests.agreement.stream import Stream
from tests.unit.core.scripted_venue import DOMAIN

RELAYED_BYTES = 131_072
VOID_GAS = 60_000  # loads from a verifier's state included
SINGLES = 4  # times six random compositions of each family, with pyrevm
SEARCHED = 12  # compositions of each search, those of the corpus among them
LARGEST = (
    "sweep m16 p16 w",
    "price",
    "withdraw p16 w",
    "block p16 w t",
    "session",
    "liquidate m8 p16 w t",
    "unwind m8 p16 w t",
    "funding m8 p16 w",
    "settle p16",
    "surface",
    "sample",
    "expire",
    "credit p16 w",
    "release p16 w",
    "mode p16",
    "portfolio_withdraw p16",
    "portfolio_block p16",
    "revalue p16",
)
needs_revm = pytest.mark.skipif(not has_revm(), reason="pyrevm is not installed")


@cache
def dispute_venue(fast: bool) -> DisputeVenue:
    return DisputeVenue(fast)


def check(case: Case, cost: Cost) -> None:
    """Within the bars, and within what its weights admit."""
    weights = case.run.result
    assert weights.witness_weight <= c.WITNESS_WEIGHT_MAX
    assert weights.compute_weight <= COMPUTE_GREATEST
    assert cost.gas <= GAS_MAX
    assert cost.repriced_gas <= GAS_MAX
    assert cost.repriced_slots_gas <= GAS_MAX
    assert cost.calldata_bytes <= BYTES_MAX
    assert cost.raw_bytes <= RELAYED_BYTES
    content = case.content_bytes
    assert cost.execution_gas <= gas_bound(weights.compute_weight, weights.witness_weight, content)
    assert cost.calldata_bytes <= bytes_bound(weights.witness_weight, content)


def test_weights_bound_every_challenge():
    """Attacks 1, 2 and 36, by arithmetic: whatever is ordered, its weights end at the maxima."""
    assert GAS_BOUND <= GAS_MAX
    assert REPRICED_BOUND <= GAS_MAX
    assert BYTES_BOUND <= BYTES_MAX


@pytest.mark.parametrize(
    ("texts", "gas", "calldata_bytes"),
    [(MOST_EXPENSIVE, 5_560_000, 112_800), (LONGEST, 4_700_000, 111_600)],
    ids=["most-expensive", "longest"],
)
def test_worst_segment_found_is_disproved_within_the_bars(texts, gas, calldata_bytes):
    """Attacks 1, 2 and 36: mined on L1, in the largest batch, the claim deleted."""
    venue = dispute_venue(fast=False)
    case = venue.case(parse(texts))
    cost = venue.cost_on_l1(case)
    check(case, cost)
    # Nearly as expensive as the search found it.
    assert cost.gas > gas
    assert cost.calldata_bytes > calldata_bytes


@needs_revm
@pytest.mark.parametrize("texts", [each for of in CORPUS.values() for each in of])
def test_corpus_stays_within_the_bars(texts):
    venue = dispute_venue(fast=True)
    case = venue.case(parse(texts))
    check(case, venue.cost(case))


@needs_revm
@pytest.mark.parametrize(
    "texts", [["bundle:rp m3 p5 w t", "sweep m2 p3"], ["withdraw p4", "block m0 p4"]]
)
def test_revm_reports_the_gas_of_l1(texts):
    """The search trusts revm: the same calldata costs the same on the chain that counts."""
    fast, slow = dispute_venue(fast=True), dispute_venue(fast=False)
    shapes = parse(texts)
    case = fast.case(shapes)
    assert case.challenge.data == slow.case(shapes).challenge.data
    assert fast.cost(case).execution_gas == slow.cost_on_l1(case).execution_gas


@needs_revm
@pytest.mark.parametrize("shape", FORCED)
def test_forced_op_is_disproved_within_the_bars(shape):
    """Attack 1, through the Inbox: the message costs an empty segment's worth at most."""
    venue = dispute_venue(fast=True)
    case = venue.forced_case(Shape.parse(shape))
    check(case, venue.cost(case))
    assert case.run.result.results[0] in (Result.OK, Result.IOC_REMAINDER)


@needs_revm
@pytest.mark.parametrize("kind", attack_messages.KINDS)
def test_message_is_disproved_within_the_bars(kind):
    """Attack 1: whatever the vault or governance sends, as the only message of its segment."""
    venue = dispute_venue(fast=True)
    case = venue.message_case(kind)
    check(case, venue.cost(case))
    assert case.run.result.results == bytes([Result.OK])


@needs_revm
@pytest.mark.parametrize("family", CORPUS)
def test_worst_segment_that_a_short_search_finds_stays_within_the_bars(family):
    """Attacks 1, 2 and 36, of every family; `strikeproof bench dispute` searches longer."""
    venue = dispute_venue(fast=True)
    for found in find(venue, family, seed=2, tries=SEARCHED).values():
        check(venue.case(found.composition), found.cost)


@needs_revm
@pytest.mark.parametrize("seed", range(SINGLES))
@pytest.mark.parametrize("family", CORPUS)
def test_random_segments_stay_within_the_bound_of_their_weights(family, seed):
    venue = dispute_venue(fast=True)
    search = Search(venue, family, dispute_search.gas, seed)
    for _ in range(6):
        composition = search.draw()
        case = venue.case(composition)
        try:
            check(case, venue.cost(case))
            law = case.run
            assert law.gas <= law_gas_bound(law.result.compute_weight, law.result.witness_weight)
        except AssertionError as error:
            raise AssertionError(f"{[str(each) for each in composition]}: {error}") from error


@needs_revm
def test_each_weight_covers_the_gas_of_what_it_counts():
    """Attack 1: not only together, so that no op can be repeated that costs more than it counts."""
    uses = weight_uses(Library())
    assert {name: use for name, use in uses.items() if not 0 < use <= 1} == {}


@pytest.mark.parametrize("seed", range(len(MOODS)))
def test_law_costs_no_more_than_its_weights(seed):
    """Attack 1: no op of a random stream costs the law more gas than its weights count."""
    mood = MOODS[seed]
    engine = Engine.genesis(DOMAIN)
    state = dict(read_records(engine.snapshot()))
    stream = Stream(engine, f"gas {seed}", mood)
    library = Library() if has_revm() else None
    for _ in range(150 if library else 40):
        segment = stream.next_input()
        ours = engine.execute_segment(segment)
        records = {key: state.get(key, b"") for key in ours.touched}
        if library:
            records = dict(sorted(records.items()))
            result, gas = library.run_witness(segment, records, ours.advice)
            compute, witness, changed = (
                result.compute_weight,
                result.witness_weight,
                result.changed,
            )
        else:
            law = run_prefilled(segment, records, ours.advice)
            compute, witness, changed, gas = law.compute, law.witness, law.changed, law.gas
        assert gas <= law_gas_bound(compute, witness), segment.hex()
        state.update(changed)


def test_op_that_finds_no_room_keeps_its_nonce():
    """Attack 24: heavy ops in front of a user's leave it for another segment, never halfway."""
    segment = parse(["bundle:i m8 p16 w t", *["bundle:rrrrrrrr m8 p16 w"] * 9])
    run, ops = _run(segment)
    codes = op_codes(ops, run.result.results)
    assert codes[0] == Result.OK
    assert set(codes[1:]) == {Result.SEGMENT_FULL}
    sessions = [key for key in run.result.changed if key >> 56 == layout.SESSION_KIND]
    assert len(sessions) == 1, "the op that was executed spent its nonce, no other did"
    assert run.result.witness_weight <= c.WITNESS_WEIGHT_MAX


def test_unfilled_fill_or_kill_changes_its_nonce_alone():
    """Attack 24: it fills eight makers of sixteen positions each, then all of that is undone."""
    run, _ = _run(parse(["bundle:f m8 p16 w t"]))
    assert run.result.results == bytes([Result.OK, Result.FOK_UNFILLED])
    kinds = [key >> 56 for key in run.result.changed]
    fee_and_nonce = [layout.ACCOUNT_KIND, layout.SESSION_KIND]
    assert kinds == [layout.GLOBAL_KIND, *fee_and_nonce], "the clock, what L1 takes, the nonce"
    filled, _ = _run(parse(["bundle:i m8 p16 w t"]))
    assert run.result.compute_weight == filled.result.compute_weight, "what was done counts"


@pytest.mark.parametrize("actions", ["pppppppp", "rrrrrrrr", "ffffffff", "prcqaifp", "cccccccc"])
def test_largest_bundles_fit_an_empty_segment(actions):
    """Attacks 1 and 24: so nothing that is honestly signed can be kept out forever."""
    run, _ = _run(parse([f"bundle:{actions} m8 p16 w t"]))
    assert run.result.results[0] == Result.OK


@pytest.mark.parametrize("text", LARGEST)
def test_largest_other_ops_fit_an_empty_segment(text):
    run, _ = _run(parse([text]))
    assert run.result.results in (bytes([Result.OK]), bytes([Result.IOC_REMAINDER]))


@pytest.mark.parametrize("segment", VOID_SHAPES)
def test_void_segment_is_left_soon(segment):
    """Attack 1: a declaration of nothing buys a few steps of an op, not the largest op there is."""
    worst = next(each for each in worst_segments() if each.name == segment)
    books = BookIndex()
    books.load(worst.records.items())
    replay = law_replay()
    done = replay.execute(worst.law_input, lambda key: worst.records.get(key, b""), books)
    assert done.is_void
    assert done.gas_used <= VOID_GAS


def _run(composition: Composition):
    """Execute a segment of these ops on its synthetic state; the run and the ops."""
    scene = SyntheticState(2_000_002_000_000, Random(1).randbytes(32))
    ops = b"".join(build_ordered(scene, shape) for shape in composition)
    assert len(ops) < c.SEGMENT_BYTES_MAX
    return replay_run(law_input(ops), scene.records), ops
