"""Writes docs/examples/grafana/strikeproof.json: `python -m tools.dashboard [--check]`.

A table of panels makes the dashboard; that every metric in it exists is a test.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

FILE: Final = Path(__file__).resolve().parents[1] / "docs/examples/grafana/strikeproof.json"
COLUMNS: Final = 24
PANEL_ROWS: Final = 7
SOURCE: Final = {"type": "prometheus", "uid": "${datasource}"}


@dataclass(frozen=True, slots=True)
class Panel:
    """A graph, or with `is_stat` one number."""

    title: str
    queries: Sequence[tuple[str, str]]
    """Expression, and what its series are called."""
    unit: str = "short"
    is_stat: bool = False
    red_above: float | None = None
    width: int = 8


def _rate(metric: str) -> str:
    return f"rate({metric}[$__rate_interval])"


def _quantiles(metric: str) -> list[tuple[str, str]]:
    return [
        (f"histogram_quantile({q}, sum by (le) (rate({metric}_bucket[$__rate_interval])))", name)
        for q, name in (("0.5", "half within"), ("0.99", "99 of 100 within"))
    ]


def _stat(title: str, expression: str, unit: str = "short", red: float | None = None) -> Panel:
    return Panel(title, [(expression, "")], unit, is_stat=True, red_above=red, width=4)


ROWS: Final[Sequence[tuple[str, Sequence[Panel]]]] = (
    (
        "Is all well?",
        (
            _stat("nodes down", "count(up == 0) or vector(0)", red=1),
            _stat("wrong claims, 1 day", "sum(increase(verifier_wrong_claims_total[1d]))", red=1),
            _stat("alarms, 1 hour", "sum(increase(verifier_alarms_total[1h]))", red=1),
            _stat("not accepting", "max(sequencer_not_accepting)", red=1),
            _stat("nearest deadline", "min(verifier_nearest_deadline_seconds)", "s"),
            _stat("oldest price", "max(reporter_venue_price_age_seconds)", "s", red=30),
        ),
    ),
    (
        "From an order to a final state",
        (
            Panel(
                "batches by finality",
                [
                    ("sequencer_batch_number", "{{finality}}"),
                    ("verifier_batches_verified", "re-executed"),
                ],
            ),
            Panel(
                "agreement: claims that stand, and are right",
                [("verifier_claims", "stand"), ("verifier_claims_verified", "right")],
            ),
            Panel("batches that wait for L1", [("sequencer_batches_waiting", "{{instance}}")]),
        ),
    ),
    (
        "Sequencer",
        (
            Panel(
                "ops a second",
                [
                    (_rate("sequencer_ops_accepted_total"), "accepted"),
                    (f"sum({_rate('sequencer_ops_refused_total')})", "refused"),
                ],
                "ops",
            ),
            Panel("time to the receipt", _quantiles("sequencer_accept_seconds"), "s"),
            Panel("journal: time of a commit", _quantiles("sequencer_journal_commit_seconds"), "s"),
            Panel(
                "waiting ops",
                [
                    ("sequencer_ops_waiting", "{{queue}}"),
                    ("sequencer_prover_backlog_ops", "for their root"),
                ],
            ),
            Panel(
                "turned away, a second",
                [
                    (_rate("sequencer_queue_full_total"), "queue full"),
                    (_rate("sequencer_ops_rate_limited_total"), "beyond a rate"),
                ],
                "ops",
            ),
            Panel(
                "connections and streams",
                [("sequencer_connections", "connections"), ("sequencer_streams", "streams")],
            ),
            Panel(
                "requests for quotes",
                [("sequencer_rfq_requests", "open"), ("sequencer_rfq_quotes", "quotes of them")],
            ),
            Panel(
                "who leads, and how far standbys are behind",
                [
                    ("sequencer_leading", "{{instance}} leads"),
                    ("sequencer_standby_lag_seconds", "{{instance}} behind, s"),
                ],
            ),
            Panel(
                "certificate of API and gateway ends in",
                [
                    ("sequencer_tls_expiry_time_seconds - time() > 0", "{{instance}}"),
                    ("gateway_tls_expiry_time_seconds - time() > 0", "{{instance}}"),
                ],
                "s",
            ),
        ),
    ),
    (
        "Risk",
        (
            Panel(
                "insurance fund and bad debt",
                [
                    ("sequencer_insurance_fund_usd", "fund"),
                    ("sequencer_bad_debt_usd", "bad debt"),
                    ("sequencer_houses_deficit_usd", "houses' deficit"),
                ],
                "currencyUSD",
            ),
            Panel(
                "accounts below maintenance",
                [
                    ("sequencer_accounts_below_maintenance", "sequencer"),
                    ("verifier_accounts_below_maintenance", "verifier"),
                ],
            ),
            Panel(
                "upkeep that is late",
                [
                    ("verifier_upkeep_late_seconds", "by the verifier"),
                    ("sequencer_funding_late_seconds", "funding, by the sequencer"),
                ],
                "s",
            ),
            Panel(
                "upkeep ordered, a second",
                [(_rate("sequencer_upkeep_ordered_total"), "{{op}}")],
                "ops",
            ),
        ),
    ),
    (
        "Verifier",
        (
            Panel(
                "law-gas a second: executed, and what L1 admits",
                [
                    ("verifier_charge_per_second", "executed"),
                    ("verifier_admitted_charge_per_second", "admitted"),
                ],
            ),
            Panel("time of a segment", _quantiles("verifier_segment_execution_seconds"), "s"),
            Panel(
                "py-evm behind revm", [("verifier_reference_backlog_segments", "segments waiting")]
            ),
            Panel("disputes", [("verifier_disputes_total", "{{stage}}")]),
            Panel(
                "no new block since", [("verifier_derivation_stalled_seconds", "{{instance}}")], "s"
            ),
            Panel(
                "alarms to webhooks",
                [("increase(verifier_webhook_deliveries_total[1h])", "{{outcome}}")],
            ),
        ),
    ),
    (
        "Keys and bonds",
        (
            Panel(
                "balances, ether",
                [
                    ("sequencer_balance_wei / 1e18", "sequencer"),
                    ("verifier_balance_wei / 1e18", "verifier"),
                    ("verifier_balance_needed_wei / 1e18", "verifier needs"),
                ],
            ),
            Panel(
                "bonds, ether",
                [
                    ("sequencer_bond_wei / 1e18", "sequencer"),
                    ("sequencer_bond_needed_wei / 1e18", "needed"),
                    ("verifier_bond_wei / 1e18", "verifier"),
                    ("sequencer_bond_held_wei / 1e18", "held after a slash"),
                ],
            ),
            Panel(
                "rewards, ether",
                [
                    ("verifier_reward_held_wei / 1e18", "held"),
                    ("verifier_reward_credit_wei / 1e18", "to collect"),
                    ("verifier_reward_collected_wei / 1e18", "collected"),
                ],
            ),
        ),
    ),
    (
        "L1 and prices",
        (
            Panel(
                "age of the view of L1", [("sequencer_l1_view_age_seconds", "{{instance}}")], "s"
            ),
            Panel(
                "endpoints that are not up",
                [('sequencer_l1_endpoint{state!="up"} == 1', "{{endpoint}}: {{state}}")],
            ),
            Panel(
                "transactions",
                [
                    ("sequencer_pending_transactions", "pending"),
                    ("sequencer_oldest_pending_seconds", "oldest, s"),
                ],
            ),
            Panel("prices", [("reporter_price_usd", "{{underlying}}")], "currencyUSD"),
            Panel(
                "age of the venue's prices",
                [("reporter_venue_price_age_seconds", "{{underlying}}")],
                "s",
            ),
            Panel(
                "sources that fail, a second",
                [(_rate("reporter_source_failures_total"), "{{source}}")],
            ),
        ),
    ),
    (
        "Gateway",
        (
            Panel(
                "connections",
                [("gateway_connections", "open"), ("gateway_subscriptions", "{{channel}}")],
            ),
            Panel("time to an ack", _quantiles("gateway_ack_seconds"), "s"),
            Panel("requests a second", [(_rate("gateway_requests_total"), "{{status}}")], "ops"),
        ),
    ),
)


def dashboard() -> dict[str, Any]:
    """Return the dashboard as Grafana imports it."""
    panels: list[dict[str, Any]] = []
    top = 0
    for title, row in ROWS:
        panels.append(_row(title, len(panels) + 1, top))
        top += 1
        left = 0
        for panel in row:
            if left + panel.width > COLUMNS:
                top, left = top + PANEL_ROWS, 0
            panels.append(_panel(panel, len(panels) + 1, left, top))
            left += panel.width
        top += PANEL_ROWS
    return {
        "title": "Strikeproof",
        "uid": "strikeproof",
        "tags": ["strikeproof"],
        "schemaVersion": 39,
        "refresh": "10s",
        "time": {"from": "now-1h", "to": "now"},
        "templating": {
            "list": [{"name": "datasource", "type": "datasource", "query": "prometheus"}]
        },
        "annotations": {"list": [_alerts()]},
        "panels": panels,
    }


def _alerts() -> dict[str, Any]:
    return {
        "name": "alerts",
        "datasource": SOURCE,
        "enable": True,
        "iconColor": "red",
        "expr": 'ALERTS{alertstate="firing"}',
        "titleFormat": "{{alertname}}",
    }


def _row(title: str, number: int, top: int) -> dict[str, Any]:
    place = {"h": 1, "w": COLUMNS, "x": 0, "y": top}
    return {"type": "row", "id": number, "title": title, "gridPos": place, "panels": []}


def _panel(panel: Panel, number: int, left: int, top: int) -> dict[str, Any]:
    steps: list[dict[str, Any]] = [{"color": "green", "value": None}]
    if panel.red_above is not None:
        steps.append({"color": "red", "value": panel.red_above})
    return {
        "type": "stat" if panel.is_stat else "timeseries",
        "id": number,
        "title": panel.title,
        "datasource": SOURCE,
        "gridPos": {"h": PANEL_ROWS, "w": panel.width, "x": left, "y": top},
        "fieldConfig": {
            "defaults": {
                "unit": panel.unit,
                "thresholds": {"mode": "absolute", "steps": steps},
            },
            "overrides": [],
        },
        "targets": [
            {"refId": chr(ord("A") + at), "expr": expression, "legendFormat": name}
            for at, (expression, name) in enumerate(panel.queries)
        ],
    }


def main(arguments: list[str]) -> int:
    """Write the file, or with --check say whether it is stale."""
    text = json.dumps(dashboard(), indent=1) + "\n"
    if FILE.exists() and FILE.read_text("utf-8") == text:
        return 0
    if "--check" in arguments:
        print(f"{FILE.name} is stale: python -m tools.dashboard", file=sys.stderr)
        return 1
    FILE.write_text(text, "utf-8")
    print(f"wrote {FILE.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
