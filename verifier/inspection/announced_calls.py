"""What governance has announced: every call of the timelock that can still run, decoded, and the
time by which an owner orders a withdrawal to be out before it.

Source: docs/protocol/leaving.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from eth_abi import decode as abi_decode
from eth_abi import encode as abi_encode
from eth_abi.exceptions import DecodingError

from strikeproof.failure import Transient
from strikeproof.keccak import keccak256
from strikeproof.l1 import Log
from strikeproof.l1.log_range import LogRange
from strikeproof.l1.window_bound import longest_window
from strikeproof.operate.timelock import DecodedCall, decoded
from strikeproof.verifier.inspection.venue_calls import VenueCalls
from strikeproof.wire.constants import WINDOW_SECONDS_MAX

BLOCKS_PER_QUERY: Final = 2_000
_SCHEDULED: Final = keccak256(b"CallScheduled(uint256,address,bytes,uint64,uint64)")
_ADDRESS_BYTES: Final = 20
UNKNOWN_TARGET: Final = "0x" + 2 * _ADDRESS_BYTES * "0"
"""The target of a call that L1 keeps a hash of, and no log: an endpoint leaves it out."""


@dataclass(frozen=True, slots=True)
class AnnouncedChange:
    """A call that can run from one time to another. Times are seconds."""

    number: int
    text: str
    target: str
    data: bytes
    ready_seconds: int
    last_seconds: int
    leave_by_seconds: int
    """A withdrawal that is forced until then is final when the call can run at the earliest, with a
    sequencer that no longer does anything, by the longest window that can be in force before."""

    def to_json(self) -> dict[str, Any]:
        """Return it as `exit status` and `watch` show it."""
        return {
            "number": self.number,
            "call": self.text,
            "target": self.target,
            "data": "0x" + self.data.hex(),
            "ready": self.ready_seconds,
            "expires": self.last_seconds,
            "leave_by": self.leave_by_seconds,
        }


@dataclass(frozen=True, slots=True)
class _Announcement:
    call_hash: bytes
    ready_seconds: int
    last_seconds: int


class AnnouncedCalls:
    """Reads them again and again; what a call does is looked for in the logs once."""

    def __init__(self, calls: VenueCalls, first_block: int) -> None:
        """`first_block`: no event of the venue lies before it."""
        self._calls, self._first_block = calls, first_block
        self._known: dict[bytes, tuple[str, bytes]] = {}
        """Target and data by the hash that the timelock keeps of them."""

    def read(self) -> list[AnnouncedChange]:
        """Return the calls that can still run, the next one first. Raises what reading L1 raises.

        The timelock itself says which there are; logs are read only as far back as they are.
        """
        calls = self._calls
        wanted = self._open_calls(calls.client.head().timestamp_seconds)
        if not wanted:
            return []
        self._find({each.call_hash for each in wanted.values()} - self._known.keys())
        times = ("forceInclusionSeconds", "graceSeconds", "exitSeconds", "windowSeconds")
        force, grace, leave, window = (int(calls.ask("Rollup", each)) for each in times)
        found = []
        in_order = sorted(wanted.items(), key=lambda item: (item[1].ready_seconds, item[0]))
        for number, each in in_order:
            target, data = self._known.get(each.call_hash, (UNKNOWN_TARGET, b""))
            call = decoded(self._addresses, target, data)
            leave_by = each.ready_seconds - window - force - grace
            dates = (each.ready_seconds, each.last_seconds, leave_by)
            found.append(AnnouncedChange(number, call.text, target, data, *dates))
            delay = each.last_seconds - each.ready_seconds  # it can run for as long as it waited
            longest = longest_window(window, delay, force + grace + leave)
            window = max(window, min(_window_of(call), longest))
        return found

    def _open_calls(self, now: int) -> dict[int, _Announcement]:
        calls, found = self._calls, dict[int, _Announcement]()
        for number in range(int(calls.ask("Timelock", "callCount")) - 1, -1, -1):
            call_hash, _ = calls.ask("Timelock", "announcements", number)
            if call_hash == bytes(32):
                continue  # it ran, or was cancelled
            ready, last = calls.ask("Timelock", "callTimes", number)
            if now > last:
                break  # it is over by itself, and so is what was announced before it
            found[number] = _Announcement(call_hash, int(ready), int(last))
        return found

    def _find(self, wanted: set[bytes]) -> None:
        """Look for calls by their hashes in L1's logs, the newest blocks first."""
        client, timelock = self._calls.client, self._calls.addresses["Timelock"]
        last, query = client.head().number, LogRange(BLOCKS_PER_QUERY)
        while last >= self._first_block and wanted - self._known.keys():
            first = max(self._first_block, last - query.blocks + 1)
            try:
                logs = client.logs([timelock], first, last, _scheduled)
            except Transient:
                if query.blocks == 1:
                    raise
                query.shrink()  # providers limit logs by blocks, results and size
                continue
            for log in logs:
                call = _scheduled(log)
                if call is not None:
                    self._known[keccak256(abi_encode(["address", "bytes"], call))] = call
            last = first - 1

    @cached_property
    def _addresses(self) -> dict[str, str]:
        found = {name: "0x" + each.hex() for name, each in self._calls.addresses.items() if each}
        council = self._calls.ask("Vault", "council")
        if council != UNKNOWN_TARGET:  # not every venue has one
            found["Council"] = council
        return found


def _window_of(call: DecodedCall) -> int:
    """Return the window, in seconds, that claims may have once a call ran; 0: it changes none.

    Of a call that no log explains, the longest that any call can set.
    """
    if call.target == UNKNOWN_TARGET:
        return WINDOW_SECONDS_MAX
    if (call.target, call.function) != ("Rollup", "setTerms"):
        return 0
    return int(call.arguments["windowSeconds"])


def _scheduled(log: Log) -> tuple[str, bytes] | None:
    """Return target and data of an announcement; None: the log is of something else.

    Raises ValueError if it holds what no timelock emits.
    """
    if not log.topics or log.topics[0] != _SCHEDULED:
        return None
    try:
        data, _, _ = abi_decode(["bytes", "uint64", "uint64"], log.data)
        target = "0x" + log.topics[2][-_ADDRESS_BYTES:].hex()
    except (DecodingError, IndexError):
        raise ValueError("a log is not a CallScheduled") from None
    return target, data
