"""A verifier sees that nobody revalues an account that no longer meets portfolio margin."""

from __future__ import annotations

from strikeproof.verifier.watch.upkeep_watch import Episode, Subject, UpkeepKind
from strikeproof.wire.constants import OPTION_STALE_MS
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
    found = followed.look()
    assert REVALUATION not in found
    assert Subject(UpkeepKind.BELOW_MAINTENANCE, 1) in found
    ended = Episode(REVALUATION, since_ms, followed.watch.clock_ms)
    assert ended in followed.watch.ended


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
