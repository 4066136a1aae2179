"""The whole venue on real components: deposit, trades, a lie disproved, a withdrawal."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.integration.sequencer.chain import has_anvil

STORIES = [("embedded", "skipped-maker"), ("anvil", "wrong-balance")]
WINDOW_SECONDS = 20
RUN_SECONDS = 150
STOP_SECONDS = 30
START_SECONDS = 60


def devnet(*arguments: str, data: Path) -> list[str]:
    return [sys.executable, "-m", "strikeproof", "devnet", "up", "--data", str(data), *arguments]


def run(*arguments: str, data: Path, seconds: int = RUN_SECONDS) -> tuple[int, dict[str, Any], str]:
    """Run a devnet to its end; return exit code, JSON report and what it told."""
    done = subprocess.run(
        devnet(*arguments, "--json", data=data),
        capture_output=True,
        text=True,
        timeout=seconds,
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


@dataclass(frozen=True)
class Story:
    """A whole run: deposit, trades, fraud, slash, withdrawal."""

    process: subprocess.Popen[str]
    data: Path

    def end(self) -> tuple[int, dict[str, Any], str]:
        out, told = self.process.communicate(timeout=RUN_SECONDS)
        assert out, told
        return self.process.returncode, json.loads(out.splitlines()[-1]), told


@pytest.fixture(scope="module")
def stories(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Story]]:
    """The runs on both L1s, side by side: most of their time is waiting for windows to end."""
    started = {}
    for l1, fraud in STORIES:
        if l1 == "anvil" and not has_anvil():
            continue
        data = tmp_path_factory.mktemp(l1)
        arguments = devnet(
            *("--l1", l1, "--fraud", fraud, "--until", "withdrawn", "--json"),
            *("--window", str(WINDOW_SECONDS)),
            data=data,
        )
        process = subprocess.Popen(
            arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        started[l1] = Story(process, data)
    yield started
    for story in started.values():
        story.process.terminate()
        story.process.wait(STOP_SECONDS)


@pytest.mark.timeout(RUN_SECONDS + 30)
@pytest.mark.parametrize(
    ("l1", "fraud"), [("embedded", "skipped-maker"), ("anvil", "wrong-balance")]
)
def test_deposit_trades_fraud_slash_and_withdrawal(
    stories: dict[str, Story], l1: str, fraud: str
) -> None:
    if l1 not in stories:
        pytest.skip("anvil is not installed: an optional npm package")
    code, report, told = stories[l1].end()
    assert code == 0, told
    assert_story(report, fraud)
    assert report["l1"] == l1
    assert not children_of(stories[l1].data)


def test_crash_is_worked_off_and_a_lie_about_it_is_disproved(tmp_path: Path) -> None:
    arguments = ["--story", "crash", "--until", "settled", "--window", str(WINDOW_SECONDS)]
    code, report, told = run(*arguments, data=tmp_path / "data")
    assert code == 0, told
    assert report["lie"]["kind"] == "spared-account"
    moments = [f"crash_to_{each}_seconds" for each in ("liquidated", "taken_over", "deleveraged")]
    times = [report[each] for each in moments]
    assert times == sorted(times)
    assert times[0] > 0
    assert report["slashed_to_reproposed_seconds"] > 0


def test_expiry_is_settled_and_lies_about_it_and_a_certificate_are_disproved(
    tmp_path: Path,
) -> None:
    arguments = ["--story", "expiry", "--until", "settled", "--window", str(WINDOW_SECONDS)]
    code, report, told = run(*arguments, data=tmp_path / "data")
    assert code == 0, told
    assert {each["kind"] for each in report["lies"]} == {"wrong-settlement", "wrong-certificate"}
    assert sorted(report["replaced"]) == ["wrong-certificate", "wrong-settlement"]
    assert report["lie"]["kind"] == report["fraud"] == "wrong-settlement"
    assert 0 < report["expired_to_settled_seconds"] <= report["expired_to_paid_out_seconds"]


def test_missed_goal_ends_with_code_1_and_says_what_is_missing(tmp_path: Path) -> None:
    code, report, told = run("--until", "final", "--window", "600", "--timeout", "3", data=tmp_path)
    assert code == 1
    assert not report["ok"]
    assert report["reason"].startswith("not within 3 s: ")
    assert report["reason"] in told
    assert not children_of(tmp_path)


def test_ctrl_c_stops_every_child(tmp_path: Path) -> None:
    with start(tmp_path) as process:
        wait_for_file(tmp_path / "sequencer" / "endpoint")
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=STOP_SECONDS)
    assert process.returncode == 0, out
    assert "stopped" in out
    assert not children_of(tmp_path)


def test_sigterm_while_starting_stops_every_child(tmp_path: Path) -> None:
    with start(tmp_path) as process:
        wait_for_file(tmp_path / "l1.log")
        process.terminate()
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
