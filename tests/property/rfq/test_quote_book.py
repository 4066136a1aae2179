"""The book of requests for quotes against a plain model, on random paths."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from random import Random

import pytest

from strikeproof.sequencer.core.ops.block_trade import Consent
from strikeproof.sequencer.order.op_place import OpPlace
from strikeproof.sequencer.rfq.quote_book import BookLimits, QuoteBook
from strikeproof.sequencer.rfq.quote_request import (
    MakerQuote,
    RequestLeg,
    RequestSide,
    RequestState,
    RequestTerms,
    RfqRefused,
    SignedHalves,
)
from strikeproof.wire.errors import ApiError

ACCOUNTS, HOSTS, STEPS = 6, 3, 1_500
LIMITS = BookLimits(
    requests=5, account_requests=2, host_requests=3, account_quotes=3, request_quotes=2
)
LEGS = (RequestLeg(1, False, 2, 10), RequestLeg(3, True, 1, 1_000))


@dataclass
class Asked:
    """What the model knows of a request."""

    account: int
    host: str
    makers: frozenset[int]
    disclosed: set[int]  # 0: everybody
    expiry_ms: int
    state: str = "OPEN"
    quotes: dict[int, tuple[int, int, bool]] = field(
        default_factory=dict
    )  # version, expiry, signed
    versions: dict[int, int] = field(default_factory=dict)
    traded: dict[int, int] = field(default_factory=dict)  # maker: version

    def is_asked(self, maker: int) -> bool:
        return maker != self.account and (not self.makers or maker in self.makers)

    def knows(self, maker: int) -> bool:
        return 0 in self.disclosed or maker in self.disclosed


class RandomBook:
    """The same steps for the book and for the model."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.book = QuoteBook(LIMITS)
        self.model: dict[int, Asked] = {}
        self.now, self.next_id = 1_000, 1
        self.closed: list[int] = []
        self.states: set[str] = {"OPEN"}

    # What the model says of a step: the refusal's code, or None.

    def _open_ones(self) -> list[Asked]:
        return [each for each in self.model.values() if each.state == "OPEN"]

    def _named(self, id: int, account: int, *, own: bool) -> ApiError | None:
        found = self.model.get(id)
        if found is None or (found.account != account if own else not found.is_asked(account)):
            return ApiError.NOT_FOUND
        return None if found.state == "OPEN" else ApiError.REQUEST_CLOSED

    def _outcome(self, wanted: ApiError | None, step: Callable[[], object]) -> object:
        """Run a step of the book; it ends as the model says."""
        if wanted is None:
            return step()
        with pytest.raises(RfqRefused) as refused:
            step()
        assert refused.value.code == wanted
        if wanted is ApiError.TOO_MANY_OPEN:
            assert int(str(refused.value.details["retry_after_ms"])) > 0
        return None

    def open(self) -> None:
        random = self.random
        account, host = random.randint(1, ACCOUNTS), f"host {random.randrange(HOSTS)}"
        others = [each for each in range(1, ACCOUNTS + 1) if each != account]
        makers = frozenset(random.sample(others, random.choice([0, 0, 2])))
        disclosed = random.random() < 0.5
        expiry = self.now + random.randint(1, 400)
        those = self._open_ones()
        full = (
            sum(each.account == account for each in those) >= LIMITS.account_requests
            or sum(each.host == host for each in those) >= LIMITS.host_requests
            or len(those) >= LIMITS.requests
        )
        terms = RequestTerms(account, LEGS, 5, RequestSide.BOTH, makers, self.now, expiry)
        id = self.next_id
        self.next_id += 1
        self._outcome(
            ApiError.TOO_MANY_OPEN if full else None,
            lambda: self.book.open(id, terms, host, is_disclosed=disclosed),
        )
        if not full:
            known = {0} if disclosed else set[int]()
            self.model[id] = Asked(account, host, makers, known, expiry)

    def withdraw(self, id: int, account: int) -> None:
        wanted = self._named(id, account, own=True)
        self._outcome(wanted, lambda: self.book.withdraw(id, account))
        if wanted is None:
            self._close(self.model[id], "WITHDRAWN")

    def disclose(self, id: int, account: int) -> None:
        maker = self.random.randint(0, ACCOUNTS)
        wanted = self._named(id, account, own=True)
        if wanted is None and maker and not self.model[id].is_asked(maker):
            wanted = ApiError.NOT_FOUND
        self._outcome(wanted, lambda: self.book.disclose(id, account, maker))
        if wanted is None:
            self.model[id].disclosed.add(maker)

    def put(self, id: int, maker: int) -> None:
        signed = self.random.random() < 0.5
        expiry = self.now + self.random.randint(1, 300)
        price = self.random.randint(1, 50)
        wanted = self._named(id, maker, own=False)
        found = self.model.get(id)
        if found is not None and self.random.random() < 0.7:
            signed = found.knows(maker)
        if wanted is None and found is not None:
            expiry = min(expiry, found.expiry_ms)
            mine = sum(maker in each.quotes for each in self._open_ones())
            if found.knows(maker) is not signed:
                wanted = ApiError.QUOTE_UNSIGNED
            elif maker not in found.quotes and (
                len(found.quotes) >= LIMITS.request_quotes or mine >= LIMITS.account_quotes
            ):
                wanted = ApiError.TOO_MANY_OPEN
        halves = SignedHalves(Consent(maker, 0, 0, expiry, 0), b"b", b"a") if signed else None
        quote = MakerQuote(maker, 0, 5, (price, 9), (price + 3, 9), expiry, halves)
        kept = self._outcome(wanted, lambda: self.book.put(id, quote, self.now))
        if wanted is None:
            assert found is not None
            assert isinstance(kept, MakerQuote)
            found.versions[maker] = found.versions.get(maker, 0) + 1
            assert kept.version == found.versions[maker]
            found.quotes[maker] = (kept.version, expiry, signed)

    def withdraw_quote(self, id: int, maker: int) -> None:
        wanted = self._named(id, maker, own=False)
        if wanted is None and maker not in self.model[id].quotes:
            wanted = ApiError.QUOTE_GONE
        self._outcome(wanted, lambda: self.book.withdraw_quote(id, maker))
        if wanted is None:
            del self.model[id].quotes[maker]

    def accept(self, id: int, account: int) -> None:
        maker, version = self.random.randint(1, ACCOUNTS), self.random.randint(1, 3)
        found = self.model.get(id)
        if found is not None and found.quotes and self.random.random() < 0.8:
            maker = self.random.choice(list(found.quotes))
            version = found.quotes[maker][0]
        wanted = None
        if found is None or found.account != account:
            wanted = ApiError.NOT_FOUND
        elif found.traded.get(maker) == version:
            pass  # again, after a lost answer
        elif found.state != "OPEN":
            wanted = ApiError.REQUEST_CLOSED
        elif found.quotes.get(maker, (0, 0, False))[0] != version:
            wanted = ApiError.QUOTE_GONE
        elif not found.quotes[maker][2]:
            wanted = ApiError.QUOTE_UNSIGNED
        quote = self._outcome(wanted, lambda: self.book.acceptable(id, account, maker, version))
        if wanted is None and self.random.random() < 0.5:  # else the law refused it
            assert found is not None
            assert isinstance(quote, MakerQuote)
            if self.random.random() < 0.3 and found.state == "OPEN":
                self.withdraw(id, account)  # the order decides, whatever happens meanwhile
            self.book.traded(id, quote, OpPlace(1, 0, 0))
            found.traded[maker] = version
            self._close(found, "TRADED")

    def expire(self) -> None:
        self.now += self.random.randint(0, 60)
        expired = {(each.request.id, each.maker) for each in self.book.expire(self.now)}
        wanted = set()
        for id, each in list(self.model.items()):
            if each.state != "OPEN":
                continue
            if each.expiry_ms <= self.now:
                self._close(each, "EXPIRED")
                wanted.add((id, 0))
            wanted |= {(id, it) for it, quote in each.quotes.items() if quote[1] <= self.now}
            each.quotes = {
                maker: quote for maker, quote in each.quotes.items() if quote[1] > self.now
            }
        assert expired == wanted

    def _close(self, request: Asked, state: str) -> None:
        if request.state == "OPEN":
            self.closed.append(next(id for id, each in self.model.items() if each is request))
        request.state = state
        request.quotes = {}
        self.states.add(state)
        while len(self.closed) > LIMITS.requests:
            del self.model[self.closed.pop(0)]

    def step(self) -> None:
        named = self.random.randint(max(1, self.next_id - 8), self.next_id)
        if self.model and self.random.random() < 0.7:
            named = self.random.choice(list(self.model))
        account = self.random.randint(1, ACCOUNTS)
        if named in self.model and self.random.random() < 0.6:
            account = self.model[named].account
        maker = self.random.randint(1, ACCOUNTS)
        steps: list[Callable[[], None]] = [
            self.open,
            self.expire,
            partial(self.withdraw, named, account),
            partial(self.disclose, named, account),
            partial(self.withdraw_quote, named, maker),
            *4 * [partial(self.put, named, maker)],
            *3 * [partial(self.accept, named, account)],
        ]
        self.random.choice(steps)()

    def check(self) -> None:
        those = self._open_ones()
        assert self.book.open_count == len(those) <= LIMITS.requests
        assert self.book.quote_count == sum(len(each.quotes) for each in those)
        for id, model in self.model.items():
            found = self.book.find(id)
            assert found is not None
            assert found.state is RequestState[model.state]
            assert {maker: each.version for maker, each in found.quotes.items()} == {
                maker: each[0] for maker, each in model.quotes.items()
            }
            assert {maker: each.version for maker, (each, _) in found.trades.items()} == (
                model.traded
            )
            value = found.terms.structure_value
            bids = [value(each.bid_prices) for each in found.bids()]
            asks = [value(each.ask_prices) for each in found.asks()]
            assert bids == sorted(bids, reverse=True)
            assert asks == sorted(asks)
        for maker in range(1, ACCOUNTS + 1):
            asked = {each.id for each in self.book.open_for(maker)}
            assert asked == {
                id
                for id, each in self.model.items()
                if each.state == "OPEN" and each.is_asked(maker)
            }


@pytest.mark.parametrize("seed", range(12))
def test_the_book_agrees_with_a_plain_model(seed: int) -> None:
    walk = RandomBook(seed)
    for _ in range(STEPS):
        walk.step()
        walk.check()
    assert walk.states == {"OPEN", "EXPIRED", "WITHDRAWN", "TRADED"}
