"""Books: many lines of one schema, as CSV with a header or as JSON, one object a line or a list.

Every mistake is reported with its line, all of them at once, and nothing is computed then.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic

from pydantic import ValidationError

from strikeproof.risk.files.json_file import (
    FileFields,
    Model,
    RiskFileError,
    parse_tree,
    problem_of,
)

LINES_MAX: Final = 100_000
PROBLEMS_SHOWN: Final = 50


@dataclass(frozen=True, slots=True)
class Line(Generic[Model]):
    """A checked line and its number in the input; of a JSON list its place, from 1 on."""

    number: int
    content: Model


def is_book(text: str) -> bool:
    """Whether a text holds lines, and not one JSON object."""
    stripped = text.lstrip()
    if not stripped.startswith("{"):
        return True
    try:
        json.loads(stripped)
    except RecursionError:
        return False  # reported by the parser that counts how deep it goes
    except ValueError:
        # Objects one a line; anything else is one object that is wrong, and reported so.
        first, _, rest = stripped.partition("\n")
        return bool(rest.strip()) and _is_object(first)
    return False


def parse_book(text: str, model: type[Model]) -> list[Line[Model]]:
    """Return the checked lines. Raises `RiskFileError` with a line for every mistake."""
    stripped = text.lstrip()
    if stripped.startswith("["):
        rows = _rows_of_list(text)
    elif stripped.startswith("{"):
        rows = _rows_of_objects(text)
    else:
        rows = _rows_of_csv(text, model)
    lines: list[Line[Model]] = []
    problems: list[str] = []
    for number, row in rows:
        if number > LINES_MAX + 1:
            raise RiskFileError([f"line {number}: a book has at most {LINES_MAX:,} lines"])
        if isinstance(row, RiskFileError):
            problems += [f"line {number}: {each}" for each in row.problems]
            continue
        try:
            lines.append(Line(number, model.model_validate(row)))
        except ValidationError as error:
            problems += [f"line {number}: {problem_of(each)}" for each in error.errors()]
    if problems:
        more = len(problems) - PROBLEMS_SHOWN
        raise RiskFileError(
            [*problems[:PROBLEMS_SHOWN], *([f"and {more:,} problems more"] if more > 0 else [])]
        )
    if not lines:
        raise RiskFileError(["the book has no lines"])
    return lines


def format_csv(rows: Sequence[dict[str, Any]]) -> str:
    """Return rows of the same fields as CSV with a header; None is an empty cell."""
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


Rows = Iterator[tuple[int, Any]]


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False


def _rows_of_list(text: str) -> Rows:
    tree = parse_tree(text)
    yield from enumerate(tree, 1)


def _rows_of_objects(text: str) -> Rows:
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            yield number, parse_tree(line)
        except RiskFileError as error:
            yield number, error


def _rows_of_csv(text: str, model: type[FileFields]) -> Rows:
    """Yield each line's cells by column. Raises `RiskFileError` for a wrong header."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    header: list[str] | None = None
    while True:
        start = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield max(start, reader.line_num), RiskFileError([f"not CSV: {error}"])
            return
        if not any(cell.strip() for cell in cells):
            continue
        if header is None:
            header = [cell.strip() for cell in cells]
            _check_header(header, start, model)
        elif len(cells) != len(header):
            count = f"has {len(cells)} cells, but the header {len(header)} columns"
            yield start, RiskFileError([count])
        else:
            yield (
                start,
                {
                    name: cell.strip()
                    for name, cell in zip(header, cells, strict=True)
                    if cell.strip()
                },
            )


def _check_header(header: Sequence[str], number: int, model: type[FileFields]) -> None:
    fields = model.model_fields
    problems = [
        f"line {number}: {name!r} is not a column: {', '.join(fields)}"
        for name in header
        if name not in fields
    ]
    problems += [
        f"line {number}: the column {name!r} is missing"
        for name, field in fields.items()
        if field.is_required() and name not in header
    ]
    problems += [
        f"line {number}: the column {name!r} stands twice"
        for name in dict.fromkeys(header)
        if header.count(name) > 1
    ]
    if problems:
        raise RiskFileError(problems)
