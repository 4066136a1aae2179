"""A broken receipt pays whoever shows it, once; a kept one nobody (attack 56)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from strikeproof.contracts import artifact
from strikeproof.keccak import keccak256
from strikeproof.sequencer.order.receipt import Promise, ReceiptPrinter, SignedGroup, receipt_hash
from tests.contracts.l1.calls import Functions
from tests.contracts.l1.escape_world import OVERDUE, TIMES, USD, escape_law
from tests.contracts.l1.forest import list_commitment, list_path
from tests.contracts.l1.l1_history import L1History, Posted
from tests.contracts.l1.revm_venue import IS_INSTALLED, RevmVenue
from tests.contracts.l1.trivial_law import touch
from tests.contracts.l1.venue import ETHER, FORCE, GRACE, Reverted
from tests.harness import harness

pytestmark = pytest.mark.skipif(not IS_INSTALLED, reason="needs pyrevm")
COMPENSATION = ETHER // 10
SALT = b"\x07" * 32
UNLOCK = 14 * 86_400
OPS = [touch(0), touch(1), touch(2)]
ABSENT = keccak256(b"an op that is nowhere")


@dataclass(slots=True)
class Signer:
    """Signs for a name."""

    account: Any

    @property
    def address(self) -> bytes:
        return bytes.fromhex(self.account.address[2:])

    def sign_digest(self, digest: bytes) -> tuple[int, int, int]:
        signed = self.account.unsafe_sign_hash(digest)
        return signed.v - 27, signed.r, signed.s


@dataclass(slots=True)
class PromiseWorld:
    """A venue whose sequencer has staked a compensation and a half."""

    venue: RevmVenue = field(
        default_factory=lambda: RevmVenue(**TIMES, law=escape_law(), compensation_wei=COMPENSATION)
    )
    history: L1History = field(init=False)
    promises: Functions = field(init=False)

    def __post_init__(self) -> None:
        venue = self.venue
        self.history = L1History(venue)
        self.promises = venue.promises
        self.stake("sequencer", COMPENSATION * 3)

    def stake(self, name: str, amount: int) -> None:
        address = self.venue.address(name)
        self.venue.send(self.promises.stake(address), "anyone", amount)

    def post_by(self, seconds: int = 60) -> int:
        return (self.venue.time + seconds) * 1000

    def promise(
        self, batch: int, op: bytes, segment: int = 0, index: int = 0, post_by: int | None = None
    ) -> Promise:
        return Promise(batch, segment, index, keccak256(op), post_by or self.post_by())

    def sign(
        self, promises: Sequence[Promise], epoch: int = 1, by: str = "sequencer"
    ) -> SignedGroup:
        domain = bytes.fromhex(self.venue.deployment.domain_separator[2:])
        return ReceiptPrinter(Signer(self.venue.accounts[by]), domain, epoch).sign(promises)

    def given(
        self, group: SignedGroup, promises: Sequence[Promise], at: int = 0, epoch: int = 1
    ) -> dict[str, Any]:
        """The receipt of one promise of a signed group."""
        promise = promises[at]
        items = [receipt_hash(epoch, each) for each in promises]
        return {
            "receipt": {
                "epoch": epoch,
                "batch": promise.batch,
                "segment": promise.segment,
                "index": promise.index,
                "opHash": promise.op_hash,
                "postBy": promise.post_by_ms,
            },
            "leafIndex": at,
            "leafCount": len(promises),
            "path": list_path(items, at),
            "r": group.signature[:32],
            "parityAndS": group.signature[32:],
        }

    def receipt(self, promise: Promise, epoch: int = 1, by: str = "sequencer") -> dict[str, Any]:
        return self.given(self.sign([promise], epoch, by), [promise], 0, epoch)

    def commit(self, promise: Promise, epoch: int = 1, by: str = "trader") -> None:
        caller = bytes(12) + bytes.fromhex(self.venue.address(by)[2:])
        commitment = keccak256(caller + receipt_hash(epoch, promise) + SALT)
        self.venue.send(self.promises.commit(commitment), by)

    def other(
        self, given: dict[str, Any], batch: Posted, skipped: Sequence[Posted] = (), at: int = 0
    ) -> Any:
        """The call that opens a batch's segment."""
        headers = [each.header.encode() for each in (*skipped, batch)]
        commitments = [list_commitment(each.segments) for each in skipped]
        segment, path = b"", []
        if at < len(batch.segments):
            segment, path = batch.segments[at], list_path(batch.segments, at)
        return self.promises.showOther(
            given, headers, list_commitment(batch.segments), segment, path, commitments, SALT
        )

    def absent(self, given: dict[str, Any], skipped: Sequence[Posted] = ()) -> Any:
        headers = [each.header.encode() for each in skipped]
        commitments = [list_commitment(each.segments) for each in skipped]
        return self.promises.showAbsent(given, headers, commitments, SALT)

    def refused(self, call: Any, error: str, by: str = "trader") -> None:
        with pytest.raises(Reverted) as caught:
            self.venue.send(call, by)
        assert caught.value.name == error

    def paid(self, call: Any, by: str = "trader") -> int:
        sent = self.venue.send(call, by)
        (event,) = self.venue.events(sent, self.promises, "PromiseBroken")
        assert event["holder"] == self.venue.address(by).lower()
        assert event["burntWei"] == event["amountWei"]
        return int(event["amountWei"])


@pytest.fixture
def world() -> PromiseWorld:
    return PromiseWorld()


def test_a_place_that_holds_another_op_pays_once(world: PromiseWorld) -> None:
    """Attack 56: shown twice, by another, in another group."""
    promise = world.promise(1, OPS[2], segment=1, index=1)
    given = world.receipt(promise)
    world.commit(promise)
    world.commit(promise, by="copier")
    batch = world.history.post([OPS[0], OPS[0] + OPS[1]])
    call = world.other(given, batch, at=1)
    world.refused(call, "NotCommitted", "rival")
    assert world.paid(call) == COMPENSATION
    world.refused(call, "AlreadyShown")
    world.refused(call, "AlreadyShown", "copier")
    pair = [world.promise(9, OPS[0]), promise]
    again = world.given(world.sign(pair), pair, 1)
    world.refused(world.other(again, batch, at=1), "AlreadyShown")


def test_a_kept_promise_pays_nobody(world: PromiseWorld) -> None:
    pair = [world.promise(1, OPS[1], segment=1, index=1), world.promise(1, OPS[0])]
    group = world.sign(pair)
    for each in pair:
        world.commit(each)
    batch = world.history.post([OPS[0], OPS[2] + OPS[1]])
    world.refused(world.other(world.given(group, pair, 0), batch, at=1), "PromiseKept")
    kept = world.given(group, pair, 1)
    world.refused(world.other(kept, batch), "PromiseKept")
    # Nor by opening another segment, or none, or another batch's.
    wrong = world.other(kept, batch, at=1)
    world.refused(wrong, "WrongHeader")
    hidden = world.promises.showOther(
        kept, [batch.header.encode()], list_commitment(batch.segments), b"", [], [], SALT
    )
    world.refused(hidden, "WrongSegment")
    later = world.history.post([OPS[2]])
    world.refused(world.other(kept, later), "WrongHeader")
    world.refused(world.other(kept, later, [batch]), "BatchCounts")
    world.venue.wait(100)
    world.refused(world.absent(kept, [batch, later]), "BatchCounts")
    world.refused(world.absent(kept), "HeadersMissing")
    world.refused(world.absent(kept, [batch]), "HeadersMissing")


def test_a_place_that_does_not_exist_is_broken(world: PromiseWorld) -> None:
    beyond = [world.promise(1, OPS[0], segment=1), world.promise(1, OPS[0], index=1)]
    for each in beyond:
        world.commit(each)
    batch = world.history.post([OPS[0]])
    assert world.paid(world.other(world.receipt(beyond[0]), batch, at=1)) == COMPENSATION
    # What is left of the stake is less than a compensation.
    assert world.paid(world.other(world.receipt(beyond[1]), batch)) == COMPENSATION // 2
    third = world.promise(1, OPS[1])
    world.commit(third)
    world.refused(world.other(world.receipt(third), batch), "NoStake")


def test_nothing_by_its_time_is_broken_and_not_before(world: PromiseWorld) -> None:
    """Attack 56: before its deadline."""
    promise = world.promise(1, OPS[0])
    world.commit(promise)
    given = world.receipt(promise)
    world.refused(world.absent(given), "NotDue")
    world.venue.wait(promise.post_by_ms // 1000 - world.venue.time - 1)
    world.refused(world.absent(given), "NotDue")
    assert world.paid(world.absent(given)) == COMPENSATION


def test_a_batch_that_came_too_late_is_no_excuse(world: PromiseWorld) -> None:
    promise = world.promise(1, OPS[0], post_by=world.post_by(5))
    world.commit(promise)
    world.venue.wait(10)
    batch = world.history.post([OPS[0]])
    assert world.paid(world.other(world.receipt(promise), batch)) == COMPENSATION


def test_a_batch_of_a_stranger_moves_a_promise_and_breaks_none(world: PromiseWorld) -> None:
    """Attack 56: an honest sequencer is not slashed for a foreign batch that it adopted."""
    venue, history = world.venue, world.history
    venue.send(venue.inbox.submit(b"op"), "trader")
    venue.wait(FORCE + GRACE + 1)
    promise = world.promise(1, OPS[0])
    world.commit(promise)
    given = world.receipt(promise)
    foreign = history.build([])
    history.submit(foreign, by="anyone")
    world.refused(world.other(given, foreign), "BatchDoesNotCount")
    adopted = history.post([OPS[0]])
    world.refused(world.other(given, adopted, [foreign]), "PromiseKept")
    world.refused(world.other(given, adopted), "WrongHeader")
    venue.wait(100)
    world.refused(world.absent(given, [foreign, adopted]), "BatchCounts")


def test_batches_of_messages_alone_are_no_way_out(world: PromiseWorld) -> None:
    """The sequencer's own ones: the time by which the promise must be on L1 does not move."""
    venue = world.venue
    promise = world.promise(1, OPS[0])
    world.commit(promise)
    posted = []
    for _ in range(2):
        venue.send(venue.inbox.submit(b"op"), "trader")
        posted.append(world.history.post([]))
    venue.wait(100)
    assert world.paid(world.absent(world.receipt(promise), posted)) == COMPENSATION


def test_the_order_of_a_leader_before_is_adopted(world: PromiseWorld) -> None:
    """Attack 56: of another epoch. Who takes over posts what was ordered, and then its own."""
    venue, history = world.venue, world.history
    old = history.build([OPS[1]])
    venue.send(venue.rollup.lead(2), "sequencer")
    promise = world.promise(1, OPS[0])
    world.commit(promise, epoch=2)
    given = world.receipt(promise, epoch=2)
    history.submit(old)
    world.refused(world.other(given, old), "BatchDoesNotCount")
    new = history.with_header(history.build([OPS[0]]), epoch=2)
    history.submit(new)
    world.refused(world.other(given, new, [old]), "PromiseKept")


def test_only_signed_receipts_of_staked_keys_count(world: PromiseWorld) -> None:
    promise = world.promise(1, OPS[2])
    world.commit(promise)
    batch = world.history.post([OPS[0]])
    world.refused(world.other(world.receipt(promise, by="rival"), batch), "NoStake")
    given = world.receipt(promise)
    world.refused(world.other({**given, "leafCount": 2}, batch), "WrongPath")
    high = int.from_bytes(given["parityAndS"], "big") ^ (1 << 254)
    forged = {**given, "parityAndS": high.to_bytes(32, "big")}
    with pytest.raises(Reverted, match=r"BadSignature|NoStake"):
        world.venue.send(world.other(forged, batch), "trader")
    later = {**given, "receipt": {**given["receipt"], "postBy": promise.post_by_ms - 1}}
    world.venue.wait(1)
    with pytest.raises(Reverted, match=r"NoStake|NotCommitted|BadSignature"):
        world.venue.send(world.other(later, batch), "trader")


def test_a_commitment_of_the_same_block_is_a_copy(world: PromiseWorld) -> None:
    promise = world.promise(1, OPS[2])
    batch = world.history.post([OPS[0]])
    world.commit(promise)
    call = world.other(world.receipt(promise), batch)
    with pytest.raises(Reverted, match="NotCommitted"):
        world.venue.send_from(call, world.venue.address("trader"))


def test_a_stake_is_topped_up_once_however_often_that_is_sent(world: PromiseWorld) -> None:
    venue, promises, key = world.venue, world.promises, world.venue.address("sequencer")
    before = promises.stakeOf(key).call()[0]
    venue.send(promises.topUpStake(key, before), "anyone", 7)
    with pytest.raises(Reverted, match="StakeChanged"):
        venue.send(promises.topUpStake(key, before), "anyone", 7)
    assert promises.stakeOf(key).call()[0] == before + 7


def test_a_stake_waits_before_it_leaves(world: PromiseWorld) -> None:
    """A sequencer that means to run away can still be shown what it broke."""
    venue, promises = world.venue, world.promises
    promise = world.promise(1, OPS[0])
    world.commit(promise)
    world.refused(promises.withdrawStake(), "StakeLocked", "sequencer")
    venue.send(promises.announceUnlock(), "sequencer")
    venue.wait(UNLOCK - 10)
    world.refused(promises.withdrawStake(), "StakeLocked", "sequencer")
    assert world.paid(world.absent(world.receipt(promise))) == COMPENSATION
    venue.wait(10)
    venue.send(promises.withdrawStake(), "sequencer")
    world.refused(promises.withdrawStake(), "StakeLocked", "sequencer")
    assert promises.stakeOf(venue.address("sequencer")).call() == (0, 0)


def test_a_frozen_venue_has_no_batches_that_are_absent(world: PromiseWorld) -> None:
    venue = world.venue
    venue.send(venue.vault.register(venue.address("trader")), "anyone")
    venue.send(venue.token.mint(venue.address("trader"), USD), "trader")
    venue.send(venue.token.approve(venue.vault.address, USD), "trader")
    venue.send(venue.vault.deposit(1, USD), "trader")
    venue.wait(FORCE + OVERDUE + 1)
    promise = world.promise(1, OPS[0], post_by=world.post_by(5))
    world.commit(promise)
    venue.send(venue.escape.freeze(0))
    venue.wait(10)
    world.refused(world.absent(world.receipt(promise)), "VenueFrozen")


def test_compensation_has_a_floor_and_a_ceiling() -> None:
    venue = RevmVenue(deployed=False)
    for amount in (10**15 - 1, 10**20 + 1):
        with pytest.raises(Reverted, match="CompensationOutOfRange"):
            venue.deploy(artifact("Promises"), "0x" + "11" * 20, amount)


def test_a_sequencer_that_shows_its_own_receipts_loses_half_of_what_it_takes(
    world: PromiseWorld,
) -> None:
    """No receipt proves who asked for it: without a cost the stake would be gone in one block."""
    venue = world.venue
    batch = world.history.post([OPS[0]])
    before = venue.balance(world.promises.address)
    assert before == 3 * COMPENSATION
    for index in (1, 2):
        made_up = world.promise(1, OPS[1], index=index)
        world.commit(made_up, by="rival")
        world.paid(world.other(world.receipt(made_up), batch), by="rival")
    assert venue.balance(world.promises.address) == 0
    assert venue.balance("0x" + bytes(20).hex()) == before // 2


def test_of_two_promises_of_one_place_the_loser_is_paid(world: PromiseWorld) -> None:
    """A sequencer that sells a place twice pays whoever did not get it, and nobody else."""
    kept, broken = (world.promise(1, each) for each in (OPS[0], OPS[1]))
    for each in (kept, broken):
        world.commit(each)
    batch = world.history.post([OPS[0]])
    world.refused(world.other(world.receipt(kept), batch), "PromiseKept")
    assert world.paid(world.other(world.receipt(broken), batch)) == COMPENSATION
    again = world.promise(1, OPS[1], post_by=broken.post_by_ms)
    world.refused(world.other(world.receipt(again), batch), "AlreadyShown")


def test_a_stake_that_is_gone_pays_nothing(world: PromiseWorld) -> None:
    """Whoever shows a broken promise after the two weeks finds nothing, and takes nothing of the
    stake of another key."""
    venue, promises = world.venue, world.promises
    promise = world.promise(1, OPS[0])
    world.commit(promise)
    venue.send(promises.announceUnlock(), "sequencer")
    world.stake("rival", COMPENSATION * 2)
    venue.wait(UNLOCK + 1)
    venue.send(promises.withdrawStake(), "sequencer")
    world.refused(world.absent(world.receipt(promise)), "NoStake")
    assert promises.stakeOf(venue.address("rival")).call()[0] == COMPENSATION * 2
    world.stake("sequencer", COMPENSATION * 2)
    assert world.paid(world.absent(world.receipt(promise))) == COMPENSATION, "once it stakes again"


def test_receipts_of_another_venue_or_with_a_changed_word_do_not_count(
    world: PromiseWorld,
) -> None:
    """A key that sequences two venues is not slashed in one for what it signed in the other; a
    changed word of a receipt is another one, which nobody signed."""
    promise = world.promise(1, OPS[2])
    world.commit(promise)
    batch = world.history.post([OPS[0]])
    elsewhere = ReceiptPrinter(Signer(world.venue.accounts["sequencer"]), b"\x11" * 32, 1)
    foreign = world.given(elsewhere.sign([promise]), [promise])
    world.refused(world.other(foreign, batch), "NoStake")
    given = world.receipt(promise)
    signature = {name: given[name] for name in ("r", "parityAndS", "path")}
    op_hash, post_by = promise.op_hash, promise.post_by_ms
    for forged in (
        Promise(1, 0, 1, op_hash, post_by),
        Promise(1, 0, 0, keccak256(b"another op"), post_by),
        Promise(1, 0, 0, op_hash, post_by + 1),
    ):
        world.commit(forged)
        world.refused(world.other({**world.receipt(forged), **signature}, batch), "NoStake")
    assert world.paid(world.other(given, batch)) == COMPENSATION


def test_an_opened_segment_is_the_batches_own(world: PromiseWorld) -> None:
    """Neither a segment that no batch has, nor another one's at the promised place."""
    promise = world.promise(1, OPS[0], segment=1)
    world.commit(promise)
    batch = world.history.post([OPS[1], OPS[0], OPS[2]])
    given, headers = world.receipt(promise), [batch.header.encode()]
    commitment = list_commitment(batch.segments)
    world.refused(world.other(given, batch, at=1), "PromiseKept")
    for segment, place in (
        (batch.segments[0], 1),  # another segment with the promised one's path
        (batch.segments[0], 0),  # and with its own
        (batch.segments[1] + b"\0", 1),
        (batch.segments[1][:-1], 1),
    ):
        path = list_path(batch.segments, place)
        call = world.promises.showOther(given, headers, commitment, segment, path, [], SALT)
        world.refused(call, "WrongHeader")
    short = list_path(batch.segments, 1)[:-1]
    call = world.promises.showOther(given, headers, commitment, batch.segments[1], short, [], SALT)
    world.refused(call, "WrongSegment")


def test_who_is_paid_cannot_be_paid_twice_by_reentering(world: PromiseWorld) -> None:
    """Attack 30, of a broken promise and of a stake that leaves."""
    venue, promises = world.venue, world.promises
    holder = venue.deploy(harness("Reentrant"))
    promise = world.promise(1, OPS[2])
    caller = bytes(12) + bytes.fromhex(holder.address[2:])
    commitment = keccak256(caller + receipt_hash(1, promise) + SALT)
    venue.send(holder.run(promises.address, promises.commit(commitment).data, 0))
    batch = world.history.post([OPS[0]])
    show = world.other(world.receipt(promise), batch)
    venue.send(holder.arm(promises.address, show.data))
    venue.send(holder.run(promises.address, show.data, 0))
    assert holder.tried().call()
    assert not holder.succeeded().call()
    assert venue.balance(holder.address) == COMPENSATION
    assert promises.stakeOf(venue.address("sequencer")).call()[0] == COMPENSATION

    world.stake("rival", COMPENSATION)  # what a second withdrawal could take
    venue.send(promises.stake(holder.address), "anyone", COMPENSATION)
    venue.send(holder.run(promises.address, promises.announceUnlock().data, 0))
    venue.wait(UNLOCK + 1)
    withdraw = promises.withdrawStake()
    venue.send(holder.arm(promises.address, withdraw.data))
    venue.send(holder.run(promises.address, withdraw.data, 0))
    assert holder.tried().call()
    assert not holder.succeeded().call()
    assert venue.balance(holder.address) == 2 * COMPENSATION
