"""The timelock as people read it: every announced call decoded, with its dates and its state.

Nothing here trusts what announced a call: target and data come from L1's events, and are decoded
with the shipped contracts' own interfaces.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from eth_abi.exceptions import DecodingError
from eth_typing import ChecksumAddress
from web3 import Web3
from web3.contract import Contract

from strikeproof.client.l1_account import L1Account
from strikeproof.config import EndpointsSection
from strikeproof.contracts import artifact
from strikeproof.deployment import Deployment
from strikeproof.failure import Rejected
from strikeproof.operate.governance_payload import decode
from strikeproof.wire.errors import FailureCode

BLOCKS_PER_QUERY: Final = 1_000
GOVERNED: Final = ("Inbox", "Rollup", "Vault", "Timelock", "Council")
"""Contracts that the timelock's calls change; not every venue has a council."""


class UnknownAnnouncement(Rejected):
    """The timelock has announced no call of this number, or it ran or was cancelled."""

    code = FailureCode.UNKNOWN_ANNOUNCEMENT

    def __init__(self, number: int, state: str) -> None:
        super().__init__(f"call {number} is {state}")
        self.number, self.state = number, state


class CallState(StrEnum):
    """What may become of a call."""

    WAITING = "waiting"
    READY = "ready"
    EXPIRED = "expired"
    EXECUTED = "executed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class DecodedCall:
    """A call of the timelock, in words. `data` and addresses are 0x-prefixed."""

    target: str
    """The contract's name, or its address if it is not of this venue."""
    function: str
    arguments: dict[str, Any]
    message: str | None
    """The governance message that the law gets, if the call adds one."""
    address: str
    data: str

    @property
    def text(self) -> str:
        """Return the call on one line."""
        given = ", ".join(f"{name}={value}" for name, value in self.arguments.items())
        return f"{self.message or f'{self.target}.{self.function}'}({given})"


@dataclass(frozen=True, slots=True)
class AnnouncedCall:
    """A call that was announced. Times are seconds since the epoch."""

    number: int
    state: CallState
    ready_seconds: int
    last_seconds: int
    block: int
    call: DecodedCall


def decoded(addresses: Mapping[str, str], target: str, data: bytes) -> DecodedCall:
    """Return a call in words; what no interface of this release explains stays hexadecimal.

    `addresses`: the venue's contracts, by the names of their artifacts.
    """
    name = name_of(addresses, target)
    shown = "0x" + data.hex()
    if name is None:
        return DecodedCall(target, "unknown", {"data": shown}, None, target, shown)
    contract = Web3().eth.contract(abi=artifact(name).abi)
    try:
        function, arguments = contract.decode_function_input(data)
    except (ValueError, DecodingError):
        return DecodedCall(name, "unknown", {"data": shown}, None, target, shown)
    found = {key.rstrip("_"): _shown(value) for key, value in arguments.items()}
    message = None
    if (name, function.fn_name) == ("Inbox", "govern"):
        payload = decode(bytes(arguments["payload"]))
        message, found = (
            ("MALFORMED, the law will refuse it", {"payload": found["payload"]})
            if payload is None
            else payload
        )
    return DecodedCall(name, function.fn_name, found, message, target, shown)


def name_of(addresses: Mapping[str, str], address: str) -> str | None:
    """Return which of the venue's governed contracts is at an address; None: none of them."""
    known = {addresses[name].lower(): name for name in GOVERNED if name in addresses}
    return known.get(address.lower())


def _shown(value: Any) -> Any:
    return "0x" + value.hex() if isinstance(value, bytes) else value


class Timelock:
    """The timelock of a venue, read by anybody and driven by its owner."""

    def __init__(
        self, l1: EndpointsSection, deployment: Deployment, key: bytes | None = None
    ) -> None:
        """`key`: the owner's 32 bytes; None only reads."""
        self._l1 = L1Account(l1, key)
        self._deployment = deployment
        self._timelock = deployment.contract(self._l1.web3, "Timelock")
        contracts = [
            deployment.contract(self._l1.web3, each)
            for each in GOVERNED
            if each in deployment.addresses
        ]
        self._l1.knows_errors_of(contracts)

    def summary(self) -> dict[str, Any]:
        """Return owner, delay and seal. Raises `L1Refused`, `L1Unreachable`."""
        self._l1.check_chain()
        with self._l1.failures("timelock"):
            functions = self._timelock.functions
            return {
                "timelock": self._deployment.timelock,
                "owner": functions.owner().call(),
                "delay_seconds": functions.delaySeconds().call(),
                "sealed": functions.isSealed().call(),
                "calls": functions.callCount().call(),
            }

    def calls(self) -> list[AnnouncedCall]:
        """Return every call that was ever announced, oldest first.

        Raises `L1Refused`, `L1Unreachable`.
        """
        self._l1.check_chain()
        with self._l1.failures("timelock"):
            events = self._timelock.events
            executed = {each["args"]["id"] for each in self._logs(events.CallExecuted())}
            cancelled = {each["args"]["id"] for each in self._logs(events.CallCancelled())}
            now = int(self._l1.web3.eth.get_block("latest")["timestamp"])
            found = []
            for each in self._logs(events.CallScheduled()):
                given = each["args"]
                ready, last = given["readyTime"], given["lastTime"]
                if given["id"] in executed:
                    state = CallState.EXECUTED
                elif given["id"] in cancelled:
                    state = CallState.CANCELLED
                else:  # the seal may have moved it
                    ready, last = self._timelock.functions.callTimes(given["id"]).call()
                    late = CallState.EXPIRED if now > last else CallState.READY
                    state = CallState.WAITING if now < ready else late
                call = decoded(self._deployment.addresses, given["target"], bytes(given["data"]))
                found.append(
                    AnnouncedCall(given["id"], state, ready, last, each["blockNumber"], call)
                )
            return sorted(found, key=lambda each: each.number)

    def _logs(self, event: Any) -> Iterator[Any]:
        head = int(self._l1.web3.eth.block_number)
        for first in range(self._deployment.first_block, head + 1, BLOCKS_PER_QUERY):
            last = min(head, first + BLOCKS_PER_QUERY - 1)
            yield from event.get_logs(from_block=first, to_block=last)

    def call(self, number: int) -> AnnouncedCall:
        """Return an announced call. Raises `UnknownAnnouncement`, `L1Refused`, `L1Unreachable`."""
        for each in self.calls():
            if each.number == number:
                return each
        raise UnknownAnnouncement(number, "unknown: the timelock has not announced it")

    def check_call(self, call: DecodedCall) -> None:
        """Raise `L1Refused` if the call would revert now, made by the timelock.

        A call that only time makes right reverts too; so this is a warning to whoever announces.
        """
        with self._l1.failures(call.function):
            self._l1.web3.eth.call(
                {
                    "from": self._deployment.timelock,
                    "to": Web3.to_checksum_address(call.address),
                    "data": _hex(call.data),
                }
            )

    def announce(self, call: DecodedCall) -> AnnouncedCall:
        """Announce a call; the owner alone may. Raises `L1Refused`, `L1Unreachable`."""
        self._l1.check_chain()
        with self._l1.failures("schedule"):
            target: ChecksumAddress = Web3.to_checksum_address(call.address)
            receipt = self._l1.send(self._timelock.functions.schedule(target, _hex(call.data)))
            (event,) = self._timelock.events.CallScheduled().process_receipt(receipt)
        given = event["args"]
        return AnnouncedCall(
            given["id"],
            CallState.WAITING,
            given["readyTime"],
            given["lastTime"],
            receipt["blockNumber"],
            call,
        )

    def execute(self, number: int) -> AnnouncedCall:
        """Run an announced call. Raises `UnknownAnnouncement`, `L1Refused`, `L1Unreachable`."""
        found = self._open_call(number)
        with self._l1.failures("execute"):
            target = Web3.to_checksum_address(found.call.address)
            function = self._timelock.functions.execute(number, target, _hex(found.call.data))
            self._l1.send(function)
        return found

    def cancel(self, number: int) -> AnnouncedCall:
        """Drop an announced call. Raises `UnknownAnnouncement`, `L1Refused`, `L1Unreachable`."""
        found = self._open_call(number)
        with self._l1.failures("cancel"):
            self._l1.send(self._timelock.functions.cancel(number))
        return found

    def _open_call(self, number: int) -> AnnouncedCall:
        found = self.call(number)
        if found.state in (CallState.EXECUTED, CallState.CANCELLED):
            raise UnknownAnnouncement(number, found.state.value)
        return found


def _hex(data: str) -> bytes:
    return bytes.fromhex(data.removeprefix("0x"))


def governed(deployment: Deployment, name: str) -> Contract:
    """Return the interface of a governed contract, without a connection."""
    return deployment.contract(Web3(), name)
