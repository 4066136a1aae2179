"""The configuration files of the devnet's nodes and of the trader `you`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from strikeproof.deployment import Deployment
from strikeproof.devnet.l1_node import BLOCK_SECONDS
from strikeproof.devnet.seeded_keys import Keys, save_password

SEQUENCER_FILE = "sequencer.toml"
VERIFIER_FILE = "verifier.toml"
TRADER_FILE = "trader.toml"
EXIT_FILE = "exit.toml"
DEPLOYMENT_FILE = "deployment.json"
BATCH_MS = 3_000


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where everything listens."""

    l1_url: str
    api: str
    """The address of the sequencer's API."""
    sequencer_metrics_port: int
    verifier_metrics_port: int
    gateway_port: int
    """The port of the web page and of JSON."""
    evidence_port: int
    """The port where the verifier serves evidence."""
    standbys: tuple[tuple[str, str], ...] = ()
    """Name and API of every standby sequencer."""
    etcd: tuple[str, ...] = ()

    @property
    def page(self) -> str:
        """The address of the venue's page."""
        return f"http://127.0.0.1:{self.gateway_port}"

    @property
    def evidence(self) -> str:
        """The address of the verifier's evidence."""
        return f"http://127.0.0.1:{self.evidence_port}"

    @property
    def apis(self) -> list[str]:
        """Where clients reach the venue: every node's API."""
        return [self.api, *(api for _, api in self.standbys)]


@dataclass(frozen=True, slots=True)
class NodeFiles:
    """The folder of one devnet."""

    root: Path

    @property
    def deployment(self) -> Path:
        """Where the contracts are."""
        return self.root / DEPLOYMENT_FILE

    @property
    def sequencer(self) -> Path:
        """The sequencer's configuration."""
        return self.root / SEQUENCER_FILE

    def node(self, name: str) -> Path:
        """Return the configuration of a sequencer or standby."""
        return self.root / f"{name}.toml"

    @property
    def sequencer_data(self) -> Path:
        """The sequencer's journal and snapshots."""
        return self.root / "sequencer"

    @property
    def is_served(self) -> bool:
        """Whether the sequencer answers: it writes this file then."""
        return (self.sequencer_data / "endpoint").exists()

    @property
    def verifier(self) -> Path:
        """The verifier's configuration."""
        return self.root / VERIFIER_FILE

    @property
    def trader(self) -> Path:
        """The configuration of the trader `you`."""
        return self.root / TRADER_FILE

    @property
    def exit(self) -> Path:
        """The configuration of `strikeproof exit` for the trader `you`."""
        return self.root / EXIT_FILE

    @property
    def lies(self) -> Path:
        """What the lying proposer lied about, once it did."""
        return self.root / "lies.json"

    def log(self, name: str) -> Path:
        """The log of a process."""
        return self.root / f"{name}.log"

    def write(
        self,
        deployment: Deployment,
        endpoints: Endpoints,
        keys: Keys,
        window_seconds: int,
        account: int,
    ) -> None:
        """Write the deployment, the keys and every configuration. `account`: of `you`."""
        folder = self.root / "keys"
        folder.mkdir()
        save_password(folder)
        standbys = [name for name, _ in endpoints.standbys]
        for name in ("sequencer", "verifier", "you", *standbys):
            keys.save(name, folder)
        deployment.save(self.deployment)
        _write(self.trader, _trader(deployment, endpoints, account))
        _write(self.exit, _exit(deployment, endpoints))
        _write(self.verifier, _verifier(deployment, endpoints, window_seconds))
        for name, api in endpoints.standbys:
            _write(self.node(name), _sequencer(deployment, endpoints, name, api))
        _write(self.sequencer, _sequencer(deployment, endpoints, "sequencer", endpoints.api))


def _write(path: Path, text: str) -> None:
    """Write a file whole: the nodes wait for it to appear."""
    temporary = path.with_suffix(".part")
    temporary.write_text(text, "utf-8")
    temporary.replace(path)


def _key(name: str) -> str:
    return f'[key]\nkeystore = "keys/{name}.json"\npassword_file = "keys/password"\n'


def _l1(endpoints: Endpoints, deployment: Deployment) -> str:
    url = json.dumps(endpoints.l1_url)
    return f"[l1]\nendpoints = [{url}]\nchain_id = {deployment.chain_id}"


def _cluster(endpoints: Endpoints, name: str) -> str:
    if not endpoints.etcd:
        return ""
    # Everything shares this machine with everything else: a second of silence means nothing less.
    return f"""\
[cluster]
endpoints = {json.dumps(endpoints.etcd)}
name = {json.dumps(name)}
silence_ms = 1_000
beat_ms = 100

"""


def _sequencer(deployment: Deployment, endpoints: Endpoints, name: str, api: str) -> str:
    host, port = api.rsplit(":", 1)
    metrics = ""
    if name == "sequencer":
        metrics = f"[metrics]\nhost = {json.dumps(host)}\n"
        metrics += f"port = {endpoints.sequencer_metrics_port}\n\n"
    return f"""\
data_dir = {json.dumps(name)}

{_key(name)}
{_l1(endpoints, deployment)}
deployment = "{DEPLOYMENT_FILE}"
poll_seconds = 0.5
confirmations = 2

[fees]
bump_after_blocks = 3

[api]
host = {json.dumps(host)}
port = {port}

{metrics}{_cluster(endpoints, name)}[batch]
batch_ms = {BATCH_MS}

[claims]
bond_max_gwei = 1_000_000_000_000
check_ppm = 1_000_000

[promises]
stake_gwei = 1_000_000_000
stake_max_gwei = 1_000_000_000_000

[node]
snapshot_batches = 100
"""


def _verifier(deployment: Deployment, endpoints: Endpoints, window_seconds: int) -> str:
    return f"""\
data_dir = "verifier"
mode = "defend"

{_l1(endpoints, deployment)}
rollup = "{deployment.rollup}"
first_block = {deployment.first_block}
poll_seconds = 0.5
confirmations = 2

[fees]
bump_after_blocks = 3

{_key("verifier")}
[defend]
urgent_seconds = {max(4 * BLOCK_SECONDS, window_seconds // 4)}
propose_after_seconds = 8

[control]
every_segments = 200
interval_seconds = 10.0

[metrics]
port = {endpoints.verifier_metrics_port}
"""


def _exit(deployment: Deployment, endpoints: Endpoints) -> str:
    return f"""\
data_dir = "exit"

{_l1(endpoints, deployment)}
rollup = "{deployment.rollup}"
first_block = {deployment.first_block}
poll_seconds = 0.5
confirmations = 2

{_key("you")}"""


def _trader(deployment: Deployment, endpoints: Endpoints, account: int) -> str:
    return f"""\
endpoint = {json.dumps(endpoints.apis)}
account = {account}

{_key("you")}
{_l1(endpoints, deployment)}
deployment = "{DEPLOYMENT_FILE}"
"""
