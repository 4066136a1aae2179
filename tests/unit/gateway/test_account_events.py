"""Events that concern a whole account: no instrument is looked for, in JSON and on the page."""

from __future__ import annotations

import jsonschema
import pytest
from starlette.requests import Request

from strikeproof.client import OrderEvent
from strikeproof.gateway.http.openapi import openapi
from strikeproof.gateway.order_event_json import order_event_json
from strikeproof.gateway.pages.templating import Pages
from strikeproof.wire import orders_pb2
from tests.unit.gateway.test_account_greeks import KNOWN, shown

REWRITTEN, MODE_SET = 6, 16


def event(kind: int, underlying: int = 0) -> OrderEvent:
    message = orders_pb2.OrderEvent(
        sequence=3,
        kind=kind,  # type: ignore[arg-type]
        portfolio_underlying=underlying,
        finality=1,  # type: ignore[arg-type]
    )
    return OrderEvent.of_message(message)


@pytest.mark.parametrize(
    ("kind", "underlying", "words"),
    [
        (MODE_SET, 1, "portfolio margin"),
        (MODE_SET, 0, "standard margin"),
        (REWRITTEN, 0, "rewritten"),
    ],
)
def test_an_event_of_no_instrument_is_shown(kind: int, underlying: int, words: str) -> None:
    found = order_event_json(None, event(kind, underlying))
    assert found["instrument"] is None
    assert found["portfolio_underlying"] == (underlying or None)
    document = openapi()
    schema = {**document["components"]["schemas"]["OrderEvent"]}
    jsonschema.validate(found, {**schema, "components": document["components"]})
    request = Request({"type": "http", "path": "/accounts/7", "headers": [], "server": ("x", 80)})
    page = Pages().page(request, "account.html", account=shown(), events=[found], key="5", **KNOWN)
    assert words in bytes(page.body).decode()
