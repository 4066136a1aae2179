"""The one command: complete help without importing a group, and every group usable."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from strikeproof import __version__
from strikeproof.cli.main import GROUPS, main

COMMANDS = Path(__file__).resolve().parents[2] / "cli"
PRESENT = sorted(path.stem for path in COMMANDS.glob("*.py") if path.stem in GROUPS)


def test_help_lists_every_group_that_exists() -> None:
    output = CliRunner().invoke(main, ["--help"]).output
    assert [name for name in GROUPS if f"\n  {name} " in output] == [
        name for name in GROUPS if name in PRESENT
    ]


def test_help_imports_no_group_and_no_heavy_library() -> None:
    program = (
        "import sys; from click.testing import CliRunner; from strikeproof.cli.main import main;"
        "assert CliRunner().invoke(main, ['--help']).exit_code == 0;"
        "loaded = {name.partition('.')[0] for name in sys.modules};"
        "heavy = loaded & {'web3', 'eth', 'grpc', 'numpy', 'matplotlib', 'rich', 'asyncio'};"
        "groups = [name for name in sys.modules if name.startswith('strikeproof.cli.')];"
        "groups.remove('strikeproof.cli.main');"
        "assert not heavy and not groups, (heavy, groups)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_version_is_that_of_the_package() -> None:
    assert __version__ in CliRunner().invoke(main, ["--version"]).output


def test_unknown_group_is_refused() -> None:
    result = CliRunner().invoke(main, ["nonsense"])
    assert result.exit_code == 2
    assert "nonsense" in result.output


@pytest.mark.parametrize("name", PRESENT)
def test_group_has_help(name: str) -> None:
    result = CliRunner().invoke(main, [name, "--help"])
    assert result.exit_code == 0, result.output
