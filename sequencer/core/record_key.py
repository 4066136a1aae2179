"""Keys of records: kind (8 bits), then id (56 bits)."""

from __future__ import annotations

from typing import Final

from strikeproof.wire.constants import (
    INSTRUMENT_HEIGHT,
    ORDER_SLOT_BITS,
    SESSION_SLOTS,
    TRIGGER_PLACE_BITS,
)
from strikeproof.wire.layout import (
    ACCOUNT_KIND,
    ARRAY_KIND,
    CERTIFICATE_KIND,
    EXPIRY_KIND,
    GLOBAL_KIND,
    INSTRUMENT_KIND,
    MARK_KIND,
    ORDER_KIND,
    SESSION_KIND,
    TRIGGER_KIND,
    UNDERLYING_KIND,
)

ID_BITS: Final = 56
ID_MASK: Final = (1 << ID_BITS) - 1
GLOBAL_KEY: Final = GLOBAL_KIND << ID_BITS


def record_key(kind: int, id: int) -> int:
    """Return the key of a kind and id."""
    return kind << ID_BITS | id


def account_key(account: int) -> int:
    """Return the key of an account."""
    return ACCOUNT_KIND << ID_BITS | account


def session_key(account: int, slot: int) -> int:
    """Return the key of a session slot of an account."""
    return SESSION_KIND << ID_BITS | account * SESSION_SLOTS + slot


def underlying_key(underlying: int) -> int:
    """Return the key of an underlying."""
    return UNDERLYING_KIND << ID_BITS | underlying


def instrument_key(instrument: int) -> int:
    """Return the key of an instrument."""
    return INSTRUMENT_KIND << ID_BITS | instrument


def expiry_key(expiry: int) -> int:
    """Return the key of an expiry."""
    return EXPIRY_KIND << ID_BITS | expiry


def mark_key(instrument: int) -> int:
    """Return the key of an instrument's mark."""
    return MARK_KIND << ID_BITS | instrument


def array_key(instrument: int) -> int:
    """Return the key of an option's array."""
    return ARRAY_KIND << ID_BITS | instrument


def certificate_key(account: int) -> int:
    """Return the key of an account's certificate."""
    return CERTIFICATE_KIND << ID_BITS | account


def order_key(instrument: int, slot: int) -> int:
    """Return the key of an order slot."""
    return ORDER_KIND << ID_BITS | instrument << ORDER_SLOT_BITS | slot


def trigger_key(account: int, instrument: int, place: int) -> int:
    """Return the key of a trigger of an account on an instrument."""
    id = (account << INSTRUMENT_HEIGHT | instrument) << TRIGGER_PLACE_BITS | place
    return TRIGGER_KIND << ID_BITS | id
