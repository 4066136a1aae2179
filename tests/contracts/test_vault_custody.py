"""What comes in is what arrived; what goes out is what a final state owes, once (25, 30)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from strikeproof.deployment import NOBODY, DeploymentConfig, DeploymentFailed
from strikeproof.wire.constants import ACCOUNT_HEIGHT
from tests.contracts.l1.calls import Functions
from tests.contracts.l1.forest import encode_records, key_of
from tests.contracts.l1.l1_history import L1History
from tests.contracts.l1.trivial_law import account, add, withdraw
from tests.contracts.l1.venue import WINDOW, Reverted, Venue, venue_config
from tests.harness import harness

NONE, TAKES_FEE, RETURNS_FALSE, RETURNS_NOTHING, RETURNS_TWO, MOVES_NOTHING, GIVES_MORE = range(7)
ACCOUNT = key_of(1, 1)
USD = 10**6


def refused(
    venue: Venue, call: Any, by: str, error: str, value: int | None = None
) -> tuple[Any, ...]:
    with pytest.raises(Reverted) as caught:
        venue.send(call, by, value)
    assert caught.value.name == error
    return caught.value.arguments


def register(venue: Venue, owner: str = "trader") -> int:
    sent = venue.send(venue.vault.register(venue.address(owner)), "anyone")
    (event,) = venue.events(sent, venue.vault, "AccountRegistered")
    assert event["owner"] == venue.address(owner).lower()
    return int(event["account"])


def fund(venue: Venue, name: str, amount: int) -> None:
    venue.send(venue.token.mint(venue.address(name), amount), name)
    venue.send(venue.token.approve(venue.vault.address, amount), name)


def owner_bytes(venue: Venue, name: str = "trader") -> bytes:
    return bytes.fromhex(venue.address(name)[2:])


# In


def test_accounts_are_numbered_from_one(venue: Venue) -> None:
    assert [register(venue, name) for name in ("trader", "rival", "trader")] == [1, 2, 3]
    assert venue.vault.nextAccount().call() == 4
    zero = venue.vault.register("0x" + "00" * 20)
    refused(venue, zero, "anyone", "ZeroOwner")


def test_accounts_end_with_their_tree(venue: Venue) -> None:
    """Attack 25: L1 refuses what the law would: no registration can be a no-op."""
    register(venue)
    compiled = harness("FullVault")
    deployment = venue.deployment
    config = venue.config.vault_config(
        deployment.token,
        deployment.inbox,
        deployment.rollup,
        deployment.timelock,
        deployment.escape,
        NOBODY,
    )
    full = venue.deploy(compiled, config)
    venue.send(full.fill(2**ACCOUNT_HEIGHT - 1))
    # The last id of the tree passes this check; the Inbox stops it, as this is not its Vault.
    refused(venue, full.register(venue.address("trader")), "anyone", "NotVault")
    venue.send(full.fill(2**ACCOUNT_HEIGHT))
    refused(venue, full.register(venue.address("trader")), "anyone", "AccountsFull")


def test_deposit_is_for_an_account_that_exists(venue: Venue) -> None:
    """Attack 25."""
    fund(venue, "trader", 100 * USD)
    for unknown in (0, 1, 2**32 - 1):
        refused(venue, venue.vault.deposit(unknown, USD), "trader", "UnknownAccount")
    register(venue)
    refused(venue, venue.vault.deposit(2, USD), "trader", "UnknownAccount")
    venue.send(venue.vault.deposit(1, USD), "trader")


def test_deposit_for_another_s_account_is_a_gift(venue: Venue) -> None:
    """Attack 25: it raises the named account, takes from the caller alone."""
    register(venue, "rival")
    fund(venue, "trader", 5 * USD)
    sent = venue.send(venue.vault.deposit(1, 5 * USD), "trader")
    (event,) = venue.events(sent, venue.vault, "Deposited")
    assert event["account"] == 1
    assert event["from"] == venue.address("trader").lower()
    refused(venue, venue.vault.deposit(1, 1), "rival", "TransferFailed")


def test_deposit_of_nothing_is_refused(venue: Venue) -> None:
    """Attack 25."""
    register(venue)
    fund(venue, "trader", USD)
    refused(venue, venue.vault.deposit(1, 0), "trader", "NothingReceived")
    refused(venue, venue.vault.deposit(1, USD + 1), "trader", "TransferFailed")
    assert venue.inbox.count().call() == 1


def test_deposits_end_at_the_cap(venue: Venue) -> None:
    register(venue)
    cap = venue.vault.depositCapMicroUsd().call()
    fund(venue, "trader", 2 * cap)
    venue.send(venue.vault.deposit(1, cap - 1), "trader")
    given = refused(venue, venue.vault.deposit(1, 2), "trader", "DepositCapExceeded")
    assert given == (cap + 1, cap)
    venue.send(venue.vault.deposit(1, 1), "trader")
    refused(venue, venue.vault.setDepositCap(2 * cap), "governor", "NotGovernor")
    venue.govern(venue.vault.setDepositCap(2 * cap))
    venue.send(venue.vault.deposit(1, cap), "trader")
    with pytest.raises(Reverted, match="CapTooHigh"):
        venue.govern(venue.vault.setDepositCap(2**96))


def test_nothing_comes_in_before_the_timelock_is_sealed() -> None:
    venue = Venue(seal=False)
    register_call = venue.vault.register(venue.address("trader"))
    refused(venue, register_call, "trader", "NotSealed")
    refused(venue, venue.vault.deposit(1, 1), "trader", "NotSealed")
    venue.send(venue.timelock.seal(venue.address("governor")), "governor")
    venue.send(register_call, "trader")


# Odd tokens


class OddVenue:
    """A venue whose collateral is a token that misbehaves on command."""

    def __init__(self) -> None:
        bare = Venue()
        token = bare.deploy(harness("OddToken"))
        config: DeploymentConfig = replace(venue_config(bare.accounts), token=token.address)
        self.venue = bare
        self.venue.redeploy(config)
        self.token: Functions = bare.functions(token.address, harness("OddToken"))


@pytest.fixture(scope="module")
def odd_deployed() -> OddVenue:
    return OddVenue()


@pytest.fixture
def odd(odd_deployed: OddVenue) -> Any:
    chain = odd_deployed.venue.chain
    head = chain.head_number
    register(odd_deployed.venue)
    odd_deployed.venue.send(
        odd_deployed.token.mint(odd_deployed.venue.address("trader"), 1_000 * USD)
    )
    yield odd_deployed
    chain.rewind(head)


@pytest.mark.parametrize(
    ("oddity", "arrives"),
    [(NONE, 100), (TAKES_FEE, 90), (RETURNS_NOTHING, 100), (GIVES_MORE, 200)],
)
def test_what_arrived_is_credited(odd: OddVenue, oddity: int, arrives: int) -> None:
    """Attack 25: a token that takes a fee on transfer."""
    venue = odd.venue
    venue.send(odd.token.become(oddity))
    sent = venue.send(venue.vault.deposit(1, 100 * USD), "trader")
    (event,) = venue.events(sent, venue.vault, "Deposited")
    assert event["amountMicroUsd"] == arrives * USD
    assert venue.vault.custodyMicroUsd().call() == arrives * USD
    assert odd.token.balanceOf(venue.vault.address).call() == arrives * USD
    (added,) = venue.events(sent, venue.inbox, "MessageAdded")
    assert added["message"][-16:] == (arrives * USD).to_bytes(16, "big")


@pytest.mark.parametrize(
    ("oddity", "error"),
    [
        (RETURNS_FALSE, "TransferFailed"),
        (RETURNS_TWO, "TransferFailed"),
        (MOVES_NOTHING, "NothingReceived"),
    ],
)
def test_what_did_not_arrive_is_not_credited(odd: OddVenue, oddity: int, error: str) -> None:
    """Attack 25: a token that returns false, or lies."""
    venue = odd.venue
    venue.send(odd.token.become(oddity))
    refused(venue, venue.vault.deposit(1, 100 * USD), "trader", error)
    assert venue.vault.custodyMicroUsd().call() == 0
    assert venue.inbox.count().call() == 1


def test_deposit_inside_a_deposit_is_not_counted_twice(odd: OddVenue) -> None:
    """Attack 30: the token calls back between the two balances."""
    venue = odd.venue
    inner = venue.vault.deposit(1, 40 * USD)
    venue.send(odd.token.arm(venue.vault.address, inner.data))
    sent = venue.send(venue.vault.deposit(1, 100 * USD), "trader")
    assert odd.token.tried().call()
    assert not odd.token.reentered().call()
    (event,) = venue.events(sent, venue.vault, "Deposited")
    assert event["amountMicroUsd"] == 100 * USD


def test_token_without_code_is_no_collateral() -> None:
    with pytest.raises(DeploymentFailed, match="None decimals"):
        Venue(token="0x" + "99" * 20)


# Out


@pytest.fixture
def funded(history: L1History) -> L1History:
    """Account 1 of the trader, 500 USD in custody; claim 1 shows 100 USD withdrawn."""
    venue = history.venue
    register(venue)
    fund(venue, "rival", 500 * USD)
    venue.send(venue.vault.deposit(1, 500 * USD), "rival")
    history.post([account(ACCOUNT, owner_bytes(venue)) + withdraw(ACCOUNT, 100 * USD)])
    history.propose(1)
    return history


def proof_of(history: L1History, number: int, key: int = ACCOUNT) -> tuple[int, bytes, bytes]:
    history.roots(number)
    state = history.states[number][-1]
    return number, state.witness([key]), state.proof([key])


def finalize(history: L1History) -> None:
    history.venue.wait(WINDOW + 1)


def paid_out(venue: Venue) -> int:
    return int(venue.token.balanceOf(venue.address("trader")).call())


def test_owner_is_paid_what_a_final_state_shows(funded: L1History) -> None:
    """Attack 30: by whomever it is called, it is the owner who is paid, and once."""
    venue = funded.venue
    call = venue.vault.withdraw(*proof_of(funded, 1))
    refused(venue, call, "trader", "ClaimNotFinal")
    finalize(funded)
    sent = venue.send(call, "copier")
    (event,) = venue.events(sent, venue.vault, "Withdrawn")
    assert event == {
        "account": 1,
        "recipient": venue.address("trader").lower(),
        "amountMicroUsd": 100 * USD,
        "claimNumber": 1,
    }
    assert paid_out(venue) == 100 * USD
    assert venue.token.balanceOf(venue.address("copier")).call() == 0
    assert venue.vault.custodyMicroUsd().call() == 400 * USD
    given = refused(venue, call, "trader", "NothingOwed")
    assert given == (1, 100 * USD, 100 * USD)
    assert venue.vault.paidMicroUsd(1).call() == 100 * USD


def test_later_state_pays_the_difference(funded: L1History) -> None:
    """Attack 30: an earlier final state then owes nothing."""
    venue = funded.venue
    funded.post([withdraw(ACCOUNT, 30 * USD)])
    funded.propose(2)
    funded.post([withdraw(ACCOUNT, 7 * USD)])
    funded.propose(3)
    finalize(funded)
    venue.send(venue.vault.withdraw(*proof_of(funded, 2)))
    assert paid_out(venue) == 130 * USD
    refused(venue, venue.vault.withdraw(*proof_of(funded, 1)), "trader", "NothingOwed")
    venue.send(venue.vault.withdraw(*proof_of(funded, 3)))
    assert paid_out(venue) == 137 * USD
    for number in (1, 2, 3):
        refused(venue, venue.vault.withdraw(*proof_of(funded, number)), "trader", "NothingOwed")
    assert venue.vault.paidMicroUsd(1).call() == 137 * USD
    assert venue.vault.custodyMicroUsd().call() == (500 - 137) * USD


def test_deleted_claim_pays_nothing(funded: L1History) -> None:
    """Attack 30: not while it stands, not when it would be final, not by its old number."""
    venue = funded.venue
    funded.post([b""])
    state = funded.states[1][-1]
    forged = state.after({ACCOUNT: state.records[ACCOUNT][:48] + (10**12).to_bytes(16, "big")})
    right = funded.roots(2)
    funded.propose_roots(2, [right[0], forged.root()])
    steal = venue.vault.withdraw(2, forged.witness([ACCOUNT]), forged.proof([ACCOUNT]))
    refused(venue, steal, "trader", "ClaimNotFinal")
    funded.disprove(2, 0)
    refused(venue, steal, "trader", "UnknownClaim")
    finalize(funded)
    refused(venue, steal, "trader", "UnknownClaim")
    venue.send(venue.rollup.depositBond(), "rival", value=venue.rollup.bondWei().call())
    funded.propose(2, by="rival")
    finalize(funded)
    refused(venue, steal, "trader", "WrongProof")
    venue.send(venue.vault.withdraw(*proof_of(funded, 2)))
    assert paid_out(venue) == 100 * USD


def test_only_an_account_of_that_very_state_pays(funded: L1History) -> None:
    """Attacks 8, 30: another record, several, an absent one, a changed one, another root's."""
    venue = funded.venue
    session = key_of(2, 4)
    funded.post([add(session, 10**30) + add(key_of(6, 1))])
    funded.propose(2)
    finalize(funded)
    state = funded.states[2][-1]

    def attempt(number: int, record: bytes, proof: bytes, error: str) -> None:
        refused(venue, venue.vault.withdraw(number, record, proof), "trader", error)

    good, proof = state.witness([ACCOUNT]), state.proof([ACCOUNT])
    attempt(1, good, proof, "WrongProof")
    attempt(0, good, proof, "WrongProof")
    attempt(2, state.witness([session]), state.proof([session]), "NotAnAccount")
    attempt(2, state.witness([0]), state.proof([0]), "NotAnAccount")
    absent = key_of(1, 2)
    attempt(2, state.witness([absent]), state.proof([absent]), "NotAnAccount")
    both = [ACCOUNT, session]
    attempt(2, state.witness(both), state.proof(both), "NotAnAccount")
    attempt(2, b"", state.proof([]), "NotAnAccount")
    richer = state.records[ACCOUNT][:48] + (10**12).to_bytes(16, "big")
    attempt(2, encode_records({ACCOUNT: richer}), proof, "WrongProof")
    mine = b"\x01" + owner_bytes(venue, "copier") + state.records[ACCOUNT][21:]
    attempt(2, encode_records({ACCOUNT: mine}), proof, "WrongProof")
    moved = encode_records({absent: state.records[ACCOUNT]})
    attempt(2, moved, proof, "WrongProof")
    attempt(2, good, b"", "Incomplete")
    attempt(2, good, proof + b"\0", "Incomplete")
    attempt(2, good[:-1], proof, "Incomplete")
    venue.send(venue.vault.withdraw(2, good, proof))


def test_more_than_custody_is_never_paid(funded: L1History) -> None:
    """A state that owes more than there is (a broken law) takes nobody below zero."""
    venue = funded.venue
    funded.post([withdraw(ACCOUNT, 10**9 * USD)])
    funded.propose(2)
    finalize(funded)
    venue.send(venue.vault.withdraw(*proof_of(funded, 2)))
    venue.send(venue.vault.payQueued(1))
    assert paid_out(venue) == 500 * USD
    assert venue.vault.custodyMicroUsd().call() == 0
    venue.send(venue.vault.payQueued(1))
    assert paid_out(venue) == 500 * USD


def test_payment_by_a_token_that_refuses_is_not_counted(odd: OddVenue) -> None:
    """Attack 30: returning false or calling back, the token cannot make it pay twice."""
    venue = odd.venue
    venue.send(venue.rollup.depositBond(), "proposer", value=venue.rollup.bondWei().call())
    history = L1History(venue)
    venue.send(venue.vault.deposit(1, 500 * USD), "trader")
    history.post([account(ACCOUNT, owner_bytes(venue)) + withdraw(ACCOUNT, 100 * USD)])
    history.propose(1)
    finalize(history)
    call = venue.vault.withdraw(*proof_of(history, 1))
    venue.send(odd.token.become(RETURNS_FALSE))
    refused(venue, call, "trader", "TransferFailed")
    assert venue.vault.paidMicroUsd(1).call() == 0
    before = odd.token.balanceOf(venue.address("trader")).call()
    other = venue.vault.withdrawTo(venue.address("rival"), *proof_of(history, 1))
    venue.send(odd.token.arm(venue.vault.address, other.data))
    venue.send(call, "trader")
    assert odd.token.tried().call()
    assert not odd.token.reentered().call()
    assert odd.token.balanceOf(venue.address("trader")).call() == before + 100 * USD


def test_blocked_owner_is_paid_elsewhere(odd: OddVenue) -> None:
    """The token pays everybody but the owner, who names somebody else."""
    venue = odd.venue
    venue.send(venue.rollup.depositBond(), "proposer", value=venue.rollup.bondWei().call())
    history = L1History(venue)
    venue.send(venue.vault.deposit(1, 500 * USD), "trader")
    history.post([account(ACCOUNT, owner_bytes(venue)) + withdraw(ACCOUNT, 100 * USD)])
    history.propose(1)
    finalize(history)
    venue.send(odd.token.blockAccount(venue.address("trader")))
    proof = proof_of(history, 1)
    for by in ("trader", "rival"):
        refused(venue, venue.vault.withdraw(*proof), by, "TransferFailed")
    rival = venue.address("rival")
    pay = venue.vault.withdrawTo(rival, *proof)
    sent = venue.send(pay, "trader")
    (event,) = venue.events(sent, venue.vault, "Withdrawn")
    assert event["recipient"] == rival.lower()
    assert odd.token.balanceOf(rival).call() == 100 * USD
    refused(venue, pay, "trader", "NothingOwed")
    refused(venue, venue.vault.withdraw(*proof), "trader", "NothingOwed")


def test_only_the_owner_names_another_recipient(funded: L1History) -> None:
    venue = funded.venue
    finalize(funded)
    proof = proof_of(funded, 1)
    for by in ("rival", "governor", "sequencer", "proposer"):
        pay = venue.vault.withdrawTo(venue.address(by), *proof)
        given = refused(venue, pay, by, "NotAccountOwner")
        assert given == (venue.address(by).lower(), venue.address("trader").lower())
    for nobody in ("0x" + "00" * 20, venue.vault.address):
        refused(venue, venue.vault.withdrawTo(nobody, *proof), "trader", "BadRecipient")
    assert venue.vault.paidMicroUsd(1).call() == 0
