"""A verifier sees options as the state has them, and withheld repricing."""

from __future__ import annotations

import pytest

from strikeproof.sequencer.core import margin
from strikeproof.sequencer.core.snapshot import read_records
from strikeproof.verifier.watch.upkeep_watch import Subject, UpkeepKind, UpkeepWatch
from strikeproof.verifier.watch.venue_records import VenueRecords
from strikeproof.wire.constants import OPTION_STALE_MS
from strikeproof.wire.errors import Result
from strikeproof.wire.operations import encode_deleverage
from tests.unit.core import test_options as scenarios
from tests.unit.core.option_venue import CALL, EXPIRY_MS, INDEX, NANO, PUT, OptionVenue


def records_of(venue: OptionVenue) -> VenueRecords:
    state = dict(read_records(venue.engine.snapshot()))
    return VenueRecords(lambda key: state.get(key, b""))


def due(venue: OptionVenue) -> set[Subject]:
    state = dict(read_records(venue.engine.snapshot()))
    watch = UpkeepWatch(lambda key: state.get(key, b""))
    watch.load(state)
    watch.look()
    return {each.subject for each in watch.going_on}


@pytest.mark.parametrize("index", [50_000, 59_800, 60_000, 60_250, 75_000])
def test_mark_and_health_are_those_of_the_engine(index: int) -> None:
    venue = OptionVenue(2)
    venue.fresh()
    for instrument in (CALL, PUT):
        mark = venue.mark(instrument).price
        assert venue.sell(2, mark, 1_000, instrument=instrument) == Result.OK
        assert venue.buy(1, mark, 1_000, instrument=instrument) == Result.OK
    venue.price(index * NANO)
    records = records_of(venue)
    terms = {each: records.terms(each) for each in records.instruments()}
    for instrument in (CALL, PUT):
        shown = venue.mark(instrument)
        option = terms[instrument].option
        assert option is not None
        assert (terms[instrument].price, option.forward) == (shown.price, shown.forward)
        assert option.is_overdue(venue.now) == shown.is_overdue(venue.now)
    for id in (1, 2):
        account = venue.engine._state.accounts[id]
        health = records.health(id, terms)
        assert health is not None
        assert health.equity == margin.equity(account)
        assert health.maintenance == margin.maintenance(account)


def test_withheld_repricing_is_seen_and_ends() -> None:
    venue = OptionVenue(2)
    wanted = {Subject(UpkeepKind.REPRICING, each) for each in (CALL, PUT)}
    assert not due(venue) & wanted
    venue.fresh()
    assert not due(venue) & wanted
    venue.now += OPTION_STALE_MS + 1
    venue.price(INDEX)
    assert due(venue) & wanted == wanted
    venue.fresh()
    assert not due(venue) & wanted
    venue.now += 3_600_000  # without prices nobody could reprice
    venue.segment()
    assert not due(venue) & wanted


def test_withheld_settlement_of_options_is_seen() -> None:
    venue = OptionVenue(2)
    venue.fresh()
    venue.now = EXPIRY_MS
    assert venue.settle_expiry(INDEX) == Result.OK
    assert Subject(UpkeepKind.REPRICING, CALL) in due(venue)
    assert venue.reprice() == Result.OK
    assert Subject(UpkeepKind.REPRICING, CALL) not in due(venue)


def test_house_of_longs_is_asked_for_its_mark_as_the_law_asks() -> None:
    venue = scenarios.house_of_longs(90_000, 200_000, 1_200, fund=105_000)
    wanted = Subject(UpkeepKind.DELEVERAGING, 4)
    assert wanted in due(venue)
    assert venue.segment(encode_deleverage(instrument=4))[0].code == Result.OK
    assert venue.segment(encode_deleverage(instrument=4))[0].code == Result.HOUSE_SOLVENT
    assert wanted not in due(venue)
