"""proto/formulas.json against docs/protocol: each formula written again with exact fractions."""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from math import ceil, floor, isqrt
from typing import Any

import pytest

from strikeproof.keccak import keccak256
from tests.harness import ROOT
from tools.vectors.formula_cases import EACH

CASES = json.loads((ROOT / "proto" / "formulas.json").read_text("utf-8"))["cases"]
PPM, Q32 = 10**6, 2**32

Values = dict[str, Any]


def settlement(x: Values) -> Values:
    sd, b = (1 if x["size"] > 0 else -1), abs(x["size"])
    f, F = x["factor"], x["factor_now"]
    G, g, K, k = x["funding_index"], x["funding_snap"], x["adl_index"], x["adl_snap"]
    side = b"\0" if sd > 0 else b"\1"
    head = x["account"].to_bytes(4, "big") + x["instrument"].to_bytes(2, "big") + side
    drawn = int.from_bytes(keccak256(head + x["deleveraged_ms"].to_bytes(6, "big"))[:8], "big")
    exact = Fraction(b * F, f)
    e = floor(exact) + (exact - floor(exact) > Fraction(drawn, 2**64))
    c = b - e
    cash = floor(Fraction(-sd * e * (G - g), Q32))
    lots = rounded = 0
    if f != F:
        cash += floor(Fraction(c * (K - k), f - F)) + floor(Fraction(sd * c * g, Q32))
        lots = c * Q32 - floor((b - exact) * Q32)
        rounded = ceil(Fraction(lots, Q32) * (Fraction(sd * G, Q32) + Fraction(K - k, f - F)))
    return {
        "size": sd * e,
        "closed_lots": c,
        "cash": cash,
        "rounded_lots": lots,
        "rounded_cash": rounded,
    }


def funding(x: Values) -> Values:
    dt = min(x["now_ms"] - x["time_ms"], 60_000)
    average = x["average"] + floor(
        Fraction((x["rate_ppm"] * Q32 - x["average"]) * dt, dt + x["tau_ms"])
    )
    moved = Fraction(x["mark"] * x["tick_value"] * average * dt, 8 * 3_600_000 * PPM)
    if abs(x["index"] + floor(moved)) > 2**94:
        return {name: x[name] for name in ("average", "index", "time_ms")}
    return {"average": average, "index": x["index"] + floor(moved), "time_ms": x["now_ms"]}


def deleveraging(x: Values) -> Values:
    lots, mark, tv = x["short_interest"] - x["long_interest"], x["mark"], x["tick_value"]
    equity = x["effective_cash"] + Fraction(lots * mark * tv, Q32)
    required = Fraction(x["house_margin_ppm"] * abs(lots) * mark * tv, PPM * Q32)
    found: Values = {
        "is_below": equity < required,
        "missing": max(0, ceil(required - equity)),
        "deficit": max(0, ceil(-equity)),
    }
    sd = -1 if lots > 0 else 1
    o = x["short_interest"] if sd < 0 else x["long_interest"]
    q = min(floor(Fraction(abs(lots), Q32)), floor(Fraction(o * 255, 256 * Q32)))
    if not q:
        return found
    p = mark
    if equity < 0:
        even = Fraction(-x["effective_cash"] * Q32, lots * tv)
        low = max(1, ceil(Fraction(mark * (PPM - x["band_ppm"]), PPM)))
        high = min(2**32 - 1, floor(Fraction(mark * (PPM + x["band_ppm"]), PPM)))
        p = max(low, min(high, ceil(even) if lots > 0 else floor(even)))
    factor = ceil(Fraction(x["factor"] * (o - q * Q32), o))
    fallen = x["factor"] - factor
    adl = x["adl_index"] + fallen * sd * p * tv
    adl -= ceil(Fraction(fallen * sd * x["funding_index"], Q32))
    return found | {"sign": sd, "lots": q, "price": p, "factor": factor, "adl_index": adl}


def liquidation(x: Values) -> Values:
    s, E, M, m = x["size"], x["equity"], x["maintenance"], Fraction(x["maintenance_ppm"], PPM)
    sd, b, V = (1 if s > 0 else -1), abs(s), x["mark"] * x["tick_value"]
    fee, band = Fraction(x["fee_ppm"], PPM), Fraction(x["band_ppm"], PPM)
    beta = Fraction(11, 10)
    n = b
    if M and beta * m > fee:
        n = min(b, max(ceil(Fraction(b, 5)), ceil((beta * M - E) / (V * (beta * m - fee)))))
    exact = x["mark"] * (1 - sd * m * Fraction(E, M))
    z = ceil(exact) if sd > 0 else floor(exact)
    low, high = max(1, ceil(x["mark"] * (1 - band))), floor(x["mark"] * (1 + band))
    z = max(low, min(min(high, 2**32 - 1), z))
    kept = n * V * m * Fraction(E, M)
    p = x["fill_price"]
    improvement = sd * n * (p - x["mark"]) * x["tick_value"] + floor(kept)
    return {
        "lots": n,
        "zero_price": z,
        "house_pays": sd * n * V - ceil(kept),
        "fee_of_fill": max(0, min(ceil(n * p * x["tick_value"] * fee), improvement)),
    }


def price(x: Values) -> Values:
    d = x["time_ms"] - x["publish_ms"]
    bucket = min(30_000, x["bucket_ppm"] + 2 * d)
    reach = floor(Fraction(x["index"] * bucket, PPM))
    index = max(x["index"] - reach, min(x["index"] + reach, x["median"]))
    bucket -= ceil(Fraction(abs(index - x["index"]) * PPM, x["index"]))
    move = min(PPM, floor(Fraction(abs(x["median"] - x["raw"]) * PPM, x["raw"])))
    variance = x["variance"] + floor(
        Fraction(move * move * 1_000 - x["variance"] * d, d + x["tau_ms"])
    )
    root = isqrt(floor(Fraction(variance * PPM, 60)))
    return {
        "index": index,
        "raw": x["median"],
        "publish_ms": x["time_ms"],
        "bucket_ppm": bucket,
        "variance": variance,
        "gap_ppm": min(PPM, ceil(Fraction(abs(x["median"] - index) * PPM, index))),
        "slope_ppm": min(16_000, ceil(Fraction(x["slope_factor_ppm"] * root, PPM * 1_000))),
    }


def fraction(x: Values) -> Values:
    aged = Fraction(x["slope_ppm"] * min(x["age_ms"], 60_000), 1_000)
    aged += Fraction(1_500 * max(0, x["age_ms"] - 60_000), 1_000)
    return {"fraction_eff_ppm": min(PPM, x["fraction_ppm"] + ceil(aged) + x["gap_ppm"])}


def charge(x: Values) -> Values:
    declared = {}
    order_bytes = 9 + 32 * (2 + 30)  # an order by itself: key and words, and its siblings
    for part, most, action in (("compute", 3_000_000, 30_000), ("witness", 110_000, order_bytes)):
        used = x["used"][part]
        more = max(action, ceil(Fraction(used, 4)))
        declared[part] = min(most, used + more)
    law_gas = 100_000 + declared["compute"] + 8 * declared["witness"] + 16 * x["data_bytes"]
    return {"declared": declared, "charge": law_gas}


def loan(x: Values) -> Values:
    shares = (
        floor(Fraction(x["fund_day_start"], 10)) - x["lent_to_house"],
        floor(Fraction(x["fund_day_start"] * 3, 10)) - x["lent_to_all"],
    )
    return {"loan": max(0, min(x["missing"], *shares, x["fund"]))}


FORMULAS: dict[str, Callable[[Values], Values]] = {
    "settlement": settlement,
    "funding sample": funding,
    "deleveraging": deleveraging,
    "liquidation": liquidation,
    "price": price,
    "fraction": fraction,
    "charge": charge,
    "loan": loan,
}


def numbers(values: Any) -> Any:
    """Return values with decimal texts as integers."""
    if isinstance(values, dict):
        return {name: numbers(each) for name, each in values.items()}
    return int(values) if isinstance(values, str) else values


@pytest.mark.parametrize("formula", FORMULAS)
def test_vectors_follow_from_the_formulas_of_the_pages(formula: str) -> None:
    found = [each for each in CASES if each["formula"] == formula]
    assert len(found) == EACH
    for case in found:
        assert FORMULAS[formula](numbers(case["given"])) == numbers(case["gives"]), case["name"]


def test_every_formula_has_vectors() -> None:
    assert {each["formula"] for each in CASES} == set(FORMULAS)
