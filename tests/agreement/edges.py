"""Edits that bring a state to the ends of its fields, where no stream would get in a lifetime."""

from __future__ import annotations

from random import Random

from strikeproof.wire import layout
from strikeproof.wire.constants import MONEY_MAX
from strikeproof.wire.layout import Group

ID_BITS = 56


def with_field(record: bytes, group: Group, name: str, value: int, at_word: int = 0) -> bytes:
    """Return the record with one field of a group (that begins at a word) changed."""
    (found,) = [each for each in group.fields if each.name == name]
    assert found.least <= value <= found.greatest
    start = 32 * (at_word + found.word)
    word = int.from_bytes(record[start : start + 32], "big")
    mask = (1 << found.bits) - 1
    word = word & ~(mask << found.shift) | (value & mask) << found.shift
    return record[:start] + word.to_bytes(32, "big") + record[start + 32 :]


def push_to_the_edge(state: dict[int, bytes], random: Random) -> None:
    """Set some counters and sums of the state close to their ends."""
    near = random.randrange(3)
    for key, record in state.items():
        if random.random() < 0.5:
            continue
        match key >> ID_BITS:
            case layout.GLOBAL_KIND:
                name = random.choice(["reporter_epoch", "fee_pool", "insurance_fund"])
                top = 2**32 - 1 if name == "reporter_epoch" else MONEY_MAX
                state[key] = with_field(record, layout.GLOBAL_GROUP, name, top - near)
            case layout.ACCOUNT_KIND:
                name, top = random.choice(
                    [
                        ("epoch_counter", 2**48 - 1),
                        ("withdrawn", MONEY_MAX),
                        ("collateral", MONEY_MAX),
                        ("collateral", 2 * near - MONEY_MAX),
                    ]
                )
                state[key] = with_field(record, layout.ACCOUNT_GROUP, name, top - near)
            case layout.SESSION_KIND:
                base = 2**64 - 1 - random.choice([191, 192, 200, 383, 384, 400])
                state[key] = with_field(record, layout.SESSION_GROUP, "nonce_base", base)
            case layout.INSTRUMENT_KIND:
                top = 2**48 - 1 - near
                state[key] = with_field(record, layout.INSTRUMENT_GROUP, "next_serial", top)
            case layout.UNDERLYING_KIND:
                price = random.choice([0, 1, 2**64 - 1])
                state[key] = with_field(record, layout.UNDERLYING_GROUP, "index_price", price)
