"""A typical quote, and what else a quote may and may not be."""

from __future__ import annotations

from typing import Any, Final

QUOTE: Final[dict[str, Any]] = {
    "instrument": 1,
    "sell": False,
    "post_only": True,
    "reduce_only": False,
    "self_trade": "CANCEL_TAKER",
    "time_in_force": "GTC",
    "expiry_ms": 0,
    "client_id": 42,
    "bid_slot": 5,
    "bid_serial": 17,
    "bid_price": 963_995,
    "bid_lots": 10,
    "ask_slot": 6,
    "ask_serial": 18,
    "ask_price": 964_005,
    "ask_lots": 12,
}
_NO_BID: Final = {"bid_slot": 0, "bid_serial": 0, "bid_price": 0, "bid_lots": 0}
_NO_ASK: Final = {"ask_slot": 0, "ask_serial": 0, "ask_price": 0, "ask_lots": 0}
_CHANGES: Final[dict[str, dict[str, Any]]] = {
    "both sides move": {},
    "it may take": {"post_only": False},
    "a bid alone, new": {**_NO_ASK, "bid_slot": 0, "bid_serial": 0},
    "an ask alone, new": {**_NO_BID, "ask_slot": 0, "ask_serial": 0},
    "the bid out": {"bid_price": 0, "bid_lots": 0},
    "both out": {"bid_price": 0, "bid_lots": 0, "ask_price": 0, "ask_lots": 0},
    "a tick between": {"bid_price": 964_004},
    "a bid at the ask": {"bid_price": 964_005},
    "a bid above the ask": {"bid_price": 964_006},
    "nothing": {**_NO_BID, **_NO_ASK},
    "GTD without an expiry": {"time_in_force": "GTD"},
    "GTC with an expiry": {"expiry_ms": 1},
    "with IOC": {"post_only": False, "time_in_force": "IOC"},
    "with FOK": {"post_only": False, "time_in_force": "FOK"},
    "reduce-only": {"reduce_only": True},
    "of the ask's side": {"sell": True},
}


def quote_shapes(expiry_ms: int) -> dict[str, tuple[str, dict[str, Any]]]:
    """Return, by name, what changes of a typical quote."""
    until = {"self_trade": "CANCEL_BOTH", "time_in_force": "GTD", "expiry_ms": expiry_ms}
    changes = {**_CHANGES, "GTD, every flag": until}
    return {f"quote: {name}": ("QUOTE", change) for name, change in changes.items()}
