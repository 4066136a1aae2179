"""Bundle: a user's signed list of actions, the usual op (`action_execution.py` executes them)."""

from __future__ import annotations

from functools import lru_cache
from struct import Struct
from typing import ClassVar, Final, NamedTuple, Self

from strikeproof.keccak import keccak256
from strikeproof.sequencer.core.account import Account
from strikeproof.sequencer.core.action_execution import cancel, cancel_all, place, quote, replace
from strikeproof.sequencer.core.book_changes import free_if_empty
from strikeproof.sequencer.core.bundle_action import (
    CANCEL,
    CANCEL_ALL,
    PLACE,
    QUOTE,
    REPLACE,
    Action,
    decode_action,
)
from strikeproof.sequencer.core.checkpoint import Checkpoint
from strikeproof.sequencer.core.engine_state import EngineState
from strikeproof.sequencer.core.instrument import Instrument
from strikeproof.sequencer.core.op import PreparedOp
from strikeproof.sequencer.core.order_book import SELL
from strikeproof.sequencer.core.outcome import OpOutcome
from strikeproof.sequencer.core.signing_digest import HASH, LOW_32, U8, U32, U48, U64
from strikeproof.sequencer.core.user_op import UserOp, split_signature
from strikeproof.sequencer.core.weight import most_reserve
from strikeproof.wire.constants import (
    ACTIONS_MAX,
    BUNDLE_TYPEHASH,
    COMPUTE_ACTION,
    COMPUTE_CERTIFICATE,
    COMPUTE_MAKER,
    COMPUTE_MARGIN,
    COMPUTE_POSITION,
    COMPUTE_QUOTE,
    COMPUTE_SETTLE,
    EVICTIONS_MAX,
    MAKER_TOUCHES_BY_KEYS,
    ORDER_KEYS_STEP,
    POSITIONS_MAX,
    OpType,
)
from strikeproof.wire.errors import Result

# Account, session, nonce, expiry as its high and its low part, maximum fee, atomic, count.
_HEAD: Final = Struct(">IBQHIIBB")
_HASHED: Final = Struct(">" + HASH + U32 + U8 + U64 + U48 + U32 + U64 + U8 + HASH)
_L1_FEE_BYTES: Final = 8  # behind the actions
_OK: Final = Result.OK  # bound once: a member of an enumeration costs 80 ns a look-up
_PLACE_KEYS: Final = 4  # its slot, two neighbours, the other side's best
_CANCEL_KEYS: Final = 3
_REPLACE_KEYS: Final = 6  # and two neighbours of the old place; so has a side of a quote
# Two margin tests a maker, one for each rest, each of the most positions.
_TEST_WORST: Final = 2 * (COMPUTE_MARGIN + COMPUTE_POSITION * POSITIONS_MAX)


class Bundle(UserOp):
    """A user's signed list of actions."""

    TYPE: ClassVar[OpType] = OpType.BUNDLE
    __slots__ = (
        "actions",
        "is_atomic",
        "key_count",
        "max_fee_ppm",
        "named_count",
        "order_count",
        "quote_count",
    )

    def __init__(
        self,
        account: int,
        session: int,
        nonce: int,
        expiry_ms: int,
        max_fee_ppm: int,
        max_l1_fee: int,
        is_atomic: int,
        actions: list[Action],
        signature: bytes | None,
    ) -> None:
        self.account = account
        self.session = session
        self.nonce = nonce
        self.expiry_ms = expiry_ms
        self.signature = signature
        self.max_fee_ppm = max_fee_ppm
        self.max_l1_fee = max_l1_fee
        self.is_atomic = is_atomic
        self.actions = actions
        self.order_count = 0  # places, replaces, sides of quotes
        self.named_count = 0  # actions that name an instrument: all but cancel-all
        self.key_count = 0  # order keys that they reserve
        self.quote_count = 0
        for action in actions:
            kind = action.kind
            if kind == PLACE:
                self.order_count += 1
                self.named_count += 1
                self.key_count += _PLACE_KEYS
            elif kind == CANCEL:
                self.named_count += 1
                self.key_count += _CANCEL_KEYS
            elif kind == REPLACE:
                self.order_count += 1
                self.named_count += 1
                self.key_count += _REPLACE_KEYS
            elif kind == QUOTE:
                self.order_count += 1
                self.key_count += _REPLACE_KEYS
                if not action.flags & SELL:
                    self.named_count += 1
                    self.quote_count += 1

    @classmethod
    def decode(cls, body: bytes, signature_may_lack: bool) -> Self | Result:
        """Return the op of a body, else MALFORMED."""
        at = _HEAD.size
        end = len(body)
        if end < at:
            return Result.MALFORMED
        account, session, nonce, high, low, max_fee_ppm, is_atomic, count = _HEAD.unpack_from(body)
        if not 1 <= count <= ACTIONS_MAX or is_atomic > 1:
            return Result.MALFORMED
        actions: list[Action] = []
        for _ in range(count):
            at = decode_action(body, at, end, actions) if at < end else 0
            if not at:
                return Result.MALFORMED
        after = at + _L1_FEE_BYTES
        ok, signature = split_signature(body, after, signature_may_lack)
        if not ok:
            return Result.MALFORMED
        max_l1_fee = int.from_bytes(body[at:after], "big")
        terms = (high << 32 | low, max_fee_ppm, max_l1_fee, is_atomic)
        return cls(account, session, nonce, *terms, actions, signature)

    def execute(self, state: EngineState, prepared: PreparedOp, sender: bytes) -> OpOutcome:
        """Execute the op; its quotes weigh something whatever becomes of it."""
        state.meter.compute += COMPUTE_QUOTE * self.quote_count
        return super().execute(state, prepared, sender)

    def struct_hash(self) -> bytes:
        """Return the EIP-712 struct hash that the session's key signs."""
        return keccak256(
            _HASHED.pack(
                BUNDLE_TYPEHASH,
                self.account,
                self.session,
                self.nonce,
                self.expiry_ms >> 32,
                self.expiry_ms & LOW_32,
                self.max_fee_ppm,
                self.max_l1_fee,
                self.is_atomic,
                keccak256(b"".join([action.struct_hash() for action in self.actions])),
            )
        )

    def reserve_fits(self, state: EngineState, account: Account) -> bool:
        """Whether the bundle's worst case fits the segment."""
        venue = state.venue
        reserve = bundle_reserve(
            len(self.actions),
            self.named_count,
            self.order_count,
            self.key_count,
            venue.next_underlying - 1,
            venue.next_instrument - 1,
            venue.next_expiry - 1,
            account.margin_mode,
        )
        meter = state.meter
        if meter.reserve_surely_fits(
            reserve.compute, reserve.witness_most, reserve.orders, reserve.instruments
        ):
            return True
        return meter.reserve_fits(
            reserve.compute,
            accounts=reserve.accounts,
            underlyings=reserve.underlyings,
            instruments=reserve.instruments,
            marks=reserve.marks,
            orders=reserve.orders,
            expiries=reserve.expiries,
            arrays=reserve.arrays,
            certificates=reserve.certificates,
        )

    def act(self, state: EngineState, account: Account) -> tuple[Result, bytes]:
        """Execute the actions in order; each has a result byte of its own. If one of an atomic
        bundle fails none counts: the others' bytes say so."""
        state.maker_touches = 0
        state.maker_touches_max = makers_of(self.key_count)
        state.evictions = 0
        event_count = len(state.events)
        if self.is_atomic:
            state.checkpoint = Checkpoint(state.venue)
            state.checkpoint.save(account)
        codes = bytearray()
        for index, action in enumerate(self.actions):
            state.action_index = index
            if action.kind != QUOTE:
                codes.append(self._execute_action(state, account, action))
            elif not action.flags & SELL:  # a quote's bid: its ask is done with it
                codes += self._quote(state, account, action, self.actions[index + 1])
            code = codes[index]
            if code and self.is_atomic:
                self._undo(state, event_count)
                others = bytearray((Result.ATOMIC_UNDONE,)) * len(self.actions)
                others[index] = code
                codes = others
                break
        state.checkpoint = None
        state.action_index = 0
        return _OK, bytes(codes)

    def _undo(self, state: EngineState, event_count: int) -> None:
        """Set back what the bundle's actions did; touches and weights stay."""
        assert state.checkpoint is not None
        for order in state.checkpoint.restore(state.venue):
            state.unused_orders[order.id] = order
        del state.events[event_count:]

    def _execute_action(self, state: EngineState, account: Account, action: Action) -> Result:
        state.meter.compute += COMPUTE_ACTION
        kind = action.kind
        if kind == CANCEL_ALL:
            return cancel_all(state, account, action.instrument)
        instrument = _named_instrument(state, action)
        if instrument is None:
            return Result.UNKNOWN_INSTRUMENT
        if kind == PLACE:
            code = place(state, account, instrument, action, self.max_fee_ppm)
        elif kind == CANCEL:
            code = cancel(state, account, instrument, action)
        else:
            code = replace(state, account, instrument, action, self.max_fee_ppm)
        _free_own(state, account, instrument)
        return code

    def _quote(self, state: EngineState, account: Account, bid: Action, ask: Action) -> bytes:
        """Execute a quote; return the codes of its bid and of its ask."""
        state.meter.compute += 2 * COMPUTE_ACTION
        instrument = _named_instrument(state, bid)
        if instrument is None:
            return bytes((Result.UNKNOWN_INSTRUMENT, Result.UNKNOWN_INSTRUMENT))
        codes = quote(state, account, instrument, bid, ask, self.max_fee_ppm)
        _free_own(state, account, instrument)
        return bytes(codes)


def _named_instrument(state: EngineState, action: Action) -> Instrument | None:
    """Return the instrument that an action names, touching it; None if there is none."""
    if action.instrument >= state.venue.next_instrument:
        return None
    instrument = state.instruments[action.instrument]
    if instrument.touched != state.meter.stamp:
        state.meter.touch_instrument(instrument)
    return instrument


def _free_own(state: EngineState, account: Account, instrument: Instrument) -> None:
    """Free the account's entry if nothing is in it: once, at the end of an action."""
    position = account.position(instrument.id)
    if position is not None and not position.size:
        free_if_empty(state, account, position)


def makers_of(order_keys: int) -> int:
    """Return how many makers a bundle may touch if its actions reserve this many order keys."""
    return MAKER_TOUCHES_BY_KEYS[order_keys // ORDER_KEYS_STEP]


class BundleReserve(NamedTuple):
    """What a bundle of given counts of actions reserves, while this much is listed."""

    compute: int
    accounts: int
    underlyings: int
    instruments: int
    marks: int
    expiries: int
    arrays: int
    certificates: int
    orders: int
    witness_most: int


@lru_cache(maxsize=4096)
def bundle_reserve(
    actions: int,
    named: int,
    orders: int,
    order_keys: int,
    underlyings: int,
    instruments: int,
    expiries: int,
    portfolios: int,
) -> BundleReserve:
    """Return the worst case of a bundle of this many actions as signed: `orders` of them place or
    replace one. `named` of its own name an instrument. Three are listed; `portfolios` is 1 if its
    account is under portfolio margin."""
    makers = makers_of(order_keys) if orders else 0
    evictions = EVICTIONS_MAX if orders else 0
    entries = POSITIONS_MAX * (makers + 1) + named if orders else 0
    keys = (
        makers + evictions,
        min(entries, underlyings),
        min(named, instruments),
        min(entries, instruments),
        min(named, expiries) if orders else 0,
        min(named, instruments) if orders and expiries else 0,
        portfolios if orders else 0,
    )
    compute = (
        actions * COMPUTE_ACTION
        + makers * (COMPUTE_MAKER + 2 * COMPUTE_SETTLE)
        + (2 * makers + orders) * _TEST_WORST
        + (makers + orders) * COMPUTE_CERTIFICATE * portfolios
    )
    order_touches = makers + order_keys + 2 * evictions
    return BundleReserve(compute, *keys, order_touches, most_reserve(*keys))
