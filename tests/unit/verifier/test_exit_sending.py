"""A refusal of one owner leaves the others alone, and what a key cannot pay is reported."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from strikeproof.l1 import CallReverted, EndpointFailed, FeePolicy, L1Unavailable
from strikeproof.l1.gas_estimate import with_margin
from strikeproof.verifier.inspection.exit_sending import (
    TOGETHER,
    ExitSending,
    GasMoneyMissing,
)
from strikeproof.verifier.inspection.venue_calls import CallRefused, VenueCall

GAS, BASE_FEE = 100_000, 10**9
COST = with_margin(GAS) * FeePolicy().fees(BASE_FEE, None)[0]


@dataclass
class FakeL1:
    """One key and one endpoint, by which the calls named in `refused` revert."""

    held_wei: int = 10**18
    used_wei: int = 0
    """What each transaction takes of it."""
    refused: frozenset[bytes] = frozenset()
    silent: bool = False
    said: list[str] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)
    under_way_most: int = 0
    _under_way: int = 0
    name: str = "only"
    address: bytes = bytes(20)
    policy: FeePolicy = field(default_factory=FeePolicy)

    def awake(self) -> list[Any]:
        return [self]

    def head(self) -> Any:
        return SimpleNamespace(base_fee_wei=BASE_FEE)

    def balance_wei(self, address: bytes) -> int:
        return self.held_wei

    def estimate_gas(self, to: bytes, data: bytes, *_: object) -> int:
        if self.silent:
            raise EndpointFailed("only", "eth_estimateGas", "busy")
        if data in self.refused:
            raise CallReverted(b"\x01\x02\x03\x04")
        return GAS

    def submit_when_clear(self, name: str, *_: object, **__: object) -> None:
        self.sent.append(name)
        self._under_way += 1
        self.under_way_most = max(self.under_way_most, self._under_way)

    def wait(self, name: str, **_: object) -> Any:
        self._under_way -= 1
        self.held_wei -= self.used_wei
        status = SimpleNamespace(value="final")
        return SimpleNamespace(status=status, block_number=1, gas_used=GAS, succeeded=True)

    def sending(self, agrees: bool = True) -> ExitSending:
        client: Any = self
        return ExitSending(client, client, lambda _: agrees, self.said.append)


def calls(count: int) -> list[VenueCall]:
    return [VenueCall(f"pay {n}", "Escape", bytes(20), b"%d" % n) for n in range(count)]


def test_one_owner_whom_the_token_refuses_holds_up_nobody() -> None:
    l1 = FakeL1(refused=frozenset({b"0", b"17", b"39"}))
    rows = l1.sending().send_each(calls(40))
    assert sorted(l1.sent) == sorted(f"pay {n}" for n in range(40) if n not in (0, 17, 39))
    left_out = [each["call"] for each in rows if "refused" in each]
    assert left_out == ["pay 0", "pay 17", "pay 39"]
    assert [each["succeeded"] for each in rows].count(False) == len(left_out)
    assert sum("left out" in each for each in l1.said) == len(left_out)


def test_where_everything_is_refused_the_reason_is_reported() -> None:
    l1 = FakeL1(refused=frozenset({b"0", b"1"}))
    with pytest.raises(CallRefused, match="pay 0: reverts with 01020304"):
        l1.sending().send_each(calls(2))
    with pytest.raises(CallRefused, match="pay 1"):
        FakeL1(refused=frozenset({b"1"})).sending().send(calls(2))
    assert not l1.sent


def test_silence_is_no_refusal() -> None:
    with pytest.raises(L1Unavailable, match="busy"):
        FakeL1(silent=True).sending().send_each(calls(2))


def test_a_key_sends_as_many_at_once_as_it_can_pay() -> None:
    l1 = FakeL1(held_wei=3 * COST)
    assert len(l1.sending().send(calls(8))) == 8
    assert l1.under_way_most == 3
    rich = FakeL1()
    rich.sending().send(calls(40))
    assert rich.under_way_most == TOGETHER


def test_a_key_without_money_learns_how_much_it_needs() -> None:
    l1 = FakeL1(held_wei=COST - 1)
    with pytest.raises(GasMoneyMissing) as caught:
        l1.sending().send(calls(1))
    assert (caught.value.needed_wei, caught.value.held_wei) == (COST, COST - 1)
    assert not l1.sent
    spent = FakeL1(held_wei=2 * COST, used_wei=COST // 2 - 1)
    with pytest.raises(GasMoneyMissing):
        spent.sending().send(calls(8))
    assert len(spent.sent) == 3


def test_the_ether_that_goes_with_a_call_counts() -> None:
    message = VenueCall("force", "Inbox", bytes(20), b"op", 10**17)
    assert FakeL1(held_wei=COST + 10**17).sending().send([message])
    for l1 in (FakeL1(held_wei=COST + 10**17 - 1), FakeL1(held_wei=10**16, silent=True)):
        with pytest.raises(GasMoneyMissing):
            l1.sending().send([message])


def test_whoever_declines_is_asked_no_more() -> None:
    l1 = FakeL1()
    assert l1.sending(agrees=False).send(calls(40)) == []
    assert l1.sending(agrees=False).send_in_order(calls(3)) == []
    assert not l1.sent
