"""A venue under a test's hand: an engine, keys, nonces that count up, and named verbs."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from struct import pack

from coincurve import PrivateKey

from strikeproof.keccak import keccak256
from strikeproof.sequencer.core import op_bytes, signing_digest
from strikeproof.sequencer.core.engine import Engine
from strikeproof.sequencer.core.op_preparation import assemble, prepare
from strikeproof.sequencer.core.ops.index_price import IndexPrice, Report
from strikeproof.sequencer.core.ops.op_table import decode_op
from strikeproof.sequencer.core.outcome import OpOutcome, SegmentResult
from strikeproof.sequencer.core.user_op import UserOp
from strikeproof.wire.constants import GovernanceAction, MessageKind, OpType
from strikeproof.wire.errors import Result

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
    return op_bytes.op(op_type, body + compact(key, digest))


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
        self.govern(GovernanceAction.SET_REPORTERS, b"\1\1" + address_of(900))
        self.govern(GovernanceAction.LIST_UNDERLYING, b"ETH".ljust(16, b"\0"))
        self.list_instrument(**terms)
        self.price(3_000 * 10**9)
        for _ in range(accounts):
            self.deposit(self.register(), deposit)

    # --- messages ---

    def message(
        self, kind: MessageKind, payload: bytes, sender: bytes = bytes(20)
    ) -> SegmentResult:
        data = op_bytes.message(kind, self.now, payload, sender)
        self.inputs.append(op_bytes.message_input(self.now, data))
        return self.engine.apply_message(data, self.now)

    def govern(self, action: GovernanceAction, fields: bytes) -> None:
        result = self.message(MessageKind.GOVERNANCE, bytes((action,)) + fields)
        assert result.results == b"\0", result.results

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
    ) -> int:
        numbers = (initial, maintenance, maker_fee, taker_fee, band, min_order_value)
        fields = pack(">HB", underlying, 1) + tick_value.to_bytes(3, "big")
        fields += index_per_tick.to_bytes(8, "big") + pack(">IIIIIQ", *numbers) + b"PERP".ljust(16)
        self.govern(GovernanceAction.LIST_INSTRUMENT, fields)
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
    ) -> None:
        numbers = (initial, maintenance, maker_fee, taker_fee, band, min_order_value)
        fields = pack(">HBIIIIIQ", instrument, status, *numbers)
        self.govern(GovernanceAction.SET_INSTRUMENT, fields)

    def register(self, owner: int | None = None) -> int:
        account = self.engine.venue().next_account
        seed = account if owner is None else owner
        result = self.message(MessageKind.REGISTER, account.to_bytes(4, "big") + address_of(seed))
        assert result.results == b"\0"
        self.owners[account] = seed
        return account

    def deposit(self, account: int, amount: int) -> int:
        payload = account.to_bytes(4, "big") + amount.to_bytes(16, "big")
        code = self.message(MessageKind.DEPOSIT, payload).results[0]
        if code == Result.OK:
            self.deposited += amount
        return code

    # --- ops ---

    def segment(self, *ops: bytes, signers: Sequence[bytes] | None = None) -> list[OpOutcome]:
        """Order ops in one segment, refused ones too; prove nothing about their codes."""
        self.engine.begin_segment(self.now)
        outcomes = []
        for place, data in enumerate(ops):
            if signers is None:
                ready = prepare(data, DOMAIN, self.engine.reporter_epoch)
            else:
                ready = assemble(data, (signers[place],), self.engine.reporter_epoch)
            outcomes.append(self.engine.apply(ready, keep_refused=True))
        self.inputs.append(op_bytes.ordered_input(self.now, self.engine.segment_bytes))
        self.last = self.engine.end_segment()
        return outcomes

    def price(self, index_price: int, underlying: int = 1) -> int:
        """Report a price at the present time; advance a millisecond so that the next one rises."""
        self.now += 1
        report = Report(0, index_price, b"")
        message = IndexPrice(underlying, self.now, [report])
        struct_hash = message.report_hash(report, self.engine.reporter_epoch)
        proof = compact(key_of(900), signing_digest.digest(DOMAIN, struct_hash))
        body = op_bytes.index_price_body(underlying, self.now, [(0, index_price, proof)])
        return self.segment(op_bytes.op(OpType.INDEX_PRICE, body))[0].code

    def bundle_op(
        self,
        account: int,
        *actions: bytes,
        nonce: int | None = None,
        session: int = 0,
        expiry: int = FOREVER,
        max_fee: int = 1_000_000,
        key: int | None = None,
    ) -> bytes:
        """Return a signed bundle; the nonce counts up by account."""
        if nonce is None:
            nonce = self.nonces.get(account, 0)
            self.nonces[account] = nonce + 1
        body = op_bytes.bundle_body(account, session, nonce, expiry, max_fee, actions)
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
        action = op_bytes.place(instrument, flags, price, lots, terms.pop("expiry_ms", 0))
        return self.act(account, action, **terms)

    def sell(
        self, account: int, price: int, lots: int, flags: int = 0, instrument: int = 1, **terms: int
    ) -> Result:
        return self.buy(account, price, lots, flags | op_bytes.SELL, instrument, **terms)

    def withdraw(self, account: int, amount: int) -> int:
        nonce = self.nonces.get(account, 0)
        self.nonces[account] = nonce + 1
        body = op_bytes.withdraw_body(account, nonce, FOREVER, amount)
        return self.segment(signed_op(OpType.WITHDRAW, body, key_of(self.owners[account])))[0].code

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
        """Return collateral, pools and withdrawals together: what custody must hold."""
        total = self.engine.venue().fee_pool + self.engine.venue().insurance_fund
        for account in self.owners:
            view = self.engine.account(account)
            assert view is not None
            total += view.collateral + view.withdrawn
        return total
