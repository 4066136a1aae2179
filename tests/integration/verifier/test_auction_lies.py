"""Lies about auctions are disproved on L1 (attack 52): one that is not begun, or begun long ago, an
account put out at once; a bid that pays the bidder more, keeps the fee from the insurance fund,
sells what was not bought, or leaves the seller in an auction that is over."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from strikeproof.client.operation import Bid
from strikeproof.devnet.fraud.executed_segment import FraudScene, Records, edit
from strikeproof.sequencer.core.auction_event import PortfolioSold
from strikeproof.sequencer.core.record_key import GLOBAL_KEY, account_key
from strikeproof.wire.constants import PPM
from strikeproof.wire.errors import Result
from strikeproof.wire.layout import ACCOUNT_GROUP, CERTIFICATE_GROUP, GLOBAL_GROUP
from strikeproof.wire.operations import encode_reprice, encode_revalue
from strikeproof.wire.units import Milliseconds, Ppm
from tests.agreement.edges import field_of
from tests.integration.verifier.real_venue import RealVenue
from tests.integration.verifier.test_option_lies import CALL
from tests.integration.verifier.test_portfolio_attacks import (
    _CERTIFICATE,
    HOLDER,
    NEVER,
    disprove_lie,
    hedged_venue,
    post,
    price,
    withdrawal,
)

BIDDER = 2
DAY_MS = 86_400_000


def fallen(venue: RealVenue) -> None:
    """Have the holder withdraw what it may, and the price rise until it is auctioned."""
    view, asked = venue.engine.account(HOLDER), venue.engine.portfolio(HOLDER)
    assert view is not None and asked is not None
    grown = asked.initial_margin * 107 // 100
    post(venue, [withdrawal(venue, view.equity - grown, 153)])
    for _ in range(40):
        venue.market._mid[1] += venue.market._mid[1] // 120
        venue.skip_time(2)
        post(venue, [price(venue), encode_reprice(instrument=CALL)])
        post(venue, [encode_revalue(account=HOLDER)])
        if venue.engine.auctions().all(0):
            return
    raise AssertionError("the account was never auctioned")


def begun(venue: RealVenue) -> None:
    fallen(venue)


def bought(venue: RealVenue) -> None:
    """Somebody bids for all that heals the account."""
    fallen(venue)
    (auction,) = venue.engine.auctions().all(0)
    bid = Bid(BIDDER, 0, 154, NEVER, HOLDER, Milliseconds(auction.begun_ms), Ppm(PPM))
    post(venue, [venue.signed(bid, BIDDER)])


def _certificate(scene: FraudScene, **fields: int) -> Records:
    record = edit(scene.after[_CERTIFICATE], CERTIFICATE_GROUP, **fields)
    return {**scene.after, _CERTIFICATE: record}


def not_begun(scene: FraudScene) -> Records:
    """The account goes on as it was: it has a certificate."""
    return {**scene.after, _CERTIFICATE: scene.before[_CERTIFICATE]}


def begun_before(scene: FraudScene) -> Records:
    """The auction began long ago, so its discount is the last one."""
    return _certificate(scene, ends_ms=field_of_certificate(scene) - 900_000)


def put_out(scene: FraudScene) -> Records:
    """The account comes under standard margin at once."""
    record = scene.after[account_key(HOLDER)]
    left = edit(record, ACCOUNT_GROUP, margin_mode=0, portfolio_underlying=0)
    return _certificate(scene, ends_ms=0) | {account_key(HOLDER): left}


def field_of_certificate(scene: FraudScene) -> int:
    return field_of(scene.after[_CERTIFICATE], CERTIFICATE_GROUP, "ends_ms")


def paid_more(scene: FraudScene) -> Records:
    """The bidder is paid a dollar more, by the seller."""
    changed = dict(scene.after)
    for account, sign in ((BIDDER, 1), (HOLDER, -1)):
        record = changed[account_key(account)]
        money = field_of(record, ACCOUNT_GROUP, "collateral") + sign * 10**6
        changed[account_key(account)] = edit(record, ACCOUNT_GROUP, collateral=money)
    return changed


def fee_kept(scene: FraudScene) -> Records:
    """The insurance fund's fee goes to the fee pool."""
    (sold,) = scene.events(PortfolioSold)
    head = scene.after[GLOBAL_KEY]
    pools = {
        "insurance_fund": field_of(head, GLOBAL_GROUP, "insurance_fund") - sold.fee,
        "fee_pool": field_of(head, GLOBAL_GROUP, "fee_pool") + sold.fee,
    }
    return {**scene.after, GLOBAL_KEY: edit(head, GLOBAL_GROUP, **pools)}


def half_sold(scene: FraudScene) -> Records:
    """The seller keeps its positions."""
    return {**scene.after, account_key(HOLDER): scene.before[account_key(HOLDER)]}


def still_auctioned(scene: FraudScene) -> Records:
    """The account meets maintenance again, and is sold further."""
    return {**scene.after, _CERTIFICATE: scene.before[_CERTIFICATE]}


STORIES = [
    (begun, not_begun),
    (begun, begun_before),
    (begun, put_out),
    (bought, paid_more),
    (bought, fee_kept),
    (bought, half_sold),
    (bought, still_auctioned),
]


@pytest.mark.parametrize(("story", "lie"), STORIES, ids=[each[1].__name__ for each in STORIES])
def test_lie_about_an_auction_is_disproved(
    tmp_path,
    story: Callable[[RealVenue], None],
    lie: Callable[[FraudScene], Records],
):
    disprove_lie(hedged_venue(30 * DAY_MS), story, Result.OK, lie, tmp_path)
