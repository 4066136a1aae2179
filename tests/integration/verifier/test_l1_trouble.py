"""L1 trouble of every kind, and the verifier that disproves a lie anyway, or says that it
cannot: endpoints behind a proxy with faults, repriced gas, front-runners, an empty key."""

from collections.abc import Iterator
from typing import Any

import pytest
from eth.vm.forks.berlin.logic import sstore_eip2929_generic
from eth.vm.forks.london.storage import GAS_SCHEDULE_EIP3529
from eth.vm.forks.prague import PragueVM
from web3 import HTTPProvider

from strikeproof.keccak import keccak256
from strikeproof.keystore import signer_of_key
from strikeproof.l1 import Endpoint, L1Client
from strikeproof.verifier.alarm import Alarm
from strikeproof.verifier.dispute.action import Stage, StopDispute, Wait
from strikeproof.verifier.dispute.verdict import WrongClaim
from tests.integration.faulty_rpc import (
    FaultyRpc,
    before,
    change,
    drop_logs,
    fail,
    limit_log_blocks,
    limit_log_bytes,
    refuse,
)
from tests.integration.verifier.nodes import HttpL1, make_node, turns
from tests.integration.verifier.test_derivation import Follower
from tests.integration.verifier.venue import ETHER, Venue, add_op

LIE = b"\x0a" * 32
SSTORE = 0x55
PROPOSE = keccak256(b"propose(bytes32,bytes32,bytes32[])")[:4].hex()


@pytest.fixture
def venue() -> Venue:
    venue = Venue()
    venue.bond()
    return venue


@pytest.fixture
def proxies(venue) -> Iterator[tuple[FaultyRpc, FaultyRpc]]:
    l1 = HttpL1(venue)
    with FaultyRpc(l1.url) as one, FaultyRpc(l1.url) as two:
        yield one, two
    l1.close()


def client_of(*proxies: FaultyRpc) -> L1Client:
    endpoints = []
    for at, each in enumerate(proxies):
        provider = HTTPProvider(
            each.url, request_kwargs={"timeout": 5}, exception_retry_configuration=None
        )
        endpoints.append(Endpoint(f"node-{at}", provider, retries=0))
    return L1Client(endpoints)


def in_step_with_l1(venue: Venue, node) -> None:
    """Let the node's clocks be L1's, which a test moves forward."""
    clock = lambda: float(venue.chain.now())  # noqa: E731
    node.derivation._clock = node.derivation._wall_clock = clock
    node.derivation._agreed_at = node.derivation._seen_at = clock()


def lie(venue: Venue, number: int = 1) -> bytes:
    roots = list(venue.batches[number - 1][1])
    roots[1] = LIE
    return venue.propose(number, roots)


# --- derivation ---


@pytest.mark.parametrize("broken", [0, 1])
@pytest.mark.parametrize("fault", [refuse(), fail()])
def test_one_dead_endpoint_of_two_is_an_alarm_and_the_lie_still_falls(
    venue, proxies, tmp_path, broken, fault
):
    """attack 28"""
    venue.post_batch(add_op(1, 7, 1))
    node = make_node(venue, tmp_path, client=client_of(*proxies))
    in_step_with_l1(venue, node)
    turns(venue, node, 2)
    proxies[broken].faults = [fault]
    claim = lie(venue)
    deadline = venue.rollup_call("claim", 1)[0][3]
    stalled_at = single_at = None
    while venue.rollup_call("claimCount") == (2,) and venue.now_ms() // 1000 <= deadline:
        venue.skip_time(20)
        node.turn()
        left = deadline - venue.now_ms() // 1000
        if stalled_at is None and Alarm.DERIVATION_STALLED in node.alarms.kinds():
            stalled_at = left
        if single_at is None and Alarm.SINGLE_ENDPOINT in node.alarms.kinds():
            single_at = left
    assert venue.rollup_call("claimCount") == (1,)
    assert stalled_at is not None and stalled_at > 380
    assert single_at is not None and 200 < single_at <= 310
    # Once both answer again, both must agree again.
    proxies[broken].faults = []
    for _ in range(8):
        venue.skip_time(20)
        node.turn()
    assert not node.client.is_narrowed
    assert node.parts.store.dispute(claim).stage == Stage.WON.value
    assert node.metrics.single_endpoint._value.get() == 0
    node.close()


def test_short_outages_of_both_endpoints_raise_no_alarm(venue, proxies, tmp_path):
    venue.post_batch(add_op(1, 7, 1))
    node = make_node(venue, tmp_path, client=client_of(*proxies))
    in_step_with_l1(venue, node)
    for at in range(30):
        proxies[0].faults = [refuse()] if at % 3 == 0 else []
        proxies[1].faults = [fail()] if at % 3 == 1 else []
        venue.skip_time(10)
        node.turn()
    assert node.alarms.kinds() == [Alarm.BOND_MISSING]
    node.close()


@pytest.mark.parametrize("fault", [limit_log_blocks(50), limit_log_bytes(4_000)])
def test_provider_that_limits_logs_is_followed_in_smaller_ranges(venue, proxies, tmp_path, fault):
    for at in range(6):
        venue.post_batch(add_op(1, at, 1))
        for _ in range(30):
            venue.skip_time(1)
    proxies[0].faults = [fault]
    node = make_node(venue, tmp_path, "alert", client=client_of(proxies[0]))
    for _ in range(60):
        node.turn()
    assert node.parts.executor.roots_of(6) == venue.batches[5][1]
    assert node.metrics.blocks_per_query._value.get() < 200
    node.close()


def test_answers_that_are_cut_short_silently_are_asked_for_again_in_pieces(
    venue, proxies, tmp_path
):
    for at in range(9):
        venue.post_batch(add_op(1, at, 1))
        venue.skip_time(1)
    proxies[0].faults = [drop_logs(after=2)]
    # The first query ends before the head: what it lacks shows only in the second.
    follower = Follower(venue, tmp_path / "short.db", client_of(proxies[0]), blocks_per_query=20)
    for _ in range(80):
        try:
            follower.derivation.advance()
        except Exception:
            continue
    follower.follow()
    assert follower.executor.roots_of(9) == venue.batches[8][1]
    follower.store.close()


def test_rollback_is_reported_although_the_step_failed_afterwards(venue, proxies, tmp_path):
    """attack 27"""
    follower = Follower(venue, tmp_path / "reorg.db", client_of(proxies[0]))
    fork = venue.chain.head_number
    venue.post_batch(add_op(1, 7, 1))
    follower.follow()
    venue.chain.rewind(fork)
    for _ in range(5):
        venue.skip_time(1)
    proxies[0].faults = [fail("eth_getLogs")]
    with pytest.raises(Exception, match="rate limit"):
        follower.derivation.advance()
    proxies[0].faults = []
    assert follower.derivation.advance().rolled_back_to is not None
    assert follower.derivation.advance().rolled_back_to is None
    follower.store.close()


# --- gas ---


@pytest.fixture
def repriced(monkeypatch) -> None:
    """A new storage slot costs 98,000 gas and 10,000 more."""
    schedule = GAS_SCHEDULE_EIP3529._replace(sstore_set_gas=108_000)
    opcodes = PragueVM._state_class.computation_class.opcodes
    priced: Any = opcodes[SSTORE]
    logic = sstore_eip2929_generic(schedule)
    monkeypatch.setitem(
        opcodes, SSTORE, type(priced).as_opcode(logic, priced.mnemonic, priced.gas_cost)
    )


def gas_of(venue: Venue, node, prefix: str) -> list[int]:
    return [
        int(row[0])
        for row in node.defend_mode.sender._store._db.execute(
            "SELECT gas FROM intent WHERE name LIKE ? ORDER BY id", (prefix + "%",)
        )
    ]


@pytest.mark.parametrize("estimates", [True, False])
def test_repriced_storage_does_not_stop_a_disproof(venue, proxies, tmp_path, repriced, estimates):
    venue.bond(venue.challenger)
    venue.post_batch(add_op(1, 7, 1))
    lie(venue)
    proxies[0].faults = [] if estimates else [fail("eth_estimateGas")]
    node = make_node(venue, tmp_path, client=client_of(proxies[0]))
    turns(venue, node, 10)
    assert gas_of(venue, node, "commit")[0] > 108_000
    assert node.parts.judge.right_count == 1  # disproved, and replaced by our own claim
    assert venue.reward() == (venue.challenger.address, 500 * ETHER)
    alarms = {Alarm.WRONG_CLAIM} if estimates else {Alarm.WRONG_CLAIM, Alarm.COMMIT_IMPOSSIBLE}
    assert set(node.alarms.kinds()) == alarms
    node.close()


def test_failed_commitment_means_challenge_now_and_a_failed_challenge_gets_more_gas(
    venue, proxies, tmp_path, repriced
):
    """An endpoint that estimates far too little makes the first attempt of each fail."""
    venue.post_batch(add_op(1, 7, 1))
    lie(venue)
    proxies[0].faults = [change("eth_estimateGas", lambda request, answer: hex(24_000))]
    node = make_node(venue, tmp_path, client=client_of(proxies[0]), defend={"propose": False})
    turns(venue, node, 12)
    assert venue.rollup_call("claimCount") == (1,)
    assert len(gas_of(venue, node, "commit")) == 1
    assert gas_of(venue, node, "challenge") == [55_000, 2**24]
    assert node.alarms.kinds() == [
        Alarm.WRONG_CLAIM,
        Alarm.COMMITMENT_FAILED,
        Alarm.CHALLENGE_FAILED,
    ]
    node.close()


# --- proposals ---


@pytest.mark.parametrize("restarted", [False, True])
def test_front_run_proposal_does_not_block_the_next_one(venue, proxies, tmp_path, restarted):
    """attack 37"""
    venue.bond(venue.challenger)
    venue.post_batch(add_op(1, 7, 1))
    lie(venue)
    other_lie = [venue.genesis_root, b"\x0b" * 32]

    def front_run(request):
        if PROPOSE in request["params"][0] and venue.rollup_call("claimCount") == (1,):
            proxies[0].faults = []
            venue.bond(venue.other)
            venue.propose(1, other_lie, venue.other)

    proxies[0].faults = [before("eth_sendRawTransaction", front_run)]
    node = make_node(venue, tmp_path, client=client_of(proxies[0]))
    for _ in range(30):
        turns(venue, node, 1)
        if proxies[0].faults == [] and restarted:
            node.close()
            node = make_node(venue, tmp_path, client=client_of(proxies[0]))
            restarted = False
        node.defend_mode.proposer._clock = lambda: float("inf")
        if node.parts.judge.right_count == 1:
            break
    claim = node.parts.store.standing_claim(1)
    assert claim is not None and claim.proposer == venue.challenger.address
    assert len(gas_of(venue, node, "propose 1 upon")) == 2
    assert [each.number for each in node.parts.store.disputes()] == [1, 1]
    node.close()


# --- money ---


def test_low_balance_is_an_alarm_before_any_dispute(venue, tmp_path):
    venue.post_batch(add_op(1, 7, 1))
    poor = signer_of_key(keccak256(b"poor"))
    node = make_node(venue, tmp_path, signer=poor, defend={"propose": False})
    turns(venue, node, 1)
    assert node.alarms.kinds() == [Alarm.BALANCE_LOW]
    assert node.metrics.balance_wei._value.get() == 0
    assert node.metrics.balance_needed_wei._value.get() > 0
    node.close()
    rich = make_node(venue, tmp_path / "rich", defend={"propose": False})
    turns(venue, rich, 1)
    assert rich.metrics.balance_wei._value.get() > 10**5 * ETHER
    assert rich.alarms == []
    rich.close()


def test_missing_bond_is_deposited_up_to_the_configured_sum(venue, tmp_path):
    venue.post_batch(add_op(1, 7, 1))
    venue.propose(1)
    venue.post_batch(add_op(1, 7, 1))
    needed = venue.rollup_call("bondWei")[0]
    node = make_node(
        venue,
        tmp_path,
        defend={"propose_after_seconds": 0, "bond_max_gwei": needed // 10**9 + 1},
    )
    turns(venue, node, 6)
    assert venue.rollup_call("bondOf", venue.challenger.address)[0][0] == needed
    assert venue.rollup_call("claimCount") == (3,)
    assert node.alarms == []
    node.close()


# --- retries ---


def test_every_dispute_is_retried_at_its_own_time(venue, tmp_path):
    for _ in range(2):
        venue.post_batch(add_op(1, 7, 1))
    for number in (1, 2):
        venue.propose(number)
    node = make_node(venue, tmp_path, defend={"propose": False})
    turns(venue, node, 2)
    defence, now = node.defend_mode.defence, 0.0
    defence._clock = lambda: now
    head = node.client.head()
    first, second = (
        WrongClaim(node.parts.store.standing_claim(number), 0, LIE) for number in (1, 2)
    )
    kinds = lambda wrong: [type(each) for each in defence.act(wrong, head)]  # noqa: E731
    assert kinds(first) == [StopDispute]
    now = 30.0
    assert kinds(second) == [StopDispute]
    assert kinds(first) == [Wait]
    now = 61.0
    assert kinds(first) == [StopDispute]  # asked again, whatever the second one waits for
    assert kinds(second) == [Wait]
    now = 91.0
    assert kinds(second) == [StopDispute]
    node.close()
