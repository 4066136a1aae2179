"""An L1 on virtual time: blocks, a mempool, reorganizations, and the JSON-RPC that a node speaks.

The node's own `Endpoint`, `L1Client`, watcher and sender run on it: only HTTP is missing. Blocks
are mined by whoever drives the simulation, with `mine`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import rlp
from eth_abi import decode, encode
from web3.providers.base import BaseProvider
from web3.types import RPCEndpoint

from strikeproof.client.typed_data import Domain
from strikeproof.contracts import artifact
from strikeproof.keccak import keccak256
from tests.simulation.venue_model import Emitted, Reverts, VenueModel

GWEI = 10**9
GAS_USED = 300_000
BLOCK_BATCHES = 4  # of ordinary size that a block has room for
BLOCK_TRANSACTIONS = 32  # of one key
EXECUTION_REVERTED = 3
DEEP = 80


def _type_of(parameter: Mapping[str, Any]) -> str:
    kind = str(parameter["type"])
    if not kind.startswith("tuple"):
        return kind
    inner = ",".join(_type_of(each) for each in parameter["components"])
    return f"({inner}){kind.removeprefix('tuple')}"


def _types(entry: Mapping[str, Any], side: str = "inputs") -> list[str]:
    return [_type_of(each) for each in entry[side]]


def _selector(entry: Mapping[str, Any]) -> bytes:
    return keccak256(f"{entry['name']}({','.join(_types(entry))})".encode())


class _Abi:
    """The Rollup's and the Inbox's ABI, from the contracts' side."""

    def __init__(self) -> None:
        entries = [*artifact("Rollup").abi, *artifact("Inbox").abi]
        self.functions = {
            _selector(each)[:4]: {
                **each,
                "types": _types(each),
                "output_types": _types(each, "outputs"),
            }
            for each in entries
            if each["type"] == "function"
        }
        self.events = {each["name"]: each for each in entries if each["type"] == "event"}
        self.errors = {each["name"]: each for each in entries if each["type"] == "error"}

    def revert_data(self, revert: Reverts) -> bytes:
        """Return the revert's selector and values."""
        entry = self.errors[revert.error]
        values = [
            "0x" + v.hex() if isinstance(v, bytes) and len(v) == 20 else v for v in revert.values
        ]
        return _selector(entry)[:4] + encode(_types(entry), values)

    def log(self, event: Emitted) -> tuple[list[bytes], bytes]:
        """Return topics and data of an event."""
        entry = self.events[event.name]
        topics, plain, values = [_selector(entry)], [], []
        for parameter, value in zip(entry["inputs"], event.values, strict=True):
            if parameter["indexed"]:
                topics.append(encode([_type_of(parameter)], [value]))
            else:
                plain.append(_type_of(parameter))
                values.append(value)
        return topics, encode(plain, values)


ABI = _Abi()
POST_BATCH = next(key for key, each in ABI.functions.items() if each["name"] == "postBatch")


@dataclass(frozen=True, slots=True)
class Transaction:
    """A signed transaction of the node's key."""

    hash: bytes
    nonce: int
    to: bytes
    data: bytes
    value_wei: int
    max_fee_wei: int
    gas: int


@dataclass(frozen=True, slots=True)
class Mined:
    """A transaction in a block."""

    transaction: Transaction
    succeeded: bool


@dataclass(slots=True)
class SimulatedBlock:
    """A block and the state after it."""

    number: int
    hash: bytes
    parent_hash: bytes
    time_seconds: int
    base_fee_wei: int
    mined: list[Mined]
    events: list[Emitted]
    model: VenueModel
    nonce: int
    balance_wei: int
    logs: list[dict[str, Any]]
    """The events, as JSON-RPC has them."""


def _log_of(event: Emitted, number: int, block_hash: bytes, index: int) -> dict[str, Any]:
    topics, data = ABI.log(event)
    return {
        "address": "0x" + event.address.hex(),
        "topics": ["0x" + each.hex() for each in topics],
        "data": "0x" + data.hex(),
        "blockNumber": hex(number),
        "blockHash": "0x" + block_hash.hex(),
        "transactionHash": "0x" + keccak256(block_hash).hex(),
        "logIndex": hex(index),
    }


Foreign = Callable[[VenueModel, int], None]
"""A transaction of somebody else: changes the model at a block's time, may raise `Reverts`."""


@dataclass(slots=True)
class SimulatedL1:
    """The chain, and the mempool of the node's key."""

    model: VenueModel
    clock: Callable[[], float]
    """Seconds since the epoch."""
    sender: bytes
    """Address of the node's key: the only one whose transactions come signed."""
    law_code: bytes
    balance_wei: int = 10**21
    balance_limit: Callable[[int], int] = lambda balance_wei: balance_wei
    """What the key may use of its balance."""
    base_fee_wei: int = GWEI
    blocks: list[SimulatedBlock] = field(default_factory=list)
    mempool: dict[int, Transaction] = field(default_factory=dict)
    foreign: list[Foreign] = field(default_factory=list)
    block_batches: int = BLOCK_BATCHES
    forks: int = 0
    on_sent: Callable[[Transaction], None] = lambda transaction: None
    """Called with each transaction that is taken."""
    _mined_in: dict[bytes, tuple[SimulatedBlock, Mined]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Block 0 is empty; the contracts are deployed in block 1."""
        time_seconds = int(self.clock())
        deployed, self.model.events = self.model.events, []
        self._append(time_seconds - DEEP - 1, [], self.model, 0, self.balance_wei)
        self.model.events = deployed
        for number in range(DEEP):  # no reorganization reaches the deployment
            model = self.model if number == 0 else self.model.copy()
            self._append(time_seconds - DEEP + number, [], model, 0, self.balance_wei)

    @property
    def head(self) -> SimulatedBlock:
        """Return the newest block."""
        return self.blocks[-1]

    def _append(
        self, time_seconds: int, mined: list[Mined], model: VenueModel, nonce: int, balance: int
    ) -> None:
        number = len(self.blocks)
        parent = self.blocks[-1].hash if self.blocks else bytes(32)
        name = b"%d %d %d" % (number, time_seconds, self.forks)
        events, model.events = model.events, []
        hash_ = keccak256(parent + name)
        block = SimulatedBlock(
            number,
            hash_,
            parent,
            time_seconds,
            self.base_fee_wei,
            mined,
            events,
            model,
            nonce,
            balance,
            [_log_of(each, number, hash_, index) for index, each in enumerate(events)],
        )
        self.blocks.append(block)
        self._mined_in.update({each.transaction.hash: (block, each) for each in mined})

    # --- mining ---

    def mine(self, time_seconds: int | None = None) -> None:
        """Mine one block: foreign transactions first, then the key's by nonce."""
        time = max(self.head.time_seconds + 1, int(time_seconds or self.clock()))
        model = self.head.model.copy()
        for foreign in self.foreign:
            trial = model.copy()
            try:
                foreign(trial, time)
            except Reverts:
                continue
            model = trial
        self.foreign = []
        nonce, balance = self.head.nonce, self.head.balance_wei
        mined: list[Mined] = []
        batches = 0
        while len(mined) < BLOCK_TRANSACTIONS and (wanted := self.mempool.get(nonce)):
            batches += wanted.data[:4] == POST_BATCH
            if batches > self.block_batches:
                break
            cost = GAS_USED * self.base_fee_wei + wanted.value_wei
            if wanted.max_fee_wei < self.base_fee_wei or cost > self.balance_limit(balance):
                break
            trial = model.copy()
            try:
                self.execute(trial, self.sender, wanted.to, wanted.data, time, wanted.value_wei)
                model, succeeded = trial, True
            except Reverts:
                succeeded, cost = False, cost - wanted.value_wei
            mined.append(Mined(wanted, succeeded))
            del self.mempool[nonce]
            nonce += 1
            balance -= cost
        self._append(time, mined, model, nonce, balance)

    def reorganize(self, depth: int, *, keep_transactions: bool) -> list[int]:
        """Drop the newest blocks and return their times. Their transactions go back to the mempool,
        or are forgotten."""
        depth = min(depth, len(self.blocks) - DEEP)
        dropped = self.blocks[len(self.blocks) - depth :]
        del self.blocks[len(self.blocks) - depth :]
        self.forks += 1
        for block in dropped:
            for each in block.mined:
                self._mined_in.pop(each.transaction.hash, None)
                if keep_transactions:
                    self.mempool.setdefault(each.transaction.nonce, each.transaction)
        return [each.time_seconds for each in dropped]

    def execute(
        self,
        model: VenueModel,
        sender: bytes,
        to: bytes,
        data: bytes,
        time: int,
        value_wei: int = 0,
    ) -> bytes:
        """Run a call on a state and return its answer. Raises `Reverts`."""
        entry = ABI.functions.get(data[:4])
        if entry is None or to not in (model.terms.rollup, model.terms.inbox):
            raise Reverts("EmptyBatch")
        arguments = decode(entry["types"], data[4:])
        terms = model.terms
        match entry["name"]:
            case "postBatch":
                model.post_batch(sender, arguments[0], time)
                return encode(["bytes32"], [model.batches[-1].hash])
            case "propose":
                batch, parent, roots = arguments
                model.propose(sender, batch, parent, roots, time)
                return encode(["bytes32"], [model.claims[-1].hash])
            case "topUpBond":
                model.top_up_bond(sender, arguments[0], value_wei)
                return b""
            case "bondOf":
                amount = model.bonds.get(bytes.fromhex(arguments[0][2:]), 0)
                return encode(entry["output_types"], [_padded(entry, amount)])
            case name:
                answers: dict[str, Any] = {
                    "domainSeparator": domain_separator(terms.chain_id, terms.rollup),
                    "bondWei": terms.bond_wei,
                    "maxLagSeconds": terms.max_lag_seconds,
                    "forceInclusionSeconds": terms.force_inclusion_seconds,
                    "graceSeconds": terms.grace_seconds,
                    "windowSeconds": terms.window_seconds,
                    "orderedRate": terms.ordered_rate,
                    "inboxRate": terms.inbox_rate,
                    "orderedBurst": terms.ordered_burst,
                    "inboxBurst": terms.inbox_burst,
                    "lawAt": terms.law_id,
                    "count": len(model.messages),
                    "exitCount": len(model.exits),
                    "batchCount": len(model.batches) - 1,
                    "claimCount": len(model.claims),
                }
                return encode(entry["output_types"], [answers[name]])

    # --- transactions ---

    def receive(self, raw: bytes) -> bytes:
        """Take a signed EIP-1559 transaction into the mempool. Raises ValueError."""
        fields = rlp.decode(raw[1:])
        number = [int.from_bytes(each, "big") for each in fields[:5]]
        transaction = Transaction(
            hash=keccak256(raw),
            nonce=number[1],
            to=fields[5],
            data=fields[7],
            value_wei=int.from_bytes(fields[6], "big"),
            max_fee_wei=number[3],
            gas=number[4],
        )
        if transaction.nonce < self.head.nonce:
            raise ValueError("nonce too low")
        known = self.mempool.get(transaction.nonce)
        if known is not None:
            if known.hash == transaction.hash:
                raise ValueError("already known")
            if transaction.max_fee_wei * 10 < known.max_fee_wei * 11:
                raise ValueError("replacement transaction underpriced")
        if GAS_USED * self.base_fee_wei > self.balance_limit(self.head.balance_wei):
            raise ValueError("insufficient funds for gas * price + value")
        self.mempool[transaction.nonce] = transaction
        self.on_sent(transaction)
        return transaction.hash

    def find(self, hash_: bytes) -> tuple[SimulatedBlock, Mined] | None:
        """Return where a transaction was mined."""
        return self._mined_in.get(hash_)


def domain_separator(chain_id: int, rollup: bytes) -> bytes:
    """Return the EIP-712 domain of the Rollup."""
    return Domain(chain_id, rollup).separator


def _padded(entry: Mapping[str, Any], amount: int) -> tuple[Any, ...] | int:
    components = entry["outputs"][0].get("components")
    if not components:
        return amount
    nobody = "0x" + bytes(20).hex()
    rest = (nobody if each["type"] == "address" else 0 for each in components[1:])
    return (amount, *rest)


class SimulatedProvider(BaseProvider):
    """One JSON-RPC endpoint of the chain. `trouble` may answer in its place, or raise OSError."""

    def __init__(
        self,
        chain: SimulatedL1,
        trouble: Callable[[str, Sequence[Any]], Any] = lambda method, params: None,
    ) -> None:
        super().__init__()
        self.chain = chain
        self.trouble = trouble
        self.behind_blocks = self.lag_blocks = 0
        """How far behind the next answer is, and how far all are."""

    def make_request(self, method: RPCEndpoint, params: Any) -> Any:
        """Answer one request."""
        troubled = self.trouble(method, params)
        if troubled is not None:
            return troubled
        try:
            return {"jsonrpc": "2.0", "id": 1, "result": getattr(self, method)(*params)}
        except Reverts as revert:
            data = "0x" + ABI.revert_data(revert).hex()
            error = {"code": EXECUTION_REVERTED, "message": "execution reverted", "data": data}
            return {"jsonrpc": "2.0", "id": 1, "error": error}
        except ValueError as error:
            return {"jsonrpc": "2.0", "id": 1, "error": {"code": -32000, "message": str(error)}}

    def _head(self) -> int:
        return max(0, len(self.chain.blocks) - 1 - self.behind_blocks)

    def _block(self, tag: str) -> SimulatedBlock | None:
        number = self._head() if tag in ("latest", "pending", "finalized") else int(tag, 16)
        return self.chain.blocks[number] if number <= self._head() else None

    def eth_chainId(self) -> str:
        """Return the chain id."""
        return hex(self.chain.model.terms.chain_id)

    def eth_blockNumber(self) -> str:
        """Return the head."""
        return hex(self._head())

    def eth_getBlockByNumber(self, tag: str, full: bool) -> dict[str, str] | None:
        """Return a block's header."""
        block = self._block(tag)
        if block is None:
            return None
        return {
            "number": hex(block.number),
            "hash": "0x" + block.hash.hex(),
            "parentHash": "0x" + block.parent_hash.hex(),
            "timestamp": hex(block.time_seconds),
            "baseFeePerGas": hex(block.base_fee_wei),
        }

    def eth_getLogs(self, query: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return the events of a range of blocks."""
        wanted = set(query["address"])
        found = []
        last = min(int(query["toBlock"], 16), self._head())
        for block in self.chain.blocks[int(query["fromBlock"], 16) : last + 1]:
            found += [each for each in block.logs if each["address"] in wanted]
        return found

    def eth_getCode(self, address: str, tag: str) -> str:
        """Return the code at the law's address, and some code at every other."""
        return "0x" + self.chain.law_code.hex()

    def eth_getBalance(self, address: str, tag: str) -> str:
        """Return the balance of the node's key."""
        return hex(self.chain.balance_limit(self.chain.blocks[self._head()].balance_wei))

    def eth_getTransactionCount(self, address: str, tag: str) -> str:
        """Return the next nonce of the node's key, at a block."""
        block = self._block(tag)
        if block is None:
            raise ValueError("header not found")
        return hex(block.nonce)

    def eth_call(self, message: Mapping[str, str], tag: str) -> str:
        """Run a call on the newest state, in a block that follows it at once."""
        block = self._block(tag)
        if block is None:
            raise ValueError("header not found")
        answer = self.chain.execute(
            block.model.copy(),
            bytes.fromhex(message.get("from", "0x" + "00" * 20)[2:]),
            bytes.fromhex(message["to"][2:]),
            bytes.fromhex(message["data"][2:]),
            max(block.time_seconds, int(self.chain.clock())),
        )
        return "0x" + answer.hex()

    def eth_estimateGas(self, message: Mapping[str, str]) -> str:
        """Return the gas that every transaction here takes. Raises `Reverts` where it would."""
        self.eth_call(message, "latest")
        return hex(GAS_USED)

    def eth_getTransactionReceipt(self, hash_: str) -> dict[str, Any] | None:
        """Return a mined transaction's receipt."""
        found = self.chain.find(bytes.fromhex(hash_[2:]))
        if found is None or found[0].number > self._head():
            return None
        block, mined = found
        return {
            "transactionHash": hash_,
            "blockNumber": hex(block.number),
            "blockHash": "0x" + block.hash.hex(),
            "status": hex(int(mined.succeeded)),
            "gasUsed": hex(GAS_USED),
            "effectiveGasPrice": hex(block.base_fee_wei),
            "logs": [],
        }

    def eth_sendRawTransaction(self, raw: str) -> str:
        """Take a transaction into the mempool."""
        return "0x" + self.chain.receive(bytes.fromhex(raw[2:])).hex()
