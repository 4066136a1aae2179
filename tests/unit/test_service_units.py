"""The systemd units start commands that exist, and stop nodes as they can be stopped."""

from __future__ import annotations

import configparser
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest

from strikeproof.cli.main import main
from strikeproof.cli.sequencer import EXIT_REJECTED
from strikeproof.cli.trade_session import TradeExitCode
from strikeproof.verifier.exit_code import ExitCode

FOLDER = Path(__file__).parents[2] / "docs/examples/systemd"
PROGRAM = "/opt/strikeproof/bin/strikeproof"
UNITS = sorted(FOLDER.glob("*.service"))
WRONG_CONFIGURATION = {
    "sequencer": EXIT_REJECTED,
    "verifier": ExitCode.USAGE,
    "reporter": TradeExitCode.REFUSED,
}


def service(path: Path) -> configparser.SectionProxy:
    parser = configparser.ConfigParser(interpolation=None, strict=True)
    parser.optionxform = str  # type: ignore[method-assign,assignment]
    parser.read_string(path.read_text("utf-8"))
    return parser["Service"]


def test_each_node_has_a_unit() -> None:
    assert [each.stem for each in UNITS] == [
        "strikeproof-reporter@",
        "strikeproof-sequencer",
        "strikeproof-verifier",
    ]


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_command_exists_and_takes_these_arguments(unit: Path, tmp_path: Path) -> None:
    program, *arguments = service(unit)["ExecStart"].split()
    assert program == PROGRAM
    config = tmp_path / "node.toml"
    config.write_text("")
    given = [str(config) if each.endswith(".toml") else each for each in arguments]
    context = click.Context(main)
    command: click.Command = main
    for name in given[:2]:
        assert isinstance(command, click.Group)
        found = command.get_command(context, name)
        assert found is not None, name
        command = found
    command.make_context(command.name, given[2:])  # a wrong option raises


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_wrong_configuration_is_not_started_again_and_everything_else_is(unit: Path) -> None:
    section = service(unit)
    node = section["ExecStart"].split()[1]
    assert section["Restart"] == "on-failure"
    assert section["RestartPreventExitStatus"].split() == [str(int(WRONG_CONFIGURATION[node]))]
    assert int(section["TimeoutStopSec"]) > 10, "the node itself ends within ten seconds"
    assert section["KillMode"] == "mixed", "children end when their parent has flushed"


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_systemd_finds_nothing_wrong(unit: Path, tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("NOT TESTED: systemd units: there is no systemd-analyze")
    copy = tmp_path / unit.name
    copy.write_text(unit.read_text("utf-8").replace(PROGRAM, sys.executable))
    result = subprocess.run(
        ["systemd-analyze", "verify", str(copy)], capture_output=True, text=True, timeout=60
    )
    ours = [each for each in result.stderr.splitlines() if "strikeproof" in each]
    assert ours == []
