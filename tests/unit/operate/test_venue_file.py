"""Every wrong value of VENUE.toml is reported with its key, before anything is asked of L1."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from strikeproof.config import ConfigInvalid
from strikeproof.deployment import BURST, DeploymentConfig
from strikeproof.operate.venue_file import VenueFileInvalid, load_venue, term_bits
from strikeproof.wire.constants import GovernanceAction

ONE, TWO = "0x" + 20 * "11", "0x" + 20 * "22"
VENUE = f"""
[l1]
endpoints = ["http://127.0.0.1:8545"]
chain_id = 31337
[key]
key_env = "KEY"
[roles]
sequencer = "{ONE}"
governor = "{TWO}"
[terms]
window_seconds = 30
ordered_rate = 14_159_376
[reporters]
quorum = 2
addresses = ["{ONE}", "{TWO}"]
[latency]
slope_factor_ppm = 3_000_000
slope_least_ppm = 5
slope_most_ppm = 1_000
variance_tau_ms = 600_000
[[underlying]]
symbol = "BTC"
[[instrument]]
symbol = "BTC-PERP"
underlying = "BTC"
kind = "PERPETUAL"
tick_value_micro_usd = 500
index_per_tick_nano_usd = 500_000_000
initial_margin_ppm = 50_000
maintenance_margin_ppm = 25_000
maker_fee_ppm = 100
taker_fee_ppm = 450
price_band_ppm = 50_000
min_order_value_micro_usd = 1_000_000
liquidation_fee_ppm = 5_000
house_margin_ppm = 12_500
funding_cap_ppm = 7_500
funding_interest_ppm = 100
funding_tau_ms = 600_000
impact_value_micro_usd = 8_000_000
tier = 0
"""


def load(folder: Path, text: str):
    path = folder / "venue.toml"
    path.write_text(text, "utf-8")
    return load_venue(path)


def test_file_becomes_terms_and_messages(tmp_path: Path):
    venue, config = load(tmp_path, VENUE)
    assert (config.window_seconds, config.ordered_rate) == (30, 14_159_376)
    assert config.inbox_burst == BURST // 8
    assert [each[0] for each in config.governance_messages] == [
        4,
        GovernanceAction.SET_LATENCY,
        1,
        2,
    ]
    assert venue.journal == tmp_path / "deployment.json.journal"
    assert (venue.l1.confirmations, venue.l1.inclusion_seconds) == (12, 600)


def test_terms_are_the_numbers_of_the_law_with_four_families():
    names = term_bits()
    for each in ("ordered_rate", "inbox_rate", "ordered_burst", "inbox_burst"):
        assert each in names
    assert set(names) < {each.name for each in fields(DeploymentConfig)}
    assert "law" not in names and "sequencer" not in names


WRONG = [
    # what is replaced, by what, the key that is named
    ("chain_id = 31337", "chain_id = 0", "l1.chain_id"),
    ("chain_id = 31337", 'chain_id = "x"', "l1.chain_id"),
    ("chain_id = 31337", "chain_id = 31337.5", "l1.chain_id"),
    ("chain_id = 31337", "", "l1.chain_id"),
    ("chain_id = 31337", "chain_id = 31337\nconfirmations = -1", "l1.confirmations"),
    ("chain_id = 31337", "chain_id = 31337\nconfirmations = 1.5", "l1.confirmations"),
    ("chain_id = 31337", "chain_id = 31337\ninclusion_seconds = 0", "l1.inclusion_seconds"),
    ("chain_id = 31337", "chain_id = 31337\ninclusion_seconds = inf", "l1.inclusion_seconds"),
    ("chain_id = 31337", "chain_id = 31337\ninclusion_seconds = nan", "l1.inclusion_seconds"),
    ("chain_id = 31337", "chain_id = 31337\ntimeout_seconds = -1", "l1.timeout_seconds"),
    ("chain_id = 31337", "chain_id = 31337\ncolour = 1", "l1.colour"),
    ('endpoints = ["http://127.0.0.1:8545"]', "endpoints = []", "l1.endpoints"),
    ('endpoints = ["http://127.0.0.1:8545"]', 'endpoints = "http://x"', "l1.endpoints"),
    ('endpoints = ["http://127.0.0.1:8545"]', "endpoints = [1]", "l1.endpoints"),
    ('endpoints = ["http://127.0.0.1:8545"]', 'endpoints = ["127.0.0.1:8545"]', "l1.endpoints"),
    ('endpoints = ["http://127.0.0.1:8545"]', 'endpoints = ["ftp://x"]', "l1.endpoints"),
    ('key_env = "KEY"', "", "key"),
    ('key_env = "KEY"', 'key_env = "KEY"\nkeystore = "k.json"', "key"),
    ('key_env = "KEY"', 'key = "0x00"', "key.key"),
    ('key_env = "KEY"', "key_env = 5", "key.key_env"),
    ('key_env = "KEY"', 'keystore = "k.json"', "key"),
    (f'sequencer = "{ONE}"', "", "roles.sequencer"),
    (f'sequencer = "{ONE}"', 'sequencer = "0x12"', "roles.sequencer"),
    (f'sequencer = "{ONE}"', f'sequencer = "{ONE[2:]}"', "roles.sequencer"),
    (f'sequencer = "{ONE}"', f'sequencer = "0x{40 * "0"}"', "roles.sequencer"),
    (f'sequencer = "{ONE}"', "sequencer = 5", "roles.sequencer"),
    (f'governor = "{TWO}"', 'governor = "vitalik.eth"', "roles.governor"),
    (f'governor = "{TWO}"', f'governor = "{TWO}"\ntoken = "USDC"', "roles.token"),
    (f'governor = "{TWO}"', f'governor = "{TWO}"\nowner = "{TWO}"', "roles.owner"),
    ("window_seconds = 30", "window_seconds = -1", "terms.window_seconds"),
    ("window_seconds = 30", "window_seconds = 30.5", "terms.window_seconds"),
    ("window_seconds = 30", "window_seconds = true", "terms.window_seconds"),
    ("window_seconds = 30", 'window_seconds = "7 days"', "terms.window_seconds"),
    ("window_seconds = 30", "window_seconds = 18_446_744_073_709_551_616", "terms.window_seconds"),
    ("window_seconds = 30", "ordered_burst = 18_446_744_073_709_551_616", "terms.ordered_burst"),
    ("window_seconds = 30", "inbox_rate = 4_294_967_296", "terms.inbox_rate"),
    ("window_seconds = 30", "stress_gas_price_wei = 0x" + 33 * "f", "terms.stress_gas_price_wei"),
    ("window_seconds = 30", "inbox_fee_per_mega_wei = -1", "terms.inbox_fee_per_mega_wei"),
    ("window_seconds = 30", "segments_per_second = 3", "terms.segments_per_second"),
    ("window_seconds = 30", "max_lag_seconds = 21_601", "terms.max_lag_seconds"),
    ("window_seconds = 30", "force_inclusion_seconds = 1_199", "terms.max_lag_seconds"),
    ("window_seconds = 30", "law = 3", "terms.law"),
    ("quorum = 2", "quorum = 0", "reporters.quorum"),
    ("quorum = 2", "quorum = 3", "quorum"),
    ("quorum = 2", 'quorum = "two"', "reporters.quorum"),
    ("quorum = 2", "", "reporters.quorum"),
    (f'addresses = ["{ONE}", "{TWO}"]', "addresses = []", "reporters.addresses"),
    (f'addresses = ["{ONE}", "{TWO}"]', f'addresses = "{ONE}"', "reporters.addresses"),
    (f'addresses = ["{ONE}", "{TWO}"]', f'addresses = ["{ONE}", "{ONE}"]', "reporters"),
    (f'addresses = ["{ONE}", "{TWO}"]', 'addresses = ["0x12", "0x13"]', "reporters.addresses"),
    ('symbol = "BTC"\n', "", "symbol"),
    ('symbol = "BTC"\n', 'symbol = ""\n', "symbol"),
    ('symbol = "BTC"\n', 'symbol = "BTC"\ncolour = 1\n', "colour"),
    ('symbol = "BTC"\n', "symbol = 5\n", "symbol"),
    ('symbol = "BTC"\n', 'symbol = ["BTC"]\n', "symbol"),
    ('symbol = "BTC"\n', 'symbol = "BTC"\n[[underlying]]\nsymbol = "BTC"\n', "twice"),
    ('symbol = "BTC"\n', 'symbol = "ÐOGE"\n', "symbol"),
    ('underlying = "BTC"', 'underlying = "ETH"', "underlying"),
    ('underlying = "BTC"', "underlying = 1", "underlying"),
    ('underlying = "BTC"', 'underlying = ["BTC"]', "underlying"),
    ('underlying = "BTC"', "", "underlying"),
    ('kind = "PERPETUAL"', 'kind = "SPOT"', "kind"),
    ('kind = "PERPETUAL"', "", "kind"),
    ('kind = "PERPETUAL"', "kind = true", "kind"),
    ("taker_fee_ppm = 450", "taker_fee_ppm = 0.00045", "taker_fee_ppm"),
    ("taker_fee_ppm = 450", "taker_fee_ppm = 900_000_000", "taker_fee_ppm"),
    ("taker_fee_ppm = 450", "", "taker_fee_ppm"),
    ("taker_fee_ppm = 450", "taker_fee_ppm = 450\nfee = 1", "fee"),
    ("tick_value_micro_usd = 500", "tick_value_micro_usd = 0", "tick_value_micro_usd"),
    ("tick_value_micro_usd = 500", "tick_value_micro_usd = []", "tick_value_micro_usd"),
    ("tick_value_micro_usd = 500", "tick_value_micro_usd = 1979-05-27", "tick_value_micro_usd"),
    ("[roles]", "[rolls]", "roles"),
    ("[terms]", "[[terms]]", "terms"),
    ("[[underlying]]", "[underlying]", "underlying"),
    ("[[instrument]]", "[instrument]", "instrument"),
    ("[roles]", 'deployment = "nowhere/deployment.json"\n[roles]', "deployment"),
    ("[roles]", "deployment = 5\n[roles]", "deployment"),
]


@pytest.mark.parametrize(("old", "new", "key"), WRONG, ids=[f"{b} ({c})" for _, b, c in WRONG])
def test_wrong_value_is_reported_by_its_key(tmp_path: Path, old: str, new: str, key: str):
    if new.startswith("deployment ="):  # belongs at the top of the file
        text = new.split("\n")[0] + "\n" + VENUE
    else:
        assert VENUE.count(old) >= 1
        text = VENUE.replace(old, new, 1)
    with pytest.raises((ConfigInvalid, VenueFileInvalid)) as caught:
        load(tmp_path, text)
    told = str(caught.value)
    assert key in told and "venue.toml" in told, told
    assert "\n" not in told, told


@pytest.mark.parametrize(
    "text", ["", "x", "[l1", "\0", "l1 = 5", VENUE + "[l1]\n", VENUE + "x = 1\n"]
)
def test_what_is_no_venue_is_reported(tmp_path: Path, text: str):
    with pytest.raises((ConfigInvalid, VenueFileInvalid)):
        load(tmp_path, text)


def test_file_that_is_missing_a_folder_or_no_text_is_reported(tmp_path: Path):
    for path in (tmp_path / "none.toml", tmp_path):
        with pytest.raises(ConfigInvalid):
            load_venue(path)
    latin = tmp_path / "latin.toml"
    latin.write_bytes(b"symbol = '\xff'")
    with pytest.raises(ConfigInvalid):
        load_venue(latin)


def test_real_chain_needs_a_real_token(tmp_path: Path):
    with pytest.raises(VenueFileInvalid, match=r"roles\.token: chain 1"):
        load(tmp_path, VENUE.replace("31337", "1"))
