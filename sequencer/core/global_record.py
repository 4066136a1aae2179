"""The global record: clock, next ids, pools, reporters."""

from __future__ import annotations

from typing import ClassVar, Final

from strikeproof.wire.layout import (
    GLOBAL_KIND,
    GLOBAL_WORDS,
    pack_global,
    pack_global_reporter,
    unpack_global,
    unpack_global_reporter,
)

RECORD_VERSION: Final = 1  # of every record
ADDRESS_BYTES: Final = 20


class GlobalRecord:
    """The one record of kind 0. Pools in micro-USD, the clock in milliseconds."""

    KIND: ClassVar[int] = GLOBAL_KIND
    __slots__ = (
        "clock_ms",
        "domain_separator",
        "fee_pool",
        "id",
        "insurance_fund",
        "next_account",
        "next_instrument",
        "next_underlying",
        "reporter_epoch",
        "reporter_quorum",
        "reporters",
        "touched",
    )

    def __init__(self, domain_separator: bytes) -> None:
        assert len(domain_separator) == 32
        self.id = 0
        self.touched = 0
        self.clock_ms = 0
        self.next_account = 1
        self.next_underlying = 1
        self.next_instrument = 1
        self.reporter_quorum = 0
        self.reporter_epoch = 0
        self.fee_pool = 0
        self.insurance_fund = 0
        self.domain_separator = domain_separator
        self.reporters: tuple[bytes, ...] = ()

    @property
    def words(self) -> int:
        """Words of the record."""
        return GLOBAL_WORDS + len(self.reporters)

    def saved(self) -> tuple[int, ...]:
        """Return what ordered ops change, for `restore`: not the clock, which even a void segment
        moves."""
        return self.fee_pool, self.insurance_fund

    def restore(self, saved: tuple[int, ...]) -> None:
        """Set back what `saved` returned."""
        self.fee_pool, self.insurance_fund = saved

    def encode(self) -> bytes:
        """Return the record's bytes."""
        head = pack_global(
            version=RECORD_VERSION,
            clock_ms=self.clock_ms,
            next_account=self.next_account,
            next_underlying=self.next_underlying,
            next_instrument=self.next_instrument,
            reporter_count=len(self.reporters),
            reporter_quorum=self.reporter_quorum,
            reporter_epoch=self.reporter_epoch,
            fee_pool=self.fee_pool,
            insurance_fund=self.insurance_fund,
            domain_separator=int.from_bytes(self.domain_separator, "big"),
        )
        return head + b"".join(
            pack_global_reporter(address=int.from_bytes(address, "big"))
            for address in self.reporters
        )

    @classmethod
    def decode(cls, data: bytes) -> GlobalRecord:
        """Return the venue of a record's bytes."""
        (_, clock, account, underlying, instrument, count, quorum, epoch, pool, fund, domain) = (
            unpack_global(data)
        )
        venue = cls(domain.to_bytes(32, "big"))
        venue.clock_ms = clock
        venue.next_account = account
        venue.next_underlying = underlying
        venue.next_instrument = instrument
        venue.reporter_quorum = quorum
        venue.reporter_epoch = epoch
        venue.fee_pool = pool
        venue.insurance_fund = fund
        offsets = range(GLOBAL_WORDS * 32, (GLOBAL_WORDS + count) * 32, 32)
        venue.reporters = tuple(
            unpack_global_reporter(data, offset)[0].to_bytes(ADDRESS_BYTES, "big")
            for offset in offsets
        )
        return venue
