"""The sequencer's file: defaults, bounds, and names of what is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from strikeproof.config import ConfigInvalid, load_config
from strikeproof.sequencer.config import SequencerConfig

SOUND = """
data_dir = "data"
[key]
key_env = "KEY"
[l1]
endpoints = ["http://127.0.0.1:8545"]
chain_id = 1
deployment = "deployment.json"
"""


def load(folder: Path, text: str) -> SequencerConfig:
    path = folder / "sequencer.toml"
    path.write_text(text)
    return load_config(path, SequencerConfig)


def test_defaults_and_relative_paths(tmp_path: Path) -> None:
    config = load(tmp_path, SOUND)
    assert config.data_dir == tmp_path / "data"
    assert config.l1.deployment == tmp_path / "deployment.json"
    assert config.api.port == 7450
    assert config.claims.propose
    assert config.batch.promising(600_000).post_within_ms == 1_800_000
    promised = load(tmp_path, SOUND + "[batch]\npost_within_ms = 500000").batch
    assert promised.promising(600_000).post_within_ms == 500_000


@pytest.mark.parametrize(
    ("text", "field"),
    [
        (SOUND.replace('data_dir = "data"', ""), "data_dir"),
        (SOUND + "[batch]\nbatch_ms = 60000", "batch.batch_ms"),
        (SOUND + "[api]\nport = 70000", "api.port"),
        (SOUND + "[api]\nprot = 7", "api.prot"),
        (SOUND + "[api]\nmetrics_port = 7", "api.metrics_port"),
        (SOUND + "[api.rfq]\nopen_ms_min = 300001", "api.rfq"),
        (SOUND + "[claims]\ncheck_ppm = 1000001", "claims.check_ppm"),
        (SOUND.replace("deployment", "deplyoment"), "l1.deployment"),
        ('data = "data"\n' + SOUND, "data: "),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, field: str) -> None:
    with pytest.raises(ConfigInvalid) as caught:
        load(tmp_path, text)
    assert field in str(caught.value)
