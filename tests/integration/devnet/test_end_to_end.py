"""The whole venue on real components: deposit, trades, a lie disproved, a withdrawal."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from devnet.l1_node import AnvilMissing, anvil_path

WINDOW_SECONDS = 25
RUN_SECONDS = 150
STOP_SECONDS = 30
START_SECONDS = 60


def devnet(*arguments: str, data: Path) -> list[str]:
    return [sys.executable, "-m", "strikeproof", "devnet", "up", "--data", str(data), *arguments]


def run(*arguments: str, data: Path) -> tuple[int, dict[str, Any], str]:
    """Run a devnet to its end; return exit code, JSON report and what it told."""
    done = subprocess.run(
        devnet(*arguments, "--json", data=data),
        capture_output=True,
        text=True,
        timeout=RUN_SECONDS,
        check=False,
    )
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout.splitlines()[-1]), done.stderr


def children_of(data: Path) -> list[int]:
    """The processes that work in a folder."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            line = (entry / "cmdline").read_bytes()
        except OSError:
            continue
        if str(data).encode() in line:
            found.append(int(entry.name))
    return found


def assert_story(report: dict[str, Any], fraud: str) -> None:
    assert report["ok"], report
    assert report["lie"]["kind"] == fraud
    assert report["lie"]["told_root"] != report["lie"]["right_root"]
    assert 0 < report["fraud_posted_to_slashed_seconds"] < 60
    assert report["slashed_to_reproposed_seconds"] > 0
    assert report["trades_after_slash"] > 0
    assert report["withdrawn_seconds"] > WINDOW_SECONDS
    assert report["claims_final"] >= 1


@pytest.mark.timeout(RUN_SECONDS + 30)
def test_deposit_trade_fraud_slash_and_withdrawal_on_the_embedded_l1(tmp_path: Path) -> None:
    code, report, told = run(
        *("--fraud", "skipped-maker", "--until", "withdrawn"),
        *("--window", str(WINDOW_SECONDS)),
        data=tmp_path,
    )
    assert code == 0, told
    assert_story(report, "skipped-maker")
    assert not children_of(tmp_path)


@pytest.mark.timeout(RUN_SECONDS + 30)
def test_deposit_trade_fraud_slash_and_withdrawal_on_anvil(tmp_path: Path) -> None:
    try:
        anvil_path()
    except AnvilMissing as error:
        pytest.skip(str(error))
    code, report, told = run(
        *("--l1", "anvil", "--fraud", "wrong-balance", "--until", "withdrawn"),
        *("--window", str(WINDOW_SECONDS)),
        data=tmp_path,
    )
    assert code == 0, told
    assert_story(report, "wrong-balance")
    assert not children_of(tmp_path)


def test_missed_goal_ends_with_code_1_and_says_what_is_missing(tmp_path: Path) -> None:
    code, report, told = run(
        "--until", "final", "--window", "600", "--timeout", "12", data=tmp_path
    )
    assert code == 1
    assert not report["ok"]
    assert report["reason"].startswith("not within 12 s: ")
    assert report["reason"] in told
    assert not children_of(tmp_path)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signal_stops_every_child(tmp_path: Path, number: signal.Signals) -> None:
    with start(tmp_path) as process:
        wait_for_file(tmp_path / "sequencer" / "endpoint")
        process.send_signal(number)
        assert process.wait(STOP_SECONDS) == 0
    assert not children_of(tmp_path)


def test_crash_of_a_child_is_reported_with_its_last_output(tmp_path: Path) -> None:
    with start(tmp_path) as process:
        wait_for_file(tmp_path / "sequencer" / "endpoint")
        victim = next(pid for pid in children_of(tmp_path) if b"verifier\0" in command_of(pid))
        os.kill(victim, signal.SIGKILL)
        out, _ = process.communicate(timeout=STOP_SECONDS)
    assert process.returncode == 1
    assert "verifier ended with code -9" in out
    assert "verifier_started" in out
    assert not children_of(tmp_path)


def test_folder_of_somebody_else_is_not_emptied(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("mine")
    code, report, _ = run("--until", "final", data=tmp_path)
    assert code == 1
    assert "precious" not in report["reason"]
    assert "--data" in report["reason"]
    assert (tmp_path / "precious").read_text() == "mine"


def start(data: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        devnet(data=data), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def wait_for_file(path: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not path.exists():
        assert time.monotonic() < deadline, f"{path} never appeared"
        time.sleep(0.1)


def command_of(pid: int) -> bytes:
    return Path(f"/proc/{pid}/cmdline").read_bytes()
