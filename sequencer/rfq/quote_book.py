"""Open requests and their quotes: bounded, in memory, forgotten by a restart.

Time is an input, and nothing happens by itself: whoever asks calls `expire` first.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

from strikeproof.sequencer.order.op_place import OpPlace
from strikeproof.sequencer.rfq.quote_request import (
    NEVER,
    MakerQuote,
    QuoteRequest,
    RequestState,
    RequestTerms,
    RfqRefused,
)
from strikeproof.wire.errors import ApiError


@dataclass(frozen=True, slots=True)
class BookLimits:
    """How many may be open."""

    requests: int
    account_requests: int
    host_requests: int
    account_quotes: int
    """Live quotes of one maker."""
    request_quotes: int
    """Live quotes of one request."""


class Expired(NamedTuple):
    """A request that expired, or a maker's quote of one that is still open."""

    request: QuoteRequest
    maker: int = 0
    """0: the request."""


class QuoteBook:
    """Requests by id. What is full refuses what comes, and pushes nobody out."""

    def __init__(self, limits: BookLimits) -> None:
        self._limits = limits
        self._open: dict[int, QuoteRequest] = {}
        self._closed: OrderedDict[int, QuoteRequest] = OrderedDict()
        """As many as may be open: those closed last."""
        self._quotes_of: Counter[int] = Counter()
        self._due_ms = NEVER
        """Before then nothing expires."""

    @property
    def open_count(self) -> int:
        """How many requests are open."""
        return len(self._open)

    @property
    def quote_count(self) -> int:
        """How many quotes are live."""
        return self._quotes_of.total()

    def find(self, id: int) -> QuoteRequest | None:
        """Return a request that is open, or was closed lately."""
        return self._open.get(id) or self._closed.get(id)

    def open_for(self, maker: int) -> Iterator[QuoteRequest]:
        """Yield the open requests that an account is asked to quote, oldest first."""
        return (each for each in self._open.values() if each.is_asked(maker))

    # --- what changes it ---

    def open(self, id: int, terms: RequestTerms, host: str, *, is_disclosed: bool) -> QuoteRequest:
        """Open a request. Raises `RfqRefused`."""
        assert self.find(id) is None, "ids are drawn until one is free"
        limits, now_ms = self._limits, terms.opened_ms
        those = self._open.values()
        mine = [each for each in those if each.terms.account == terms.account]
        _check_room("of the account", mine, limits.account_requests, now_ms)
        of_host = [each for each in those if each.host == host]
        _check_room("of the host", of_host, limits.host_requests, now_ms)
        _check_room("of the node", those, limits.requests, now_ms)
        request = self._open[id] = QuoteRequest(id, terms, host, is_disclosed)
        self._due(request, terms.expiry_ms)
        return request

    def _due(self, request: QuoteRequest, expiry_ms: int) -> None:
        request.due_ms = min(request.due_ms, expiry_ms)
        self._due_ms = min(self._due_ms, expiry_ms)

    def withdraw(self, id: int, account: int) -> QuoteRequest:
        """Close a request of an account. Raises `RfqRefused`."""
        request = self.own(id, account)
        self._close(request, RequestState.WITHDRAWN)
        return request

    def disclose(self, id: int, account: int, maker: int) -> QuoteRequest:
        """Tell a maker, or with 0 everybody that is asked, whose request it is. Raises
        `RfqRefused`."""
        request = self.own(id, account)
        if maker and not request.is_asked(maker):
            raise RfqRefused(ApiError.NOT_FOUND, f"account {maker} is not asked", field="maker")
        if maker:
            request.disclosed_to.add(maker)
        else:
            request.is_disclosed = True
        return request

    def put(self, id: int, quote: MakerQuote, now_ms: int) -> MakerQuote:
        """Take a maker's quote in place of its former one; return it with its version. Raises
        `RfqRefused`."""
        maker = quote.maker
        request = self.quotable(id, maker, is_signed=quote.halves is not None)
        if request.quotes.pop(maker, None) is None:
            self._check_quotes(request, maker, now_ms)
            self._quotes_of[maker] += 1
        numbered = replace(quote, version=request.next_version(maker))
        request.quotes[maker] = numbered
        self._due(request, quote.expiry_ms)
        return numbered

    def _check_quotes(self, request: QuoteRequest, maker: int, now_ms: int) -> None:
        limits = self._limits
        of_request = request.quotes.values()
        _check_room("of the request", of_request, limits.request_quotes, now_ms)
        if self._quotes_of[maker] >= limits.account_quotes:
            mine = [each.quotes[maker] for each in self._open.values() if maker in each.quotes]
            _check_room("of the account", mine, limits.account_quotes, now_ms)

    def withdraw_quote(self, id: int, maker: int) -> QuoteRequest:
        """Take a maker's quote out. Raises `RfqRefused`."""
        request = self.asked(id, maker)
        if maker not in request.quotes:
            raise RfqRefused(ApiError.QUOTE_GONE)
        self._drop(request, maker)
        return request

    def acceptable(self, id: int, account: int, maker: int, version: int) -> MakerQuote:
        """Return the signed quote that the requester may accept: a live one, or, for a second
        attempt after a lost answer, one that was traded. Raises `RfqRefused`."""
        request = self.asked_by(id, account)
        traded = request.trades.get(maker)
        if traded is not None and traded[0].version == version:
            return traded[0]
        if request.state is not RequestState.OPEN:
            raise _closed(request)
        quote = request.quotes.get(maker)
        if quote is None or quote.version != version:
            raise RfqRefused(ApiError.QUOTE_GONE, maker=maker, version=version)
        if quote.halves is None:
            raise RfqRefused(ApiError.QUOTE_UNSIGNED, maker=maker, version=version)
        return quote

    def traded(self, id: int, quote: MakerQuote, place: OpPlace) -> QuoteRequest | None:
        """Note that a quote was traded, whatever became of the request meanwhile: the order has
        decided. None: it is forgotten already."""
        request = self.find(id)
        if request is None:
            return None
        request.trades[quote.maker] = (quote, place)
        if request.state is RequestState.OPEN:
            self._close(request, RequestState.TRADED)
        request.state = RequestState.TRADED
        return request

    def expire(self, now_ms: int) -> list[Expired]:
        """Close what has expired and drop quotes that have; return what did."""
        if now_ms < self._due_ms:
            return []
        expired = []
        for request in [each for each in self._open.values() if each.due_ms <= now_ms]:
            if request.expiry_ms <= now_ms:
                self._close(request, RequestState.EXPIRED)
                expired.append(Expired(request))
                continue
            for quote in list(request.quotes.values()):
                if quote.expiry_ms <= now_ms:
                    self._drop(request, quote.maker)
                    expired.append(Expired(request, quote.maker))
            times = (each.expiry_ms for each in request.quotes.values())
            request.due_ms = min((request.expiry_ms, *times))
        self._due_ms = min((each.due_ms for each in self._open.values()), default=NEVER)
        return expired

    def _drop(self, request: QuoteRequest, maker: int) -> None:
        del request.quotes[maker]
        self._quotes_of[maker] -= 1
        if not self._quotes_of[maker]:
            del self._quotes_of[maker]

    def _close(self, request: QuoteRequest, state: RequestState) -> None:
        for maker in list(request.quotes):
            self._drop(request, maker)
        request.state = state
        del self._open[request.id]
        self._closed[request.id] = request
        while len(self._closed) > self._limits.requests:
            self._closed.popitem(last=False)

    # --- what a caller may name ---

    def seen(self, id: int, account: int) -> QuoteRequest:
        """Return a request, closed or not, of an account or that it is asked to quote. Raises
        `RfqRefused`."""
        request = self.find(id)
        if request is None or not (request.terms.account == account or request.is_asked(account)):
            raise _unknown(id)
        return request

    def asked_by(self, id: int, account: int) -> QuoteRequest:
        """Return a request, closed or not, of an account. Raises `RfqRefused`."""
        request = self.find(id)
        if request is None or request.terms.account != account:
            raise _unknown(id)
        return request

    def own(self, id: int, account: int) -> QuoteRequest:
        """Return an open request of an account. Raises `RfqRefused`."""
        request = self.asked_by(id, account)
        if request.state is not RequestState.OPEN:
            raise _closed(request)
        return request

    def asked(self, id: int, maker: int) -> QuoteRequest:
        """Return an open request that an account is asked to quote. Raises `RfqRefused`."""
        request = self.seen(id, maker)
        if request.terms.account == maker:
            raise _unknown(id)
        if request.state is not RequestState.OPEN:
            raise _closed(request)
        return request

    def quotable(self, id: int, maker: int, *, is_signed: bool) -> QuoteRequest:
        """Return an open request that a maker may quote in this way. Raises `RfqRefused`.

        To be asked before a consent is looked at: it names the requester, so whether it is good
        would tell a maker from which of its guesses an anonymous request comes.
        """
        request = self.asked(id, maker)
        if is_signed is not request.is_disclosed_to(maker):
            wanted = "an indicative" if is_signed else "a signed"
            raise RfqRefused(ApiError.QUOTE_UNSIGNED, f"{wanted} quote is needed here")
        return request


def _unknown(id: int) -> RfqRefused:
    return RfqRefused(ApiError.NOT_FOUND, f"no request {id}", field="request")


def _closed(request: QuoteRequest) -> RfqRefused:
    return RfqRefused(ApiError.REQUEST_CLOSED, state=request.state.name)


def _check_room(
    whose: str, those: Collection[QuoteRequest] | Collection[MakerQuote], most: int, now_ms: int
) -> None:
    """Raise `RfqRefused` if as many are open as may be."""
    if len(those) < most:
        return
    expiries = [each.expiry_ms for each in those]
    raise RfqRefused(
        ApiError.TOO_MANY_OPEN,
        f"{len(those)} {whose} are open",
        open=len(those),
        retry_after_ms=max(1, min(expiries) - now_ms),
    )
