"""Exits: an owner's withdrawals and forced closes, in a lane that nothing holds up (attack 46)."""

from __future__ import annotations

from typing import Any

import pytest

from strikeproof.keccak import keccak256
from strikeproof.wire.constants import (
    BATCH_INBOX_MAX,
    CHARGE_DATA_BYTE,
    CHARGE_SEGMENT,
    INBOX_MESSAGE_BYTES_MAX,
    RESERVE_CHARGE_FORCED_CLOSE,
    RESERVE_CHARGE_WITHDRAW,
    SEGMENT_CHARGE_MAX,
    MessageKind,
)
from strikeproof.wire.operations import MESSAGE_HEAD_BYTES, encode_forced_close, encode_withdraw
from strikeproof.wire.units import Lots, MicroUsd, Milliseconds
from tests.contracts.l1.l1_history import L1History
from tests.contracts.l1.revm_venue import IS_INSTALLED, RevmVenue
from tests.contracts.l1.trivial_law import op
from tests.contracts.l1.venue import FORCE, GRACE, Reverted
from tests.contracts.test_inbox_messages import message

pytestmark = pytest.mark.skipif(not IS_INSTALLED, reason="needs pyrevm")

MESSAGE_HEAD = 27
HOUR = 3_600


def refused(venue: Any, call: Any, by: str, error: str, value: int | None = None) -> Any:
    with pytest.raises(Reverted) as caught:
        venue.send(call, by, value)
    assert caught.value.name == error
    return caught.value.arguments


def withdrawal(account: int, nonce: int = 0) -> bytes:
    return encode_withdraw(
        account=account,
        nonce=nonce,
        expiry_ms=Milliseconds(2**47),
        amount_micro_usd=MicroUsd(1),
    )


def closing(account: int) -> bytes:
    return encode_forced_close(
        account=account, nonce=1, expiry_ms=Milliseconds(2**47), instrument=1, lots=Lots(1)
    )


@pytest.fixture
def history() -> L1History:
    return opened()


def opened(**changes: Any) -> L1History:
    """Accounts 1 to 3 belong to the trader, account 4 to the rival; all is consumed."""
    venue: Any = RevmVenue(**changes)
    for owner in ("trader", "trader", "trader", "rival"):
        venue.send(venue.vault.register(venue.address(owner)), "anyone")
    venue.send(venue.rollup.depositBond(), "proposer", value=venue.rollup.bondWei().call())
    history = L1History(venue)
    history.post()
    return history


def flood(history: L1History, count: int) -> None:
    """Messages of the most expensive kind, in this block."""
    venue: Any = history.venue
    for _ in range(count):
        venue.send_from(venue.inbox.submit(op(200, b"")), venue.address("rival"))


# The Inbox


def test_exit_is_a_message_of_its_own_lane(history: L1History) -> None:
    venue: Any = history.venue
    sent = venue.send(venue.inbox.exit(withdrawal(1)), "trader")
    owner = venue.address("trader")
    expected = message(MessageKind.USER_OP, owner, sent.timestamp, withdrawal(1))
    rolling = keccak256(bytes(32) + keccak256(expected))
    (event,) = venue.events(sent, venue.inbox, "ExitAdded")
    assert event == {"index": 0, "message": expected, "rolling": rolling}
    assert (venue.inbox.count().call(), venue.inbox.exitCount().call()) == (4, 1)
    assert venue.inbox.exitRolling(1).call() == rolling
    assert venue.inbox.exitTimeMs(0).call() == sent.timestamp * 1000
    charge = CHARGE_SEGMENT + RESERVE_CHARGE_WITHDRAW + CHARGE_DATA_BYTE * len(expected)
    assert venue.inbox.exitChargeBetween(0, 1).call() == charge
    assert venue.inbox.exitBacklog().call() == charge


def test_only_the_owner_leaves_and_only_by_leaving(history: L1History) -> None:
    """A griefer cannot take the one place of somebody else's account."""
    venue: Any = history.venue
    assert venue.inbox.ownerOf(4).call() == venue.address("rival").lower()
    for by, account in (("rival", 1), ("trader", 4), ("trader", 0), ("trader", 5)):
        given = refused(venue, venue.inbox.exit(withdrawal(account)), by, "NotAccountOwner")
        assert given[0] == venue.address(by).lower()
    for body, kind in ((b"", 0), (withdrawal(1)[:6], 0), (op(200, bytes(9)), 200)):
        assert refused(venue, venue.inbox.exit(body), "trader", "NotAnExit") == (kind,)
    venue.send(venue.inbox.exit(closing(1)), "trader")


def test_exit_is_bounded_as_every_message_is(history: L1History) -> None:
    """A segment holds it, and a challenge has to open that segment."""
    venue: Any = history.venue
    room = INBOX_MESSAGE_BYTES_MAX - MESSAGE_HEAD_BYTES
    longest = withdrawal(1) + bytes(room - len(withdrawal(1)))
    for more in (1, 66_000):
        given = refused(venue, venue.inbox.exit(longest + bytes(more)), "trader", "MessageTooLong")
        assert given == (INBOX_MESSAGE_BYTES_MAX + more, INBOX_MESSAGE_BYTES_MAX)
    venue.send(venue.inbox.exit(longest), "trader")


def test_one_exit_an_account_waits(history: L1History) -> None:
    venue: Any = history.venue
    venue.send(venue.inbox.exit(withdrawal(1)), "trader")
    venue.send(venue.inbox.exit(withdrawal(2)), "trader")
    given = refused(venue, venue.inbox.exit(closing(1)), "trader", "ExitOutstanding")
    assert given == (1, 0)
    assert [venue.inbox.hasExit(each).call() for each in (1, 2, 3)] == [True, True, False]
    history.post(leave=1)
    venue.send(venue.inbox.exit(closing(1)), "trader")
    refused(venue, venue.inbox.exit(closing(2)), "trader", "ExitOutstanding")
    history.post()
    venue.send(venue.inbox.exit(closing(2)), "trader")


def test_fee_of_an_exit_counts_no_backlog(history: L1History) -> None:
    venue: Any = history.venue
    quiet = venue.inbox.exitFeeOf(closing(1)).call()
    flood(history, 200)
    assert venue.inbox.feeOf(MessageKind.USER_OP, closing(1)).call() > 3 * quiet
    assert venue.inbox.exitFeeOf(closing(1)).call() == quiet
    charge = CHARGE_SEGMENT + RESERVE_CHARGE_FORCED_CLOSE
    charge += CHARGE_DATA_BYTE * (MESSAGE_HEAD + len(closing(1)))
    assert quiet == -(-charge * venue.config.inbox_fee_per_mega_wei // 10**6)
    assert refused(venue, venue.inbox.exit(closing(1)), "trader", "FeeTooLow", quiet - 1) == (
        quiet - 1,
        quiet,
    )
    venue.send(venue.inbox.exit(closing(1)), "trader", quiet)
    assert venue.inbox.exitFeeOf(closing(2)).call() == quiet, "nor exits that wait"


# Batches


def test_batch_consumes_exits_first(history: L1History) -> None:
    venue: Any = history.venue
    flood(history, 2)
    venue.send(venue.inbox.exit(withdrawal(1)), "trader")
    batch = history.post([b""])
    assert batch.messages == (history.exits[0], *history.messages[4:])
    assert venue.rollup.batch(2).call()[1:3] == (6, 1)
    assert (venue.rollup.inboxEnd().call(), venue.rollup.exitEnd().call()) == (6, 1)
    levels = venue.rollup.levels().call()
    assert levels[2] == 1000 * venue.inbox.exitChargeBetween(0, 1).call()
    assert levels[1] == 1000 * venue.inbox.chargeBetween(4, 6).call()


@pytest.mark.parametrize(
    ("field", "value", "error"),
    [
        ("exit_end", 0, "InboxEndOutOfRange"),
        ("exit_end", 4, "InboxEndOutOfRange"),
        ("exit_end", 2**64 - 1, "InboxEndOutOfRange"),
        ("exit_rolling", bytes(32), "WrongRolling"),
    ],
)
def test_exits_are_neither_skipped_nor_repeated_nor_altered(
    history: L1History, field: str, value: Any, error: str
) -> None:
    venue: Any = history.venue
    for account in (1, 2):
        venue.send(venue.inbox.exit(withdrawal(account)), "trader")
    history.post()
    venue.send(venue.inbox.exit(withdrawal(3)), "trader")
    built = history.build([b""])
    with pytest.raises(Reverted, match=error):
        history.submit(history.with_header(built, **{field: value}))
    history.submit(built)


def test_no_message_passes_an_exit_that_waits_for_half_of_the_time(history: L1History) -> None:
    """A hostile sequencer prefers messages: for half of the time, and then it takes the exit."""
    venue: Any = history.venue
    flood(history, 2)
    venue.send(venue.inbox.exit(withdrawal(1)), "trader")
    waits = venue.time
    history.post(consume=1, leave=0)
    venue.wait(FORCE // 2)
    with pytest.raises(Reverted, match="ExitsFirst") as caught:
        history.post(consume=1, leave=0)
    assert caught.value.arguments == (0, (waits + FORCE // 2) * 1000)
    history.post([b""], consume=0, leave=0)  # ordered segments go on
    venue.wait(FORCE // 2)
    with pytest.raises(Reverted, match="ExitLeftOut") as caught:
        history.post([b""], consume=0, leave=0)
    assert caught.value.arguments == (0, (waits + FORCE) * 1000)
    history.post(consume=1, leave=1)


def test_flood_of_messages_holds_up_no_exit(history: L1History) -> None:
    """FAULTS 14, attack 46: an hour of the most expensive work waits; the exit that comes last is
    in the next batch, whatever the messages' bucket holds."""
    venue: Any = history.venue
    rate = venue.config.inbox_rate
    before = venue.balance(venue.inbox.address)
    while venue.inbox.backlog().call() < HOUR * rate:
        flood(history, 40)
    spent = venue.balance(venue.inbox.address) - before
    venue.send(venue.inbox.exit(withdrawal(1)), "trader")
    room = venue.config.inbox_burst // venue.inbox.chargeBetween(4, 5).call()
    for _ in range(room // BATCH_INBOX_MAX):  # a sequencer fills the messages' bucket
        history.post(consume=BATCH_INBOX_MAX, leave=0)
    with pytest.raises(Reverted, match="InboxRateExceeded"):
        history.post(consume=BATCH_INBOX_MAX, leave=0)
    assert venue.rollup.levels().call()[2] == 0
    batch = history.post(consume=0)
    assert batch.exit_count == 1
    assert not venue.inbox.hasExit(1).call()
    # docs/protocol/capacity.md, what a flood costs: 3.95 ether for an hour's work.
    wei = venue.config.inbox_fee_per_mega_wei * rate * 111_600 // 10**6
    assert wei < spent < wei * 103 // 100
    assert 3.95e18 < spent < 4.07e18


def fits(history: L1History, leave: int) -> bool:
    """Whether the next batch may consume this many exits and a message, by their rates."""
    data = history.build([], 1, leave).data
    try:
        history.venue.dry_run(history.venue.rollup.postBatch(data), "sequencer")
    except Reverted as error:
        return error.name != "InboxRateExceeded"
    return True


def test_flood_of_exits_holds_up_no_message() -> None:
    """Attack 55: exits cost little, so they have a bucket of their own. A due message is consumed
    although exits wait, which their rate does not admit."""
    history = opened(inbox_burst=BATCH_INBOX_MAX * SEGMENT_CHARGE_MAX)
    venue: Any = history.venue
    rival, first = venue.address("rival"), venue.vault.nextAccount().call()
    for account in range(first, first + 124):  # more than fit
        venue.send_from(venue.vault.register(rival), rival)
        venue.send_from(venue.inbox.exit(closing(account)), rival)
    while waiting := history.build().message_count:
        history.post(consume=min(BATCH_INBOX_MAX, waiting), leave=0)
    venue.send(venue.inbox.submit(b"op"), "trader")
    venue.wait(FORCE)
    history.post(consume=0, leave=BATCH_INBOX_MAX)
    rest = next(count for count in range(46, 0, -1) if fits(history, count))
    assert 20 < rest < 46
    with pytest.raises(Reverted, match="ExitLeftOut"):
        history.post(consume=1, leave=rest - 4)
    rest = next(count for count in range(46, 0, -1) if fits(history, count))
    with pytest.raises(Reverted, match="MessageLeftOut"):
        history.post(consume=0, leave=rest)
    while fits(history, rest + 1):
        rest += 1
    history.post(consume=1, leave=rest)
    assert venue.rollup.exitEnd().call() < venue.inbox.exitCount().call()


def test_exits_alone_are_posted_by_anyone_once_overdue(history: L1History) -> None:
    venue: Any = history.venue
    venue.send(venue.inbox.exit(withdrawal(1)), "trader")
    venue.wait(FORCE + GRACE - 2)
    with pytest.raises(Reverted, match="GraceNotOver"):
        history.submit(history.build(), by="anyone")
    venue.wait(1)
    with pytest.raises(Reverted, match="OnlyInbox"):
        history.submit(history.build([b""]), by="anyone")
    history.submit(history.build(), by="anyone")
    assert venue.rollup.exitEnd().call() == 1


# Claims


def test_lie_about_an_exit_is_disproved(history: L1History) -> None:
    """The first and the last of each lane, and what comes from another lane is not a witness."""
    venue: Any = history.venue
    for account in (1, 2, 3):
        venue.send(venue.inbox.exit(closing(account)), "trader")
    flood(history, 2)
    history.propose(1)
    history.post([op(200, b"x")])
    history.propose(2, wrong=1)
    for index in (0, 1, 2, 3, 4):
        given = history.challenge(2, index)
        other = history.challenge(2, (index + 3) % 5)
        for field in ("segment", "segmentPath"):
            with pytest.raises(Reverted, match="Incomplete"):
                venue.dry_run(venue.rollup.challenge({**given, field: other[field]}), "challenger")
        assert len(given["segmentPath"]) == (3 - index if index < 3 else 5 - index)
    history.disprove(2, 0)
    assert venue.rollup.claimCount().call() == 2


def test_flood_costs_its_sender_ten_times_what_it_costs_the_venue(history: L1History) -> None:
    """FAULTS 14: by gas alone, the fees aside. What a venue pays is a root of a claim for each."""
    venue: Any = history.venue
    history.propose(1)

    def cost(number: int) -> int:
        """Gas of a batch and its claim, its roots at 40 gas a byte."""
        posted = history.submit(history.build([b""]))
        roots = [history.claims[number - 1][-1]]
        roots += [keccak256(bytes([each])) for each in range(len(history.batches[number].inputs()))]
        claimed = history.propose_roots(number, roots)
        return int(posted.gas_used + claimed.gas_used + 32 * 40 * len(roots))

    cost(2)
    quiet = cost(3)
    sent = 0
    for account in (1, 2, 3):
        sent += venue.send(venue.inbox.exit(closing(account)), "trader").gas_used
    for _ in range(20):
        sent += venue.send(venue.inbox.submit(op(200, b"")), "rival").gas_used
    assert 0 < 10 * (cost(4) - quiet) < sent
