"""Certificates of accounts under portfolio margin (docs/protocol/margin-certificate.md)."""

from __future__ import annotations

from typing import Any, ClassVar, Final

from strikeproof.sequencer.core.global_record import RECORD_VERSION
from strikeproof.sequencer.core.rules.certificate import (
    LANES,
    NO_CERTIFICATE,
    Certificate,
    ForwardLoss,
)
from strikeproof.wire.constants import OPTION_EXPIRIES_MAX
from strikeproof.wire.layout import (
    CERTIFICATE_KIND,
    CERTIFICATE_WORDS,
    pack_certificate,
    unpack_certificate,
)

_LOSS_BITS: Final = 80
_LOSS_MASK: Final = (1 << _LOSS_BITS) - 1
_LOSS_SIGN: Final = 1 << (_LOSS_BITS - 1)
_LOSSES_A_WORD: Final = 3
_HEAD_FIELDS: Final = 9  # version to naked
_LOSS_WORDS: Final = LANES // _LOSSES_A_WORD
_NO_FORWARD: Final = ForwardLoss(0, 0, 0, 0)


class CertificateRecord:
    """The certificate of an account; same id. `words` is 0 until the first is written: touched,
    but no record."""

    KIND: ClassVar[int] = CERTIFICATE_KIND
    __slots__ = ("id", "parts", "touched", "words")

    def __init__(self, id: int) -> None:
        self.id = id
        self.touched = 0
        self.words = 0
        self.parts = NO_CERTIFICATE

    def write(self, parts: Certificate) -> None:
        """Set the certificate."""
        self.words = CERTIFICATE_WORDS
        self.parts = parts

    def saved(self) -> tuple[Any, ...]:
        """Return what ops change, for `restore`."""
        return self.words, self.parts

    def restore(self, saved: tuple[Any, ...]) -> None:
        """Set back what `saved` returned."""
        self.words, self.parts = saved

    def encode(self) -> bytes:
        """Return the record's bytes."""
        parts = self.parts
        lacking = OPTION_EXPIRIES_MAX - len(parts.forwards)
        fields: dict[str, int] = {}
        for place, each in enumerate((*parts.forwards, *[_NO_FORWARD] * lacking)):
            fields[f"expiry_{place}"] = each.expiry
            fields[f"up_{place}"] = each.up
            fields[f"down_{place}"] = each.down
            fields[f"factor_{place}"] = each.factor
        for word in range(_LOSS_WORDS):
            fields[f"losses_{word}"] = sum(
                (parts.losses[_LOSSES_A_WORD * word + place] & _LOSS_MASK) << (_LOSS_BITS * place)
                for place in range(_LOSSES_A_WORD)
            )
        return pack_certificate(
            version=RECORD_VERSION,
            time_ms=parts.time_ms,
            ends_ms=parts.ends_ms,
            feed_epoch=parts.feed_epoch,
            surface_epoch=parts.surface_epoch,
            index_price=parts.index_price,
            gross=parts.gross,
            perpetuals=parts.perpetuals,
            naked=parts.naked,
            **fields,
        )

    @classmethod
    def decode(cls, id: int, data: bytes) -> CertificateRecord:
        """Return the certificate of a record's bytes."""
        fields = unpack_certificate(data)
        _, time_ms, ends_ms, feed, surface, index, gross, perpetuals, naked = fields[:_HEAD_FIELDS]
        rest = fields[_HEAD_FIELDS:]
        numbers = rest[:OPTION_EXPIRIES_MAX]
        words = rest[OPTION_EXPIRIES_MAX : OPTION_EXPIRIES_MAX + _LOSS_WORDS]
        values = rest[OPTION_EXPIRIES_MAX + _LOSS_WORDS :]
        losses = [
            _signed(word >> (_LOSS_BITS * place) & _LOSS_MASK)
            for word in words
            for place in range(_LOSSES_A_WORD)
        ]
        forwards = [
            ForwardLoss(number, *values[3 * place : 3 * place + 3])
            for place, number in enumerate(numbers)
            if number
        ]
        record = cls(id)
        record.write(
            Certificate(
                time_ms,
                ends_ms,
                feed,
                surface,
                index,
                gross,
                perpetuals,
                naked,
                tuple(losses),
                tuple(forwards),
            )
        )
        return record


class CertificateTable(dict[int, CertificateRecord]):
    """Certificates by account; asking for one that was never written creates it as absent."""

    def __missing__(self, id: int) -> CertificateRecord:
        record = self[id] = CertificateRecord(id)
        return record


def _signed(value: int) -> int:
    return value - (value & _LOSS_SIGN) * 2
