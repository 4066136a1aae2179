"""What an account's page says of its triggers' lives."""

from __future__ import annotations

import re

import pytest

from strikeproof.client import Instrument, OrderEvent
from strikeproof.gateway.instrument_terms import InstrumentTerms
from strikeproof.gateway.order_event_json import order_event_json
from strikeproof.gateway.pages.templating import Pages
from strikeproof.wire import market_pb2, orders_pb2

TERMS = InstrumentTerms(
    Instrument.of_message(
        market_pb2.Instrument(
            instrument=1,
            symbol="BTC-PERP",
            kind=1,
            status=1,
            tick_value=1_000,
            index_per_tick=10**8,
        )
    )
)


@pytest.mark.parametrize(
    ("kind", "trigger", "words"),
    [
        (
            14,
            {"place": 2, "price_nano_usd": 92_000 * 10**9, "falling": True, "by_mark": True},
            "place 2: mark ≤ 92,000",
        ),
        (13, {"place": 2, "price_nano_usd": 91_999 * 10**9}, "place 2 at 91,999"),
        (15, {"place": 2, "ending": 1}, "place 2: taken back"),
        (15, {"place": 0, "ending": 2}, "place 0: dead"),
    ],
)
def test_words_of_a_trigger(kind: int, trigger: dict[str, object], words: str) -> None:
    found = orders_pb2.EventTrigger(**trigger)  # type: ignore[arg-type]
    message = orders_pb2.OrderEvent(instrument=1, sequence=5, finality=1, lots=3, trigger=found)
    message.kind = kind  # type: ignore[assignment]
    shown = order_event_json(TERMS, OrderEvent.of_message(message))
    parts = Pages()._environment.get_template("parts.html").module
    text = re.sub(r"<[^>]*>", " ", parts.order_events([shown], "What happened"))  # type: ignore[attr-defined]
    assert words in " ".join(text.split())
