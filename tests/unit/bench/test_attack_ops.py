import pytest

from strikeproof.bench.attack_ops import build, build_ordered
from strikeproof.bench.attack_shape import KINDS, Shape
from strikeproof.bench.dispute_case import law_input
from strikeproof.bench.dispute_corpus import CORPUS, FORCED
from strikeproof.bench.dispute_search import Search, gas
from strikeproof.bench.dispute_venue import replay_run
from strikeproof.bench.synthetic_state import SyntheticState, bit_reversed
from strikeproof.wire.errors import Result
from strikeproof.wire.operations import OP_FAMILIES_PACKED


def test_text_of_a_shape_is_read_back():
    for texts in (*(each for of in CORPUS.values() for each in of), FORCED):
        for text in texts:
            shape = Shape.parse(text)
            assert Shape.parse(str(shape)) == shape


@pytest.mark.parametrize("text", ["bundle:z", "nothing m8", "bundle:ppppppppp", "bundle:p m"])
def test_other_texts_are_refused(text):
    with pytest.raises(ValueError):
        Shape.parse(text)


@pytest.mark.parametrize("family", KINDS)
def test_search_draws_every_kind_of_op_again_for_the_same_seed(family):
    one, two = (Search(None, family, gas, 5) for _ in range(2))
    drawn = [one.draw() for _ in range(120)]
    assert drawn == [two.draw() for _ in range(120)]
    assert {shape.kind for composition in drawn for shape in composition} == set(KINDS[family])


@pytest.mark.parametrize("family", KINDS)
def test_kinds_are_ops_of_their_family(family):
    scene = SyntheticState(2_000_002_000_000, bytes(32))
    for kind in KINDS[family]:
        op = build(scene, Shape(kind, makers=2))
        assert OP_FAMILIES_PACKED >> 3 * op[0] & 7 == family


@pytest.mark.parametrize("kind", sorted({kind for kinds in KINDS.values() for kind in kinds}))
def test_op_finds_everything_it_needs(kind):
    """Each kind is executed as far as it goes: a shape that were refused would search nothing."""
    refused = {"stranger": Result.BAD_SIGNATURE, "garbage": Result.MALFORMED}
    partly = {Result.OK, Result.IOC_REMAINDER}  # a house has more than its makers take
    scene = SyntheticState(2_000_002_000_000, bytes(32))
    op = build_ordered(scene, Shape(kind, makers=2, positions=3, wide=True))
    code = replay_run(law_input(op), scene.records).result.results[0]
    assert code in ({refused[kind]} if kind in refused else partly)


def test_spread_ids_stay_far_apart():
    """The first 2^k ids differ in their top k bits: they share no sibling below."""
    for k in range(6):
        assert len({bit_reversed(number, 22) >> 22 - k for number in range(2**k)}) == 2**k


def test_no_op_of_the_widest_segment_gets_the_instrument_of_another():
    """16 sweeps of 16 accounts with 16 positions each, none of them shared."""
    scene = SyntheticState(2_000_002_000_000, bytes(32))
    count = 16 * (1 + 16 * 15)
    assert len({scene.new_instrument() for _ in range(count)}) == count
