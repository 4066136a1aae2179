"""The worked bytes in docs/protocol and docs/planned are those of the vectors that they name.

`make vectors` writes them; what has another length is for a person.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from strikeproof.keccak import keccak256
from strikeproof.verifier.state.reward_commitment import reward_commitment
from tools.vectors.page_examples import digits, example_digits, examples

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "protocol" / "challenges.md"
FOLDERS = (ROOT / "proto" / "vectors", ROOT / "proto" / "planned")


@pytest.mark.parametrize(("file", "name", "fields", "text"), list(examples()))
def test_example_is_the_vector_that_it_names(file: str, name: str, fields: str, text: str) -> None:
    (path,) = (folder / file for folder in FOLDERS if (folder / file).exists())
    cases = json.loads(path.read_text("utf-8"))["cases"]
    (case,) = [each for each in cases if each["name"] == name]
    assert digits(text) == example_digits(case, fields)


def test_pages_have_examples() -> None:
    assert len({file for file, *_ in examples()}) >= 10


def test_challenge_page_has_the_selector_and_a_commitment() -> None:
    page = PAGE.read_text("utf-8")
    artifact = json.loads((ROOT / "contracts" / "artifacts" / "Rollup.json").read_text("utf-8"))
    (entry,) = [each for each in artifact["abi"] if each.get("name") == "challenge"]
    types = ",".join(each["type"] for each in entry["inputs"][0]["components"])
    signature = f"challenge(({types}))"
    assert f"    {signature}\n" in page
    assert f"\n{keccak256(signature.encode())[:4].hex()}  " in page
    made = reward_commitment(b"\x44" * 20, b"\x55" * 32, 3, b"\x66" * 32, b"\x77" * 32)
    assert f"\n{made.hex()}  " in page
