"""The configuration files that docs/operating.md shows are read without a complaint."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from strikeproof.config import Section, load_config
from strikeproof.sequencer.config import SequencerConfig
from strikeproof.verifier.config import VerifierConfig

PAGE = Path(__file__).parents[3] / "docs/operating.md"


@pytest.mark.parametrize(
    ("title", "schema"),
    [("A sequencer", SequencerConfig), ("A verifier, a watchtower", VerifierConfig)],
)
def test_file_of_the_page_is_a_configuration(
    title: str, schema: type[Section], tmp_path: Path
) -> None:
    section = PAGE.read_text("utf-8").split(f"\n## {title}\n")[1].split("\n## ")[0]
    shown = re.search(r"^```toml\n(.*?)^```", section, re.DOTALL | re.MULTILINE)
    assert shown is not None
    file = tmp_path / "node.toml"
    file.write_text(shown[1].replace("0x…", "0x" + "11" * 20), "utf-8")
    load_config(file, schema)
