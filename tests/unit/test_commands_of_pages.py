"""Every `strikeproof …` that a page has people type exists, with its options and arguments."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Final

import click
import pytest

from strikeproof.cli.main import main

ROOT = Path(__file__).parents[2]
PAGES: Final = (
    *(ROOT / "docs").glob("start/*.md"),
    *(ROOT / "docs").glob("*.md"),
    *(ROOT / "docs").glob("runbooks/*.md"),
    *(ROOT / "docs").glob("risk-tools/*.md"),
    ROOT / "README.md",
)
COMMAND: Final = re.compile(r"^(?:\$ )?(?:[A-Z_]+=\S+ )*(?:\.venv/bin/)?strikeproof (.*)$")
END: Final = ("#", "|", "&", ">", "<", "2>", ">>", ";", "&&", "||")
OPEN: Final = re.compile(r"\.\.\.|…|\[|\{")  # a line that leaves something open


def commands_of(page: Path) -> list[str]:
    """Return what is typed in the page's code blocks, behind `strikeproof`."""
    found: list[str] = []
    is_code = False
    text = page.read_text("utf-8").replace("\\\n", " ")
    for line in text.splitlines():
        if line.lstrip().startswith("```"):
            is_code = not is_code
        elif (is_code or line.startswith("    ")) and (each := COMMAND.match(line.strip())):
            found.append(each[1])
    return found


def words_of(command: str) -> list[str]:
    words: list[str] = []
    for each in shlex.split(command, comments=True):
        if each in END or each[0] in "<>":
            break
        words.append(each)
    return words


def mistakes(command: str) -> str:
    """Return what is wrong with a command, nothing if it could be run."""
    words, context = words_of(command), click.Context(main)
    found: click.Command = main
    while isinstance(found, click.Group) and words and not words[0].startswith("-"):
        name, *rest = words
        below = found.get_command(context, name)
        if below is None and context.info_name == "audit":  # `audit OP` names no command
            return ""
        if below is None:
            return f"no command {name}"
        found, words, context = below, rest, click.Context(below, parent=context, info_name=name)
        if isinstance(found, click.Group):  # `trade --config FILE place`
            words, problem = left_by(found, context, words)
            if problem:
                return problem
    if isinstance(found, click.Group) or "--help" in words:
        return ""
    surplus, problem = left_by(found, context, words)
    return problem or (f"too many: {surplus}" if surplus else "")


def left_by(
    command: click.Command, context: click.Context, words: list[str]
) -> tuple[list[str], str]:
    """Return the words that a command does not take, and what it says against the others; what is
    left out does not count."""
    try:
        _, left, _ = command.make_parser(context).parse_args(list(words))
    except click.UsageError as error:
        return [], "" if "Missing" in str(error) else str(error.message)
    return left, ""


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_exist_with_their_options(page: Path) -> None:
    wrong = [
        (each, found)
        for each in commands_of(page)
        if not OPEN.search(each) and (found := mistakes(each))
    ]
    assert wrong == []


def test_commands_are_found_and_mistakes_reported() -> None:
    assert sum(len(commands_of(page)) for page in PAGES) > 60
    assert mistakes("reporter run reporter.toml 2> log &") == ""
    assert mistakes("trade --config x.toml place BTC-PERP buy 5 100000 --tif ioc") == ""
    assert "No such option" in mistakes("reporter run --config reporter.toml")
    assert "no command" in mistakes("reporter start reporter.toml")
    assert "too many" in mistakes("reporter run a.toml b.toml")
