"""What can no longer happen is given up: nothing in its place, at its own nonce."""

from __future__ import annotations

from pathlib import Path

import pytest
from structlog.testing import capture_logs

from strikeproof.l1 import IntentStatus, TransactionSender
from tests.integration.l1.test_sender import L1, TO

GAS = 30_000


@pytest.fixture
def l1(tmp_path: Path) -> L1:
    return L1(tmp_path)


def status_of(sender: TransactionSender, name: str) -> IntentStatus:
    found = sender.find(name)
    assert found is not None
    return found.status


def test_what_was_given_up_happens_no_more_and_nothing_else_has_its_nonce(l1: L1) -> None:
    sender = l1.sender()
    dead = [sender.submit(f"dead {n}", TO, b"\1", gas=GAS) for n in range(3)]
    sender.give_up(dead)
    live = sender.submit("live", TO, b"\2", gas=GAS)
    assert live.nonce == 3
    l1.mine()
    sender.poll()
    assert status_of(sender, "live") is IntentStatus.INCLUDED
    assert l1.count() == 4
    assert {status_of(sender, each.name) for each in dead} == {IntentStatus.LOST}
    # Should it have been a mistake, it is sent again like whatever lost its nonce.
    assert sender.submit("dead 0", TO, b"\1", gas=GAS).nonce == 4
    sender.close()


def test_what_lands_although_it_was_given_up_raises_no_alarm(l1: L1) -> None:
    sender = l1.sender()
    dead = sender.submit("dead", TO, b"\1", gas=GAS)
    pool = dict(l1.chain._pool)
    sender.give_up([dead])
    l1.chain._pool = pool  # a block builder that had not heard of it
    with capture_logs() as logs:
        for _ in range(8):
            l1.mine()
            sender.poll()
    assert [each["event"] for each in logs if each.get("alarm")] == []
    assert "nonce_taken_by_another" not in {each["event"] for each in logs}
    assert sender.pending() == []
    assert sender.submit("live", TO, b"\2", gas=GAS).nonce == 1
    sender.close()


def test_no_payment_gets_the_nonce_of_one_that_was_given_up_before_l1_forgot_it(l1: L1) -> None:
    """Thirty nonces came to nothing, and L1 forgets how: the one payment behind them must not be
    signed for a nonce at which a given up one can land still."""
    sender = l1.sender(pending_max=64)
    fork = l1.chain.head_number
    sender.give_up([sender.submit(f"dead {n}", TO, b"\1", gas=GAS) for n in range(30)])
    for _ in range(2):
        l1.mine_without_ours(1)
        sender.poll()
    # A foreign builder has put others there: neither the dead nor what outbid them has a receipt.
    l1.count_lie, l1.chain._pool = 30, {}
    for _ in range(5):
        l1.mine()
        sender.poll()
    assert sender.pending() == []
    l1.chain.rewind(fork)
    l1.count_lie = 0
    live = sender.submit("live", TO, b"", gas=GAS, value_wei=7)
    for _ in range(6):
        l1.mine()
        sender.poll()
    assert status_of(sender, "live") in (IntentStatus.INCLUDED, IntentStatus.FINAL)
    found = sender.find("live")
    assert found is not None
    assert found.nonce == live.nonce == 30
    assert l1.client.balance_wei(TO) == 7
    sender.close()


def test_killed_while_it_gives_up_it_closes_the_gap(
    l1: L1, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def die(*arguments: object) -> None:
        raise Killed

    sender = l1.sender()
    dead = sender.submit("dead", TO, b"\1", gas=GAS)
    sender.submit("live", TO, b"\2", gas=GAS)
    with monkeypatch.context() as patch:
        patch.setattr(sender, "_fill", die)
        with pytest.raises(Killed):
            sender.give_up([dead])
    sender.close()
    l1.chain._pool = {}
    sender = l1.sender()
    for _ in range(8):
        sender.poll()
        l1.mine()
    sender.poll()
    assert status_of(sender, "live") in (IntentStatus.INCLUDED, IntentStatus.FINAL)
    sender.close()
