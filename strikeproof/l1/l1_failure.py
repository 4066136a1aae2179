"""Errors of the L1 plumbing."""

from __future__ import annotations

from collections.abc import Mapping

from strikeproof.failure import Broken, Rejected, Transient
from strikeproof.wire.errors import FailureCode


class EndpointFailed(Transient):
    """One endpoint timed out, dropped the connection or answered nonsense."""

    code = FailureCode.ENDPOINT_FAILED

    def __init__(self, endpoint: str, method: str, reason: str) -> None:
        super().__init__(f"{endpoint}: {method}: {reason}")
        self.endpoint = endpoint
        self.method = method
        self.reason = reason


class L1Unavailable(Transient):
    """Too few endpoints answered."""

    code = FailureCode.L1_UNAVAILABLE

    def __init__(self, what: str, answered: int, needed: int, reasons: list[str]) -> None:
        detail = "; ".join(reasons)
        super().__init__(f"{what}: {answered} endpoints answered, {needed} are needed ({detail})")
        self.what = what
        self.answered = answered
        self.needed = needed
        self.reasons = reasons


class Disagreement(Transient):
    """Endpoints answer differently: one lags, follows another fork, or lies."""

    code = FailureCode.DISAGREEMENT

    def __init__(self, what: str, answers: Mapping[str, str]) -> None:
        detail = ", ".join(f"{name} says {answer}" for name, answer in sorted(answers.items()))
        super().__init__(f"{what}: endpoints disagree: {detail}")
        self.what = what
        self.answers = dict(answers)


class CallReverted(Rejected):
    """L1 executed the call or gas estimate, and it reverted with `data`."""

    code = FailureCode.CALL_REVERTED

    def __init__(self, data: bytes, message: str = "") -> None:
        super().__init__(f"reverted with 0x{data.hex()[:72]}{f' ({message})' if message else ''}")
        self.data = data
        self.message = message


class BroadcastRefused(Rejected):
    """No endpoint took the transaction."""

    code = FailureCode.BROADCAST_REFUSED

    def __init__(self, reasons: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{name}: {reason}" for name, reason in sorted(reasons.items())))
        self.reasons = dict(reasons)


class WrongChain(Broken):
    """An endpoint serves a chain other than the configured one."""

    code = FailureCode.WRONG_CHAIN

    def __init__(self, endpoint: str, *, found: int, expected: int) -> None:
        super().__init__(f"{endpoint} serves chain {found}, expected {expected}")
        self.endpoint, self.found, self.expected = endpoint, found, expected


class StoreTaken(Broken):
    """Another process owns this store, and so the nonces of its key."""

    code = FailureCode.STORE_TAKEN

    def __init__(self, path: str) -> None:
        super().__init__(f"another process holds {path}")
        self.path = path


class StoreMismatch(Broken):
    """The store was made for another chain or key."""

    code = FailureCode.STORE_MISMATCH

    def __init__(self, path: str, found: str, expected: str) -> None:
        super().__init__(f"{path} belongs to {found}, not to {expected}")
        self.path = path
        self.found = found
        self.expected = expected


class IntentConflict(Rejected):
    """An intent of this key exists with other content."""

    code = FailureCode.INTENT_CONFLICT

    def __init__(self, key: str) -> None:
        super().__init__(f"an intent named {key} exists with other content")
        self.key = key


class SendQueueFull(Transient):
    """Too many transactions wait for inclusion."""

    code = FailureCode.SEND_QUEUE_FULL

    def __init__(self, pending_max: int) -> None:
        super().__init__(f"{pending_max} transactions are pending")
        self.pending_max = pending_max
