"""The worked bytes of docs/protocol and docs/planned: fields of the vectors that they name.

An example stands under `<!-- example: FILE | CASE | FIELDS -->`: a block of lines, hex digits
first, then words. Together its digits are the fields of that case, one behind another.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from strikeproof.wire.constants import SegmentFlag
from strikeproof.wire.errors import Result

_ROOT: Final = Path(__file__).resolve().parents[2]
PAGES: Final = (_ROOT / "docs" / "protocol", _ROOT / "docs" / "planned")
_EXAMPLE = re.compile(r"<!-- example: (.+?) \| (.+?) \| (.+?) -->\n```text\n(.*?)```", re.DOTALL)
_FIELD = re.compile(r"(\w+)(?:\[(\w+)\])?")

CasesOf = Callable[[str], list[dict[str, Any]]]
"""The cases of a file of vectors, by its name."""


def pages() -> list[Path]:
    """Return the pages that may have examples."""
    return sorted(page for folder in PAGES for page in folder.glob("*.md"))


def examples() -> Iterator[tuple[str, str, str, str]]:
    """Yield file, case, fields and text of each example."""
    for page in pages():
        yield from _EXAMPLE.findall(page.read_text("utf-8"))


def example_digits(case: dict[str, Any], fields: str) -> str:
    """Return the hex digits of an example: the fields of a case, one behind another."""
    return b"".join(_bytes_of(case, each) for each in fields.split(", ")).hex()


def digits(text: str) -> str:
    """Return the hex digits that an example's text shows."""
    return "".join(line.split()[0] for line in text.splitlines())


def refreshed(page: str, cases_of: CasesOf) -> str:
    """Return a page whose examples show what the vectors hold, in the lines that they have.

    An example whose length has changed stays as it is: its lines and words want a person.
    """

    def replacement(match: re.Match[str]) -> str:
        file, name, fields, text = match.groups()
        (case,) = [each for each in cases_of(file) if each["name"] == name]
        wanted, shown = example_digits(case, fields), digits(text)
        if len(wanted) != len(shown):
            return match[0]
        lines, at = [], 0
        for line in text.splitlines(keepends=True):
            length = len(line.split()[0])
            lines.append(wanted[at : at + length] + line[length:])
            at += length
        return match[0][: match.start(4) - match.start()] + "".join(lines) + "```"

    return _EXAMPLE.sub(replacement, page)


def _law_result(case: dict[str, Any]) -> bytes:
    """Return what `execute` answers for the case of a segment."""
    results = bytes(Result[name] for name in case["results"])
    changed = b"".join(
        bytes.fromhex(key[2:]) + bytes((len(record) // 64,)) + bytes.fromhex(record[2:])
        for key, record in case["changed"]
    )
    head = len(case["touched"]).to_bytes(2, "big") + len(case["advice"]).to_bytes(2, "big")
    weights = case["compute_weight"].to_bytes(4, "big") + case["witness_weight"].to_bytes(4, "big")
    weights += bytes((SegmentFlag.VOID * case["is_void"],))
    return head + weights + len(results).to_bytes(2, "big") + results + changed


def _bytes_of(case: dict[str, Any], field: str) -> bytes:
    """Return a field of a case, `name`, or `name[key]` of a list of pairs; lists are joined."""
    match = _FIELD.fullmatch(field)
    assert match is not None, field
    if match[1] == "law_result":
        return _law_result(case)
    value = case[match[1]]
    if match[2]:
        value = dict(value)[match[2]]
    texts = [value] if isinstance(value, str) else value
    return b"".join(bytes.fromhex(each.removeprefix("0x")) for each in texts)
