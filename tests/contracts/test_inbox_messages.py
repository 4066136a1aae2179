"""Messages are numbered, chained, bounded and paid for (attack 25)."""

from __future__ import annotations

from typing import Any

import pytest

from strikeproof.keccak import keccak256
from strikeproof.wire.constants import (
    CHARGE_DATA_BYTE,
    CHARGE_SEGMENT,
    INBOX_FEE_WEI_MAX,
    INBOX_FEE_WEI_MIN,
    INBOX_MESSAGE_BYTES_MAX,
    LIGHT_MESSAGES_MAX,
    RESERVE_CHARGE_BUNDLE,
    RESERVE_CHARGE_DEPOSIT,
    RESERVE_CHARGE_GOVERNANCE,
    RESERVE_CHARGE_INDEX_PRICE,
    RESERVE_CHARGE_REGISTER,
    RESERVE_CHARGE_SET_SESSION,
    RESERVE_CHARGE_SWEEP,
    RESERVE_CHARGE_WITHDRAW,
    SEGMENT_CHARGE_MAX,
    MessageKind,
    OpType,
)
from strikeproof.wire.operations import (
    encode_deposit_payload,
    encode_register_payload,
    frame_message,
    frame_op,
)
from tests.contracts.l1.forest import ZERO
from tests.contracts.l1.l1_history import L1History
from tests.contracts.l1.venue import Reverted, Venue

MESSAGE_HEAD = 1 + 20 + 6


def refused(venue: Venue, call: Any, by: str, error: str, value: int = 0) -> tuple[Any, ...]:
    with pytest.raises(Reverted) as caught:
        venue.send(call, by, value)
    assert caught.value.name == error
    return caught.value.arguments


def raw(address: str) -> bytes:
    return bytes.fromhex(address[2:])


def message(kind: MessageKind, sender: str, time: int, payload: bytes) -> bytes:
    return frame_message(kind=kind, sender=raw(sender), time_ms=time * 1000, payload=payload)


def test_message_carries_kind_sender_and_time(venue: Venue) -> None:
    fee = venue.inbox.feeWei().call()
    sent = venue.send(venue.inbox.submit(b"an op"), "trader", fee)
    expected = message(MessageKind.USER_OP, venue.address("trader"), sent.timestamp, b"an op")
    rolling = keccak256(ZERO + keccak256(expected))
    (event,) = venue.events(sent, venue.inbox, "MessageAdded")
    assert event == {"index": 0, "message": expected, "rolling": rolling}
    assert venue.inbox.count().call() == 1
    assert venue.inbox.rolling(0).call() == ZERO
    assert venue.inbox.rolling(1).call() == rolling
    assert venue.inbox.timeMs(0).call() == sent.timestamp * 1000


def test_every_kind_is_framed_as_the_protocol_says(venue: Venue, history: L1History) -> None:
    fee = venue.inbox.feeWei().call()
    trader = venue.address("trader")
    registered = venue.send(venue.vault.register(venue.address("rival")), "trader", fee)
    venue.send(venue.token.mint(trader, 10**9), "trader")
    venue.send(venue.token.approve(venue.vault.address, 10**9), "trader")
    deposited = venue.send(venue.vault.deposit(1, 123_456_789), "trader")
    governed = venue.govern(venue.inbox.govern(b"\x01symbol"))
    history.read_inbox()  # asserts the rolling hash of each
    owner = raw(venue.address("rival"))
    assert history.messages == [
        message(
            MessageKind.REGISTER,
            trader,
            registered.timestamp,
            encode_register_payload(account=1, owner=owner),
        ),
        message(
            MessageKind.DEPOSIT,
            trader,
            deposited.timestamp,
            encode_deposit_payload(account=1, amount_micro_usd=123_456_789),
        ),
        message(
            MessageKind.GOVERNANCE,
            venue.deployment.timelock,
            governed.timestamp,
            b"\x01symbol",
        ),
    ]


def test_times_of_many_messages_are_kept_apart(venue: Venue) -> None:
    fee = venue.inbox.feeWei().call()
    times = []
    for index in range(12):
        sent = venue.send(venue.inbox.submit(b""), "trader", fee, after=1 + 1000 * index)
        times.append(sent.timestamp * 1000)
    assert [venue.inbox.timeMs(index).call() for index in range(12)] == times


def test_what_does_not_exist_is_not_zero(venue: Venue) -> None:
    """Attack 25: a message or a rolling hash past the end is refused."""
    refused(venue, venue.inbox.rolling(1), "anyone", "UnknownMessage")
    refused(venue, venue.inbox.timeMs(0), "anyone", "UnknownMessage")
    venue.send(venue.inbox.submit(b""), "trader", venue.inbox.feeWei().call())
    venue.inbox.rolling(1).call()
    refused(venue, venue.inbox.rolling(2), "anyone", "UnknownMessage")
    refused(venue, venue.inbox.timeMs(1), "anyone", "UnknownMessage")


def test_messages_are_bounded(venue: Venue) -> None:
    """Attacks 1, 36."""
    fee = venue.inbox.feeWei().call()
    longest = bytes(INBOX_MESSAGE_BYTES_MAX - MESSAGE_HEAD)
    venue.send(venue.inbox.submit(longest), "trader", fee)
    given = refused(venue, venue.inbox.submit(longest + b"\0"), "trader", "MessageTooLong", fee)
    assert given == (INBOX_MESSAGE_BYTES_MAX + 1, INBOX_MESSAGE_BYTES_MAX)


def test_fee_is_paid_exactly(venue: Venue) -> None:
    fee = venue.inbox.feeWei().call()
    assert fee > 0
    for value in (0, fee - 1, fee + 1):
        refused(venue, venue.inbox.submit(b""), "trader", "WrongFee", value)
        register = venue.vault.register(venue.address("trader"))
        refused(venue, register, "trader", "WrongFee", value)
    assert venue.inbox.count().call() == 0


def test_fees_go_where_governance_says(venue: Venue) -> None:
    fee = venue.inbox.feeWei().call()
    venue.send(venue.inbox.submit(b""), "trader", fee)
    venue.send(venue.inbox.submit(b""), "trader", fee)
    to = "0x" + "77" * 20
    refused(venue, venue.inbox.payFees(to), "trader", "NotGovernor")
    venue.govern(venue.inbox.payFees(to))
    assert venue.web3.eth.get_balance(to) == 2 * fee  # type: ignore[arg-type]


def test_only_governance_governs(venue: Venue) -> None:
    for call in (venue.inbox.govern(b"\x01"), venue.inbox.setFee(0)):
        for by in ("trader", "sequencer", "governor", "deployer"):
            refused(venue, call, by, "NotGovernor")
    venue.govern(venue.inbox.setFee(INBOX_FEE_WEI_MIN))
    assert venue.inbox.feeWei().call() == INBOX_FEE_WEI_MIN
    venue.send(venue.inbox.submit(b""), "trader", INBOX_FEE_WEI_MIN)


def test_fee_stays_between_its_floor_and_its_ceiling(venue: Venue) -> None:
    """Not so low that flooding is free, not so high that nobody can force an op."""
    for fee in (0, INBOX_FEE_WEI_MIN - 1, INBOX_FEE_WEI_MAX + 1, 2**256 - 1):
        with pytest.raises(Reverted, match="FeeOutOfRange"):
            venue.govern(venue.inbox.setFee(fee))
    venue.govern(venue.inbox.setFee(INBOX_FEE_WEI_MAX))


def test_only_the_vault_registers_and_deposits(venue: Venue) -> None:
    """Attack 25: a deposit that never happened."""
    trader = venue.address("trader")
    fee = venue.inbox.feeWei().call()
    for by in ("trader", "sequencer", "governor", "deployer"):
        refused(venue, venue.inbox.deposit(trader, 1, 10**6), by, "NotVault")
        refused(venue, venue.inbox.register(trader, 1, trader), by, "NotVault", fee)


# Charges


def op_of(kind: int, size: int) -> bytes:
    return frame_op(type=kind, body=bytes(size))


def bundle_of(count: int) -> bytes:
    """A bundle's head whose count of actions says so."""
    return frame_op(type=OpType.BUNDLE, body=bytes(23) + bytes([count]) + bytes(100))


@pytest.mark.parametrize(
    ("payload", "reserve"),
    [
        *((bundle_of(count), RESERVE_CHARGE_BUNDLE[count - 1]) for count in range(1, 9)),
        *((bundle_of(count), RESERVE_CHARGE_BUNDLE[7]) for count in (0, 9, 255)),
        (bundle_of(1)[: 3 + 23], RESERVE_CHARGE_BUNDLE[7]),  # cut off in front of its count
        (bundle_of(1)[: 3 + 24], RESERVE_CHARGE_BUNDLE[0]),
        (b"", RESERVE_CHARGE_BUNDLE[7]),
        (b"\1", RESERVE_CHARGE_BUNDLE[7]),
        (op_of(200, 5), RESERVE_CHARGE_BUNDLE[7]),
        (op_of(OpType.WITHDRAW, 26), RESERVE_CHARGE_WITHDRAW),
        (op_of(OpType.SET_SESSION, 0), RESERVE_CHARGE_SET_SESSION),
        (op_of(OpType.INDEX_PRICE, 9), RESERVE_CHARGE_INDEX_PRICE),
        (op_of(OpType.SWEEP, 3)[:1], RESERVE_CHARGE_SWEEP),
    ],
)
def test_forced_op_is_charged_by_what_it_may_reserve(
    venue: Venue, payload: bytes, reserve: int
) -> None:
    venue.send(venue.inbox.submit(payload), "trader", venue.inbox.feeWei().call())
    expected = CHARGE_SEGMENT + reserve + CHARGE_DATA_BYTE * (MESSAGE_HEAD + len(payload))
    assert venue.inbox.chargeBetween(0, 1).call() == expected


def test_other_messages_are_charged_by_kind(venue: Venue) -> None:
    """Registrations and deposits are light: eight of them share a segment."""
    fee = venue.inbox.feeWei().call()
    trader = venue.address("trader")
    venue.send(venue.vault.register(trader), "trader", fee)
    venue.send(venue.token.mint(trader, 10**9), "trader")
    venue.send(venue.token.approve(venue.vault.address, 10**9), "trader")
    venue.send(venue.vault.deposit(1, 5), "trader")
    venue.govern(venue.inbox.govern(b"\1" * 17))
    light = CHARGE_SEGMENT // LIGHT_MESSAGES_MAX
    expected = [
        light + RESERVE_CHARGE_REGISTER + CHARGE_DATA_BYTE * (MESSAGE_HEAD + 24),
        light + RESERVE_CHARGE_DEPOSIT + CHARGE_DATA_BYTE * (MESSAGE_HEAD + 20),
        CHARGE_SEGMENT + RESERVE_CHARGE_GOVERNANCE + CHARGE_DATA_BYTE * (MESSAGE_HEAD + 17),
    ]
    between = venue.inbox.chargeBetween
    assert [between(at, at + 1).call() for at in range(3)] == expected
    assert between(0, 3).call() == sum(expected)
    assert between(1, 3).call() == sum(expected[1:])
    assert between(2, 2).call() == between(2, 1).call() == 0
    with pytest.raises(Reverted, match="UnknownMessage"):
        between(0, 4).call()


def test_most_expensive_message_is_charged_less_than_a_segment(venue: Venue) -> None:
    """So an empty bucket takes as many as a batch consumes."""
    payload = bundle_of(8).ljust(INBOX_MESSAGE_BYTES_MAX - MESSAGE_HEAD, b"\0")
    venue.send(venue.inbox.submit(payload), "trader", venue.inbox.feeWei().call())
    assert venue.inbox.chargeBetween(0, 1).call() <= SEGMENT_CHARGE_MAX
