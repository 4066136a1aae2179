"""Random and adversarial streams of the law's inputs: valid ops, invalid ones, garbage, boundaries.

A stream looks at the engine's state to aim (orders that exist, nonces at the window's ends, prices
around the mark), and draws everything else from one seeded generator: the same seed is the same
stream, as long as engine and law agree.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Final

from strikeproof.sequencer.core.engine import Engine
from strikeproof.sequencer.core.family import message_input, ordered_input
from strikeproof.sequencer.core.rules.segment_charge import MOST, Weights
from strikeproof.sequencer.core.state_view import AccountView, OrderView
from strikeproof.wire.constants import (
    ACTIONS_MAX,
    BATCH_SPAN_MS,
    INDEX_STALE_MS,
    ORDER_LOTS_MAX,
    ORDER_SLOT_BITS,
    ORPHAN_AGE_MS,
    SEGMENT_BYTES_MAX,
    SEGMENT_OPS_MAX,
    ActionKind,
    InstrumentKind,
    MessageKind,
    OpType,
    SegmentFamily,
)
from strikeproof.wire.operations import (
    SEGMENT_HEAD_BYTES,
    action_flags,
    encode_bundle_body,
    encode_cancel,
    encode_cancel_all,
    encode_deposit,
    encode_deposit_payload,
    encode_forced_close_body,
    encode_governance,
    encode_l1_report_payload,
    encode_pay_in_payload,
    encode_place,
    encode_register,
    encode_register_payload,
    encode_replace,
    encode_segment,
    encode_set_eth,
    frame_message,
    frame_op,
)
from tests.agreement.auction_draw import AuctionDraw
from tests.agreement.block_draw import BlockDraw
from tests.agreement.broken_ops import broken, garbage
from tests.agreement.certificate_draw import RenewingChain, short_step
from tests.agreement.credit_draw import CreditDraw
from tests.agreement.expiry_draw import ExpiryDraw
from tests.agreement.governance_draw import GovernanceDraw
from tests.agreement.loose_form import drawn_form
from tests.agreement.mood import Mood
from tests.agreement.numbers import PRICE_TICKS, boundary
from tests.agreement.quote_draw import QuoteAim, draw_quote
from tests.agreement.user_op_draw import without_owners_signature
from tests.unit.core.scripted_venue import START, address_of

TRADE: Final = int(SegmentFamily.TRADE)
KEEPER: Final = int(SegmentFamily.KEEPER)
UPKEEP: Final = int(SegmentFamily.UPKEEP)
ACCOUNT: Final = int(SegmentFamily.ACCOUNT)
_NO_BOUND: Final = Weights(2**24 - 1, 2**24 - 1)


class Stream(AuctionDraw, CreditDraw, BlockDraw, ExpiryDraw):
    """Inputs for one venue. `next_input()` gives the next; the caller executes it."""

    def __init__(self, engine: Engine, seed: object, mood: Mood) -> None:
        super().__init__(Random(f"{seed}/{mood.name}"), engine, mood, START)
        self._govern = GovernanceDraw(
            self.random,
            self.engine.venue,
            self._list_expiry,
            [self._list_options] * mood.optioned,
            mood.dated,
        )
        self._opening = self._opening_messages()
        self._chain = RenewingChain(self.random)

    # --- segments ---

    def next_input(self) -> bytes:
        """Return the next input of the law."""
        random = self.random
        if self._opening:
            self.now += 1
            return message_input(self._opening.pop(0)(), self.now)
        self._advance()
        if self.mood.dated and random.random() < (0.02 if self.mood.optioned else 0.1):
            payload = self._govern.any(self._instrument())
            return message_input(encode_governance(time_ms=self.now, payload=payload), self.now)
        if random.random() < (0.2 if self.mood.broken else 0.03):
            return self._message_input()
        time = header = self.now
        if random.random() < 0.1:
            header = max(0, self.now + random.choice([-1, 1, BATCH_SPAN_MS, -2 * BATCH_SPAN_MS]))
        if random.random() < 0.05:
            time = boundary(random, 48)
        family = self._family()
        ops = b""
        if self.mood.certified and random.random() < 0.85:
            family = self._chain.next_family()
            ops = self._chain.renewing_ops(self.engine, self._index_price, self._surface)
        ops = (ops or self._ops(family))[: SEGMENT_BYTES_MAX - SEGMENT_HEAD_BYTES]
        whole = ordered_input(self._segment(family, time, ops, _NO_BOUND), header)
        if random.random() < 0.9:
            return ordered_input(self._segment(family, time, ops, MOST), header)
        return ordered_input(self._segment(family, time, ops, self._declared(whole)), header)

    def _segment(self, family: int, time_ms: int, ops: bytes, declared: Weights) -> bytes:
        return encode_segment(
            family=family,
            time_ms=time_ms,
            declared_compute=declared.compute,
            declared_witness=declared.witness,
            ops=[ops],
        )

    def _family(self) -> int:
        random = self.random
        if random.random() < 0.02:
            return random.choice([TRADE, KEEPER, UPKEEP, ACCOUNT])
        old = self._price_is_old() and random.random() < (0.05 if self.mood.silent else 0.7)
        if self.mood.swinging:
            return random.choice([self._users_family(), KEEPER, UPKEEP])
        if not old and random.random() < 0.12:
            return KEEPER
        often = 0.3 if self.mood.optioned else 0.15
        return UPKEEP if old or random.random() < often else self._users_family()

    def _users_family(self) -> int:
        return ACCOUNT if self.random.random() < (0.5 if self.mood.agreed else 0.25) else TRADE

    def _declared(self, whole: bytes) -> Weights:
        """Return a declaration close to what the input weighs, or anything."""
        random = self.random
        copy = Engine.restore(self.engine.snapshot(), with_forest=False)
        used = copy.execute_segment(whole)
        compute = used.compute_weight + random.choice([0, 0, -1, 1, -used.compute_weight // 2])
        witness = used.witness_weight + random.choice([0, 0, -1, 1, -used.witness_weight // 2])
        if random.random() < 0.1:
            compute = boundary(random, 24)
        return Weights(
            max(0, min(compute, _NO_BOUND.compute)), max(0, min(witness, _NO_BOUND.witness))
        )

    def _advance(self) -> None:
        if self.mood.certified:
            self.now += short_step(self.random)
            return
        step = self.random.choice([0, 1, 250, 250, 1_000, 1_000, 5_000])
        if self.mood.silent:
            step = self.random.choice([0, 501, 5_003, 30_000, 120_001])
        step = INDEX_STALE_MS + 1 if self.random.random() < 0.01 else step
        rarely = 0.0003 if self.mood.optioned else 0.006
        if self.random.random() < (0.3 if self._orphans() else rarely):
            step = ORPHAN_AGE_MS + self.random.randrange(3)
        self.now += step
        if self.mood.dated:
            self._hop_to_an_edge()
        if self.random.random() < 0.15 and self.engine.venue().next_instrument > 1:
            orders = self.engine.book_orders(self._instrument_listed())
            expiries = [
                each.expiry_ms for each in orders if 0 <= each.expiry_ms - self.now < 10_000
            ]
            if expiries:
                self.now = self.random.choice(expiries)  # to the millisecond

    def _ops(self, family: int) -> bytes:
        random = self.random
        count = random.choice([0, 1, 1, 2, 3, 5, 8, SEGMENT_OPS_MAX, SEGMENT_OPS_MAX + 2])
        ops = [self.op(family) for _ in range(count)]
        if ops and random.random() < 0.1:
            ops.append(random.choice(ops))  # a replay
        data = b"".join(drawn_form(random, op, may_break=self.mood.broken) for op in ops)
        if random.random() < 0.06:
            data += random.randbytes(random.randrange(1, 40))
        if data and random.random() < 0.04:
            data = data[: random.randrange(len(data))]
        return data

    def op(self, family: int = 0) -> bytes:
        """Return one op, mostly of a family if one is given, seldom a broken one."""
        random = self.random
        if self.mood.dated and family in (0, UPKEEP) and random.random() < 0.5:
            return self._expiry_op()
        if family not in (TRADE, ACCOUNT) and self._price_is_old() and random.random() < 0.5:
            if random.random() < 0.4:  # none of them: the underlying becomes an orphan
                makes = [self._announce_orphan, self._settle_orphan, self._settle_position]
                return random.choice(makes)()
            return self._index_price()
        kinds: list[tuple[int, float, Callable[[], bytes]]] = [
            (TRADE, 60, self._bundle),
            (ACCOUNT, 7, self._withdraw),
            (ACCOUNT, 5, self._set_session),
            (ACCOUNT, 3, self._set_cancel_at),
            (ACCOUNT, 4, self._set_guard),
            (ACCOUNT, 6, self._set_trigger),
            (ACCOUNT, 3, self._attest),
            (ACCOUNT, 4, self._attest_credit),
            (ACCOUNT, 2, self._release_credit),
            (UPKEEP, 30 if self.mood.swinging else 8, self._index_price),
            (UPKEEP, 6, self._sweep),
            (UPKEEP, 8, self._funding),
            (UPKEEP, 5, self._deleverage),
            (UPKEEP, 1, self._announce_orphan),
            (UPKEEP, 1, self._settle_orphan),
            (UPKEEP, 2, self._settle_position),
            (KEEPER, 8, self._liquidate),
            (KEEPER, 4, self._unwind),
            (KEEPER, 5, self._fire_trigger),
            (0, 4, lambda: garbage(random)),
        ]
        if self.mood.agreed:
            kinds.append((ACCOUNT, 40, self._block_trade))
        kinds += [(ACCOUNT, 30, self._set_protection)] * self.mood.protected
        if self.mood.hedged:
            kinds += [*self._portfolio_kinds(), (UPKEEP, 60, self._reprice)]
        if random.random() < 0.97:
            kinds = [each for each in kinds if not family or each[0] in (family, 0)]
        data = random.choices([make for _, _, make in kinds], [each[1] for each in kinds])[0]()
        if self.mood.broken and random.random() < 0.04:
            data = broken(random, data)
        return data

    # --- user ops ---

    def _bundle(self) -> bytes:
        random = self.random
        account = self._account()
        slot = random.choices([0, 1, 2, 3, 4, 255], [80, 10, 4, 3, 1, 1])[0]
        count = ACTIONS_MAX if self.mood.patient else random.choice([1, 1, 1, 1, 2, 3, ACTIONS_MAX])
        view = self.engine.account(account)
        actions = [self._action(view) for _ in range(count)]
        if random.random() < 0.02:
            actions = random.choice([[], actions * (ACTIONS_MAX + 1)])
        max_fee = random.choices([10**6, 500, 449, 0, 2**32 - 1], [80, 10, 4, 4, 2])[0]
        nonce = self._nonce(account, slot)
        body = encode_bundle_body(
            account=account,
            session=slot,
            nonce=nonce,
            expiry_ms=self._expiry(),
            max_fee_ppm=max_fee,
            atomic=random.choices([0, 1, 2], [74, 25, 1])[0],
            actions=actions[:255],
            max_l1_fee_micro_usd=self._max_l1_fee(),
        )
        return self._signed(OpType.BUNDLE, body, account, slot)

    def _action(self, account: AccountView | None) -> bytes:
        random = self.random
        kind = random.choices(list(ActionKind), self.mood.actions)[0]
        instrument = self._instrument()
        instrument = self._instrument_listed() if self.mood.patient else instrument
        if kind == ActionKind.CANCEL_ALL:
            return encode_cancel_all(instrument=random.choice([instrument, instrument, 0]))
        if kind == ActionKind.PLACE:
            return encode_place(instrument=instrument, **self._terms(instrument, None, account))
        if kind == ActionKind.QUOTE:
            return self._quote(account, instrument)
        order = self._target(account, instrument)
        slot = order.slot if order else boundary(random, ORDER_SLOT_BITS + 1)
        serial = order.serial if order else random.randrange(1, 50)
        instrument = order.instrument if order else instrument
        if random.random() < 0.05:
            serial += random.choice([-1, 1])
        if kind == ActionKind.CANCEL:
            return encode_cancel(instrument=instrument, slot=slot, serial=serial)
        return encode_replace(
            instrument=instrument,
            slot=slot,
            serial=serial,
            **self._terms(instrument, order, account),
        )

    def _quote(self, account: AccountView | None, instrument: int) -> bytes:
        random = self.random
        own = self.engine.orders_of(account.account) if account else []
        if own and random.random() < 0.8:
            instrument = random.choice(own).instrument
        view = self.engine.instrument(instrument)
        mark = (view.mark_price if view else 0) or PRICE_TICKS
        band = mark * view.price_band_ppm // 10**6 if view else 0
        orders = [each for each in own if each.instrument == instrument]
        aim = QuoteAim(instrument, mark, band, self.now, orders, self.mood.narrow)
        return draw_quote(random, aim)

    def _target(self, account: AccountView | None, instrument: int) -> OrderView | None:
        """Return an order to cancel or replace, mostly one's own and live."""
        random = self.random
        if account and random.random() < 0.85:
            own = self.engine.orders_of(account.account)
            if own:
                return random.choice(own)
        known = self.engine.instrument(instrument)
        if known and random.random() < 0.8:
            return self.engine.order(instrument, random.randint(1, 12))
        return None

    def _flags(self, order: OrderView | None) -> int:
        random = self.random
        if random.random() < 0.02:
            return random.randrange(256)
        in_force = random.choices([0, 1, 2, 3], [60, 12, 14, 14])[0]
        post_only = in_force < 2 and random.random() < 0.15
        sell, reduce_only = random.random() < 0.5, random.random() < 0.15
        if order is not None:
            in_force &= 1
            post_only = random.random() < 0.2
            if random.random() < 0.95:
                sell, reduce_only = order.is_sell, order.is_reduce_only
        return action_flags(
            sell=sell,
            post_only=post_only,
            reduce_only=reduce_only,
            self_trade=random.choice([0, 1, 2]),
            time_in_force=in_force,
        )

    def _terms(
        self, instrument: int, order: OrderView | None, account: AccountView | None
    ) -> dict[str, int]:
        """Return flags, price, lots, expiry, client id."""
        random = self.random
        flags = self._flags(order)
        in_force = flags >> 5 & 3
        view = self.engine.instrument(instrument)
        mark = (view.mark_price if view else 0) or PRICE_TICKS
        price = max(1, mark + random.choice([-1, 1]) * random.choice([0, 1, 2, 5, 20, 300, 2_000]))
        lots = random.choice([1, 1, 2, 3, 5, 10, 50, 400])
        if view and random.random() < 0.1:
            edge = mark * view.price_band_ppm // 10**6  # of the price band
            price = max(1, mark + random.choice([-1, 1]) * (edge + random.choice([0, 0, 1])))
        if self.mood.narrow:
            price = max(1, mark + random.choice([-3, -2, -1, 0, 0, 1, 2, 3]))
            lots = random.choice([1, 1, 1, 1, 1, 2, 40])
        if self.mood.swinging and view and account:
            share = random.choice([0.02, 0.1, 0.5, 0.95])  # of what its margin admits
            notional = max(mark, PRICE_TICKS if view.kind >= InstrumentKind.CALL else 0)
            a_lot = 1 + notional * view.tick_value * view.initial_margin_ppm // 10**6
            lots = max(1, int(share * account.equity) // a_lot)
        if order is not None and random.random() < 0.5:
            price = order.price
            lots = max(1, order.lots + random.choice([-2, -1, 0, 1]))
        if self.mood.patient and order is None and random.random() < 0.9:
            distance = random.randint(1_000, 3_000)
            flags, price, lots = flags & 1, mark + (distance if flags & 1 else -distance), 1
            in_force, price = 0, max(1, price)
        if random.random() < 0.04:
            price = boundary(random, 32)
        if random.random() < 0.04:
            lots = random.choice([boundary(random, 40), ORDER_LOTS_MAX])
        expiry = self.now + random.choice([0, 1, 500, 3_000, 60_000]) if in_force == 1 else 0
        if random.random() < 0.01:
            expiry = boundary(random, 48)
        price, lots = min(price, 2**32 - 1), min(lots, ORDER_LOTS_MAX)
        client_id = boundary(random, 64)
        return {
            "flags": flags,
            "price": price,
            "lots": lots,
            "expiry_ms": expiry,
            "client_id": client_id,
        }

    # --- messages ---

    def _message_input(self) -> bytes:
        random = self.random
        time = self.now - random.choice([0, 0, 1, 5_000, 2 * BATCH_SPAN_MS])
        kind = random.choices(list(MessageKind), [10, 30, 40, 20, 10, 5])[0]
        payload, sender = b"", random.randbytes(20)
        match kind:
            case MessageKind.REGISTER:
                account = self.engine.venue().next_account
                account += random.choices([0, 1, -1], [90, 5, 5])[0]
                owner = address_of(self._owner_seed(account))
                payload = encode_register_payload(account=account, owner=owner)
            case MessageKind.DEPOSIT:
                amount = random.choice([10**6, 10**9, 10**9, 10**12, boundary(random, 128)])
                payload = encode_deposit_payload(account=self._account(), amount_micro_usd=amount)
            case MessageKind.USER_OP:
                payload, sender = self._forced_op(time)
            case MessageKind.GOVERNANCE:
                payload = self._govern.any(self._instrument())
            case MessageKind.L1_REPORT:
                payload = self._l1_report()
            case MessageKind.PAY_IN:
                payload = encode_pay_in_payload(
                    pool=random.choices([1, 2, 0, 3], [45, 45, 5, 5])[0],
                    amount_micro_usd=random.choice([0, 1, 10**9, boundary(random, 128)]),
                )
        data = frame_message(kind=kind, time_ms=time, payload=payload, sender=sender)
        if random.random() < 0.04:
            data = data[:1] + data[1 : 1 + random.randrange(len(data))]
        if random.random() < 0.04:
            data += random.randbytes(random.randrange(1, 5))
        if random.random() < 0.03:
            data = bytes((random.choice([0, 7, 255]),)) + data[1:]
        header = max(0, self.now + random.choice([0, 0, 0, -BATCH_SPAN_MS, 1]))
        whole = message_input(data, header)
        if kind in (MessageKind.REGISTER, MessageKind.DEPOSIT):
            while random.random() < 0.4:  # a light message may share its segment
                later = data[:21] + (time + random.randrange(3)).to_bytes(6, "big") + data[27:]
                whole += len(later).to_bytes(2, "big") + later if data[0] == kind else b""
        if random.random() < 0.03:
            whole += random.choice([b"\0", b"\0\5abcd", random.randbytes(2)])
        return whole

    def _l1_report(self, exact: bool = False) -> bytes:
        """Return prices like L1's; unless `exact`, sometimes such as it never has."""
        random = self.random
        if exact:
            return encode_l1_report_payload(
                base_fee_wei=random.randrange(10**8, 10**11), blob_base_fee_wei=1
            )
        wei = [random.randrange(10**8, 10**11), 0, 10**9, 2**63, 2**63 + 1, boundary(random, 64)]
        return encode_l1_report_payload(
            base_fee_wei=random.choices(wei, [75, 5, 14, 2, 2, 2])[0],
            blob_base_fee_wei=random.choices(wei, [75, 5, 14, 2, 2, 2])[0],
        )

    def _forced_op(self, time: int) -> tuple[bytes, bytes]:
        random = self.random
        if random.random() < 0.2:
            return self._index_price(time), random.randbytes(20)
        if random.random() < 0.25:
            return self._forced_close()
        data = self.op()
        account = int.from_bytes(data[3:7], "big")
        sender = address_of(self._owner_seed(account))
        if random.random() < 0.1:
            sender = random.randbytes(20)
        if random.random() < 0.6:
            data = without_owners_signature(data)
        return data, sender

    def _forced_close(self) -> tuple[bytes, bytes]:
        """Return a ForcedClose and who sends it, mostly the owner of a position."""
        random = self.random
        account, instrument = self._holding(lambda view: True)
        body = encode_forced_close_body(
            account=account,
            nonce=self._nonce(account, 0),
            expiry_ms=self._expiry(),
            instrument=instrument,
            lots=random.choice([1, 3, 1_000, ORDER_LOTS_MAX, 0]),
        )
        if random.random() < 0.5:
            return self._signed(OpType.FORCED_CLOSE, body, account, 0), random.randbytes(20)
        owner = address_of(self._owner_seed(account))
        return frame_op(type=OpType.FORCED_CLOSE, body=body), owner

    def _opening_messages(self) -> list[Callable[[], bytes]]:
        """Return what a venue starts with: reporters, listings, funded accounts."""

        def govern(make: Callable[[], bytes]) -> Callable[[], bytes]:
            return lambda: encode_governance(time_ms=self.now, payload=make())

        def register() -> bytes:
            account = self.engine.venue().next_account
            owner = address_of(self._owner_seed(account))
            return encode_register(time_ms=self.now, account=account, owner=owner)

        def deposit() -> bytes:
            account = self.engine.venue().next_account - 1
            amounts = [10**8, 10**9, 10**10, 10**11]
            if self.mood.hedged:  # mostly far more than portfolio margin begins at
                amounts = [10**10, 10**11, 10**11, 2 * 10**11]
            amount = self.random.choice(amounts)
            return encode_deposit(time_ms=self.now, account=account, amount_micro_usd=amount)

        charging = []
        if self.random.random() < 0.5:  # for ops' bytes, from the start
            report = self._l1_report(exact=True)
            charging = [
                govern(lambda: encode_set_eth(underlying=1)),
                lambda: frame_message(kind=MessageKind.L1_REPORT, time_ms=self.now, payload=report),
            ]
        return [
            govern(lambda: self._govern.set_reporters(exact=True)),
            govern(lambda: self._govern.set_attesters(exact=True)),
            *[govern(self._govern.list_underlying)] * self.mood.underlyings,
            *[govern(lambda: self._list_expiry(exact=True))] * (2 * self.mood.dated),
            *[govern(lambda: self._govern.list_instrument(exact=True))] * self.mood.instruments,
            *[govern(lambda: self._list_options(exact=True))] * (2 * self.mood.optioned),
            *[register, deposit] * self.mood.accounts,
            *charging,
        ]
