"""Ops of portfolio margin and of credit, made to be expensive to re-execute.

An account under portfolio margin holds options of as many expiries as it may, on an underlying of
its own, each with an array that was just priced.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from strikeproof.bench.attack_shape import Shape
from strikeproof.bench.synthetic_book import TIGHT_PPM, AttackedBook, others
from strikeproof.bench.synthetic_keys import attesters, wallet
from strikeproof.bench.synthetic_state import SyntheticState, bit_reversed, key_of
from strikeproof.bench.synthetic_values import (
    DAY_MS,
    EPOCH,
    FILLED,
    FRESH_MS,
    MARK,
    MAX_FEE_PPM,
    NEVER_MS,
    NONCE,
    ORDER_LOTS,
    PER_TICK,
)
from strikeproof.client.operation import BlockLeg, SetMarginMode, Withdraw, block_of
from strikeproof.client.typed_data import consent_hash, digest, hash_credit
from strikeproof.risk.kernel.fixed_point import ONE
from strikeproof.sequencer.core.rules.certificate import DAMPENINGS, IS_SKEW
from strikeproof.sequencer.core.rules.pending import Holder, pending
from strikeproof.wire import layout
from strikeproof.wire.constants import (
    BLOCK_LEGS_MAX,
    CERTIFICATE_AGE_MS,
    CREDIT_CONSENTS_MAX,
    INSTRUMENT_HEIGHT,
    OPTION_EXPIRIES_MAX,
    OPTION_PRICE_BITS,
    POSITIONS_MAX,
    PPB,
    PPM,
    InstrumentKind,
)
from strikeproof.wire.operations import (
    encode_attest_credit,
    encode_credit_attestation,
    encode_release_credit,
    encode_revalue,
)
from strikeproof.wire.units import Lots, MicroUsd, Milliseconds, Minutes, Ppm, Ticks

OPTION_PER_TICK: Final = 5**10  # nano-USD of index a tick: a lot is whole wads, as listing asks
OPTION_TICK_VALUE: Final = 0x0101
FORWARD: Final = MARK * PER_TICK // OPTION_PER_TICK  # ticks
OPTION_PRICE: Final = FORWARD // 16  # ticks
LANES_PPM: Final = 70_000  # of the index: what an option is worth in a scenario
RUINED_PPM: Final = -(10**10)
"""Equity of standard maintenance: less than portfolio margin can ask for."""
LATER_MINUTES: Final = Minutes(0x0101)
LOSS: Final = 2**60 + 0x0101010101010101  # micro-USD, of a certificate in each lane
NAKED: Final = 2**64 + 0x0101010101010101  # wads
TIGHT_MAKER: Final = 1_000  # into so many parts of a loss goes the equity of a tight account
TIGHT_TAKER: Final = 2


def _new_expiry(scene: SyntheticState, underlying: int) -> int:
    """Write an expiry that is far off; return its id."""
    count = sum(1 for key in scene.records if key >> 56 == layout.EXPIRY_KIND)
    id = bit_reversed(count, INSTRUMENT_HEIGHT) + 1
    wide = 2**62 + 0x0101010101
    scene.records[key_of(layout.EXPIRY_KIND, id)] = layout.pack_expiry(
        version=1,
        underlying=underlying,
        expiry_ms=scene.now_ms + 7 * DAY_MS,
        publish_time_ms=scene.now_ms - FRESH_MS,
        forward_ppb=PPB + 0x0101,
        rate_ppm=-1,
        confidence_ppm=PPM - 0x0101,
        future=0x0101,
        svi_a=-wide,
        svi_b=wide,
        svi_rho=-(10**12),
        svi_m=-wide,
        svi_sigma=wide,
        svi_forward=wide,
        svi_time_ms=scene.now_ms - FRESH_MS,
        accumulated=0,
        covered_ms=0,
        sampled_ms=0,
        settlement=0,
        settled_ms=0,
    )
    return id


def _new_option(scene: SyntheticState, underlying: int, expiry: int, kind: InstrumentKind) -> int:
    """Write an option that was just priced, with its array; return its number."""
    number = scene.new_instrument(traded=True)
    indices = scene.indices()
    scene.records[key_of(layout.MARK_KIND, number)] = layout.pack_option_mark(
        version=1,
        kind=kind,
        underlying=underlying,
        tick_value=OPTION_TICK_VALUE,
        index_per_tick=OPTION_PER_TICK,
        initial_margin_ppm=150_000,
        maintenance_margin_ppm=75_000,
        fixed_price=0,
        expiry=expiry,
        vega=0x010101,
        long_factor=indices.long.factor,
        short_factor=indices.short.factor,
        long_deleveraged_ms=indices.long.deleveraged_ms,
        short_deleveraged_ms=indices.short.deleveraged_ms,
        index_ppb=PPB,
        mark_price=OPTION_PRICE << OPTION_PRICE_BITS,
        priced_ms=scene.now_ms - FRESH_MS,
        delta=-0x01010101,
        long_adl_index=indices.long.adl_index,
        short_adl_index=indices.short.adl_index,
        strike=FORWARD,
        priced_forward=FORWARD,
        gamma=0x010101,
        theta=-0x010101,
    )
    lane = MARK * PER_TICK * 10**9 * LANES_PPM // PPM
    word = lane << 170 | lane << 85 | lane
    scene.records[key_of(layout.ARRAY_KIND, number)] = layout.pack_array(
        version=1,
        priced_ms=scene.now_ms - FRESH_MS,
        long_factor=10**17,
        short_factor=2 * 10**17,
        contingency_factor=10**17,
        **{f"lanes_{place}": word for place in range(layout.ARRAY_WORDS - 1)},
    )
    return number


def _options(scene: SyntheticState, underlying: int, count: int, expiries: int) -> tuple[int, ...]:
    """Return calls and puts by turns, of this many expiries."""
    ids = [_new_expiry(scene, underlying) for _ in range(min(count, expiries))]
    kinds = (InstrumentKind.CALL, InstrumentKind.PUT)
    made = (
        _new_option(scene, underlying, ids[place % len(ids)], kinds[place // len(ids) % 2])
        for place in range(count)
    )
    return tuple(sorted(made))


def _underlying(scene: SyntheticState) -> int:
    """Return an underlying whose price is fresh."""
    underlying = scene.new_underlying()
    scene.set_price(underlying, scene.now_ms - FRESH_MS)
    return underlying


def _account(
    scene: SyntheticState,
    shape: Shape,
    underlying: int,
    options: Sequence[int],
    long: Sequence[int],
    health_ppm: int | None = None,
    spare: int | None = None,
) -> int:
    """Return an account under portfolio margin that holds these options. `spare`: its equity."""
    account = scene.new_account()
    changes = {}
    if spare is not None:
        worth = sum(_worth(scene, account, each, each in long) for each in options)
        changes["collateral"] = spare - worth
    scene.set_account(
        account,
        options,
        long,
        health_ppm=health_ppm,
        margin_mode=1,
        portfolio_underlying=underlying,
        credit_limit=0,
        guarantor=0,
        credit_minutes=0,
        **changes,
    )
    scene.set_session(account)
    return account


def _holder(scene: SyntheticState, shape: Shape, health_ppm: int | None = None) -> tuple[int, int]:
    """Return an account with options of a shape, every other one long, and its underlying."""
    underlying = _underlying(scene)
    options = _options(scene, underlying, shape.positions, OPTION_EXPIRIES_MAX)
    account = _account(scene, shape, underlying, options, options[::2], health_ppm)
    return account, underlying


def certified_books(scene: SyntheticState, shape: Shape) -> list[AttackedBook]:
    """Return the books of a bundle in options, one for each action, that an account under portfolio
    margin sends, and whose makers are under it too, all with certificates. Tight ones lie below
    their requirements, so that a fill needs both tests."""
    underlying = _underlying(scene)
    traded = _options(scene, underlying, len(shape.actions), OPTION_EXPIRIES_MAX)
    common = _options(scene, underlying, POSITIONS_MAX, OPTION_EXPIRIES_MAX)

    def account_of(own: Sequence[int], long: Sequence[int], share: int) -> int:
        rest = max(0, shape.positions - len(own))
        held = (
            _options(scene, underlying, rest, OPTION_EXPIRIES_MAX)
            if shape.wide and rest
            else common[:rest]
        )
        spare = LOSS // share if shape.tight else None
        account = _account(scene, shape, underlying, (*held, *own), long, spare=spare)
        expiries = [_expiry_of(scene, each) for each in traded]
        scene.records[key_of(layout.CERTIFICATE_KIND, account)] = _certificate(scene, expiries)
        return account

    def maker_of(scene: SyntheticState, shape: Shape, instrument: int) -> int:
        return account_of((instrument,), (), TIGHT_MAKER)

    account = account_of(traded[: shape.positions], traded, TIGHT_TAKER)
    price = OPTION_PRICE - OPTION_PRICE // 16  # makers gain by it, so that tight ones pass
    return [AttackedBook(scene, each, account, price, maker_of) for each in traded]


def _worth(scene: SyntheticState, account: int, option: int, is_long: bool) -> int:
    """Return what a position in an option and its pending cash are worth, micro-USD."""
    indices = replace(scene.indices(), funding_index=0)
    found = pending(scene.entry(option, 1 if is_long else -1), indices, Holder(account, option))
    return found.size * OPTION_PRICE * OPTION_TICK_VALUE + found.cash


def _expiry_of(scene: SyntheticState, option: int) -> int:
    return layout.unpack_option_mark(scene.records[key_of(layout.MARK_KIND, option)])[8]


def _certificate(scene: SyntheticState, expiries: Sequence[int]) -> bytes:
    """Return a certificate of the greatest age that counts, with forwards of as many expiries as
    it may have: these, and others."""
    numbers = [*expiries, *range(2**16 - OPTION_EXPIRIES_MAX, 2**16)][:OPTION_EXPIRIES_MAX]
    # The worst lanes are those in which a sold option gains most: skews lose either way.
    plain = [each == ONE and not skew for each, skew in zip(DAMPENINGS, IS_SKEW, strict=True)]
    losses = [LOSS if each else LOSS // 2 for each in plain]
    return layout.pack_certificate(
        version=1,
        time_ms=scene.now_ms - CERTIFICATE_AGE_MS,
        ends_ms=scene.now_ms + 7 * DAY_MS,
        feed_epoch=EPOCH,
        surface_epoch=0,
        index_price=MARK * PER_TICK,
        gross=FILLED >> 32,
        perpetuals=-NAKED,
        naked=NAKED,
        **{f"expiry_{place}": number for place, number in enumerate(numbers)},
        **{
            f"losses_{place // 3}": sum(loss << 80 * i for i, loss in enumerate(losses[place:][:3]))
            for place in range(0, len(losses), 3)
        },
        **{
            f"{name}_{place}": value
            for place in range(OPTION_EXPIRIES_MAX)
            for name, value in (("up", LOSS), ("down", -LOSS), ("factor", 10**17))
        },
    )


def _mode(scene: SyntheticState, shape: Shape) -> bytes:
    """An account that is under portfolio margin asks for it again: all of its orders end."""
    account, underlying = _holder(scene, shape, RUINED_PPM if shape.tight else None)
    return scene.sign(SetMarginMode(account, NONCE, NEVER_MS, underlying))


def _withdraw(scene: SyntheticState, shape: Shape) -> bytes:
    account, _ = _holder(scene, shape, RUINED_PPM if shape.tight else None)
    return scene.sign(Withdraw(account, NONCE, NEVER_MS, MicroUsd(0x010101)))


def _revalue(scene: SyntheticState, shape: Shape) -> bytes:
    """An account falls out of portfolio margin, or is found to meet it."""
    account, _ = _holder(scene, shape, None if shape.healthy else RUINED_PPM)
    return encode_revalue(account=account)


def _block(scene: SyntheticState, shape: Shape) -> bytes:
    """Eight legs in options of four expiries between accounts that hold as many of four others."""
    underlying = _underlying(scene)
    half = OPTION_EXPIRIES_MAX // 2
    traded = _options(scene, underlying, BLOCK_LEGS_MAX, half)
    rest = max(0, min(shape.positions, POSITIONS_MAX) - len(traded))
    parties = []
    for long in (traded, ()):
        held = _options(scene, underlying, rest, half) if rest else ()
        health = RUINED_PPM if shape.tight else None
        parties.append(_account(scene, shape, underlying, (*held, *traded), long, health))
    submitter, counterparty = parties
    legs = [BlockLeg(number, True, Ticks(OPTION_PRICE), Lots(ORDER_LOTS)) for number in traded]
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


def _credited(scene: SyntheticState, shape: Shape) -> tuple[int, int]:
    """Return an account whose credit has ended, and its guarantor."""
    account, guarantor = scene.new_account(), scene.new_account()
    for number in (account, guarantor):
        held = others(scene, shape, shape.positions, ())
        health = TIGHT_PPM if shape.tight else None
        scene.set_account(number, held, health_ppm=health, guarantor=guarantor)
    return account, guarantor


def _credit(scene: SyntheticState, shape: Shape) -> bytes:
    """All attesters and both keys of the guarantor raise an account's credit."""
    account, guarantor = _credited(scene, shape)
    limit, said_ms = 2**63 + 0x0101010101010101, scene.now_ms - 1
    hashed = hash_credit(account, limit, LATER_MINUTES, guarantor, said_ms)
    signed = digest(scene.domain_separator, hashed)
    consent = wallet(guarantor).sign_digest(signed)  # which is its own guard
    return encode_attest_credit(
        account=account,
        limit_micro_usd=MicroUsd(limit),
        credit_minutes=LATER_MINUTES,
        guarantor=guarantor,
        credited_ms=Milliseconds(said_ms),
        attestations=[
            encode_credit_attestation(attester=place, signature=each.sign_digest(signed))
            for place, each in enumerate(attesters())
        ],
        consents=[consent] * CREDIT_CONSENTS_MAX,
    )


def _release(scene: SyntheticState, shape: Shape) -> bytes:
    account, _ = _credited(scene, shape)
    return encode_release_credit(account=account)


BUILDERS: Final[Mapping[str, Callable[[SyntheticState, Shape], bytes]]] = {
    "mode": _mode,
    "portfolio_withdraw": _withdraw,
    "portfolio_block": _block,
    "revalue": _revalue,
    "credit": _credit,
    "release": _release,
}
