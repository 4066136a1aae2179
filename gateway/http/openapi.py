"""What the gateway answers, as OpenAPI 3.1: served, and held against real answers by a test."""

from __future__ import annotations

from typing import Any, Final

from strikeproof.gateway.candles import INTERVALS_MS
from strikeproof.gateway.http.account_schemas import ACCOUNT_SCHEMAS
from strikeproof.gateway.http.auction_schemas import AUCTION_READS, AUCTION_SCHEMAS
from strikeproof.gateway.http.explorer_schemas import EXPIRY, EXPLORER_SCHEMAS
from strikeproof.gateway.http.json_schema import (
    BIG,
    DECIMAL,
    FLAG,
    HEX,
    INTEGER,
    PLACE,
    SIDE,
    STATE,
    TEXT,
    TIME,
    Schema,
    fields,
    listed,
    maybe,
    ref,
)
from strikeproof.gateway.http.rfq_schemas import RFQ_POSTS, RFQ_SCHEMAS
from strikeproof.gateway.settings import CHANNELS
from strikeproof.wire.constants import InstrumentStatus
from strikeproof.wire.errors import ApiError

LEVELS: Final[Schema] = {
    "type": "array",
    "items": {"type": "array", "prefixItems": [DECIMAL, DECIMAL, INTEGER], "minItems": 3},
    "description": "[price, size, orders], best first",
}

_OUTCOME = fields(
    result=TEXT,
    slot=INTEGER,
    serial=INTEGER,
    filled_lots=INTEGER,
    resting_lots=INTEGER,
    fills=listed(fields(price_ticks=INTEGER, lots=INTEGER)),
)
_REPORT = maybe(fields(position=PLACE, result=TEXT))
_SEGMENT = fields(
    data=HEX,
    family=TEXT,
    time_ms=TIME,
    declared_compute=INTEGER,
    declared_witness=INTEGER,
    ops=listed(fields(type=TEXT, op=HEX)),
)
_TERMS: Final[Schema] = {"type": "object", "additionalProperties": DECIMAL}

SCHEMAS: Final[dict[str, Schema]] = {
    "Error": {
        "type": "object",
        "properties": {
            "code": INTEGER,
            "name": {"enum": [each.name for each in ApiError]},
            "message": TEXT,
            "retry": FLAG,
            "retry_after_ms": INTEGER,
            "result": {**TEXT, "description": "the law's code of a refused op"},
            "values": {"type": "object", "additionalProperties": TEXT},
        },
        "required": ["code", "name", "message", "retry", "values"],
        "additionalProperties": False,
    },
    "Venue": fields(
        domain=fields(name=TEXT, version=TEXT, chainId=INTEGER, verifyingContract=HEX),
        domain_separator=HEX,
        vault=HEX,
        inbox=HEX,
        token=HEX,
        sequencer=HEX,
        sequencer_keys=listed(HEX),
        sequencer_epoch=INTEGER,
        now_ms=TIME,
        batches=fields(
            open=INTEGER, posted=INTEGER, claimed=INTEGER, verified=INTEGER, final=INTEGER
        ),
        inbox_consumed=INTEGER,
        inbox_length=INTEGER,
        accounts=INTEGER,
        fee_pool=DECIMAL,
        insurance_fund=DECIMAL,
        houses_deficit=DECIMAL,
        bad_debt=DECIMAL,
        reporters=listed(HEX),
        reporter_quorum=INTEGER,
        attesters=listed(HEX),
        attester_quorum=INTEGER,
    ),
    "Instrument": fields(
        instrument=TEXT,
        instrument_id=INTEGER,
        status={"enum": [each.name for each in InstrumentStatus]},
        underlying=TEXT,
        tick_size=DECIMAL,
        lot_size=maybe(DECIMAL),
        tick_value_micro_usd=INTEGER,
        index_per_tick_nano_usd=BIG,
        initial_margin_ppm=INTEGER,
        maintenance_margin_ppm=INTEGER,
        maker_fee_ppm=INTEGER,
        taker_fee_ppm=INTEGER,
        price_band_ppm=INTEGER,
        min_order_value=DECIMAL,
        mark_price=maybe(DECIMAL),
        mark_price_ticks=INTEGER,
        last_price=maybe(DECIMAL),
        index_price=DECIMAL,
        index_time_ms=TIME,
        open_interest=maybe(DECIMAL),
        funding_rate_ppm=DECIMAL,
        funding_time_ms=TIME,
        next_funding_ms=TIME,
        house_equity=DECIMAL,
        house_size=maybe(DECIMAL),
        house_loan=DECIMAL,
        tier=INTEGER,
        kind={"enum": ["PERPETUAL", "FUTURE", "CALL", "PUT"]},
        expiry_ms=maybe(TIME),
        forward_ppb=maybe(BIG),
        forward_time_ms=maybe(TIME),
        average_price=maybe(DECIMAL),
        average_covered_ms=INTEGER,
        settlement_price=maybe(DECIMAL),
        option=maybe(
            fields(
                strike=DECIMAL,
                forward=maybe(DECIMAL),
                priced_forward=maybe(DECIMAL),
                priced_time_ms=maybe(TIME),
                delta=DECIMAL,
                gamma=DECIMAL,
                vega=DECIMAL,
                theta=DECIMAL,
            )
        ),
    ),
    "Book": fields(
        instrument=TEXT, stream=TEXT, sequence=INTEGER, time_ms=TIME, bids=LEVELS, asks=LEVELS
    ),
    "Trade": fields(
        sequence=INTEGER,
        price=DECIMAL,
        size=maybe(DECIMAL),
        price_ticks=INTEGER,
        lots=INTEGER,
        taker_side=SIDE,
        time_ms=TIME,
        position=PLACE,
        from_inbox=FLAG,
        taker_action=INTEGER,
        maker_slot=INTEGER,
        maker_serial=INTEGER,
        is_block=FLAG,
    ),
    "Candle": fields(
        time_ms=TIME,
        open=DECIMAL,
        high=DECIMAL,
        low=DECIMAL,
        close=DECIMAL,
        size=maybe(DECIMAL),
        trades=INTEGER,
    ),
    "MarketEvent": fields(
        sequence=INTEGER,
        kind=TEXT,
        time_ms=TIME,
        position=PLACE,
        from_inbox=FLAG,
        event={"type": "object"},
    ),
    "OrderEvent": fields(
        sequence=INTEGER,
        kind=TEXT,
        position=PLACE,
        from_inbox=FLAG,
        action=INTEGER,
        finality=STATE,
        time_ms=TIME,
        instrument={**maybe(TEXT), "description": "null: it concerns the whole account"},
        instrument_id=INTEGER,
        slot=INTEGER,
        serial=INTEGER,
        side=SIDE,
        price=maybe(DECIMAL),
        price_ticks=INTEGER,
        size=maybe(DECIMAL),
        lots=INTEGER,
        size_left=maybe(DECIMAL),
        fee=DECIMAL,
        is_taker=FLAG,
        is_liquidation=FLAG,
        is_block=FLAG,
        client_id=BIG,
        reason=maybe(TEXT),
        result=maybe(TEXT),
        cash=maybe(DECIMAL),
        equity=maybe(DECIMAL),
        maintenance_margin=maybe(DECIMAL),
        trigger=maybe(ref("EventTrigger")),
        portfolio_underlying=maybe(INTEGER),
        protected_underlying=maybe(INTEGER),
        frozen_until_ms=maybe(TIME),
    ),
    "EventTrigger": fields(
        place=INTEGER,
        trigger_price=maybe(DECIMAL),
        reduce_only=FLAG,
        falling=FLAG,
        by_mark=FLAG,
        expiry_ms=maybe(TIME),
        ending=maybe(TEXT),
    ),
    "Session": fields(
        account=INTEGER, session=INTEGER, scope=INTEGER, key=HEX, expiry_ms=TIME, next_nonce=BIG
    ),
    "Finality": fields(
        state=STATE,
        position=PLACE,
        batch_hash=maybe(HEX),
        l1_block=maybe(INTEGER),
        claim_hash=maybe(HEX),
        final_at_ms=maybe(TIME),
        change=maybe(fields(sequence=INTEGER, op_hash=HEX, before=_REPORT, after=_REPORT)),
    ),
    "Receipt": fields(
        sequencer_epoch=INTEGER,
        position=PLACE,
        op_hash=HEX,
        post_by_ms=TIME,
        leaf_index=INTEGER,
        leaf_count=INTEGER,
        path=listed(HEX),
        commitment=HEX,
        signature=HEX,
    ),
    "Ack": fields(result=TEXT, actions=listed(_OUTCOME), receipt=ref("Receipt")),
    "Proof": fields(key=BIG, record=HEX, state_root=HEX, batch=INTEGER, proof=HEX),
    "Batch": fields(
        batch=INTEGER,
        batch_hash=HEX,
        l1_block=INTEGER,
        transaction=HEX,
        time_ms=TIME,
        sequencer_epoch=INTEGER,
        inbox_end=INTEGER,
        exit_end=INTEGER,
        header=HEX,
        segments=listed(_SEGMENT),
        finality=ref("Finality"),
    ),
    "Claim": fields(
        claim=INTEGER,
        claim_hash=HEX,
        parent_hash=HEX,
        proposer=HEX,
        deadline_ms=TIME,
        roots=listed(HEX),
        l1_block=INTEGER,
        transaction=HEX,
    ),
    "Terms": fields(
        l1_block=INTEGER,
        rollup=_TERMS,
        vault=_TERMS,
        escape_address=HEX,
        escape=_TERMS,
        announced=listed(fields(number=DECIMAL, ready_ms=TIME, expires_ms=TIME, leave_by_ms=TIME)),
    ),
    **ACCOUNT_SCHEMAS,
    **EXPLORER_SCHEMAS,
    **RFQ_SCHEMAS,
    **AUCTION_SCHEMAS,
    "TypedData": fields(
        types={"type": "object"},
        primaryType=TEXT,
        domain={"type": "object"},
        message={"type": "object"},
    ),
    "LiveMessage": {
        "description": "What a client of the WebSocket says; docs/gateway.md says what it hears.",
        "type": "object",
        "properties": {
            "type": {"enum": ["submit", "subscribe", "unsubscribe", "on_disconnect", "ping"]},
            "id": {"type": ["string", "integer"]},
            "ops": listed({"anyOf": [HEX, {"type": "object"}]}),
            "channel": {"enum": list(CHANNELS)},
            "instrument": {"type": ["string", "integer"]},
            "account": INTEGER,
            "request": INTEGER,
            "access": ref("QuoteAccess"),
            "stream": TEXT,
            "from_sequence": INTEGER,
            "heartbeat_ms": INTEGER,
        },
        "required": ["type"],
    },
}

_ONE = "/instruments/{instrument}"
READS: Final[dict[str, tuple[str, Schema]]] = {
    "/venue": ("Domain, contracts, heights and funds", ref("Venue")),
    "/instruments": ("All instruments", fields(instruments=listed(ref("Instrument")))),
    _ONE: ("One instrument", ref("Instrument")),
    f"{_ONE}/book": ("Its book; `depth` levels a side, 0: all", ref("Book")),
    f"{_ONE}/trades": ("Its newest trades, newest first", fields(trades=listed(ref("Trade")))),
    f"{_ONE}/candles": (
        "Its candles, oldest first",
        fields(
            instrument=TEXT, interval={"enum": list(INTERVALS_MS)}, candles=listed(ref("Candle"))
        ),
    ),
    f"{_ONE}/events": ("What else happened", fields(events=listed(ref("MarketEvent")))),
    "/expiries": (
        "Expiries with forward and volatility at the money",
        fields(expiries=listed(fields(**EXPIRY))),
    ),
    "/expiries/{expiry}/chain": (
        "Calls and puts by the surface, strike by strike; theta of a day, vega of one percent",
        fields(**EXPIRY, has_options=FLAG, rows=listed(ref("ChainRow"))),
    ),
    **AUCTION_READS,
    "/accounts": ("Accounts of an `owner`", fields(accounts=listed(INTEGER))),
    "/accounts/{account}": ("Margin, positions, orders", ref("Account")),
    "/accounts/{account}/events": (
        "What became of its orders and positions, oldest first",
        fields(events=listed(ref("OrderEvent"))),
    ),
    "/accounts/{account}/sessions/{session}": ("A session's key and nonce", ref("Session")),
    "/proofs/{key}": ("A record and its path to a root; `at` final or latest", ref("Proof")),
    "/ops/{hash}/finality": ("How far an op has come, by hash", ref("Finality")),
    "/ops/{batch}/{segment}/{index}/finality": ("The same, by place", ref("Finality")),
    "/orders/{instrument}/{slot}/{serial}/events": (
        "What became of an order since it was placed, oldest first",
        fields(events=listed(ref("OrderEvent"))),
    ),
    "/orders/{instrument}/{slot}/{serial}/finality": ("The same, by order", ref("Finality")),
    "/batches": (
        "How far the newest batches have come",
        fields(batches=listed({"type": "object"})),
    ),
    "/batches/{batch}": ("A batch as L1 holds it", ref("Batch")),
    "/claims/{claim}": ("A claim as L1 holds it", ref("Claim")),
    "/evidence/ops/{name}": (
        "What the law made of an op, and what its dispute would cost: BATCH.SEGMENT.INDEX, 0x… (its"
        " hash), INSTRUMENT:SLOT:SERIAL, message:NUMBER or exit:NUMBER",
        ref("OpEvidence"),
    ),
    "/evidence/claims": (
        "Claims that can be disputed, with a verifier's verdicts",
        fields(claims=listed(ref("Verdict")), verifier={"type": "object"}),
    ),
    "/evidence/claims/{claim}": (
        "Every claim of a batch, with verdicts",
        fields(claims=listed(ref("Verdict")), l1_timestamp_seconds=INTEGER),
    ),
    "/evidence/solvency": (
        "What was owed at the newest roots, in micro-USD, and the houses",
        ref("Solvency"),
    ),
    "/terms": ("What L1's contracts say of windows, custody and leaving", ref("Terms")),
}
POSTS: Final[dict[str, tuple[str, Schema]]] = {
    "/typed-data": ("Typed data for a wallet, of decimals", ref("TypedData")),
    "/ops": ("Have a signed op ordered", ref("Ack")),
    **RFQ_POSTS,
}


def openapi() -> dict[str, Any]:
    """Return the document."""
    paths: dict[str, Any] = {}
    for method, operations in (("get", READS), ("post", POSTS)):
        for path, (summary, schema) in operations.items():
            paths[f"/api/v1{path}"] = {method: _operation(path, summary, schema, method)}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Strikeproof gateway", "version": "1"},
        "paths": paths,
        "components": {"schemas": SCHEMAS},
    }


def _operation(path: str, summary: str, schema: Schema, method: str) -> Schema:
    names = [part[1:-1] for part in path.split("/") if part.startswith("{")]
    operation: Schema = {
        "summary": summary,
        "parameters": [
            {"name": name, "in": "path", "required": True, "schema": TEXT} for name in names
        ],
        "responses": {
            "200": {"description": "OK", "content": {"application/json": {"schema": schema}}},
            "default": {
                "description": "refused",
                "content": {"application/json": {"schema": fields(error=ref("Error"))}},
            },
        },
    }
    if method == "post":
        body = {"application/json": {"schema": {"type": "object"}}}
        operation["requestBody"] = {"required": True, "content": body}
    return operation
