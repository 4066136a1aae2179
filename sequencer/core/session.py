"""Sessions: the keys that may act for an account, and their nonce windows."""

from __future__ import annotations

from struct import Struct
from typing import Any, ClassVar, Final

from strikeproof.sequencer.core.global_record import ADDRESS_BYTES, RECORD_VERSION
from strikeproof.wire.constants import NONCE_WINDOW, SESSION_SLOTS
from strikeproof.wire.errors import Result
from strikeproof.wire.layout import SESSION_KIND, SESSION_WORDS, unpack_session

SCOPE_NONE: Final = 0
SCOPE_TRADE: Final = 1
SCOPE_OWNER: Final = 255
_OK: Final = Result.OK
# The layout's words, packed faster; the expiry as its high and its low part.
_RECORD: Final = Struct(">BB20sHI4xQ24s")
NO_KEY: Final = bytes(ADDRESS_BYTES)


def session_id(account: int, slot: int) -> int:
    """Return the id of an account's session slot."""
    return account * SESSION_SLOTS + slot


class Session:
    """A session slot. `words` is 0 for a slot that was never set: touched, but no record."""

    KIND: ClassVar[int] = SESSION_KIND
    __slots__ = (
        "expiry_ms",
        "id",
        "key",
        "nonce_base",
        "nonce_bitmap",
        "scope",
        "touched",
        "words",
    )

    def __init__(self, id: int) -> None:
        self.id = id
        self.touched = 0
        self.words = 0
        self.scope = SCOPE_NONE
        self.key = NO_KEY
        self.expiry_ms = 0
        self.nonce_base = 0
        self.nonce_bitmap = 0

    def grant(self, key: bytes, scope: int, expiry_ms: int) -> None:
        """Set key, scope and expiry; the nonce window stays."""
        self.words = SESSION_WORDS
        self.key = key
        self.scope = scope
        self.expiry_ms = expiry_ms

    def nearest_nonce(self, nonce: int) -> int:
        """Return the nonce nearest to the base among those with the lower 16 bits of this one.

        Of the nonces that `check_nonce` admits each is its own nearest one.
        """
        away = (nonce - self.nonce_base + 0x8000 & 0xFFFF) - 0x8000
        return self.nonce_base + away & 0xFFFF_FFFF_FFFF_FFFF

    def check_nonce(self, nonce: int) -> Result:
        """Return OK, NONCE_USED or NONCE_TOO_FAR."""
        place = nonce - self.nonce_base
        if place < 0:
            return Result.NONCE_USED
        if place >= 2 * NONCE_WINDOW:
            return Result.NONCE_TOO_FAR
        return Result.NONCE_USED if self.nonce_bitmap >> place & 1 else _OK

    def use_nonce(self, nonce: int) -> None:
        """Use up a nonce that `check_nonce` admits, moving the window if it lies above it."""
        place = nonce - self.nonce_base
        if place >= NONCE_WINDOW:
            shift = place - (NONCE_WINDOW - 1)
            self.nonce_base += shift
            self.nonce_bitmap >>= shift
            place = NONCE_WINDOW - 1
        self.nonce_bitmap |= 1 << place

    def saved(self) -> tuple[Any, ...]:
        """Return what ops change, for `restore`."""
        return (
            self.words,
            self.scope,
            self.key,
            self.expiry_ms,
            self.nonce_base,
            self.nonce_bitmap,
        )

    def restore(self, saved: tuple[Any, ...]) -> None:
        """Set back what `saved` returned."""
        (
            self.words,
            self.scope,
            self.key,
            self.expiry_ms,
            self.nonce_base,
            self.nonce_bitmap,
        ) = saved

    def encode(self) -> bytes:
        """Return the record's bytes."""
        return _RECORD.pack(
            RECORD_VERSION,
            self.scope,
            self.key,
            self.expiry_ms >> 32,
            self.expiry_ms & 0xFFFF_FFFF,
            self.nonce_base,
            self.nonce_bitmap.to_bytes(24, "big"),
        )

    @classmethod
    def decode(cls, id: int, data: bytes) -> Session:
        """Return the session of a record's bytes."""
        session = cls(id)
        _, scope, key, expiry, session.nonce_base, session.nonce_bitmap = unpack_session(data)
        session.grant(key.to_bytes(ADDRESS_BYTES, "big"), scope, expiry)
        return session
