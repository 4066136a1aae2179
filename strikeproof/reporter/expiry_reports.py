"""What a reporter says of expiries: on every beat forwards and surfaces, in the end the price.

Everything about one expiry is in an `ExpiryDesk`; they come and go as the venue lists and settles.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from strikeproof.client.expiry_report import (
    ExpiryReporter,
    ForwardReport,
    SettlementReport,
    SviTerms,
)
from strikeproof.client.listed_expiry import ListedExpiry
from strikeproof.failure import Rejected, Transient
from strikeproof.operate.expiry_calendar import symbol_day
from strikeproof.reporter.expiry_sources import ExpirySources
from strikeproof.reporter.forward_share import NoForward, checked_share, is_in_window, share_of
from strikeproof.reporter.price_record import PriceRecord
from strikeproof.reporter.price_source import PriceSource, PriceSourceFailed
from strikeproof.reporter.quote_median import (
    NoPriceToReport,
    QuoteRefusal,
    SourceQuote,
    median_price,
)
from strikeproof.reporter.reporter_file import ExpiriesSection
from strikeproof.reporter.reporter_metrics import ReporterAlarm, ReporterMetrics
from strikeproof.reporter.surface_proposal import (
    OwnView,
    Proposals,
    SurfaceRefused,
    Tolerance,
    aged,
    judge,
    proposed,
    proposer_at,
    view_of_quotes,
    view_of_terms,
)
from strikeproof.reporter.term_file import TermFile, TermFileInvalid, read_term_file
from strikeproof.storage_failure import StorageFailed
from strikeproof.wire.constants import PPB
from strikeproof.wire.errors import FailureCode

KEPT: Final = 32  # signed forwards of each expiry
SETTLE_AFTER_BEATS: Final = 2  # the last price of the half hour has been recorded by then
AHEAD_MS_MAX: Final = 5_000  # of another reporter's clock
RECORD_FILE: Final = "prices.sqlite"


class NoSettlement(Transient):
    """The own record covers too little of an expiry's last half hour."""

    code = FailureCode.NO_SETTLEMENT_TO_REPORT

    def __init__(self, covered_ms: int, needed_ms: int) -> None:
        super().__init__(
            f"own prices cover {covered_ms // 1000} s of the last half hour, "
            f"{needed_ms // 1000} s are needed; `reporter settle` says a price by hand"
        )
        self.covered_ms, self.needed_ms = covered_ms, needed_ms


@dataclass(slots=True)
class ExpiryDesk:
    """One expiry: as the venue reports it, its sources, proposals, and what was signed of it."""

    listed: ListedExpiry
    sources: ExpirySources
    proposals: Proposals
    forwards: deque[ForwardReport] = field(default_factory=lambda: deque(maxlen=KEPT))
    settlement: SettlementReport | None = None
    fitting: asyncio.Task[None] | None = None
    proposal: SviTerms | None = None
    """Fitted, and not signed yet."""
    slot: int = -1
    """The last turn that this reporter took."""
    forward_nano_usd: int = 0
    """The newest of its own; 0: none yet."""

    @property
    def name(self) -> str:
        """Return how logs and metrics call it."""
        return f"{self.listed.id} {symbol_day(self.listed.expiry_ms)}"


class ExpiryReports:
    """Signs for one key; the venue says which expiries there are."""

    def __init__(
        self,
        sections: Mapping[int, ExpiriesSection],
        data_dir: Path,
        metrics: ReporterMetrics,
        every_ms: int,
    ) -> None:
        """`sections` by underlying. Raises `StorageFailed`, `WrongSchema`, `TermFileInvalid`,
        `UnknownPriceSource`."""
        self._sections, self._metrics, self._every_ms = sections, metrics, every_ms
        self._desks: dict[int, ExpiryDesk] = {}
        for each in sections.values():
            ExpirySources(each, 0)  # what is wrong is reported at the start, not when one is listed
            if each.term is not None:
                read_term_file(each.term)
        self.record = PriceRecord(data_dir / RECORD_FILE)

    async def close(self) -> None:
        """End sources, fits and the record."""
        for each in list(self._desks.values()):
            await self._leave(each)
        self.record.close()

    def signed_lately(self) -> tuple[list[ForwardReport], list[SettlementReport]]:
        """Return the newest signed forwards, and the settlements that the venue has not taken."""
        desks = self._desks.values()
        forwards = [one for each in desks for one in each.forwards]
        return forwards, [each.settlement for each in desks if each.settlement is not None]

    async def learn(self, listed: Sequence[ListedExpiry]) -> None:
        """Take in what the venue says; begin with expiries that are new, end with settled ones."""
        for each in listed:
            section = self._sections.get(each.underlying)
            desk = self._desks.get(each.id)
            if each.settlement_nano_usd or section is None:
                if desk is not None:
                    await self._leave(desk)
            elif desk is None:
                await self._begin(each, section)
            else:
                desk.listed = each

    async def _begin(self, listed: ListedExpiry, section: ExpiriesSection) -> None:
        desk = ExpiryDesk(
            listed,
            ExpirySources(section, listed.expiry_ms),
            Proposals(self._every_ms, section.surface_stale_ms),
        )
        self._desks[listed.id] = desk
        await desk.sources.start()

    async def _leave(self, desk: ExpiryDesk) -> None:
        del self._desks[desk.listed.id]
        if desk.fitting is not None:
            desk.fitting.cancel()
            await asyncio.gather(desk.fitting, return_exceptions=True)
        self._metrics.forget_expiry(desk.name, desk.sources.names)
        await desk.sources.close()

    def note_price(self, underlying: int, time_ms: int, nano_usd: int) -> None:
        """Keep a price that was found, for settlements."""
        if underlying not in self._sections:
            return
        kind = ReporterAlarm.RECORD_FAILED
        try:
            self.record.note(underlying, time_ms, nano_usd)
        except StorageFailed as error:
            self._metrics.alarm(kind, "record", is_on=True, reason=str(error))
            return
        self._metrics.alarm(kind, "record", is_on=False)

    async def step(
        self, time_ms: int, prices: Mapping[int, int], by: ExpiryReporter, reporters: int
    ) -> list[ForwardReport | SettlementReport]:
        """Return what is signed at a beat. `prices`: of the underlyings that have one now,
        nano-USD; `reporters`: how many the venue has."""
        answers = await asyncio.gather(
            *(
                self._said(each, time_ms, prices.get(each.listed.underlying), by, reporters)
                for each in list(self._desks.values())
            )
        )
        return [one for said in answers for one in said]

    async def _said(
        self, desk: ExpiryDesk, time_ms: int, price: int | None, by: ExpiryReporter, reporters: int
    ) -> Sequence[ForwardReport | SettlementReport]:
        listed = desk.listed
        if time_ms >= listed.expiry_ms:
            return self._settlement(desk, time_ms, by)
        age_ms = time_ms - listed.publish_time_ms
        if listed.publish_time_ms:
            self._metrics.forward_age.labels(desk.name).set(max(0, age_ms) / 1000)
        if price is None:
            return []  # NO_PRICE is reported already
        kind = ReporterAlarm.NO_FORWARD
        try:
            share = await self._share(desk, time_ms, price)
        except NoForward as error:
            self._metrics.alarm(kind, desk.name, is_on=True, reason=error.reason)
            return []
        self._metrics.alarm(kind, desk.name, is_on=False)
        self._metrics.forward_share.labels(desk.name).set(share / PPB)
        desk.forward_nano_usd = price * share // PPB
        said = [self._forward(desk, time_ms, share, by)]
        return [*said, *self._proposal(desk, time_ms, by, reporters)]

    def _forward(
        self, desk: ExpiryDesk, time_ms: int, share_ppb: int, by: ExpiryReporter
    ) -> ForwardReport:
        surface = desk.proposals.signed_at(time_ms, desk.listed.surface)
        report = ForwardReport(desk.listed.id, time_ms, share_ppb, surface).signed(by)
        desk.forwards.append(report)
        if surface.time_ms:
            age_ms = max(0, time_ms - surface.time_ms)
            self._metrics.surface_age.labels(desk.name).set(age_ms / 1000)
        return report

    async def _share(self, desk: ExpiryDesk, time_ms: int, price: int) -> int:
        """Return the forward as a share of the index. Raises `NoForward`."""
        section, expiry_ms = self._sections[desk.listed.underlying], desk.listed.expiry_ms
        if is_in_window(expiry_ms, time_ms):
            return PPB
        reason = "there are no sources"
        if desk.sources.forwards:
            quotes = [
                each
                for each in await asyncio.gather(*map(self._quote, desk.sources.forwards))
                if each
            ]
            try:
                found = median_price(quotes, time_ms + self._every_ms, section.rule)
            except NoPriceToReport as error:
                self._count(error.refused)
                reason = str(error)
            else:
                self._count(found.refused)
                share = share_of(found.nano_usd, price)
                return checked_share(share, expiry_ms, time_ms, section.carry_max_ppm)
        term = _term(section)
        if term is None:
            raise NoForward(reason)
        share = term.share_ppb(expiry_ms - time_ms)
        return checked_share(share, expiry_ms, time_ms, section.carry_max_ppm)

    async def _quote(self, source: PriceSource) -> SourceQuote | None:
        kind = ReporterAlarm.SOURCE_FAILED
        try:
            quote = await source.quote()
        except PriceSourceFailed as error:
            self._metrics.source_failures.labels(error.source).inc()
            self._metrics.alarm(kind, error.source, is_on=True, reason=error.reason)
            return None
        self._metrics.alarm(kind, quote.source, is_on=False)
        return quote

    def _count(self, refused: Sequence[tuple[SourceQuote, QuoteRefusal]]) -> None:
        for _, reason in refused:
            self._metrics.quotes_refused.labels(reason.value).inc()

    # --- surfaces ---

    def _proposal(
        self, desk: ExpiryDesk, time_ms: int, by: ExpiryReporter, reporters: int
    ) -> list[ForwardReport]:
        """Return this reporter's proposal, if one is ready; begin one if it is its turn."""
        section = self._sections[desk.listed.underlying]
        ready, desk.proposal = desk.proposal, None
        slot = time_ms // section.surface_every_ms
        mine = proposer_at(time_ms, section.surface_every_ms, max(1, reporters)) == by.reporter
        has_views = bool(section.quotes) or section.term is not None
        if mine and has_views and desk.slot != slot and desk.fitting is None:
            desk.slot = slot
            desk.fitting = asyncio.create_task(self._fit(desk, time_ms))
        if ready is None:
            return []
        said = aged(ready, desk.listed.expiry_ms, time_ms)
        share = desk.forwards[-1].forward_ppb
        report = ForwardReport(desk.listed.id, time_ms, share, said).signed(by)
        desk.forwards.append(report)
        desk.proposals.accept(said, by.reporter)
        self._metrics.surfaces_proposed.labels(desk.name).inc()
        return [report]

    async def _fit(self, desk: ExpiryDesk, time_ms: int) -> None:
        kind = ReporterAlarm.NO_SURFACE
        try:
            view = await self._view(desk, time_ms, time_ms)
            if view is not None:
                tolerance = _tolerance(self._sections[desk.listed.underlying])
                desk.proposal = await asyncio.to_thread(
                    proposed, view, desk.name, time_ms, tolerance
                )
            self._metrics.alarm(kind, desk.name, is_on=False)
        except Exception as error:  # whatever sources, plug-ins and solvers make it raise
            self._metrics.alarm(kind, desk.name, is_on=True, reason=_reason(error))
        finally:
            desk.fitting = None

    async def _view(self, desk: ExpiryDesk, time_ms: int, at_ms: int) -> OwnView | None:
        """Return what this reporter believes now, by the term file of a surface at `at_ms`; None
        if it believes nothing. Raises `SurfaceRefused`."""
        section = self._sections[desk.listed.underlying]
        reason = ""
        try:
            quoted = await desk.sources.option_quotes(time_ms)
            if quoted is not None:
                return view_of_quotes(quoted)
        except PriceSourceFailed as error:
            reason = str(error)
        left_ms, forward = desk.listed.expiry_ms - at_ms, desk.forward_nano_usd
        if section.term is not None:
            try:
                terms = read_term_file(section.term).svi(left_ms, forward, at_ms)
            except TermFileInvalid as error:
                raise SurfaceRefused(str(error)) from None
            if terms is not None:
                return view_of_terms(terms, forward, max(1, left_ms // 1000))
        if reason:
            raise SurfaceRefused(reason)
        return None

    async def hear(self, reports: Sequence[ForwardReport], time_ms: int, place: int) -> None:
        """Judge the proposals among other reporters' signed forwards: of each reporter and expiry
        the newest, once. Each costs a look at the own sources, and a liar would sign many."""
        newest: dict[tuple[int, int], ForwardReport] = {}
        for each in reports:
            desk = self._desks.get(each.expiry)
            if desk is None or each.reporter == place or not self._is_new(desk, each, time_ms):
                continue
            key = (each.expiry, each.reporter)
            if key not in newest or each.publish_time_ms > newest[key].publish_time_ms:
                newest[key] = each
        for each in newest.values():
            self._desks[each.expiry].proposals.judged_ms[each.reporter] = each.publish_time_ms
        await asyncio.gather(
            *(self._judge(self._desks[each.expiry], each, time_ms) for each in newest.values())
        )

    def _is_new(self, desk: ExpiryDesk, report: ForwardReport, time_ms: int) -> bool:
        """Whether a report proposes a current surface, newer than what was judged of its signer."""
        at_ms = report.publish_time_ms
        if report.surface.time_ms != at_ms or at_ms == 0:
            return False
        if not desk.forward_nano_usd or at_ms >= desk.listed.expiry_ms:
            return False
        stale_ms = self._sections[desk.listed.underlying].surface_stale_ms
        if not time_ms - stale_ms <= at_ms <= time_ms + AHEAD_MS_MAX:
            return False
        return at_ms > desk.proposals.judged_ms.get(report.reporter, 0)

    async def _judge(self, desk: ExpiryDesk, report: ForwardReport, time_ms: int) -> None:
        section, kind = self._sections[desk.listed.underlying], ReporterAlarm.SURFACE_REFUSED
        tolerance = _tolerance(section)
        seconds = max(1, (desk.listed.expiry_ms - report.publish_time_ms) // 1000)
        try:
            view = await self._view(desk, time_ms, report.publish_time_ms)
            if view is None:
                return  # who believes nothing signs no surface of others
            await asyncio.to_thread(judge, report.surface, seconds, view, tolerance)
        except Exception as error:  # whatever sources, plug-ins and strangers make it raise
            if self._desks.get(desk.listed.id) is not desk:
                return  # settled meanwhile
            self._metrics.surfaces_refused.labels(desk.name).inc()
            self._metrics.alarm(
                kind, desk.name, is_on=True, reporter=report.reporter, reason=_reason(error)
            )
            return
        self._metrics.alarm(kind, desk.name, is_on=False)
        desk.proposals.accept(report.surface, report.reporter)

    # --- the end ---

    def _settlement(
        self, desk: ExpiryDesk, time_ms: int, by: ExpiryReporter
    ) -> list[SettlementReport]:
        """Return the signed settlement price, again on every beat until the venue has taken it."""
        listed, kind = desk.listed, ReporterAlarm.NO_SETTLEMENT
        late_ms = time_ms - listed.expiry_ms
        self._metrics.settlement_late.labels(desk.name).set(late_ms / 1000)
        if late_ms < SETTLE_AFTER_BEATS * self._every_ms:
            return []
        try:
            price = self._price(desk)
            desk.settlement = SettlementReport(listed.id, price).signed(by)
        except (NoSettlement, StorageFailed, Rejected) as error:
            self._metrics.alarm(kind, desk.name, is_on=True, reason=str(error))
            return []
        self._metrics.alarm(kind, desk.name, is_on=False)
        return [desk.settlement]

    def _price(self, desk: ExpiryDesk) -> int:
        """Return what was decided, or decide it. Raises `NoSettlement`, `StorageFailed`."""
        listed = desk.listed
        decided = self.record.settlement(listed.id, listed.expiry_ms)
        if decided is not None:
            return decided
        average = self.record.average(listed.underlying, listed.expiry_ms)
        needed_ms = self._sections[listed.underlying].covered_ms_min
        if average.covered_ms < needed_ms:
            raise NoSettlement(average.covered_ms, needed_ms)
        self.record.settle(listed.id, listed.expiry_ms, average.nano_usd)
        return average.nano_usd


def _term(section: ExpiriesSection) -> TermFile | None:
    """Return the term file, read again: an operator may have replaced it. Raises `NoForward`."""
    if section.term is None:
        return None
    try:
        return read_term_file(section.term)
    except TermFileInvalid as error:
        raise NoForward(str(error)) from None


def _reason(error: Exception) -> str:
    return error.reason if isinstance(error, SurfaceRefused) else repr(error)[:200]


def _tolerance(section: ExpiriesSection) -> Tolerance:
    return Tolerance(section.surface_tolerance_ppm, section.surface_share_min_ppm)
