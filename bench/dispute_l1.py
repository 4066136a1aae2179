"""Two L1s for one venue: the embedded chain, whose figures count, and revm, which follows it a
hundred times faster where pyrevm installs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from eth_account import Account
from eth_account.signers.local import LocalAccount
from web3 import Web3
from web3.providers.base import BaseProvider

from strikeproof.deployment import Deployment, DeploymentConfig, deploy
from strikeproof.devnet.embedded_l1.chain import (
    TRANSACTION_GAS_MAX,
    EmbeddedChain,
    MinedTransaction,
)
from strikeproof.devnet.embedded_l1.rpc import Rpc
from strikeproof.keccak import keccak256

CHAIN_ID: Final = 31_337
GENESIS_TIME: Final = 2_000_000_000  # ahead of the machine's clock: the time is ours
ETHER: Final = 10**18
FEE_WEI: Final = 10**12
INBOX_FEE_WEI: Final = 10**15
"""More than any message costs here: the rest comes back."""
PEOPLE: Final = ("deployer", "sequencer", "proposer", "challenger", "trader", "governor")


def signer(name: str) -> LocalAccount:
    """Return the key that a name stands for."""
    found: LocalAccount = Account.from_key(keccak256(b"bench " + name.encode()))
    return found


@dataclass(frozen=True, slots=True)
class L1Step:
    """One transaction, in a block of its own at a time in seconds."""

    by: str
    """A name whose key is known, or on revm the address of anybody, of a contract too."""
    to: str
    data: bytes
    time: int
    value_wei: int = 0


@dataclass(frozen=True, slots=True)
class Done:
    """A transaction that succeeded."""

    gas_used: int
    """As charged: execution less refunds, or the calldata's floor (EIP-7623) if that is more; on
    revm execution alone."""
    raw_bytes: int
    """The length of the signed transaction; 0 on revm."""
    logs: tuple[Any, ...] = ()


class Failed(RuntimeError):
    """A transaction of the benchmark reverted. `data` is what it returned."""

    def __init__(self, step: L1Step, data: bytes) -> None:
        super().__init__(f"{step.by} -> {step.to}: reverted with 0x{data.hex()}")
        self.data = data


class _InProcess(BaseProvider):
    """JSON-RPC without a socket."""

    def __init__(self, chain: EmbeddedChain) -> None:
        super().__init__()
        self._rpc = Rpc(chain, mines_at_once=True)

    def make_request(self, method: Any, params: Any) -> Any:
        return {"jsonrpc": "2.0", "id": 1, "result": self._rpc.handle(method, list(params))}


class DisputeChain:
    """A chain of py-evm with a venue of the shipped contracts."""

    def __init__(self) -> None:
        balances = {bytes.fromhex(signer(name).address[2:]): 10**6 * ETHER for name in PEOPLE}
        self.chain = EmbeddedChain(CHAIN_ID, balances, GENESIS_TIME)
        self.config = DeploymentConfig(
            signer("sequencer").address,
            signer("governor").address,
        )
        web3 = Web3(_InProcess(self.chain))
        self.deployment: Deployment = deploy(web3, signer("deployer"), self.config)

    @property
    def time(self) -> int:
        """Return the newest block's timestamp, seconds."""
        return int(self.chain.header(self.chain.head_number).timestamp)

    def run(self, step: L1Step) -> Done:
        """Mine the transaction. Raises `Failed`."""
        account = signer(step.by)
        address = bytes.fromhex(account.address[2:])
        transaction: dict[str, Any] = {
            "chainId": CHAIN_ID,
            "nonce": self.chain.nonce(address, self.chain.head_number),
            "maxFeePerGas": FEE_WEI,
            "maxPriorityFeePerGas": 1,
            "gas": TRANSACTION_GAS_MAX,
            "to": step.to,
            "value": step.value_wei,
            "data": step.data,
        }
        raw = bytes(account.sign_transaction(transaction).raw_transaction)
        transaction_hash = self.chain.submit(raw)
        self.chain.mine(step.time)
        mined = self.chain.mined[transaction_hash]
        if not mined.succeeded:
            raise Failed(step, mined.output)
        return Done(mined.gas_used, len(raw), tuple(mined.logs))

    def mark(self) -> int:
        """Return the head, for `rewind`."""
        return self.chain.head_number

    def rewind(self, mark: int) -> None:
        """Forget the blocks after a mark."""
        self.chain.rewind(mark)


class RevmL1:
    """The embedded chain's transactions up to now on revm, and others after them.

    Its gas differs from L1's by what is warm from earlier transactions: the same amount for every
    run of the same steps, since what they touch of storage is the same.
    """

    def __init__(self, original: DisputeChain) -> None:
        from pyrevm import EVM, CfgEnv, Env

        self._evm: Any = EVM(env=Env(cfg=CfgEnv(chain_id=CHAIN_ID)), spec_id="PRAGUE")
        self._block = 0
        chain = original.chain
        for name in PEOPLE:
            self._evm.set_balance(signer(name).address, 10**6 * ETHER)
        for number in range(1, chain.head_number + 1):
            for mined in chain.transactions(number):
                self._replay(mined, int(chain.header(number).timestamp))

    def _replay(self, mined: MinedTransaction, time: int) -> None:
        transaction = mined.transaction
        sender = "0x" + mined.sender.hex()
        self._enter_block(time)
        if mined.contract is None:
            to = "0x" + bytes(transaction.to).hex()
            self._evm.message_call(
                sender, to, calldata=bytes(transaction.data), value=transaction.value
            )
        else:
            created = self._evm.deploy(sender, bytes(transaction.data), transaction.value)
            assert bytes.fromhex(created[2:]) == mined.contract, "the same nonces, the same address"

    def _enter_block(self, time: int) -> None:
        from pyrevm import BlockEnv

        self._block += 1
        self._evm.set_block_env(BlockEnv(number=self._block, timestamp=time, gas_limit=2**40))

    def run(self, step: L1Step) -> Done:
        """Execute the transaction. Raises `Failed`."""
        self._enter_block(step.time)
        try:
            if step.by.startswith("0x"):
                with self._as_person(step.by, step.value_wei):
                    self._call(step.by, step)
            else:
                self._call(signer(step.by).address, step)
        except RuntimeError as error:
            raise Failed(step, str(error).encode()) from error
        return Done(int(self._evm.result.gas_used), 0)

    def _call(self, sender: str, step: L1Step) -> None:
        self._evm.message_call(sender, step.to, calldata=step.data, value=step.value_wei)

    @contextmanager
    def _as_person(self, contract: str, value_wei: int) -> Iterator[None]:
        """Let a contract send a transaction: without code meanwhile, or it might not (EIP-3607)."""
        from pyrevm import AccountInfo

        code = self._evm.get_code(contract)
        self._evm.insert_account_info(contract, AccountInfo())
        self._evm.set_balance(contract, value_wei)
        try:
            yield
        finally:
            self._evm.insert_account_info(contract, AccountInfo(code=code))

    def mark(self) -> Any:
        """Return a checkpoint, for `rewind`."""
        return self._evm.snapshot(), self._block

    def rewind(self, mark: Any) -> None:
        """Forget what was done after a mark."""
        checkpoint, self._block = mark
        self._evm.revert(checkpoint)
