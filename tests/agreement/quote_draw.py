"""Random quotes: sides left, cancelled, new and replaced, mostly of one's own live orders."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

from strikeproof.sequencer.core.state_view import OrderView
from strikeproof.wire.operations import action_flags, encode_quote
from tests.agreement.numbers import boundary

_LEFT, _CANCELLED, _NEW, _REPLACED = range(4)
_PRICE_MAX: Final = 2**32 - 1
_LOTS_MAX: Final = 2**40 - 1


@dataclass(frozen=True, slots=True)
class QuoteAim:
    """What a quote is drawn for. `orders`: the account's own of the instrument."""

    instrument: int
    mark: int
    band: int
    """Ticks from the mark to the band's edge."""
    now: int
    orders: Sequence[OrderView]
    is_narrow: bool


def draw_quote(random: Random, aim: QuoteAim) -> bytes:
    """Return the bytes of a quote."""
    in_force = random.choices([0, 1, 2, 3], [75, 23, 1, 1])[0]
    flags = action_flags(
        sell=random.random() < 0.003,
        post_only=random.random() < 0.6,
        reduce_only=random.random() < 0.003,
        self_trade=random.choices([0, 1, 2, 3], [333, 333, 333, 1])[0],
        time_in_force=in_force,
    )
    expiry = aim.now + random.choice([0, 1, 500, 3_000, 60_000]) if in_force == 1 else 0
    sides = [_side(random, aim, sell) for sell in (False, True)]
    if random.random() < 0.06:  # one side alone, at the edge that it may not pass
        sell = random.random() < 0.5
        edge = max(1, aim.mark + (-1 if sell else 1) * (aim.band + random.choice([0, 1])))
        sides[sell] = (min(edge, _PRICE_MAX), 5, *sides[sell][2:])
        sides[not sell] = (0, 0, 0, 0)
    (bid_price, bid_lots, *bid), (ask_price, ask_lots, *ask) = sides
    if bid_lots and ask_lots and bid_price >= ask_price and random.random() < 0.98:
        if ask_price == bid_price:
            ask_price = min(_PRICE_MAX, ask_price + 1)
        bid_price, ask_price = min(bid_price, ask_price), max(bid_price, ask_price)
    return encode_quote(
        instrument=aim.instrument,
        flags=flags,
        expiry_ms=expiry,
        client_id=boundary(random, 64),
        bid_slot=bid[0],
        bid_serial=bid[1],
        bid_price=bid_price,
        bid_lots=bid_lots,
        ask_slot=ask[0],
        ask_serial=ask[1],
        ask_price=ask_price,
        ask_lots=ask_lots,
    )


def _side(random: Random, aim: QuoteAim, sell: bool) -> tuple[int, int, int, int]:
    """Return price, lots, slot and serial."""
    own = [each for each in aim.orders if each.is_sell == sell and not each.is_reduce_only]
    if random.random() < 0.05:
        own = list(aim.orders)
    what = random.choices((_LEFT, _CANCELLED, _NEW, _REPLACED), (8, 10, 30, 52 if own else 6))[0]
    slot = serial = 0
    order = random.choice(own) if own else None
    if what in (_CANCELLED, _REPLACED):
        slot, serial = (order.slot, order.serial) if order else (random.randint(1, 9), 1)
        serial += random.choices([0, 1], [96, 4])[0]
    if random.random() < 0.004:
        slot, serial = random.choice([(0, 1), (1, 0), (2**32 - 1, 2**48 - 1)])
    if what in (_LEFT, _CANCELLED):
        odd = random.choice([(1, 0), (0, 1)]) if random.random() < 0.004 else (0, 0)
        return (*odd, slot, serial)
    away = random.choice([-1, 0, 1, 2, 3, 5]) if aim.is_narrow else random.choice([0, 1, 20, 300])
    price = aim.mark + (away if sell else -away)
    lots = random.choice([1, 1, 1, 2, 40] if aim.is_narrow else [1, 2, 3, 10, 400])
    if order is not None and what == _REPLACED and random.random() < 0.4:
        price, lots = order.price, max(1, order.lots + random.choice([-2, -1, 0, 1]))
    if random.random() < 0.02:
        price, lots = boundary(random, 32), boundary(random, 40)
    return min(max(1, price), _PRICE_MAX), min(max(1, lots), _LOTS_MAX), slot, serial
