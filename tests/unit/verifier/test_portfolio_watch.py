"""A verifier sees that nobody revalues an account that no longer meets portfolio margin."""

from __future__ import annotations

from strikeproof.verifier.watch.upkeep_watch import Episode, Subject, UpkeepKind
from strikeproof.wire.constants import (
    AUCTION_DURATION_MS,
    AUCTION_EQUITY_MIN_PPM,
    OPTION_STALE_MS,
    PPM,
)
from strikeproof.wire.errors import Result
from tests.property.upkeep.test_verifier_watch import FollowedState
from tests.unit.core.option_venue import CALL, EXPIRY_MS, INDEX
from tests.unit.core.test_portfolio_margin import PortfolioVenue
from tests.unit.sequencer.upkeep.test_portfolio_upkeep import converted

REVALUATION = Subject(UpkeepKind.REVALUATION, 1)


def fallen() -> tuple[PortfolioVenue, FollowedState, int]:
    """Return a venue whose account 1 has just fallen below portfolio maintenance, who follows it,
    and the index."""
    venue = converted()
    followed = FollowedState(venue.engine)
    index = INDEX
    assert REVALUATION not in followed.look()
    while venue.asked(1).equity >= venue.asked(1).maintenance:
        assert REVALUATION not in followed.look()
        index = index * 101 // 100
        venue.fresh(index)
    return venue, followed, index


def test_it_says_for_how_long_an_account_was_not_revalued() -> None:
    venue, followed, index = fallen()
    assert REVALUATION in followed.look()
    since_ms = followed.watch.clock_ms
    for _ in range(3):
        venue.now += 10_000
        venue.fresh(index)
        assert REVALUATION in followed.look()
    assert followed.watch.longest_ms(UpkeepKind.REVALUATION) == followed.watch.clock_ms - since_ms
    assert Subject(UpkeepKind.BELOW_MAINTENANCE, 1) not in followed.look()
    assert venue.revalue(1) == Result.OK
    assert REVALUATION not in followed.look()
    ended = Episode(REVALUATION, since_ms, followed.watch.clock_ms)
    assert ended in followed.watch.ended


def test_it_says_that_an_auction_was_not_ended() -> None:
    venue, followed, index = fallen()
    assert venue.revalue(1) == Result.OK
    begun_ms = venue.engine.venue().clock_ms
    while venue.now + 20_000 < begun_ms + AUCTION_DURATION_MS:
        venue.now += 10_000
        venue.fresh(index)
        assert REVALUATION not in followed.look()
    # Its time is over.
    venue.now = begun_ms + AUCTION_DURATION_MS
    venue.fresh(index)
    assert REVALUATION in followed.look()
    assert venue.revalue(1) == Result.OK
    found = followed.look()
    assert REVALUATION not in found
    assert Subject(UpkeepKind.BELOW_MAINTENANCE, 1) in found


def test_it_says_that_an_account_that_meets_maintenance_is_still_auctioned() -> None:
    venue, followed, _ = fallen()
    assert venue.revalue(1) == Result.OK
    assert REVALUATION not in followed.look()
    asked = venue.asked(1)
    venue.deposit(1, asked.maintenance - asked.equity - 1)
    assert REVALUATION not in followed.look()
    venue.deposit(1, 1)
    assert REVALUATION in followed.look()
    assert venue.revalue(1) == Result.OK
    assert REVALUATION not in followed.look()


def test_it_says_that_an_account_is_auctioned_with_too_little_equity() -> None:
    venue, followed, index = fallen()
    assert venue.revalue(1) == Result.OK
    while True:
        asked = venue.asked(1)
        if asked.equity * PPM < asked.maintenance * AUCTION_EQUITY_MIN_PPM:
            break
        assert REVALUATION not in followed.look()
        index = index * 110 // 100
        venue.fresh(index)
    assert REVALUATION in followed.look()


def test_nothing_is_withheld_while_prices_are_old() -> None:
    venue, followed, index = fallen()
    assert REVALUATION in followed.look()
    venue.now += OPTION_STALE_MS + 1
    venue.price(index)
    assert venue.revalue(1) == Result.PORTFOLIO_STALE
    assert REVALUATION not in followed.look()
    venue.fresh(index)
    assert REVALUATION in followed.look()


def test_positions_of_such_an_account_in_settled_options_are_seen() -> None:
    venue = converted()
    followed = FollowedState(venue.engine)
    subject = Subject(UpkeepKind.SETTLEMENT, 1)
    assert subject not in followed.look()
    venue.now = EXPIRY_MS
    assert venue.settle_expiry(INDEX) == Result.OK
    assert venue.reprice(CALL) == Result.OK
    assert subject in followed.look()
