"""A venue on revm alone: the same contracts and calls as `Venue`, a hundred times faster.

There are no blocks and no transactions: each call is one, a second later. Gas is that of the
execution; what a transaction pays besides is added from its bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from importlib.util import find_spec
from types import SimpleNamespace
from typing import Any, Final

from eth_abi.abi import decode, encode
from web3 import Web3

from strikeproof.contracts import Artifact, artifact
from strikeproof.deployment import Deployment, DeploymentConfig
from strikeproof.deployment_check import genesis
from tests.contracts.l1.calls import Call, Functions, error_table, flat_type
from tests.contracts.l1.venue import (
    CHAIN_ID,
    ETHER,
    GENESIS_TIME,
    Reverted,
    Sent,
    account,
    venue_config,
)

IS_INSTALLED: Final = find_spec("pyrevm") is not None
PEOPLE: Final = ("deployer", "sequencer", "proposer", "rival", "challenger", "copier", "trader")
COUNCIL: Final = ("proposer", "rival", "challenger")
THRESHOLD: Final = 2
GAS: Final = 2**24


class RevmVenue:
    """One chain with one deployment, sealed."""

    def __init__(
        self,
        chain_id: int = CHAIN_ID,
        deployed: bool = True,
        token: Artifact | None = None,
        **changes: Any,
    ) -> None:
        from pyrevm import EVM, CfgEnv, Env

        self.errors: dict[bytes, tuple[str, list[str]]] = {}
        self.accounts = {name: account(name) for name in (*PEOPLE, "governor", "anyone")}
        self.config: DeploymentConfig = replace(venue_config(self.accounts), **changes)
        self._evm = EVM(env=Env(cfg=CfgEnv(chain_id=chain_id)), spec_id="PRAGUE", gas_limit=2**40)
        self.block_number, self.time = 1, GENESIS_TIME
        self._set_block()
        for each in self.accounts.values():
            self._evm.set_balance(each.address, 10**6 * ETHER)
        self._logs: list[list[Any]] = [[]]
        self.chain = SimpleNamespace(head_number=0, logs=self._logs.__getitem__)
        self._nonce = 0
        if deployed:
            self.deployment = self._deploy_all(token or artifact("TestToken"))

    def address(self, name: str) -> str:
        return str(self.accounts[name].address)

    def balance(self, address: str) -> int:
        """Wei of an address now."""
        return int(self._evm.get_balance(address))

    def wait(self, seconds: int) -> None:
        """Let time pass."""
        self.time += seconds
        self.block_number += 1
        self._set_block()

    def send(
        self,
        call: Call,
        by: str = "anyone",
        value: int | None = None,
        gas: int = GAS,
        after: int = 1,
    ) -> Sent:
        """Execute a call. Raises `Reverted`."""
        self.wait(after)
        return self.send_from(call, self.address(by), value, gas)

    def send_from(self, call: Call, address: str, value: int | None = None, gas: int = GAS) -> Sent:
        """Execute a call of any address, in the present block. Raises `Reverted`."""
        value = call.value_wei if value is None else value
        self._call(call, address, value, gas)
        result = self._evm.result
        logs = [_log(each) for each in result.logs]
        self._logs.append(logs)
        self.chain.head_number = len(self._logs) - 1
        return Sent(result.gas_used, len(call.data), logs, self.time, self.block_number)

    def dry_run(self, call: Call, by: str = "anyone", gas: int = GAS) -> bytes:
        """What a call returns; it changes nothing. Raises `Reverted`."""
        before = self._evm.snapshot()
        try:
            return self._call(call, self.address(by), call.value_wei, gas)
        finally:
            self._evm.revert(before)

    def events(self, sent: Sent, contract: Functions, name: str) -> list[dict[str, Any]]:
        """The arguments of the contract's events of that name."""
        found = [contract.decode_event(name, log) for log in sent.logs]
        return [each for each in found if each is not None]

    def deploy(self, compiled: Artifact, *arguments: Any) -> Functions:
        """Deploy a contract; return it."""
        self.errors |= error_table(compiled.abi)
        inputs: Sequence[Any] = next(
            (each["inputs"] for each in compiled.abi if each["type"] == "constructor"), ()
        )
        data = bytes(compiled.bytecode) + encode([flat_type(each) for each in inputs], arguments)
        try:
            address = self._evm.deploy(self.address("deployer"), data)
        except RuntimeError as error:
            raise self._reverted(error) from None
        self._nonce += 1
        return Functions(Web3.to_checksum_address(address), compiled.abi, self.dry_run)

    def _set_block(self) -> None:
        from pyrevm import BlockEnv

        block = BlockEnv(number=self.block_number, timestamp=self.time, gas_limit=2**40)
        self._evm.set_block_env(block)

    def _call(self, call: Call, address: str, value: int, gas: int) -> bytes:
        try:
            return bytes(
                self._evm.message_call(
                    address, call.address, calldata=call.data, value=value, gas=gas
                )
            )
        except RuntimeError as error:
            raise self._reverted(error) from None

    def _reverted(self, error: RuntimeError) -> Reverted:
        """pyrevm gives the revert data only in the exception's text."""
        text = str(error)
        if not text.startswith("Revert {"):
            return Reverted(text, ())
        data = bytes.fromhex(text.split("output: 0x")[1].rstrip(" }"))
        name, types = self.errors.get(data[:4], ("no error of ours", []))
        return Reverted(name, decode(types, data[4:]) if types else (data,))

    def _deploy_all(self, token: Artifact) -> Deployment:
        """As `strikeproof.deployment.deploy` does."""
        config = self.config
        modules = [self.deploy(each).address for each in config.law.modules]
        laws = [self.deploy(each, *modules).address for each in config.law.families]
        self.token = self.deploy(token)
        self.timelock = self.deploy(
            artifact("Timelock"), self.address("deployer"), config.timelock_delay_seconds
        )
        following = self._nonce
        addresses = [self._created(following + place) for place in range(5)]
        inbox, rollup, vault, escape, council = addresses
        timelock = self.timelock.address
        arguments = config.inbox_arguments(rollup, vault, timelock)
        self.inbox = self.deploy(artifact("Inbox"), *arguments)
        self.rollup = self.deploy(
            artifact("Rollup"), config.rollup_config(inbox, timelock, escape, laws)
        )
        self.vault = self.deploy(
            artifact("Vault"),
            config.vault_config(self.token.address, inbox, rollup, timelock, escape, council),
        )
        self.escape = self.deploy(artifact("Escape"), rollup, vault, inbox, config.escape_terms)
        members = [self.address(name) for name in COUNCIL]
        self.council = self.deploy(artifact("Council"), vault, timelock, members, THRESHOLD)
        made = (self.inbox, self.rollup, self.vault, self.escape, self.council)
        found = [each.address for each in made]
        assert found == addresses
        self.promises = self.deploy(artifact("Promises"), rollup, config.compensation_wei)
        self.send(self.timelock.seal(self.address("governor")), "deployer")
        wanted = genesis(CHAIN_ID, bytes.fromhex(rollup[2:]))
        return Deployment(
            chain_id=CHAIN_ID,
            first_block=0,
            rollup=rollup,
            inbox=inbox,
            vault=vault,
            timelock=timelock,
            escape=escape,
            promises=self.promises.address,
            token=self.token.address,
            laws=tuple(laws),
            law_modules=tuple(modules),
            law_id="0x" + self.rollup.lawAt(0).call().hex(),
            genesis_batch_hash="0x" + wanted.batch_hash.hex(),
            genesis_claim_hash="0x" + wanted.claim_hash.hex(),
            genesis_root="0x" + wanted.root.hex(),
            domain_separator="0x" + wanted.domain_separator.hex(),
        )

    def _created(self, nonce: int) -> Any:
        from web3.utils import get_create_address

        return get_create_address(self.address("deployer"), nonce)


def _log(found: Any) -> Any:
    topics, data = found.data
    return SimpleNamespace(
        address=bytes.fromhex(found.address[2:]),
        topics=[bytes(each) for each in topics],
        data=bytes(data),
    )
