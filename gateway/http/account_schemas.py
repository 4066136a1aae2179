"""What is answered about an account, described: money and margin, positions, orders, triggers."""

from __future__ import annotations

from typing import Final

from strikeproof.client import GreeksBasis
from strikeproof.gateway.http.json_schema import (
    BIG,
    DECIMAL,
    FLAG,
    HEX,
    INTEGER,
    SIDE,
    TEXT,
    TIME,
    Schema,
    fields,
    listed,
    maybe,
    ref,
)

_GREEKS: Final[dict[str, Schema]] = {
    "delta": {**DECIMAL, "description": "units of the underlying, by the index"},
    "gamma": {**DECIMAL, "description": "units of the underlying per USD of the index"},
    "vega": {**DECIMAL, "description": "USD a volatility point"},
    "theta": {**DECIMAL, "description": "USD a day"},
}
_GREEKS_SUM: Final[dict[str, Schema]] = {
    **_GREEKS,
    "overdue_positions": {**INTEGER, "description": "counted with their last pricing"},
    "unpriced_positions": {**INTEGER, "description": "not counted"},
}

ACCOUNT_SCHEMAS: Final[dict[str, Schema]] = {
    "Position": fields(
        instrument=TEXT,
        instrument_id=INTEGER,
        size=maybe(DECIMAL),
        lots=INTEGER,
        entry_price=maybe(DECIMAL),
        mark_price=maybe(DECIMAL),
        liquidation_price=maybe(DECIMAL),
        unrealised_profit=maybe(DECIMAL),
        pending_cash=DECIMAL,
        pending_closed=maybe(DECIMAL),
        open_buy=maybe(DECIMAL),
        open_sell=maybe(DECIMAL),
        greeks=maybe(fields(**_GREEKS)),
        greeks_basis=maybe({"enum": [each.name for each in GreeksBasis if each]}),
    ),
    "OpenOrder": fields(
        instrument=TEXT,
        instrument_id=INTEGER,
        slot=INTEGER,
        serial=INTEGER,
        side=SIDE,
        reduce_only=FLAG,
        price=DECIMAL,
        price_ticks=INTEGER,
        size=maybe(DECIMAL),
        lots=INTEGER,
        expiry_ms=TIME,
        client_id=BIG,
    ),
    "Trigger": fields(
        instrument=TEXT,
        instrument_id=INTEGER,
        place=INTEGER,
        side=SIDE,
        reduce_only=FLAG,
        falling=FLAG,
        by_mark=FLAG,
        trigger_price=DECIMAL,
        limit=DECIMAL,
        limit_ticks=INTEGER,
        size=maybe(DECIMAL),
        lots=INTEGER,
        max_fee_ppm=INTEGER,
        expiry_ms=TIME,
        client_id=BIG,
        is_dead=FLAG,
    ),
    "Protection": fields(
        underlying=INTEGER,
        window_ms=INTEGER,
        freeze_ms=INTEGER,
        lots_max=maybe(INTEGER),
        delta_max=maybe(DECIMAL),
        vega_max=maybe(DECIMAL),
        lots=INTEGER,
        delta=DECIMAL,
        vega=DECIMAL,
        start_ms=maybe(TIME),
        frozen_until_ms=maybe(TIME),
    ),
    "Account": fields(
        account=INTEGER,
        owner=HEX,
        collateral=DECIMAL,
        withdrawn=DECIMAL,
        equity=DECIMAL,
        initial_margin=DECIMAL,
        maintenance_margin=DECIMAL,
        available=maybe(DECIMAL),
        is_stale=FLAG,
        cancel_at_ms=maybe(TIME),
        guard_key=maybe(HEX),
        guard_removal_ms=maybe(TIME),
        tier=INTEGER,
        tier_expiry_ms=maybe(TIME),
        credit=DECIMAL,
        credit_limit=DECIMAL,
        credit_expiry_ms=maybe(TIME),
        guarantor=maybe(INTEGER),
        portfolio_underlying=maybe(INTEGER),
        auctioned_ms=maybe(TIME),
        protection=maybe(ref("Protection")),
        positions=listed(ref("Position")),
        open_orders=listed(ref("OpenOrder")),
        triggers=listed(ref("Trigger")),
        greeks=listed(
            fields(
                underlying=TEXT,
                **_GREEKS_SUM,
                expiries=listed(
                    fields(expiry=maybe(INTEGER), expiry_ms=maybe(TIME), **_GREEKS_SUM)
                ),
            )
        ),
        portfolio_margin=maybe(
            fields(
                initial_margin=DECIMAL,
                maintenance_margin=DECIMAL,
                required=DECIMAL,
                underlying=INTEGER,
                is_overdue=FLAG,
                certified_until_ms=maybe(TIME),
            )
        ),
        portfolio_obstacles=listed(fields(instrument=TEXT, result=TEXT, reason=TEXT)),
    ),
}
