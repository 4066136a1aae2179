"""Edits that bring a state to the ends of its fields, where no stream would get in a lifetime."""

from __future__ import annotations

from collections import Counter
from random import Random

from strikeproof.wire import layout
from strikeproof.wire.constants import (
    BOOK_SIDE_MAX,
    FACTOR_MIN,
    FRACTION,
    FUNDING_INDEX_MAX,
    INDEX_PRICE_MAX,
    KEY_ID_BITS,
    LINKED_ORDERS_MAX,
    MONEY_MAX,
    POSITION_LOTS_MAX,
    SETTLEMENT_COVERED_MS,
    SETTLEMENT_WINDOW_MS,
    InstrumentKind,
)
from strikeproof.wire.layout import Field, Group
from tests.unit.core.scripted_venue import START

_ENTRY_BYTES = 32 * layout.ACCOUNT_POSITION_WORDS


def _field(group: Group, name: str) -> Field:
    (found,) = [each for each in group.fields if each.name == name]
    return found


def field_of(record: bytes, group: Group, name: str, at_word: int = 0) -> int:
    """Return one field of a group that begins at a word."""
    found = _field(group, name)
    start = 32 * (at_word + found.word)
    word = int.from_bytes(record[start : start + 32], "big")
    value = word >> found.shift & (1 << found.bits) - 1
    return value if value <= found.greatest else value - (1 << found.bits)


def with_field(record: bytes, group: Group, name: str, value: int, at_word: int = 0) -> bytes:
    """Return the record with one field of a group (that begins at a word) changed."""
    found = _field(group, name)
    assert found.least <= value <= found.greatest
    start = 32 * (at_word + found.word)
    word = int.from_bytes(record[start : start + 32], "big")
    mask = (1 << found.bits) - 1
    word = word & ~(mask << found.shift) | (value & mask) << found.shift
    return record[:start] + word.to_bytes(32, "big") + record[start + 32 :]


def with_count(record: bytes, name: str, least: int, at_word: int) -> bytes:
    """Return the account with a count of an entry raised to `least`. It is never lowered: a count
    below what the book holds is not a state of a venue, and would fall below 0 as orders leave."""
    group = layout.ACCOUNT_POSITION_GROUP
    count = max(least, field_of(record, group, name, at_word))
    return with_field(record, group, name, count, at_word)


def with_size(record: bytes, size: int, at_word: int) -> bytes:
    """Return the account with an entry of another size. On the other side of its market it is as if
    it had been settled just now: the factor that it bears is of the side that it was on."""
    group = layout.ACCOUNT_POSITION_GROUP
    if (field_of(record, group, "size", at_word) < 0) != (size < 0):
        record = with_field(record, group, "factor", 0, at_word)
    return with_field(record, group, "size", size, at_word)


def _with_crowded_entries(record: bytes, random: Random) -> bytes:
    """Bring some entries of an account to the bounds of orders and lots."""
    for at_word in range(layout.ACCOUNT_WORDS, len(record) // 32, layout.ACCOUNT_POSITION_WORDS):
        name, value = random.choice(
            [
                ("linked", LINKED_ORDERS_MAX - random.randrange(3)),
                ("reduce_lots", 2**40 + random.randrange(3)),
                ("size", POSITION_LOTS_MAX - random.randrange(5)),
                ("size", random.randrange(5) - POSITION_LOTS_MAX),
            ]
        )
        if random.random() >= 0.7:
            continue
        if name == "size":
            record = with_size(record, value, at_word)
        else:
            record = with_count(record, name, value, at_word)
    return record


def _count_interest(state: dict[int, bytes]) -> None:
    """Make each instrument's open interest the sums of its positions again."""
    longs: Counter[int] = Counter()
    shorts: Counter[int] = Counter()
    for key, record in state.items():
        if key >> KEY_ID_BITS == layout.ACCOUNT_KIND:
            for start in range(32 * layout.ACCOUNT_WORDS, len(record), _ENTRY_BYTES):
                instrument, _, _, size, *_ = layout.unpack_account_position(record, start)
                longs[instrument] += max(0, size)
                shorts[instrument] += max(0, -size)
    for key, record in state.items():
        if key >> KEY_ID_BITS == layout.INSTRUMENT_KIND:
            id = key & (1 << KEY_ID_BITS) - 1
            for name, lots in (("long_interest", longs[id]), ("short_interest", shorts[id])):
                record = with_field(record, layout.INSTRUMENT_GROUP, name, lots * FRACTION)
            state[key] = record


def _with_full_side(record: bytes, random: Random) -> bytes:
    """Bring the counts of a book to their bound: more than its lists hold."""
    links = layout.unpack_instrument(record)
    ends = dict(zip([field.name for field in layout.INSTRUMENT_GROUP.fields], links, strict=True))
    bids = random.random() < 0.5
    if not ends["worst_bid" if bids else "worst_ask"]:
        return record
    most = BOOK_SIDE_MAX - random.randrange(2)
    others = ends["order_count"] - ends["bid_count"] if bids else ends["bid_count"]
    record = with_field(record, layout.INSTRUMENT_GROUP, "order_count", most + others)
    count = most if bids else others
    return with_field(record, layout.INSTRUMENT_GROUP, "bid_count", count)


def _with_far_pricing(record: bytes, random: Random) -> bytes:
    """Bring what a priced option's mark holds to the ends of its fields."""
    group = layout.OPTION_MARK_GROUP
    if not field_of(record, group, "priced_ms"):
        return record
    ends: dict[str, list[int]] = {
        "mark_price": [0, 255, 2**40 - 1],
        "delta": [-(2**31), 2**31 - 1, 0],
        "gamma": [0, 2**32 - 1],
        "priced_forward": [1, 2**32 - 1],
        "strike": [1, 2**32 - 1],
    }
    for name, values in ends.items():
        if random.random() < 0.3:
            record = with_field(record, group, name, random.choice(values))
    return record


def _with_pending(record: bytes, random: Random) -> bytes:
    """Move the indices of a mark as funding and deleveragings would: entries have much pending."""
    if field_of(record, layout.MARK_GROUP, "kind") >= InstrumentKind.CALL:
        record = _with_far_pricing(record, random)
    names = [field.name for field in layout.MARK_GROUP.fields]
    mark = dict(zip(names, layout.unpack_mark(record), strict=True))
    moved = random.choice([2**20, 2**60, 2**88]) * random.randint(-9, 9)
    index = max(-FUNDING_INDEX_MAX, min(FUNDING_INDEX_MAX, mark["funding_index"] + moved))
    if mark["kind"] >= InstrumentKind.CALL:
        index = 0
    else:
        record = with_field(record, layout.MARK_GROUP, "funding_index", index)
    for side in ("long", "short"):
        factor, adl_index = mark[f"{side}_factor"], mark[f"{side}_adl_index"]
        fallen = factor * random.choice([0, 1, 128, 255]) // 256
        if random.random() < 0.4 or factor - fallen < FACTOR_MIN:
            continue
        price = random.choice([1, 10_000, 2**20]) * mark["tick_value"]
        sign = 1 if side == "long" else -1
        moves = {
            f"{side}_factor": factor - fallen,
            f"{side}_adl_index": adl_index
            + sign * fallen * price
            - fallen * sign * index // FRACTION,
            f"{side}_deleveraged_ms": START + random.randrange(10**6),
        }
        for name, value in moves.items():
            record = with_field(record, layout.MARK_GROUP, name, value)
    return record


def _with_samples(record: bytes, random: Random) -> bytes:
    """Give an expiry samples as of its last half hour: about four fifths of it, or all."""
    covered = random.choice([SETTLEMENT_COVERED_MS, SETTLEMENT_WINDOW_MS]) - random.randrange(2)
    index = random.choice([10_000 * 10**7, 1, INDEX_PRICE_MAX])
    ends_ms = field_of(record, layout.EXPIRY_GROUP, "expiry_ms")
    record = with_field(record, layout.EXPIRY_GROUP, "accumulated", index * covered)
    record = with_field(record, layout.EXPIRY_GROUP, "sampled_ms", ends_ms - random.randrange(2))
    return with_field(record, layout.EXPIRY_GROUP, "covered_ms", covered)


def push_to_the_edge(state: dict[int, bytes], random: Random) -> None:
    """Set some counters and sums of the state close to their ends."""
    near = random.randrange(3)
    most = random.choice([MONEY_MAX - near, MONEY_MAX // 2])
    state[0] = with_field(state[0], layout.GLOBAL_GROUP, "liabilities", most)
    state[0] = with_field(state[0], layout.GLOBAL_GROUP, "credit", MONEY_MAX)  # above any sum
    for key, record in state.items():
        if random.random() < 0.5:
            continue
        match key >> KEY_ID_BITS:
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
                        ("cancel_at_ms", START + random.randrange(2_000_000)),
                        ("protection_lots_max", 2**40 - 1),
                        ("protection_delta_max", 2**63 - 1),
                        ("tier", 1 + near),
                        ("attested_ms", START + random.randrange(2_000_000)),
                        ("credit_limit", 2**64 - 1),
                    ]
                )
                record = with_field(record, layout.ACCOUNT_GROUP, name, top - near)
                if name == "tier":
                    until = START + random.randrange(2_000_000)
                    record = with_field(record, layout.ACCOUNT_GROUP, "tier_expiry_ms", until)
                if name == "credit_limit":
                    ends = {
                        "credited_ms": START,
                        "credit_minutes": random.choice([0, 30, 2**16 - 1]),
                    }
                    for field, value in {**ends, "guarantor": 1}.items():
                        record = with_field(record, layout.ACCOUNT_GROUP, field, value)
                state[key] = _with_crowded_entries(record, random)
            case layout.SESSION_KIND:
                base = 2**64 - 1 - random.choice([191, 192, 200, 383, 384, 400])
                state[key] = with_field(record, layout.SESSION_GROUP, "nonce_base", base)
            case layout.INSTRUMENT_KIND:
                top = 2**48 - 1 - near
                if random.random() < 0.5:
                    record = with_field(record, layout.INSTRUMENT_GROUP, "next_serial", top)
                state[key] = _with_full_side(record, random)
            case layout.MARK_KIND:
                state[key] = _with_pending(record, random)
            case layout.UNDERLYING_KIND:
                price = random.choice([0, 1, INDEX_PRICE_MAX])
                record = with_field(record, layout.UNDERLYING_GROUP, "index_price", price)
                raw = price and random.choice([1, price, INDEX_PRICE_MAX])
                state[key] = with_field(record, layout.UNDERLYING_GROUP, "raw_price", raw)
            case layout.TRIGGER_KIND:
                name, value = random.choice(
                    [
                        ("trigger_price", 2**64 - 1 - near),
                        ("trigger_price", near),
                        ("limit", random.choice([1, 2**32 - 1])),
                        ("lots", 2**40 - 1 - near),
                        ("epoch", 2**48 - 1 - near),
                    ]
                )
                state[key] = with_field(record, layout.TRIGGER_GROUP, name, value)
            case layout.EXPIRY_KIND:
                state[key] = _with_samples(record, random)
    _count_interest(state)
