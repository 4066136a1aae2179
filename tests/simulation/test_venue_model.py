"""The model of Rollup and Inbox that the simulation runs on says what the real contracts say."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from tests.contracts.l1.l1_history import L1History, Posted, genesis
from tests.contracts.l1.trivial_law import op
from tests.contracts.l1.venue import FORCE, GRACE, LAG, WINDOW, Reverted, Venue
from tests.simulation.venue_model import Reverts, Terms, VenueModel

CALLS = 60
FIELDS = {
    "number": (0, 1, 3, 2**64 - 1),
    "parent": (bytes(32),),
    "epoch": (2,),
    "time_ms": (0, 1, 2**48 - 1),
    "inbox_end": (0, 1, 2**64 - 1),
    "rolling": (bytes(32),),
    "segment_count": (0, 1, 1025),
    "law_id": (bytes(32),),
}


def raw(address: str) -> bytes:
    return bytes.fromhex(address[2:])


def model_of(venue: Venue) -> VenueModel:
    """The model of a deployment without messages or batches."""
    deployed = venue.deployment
    terms = Terms(
        chain_id=deployed.chain_id,
        rollup=raw(deployed.rollup),
        inbox=raw(deployed.inbox),
        law_id=raw(deployed.law_id),
        genesis_root=genesis(venue).root(),
        max_lag_seconds=LAG,
        force_inclusion_seconds=FORCE,
        grace_seconds=GRACE,
        window_seconds=WINDOW,
        bond_wei=venue.rollup.bondWei().call(),
        ordered_rate=venue.config.ordered_rate,
        inbox_rate=venue.config.inbox_rate,
        ordered_burst=venue.config.ordered_burst,
        inbox_burst=venue.config.inbox_burst,
    )
    deployed_ms = venue.rollup.batch(0).call()[2]
    return VenueModel.deployed(terms, raw(venue.address("sequencer")), deployed_ms // 1000)


class Both:
    """The contracts and their model, given the same calls."""

    def __init__(self, history: L1History, chance: random.Random) -> None:
        self.history, self.venue, self.chance = history, history.venue, chance
        self.model = model_of(history.venue)
        self.model.deposit_bond(raw(self.venue.address("proposer")), self.model.terms.bond_wei)
        self.outcomes: set[str] = set()
        self.claimed: dict[int, list[bytes]] = {0: [self.model.terms.genesis_root]}

    def message(self) -> None:
        body = op(200, self.chance.randbytes(4))
        fee = self.venue.config.inbox_fee_wei
        self.venue.send(self.venue.inbox.submit(body), by="trader", value=fee)
        sender = raw(self.venue.address("trader"))
        self.model.add_message(3, sender, body, self.venue.time)
        assert (
            self.model.messages[-1].rolling
            == self.venue.inbox.rolling(len(self.model.messages)).call()
        )

    def batch(self) -> Posted:
        count = self.chance.choice((0, 1, 1, 2, 30, 300))
        built = self.history.build([b""] * count, self.chance.choice((None, None, 0, 1)))
        if self.chance.random() < 0.3:
            name = self.chance.choice(sorted(FIELDS))
            changed = {name: self.chance.choice(FIELDS[name])}
            built = replace(built, header=replace(built.header, **changed))
        if self.chance.random() < 0.1:
            back = self.chance.choice((1_000, (LAG - 1) * 1_000, (LAG + 2) * 1_000, -3_000))
            later = replace(built.header, time_ms=max(0, built.header.time_ms - back))
            built = replace(built, header=later)
        return built

    def post(self) -> None:
        built = self.batch()
        by = self.chance.choice(("sequencer", "sequencer", "sequencer", "anyone"))
        after = self.chance.choice((1, 1, 5, 40))
        time = self.venue.time + after
        try:
            self.model.post_batch(raw(self.venue.address(by)), built.data, time)
            said = "OK"
        except Reverts as revert:
            said = revert.error
        try:
            self.venue.send(self.venue.rollup.postBatch(built.data), by, after=after)
            found = "OK"
            self.history.batches[built.header.number] = built
        except Reverted as reverted:
            found = reverted.name
        assert said == found
        self.outcomes.add(found)
        if found == "OK":
            number = len(self.model.batches) - 1
            entry = self.model.batches[number]
            assert self.venue.rollup.batch(number).call() == (
                entry.hash,
                entry.inbox_end,
                entry.time_ms,
                entry.segment_count,
                entry.ordered_level,
                entry.inbox_level,
                entry.pace_seconds,
            )

    def propose(self) -> None:
        number = len(self.model.claims)
        entry = self.model.batches[min(number, len(self.model.batches) - 1)]
        parent = self.model.claims[-1]
        roots = [parent.last_root] + [self.chance.randbytes(32) for _ in range(entry.segment_count)]
        if self.chance.random() < 0.2:
            roots = self.chance.choice((roots[1:], [bytes(32), *roots[1:]]))
        parent_hash = self.chance.choice((parent.hash,) * 5 + (bytes(32),))
        by = self.chance.choice(("proposer", "proposer", "rival"))
        try:
            self.model.propose(
                raw(self.venue.address(by)), entry.hash, parent_hash, roots, self.venue.time + 1
            )
            said = "OK"
        except Reverts as revert:
            said = revert.error
        try:
            call = self.venue.rollup.propose(entry.hash, parent_hash, roots)
            self.venue.send(call, by)
            found = "OK"
        except Reverted as reverted:
            found = reverted.name
        assert said == found
        self.outcomes.add(found)
        if found == "OK":
            claim = self.venue.rollup.claim(number).call()
            assert claim[0] == self.model.claims[number].hash
            assert claim[3] == self.model.claims[number].deadline


@pytest.mark.parametrize("seed", range(2))
def test_model_answers_random_calls_as_the_contracts_do(history: L1History, seed: int) -> None:
    chance = random.Random(seed)
    both = Both(history, chance)
    for _ in range(CALLS):
        turn = chance.choice((both.message, both.post, both.post, both.propose))
        if chance.random() < 0.05:
            history.venue.wait(FORCE + chance.choice((0, GRACE)))
        turn()
    assert "OK" in both.outcomes
    assert len(both.outcomes) > 6, both.outcomes
