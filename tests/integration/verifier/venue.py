"""A venue on a real L1 (py-evm's, behind the embedded JSON-RPC) for the verifier's tests.

The contracts are the real ones. The law is a small one (contracts/test/TinyLaw.sol), whose roots an
oracle written here computes, or the real one, whose roots the sequencer's engine computes: in
neither case has the verifier a hand in what is right.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from eth_abi import decode as abi_decode
from eth_abi import encode as abi_encode
from eth_utils.address import to_checksum_address
from web3.providers.base import BaseProvider
from web3.types import Nonce
from web3.utils import get_create_address

from strikeproof.bench.max_declared_segment import max_declared_segment
from strikeproof.client.typed_data import Domain
from strikeproof.contracts import LAW_FAMILIES, LAW_MODULES, artifact
from strikeproof.devnet.embedded_l1.chain import EmbeddedChain
from strikeproof.devnet.embedded_l1.rpc import Rpc, RpcError
from strikeproof.keccak import keccak256
from strikeproof.keystore import Signer, signer_of_key
from strikeproof.l1 import Endpoint, L1Client
from strikeproof.ordered_form import frame_ordered
from strikeproof.sequencer.core.engine import Engine
from strikeproof.sequencer.core.family import framed_messages, messages_input, ordered_input
from strikeproof.sequencer.order.message_runs import message_runs
from strikeproof.verifier.derivation.log_derivation import Contracts
from strikeproof.verifier.derivation.logged_batch import (
    batch_hash,
    claim_hash,
    genesis_batch_hash,
    rolled,
)
from strikeproof.verifier.state.genesis import (
    genesis_records,
)
from strikeproof.verifier.state.rollup_abi import call_data, return_values
from strikeproof.wire.constants import SEGMENT_CHARGE_MAX
from strikeproof.wire.operations import (
    ORDERED_INPUT_HEAD_BYTES,
    encode_batch,
    encode_header,
)
from tests.harness import harness
from tests.unit.verifier.test_forest import reference_root

ETHER = 10**18
CHAIN_ID = 31337
WINDOW_SECONDS = 600
FEE_PER_MEGA_WEI = 10**12
AMPLE_WEI = 10**16
"""More than any message costs: the Inbox gives back what is over."""


class ChainProvider(BaseProvider):
    """The embedded L1's JSON-RPC without a socket; answers go through JSON as on the wire.

    `tamper(method, params, answer)` may change an answer or raise.
    """

    def __init__(self, rpc: Rpc) -> None:
        super().__init__()
        self.rpc = rpc
        self.tamper: Callable[[str, list[Any], Any], Any] = lambda method, params, answer: answer

    def make_request(self, method: Any, params: Any) -> Any:
        try:
            answer: Any = {"result": self.rpc.handle(method, json.loads(json.dumps(params)))}
        except RpcError as error:
            answer = {"error": {"code": error.code, "message": str(error), "data": error.data}}
        return self.tamper(method, params, json.loads(json.dumps(answer)))


class TinyOracle:
    """The tiny law in Python, and its roots by the recursive definition."""

    def __init__(self, records: Mapping[int, bytes]) -> None:
        self.records = dict(records)

    @property
    def root(self) -> bytes:
        return reference_root(self.records)

    def execute(self, law_input: bytes) -> None:
        at = ORDERED_INPUT_HEAD_BYTES
        while at + 2 <= len(law_input):
            length = law_input[at + 1]
            body = law_input[at + 2 : at + 2 + length]
            if len(body) < length:
                break
            if law_input[at] == 1 and length == 16:
                key = int.from_bytes(body[:8], "big")
                record = self.records.get(key) or bytes(32)
                word = int.from_bytes(record[:32], "big") + int.from_bytes(body[8:], "big")
                self.records[key] = word.to_bytes(32, "big") + record[32:]
            elif law_input[at] == 3 and length == 2:
                self.records[(4 << 56) | int.from_bytes(body, "big")] = bytes(32)
            at += 2 + length


class EngineOracle:
    """The real law's roots by the sequencer's engine, which shares nothing with the verifier."""

    def __init__(self, separator: bytes) -> None:
        self.engine = Engine.genesis(separator)

    @property
    def root(self) -> bytes:
        return self.engine.state_root()

    def execute(self, law_input: bytes) -> None:
        self.engine.execute_segment(law_input)


def add_op(kind: int, id_: int, amount: int) -> bytes:
    """Return the op that adds to a record's first word."""
    body = ((kind << 56) | id_).to_bytes(8, "big") + amount.to_bytes(8, "big")
    return frame_ordered(1, body)


class Venue:
    """L1 with Timelock, Inbox and Rollup; one account that sequences and proposes."""

    def __init__(
        self,
        window_seconds: int = WINDOW_SECONDS,
        *,
        real_law: bool = False,
        real_escape: bool = False,
    ) -> None:
        """Without a real Escape the admin may freeze, and there is no Vault."""
        self.signers = [signer_of_key(keccak256(b"venue" + bytes([each]))) for each in range(6)]
        self.admin, self.sequencer, self.challenger, self.other = self.signers[:4]
        balances = {each.address: 10**6 * ETHER for each in self.signers}
        self.chain = EmbeddedChain(CHAIN_ID, balances)
        self.rpc = Rpc(self.chain, mines_at_once=True)
        self.window_seconds = window_seconds
        self._deploy(real_law, real_escape)
        self.oracle: TinyOracle | EngineOracle = (
            EngineOracle(Domain(CHAIN_ID, self.rollup).separator)
            if real_law
            else TinyOracle(genesis_records(CHAIN_ID, self.rollup))
        )
        self.contracts = Contracts(CHAIN_ID, self.rollup, self.inbox, 0)
        self.genesis_root = self.oracle.root
        self.parent = genesis_batch_hash(CHAIN_ID, self.rollup)
        self.rolling = bytes(32)
        self.messages: list[bytes] = []
        self.exits: list[bytes] = []
        self.exits_consumed = 0
        self.shares_segments = False
        """Whether light messages in a row share a segment."""
        self.accounts = 0
        self.consumed = 0
        self.batches: list[tuple[bytes, list[bytes]]] = []
        self.inputs: list[list[bytes]] = []
        """What the messages and segments of each batch put to the law."""
        """The hash and the right roots of each batch."""
        genesis_claim = claim_hash(0, self.parent, bytes(32), bytes(20), [self.genesis_root])
        self.claims: list[bytes] = [genesis_claim]

    # --- L1 ---

    def provider(self) -> ChainProvider:
        return ChainProvider(self.rpc)

    def client(self, *providers: ChainProvider, agreement: int | None = None) -> L1Client:
        """Return a client of these providers; of one honest one if none is given."""
        endpoints = [
            Endpoint(f"node-{at}", each, retries=1, backoff_seconds=0.0)
            for at, each in enumerate(providers or [self.provider()])
        ]
        return L1Client(endpoints, agreement=agreement)

    def send(
        self, signer: Signer, to: bytes | None, data: bytes, value: int = 0, gas: int = 2**24
    ) -> Any:
        """Mine a transaction and return its receipt; raise RuntimeError if it reverted."""
        transaction = {
            "type": 2,
            "chainId": CHAIN_ID,
            "nonce": self.chain.nonce(signer.address, self.chain.head_number, pending=True),
            "data": data,
            "value": value,
            "gas": gas,
            "maxFeePerGas": 100 * 10**9,
            "maxPriorityFeePerGas": 10**9,
        }
        if to is not None:
            transaction["to"] = to_checksum_address(to)
        sent = self.rpc.handle(
            "eth_sendRawTransaction", ["0x" + signer.sign_transaction(transaction).hex()]
        )
        receipt = self.rpc.handle("eth_getTransactionReceipt", [sent])
        if receipt["status"] != "0x1":
            raise RuntimeError(f"reverted: {to and to.hex()} {data[:4].hex()}")
        return receipt

    def _create(self, name: str, arguments: bytes, code: bytes | None = None) -> bytes:
        data = (artifact(name).bytecode if code is None else code) + arguments
        receipt = self.send(self.admin, None, data)
        return bytes.fromhex(receipt["contractAddress"][2:])

    def _next_contract(self, skipped: int) -> bytes:
        """Return the address of the admin's contract after `skipped` others."""
        nonce = self.chain.nonce(self.admin.address, self.chain.head_number)
        address = to_checksum_address(self.admin.address)
        return bytes.fromhex(get_create_address(address, Nonce(nonce + skipped))[2:])

    def _deploy(self, real_law: bool, real_escape: bool) -> None:
        delay = self.window_seconds + 3 * 3_600 + 60
        self.timelock = self._create(
            "Timelock", abi_encode(["address", "uint64"], [self.admin.address, delay])
        )
        if real_law:
            modules = [self._create(name, b"") for name in LAW_MODULES]
            arguments = abi_encode(["address"] * len(modules), modules)
            self.laws = [self._create(name, arguments) for name in LAW_FAMILIES]
        else:
            modules = []
            self.laws = [self._create("TinyLaw", b"", harness("TinyLaw").bytecode)] * len(
                LAW_FAMILIES
            )
        self.law_id = self._hash_law([*self.laws, *modules])
        # The test plays the Vault: it adds messages at will.
        self.inbox = self._create(
            "Inbox",
            abi_encode(
                ["address", "address", "address", "uint32", "uint256"],
                [
                    self._next_contract(1),
                    self.admin.address,
                    self.admin.address,
                    1_000 * SEGMENT_CHARGE_MAX,
                    FEE_PER_MEGA_WEI,
                ],
            ),
        )
        config = (
            self.inbox,
            self.timelock,
            self._next_contract(1) if real_escape else self.admin.address,
            self.sequencer.address,
            self.laws,
            self.window_seconds,
            3_600,
            3_600,
            600,
            3_600,
            1_000 * SEGMENT_CHARGE_MAX,
            1_000 * SEGMENT_CHARGE_MAX,
            10_000 * SEGMENT_CHARGE_MAX,
            10_000 * SEGMENT_CHARGE_MAX,
            10**9,
        )
        types = (
            ["address"] * 4
            + ["address[5]"]
            + ["uint64"] * 5
            + ["uint32"] * 2
            + ["uint64"] * 2
            + ["uint128"]
        )
        self.rollup = self._create("Rollup", abi_encode([f"({','.join(types)})"], [config]))
        if real_escape:
            self._deploy_escape()

    def _deploy_escape(self) -> None:
        """Deploy the Escape, and a Vault that only the Escape knows: the test adds messages."""
        terms, vault = [7 * 86_400, 14 * 86_400, 86_400, 86_400], self._next_contract(1)
        self.escape = self._create(
            "Escape",
            abi_encode(
                ["address", "address", "address", "(uint64,uint64,uint64,uint64)"],
                [self.rollup, vault, self.inbox, terms],
            ),
        )
        nobody = bytes(20)
        config = (nobody, self.inbox, self.rollup, self.timelock, self.escape, nobody)
        limits = (10**12, 250_000, 10**12, 1)
        self.vault = self._create(
            "Vault",
            abi_encode([f"({','.join(['address'] * 6 + ['uint256'] * 4)})"], [(*config, *limits)]),
        )
        assert self.vault == vault

    def _hash_law(self, contracts: list[bytes]) -> bytes:
        codes = [self.rpc.handle("eth_getCode", ["0x" + each.hex()]) for each in contracts]
        hashes = b"".join(keccak256(bytes.fromhex(each[2:])) for each in codes)
        return keccak256(b"strikeproof law 2" + hashes)

    # --- the venue ---

    def add_message(self, payload: bytes) -> bytes:
        """Put a message into the Inbox; return it as it was recorded."""
        data = keccak256(b"govern(bytes)")[:4] + abi_encode(["bytes"], [payload])
        return self._added(self.send(self.admin, self.inbox, data))

    def register(self, owner: bytes) -> bytes:
        """Register the next account."""
        self.accounts += 1
        types = ["address", "uint32", "address"]
        data = keccak256(b"register(address,uint32,address)")[:4]
        data += abi_encode(types, [owner, self.accounts, owner])
        return self._added(self.send(self.admin, self.inbox, data, value=AMPLE_WEI))

    def deposit(self, account: int, amount: int) -> bytes:
        """Deposit into an account; no token moves, the test is the Vault."""
        types = ["address", "uint32", "uint128"]
        data = keccak256(b"deposit(address,uint32,uint128)")[:4]
        data += abi_encode(types, [self.admin.address, account, amount])
        return self._added(self.send(self.admin, self.inbox, data, value=AMPLE_WEI))

    def force(self, signer: Signer, op: bytes) -> bytes:
        """Force a user op through the Inbox."""
        data = keccak256(b"submit(bytes)")[:4] + abi_encode(["bytes"], [op])
        return self._added(self.send(signer, self.inbox, data, value=AMPLE_WEI))

    def exit(self, signer: Signer, op: bytes) -> None:
        """Have the owner of an account leave through the lane of exits."""
        self.send(self.admin, signer.address, b"", value=10 * ETHER)
        data = keccak256(b"exit(bytes)")[:4] + abi_encode(["bytes"], [op])
        receipt = self.send(signer, self.inbox, data, value=ETHER // 2)
        message, _ = abi_decode(["bytes", "bytes32"], bytes.fromhex(receipt["logs"][0]["data"][2:]))
        self.exits.append(message)

    def _added(self, receipt: Any) -> bytes:
        message, rolling = abi_decode(
            ["bytes", "bytes32"], bytes.fromhex(receipt["logs"][0]["data"][2:])
        )
        self.rolling = rolled(self.rolling, message)
        assert self.rolling == rolling
        self.messages.append(message)
        return message

    def post_batch(self, *segments: bytes, inbox_end: int | None = None) -> int:
        """Order segments of these ops, their time the batch's; return the batch's number."""
        time_ms = self.now_ms()
        timed = [max_declared_segment(time_ms, [each]) for each in segments]
        return self.post_timed_batch(timed, time_ms, inbox_end)

    def now_ms(self) -> int:
        """Return the newest block's time in milliseconds."""
        return int(self.chain.header(self.chain.head_number).timestamp) * 1000

    def post_timed_batch(
        self, timed: list[bytes], time_ms: int, inbox_end: int | None = None
    ) -> int:
        """Order segments as a batch holds them; return the batch's number."""
        number = len(self.batches) + 1
        end = len(self.messages) if inbox_end is None else inbox_end
        rolling = bytes(32)
        for message in self.messages[:end]:
            rolling = rolled(rolling, message)
        exit_rolling = bytes(32)
        for message in self.exits:
            exit_rolling = rolled(exit_rolling, message)
        taken = self.messages[self.consumed : end]
        runs = list(message_runs(taken)) if self.shares_segments else [(each,) for each in taken]
        joined = at = 0
        for run in runs:
            joined |= sum(1 << (at + place) for place in range(1, len(run)))
            at += len(run)
        header = encode_header(
            law_id=self.law_id,
            number=number,
            parent_hash=self.parent,
            sequencer_epoch=1,
            time_ms=time_ms,
            inbox_end=end,
            inbox_rolling=rolling,
            exit_end=len(self.exits),
            exit_rolling=exit_rolling,
            joined=joined,
            segment_count=len(timed),
        )
        data = encode_batch(header=header, segments=timed)
        self.send(self.sequencer, self.rollup, call_data("postBatch", data))
        consumed = [(each,) for each in self.exits[self.exits_consumed :]] + runs
        inputs = [messages_input(framed_messages(each), time_ms) for each in consumed]
        inputs += [ordered_input(each, time_ms) for each in timed]
        roots = [self.oracle.root]
        self.inputs.append(inputs)
        for each in inputs:
            self.oracle.execute(each)
            roots.append(self.oracle.root)
        self.parent = batch_hash(header, timed)
        self.consumed, self.exits_consumed = end, len(self.exits)
        self.batches.append((self.parent, roots))
        return number

    def bond(self, signer: Signer | None = None) -> None:
        """Put up a bond that is large enough."""
        self.send(
            signer or self.sequencer, self.rollup, call_data("depositBond"), value=1000 * ETHER
        )

    def propose(
        self, number: int, roots: Sequence[bytes] | None = None, signer: Signer | None = None
    ) -> bytes:
        """Claim a batch's roots, the right ones unless others are given; return the claim hash."""
        signer = signer or self.sequencer
        batch, right = self.batches[number - 1]
        claimed = list(right if roots is None else roots)
        self.send(
            signer, self.rollup, call_data("propose", batch, self.claims[number - 1], claimed)
        )
        del self.claims[number:]
        self.claims.append(
            claim_hash(number, batch, self.claims[number - 1], signer.address, claimed)
        )
        return self.claims[number]

    def rollup_call(self, function: str, *arguments: Any) -> Any:
        answer = self.client().call(self.rollup, call_data(function, *arguments))
        return return_values(function, answer)

    def reward(self) -> tuple[bytes, int]:
        """Return for whom the reward of the sequencer's deepest lie is held, and how much."""
        ((_, held, _, _, _, account, _),) = self.rollup_call("bondOf", self.sequencer.address)
        return bytes.fromhex(account[2:]), int(held)

    def skip_time(self, seconds: int) -> None:
        """Mine a block that is at least this much later: blocks run ahead of the clock."""
        ahead = max(0, self.now_ms() // 1000 - self.chain.now())
        self.chain.skip_time(ahead + seconds)
        self.chain.mine()
