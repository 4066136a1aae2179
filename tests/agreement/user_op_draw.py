"""Random ops that an account signs, bundles aside: mostly as its owner or its session would."""

from __future__ import annotations

from typing import Any, Final

from strikeproof.sequencer.core import signing_digest
from strikeproof.sequencer.core.guarded_op import GuardedOp
from strikeproof.sequencer.core.ops.op_table import decode_op
from strikeproof.sequencer.core.rules.l1_cost import l1_fee
from strikeproof.sequencer.core.user_op import UserOp
from strikeproof.wire.constants import NONCE_WINDOW, OpType
from strikeproof.wire.operations import (
    encode_revalue,
    encode_set_cancel_at_body,
    encode_set_guard_body,
    encode_set_margin_mode_body,
    encode_set_protection_body,
    encode_set_session_body,
    encode_set_trigger_body,
    encode_withdraw_body,
    frame_op,
)
from tests.agreement.broken_ops import bent
from tests.agreement.numbers import PRICE_TICKS, STRANGER_SEED, boundary
from tests.agreement.system_op_draw import SystemOpDraw
from tests.unit.core.scripted_venue import address_of, compact, key_of

OWNERS: Final = 7  # accounts share owners, so that self-trade prevention has work
SESSION_SEED: Final = 500
GUARD_SEED: Final = 700
NO_FILL_LIMITS: Final = dict.fromkeys(
    ("window_ms", "freeze_ms", "lots_max", "delta_max", "vega_max"), 0
)
_FAR: Final = (-(2**16), -(2**15), 2**15, 2**16, 2**16 + NONCE_WINDOW)


def without_owners_signature(op: bytes) -> bytes:
    """Return a user op as its owner's address sends it, another op as it is; a guard's signature
    stays."""
    decoded = decode_op(op[0], op[3:])
    if not isinstance(decoded, UserOp):
        return op
    if isinstance(decoded, GuardedOp) and decoded.guard_signature is not None:
        return frame_op(type=op[0], body=op[3:-128] + decoded.guard_signature)
    return frame_op(type=op[0], body=op[3:-64])


class UserOpDraw(SystemOpDraw):
    """Accounts, nonces, expiries and signatures, and what they are drawn for."""

    def _account(self) -> int:
        count = self.engine.venue().next_account - 1
        if self.random.random() < 0.02 or not count:
            return self.random.choice([0, count + 1, 2**22, 2**32 - 1])
        return self.random.randint(1, count)

    def _nonce(self, account: int, slot: int) -> int:
        random = self.random
        session = self.engine.session(account, slot) if slot < 4 else None
        base = session.nonce_base if session else 0
        used = session.nonce_bitmap if session else 0
        roll = random.random()
        if roll < 0.90:
            free = [n for n in range(NONCE_WINDOW) if not used >> n & 1]
            offset = random.choice(free[:40]) if free else NONCE_WINDOW + random.randrange(20)
            return min(base + offset, 2**64 - 1)
        if roll < 0.97:
            near = base + random.choice([-1, 0, 1, NONCE_WINDOW, 2 * NONCE_WINDOW])
            return min(max(0, near + random.choice([-1, 0])), 2**64 - 1)
        if random.random() < 0.5:  # what the lower 16 bits do not tell from others
            return min(max(0, base + random.choice(_FAR) + random.randrange(-2, 3)), 2**64 - 1)
        return boundary(random, 64)

    def _expiry(self) -> int:
        random = self.random
        roll = random.random()
        if roll < 0.9:
            ahead = self.now + random.choice([60_000, 600_000, 2**40])
            return ahead // 1_000 * 1_000 + random.choice([0, 0, 1, 999])
        return random.choice([0, self.now, self.now + 1, self.engine.clock_ms, 2**48 - 1])

    def _max_l1_fee(self) -> int:
        """Return what an op agrees to pay for its bytes: mostly enough, seldom to the last unit."""
        random, venue = self.random, self.engine.venue()
        if not venue.eth_underlying or random.random() < 0.9:
            return random.choice([0, 2**64 - 1]) if not venue.eth_underlying else 2**64 - 1
        view = self.engine.underlying(venue.eth_underlying)
        index = view.index_price if view else 0
        near = l1_fee(random.choice([81, 82, 88, 91, 93]), venue.l1_gas_price, index)
        return min(random.choice([0, near, max(0, near - 1), near + 1]), 2**64 - 1)

    def _withdraw(self) -> bytes:
        random = self.random
        account = self._account()
        asked = None
        if self.mood.hedged and random.random() < 0.8:
            hedged = [each for each in range(1, 9) if self.engine.portfolio(each)]
            account = random.choice(hedged) if hedged else account
            asked = self.engine.portfolio(account)
        view = self.engine.account(account)
        free = (view.equity - view.initial_margin) if view else 0
        if view and asked:  # grown by a little, of which the gross notional has most
            free = view.equity - asked.initial_margin * random.choice([107, 112, 125]) // 100
        amount = random.choice([1, 10**6, free, free + 1, free - 1, 0, boundary(random, 64)])
        amount = min(max(0, amount), 2**64 - 1)
        body = encode_withdraw_body(
            account=account,
            nonce=self._nonce(account, 0),
            expiry_ms=self._expiry(),
            amount_micro_usd=amount,
            max_l1_fee_micro_usd=self._max_l1_fee(),
        )
        return self._signed(OpType.WITHDRAW, body, account, 0)

    def _set_session(self) -> bytes:
        random = self.random
        account = self._account()
        slot = random.choices([1, 2, 3, 0, 4], [50, 20, 20, 2, 2])[0]
        scope = random.choices([1, 0, 255, 2], [75, 20, 2, 2])[0]
        key = address_of(SESSION_SEED + account) if scope == 1 else bytes(20)
        until = random.choice([0, 0, self.now + 5_000, self.now, 2**48 - 1]) if scope == 1 else 0
        if random.random() < 0.05:
            key, until = random.randbytes(20), boundary(random, 48)
        nonce = self._nonce(account, 0)
        body = encode_set_session_body(
            account=account,
            nonce=nonce,
            expiry_ms=self._expiry(),
            slot=slot,
            key=key,
            scope=scope,
            session_expiry_ms=until,
            max_l1_fee_micro_usd=self._max_l1_fee(),
        )
        return self._signed(OpType.SET_SESSION, body, account, 0)

    def _set_guard(self) -> bytes:
        random, account = self.random, self._account()
        mode = random.choices([0, 1, 2, 3, 4], [45, 20, 8, 25, 2])[0]
        key = address_of(GUARD_SEED + account) if mode == 0 else bytes(20)
        if random.random() < 0.05:
            key = random.choice([bytes(20), random.randbytes(20)])
        body = encode_set_guard_body(
            account=account,
            nonce=self._nonce(account, 0),
            expiry_ms=self._expiry(),
            mode=mode,
            key=key,
            max_l1_fee_micro_usd=self._max_l1_fee(),
        )
        return self._signed(OpType.SET_GUARD, body, account, 0)

    def _set_margin_mode(self) -> bytes:
        random, account = self.random, self._account()
        known = self.engine.venue().next_underlying
        underlying = random.choices([1, 0, known, random.randrange(2**16)], [86, 6, 4, 4])[0]
        body = encode_set_margin_mode_body(
            account=account,
            nonce=self._nonce(account, 0),
            expiry_ms=self._expiry(),
            underlying=underlying,
            max_l1_fee_micro_usd=self._max_l1_fee(),
        )
        return self._signed(OpType.SET_MARGIN_MODE, body, account, 0)

    def _revalue(self) -> bytes:
        random, account = self.random, self._account()
        for _ in range(8):
            view = self.engine.account(account)
            if (view and view.portfolio_underlying) or random.random() < 0.2:
                break
            account = self._account()
        failing = [each for each in range(1, self.engine.venue().next_account) if self._fails(each)]
        if failing and random.random() < 0.7:
            account = random.choice(failing)
        return encode_revalue(account=account)

    def _fails(self, account: int) -> bool:
        """Whether an account under portfolio margin lacks what it asks for, near enough."""
        view, asked = self.engine.account(account), self.engine.portfolio(account)
        is_in = view is not None and view.portfolio_underlying != 0
        return is_in and asked is not None and view.equity < asked.maintenance_margin

    def _set_cancel_at(self) -> bytes:
        random, now = self.random, self.now
        account, slot = self._account(), random.choices([0, 1, 4], [70, 28, 2])[0]
        times = [0, now, now + 1, now + random.randrange(3_000), 1, boundary(random, 48)]
        body = encode_set_cancel_at_body(
            account=account,
            session=slot,
            nonce=self._nonce(account, slot),
            expiry_ms=self._expiry(),
            cancel_at_ms=random.choices(times, [40, 5, 10, 40, 2, 3])[0],
            max_l1_fee_micro_usd=self._max_l1_fee(),
        )
        return self._signed(OpType.SET_CANCEL_AT, body, account, slot)

    def _set_protection(self) -> bytes:
        random = self.random
        account, slot = self._account(), random.choices([0, 1, 4], [70, 28, 2])[0]
        underlying = random.choices([1, 2, 3, 0, 9], [60, 20, 8, 9, 3])[0]
        is_kept = underlying != 0 or random.random() < 0.1
        body = encode_set_protection_body(
            account=account,
            session=slot,
            nonce=self._nonce(account, slot),
            expiry_ms=self._expiry(),
            underlying=underlying,
            **(self._fill_limits() if is_kept else NO_FILL_LIMITS),
            max_l1_fee_micro_usd=self._max_l1_fee(),
        )
        return self._signed(OpType.SET_PROTECTION, body, account, slot)

    def _fill_limits(self) -> dict[str, Any]:
        """Return limits: often near what a fill comes to, often none."""
        random = self.random
        greeks = [0, 2**63 - 1, random.randrange(10**8), random.randrange(10**5)]
        greeks.append(boundary(random, 64))
        delta, vega = random.choices(greeks, [8, 50, 20, 15, 7], k=2)
        windows = [0, 1, random.randrange(5_000), random.randrange(10**6), boundary(random, 32)]
        return {
            "window_ms": random.choices(windows, [3, 10, 40, 40, 7])[0],
            "freeze_ms": random.choice([0, 1, random.randrange(3_000), 2**32 - 1]),
            "lots_max": random.choice([0, 1, random.randrange(30), boundary(random, 40)]),
            "delta_max": delta,
            "vega_max": vega,
        }

    def _set_trigger(self) -> bytes:
        random = self.random
        account, slot = self._account(), random.choices([0, 1, 4], [70, 28, 2])[0]
        view = self.engine.account(account)
        instrument = self._instrument()
        if view and view.positions and random.random() < 0.9:
            instrument = random.choice(view.positions).instrument
        place = random.choices([0, 1, 7, 8, 255], [50, 28, 20, 1, 1])[0]
        waiting = [each for each in self.engine.triggers_of(account) if random.random() < 0.5]
        if waiting and random.random() < 0.3:
            instrument, place = waiting[0].instrument, waiting[0].place
        terms = self._trigger_terms(instrument)
        if random.random() < 0.15:
            terms = dict.fromkeys(terms, 0)
        if random.random() < 0.05:
            name = random.choice(sorted(terms))
            terms[name] = random.choice([0, 1, 2])
        body = encode_set_trigger_body(
            account=account,
            session=slot,
            nonce=self._nonce(account, slot),
            expiry_ms=self._expiry(),
            instrument=instrument,
            place=place,
            **terms,
            max_l1_fee_micro_usd=self._max_l1_fee(),
        )
        return self._signed(OpType.SET_TRIGGER, body, account, slot)

    def _trigger_terms(self, instrument: int) -> dict[str, int]:
        """Return terms of a trigger around the price, which has come already half of the time."""
        random = self.random
        view = self.engine.instrument(instrument)
        mark = (view.mark_price if view else 0) or PRICE_TICKS
        known = self.engine.underlying(view.underlying if view else 1)
        by_mark = random.randrange(2)
        price = known.index_price if known else 1
        if by_mark and view:
            price = view.mark_price * view.index_per_tick
        steps = [0, 0, 1, -1, price // 1_000, -price // 1_000, -price // 50, price // 50]
        price += random.choice(steps)
        if random.random() < 0.05:
            price = boundary(random, 64)
        limit = mark + random.choice([-1, 1]) * random.choice([0, 1, 5, 100, 2_000])
        falling = random.randrange(2)
        if random.random() < 0.4:  # whatever the price does until it fires
            price = price * 2 if falling else price // 2
        if random.random() < 0.6:
            limit = random.choice([1, 1, 2**32 - 1, 2**32 - 1, boundary(random, 32)])
        lots = random.choice([1, 1, 1, 2, 3, 10, 50, 400, boundary(random, 40)])
        expiries = [0, self.now + random.randrange(5_000), self.now, boundary(random, 48)]
        return {
            "sell": random.randrange(2),
            "reduce_only": random.choices([1, 0], [70, 30])[0],
            "falling": falling,
            "by_mark": by_mark,
            "trigger_price": min(max(0, price), 2**64 - 1),
            "limit": min(max(0, limit), 2**32 - 1),
            "lots": lots,
            "max_fee_ppm": random.choices([10**6, 500, 449, 0, 2**32 - 1], [80, 10, 4, 4, 2])[0],
            "trigger_expiry_ms": random.choices(expiries, [60, 30, 5, 5])[0],
            "client_id": boundary(random, 64),
        }

    def _owner_seed(self, account: int) -> int:
        return account % OWNERS + 1

    def _signed(self, op_type: OpType, body: bytes, account: int, slot: int) -> bytes:
        random = self.random
        seed = self._owner_seed(account) if slot == 0 else SESSION_SEED + account
        if random.random() < 0.03:
            seed = STRANGER_SEED
        decoded = decode_op(op_type, body, signature_may_lack=True)
        if not isinstance(decoded, UserOp):
            return frame_op(type=op_type, body=body + random.randbytes(64))
        domain = self.engine.domain_separator
        if random.random() < 0.01:
            domain = signing_digest.domain_separator(5, b"\x55" * 20)
        digest = signing_digest.digest(domain, decoded.struct_hash())
        signature = compact(key_of(seed), digest)
        if random.random() < 0.03:
            signature = bent(self.random, signature)
        if random.random() < 0.01:
            signature = b""
        if isinstance(decoded, GuardedOp):
            signature += self._guard_signature(decoded, digest)
        return frame_op(type=op_type, body=body + signature)

    def _guard_signature(self, op: GuardedOp, digest: bytes) -> bytes:
        """Return the guard key's signature where it is needed, mostly."""
        random = self.random
        view = self.engine.account(op.account)
        is_needed = op.needs_guard() and view is not None and bool(view.guard_key)
        if random.random() < (0.15 if is_needed else 0.97):
            return b""
        seed = STRANGER_SEED if random.random() < 0.1 else GUARD_SEED + op.account
        return compact(key_of(seed), digest)
