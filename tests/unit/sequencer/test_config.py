"""Configuration errors name the field."""

from __future__ import annotations

from pathlib import Path

import pytest

from strikeproof.sequencer.config import ConfigInvalid, load_config

SOUND = """
data = "data"
deployment = "deployment.json"
[key]
env = "KEY"
[l1]
endpoints = ["http://127.0.0.1:8545"]
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "sequencer.toml"
    path.write_text(text)
    return path


def test_defaults_and_relative_paths(tmp_path: Path) -> None:
    config = load_config(write(tmp_path, SOUND))
    assert config.data == tmp_path / "data"
    assert config.deployment == tmp_path / "deployment.json"
    assert config.api.port == 7450
    assert config.claims.propose


@pytest.mark.parametrize(
    ("text", "field"),
    [
        (SOUND.replace('data = "data"', ""), "data"),
        (SOUND + "[batch]\nbatch_ms = 60000", "batch.batch_ms"),
        (SOUND + "[api]\nport = 70000", "api.port"),
        (SOUND + "[api]\nprot = 7", "api.prot"),
        (SOUND.replace('["http://127.0.0.1:8545"]', "[]"), "l1.endpoints"),
        (SOUND.replace('env = "KEY"', ""), "key"),
        (SOUND.replace('env = "KEY"', 'env = "KEY"\nkeystore = "x"'), "key"),
        (SOUND + "[claims]\ncheck_ppm = 1000001", "claims.check_ppm"),
        ("data = ", "sequencer.toml"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, field: str) -> None:
    with pytest.raises(ConfigInvalid) as caught:
        load_config(write(tmp_path, text))
    assert field in str(caught.value)


def test_a_misplaced_secret_is_not_repeated(tmp_path: Path) -> None:
    secret = "4c0883a69102937d6231471b5dbb6204fe5129617082792ae468d01a3f362318"
    text = SOUND.replace('env = "KEY"', f'env = "KEY"\nprivate_key = "{secret}"')
    with pytest.raises(ConfigInvalid) as caught:
        load_config(write(tmp_path, text))
    assert "key.private_key" in str(caught.value)
    assert secret not in str(caught.value)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigInvalid, match="No such file"):
        load_config(tmp_path / "none.toml")
