"""The global record: clock, next ids, pools, reporters and attesters."""

from __future__ import annotations

from typing import ClassVar, Final

from strikeproof.sequencer.core.rules.bounded_price import SlopeTerms
from strikeproof.wire.layout import (
    GLOBAL_KIND,
    GLOBAL_WORDS,
    pack_global,
    pack_global_signer,
    unpack_global,
    unpack_global_signer,
)

RECORD_VERSION: Final = 1  # of every record
ADDRESS_BYTES: Final = 20


class GlobalRecord:
    """The one record of kind 0. Money in micro-USD, times in milliseconds, fractions in ppm."""

    KIND: ClassVar[int] = GLOBAL_KIND
    __slots__ = (
        "attester_quorum",
        "attesters",
        "bad_debt",
        "clock_ms",
        "credit",
        "credit_losses",
        "day",
        "domain_separator",
        "eth_underlying",
        "fee_pool",
        "feed_epoch",
        "fund_day_start",
        "id",
        "insurance_fund",
        "l1_blob_price",
        "l1_gas_price",
        "l1_reported_ms",
        "lent_today",
        "liabilities",
        "negative_houses",
        "next_account",
        "next_expiry",
        "next_instrument",
        "next_underlying",
        "reporter_epoch",
        "reporter_quorum",
        "reporters",
        "slope_terms",
        "touched",
        "variance_tau_ms",
    )

    def __init__(self, domain_separator: bytes) -> None:
        assert len(domain_separator) == 32
        self.id = 0
        self.touched = 0
        self.clock_ms = 0
        self.next_account = 1
        self.next_underlying = 1
        self.next_instrument = 1
        self.next_expiry = 1
        self.attester_quorum = 0
        self.attesters: tuple[bytes, ...] = ()
        self.credit = 0
        self.credit_losses = 0
        self.reporter_quorum = 0
        self.reporter_epoch = 0
        self.fee_pool = 0
        self.insurance_fund = 0
        self.liabilities = 0
        self.negative_houses = 0
        self.fund_day_start = 0
        self.lent_today = 0
        self.bad_debt = 0
        self.day = 0
        self.feed_epoch = 0
        self.l1_gas_price = 0
        self.l1_blob_price = 0
        self.l1_reported_ms = 0
        self.eth_underlying = 0
        self.slope_terms = SlopeTerms(0, 0, 0)
        self.variance_tau_ms = 0
        self.domain_separator = domain_separator
        self.reporters: tuple[bytes, ...] = ()

    @property
    def words(self) -> int:
        """Words of the record."""
        return GLOBAL_WORDS + len(self.reporters) + len(self.attesters)

    def saved(self) -> tuple[int, ...]:
        """Return what ordered ops change, for `restore`: not the clock, which even a void segment
        moves."""
        return (
            self.fee_pool,
            self.insurance_fund,
            self.liabilities,
            self.negative_houses,
            self.fund_day_start,
            self.lent_today,
            self.bad_debt,
            self.credit_losses,
            self.credit,
            self.day,
            self.feed_epoch,
        )

    def restore(self, saved: tuple[int, ...]) -> None:
        """Set back what `saved` returned."""
        (
            self.fee_pool,
            self.insurance_fund,
            self.liabilities,
            self.negative_houses,
            self.fund_day_start,
            self.lent_today,
            self.bad_debt,
            self.credit_losses,
            self.credit,
            self.day,
            self.feed_epoch,
        ) = saved

    def encode(self) -> bytes:
        """Return the record's bytes."""
        terms = self.slope_terms
        head = pack_global(
            version=RECORD_VERSION,
            clock_ms=self.clock_ms,
            next_account=self.next_account,
            next_underlying=self.next_underlying,
            next_instrument=self.next_instrument,
            next_expiry=self.next_expiry,
            reporter_count=len(self.reporters),
            reporter_quorum=self.reporter_quorum,
            reporter_epoch=self.reporter_epoch,
            signer_count=len(self.reporters) + len(self.attesters),
            attester_quorum=self.attester_quorum,
            fee_pool=self.fee_pool,
            insurance_fund=self.insurance_fund,
            liabilities=self.liabilities,
            negative_houses=self.negative_houses,
            fund_day_start=self.fund_day_start,
            lent_today=self.lent_today,
            bad_debt=self.bad_debt,
            credit_losses=self.credit_losses,
            credit=self.credit,
            day=self.day,
            feed_epoch=self.feed_epoch,
            l1_gas_price=self.l1_gas_price,
            l1_blob_price=self.l1_blob_price,
            l1_reported_ms=self.l1_reported_ms,
            eth_underlying=self.eth_underlying,
            slope_factor_ppm=terms.factor_ppm,
            slope_least_ppm=terms.least_ppm,
            slope_most_ppm=terms.most_ppm,
            variance_tau_ms=self.variance_tau_ms,
            domain_separator=int.from_bytes(self.domain_separator, "big"),
        )
        return head + b"".join(
            pack_global_signer(address=int.from_bytes(address, "big"))
            for address in self.reporters + self.attesters
        )

    @classmethod
    def decode(cls, data: bytes) -> GlobalRecord:
        """Return the venue of a record's bytes."""
        fields = unpack_global(data)
        venue = cls(fields[30].to_bytes(32, "big"))
        venue.clock_ms, venue.next_account, venue.next_underlying, venue.next_instrument = fields[
            1:5
        ]
        venue.next_expiry, reporters, venue.reporter_quorum, venue.reporter_epoch = fields[5:9]
        signer_count, venue.attester_quorum = fields[9:11]
        venue.restore(fields[11:22])
        venue.l1_gas_price, venue.l1_blob_price = fields[22:24]
        venue.l1_reported_ms, venue.eth_underlying = fields[24:26]
        venue.slope_terms = SlopeTerms(*fields[26:29])
        venue.variance_tau_ms = fields[29]
        offsets = range(GLOBAL_WORDS * 32, (GLOBAL_WORDS + signer_count) * 32, 32)
        signers = tuple(
            unpack_global_signer(data, offset)[0].to_bytes(ADDRESS_BYTES, "big")
            for offset in offsets
        )
        venue.reporters, venue.attesters = signers[:reporters], signers[reporters:]
        return venue
