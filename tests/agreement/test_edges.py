"""States at the ends of their fields are states that a venue could be in."""

from __future__ import annotations

from random import Random

from strikeproof.wire import layout
from strikeproof.wire.constants import KEY_ID_BITS, LINKED_ORDERS_MAX
from tests.agreement.edges import field_of, push_to_the_edge, with_field, with_size

_COUNTS = ("linked", "reduce_lots")
_ENTRY_AT = layout.ACCOUNT_WORDS


def test_counts_never_fall_below_what_the_book_holds() -> None:
    """Lowered, the last order of a full entry would leave it with a count below 0."""
    entry = layout.ACCOUNT_POSITION_GROUP
    most = {"linked": LINKED_ORDERS_MAX, "reduce_lots": 2**40 + 7}
    account = bytes(32 * (_ENTRY_AT + layout.ACCOUNT_POSITION_WORDS))
    for name, value in most.items():
        account = with_field(account, entry, name, value, _ENTRY_AT)
    key = layout.ACCOUNT_KIND << KEY_ID_BITS | 1
    for seed in range(60):
        state = {0: bytes(32 * layout.GLOBAL_WORDS), key: account}
        push_to_the_edge(state, Random(seed))
        for name in _COUNTS:
            assert field_of(state[key], entry, name, _ENTRY_AT) == most[name]


def test_an_entry_that_changes_sides_leaves_its_factor() -> None:
    """A factor below its side's would grow lots: no deleveraging does."""
    entry = layout.ACCOUNT_POSITION_GROUP
    account = bytes(32 * (_ENTRY_AT + layout.ACCOUNT_POSITION_WORDS))
    account = with_field(account, entry, "size", 0, _ENTRY_AT)
    account = with_field(account, entry, "factor", 2**40, _ENTRY_AT)
    for size, factor in ((7, 2**40), (0, 2**40), (-7, 0)):
        after = with_size(account, size, _ENTRY_AT)
        assert field_of(after, entry, "size", _ENTRY_AT) == size
        assert field_of(after, entry, "factor", _ENTRY_AT) == factor
