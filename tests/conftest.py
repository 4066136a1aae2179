"""Settings of all tests, and the command that replays a failing random test."""

from __future__ import annotations

import os
import re
import shlex
import sys
from collections.abc import Generator, Iterator
from typing import Any, Final

import pytest
import structlog
from hypothesis import __version__ as hypothesis_version
from hypothesis import reproduce_failure, settings

from strikeproof import compiled_engine

# No deadline: the machine is shared. CI draws the same examples every time, so that it judges the
# change and not its luck; `make fuzz` explores.
settings.register_profile(
    "strikeproof", deadline=None, print_blob=True, derandomize="CI" in os.environ
)
settings.load_profile("strikeproof")

BLOB = re.compile(r"@reproduce_failure\('[^']+', b'([^']*)'\)")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--replay", metavar="BLOB", help="run this example of a property test alone")


@pytest.fixture(autouse=True)
def logging_as_it_comes() -> Iterator[None]:
    """Undo what a command set in this process: its level hides warnings from later tests."""
    yield
    structlog.reset_defaults()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say which engine was tested, if any was."""
    if "strikeproof.sequencer.core" in sys.modules:
        terminalreporter.write_line(f"engine: {compiled_engine.engine_build()}")


# Files that take longest, seconds on a worker: they start first, so that none of them is what the
# others wait for at the end. `make test ARGS=--durations=150` shows what has changed.
LONGEST: Final = {
    "tests/simulation/test_campaign.py": 360,
    "tests/agreement/test_agreement.py": 250,
    "tests/integration/sequencer/test_recover.py": 160,
    "tests/integration/devnet/test_end_to_end.py": 150,
    "tests/integration/verifier/test_real_law.py": 140,
    "tests/integration/sequencer/test_crash.py": 110,
    "tests/property/core/test_engine_machine.py": 90,
    "tests/contracts/test_rollup_rings.py": 75,
    "tests/integration/sequencer/test_two_sequencers.py": 70,
    "tests/integration/sequencer/test_disk_trouble.py": 55,
    "tests/integration/cluster/test_cluster_on_l1.py": 55,
    "tests/integration/sequencer/test_reorganization.py": 50,
    "tests/integration/sequencer/test_flood.py": 45,
    "tests/integration/sequencer/test_child_processes.py": 40,
}
# No two tests of these share a fixture: workers take them one by one.
DIVISIBLE: Final = frozenset({"tests/simulation/test_campaign.py"})


@pytest.hookimpl(optionalhook=True)  # `make unit` runs without xdist
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Keep a file on one worker, so that its fixtures are made once, but for divisible ones."""
    from xdist.scheduler import LoadFileScheduling

    class Scheduling(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = str(super()._split_scope(nodeid))
            return nodeid if file in DIVISIBLE else file

    return Scheduling(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with the longest files; with --replay, run a blob's example in place of random ones."""
    items.sort(key=lambda item: -LONGEST.get(item.nodeid.partition("::")[0], 0))
    if not (blob := config.getoption("replay")):
        return
    for item in items:
        assert isinstance(item, pytest.Function)
        test = getattr(item.obj, "__func__", item.obj)
        machine = getattr(test, "_hypothesis_state_machine_class", test)
        reproduce_failure(hypothesis_version, blob.encode())(machine)


def failing_blobs(error: BaseException) -> Iterator[str]:
    """Yield the blobs that hypothesis noted on an error and on those in its group."""
    for note in getattr(error, "__notes__", ()):
        yield from BLOB.findall(note)
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            yield from failing_blobs(inner)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[Any]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add the command that replays a failing random test to its report."""
    report = yield
    if call.excinfo is not None:
        lines = [
            f"replay: make replay TEST={shlex.quote(item.nodeid)} BLOB={shlex.quote(blob)}"
            for blob in failing_blobs(call.excinfo.value)
        ]
        if "seed" in getattr(getattr(item, "callspec", None), "params", ()):
            lines.append(f"replay: make unit FILE={shlex.quote(item.nodeid)}")
        if lines:
            report.sections.append(("replay", "\n".join(lines)))
    return report
