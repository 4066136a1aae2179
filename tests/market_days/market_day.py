"""A market for a day: the engine, what watches it, and the planner that a node's upkeep follows.

Ops are applied one by one, as a node orders them, and everything that must hold is asserted after
each. No signature is made or recovered: who signed is known.
"""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import Final

from strikeproof.sequencer.core import signing_digest
from strikeproof.sequencer.core.engine import Engine
from strikeproof.sequencer.core.engine_event import Fill, Liquidation
from strikeproof.sequencer.core.family import family_of_op
from strikeproof.sequencer.core.instrument import Instrument
from strikeproof.sequencer.core.op import PreparedOp
from strikeproof.sequencer.core.op_preparation import assemble
from strikeproof.sequencer.core.ops.bundle import Bundle
from strikeproof.sequencer.core.ops.liquidate import Liquidate
from strikeproof.sequencer.core.outcome import OpOutcome
from strikeproof.sequencer.core.state_view import OrderView
from strikeproof.sequencer.order.sweep_scan import SweepScan
from strikeproof.sequencer.upkeep.upkeep_planner import UpkeepPlanner
from strikeproof.wire.constants import InstrumentKind, MessageKind
from strikeproof.wire.errors import Result
from strikeproof.wire.operations import (
    encode_bundle,
    encode_deposit_payload,
    encode_index_price,
    encode_list_instrument,
    encode_list_underlying,
    encode_register_payload,
    encode_report,
    encode_set_latency,
    encode_set_reporters,
    encode_user_op,
    frame_message,
)
from tests.market_days.day_terms import INSTRUMENTS, UNDERLYINGS, DayTerms, Terms
from tests.property.core import invariants
from tests.property.core.stream_watch import StreamWatch

DOMAIN: Final = signing_digest.domain_separator(1, b"\x22" * 20)
START_MS: Final = 1_800_000_000_000
FOREVER_MS: Final = 2**47
UNSIGNED: Final = bytes(64)
REPORTER: Final = b"\x99" * 20
FEE_PPM_ANY: Final = 1_000_000
TRACES_EACH: Final = 25  # one op in this many is compared for what a refusal leaves
CHECK_BOOKS_EACH: Final = 5  # one op in this many: books link by link; all of them are, in time


def owner_of(account: int) -> bytes:
    """Return the address of an account's owner."""
    return account.to_bytes(20, "big")


class MarketDay:
    """`now_ms` is the sequencer's clock; `codes` counts what became of actions and ops."""

    def __init__(self, terms: DayTerms, random: Random) -> None:
        self.terms, self.random = terms, random
        self.engine = Engine.genesis(DOMAIN, with_forest=False)
        self.watch = StreamWatch(self.engine, traces_each=TRACES_EACH)
        self.now_ms = START_MS
        self.nonces: Counter[int] = Counter()
        self.codes: Counter[str] = Counter()
        self.ordered = 0
        self._family = 0
        self._govern(encode_set_reporters(quorum=1, reporters=[REPORTER]))
        for number in range(UNDERLYINGS):
            self._govern(encode_list_underlying(symbol=bytes((65 + number,)).ljust(16, b"\0")))
        for id, underlying in INSTRUMENTS.items():
            self._govern(_listing(underlying, terms.instruments[id]))
        self._govern(
            encode_set_latency(
                slope_factor_ppm=terms.slope_factor,
                slope_least_ppm=0,
                slope_most_ppm=16_000,
                variance_tau_ms=600_000,
            )
        )
        self.planner = UpkeepPlanner(self.engine)
        self.queries = self.engine.upkeep()
        self.gone = SweepScan(self.engine)

    # --- messages ---

    def message(self, kind: MessageKind, payload: bytes) -> Result:
        """Execute a message of L1's inbox, in a segment of its own."""
        data = frame_message(kind=kind, time_ms=self.now_ms, payload=payload)
        return self._consume(data)

    def force(self, op: bytes, account: int) -> Result:
        """Send an op through L1 as an account's owner."""
        sender = owner_of(account)
        return self._consume(encode_user_op(sender=sender, time_ms=self.now_ms, op=op))

    def _consume(self, data: bytes) -> Result:
        self.end_segment()
        result = self.engine.apply_message(data, self.now_ms)
        self.watch.follow(result)
        self.watch.check_state(result.touched_records)
        self.ordered += 1
        return Result(result.results[0])

    def _govern(self, payload: bytes) -> None:
        assert self.message(MessageKind.GOVERNANCE, payload) == Result.OK

    def open_account(self, deposit: int) -> int:
        """Register an account and deposit micro-USD; return its id."""
        account = self.engine.venue().next_account
        register = encode_register_payload(account=account, owner=owner_of(account))
        assert self.message(MessageKind.REGISTER, register) == Result.OK
        self.deposit(account, deposit)
        return account

    def deposit(self, account: int, amount: int) -> None:
        """Deposit micro-USD."""
        payload = encode_deposit_payload(account=account, amount_micro_usd=amount)
        assert self.message(MessageKind.DEPOSIT, payload) == Result.OK

    # --- ops ---

    def order(self, data: bytes, signer: bytes | None = None) -> OpOutcome:
        """Order an op, and check everything. Raises `AssertionError` if an invariant is broken."""
        op = assemble(data, () if signer is None else (signer,), self.engine.reporter_epoch)
        family = family_of_op(data)
        if family != self._family:
            self.end_segment()
        outcome = self._apply(op, family)
        if outcome.code == Result.SEGMENT_FULL and not outcome.is_ordered:
            self.end_segment()
            outcome = self._apply(op, family)
            assert outcome.code != Result.SEGMENT_FULL, "an op that no segment has room for"
        if outcome.is_ordered:
            self.ordered += 1
        self.codes[Result(outcome.code).name] += 1
        self.codes.update(f"action {Result(code).name}" for code in outcome.action_codes)
        return outcome

    def _apply(self, op: PreparedOp, family: int) -> OpOutcome:
        if not self._family:
            self.engine.begin_segment(family, self.now_ms)
            self._family = family
        before = self._sides_of(op)
        outcome = self.watch.apply(op)
        if before is not None and outcome.is_ordered:
            self._check_fills(op, outcome, before)
        books = self.ordered % CHECK_BOOKS_EACH == 0
        self.watch.check_state(self.engine._state.meter.log if books else ())
        return outcome

    def end_segment(self) -> None:
        """End the open segment, if there is one."""
        if self._family:
            self._family = 0
            if self.engine.segment_op_count:
                self.watch.follow(self.engine.end_segment())
            else:
                self.engine.abandon_segment()

    def pass_ms(self, duration_ms: int) -> None:
        """Let time pass: what comes is of another segment."""
        if duration_ms:
            self.end_segment()
            self.now_ms += duration_ms

    def bundle(self, account: int, *actions: bytes) -> OpOutcome:
        """Order an account's actions."""
        nonce = self.nonces[account]
        self.nonces[account] += 1
        data = encode_bundle(
            account=account,
            session=0,
            nonce=nonce,
            expiry_ms=FOREVER_MS,
            max_fee_ppm=FEE_PPM_ANY,
            actions=actions,
            signature=UNSIGNED,
        )
        return self.order(data, owner_of(account))

    def report(self, underlying: int, price: int, publish_ms: int) -> Result:
        """Order a price that reporters signed, nano-USD."""
        report = encode_report(reporter=0, price_nano_usd=price, signature=UNSIGNED)
        op = encode_index_price(underlying=underlying, publish_time_ms=publish_ms, reports=[report])
        return Result(self.order(op, REPORTER).code)

    # --- what is seen ---

    def instrument(self, id: int) -> Instrument:
        """Return an instrument's running state."""
        return self.engine._state.instruments[id]

    def least_lots(self, id: int, price: int) -> int:
        """Return the lots of an order of minimum size at a price."""
        instrument = self.instrument(id)
        return -(-instrument.min_order_value // max(1, price * instrument.mark.tick_value))

    def _sides_of(self, op: PreparedOp) -> dict[int, tuple[OrderView, ...]] | None:
        """Return the live orders of each book, if the op is one taker's."""
        decoded, id = op.decoded, 0
        if isinstance(decoded, Liquidate):
            id = decoded.instrument
        elif isinstance(decoded, Bundle) and len(decoded.actions) == 1 and decoded.actions[0].lots:
            id = decoded.actions[0].instrument
        if 0 < id < len(self.engine._state.instruments):
            return {id: self.engine.book_orders(id)}
        return None

    def _check_fills(
        self, op: PreparedOp, outcome: OpOutcome, before: dict[int, tuple[OrderView, ...]]
    ) -> None:
        """No fill is past its limit, nor past a better live maker, nor on an old price."""
        fills = [each for each in outcome.events if isinstance(each, Fill)]
        if not fills:
            return
        is_sell, id = fills[0].taker_is_sell, fills[0].instrument
        assert self.now_ms <= self.instrument(id).mark.underlying.stale_after_ms, "an old price"
        limits = [each.zero_price for each in outcome.events if isinstance(each, Liquidation)]
        if isinstance(op.decoded, Bundle):
            limits = [op.decoded.actions[0].price]
        (limit,) = limits
        makers = tuple(each for each in before[id] if each.is_sell is not is_sell)
        after = tuple(each for each in self.engine.book_orders(id) if each.is_sell is not is_sell)
        invariants.check_fills(fills, limit, makers, after)


def _listing(underlying: int, terms: Terms) -> bytes:
    return encode_list_instrument(
        underlying=underlying,
        kind=InstrumentKind.PERPETUAL,
        tick_value_micro_usd=terms.tick_value,
        index_per_tick_nano_usd=terms.index_per_tick,
        initial_margin_ppm=terms.initial,
        maintenance_margin_ppm=terms.maintenance,
        maker_fee_ppm=terms.maker_fee,
        taker_fee_ppm=terms.taker_fee,
        price_band_ppm=terms.band,
        min_order_value_micro_usd=terms.min_order_value,
        symbol=b"PERP".ljust(16),
        liquidation_fee_ppm=terms.liquidation_fee,
        house_margin_ppm=terms.house_margin,
        funding_cap_ppm=terms.funding_cap,
        funding_interest_ppm=terms.funding_interest,
        funding_tau_ms=terms.funding_tau_ms,
        impact_value_micro_usd=8 * terms.min_order_value,
    )
