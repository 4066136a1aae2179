"""What L1 remembers lies in rings: nothing needed is overwritten, and no new slot is written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from eth_abi.abi import decode

from strikeproof import deployment, deployment_check
from strikeproof.contracts import artifact
from strikeproof.keccak import keccak256
from strikeproof.wire.constants import (
    BATCH_BURST,
    BATCH_INBOX_MAX,
    BATCH_RING,
    BATCH_SPACING_SECONDS,
    CHALLENGE_WINDOW_SECONDS,
    CHARGE_SEGMENT,
    FORCE_INCLUSION_SECONDS,
    GOVERNANCE_ROOM,
    MESSAGE_RING,
    RESERVE_CHARGE_BUNDLE,
    SEGMENT_CHARGE_MAX,
    SEQUENCER_GRACE_SECONDS,
    WINDOW_SECONDS_MAX,
)
from tests.contracts.l1.calls import Call
from tests.contracts.l1.forest import key_of
from tests.contracts.l1.l1_history import L1History
from tests.contracts.l1.trivial_law import add, op
from tests.contracts.l1.venue import FORCE, WINDOW, Reverted, Venue
from tests.harness import harness

OPS = add(key_of(1, 5))
BATCHES = 5  # SmallRollup
MESSAGES = 15  # SmallInbox
GOVERNOR_ONLY = 3  # SmallInbox
ORDINARY = MESSAGES - 2 - GOVERNOR_ONLY
BURST = 3  # SmallRollup
SMALL = {"Rollup": "SmallRollup", "Inbox": "SmallInbox"}
NEW_SLOT_GAS = 20_000


@pytest.fixture(scope="module")
def small_deployed() -> Venue:
    """A venue whose rings are small."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (deployment, deployment_check):
            patch.setattr(
                module,
                "artifact",
                lambda name: harness(SMALL[name]) if name in SMALL else artifact(name),
            )
        return Venue()


@pytest.fixture
def small(small_deployed: Venue) -> Iterator[L1History]:
    venue, head = small_deployed, small_deployed.chain.head_number
    venue.send(venue.rollup.depositBond(), by="proposer", value=venue.rollup.bondWei().call())
    yield L1History(venue)
    venue.chain.rewind(head)


def refused(
    venue: Venue, call: Any, by: str, error: str, value: int | None = None
) -> tuple[Any, ...]:
    with pytest.raises(Reverted) as caught:
        venue.send(call, by, value)
    assert caught.value.name == error
    return caught.value.arguments


def force(history: L1History, count: int = 1) -> None:
    venue = history.venue
    for _ in range(count):
        index = venue.inbox.count().call()
        call = venue.inbox.submit(op(200, index.to_bytes(2, "big")))
        venue.send(call, "trader")
    history.read_inbox()


# Sizes


def test_batches_of_a_window_fit_the_ring_at_the_highest_rate() -> None:
    """And of the longest window, with what an honest sequencer may be late."""

    def most(seconds: int) -> int:
        return BATCH_BURST + seconds // BATCH_SPACING_SECONDS

    besides = FORCE_INCLUSION_SECONDS + SEQUENCER_GRACE_SECONDS
    assert most(CHALLENGE_WINDOW_SECONDS + besides + 4 * 86_400) < BATCH_RING
    assert most(WINDOW_SECONDS_MAX + besides) < BATCH_RING


def test_bundles_that_wait_for_the_force_fit_the_ring_at_the_default_rate() -> None:
    """And what waits there at most is charged less than the Inbox's sums can tell apart."""
    rate = deployment.DeploymentConfig("", "").inbox_rate
    ordinary = MESSAGE_RING - 2 - GOVERNANCE_ROOM
    bundle = CHARGE_SEGMENT + RESERVE_CHARGE_BUNDLE[0]
    assert rate * (FORCE_INCLUSION_SECONDS + SEQUENCER_GRACE_SECONDS) // bundle <= ordinary
    assert MESSAGE_RING * SEGMENT_CHARGE_MAX < 2**45


# Batches and claims


def test_batch_waits_until_what_it_overwrites_is_final(small: L1History) -> None:
    """The fifth batch takes the place of the genesis: claim 1 must be final by then."""
    venue, rollup = small.venue, small.venue.rollup
    sent = small.post([OPS]) and small.propose(1)
    for number in range(2, BATCHES):
        small.post([OPS])
        small.propose(number)
    batch = small.build([OPS])
    given = refused(venue, rollup.postBatch(batch.data), "sequencer", "BatchesFull")
    assert given == (BATCHES, 1)
    venue.wait(sent.timestamp + WINDOW - 1 - venue.time)
    late = small.build([OPS])
    refused(venue, rollup.postBatch(late.data), "sequencer", "BatchesFull")
    assert not rollup.isFinal(1).call() or venue.time == sent.timestamp + WINDOW
    venue.wait(1)
    small.submit(late)
    small.propose(BATCHES)
    assert rollup.oldestNumber().call() == 1


def test_ring_without_claims_is_full_and_a_claim_cannot_be_overwritten(small: L1History) -> None:
    venue, rollup = small.venue, small.venue.rollup
    for _ in range(BATCHES - 1):
        small.post([OPS])
    venue.wait(10 * WINDOW)
    batch = small.build([OPS])
    refused(venue, rollup.postBatch(batch.data), "sequencer", "BatchesFull")
    small.propose(1)
    venue.wait(WINDOW + 1)
    batch = small.build([OPS])
    small.submit(batch)


def test_what_is_forgotten_is_final_and_nothing_else_takes_its_name(small: L1History) -> None:
    """Three laps: old numbers read as forgotten, never as the batch that has their place now."""
    venue, rollup = small.venue, small.venue.rollup
    for number in range(1, 3 * BATCHES + 1):
        small.post([OPS])
        small.propose(number)
        oldest = max(0, number - BATCHES + 1)
        assert rollup.oldestNumber().call() == oldest
        for known in range(oldest, number + 1):
            assert rollup.claim(known).call()[0] == small.claim_hashes[known]
            if known:
                assert rollup.batch(known).call()[0] == small.batches[known].batch_hash
        for old in range(oldest):
            assert rollup.isFinal(old).call()
            for call in (rollup.claim(old), rollup.batch(old), rollup.finalRoot(old)):
                assert refused(venue, call, "anyone", "Forgotten") == (old, oldest)
        for ahead in (number + 1, number + BATCHES, 2**64 - 1, 2**64 - BATCHES):
            refused(venue, rollup.claim(ahead), "anyone", "UnknownClaim")
            refused(venue, rollup.batch(ahead), "anyone", "UnknownBatch")
            assert not rollup.isFinal(ahead).call()
        venue.wait(WINDOW // 3)


def test_lie_is_disproved_across_the_end_of_the_ring(small: L1History) -> None:
    """Claims are deleted back over the wrap, and proposed again over their own remains."""
    venue, rollup = small.venue, small.venue.rollup
    for number in range(1, BATCHES):
        small.post([OPS])
        small.propose(number)
    venue.wait(WINDOW + 1)
    venue.send(rollup.depositBond(), "rival", value=rollup.bondWei().call())
    for number in range(BATCHES, 2 * BATCHES - 1):
        small.post([OPS])
        if number == BATCHES:
            small.propose(number, wrong=1, by="rival", to_end=True)
            lie = small.challenge(number, 0)
        else:
            first = small.claims[number - 1][-1]
            small.propose_roots(number, [first, keccak256(first)])
    batch = small.build([OPS])
    refused(venue, rollup.postBatch(batch.data), "sequencer", "BatchesFull")
    assert rollup.claimCount().call() == 2 * BATCHES - 1
    venue.send(rollup.challenge(lie), "challenger")
    assert rollup.claimCount().call() == BATCHES
    for gone in range(BATCHES, 2 * BATCHES):
        refused(venue, rollup.claim(gone), "anyone", "UnknownClaim")
        assert not rollup.isFinal(gone).call()
    assert rollup.finalRoot(BATCHES - 1).call() == small.claims[BATCHES - 1][-1]
    del small.claims[BATCHES]
    for number in range(BATCHES, 2 * BATCHES - 1):
        small.propose(number)
    call = rollup.challenge(small.challenge(2 * BATCHES - 2, 0))
    with pytest.raises(Reverted, match="ClaimIsCorrect"):
        venue.send(call)


def test_steady_state_writes_no_new_slot(small: L1History) -> None:
    """Posting, claiming and sending messages cost a new slot less once the rings are full."""
    venue = small.venue
    gas: dict[str, list[int]] = {"post": [], "propose": [], "message": []}
    for number in range(1, MESSAGES + BATCHES + 1):
        before = venue.chain.head_number
        force(small, 1)
        gas["message"].append(venue.chain.transactions(before + 1)[0].gas_used)
        batch = small.build([OPS])
        gas["post"].append(small.submit(batch).gas_used)
        gas["propose"].append(small.propose(number).gas_used)
        venue.wait(WINDOW // 2)
    for name, slots in (("post", 2), ("propose", 3), ("message", 1)):
        first, last = gas[name][1], max(gas[name][-BATCHES:])
        assert first - last > slots * (NEW_SLOT_GAS - 5_000) - 6_000, (name, gas[name])


# Pace


def test_batches_come_at_a_pace_that_the_ring_outlasts(history: L1History) -> None:
    """A burst, then one in two seconds of L1's time; waiting is all that is needed."""
    venue, rollup = history.venue, history.venue.rollup
    head = venue.time
    pace = rollup.batch(0).call()[5]
    assert pace <= head
    history.post([OPS])
    assert rollup.batch(1).call()[5] == venue.time + BATCH_SPACING_SECONDS
    # Batches a second apart gain a second each on the pace.
    for number in range(2, 12):
        history.post([b""])
        expected = rollup.batch(number - 1).call()[5] + BATCH_SPACING_SECONDS
        assert rollup.batch(number).call()[5] == expected
    assert BATCH_BURST * BATCH_SPACING_SECONDS == 2_048


def test_batches_faster_than_the_pace_are_refused_until_later(small: L1History) -> None:
    """Four at once where three are taken: the fourth need only wait."""
    venue, rollup = small.venue, small.venue.rollup
    relay = venue.deploy(harness("Relay"))
    venue.govern(rollup.setSequencer(relay.address))

    def build() -> Call:
        batch = small.with_header(small.build([OPS]), epoch=2)
        small.batches[batch.header.number] = batch
        return rollup.postBatch(batch.data)

    def post(calls: list[Call]) -> tuple[bool, ...]:
        targets, data = [each.address for each in calls], [each.data for each in calls]
        sent = venue.send(relay.run(targets, data, [0] * len(calls)))
        done, answers = decode(["bool[]", "bytes[]"], sent.logs[-1].data)
        errors = {venue.errors[each[:4]][0] for each in answers if len(each) > 32}
        assert errors <= {"BatchesTooFast"}
        return tuple(done)

    assert post([build()]) == (True,)
    small.propose(1)
    venue.wait(WINDOW + 1)  # the ring has room, and the pace is forgotten
    calls = [build() for _ in range(BURST + 1)]
    assert post(calls) == (True, True, True, False)
    assert post(calls[-1:]) == (False,)
    assert post(calls[-1:]) == (True,)


# Messages


def test_message_waits_for_room_and_none_is_lost(small: L1History) -> None:
    venue, inbox = small.venue, small.venue.inbox
    most = ORDINARY
    assert inbox.room().call() == most
    force(small, most)
    assert inbox.room().call() == 0
    given = refused(venue, inbox.submit(b""), "trader", "InboxFull")
    assert given == (most, 0)
    small.post(consume=3)
    assert inbox.room().call() == 3
    force(small, 3)
    assert refused(venue, inbox.submit(b""), "trader", "InboxFull") == (most + 3, 3)
    # Every end from the consumed one to the newest is there, and is right.
    for end in range(3, most + 4):
        assert inbox.rolling(end).call() == small.rolling[end]
    small.post(consume=most)
    force(small, 1)


def test_full_inbox_has_room_for_the_governor_and_for_nobody_else(small: L1History) -> None:
    """The cheapest messages fill the Inbox, and the remedy is a message."""
    venue, inbox = small.venue, small.venue.inbox
    trader = venue.address("trader")
    venue.send(venue.token.mint(trader, 10**9), "trader")
    venue.send(venue.token.approve(venue.vault.address, 10**9), "trader")
    venue.send(venue.vault.register(trader), "trader")
    while inbox.room().call():
        venue.send(venue.vault.deposit(1, 1), "trader")
    for added in range(GOVERNOR_ONLY):
        full = (ORDINARY + added, 0)
        assert refused(venue, inbox.submit(b""), "trader", "InboxFull") == full
        assert refused(venue, venue.vault.deposit(1, 1), "trader", "InboxFull") == full
        assert refused(venue, venue.vault.register(trader), "trader", "InboxFull") == full
        venue.govern(inbox.govern(bytes((added,))))
        assert inbox.room().call() == 0
    with pytest.raises(Reverted, match="InboxFull"):
        venue.govern(inbox.govern(b"one more"))
    small.read_inbox()
    small.post()
    assert inbox.room().call() == ORDINARY
    for end in range(ORDINARY, ORDINARY + GOVERNOR_ONLY + 1):
        assert inbox.rolling(end).call() == small.rolling[end]


def test_times_and_hashes_survive_many_laps(small: L1History) -> None:
    """Times and charges share words: an old one leaves nothing behind."""
    venue, inbox = small.venue, small.venue.inbox
    times: list[int] = []
    for lap in range(9):
        for _ in range(3 + lap % 4):
            venue.wait(1 + 977 * lap)
            force(small, 1)
            times.append(venue.time * 1000)
        small.propose(small.post().header.number) if lap < BATCHES - 1 else None
        if lap >= BATCHES - 1:
            venue.wait(WINDOW)
            small.post()
            small.propose(len(small.batches))
        count = len(times)
        for index in range(max(0, count - MESSAGES), count):
            assert inbox.timeMs(index).call() == times[index]
            assert inbox.rolling(index + 1).call() == small.rolling[index + 1]
        start = max(0, count - MESSAGES + 1)  # the sum in front of it is still there
        charge = CHARGE_SEGMENT + RESERVE_CHARGE_BUNDLE[7] + 16 * len(small.messages[0])
        assert inbox.chargeBetween(start, count).call() == (count - start) * charge
        if count > MESSAGES:
            old = count - MESSAGES
            refused(venue, inbox.rolling(old), "anyone", "ForgottenMessage")
            refused(venue, inbox.timeMs(old - 1), "anyone", "ForgottenMessage")
            refused(venue, inbox.chargeBetween(old, count), "anyone", "ForgottenMessage")
        refused(venue, inbox.rolling(2**64 - 1), "anyone", "UnknownMessage")
        refused(venue, inbox.timeMs(2**64 - 1), "anyone", "UnknownMessage")


def test_message_that_the_inbox_forgot_is_still_challenged(small: L1History) -> None:
    """The challenge leads from the message to the header: the Inbox is not asked."""
    venue, rollup = small.venue, small.venue.rollup
    force(small, 3)
    small.post(consume=3)
    small.propose(1, wrong=2)
    lie = small.challenge(1, 1)
    for _ in range(2):
        force(small, ORDINARY)
        small.post(consume=ORDINARY)
    refused(venue, venue.inbox.rolling(2), "anyone", "ForgottenMessage")
    venue.send(rollup.challenge(lie), "challenger")
    assert rollup.claimCount().call() == 1


def test_batch_takes_no_more_messages_than_a_challenge_can_lead_back(history: L1History) -> None:
    venue = history.venue
    force(history, BATCH_INBOX_MAX + 1)
    batch = history.build(consume=BATCH_INBOX_MAX + 1)
    given = refused(venue, venue.rollup.postBatch(batch.data), "sequencer", "TooManyMessages")
    assert given == (BATCH_INBOX_MAX + 1, BATCH_INBOX_MAX)
    venue.wait(FORCE + 1)
    history.post(consume=BATCH_INBOX_MAX)
    history.propose(1, wrong=1)
    lie = history.challenge(1, 0)
    assert len(lie["segmentPath"]) == BATCH_INBOX_MAX
    venue.send(venue.rollup.challenge(lie), "challenger")
    assert venue.rollup.claimCount().call() == 1
