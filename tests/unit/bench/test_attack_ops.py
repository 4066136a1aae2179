import pytest

from strikeproof.bench.attack_ops import KINDS, Shape
from strikeproof.bench.dispute_corpus import CORPUS, FORCED
from strikeproof.bench.dispute_search import Search, gas
from strikeproof.bench.synthetic_state import bit_reversed


def test_text_of_a_shape_is_read_back():
    for texts in (*CORPUS, FORCED):
        for text in texts:
            shape = Shape.parse(text)
            assert Shape.parse(str(shape)) == shape


@pytest.mark.parametrize("text", ["bundle:z", "nothing m8", "bundle:ppppppppp", "bundle:p m"])
def test_other_texts_are_refused(text):
    with pytest.raises(ValueError):
        Shape.parse(text)


def test_search_draws_every_kind_of_op_again_for_the_same_seed():
    one, two = (Search(None, gas, 5) for _ in range(2))
    drawn = [one.draw() for _ in range(60)]
    assert drawn == [two.draw() for _ in range(60)]
    assert {shape.kind for composition in drawn for shape in composition} == set(KINDS)


def test_spread_ids_stay_far_apart():
    """The first 2^k ids differ in their top k bits: they share no sibling below."""
    for k in range(6):
        assert len({bit_reversed(number, 22) >> 22 - k for number in range(2**k)}) == 2**k
