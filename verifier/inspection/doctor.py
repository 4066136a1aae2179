"""`challenge doctor`: would this verifier find a lie in time, and could it disprove it?"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from strikeproof.contracts import LAW_FAMILIES, LAW_MODULES, Artifact, artifact
from strikeproof.failure import Broken, Rejected, Transient
from strikeproof.keccak import keccak256
from strikeproof.keystore import Signer, signer_of_key
from strikeproof.l1 import L1Client
from strikeproof.verifier.config import VerifierConfig
from strikeproof.verifier.dispute.readiness import funds_needed_wei
from strikeproof.verifier.execution.deployed_law import DeployedLaw
from strikeproof.verifier.execution.deployed_laws import read_law
from strikeproof.verifier.execution.revm import is_installed
from strikeproof.verifier.state.genesis import (
    genesis_root,
)
from strikeproof.verifier.state.rollup_abi import ADMITTED_RATES, call_data, return_values
from strikeproof.verifier.wiring import VerifierParts, find_contracts

CLOCK_SKEW_SECONDS: Final = 60
LAG_BLOCKS: Final = 5
KECCAK_US_MAX: Final = 4.0
RECOVER_US_MAX: Final = 400.0

Status = Literal["ok", "warn", "fail"]


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at."""

    name: str
    status: Status
    detail: str


WorstRates = Callable[[Sequence[str]], Mapping[str, Mapping[str, Any]]]
"""By the executors' names: `charge_per_s`, law-gas a second here at worst, and the `slowest`
segment."""


def examine(config: VerifierConfig, worst_rates: WorstRates) -> Iterator[Check]:
    """Yield the checks, each as soon as it is made; what cannot be reached fails by itself."""
    yield _keccak_backend()
    yield _recovery_backend()
    client = config.l1.client()
    yield from _endpoints(config, client)
    try:
        contracts = find_contracts(config, client)
    except (Transient, Broken, Rejected) as error:
        yield Check("contracts", "fail", str(error))
        return
    yield _genesis(client, contracts.chain_id, contracts.rollup)
    yield _contract_code(client, "Rollup", contracts.rollup)
    yield _contract_code(client, "Inbox", contracts.inbox)
    yield from _laws(client, contracts.rollup)
    yield _rate(config, client, worst_rates)
    yield from _key(config, client)
    try:
        parts = VerifierParts(client, contracts, config.store_path, writable=False)
    except Broken as error:
        yield Check("store", "warn", str(error))
        return
    try:
        yield from _store(parts)
    finally:
        parts.close()


def _timed_us(function: Callable[[], object], times: int) -> float:
    started = time.perf_counter()
    for _ in range(times):
        function()
    return (time.perf_counter() - started) / times * 1e6


def _keccak_backend() -> Check:
    from eth_hash.auto import keccak

    ours = _timed_us(lambda: keccak256(bytes(64)), 2_000)
    theirs = _timed_us(lambda: keccak(bytes(64)), 2_000)
    detail = f"{ours:.1f} us a hash, {theirs:.1f} us in py-evm"
    right = (
        keccak(b"").hex()
        == keccak256(b"").hex()
        == ("c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470")
    )
    slow = max(ours, theirs) > KECCAK_US_MAX
    return Check("keccak", "fail" if not right else "warn" if slow else "ok", detail)


def _recovery_backend() -> Check:
    from eth_keys.backends import get_backend
    from eth_keys.backends.coincurve import CoinCurveECCBackend
    from eth_keys.datatypes import Signature

    backend = get_backend()
    signer, digest = signer_of_key(bytes(31) + b"\1"), keccak256(b"doctor")
    signature = Signature(vrs=signer.sign_digest(digest))
    micros = _timed_us(lambda: signature.recover_public_key_from_msg_hash(digest), 50)
    fast = isinstance(backend, CoinCurveECCBackend) and micros <= RECOVER_US_MAX
    detail = f"{type(backend).__name__}, {micros:.0f} us a recovery"
    return Check("secp256k1", "ok" if fast else "warn", detail)


def _endpoints(config: VerifierConfig, client: L1Client) -> Iterator[Check]:
    if len(client.endpoints) == 1:
        yield Check("endpoints", "warn", "only one endpoint: it can withhold whatever it likes")
    lags = client.lag_blocks()
    for endpoint in client.endpoints:
        name = f"endpoint {endpoint.name}"
        try:
            chain_id = endpoint.chain_id()
            head = endpoint.block("latest")
        except Transient as error:
            yield Check(name, "fail", str(error))
            continue
        if chain_id != config.l1.chain_id or head is None:
            yield Check(name, "fail", f"serves chain {chain_id}, not {config.l1.chain_id}")
            continue
        lag = lags.get(endpoint.name)
        detail = f"block {head.number}, {lag} behind the newest"
        yield Check(name, "ok" if lag is not None and lag <= LAG_BLOCKS else "warn", detail)
    try:
        head = client.head()
    except Transient as error:
        yield Check("agreement", "fail", str(error))
        return
    yield Check("agreement", "ok", f"{client.agreement} of {len(client.endpoints)} must agree")
    skew = time.time() - head.timestamp_seconds
    status: Status = "ok" if -CLOCK_SKEW_SECONDS <= skew <= 10 * CLOCK_SKEW_SECONDS else "warn"
    yield Check("clock", status, f"{skew:.0f} s ahead of L1's newest block")


def _genesis(client: L1Client, chain_id: int, rollup: bytes) -> Check:
    try:
        theirs = client.call(rollup, call_data("genesisRoot"))
    except (Transient, Rejected) as error:
        return Check("genesis", "fail", str(error))
    ours = genesis_root(chain_id, rollup)
    detail = f"root 0x{ours.hex()}"
    return Check("genesis", "ok" if theirs == ours else "fail", detail)


def _contract_code(client: L1Client, name: str, address: bytes) -> Check:
    try:
        code = client.code(address)
    except Transient as error:
        return Check(f"{name} code", "fail", str(error))
    same = bool(code) and _without_immutables(artifact(name), code) == (
        artifact(name).deployed_bytecode
    )
    detail = f"0x{address.hex()}: hash 0x{keccak256(code).hex()}"
    return Check(f"{name} code", "ok" if same else "warn", detail + _shipped(same))


def _rate(config: VerifierConfig, client: L1Client, worst_rates: WorstRates) -> Check:
    """Compare the rate that L1 admits with the worst case: a flood is made of the worst."""
    wants_revm = config.executor != "py-evm"
    if config.executor == "revm" and not is_installed():
        return Check("rate", "fail", "executor = revm, but pyrevm is not installed")
    name = "revm" if wants_revm and is_installed() else "py_evm"
    try:
        answers = [client.call(config.l1.rollup, call_data(each)) for each in ADMITTED_RATES]
    except (Transient, Rejected) as error:
        return Check("rate", "fail", str(error))
    admitted = sum(int.from_bytes(each, "big") for each in answers)
    found = worst_rates((name,))[name]
    detail = (
        f"{found['charge_per_s'] / 1e6:.1f}M law-gas/s at worst on one core in"
        f" {name.replace('_', '-')} ({found['slowest']}), L1 admits {admitted / 1e6:.1f}M"
    )
    return Check("rate", "ok" if found["charge_per_s"] >= admitted else "warn", detail)


def _shipped(same: bool) -> str:
    return (
        ", as shipped" if same else ", not what this release ships: read it before you rely on it"
    )


def _without_immutables(shipped: Artifact, code: bytes) -> bytes:
    blank = bytearray(code)
    for places in shipped.immutable_references.values():
        for start, length in places:
            blank[start : start + length] = bytes(length)
    return bytes(blank)


def _laws(client: L1Client, rollup: bytes) -> Iterator[Check]:
    try:
        now_ms = client.head().timestamp_seconds * 1000
        law_id = client.call(rollup, call_data("lawAt", now_ms))
        answer = client.call(rollup, call_data("lawAddresses", law_id))
        (families,) = return_values("lawAddresses", answer)
        law = read_law(client, tuple(bytes.fromhex(each[2:]) for each in families))
    except (Transient, Broken, Rejected) as error:
        yield Check("law", "fail", str(error))
        return
    if law.id != law_id:
        yield Check("law", "fail", f"code is law 0x{law.id.hex()}, L1 says 0x{law_id.hex()}")
        return
    same = _is_shipped_law(law)
    status: Status = "ok" if same else "warn"
    addresses = ", ".join("0x" + each.hex() for each in law.families)
    yield Check("law", status, f"0x{law_id.hex()} at {addresses}{_shipped(same)}")


def _is_shipped_law(law: DeployedLaw) -> bool:
    shipped = [artifact(each) for each in (*LAW_FAMILIES, *LAW_MODULES)]
    codes = [law.contracts[each] for each in (*law.families, *law.modules)]
    return len(codes) == len(shipped) and all(
        _without_immutables(each, code) == each.deployed_bytecode
        for each, code in zip(shipped, codes, strict=True)
    )


def _key(config: VerifierConfig, client: L1Client) -> Iterator[Check]:
    if config.key is None:
        yield Check("key", "warn", "none configured: this verifier can only report")
        return
    try:
        signer: Signer = config.key.signer()
    except Rejected as error:
        yield Check("key", "fail", str(error))
        return
    yield Check("key", "ok", signer.checksum_address)
    try:
        balance = client.balance_wei(signer.address)
        needed = funds_needed_wei(
            client.head().base_fee_wei, config.fees.policy(config.l1.confirmations)
        )
    except Transient as error:
        yield Check("balance", "fail", str(error))
        return
    detail = f"{balance} wei, a commitment and the most expensive proof cost up to {needed} wei"
    yield Check("balance", "ok" if balance >= needed else "fail", detail)


def _store(parts: VerifierParts) -> Iterator[Check]:
    newest = next(parts.store.blocks(), None)
    if newest is None:
        yield Check("store", "warn", "empty: the node has not followed L1 yet")
        return
    yield Check("store", "ok", f"L1 up to block {newest[0]}, {parts.state.position} segments")
    try:
        behind = parts.client.head().number - newest[0]
    except (Transient, Rejected) as error:
        yield Check("lag", "fail", str(error))
        return
    waiting = parts.store.batch_count() + 1 - parts.executor.cursor()[0]
    late = behind > LAG_BLOCKS or waiting > 1
    yield Check("lag", "warn" if late else "ok", f"{behind} blocks, {waiting} batches")
