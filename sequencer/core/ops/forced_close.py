"""ForcedClose: an owner leaves a position through L1, in the book, then by the house."""

from __future__ import annotations

from struct import Struct
from typing import ClassVar, Final, Self

from strikeproof.keccak import keccak256
from strikeproof.sequencer.core.account import Account
from strikeproof.sequencer.core.book_changes import free_if_empty
from strikeproof.sequencer.core.engine_state import EngineState
from strikeproof.sequencer.core.entry_settlement import settle_in_house
from strikeproof.sequencer.core.house_ledgers import (
    is_money,
    mark_value,
    take_over,
    write_deficit,
    write_off,
)
from strikeproof.sequencer.core.instrument import Instrument
from strikeproof.sequencer.core.ops.instrument_op import touched_instrument
from strikeproof.sequencer.core.ops.liquidate import TEST_WORST
from strikeproof.sequencer.core.rules.band_edges import band_edges
from strikeproof.sequencer.core.rules.house import House
from strikeproof.sequencer.core.signing_digest import HASH, LOW_32, U16, U32, U40, U48, U64
from strikeproof.sequencer.core.system_taker import close_in_book
from strikeproof.sequencer.core.user_op import UserOp, split_signature
from strikeproof.wire.constants import (
    COMPUTE_ACTION,
    COMPUTE_MAKER,
    COMPUTE_SETTLE,
    FORCED_CLOSE_TYPEHASH,
    FRACTION,
    LIQUIDATION_TOUCHES_MAX,
    POSITIONS_MAX,
    InstrumentStatus,
    OpType,
)
from strikeproof.wire.errors import Result

# Account, nonce, expiry, instrument, lots; u48 and u40 as high and low parts.
_BODY: Final = Struct(">IQHIHBI")
_HASHED: Final = Struct(">" + HASH + U32 + U64 + U48 + U16 + U40)
_COMPUTE: Final = (
    COMPUTE_ACTION
    + LIQUIDATION_TOUCHES_MAX * (COMPUTE_MAKER + 2 * COMPUTE_SETTLE)
    + (2 * LIQUIDATION_TOUCHES_MAX + 1) * TEST_WORST
)
_KEYS: Final = POSITIONS_MAX * (LIQUIDATION_TOUCHES_MAX + 1) + 1


class ForcedClose(UserOp):
    """The owner closes up to `lots` of a position."""

    TYPE: ClassVar[OpType] = OpType.FORCED_CLOSE
    __slots__ = ("instrument", "lots")

    def __init__(
        self,
        account: int,
        nonce: int,
        expiry_ms: int,
        instrument: int,
        lots: int,
        signature: bytes | None,
    ) -> None:
        self.account = account
        self.session = 0
        self.nonce = nonce
        self.expiry_ms = expiry_ms
        self.signature = signature
        self.instrument = instrument
        self.lots = lots
        self.max_l1_fee = 0

    @classmethod
    def decode(cls, body: bytes, signature_may_lack: bool) -> Self | Result:
        """Return the op of a body, else MALFORMED."""
        ok, signature = split_signature(body, _BODY.size, signature_may_lack)
        if not ok:
            return Result.MALFORMED
        account, nonce, expiry_high, expiry, instrument, high, low = _BODY.unpack_from(body)
        lots = high << 32 | low
        if not lots:
            return Result.MALFORMED
        return cls(account, nonce, expiry_high << 32 | expiry, instrument, lots, signature)

    def struct_hash(self) -> bytes:
        """Return the EIP-712 struct hash that the owner signs."""
        return keccak256(
            _HASHED.pack(
                FORCED_CLOSE_TYPEHASH,
                self.account,
                self.nonce,
                self.expiry_ms >> 32,
                self.expiry_ms & LOW_32,
                self.instrument,
                self.lots >> 32,
                self.lots & LOW_32,
            )
        )

    def reserve_fits(self, state: EngineState, account: Account) -> bool:
        """Whether makers, their margin tests and the owner's fit the segment."""
        venue = state.venue
        return state.meter.reserve_fits(
            _COMPUTE,
            accounts=LIQUIDATION_TOUCHES_MAX,
            instruments=1,
            marks=min(_KEYS, venue.next_instrument - 1),
            underlyings=min(_KEYS, venue.next_underlying - 1),
            orders=LIQUIDATION_TOUCHES_MAX + 1,
            arrays=1,
            expiries=1,
        )

    def act(self, state: EngineState, account: Account) -> tuple[Result, bytes]:
        """Close in the book within the band, then by the house."""
        if account.margin_mode:
            return Result.WRONG_MARGIN_MODE, b""
        state.meter.compute += COMPUTE_ACTION
        instrument = touched_instrument(state, self.instrument)
        if instrument is None:
            return Result.UNKNOWN_INSTRUMENT, b""
        if instrument.status == InstrumentStatus.SETTLED:
            return Result.INSTRUMENT_SETTLED, b""
        mark = instrument.mark
        if not mark.price:
            return Result.NO_PRICE, b""
        if mark.is_stale(state.now_ms):
            return Result.STALE_PRICE, b""
        return self._close(state, instrument, account), b""

    def _close(self, state: EngineState, instrument: Instrument, account: Account) -> Result:
        position = account.position(instrument.id)
        if position is None:
            return Result.NO_POSITION
        position.review()
        if not position.view_size:
            return Result.NO_POSITION
        settled = account.collateral + position.view_cash
        if not is_money(settled):
            return Result.FIELD_OVERFLOW
        settle_in_house(state, instrument, position)
        account.collateral = settled
        position.trade_to(position.view_size)
        size = position.size
        mark = instrument.mark
        low, high = band_edges(mark.price, instrument.price_band_ppm, mark.forward)
        edge = low if size > 0 else high
        order = min(self.lots, abs(size)), edge
        code, left = close_in_book(state, instrument, (account, position), order, None)
        if not left:
            code = Result.OK
        elif code != Result.TOUCHES_EXHAUSTED:
            lots = left if size > 0 else -left
            paid = lots * edge * instrument.mark.tick_value
            if not _can_take(instrument, lots, paid):
                code = Result.HOUSE_FULL
            elif take_over(state, instrument, account, position, (lots, paid)):
                code = Result.OK
            else:
                code = Result.FIELD_OVERFLOW
        write_off(state, account, instrument)
        free_if_empty(state, account, position)
        write_deficit(state, instrument)
        return code


def _can_take(instrument: Instrument, lots: int, paid: int) -> bool:
    """Whether the house would keep its margin with these lots, signed, at this price."""
    house = instrument.house
    after = House(
        effective_cash=house.effective_cash - paid,
        long_interest=house.long_interest,
        short_interest=house.short_interest,
    )
    if lots > 0:
        after.long_interest = max(0, after.long_interest - lots * FRACTION)
    else:
        after.short_interest = max(0, after.short_interest + lots * FRACTION)
    return not after.is_below(instrument.house_margin_ppm, mark_value(instrument))
