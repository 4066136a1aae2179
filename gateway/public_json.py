"""Values of the venue as JSON: the one form of pages, HTTP and WebSocket.

Prices are USD, sizes units of the underlying, money USD: exact decimal strings. Beside a price
stand its ticks, beside a size its lots, which are what gets signed. Numbers that may pass 2^53 are
decimal strings. Bytes are 0x text, times milliseconds since the epoch.
"""

from __future__ import annotations

from dataclasses import fields
from decimal import Decimal, localcontext
from enum import Enum
from typing import Any, Final

from strikeproof.client import (
    AccountState,
    Ack,
    ActionOutcome,
    Book,
    Instrument,
    MarketEvent,
    OpChange,
    OpenOrder,
    OpFinality,
    PortfolioRequirement,
    Position,
    Receipt,
    StateProof,
    Trade,
    Trigger,
)
from strikeproof.client.portfolio_fit import portfolio_obstacles
from strikeproof.gateway.candles import Candle
from strikeproof.gateway.greeks_json import greeks_json, underlying_greeks_json
from strikeproof.gateway.instrument_terms import EXACT_DIGITS, InstrumentTerms
from strikeproof.gateway.protection_json import protection_json
from strikeproof.json_number import JSON_INTEGER_MAX
from strikeproof.wire.venue_pb2 import SessionInfo, VenueInfo

Json = dict[str, Any]
MICRO: Final = 10**6


def hex_text(value: bytes) -> str:
    """Return bytes as 0x text."""
    return "0x" + value.hex()


def usd(micro_usd: int | None) -> str | None:
    """Return micro-USD as exact decimal USD."""
    if micro_usd is None:
        return None
    with localcontext(prec=EXACT_DIGITS):  # a structure's value may have more than 28
        return f"{Decimal(micro_usd) / MICRO:f}"


def instrument_json(each: Instrument) -> Json:
    """Return an instrument's terms and prices."""
    terms = InstrumentTerms(each)
    nano = Decimal(10**9)
    return {
        "instrument": each.symbol,
        "instrument_id": each.id,
        "status": each.status.name,
        "underlying": each.underlying_symbol,
        "tick_size": terms.price(1),
        "lot_size": terms.size(1),
        "tick_value_micro_usd": each.tick_value,
        "index_per_tick_nano_usd": str(each.index_per_tick),
        "initial_margin_ppm": each.initial_margin_ppm,
        "maintenance_margin_ppm": each.maintenance_margin_ppm,
        "maker_fee_ppm": each.maker_fee_ppm,
        "taker_fee_ppm": each.taker_fee_ppm,
        "price_band_ppm": each.price_band_ppm,
        "min_order_value": usd(each.min_order_value_micro_usd),
        "mark_price": terms.price(each.mark_price),
        "mark_price_ticks": each.mark_price,
        "last_price": terms.price(each.last_price),
        "index_price": f"{each.index_price_nano_usd / nano:f}",
        "index_time_ms": each.index_publish_time_ms,
        "open_interest": terms.size(each.open_interest_lots),
        "funding_rate_ppm": f"{each.funding_rate_ppm:f}",
        "funding_time_ms": each.funding_time_ms,
        "next_funding_ms": each.next_funding_ms,
        "house_equity": usd(each.house_equity_micro_usd),
        "house_size": terms.size(each.house_lots),
        "house_loan": usd(each.house_loan_micro_usd),
        "tier": each.tier,
        "kind": each.kind.name,
        "expiry_ms": each.expiry_ms or None,
        "forward_ppb": str(each.forward_ppb) if each.expiry_ms else None,
        "forward_time_ms": each.forward_publish_time_ms or None,
        "average_price": _nano_usd(each.average_nano_usd),
        "average_covered_ms": each.average_covered_ms,
        "settlement_price": _nano_usd(each.settlement_nano_usd),
        "option": _option_json(terms, each) if each.strike else None,
    }


def _option_json(terms: InstrumentTerms, each: Instrument) -> Json:
    """Return what an option has besides."""
    return {
        "strike": terms.price(each.strike),
        "forward": terms.price(each.forward),
        "priced_forward": terms.price(each.priced_forward),
        "priced_time_ms": each.priced_ms or None,
        "delta": f"{each.delta:f}",
        "gamma": f"{each.gamma:f}",
        "vega": f"{each.vega_usd:f}",
        "theta": f"{each.theta_usd:f}",
    }


def _nano_usd(price: int) -> str | None:
    """Return an index price in USD, None for 0."""
    return f"{Decimal(price) / 10**9:f}" if price else None


def levels_json(terms: InstrumentTerms, levels: Any) -> list[list[Any]]:
    """Return levels as [price, size, orders]; size "0": the level is gone."""
    return [[terms.price(each.price), terms.size(each.lots), each.orders] for each in levels]


def book_json(terms: InstrumentTerms, book: Book, depth: int = 0) -> Json:
    """Return a book, best levels first."""
    return {
        "sequence": book.sequence,
        "time_ms": book.time_ms,
        "bids": levels_json(terms, book.bids[: depth or None]),
        "asks": levels_json(terms, book.asks[: depth or None]),
    }


def trade_json(terms: InstrumentTerms, trade: Trade) -> Json:
    """Return a trade."""
    return {
        "sequence": trade.sequence,
        "price": terms.price(trade.price),
        "size": terms.size(trade.lots),
        "price_ticks": trade.price,
        "lots": trade.lots,
        "taker_side": side(trade.taker_sells),
        "time_ms": trade.time_ms,
        "position": place_json(trade),
        "from_inbox": trade.from_inbox,
        "taker_action": trade.taker_action,
        "maker_slot": trade.maker_slot,
        "maker_serial": trade.maker_serial,
        "is_block": trade.is_block,
    }


def candle_json(terms: InstrumentTerms, each: Candle) -> Json:
    """Return a candle."""
    return {
        "time_ms": each.time_ms,
        "open": terms.price(each.open),
        "high": terms.price(each.high),
        "low": terms.price(each.low),
        "close": terms.price(each.close),
        "size": terms.size(each.lots),
        "trades": each.trades,
    }


def side(sells: bool) -> str:
    """Return `buy` or `sell`."""
    return "sell" if sells else "buy"


def place_json(holder: Any) -> Json:
    """Return batch, segment and index of what has them."""
    return {"batch": holder.batch, "segment": holder.segment, "index": holder.index}


def market_event_json(terms: InstrumentTerms, event: MarketEvent) -> Json:
    """Return what happened in a market besides orders and trades."""
    told = {each.name: getattr(event.event, each.name) for each in fields(event.event)}
    told.pop("instrument", None)  # the channel's
    return {
        "sequence": event.sequence,
        "kind": event.kind,
        "time_ms": event.time_ms,
        "position": place_json(event),
        "from_inbox": event.from_inbox,
        "event": {name: _plain(terms, name, value) for name, value in told.items()},
    }


def name_of(value: Enum | None) -> str | None:
    """Return the name of an enumeration's member, None of None."""
    return None if value is None else value.name


def _plain(terms: InstrumentTerms, name: str, value: object) -> Any:
    if isinstance(value, bool):
        return value
    if name.endswith("_micro_usd"):
        return str(value)
    if isinstance(value, Decimal):
        return f"{value:f}"
    assert isinstance(value, int)
    return value if abs(value) <= JSON_INTEGER_MAX else str(value)


def account_json(terms: dict[int, InstrumentTerms], account: AccountState) -> Json:
    """Return an account with margin, positions and open orders."""
    return {
        "account": account.id,
        "owner": hex_text(account.owner),
        "collateral": usd(account.collateral_micro_usd),
        "withdrawn": usd(account.withdrawn_micro_usd),
        "equity": usd(account.equity_micro_usd),
        "initial_margin": usd(account.initial_margin_micro_usd),
        "maintenance_margin": usd(account.maintenance_margin_micro_usd),
        "available": usd(account.available_micro_usd),
        "is_stale": account.stale,
        "cancel_at_ms": account.cancel_at_ms or None,
        "guard_key": hex_text(account.guard_key) if account.guard_key else None,
        "guard_removal_ms": account.guard_removal_ms or None,
        "tier": account.tier,
        "tier_expiry_ms": account.tier_expiry_ms or None,
        "credit": usd(account.credit_micro_usd),
        "credit_limit": usd(account.credit_limit_micro_usd),
        "credit_expiry_ms": account.credit_expiry_ms or None,
        "guarantor": account.guarantor or None,
        "portfolio_underlying": account.portfolio_underlying or None,
        "auctioned_ms": account.auctioned_ms or None,
        "protection": protection_json(account.protection),
        "positions": [position_json(terms[each.instrument], each) for each in account.positions],
        "open_orders": [
            open_order_json(terms[each.instrument], each) for each in account.open_orders
        ],
        "triggers": [trigger_json(terms[each.instrument], each) for each in account.triggers],
        "greeks": [underlying_greeks_json(each) for each in account.greeks],
        "portfolio_margin": _portfolio_json(account.portfolio_margin),
        "portfolio_obstacles": _obstacles_json(terms, account),
    }


def _obstacles_json(terms: dict[int, InstrumentTerms], account: AccountState) -> list[Json]:
    """Return what is in the way of portfolio margin: on the underlying that the account is under it
    on, else on that of its first position."""
    known = {number: each.instrument for number, each in terms.items()}
    first = next((each.instrument for each in account.positions if each.size_lots), 0)
    underlying = account.portfolio_underlying or (known[first].underlying if first else 0)
    found = portfolio_obstacles(account, known, underlying) if underlying else []
    return [
        {"instrument": each.symbol, "result": each.result.name, "reason": each.reason}
        for each in found
    ]


def _portfolio_json(margin: PortfolioRequirement | None) -> Json | None:
    if margin is None:
        return None
    return {
        "initial_margin": usd(margin.initial_margin_micro_usd),
        "maintenance_margin": usd(margin.maintenance_margin_micro_usd),
        "required": usd(margin.required_micro_usd),
        "underlying": margin.underlying,
        "is_overdue": margin.overdue,
        "certified_until_ms": margin.certified_until_ms or None,
    }


def position_json(terms: InstrumentTerms, each: Position) -> Json:
    """Return a position: a positive size is long."""
    entry = each.entry_price_usd
    return {
        "instrument": each.symbol,
        "instrument_id": each.instrument,
        "size": terms.size(each.size_lots),
        "lots": each.size_lots,
        "entry_price": None if entry is None else f"{entry:f}",
        "mark_price": terms.price(each.mark_price),
        "liquidation_price": terms.price(each.liquidation_price),
        "unrealised_profit": usd(each.unrealised_profit_micro_usd),
        "pending_cash": usd(each.pending_cash_micro_usd),
        "pending_closed": terms.size(each.pending_closed_lots),
        "open_buy": terms.size(each.open_buy_lots),
        "open_sell": terms.size(each.open_sell_lots),
        "greeks": None if each.greeks is None else greeks_json(each.greeks),
        "greeks_basis": each.greeks_basis.name if each.greeks_basis else None,
    }


def open_order_json(terms: InstrumentTerms, each: OpenOrder) -> Json:
    """Return a resting order."""
    return {
        "instrument": terms.symbol,
        "instrument_id": each.instrument,
        "slot": each.slot,
        "serial": each.serial,
        "side": side(each.sell),
        "reduce_only": each.reduce_only,
        "price": terms.price(each.price),
        "price_ticks": each.price,
        "size": terms.size(each.lots),
        "lots": each.lots,
        "expiry_ms": each.expiry_ms,
        "client_id": str(each.client_id),
    }


def trigger_json(terms: InstrumentTerms, each: Trigger) -> Json:
    """Return an order that waits for a price."""
    return {
        "instrument": terms.symbol,
        "instrument_id": each.instrument,
        "place": each.place,
        "side": side(each.sell),
        "reduce_only": each.reduce_only,
        "falling": each.falling,
        "by_mark": each.by_mark,
        "trigger_price": f"{each.trigger_price_usd:f}",
        "limit": terms.price(each.limit),
        "limit_ticks": each.limit,
        "size": terms.size(each.lots),
        "lots": each.lots,
        "max_fee_ppm": each.max_fee_ppm,
        "expiry_ms": each.expiry_ms,
        "client_id": str(each.client_id),
        "is_dead": each.dead,
    }


def session_json(info: SessionInfo) -> Json:
    """Return a session, and the least nonce above all that are used."""
    used = int.from_bytes(info.nonce_bitmap, "big").bit_length()
    return {
        "account": info.account,
        "session": info.slot,
        "scope": info.scope,
        "key": hex_text(info.key),
        "expiry_ms": info.expiry_ms,
        "next_nonce": str(info.nonce_base + used),
    }


def finality_json(found: OpFinality) -> Json:
    """Return how far an op has come."""
    return {
        "state": found.state,
        "position": place_json(found),
        "batch_hash": hex_text(found.batch_hash) if found.batch_hash else None,
        "l1_block": found.l1_block or None,
        "claim_hash": hex_text(found.claim_hash) if found.claim_hash else None,
        "final_at_ms": found.final_at_ms or None,
        "change": None if found.change is None else change_json(found.change),
    }


def change_json(change: OpChange) -> Json:
    """Return a promise that did not hold."""
    reports = {"before": change.before, "after": change.after}
    return {
        "sequence": change.sequence,
        "op_hash": hex_text(change.op_hash),
        **{
            name: None
            if each is None
            else {"position": place_json(each), "result": each.result.name}
            for name, each in reports.items()
        },
    }


def ack_json(ack: Ack) -> Json:
    """Return what the node accepted. Prices and sizes are ticks and lots, as they were signed."""
    return {
        "result": ack.result.name,
        "actions": [_outcome_json(each) for each in ack.actions],
        "receipt": receipt_json(ack.receipt),
    }


def _outcome_json(each: ActionOutcome) -> Json:
    return {
        "result": each.result.name,
        "slot": each.slot,
        "serial": each.serial,
        "filled_lots": each.filled_lots,
        "resting_lots": each.resting_lots,
        "fills": [{"price_ticks": fill.price, "lots": fill.lots} for fill in each.fills],
    }


def receipt_json(receipt: Receipt) -> Json:
    """Return the sequencer's signed promise, whole: whoever submitted checks it."""
    return {
        "sequencer_epoch": receipt.sequencer_epoch,
        "position": place_json(receipt),
        "op_hash": hex_text(receipt.op_hash),
        "post_by_ms": receipt.post_by_ms,
        "leaf_index": receipt.leaf_index,
        "leaf_count": receipt.leaf_count,
        "path": [hex_text(each) for each in receipt.path],
        "commitment": hex_text(receipt.commitment),
        "signature": hex_text(receipt.signature),
    }


def venue_json(info: VenueInfo) -> Json:
    """Return domain, contracts, heights and funds."""
    return {
        "domain": {
            "name": info.name,
            "version": info.version,
            "chainId": info.chain_id,
            "verifyingContract": hex_text(info.rollup),
        },
        "domain_separator": hex_text(info.domain_separator),
        "vault": hex_text(info.vault),
        "inbox": hex_text(info.inbox),
        "token": hex_text(info.token),
        "sequencer": hex_text(info.sequencer),
        "sequencer_keys": [hex_text(each) for each in info.sequencer_keys or (info.sequencer,)],
        "sequencer_epoch": info.sequencer_epoch,
        "now_ms": info.now_ms,
        "batches": {
            "open": info.batch_open,
            "posted": info.batch_posted,
            "claimed": info.batch_claimed,
            "verified": info.batch_verified,
            "final": info.batch_final,
        },
        "inbox_consumed": info.inbox_consumed,
        "inbox_length": info.inbox_length,
        "accounts": info.account_count,
        "fee_pool": usd(int(info.fee_pool_micro_usd or 0)),
        "insurance_fund": usd(int(info.insurance_fund_micro_usd or 0)),
        "houses_deficit": usd(int(info.houses_deficit_micro_usd or 0)),
        "bad_debt": usd(int(info.bad_debt_micro_usd or 0)),
        "reporters": [hex_text(each) for each in info.reporters],
        "reporter_quorum": info.reporter_quorum,
        "attesters": [hex_text(each) for each in info.attesters],
        "attester_quorum": info.attester_quorum,
    }


def proof_json(proof: StateProof) -> Json:
    """Return a record with its proof."""
    return {
        "key": str(proof.key),
        "record": hex_text(proof.record),
        "state_root": hex_text(proof.root),
        "batch": proof.batch,
        "proof": hex_text(proof.proof),
    }
