"""Records encode to the layout's words, field by field, at the ends of every field."""

from random import Random

import pytest

from strikeproof.sequencer.core.account import Account
from strikeproof.sequencer.core.expiry import Expiry
from strikeproof.sequencer.core.global_record import GlobalRecord
from strikeproof.sequencer.core.instrument import Instrument
from strikeproof.sequencer.core.mark import Mark
from strikeproof.sequencer.core.order_book import Order
from strikeproof.sequencer.core.session import Session
from strikeproof.sequencer.core.underlying import Underlying
from strikeproof.wire import layout

SEEDS = range(40)


def draw(group: layout.Group, random: Random) -> dict[str, int]:
    """Return a value for each field: its least, its greatest, or something between."""
    values = {}
    for field in group.fields:
        between = random.randrange(field.least, field.greatest + 1)
        values[field.name] = random.choice([field.least, field.greatest, between])
    return values | {"version": 1} if "version" in values else values


def words(group: layout.Group, values: dict[str, int]) -> bytes:
    """Pack by the table of fields alone."""
    packed = [0] * group.words
    for field in group.fields:
        packed[field.word] |= (values[field.name] & ((1 << field.bits) - 1)) << field.shift
    return b"".join(word.to_bytes(32, "big") for word in packed)


@pytest.mark.parametrize("seed", SEEDS)
def test_account(seed):
    random = Random(seed)
    instruments = [_instrument(id) for id in range(40)]
    count = random.choice([0, 1, 2, 16])
    head = draw(layout.ACCOUNT_GROUP, random) | {"position_count": count}
    entries = [
        draw(layout.ACCOUNT_POSITION_GROUP, random) | {"instrument": random.randrange(1, 40)}
        for _ in range(count)
    ]
    record = words(layout.ACCOUNT_GROUP, head) + b"".join(
        words(layout.ACCOUNT_POSITION_GROUP, entry) for entry in entries
    )
    account = Account.decode(7, record, instruments)
    assert account.collateral == head["collateral"]
    assert account.owner == head["owner"].to_bytes(20, "big")
    assert [p.size for p in account.positions] == [entry["size"] for entry in entries]
    assert account.words == 6 + 3 * count
    assert account.encode() == record


@pytest.mark.parametrize("seed", SEEDS)
def test_session(seed):
    values = draw(layout.SESSION_GROUP, Random(seed))
    record = words(layout.SESSION_GROUP, values)
    session = Session.decode(29, record)
    assert (session.nonce_base, session.nonce_bitmap) == (
        values["nonce_base"],
        values["nonce_bitmap"],
    )
    assert session.encode() == record


@pytest.mark.parametrize("seed", SEEDS)
def test_order(seed):
    values = draw(layout.ORDER_GROUP, Random(seed))
    record = words(layout.ORDER_GROUP, values)
    order = Order.decode((5 << 18) + 17, record)
    assert (order.slot, order.words) == (17, 2)
    assert (order.prev, order.next) == (values["prev"], values["next"])
    assert order.encode() == record


@pytest.mark.parametrize("seed", SEEDS)
def test_underlying_mark_instrument(seed):
    random = Random(seed)
    values = draw(layout.UNDERLYING_GROUP, random)
    record = words(layout.UNDERLYING_GROUP, values)
    underlying = Underlying.decode(1, record)
    assert underlying.encode() == record
    values = draw(layout.MARK_GROUP, random) | {"underlying": 1, "kind": 1}
    values["index_per_tick"] = max(1, values["index_per_tick"])
    record = words(layout.MARK_GROUP, values)
    mark = Mark.decode(3, record, [_underlying(), underlying])
    assert mark.encode() == record
    follows = underlying.index_price * values["index_ppb"] // (10**9 * values["index_per_tick"])
    assert mark.price == min(values["fixed_price"] + follows, 2**32 - 1)
    record = words(layout.INSTRUMENT_GROUP, draw(layout.INSTRUMENT_GROUP, random))
    assert Instrument.decode(3, record, mark).encode() == record


@pytest.mark.parametrize("seed", SEEDS)
def test_expiry(seed):
    values = draw(layout.EXPIRY_GROUP, Random(seed)) | {"underlying": 1}
    record = words(layout.EXPIRY_GROUP, values)
    expiry = Expiry.decode(5, record, [_underlying(), Underlying(1, bytes(16))])
    assert expiry.encode() == record
    assert expiry.samples.accumulated == values["accumulated"]


@pytest.mark.parametrize("seed", SEEDS)
def test_global(seed):
    random = Random(seed)
    count = random.choice([0, 1, 12])
    attesters = random.choice([0, 1, 7])
    counts = {"reporter_count": count, "signer_count": count + attesters}
    record = words(layout.GLOBAL_GROUP, draw(layout.GLOBAL_GROUP, random) | counts)
    signers = [random.getrandbits(160) for _ in range(count + attesters)]
    record += b"".join(signer.to_bytes(32, "big") for signer in signers)
    venue = GlobalRecord.decode(record)
    assert venue.words == 9 + count + attesters
    assert (len(venue.reporters), len(venue.attesters)) == (count, attesters)
    assert venue.encode() == record


def test_free_slot_keeps_version_and_next_alone():
    order = Order.decode((1 << 18) + 1, b"\1" + b"\xff" * 63)
    order.clear(9)
    values = {field.name: 0 for field in layout.ORDER_GROUP.fields} | {"version": 1, "next": 9}
    assert order.encode() == words(layout.ORDER_GROUP, values)


def _underlying() -> Underlying:
    return Underlying(0, bytes(16))


def _instrument(id: int) -> Instrument:
    mark = Mark(
        id,
        1,
        _underlying(),
        tick_value=1,
        index_per_tick=1,
        initial_margin_ppm=1,
        maintenance_margin_ppm=1,
    )
    return Instrument(id, bytes(16), mark)
