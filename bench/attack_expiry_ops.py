"""Ops on expiries, made to be expensive to re-execute: all reporters, values in falling order."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from strikeproof.bench.attack_shape import Shape
from strikeproof.bench.synthetic_state import SyntheticState, bit_reversed, key_of
from strikeproof.bench.synthetic_values import FRESH_MS, MARK, PER_TICK, TICK_VALUE
from strikeproof.client.typed_data import digest, hash_reported
from strikeproof.wire import layout
from strikeproof.wire.constants import (
    INSTRUMENT_HEIGHT,
    PPB,
    SETTLEMENT_COVERED_MS,
    SETTLEMENT_WINDOW_MS,
    InstrumentKind,
    OpType,
)
from strikeproof.wire.operations import (
    encode_expiry_sample,
    encode_forward_report,
    encode_reprice,
    encode_settle_expiry,
    encode_settlement_report,
    encode_surface,
)
from strikeproof.wire.units import Milliseconds, NanoUsd, Ppb, Ppm

_WIDE: Final = 2**62 + 0x0101010101
_SURFACE: Final = {
    "svi_a": -_WIDE,
    "svi_b": _WIDE,
    "svi_rho": -(10**12),
    "svi_m": -_WIDE,
    "svi_sigma": _WIDE,
}


# A surface that prices; rate and time left are those that cost the most gas of all that were tried.
_PRICING: Final = {
    "svi_a": 250_000_000_000,
    "svi_b": 50_000_000_000,
    "svi_rho": -300_000_000_000,
    "svi_m": -20_000_000_000,
    "svi_sigma": 150_000_000_000,
}
_PRICED_IN_MS: Final = 628_152_000
_RATE_PPM: Final = 326_159


def _new_expiry(scene: SyntheticState, ends_in_ms: int, **changes: int) -> int:
    """Write an expiry with its future, half-way through its samples; return its id."""
    instrument = scene.new_instrument()
    count = sum(1 for key in scene.records if key >> 56 == layout.EXPIRY_KIND)
    id = bit_reversed(count, INSTRUMENT_HEIGHT) + 1
    ends_ms = scene.now_ms + ends_in_ms
    underlying = scene.underlying_of(instrument)
    scene.set_price(underlying, scene.now_ms - FRESH_MS)
    fields = {
        "version": 1,
        "underlying": underlying,
        "expiry_ms": ends_ms,
        "publish_time_ms": scene.now_ms - 60_000,
        "forward_ppb": PPB + 0x0101,
        "rate_ppm": -1,
        "confidence_ppm": 2**32 - 1,
        "future": instrument,
        **_SURFACE,
        "svi_forward": _WIDE,
        "svi_time_ms": scene.now_ms,
        "accumulated": MARK * PER_TICK * SETTLEMENT_COVERED_MS,
        "covered_ms": SETTLEMENT_COVERED_MS,
        "sampled_ms": ends_ms - SETTLEMENT_WINDOW_MS // 3,
        "settlement": 0,
        "settled_ms": 0,
    }
    scene.records[key_of(layout.EXPIRY_KIND, id)] = layout.pack_expiry(**(fields | changes))
    return id


def _new_pair(scene: SyntheticState, expiry: int) -> int:
    """Write a call and its put, priced a minute ago; return the call's number."""
    call = scene.new_instrument(traded=True)
    if scene.instruments < 2**INSTRUMENT_HEIGHT - 1:
        scene.new_instrument()  # in order: the next one would be the put
    underlying = scene.underlying_of(call)
    indices = scene.indices()
    for number in (call, call + 1):
        scene.list_instrument(number, traded=True)
        scene.records[key_of(layout.MARK_KIND, number)] = layout.pack_option_mark(
            version=1,
            kind=InstrumentKind.CALL if number == call else InstrumentKind.PUT,
            underlying=underlying,
            tick_value=TICK_VALUE,
            index_per_tick=PER_TICK,
            initial_margin_ppm=150_000,
            maintenance_margin_ppm=75_000,
            fixed_price=0,
            expiry=expiry,
            vega=0x010101,
            long_factor=indices.long.factor,
            short_factor=indices.short.factor,
            long_deleveraged_ms=indices.long.deleveraged_ms,
            short_deleveraged_ms=indices.short.deleveraged_ms,
            index_ppb=PPB,
            mark_price=0x01010101,
            priced_ms=scene.now_ms - 60_000,
            delta=-0x01010101,
            long_adl_index=indices.long.adl_index,
            short_adl_index=indices.short.adl_index,
            strike=MARK // 7,
            priced_forward=MARK,
            gamma=0x01010101,
            theta=-0x01010101,
        )
        lanes = {f"lanes_{place}": 2**254 // 3 for place in range(layout.ARRAY_WORDS - 1)}
        scene.records[key_of(layout.ARRAY_KIND, number)] = layout.pack_array(
            version=1,
            priced_ms=scene.now_ms - 60_000,
            long_factor=2**59,
            short_factor=2**60,
            contingency_factor=2**59,
            **lanes,
        )
    return call


def _reprice(scene: SyntheticState, shape: Shape) -> bytes:
    surface = {
        **_PRICING,
        "svi_forward": MARK * PER_TICK,
        "svi_time_ms": scene.now_ms - 1_000,
        "rate_ppm": _RATE_PPM,
    }
    expiry = _new_expiry(scene, _PRICED_IN_MS, **surface)
    return encode_reprice(instrument=_new_pair(scene, expiry))


def _signatures(
    scene: SyntheticState, op_type: OpType, said: Mapping[str, int], name: str, value: int
) -> list[tuple[int, int, bytes]]:
    """Return place, value and signature of every reporter, values in falling order."""
    found = []
    for index, each in enumerate(scene.signers()):
        own = value + scene.reporter_count - index
        hashed = hash_reported(op_type, {**said, "reporter_epoch": 0x01010101, name: own})
        found.append((index, own, each.sign_digest(digest(scene.domain_separator, hashed))))
    return found


def _surface(scene: SyntheticState, shape: Shape) -> bytes:
    id = _new_expiry(scene, SETTLEMENT_WINDOW_MS // 4)
    said = {
        **_SURFACE,
        "expiry": id,
        "publish_time_ms": scene.now_ms,
        "svi_forward": _WIDE,
        "svi_time_ms": scene.now_ms,
        "rate_ppm": -1,
        "confidence_ppm": 2**32 - 1,
    }
    reports = [
        encode_forward_report(reporter=index, forward_ppb=Ppb(value), signature=signature)
        for index, value, signature in _signatures(
            scene, OpType.SURFACE, said, "forward_ppb", 2 * PPB - scene.reporter_count
        )
    ]
    return encode_surface(
        **_SURFACE,
        expiry=id,
        publish_time_ms=Milliseconds(scene.now_ms),
        svi_forward=NanoUsd(_WIDE),
        svi_time_ms=Milliseconds(scene.now_ms),
        rate_ppm=Ppm(-1),
        confidence_ppm=Ppm(2**32 - 1),
        reports=reports,
    )


def _sample(scene: SyntheticState, shape: Shape) -> bytes:
    return encode_expiry_sample(expiry=_new_expiry(scene, SETTLEMENT_WINDOW_MS // 4))


def _expire(scene: SyntheticState, shape: Shape) -> bytes:
    id = _new_expiry(scene, -1)
    said = {"expiry": id}
    reports = [
        encode_settlement_report(reporter=index, price_nano_usd=NanoUsd(value), signature=signature)
        for index, value, signature in _signatures(
            scene, OpType.SETTLE_EXPIRY, said, "price_nano_usd", MARK * PER_TICK
        )
    ]
    return encode_settle_expiry(expiry=id, reports=reports)


BUILDERS: Final[Mapping[str, Callable[[SyntheticState, Shape], bytes]]] = {
    "surface": _surface,
    "sample": _sample,
    "expire": _expire,
    "reprice": _reprice,
}
