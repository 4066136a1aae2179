"""What a reporter signs of an expiry, and several reports as the one op that the law takes.

A forward is a share of the index in parts per billion; the surface beside it is the same for all
reporters of an op. Source: docs/protocol/expiries.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Self

from strikeproof.client.op_check import FieldInvalid, check_integer
from strikeproof.client.typed_data import digest, hash_reported
from strikeproof.client.wallet import Wallet
from strikeproof.wire.constants import (
    FORWARD_PPB_MAX,
    FORWARD_PPB_MIN,
    INDEX_PRICE_MAX,
    REPORTERS_MAX,
    SVI_RHO_MAX,
    OpType,
)
from strikeproof.wire.operations import (
    SIGNATURE_BYTES,
    encode_forward_report,
    encode_settle_expiry,
    encode_settlement_report,
    encode_surface,
)
from strikeproof.wire.units import Milliseconds, NanoUsd, Ppb, Ppm

I64: Final = 2**63
U64: Final = 2**64 - 1
TIME_MAX: Final = 2**48 - 1


@dataclass(frozen=True, slots=True)
class SviTerms:
    """A surface, in 10^-12, and the forward and time that it was fitted at. A time of 0: none."""

    a: int = 0
    b: int = 0
    rho: int = 0
    m: int = 0
    sigma: int = 0
    forward_nano_usd: int = 0
    time_ms: int = 0
    rate_ppm: int = 0
    confidence_ppm: int = 0

    def fields(self) -> dict[str, int]:
        """Return the fields of a Surface by the names that the protocol gives them."""
        return {
            "svi_a": self.a,
            "svi_b": self.b,
            "svi_rho": self.rho,
            "svi_m": self.m,
            "svi_sigma": self.sigma,
            "svi_forward": self.forward_nano_usd,
            "svi_time_ms": self.time_ms,
            "rate_ppm": self.rate_ppm,
            "confidence_ppm": self.confidence_ppm,
        }

    def check(self) -> None:
        """Raise `FieldInvalid` for a field that is out of its range."""
        check_integer("svi_a", self.a, -I64, I64 - 1)
        check_integer("svi_b", self.b, 0, U64)
        check_integer("svi_rho", self.rho, -SVI_RHO_MAX, SVI_RHO_MAX)
        check_integer("svi_m", self.m, -I64, I64 - 1)
        check_integer("svi_sigma", self.sigma, 0, U64)
        check_integer("svi_forward", self.forward_nano_usd, 0, U64)
        check_integer("svi_time_ms", self.time_ms, 0, TIME_MAX)
        check_integer("rate_ppm", self.rate_ppm, -(2**31), 2**31 - 1)
        check_integer("confidence_ppm", self.confidence_ppm, 0, 2**32 - 1)


@dataclass(frozen=True, slots=True)
class ExpiryReporter:
    """Who signs: a wallet, its place among the reporters, their epoch and the venue's domain."""

    wallet: Wallet
    reporter: int
    reporter_epoch: int
    domain_separator: bytes

    def sign(self, op_type: OpType, said: Mapping[str, int]) -> bytes:
        """Return the signature of what is said in an op of this type."""
        check_integer("reporter", self.reporter, 0, REPORTERS_MAX - 1)
        hashed = hash_reported(op_type, {**said, "reporter_epoch": self.reporter_epoch})
        return self.wallet.sign_digest(digest(self.domain_separator, hashed))


@dataclass(frozen=True, slots=True)
class ForwardReport:
    """A forward of an expiry at a time, and a surface; signed as the reporter of that place."""

    expiry: int
    publish_time_ms: int
    forward_ppb: int
    surface: SviTerms = field(default_factory=SviTerms)
    reporter: int = 0
    signature: bytes = b""
    reporter_epoch: int = 0

    def said(self) -> dict[str, int]:
        """Return what is signed, by the names that the protocol gives it."""
        return {
            **self.surface.fields(),
            "expiry": self.expiry,
            "publish_time_ms": self.publish_time_ms,
            "forward_ppb": self.forward_ppb,
        }

    def digest(self, domain_separator: bytes) -> bytes:
        """Return the 32 bytes that the reporter signs."""
        return _digest(OpType.SURFACE, self.said(), self.reporter_epoch, domain_separator)

    def signed(self, by: ExpiryReporter) -> Self:
        """Return the report with a reporter's signature. Raises `FieldInvalid`."""
        self.check()
        signature = by.sign(OpType.SURFACE, self.said())
        about = (self.expiry, self.publish_time_ms, self.forward_ppb, self.surface)
        return type(self)(*about, by.reporter, signature, by.reporter_epoch)

    def check(self) -> None:
        """Raise `FieldInvalid` for a field that is out of its range."""
        check_integer("expiry", self.expiry, 1, 2**16 - 1)
        check_integer("publish_time_ms", self.publish_time_ms, 0, TIME_MAX)
        check_integer("forward_ppb", self.forward_ppb, FORWARD_PPB_MIN, FORWARD_PPB_MAX)
        self.surface.check()

    def to_json(self) -> dict[str, Any]:
        """Return the report as JSON carries it."""
        return _json(self.said(), self)

    @classmethod
    def of_json(cls, value: Any) -> Self:
        """Return what `to_json` gave. Raises `FieldInvalid`."""
        names = (*SviTerms().fields(), "expiry", "publish_time_ms", "forward_ppb")
        (*surface, expiry, time_ms, forward), reporter, epoch, signature = _read(value, names)
        found = cls(expiry, time_ms, forward, SviTerms(*surface), reporter, signature, epoch)
        found.check()
        return found


@dataclass(frozen=True, slots=True)
class SettlementReport:
    """A settlement price of an expiry, signed as the reporter of that place."""

    expiry: int
    price_nano_usd: int
    reporter: int = 0
    signature: bytes = b""
    reporter_epoch: int = 0

    def said(self) -> dict[str, int]:
        """Return what is signed, by the names that the protocol gives it."""
        return {"expiry": self.expiry, "price_nano_usd": self.price_nano_usd}

    def digest(self, domain_separator: bytes) -> bytes:
        """Return the 32 bytes that the reporter signs."""
        return _digest(OpType.SETTLE_EXPIRY, self.said(), self.reporter_epoch, domain_separator)

    def signed(self, by: ExpiryReporter) -> Self:
        """Return the report with a reporter's signature. Raises `FieldInvalid`."""
        self.check()
        signature = by.sign(OpType.SETTLE_EXPIRY, self.said())
        about = (self.expiry, self.price_nano_usd)
        return type(self)(*about, by.reporter, signature, by.reporter_epoch)

    def check(self) -> None:
        """Raise `FieldInvalid` for a field that is out of its range."""
        check_integer("expiry", self.expiry, 1, 2**16 - 1)
        check_integer("price_nano_usd", self.price_nano_usd, 1, INDEX_PRICE_MAX)

    def to_json(self) -> dict[str, Any]:
        """Return the report as JSON carries it."""
        return _json(self.said(), self)

    @classmethod
    def of_json(cls, value: Any) -> Self:
        """Return what `to_json` gave. Raises `FieldInvalid`."""
        (expiry, price), reporter, epoch, signature = _read(value, ("expiry", "price_nano_usd"))
        found = cls(expiry, price, reporter, signature, epoch)
        found.check()
        return found


def _digest(op_type: OpType, said: Mapping[str, int], epoch: int, domain_separator: bytes) -> bytes:
    return digest(domain_separator, hash_reported(op_type, {**said, "reporter_epoch": epoch}))


def _json(said: Mapping[str, int], report: ForwardReport | SettlementReport) -> dict[str, Any]:
    """Integers as text: some are above 2^53."""
    return {
        **{name: str(value) for name, value in said.items()},
        "reporter": report.reporter,
        "reporter_epoch": report.reporter_epoch,
        "signature": "0x" + report.signature.hex(),
    }


def _read(value: Any, names: Sequence[str]) -> tuple[list[int], int, int, bytes]:
    """Return the fields of a report's JSON, its reporter, epoch and signature. Raises
    `FieldInvalid`."""
    try:
        said = [int(value[name]) for name in names]
        reporter, epoch = int(value["reporter"]), int(value["reporter_epoch"])
        signature = bytes.fromhex(str(value["signature"]).removeprefix("0x"))
    except (KeyError, TypeError, ValueError, OverflowError):
        raise FieldInvalid("report", value, "a report is needed") from None
    check_integer("reporter", reporter, 0, REPORTERS_MAX - 1)
    check_integer("reporter_epoch", epoch, 0, 2**32 - 1)
    if len(signature) != SIGNATURE_BYTES:
        raise FieldInvalid("signature", signature, f"{SIGNATURE_BYTES} bytes are needed")
    return said, reporter, epoch, signature


def surface_of(reports: Sequence[ForwardReport]) -> bytes:
    """Return the op of reports of one expiry, time and surface, by different reporters."""
    first = reports[0]
    about = {(each.expiry, each.publish_time_ms, each.surface) for each in reports}
    assert len(about) == 1, "one expiry, one time, one surface"
    surface = first.surface
    return encode_surface(
        expiry=first.expiry,
        publish_time_ms=Milliseconds(first.publish_time_ms),
        svi_a=surface.a,
        svi_b=surface.b,
        svi_rho=surface.rho,
        svi_m=surface.m,
        svi_sigma=surface.sigma,
        svi_forward=NanoUsd(surface.forward_nano_usd),
        svi_time_ms=Milliseconds(surface.time_ms),
        rate_ppm=Ppm(surface.rate_ppm),
        confidence_ppm=Ppm(surface.confidence_ppm),
        reports=[
            encode_forward_report(
                reporter=each.reporter,
                forward_ppb=Ppb(each.forward_ppb),
                signature=each.signature,
            )
            for each in sorted(reports, key=lambda one: one.reporter)
        ],
    )


def settle_expiry_of(reports: Sequence[SettlementReport]) -> bytes:
    """Return the op of settlement prices of one expiry, by different reporters."""
    assert len({each.expiry for each in reports}) == 1, "one expiry"
    return encode_settle_expiry(
        expiry=reports[0].expiry,
        reports=[
            encode_settlement_report(
                reporter=each.reporter,
                price_nano_usd=NanoUsd(each.price_nano_usd),
                signature=each.signature,
            )
            for each in sorted(reports, key=lambda one: one.reporter)
        ],
    )
