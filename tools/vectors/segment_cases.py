"""Cases of whole segments: inbox messages, heads of ops, prices, clocks and weights."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from strikeproof.sequencer.core.rules.segment_charge import Weights
from strikeproof.wire.constants import (
    ACCOUNT_HEIGHT,
    BATCH_SPAN_MS,
    FUNDING_INDEX_MAX,
    FUNDING_SPACING_MS,
    INDEX_PRICE_MAX,
    INDEX_STALE_MS,
    MONEY_MAX,
    NONCE_WINDOW,
    PUBLISH_SPACING_MS,
    SEGMENT_OPS_MAX,
    SegmentFamily,
)
from strikeproof.wire.layout import ACCOUNT_GROUP, GLOBAL_GROUP, INSTRUMENT_GROUP, MARK_GROUP
from tools.vectors.attestation_cases import attestation_cases
from tools.vectors.auction_cases import auction_cases
from tools.vectors.block_cases import block_cases
from tools.vectors.case_file import Case
from tools.vectors.credit_cases import credit_cases
from tools.vectors.encoders import (
    START_MS,
    as_ordered,
    encode_message,
    encode_op,
    encode_payload,
    encode_segment,
    message_input,
    messages_input,
    ordered_input,
)
from tools.vectors.expiry_cases import expiry_cases
from tools.vectors.guard_cases import guard_cases
from tools.vectors.house_cases import house_cases
from tools.vectors.l1_cost_cases import l1_cost_cases
from tools.vectors.option_cases import option_cases
from tools.vectors.order_cases import order_cases
from tools.vectors.portfolio_cases import portfolio_cases
from tools.vectors.protection_cases import protection_cases
from tools.vectors.quote_cases import quote_cases
from tools.vectors.signers import signer
from tools.vectors.stream_cases import stream_cases
from tools.vectors.trigger_cases import trigger_cases
from tools.vectors.venue import (
    DEPOSIT,
    INDEX,
    MARK,
    TICK_VALUE,
    USD,
    Venue,
    cancel_all,
    place,
    replace,
    trader,
)

_NOTHING: Final = Weights(0, 0)
_FITTING_BUNDLES: Final = 4  # of eight orders each, of one account in one book


def segment_cases() -> Iterator[Case]:
    """Yield segments with the state before and after."""
    yield from _setting_up()
    yield from _refused_messages()
    yield from _forced_ops()
    yield from _heads_of_user_ops()
    yield from _ordered_forms()
    yield from _nonces()
    yield from _withdrawals()
    yield from _sessions()
    yield from _cancel_times()
    yield from guard_cases()
    yield from block_cases()
    yield from attestation_cases()
    yield from credit_cases()
    yield from _index_prices()
    yield from _funding()
    yield from _segments_and_clocks()
    yield from l1_cost_cases()
    yield from house_cases()
    yield from trigger_cases()
    yield from protection_cases()
    yield from expiry_cases()
    yield from option_cases()
    yield from portfolio_cases()
    yield from auction_cases()
    yield from order_cases()
    yield from quote_cases()
    yield from stream_cases()


def _setting_up() -> Iterator[Case]:
    venue = Venue.genesis()
    yield venue.case("the reporters are set", venue.governance("SET_REPORTERS"))
    yield venue.case("an underlying is listed", venue.governance("LIST_UNDERLYING"))
    yield venue.case("an instrument is listed", venue.governance("LIST_INSTRUMENT"))
    yield venue.case(
        "an instrument becomes reduce-only", venue.governance("SET_INSTRUMENT", status=2)
    )
    owner = trader(1).address
    register = encode_payload("REGISTER", {"account": 1, "owner": owner})
    yield venue.case("an account is registered", venue.message("REGISTER", register, owner))
    deposit = encode_payload("DEPOSIT", {"account": 1, "amount_micro_usd": DEPOSIT})
    yield venue.case("a deposit arrives", venue.message("DEPOSIT", deposit, owner))


def _refused_messages() -> Iterator[Case]:
    venue = Venue.opened(accounts=1)
    owner = trader(2).address

    def register(account: int) -> bytes:
        return venue.message("REGISTER", encode_payload("REGISTER", _registered(account, owner)))

    def deposit(account: int, amount: int) -> bytes:
        fields = {"account": account, "amount_micro_usd": amount}
        return venue.message("DEPOSIT", encode_payload("DEPOSIT", fields))

    yield venue.case("an account of another id than the next", register(3), "MALFORMED")
    yield venue.case("a deposit to no account", deposit(2, 1), "UNKNOWN_ACCOUNT")
    yield venue.case("a deposit to account 0", deposit(0, 1), "UNKNOWN_ACCOUNT")
    yield venue.case("a deposit beyond all money", deposit(1, MONEY_MAX), "FIELD_OVERFLOW")
    unknown = message_input(venue.now_ms, b"\x09" + encode_message("REGISTER", START_MS, b"")[1:])
    yield venue.case("a message of an unknown kind", unknown, "UNKNOWN_TYPE")
    cut = message_input(venue.now_ms, encode_message("DEPOSIT", START_MS, b"")[:20])
    yield venue.case("a message cut off inside its head", cut, "MALFORMED")
    nothing = venue.message("GOVERNANCE", b"")
    yield venue.case("governance of no bytes", nothing, "MALFORMED")
    yield venue.case(
        "an unknown governance action", venue.message("GOVERNANCE", b"\x0b"), "UNKNOWN_TYPE"
    )
    listed = venue.governance("LIST_INSTRUMENT", underlying=2)
    yield venue.case("an instrument of no underlying", listed, "UNKNOWN_UNDERLYING")
    other = venue.governance("SET_INSTRUMENT", instrument=2)
    yield venue.case("parameters of no instrument", other, "UNKNOWN_INSTRUMENT")
    fee = venue.governance("SET_INSTRUMENT", taker_fee_ppm=50_001)
    yield venue.case("a fee above five percent", fee, "MALFORMED")
    venue.edit(0, GLOBAL_GROUP, reporter_epoch=2**32 - 1)
    yield venue.case(
        "no further set of reporters", venue.governance("SET_REPORTERS"), "FIELD_OVERFLOW"
    )
    venue.edit(0, GLOBAL_GROUP, next_account=1 << ACCOUNT_HEIGHT)
    yield venue.case("the tree of accounts is full", register(1 << ACCOUNT_HEIGHT), "CAPACITY")


def _registered(account: int, owner: bytes) -> dict[str, object]:
    return {"account": account, "owner": owner}


def _forced_ops() -> Iterator[Case]:
    owner, venue = trader(1).address, Venue.opened()

    def forced(op: bytes, sender: bytes = owner) -> bytes:
        return venue.message("USER_OP", op, sender)

    bundle = venue.bundle(1, place(), signed=False)
    yield venue.case("a bundle forced by its owner, unsigned", forced(bundle), "OK OK")
    stranger = forced(venue.bundle(1, cancel_all(), signed=False), trader(2).address)
    yield venue.case("a bundle forced by a stranger, unsigned", stranger, "BAD_SIGNATURE")
    signed = forced(venue.bundle(1, cancel_all()), trader(2).address)
    yield venue.case("a signed bundle forced by a stranger", signed, "OK OK")
    withdraw = forced(venue.withdraw(1, 100 * USD, signed=False))
    yield venue.case("a withdrawal forced by its owner, unsigned", withdraw)
    session = forced(venue.set_session(1, 1, signer("session key").address, signed=False))
    yield venue.case("a session key forced by its owner, unsigned", session)
    trailing = forced(venue.bundle(1, cancel_all(), signed=False) + b"\0")
    yield venue.case("a forced op with a byte behind it", trailing, "MALFORMED")
    price = forced(venue.index_price(INDEX, INDEX, publish_time_ms=venue.now_ms + 1))
    yield venue.case("a forced price from the future", price, "STALE_REPORT")


def _heads_of_user_ops() -> Iterator[Case]:
    venue = Venue.opened(accounts=2)
    stranger = signer("nobody")
    yield venue.ops("an unknown op type", b"\x64\0\0", expected="UNKNOWN_TYPE")
    yield venue.ops("a bundle without actions", venue.bundle(1), expected="MALFORMED")
    unsigned = venue.bundle(1, cancel_all(), signed=False)
    yield venue.ops("an ordered op without a signature", unsigned, expected="MALFORMED")
    for account in (0, 3):
        op = venue.bundle(account, cancel_all())
        yield venue.ops(f"an op of account {account}", op, expected="UNKNOWN_ACCOUNT")
    op = venue.bundle(1, cancel_all(), session=1)
    yield venue.ops("an op of session 1", op, expected="UNKNOWN_SESSION")
    beyond = venue.message("USER_OP", venue.bundle(1, cancel_all(), session=4))
    yield venue.case("a forced op of session 4", beyond, "UNKNOWN_SESSION")
    op = venue.bundle(1, cancel_all(), expiry_ms=venue.now_ms)
    yield venue.ops("an op that expires now", op, expected="EXPIRED")
    op = venue.bundle(1, cancel_all(), expiry_ms=venue.now_ms + 1)
    yield venue.ops("an op that expires a millisecond later", op, expected="OK OK")
    op = venue.bundle(1, cancel_all(), by=stranger)
    yield venue.ops("an op that a stranger signed", op, expected="BAD_SIGNATURE")
    op = venue.bundle(1, cancel_all())
    yield venue.ops(
        "an op whose signature has its greatest s",
        op[:-32] + b"\xff" * 32,
        expected="BAD_SIGNATURE",
    )


def _ordered_forms() -> Iterator[Case]:
    venue = Venue.opened(accounts=1)
    wide = venue.bundle(1, cancel_all(), max_fee_ppm=2**16)
    yield venue.ops("a bundle with a greatest fee of four bytes", wide, expected="OK OK")
    shortest = as_ordered(venue.bundle(1, cancel_all()))
    longer = shortest[:1] + bytes((0x80, shortest[1])) + shortest[2:]
    segment = ordered_input(venue.now_ms, encode_segment(venue.now_ms, [longer]))
    yield venue.case("a bundle whose length has a byte more than it need", segment, "OK OK")


def _nonces() -> Iterator[Case]:
    venue = Venue.opened(accounts=1)
    far = 2 * NONCE_WINDOW

    def op(nonce: int) -> bytes:
        return venue.bundle(1, cancel_all(), nonce=nonce)

    yield venue.ops(
        "nonces in any order", op(3), op(0), op(NONCE_WINDOW - 1), expected="OK OK OK OK OK OK"
    )
    yield venue.ops("a nonce twice", op(3), expected="NONCE_USED")
    yield venue.ops("a nonce too far ahead", op(far), expected="NONCE_TOO_FAR")
    yield venue.ops("a nonce that moves the window", op(far - 1), expected="OK OK")
    yield venue.ops("a nonce below the window", op(1), expected="NONCE_USED")


def _withdrawals() -> Iterator[Case]:
    venue = Venue.opened(accounts=2)
    yield venue.ops("a withdrawal", venue.withdraw(1, 250 * USD))
    venue.act(1, place(lots=100))
    much = venue.withdraw(1, DEPOSIT)
    yield venue.ops("a withdrawal of margin", much, expected="INSUFFICIENT_COLLATERAL")
    venue.now_ms += INDEX_STALE_MS + 1
    yield venue.ops("a withdrawal beside a stale position", venue.withdraw(1, USD))
    venue.now_ms += 600_000
    much = venue.withdraw(1, DEPOSIT - 750 * USD)
    yield venue.ops(
        "a withdrawal of what a stale position needs", much, expected="INSUFFICIENT_COLLATERAL"
    )
    venue.edit(1 << 56 | 2, ACCOUNT_GROUP, withdrawn=MONEY_MAX)
    over = venue.withdraw(2, 1)
    yield venue.ops("a withdrawal past what can be counted", over, expected="FIELD_OVERFLOW")


def _sessions() -> Iterator[Case]:
    venue = Venue.opened(accounts=1)
    key = signer("session key")
    until = venue.now_ms + 1_000
    grant = venue.set_session(1, 1, key.address, session_expiry_ms=until)
    yield venue.ops("a session key is granted", grant)
    trade = venue.bundle(1, place(), session=1, nonce=0, by=key)
    yield venue.ops("a session key trades", trade, expected="OK OK")
    venue.now_ms = until
    late = venue.bundle(1, cancel_all(), session=1, nonce=1, by=key)
    yield venue.ops("a session key that has expired", late, expected="SESSION_EXPIRED")
    yield venue.ops("a session key is revoked", venue.set_session(1, 1, bytes(20)))
    yield venue.ops("a session key that was revoked", late, expected="UNKNOWN_SESSION")


def _cancel_times() -> Iterator[Case]:
    venue = Venue.opened(accounts=2)
    venue.act(1, place(lots=5), place(MARK - 10, lots=3))
    at = venue.now_ms + 30_000
    yield venue.ops("a cancel-at", venue.set_cancel_at(1, at))
    venue.now_ms = at - 1
    sell = place(MARK, sell=True, lots=1, time_in_force="IOC")
    yield venue.ops("a maker before its cancel-at", venue.bundle(2, sell), expected="OK OK")
    venue.now_ms = at
    late = venue.bundle(2, sell)
    yield venue.ops("a maker at its cancel-at", late, expected="OK IOC_REMAINDER")
    rests = venue.bundle(1, place())
    yield venue.ops("an order after its cancel-at", rests, expected="OK EXPIRED")
    again = venue.set_cancel_at(1, at + 30_000)
    yield venue.ops("a cancel-at moved too late: what died stays dead", again)
    yield venue.ops("the orders that died", venue.bundle(2, sell), expected="OK IOC_REMAINDER")
    yield venue.ops("an order under the new time", venue.bundle(1, place()), expected="OK OK")
    yield venue.ops("a cancel-at is taken back", venue.set_cancel_at(1, 0))
    venue.edit(1 << 56 | 1, ACCOUNT_GROUP, cancel_at_ms=1, epoch_counter=2**48 - 1)
    over = venue.set_cancel_at(1, 0)
    yield venue.ops("a cancel-at without epochs left", over, expected="FIELD_OVERFLOW")


def _index_prices() -> Iterator[Case]:
    venue = Venue.opened(accounts=0)
    low, middle, high = INDEX - 10**9, INDEX, INDEX + 10**9
    yield venue.ops(
        "a price that is not newer", venue.index_price(low, high), expected="STALE_REPORT"
    )
    venue.now_ms += PUBLISH_SPACING_MS
    yield venue.ops("three reporters, the median counts", venue.index_price(high, low, middle))
    venue.now_ms += PUBLISH_SPACING_MS
    yield venue.ops("two reporters, the lower counts", venue.index_price(high, low))
    venue.now_ms += PUBLISH_SPACING_MS
    ahead = venue.index_price(middle, middle, publish_time_ms=venue.now_ms + 1)
    yield venue.ops("a price from the future", ahead, expected="STALE_REPORT")
    yield venue.ops("a price of one reporter", venue.index_price(middle), expected="BELOW_QUORUM")
    outside = venue.index_price(middle, middle, first=2)
    yield venue.ops("a price of a reporter beyond the set", outside, expected="BAD_REPORTER")
    other = venue.index_price(middle, middle, underlying=2)
    yield venue.ops("a price of no underlying", other, expected="UNKNOWN_UNDERLYING")
    bad = venue.index_price(middle, middle)
    bad = bad[:-1] + bytes((bad[-1] ^ 1,))
    yield venue.ops("a price with one bad signature", bad, expected="BAD_SIGNATURE")
    yield venue.ops("a price of no reporters", venue.index_price(), expected="MALFORMED")
    yield from _bounded_prices(venue)
    old = venue.now_ms
    venue.now_ms += INDEX_STALE_MS + 1
    late = venue.index_price(middle, middle, publish_time_ms=old)
    yield venue.ops("a price from long ago", late, expected="STALE_REPORT")


def _bounded_prices(venue: Venue) -> Iterator[Case]:
    venue.govern("SET_LATENCY")
    venue.price()
    venue.now_ms += PUBLISH_SPACING_MS - 1
    soon = venue.index_price(INDEX, INDEX)
    yield venue.ops("a price too soon after the last", soon, expected="STALE_REPORT")
    venue.now_ms += 1
    tenth = INDEX * 11 // 10
    yield venue.ops(
        "an index that follows as far as its bucket lets it", venue.index_price(tenth, tenth)
    )
    venue.now_ms += 2 * PUBLISH_SPACING_MS
    yield venue.ops("an index whose bucket has refilled a little", venue.index_price(tenth, tenth))
    venue.now_ms += PUBLISH_SPACING_MS
    most = venue.index_price(INDEX_PRICE_MAX, INDEX_PRICE_MAX)
    yield venue.ops("the greatest price", most)
    beyond = venue.index_price(INDEX_PRICE_MAX, INDEX_PRICE_MAX + 1)
    yield venue.ops("a price beyond the greatest", beyond, expected="MALFORMED")
    venue.now_ms += PUBLISH_SPACING_MS
    yield venue.ops("a price of 1", venue.index_price(1, 1))


def _funding() -> Iterator[Case]:
    venue = Venue.opened(impact_value_micro_usd=4_000_000)
    funding = encode_op("FUNDING", {"instrument": 1})
    venue.act(1, place(MARK + 100, 30, sell=True))
    venue.act(2, place(MARK + 60, 5))
    venue.act(3, place(MARK + 100, 9))
    yield venue.ops("a first sample of funding", funding)
    yield venue.ops("a sample too soon after the last", funding, expected="TOO_SOON")
    venue.now_ms += FUNDING_SPACING_MS
    yield venue.ops("bids above the mark: longs will pay", funding)
    yield venue.actions("a fill that settles both entries", 3, place(MARK + 60, 2, sell=True))
    venue.act(2, cancel_all())
    venue.act(2, *[place(MARK + 61, 1)] * 8)
    venue.act(2, cancel_all())
    venue.now_ms += FUNDING_SPACING_MS
    yield venue.ops("dead orders in the way of a sample", funding, expected="SWEEP_FIRST")
    venue.edit(5 << 56 | 1, MARK_GROUP, **_HALVED)
    yield venue.ops("a withdrawal beside lots that were closed", venue.withdraw(1, USD))
    taker = place(MARK + 100, 3)
    yield venue.actions("a fill after half of the shorts were closed", 2, taker)
    venue.edit(5 << 56 | 1, MARK_GROUP, funding_index=FUNDING_INDEX_MAX)
    sweep = encode_op("SWEEP", {"instrument": 1, "slots": list(range(1, 12))})
    venue.run(venue.segment(sweep))
    venue.edit(4 << 56 | 1, INSTRUMENT_GROUP, funding_average=2**50)
    yield venue.ops("a funding index at its bound", funding, expected="FIELD_OVERFLOW")
    venue.now_ms += INDEX_STALE_MS
    yield venue.ops("a sample at a stale price", funding, expected="STALE_PRICE")
    other = encode_op("FUNDING", {"instrument": 2})
    yield venue.ops("a sample of no instrument", other, expected="UNKNOWN_INSTRUMENT")


_HALVED: Final = {
    "short_factor": 2**62,
    "short_adl_index": -(2**62) * MARK * TICK_VALUE,
    "short_deleveraged_ms": START_MS,
}


def _segments_and_clocks() -> Iterator[Case]:
    venue = Venue.opened(accounts=1)
    op = venue.bundle(1, cancel_all())
    yield venue.ops("no ops", expected="")
    cut = venue.segment(op) + as_ordered(op)[:-1]
    yield venue.case("an op, then a length past its end", cut, "OK OK")
    seventeen = [b"\x64\0\0"] * (SEGMENT_OPS_MAX + 1)
    results = " ".join(["UNKNOWN_TYPE"] * SEGMENT_OPS_MAX)
    yield venue.ops("seventeen ops, the last without a result", *seventeen, expected=results)
    venue.now_ms += 1_000
    early = venue.segment(time_ms=venue.now_ms - BATCH_SPAN_MS - 1)
    yield venue.case("a time far before its header's", early, "")
    venue.now_ms += 1_000
    ahead = venue.segment(time_ms=venue.now_ms + 1)
    yield venue.case("a time after its header's", ahead, "")
    venue.now_ms -= 1_000
    yield venue.case("a clock that does not go back", venue.segment(), "")
    yield from _full_segment()
    yield from _families_and_declarations()


def _families_and_declarations() -> Iterator[Case]:
    venue = Venue.opened(accounts=2)
    sweep = encode_op("SWEEP", {"instrument": 1, "slots": [1]})
    bundle = venue.bundle(1, place())
    yield venue.ops("a sweep among bundles", bundle, sweep, expected="OK OK WRONG_FAMILY")
    keeper = venue.segment(venue.bundle(1, cancel_all()), sweep, family=SegmentFamily.KEEPER)
    yield venue.case("no keeper's op", keeper, "WRONG_FAMILY WRONG_FAMILY")
    venue.act(2, place(lots=5))
    ops = [
        venue.bundle(1, place(sell=True, lots=7, time_in_force="IOC"), replace(1, 1, lots=3)),
        venue.bundle(2, place(MARK + 1), cancel_all()),
    ]
    keys = [venue.set_session(1, 1, signer("session key").address), venue.withdraw(2, USD)]
    records, now_ms = venue.records(), venue.now_ms
    whole = Venue.of_records(records, now_ms).case("", venue.segment(*ops), None)
    used = Weights(whole["compute_weight"], whole["witness_weight"])
    venue.now_ms += 5
    for name, declared in (
        ("a gas too little", Weights(used.compute - 1, used.witness)),
        ("a byte too little", Weights(used.compute, used.witness - 1)),
        ("nothing", _NOTHING),
    ):
        yield venue.case(f"void: {name} declared", venue.segment(*ops, declared=declared), "")
    yield venue.case("void: nothing declared for keys", venue.segment(*keys, declared=_NOTHING), "")
    exact = venue.segment(*ops, declared=used)
    yield venue.case("exactly what is used declared", exact, " ".join(whole["results"]))
    deposits = [
        encode_message(
            "DEPOSIT", venue.now_ms + ahead, encode_payload("DEPOSIT", _deposited(account))
        )
        for account, ahead in ((1, 0), (3, 1), (2, 2))
    ]
    run = messages_input(venue.now_ms + 1, deposits)
    yield venue.case("three messages share a segment", run, "OK UNKNOWN_ACCOUNT OK")


def _deposited(account: int) -> dict[str, object]:
    return {"account": account, "amount_micro_usd": USD}


def _full_segment() -> Iterator[Case]:
    venue = Venue.opened(accounts=1)
    bundles = [
        venue.bundle(1, *[place(MARK - 10 * number - slot, 1) for slot in range(8)])
        for number in range(_FITTING_BUNDLES + 1)
    ]
    accepted = " ".join(["OK"] * 9)
    expected = " ".join([accepted] * _FITTING_BUNDLES + ["SEGMENT_FULL"])
    yield venue.ops("the last bundle of eight orders has no room", *bundles, expected=expected)
