"""Lies about a block trade are disproved on L1 (attack 53): half of one, a consent that stays
good."""

from __future__ import annotations

from dataclasses import replace

import pytest

from strikeproof.client.operation import BlockLeg, block_of
from strikeproof.client.typed_data import consent_hash, digest
from strikeproof.devnet.fraud.executed_segment import FraudScene, execute, root_of
from strikeproof.devnet.fraud.kinds import fraud
from strikeproof.sequencer.core.engine_event import BlockFill
from strikeproof.sequencer.core.snapshot import read_records
from strikeproof.wire.units import Lots, Milliseconds, Ppm, Ticks
from tests.integration.verifier.nodes import make_node, turns
from tests.integration.verifier.real_venue import RealVenue

NEVER = Milliseconds(2**47)


@pytest.fixture(scope="module")
def agreed() -> tuple[RealVenue, FraudScene]:
    """A venue whose last segment is a block trade, and that segment."""
    venue = RealVenue()
    venue.trade(3)
    instrument = venue.engine.instrument(1)
    assert instrument is not None
    leg = BlockLeg(1, True, Ticks(instrument.mark_price), Lots(7))
    trade = replace(
        block_of(1, 2, [leg], nonce=150),
        expiry_ms=NEVER,
        max_fee_ppm=Ppm(50_000),
        counterparty_nonce=151,
        counterparty_expiry_ms=NEVER,
        counterparty_max_fee_ppm=Ppm(50_000),
    )
    signed = digest(venue.market.domain.separator, consent_hash(trade))
    trade = replace(trade, counterparty_signature=venue.market._wallets[1].sign_digest(signed))
    start = dict(read_records(venue.engine.snapshot()))
    venue.trade(0, [venue.market._index_price(1)], [venue.signed(trade, 1)])
    priced, data = venue.inputs[-1][-2:]
    before, _ = execute(start, priced)
    after, result = execute(before, data)
    scene = FraudScene(data, before, after, result)
    assert root_of(after) == venue.batches[-1][1][-1]
    assert [each.lots for each in scene.events(BlockFill)] == [7]
    return venue, scene


@pytest.mark.parametrize("name", ["half-block", "reusable-consent"])
def test_lie_about_a_block_trade_is_disproved(agreed, tmp_path, name):
    venue, scene = agreed
    records = fraud(name)(scene)
    assert records is not None
    batch = len(venue.batches)
    roots = [*venue.batches[-1][1][:-1], root_of(records)]
    fork, claims = venue.chain.head_number, list(venue.claims)
    try:
        for number in range(1, batch):
            venue.propose(number)
        venue.propose(batch, roots)
        node = make_node(venue, tmp_path, control={"every_segments": 0})
        for _ in range(12):
            turns(venue, node, 1)
            if venue.rollup_call("claimCount") == (batch,):
                break
        assert venue.rollup_call("claimCount") == (batch,)
        node.close()
    finally:
        venue.chain.rewind(fork)
        venue.claims[:] = claims
