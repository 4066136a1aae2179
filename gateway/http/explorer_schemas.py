"""What explorers read: expiries as chains, an op's evidence, verdicts, solvency."""

from __future__ import annotations

from typing import Final

from strikeproof.gateway.http.json_schema import (
    BIG,
    DECIMAL,
    FLAG,
    HEX,
    INTEGER,
    SIGNED,
    TEXT,
    TIME,
    Schema,
    fields,
    listed,
    maybe,
)

_CHANGE = fields(field=TEXT, before=maybe(SIGNED), after=maybe(SIGNED))
_LISTED = fields(
    instrument=TEXT,
    mark_price=maybe(DECIMAL),
    last_price=maybe(DECIMAL),
    open_interest=maybe(DECIMAL),
    status=TEXT,
)
_SIDE = fields(
    value=DECIMAL,
    delta=DECIMAL,
    theta=DECIMAL,
    gamma=DECIMAL,
    vega=DECIMAL,
    listed=maybe(_LISTED),
)
EXPIRY: Final[dict[str, Schema]] = {
    "expiry": INTEGER,
    "underlying": TEXT,
    "expiry_ms": TIME,
    "seconds_left": INTEGER,
    "forward": maybe(DECIMAL),
    "index": maybe(DECIMAL),
    "rate_ppm": INTEGER,
    "surface_time_ms": maybe(TIME),
    "volatility_percent": maybe(DECIMAL),
    "settlement": maybe(DECIMAL),
}

EXPLORER_SCHEMAS: Final[dict[str, Schema]] = {
    "ChainRow": fields(
        strike=DECIMAL, is_below_forward=FLAG, volatility_percent=DECIMAL, call=_SIDE, put=_SIDE
    ),
    "OpEvidence": fields(
        batch=INTEGER,
        segment=INTEGER,
        index=INTEGER,
        op_count=INTEGER,
        op=TEXT,
        place=TEXT,
        op_hash=HEX,
        account=maybe(INTEGER),
        signer=maybe(HEX),
        results=listed(TEXT),
        records=listed(fields(record=TEXT, changes=listed(_CHANGE))),
        claim_hash=HEX,
        pre_root=HEX,
        post_root=HEX,
        dispute=fields(
            gas=maybe(INTEGER),
            refusal=maybe(TEXT),
            base_fee_wei=BIG,
            cost_wei=maybe(BIG),
            calldata_bytes=INTEGER,
            rollup=HEX,
        ),
    ),
    "Verdict": fields(
        batch=INTEGER,
        claim_hash=HEX,
        proposer=HEX,
        posted_block=INTEGER,
        deadline_seconds=INTEGER,
        seconds_left=INTEGER,
        verdict={"enum": ["right", "wrong", "wrong_parent", "unverified", "deleted"]},
        wrong_segment=maybe(INTEGER),
        segments=INTEGER,
        by_reference=INTEGER,
        deleted_block=maybe(INTEGER),
        challenger=maybe(HEX),
        dispute=maybe(fields(stage=TEXT, note=TEXT)),
    ),
    "Solvency": fields(
        roots=listed(
            fields(
                batch=INTEGER,
                root=HEX,
                is_claimed=maybe(FLAG),
                liabilities_micro_usd=BIG,
                insurance_fund_micro_usd=BIG,
                fee_pool_micro_usd=BIG,
                negative_houses_micro_usd=BIG,
                bad_debt_micro_usd=BIG,
            )
        ),
        houses=listed(
            fields(
                instrument_id=INTEGER,
                instrument=TEXT,
                status=TEXT,
                house_cash=SIGNED,
                house_lots=SIGNED,
                loan=BIG,
                deficit=BIG,
                takeover_ms=maybe(TIME),
                long_deleveraged_ms=maybe(TIME),
                short_deleveraged_ms=maybe(TIME),
                positions_to_deleverage=INTEGER,
            )
        ),
    ),
}
