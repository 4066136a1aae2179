"""The laws of a chain: their bytecode as L1 has deployed it, checked against their ids.

A law id is the hash of the code hashes of its families and modules, and every batch pins one. So
code that hashes to a batch's law id is the code that L1 would run in a challenge of that batch.
"""

from __future__ import annotations

from eth_abi import decode as abi_decode
from eth_abi.exceptions import DecodingError

from strikeproof.failure import Broken
from strikeproof.l1 import L1Client
from strikeproof.verifier.execution.deployed_law import DeployedLaw
from strikeproof.verifier.execution.law_call import MODULES_SELECTOR
from strikeproof.verifier.execution.py_evm import Machine, Silence
from strikeproof.verifier.execution.segment_executor import SegmentExecutor
from strikeproof.verifier.state.rollup_abi import call_data, return_values
from strikeproof.verifier.store.verifier_store import VerifierStore
from strikeproof.wire.errors import FailureCode


class WrongCode(Broken):
    """The code at a law's address is not the law: do not judge anything by it."""

    code = FailureCode.WRONG_CODE

    def __init__(self, address: bytes, reason: str) -> None:
        super().__init__(f"contract 0x{address.hex()}: {reason}")
        self.address = address
        self.reason = reason


class DeployedLaws:
    """Loads laws from L1 when a batch first needs them."""

    def __init__(self, client: L1Client, store: VerifierStore, rollup: bytes) -> None:
        self._client = client
        self._store = store
        self._rollup = rollup
        self._laws: dict[bytes, DeployedLaw] = {}
        self._executors: dict[bytes, SegmentExecutor] = {}

    def executor_of(self, law_id: bytes) -> SegmentExecutor:
        """Return what runs the law in py-evm. Raises `WrongCode`, and what reading L1 raises."""
        law_executor = self._executors.get(law_id)
        if law_executor is None:
            law = self.law_of(law_id)
            law_executor = self._executors[law_id] = SegmentExecutor(law)
        return law_executor

    def law_of(self, law_id: bytes) -> DeployedLaw:
        """Return the law with its code, read once. Raises `WrongCode`, and what reading raises."""
        law = self._laws.get(law_id)
        if law is None:
            law = self._laws[law_id] = self.code_of(law_id)
        return law

    def code_of(self, law_id: bytes) -> DeployedLaw:
        """Return the code of an announced law. Raises `WrongCode`."""
        families = self._store.law_addresses(law_id) or self._asked_addresses(law_id)
        law = read_law(self._client, families)
        if law.id != law_id:
            found, wanted = law.id.hex(), law_id.hex()
            raise WrongCode(families[0], f"the code there is law 0x{found}, not 0x{wanted}")
        return law

    def _asked_addresses(self, law_id: bytes) -> tuple[bytes, ...]:
        """Return where L1 says the law lives; whatever it says, the code must hash to the id."""
        answer = self._client.call(self._rollup, call_data("lawAddresses", law_id))
        (addresses,) = return_values("lawAddresses", answer)
        return tuple(bytes.fromhex(each[2:]) for each in addresses)


def read_law(client: L1Client, families: tuple[bytes, ...]) -> DeployedLaw:
    """Return the law of these families with its modules. Raises `WrongCode`."""
    contracts = {}
    for address in families:
        contracts[address] = client.code(address)
        if not contracts[address]:
            raise WrongCode(address, "it has no code")
    named = {_modules_of(address, contracts[address]) for address in families}
    if len(named) != 1:
        raise WrongCode(families[0], "the families of the law name different modules")
    (modules,) = named
    for module in modules:
        contracts[module] = client.code(module)
        if not contracts[module]:
            raise WrongCode(module, "the module has no code")
    return DeployedLaw(families, modules, contracts)


def _modules_of(address: bytes, code: bytes) -> tuple[bytes, ...]:
    """Return the modules that a family names. Asked of the code itself, in py-evm: an endpoint's
    eth_call proves nothing."""
    outcome = Machine({address: code}).run(address, MODULES_SELECTOR, Silence())
    try:
        (modules,) = abi_decode(["address[]"], outcome.output)
    except DecodingError:
        raise WrongCode(address, "it names no modules") from None
    return tuple(bytes.fromhex(each[2:]) for each in modules)
