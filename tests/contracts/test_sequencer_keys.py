"""Who may order: an account, its keys, and epochs that never fall (attack 57)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from strikeproof.wire.constants import SEQUENCER_EPOCH_LEAP_MAX, SEQUENCER_KEYS_MAX
from tests.contracts.l1.calls import Call
from tests.contracts.l1.forest import key_of
from tests.contracts.l1.l1_history import L1History
from tests.contracts.l1.trivial_law import add
from tests.contracts.l1.venue import Reverted, Venue

OPS = add(key_of(1, 5))
NODES = ("sequencer", "rival", "copier")


def refused(venue: Venue, call: Call, by: str, error: str) -> Any:
    """Assert that the call reverts with this error and changes nothing; return its arguments."""
    before = leader(venue)
    with pytest.raises(Reverted) as caught:
        venue.send(call, by)
    assert caught.value.name == error
    assert leader(venue) == before
    return caught.value.arguments


def leader(venue: Venue) -> tuple[str, int]:
    rollup = venue.rollup
    return str(rollup.sequencer().call()).lower(), rollup.sequencerEpoch().call()


def let_in(venue: Venue, *names: str) -> Any:
    """The account, which is the venue's first sequencer, names the keys."""
    keys = [venue.address(name) for name in names]
    return venue.send(venue.rollup.setSequencerKeys(keys), "sequencer")


def named(venue: Venue, name: str) -> str:
    return venue.address(name).lower()


def test_account_is_the_only_key_at_first(venue: Venue) -> None:
    rollup = venue.rollup
    assert leader(venue) == (named(venue, "sequencer"), 1)
    assert str(rollup.sequencerAccount().call()).lower() == named(venue, "sequencer")
    assert rollup.isSequencerKey(venue.address("sequencer")).call()
    assert not rollup.isSequencerKey(venue.address("rival")).call()
    refused(venue, rollup.lead(2), "rival", "NotSequencerKey")


def test_standby_takes_over_at_once_and_posts_what_the_leader_ordered(history: L1History) -> None:
    """The batch keeps the epoch in which it was ordered, so its hash is the same whoever posts."""
    venue = history.venue
    let_in(venue, *NODES)
    assert leader(venue) == (named(venue, "sequencer"), 1)
    history.post([OPS])
    ordered = history.build([OPS])
    sent = venue.send(venue.rollup.lead(2), "rival")
    (event,) = venue.events(sent, venue.rollup, "SequencerChanged")
    assert event == {"sequencer": named(venue, "rival"), "epoch": 2}
    history.submit(ordered, by="rival")
    batch = history.build([OPS])
    history.submit(replace(batch, header=replace(batch.header, epoch=2)), by="rival")


def test_stale_leader_posts_nothing(history: L1History) -> None:
    """Attack 57: it wakes up after the standby took over; neither epoch helps it."""
    venue = history.venue
    let_in(venue, *NODES)
    stale = history.build([OPS])
    venue.send(venue.rollup.lead(2), "rival")
    for epoch in (1, 2, 3):
        batch = replace(stale, header=replace(stale.header, epoch=epoch))
        error = "WrongEpoch" if epoch == 3 else "NotSequencer"
        refused(venue, venue.rollup.postBatch(batch.data), "sequencer", error)
    assert venue.rollup.batchCount().call() == 0


def test_epoch_never_goes_back(venue: Venue) -> None:
    """Attack 57: a take-over that waited in a mempool is worth nothing after a later one."""
    let_in(venue, *NODES)
    venue.send(venue.rollup.lead(7), "rival")
    for epoch in (0, 1, 2, 6, 7):
        given = refused(venue, venue.rollup.lead(epoch), "copier", "EpochOutOfRange")
        assert given == (epoch, 7, SEQUENCER_EPOCH_LEAP_MAX)
    venue.send(venue.rollup.lead(8), "copier")
    assert leader(venue) == (named(venue, "copier"), 8)


def test_epochs_cannot_be_used_up(venue: Venue) -> None:
    """Attack 57: a stolen key leaps as far as it may, and is replaced all the same."""
    let_in(venue, *NODES)
    refused(venue, venue.rollup.lead(2**32 - 1), "rival", "EpochOutOfRange")
    refused(venue, venue.rollup.lead(2 + SEQUENCER_EPOCH_LEAP_MAX), "rival", "EpochOutOfRange")
    venue.send(venue.rollup.lead(1 + SEQUENCER_EPOCH_LEAP_MAX), "rival")
    let_in(venue, "sequencer", "copier")
    assert leader(venue) == (named(venue, "sequencer"), 2 + SEQUENCER_EPOCH_LEAP_MAX)
    refused(venue, venue.rollup.lead(3 + SEQUENCER_EPOCH_LEAP_MAX), "rival", "NotSequencerKey")


def test_removing_a_key_cannot_be_prevented_by_leading_first(venue: Venue) -> None:
    """Attack 57: the thief sees the rotation in the mempool and takes over in front of it."""
    let_in(venue, *NODES)
    venue.send(venue.rollup.lead(2), "rival")
    let_in(venue, "sequencer", "copier")
    assert leader(venue) == (named(venue, "sequencer"), 3)
    refused(venue, venue.rollup.lead(4), "rival", "NotSequencerKey")


def test_rotation_leaves_the_key_that_posts_alone_if_it_stays(venue: Venue) -> None:
    let_in(venue, *NODES)
    venue.send(venue.rollup.lead(2), "rival")
    let_in(venue, "copier", "rival")
    assert leader(venue) == (named(venue, "rival"), 2)
    assert not venue.rollup.isSequencerKey(venue.address("sequencer")).call()
    # The account still decides, although it is no longer a key.
    let_in(venue, "copier")
    assert leader(venue) == (named(venue, "copier"), 3)


def test_only_the_account_rotates_keys(venue: Venue) -> None:
    """Attack 57: no key, nor governance, rotates; a rotation of the account before is void."""
    rollup = venue.rollup
    let_in(venue, *NODES)
    call = rollup.setSequencerKeys([venue.address("rival")])
    for by in ("rival", "governor", "deployer", "anyone"):
        refused(venue, call, by, "NotSequencerAccount")
    venue.govern(rollup.setSequencer(venue.address("copier")))
    assert leader(venue) == (named(venue, "copier"), 2)
    refused(venue, call, "sequencer", "NotSequencerAccount")
    for old in ("sequencer", "rival"):
        refused(venue, rollup.lead(3), old, "NotSequencerKey")
    venue.send(call, "copier")
    assert leader(venue) == (named(venue, "rival"), 3)


def test_key_that_comes_back_needs_a_later_epoch(venue: Venue) -> None:
    """Attack 57: what a key signed before it was taken out does nothing once it is back."""
    let_in(venue, *NODES)
    venue.send(venue.rollup.lead(2), "rival")
    let_in(venue, "sequencer")
    let_in(venue, "sequencer", "rival")
    assert leader(venue) == (named(venue, "sequencer"), 3)
    for epoch in (2, 3):
        refused(venue, venue.rollup.lead(epoch), "rival", "EpochOutOfRange")


@pytest.mark.parametrize("count", [0, SEQUENCER_KEYS_MAX + 1])
def test_key_set_has_bounds(venue: Venue, count: int) -> None:
    keys = [f"0x{number:040x}" for number in range(1, count + 1)]
    call = venue.rollup.setSequencerKeys(keys)
    assert refused(venue, call, "sequencer", "KeysOutOfRange") == (count, SEQUENCER_KEYS_MAX)


def test_zero_is_no_key(venue: Venue) -> None:
    call = venue.rollup.setSequencerKeys([venue.address("rival"), "0x" + "00" * 20])
    assert refused(venue, call, "sequencer", "NoKey") == (1,)
    assert not venue.rollup.isSequencerKey("0x" + "00" * 20).call()


def test_gas_of_taking_over_and_of_a_rotation(venue: Venue) -> None:
    keys = [f"0x{number:040x}" for number in range(1, SEQUENCER_KEYS_MAX)]
    call = venue.rollup.setSequencerKeys([*keys, venue.address("rival")])
    assert venue.send(call, "sequencer").gas_used < 480_000
    assert venue.send(venue.rollup.lead(3), "rival").gas_used < 40_000


ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("lead"), st.sampled_from(NODES), st.integers(0, 600)),
        st.tuples(st.just("keys"), st.sampled_from(NODES), st.sets(st.sampled_from(NODES))),
    ),
    max_size=12,
)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=ACTS)
def test_whatever_is_sent_epochs_rise_and_only_keys_lead(deployed: Venue, acts: Any) -> None:
    """Attack 57: held against a model of four lines."""
    head = deployed.chain.head_number
    try:
        keys, epoch, first = {"sequencer"}, 1, "sequencer"
        for kind, by, given in acts:
            if kind == "lead":
                call = deployed.rollup.lead(given)
                takes = by in keys and epoch < given <= epoch + SEQUENCER_EPOCH_LEAP_MAX
            else:
                names = sorted(given)
                call = deployed.rollup.setSequencerKeys([deployed.address(n) for n in names])
                takes = by == "sequencer" and bool(names)
            if not takes:
                with pytest.raises(Reverted):
                    deployed.send(call, by)
                continue
            deployed.send(call, by)
            if kind == "lead":
                epoch, first = given, by
            else:
                keys = set(given)
                if first not in keys:
                    epoch, first = epoch + 1, names[0]
            assert leader(deployed) == (named(deployed, first), epoch)
    finally:
        deployed.chain.rewind(head)
