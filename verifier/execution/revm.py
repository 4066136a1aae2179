"""The one place that knows revm: runs the law on a state that lies in the EVM's own storage.

revm, through pyrevm, is some sixty times faster than py-evm and cannot call Python. So the law's
caller is a contract, `contracts/src/host/RecordHost.sol`, which answers `load` from its storage and
`advise` from predictions that were put there; what was asked is read from the EVM's journal after
a run. Records are written once when the state is mounted, then word by word as they change.

pyrevm is an extra (`strikeproof[revm]`): nothing imports it before an executor is chosen.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from types import MappingProxyType
from typing import Any, Final

from strikeproof.contracts import artifact
from strikeproof.failure import Rejected
from strikeproof.keccak import keccak256
from strikeproof.verifier.execution.advice import Question
from strikeproof.verifier.execution.law_call import LawFailed
from strikeproof.wire.errors import FailureCode

SPEC_IDS: Final = ("PRAGUE",)
"""Rules that L1 and py-evm have too. pyrevm takes any other text for its newest rules, silently."""
GAS_LIMIT: Final = 2**32  # no limit that a segment within its weights could meet

HOST_ADDRESS: Final = bytes.fromhex("5374726b5f686f73745f5374726b5f686f737421")
_ORIGIN: Final = "0x" + "01" * 20  # who calls; no sender may have code
_HOST: Final = "0x" + HOST_ADDRESS.hex()
_LOADED: Final = "0x" + b"LOADED".hex()
_ADVISED: Final = "0x" + b"ADVISE".hex()
_PREDICTED: Final = 1 << 32
_WORD: Final = 32
_WORD_GREATEST: Final = 2**256 - 1

_REVERT: Final = re.compile(r"Revert \{ gas_used: (\d+), output: 0x([0-9a-f]*) \}")
_HALT: Final = re.compile(r"Halt \{ reason: (\w+)(?:\(\w+\))?, gas_used: (\d+) \}")


class ExecutorUnavailable(Rejected):
    """An executor or pool that the configuration asks for is not there."""

    code = FailureCode.EXECUTOR_UNAVAILABLE

    def __init__(self, reason: str, **values: int | str) -> None:
        """`values`: what the reason is about, by name."""
        super().__init__(reason)
        self.values = values


@dataclass(frozen=True, slots=True)
class HostedRun:
    """What a run came to. A failed one has the revert's data as output, and asked nothing."""

    succeeded: bool
    output: bytes
    gas_used: int
    """Gas of the whole call: the host's answers count, unlike in py-evm."""
    loaded: Sequence[int]
    """Keys that the law asked for, rising."""
    advice: Sequence[int]
    """What it was advised, in the order of use."""
    error: str = ""


def is_installed() -> bool:
    """Return whether pyrevm is there."""
    return find_spec("pyrevm") is not None


class RevmState:
    """An EVM that holds one state of the venue, and the code of laws."""

    def __init__(self, spec_id: str = SPEC_IDS[0]) -> None:
        """Begin with no records. Raises `ExecutorUnavailable`."""
        self._evm = _evm(spec_id)
        _insert_code(self._evm, HOST_ADDRESS, artifact("RecordHost").deployed_bytecode)
        self._laws: set[bytes] = set()
        self._predicted: dict[int, None] = {}

    def add_contracts(self, contracts: Mapping[bytes, bytes]) -> None:
        """Put runtime code at addresses, as L1 has deployed it."""
        for address, code in contracts.items():
            if address not in self._laws:
                self._laws.add(address)
                _insert_code(self._evm, address, code)

    def mount(self, records: Iterable[tuple[int, bytes]]) -> None:
        """Set many records at once, none of which is there yet."""
        for key, record in records:
            self._write(key, b"", record)

    def update(self, before: Mapping[int, bytes], after: Mapping[int, bytes]) -> None:
        """Follow changed records, given by key as they were and as they are."""
        for key, record in after.items():
            self._write(key, before.get(key, b""), record)

    def _write(self, key: int, before: bytes, after: bytes) -> None:
        insert, place = self._evm.insert_account_storage, key << 8
        if len(before) != len(after):
            insert(_HOST, place, len(after) // _WORD)
        for at in range(0, max(len(before), len(after)), _WORD):
            place += 1
            word = after[at : at + _WORD]
            if word != before[at : at + _WORD]:
                insert(_HOST, place, int.from_bytes(word, "big"))

    def record(self, key: int) -> bytes:
        """Return a record as this EVM holds it; empty if there is none."""
        place = key << 8
        words = self._evm.storage(_HOST, place)
        return b"".join(
            self._evm.storage(_HOST, place + 1 + each).to_bytes(_WORD, "big")
            for each in range(words)
        )

    def run(
        self,
        law: bytes,
        data: bytes,
        predicted: Mapping[Question, Sequence[int]],
        hints: Mapping[Question, int] = MappingProxyType({}),
    ) -> HostedRun:
        """Return the outcome of a static call of `law`, on the mounted state.

        `predicted`: what to answer to each question for advice, in the order of its repetitions.
        `hints`: what an advice seeker begins with. Raises `LawFailed` if pyrevm answers what this
        adapter does not know.
        """
        self._predict(predicted, hints)
        before = self._evm.snapshot()
        try:
            output = self._evm.message_call(
                _ORIGIN, _HOST, calldata=law + data, gas=GAS_LIMIT, is_static=True
            )
            loaded, advice = _asked(self._evm.journal_state)
            result = self._evm.result
            gas_used = 0 if result is None else int(result.gas_used)
        except RuntimeError as error:
            return _failure(str(error))
        finally:
            self._evm.revert(before)
        return HostedRun(True, bytes(output), gas_used, loaded, advice)

    def _predict(
        self, predicted: Mapping[Question, Sequence[int]], hints: Mapping[Question, int]
    ) -> None:
        places = {
            _question_place(question) ^ _WORD_GREATEST: _PREDICTED + slot
            for question, slot in hints.items()
        }
        for question, slots in predicted.items():
            first = _question_place(question)
            for at, slot in enumerate(slots):
                places[first + at] = _PREDICTED + slot
        for place in self._predicted.keys() - places.keys():
            self._evm.insert_account_storage(_HOST, place, 0)
        for place, answer in places.items():
            self._evm.insert_account_storage(_HOST, place, answer)
        self._predicted = dict.fromkeys(places)


class RevmCalls:
    """Calls of contracts by nobody, on an EVM that holds their code alone: nothing answers `load`
    or `advise`, as on L1."""

    def __init__(self) -> None:
        """Raises `ExecutorUnavailable`."""
        self._evm = _evm()

    def add_contract(self, address: bytes, code: bytes) -> None:
        """Put runtime code at an address."""
        _insert_code(self._evm, address, code)

    def call(self, to: bytes, data: bytes, gas: int) -> bytes | None:
        """Return what a static call answers; None: it failed, or needs more gas."""
        before = self._evm.snapshot()
        try:
            return bytes(
                self._evm.message_call(
                    _ORIGIN, "0x" + to.hex(), calldata=data, gas=gas, is_static=True
                )
            )
        except RuntimeError as error:
            _failure(str(error))
            return None
        finally:
            self._evm.revert(before)


def _evm(spec_id: str = SPEC_IDS[0]) -> Any:
    if spec_id not in SPEC_IDS:
        raise ExecutorUnavailable(
            f"spec id {spec_id}: only {', '.join(SPEC_IDS)} is admitted", spec_id=spec_id
        )
    if not is_installed():
        raise ExecutorUnavailable("pyrevm is not installed: strikeproof[revm] brings it")
    from pyrevm import EVM

    return EVM(spec_id=spec_id)


def _insert_code(evm: Any, address: bytes, code: bytes) -> None:
    from pyrevm import AccountInfo

    evm.insert_account_info("0x" + address.hex(), AccountInfo(code=code))


def _question_place(question: Question) -> int:
    words = b"".join(int(each).to_bytes(_WORD, "big") for each in question)
    return int.from_bytes(keccak256(words), "big")


def _asked(accounts: Iterable[str]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return what the accounts of the journal say that the law asked: keys, and advice given."""
    keys: list[int] = []
    advice: list[tuple[int, int]] = []
    for address in map(str.lower, accounts):
        if address.startswith(_LOADED):
            keys.append(int(address[-16:], 16))
        elif address.startswith(_ADVISED):
            # The gas that was left only falls.
            advice.append((-int(address[-24:-8], 16), int(address[-8:], 16)))
    return tuple(sorted(keys)), tuple(slot for _, slot in sorted(advice))


def _failure(text: str) -> HostedRun:
    """Read how a run failed: pyrevm gives it only in an exception's text."""
    reverted = _REVERT.fullmatch(text)
    if reverted is not None and len(reverted[2]) % 2 == 0:
        return HostedRun(False, bytes.fromhex(reverted[2]), int(reverted[1]), (), (), "Revert")
    halted = _HALT.fullmatch(text)
    if halted is not None:
        return HostedRun(False, b"", int(halted[2]), (), (), halted[1])
    raise LawFailed(f"revm failed with {text[:200]!r}, which is not a revert and no halt")
