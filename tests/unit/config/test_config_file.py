"""Sections that both nodes and the trader share: same names, same units, same errors."""

from __future__ import annotations

from pathlib import Path

import pytest

from strikeproof.client.trader_config import TraderConfig
from strikeproof.config import ConfigInvalid, Section, load_config
from strikeproof.keystore import KeyUnavailable
from strikeproof.sequencer.config import SequencerConfig
from strikeproof.verifier.config import VerifierConfig

KEY = '[key]\nkey_env = "KEY"\n'
L1 = '[l1]\nendpoints = ["http://127.0.0.1:8545"]\nchain_id = 31337\n'
WHOLE: dict[type[Section], str] = {
    SequencerConfig: f'data_dir = "data"\n{KEY}{L1}deployment = "deployment.json"\n',
    VerifierConfig: f'data_dir = "data"\n{KEY}{L1}rollup = "0x{"11" * 20}"\n',
    TraderConfig: f'endpoint = "127.0.0.1:7450"\n{KEY}{L1}deployment = "deployment.json"\n',
}
NODES = (SequencerConfig, VerifierConfig)


def load(folder: Path, model: type[Section], text: str) -> Section:
    path = folder / "node.toml"
    path.write_text(text)
    return load_config(path, model)


def problem(folder: Path, model: type[Section], text: str) -> str:
    with pytest.raises(ConfigInvalid) as caught:
        load(folder, model, text)
    assert caught.value.path == folder / "node.toml"
    assert str(caught.value) == f"{caught.value.path}: {caught.value.problem}"
    return caught.value.problem


@pytest.mark.parametrize("model", WHOLE)
@pytest.mark.parametrize(
    ("sound", "wrong", "named"),
    [
        (KEY, "[key]\n", "key: "),
        (KEY, KEY + 'keystore = "key.json"\n', "key: "),
        (KEY, '[key]\nkeystore = "key.json"\n', "key: "),
        (KEY, KEY + 'password_env = "PASSWORD"\n', "key: "),
        (KEY, '[key]\nenv = "KEY"\n', "key.env: "),
        ('["http://127.0.0.1:8545"]', "[]", "l1.endpoints: "),
        ("chain_id = 31337", "chain_id = 0", "l1.chain_id: "),
        ("chain_id = 31337", "", "l1.chain_id: "),
    ],
)
def test_wrong_key_and_l1_sections_are_named_alike(
    tmp_path: Path, model: type[Section], sound: str, wrong: str, named: str
) -> None:
    assert problem(tmp_path, model, WHOLE[model].replace(sound, wrong)).startswith(named)


@pytest.mark.parametrize("model", NODES)
@pytest.mark.parametrize(
    ("section", "named"),
    [
        ("[fees]\nmax_fee_wei = 1", "fees.max_fee_wei: "),
        ("[fees]\nmax_fee_gwei = 0", "fees.max_fee_gwei: "),
        ("[fees]\nmax_fee_gwei = 0.5", "fees: "),
        ("[fees]\npriority_fee_gwei = 0.0000000001", "fees.priority_fee_gwei: "),
        ("[metrics]\nport = 0", "metrics.port: "),
        ('[log]\nlevel = "loud"', "log.level: "),
    ],
)
def test_wrong_sections_of_nodes_are_named_alike(
    tmp_path: Path, model: type[Section], section: str, named: str
) -> None:
    assert problem(tmp_path, model, WHOLE[model] + section).startswith(named)


@pytest.mark.parametrize("model", NODES)
def test_agreement_of_more_endpoints_than_there_are_is_refused(
    tmp_path: Path, model: type[Section]
) -> None:
    text = WHOLE[model].replace("chain_id", "agreement = 2\nchain_id")
    assert "agreement 2 of 1 endpoints" in problem(tmp_path, model, text)


@pytest.mark.parametrize("model", NODES)
def test_fees_are_exact_to_the_wei(tmp_path: Path, model: type[SequencerConfig]) -> None:
    fees = "[fees]\npriority_fee_gwei = 0.000000001\nmax_fee_gwei = 123456789.123456789\n"
    config = load(tmp_path, model, WHOLE[model] + fees)
    assert isinstance(config, NODES)
    policy = config.fees.policy(config.l1.confirmations)
    assert policy.priority_fee_wei == 1
    assert policy.max_fee_cap_wei == 123_456_789_123_456_789
    assert policy.confirmations == 12


@pytest.mark.parametrize("model", WHOLE)
def test_a_misplaced_secret_is_not_repeated(tmp_path: Path, model: type[Section]) -> None:
    secret = "4c0883a69102937d6231471b5dbb6204fe5129617082792ae468d01a3f362318"
    told = problem(tmp_path, model, WHOLE[model].replace(KEY, f'{KEY}private_key = "{secret}"\n'))
    assert told.startswith("key.private_key: ")
    assert secret not in told


@pytest.mark.parametrize("model", WHOLE)
def test_paths_are_relative_to_the_file(tmp_path: Path, model: type[Section]) -> None:
    section = '[key]\nkeystore = "key.json"\npassword_file = "/run/password"\n'
    config = load(tmp_path, model, WHOLE[model].replace(KEY, section))
    assert isinstance(config, SequencerConfig | VerifierConfig | TraderConfig)
    assert config.key is not None
    assert config.key.keystore == tmp_path / "key.json"
    assert config.key.password_file == Path("/run/password")


def test_an_unset_variable_is_named_when_the_key_is_needed(tmp_path: Path) -> None:
    text = WHOLE[SequencerConfig].replace('"KEY"', '"NO_SUCH_KEY_HERE"')
    config = load(tmp_path, SequencerConfig, text)
    assert isinstance(config, SequencerConfig)
    with pytest.raises(KeyUnavailable, match="NO_SUCH_KEY_HERE"):
        config.key.signer()


def test_a_missing_file_and_bad_toml_are_reported(tmp_path: Path) -> None:
    with pytest.raises(ConfigInvalid, match="No such file"):
        load_config(tmp_path / "none.toml", SequencerConfig)
    assert "line 1" in problem(tmp_path, SequencerConfig, "data_dir = x\n")


def test_overrides_replace_top_level_fields(tmp_path: Path) -> None:
    path = tmp_path / "node.toml"
    path.write_text(WHOLE[VerifierConfig])
    assert load_config(path, VerifierConfig, mode="defend").mode == "defend"
    assert load_config(path, VerifierConfig, mode=None).mode == "observe"
    path.write_text(WHOLE[VerifierConfig].replace(KEY, ""))
    with pytest.raises(ConfigInvalid, match="needs a key"):
        load_config(path, VerifierConfig, mode="defend")
