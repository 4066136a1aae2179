"""The operator's commands against an L1 over HTTP: what they do, and how they refuse."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from strikeproof.client.price_report import SignedReport
from strikeproof.client.wallet import Wallet
from tests.integration.operate.operated_venue import (
    ADDRESSES,
    DELAY_SECONDS,
    KEYS,
    TRANSACTIONS,
    OperatedVenue,
    done,
    run,
)

CHEAPER = "feePerMegaWei=2000000000000"


def test_deployment_is_what_the_dry_run_said_and_is_not_repeated(deployed: OperatedVenue) -> None:
    written = json.loads((deployed.folder / "deployment.json").read_text())
    again = done("deploy", deployed.folder / "venue.toml", "--yes")
    assert again["deployment"] == written
    assert deployed.sent_by("deployer") == TRANSACTIONS


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"window_seconds__30": "window_seconds = 60"}, "DelayTooShort"),
        ({"window_seconds__30": "windows = 60"}, "no such term"),
        ({"window_seconds__30": 'window_seconds = "x"'}, "terms.window_seconds"),
        ({"quorum__2": "quorum = 3"}, "quorum"),
        ({"taker_fee_ppm__450": "taker_fee_ppm = 900_000_000"}, "taker_fee_ppm"),
        ({'underlying__"BTC"': 'underlying = "ETH"'}, "underlying"),
        ({"chain_id__31337": "chain_id = 1"}, "token"),
        ({ADDRESSES["governor"]: ADDRESSES["governor"].swapcase().replace("0X", "0x")}, "mistyped"),
        ({ADDRESSES["governor"]: "0x" + 40 * "0"}, "nobody"),
        ({"KEY_DEPLOYER": "KEY_NOWHERE"}, "KEY_NOWHERE"),
        ({"[roles]": "[rolls]"}, "roles"),
        ({"[terms]": f'token = "{ADDRESSES["governor"]}"\n[terms]'}, "not an ERC-20 token"),
    ],
)
def test_a_file_that_cannot_be_deployed_is_reported_and_nothing_is_sent(
    deployed: OperatedVenue, tmp_path: Path, change: dict[str, str], said: str
) -> None:
    path = tmp_path / "venue.toml"
    path.write_text(deployed.venue_toml(**change))
    before = deployed.sent_by("deployer")
    result = run("deploy", path, "--yes")
    assert (result.exit_code, said in result.output) == (2, True), result.output
    assert deployed.sent_by("deployer") == before


def test_a_change_is_announced_decoded_waits_and_runs(deployed: OperatedVenue) -> None:
    config = ("--config", deployed.folder / "governor.toml")
    call = done("govern", "announce", "list_underlying", "symbol=ETH", "--yes", *config)
    number = str(call["number"])
    listed = done("govern", "list", *config)["announced"]
    assert (listed[-1]["call"]["message"], listed[-1]["call"]["arguments"]) == (
        "list_underlying",
        {"symbol": "ETH"},
    )
    early = run("govern", "execute", number, *config)
    assert (early.exit_code, "NotReady" in early.output) == (2, True)
    deployed.skip(DELAY_SECONDS + 1)
    assert done("govern", "execute", number, *config)["done"] == "executed"
    assert run("govern", "execute", number, *config).exit_code == 2
    states = {
        each["number"]: each["state"]
        for each in done("govern", "list", "--all", *config)["announced"]
    }
    assert states[int(number)] == "EXECUTED"


def test_a_cancelled_change_never_runs_and_a_stranger_announces_nothing(
    deployed: OperatedVenue,
) -> None:
    config = ("--config", deployed.folder / "governor.toml")
    number = str(done("govern", "announce", "set_fee", CHEAPER, "--yes", *config)["number"])
    assert done("govern", "cancel", number, *config)["done"] == "cancelled"
    deployed.skip(DELAY_SECONDS + 1)
    assert run("govern", "execute", number, *config).exit_code == 2
    stranger = ("--config", deployed.folder / "anybody.toml")
    refused = run("govern", "announce", "set_fee", CHEAPER, "--yes", *stranger)
    assert (refused.exit_code, "NotOwner" in refused.output) == (2, True)
    told = run("govern", "watch", "--once", *stranger)
    assert f"{number}  cancelled" in told.output


@pytest.mark.parametrize(
    "arguments",
    [
        ("set", "paint", "colour=red"),
        ("set", "set_fee"),
        ("set", "set_fee", "feePerMegaWei"),
        ("set", "set_fee", "feePerMegaWei=1", "feePerMegaWei=2"),
        ("set", "set_fee", "feePerMegaWei=-1"),
        ("set", "set_fee", "feePerMegaWei=x"),
        ("set", "set_sequencer", "sequencer=0x12"),
        ("set", "announce_law", "law=0x", "lawId=1", "fromMs=x"),
        ("set", "set_reporters", "quorum=3", f"reporters={ADDRESSES['governor']}"),
        ("show", "99"),
        ("execute", "99"),
        ("cancel", "99"),
        ("show", "-1"),
    ],
)
def test_what_governance_cannot_do_is_one_line(
    deployed: OperatedVenue, arguments: tuple[str, ...]
) -> None:
    result = run("govern", *arguments, "--config", deployed.folder / "governor.toml")
    assert result.exit_code == 2, result.output


def test_a_forced_price_of_a_quorum_waits_in_the_inbox_and_anybody_posts_it(
    deployed: OperatedVenue, tmp_path: Path
) -> None:
    deployment = json.loads((deployed.folder / "deployment.json").read_text())
    domain = bytes.fromhex(deployment["domain_separator"][2:])
    order = sorted(("reporter-0", "reporter-1"), key=lambda name: ADDRESSES[name].lower())
    reports = [
        SignedReport(1, 1_800_000_000_000, 96_400 * 10**9, place, 1, b"").signed(
            Wallet(KEYS[name]), domain
        )
        for place, name in enumerate(order)
    ]
    path = tmp_path / "reporter.toml"
    path.write_text(
        deployed.operator_toml("reporter-0").replace(
            '"deployment.json"', f'"{deployed.folder}/deployment.json"'
        )
        + '[[underlying]]\nid = 1\nsource = [{kind = "file", path = "none", price = "x"}]\n'
    )
    command = ("reporter", "force", path, "--underlying", "1")
    alone = tmp_path / "alone.json"
    alone.write_text(json.dumps({"reports": [reports[0].to_json()]}))
    few = run(*command, "--report", alone)
    assert (few.exit_code, "TOO_FEW_REPORTS" in few.output) == (4, True), few.output
    served = tmp_path / "reports.json"
    served.write_text(json.dumps({"reports": [each.to_json() for each in reports]}))
    config = ("--config", deployed.folder / "anybody.toml")
    deployed.skip(71)  # what governance has said is posted first
    assert done("inbox", "post", *config)["consumed"] == 4
    sent = done(*command, "--report", served)
    assert sent["reporters"] == [0, 1]

    state = done("inbox", "show", *config)
    assert state["waiting"] == 1 and not state["anybody_may_post"]
    early = run("inbox", "post", *config)
    assert (early.exit_code, "NOTHING_OVERDUE" in early.output) == (2, True)
    deployed.skip(71)
    posted = done("inbox", "post", *config)
    assert (posted["consumed"], done("inbox", "show", *config)["waiting"]) == (1, 0)


@pytest.mark.parametrize("op", ["0xzz", "nowhere.hex", "0x" + "00" * 4_000])
def test_what_is_no_op_is_refused(deployed: OperatedVenue, op: str) -> None:
    config = ("--config", deployed.folder / "anybody.toml")
    assert run("inbox", "submit", op, *config).exit_code == 2


def test_an_unreachable_l1_is_reported_with_exit_code_4(
    tmp_path: Path, deployed: OperatedVenue
) -> None:
    path = tmp_path / "governor.toml"
    text = deployed.operator_toml("governor").replace(deployed.http.url, "http://127.0.0.1:1")
    path.write_text(text.replace('"deployment.json"', f'"{deployed.folder}/deployment.json"'))
    for command in (("govern", "list"), ("inbox", "show")):
        result = run(*command, "--config", path)
        assert (result.exit_code, "L1_UNREACHABLE" in result.output) == (4, True), result.output
