"""The reporter's configuration file: every field with its unit, default and reason."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, model_validator

from strikeproof.client.connection import check_endpoint
from strikeproof.client.trader_config import TraderL1Section
from strikeproof.config import (
    ClientTlsSection,
    FilePath,
    KeySection,
    LogSection,
    MetricsSection,
    Port,
    Positive,
    Section,
)
from strikeproof.failure import Rejected
from strikeproof.reporter.quote_median import MedianRule
from strikeproof.wire.constants import (
    INDEX_STALE_MS,
    PUBLISH_SPACING_MS,
    SETTLEMENT_COVERED_MS,
    SETTLEMENT_WINDOW_MS,
)


def _endpoint(text: str) -> str:
    try:
        return check_endpoint(text)
    except Rejected:
        raise ValueError("must be host:port") from None


class SourceSection(Section):
    """One source of a price."""

    kind: str
    """`file`, `http`, `websocket`, or the name of a plug-in."""
    name: str | None = None
    """In logs and metrics; absent: the kind and where it reads."""
    path: FilePath | None = None
    url: str | None = None
    send: str | None = None
    """What a websocket is sent after connecting: a subscription."""
    price: str = ""
    """Dotted path to the price in USD, a number or a text; empty: the document is the price."""
    time_ms: str | None = None
    """Dotted path to the price's time in milliseconds; absent: when it was read or written."""
    timeout_seconds: Annotated[float, Field(gt=0, le=60)] = 2.0
    options: dict[str, Any] = Field(default_factory=dict)
    """A plug-in's own settings."""

    @model_validator(mode="after")
    def _has_its_place(self) -> Self:
        if self.kind == "file" and self.path is None:
            raise ValueError("a file needs path")
        schemes = {"http": ("http://", "https://"), "websocket": ("ws://", "wss://")}
        wanted = schemes.get(self.kind)
        if wanted is not None and not (self.url or "").startswith(wanted):
            raise ValueError(f"url must begin with {' or '.join(wanted)}")
        return self

    @property
    def label(self) -> str:
        """Return the source's name. A URL is named by its host: it may hold an access key."""
        if self.name is not None:
            return self.name
        place = self.path.name if self.path is not None else (self.url or "").split("/")[2:3]
        return f"{self.kind} {place if isinstance(place, str) else ''.join(place)}".strip()


class ExpiriesSection(Section):
    """Where the forwards and surfaces of an underlying's expiries come from.

    Expiries are listed and end by themselves, so a source is written once for all of them: in its
    `path`, `url`, `send`, `price`, `time_ms` and `name`, `{day}` is the expiry's day as 04DEC26,
    `{day_unpadded}` as 4DEC26 (so Deribit has it), `{date}` as 2026-12-04, `{ms}` its time in
    milliseconds. A name without any of these has the day behind it.
    """

    forward: list[SourceSection] = Field(default_factory=list)
    """Prices in USD for the expiry: forwards, or another venue's future."""
    sources_min: Positive = 1
    """Sources that must count; fewer, and the term file is used, if there is one."""
    outlier_ppm: Positive = 5_000
    stale_ms: Annotated[int, Field(ge=1, le=INDEX_STALE_MS)] = 15_000
    term: FilePath | None = None
    """Carry, and maybe SVI, by days: for expiries of which nobody quotes anything."""
    quotes: list[SourceSection] = Field(default_factory=list)
    """Option quotes, as `strikeproof risk fit` reads them; the first source that answers counts."""
    carry_max_ppm: Positive = 500_000
    """A forward further from the index than this a year (and CARRY_FREE_PPM) is refused."""
    surface_every_ms: Annotated[int, Field(ge=5_000, le=3_600_000)] = 60_000
    """How often one of the reporters, in turn, proposes a surface. The same in every reporter."""
    surface_stale_ms: Annotated[int, Field(ge=10_000, le=86_400_000)] = 600_000
    """A proposal older than this is no longer signed."""
    surface_tolerance_ppm: Positive = 20_000
    """How far beyond a quote's bid or ask a proposed volatility may lie: two volatility points."""
    surface_share_min_ppm: Annotated[int, Field(ge=1, le=1_000_000)] = 900_000
    """The share of the quotes that must be met."""
    covered_ms_min: Annotated[int, Field(ge=1, le=SETTLEMENT_WINDOW_MS)] = SETTLEMENT_COVERED_MS
    """A settlement is signed if the reporter's own prices cover this much of the last half hour."""

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.forward and self.term is None:
            raise ValueError("forward or term is needed")
        if self.forward and self.sources_min > len(self.forward):
            raise ValueError(f"sources_min {self.sources_min} of {len(self.forward)} sources")
        labels = [each.label for each in (*self.forward, *self.quotes)]
        if len(set(labels)) != len(labels):
            raise ValueError("two sources have one name: give them names")
        return self

    @property
    def rule(self) -> MedianRule:
        """Return when quotes make a forward."""
        return MedianRule(self.sources_min, self.stale_ms, self.outlier_ppm)


class UnderlyingSection(Section):
    """An underlying and where its price comes from."""

    id: Annotated[int, Field(ge=1, lt=2**16)]
    """Its number at the venue, in the order of listing."""
    sources_min: Positive = 1
    """Sources that must count; fewer, and nothing is reported."""
    outlier_ppm: Positive = 5_000
    """A source further than this from the median of all is refused: 0.5 %."""
    stale_ms: Annotated[int, Field(ge=1, le=INDEX_STALE_MS)] = 5_000
    """A source's price older than this is refused."""
    source: Annotated[list[SourceSection], Field(min_length=1)]
    expiries: ExpiriesSection | None = None
    """Absent: forwards, surfaces and settlements of its expiries are left to others."""

    @model_validator(mode="after")
    def _can_agree(self) -> Self:
        if self.sources_min > len(self.source):
            raise ValueError(f"sources_min {self.sources_min} of {len(self.source)} sources")
        labels = [each.label for each in self.source]
        if len(set(labels)) != len(labels):
            raise ValueError("two sources have one name: give them names")
        return self

    @property
    def rule(self) -> MedianRule:
        """Return when its quotes make a price."""
        return MedianRule(self.sources_min, self.stale_ms, self.outlier_ppm)


class ServeSection(Section):
    """Where others read this reporter's signed prices, to put a quorum together."""

    host: str = "127.0.0.1"
    port: Port


class ReporterFile(Section):
    """The whole file."""

    sequencers: list[Annotated[str, AfterValidator(_endpoint)]] = Field(default_factory=list)
    """Where signed prices are sent, host:port each."""
    tls: ClientTlsSection | None = None
    """TLS to the sequencers' APIs; absent: plain text."""
    key: KeySection
    l1: TraderL1Section
    data_dir: FilePath | None = None
    """Keeps this reporter's prices, of which settlements are made; needed with `expiries`."""
    every_ms: Annotated[int, Field(ge=PUBLISH_SPACING_MS, le=INDEX_STALE_MS // 2)] = 1_500
    """How often, and on which grid: reporters sign for multiples of it, so that their prices are of
    the same time and can be put together. The same in every reporter of a venue."""
    underlying: Annotated[list[UnderlyingSection], Field(min_length=1)]
    peers: list[str] = Field(default_factory=list)
    """URLs of other reporters' `[serve]`: whose surfaces are signed too, and for `reporter
    force`."""
    serve: ServeSection | None = None
    metrics: MetricsSection = MetricsSection()
    log: LogSection = LogSection()

    @model_validator(mode="after")
    def _names_each_once(self) -> Self:
        numbers = [each.id for each in self.underlying]
        if len(set(numbers)) != len(numbers):
            raise ValueError("underlying: a number occurs twice")
        if self.data_dir is None and any(each.expiries for each in self.underlying):
            raise ValueError("data_dir: is needed for the record that settlements are made of")
        return self
