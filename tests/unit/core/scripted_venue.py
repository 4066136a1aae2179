"""A venue under a test's hand: an engine, keys, nonces that count up, and named verbs."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from coincurve import PrivateKey

from strikeproof.keccak import keccak256
from strikeproof.sequencer.core import signing_digest
from strikeproof.sequencer.core.engine import Engine
from strikeproof.sequencer.core.family import family_of_op, message_input, ordered_input
from strikeproof.sequencer.core.op_preparation import assemble, prepare
from strikeproof.sequencer.core.ops.index_price import IndexPrice
from strikeproof.sequencer.core.ops.op_table import decode_op
from strikeproof.sequencer.core.ops.reports_op import Report
from strikeproof.sequencer.core.outcome import OpOutcome, SegmentResult
from strikeproof.sequencer.core.rules.segment_charge import MOST, Weights
from strikeproof.sequencer.core.user_op import UserOp
from strikeproof.wire.constants import (
    PUBLISH_SPACING_MS,
    InstrumentKind,
    MessageKind,
    OpType,
    OrderFlag,
    SegmentFamily,
)
from strikeproof.wire.errors import Result
from strikeproof.wire.operations import (
    encode_bundle_body,
    encode_deposit_payload,
    encode_funding,
    encode_index_price,
    encode_list_instrument,
    encode_list_underlying,
    encode_place,
    encode_register_payload,
    encode_report,
    encode_segment,
    encode_set_instrument,
    encode_set_reporters,
    encode_set_session_body,
    encode_withdraw_body,
    frame_message,
    frame_op,
)
from tests.ordered_bytes import ordered

DOMAIN = signing_digest.domain_separator(1, b"\x11" * 20)
FOREVER = 2**47
USD = 10**6  # micro-USD
START = 1_700_000_000_000


@cache
def key_of(seed: int) -> PrivateKey:
    return PrivateKey(keccak256(seed.to_bytes(32, "big")))


@cache
def address_of(seed: int) -> bytes:
    point = key_of(seed).public_key.format(compressed=False)
    return keccak256(point[1:])[-20:]


def compact(key: PrivateKey, digest: bytes) -> bytes:
    """Sign a digest: r, then s with the parity in its top bit."""
    signed = key.sign_recoverable(digest, hasher=None)
    s = int.from_bytes(signed[32:64], "big") | signed[64] << 255
    return signed[:32] + s.to_bytes(32, "big")


def signed_op(op_type: OpType, body: bytes, key: PrivateKey, domain: bytes = DOMAIN) -> bytes:
    decoded = decode_op(op_type, body, signature_may_lack=True)
    assert isinstance(decoded, UserOp), decoded
    digest = signing_digest.digest(domain, decoded.struct_hash())
    return frame_op(type=op_type, body=body + compact(key, digest))


def segment_of(
    time_ms: int,
    *ops: bytes,
    family: int = SegmentFamily.TRADE,
    declared: Weights = MOST,
) -> bytes:
    """Return a segment as a batch holds it, of ops as they are signed, by default one that declares
    the most."""
    return encode_segment(
        family=family,
        time_ms=time_ms,
        declared_compute=declared.compute,
        declared_witness=declared.witness,
        ops=[ordered(op) for op in ops],
    )


class ScriptedVenue:
    """One underlying at 3,000 USD, instruments of tick 0.01 USD: a lot moves 100 micro-USD a tick.

    Accounts have the key of their own id as owner unless told otherwise.
    """

    def __init__(self, accounts: int = 0, deposit: int = 10**6 * USD, **terms: int) -> None:
        self.engine = Engine.genesis(DOMAIN)
        self.now = START
        self.owners: dict[int, int] = {}
        self.nonces: dict[int, int] = {}
        self.inputs: list[bytes] = []
        self.deposited = 0
        self.govern(encode_set_reporters(quorum=1, reporters=[address_of(900)]))
        self.govern(encode_list_underlying(symbol=b"ETH".ljust(16, b"\0")))
        self.list_instrument(**terms)
        self.price(3_000 * 10**9)
        for _ in range(accounts):
            self.deposit(self.register(), deposit)

    # --- messages ---

    def message(
        self, kind: MessageKind, payload: bytes, sender: bytes = bytes(20)
    ) -> SegmentResult:
        data = frame_message(kind=kind, time_ms=self.now, payload=payload, sender=sender)
        self.inputs.append(message_input(data, self.now))
        return self.engine.apply_message(data, self.now)

    def govern(self, payload: bytes) -> None:
        result = self.message(MessageKind.GOVERNANCE, payload)
        assert result.results == b"\0", result.results

    def list_underlying(self) -> int:
        self.govern(encode_list_underlying(symbol=b"BTC".ljust(16, b"\0")))
        return self.engine.venue().next_underlying - 1

    def list_instrument(
        self,
        underlying: int = 1,
        tick_value: int = 100,
        index_per_tick: int = 10**7,
        initial: int = 100_000,
        maintenance: int = 50_000,
        maker_fee: int = 200,
        taker_fee: int = 500,
        band: int = 100_000,
        min_order_value: int = 1,
        tier: int = 0,
        **more: int,
    ) -> int:
        payload = encode_list_instrument(
            underlying=underlying,
            kind=InstrumentKind.PERPETUAL,
            tick_value_micro_usd=tick_value,
            index_per_tick_nano_usd=index_per_tick,
            initial_margin_ppm=initial,
            maintenance_margin_ppm=maintenance,
            maker_fee_ppm=maker_fee,
            taker_fee_ppm=taker_fee,
            price_band_ppm=band,
            min_order_value_micro_usd=min_order_value,
            symbol=b"PERP".ljust(16),
            tier=tier,
            **more,
        )
        self.govern(payload)
        return self.engine.venue().next_instrument - 1

    def set_instrument(
        self,
        instrument: int = 1,
        status: int = 1,
        initial: int = 100_000,
        maintenance: int = 50_000,
        maker_fee: int = 200,
        taker_fee: int = 500,
        band: int = 100_000,
        min_order_value: int = 1,
        **more: int,
    ) -> None:
        payload = encode_set_instrument(
            instrument=instrument,
            status=status,
            initial_margin_ppm=initial,
            maintenance_margin_ppm=maintenance,
            maker_fee_ppm=maker_fee,
            taker_fee_ppm=taker_fee,
            price_band_ppm=band,
            min_order_value_micro_usd=min_order_value,
            **more,
        )
        self.govern(payload)

    def register(self, owner: int | None = None) -> int:
        account = self.engine.venue().next_account
        seed = account if owner is None else owner
        payload = encode_register_payload(account=account, owner=address_of(seed))
        result = self.message(MessageKind.REGISTER, payload)
        assert result.results == b"\0"
        self.owners[account] = seed
        return account

    def deposit(self, account: int, amount: int) -> int:
        payload = encode_deposit_payload(account=account, amount_micro_usd=amount)
        code = self.message(MessageKind.DEPOSIT, payload).results[0]
        if code == Result.OK:
            self.deposited += amount
        return code

    # --- ops ---

    def segment(self, *ops: bytes, signers: Sequence[bytes] | None = None) -> list[OpOutcome]:
        """Order ops in one segment of the first one's family, refused ones too; prove nothing
        about their codes."""
        family = family_of_op(ops[0]) if ops else SegmentFamily.TRADE
        self.engine.begin_segment(family, self.now)
        outcomes = []
        for place, data in enumerate(ops):
            if signers is None:
                ready = prepare(data, DOMAIN, self.engine.reporter_epoch)
            else:
                ready = assemble(data, (signers[place],), self.engine.reporter_epoch)
            outcomes.append(self.engine.apply(ready, keep_refused=True))
        self.inputs.append(ordered_input(self.engine.segment_bytes, self.now))
        self.last = self.engine.end_segment()
        return outcomes

    def price(self, index_price: int, underlying: int = 1) -> int:
        """Report a price, again and again while the index is still on its way; return the last
        code. Time passes: half a second, and what fills the bucket for each further report."""
        self.now += PUBLISH_SPACING_MS
        code = self.report_price(index_price, underlying)
        while code == Result.OK:
            view = self.engine.underlying(underlying)
            assert view is not None
            if view.index_price == index_price:
                break
            self.now += 15_000
            code = self.report_price(index_price, underlying)
        return code

    def report_price(self, index_price: int, underlying: int = 1) -> int:
        """Report a price of the present time; return its code."""
        report = Report(0, index_price, b"")
        message = IndexPrice(underlying, self.now, [report])
        struct_hash = message.report_hash(report, self.engine.reporter_epoch)
        proof = compact(key_of(900), signing_digest.digest(DOMAIN, struct_hash))
        signed = encode_report(reporter=0, price_nano_usd=index_price, signature=proof)
        op = encode_index_price(underlying=underlying, publish_time_ms=self.now, reports=[signed])
        return self.segment(op)[0].code

    def bundle_op(
        self,
        account: int,
        *actions: bytes,
        nonce: int | None = None,
        session: int = 0,
        expiry: int = FOREVER,
        max_fee: int = 1_000_000,
        key: int | None = None,
        **terms: int,
    ) -> bytes:
        """Return a signed bundle; the nonce counts up by account."""
        if nonce is None:
            nonce = self.nonces.get(account, 0)
            self.nonces[account] = nonce + 1
        body = encode_bundle_body(
            account=account,
            session=session,
            nonce=nonce,
            expiry_ms=expiry,
            max_fee_ppm=max_fee,
            actions=actions,
            **terms,  # type: ignore[arg-type]
        )
        seed = self.owners.get(account, account) if key is None else key
        return signed_op(OpType.BUNDLE, body, key_of(seed))

    def bundle(self, account: int, *actions: bytes, **terms: int) -> OpOutcome:
        return self.segment(self.bundle_op(account, *actions, **terms))[0]  # type: ignore[arg-type]

    def act(self, account: int, action: bytes, **terms: int) -> Result:
        """Send a bundle of one action; return the action's code."""
        outcome = self.bundle(account, action, **terms)
        assert outcome.code == Result.OK, outcome
        return Result(outcome.action_codes[0])

    def buy(
        self, account: int, price: int, lots: int, flags: int = 0, instrument: int = 1, **terms: int
    ) -> Result:
        action = encode_place(
            instrument=instrument,
            flags=flags,
            price=price,
            lots=lots,
            expiry_ms=terms.pop("expiry_ms", 0),
        )
        return self.act(account, action, **terms)

    def sell(
        self, account: int, price: int, lots: int, flags: int = 0, instrument: int = 1, **terms: int
    ) -> Result:
        return self.buy(account, price, lots, flags | OrderFlag.SELL, instrument, **terms)

    def withdraw(self, account: int, amount: int) -> int:
        nonce = self.nonces.get(account, 0)
        self.nonces[account] = nonce + 1
        body = encode_withdraw_body(
            account=account, nonce=nonce, expiry_ms=FOREVER, amount_micro_usd=amount
        )
        return self.segment(signed_op(OpType.WITHDRAW, body, key_of(self.owners[account])))[0].code

    def set_session_op(self, account: int, slot: int, key: int) -> bytes:
        """Return a signed SetSession that lets a key trade."""
        nonce = self.nonces.get(account, 0)
        self.nonces[account] = nonce + 1
        body = encode_set_session_body(
            account=account,
            nonce=nonce,
            expiry_ms=FOREVER,
            slot=slot,
            key=address_of(key),
            scope=1,
            session_expiry_ms=0,
        )
        return signed_op(OpType.SET_SESSION, body, key_of(self.owners[account]))

    def fund(self, instrument: int = 1) -> int:
        """Order a funding sample in a segment of its own; return its code."""
        return self.segment(encode_funding(instrument=instrument))[0].code

    # --- what is true ---

    def sizes(self, instrument: int = 1) -> dict[int, int]:
        """Return position sizes by account, those that are not zero."""
        found = {}
        for account in self.owners:
            view = self.engine.account(account)
            assert view is not None
            for position in view.positions:
                if position.instrument == instrument and position.size:
                    found[account] = position.size
        return found

    def liabilities(self) -> int:
        """Return collateral, houses, pools and withdrawals: what custody must hold."""
        total = sum(each.house_cash for each in self.engine.instruments())
        total += self.engine.venue().fee_pool + self.engine.venue().insurance_fund
        for account in self.owners:
            view = self.engine.account(account)
            assert view is not None
            total += view.collateral + view.withdrawn + view.credit_limit
        return total
