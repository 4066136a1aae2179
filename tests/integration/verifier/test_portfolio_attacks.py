"""Lies about portfolio margin are disproved on L1 (attack 52): whoever meets it put out of it,
whoever does not kept, money paid out that it holds back, an array hidden, a certificate invented,
and a code that an old array gave passed over."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from strikeproof.bench.max_declared_segment import max_declared_segment
from strikeproof.client.operation import BlockLeg, SetMarginMode, Withdraw, block_of
from strikeproof.client.typed_data import consent_hash, digest
from strikeproof.devnet.fraud.executed_segment import FraudScene, Records, edit, execute, root_of
from strikeproof.ordered_form import ordered_op
from strikeproof.sequencer.core.record_key import GLOBAL_KEY, ID_BITS, account_key
from strikeproof.sequencer.core.snapshot import read_records
from strikeproof.verifier.wiring import VerifierParts
from strikeproof.wire.constants import OPTION_STALE_MS
from strikeproof.wire.errors import Result
from strikeproof.wire.layout import (
    ACCOUNT_GROUP,
    ARRAY_KIND,
    CERTIFICATE_GROUP,
    CERTIFICATE_KIND,
    GLOBAL_GROUP,
)
from strikeproof.wire.operations import encode_reprice, encode_revalue
from strikeproof.wire.units import Lots, MicroUsd, Milliseconds, Ppm, Ticks
from tests.agreement.edges import field_of
from tests.integration.verifier.real_venue import RealVenue
from tests.integration.verifier.test_option_lies import CALL, priced_venue

NEVER = Milliseconds(2**47)
HOLDER = 1  # under portfolio margin, short of calls
LOTS = Lots(100_000)
_CERTIFICATE = CERTIFICATE_KIND << ID_BITS | HOLDER


def post(venue: RealVenue, *segments: list[bytes]) -> None:
    """Post a batch of segments now."""
    time_ms = venue.now_ms()
    timed = [max_declared_segment(time_ms, list(map(ordered_op, ops))) for ops in segments]
    venue.post_timed_batch(timed, time_ms)


def price(venue: RealVenue) -> bytes:
    venue.market.now_ms = Milliseconds(max(venue.market.now_ms, venue.now_ms() - 5_000))
    return venue.market._index_price(1)


def withdrawal(venue: RealVenue, amount: int, nonce: int) -> bytes:
    return venue.signed(Withdraw(HOLDER, nonce, NEVER, MicroUsd(amount)), HOLDER)


def hedged_venue(later_ms: int = 0) -> RealVenue:
    """Return a venue where an account has sold calls, and come under portfolio margin."""
    venue = priced_venue(later_ms)
    call = venue.engine.instrument(CALL)
    assert call is not None
    leg = BlockLeg(CALL, True, Ticks(call.mark_price), LOTS)
    trade = replace(
        block_of(HOLDER, 2, [leg], nonce=150),
        expiry_ms=NEVER,
        max_fee_ppm=Ppm(50_000),
        counterparty_nonce=151,
        counterparty_expiry_ms=NEVER,
        counterparty_max_fee_ppm=Ppm(50_000),
    )
    signed = digest(venue.market.domain.separator, consent_hash(trade))
    trade = replace(trade, counterparty_signature=venue.market._wallets[1].sign_digest(signed))
    mode = SetMarginMode(HOLDER, 152, NEVER, 1)
    post(venue, [venue.signed(trade, HOLDER), venue.signed(mode, HOLDER)])
    view = venue.engine.account(HOLDER)
    assert view is not None
    assert view.portfolio_underlying == 1
    return venue


def revalued_when_healthy(venue: RealVenue) -> None:
    post(venue, [encode_revalue(account=HOLDER)])


def revalued_when_stale(venue: RealVenue) -> None:
    venue.skip_time(OPTION_STALE_MS // 1_000 + 1)
    post(venue, [price(venue)], [encode_revalue(account=HOLDER)])


def overdrawn(venue: RealVenue) -> None:
    view = venue.engine.account(HOLDER)
    assert view is not None
    post(venue, [withdrawal(venue, view.equity, 153)])


def ruined(venue: RealVenue) -> None:
    """The account withdraws what it may, and the price rises until it is put out."""
    view, asked = venue.engine.account(HOLDER), venue.engine.portfolio(HOLDER)
    assert view is not None and asked is not None
    grown = asked.initial_margin * 107 // 100
    post(venue, [withdrawal(venue, view.equity - grown, 153)])
    for _ in range(8):
        venue.market._mid[1] += venue.market._mid[1] // 25
        venue.skip_time(2)
        post(venue, [price(venue), encode_reprice(instrument=CALL)])
        post(venue, [encode_revalue(account=HOLDER)])
        view = venue.engine.account(HOLDER)
        assert view is not None
        if not view.portfolio_underlying:
            return


def put_out(scene: FraudScene) -> Records:
    """The account comes under standard margin, whatever its revaluation said."""
    return _edited(scene, margin_mode=0, portfolio_underlying=0)


def kept(scene: FraudScene) -> Records:
    """The account stays under portfolio margin, which it does not meet."""
    return _edited(scene, margin_mode=1, portfolio_underlying=1)


def paid(scene: FraudScene) -> Records:
    """The withdrawal is made as if portfolio margin held nothing back."""
    record, head = scene.after[account_key(HOLDER)], scene.after[GLOBAL_KEY]
    amount = 1_000 * 10**6
    money = {
        "collateral": field_of(record, ACCOUNT_GROUP, "collateral") - amount,
        "withdrawn": field_of(record, ACCOUNT_GROUP, "withdrawn") + amount,
    }
    liabilities = field_of(head, GLOBAL_GROUP, "liabilities") - amount
    return _edited(scene, **money) | {GLOBAL_KEY: edit(head, GLOBAL_GROUP, liabilities=liabilities)}


def hidden_array(scene: FraudScene) -> Records:
    """An option's array is gone: whoever holds the option can no longer be revalued."""
    key = ARRAY_KIND << ID_BITS | CALL
    return {each: record for each, record in scene.after.items() if each != key}


def invented_certificate(scene: FraudScene) -> Records:
    """The account has a certificate of another time than its revaluation's."""
    record = edit(scene.after[_CERTIFICATE], CERTIFICATE_GROUP, time_ms=10**12, losses_0=0)
    return {**scene.after, _CERTIFICATE: record}


def _edited(scene: FraudScene, **fields: int) -> Records:
    key = account_key(HOLDER)
    return {**scene.after, key: edit(scene.after[key], ACCOUNT_GROUP, **fields)}


def disprove_lie(
    venue: RealVenue,
    story: Callable[[RealVenue], None],
    code: Result,
    lie: Callable[[FraudScene], Records],
    folder: Path,
) -> None:
    """Play a story whose last op has this result, lie about what it left, and disprove that."""
    posted = len(venue.batches)
    start = dict(read_records(venue.engine.snapshot()))
    story(venue)
    before, after = start, start
    for inputs in venue.inputs[posted:]:
        for data in inputs:
            before = after
            after, result = execute(before, data)
    scene = FraudScene(data, before, after, result)
    assert scene.result.results == bytes((code,))
    right = venue.batches[-1][1]
    assert root_of(after) == right[-1]
    told = root_of(lie(scene))
    assert told != right[-1]
    parts = VerifierParts(venue.client(), venue.contracts, folder / "verifier.db")
    batch = len(venue.batches)
    try:
        for number in range(1, batch):
            venue.propose(number)
        venue.propose(batch, [*right[:-1], told])
        venue.skip_time(1)
        parts.catch_up()
        claim, row = parts.store.standing_claim(batch), parts.store.batch(batch)
        challenge = parts.challenge_builder.build(claim, row, len(right) - 2)
        assert challenge.right_root == right[-1]
        venue.send(venue.challenger, venue.rollup, challenge.call_data(bytes(32)))
        assert venue.rollup_call("claimCount") == (batch,)
    finally:
        parts.close()


STORIES = [
    (revalued_when_healthy, Result.OK, put_out),
    (revalued_when_healthy, Result.OK, hidden_array),
    (revalued_when_healthy, Result.OK, invented_certificate),
    (revalued_when_stale, Result.PORTFOLIO_STALE, put_out),
    (overdrawn, Result.INSUFFICIENT_COLLATERAL, paid),
    (ruined, Result.OK, kept),
]


@pytest.mark.parametrize(
    ("story", "code", "lie"), STORIES, ids=[each[2].__name__ for each in STORIES]
)
def test_lie_about_portfolio_margin_is_disproved(
    tmp_path,
    story: Callable[[RealVenue], None],
    code: Result,
    lie: Callable[[FraudScene], Records],
):
    disprove_lie(hedged_venue(), story, code, lie, tmp_path)
