"""Ops of users made to be expensive to re-execute, each with the state that makes it so.

`build` writes a fresh op of a shape into a scene: accounts, books and marks of its own, so that it
shares nothing with the others but the upper nodes of the trees.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from strikeproof.bench import attack_portfolio_ops, attack_system_ops
from strikeproof.bench.attack_shape import CROSSING, RESTING, Shape
from strikeproof.bench.synthetic_book import STRANGER, TIGHT_PPM, AttackedBook, others
from strikeproof.bench.synthetic_keys import attesters, wallet
from strikeproof.bench.synthetic_state import SyntheticState
from strikeproof.bench.synthetic_values import MARK, MAX_FEE_PPM, NEVER_MS, NONCE, ORDER_LOTS
from strikeproof.client.operation import (
    Action,
    BlockLeg,
    Bundle,
    Cancel,
    CancelAll,
    Place,
    Replace,
    SetCancelAt,
    SetGuard,
    SetSession,
    Withdraw,
    block_of,
)
from strikeproof.client.quote import Quote, QuoteSide
from strikeproof.client.typed_data import consent_hash, digest, hash_attestation, hash_struct
from strikeproof.ordered_form import frame_ordered, ordered_op
from strikeproof.sequencer.core.op import OP_HEAD_BYTES, ordered_end
from strikeproof.sequencer.core.ops.bundle import makers_of
from strikeproof.wire.constants import (
    ACTIONS_MAX,
    BLOCK_LEGS_MAX,
    LIQUIDATION_TOUCHES_MAX,
    GuardMode,
    OpType,
    TimeInForce,
)
from strikeproof.wire.operations import (
    FORCED_CLOSE_STRUCT,
    encode_attest,
    encode_attestation,
    encode_forced_close,
    frame_op,
)
from strikeproof.wire.units import Lots, MicroUsd, Milliseconds, Ppm, Ticks

CLIENT: Final = 0x0101010101010101
BUILDERS: Final = {**attack_system_ops.BUILDERS, **attack_portfolio_ops.BUILDERS}
NOBODY: Final = 0  # no account has this number, nor this key
_ORDER_KEYS: Final = {"p": 4, "i": 4, "f": 4, "r": 6, "q": 6, "u": 12, "c": 3, "a": 0}


def build(scene: SyntheticState, shape: Shape) -> bytes:
    """Write the op's records into the scene and return its bytes."""
    builder = BUILDERS.get(shape.kind)
    if builder is not None:
        return builder(scene, shape)
    match shape.kind:
        case "bundle" | "stranger":
            return _bundle(scene, shape)
        case "certified":
            return _certified(scene, shape)
        case "close":
            return _forced_close(scene, shape)
        case "block":
            return _block_trade(scene, shape)
        case "withdraw":
            account = _user(scene, shape, ())
            return scene.sign(Withdraw(account, NONCE, NEVER_MS, MicroUsd(0x010101)))
        case "session":
            account = _user(scene, replace(shape, positions=0), ())
            scene.set_session(account, 3)
            return scene.sign(SetSession(account, NONCE, NEVER_MS, 3, b"\x5e" * 20))
        case "guard":
            account = _user(scene, shape, ())
            return scene.sign(SetGuard(account, NONCE, NEVER_MS, GuardMode.SET, b"\x5e" * 20))
        case "cancel_at":
            account = _user(scene, shape, (), cancel_at_ms=1)  # their orders get other epochs
            return scene.sign(SetCancelAt(account, 0, NONCE, NEVER_MS, Milliseconds(0x010101)))
        case "attest":
            return _attest(scene, _user(scene, shape, ()))
        case _:
            return _garbage(scene, shape)


def build_ordered(scene: SyntheticState, shape: Shape) -> bytes:
    """Write the op's records into the scene and return the op as a segment holds it."""
    op = build(scene, shape)
    if shape.kind != "garbage":
        return ordered_op(op)
    whole = ordered_op(frame_op(type=OpType.BUNDLE, body=op[OP_HEAD_BYTES:-1]))
    return frame_ordered(OpType.BUNDLE, whole[ordered_end(whole, 0)[0] :] + b"\0")


def mislead(scene: SyntheticState) -> bytes:
    """Return two ops as a segment holds them: an order that has expired with its bundle, and one
    that rests, and would stand behind the first if that did."""
    instrument = scene.new_instrument(traded=True)
    shape = Shape(positions=1)
    late, account = (_user(scene, shape, (instrument,)) for _ in range(2))
    book = AttackedBook(scene, instrument, account)
    bids = book.bids(shape, 0)
    book.free()
    price, slots = MARK + 0x1000, [book.slot() for _ in range(3)]
    for at, slot in enumerate(slots):
        before, behind = slots[at - 1 : at], slots[at + 1 : at + 2]
        book.order(slot, price + 4 * at, *(before or [STRANGER]), *(behind or [STRANGER]))
    book.write(bids)
    signed = (
        scene.sign(
            Bundle(
                owner,
                0,
                NONCE,
                expiry_ms,
                Ppm(MAX_FEE_PPM),
                (Place(instrument, True, Ticks(price + 5 + behind), Lots(ORDER_LOTS)),),
            )
        )
        for behind, (owner, expiry_ms) in enumerate(((late, Milliseconds(1)), (account, NEVER_MS)))
    )
    return b"".join(map(ordered_op, signed))


def _garbage(scene: SyntheticState, shape: Shape) -> bytes:
    """Eight quotes and a byte too much, which is seen when all of them are written out."""
    quotes = replace(shape, kind="bundle", actions="u" * ACTIONS_MAX, absent=True, positions=0)
    op = _bundle(scene, quotes)
    return frame_op(type=OpType.BUNDLE, body=op[OP_HEAD_BYTES:] + b"\0")


def _attest(scene: SyntheticState, account: int) -> bytes:
    """All attesters lower the account's tier: its orders get other epochs."""
    signed = digest(scene.domain_separator, hash_attestation(account, 0, 0, scene.now_ms - 1))
    return encode_attest(
        account=account,
        tier=0,
        tier_expiry_ms=Milliseconds(0),
        attested_ms=Milliseconds(scene.now_ms - 1),
        attestations=[
            encode_attestation(attester=place, signature=each.sign_digest(signed))
            for place, each in enumerate(attesters())
        ],
    )


def _order_keys(actions: str) -> int:
    return sum(_ORDER_KEYS[each] for each in actions)


def _forced_close(scene: SyntheticState, shape: Shape) -> bytes:
    """The book takes what its makers have, the house the rest."""
    instrument = scene.new_instrument(traded=True)
    account = _user(scene, shape, (instrument,))
    book = AttackedBook(scene, instrument, account)
    book.write(book.bids(shape, min(shape.makers, LIQUIDATION_TOUCHES_MAX)))
    lots = Lots(0x2222222222)
    values = (account, NONCE, NEVER_MS, instrument, lots)
    hashed = hash_struct(FORCED_CLOSE_STRUCT, values)
    return encode_forced_close(
        account=account,
        nonce=NONCE,
        expiry_ms=NEVER_MS,
        instrument=instrument,
        lots=lots,
        signature=wallet(account).sign_digest(digest(scene.domain_separator, hashed)),
    )


def _block_trade(scene: SyntheticState, shape: Shape) -> bytes:
    """Eight legs that shrink the positions of both accounts, too poor for their initial margin."""
    traded = tuple(sorted(scene.new_instrument(traded=True) for _ in range(BLOCK_LEGS_MAX)))
    health = TIGHT_PPM if shape.tight else None
    submitter, counterparty = scene.new_account(), scene.new_account()
    for account, long in ((submitter, traded), (counterparty, ())):
        held = others(scene, shape, max(0, shape.positions - len(traded)), traded)
        scene.set_account(account, (*held, *traded), long, health_ppm=health)
        scene.set_session(account)
    legs = [BlockLeg(number, True, Ticks(MARK), Lots(ORDER_LOTS)) for number in traded]
    trade = replace(
        block_of(submitter, counterparty, legs, nonce=NONCE),
        expiry_ms=NEVER_MS,
        max_fee_ppm=Ppm(MAX_FEE_PPM),
        counterparty_nonce=NONCE,
        counterparty_expiry_ms=NEVER_MS,
        counterparty_max_fee_ppm=Ppm(MAX_FEE_PPM),
    )
    signed = digest(scene.domain_separator, consent_hash(trade))
    consent = wallet(counterparty).sign_digest(signed)
    return scene.sign(replace(trade, counterparty_signature=consent))


def _user(
    scene: SyntheticState, shape: Shape, traded: tuple[int, ...], cancel_at_ms: int = NEVER_MS
) -> int:
    """Return the op's account: positions in other instruments first, then long in the traded."""
    account = scene.new_account()
    held = others(scene, shape, max(0, shape.positions - len(traded)), traded)
    health = TIGHT_PPM if shape.tight else None
    entries = (*held, *traded)[: shape.positions]
    scene.set_account(account, entries, traded, health_ppm=health, cancel_at_ms=cancel_at_ms)
    if not shape.absent:
        scene.set_session(account)
    return account


def _bundle(scene: SyntheticState, shape: Shape) -> bytes:
    instruments = tuple(scene.new_instrument(traded=True) for each in shape.actions if each != "a")
    account = _user(scene, shape, instruments)
    crossing = sum(each in CROSSING for each in shape.actions)
    touches = min(shape.makers, makers_of(_order_keys(shape.actions))) if crossing else 0
    books = (AttackedBook(scene, each, account) for each in instruments)
    actions = tuple(_actions(scene, shape, books, _spread(touches, crossing)))
    session = 3 if shape.absent else 0
    bundle = Bundle(account, session, NONCE, NEVER_MS, Ppm(MAX_FEE_PPM), actions)
    return scene.sign(bundle, NOBODY if shape.kind == "stranger" else None)


def _certified(scene: SyntheticState, shape: Shape) -> bytes:
    """A bundle in options, its account and half as many makers as touches under portfolio margin:
    each counts two."""
    books = attack_portfolio_ops.certified_books(scene, shape)
    crossing = sum(each in CROSSING for each in shape.actions)
    touches = makers_of(_order_keys(shape.actions)) // 2 if crossing else 0
    makers = _spread(min(shape.makers, touches), crossing)
    actions = tuple(_actions(scene, shape, iter(books), makers))
    return scene.sign(Bundle(books[0].account, 0, NONCE, NEVER_MS, Ppm(MAX_FEE_PPM), actions))


def _spread(makers: int, crossing: int) -> Iterator[int]:
    """Return how many makers each of the crossing actions meets."""
    return (makers // crossing + (i < makers % crossing) for i in range(crossing))


def _actions(
    scene: SyntheticState, shape: Shape, books: Iterator[AttackedBook], makers: Iterator[int]
) -> Iterator[Action]:
    evicts = shape.evicts
    for letter in shape.actions:
        if letter == "a":
            yield CancelAll(0)
            continue
        book = next(books)
        count = next(makers) if letter in CROSSING else 0
        bids = book.bids(shape, count)
        if letter in RESTING and evicts:
            book.evict(shape)
            evicts = False
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
            case "u":
                yield _quote(scene, book, count)
            case "p":
                book.free()
                price = Ticks(book.target(count))
                lots = Lots(ORDER_LOTS * (count + 1))
                yield Place(book.instrument, True, price, lots, client_id=CLIENT)
            case _:
                tif = TimeInForce.FOK if letter == "f" else TimeInForce.IOC
                lots = Lots(ORDER_LOTS * count + (letter == "f") or 1)
                yield Place(book.instrument, True, Ticks(book.price), lots, tif, client_id=CLIENT)
        book.write(bids)


def _quote(scene: SyntheticState, book: AttackedBook, count: int) -> Quote:
    """A quote whose bid moves, and whose ask does what a replace does."""
    bid, ask = book.own(sell=False), book.own()
    return Quote(
        book.instrument,
        QuoteSide(Ticks(book.bid_target()), Lots(ORDER_LOTS), bid, scene.serial(bid)),
        QuoteSide(
            Ticks(book.target(count)), Lots(ORDER_LOTS * (count + 1) + 1), ask, scene.serial(ask)
        ),
        post_only=False,
        client_id=CLIENT,
    )
