"""Payments into pools, and reports of L1's prices: what the Vault and the Inbox take."""

from __future__ import annotations

import pytest

from strikeproof.wire.constants import MessageKind, Pool
from strikeproof.wire.operations import encode_l1_report_payload, encode_pay_in_payload
from tests.contracts.l1.l1_history import L1History
from tests.contracts.l1.venue import Venue
from tests.contracts.test_inbox_messages import message
from tests.contracts.test_vault_custody import fund, refused

USD = 10**6
FEE_WEI = 10**15  # more than a message costs: the rest comes back


def test_payment_into_a_pool_is_custody_and_a_message(venue: Venue, history: L1History) -> None:
    fund(venue, "rival", 5 * USD)
    sent = venue.send(venue.vault.payIn(Pool.INSURANCE_FUND, 5 * USD), "rival", FEE_WEI)
    (event,) = venue.events(sent, venue.vault, "PaidIn")
    assert event["pool"] == Pool.INSURANCE_FUND
    assert event["from"] == venue.address("rival").lower()
    assert (event["amountMicroUsd"], event["index"]) == (5 * USD, 0)
    assert venue.vault.custodyMicroUsd().call() == 5 * USD
    assert venue.token.balanceOf(venue.vault.address).call() == 5 * USD
    history.read_inbox()
    payload = encode_pay_in_payload(pool=Pool.INSURANCE_FUND, amount_micro_usd=5 * USD)
    rival = venue.address("rival")
    assert history.messages == [message(MessageKind.PAY_IN, rival, sent.timestamp, payload)]


@pytest.mark.parametrize("pool", [0, 3, 255])
def test_there_are_two_pools(venue: Venue, pool: int) -> None:
    fund(venue, "rival", USD)
    assert refused(venue, venue.vault.payIn(pool, USD), "rival", "UnknownPool") == (pool,)
    assert venue.vault.custodyMicroUsd().call() == 0


def test_a_payment_of_nothing_is_refused(venue: Venue) -> None:
    refused(venue, venue.vault.payIn(Pool.FEE_POOL, 0), "rival", "NothingReceived")


def test_a_message_costs_its_fee(venue: Venue) -> None:
    fund(venue, "rival", USD)
    refused(venue, venue.vault.payIn(Pool.FEE_POOL, USD), "rival", "FeeTooLow")
    refused(venue, venue.inbox.reportL1(), "rival", "FeeTooLow")
    assert venue.vault.custodyMicroUsd().call() == 0


def test_only_the_vault_reports_payments(venue: Venue) -> None:
    call = venue.inbox.payIn(venue.address("rival"), Pool.FEE_POOL, USD)
    refused(venue, call, "rival", "NotVault")


def test_a_report_states_the_block_s_own_prices(venue: Venue, history: L1History) -> None:
    sent = venue.send(venue.inbox.reportL1(), "rival", FEE_WEI)
    history.read_inbox()
    (found,) = history.messages
    payload = found[27:]
    base_fee = int.from_bytes(payload[:8], "big")
    expected = encode_l1_report_payload(
        base_fee_wei=base_fee, blob_base_fee_wei=int.from_bytes(payload[8:], "big")
    )
    rival = venue.address("rival")
    assert found == message(MessageKind.L1_REPORT, rival, sent.timestamp, expected)
    assert base_fee > 0
