"""A venue on an embedded L1 over HTTP, the files of whoever operates it, and the commands."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from click.testing import CliRunner, Result
from eth_account import Account

from strikeproof.cli.main import main
from strikeproof.devnet.embedded_l1 import EmbeddedChain
from strikeproof.devnet.embedded_l1.rpc import Rpc
from strikeproof.keccak import keccak256
from tests.integration.verifier.nodes import HttpL1

CHAIN_ID = 31_337
DELAY_SECONDS = 120
NAMES = ("deployer", "governor", "sequencer", "reporter-0", "reporter-1", "trader", "verifier")
KEYS = {name: keccak256(name.encode()) for name in NAMES}
ADDRESSES = {name: str(Account.from_key(key).address) for name, key in KEYS.items()}
TRANSACTIONS = 19


class OperatedVenue:
    """An L1 on loopback, and the files of a venue on it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        balances = {bytes.fromhex(each[2:]): 10**21 for each in ADDRESSES.values()}
        self.chain = EmbeddedChain(CHAIN_ID, balances)
        self.rpc = Rpc(self.chain, mines_at_once=True)
        self.http = HttpL1(SimpleNamespace(rpc=self.rpc))
        self.write("venue.toml", self.venue_toml())
        self.write("governor.toml", self.operator_toml("governor"))
        self.write("anybody.toml", self.operator_toml("deployer"))

    def venue_toml(self, **changes: str) -> str:
        text = f"""
[l1]
endpoints = ["{self.http.url}"]
chain_id = {CHAIN_ID}
confirmations = 0
[key]
key_env = "KEY_DEPLOYER"
[roles]
sequencer = "{ADDRESSES["sequencer"]}"
governor = "{ADDRESSES["governor"]}"
[terms]
window_seconds = 30
force_inclusion_seconds = 60
grace_seconds = 10
max_lag_seconds = 30
stress_gas_price_wei = 1_000_000_000
exit_seconds = 10
timelock_delay_seconds = {DELAY_SECONDS}
[reporters]
quorum = 2
addresses = ["{ADDRESSES["reporter-0"]}", "{ADDRESSES["reporter-1"]}"]
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
        for old, new in changes.items():
            text = text.replace(old.replace("__", " = "), new)
        return text

    def operator_toml(self, name: str) -> str:
        return f"""
[l1]
endpoints = ["{self.http.url}"]
chain_id = {CHAIN_ID}
deployment = "deployment.json"
[key]
key_env = "KEY_{name.upper().replace("-", "_")}"
"""

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.write_text(text)
        return path

    def sent_by(self, name: str) -> int:
        return self.chain.nonce(bytes.fromhex(ADDRESSES[name][2:]), self.chain.head_number)

    def skip(self, seconds: int) -> None:
        # Blocks mined faster than one a second are ahead of the clock.
        head = int(self.chain.header(self.chain.head_number).timestamp)
        self.chain.skip_time(max(0, head - self.chain.now()) + seconds)
        self.chain.mine()


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(each) for each in arguments], catch_exceptions=False)


def done(*arguments: str | Path) -> dict[str, Any]:
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found
