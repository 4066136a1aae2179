"""One py-evm chain with a mempool, blocks mined on demand, and look-ups by hash that do not scan.

Post-merge Prague rules, plus what L1 enforces since Osaka and py-evm does not know: a transaction's
gas limit of 2**24 (EIP-7825). Nothing here knows Strikeproof.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any, Final

from eth.chains.base import MiningChain
from eth.db.atomic import AtomicDB
from eth.exceptions import VMError
from eth.vm.forks.prague import PragueVM
from eth.vm.spoof import SpoofTransaction
from eth_utils.exceptions import ValidationError

TRANSACTION_GAS_MAX: Final = 2**24  # EIP-7825: = 16_777_216
TRANSACTION_BYTES_MAX: Final = 131_072  # what nodes relay
BLOCK_GAS_LIMIT: Final = 45_000_000
INITIAL_BASE_FEE: Final = 10**9  # wei
FINALITY_BLOCKS: Final = 2  # `safe` and `finalized` lag the head by this much


class RefusedTransaction(Exception):
    """The mempool does not take the transaction; the message says why."""


class RevertedCall(Exception):
    """A call reverted or ran out of gas. `data` is what it returned."""

    def __init__(self, data: bytes, reason: str) -> None:
        super().__init__(reason)
        self.data = data


@dataclass(slots=True)
class MinedTransaction:
    """A transaction in a block, with what it did."""

    transaction: Any
    sender: bytes
    block_hash: bytes
    block_number: int
    index: int
    succeeded: bool
    gas_used: int
    cumulative_gas_used: int
    gas_price: int
    contract: bytes | None
    output: bytes
    logs: list[ChainLog] = field(default_factory=list)


@dataclass(slots=True)
class ChainLog:
    """One event of a block."""

    address: bytes
    topics: list[bytes]
    data: bytes
    block_number: int
    block_hash: bytes
    transaction_hash: bytes
    transaction_index: int
    index: int


class EmbeddedChain:
    """A chain of one miner. Not thread-safe: one thread owns it."""

    def __init__(
        self,
        chain_id: int,
        balances_wei: dict[bytes, int],
        genesis_time: int | None = None,
        *,
        nonces: dict[bytes, int] | None = None,
    ) -> None:
        """Start at a genesis block in which the addresses hold these balances, and have sent so
        many transactions."""
        chain_class: Any = type(
            "EmbeddedMiningChain",
            (MiningChain,),
            {
                "chain_id": chain_id,
                "vm_configuration": ((0, PragueVM),),
                "create_header_from_parent": _child_of_constant_gas_limit,
            },
        )
        state = {
            address: {
                "balance": balance,
                "nonce": (nonces or {}).get(address, 0),
                "code": b"",
                "storage": {},
            }
            for address, balance in balances_wei.items()
        }
        genesis = {
            "difficulty": 0,
            "gas_limit": BLOCK_GAS_LIMIT,
            "timestamp": int(time.time()) - 1 if genesis_time is None else genesis_time,
            "base_fee_per_gas": INITIAL_BASE_FEE,
        }
        self.chain_id = chain_id
        self._chain = chain_class.from_genesis(AtomicDB(), genesis, state)
        self._time_offset_seconds = 0
        self._pool: dict[tuple[bytes, int], Any] = {}
        self.mined: dict[bytes, MinedTransaction] = {}
        # By block number. The canonical chain is ours, not py-evm's: that makes `rewind` simple.
        self._headers: list[Any] = [self._chain.get_canonical_block_header_by_number(0)]
        self._contents: list[list[MinedTransaction]] = [[]]
        self._numbers: dict[bytes, int] = {bytes(self._headers[0].hash): 0}

    # Reading

    @property
    def head_number(self) -> int:
        """Return the number of the latest mined block."""
        return len(self._headers) - 1

    def header(self, number: int) -> Any:
        """Return the header of a mined block. Raises `KeyError` if there is none."""
        if not 0 <= number <= self.head_number:
            raise KeyError(number)
        return self._headers[number]

    def number_of(self, block_hash: bytes) -> int:
        """Return the number of a block of the chain. Raises `KeyError`."""
        return self._numbers[block_hash]

    def transactions(self, number: int) -> list[MinedTransaction]:
        """Return the transactions of a block in order."""
        return self._contents[number]

    def logs(self, number: int) -> list[ChainLog]:
        """Return the events of a block in order."""
        return [log for mined in self._contents[number] for log in mined.logs]

    def pending(self, transaction_hash: bytes) -> Any | None:
        """Return a transaction of the mempool, or None."""
        for transaction in self._pool.values():
            if transaction.hash == transaction_hash:
                return transaction
        return None

    def state_at(self, number: int) -> Any:
        """Return the state after a block; what is done to it does not last."""
        return self._chain.get_vm(self.header(number)).state

    def nonce(self, address: bytes, number: int, pending: bool = False) -> int:
        """Return the next nonce of an address, counting the mempool's if asked."""
        nonce = int(self.state_at(number).get_nonce(address))
        while pending and (address, nonce) in self._pool:
            nonce += 1
        return nonce

    # Calls

    def call(self, call: dict[str, Any], number: int) -> Any:
        """Execute a call on the state after a block, and return py-evm's computation.

        Raises `RevertedCall` if it failed, `RefusedTransaction` if the caller lacks the value.
        """
        if self.state_at(number).get_balance(call["from"]) < call.get("value", 0):
            raise RefusedTransaction("insufficient funds for gas * price + value")
        computation = self._execute(call, number)
        if computation.is_error:
            error = computation.error
            raise RevertedCall(bytes(computation.output), type(error).__name__)
        return computation

    def _execute(self, call: dict[str, Any], number: int) -> Any:
        parent = self.header(number)
        # The costless state is that of a block one second after the header that it gets.
        vm = self._chain.get_vm(parent.copy(timestamp=max(parent.timestamp, self.now() - 1)))
        gas = min(call.get("gas") or BLOCK_GAS_LIMIT, BLOCK_GAS_LIMIT)
        unsigned = vm.create_unsigned_transaction(
            nonce=vm.state.get_nonce(call["from"]),
            gas_price=0,
            gas=gas,
            to=call.get("to") or b"",
            value=call.get("value", 0),
            data=call.get("data", b""),
        )
        spoofed = SpoofTransaction(unsigned, from_=call["from"])
        with vm.in_costless_state() as state:
            return state.costless_execute_transaction(spoofed)

    def estimate_gas(self, call: dict[str, Any], number: int) -> int:
        """Return a gas limit with which the call succeeds. Raises `RevertedCall`.

        One run finds what is used; inner calls see 63/64 of it, so the least sufficient limit
        lies a little above, and is looked for from there.
        """
        limit = min(call.get("gas") or TRANSACTION_GAS_MAX, TRANSACTION_GAS_MAX)
        computation = self.call(call | {"gas": limit}, number)
        used = int(limit - computation.get_gas_remaining())
        estimate = used
        for _ in range(6):
            if estimate >= limit:
                return limit
            attempt = self._execute(call | {"gas": estimate}, number)
            if not attempt.is_error:
                return estimate
            estimate += estimate // 48 + 3_000
        return limit

    # Mining

    def now(self) -> int:
        """Return the chain's wall clock in seconds: the machine's, plus what was skipped."""
        return int(time.time()) + self._time_offset_seconds

    def skip_time(self, seconds: int) -> int:
        """Move the chain's clock forward, and return by how much it now leads the machine's."""
        self._time_offset_seconds += seconds
        return self._time_offset_seconds

    def submit(self, raw: bytes) -> bytes:
        """Take a signed transaction into the mempool, and return its hash.

        Raises `RefusedTransaction`: undecodable, too large, too much gas, a nonce used, a
        replacement whose two fees are not both a tenth higher, fees below the base fee's floor.
        """
        if len(raw) > TRANSACTION_BYTES_MAX:
            raise RefusedTransaction(f"oversized data: {len(raw)} bytes > {TRANSACTION_BYTES_MAX}")
        vm = self._chain.get_vm(self.header(self.head_number))
        try:
            transaction = vm.get_transaction_builder().decode(raw)
            sender = bytes(transaction.sender)
        except Exception as error:  # py-evm raises whatever its decoders raise
            raise RefusedTransaction(f"undecodable transaction: {error!r}") from error
        if transaction.chain_id not in (None, self.chain_id):
            raise RefusedTransaction(
                f"invalid chain id: {transaction.chain_id}, not {self.chain_id}"
            )
        if transaction.gas > TRANSACTION_GAS_MAX:
            raise RefusedTransaction(
                f"transaction gas limit too high: {transaction.gas} > {TRANSACTION_GAS_MAX}"
            )
        if transaction.hash in self.mined:
            raise RefusedTransaction("already known")
        expected = self.nonce(sender, self.head_number)
        if transaction.nonce < expected:
            raise RefusedTransaction(
                f"nonce too low: next nonce {expected}, tx {transaction.nonce}"
            )
        needed = transaction.gas * transaction.max_fee_per_gas + transaction.value
        if vm.state.get_balance(sender) < needed:
            raise RefusedTransaction("insufficient funds for gas * price + value")
        replaced = self._pool.get((sender, transaction.nonce))
        if replaced is not None:
            if replaced.hash == transaction.hash:
                raise RefusedTransaction("already known")
            if not _outbids(transaction, replaced):
                raise RefusedTransaction("replacement transaction underpriced")
        self._pool[sender, transaction.nonce] = transaction
        return bytes(transaction.hash)

    def mine(self, timestamp: int | None = None) -> bytes:
        """Mine one block of what the mempool holds and can be executed; return its hash."""
        chain = self._chain
        wanted = self.now() if timestamp is None else timestamp
        parent = self.header(self.head_number)
        chain.header = chain.create_header_from_parent(
            parent, timestamp=max(parent.timestamp + 1, wanted)
        )
        done: list[tuple[Any, bytes, Any, Any, int]] = []
        for key in self._executable():
            transaction = self._pool[key]
            if transaction.gas > BLOCK_GAS_LIMIT - chain.header.gas_used:
                continue
            if transaction.max_fee_per_gas < chain.header.base_fee_per_gas:
                continue
            before = chain.header.gas_used
            try:
                _, receipt, computation = chain.apply_transaction(transaction)
            except (ValidationError, VMError):
                del self._pool[key]
                continue
            del self._pool[key]
            done.append((transaction, key[0], receipt, computation, chain.header.gas_used - before))
        block = chain.mine_block()
        self._index(block, done)
        return bytes(block.hash)

    def _executable(self) -> list[tuple[bytes, int]]:
        """Return the pool's keys in an order that keeps each sender's nonces in sequence."""
        state = self.state_at(self.head_number)
        keys: list[tuple[bytes, int]] = []
        for sender in sorted({sender for sender, _ in self._pool}):
            nonce = state.get_nonce(sender)
            while (sender, nonce) in self._pool:
                keys.append((sender, nonce))
                nonce += 1
        return keys

    def _index(self, block: Any, done: list[tuple[Any, bytes, Any, Any, int]]) -> None:
        block_hash, number = bytes(block.hash), int(block.number)
        contents: list[MinedTransaction] = []
        log_count = 0
        cumulative = 0
        base_fee = block.header.base_fee_per_gas
        for index, (transaction, sender, receipt, computation, gas_used) in enumerate(done):
            cumulative += gas_used
            tip = min(transaction.max_priority_fee_per_gas, transaction.max_fee_per_gas - base_fee)
            created = computation.msg.storage_address if transaction.to == b"" else None
            mined = MinedTransaction(
                transaction=transaction,
                sender=sender,
                block_hash=block_hash,
                block_number=number,
                index=index,
                succeeded=not computation.is_error,
                gas_used=gas_used,
                cumulative_gas_used=cumulative,
                gas_price=base_fee + tip,
                contract=bytes(created) if created else None,
                output=bytes(computation.output),
            )
            for entry in receipt.logs:
                mined.logs.append(
                    ChainLog(
                        address=bytes(entry.address),
                        topics=[topic.to_bytes(32, "big") for topic in entry.topics],
                        data=bytes(entry.data),
                        block_number=number,
                        block_hash=block_hash,
                        transaction_hash=bytes(transaction.hash),
                        transaction_index=index,
                        index=log_count,
                    )
                )
                log_count += 1
            contents.append(mined)
            self.mined[bytes(transaction.hash)] = mined
        self._headers.append(block.header)
        self._contents.append(contents)
        self._numbers[block_hash] = number

    def rewind(self, number: int) -> None:
        """Forget every block after `number`: the next mined block starts another fork.

        The forgotten blocks' transactions do not return to the mempool.
        """
        self.header(number)
        for header in self._headers[number + 1 :]:
            del self._numbers[bytes(header.hash)]
        for contents in self._contents[number + 1 :]:
            for mined in contents:
                del self.mined[bytes(mined.transaction.hash)]
        del self._headers[number + 1 :]
        del self._contents[number + 1 :]
        self._pool.clear()


def _outbids(new: Any, old: Any) -> bool:
    """Return whether both of its fees are at least a tenth above the old one's."""
    return bool(
        new.max_fee_per_gas * 10 >= old.max_fee_per_gas * 11
        and new.max_priority_fee_per_gas * 10 >= old.max_priority_fee_per_gas * 11
    )


def _child_of_constant_gas_limit(self: Any, parent_header: Any, **header_params: Any) -> Any:
    params = {"gas_limit": parent_header.gas_limit} | header_params
    return MiningChain.create_header_from_parent(self, parent_header, **params)
