"""The model of Rollup and Inbox that the simulation runs on says what the real contracts say."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from strikeproof.wire.constants import MessageKind
from strikeproof.wire.operations import encode_withdraw
from strikeproof.wire.units import MicroUsd, Milliseconds
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
    "exit_end": (0, 1, 2**64 - 1),
    "exit_rolling": (bytes(32),),
    "joined": (1, 2, 6, 2**63),
    "segment_count": (0, 1, 1025),
    "law_id": (bytes(32),),
}


def raw(address: str) -> bytes:
    return bytes.fromhex(address[2:])


def exit_op(account: int) -> bytes:
    return encode_withdraw(
        account=account,
        nonce=0,
        expiry_ms=Milliseconds(2**47),
        amount_micro_usd=MicroUsd(1),
    )


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
    deployed_ms = venue.rollup.batch(0).call()[3]
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
        self.venue.send(self.venue.inbox.submit(body), by="trader")
        sender = raw(self.venue.address("trader"))
        self.model.add_message(3, sender, body, self.venue.time)
        assert (
            self.model.messages[-1].rolling
            == self.venue.inbox.rolling(len(self.model.messages)).call()
        )

    def exit(self) -> None:
        """An exit of one of three accounts: refused while the last one of it waits."""
        account = self.chance.randint(1, 3)
        while self.venue.vault.nextAccount().call() <= account:
            self.register()
        body = exit_op(account)
        waits = self.venue.inbox.hasExit(account).call()
        if waits:
            with pytest.raises(Reverted, match="ExitOutstanding"):
                self.venue.send(self.venue.inbox.exit(body), by="trader")
            return
        self.venue.send(self.venue.inbox.exit(body), by="trader")
        self.model.add_exit(raw(self.venue.address("trader")), body, self.venue.time)

    def register(self) -> None:
        owner = raw(self.venue.address("trader"))
        account = self.venue.vault.nextAccount().call()
        self.venue.send(self.venue.vault.register(self.venue.address("trader")), by="trader")
        payload = account.to_bytes(4, "big") + owner
        self.model.add_message(MessageKind.REGISTER, owner, payload, self.venue.time)

    def batch(self) -> Posted:
        count = self.chance.choice((0, 1, 1, 2, 30, 300))
        consume, leave = (self.chance.choice((None, None, 0, 1)) for _ in range(2))
        joined = self.chance.choice((0, 0, 2, 0b110, 0b1010))
        built = self.history.build([b""] * count, consume, leave, joined)
        if self.chance.random() < 0.3:
            name = self.chance.choice(sorted(FIELDS))
            changed = {name: self.chance.choice(FIELDS[name])}
            built = replace(built, header=replace(built.header, **changed))
        if self.chance.random() < 0.1:
            back = self.chance.choice((1_000, (LAG - 1) * 1_000, (LAG + 2) * 1_000, -3_000))
            time_ms = min(2**48 - 1, max(0, built.header.time_ms - back))
            later = replace(built.header, time_ms=time_ms)
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
                entry.exit_end,
                entry.time_ms,
                entry.segment_count,
                entry.pace_seconds,
            )
            assert self.venue.rollup.levels().call() == entry.levels

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

    def bond(self) -> None:
        rival = raw(self.venue.address("rival"))
        before = self.model.bonds.get(rival, 0)
        expected, wei = self.chance.choice((before, before, before + 1, 0)), 10**15
        try:
            self.model.top_up_bond(rival, expected, wei)
            said = "OK"
        except Reverts as revert:
            said = revert.error
        try:
            self.venue.send(self.venue.rollup.topUpBond(expected), "rival", wei)
            found = "OK"
        except Reverted as reverted:
            found = reverted.name
        assert said == found
        self.outcomes.add(found)
        assert self.venue.rollup.bondOf(self.venue.address("rival")).call()[0] == (
            self.model.bonds.get(rival, 0)
        )


@pytest.mark.parametrize("seed", range(2))
def test_model_answers_random_calls_as_the_contracts_do(history: L1History, seed: int) -> None:
    chance = random.Random(seed)
    both = Both(history, chance)
    for _ in range(CALLS):
        turn = chance.choice(
            (both.message, both.exit, both.post, both.post, both.propose, both.bond)
        )
        if chance.random() < 0.1:
            history.venue.wait(chance.choice((FORCE // 2, FORCE, FORCE + GRACE)))
        turn()
    assert "OK" in both.outcomes
    assert len(both.outcomes) > 6, both.outcomes
