"""Weights: what bounds a segment (docs/protocol/weight.md).

The meter of a segment holds the two counters and, for each kind, how many keys were touched. That a
record was touched is stamped on the record itself: `record.touched == meter.stamp`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final, Protocol

from strikeproof.sequencer.core.rules.sibling_bound import sibling_bound
from strikeproof.wire.constants import (
    COMPUTE_MARGIN,
    COMPUTE_POSITION,
    COMPUTE_WEIGHT_MAX,
    INSTRUMENT_HEIGHT,
    ORDER_HEIGHT,
    WEIGHT_RECORD_BYTES,
    WITNESS_WEIGHT_MAX,
)
from strikeproof.wire.layout import (
    ACCOUNT_KIND,
    ACCOUNT_POSITION_WORDS,
    ACCOUNT_WORDS,
    ARRAY_KIND,
    CERTIFICATE_KIND,
    EXPIRY_KIND,
    GLOBAL_KIND,
    INSTRUMENT_KIND,
    INSTRUMENT_WORDS,
    KIND_HEIGHTS,
    KIND_WORDS_MAX,
    MARK_KIND,
    ORDER_KIND,
    ORDER_WORDS,
    SESSION_KIND,
    TRIGGER_KIND,
    UNDERLYING_KIND,
)

if TYPE_CHECKING:
    from strikeproof.sequencer.core.account import Account

WORD_BYTES: Final = 32

# Words of the largest record of each kind, for reserves; kinds above are unused.
WORDS_MAX: Final = KIND_WORDS_MAX[: CERTIFICATE_KIND + 1]

# No segment touches more keys of a kind: each weighs at least WEIGHT_RECORD_BYTES of
# WITNESS_WEIGHT_MAX (12,222), and a reserve adds some hundreds.
TOUCHES_MAX: Final = 2**14
ORDERS_MAX: Final = 2**11  # an order weighs 73 bytes at least, so there are at most 1,507

# Weight of one margin test without and per position: equity and requirement, before and after.
MARGIN_TEST: Final = 2 * COMPUTE_MARGIN
MARGIN_TEST_POSITION: Final = 2 * COMPUTE_POSITION


def marginal(height: int, n: int) -> int:
    """Return how many siblings the n-th touched key of a tree can add, at most."""
    if n == 1:
        return height
    return max(0, height - (n - 1).bit_length() - 1)


def _touch_weights(height: int) -> list[int]:
    """Return by n the weight in bytes of touching the n-th key, without its record's words."""
    return [0] + [
        WEIGHT_RECORD_BYTES + WORD_BYTES * marginal(height, n) for n in range(1, TOUCHES_MAX)
    ]


def _reserve_sums(height: int, words: int) -> list[int]:
    """Return by n the weight in bytes of n keys of `words` words: a reserve is a difference."""
    sums = [0]
    for weight in _touch_weights(height)[1:]:
        sums.append(sums[-1] + weight + WORD_BYTES * words)
    return sums


TOUCH_WEIGHTS: Final = [_touch_weights(KIND_HEIGHTS[kind]) for kind in range(len(WORDS_MAX))]
RESERVE_SUMS: Final = [
    _reserve_sums(KIND_HEIGHTS[kind], words) for kind, words in enumerate(WORDS_MAX)
]
_ACCOUNT_SUMS: Final = RESERVE_SUMS[ACCOUNT_KIND]
_SESSION_SUMS: Final = RESERVE_SUMS[SESSION_KIND]
_INSTRUMENT_SUMS: Final = RESERVE_SUMS[INSTRUMENT_KIND]
_MARK_SUMS: Final = RESERVE_SUMS[MARK_KIND]
_UNDERLYING_SUMS: Final = RESERVE_SUMS[UNDERLYING_KIND]
_EXPIRY_SUMS: Final = RESERVE_SUMS[EXPIRY_KIND]
_ARRAY_SUMS: Final = RESERVE_SUMS[ARRAY_KIND]
_TRIGGER_SUMS: Final = RESERVE_SUMS[TRIGGER_KIND]
_CERTIFICATE_SUMS: Final = RESERVE_SUMS[CERTIFICATE_KIND]
_ORDER_BYTES: Final = WEIGHT_RECORD_BYTES + WORD_BYTES * ORDER_WORDS
_ACCOUNT_TOUCH_WEIGHTS: Final = [
    weight + WORD_BYTES * ACCOUNT_WORDS for weight in TOUCH_WEIGHTS[ACCOUNT_KIND]
]
_INSTRUMENT_TOUCH_WEIGHTS: Final = [
    weight + WORD_BYTES * INSTRUMENT_WORDS for weight in TOUCH_WEIGHTS[INSTRUMENT_KIND]
]
_POSITION_BYTES: Final = WORD_BYTES * ACCOUNT_POSITION_WORDS
# Reserves of these shrink as a segment touches more: what fits at its start fits later too.
_HEAD_ROOM_MAX: Final = _ACCOUNT_SUMS[1] + _SESSION_SUMS[1] + _UNDERLYING_SUMS[1]

# By the number of touched instruments, then by that of touched orders: their siblings in bytes.
_ORDER_SIBLINGS: Final[list[list[int]]] = []


def order_siblings(instruments: int) -> list[int]:
    """Return by n the weight in bytes of siblings of n orders in this many instruments (ADR 13).

    Each list is made when a segment first touches this many instruments, 1.5 ms. Of none there are
    no orders, but a reserve of some: where nothing is listed yet.
    """
    while len(_ORDER_SIBLINGS) <= instruments:
        groups = len(_ORDER_SIBLINGS)
        _ORDER_SIBLINGS.append(
            [
                WORD_BYTES * sibling_bound(ORDER_HEIGHT, n, groups, INSTRUMENT_HEIGHT)
                for n in range(ORDERS_MAX)
            ]
            if groups
            else [0, *[WORD_BYTES] * (ORDERS_MAX - 1)]
        )
    return _ORDER_SIBLINGS[instruments]


def most_reserve(
    accounts: int,
    underlyings: int,
    instruments: int,
    marks: int,
    expiries: int = 0,
    arrays: int = 0,
    certificates: int = 0,
) -> int:
    """Return the reserve of this many keys in a segment that has touched nothing: the most. Orders
    are left out: theirs can grow (`Meter.orders_reserve`)."""
    return (
        _ACCOUNT_SUMS[accounts]
        + _UNDERLYING_SUMS[underlyings]
        + _INSTRUMENT_SUMS[instruments]
        + _MARK_SUMS[marks]
        + _EXPIRY_SUMS[expiries]
        + _ARRAY_SUMS[arrays]
        + _CERTIFICATE_SUMS[certificates]
    )


class Touchable(Protocol):
    """A record that a segment can touch. `touched`: stamp of the latest segment that did."""

    KIND: ClassVar[int]
    id: int
    touched: int

    @property
    def words(self) -> int:
        """Words of the record as it stands; 0 if it is absent."""
        ...

    def encode(self) -> bytes:
        """Return the record's bytes."""
        ...

    def saved(self) -> tuple[Any, ...]:
        """Return what ops change, for `restore`."""
        ...

    def restore(self, saved: tuple[Any, ...]) -> None:
        """Set back what `saved` returned."""
        ...


class Meter:
    """Counters and touched keys of the running segment.

    `counts`: touched keys by kind. `log`: touched records in order. `stamp` grows by each segment.
    """

    __slots__ = ("compute", "counts", "log", "order_siblings", "stamp", "witness")

    def __init__(self) -> None:
        self.stamp = 0
        self.begin()

    def begin(self) -> None:
        """Start a segment: counters at zero, nothing touched."""
        self.stamp += 1
        self.witness = 0
        self.compute = 0
        self.counts = [0] * len(WORDS_MAX)
        self.order_siblings = order_siblings(0)
        self.log: list[Touchable] = []

    def touch(self, record: Touchable) -> None:
        """Count a record that this segment has not touched yet (the caller has looked)."""
        kind = record.KIND
        counts = self.counts
        counts[kind] = n = counts[kind] + 1
        self.witness += TOUCH_WEIGHTS[kind][n] + WORD_BYTES * record.words
        record.touched = self.stamp
        self.log.append(record)

    def touch_instrument(self, instrument: Touchable) -> None:
        """Count an instrument that this segment has not touched yet; orders that were touched
        before may weigh more: they lie in more instruments."""
        counts = self.counts
        counts[INSTRUMENT_KIND] = n = counts[INSTRUMENT_KIND] + 1
        orders = counts[ORDER_KIND]
        siblings = order_siblings(n)
        self.witness += _INSTRUMENT_TOUCH_WEIGHTS[n]
        if orders:
            self.witness += siblings[orders] - self.order_siblings[orders]
        self.order_siblings = siblings
        instrument.touched = self.stamp
        self.log.append(instrument)

    def touch_order(self, order: Touchable) -> None:
        """Count an existing order that this segment has not touched yet: half of all touches."""
        counts = self.counts
        counts[ORDER_KIND] = n = counts[ORDER_KIND] + 1
        siblings = self.order_siblings
        self.witness += _ORDER_BYTES + siblings[n] - siblings[n - 1]
        order.touched = self.stamp
        self.log.append(order)

    def touch_account(self, account: Account) -> None:
        """Count an account that this segment has not touched yet: `words` would cost a call."""
        counts = self.counts
        counts[ACCOUNT_KIND] = n = counts[ACCOUNT_KIND] + 1
        self.witness += _ACCOUNT_TOUCH_WEIGHTS[n] + _POSITION_BYTES * len(account.positions)
        account.touched = self.stamp
        self.log.append(account)

    def touch_new_order(self, order: Touchable) -> None:
        """Count the first touch of a slot that was never used."""
        counts = self.counts
        counts[ORDER_KIND] = n = counts[ORDER_KIND] + 1
        siblings = self.order_siblings
        self.witness += WEIGHT_RECORD_BYTES + siblings[n] - siblings[n - 1]
        order.touched = self.stamp
        self.log.append(order)

    def touch_absent(self, record: Touchable) -> None:
        """Count the first touch of a record that a message is about to create."""
        kind = record.KIND
        self.counts[kind] = n = self.counts[kind] + 1
        self.witness += TOUCH_WEIGHTS[kind][n]
        record.touched = self.stamp
        self.log.append(record)

    def undo_to(self, log_length: int, witness: int, compute: int) -> None:
        """Forget the touches after the first `log_length`; set the counters back."""
        for record in self.log[log_length:]:
            record.touched = 0
            self.counts[record.KIND] -= 1
        del self.log[log_length:]
        self.order_siblings = order_siblings(self.counts[INSTRUMENT_KIND])
        self.witness = witness
        self.compute = compute

    def has_head_room(self, compute: int) -> bool:
        """Whether one account, one session, one underlying and `compute` units fit: of user ops,
        before all else."""
        if self.compute + compute > COMPUTE_WEIGHT_MAX:
            return False
        if self.witness + _HEAD_ROOM_MAX <= WITNESS_WEIGHT_MAX:
            return True
        counts = self.counts
        accounts, sessions = counts[ACCOUNT_KIND], counts[SESSION_KIND]
        underlyings = counts[UNDERLYING_KIND]
        witness = (
            self.witness
            + (_UNDERLYING_SUMS[underlyings + 1] - _UNDERLYING_SUMS[underlyings])
            + (_ACCOUNT_SUMS[accounts + 1] - _ACCOUNT_SUMS[accounts])
            + (_SESSION_SUMS[sessions + 1] - _SESSION_SUMS[sessions])
        )
        return witness <= WITNESS_WEIGHT_MAX

    def orders_reserve(self, orders: int, instruments: int) -> int:
        """Return the reserve in bytes of this many more orders where this many more instruments may
        be touched before them."""
        n = self.counts[ORDER_KIND]
        siblings = order_siblings(self.counts[INSTRUMENT_KIND] + instruments)
        return orders * _ORDER_BYTES + siblings[n + orders] - self.order_siblings[n]

    def reserve_surely_fits(
        self, compute: int, witness_most: int, orders: int, instruments: int
    ) -> bool:
        """Whether `compute` and orders fit, and the rest of the reserve would even at a segment's
        start (`most_reserve`). False is not an answer: ask `reserve_fits`.
        """
        return (
            self.compute + compute <= COMPUTE_WEIGHT_MAX
            and self.witness + witness_most + self.orders_reserve(orders, instruments)
            <= WITNESS_WEIGHT_MAX
        )

    def reserve_fits(
        self,
        compute: int,
        accounts: int = 0,
        sessions: int = 0,
        underlyings: int = 0,
        instruments: int = 0,
        marks: int = 0,
        orders: int = 0,
        expiries: int = 0,
        arrays: int = 0,
        triggers: int = 0,
        certificates: int = 0,
    ) -> bool:
        """Whether this many more keys of each kind, each of the most words, and `compute` fit."""
        if self.compute + compute > COMPUTE_WEIGHT_MAX:
            return False
        _, account_n, session_n, underlying_n, instrument_n, mark_n, _, expiry_n = self.counts[:8]
        array_n = self.counts[ARRAY_KIND]
        trigger_n = self.counts[TRIGGER_KIND]
        certificate_n = self.counts[CERTIFICATE_KIND]
        witness = (
            self.witness
            + self.orders_reserve(orders, instruments)
            + (_INSTRUMENT_SUMS[instrument_n + instruments] - _INSTRUMENT_SUMS[instrument_n])
            + (_ACCOUNT_SUMS[account_n + accounts] - _ACCOUNT_SUMS[account_n])
            + (_MARK_SUMS[mark_n + marks] - _MARK_SUMS[mark_n])
            + (_UNDERLYING_SUMS[underlying_n + underlyings] - _UNDERLYING_SUMS[underlying_n])
            + (_SESSION_SUMS[session_n + sessions] - _SESSION_SUMS[session_n])
            + (_EXPIRY_SUMS[expiry_n + expiries] - _EXPIRY_SUMS[expiry_n])
            + (_ARRAY_SUMS[array_n + arrays] - _ARRAY_SUMS[array_n])
            + (_TRIGGER_SUMS[trigger_n + triggers] - _TRIGGER_SUMS[trigger_n])
            + _CERTIFICATE_SUMS[certificate_n + certificates]
            - _CERTIFICATE_SUMS[certificate_n]
        )
        return witness <= WITNESS_WEIGHT_MAX


assert (GLOBAL_KIND, ACCOUNT_KIND, SESSION_KIND, UNDERLYING_KIND) == (0, 1, 2, 3)
assert (INSTRUMENT_KIND, MARK_KIND, ORDER_KIND, EXPIRY_KIND) == (4, 5, 6, 7)
