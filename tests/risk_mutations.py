"""Bugs of the risk kernel that `make mutants` plants: name, file, old, new, what must fail."""

LEMMA = "-m pytest -q -x tests/property/risk/test_margin_certificate.py"
UNIT = "-m pytest -q -x tests/unit/risk"

CERTIFICATE = [
    ("a fill has no slack", "FILL_SLACK: Final = 2", "FILL_SLACK: Final = 0"),
    ("a skew bends one way", "gained = owed = max(gained, owed)", "pass"),
    ("shorts are not counted", "certificate.naked += max(0, -amount)", "pass"),
]

RISK = [
    (
        "the average is taken for the forward",
        "expiry_terms.py",
        "mul_div_floor(feed.average, passed, SETTLEMENT_SECONDS),",
        "mul_div_floor(feed.forward, passed, SETTLEMENT_SECONDS),",
        "test_expiry_terms.py",
    ),
    (
        "wings are not clamped",
        "svi.py",
        "max(-clamp, min(clamp, k))",
        "k",
        "test_svi.py",
    ),
    (
        "a volatility is not proved from below",
        "implied_volatility.py",
        "curve.price(low) + curve.slack <= target",
        "True",
        "test_implied_volatility.py",
    ),
    (
        "an interval's density forgets its tilt",
        "svi_bounds.py",
        "- tilt - _widened(tilt)",
        "",
        "test_svi_arbitrage.py",
    ),
    (
        "delta counts what an average has fixed",
        "portfolio_greeks.py",
        "each.put_delta) * left // SETTLEMENT_SECONDS",
        "each.put_delta)",
        "test_portfolio_greeks.py",
    ),
    (
        "calls sold and not bought are free",
        "standard_account.py",
        "unpaired = max(0, -net_calls) * forward",
        "unpaired = 0",
        "test_standard_account.py",
    ),
    (
        "an order is free",
        "hypothetical.py",
        "cash=account.cash + (-bought.amount * price // ONE)",
        "cash=account.cash",
        "test_risk_traders.py",
    ),
]

MUTATIONS = [
    *(
        (f"certificate: {name}", "risk/kernel/margin_certificate.py", old, new, LEMMA)
        for name, old, new in CERTIFICATE
    ),
    *(
        (f"risk: {name}", f"risk/kernel/{file}", old, new, f"{UNIT}/{test}")
        for name, file, old, new, test in RISK
    ),
]
