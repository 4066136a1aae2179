"""Ops made to be expensive to re-execute, each with the part of the state that makes it so.

A shape says what an op is; `build` writes a fresh one into a scene: accounts, books and marks of
its own, so that it shares nothing with the others but the upper nodes of the trees. As text, a
shape is its kind, its actions, then letters and numbers:

  bundle:rrrrrrrr m8 p16 w t    eight replaces, 8 makers, 16 positions each, wide, tight

Actions of a bundle: p place that rests, i immediate, f fill or kill (left unfilled), r replace that
moves, q replace in place, c cancel, a cancel-all.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final, Self

from strikeproof.bench.synthetic_state import (
    MARK,
    MAX_FEE_PPM,
    NEVER_MS,
    NONCE_BASE,
    ORDER_LOTS,
    SyntheticState,
)
from strikeproof.client.operation import (
    Action,
    Bundle,
    Cancel,
    CancelAll,
    Place,
    Replace,
    SetSession,
    Withdraw,
)
from strikeproof.wire.constants import (
    ACTIONS_MAX,
    MAKER_TOUCHES_MAX,
    NONCE_WINDOW,
    POSITIONS_MAX,
    SWEEP_MAX,
    OpType,
    TimeInForce,
)
from strikeproof.wire.operations import encode_sweep, frame_op
from strikeproof.wire.units import Lots, MicroUsd, Ppm, Ticks

KINDS: Final = ("bundle", "sweep", "price", "withdraw", "session", "stranger", "garbage")
ACTIONS: Final = "pifrqca"
CROSSING: Final = "pifr"
NONCE: Final = NONCE_BASE + 2 * NONCE_WINDOW - 1  # moves the window as far as it goes
CLIENT: Final = 0x0101010101010101


@dataclass(frozen=True, slots=True)
class Shape:
    """What an op is made of. Fields that its kind does not use are ignored."""

    kind: str = "bundle"
    actions: str = "p"
    makers: int = 0
    """Orders that the bundle meets, spread over its crossing actions; of a sweep, its orders."""
    positions: int = POSITIONS_MAX
    """Of every account of the op."""
    wide: bool = False
    """Accounts hold marks of their own, not the common sixteen."""
    tight: bool = False
    """Accounts lie below maintenance margin, so that a fill needs both margin tests."""
    dead: bool = False
    """Makers are dead: they are removed instead of filled."""
    absent: bool = False
    """The session's slot is 3 and the op is for a session that does not exist (bundle alone)."""

    def __str__(self) -> str:
        """Return the text form, `parse`'s inverse."""
        flags = {"w": self.wide, "t": self.tight, "d": self.dead, "x": self.absent}
        parts = [f"{self.kind}:{self.actions}" if self.kind == "bundle" else self.kind]
        parts += [f"m{self.makers}", f"p{self.positions}", *(k for k, on in flags.items() if on)]
        return " ".join(parts)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the shape of a text. Raises ValueError."""
        head, *rest = text.split()
        kind, _, actions = head.partition(":")
        if kind not in KINDS or set(actions) - set(ACTIONS) or len(actions) > ACTIONS_MAX:
            raise ValueError(f"no shape of an op: {text!r}")
        numbers = {each[0]: int(each[1:]) for each in rest if each not in "wtdx"}
        return cls(
            kind,
            actions or "p",
            numbers.get("m", 0),
            numbers.get("p", POSITIONS_MAX),
            "w" in rest,
            "t" in rest,
            "d" in rest,
            "x" in rest,
        )


def build(scene: SyntheticState, shape: Shape) -> bytes:
    """Write the op's records into the scene and return its bytes."""
    match shape.kind:
        case "bundle" | "stranger":
            return _bundle(scene, shape)
        case "sweep":
            return _sweep(scene, shape)
        case "price":
            underlying = scene.new_underlying()
            scene.set_underlying(underlying, scene.now_ms - 1_000)
            return scene.price_op(underlying)
        case "withdraw":
            account = _user(scene, shape, ())
            return scene.sign(Withdraw(account, NONCE, NEVER_MS, MicroUsd(0x010101)))
        case "session":
            account = _user(scene, replace(shape, positions=0), ())
            scene.set_session(account, 3)
            return scene.sign(SetSession(account, NONCE, NEVER_MS, 3, b"\x5e" * 20))
        case _:
            return frame_op(type=OpType.BUNDLE, body=b"")


def _user(scene: SyntheticState, shape: Shape, traded: tuple[int, ...]) -> int:
    """Return the op's account: positions in other instruments first, then long in the traded."""
    account = scene.new_account()
    others = _others(scene, shape, max(0, shape.positions - len(traded)), traded)
    held = (*others, *traded)[: max(shape.positions, 0)]
    scene.set_account(account, held, traded, tight=shape.tight)
    if not shape.absent:
        scene.set_session(account)
    return account


def _others(
    scene: SyntheticState, shape: Shape, count: int, traded: tuple[int, ...]
) -> tuple[int, ...]:
    if shape.wide:
        return tuple(scene.new_instrument() for _ in range(count))
    return scene.common_instruments()[:count]


def _maker(scene: SyntheticState, shape: Shape, instrument: int) -> int:
    account = scene.new_account()
    others = _others(scene, shape, max(0, shape.positions - 1), (instrument,))
    scene.set_account(account, (*others, instrument), tight=shape.tight)
    return account


def _bundle(scene: SyntheticState, shape: Shape) -> bytes:
    instruments = tuple(scene.new_instrument() for each in shape.actions if each != "a")
    account = _user(scene, shape, instruments)
    crossing = sum(each in CROSSING for each in shape.actions)
    touches = min(shape.makers, MAKER_TOUCHES_MAX) if crossing else 0
    makers = (touches // crossing + (i < touches % crossing) for i in range(crossing))
    actions = tuple(_actions(scene, shape, account, instruments, makers))
    session = 3 if shape.absent else 0
    bundle = Bundle(account, session, NONCE, NEVER_MS, Ppm(MAX_FEE_PPM), actions)
    return scene.sign(bundle, 1 if shape.kind == "stranger" else None)


def _actions(
    scene: SyntheticState,
    shape: Shape,
    account: int,
    instruments: tuple[int, ...],
    makers: Iterator[int],
) -> Iterator[Action]:
    books = iter(instruments)
    for letter in shape.actions:
        if letter == "a":
            yield CancelAll(0)
            continue
        book = _Book(scene, next(books), account)
        count = next(makers) if letter in CROSSING else 0
        bids = book.bids(shape, count)
        match letter:
            case "c":
                slot = book.own()
                yield Cancel(book.instrument, slot, scene.serial(slot))
            case "q":
                slot = book.own()
                price, lots = Ticks(book.own_price), Lots(ORDER_LOTS - 1)
                serial = scene.serial(slot)
                yield Replace(book.instrument, slot, serial, True, price, lots, client_id=CLIENT)
            case "r":
                slot = book.own()
                price = Ticks(book.target(count))
                # More than the makers take: the rest of it rests.
                lots = Lots(ORDER_LOTS * (count + 1) + 1)
                serial = scene.serial(slot)
                yield Replace(book.instrument, slot, serial, True, price, lots, client_id=CLIENT)
            case "p":
                book.free()
                price = Ticks(book.target(count))
                lots = Lots(ORDER_LOTS * (count + 1))
                yield Place(book.instrument, True, price, lots, client_id=CLIENT)
            case _:
                tif = TimeInForce.FOK if letter == "f" else TimeInForce.IOC
                lots = Lots(ORDER_LOTS * count + (letter == "f") or 1)
                yield Place(book.instrument, True, Ticks(MARK), lots, tif, client_id=CLIENT)
        book.write(bids)


class _Book:
    """The book of one instrument, around one action of `account`, which sells."""

    def __init__(self, scene: SyntheticState, instrument: int, account: int) -> None:
        self.scene = scene
        self.instrument = instrument
        self.account = account
        self.own_price = MARK + 0x500
        self._free = 0
        self._best_ask = scene.new_slot(instrument)

    def slot(self) -> int:
        return self.scene.new_slot(self.instrument)

    def order(self, slot: int, price: int, prev: int, next: int, account: int = 0x010101) -> None:
        """Write an ask."""
        self.scene.set_order(
            self.instrument, slot, account, sell=True, price=price, prev=prev, next=next
        )

    def bids(self, shape: Shape, count: int) -> int:
        """Write `count` bids at the mark and one far below; return the best one's slot."""
        slots = [self.slot() for _ in range(count + 1)]
        for index, slot in enumerate(slots):
            last = index == count
            self.scene.set_order(
                self.instrument,
                slot,
                0x010101 if last else _maker(self.scene, shape, self.instrument),
                sell=False,
                price=MARK - 0x1000 if last else MARK,
                prev=slots[index - 1] if index else 0,
                next=0x010101 if last else slots[index + 1],
                dead=shape.dead and not last,
            )
        return slots[0]

    def own(self) -> int:
        """Write an ask of the account between two others; return its slot."""
        before, slot, behind = self.slot(), self.slot(), self.slot()
        self.order(before, self.own_price, 0x010101, slot)
        self.order(slot, self.own_price, before, behind, self.account)
        self.order(behind, self.own_price, slot, 0x010101)
        return slot

    def target(self, makers: int) -> int:
        """Return a price at which an ask of the account rests between two others, or in front of
        them if it has to meet makers first."""
        if makers:
            self.order(self._best_ask, MARK + 0x100, 0, 0x010101)
            self._advise(0)
            return MARK
        before, behind = self.slot(), self.slot()
        price = MARK + 0x1000
        self.order(before, price, 0x010101, behind)
        self.order(behind, price + 1, before, 0x010101)
        self._advise(before)
        return price

    def _advise(self, slot: int) -> None:
        self.scene.predecessors.append((self.instrument, True, slot))

    def free(self) -> None:
        """Give the instrument a free slot."""
        self._free = self.slot()
        self.scene.set_free(self.instrument, self._free, 0x010101)

    def write(self, best_bid: int) -> None:
        """Write the instrument with the ends of its book."""
        self.scene.set_instrument(self.instrument, best_bid, self._best_ask, self._free)


def _sweep(scene: SyntheticState, shape: Shape) -> bytes:
    instrument = scene.new_instrument()
    count = max(1, min(shape.makers, SWEEP_MAX))
    slots = []
    for _ in range(count):
        before, slot, behind = (scene.new_slot(instrument) for _ in range(3))
        account = _maker(scene, shape, instrument)
        for each, owner, prev, next in (
            (before, 0x010101, 0x010101, slot),
            (slot, account, before, behind),
            (behind, 0x010101, slot, 0x010101),
        ):
            scene.set_order(
                instrument,
                each,
                owner,
                sell=True,
                price=MARK,
                prev=prev,
                next=next,
                dead=each == slot,
            )
        slots.append(slot)
    scene.set_instrument(instrument, 0x010101, 0x010101, 0x010101)
    return encode_sweep(instrument=instrument, slots=slots)
