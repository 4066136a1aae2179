"""A venue on the embedded L1 whose transactions the L1 benchmarks measure."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from web3 import Web3

from strikeproof.bench.dispute_l1 import INBOX_FEE_WEI, DisputeChain, Done, L1Step, signer
from strikeproof.bench.max_declared_segment import max_declared_segment
from strikeproof.contracts import LAW_FAMILIES, LAW_MODULES, artifact
from strikeproof.deployment_check import genesis_record
from strikeproof.keccak import keccak256
from strikeproof.ordered_form import ordered_op
from strikeproof.sequencer.batch.batch_bytes import SEGMENT_LENGTH_BYTES
from strikeproof.wire.constants import (
    BATCH_BYTES_MAX,
    BATCH_SEGMENTS_MAX,
    PREFIX_BATCH,
    PREFIX_LIST,
    PREFIX_LIST_LEAF,
    PREFIX_LIST_NODE,
    SEGMENT_BYTES_MAX,
    SEGMENT_OPS_MAX,
)
from strikeproof.wire.operations import (
    HEADER_BYTES,
    SEGMENT_HEAD_BYTES,
    SIGNATURE_BYTES,
    encode_batch,
    encode_bundle,
    encode_header,
    encode_place,
    encode_withdraw,
)
from strikeproof.wire.units import Lots, MicroUsd, Milliseconds, Ppm, Ticks

SEED: Final = 7
CODE_BYTES_LIMIT: Final = 24_576  # EIP-170
TRANSACTION_BYTES_LIMIT: Final = 131_072  # what nodes relay
TRANSACTION_GAS_LIMIT: Final = 2**24  # EIP-7825
MICRO_USD: Final = 10**6
ZERO: Final = bytes(32)


def bundle(chance: random.Random, actions: int) -> bytes:
    """Return a bundle of places with everyday numbers and a signature's 64 random bytes."""
    places = [
        encode_place(
            instrument=chance.randrange(1, 40),
            flags=chance.randrange(2),
            price=Ticks(chance.randrange(20_000, 40_000)),
            lots=Lots(chance.randrange(1, 5_000)),
            client_id=chance.randrange(2**32),
        )
        for _ in range(actions)
    ]
    return encode_bundle(
        account=chance.randrange(1_000, 100_000),
        session=1,
        nonce=chance.randrange(10**6),
        expiry_ms=Milliseconds(1_000 * chance.randrange(2_000_000_000, 2_000_000_100)),
        max_fee_ppm=Ppm(500),
        actions=places,
        signature=chance.randbytes(SIGNATURE_BYTES),
    )


def full_segments(actions: int) -> tuple[list[bytes], int]:
    """Return the fullest batch's segments, without their times, and how many ops they hold."""
    chance = random.Random(SEED)
    segments: list[bytes] = []
    left, ops = BATCH_BYTES_MAX - HEADER_BYTES, 0
    while True:
        segment: list[bytes] = []
        room = SEGMENT_BYTES_MAX - SEGMENT_HEAD_BYTES
        while len(segment) < SEGMENT_OPS_MAX:
            op = ordered_op(bundle(chance, actions))
            if len(op) > room:
                break
            segment.append(op)
            room -= len(op)
        data = b"".join(segment)
        left -= SEGMENT_LENGTH_BYTES + SEGMENT_HEAD_BYTES + len(data)
        if left < 0 or len(segments) == BATCH_SEGMENTS_MAX - 1:
            return segments, ops
        segments.append(data)
        ops += len(segment)


@dataclass(frozen=True, slots=True)
class MeasuredBatch:
    """A posted batch."""

    header: bytes
    segments: Sequence[bytes]
    batch_hash: bytes


def _levels(items: Sequence[bytes]) -> list[list[bytes]]:
    """Return a static list's levels from the leaves up."""
    levels = [[keccak256(bytes([PREFIX_LIST_LEAF]) + item) for item in items]]
    while len(levels[-1]) > 1:
        below = levels[-1]
        pairs = zip(below[::2], below[1::2], strict=False)
        above = [keccak256(bytes([PREFIX_LIST_NODE]) + left + right) for left, right in pairs]
        levels.append(above + below[len(below) - len(below) % 2 :])
    return levels


def _path(items: Sequence[bytes], index: int) -> list[bytes]:
    path = []
    for level in _levels(items)[:-1]:
        if index ^ 1 < len(level):
            path.append(level[index ^ 1])
        index >>= 1
    return path


class Bench:
    """One venue and its figures."""

    def __init__(self) -> None:
        """Deploy it."""
        self.l1 = DisputeChain()
        self.addresses = self.l1.deployment.addresses

    def data(self, contract: str, function: str, *arguments: Any) -> bytes:
        """Return a call's data."""
        contract_class = Web3().eth.contract(abi=artifact(contract).abi)
        return bytes.fromhex(contract_class.encode_abi(function, args=list(arguments))[2:])

    def send(self, by: str, contract: str, function: str, *arguments: Any, value: int = 0) -> Done:
        """Send a call in a block of its own."""
        data = self.data(contract, function, *arguments)
        step = L1Step(by, self.addresses[contract], data, self.l1.time + 1, value)
        return self.l1.run(step)

    def deployments(self) -> dict[str, int]:
        """Return code bytes and gas of each contract."""
        names = {bytes.fromhex(address[2:]): name for name, address in self.addresses.items()}
        for family, law in zip(self.l1.deployment.laws, LAW_FAMILIES, strict=True):
            names[bytes.fromhex(family[2:])] = law
        for module, name in zip(self.l1.deployment.law_modules, LAW_MODULES, strict=True):
            names[bytes.fromhex(module[2:])] = name
        found: dict[str, int] = {}
        for number in range(1, self.l1.chain.head_number + 1):
            for mined in self.l1.chain.transactions(number):
                if mined.contract:
                    name = names[mined.contract]
                    found[f"code_bytes_{name}"] = len(artifact(name).deployed_bytecode)
                    found[f"deploy_gas_{name}"] = mined.gas_used
        limits = {"code_bytes_max": CODE_BYTES_LIMIT, "deploy_gas_max": TRANSACTION_GAS_LIMIT}
        return found | limits

    def messages(self) -> dict[str, int]:
        """Return the gas of what users send to L1, each for the second time: slots in use."""
        trader = signer("trader").address
        vault = self.addresses["Vault"]
        self.send("trader", "TestToken", "mint", trader, 10**4 * MICRO_USD)
        self.send("trader", "TestToken", "approve", vault, 2**256 - 1)
        op = bundle(random.Random(SEED), 1)
        found: dict[str, int] = {}
        for account in (1, 2):
            leaving = encode_withdraw(
                account=account,
                nonce=0,
                expiry_ms=Milliseconds(2**47),
                amount_micro_usd=MicroUsd(1),
            )
            for name, contract, arguments in (
                ("register", "Vault", ("register", trader)),
                ("deposit", "Vault", ("deposit", 1, MICRO_USD)),
                ("forced_op", "Inbox", ("submit", op)),
                ("exit", "Inbox", ("exit", leaving)),
            ):
                done = self.send("trader", contract, *arguments, value=INBOX_FEE_WEI)
                found[f"{name}_gas"] = done.gas_used
        return found

    def post(
        self, number: int, parent: bytes, segments: Sequence[bytes]
    ) -> tuple[MeasuredBatch, Done]:
        """Post a batch that consumes no message."""
        time_ms = Milliseconds(self.l1.time * 1000)
        timed = [max_declared_segment(time_ms, [segment]) for segment in segments]
        header = encode_header(
            law_id=bytes.fromhex(self.l1.deployment.law_id[2:]),
            number=number,
            parent_hash=parent,
            sequencer_epoch=1,
            time_ms=time_ms,
            inbox_end=0,
            inbox_rolling=ZERO,
            exit_end=0,
            exit_rolling=ZERO,
            joined=0,
            segment_count=len(timed),
        )
        data = encode_batch(header=header, segments=timed)
        done = self.send("sequencer", "Rollup", "postBatch", data)
        root = _levels(timed)[-1][0]
        commitment = keccak256(bytes([PREFIX_LIST]) + len(timed).to_bytes(8, "big") + root)
        batch_hash = keccak256(bytes([PREFIX_BATCH]) + header + commitment)
        return MeasuredBatch(header, timed, batch_hash), done

    def propose(self, batch: MeasuredBatch, parent_claim: bytes, roots: Sequence[bytes]) -> Done:
        """Claim a batch."""
        return self.send("proposer", "Rollup", "propose", batch.batch_hash, parent_claim, roots)

    def challenge(
        self, number: int, batch: MeasuredBatch, claim: bytes, roots: Sequence[bytes]
    ) -> Done:
        """Disprove the first segment: its accounts are unknown, so it touches one record."""
        deployment = self.l1.deployment
        record = genesis_record(bytes.fromhex(deployment.domain_separator.removeprefix("0x")))
        given = {
            "number": number,
            "claimHash": claim,
            "segmentIndex": 0,
            "preRoot": roots[0],
            "postRoot": roots[1],
            "preRootPath": _path(roots, 0),
            "postRootPath": _path(roots, 1),
            "header": batch.header,
            "segments": ZERO,
            "segment": batch.segments[0],
            "segmentPath": _path(batch.segments, 0),
            "records": bytes(8) + bytes([len(record) // 32]) + record,
            "advice": b"",
            "proof": (2).to_bytes(2, "big") + bytes(2),  # fifteen kinds without a record
            "salt": ZERO,
        }
        return self.send("challenger", "Rollup", "challenge", tuple(given.values()))
