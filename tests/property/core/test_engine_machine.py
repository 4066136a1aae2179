"""The engine under random hands: whatever is done, the invariants hold after every step."""

from __future__ import annotations

from hypothesis import note, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from strikeproof.sequencer.core.engine import Engine
from strikeproof.sequencer.core.engine_event import Fill
from strikeproof.sequencer.core.op_preparation import assemble_ordered, read_ordered_op
from strikeproof.sequencer.core.ops.bundle import Bundle
from strikeproof.sequencer.core.outcome import OpOutcome
from strikeproof.wire.constants import (
    COMPUTE_WEIGHT_MAX,
    WITNESS_WEIGHT_MAX,
    InstrumentStatus,
    OrderFlag,
    SegmentFamily,
    SelfTrade,
    TimeInForce,
)
from strikeproof.wire.errors import Result
from strikeproof.wire.operations import (
    ORDERED_INPUT_HEAD_BYTES,
    action_flags,
    encode_bundle,
    encode_cancel,
    encode_cancel_all,
    encode_place,
    encode_replace,
    encode_set_latency,
    encode_sweep,
)
from tests.agreement.readable import op_lines
from tests.ordered_bytes import split_ordered
from tests.property.core import invariants
from tests.unit.core.scripted_venue import DOMAIN, FOREVER, USD, ScriptedVenue, address_of

ACCOUNTS = 6
INSTRUMENTS = 2
MARK = 300_000

accounts = st.integers(1, ACCOUNTS)
instruments = st.integers(1, INSTRUMENTS)
offsets = st.sampled_from([*range(-6, 7)] * 3 + [-40_000, -500, 500, 40_000])
lots = st.sampled_from([*range(1, 13)] * 3 + [100, 700, 3_000])
flags = st.builds(
    action_flags,
    sell=st.booleans(),
    reduce_only=st.sampled_from([False, False, False, True]),
    self_trade=st.sampled_from(SelfTrade),
    time_in_force=st.sampled_from([TimeInForce.GTC] * 4 + [TimeInForce.IOC, TimeInForce.FOK]),
)
lifetimes = st.sampled_from([None, None, None, 1, 5, 20])


# SETTLED is what an orphan's settlement makes of an instrument: nobody sets it.
GOVERNED = [each for each in InstrumentStatus if each is not InstrumentStatus.SETTLED]


class EngineMachine(RuleBasedStateMachine):
    """Six accounts of five owners, poor and rich, on two perpetuals of one underlying."""

    @initialize()
    def open(self) -> None:
        funding = {"funding_cap_ppm": 40_000, "impact_value_micro_usd": 8 * 10**6}
        terms = {"min_order_value": 10**6, **funding}
        self.venue = ScriptedVenue(**terms)
        self.venue.list_instrument(
            maker_fee=0, taker_fee=1, initial=50_000, maintenance=30_000, **terms
        )
        for owner, deposit in ((1, 10**9), (2, 10**6), (3, 500), (4, 100), (5, 40), (1, 10**4)):
            self.venue.deposit(self.venue.register(owner), deposit * USD)
        self.used: list[tuple[bytes, bytes]] = []
        self.quote()

    # --- doing ---

    @rule()
    def quote(self) -> None:
        """Rest orders on both sides of both books, from three accounts, for their earlier ones."""
        for account in (1, 2, 3):
            self.send(account, encode_cancel_all())
            for i in range(1, INSTRUMENTS + 1):
                steps = [account + k * 2 for k in range(2)]
                bids = [
                    encode_place(
                        instrument=i, flags=OrderFlag.POST_ONLY, price=MARK - k, lots=5 + k
                    )
                    for k in steps
                ]
                sell = OrderFlag.POST_ONLY | OrderFlag.SELL
                asks = [
                    encode_place(instrument=i, flags=sell, price=MARK + k, lots=5 + k)
                    for k in steps
                ]
                self.send(account, *bids, *asks)

    def send(self, account: int, *actions: bytes) -> OpOutcome:
        """Order a bundle in a segment of its own; return its outcome."""
        nonce = self.venue.nonces.get(account, 0)
        self.venue.nonces[account] = nonce + 1
        data = encode_bundle(
            account=account,
            session=0,
            nonce=nonce,
            expiry_ms=FOREVER,
            max_fee_ppm=10**6,
            actions=actions,
            signature=bytes(64),
        )
        note("\n    ".join(op_lines(data)))
        signer = address_of(self.venue.owners[account])
        self.used.append((data, signer))
        (outcome,) = self.venue.segment(data, signers=[signer])
        assert outcome.code == Result.OK
        last = self.venue.last
        assert last.compute_weight <= COMPUTE_WEIGHT_MAX
        assert last.witness_weight <= WITNESS_WEIGHT_MAX
        return outcome

    def terms(self, flag: int, lifetime: int | None) -> tuple[int, int]:
        """Return flags and expiry: a lifetime makes what could rest good till date."""
        if lifetime is None or flag >> 5:
            return flag, 0
        return flag | TimeInForce.GTD << 5, self.venue.now + lifetime

    @rule(a=accounts, i=instruments, f=flags, post=st.booleans(), o=offsets, n=lots, t=lifetimes)
    def place(self, a: int, i: int, f: int, post: bool, o: int, n: int, t: int | None) -> None:
        flag, expiry = self.terms(f, t)
        if post and not flag >> 5 & 2:
            flag |= OrderFlag.POST_ONLY
        sell = flag & OrderFlag.SELL != 0
        engine = self.venue.engine
        size_before = self.size(a, i)
        before = tuple(o for o in engine.book_orders(i) if o.is_sell != sell)
        outcome = self.send(
            a, encode_place(instrument=i, flags=flag, price=MARK + o, lots=n, expiry_ms=expiry)
        )
        after = tuple(o for o in engine.book_orders(i) if o.is_sell != sell)
        fills = [event for event in outcome.events if isinstance(event, Fill)]
        invariants.check_fills(fills, MARK + o, before, after)
        invariants.check_margin_after(engine, a, outcome.events)
        if flag & OrderFlag.POST_ONLY:
            assert not fills
        if flag & OrderFlag.REDUCE_ONLY:
            size = self.size(a, i)
            assert abs(size) <= abs(size_before)
            assert size * size_before >= 0
        if flag >> 5 == TimeInForce.FOK:
            assert sum(fill.lots for fill in fills) in (0, n, abs(size_before))

    @rule(a=accounts, i=instruments, f=flags, o=offsets, n=lots, count=st.integers(2, 8))
    def place_many(self, a: int, i: int, f: int, o: int, n: int, count: int) -> None:
        steps = range(count)
        self.send(
            a,
            *[
                encode_place(instrument=i, flags=f ^ (k & 1), price=MARK + o + k, lots=n)
                for k in steps
            ],
        )

    @rule(a=accounts, pick=st.integers(0, 100))
    def cancel(self, a: int, pick: int) -> None:
        orders = self.venue.engine.orders_of(a)
        if orders:
            order = orders[pick % len(orders)]
            name = encode_cancel(instrument=order.instrument, slot=order.slot, serial=order.serial)
            outcome = self.send(a, name, name)
            assert list(outcome.action_codes) == [Result.OK, Result.ORDER_NOT_FOUND]

    @rule(a=accounts, i=st.integers(0, INSTRUMENTS))
    def cancel_all(self, a: int, i: int) -> None:
        self.send(a, encode_cancel_all(instrument=i))
        left = self.venue.engine.orders_of(a)
        assert not [order for order in left if i in (0, order.instrument)]

    @rule(a=accounts, pick=st.integers(0, 100), o=offsets, n=lots, t=lifetimes)
    def replace(self, a: int, pick: int, o: int, n: int, t: int | None) -> None:
        orders = self.venue.engine.orders_of(a)
        if orders:
            order = orders[pick % len(orders)]
            side = action_flags(sell=order.is_sell, reduce_only=order.is_reduce_only)
            flag, expiry = self.terms(side, t)
            price = order.price if o % 3 == 0 else MARK + o
            action = encode_replace(
                instrument=order.instrument,
                slot=order.slot,
                serial=order.serial,
                flags=flag,
                price=price,
                lots=n,
                expiry_ms=expiry,
            )
            outcome = self.send(a, action)
            kept = self.venue.engine.order(order.instrument, order.slot)
            in_place = price == order.price and n <= order.lots
            if in_place and outcome.action_codes == b"\0":
                assert kept is not None
                assert (kept.serial, kept.lots) == (order.serial, n)

    @rule(per_mille=st.integers(-60, 60))
    def move_price(self, per_mille: int) -> None:
        assert self.venue.price((3_000 * 10**9) * (1_000 + per_mille) // 1_000) == Result.OK

    @rule(per_mille=st.sampled_from([-900, -200, -70, 70, 150, 500]))
    def report_far_price(self, per_mille: int) -> None:
        """The index moves as far as its bucket lets it, and the gap is wide."""
        self.venue.now += 500
        price = (3_000 * 10**9) * (1_000 + per_mille) // 1_000
        assert self.venue.report_price(price) == Result.OK

    @rule(least=st.sampled_from([0, 0, 100, 16_000]), factor=st.sampled_from([0, 10**6, 10**8]))
    def govern_latency(self, least: int, factor: int) -> None:
        self.venue.govern(
            encode_set_latency(
                slope_factor_ppm=factor,
                slope_least_ppm=least,
                slope_most_ppm=16_000,
                variance_tau_ms=60_000,
            )
        )

    def pending(self, instrument: int) -> list[int]:
        """Return the funding that each account owes (negative) or is owed, micro-USD."""
        views = [invariants.account_of(self.venue.engine, a) for a in self.venue.owners]
        return [p.pending_cash for v in views for p in v.positions if p.instrument == instrument]

    @rule(i=instruments, per_mille=st.integers(-8, 8))
    def fund(self, i: int, per_mille: int) -> None:
        """Time passes at another price, and a sample is taken: what longs owe shorts receive."""
        self.venue.now += 5_000
        self.venue.price((3_000 * 10**9) * (1_000 + per_mille) // 1_000)
        before = self.pending(i)
        assert self.venue.fund(i) in (Result.OK, Result.SWEEP_FIRST)
        after = self.pending(i)
        # Entries were settled at different times, so only what the sample adds sums up to nothing.
        assert abs(sum(after) - sum(before)) <= len(after) == len(before)

    @rule(ms=st.integers(0, 15))
    def wait(self, ms: int) -> None:
        self.venue.now += ms
        self.venue.segment()

    @rule(a=accounts, i=instruments, n=lots, o=offsets)
    def trade_while_stale(self, a: int, i: int, n: int, o: int) -> None:
        """With a stale price only fills that shrink both sides happen."""
        self.venue.now += 60_001
        sizes = {account: self.size(account, i) for account in self.venue.owners}
        sell = sizes[a] > 0
        self.send(a, encode_place(instrument=i, flags=int(sell), price=MARK + o, lots=n))
        for account, size in sizes.items():
            assert abs(self.size(account, i)) <= abs(size)
        assert self.venue.price(3_000 * 10**9) == Result.OK

    @rule(a=accounts, amount=st.integers(1, 10**9) | st.integers(1, 10**15))
    def withdraw(self, a: int, amount: int) -> None:
        if self.venue.withdraw(a, amount) == Result.OK:
            view = invariants.account_of(self.venue.engine, a)
            assert view.equity >= view.initial_margin

    @rule(a=accounts, amount=st.integers(0, 10**9))
    def deposit(self, a: int, amount: int) -> None:
        assert self.venue.deposit(a, amount) == Result.OK

    @rule(i=instruments, limit=st.integers(1, 16))
    def sweep(self, i: int, limit: int) -> None:
        live = self.venue.engine.book_orders(i)
        gone = self.gone(i)
        named = [*gone[:limit], 0, 1, 2**32 - 1][:16]
        self.venue.segment(encode_sweep(instrument=i, slots=named))
        left = tuple(order for order in live if order.slot not in set(named) & set(gone))
        assert self.venue.engine.book_orders(i) == left
        assert not set(named) & set(self.gone(i))

    def gone(self, instrument: int) -> list[int]:
        engine = self.venue.engine
        return engine.gone_slots(instrument, 1, engine.slot_count(instrument), self.venue.now)

    @rule(i=instruments, status=st.sampled_from(GOVERNED), initial=st.integers(1, 300_000))
    def govern(self, i: int, status: int, initial: int) -> None:
        maintenance = max(1, initial // 2)
        self.venue.set_instrument(
            i, status, initial=initial, maintenance=maintenance, band=max(100_000, maintenance)
        )
        sizes = {account: abs(self.size(account, i)) for account in self.venue.owners}
        for account in sizes:
            self.send(account, encode_place(instrument=i, flags=OrderFlag.SELL, price=MARK, lots=5))
        if status != InstrumentStatus.ACTIVE:
            assert sizes == {account: abs(self.size(account, i)) for account in self.venue.owners}
        self.venue.set_instrument(i, InstrumentStatus.ACTIVE, initial=80_000, maintenance=40_000)

    @rule(pick=st.integers(0, 1_000))
    def send_again(self, pick: int) -> None:
        """A nonce is used once."""
        if self.used:
            data, signer = self.used[pick % len(self.used)]
            (outcome,) = self.venue.segment(data, signers=[signer])
            assert outcome.code == Result.NONCE_USED
            assert [key for key, _ in self.venue.last.changed if key] == []

    @rule()
    def restart(self) -> None:
        """A snapshot carries everything: the restored engine goes on in the other's place."""
        before = self.venue.engine
        restored = Engine.restore(before.snapshot())
        assert restored.state_root() == before.state_root()
        self.venue.engine = restored

    # --- what holds ---

    def size(self, account: int, instrument: int) -> int:
        view = invariants.account_of(self.venue.engine, account)
        return sum(p.size for p in view.positions if p.instrument == instrument)

    @invariant()
    def money_and_positions(self) -> None:
        if hasattr(self, "used"):
            owners = list(self.venue.owners)
            invariants.check_money(self.venue.engine, owners, self.venue.deposited)
            invariants.check_positions(self.venue.engine, owners)

    @invariant()
    def books(self) -> None:
        if hasattr(self, "used"):
            invariants.check_exposure(self.venue.engine, list(self.venue.owners))
            for instrument in range(1, INSTRUMENTS + 1):
                invariants.check_book(self.venue.engine, instrument)

    def teardown(self) -> None:
        """Replay of all inputs gives the same root; so does the forest when rebuilt."""
        if not hasattr(self, "used"):
            return
        engine = self.venue.engine
        assert Engine.restore(engine.snapshot()).state_root() == engine.state_root()
        replayed = Engine.genesis(DOMAIN)
        for data in self.venue.inputs:
            _trust_signers(replayed, data)
        assert replayed.state_root() == engine.state_root()


def _trust_signers(engine: Engine, data: bytes) -> None:
    """Execute an input again. Bundles here carry no signatures: as in the run, their account's
    owner counts as signer; everything else goes the usual way."""
    if data[0] == SegmentFamily.INBOX:
        engine.execute_segment(data)
        return
    header_time_ms, time_ms = int.from_bytes(data[1:7], "big"), int.from_bytes(data[7:13], "big")
    engine.begin_segment(data[0], time_ms, header_time_ms)
    for op in split_ordered(data[ORDERED_INPUT_HEAD_BYTES:])[0]:
        ready = read_ordered_op(op)
        if isinstance(ready.decoded, Bundle):
            owner = invariants.account_of(engine, ready.decoded.account).owner
            ready = assemble_ordered(op, (owner,))
        engine.apply(ready, keep_refused=True)
    engine.end_segment()


TestEngine = EngineMachine.TestCase
TestEngine.settings = settings(max_examples=25, stateful_step_count=40, deadline=None)
