"""Triggers whose price has come: the node's heaps and the verifier's lists against a plain scan."""

from __future__ import annotations

from random import Random

import pytest

from strikeproof.sequencer.core.trigger import place_of
from strikeproof.sequencer.core.upkeep_queries import TriggerState
from strikeproof.sequencer.upkeep import trigger_watch
from strikeproof.sequencer.upkeep.trigger_watch import TriggerWatch
from strikeproof.verifier.watch.upkeep_watch import UpkeepKind
from strikeproof.wire.operations import encode_cancel_all, encode_fire_trigger
from tests.property.upkeep.test_verifier_watch import FollowedState
from tests.unit.core.scripted_venue import ScriptedVenue
from tests.unit.core.test_triggers import MARK, NOTHING, TICK, set_op

ACCOUNTS, STEPS = 6, 150


class RandomTriggers:
    """Accounts that set, replace and take back triggers while the price walks."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.venue = ScriptedVenue(accounts=ACCOUNTS)
        for account in range(1, ACCOUNTS + 1):
            self.venue.buy(account, MARK // 2, 10)  # an entry each
        self.level = MARK

    def step(self) -> None:
        random, venue = self.random, self.venue
        account, place = random.randint(1, ACCOUNTS), random.randrange(8)
        roll = random.random()
        if roll < 0.55:
            far = random.randrange(-900, 901)
            venue.segment(
                set_op(
                    venue,
                    account,
                    place,
                    trigger_price=(self.level + far) * TICK,
                    falling=random.randrange(2),
                    by_mark=random.randrange(2),
                    trigger_expiry_ms=random.choice([0, venue.now + random.randrange(60_000)]),
                )
            )
        elif roll < 0.62:
            venue.segment(set_op(venue, account, place, **NOTHING))
        elif roll < 0.66:
            venue.act(account, encode_cancel_all(instrument=1))
            venue.buy(account, MARK // 2, 10)
        elif roll < 0.68:
            venue.set_instrument(1, status=random.choice([1, 1, 3]))
        elif roll < 0.70:
            venue.now += 70_000
            venue.segment()
        else:
            self.level += random.randrange(-400, 401)
            venue.now += 2_000
            venue.report_price(self.level * TICK)

    def due(self) -> list[int]:
        """Return what a scan of all triggers finds."""
        queries = self.venue.engine.upkeep()
        clock_ms = self.venue.engine.clock_ms
        ids = sorted(queries.triggers())
        return [id for id in ids if queries.trigger_state(id, clock_ms) is TriggerState.FIRES]


@pytest.mark.parametrize("seed", range(4))
def test_node_and_verifier_know_exactly_what_a_scan_finds(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trigger_watch, "OUTDATED_MAX", 8)  # heaps are rebuilt all the time
    triggers = RandomTriggers(seed)
    engine = triggers.venue.engine
    watch, followed = TriggerWatch(engine.upkeep()), FollowedState(engine)
    seen = 0
    for number in range(STEPS):
        triggers.step()
        due = triggers.due()
        watch.look()
        planned = watch.firings(engine.clock_ms, 1_000)
        expected = {fire_of(each) for each in due}
        assert set(planned) == expected, number
        assert len(planned) == len(expected), number
        assert followed.waiting(UpkeepKind.TRIGGER) == due, number
        again = TriggerWatch(engine.upkeep())  # after a restart
        again.look()
        assert set(again.firings(engine.clock_ms, 1_000)) == expected, number
        watch = again if number % 40 == 39 else watch
        if due and triggers.random.random() < 0.5:
            triggers.venue.segment(*planned[:3])
        seen += len(due)
    assert seen > STEPS // 10


def fire_of(id: int) -> bytes:
    account, instrument, place = place_of(id)
    return encode_fire_trigger(account=account, instrument=instrument, place=place)


def test_those_come_first_whose_price_was_passed_first_and_no_more_than_asked() -> None:
    venue = ScriptedVenue(accounts=2)
    venue.buy(1, MARK // 2, 10)
    for place, below in enumerate((40, 10, 30, 20)):
        venue.segment(set_op(venue, 1, place, trigger_price=(MARK - below) * TICK))
    watch = TriggerWatch(venue.engine.upkeep())
    watch.look()
    assert watch.firings(venue.now, 9) == []
    venue.price((MARK - 35) * TICK)
    watch.look()
    places = [each[-1] for each in watch.firings(venue.now, 2)]
    assert places == [1, 3]
    assert [each[-1] for each in watch.firings(venue.now, 9)] == [2, 1, 3]
    assert watch.waiting == 1
