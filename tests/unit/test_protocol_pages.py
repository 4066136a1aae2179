"""The worked bytes in docs/protocol and docs/planned are those of the vectors that they name.

An example stands under `<!-- example: FILE | CASE | FIELDS -->`: a block of lines, hex digits
first, then words. Together its digits are the fields of that case, one behind another.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from strikeproof.keccak import keccak256
from strikeproof.verifier.state.reward_commitment import reward_commitment
from strikeproof.wire.constants import SegmentFlag
from strikeproof.wire.errors import Result

ROOT = Path(__file__).resolve().parents[2]
PAGES, PLANNED_PAGES = ROOT / "docs" / "protocol", ROOT / "docs" / "planned"
FOLDERS = (ROOT / "proto" / "vectors", ROOT / "proto" / "planned")
EXAMPLE = re.compile(r"<!-- example: (.+?) \| (.+?) \| (.+?) -->\n```text\n(.*?)```", re.DOTALL)
FIELD = re.compile(r"(\w+)(?:\[(\w+)\])?")


def examples() -> Iterator[tuple[str, str, str, str]]:
    """Yield file, case, fields and text of each example."""
    for page in sorted((*PAGES.glob("*.md"), *PLANNED_PAGES.glob("*.md"))):
        yield from EXAMPLE.findall(page.read_text("utf-8"))


def law_result(case: dict[str, Any]) -> bytes:
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


def bytes_of(case: dict[str, Any], field: str) -> bytes:
    """Return a field of a case, `name`, or `name[key]` of a list of pairs; lists are joined."""
    match = FIELD.fullmatch(field)
    assert match is not None, field
    if match[1] == "law_result":
        return law_result(case)
    value = case[match[1]]
    if match[2]:
        value = dict(value)[match[2]]
    texts = [value] if isinstance(value, str) else value
    return b"".join(bytes.fromhex(each.removeprefix("0x")) for each in texts)


def digits(text: str) -> str:
    return "".join(line.split()[0] for line in text.splitlines())


@pytest.mark.parametrize(("file", "name", "fields", "text"), list(examples()))
def test_example_is_the_vector_that_it_names(file: str, name: str, fields: str, text: str) -> None:
    (path,) = (folder / file for folder in FOLDERS if (folder / file).exists())
    cases = json.loads(path.read_text("utf-8"))["cases"]
    (case,) = [each for each in cases if each["name"] == name]
    assert digits(text) == b"".join(bytes_of(case, each) for each in fields.split(", ")).hex()


def test_pages_have_examples() -> None:
    assert len({file for file, *_ in examples()}) >= 10


def test_challenge_page_has_the_selector_and_a_commitment() -> None:
    page = (PAGES / "challenges.md").read_text("utf-8")
    artifact = json.loads((ROOT / "contracts" / "artifacts" / "Rollup.json").read_text("utf-8"))
    (entry,) = [each for each in artifact["abi"] if each.get("name") == "challenge"]
    types = ",".join(each["type"] for each in entry["inputs"][0]["components"])
    signature = f"challenge(({types}))"
    assert f"    {signature}\n" in page
    assert f"\n{keccak256(signature.encode())[:4].hex()}  " in page
    made = reward_commitment(b"\x44" * 20, b"\x55" * 32, 3, b"\x66" * 32, b"\x77" * 32)
    assert f"\n{made.hex()}  " in page
