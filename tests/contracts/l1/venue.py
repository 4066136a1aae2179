"""A venue deployed on an embedded chain of its own, and calls of its contracts by plain Python."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from eth_abi.abi import decode
from eth_account import Account
from eth_account.signers.local import LocalAccount
from web3 import Web3

from strikeproof.contracts import LAW_FAMILIES, Artifact, artifact
from strikeproof.deployment import Deployment, DeploymentConfig, LawArtifacts, deploy
from strikeproof.devnet.embedded_l1 import EmbeddedChain, RevertedCall
from strikeproof.devnet.embedded_l1.in_process import InProcess
from strikeproof.keccak import keccak256
from tests.contracts.l1.calls import Call, Functions, error_table
from tests.harness import harness

GENESIS_TIME = 2_000_000_000  # ahead of the machine's clock, so that tests own the time
CHAIN_ID = 31_337
GAS = 2**24
FEE_WEI = 10**12
ETHER = 10**18
WINDOW = 1_000
FORCE = 300
GRACE = 200
LAG = 100
EXIT = 100
DELAY = 2_000
TEST_LAW_MODULE = "ProofHarness"  # any code: the law id covers it


class Reverted(Exception):
    """A call reverted with a custom error of ours, or with other data."""

    def __init__(self, name: str, arguments: tuple[Any, ...]) -> None:
        super().__init__(f"{name}{arguments}")
        self.name = name
        self.arguments = arguments


@dataclass(frozen=True, slots=True)
class Sent:
    """A mined transaction."""

    gas_used: int
    raw_bytes: int
    logs: Sequence[Any]
    timestamp: int
    block: int


def account(name: str) -> LocalAccount:
    """The key that a name stands for."""
    signer: LocalAccount = Account.from_key(keccak256(name.encode()))
    return signer


class Venue:
    """One chain with one deployment. `mark` and `rewind` give each test a fresh one."""

    def __init__(self, config: DeploymentConfig | None = None, **changes: Any) -> None:
        self.errors: dict[bytes, tuple[str, list[str]]] = {}
        people = ["deployer", "sequencer", "proposer", "rival", "challenger", "copier", "trader"]
        self.accounts = {name: account(name) for name in [*people, "governor", "anyone"]}
        balances = {
            bytes.fromhex(each.address[2:]): 10**6 * ETHER for each in self.accounts.values()
        }
        self.chain = EmbeddedChain(CHAIN_ID, balances, GENESIS_TIME)
        self.web3 = Web3(InProcess(self.chain))
        self.config = config or replace(venue_config(self.accounts), **changes)
        self.redeploy(self.config)

    def redeploy(self, config: DeploymentConfig) -> None:
        """Deploy another venue on the same chain, and talk to that one."""
        self.config = config
        self.deployment: Deployment = deploy(self.web3, self.accounts["deployer"], config)
        self.rollup = self._functions("Rollup")
        self.inbox = self._functions("Inbox")
        self.vault = self._functions("Vault")
        self.timelock = self._functions("Timelock")
        self.escape = self._functions("Escape")
        self.token = self._functions("TestToken")

    def _functions(self, name: str) -> Functions:
        address = self.deployment.contract(self.web3, name).address
        return self.functions(address, artifact(name))

    def functions(self, address: str, compiled: Artifact) -> Functions:
        """A contract at an address."""
        self.errors |= error_table(compiled.abi)
        return Functions(address, compiled.abi, self.dry_run)

    @property
    def time(self) -> int:
        """The newest block's timestamp in seconds."""
        return int(self.chain.header(self.chain.head_number).timestamp)

    @property
    def block_number(self) -> int:
        return self.chain.head_number

    def wait(self, seconds: int) -> None:
        """Mine an empty block this much later."""
        self.chain.mine(self.time + seconds)

    def address(self, name: str) -> str:
        return str(self.accounts[name].address)

    def balance(self, address: str) -> int:
        """Wei of an address now."""
        state = self.chain.state_at(self.chain.head_number)
        return int(state.get_balance(self._raw(address)))

    def send(
        self,
        call: Call,
        by: str = "anyone",
        value: int | None = None,
        gas: int = GAS,
        after: int = 1,
    ) -> Sent:
        """Send a call in a block of its own, `after` seconds later. Raises `Reverted`."""
        value = call.value_wei if value is None else value
        return self.send_data(call.address, call.data, by, value, gas, after)

    def send_data(
        self, to: str | None, data: bytes, by: str, value: int = 0, gas: int = GAS, after: int = 1
    ) -> Sent:
        """Send any data. Raises `Reverted`."""
        transaction_hash, raw_bytes = self.pool(to, data, by, value, gas)
        self.chain.mine(self.time + after)
        mined = self.chain.mined[transaction_hash]
        if not mined.succeeded:
            self.chain.rewind(self.chain.head_number - 1)
            raise self._reverted(mined.output)
        return Sent(mined.gas_used, raw_bytes, mined.logs, self.time, self.chain.head_number)

    def set_code(self, address: str, code: bytes) -> None:
        """Mine a block after which other code is at an address, as no transaction can."""
        self.wait(1)
        chain, number = self.chain, self.chain.head_number
        state = chain.state_at(number)
        state.set_code(self._raw(address), code)
        state.persist()
        header = chain.header(number).copy(state_root=state.state_root)
        chain._chain.chaindb.persist_header(header)
        del chain._numbers[bytes(chain.header(number).hash)]
        chain._headers[number] = header
        chain._numbers[bytes(header.hash)] = number

    def pool(self, to: str | None, data: bytes, by: str, value: int, gas: int) -> tuple[bytes, int]:
        """Put a transaction into the mempool; return its hash and length."""
        signer = self.accounts[by]
        raw_address = self._raw(signer.address)
        transaction: dict[str, Any] = {
            "chainId": CHAIN_ID,
            "nonce": self.chain.nonce(raw_address, self.chain.head_number, pending=True),
            "maxFeePerGas": FEE_WEI,
            "maxPriorityFeePerGas": 1,
            "gas": gas,
            "value": value,
            "data": data,
        }
        if to is not None:
            transaction["to"] = to
        raw = bytes(signer.sign_transaction(transaction).raw_transaction)
        return self.chain.submit(raw), len(raw)

    def _call_at(self, call: dict[str, Any], timestamp: int) -> Any:
        offset = self.chain._time_offset_seconds
        self.chain.skip_time(timestamp - self.chain.now())
        try:
            return self.chain.call(call, self.chain.head_number)
        finally:
            self.chain._time_offset_seconds = offset

    def _reverted(self, data: bytes) -> Reverted:
        name, types = self.errors.get(data[:4], ("no error of ours", []))
        return Reverted(name, decode(types, data[4:]) if types else (data,))

    @staticmethod
    def _raw(address: str) -> bytes:
        return bytes.fromhex(address[2:])

    def dry_run(self, call: Call, by: str = "anyone", gas: int = GAS) -> bytes:
        """`eth_call`. Raises `Reverted`."""
        request = {
            "from": self._raw(self.address(by)),
            "to": self._raw(call.address),
            "data": call.data,
            "value": call.value_wei,
            "gas": gas,
        }
        try:
            return bytes(self._call_at(request, self.time + 1).output)
        except RevertedCall as error:
            raise self._reverted(error.data) from error

    def deploy(self, compiled: Artifact, *arguments: Any, by: str = "deployer") -> Functions:
        """Deploy a contract; return it."""
        factory = self.web3.eth.contract(abi=compiled.abi, bytecode=compiled.bytecode)
        data = factory.constructor(*arguments).data_in_transaction
        transaction_hash, _ = self.pool(None, bytes.fromhex(str(data)[2:]), by, 0, GAS)
        self.chain.mine(self.time + 1)
        mined = self.chain.mined[transaction_hash]
        assert mined.contract, f"{compiled.name} does not deploy"
        return self.functions(Web3.to_checksum_address(mined.contract), compiled)

    def govern(self, call: Call) -> Sent:
        """Have the timelock make a call: announce it, wait, run it."""
        announced = self.timelock.callCount().call()
        self.send(self.timelock.schedule(call.address, call.data), by="governor")
        self.wait(self.config.timelock_delay_seconds)
        return self.send(self.timelock.execute(announced, call.address, call.data), by="governor")

    def events(self, sent: Sent, contract: Functions, name: str) -> list[dict[str, Any]]:
        """The arguments of the contract's events of that name."""
        found = [contract.decode_event(name, log) for log in sent.logs]
        return [each for each in found if each is not None]


def test_law() -> LawArtifacts:
    """The law of contracts/test, with a module, so that ids cover one."""
    return LawArtifacts((harness("TestLaw"),) * len(LAW_FAMILIES), (harness(TEST_LAW_MODULE),))


test_law.__test__ = False  # type: ignore[attr-defined]


def venue_config(accounts: dict[str, LocalAccount]) -> DeploymentConfig:
    return DeploymentConfig(
        sequencer=accounts["sequencer"].address,
        governor_owner=accounts["governor"].address,
        window_seconds=WINDOW,
        force_inclusion_seconds=FORCE,
        grace_seconds=GRACE,
        max_lag_seconds=LAG,
        exit_seconds=EXIT,
        timelock_delay_seconds=DELAY,
        stress_gas_price_wei=10**9,
        minimum_deposit_micro_usd=1,
        deposit_cap_micro_usd=10**12,
        law=test_law(),
    )
