"""An L1 of its own process with a deployed venue, and sequencers that run on it as processes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
import tomllib
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, Any, Literal, TypeAlias

import grpc
from eth_account import Account
from eth_account.signers.local import LocalAccount
from prometheus_client.parser import text_string_to_metric_families
from web3 import HTTPProvider, Web3
from web3.types import RPCEndpoint

from strikeproof.client.operation import Action, Bundle, UserOp, encode_op
from strikeproof.client.typed_data import digest, hash_report, struct_hash
from strikeproof.deployment import Deployment, DeploymentConfig, deploy
from strikeproof.devnet.l1_node import L1NotInstalled, anvil_path
from strikeproof.devnet.l1_wallet import L1Wallet as L1Wallet
from strikeproof.devnet.ports import free_port
from strikeproof.keccak import keccak256
from strikeproof.l1.message_fee import deposit_fee, register_fee
from strikeproof.sequencer import crash_point
from strikeproof.wire.constants import SEGMENT_CHARGE_MAX
from strikeproof.wire.operations import encode_index_price, encode_report
from tests.integration.sequencer.venue import (
    REPORTERS,
    listing_payloads,
    now_ms,
    publish_time,
    wallet,
)
from tests.preloaded_process import PreloadedProcess, start_python

NodeRun: TypeAlias = PreloadedProcess | subprocess.Popen[str]

CHAIN_ID = 31_337
START_SECONDS = 120.0
USD = 10**6
DEPOSIT = 100_000 * USD


def l1_account(name: str) -> LocalAccount:
    """Return an L1 key by name."""
    return Account.from_key(keccak256(name.encode()))


@dataclass
class Chain:
    """An embedded L1 with a venue; traders 1 to n have accounts there."""

    web3: Web3
    url: str
    deployment: Deployment
    traders: int
    process: NodeRun

    def rpc(self, method: str, *params: Any) -> Any:
        """Return the result of a raw request."""
        answer = self.web3.provider.make_request(RPCEndpoint(method), list(params))
        assert "error" not in answer, answer
        return answer["result"]

    def rollup(self) -> Any:
        """Return the Rollup's functions."""
        return self.deployment.contract(self.web3, "Rollup").functions

    def sign(self, number: int, op: UserOp) -> bytes:
        """Return an op signed by trader `number`."""
        separator = bytes.fromhex(self.deployment.domain_separator[2:])
        signature = wallet(f"trader {number}").sign_digest(digest(separator, struct_hash(op)))
        return encode_op(op, signature)

    def bundle(self, number: int, nonce: int, *actions: Action) -> bytes:
        """Return a signed bundle of trader `number`."""
        return self.sign(number, Bundle(number, 0, nonce, now_ms() + 3_600_000, 1_000, actions))

    def index_price(self, price: int = 100 * 10**9) -> bytes:
        """Return an IndexPrice at the present time, or at L1's clock if that is behind."""
        separator = bytes.fromhex(self.deployment.domain_separator[2:])
        time_ms = publish_time() - 200
        signed = digest(separator, hash_report(1, 1, time_ms, price))
        reports = [
            encode_report(
                reporter=i, price_nano_usd=price, signature=REPORTERS[i].sign_digest(signed)
            )
            for i in range(2)
        ]
        return encode_index_price(underlying=1, publish_time_ms=time_ms, reports=reports)


L1 = Literal["embedded", "anvil"]
PEOPLE = ("deployer", "sequencer", "governor", "trader 1")


def has_anvil() -> bool:
    """Whether the optional npm package is there."""
    try:
        anvil_path()
    except L1NotInstalled:
        return False
    return True


@contextmanager
def running_chain(
    folder: Path,
    *,
    traders: int = 2,
    block_seconds: float = 1.0,
    window_seconds: int = 20,
    l1: L1 = "embedded",
    **terms: Any,
) -> Iterator[Chain]:
    """Run an L1 and deploy a venue on it. `terms`: what its deployment has otherwise."""
    start = _embedded if l1 == "embedded" else _anvil
    with (folder / "l1.log").open("w") as log:
        process, url = start(block_seconds, log)
    try:
        web3 = Web3(HTTPProvider(url))
        deployment = _deploy(web3, window_seconds, terms)
        deployment.save(folder / "deployment.json")
        _fund(web3, deployment, traders)
        yield Chain(web3, url, deployment, traders, process)
    finally:
        process.terminate()
        process.wait(10)


def _embedded(block_seconds: float, log: IO[str]) -> tuple[NodeRun, str]:
    arguments = ["--port", "0", "--chain-id", str(CHAIN_ID), "--block-seconds", str(block_seconds)]
    for name in PEOPLE:
        arguments += ["--fund", l1_account(name).address]
    answer, stdout = os.pipe()
    module = "strikeproof.devnet.embedded_l1"
    with os.fdopen(answer) as lines:
        try:
            process = start_python(module, arguments, stdout=stdout, stderr=log)
        finally:
            os.close(stdout)
        return process, lines.readline().strip()


def _anvil(block_seconds: float, log: IO[str]) -> tuple[NodeRun, str]:
    port = free_port()
    command = [str(anvil_path()), "--hardfork", "osaka", "--enable-tx-gas-limit", "--accounts", "0"]
    command += ["--host", "127.0.0.1", "--port", str(port), "--chain-id", str(CHAIN_ID)]
    command += ["--block-time", str(block_seconds), "--slots-in-an-epoch", "1"]
    process = subprocess.Popen(command, stdout=log, stderr=log, text=True)
    web3 = Web3(HTTPProvider(f"http://127.0.0.1:{port}"))
    deadline = time.monotonic() + START_SECONDS
    while not web3.is_connected():
        assert process.poll() is None and time.monotonic() < deadline, "anvil did not start"
        time.sleep(0.1)
    for name in PEOPLE:
        balance = [l1_account(name).address, hex(10**24)]
        web3.provider.make_request(RPCEndpoint("anvil_setBalance"), balance)
    return process, f"http://127.0.0.1:{port}"


def _deploy(web3: Web3, window_seconds: int, terms: Mapping[str, Any]) -> Deployment:
    messages = tuple(listing_payloads())
    config = DeploymentConfig(
        sequencer=l1_account("sequencer").address,
        governor_owner=l1_account("governor").address,
        window_seconds=window_seconds,
        force_inclusion_seconds=120,
        grace_seconds=60,
        max_lag_seconds=60,
        exit_seconds=60,
        ordered_rate=100 * SEGMENT_CHARGE_MAX,
        inbox_rate=100 * SEGMENT_CHARGE_MAX,
        stress_gas_price_wei=10**9,
        governance_messages=messages,
    )
    config = replace(config, **terms)
    exit_seconds = config.force_inclusion_seconds + config.grace_seconds + config.exit_seconds
    if "timelock_delay_seconds" not in terms:
        config = replace(config, timelock_delay_seconds=window_seconds + exit_seconds + 160)
    return deploy(web3, l1_account("deployer"), config)


def _fund(web3: Web3, deployment: Deployment, traders: int) -> None:
    token = deployment.contract(web3, "TestToken").functions
    vault = deployment.contract(web3, "Vault").functions
    inbox = deployment.contract(web3, "Inbox")
    payer = L1Wallet(web3, l1_account("deployer"))
    payer.call(token.mint(l1_account("deployer").address, DEPOSIT * traders))
    payer.call(token.mint(l1_account("trader 1").address, DEPOSIT))
    payer.call(token.approve(deployment.vault, DEPOSIT * traders))
    for number in range(1, traders + 1):
        owner = Web3.to_checksum_address(wallet(f"trader {number}").address)
        payer.call(vault.register(owner), value_wei=register_fee(inbox))
    payer.settle()  # deposits are estimated on it
    for number in range(1, traders + 1):
        payer.call(vault.deposit(number, DEPOSIT), value_wei=deposit_fee(inbox))
    payer.settle()


CONFIG = """\
data_dir = "{data}"
[key]
key_env = "SEQUENCER_KEY"
[l1]
endpoints = ["{url}"]
chain_id = {chain_id}
deployment = "{deployment}"
poll_seconds = 0.1
confirmations = 2
[fees]
bump_after_blocks = 3
[log]
level = "debug"
[api]
port = 0
[metrics]
port = {metrics_port}
[batch]
batch_ms = {batch_ms}
segment_ms = 50
[claims]
check_ppm = {check_ppm}
bond_max_gwei = 1_000_000_000_000
{claims}
[node]
snapshot_batches = {snapshot_batches}
sweep_seconds = 0.2
"""


@dataclass
class SequencerProcess:
    """A sequencer as an operator runs it."""

    process: NodeRun
    data: Path
    log: Path
    metrics_port: int
    channel: grpc.Channel = field(init=False)
    endpoint: str = ""

    def connect(self, patience_seconds: float = START_SECONDS) -> None:
        """Wait until it serves, and open a channel."""
        deadline = time.monotonic() + patience_seconds
        path = self.data / "endpoint"
        while not (path.exists() and path.stat().st_mtime >= self._started):
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.05)
        self.endpoint = path.read_text().strip()
        self.channel = grpc.insecure_channel(self.endpoint)

    def __post_init__(self) -> None:
        self.begins()

    def begins(self) -> None:
        """Wait for no endpoint that was written before now."""
        self._started = time.time() - 1

    def metric(self, name: str, **labels: str) -> float:
        """Return a metric as Prometheus reads it."""
        url = f"http://127.0.0.1:{self.metrics_port}/metrics"
        with urllib.request.urlopen(url, timeout=10) as answer:
            text = answer.read().decode()
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                if sample.name == name and sample.labels == labels:
                    return float(sample.value)
        raise KeyError(f"{name} {labels}")

    def terminate(self, timeout: float = 30) -> int:
        """SIGTERM, and wait."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout)

    def kill(self) -> None:
        """kill -9."""
        self.process.kill()
        self.process.wait(10)


def write_config(
    folder: Path,
    chain: Chain,
    *,
    data: str = "data",
    snapshot_batches: int = 3,
    claims: str = "",
    check_ppm: int = 1_000_000,
    batch_ms: int = 500,
) -> Path:
    """Write a sequencer's configuration."""
    path = folder / f"{data}.toml"
    path.write_text(
        CONFIG.format(
            data=data,
            deployment=folder / "deployment.json",
            url=chain.url,
            chain_id=CHAIN_ID,
            metrics_port=free_port(),
            claims=claims,
            check_ppm=check_ppm,
            batch_ms=batch_ms,
            snapshot_batches=snapshot_batches,
        )
    )
    return path


def start_sequencer(
    config: Path,
    data: str = "data",
    *,
    crash: str = "",
    connect: bool = True,
    module: str = "strikeproof",
    arguments: Sequence[str] = (),
) -> SequencerProcess:
    """Start a sequencer process; `crash` names a place where it kills itself, `module` what runs
    it, with these arguments if it takes others than the node's."""
    folder = config.parent / data
    (folder / "endpoint").unlink(missing_ok=True)
    log = config.with_suffix(".log")
    environment = {**os.environ, "SEQUENCER_KEY": l1_account("sequencer").key.hex()}
    environment[crash_point.VARIABLE] = crash
    arguments = arguments or ["sequencer", "run", "--config", str(config)]
    with log.open("a") as file:
        process = start_python(module, arguments, stdout=file, stderr=file, env=environment)
    sequencer = SequencerProcess(process, folder, log, _metrics_port(config))
    if connect:
        sequencer.connect()
    return sequencer


def _metrics_port(config: Path) -> int:
    return int(tomllib.loads(config.read_text())["metrics"]["port"])


def events_of(log: Path) -> list[dict[str, Any]]:
    """Return the events of a log, other lines left out. Processes share it: two events may stand
    in one line, and the last line may not be whole yet."""
    found = []
    decoder = json.JSONDecoder()
    for line in log.read_text().splitlines():
        while line.startswith("{"):
            try:
                event, end = decoder.raw_decode(line)
            except json.JSONDecodeError:
                break
            found.append(event)
            line = line[end:]
    return found
