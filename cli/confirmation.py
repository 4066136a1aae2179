"""A question before what cannot be undone; without anybody to ask, `--yes` is the answer."""

from __future__ import annotations

import sys

import click


def confirm(question: str, *, yes: bool, as_json: bool) -> None:
    """Go on if `yes`, or if whoever sits at the terminal says so; end the command otherwise."""
    if yes:
        return
    if as_json or not sys.stdin.isatty():
        raise click.UsageError(f"{question} There is nobody to ask: give --yes")
    click.confirm(question, abort=True)
