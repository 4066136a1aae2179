"""Lies about protections are disproved on L1 (attack 53): of each field that a SetProtection
writes, that a fill counts, and that the fill that passes a limit leaves."""

from __future__ import annotations

from pathlib import Path

from strikeproof.bench.verifier_market import MID, NANO_PER_TICK
from strikeproof.client.operation import Bundle, Place, SetProtection
from strikeproof.sequencer.core.snapshot import read_records
from strikeproof.wire import layout
from strikeproof.wire.constants import TimeInForce
from strikeproof.wire.units import Lots, MicroUsd, Milliseconds, Ppm, Ticks
from tests.agreement.edges import field_of
from tests.integration.verifier.real_venue import RealVenue
from tests.integration.verifier.test_portfolio_lies import ACCOUNT, KEY, disprove, index_price, post

NEVER = Milliseconds(2**47)
TAKER = 6
WINDOW, FREEZE = Milliseconds(86_400_000), Milliseconds(9_000)
LIMIT = Lots(10)
NAMES = [each.name for each in layout.ACCOUNT_GROUP.fields if each.name.startswith("protect")]


def price(venue: RealVenue) -> bytes:
    """Return a report of the price as it is."""
    return index_price(venue, venue.now_ms(), MID * NANO_PER_TICK)


def bundle(venue: RealVenue, account: int, nonce: int, sell: bool, lots: int) -> bytes:
    """Return an order at the market's price: the maker's rests, the taker's does not."""
    kind = TimeInForce.GTC if sell else TimeInForce.IOC
    order = Place(1, sell, Ticks(MID), Lots(lots), time_in_force=kind)
    op = Bundle(account, 0, nonce, NEVER, Ppm(50_000), (order,), MicroUsd(0))
    return venue.signed(op, account)


def protection(venue: RealVenue) -> dict[str, int]:
    record = dict(read_records(venue.engine.snapshot()))[KEY]
    return {name: field_of(record, layout.ACCOUNT.head, name) for name in NAMES}


def test_lies_about_protections_are_disproved(tmp_path: Path) -> None:
    venue = RealVenue()
    most = MicroUsd(2**62)
    limits = (1, WINDOW, FREEZE, LIMIT, int(most), most)
    protect = SetProtection(ACCOUNT, 0, 160, NEVER, *limits)
    post(venue, [price(venue)], [venue.signed(protect, ACCOUNT)])
    assert list(protection(venue).values()) == [*limits[:3], 0, 0, LIMIT, 0, most, most, 0, 0]
    set_fields = ("protected_underlying", "protection_window_ms", "protection_freeze_ms")
    limit_fields = ("protection_lots_max", "protection_delta_max", "protection_vega_max")
    disprove(venue, tmp_path / "set", [(name, 2) for name in (*set_fields, *limit_fields)])

    rests, takes = bundle(venue, ACCOUNT, 161, True, 40), bundle(venue, TAKER, 161, False, 10)
    post(venue, [price(venue)], [rests], [takes])
    counted = protection(venue)
    assert counted["protection_lots"] == LIMIT
    assert counted["protection_delta"] < 0
    uncounted = ("protection_lots", "protection_delta", "protection_start_ms")
    disprove(
        venue, tmp_path / "counted", [*((name, 0) for name in uncounted), ("protection_vega", 1)]
    )

    post(venue, [price(venue)], [bundle(venue, TAKER, 162, False, 1)])
    passed = protection(venue)
    assert passed["protection_frozen_ms"] - FREEZE >= counted["protection_start_ms"]
    assert passed["protection_lots"] == 0
    record = dict(read_records(venue.engine.snapshot()))[KEY]
    epochs = field_of(record, layout.ACCOUNT.head, "epoch_counter")
    lies = [
        ("protection_frozen_ms", 0),
        ("protection_lots", LIMIT + 1),
        ("epoch_counter", epochs - 1),  # its orders would not have died
    ]
    disprove(venue, tmp_path / "passed", lies)
