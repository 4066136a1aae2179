"""What happened to an account's orders and positions, and to the account, as JSON."""

from __future__ import annotations

from strikeproof.client import EventTrigger, OrderEvent
from strikeproof.gateway.instrument_terms import InstrumentTerms
from strikeproof.gateway.public_json import Json, name_of, place_json, side, usd


def order_event_json(terms: InstrumentTerms | None, event: OrderEvent) -> Json:
    """Return an event of an account. `terms` None: it concerns no instrument."""
    return {
        "sequence": event.sequence,
        "kind": event.kind.name,
        "position": place_json(event),
        "from_inbox": event.from_inbox,
        "action": event.action,
        "finality": event.finality,
        "time_ms": event.time_ms,
        "instrument": terms.symbol if terms else None,
        "instrument_id": event.instrument,
        "slot": event.slot,
        "serial": event.serial,
        "side": side(event.sell),
        "price": terms.price(event.price) if terms else None,
        "price_ticks": event.price,
        "size": terms.size(event.lots) if terms else None,
        "lots": event.lots,
        "size_left": terms.size(event.lots_left) if terms else None,
        "fee": usd(event.fee_micro_usd),
        "is_taker": event.is_taker,
        "is_liquidation": event.is_liquidation,
        "is_block": event.is_block,
        "client_id": str(event.client_id),
        "reason": name_of(event.reason),
        "result": name_of(event.result),
        "cash": usd(event.cash_micro_usd),
        "equity": usd(event.equity_micro_usd),
        "maintenance_margin": usd(event.maintenance_margin_micro_usd),
        "trigger": None if event.trigger is None else _event_trigger(event.trigger),
        "portfolio_underlying": event.portfolio_underlying or None,
        "protected_underlying": event.protected_underlying or None,
        "frozen_until_ms": event.frozen_until_ms or None,
    }


def _event_trigger(found: EventTrigger) -> Json:
    price = found.price_usd
    return {
        "place": found.place,
        "trigger_price": None if price is None else f"{price:f}",
        "reduce_only": found.reduce_only,
        "falling": found.falling,
        "by_mark": found.by_mark,
        "expiry_ms": found.expiry_ms or None,
        "ending": name_of(found.ending),
    }
