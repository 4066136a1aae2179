"""Processes that the tests fork from a preloaded one are as if an interpreter had started them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from strikeproof.sequencer import crash_point
from tests.preloaded_process import PreloadedProcess, run_python, start_python

PROBE = """
import json, os, random, signal, sys, threading
from strikeproof.sequencer import crash_point
print(json.dumps({
    "arguments": sys.argv[1:], "name": __name__, "word": os.environ.get("PROBE_WORD"),
    "home": os.environ.get("HOME"), "folder": os.getcwd(), "crash": crash_point._name,
    "threads": threading.active_count(), "random": random.random(),
    "files": sorted(int(each) for each in os.listdir("/proc/self/fd")),
    "interrupt": signal.getsignal(signal.SIGINT) is signal.default_int_handler,
    "child": signal.getsignal(signal.SIGCHLD) == signal.SIG_DFL,
    "web3": "web3" in sys.modules, "input": sys.stdin.read(),
}))
print("to standard error", file=sys.stderr)
sys.exit(7)
"""
WAITS = """
import time
print("began", flush=True)
time.sleep(600)
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, with modules `probe` and `waits`, which `-m` finds there."""
    (tmp_path / "probe.py").write_text(PROBE)
    (tmp_path / "waits.py").write_text(WAITS)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def waiting(folder: Path) -> PreloadedProcess:
    """Return a process that has begun, and waits."""
    with (folder / "said").open("w") as output:
        process = start_python("waits", [], stdout=output, stderr=output)
    deadline = time.monotonic() + 60
    while (folder / "said").read_text() != "began\n":
        assert process.poll() is None, (folder / "said").read_text()
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return process


def test_process_has_its_arguments_environment_folder_and_output(folder: Path) -> None:
    environment = {"PROBE_WORD": "a word", crash_point.VARIABLE: "here:2"}
    done = run_python("probe", ["one", "two 2"], env=environment)
    assert (done.returncode, done.stderr) == (7, "to standard error\n")
    found = json.loads(done.stdout)
    first = found.pop("random")
    assert found == {
        "arguments": ["one", "two 2"],
        "name": "__main__",
        "word": "a word",
        "home": None,
        "folder": str(folder),
        "crash": "here",
        "threads": 1,
        "files": [0, 1, 2, 3],  # 3 is the listing's own
        "interrupt": True,
        "child": True,
        "web3": True,
        "input": "",
    }
    again = json.loads(run_python("probe", []).stdout)
    assert again["random"] != first
    assert (again["word"], again["crash"]) == (os.environ.get("PROBE_WORD"), "")


def test_process_that_raises_says_so_and_fails(folder: Path) -> None:
    (folder / "raises.py").write_text("raise ValueError('on purpose')")
    done = run_python("raises", [])
    assert done.returncode == 1
    assert "ValueError: on purpose" in done.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_signal_ends_a_process_with_the_status_of_popen(
    folder: Path, number: signal.Signals
) -> None:
    process = waiting(folder)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0.01)
    process.send_signal(number)
    assert process.wait(60) == -number
    assert process.poll() == process.returncode == -number
    process.kill()  # it is gone: nothing happens, to nobody
    assert not Path(f"/proc/{process.pid}").exists(), "not reaped"


def test_processes_end_in_any_order(folder: Path) -> None:
    first, second = waiting(folder), waiting(folder)
    second.kill()
    assert second.wait(60) == -signal.SIGKILL
    assert first.poll() is None
    first.terminate()
    assert first.wait(60) == -signal.SIGTERM
