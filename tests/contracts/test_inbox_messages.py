"""Messages are numbered, chained, bounded and paid for (attack 25)."""

from __future__ import annotations

from typing import Any

import pytest

from strikeproof.keccak import keccak256
from strikeproof.wire.constants import (
    CHARGE_DATA_BYTE,
    CHARGE_SEGMENT,
    INBOX_FEE_PER_MEGA_WEI_MAX,
    INBOX_FEE_PER_MEGA_WEI_MIN,
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
from tests.contracts.l1.revm_venue import IS_INSTALLED, RevmVenue
from tests.contracts.l1.venue import Reverted, Venue
from tests.harness import harness

MESSAGE_HEAD = 1 + 20 + 6
needs_revm = pytest.mark.skipif(not IS_INSTALLED, reason="needs pyrevm")


def refused(
    venue: Venue, call: Any, by: str, error: str, value: int | None = None
) -> tuple[Any, ...]:
    with pytest.raises(Reverted) as caught:
        venue.send(call, by, value)
    assert caught.value.name == error
    return caught.value.arguments


def raw(address: str) -> bytes:
    return bytes.fromhex(address[2:])


def message(kind: MessageKind, sender: str, time: int, payload: bytes) -> bytes:
    return frame_message(kind=kind, sender=raw(sender), time_ms=time * 1000, payload=payload)


def test_message_carries_kind_sender_and_time(venue: Venue) -> None:
    sent = venue.send(venue.inbox.submit(b"an op"), "trader")
    expected = message(MessageKind.USER_OP, venue.address("trader"), sent.timestamp, b"an op")
    rolling = keccak256(ZERO + keccak256(expected))
    (event,) = venue.events(sent, venue.inbox, "MessageAdded")
    assert event == {"index": 0, "message": expected, "rolling": rolling}
    assert venue.inbox.count().call() == 1
    assert venue.inbox.rolling(0).call() == ZERO
    assert venue.inbox.rolling(1).call() == rolling
    assert venue.inbox.timeMs(0).call() == sent.timestamp * 1000


def test_every_kind_is_framed_as_the_protocol_says(venue: Venue, history: L1History) -> None:
    trader = venue.address("trader")
    registered = venue.send(venue.vault.register(venue.address("rival")), "trader")
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
    times = []
    for index in range(12):
        sent = venue.send(venue.inbox.submit(b""), "trader", after=1 + 1000 * index)
        times.append(sent.timestamp * 1000)
    assert [venue.inbox.timeMs(index).call() for index in range(12)] == times


def test_what_does_not_exist_is_not_zero(venue: Venue) -> None:
    """Attack 25: a message or a rolling hash past the end is refused."""
    refused(venue, venue.inbox.rolling(1), "anyone", "UnknownMessage")
    refused(venue, venue.inbox.timeMs(0), "anyone", "UnknownMessage")
    venue.send(venue.inbox.submit(b""), "trader")
    venue.inbox.rolling(1).call()
    refused(venue, venue.inbox.rolling(2), "anyone", "UnknownMessage")
    refused(venue, venue.inbox.timeMs(1), "anyone", "UnknownMessage")


def test_messages_are_bounded(venue: Venue) -> None:
    """Attacks 1, 36."""
    longest = bytes(INBOX_MESSAGE_BYTES_MAX - MESSAGE_HEAD)
    venue.send(venue.inbox.submit(longest), "trader")
    given = refused(venue, venue.inbox.submit(longest + b"\0"), "trader", "MessageTooLong")
    assert given == (INBOX_MESSAGE_BYTES_MAX + 1, INBOX_MESSAGE_BYTES_MAX)


# Fees


def price(venue: Venue, charge: int, backlog: int) -> int:
    """docs/protocol/capacity.md, fee: what `charge` costs if `backlog` waits, itself included."""
    base = venue.config.inbox_rate * 60
    return -(-venue.config.inbox_fee_per_mega_wei * charge * (base + backlog) // (base * 10**6))


def paid(venue: Venue, call: Any, value: int | None = None) -> int:
    """Send a call; return by how much the Inbox's balance grew."""
    before = venue.balance(venue.inbox.address)
    venue.send(call, "trader", value)
    return venue.balance(venue.inbox.address) - before


def funded(venue: Venue) -> Any:
    """An account and tokens for deposits; return a deposit of a dollar."""
    trader = venue.address("trader")
    venue.send(venue.vault.register(trader), "trader")
    venue.send(venue.token.mint(trader, 10**12), "trader")
    venue.send(venue.token.approve(venue.vault.address, 10**12), "trader")
    return venue.vault.deposit(1, 10**6)


@needs_revm
def test_price_follows_charge_and_backlog() -> None:
    """Attack 46: the tenth bundle in a second costs more than the first, and after an idle hour it
    costs as little as the first."""
    venue: Any = RevmVenue()
    rate, backlog, trader = venue.config.inbox_rate, 0, venue.address("trader")
    steps = [(0, bundle_of(8)), (0, bundle_of(1)), (0, b""), (1, bundle_of(8)), (3_600, b"")]
    for index, (seconds, payload) in enumerate(steps):
        venue.wait(seconds)
        asked = venue.inbox.feeOf(MessageKind.USER_OP, payload).call()
        before = venue.balance(venue.inbox.address)
        venue.send_from(venue.inbox.submit(payload), trader)
        charge = venue.inbox.chargeBetween(index, index + 1).call()
        backlog = max(0, backlog - rate * seconds) + charge
        assert venue.balance(venue.inbox.address) - before == asked == price(venue, charge, backlog)
        assert venue.inbox.backlog().call() == backlog
    assert backlog == charge, "an idle hour leaves nothing"


@needs_revm
def test_work_that_waits_a_minute_doubles_the_price() -> None:
    """It rises within a block already, and falls again with time."""
    venue: Any = RevmVenue()
    payload = bundle_of(8)
    rate = venue.config.inbox_rate
    while venue.inbox.backlog().call() < 60 * rate:
        venue.send_from(venue.inbox.submit(payload), venue.address("trader"))
    waiting = venue.inbox.backlog().call()
    charge = venue.inbox.chargeBetween(0, 1).call()
    now = venue.inbox.feeOf(MessageKind.USER_OP, payload).call()
    assert now == price(venue, charge, waiting + charge)
    idle = price(venue, charge, 0)
    assert 20 * idle <= 10 * now < 21 * idle
    venue.wait(30)
    half = venue.inbox.feeOf(MessageKind.USER_OP, payload).call()
    assert half == price(venue, charge, waiting + charge - 30 * rate) < now


def test_everybody_but_the_governor_pays(venue: Venue) -> None:
    """Deposits too (FAULTS 14: a deposit of a micro-dollar was free)."""
    deposit = funded(venue)
    for call in (deposit, venue.vault.register(venue.address("trader")), venue.inbox.submit(b"")):
        given, wanted = refused(venue, call, "trader", "FeeTooLow", 0)
        assert given == 0 < wanted
        assert refused(venue, call, "trader", "FeeTooLow", wanted // 2)[1] >= wanted // 2
        index = venue.inbox.count().call()
        assert paid(venue, call) > 0
        assert venue.inbox.count().call() == index + 1
    before = venue.balance(venue.inbox.address)
    venue.govern(venue.inbox.govern(b"\x01"))
    assert venue.balance(venue.inbox.address) == before


def test_what_is_paid_too_much_comes_back(venue: Venue) -> None:
    deposit = funded(venue)
    for call in (deposit, venue.inbox.submit(b"")):
        spent = []
        for value in (10**15, 10**16):
            venue.wait(3_600)
            before = venue.balance(venue.address("trader"))
            sent = venue.send(call, "trader", value)
            after = venue.balance(venue.address("trader"))
            spent.append((paid_gas(venue, sent), before - after))
        (gas, first), (gas_again, again) = spent
        assert first - gas == again - gas_again < 10**15


def paid_gas(venue: Venue, sent: Any) -> int:
    """Wei of a transaction's gas: a tip of 1 on the base fee of its block."""
    return int(sent.gas_used * (venue.chain.header(sent.block).base_fee_per_gas + 1))


def test_wallet_that_takes_no_ether_sends_all_the_same(venue: Venue) -> None:
    """A contract's message counts whatever its refund does, and the refund is kept for it."""
    wallet = venue.deploy(harness("Stubborn"), venue.inbox.address)
    venue.send(wallet.forward(venue.inbox.submit(b"").data), "trader", 10**15)
    kept = venue.inbox.refundWei(wallet.address).call()
    fee = venue.balance(venue.inbox.address) - kept
    assert venue.inbox.count().call() == 1 and fee > 0 and kept + fee == 10**15
    to = "0x" + "78" * 20
    venue.govern(venue.inbox.payFees("0x" + "77" * 20))
    assert venue.balance("0x" + "77" * 20) == fee, "governance takes no refunds"
    venue.send(wallet.forward(venue.inbox.collectRefund(to).data), "trader", 0)
    venue.send(wallet.forward(venue.inbox.collectRefund(to).data), "trader", 0)
    assert (venue.balance(to), venue.balance(venue.inbox.address)) == (kept, 0)


def test_refund_that_calls_back_adds_its_message_and_takes_nothing(venue: Venue) -> None:
    """Reentrancy: the refund is the last act, and nothing is paid twice."""
    caller = venue.deploy(harness("Returner"), venue.inbox.address)
    again = venue.inbox.submit(b"\xff").data
    venue.send(caller.forward(venue.inbox.submit(b"").data, again), "trader", 10**15)
    assert venue.inbox.count().call() == 2
    assert venue.inbox.refundWei(caller.address).call() == 0
    charges = [venue.inbox.chargeBetween(at, at + 1).call() for at in range(2)]
    fees = price(venue, charges[0], charges[0]) + price(venue, charges[1], sum(charges))
    assert venue.balance(venue.inbox.address) == fees


def test_fees_go_where_governance_says(venue: Venue) -> None:
    fees = sum(paid(venue, venue.inbox.submit(b"")) for _ in range(2))
    to = "0x" + "77" * 20
    refused(venue, venue.inbox.payFees(to), "trader", "NotGovernor")
    venue.govern(venue.inbox.payFees(to))
    assert venue.web3.eth.get_balance(to) == fees > 0  # type: ignore[arg-type]


def test_only_governance_governs(venue: Venue) -> None:
    for call in (venue.inbox.govern(b"\x01"), venue.inbox.setFee(0)):
        for by in ("trader", "sequencer", "governor", "deployer"):
            refused(venue, call, by, "NotGovernor")
    before = venue.inbox.feeOf(MessageKind.USER_OP, b"").call()
    venue.govern(venue.inbox.setFee(INBOX_FEE_PER_MEGA_WEI_MIN))
    assert venue.inbox.feePerMegaWei().call() == INBOX_FEE_PER_MEGA_WEI_MIN
    assert venue.inbox.feeOf(MessageKind.USER_OP, b"").call() * 10 - before in range(10)


def test_fee_stays_between_its_floor_and_its_ceiling(venue: Venue) -> None:
    """Not so low that flooding is free, not so high that nobody can force an op."""
    least, most = INBOX_FEE_PER_MEGA_WEI_MIN, INBOX_FEE_PER_MEGA_WEI_MAX
    for fee in (0, least - 1, most + 1, 2**256 - 1):
        with pytest.raises(Reverted, match="FeeOutOfRange"):
            venue.govern(venue.inbox.setFee(fee))
    venue.govern(venue.inbox.setFee(most))


def test_deposits_have_a_minimum_that_governance_sets(venue: Venue) -> None:
    funded(venue)
    venue.govern(venue.vault.setMinimumDeposit(5 * 10**6))
    given = refused(venue, venue.vault.deposit(1, 5 * 10**6 - 1), "trader", "DepositTooSmall")
    assert given == (5 * 10**6 - 1, 5 * 10**6)
    venue.send(venue.vault.deposit(1, 5 * 10**6), "trader")
    refused(venue, venue.vault.setMinimumDeposit(0), "governor", "NotGovernor")
    with pytest.raises(Reverted, match="MinimumTooHigh"):
        venue.govern(venue.vault.setMinimumDeposit(10**9 + 1))


def test_only_the_vault_registers_and_deposits(venue: Venue) -> None:
    """Attack 25: a deposit that never happened."""
    trader = venue.address("trader")
    for by in ("trader", "sequencer", "governor", "deployer"):
        refused(venue, venue.inbox.deposit(trader, 1, 10**6), by, "NotVault")
        refused(venue, venue.inbox.register(trader, 1, trader), by, "NotVault")


# Charges


def op_of(kind: int, size: int) -> bytes:
    return frame_op(type=kind, body=bytes(size))


def bundle_of(count: int) -> bytes:
    """A bundle's head whose count of actions says so."""
    return frame_op(type=OpType.BUNDLE, body=bytes(24) + bytes([count]) + bytes(100))


@pytest.mark.parametrize(
    ("payload", "reserve"),
    [
        *((bundle_of(count), RESERVE_CHARGE_BUNDLE[count - 1]) for count in range(1, 9)),
        *((bundle_of(count), RESERVE_CHARGE_BUNDLE[7]) for count in (0, 9, 255)),
        (bundle_of(1)[: 3 + 24], RESERVE_CHARGE_BUNDLE[7]),  # cut off in front of its count
        (bundle_of(1)[: 3 + 25], RESERVE_CHARGE_BUNDLE[0]),
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
    venue.send(venue.inbox.submit(payload), "trader")
    expected = CHARGE_SEGMENT + reserve + CHARGE_DATA_BYTE * (MESSAGE_HEAD + len(payload))
    assert venue.inbox.chargeBetween(0, 1).call() == expected


def test_other_messages_are_charged_by_kind(venue: Venue) -> None:
    """Registrations and deposits are light: eight of them share a segment."""
    trader = venue.address("trader")
    venue.send(venue.vault.register(trader), "trader")
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
    venue.send(venue.inbox.submit(payload), "trader")
    assert venue.inbox.chargeBetween(0, 1).call() <= SEGMENT_CHARGE_MAX
