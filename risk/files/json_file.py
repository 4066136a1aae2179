"""Risk files: JSON with exact numbers, checked against a schema, errors that name the field."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, NoReturn, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from strikeproof.failure import Rejected
from strikeproof.wire.errors import FailureCode

Model = TypeVar("Model", bound="FileFields")
DEPTH_MAX: Final = 32
BYTES_MAX: Final = 64 << 20  # = 67,108,864: a device would never end
STDIN: Final = Path("-")
_STRING: Final = re.compile(r'"(?:[^"\\]|\\.)*"')
_BRACKET: Final = re.compile(r"[\[\]{}]")


class RiskFileError(Rejected):
    """A risk file that cannot be used. `problems` are lines "field: what is wrong with it"."""

    code = FailureCode.RISK_FILE_ERROR

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


class FileFields(BaseModel):
    """An object of a risk file: its fields are all there is, none is missing, none is unknown."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


def read_section(path: Path, model: type[Model]) -> Model:
    """Return the checked content of a file, or of standard input for "-". Raises `RiskFileError`
    that names every wrong field."""
    return parse_section(read_text(path), model)


def read_text(path: Path) -> str:
    """Return the text of a file, or of standard input for "-". Raises `RiskFileError`."""
    try:
        if path == STDIN:
            if sys.stdin is None:
                raise RiskFileError(["-: standard input is closed"])
            data = sys.stdin.buffer.read(BYTES_MAX + 1)
        else:
            with path.open("rb") as file:
                data = file.read(BYTES_MAX + 1)
        if len(data) > BYTES_MAX:
            raise RiskFileError([f"{path}: has more than {BYTES_MAX:,} bytes"])
        return data.decode("utf-8-sig")
    except (OSError, ValueError) as error:
        raise RiskFileError([f"{path}: {error}"]) from error


def parse_section(text: str, model: type[Model]) -> Model:
    """Return the checked content of a JSON text. Raises `RiskFileError`."""
    tree = parse_tree(text)
    try:
        return model.model_validate(tree)
    except ValidationError as error:
        raise RiskFileError([problem_of(each) for each in error.errors()]) from error


def parse_tree(text: str) -> Any:
    """Return a JSON text as a tree whose numbers are exact. Raises `RiskFileError`."""
    if not text.strip():
        raise RiskFileError(["the input is empty"])
    if _depth(text) > DEPTH_MAX:
        raise RiskFileError(["the file is nested too deeply"])
    try:
        return json.loads(
            text,
            parse_float=Decimal,
            parse_int=Decimal,
            parse_constant=_refuse_constant,
            object_pairs_hook=_object_of_pairs,
        )
    except ValueError as error:
        raise RiskFileError([f"not JSON: {error}"]) from error


def _depth(text: str) -> int:
    """Return how deep arrays and objects nest. The parser recurses in C and must not judge that."""
    depth = deepest = 0
    for bracket in _BRACKET.findall(_STRING.sub("", text)):
        depth += 1 if bracket in "[{" else -1
        deepest = max(deepest, depth)
    return deepest


def _object_of_pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return the pairs as a dictionary; a name that stands twice is an error, not a choice."""
    tree = dict(pairs)
    if len(tree) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the field {twice!r} stands twice in one object")
    return tree


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number of JSON")


def problem_of(error: Any) -> str:
    """Return "field.path[2].name: what is wrong" of one of pydantic's errors."""
    path = ""
    for part in error["loc"]:
        if isinstance(part, int):
            path += f"[{part}]"
        else:
            path += f".{part}" if path else str(part)
    message = str(error["msg"])
    if error["type"] == "missing":
        message = "is missing"
    elif error["type"] == "extra_forbidden":
        message = "is not a field of the schema"
    return f"{path or 'the file'}: {message.removeprefix('Value error, ')}"
