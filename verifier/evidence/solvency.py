"""What the venue owed at each root, and what stands behind it: from the verifier's own state."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from strikeproof.verifier.inspection.claim_report import hex_of
from strikeproof.verifier.state.forest import id_of, kind_of
from strikeproof.verifier.state.genesis import GLOBAL_KEY
from strikeproof.verifier.state.record_fields import group_values
from strikeproof.verifier.wiring import VerifierParts
from strikeproof.wire.constants import KEY_ID_BITS, InstrumentStatus
from strikeproof.wire.layout import (
    ACCOUNT_KIND,
    GLOBAL_GROUP,
    INSTRUMENT_KIND,
    MARK_KIND,
    RECORDS,
)

Report = dict[str, Any]

OWED = ("liabilities", "insurance_fund", "fee_pool", "negative_houses", "bad_debt")
HOUSE = ("house_cash", "house_lots", "loan", "deficit")


def owed_at_roots(parts: VerifierParts, limit: int) -> Iterator[Report]:
    """Yield, newest first, the last root of each batch and what the venue owed there, in micro-USD;
    as far back as the store can undo."""
    record, batch = parts.store.record(GLOBAL_KEY), 0
    for row in parts.store.segments_down_to(0):
        if row.batch != batch:
            if not limit:
                return
            batch, limit = row.batch, limit - 1
            values = group_values(GLOBAL_GROUP, record)
            owed = {f"{name}_micro_usd": str(values[name]) for name in OWED}
            claim = parts.store.standing_claim(batch)
            agrees = None if claim is None else claim.roots[row.number + 1] == row.root
            yield {"batch": batch, "root": hex_of(row.root), "is_claimed": agrees, **owed}
        if row.undo is None:
            return
        record = row.undo.get(GLOBAL_KEY, record)


def houses(parts: VerifierParts) -> list[Report]:
    """Return each instrument's house, and what of deleveraging its positions have not taken
    yet: they take it when they are next touched."""
    records = dict(parts.state.records())
    waiting = _waiting_deleveraging(records)
    found = []
    for key, record in sorted(records.items()):
        if kind_of(key) != INSTRUMENT_KIND:
            continue
        values, number = _head(key, record), id_of(key)
        mark = _head(_mark_key(number), records[_mark_key(number)])
        found.append(
            {
                "instrument_id": number,
                "instrument": values["symbol"].to_bytes(16, "big").strip(b"\0").decode("ascii"),
                "status": InstrumentStatus(values["status"]).name,
                **{name: str(values[name]) for name in HOUSE},
                "takeover_ms": values["takeover_ms"] or None,
                "long_deleveraged_ms": mark["long_deleveraged_ms"] or None,
                "short_deleveraged_ms": mark["short_deleveraged_ms"] or None,
                "positions_to_deleverage": waiting[number],
            }
        )
    return found


def _waiting_deleveraging(records: Mapping[int, bytes]) -> Counter[int]:
    """Return by instrument how many positions have not taken the newest deleveraging."""
    waiting: Counter[int] = Counter()
    shape = RECORDS[ACCOUNT_KIND]
    assert shape is not None and shape.element is not None
    marks: dict[int, dict[str, int]] = {}
    for key, record in records.items():
        if kind_of(key) != ACCOUNT_KIND:
            continue
        start, size = 32 * shape.head.words, 32 * shape.element.words
        for at in range(start, len(record), size):
            position = group_values(shape.element, record, at)
            number, lots = position["instrument"], position["size"]
            if not lots:
                continue
            if number not in marks:
                marks[number] = _head(_mark_key(number), records[_mark_key(number)])
            side = "long" if lots > 0 else "short"
            newest = marks[number][f"{side}_factor"]
            waiting[number] += (position["factor"] or newest) != newest
    return waiting


def _mark_key(instrument: int) -> int:
    return MARK_KIND << KEY_ID_BITS | instrument


def _head(key: int, record: bytes) -> dict[str, int]:
    shape = RECORDS[kind_of(key)]
    assert shape is not None
    return group_values(shape.head, record)
