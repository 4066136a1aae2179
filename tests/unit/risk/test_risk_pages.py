"""The pages of the risk tools show what the commands print: each is run again and compared."""

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from strikeproof.cli.main import main

ROOT = Path(__file__).resolve().parents[3]
PAGES = sorted((ROOT / "docs" / "risk-tools").glob("*.md"))
SESSION = re.compile(r"^```console\n\$ (strikeproof .+)\n((?:(?!```).*\n)*)```", re.MULTILINE)
SEARCHED = "risk fit "  # its last digits are those of the machine's floats


def sessions():
    return [
        pytest.param(command, shown, id=f"{page.stem}-{number}")
        for page in PAGES
        for number, (command, shown) in enumerate(SESSION.findall(page.read_text("utf-8")))
    ]


def test_every_page_shows_something():
    assert len(sessions()) >= 11
    for page in PAGES:
        assert page.stem == "README" or SESSION.search(page.read_text("utf-8")), page


@pytest.mark.parametrize(("command", "shown"), sessions())
def test_a_command_prints_what_its_page_shows(command, shown, monkeypatch):
    monkeypatch.chdir(ROOT)
    line, _, source = command.partition(" < ")
    stdin = (ROOT / source).read_text("utf-8") if source else ""
    result = CliRunner().invoke(main, shlex.split(line)[1:], stdin)
    assert result.exit_code == 0, result.output
    found = [each.rstrip() for each in result.stdout.rstrip().splitlines()]
    expected = shown.rstrip().splitlines()
    if SEARCHED in command:
        assert len(found) == len(expected)
        found, expected = [found[0], found[-1]], [expected[0], expected[-1]]
    assert found == expected
