"""Random block trades: mostly such as both accounts have signed and can carry."""

from __future__ import annotations

from typing import Any

from strikeproof.sequencer.core import signing_digest
from strikeproof.sequencer.core.ops.block_trade import BlockTrade
from strikeproof.sequencer.core.ops.op_table import decode_op
from strikeproof.sequencer.core.state_view import AccountView, InstrumentView
from strikeproof.wire.constants import BLOCK_LEGS_MAX, ORDER_LOTS_MAX, OpType
from strikeproof.wire.operations import encode_block_leg, encode_block_trade_body
from tests.agreement.broken_ops import bent
from tests.agreement.numbers import PRICE_TICKS, STRANGER_SEED, boundary
from tests.agreement.user_op_draw import SESSION_SEED, UserOpDraw
from tests.unit.core.scripted_venue import compact, key_of


class BlockDraw(UserOpDraw):
    """Legs, consents and what is wrong with them."""

    _consents: tuple[tuple[dict[str, Any], bytes], ...] = ()
    """Earlier trades: their terms and the counterparty's signature, to be sent again."""

    def _block_trade(self) -> bytes:
        random = self.random
        if self._consents and random.random() < 0.06:
            terms, signature = random.choice(self._consents)
            terms = {**terms, "nonce": self._nonce(terms["account"], terms["session"])}
            if random.random() < 0.3:  # by somebody else
                terms["account"] = self._account()
            return self._submitted(terms, signature)
        account, other = self._account(), self._account()
        for _ in range(3):
            if account == other and random.random() < 0.97:
                other = self._account()
        slots = [self._slot(account), self._slot(other)]
        fees = [random.choices([10**6, 500, 499, 0], [88, 8, 2, 2])[0] for _ in range(2)]
        terms = {
            "account": account,
            "session": slots[0],
            "nonce": self._nonce(account, slots[0]),
            "expiry_ms": self._expiry(),
            "max_fee_ppm": fees[0],
            "counterparty": other,
            "counterparty_session": slots[1],
            "counterparty_nonce": self._nonce(other, slots[1]),
            "counterparty_expiry_ms": self._expiry(),
            "counterparty_max_fee_ppm": fees[1],
            "legs": self._legs(account),
            "max_l1_fee_micro_usd": self._max_l1_fee(),
        }
        signature = self._consent_signature(terms)
        self._consents = (*self._consents[-5:], (terms, signature))
        return self._submitted(terms, signature)

    def _slot(self, account: int) -> int:
        """Return the session that signs: one that is there, mostly."""
        session = self.engine.session(account, 1)
        is_there = session is not None and session.scope != 0
        return self.random.choices([0, 1, 4], [60, 40 if is_there else 2, 1])[0]

    def _submitted(self, terms: dict[str, Any], consent_signature: bytes) -> bytes:
        body = encode_block_trade_body(**terms, counterparty_signature=consent_signature)
        return self._signed(OpType.BLOCK_TRADE, body, terms["account"], terms["session"])

    def _consent_signature(self, terms: dict[str, Any]) -> bytes:
        """Return the counterparty's signature, seldom of another key, of other terms, or bent."""
        random, other = self.random, terms["counterparty"]
        if random.random() < 0.02:
            terms = {**terms, "account": self._account()}
        elif random.random() < 0.02:
            terms = {**terms, "legs": self._legs(terms["account"])}
        body = encode_block_trade_body(**terms, counterparty_signature=bytes(64))
        op = decode_op(OpType.BLOCK_TRADE, body, signature_may_lack=True)
        if not isinstance(op, BlockTrade):
            return random.randbytes(64)
        seed = SESSION_SEED + other if terms["counterparty_session"] else self._owner_seed(other)
        if random.random() < 0.03:
            seed = STRANGER_SEED
        domain = self.engine.domain_separator
        if random.random() < 0.01:
            domain = signing_digest.domain_separator(5, b"\x55" * 20)
        signed = op.struct_hash() if random.random() < 0.01 else op.consent_hash()
        signature = compact(key_of(seed), signing_digest.digest(domain, signed))
        return bent(random, signature) if random.random() < 0.02 else signature

    def _legs(self, account: int) -> list[bytes]:
        random = self.random
        view = self.engine.account(account)
        count = random.choice([1, 1, 2, 2, 3, BLOCK_LEGS_MAX])
        wanted = {self._instrument() for _ in range(count)}
        held = [each.instrument for each in view.positions] if view else []
        if held and random.random() < 0.4:
            wanted |= set(random.sample(held, min(len(held), 2)))
        legs = [self._leg(instrument, view) for instrument in sorted(wanted)]
        roll = random.random()
        if roll < 0.01:
            legs.reverse()
        elif roll < 0.02:
            legs += legs[:1]
        elif roll < 0.03:
            legs = random.choice([[], legs * 9])
        return legs[:255]

    @staticmethod
    def _shares_of_equity(view: InstrumentView | None, account: AccountView | None) -> list[int]:
        """Return sizes that take a share of what an account has, at an eighth of the notional."""
        if view is None or account is None or account.equity <= 0:
            return []
        carried = 8 * account.equity // max(1, PRICE_TICKS * view.tick_value)
        return [max(1, min(carried * share // 10, ORDER_LOTS_MAX)) for share in (2, 4, 8)]

    def _leg(self, instrument: int, account: AccountView | None) -> bytes:
        random = self.random
        view = self.engine.instrument(instrument)
        mark = (view.mark_price if view else 0) or PRICE_TICKS
        price = mark + random.choice([-20, -1, 0, 0, 0, 1, 20])
        if view and random.random() < 0.1:
            edge = mark * view.price_band_ppm // 10**6
            price = mark + random.choice([-1, 1]) * (edge + random.choice([0, 0, 1]))
        sizes = [1, 1, 2, 5, 10, 50]
        if self.mood.hedged:
            sizes = [1, 800, 5_000, *self._shares_of_equity(view, account)]
        lots, sell = random.choice(sizes), random.random() < 0.5
        size = (
            next((each.size for each in account.positions if each.instrument == instrument), 0)
            if account
            else 0
        )
        if size and random.random() < 0.6:
            sell = size > 0
            lots = max(1, abs(size) + random.choice([0, 0, -1, 1, -abs(size) // 2]))
        if random.random() < 0.02:
            price = boundary(random, 32)
        if random.random() < 0.02:
            lots = random.choice([boundary(random, 40), ORDER_LOTS_MAX])
        return encode_block_leg(
            instrument=instrument,
            sell=2 if random.random() < 0.005 else int(sell),
            price=max(0, min(price, 2**32 - 1)),
            lots=min(lots, ORDER_LOTS_MAX),
        )
