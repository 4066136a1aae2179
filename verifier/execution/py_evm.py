"""The one place that knows py-evm: runs contract code with a host mounted at the caller's address.

py-evm is a beta without upstream maintenance, so nothing of it leaves this module. A run starts
from a fresh state (transient storage would survive between messages of one state), by Prague's
rules, with the contracts' code and nothing else in it. Calls to `HOST_ADDRESS` are answered by a
`Host`, without gas or a frame of their own; contracts cannot tell the difference.

**Choices.** Some answers of a host are guesses that the contract checks and reverts on (advice
on the place of an order). Before such a call the top frame is remembered; if the frame fails later,
and the host knows another answer, the frame goes on from there. So a wrong guess costs the few
instructions between answer and check, and what the contract sees in the end is one run in which
every answer was right.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from eth.abc import ComputationAPI, MessageAPI, TransactionContextAPI
from eth.constants import BLANK_ROOT_HASH, ZERO_ADDRESS, ZERO_HASH32
from eth.db.atomic import AtomicDB
from eth.exceptions import Halt, VMError
from eth.vm.execution_context import ExecutionContext
from eth.vm.forks.cancun.transaction_context import CancunTransactionContext
from eth.vm.forks.prague.computation import PragueComputation
from eth.vm.forks.prague.opcodes import PRAGUE_OPCODES
from eth.vm.forks.prague.state import PragueState
from eth.vm.logic.invalid import InvalidOpcode
from eth.vm.message import Message
from eth.vm.opcode_values import SELFDESTRUCT, STATICCALL
from eth_typing import Address, BlockNumber

HOST_ADDRESS: Final = bytes.fromhex("5374726b5f686f73745f5374726b5f686f737421")
GAS_LIMIT: Final = 2**32  # no limit that a segment within its weights could meet
CHOICES_MAX: Final = 100_000  # wrong guesses in one run, after which something else must be wrong

_ADDRESS_MASK: Final = (1 << 160) - 1
_HOST_NUMBER: Final = int.from_bytes(HOST_ADDRESS, "big")
_STATICCALL: Final = PRAGUE_OPCODES[STATICCALL]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run came to. A failed one has the revert's data as output."""

    succeeded: bool
    output: bytes
    gas_used: int
    error: str = ""


class Host(Protocol):
    """What answers the contract's calls to its caller."""

    def answer(self, data: bytes) -> bytes | None:
        """Return what the call with this data returns; None: the call fails."""

    def is_choice(self, data: bytes) -> bool:
        """Return whether the answer to this call is a guess; called just before `answer`."""

    def choose_again(self) -> bool:
        """The frame failed since the latest choice. Return whether there is another answer for it:
        then the host forgets what it was asked since, and the same call comes again."""


class Silence:
    """A host that knows nothing, as the Rollup on L1: every call to it fails."""

    def answer(self, data: bytes) -> bytes | None:
        """Return None."""
        return None

    def is_choice(self, data: bytes) -> bool:
        """Return False."""
        return False

    def choose_again(self) -> bool:
        """Return False."""
        return False


class Machine:
    """Runs calls of a fixed set of contracts."""

    def __init__(self, contracts: Mapping[bytes, bytes]) -> None:
        """`contracts`: runtime code by address."""
        self._code = dict(contracts)
        self._database = AtomicDB()
        self._context = ExecutionContext(
            coinbase=ZERO_ADDRESS,
            timestamp=0,
            block_number=BlockNumber(1),
            difficulty=0,
            mix_hash=ZERO_HASH32,
            gas_limit=GAS_LIMIT,
            prev_hashes=(),
            chain_id=1,
            base_fee_per_gas=0,
            excess_blob_gas=0,
        )
        state = _State(self._database, self._context, BLANK_ROOT_HASH)
        for address, code in contracts.items():
            state.set_code(Address(address), code)
        state.persist()
        self._root = state.make_state_root()

    def run(self, to: bytes, data: bytes, host: Host, *, gas: int = GAS_LIMIT) -> Outcome:
        """Return the outcome of a static call of `to` with `data`, sent by the host's address."""
        state = _State(self._database, self._context, self._root)
        state.host = host
        # EIP-2929: the law and its modules are warm in a challenge, its sender always.
        for address in (*self._code, HOST_ADDRESS):
            state.mark_address_warm(Address(address))
        message = Message(
            gas=gas,
            to=Address(to),
            sender=Address(HOST_ADDRESS),
            value=0,
            data=data,
            code=self._code[to],
            is_static=True,
            should_transfer_value=False,
        )
        context = CancunTransactionContext(gas_price=0, origin=Address(HOST_ADDRESS))
        done = _Computation.apply_message(state, message, context)
        return Outcome(
            succeeded=done.is_success,
            output=bytes(done.output),
            gas_used=gas - done.get_gas_remaining(),
            error="" if done.is_success else type(done.error).__name__,
        )


class _Frame:
    """A top frame as it stood at a call that it was about to make."""

    def __init__(self, computation: Any) -> None:
        self._pc = computation.code.program_counter - 1
        self._stack = list(computation._stack.values)
        self._memory = bytes(computation._memory._bytes)
        self._gas_remaining = computation._gas_meter.gas_remaining
        self._return_data = computation.return_data

    def restore(self, computation: Any) -> None:
        """Put the frame back, so that it makes the call again."""
        computation.code.program_counter = self._pc
        computation._stack.values[:] = self._stack  # in place: the stack's methods are bound to it
        computation._memory._bytes = bytearray(self._memory)
        computation._gas_meter.gas_remaining = self._gas_remaining
        computation.return_data = self._return_data


class _Computation(PragueComputation):
    """Prague's computation, whose static calls to the host's address go to the host."""

    frame: _Frame | None = None

    @classmethod
    def apply_computation(
        cls,
        state: Any,
        message: MessageAPI,
        transaction_context: TransactionContextAPI,
        parent_computation: ComputationAPI | None = None,
    ) -> ComputationAPI:
        """Run a frame; the top one goes back to its latest choice when it fails."""
        computation: Any
        with cls(state, message, transaction_context) as computation:
            computation.contracts_created = []
            precompile = computation.precompiles.get(message.code_address)
            if precompile is not None:
                precompile(computation)
                return computation
            for _ in range(CHOICES_MAX):
                try:
                    computation._run()
                    return computation
                except VMError:
                    if computation.frame is None or not state.host.choose_again():
                        raise
                    computation.frame.restore(computation)
            computation.error = VMError(f"{CHOICES_MAX} choices, and none was right")
        return computation

    def _run(self) -> None:
        lookup = self.opcodes
        for opcode in self.code:
            try:
                (lookup.get(opcode) or InvalidOpcode(opcode))(computation=self)
            except Halt:
                break


class _HostedStaticCall:
    """STATICCALL, answered directly at the host's address."""

    mnemonic = "STATICCALL"
    gas_cost = 0

    def __call__(self, computation: Any) -> None:
        stack = computation._stack.values
        target = stack[-2] if len(stack) >= 6 else b""
        number = int.from_bytes(target, "big") if isinstance(target, bytes) else target
        if number & _ADDRESS_MASK != _HOST_NUMBER:
            _STATICCALL(computation=computation)
            return
        host: Host = computation.state.host
        at, size = (_number(each) for each in (stack[-3], stack[-4]))
        data = bytes(computation._memory._bytes[at : at + size]).ljust(min(size, 128), b"\0")
        if computation.msg.depth == 0 and host.is_choice(data):
            computation.frame = _Frame(computation)
        _gas, _to, at, size, answer_at, answer_size = computation.stack_pop_ints(6)
        computation.extend_memory(at, size)
        computation.extend_memory(answer_at, answer_size)
        answer = host.answer(data)
        computation.return_data = answer or b""
        written = (answer or b"")[:answer_size]
        computation.memory_write(answer_at, len(written), written)
        computation.stack_push_int(0 if answer is None else 1)


def _number(value: int | bytes) -> int:
    return int.from_bytes(value, "big") if isinstance(value, bytes) else value


_opcodes: dict[int, Any] = {**PRAGUE_OPCODES, STATICCALL: _HostedStaticCall()}
# In a static call it fails either way; py-evm would first warn that it is deprecated.
del _opcodes[SELFDESTRUCT]
_Computation.opcodes = _opcodes


class _State(PragueState):
    """Prague's state, that carries the host of the run."""

    computation_class = _Computation
    host: Host

    def set_system_contracts(self) -> None:
        """Set none: the contracts run here never call them."""
