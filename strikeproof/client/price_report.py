"""A reporter's signed price, and several of them as the one op that the law takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

from strikeproof.client.op_check import FieldInvalid, check_integer
from strikeproof.client.operation import REPORT_FIELDS, REPORT_MAX
from strikeproof.client.typed_data import digest, hash_report
from strikeproof.client.wallet import Wallet
from strikeproof.wire.operations import SIGNATURE_BYTES, encode_index_price, encode_report
from strikeproof.wire.units import Milliseconds, NanoUsd


@dataclass(frozen=True, slots=True)
class SignedReport:
    """What a reporter signed: a price of an underlying at a time, as the reporter of that place."""

    underlying: int
    publish_time_ms: int
    price_nano_usd: int
    reporter: int
    reporter_epoch: int
    signature: bytes

    def to_json(self) -> dict[str, Any]:
        """Return the report as JSON carries it."""
        return {
            "underlying": self.underlying,
            "publish_time_ms": self.publish_time_ms,
            "price_nano_usd": str(self.price_nano_usd),
            "reporter": self.reporter,
            "reporter_epoch": self.reporter_epoch,
            "signature": "0x" + self.signature.hex(),
        }

    @classmethod
    def of_json(cls, value: Any) -> Self:
        """Return what `to_json` gave. Raises `FieldInvalid`."""
        try:
            found = cls(
                int(value["underlying"]),
                int(value["publish_time_ms"]),
                int(value["price_nano_usd"]),
                int(value["reporter"]),
                int(value["reporter_epoch"]),
                bytes.fromhex(str(value["signature"]).removeprefix("0x")),
            )
        except (KeyError, TypeError, ValueError, OverflowError):
            raise FieldInvalid("report", value, "a report is needed") from None
        found.check()
        if len(found.signature) != SIGNATURE_BYTES:
            raise FieldInvalid("signature", found.signature, f"{SIGNATURE_BYTES} bytes are needed")
        return found

    def check(self) -> None:
        """Raise `FieldInvalid` for a field that is out of its range."""
        values = (self.underlying, self.publish_time_ms, self.price_nano_usd, self.reporter)
        for name, value, most in zip(REPORT_FIELDS, values, REPORT_MAX, strict=True):
            check_integer(name, value, 0, most)

    def digest(self, domain_separator: bytes) -> bytes:
        """Return the 32 bytes that the reporter signs."""
        hash_ = hash_report(
            self.underlying, self.reporter_epoch, self.publish_time_ms, self.price_nano_usd
        )
        return digest(domain_separator, hash_)

    def signed(self, wallet: Wallet, domain_separator: bytes) -> Self:
        """Return the report with the wallet's signature. Raises `FieldInvalid`."""
        self.check()
        signature = wallet.sign_digest(self.digest(domain_separator))
        return type(self)(
            self.underlying,
            self.publish_time_ms,
            self.price_nano_usd,
            self.reporter,
            self.reporter_epoch,
            signature,
        )


def index_price_of(reports: Sequence[SignedReport]) -> bytes:
    """Return the op of reports of one underlying and time, by different reporters."""
    first = reports[0]
    assert {(each.underlying, each.publish_time_ms) for each in reports} == {
        (first.underlying, first.publish_time_ms)
    }, "one underlying, one time"
    return encode_index_price(
        underlying=first.underlying,
        publish_time_ms=Milliseconds(first.publish_time_ms),
        reports=[
            encode_report(
                reporter=each.reporter,
                price_nano_usd=NanoUsd(each.price_nano_usd),
                signature=each.signature,
            )
            for each in sorted(reports, key=lambda one: one.reporter)
        ],
    )
