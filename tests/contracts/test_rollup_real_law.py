"""The shipped law behind the Rollup: orders filled, every root judged, money out at the end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from strikeproof.deployment import shipped_law
from strikeproof.keccak import keccak256
from strikeproof.wire import layout
from strikeproof.wire.constants import COMPUTE_OP, COMPUTE_WEIGHT_MAX, OpType, SegmentFamily
from strikeproof.wire.operations import encode_list_underlying, encode_set_reporters
from tests.contracts import law_world as ops
from tests.contracts.l1.forest import Forest, key_of
from tests.contracts.l1.l1_history import L1History, frame, framed_segment
from tests.contracts.l1.trivial_law import Execution
from tests.contracts.l1.venue import WINDOW, Reverted, Venue
from tests.ordered_bytes import ordered

USD = 10**6
SELLER, BUYER = ops.key(1), ops.key(2)
REPORTERS = ops.reporters(1)
PRICE = 3_000 * 10**9  # nano-USD of index: 30,000 ticks
LISTING = (
    encode_list_underlying(symbol=b"ETH".ljust(16, b"\0")),
    ops.list_instrument(symbol=b"ETH-PERP".ljust(16, b"\0")),
    encode_set_reporters(quorum=1, reporters=[REPORTERS[0].address.to_bytes(20, "big")]),
)


def real_law(segment: bytes, state: Forest) -> Execution:
    """Run the law's own bytecode, with advice that it accepts."""
    result = ops.World(state=dict(state.records)).dry_run(segment)
    advice = b"".join(slot.to_bytes(4, "big") for slot in result.advice)
    assert result.is_void or len(set(result.loaded)) == result.touched
    return Execution(tuple(sorted(set(result.loaded))), result.changed, advice)


def address(key: ops.Key) -> str:
    return "0x" + key.address.to_bytes(20, "big").hex()


def signed(kind: OpType, body: tuple[bytes, bytes], key: ops.Key, domain: bytes) -> bytes:
    """Return an op as it is sent; `ordered` makes of it what a segment holds."""
    return ops.op(kind, body[0] + key.sign(ops.digest(body[1], domain)))


@pytest.fixture(scope="module")
def traded() -> L1History:
    """Two accounts with money; in batch 2, a price, a resting order, its fill and a withdrawal."""
    venue = Venue(law=shipped_law(), governance_messages=LISTING)
    rollup, vault = venue.rollup, venue.vault
    venue.send(rollup.depositBond(), "proposer", value=rollup.bondWei().call())
    history = L1History(venue, law=real_law)
    for key in (SELLER, BUYER):
        venue.send(vault.register(address(key)), "anyone")
    venue.send(venue.token.mint(venue.address("trader"), 2_005 * USD))
    venue.send(venue.token.approve(vault.address, 2_005 * USD), "trader")
    for account in (1, 2):
        venue.send(vault.deposit(account, 1_000 * USD), "trader")
    history.post(joined=0b1110000)  # registrations and deposits share a segment
    domain = bytes.fromhex(venue.deployment.domain_separator[2:])
    now_ms = venue.time * 1000
    price = ops.price_body(1, now_ms, [(0, PRICE, REPORTERS[0])], 1, domain)
    tick = 30_000

    def bundle(account: int, key: ops.Key, nonce: int, *actions: ops.Action) -> bytes:
        body = ops.bundle_body(account, 0, nonce, actions, ops.NEVER, 10**6)
        return ordered(signed(OpType.BUNDLE, body, key, domain))

    sell = ops.place(1, ops.GTC | ops.SELL, tick, 500)
    deeper = ops.place(1, ops.GTC | ops.SELL, tick + 5, 500)
    withdrawal = ops.withdraw_body(1, 9, 250 * USD, ops.NEVER)
    history.post(
        [
            ordered(ops.op(OpType.INDEX_PRICE, price)),
            bundle(1, SELLER, 0, sell) + bundle(1, SELLER, 1, deeper),
            bundle(2, BUYER, 0, ops.place(1, ops.GTC, tick + 2, 800)) + b"\xff\x00\x00garbage",
            ordered(signed(OpType.WITHDRAW, withdrawal, SELLER, domain)),
            # Void: the order is placed, and passes what the segment declares.
            framed_segment(now_ms, bundle(1, SELLER, 2, deeper), compute=COMPUTE_OP),
            framed_segment(now_ms, bundle(1, SELLER, 2, deeper), SegmentFamily.KEEPER),
        ]
    )
    # Messages of every family: a user op, a price, a deposit, an op of an unknown type.
    venue.wait(1)
    later = ops.price_body(1, venue.time * 1000, [(0, PRICE + 10**9, REPORTERS[0])], 1, domain)
    again = ops.withdraw_body(1, 10, 5 * USD, ops.NEVER)
    for forced in (
        signed(OpType.WITHDRAW, again, SELLER, domain),
        ops.op(OpType.INDEX_PRICE, later),
        ops.op(200, b"?"),
    ):
        venue.send(venue.inbox.submit(forced), "anyone")
    venue.send(venue.vault.deposit(1, 5 * USD), "trader")
    history.post()
    return history


@pytest.fixture
def story(traded: L1History) -> Iterator[L1History]:
    head = traded.venue.chain.head_number
    yield traded
    traded.venue.chain.rewind(head)
    traded.claims.clear()


VOID, WRONG_FAMILY = 4, 5  # segments of batch 2
SEGMENTS = [(number, index) for number, count in ((1, 4), (2, 6), (3, 4)) for index in range(count)]


def test_the_story_is_what_it_should_be(story: L1History) -> None:
    """Money came in, a fill happened, money is owed: else the other tests prove little."""
    story.roots(2)
    records = story.states[2][-1].records
    seller = records[key_of(1, 1)]
    assert len(seller) == 32 * (layout.ACCOUNT_WORDS + layout.ACCOUNT_POSITION_WORDS)
    size = int.from_bytes(seller[192 + 10 : 192 + 16], "big", signed=True)
    assert size == -500
    assert int.from_bytes(seller[48:64], "big") == 250 * USD
    assert int.from_bytes(seller[32:48], "big") < (1_000 - 250) * USD + 500 * 30_000 * 100


def test_part_of_a_run_is_no_segment(story: L1History) -> None:
    """Attack 11: a run is opened whole, at its place, with what comes after it."""
    story.propose(1, wrong=4)
    given = story.challenge(1, 3)
    run = story.batches[1].runs()[3]
    assert len(run) == 4 and len(given["segmentPath"]) == 1
    hashes = [keccak256(each) for each in run]
    whole = given["segment"]
    for segment, path in (
        (frame(run[:3]), [given["segmentPath"][0], hashes[3]]),
        (frame(run[1:]), [story.rolling[4]]),
        (frame(run[:1]), [given["segmentPath"][0], *hashes[1:]]),
        (whole + b"\0", given["segmentPath"]),
        (whole[:-1], given["segmentPath"]),
        (whole + whole[:2], given["segmentPath"]),
        (b"", given["segmentPath"]),
    ):
        changed = {**given, "segment": segment, "segmentPath": path}
        with pytest.raises(Reverted, match="Incomplete"):
            story.venue.dry_run(story.venue.rollup.challenge(changed), "challenger")
    story.venue.dry_run(story.venue.rollup.challenge(given), "challenger")


def test_every_right_root_of_the_law_is_correct(story: L1History) -> None:
    """Attacks 6, 11: inbox segments and ordered ones, first and last."""
    for number in (1, 2, 3):
        story.propose(number)
    for number, index in SEGMENTS:
        call = story.venue.rollup.challenge(story.challenge(number, index))
        with pytest.raises(Reverted, match="ClaimIsCorrect"):
            story.venue.dry_run(call)


@pytest.mark.parametrize(("number", "index"), SEGMENTS)
def test_every_wrong_root_of_the_law_is_disproved(
    story: L1History, number: int, index: int
) -> None:
    venue = story.venue
    for each in range(1, number + 1):
        story.propose(each, wrong=index + 1 if each == number else None)
    sent = story.disprove(number, index)
    assert venue.rollup.claimCount().call() == number
    _, held, *_, reward_to, _ = venue.rollup.bondOf(venue.address("proposer")).call()
    assert held > 0
    assert reward_to == venue.address("challenger").lower()
    assert sent.gas_used < 8_000_000
    assert sent.raw_bytes < 120_000


def test_forced_ops_are_executed_by_their_families(story: L1History) -> None:
    """Attack: a message that is run by another family's law would be refused there."""
    story.roots(3)
    before, _, priced, after = (story.states[3][at].records for at in (0, 1, 2, 4))
    account, underlying = key_of(1, 1), key_of(3, 1)
    assert [each[7] for each in story.batches[3].inputs()] == [
        SegmentFamily.ACCOUNT,
        SegmentFamily.UPKEEP,
        SegmentFamily.TRADE,
        SegmentFamily.INBOX,
    ]
    assert int.from_bytes(after[account][48:64], "big") == 255 * USD
    assert int.from_bytes(priced[underlying][1:9], "big") == PRICE + 10**9
    gained = [int.from_bytes(each[account][32:48], "big") for each in (before, after)]
    assert gained[0] == gained[1]  # 5 USD out and in again


def test_void_segment_is_disputed_both_ways(story: L1History) -> None:
    """A claim that it did something falls, and one that it did nothing stands; and a segment that
    is not void does not become so."""
    venue = story.venue
    story.propose(1)
    honest = story.roots(2)
    assert honest[VOID] == honest[VOID + 1]
    # What its op would have done.
    state = story.states[2][VOID]
    segment = story.batches[2].inputs()[VOID]
    greatest = COMPUTE_WEIGHT_MAX.to_bytes(3, "big")
    unbounded = real_law(segment[:13] + greatest + segment[16:], state)
    done = state.after(unbounded.changed).root()
    assert done != honest[VOID]
    lie = honest[: VOID + 1] + [done] * (len(honest) - VOID - 1)
    story.propose_roots(2, lie)
    story.disprove(2, VOID)
    assert venue.rollup.claimCount().call() == 2

    venue.send(venue.rollup.depositBond(), "rival", value=venue.rollup.bondWei().call())
    story.propose_roots(2, honest, "rival")
    call = venue.rollup.challenge(story.challenge(2, VOID))
    with pytest.raises(Reverted, match="ClaimIsCorrect"):
        venue.dry_run(call)


def test_segment_within_its_declaration_is_not_void(story: L1History) -> None:
    """A claim that says of the resting orders' segment that it changed nothing falls."""
    story.propose(1)
    honest = story.roots(2)
    story.propose_roots(2, [*honest[:2], honest[1], *honest[3:]])
    story.disprove(2, 1)
    assert story.venue.rollup.claimCount().call() == 2


def test_void_segment_admits_more_than_its_law_needs_but_nothing_false(story: L1History) -> None:
    """Where it passes its declaration, one implementation stops earlier than another."""
    story.propose(1)
    story.propose(2)
    state = story.states[2][VOID]
    execution = real_law(story.batches[2].inputs()[VOID], state)
    needed = execution.touched
    good = story.challenge(2, VOID)
    call = story.venue.rollup.challenge
    more = [*needed, key_of(1, 2), key_of(5, 1), key_of(6, 7)]

    def with_records(keys: list[int]) -> dict[str, Any]:
        return {"records": state.witness(keys), "proof": state.proof(keys)}

    for changes in (with_records(sorted(set(more))), {"advice": execution.advice + bytes(12)}):
        with pytest.raises(Reverted, match="ClaimIsCorrect"):
            story.venue.dry_run(call(good | changes))
    bent = bytearray(state.witness(list(needed)))
    bent[-1] ^= 1
    for changes in (
        *(with_records([each for each in needed if each != key]) for key in needed),
        {"records": bytes(bent)},
        {"proof": state.proof(list(needed)) + bytes(32)},
    ):
        with pytest.raises(Reverted, match="Incomplete"):
            story.venue.dry_run(call(good | changes))


def test_record_or_advice_left_out_is_incomplete(story: L1History) -> None:
    """Attacks 7, 11, with the real law: a resting order with one record less, or other advice."""
    story.propose(1)
    story.propose(2)
    state = story.states[2][1]
    execution = real_law(story.batches[2].inputs()[1], state)
    assert execution.advice
    good = story.challenge(2, 1)
    attempts = [
        {"records": state.witness(keys), "proof": state.proof(keys)}
        for left_out in execution.touched
        for keys in [[key for key in execution.touched if key != left_out]]
    ]
    wider = [*execution.touched, key_of(1, 99)]
    attempts.append({"records": state.witness(wider), "proof": state.proof(wider)})
    attempts += [{"advice": b""}, {"advice": bytes(8)}, {"advice": execution.advice + bytes(4)}]
    for changes in attempts:
        if good | changes == good:
            continue
        with pytest.raises(Reverted, match="Incomplete"):
            story.venue.dry_run(story.venue.rollup.challenge(good | changes))


def test_money_leaves_against_the_final_root(story: L1History) -> None:
    """Attack 30, with the real law."""
    venue = story.venue
    story.propose(1)
    story.propose(2)
    state = story.states[2][-1]
    account = key_of(1, 1)
    call = venue.vault.withdraw(2, state.witness([account]), state.proof([account]))
    with pytest.raises(Reverted, match="ClaimNotFinal"):
        venue.send(call)
    venue.wait(WINDOW + 1)
    venue.send(call)
    assert venue.token.balanceOf(address(SELLER)).call() == 250 * USD
    with pytest.raises(Reverted, match="NothingOwed"):
        venue.send(call)
    buyer = key_of(1, 2)
    other = venue.vault.withdraw(2, state.witness([buyer]), state.proof([buyer]))
    with pytest.raises(Reverted, match="NothingOwed"):
        venue.send(other)
