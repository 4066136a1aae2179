"""Orders as people and programs write them in JSON, and signed ops as they hand them in.

What is signed are ticks and lots. `op_of_form` makes them of exact decimals, so that a program
without the client's arithmetic gets typed data for its wallet; `signed_op` takes the bytes of an
op, or the message of its typed data with a signature.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from strikeproof.client import (
    Action,
    Bid,
    Bundle,
    Cancel,
    CancelAll,
    FieldInvalid,
    Place,
    Quote,
    QuoteSide,
    Replace,
    SetCancelAt,
    SetGuard,
    SetMarginMode,
    SetSession,
    SetTrigger,
    Withdraw,
    compact_signature,
)
from strikeproof.client.defaults import MAX_FEE_PPM, MAX_L1_FEE_MICRO_USD
from strikeproof.client.op_check import check_op
from strikeproof.client.operation import (
    SCOPE_NONE,
    SCOPE_TRADE,
    BlockLeg,
    BlockTrade,
    UserOp,
    encode_op,
)
from strikeproof.client.quote import EMPTY_SIDE
from strikeproof.client.trigger_calls import LIMIT_MOST
from strikeproof.client.venue_views import decimal_of
from strikeproof.gateway.instrument_terms import InstrumentTerms
from strikeproof.gateway.json_fields import JsonFields, bytes_of
from strikeproof.gateway.protection_json import protection_of_form, protection_of_message
from strikeproof.gateway.refusal import malformed
from strikeproof.wire.constants import ActionKind, GuardMode, SelfTrade, TimeInForce
from strikeproof.wire.units import Lots, MicroUsd, Milliseconds, NanoUsd, Ppm, Ticks

MICRO: Final = 10**6
NANO: Final = 10**9
OP_BYTES_MAX: Final = 4_096
FORM_KINDS: Final = (
    "actions",
    "withdraw",
    "set_session",
    "set_guard",
    "set_margin_mode",
    "set_cancel_at",
    "set_trigger",
    "bid",
    "set_protection",
)

TermsOf = Callable[[object], InstrumentTerms]
"""Returns the terms of a symbol or number. Raises `UnknownInstrument`."""


def op_of_form(form: object, terms_of: TermsOf, nonce: int, expiry_ms: int) -> UserOp:
    """Return the unsigned op of a form. `nonce`, `expiry_ms`: unless the form names others."""
    given = JsonFields("", form)
    account = given.integer("account")
    nonce = given.integer("nonce", nonce)
    until = Milliseconds(given.integer("expiry_ms", expiry_ms))
    l1_fee = MicroUsd(given.integer("max_l1_fee_micro_usd", MAX_L1_FEE_MICRO_USD))
    found = [each for each in FORM_KINDS if given.take(each) is not None]
    values = form if isinstance(form, Mapping) else {}
    if len(found) != 1:
        raise malformed("actions", f"name one of {', '.join(FORM_KINDS)}")
    op: UserOp
    if found[0] == "actions":
        if not isinstance(values["actions"], list):
            raise FieldInvalid("actions", values["actions"], "must be a list")
        actions = [
            _action(f"actions[{n}]", each, terms_of) for n, each in enumerate(values["actions"])
        ]
        session = given.integer("session", 0)
        fee = Ppm(given.integer("max_fee_ppm", MAX_FEE_PPM))
        atomic = given.flag("atomic")
        op = Bundle(account, session, nonce, until, fee, tuple(actions), l1_fee, atomic)
    elif found[0] == "withdraw":
        op = Withdraw(account, nonce, until, _amount(values["withdraw"]), l1_fee)
    elif found[0] == "set_session":
        session_op = _set_session(values["set_session"], account, nonce, until)
        op = replace(session_op, max_l1_fee_micro_usd=l1_fee)
    elif found[0] == "set_guard":
        guard_op = _set_guard(values["set_guard"], account, nonce, until)
        op = replace(guard_op, max_l1_fee_micro_usd=l1_fee)
    elif found[0] == "set_margin_mode":
        wanted = JsonFields("set_margin_mode", values["set_margin_mode"])
        op = SetMarginMode(account, nonce, until, wanted.integer("underlying"), l1_fee)
        wanted.end()
    elif found[0] == "set_trigger":
        session = given.integer("session", 0)
        trigger_op = _set_trigger(values["set_trigger"], terms_of, (account, session, nonce, until))
        op = replace(trigger_op, max_l1_fee_micro_usd=l1_fee)
    elif found[0] == "bid":
        wanted = JsonFields("bid", values["bid"])
        names = ("seller", "auction_ms", "fraction_ppm", "discount_ppm")
        terms = [wanted.integer(name) for name in names]
        wanted.end()
        op = Bid(account, given.integer("session", 0), nonce, until, *_bid_terms(terms), l1_fee)
    elif found[0] == "set_protection":
        session = given.integer("session", 0)
        head = (account, session, nonce, until)
        limits = protection_of_form(values["set_protection"], head)
        op = replace(limits, max_l1_fee_micro_usd=l1_fee)
    else:
        wanted = JsonFields("set_cancel_at", values["set_cancel_at"])
        session, at = given.integer("session", 0), Milliseconds(wanted.integer("at_ms"))
        wanted.end()
        op = SetCancelAt(account, session, nonce, until, at, l1_fee)
    given.end()
    check_op(op)
    return op


def session_of_form(form: object) -> tuple[int, int]:
    """Return account and session of a form: whose nonce it needs."""
    given = JsonFields("", form)
    return given.integer("account"), given.integer("session", 0)


def _amount(value: object) -> MicroUsd:
    given = JsonFields("withdraw", value)
    amount = decimal_of("withdraw.amount", given.need("amount")) * MICRO
    given.end()
    if amount.denominator != 1:
        raise FieldInvalid("withdraw.amount", str(amount), "has at most six decimals")
    return MicroUsd(int(amount))


def _set_session(value: object, account: int, nonce: int, until: Milliseconds) -> SetSession:
    given = JsonFields("set_session", value)
    slot = given.integer("slot")
    key = bytes_of("set_session.key", given.take("key", "0x" + 40 * "0"), 20)
    expiry = Milliseconds(given.integer("expiry_ms", 0))
    given.end()
    scope = SCOPE_TRADE if any(key) else SCOPE_NONE
    return SetSession(account, nonce, until, slot, key, scope, expiry)


def _set_guard(value: object, account: int, nonce: int, until: Milliseconds) -> SetGuard:
    given = JsonFields("set_guard", value)
    mode = given.member("mode", GuardMode)
    key = bytes_of("set_guard.key", given.take("key", "0x" + 40 * "0"), 20)
    given.end()
    return SetGuard(account, nonce, until, mode, key)


def _bid_terms(terms: Sequence[int]) -> tuple[int, Milliseconds, Ppm, Ppm]:
    """Return a bid's seller, its auction's beginning, its fraction and least discount."""
    seller, auction_ms, fraction, discount = terms
    return seller, Milliseconds(auction_ms), Ppm(fraction), Ppm(discount)


def _set_trigger(
    value: object, terms_of: TermsOf, head: tuple[int, int, int, Milliseconds]
) -> SetTrigger:
    """Return what lets an order wait; of instrument and place alone, what takes it back."""
    given = JsonFields("set_trigger", value)
    terms = terms_of(given.need("instrument"))
    place, wanted = given.integer("place"), given.take("side")
    if wanted is None:
        given.end()
        return SetTrigger(*head, terms.instrument.id, place)
    if wanted not in ("buy", "sell"):
        raise FieldInvalid("set_trigger.side", wanted, "must be buy or sell")
    sells, limit = wanted == "sell", given.take("limit")
    op = SetTrigger(
        *head,
        terms.instrument.id,
        place,
        sell=sells,
        reduce_only=given.flag("reduce_only"),
        falling=given.flag("falling"),
        by_mark=given.flag("by_mark"),
        trigger_price=_nano_usd("set_trigger.trigger_price", given.need("trigger_price")),
        limit=Ticks((1 if sells else LIMIT_MOST) if limit is None else terms.ticks(limit)),
        lots=Lots(terms.lots(given.need("size"))),
        max_fee_ppm=Ppm(given.integer("max_fee_ppm", MAX_FEE_PPM)),
        trigger_expiry_ms=Milliseconds(given.integer("expiry_ms", 0)),
        client_id=given.integer("client_id", 0),
    )
    given.end()
    return op


def _nano_usd(field: str, value: object) -> NanoUsd:
    price = decimal_of(field, value) * NANO
    if price.denominator != 1:
        raise FieldInvalid(field, str(value), "has at most nine decimals")
    return NanoUsd(int(price))


def _action(name: str, value: object, terms_of: TermsOf) -> Action:
    given = JsonFields(name, value)
    kind = given.need("kind")
    action: Action
    if kind == "cancel_all":
        named = given.take("instrument")
        action = CancelAll(0 if named is None else terms_of(named).instrument.id)
    elif kind == "cancel":
        number = terms_of(given.need("instrument")).instrument.id
        action = Cancel(number, given.integer("slot"), given.integer("serial"))
    elif kind in ("place", "replace"):
        action = _order(kind, given, terms_of(given.need("instrument")))
    elif kind == "quote":
        action = _quote(given, terms_of(given.need("instrument")))
    else:
        names = "place, cancel, cancel_all, replace or quote"
        raise FieldInvalid(given.path("kind"), kind, f"must be {names}")
    given.end()
    return action


def _quote(given: JsonFields, terms: InstrumentTerms) -> Quote:
    return Quote(
        terms.instrument.id,
        _quote_side(given, "bid", terms),
        _quote_side(given, "ask", terms),
        time_in_force=given.member("time_in_force", TimeInForce),
        post_only=given.flag("post_only", otherwise=True),
        self_trade=given.member("self_trade", SelfTrade),
        expiry_ms=Milliseconds(given.integer("expiry_ms", 0)),
        client_id=given.integer("client_id", 0),
    )


def _quote_side(given: JsonFields, name: str, terms: InstrumentTerms) -> QuoteSide:
    value = given.take(name)
    if value is None:
        return EMPTY_SIDE
    side = JsonFields(given.path(name), value)
    slot, serial = side.integer("slot", 0), side.integer("serial", 0)
    price, size = side.take("price"), side.take("size")
    side.end()
    if size is None and price is None:
        return QuoteSide(slot=slot, serial=serial)
    if size is None or price is None:
        raise FieldInvalid(side.path("price"), price, "goes with size, and only with it")
    return QuoteSide(Ticks(terms.ticks(price)), Lots(terms.lots(size)), slot, serial)


def _order(kind: str, given: JsonFields, terms: InstrumentTerms) -> Place | Replace:
    wanted = given.need("side")
    if wanted not in ("buy", "sell"):
        raise FieldInvalid(given.path("side"), wanted, "must be buy or sell")
    shared: dict[str, Any] = {
        "instrument": terms.instrument.id,
        "sell": wanted == "sell",
        "price": Ticks(terms.ticks(given.need("price"))),
        "lots": Lots(terms.lots(given.need("size"))),
        "time_in_force": given.member("time_in_force", TimeInForce),
        "post_only": given.flag("post_only"),
        "reduce_only": given.flag("reduce_only"),
        "self_trade": given.member("self_trade", SelfTrade),
        "expiry_ms": Milliseconds(given.integer("expiry_ms", 0)),
        "client_id": given.integer("client_id", 0),
    }
    if kind == "place":
        return Place(**shared)
    return Replace(slot=given.integer("slot"), serial=given.integer("serial"), **shared)


# --- what is signed ---


def signed_op(value: object) -> bytes:
    """Return the bytes of an op: of 0x text, or of `{primaryType, message, signature}`.

    Whether they are an op that the venue takes, the node says. Raises `FieldInvalid`,
    `GatewayRefusal` for a field that is missing, `BadSignature`.
    """
    if isinstance(value, str):
        data = bytes_of("op", value)
        if not 3 < len(data) <= OP_BYTES_MAX:
            raise FieldInvalid("op", len(data), f"has 4 to {OP_BYTES_MAX} bytes")
        return data
    given = JsonFields("op", value)
    primary, message = given.need("primaryType"), given.need("message")
    signature = compact_signature(bytes_of("signature", given.need("signature")))
    if primary == "BlockTrade":
        consent = bytes_of("counterpartySignature", given.need("counterpartySignature"))
        given.end()
        block = _signed_block(JsonFields("message", message), compact_signature(consent))
        check_op(block)
        return encode_op(block, signature)
    guard = given.take("guardSignature")
    given.end()
    op = _op_of_message(primary, JsonFields("message", message))
    check_op(op)
    if guard is None:
        return encode_op(op, signature)
    return encode_op(op, signature, compact_signature(bytes_of("guardSignature", guard)))


def _op_of_message(primary: object, given: JsonFields) -> UserOp:
    account, nonce = given.integer("account"), given.integer("nonce")
    expiry = Milliseconds(given.integer("expiry"))
    l1_fee = MicroUsd(given.integer("maxL1Fee"))
    op: UserOp
    if primary == "Bundle":
        session, fee = given.integer("session"), Ppm(given.integer("maxFeePpm"))
        listed = given.need("actions")
        if not isinstance(listed, list):
            raise FieldInvalid("message.actions", listed, "must be a list")
        actions = _signed_actions(listed)
        atomic = given.flag("atomic")
        op = Bundle(account, session, nonce, expiry, fee, actions, l1_fee, atomic)
    elif primary == "Withdraw":
        op = Withdraw(account, nonce, expiry, MicroUsd(given.integer("amount")), l1_fee)
    elif primary == "SetSession":
        slot, key = given.integer("slot"), bytes_of("message.key", given.need("key"), 20)
        scope, until = given.integer("scope"), Milliseconds(given.integer("sessionExpiry"))
        op = SetSession(account, nonce, expiry, slot, key, scope, until, l1_fee)
    elif primary == "SetGuard":
        mode, guard = given.integer("mode"), bytes_of("message.guard", given.need("guard"), 20)
        if mode not in set(GuardMode):
            raise FieldInvalid("message.mode", mode, f"must be 0 to {len(GuardMode) - 1}")
        op = SetGuard(account, nonce, expiry, GuardMode(mode), guard, l1_fee)
    elif primary == "SetMarginMode":
        op = SetMarginMode(account, nonce, expiry, given.integer("underlying"), l1_fee)
    elif primary == "SetTrigger":
        op = _signed_trigger(given, (account, given.integer("session"), nonce, expiry), l1_fee)
    elif primary == "Bid":
        session = given.integer("session")
        terms = [given.integer(name) for name in ("seller", "auction", "fraction", "discount")]
        op = Bid(account, session, nonce, expiry, *_bid_terms(terms), l1_fee)
    elif primary == "SetCancelAt":
        session, at = given.integer("session"), Milliseconds(given.integer("at"))
        op = SetCancelAt(account, session, nonce, expiry, at, l1_fee)
    elif primary == "SetProtection":
        head = (account, given.integer("session"), nonce, expiry)
        op = protection_of_message(given, head, l1_fee)
    else:
        names = (
            "Bundle, Withdraw, SetSession, SetGuard, SetMarginMode, SetCancelAt, SetTrigger,"
            " SetProtection, Bid or BlockTrade"
        )
        raise FieldInvalid("primaryType", primary, f"must be {names}")
    given.end()
    return op


def _signed_block(given: JsonFields, consent: bytes) -> BlockTrade:
    legs = []
    for number, each in enumerate(given.listed("legs")):
        leg = JsonFields(f"message.legs[{number}]", each)
        instrument, sells = leg.integer("instrument"), leg.flag("submitterSells")
        price, lots = Ticks(leg.integer("price")), Lots(leg.integer("lots"))
        legs.append(BlockLeg(instrument, sells, price, lots))
        leg.end()
    op = BlockTrade(
        given.integer("account"),
        given.integer("session"),
        given.integer("nonce"),
        Milliseconds(given.integer("expiry")),
        Ppm(given.integer("maxFeePpm")),
        given.integer("counterparty"),
        given.integer("counterpartySession"),
        given.integer("counterpartyNonce"),
        Milliseconds(given.integer("counterpartyExpiry")),
        Ppm(given.integer("counterpartyMaxFeePpm")),
        legs,
        consent,
        MicroUsd(given.integer("maxL1Fee")),
    )
    given.end()
    return op


def _signed_trigger(
    given: JsonFields, head: tuple[int, int, int, Milliseconds], l1_fee: MicroUsd
) -> SetTrigger:
    return SetTrigger(
        *head,
        given.integer("instrument"),
        given.integer("place"),
        sell=given.flag("sell"),
        reduce_only=given.flag("reduceOnly"),
        falling=given.flag("falling"),
        by_mark=given.flag("byMark"),
        trigger_price=NanoUsd(given.integer("triggerPrice")),
        limit=Ticks(given.integer("limit")),
        lots=Lots(given.integer("lots")),
        max_fee_ppm=Ppm(given.integer("maxFee")),
        trigger_expiry_ms=Milliseconds(given.integer("triggerExpiry")),
        client_id=given.integer("clientId"),
        max_l1_fee_micro_usd=l1_fee,
    )


def _signed_actions(listed: list[object]) -> tuple[Action, ...]:
    """Return a bundle's actions of those that are signed: two of kind QUOTE are one."""
    actions: list[Action] = []
    bid: dict[str, Any] | None = None  # of a quote whose ask is the next
    for number, value in enumerate(listed):
        given = JsonFields(f"actions[{number}]", value)
        kind, terms = _signed_terms(given)
        if bid is not None or kind == ActionKind.QUOTE:
            is_ask = bid is not None
            if kind != ActionKind.QUOTE or terms["sell"] != is_ask or terms["reduce_only"]:
                reason = "a quote is its bid, then its ask with sell, neither reduce-only"
                raise FieldInvalid(given.path("kind"), kind, reason)
            if bid is not None:
                actions.append(_signed_quote(given, bid, terms))
            bid = None if is_ask else terms
        else:
            actions.append(_signed_action(given, kind, terms))
    if bid is not None:
        raise FieldInvalid("message.actions", len(listed), "end in a bid of a quote")
    return tuple(actions)


def _signed_quote(given: JsonFields, bid: dict[str, Any], ask: dict[str, Any]) -> Quote:
    shared = ("instrument", "time_in_force", "post_only", "self_trade", "expiry_ms", "client_id")
    for name in shared:
        if bid[name] != ask[name]:
            raise FieldInvalid(given.path(name), ask[name], f"must be the bid's, {bid[name]}")
    bid_side, ask_side = (
        QuoteSide(each["price"], each["lots"], each["slot"], each["serial"]) for each in (bid, ask)
    )
    terms = {name: bid[name] for name in shared[1:]}
    return Quote(bid["instrument"], bid_side, ask_side, **terms)


def _signed_terms(given: JsonFields) -> tuple[int, dict[str, Any]]:
    """Return the kind of a signed action, and its other fields."""
    kind = given.integer("kind")
    terms: dict[str, Any] = {
        "instrument": given.integer("instrument", 0),
        "slot": given.integer("slot", 0),
        "serial": given.integer("serial", 0),
        "sell": given.flag("sell"),
        "price": Ticks(given.integer("price", 0)),
        "lots": Lots(given.integer("lots", 0)),
        "time_in_force": given.integer("timeInForce", 0),
        "post_only": given.flag("postOnly"),
        "reduce_only": given.flag("reduceOnly"),
        "self_trade": given.integer("selfTrade", 0),
        "expiry_ms": Milliseconds(given.integer("expiry", 0)),
        "client_id": given.integer("clientId", 0),
    }
    given.end()
    return kind, terms


def _signed_action(given: JsonFields, kind: int, terms: dict[str, Any]) -> Action:
    instrument, slot, serial = (terms.pop(name) for name in ("instrument", "slot", "serial"))
    match kind:
        case ActionKind.PLACE:
            return Place(instrument, **terms)
        case ActionKind.CANCEL:
            return Cancel(instrument, slot, serial)
        case ActionKind.CANCEL_ALL:
            return CancelAll(instrument)
        case ActionKind.REPLACE:
            return Replace(instrument, slot, serial, **terms)
    raise FieldInvalid(given.path("kind"), kind, "must be 1 to 5")
