"""`strikeproof watch` on a deployed venue: what it shows, and what it calls to attention."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from strikeproof.cli.watch_view import picture
from strikeproof.config import load_config
from strikeproof.verifier.config import VerifierConfig
from strikeproof.verifier.inspection.venue_overview import attention
from strikeproof.verifier.wiring import VerifierParts, find_contracts
from tests.integration.operate.operated_venue import CHAIN_ID, DELAY_SECONDS, OperatedVenue, run


@pytest.fixture(scope="module")
def config(deployed: OperatedVenue) -> Path:
    deployment = json.loads((deployed.folder / "deployment.json").read_text())
    return deployed.write(
        "verifier.toml",
        f"""
data_dir = "verifier"
[l1]
endpoints = ["{deployed.http.url}"]
chain_id = {CHAIN_ID}
rollup = "{deployment["rollup"]}"
[key]
key_env = "KEY_VERIFIER"
""",
    )


def looked(path: Path, *options: str) -> tuple[int, dict[str, Any]]:
    """Bring the verifier's store up to date, then look once."""
    settings = load_config(path, VerifierConfig)
    client = settings.l1.client()
    parts = VerifierParts(client, find_contracts(settings, client), settings.store_path)
    parts.catch_up()
    parts.close()
    result = run("watch", "--config", path, "--once", "--json", *options)
    assert result.stdout, result.output
    return result.exit_code, json.loads(result.stdout)


def shown(report: dict[str, Any], columns: int) -> str:
    console = Console(width=columns, record=True, file=StringIO())
    console.print(picture(report, columns))
    return console.export_text()


def test_quiet_venue_needs_nobody(deployed: OperatedVenue, config: Path) -> None:
    assert run("watch", "--config", config, "--once").exit_code == 8  # no store yet
    code, report = looked(config)
    assert (code, report["attention"]) == (0, [])
    assert report["vault"]["custody_micro_usd"] == report["vault"]["liabilities_micro_usd"] == 0
    assert report["own"]["bond_wei"] == 0 < report["own"]["bond_needed_wei"]
    assert report["own"]["balance_wei"] > 0
    assert report["node"] is None
    for columns in (60, 80, 150):
        text = shown(report, columns)
        assert "nothing needs anybody" in text and "custody" in text
        assert max(map(len, text.splitlines())) <= columns


def test_announced_change_is_decoded_and_told_when_it_may_run(
    deployed: OperatedVenue, config: Path
) -> None:
    governor = ("--config", deployed.folder / "governor.toml")
    run("govern", "announce", "list_underlying", "symbol=ETH", "--yes", *governor)
    code, report = looked(config)
    (call,) = report["timelock"]
    assert (code, call["call"]) == (0, "list_underlying(symbol=ETH)")
    assert call["ready"] - report["now"] <= DELAY_SECONDS
    assert "list_underlying(symbol=ETH)" in shown(report, 150)
    deployed.skip(DELAY_SECONDS + 1)
    code, report = looked(config)
    told = f"announced call {call['number']} may run: list_underlying(symbol=ETH)"
    assert (code, report["attention"][-1]) == (9, told)
    run("govern", "execute", str(call["number"]), *governor)
    assert looked(config)[1]["timelock"] == []


def test_message_that_nobody_consumes_is_reported(deployed: OperatedVenue, config: Path) -> None:
    code, report = looked(config)
    inbox = report["inbox"]
    assert inbox["waiting"] > 0  # the set-up's, and the listing
    assert inbox["oldest"] + 60 == inbox["due"] == inbox["anybody_from"] - 10
    if report["now"] <= inbox["anybody_from"]:
        deployed.skip(71)
    code, report = looked(config)
    assert code == 9
    assert "anybody may post it" in report["attention"][0]
    early = {**report, "now": inbox["due"] + 1}
    assert attention(early)[0] == "an inbox message is overdue by 1 s: the sequencer must"
    assert "ago" in shown(report, 150)


def test_node_that_does_not_answer_is_reported_and_an_l1_that_does_not_ends_it(
    deployed: OperatedVenue, config: Path
) -> None:
    code, report = looked(config, "--metrics", "http://127.0.0.1:9/metrics")
    assert code == 9
    assert any("metrics do not answer" in each for each in report["attention"])
    lost = config.with_name("lost.toml")
    lost.write_text(config.read_text().replace(deployed.http.url, "http://127.0.0.1:9"))
    assert run("watch", "--config", lost, "--once").exit_code == 7


def test_what_needs_somebody_is_reported_the_worst_first(config: Path) -> None:
    _, quiet = looked(config)
    quiet["inbox"] |= {"oldest": None, "due": None, "anybody_from": None}
    assert attention(quiet) == []
    claim = {
        "batch": 7,
        "verdict": "wrong",
        "seconds_left": 40,
        "is_final": False,
        "by_reference": 3,
        "segments": 3,
        "proposer": "0x" + "ab" * 20,
        "dispute": {"stage": "committed", "note": ""},
    }
    node = {
        "answers": True,
        "alarms": {"wrong_claim": 1},
        "alarms_new": {"wrong_claim": 1},
        "executors_differ": 1.0,
        "balance_needed_wei": 10**30,
    }
    report = {
        **quiet,
        "node": node,
        "claims": {**quiet["claims"], "newest": [claim], "wrong": 1},
        "vault": {**quiet["vault"], "on_their_way_micro_usd": -5, "paused_until": 2**40},
        "store": {**quiet["store"], "blocks_behind": 33},
    }
    told = attention(report)
    assert told[0] == "claim 7 is wrong, 40 s left: committed"
    for part in (
        "Vault lacks 5",
        "two EVMs",
        "alarm wrong_claim",
        "fund it",
        "33 blocks",
        "pauses",
    ):
        assert any(part in each for each in told), part
    assert "committed" in shown({**report, "attention": told}, 150)
