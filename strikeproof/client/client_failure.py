"""What a client raises: why the venue refused, with a stable code."""

from __future__ import annotations

from typing import Any

from strikeproof.failure import Broken, Failure, Rejected, Transient
from strikeproof.wire.errors import ApiError, FailureCode, Result
from strikeproof.wire.operation_pb2 import Error

ERROR_METADATA = "strikeproof-error-bin"


class VenueError(Failure):
    """An error of the API. `code` is stable; `result` is the law's code of a refused op."""

    code: ApiError

    def __init__(self, error: Error) -> None:
        super().__init__(error.message)
        self.code = ApiError(error.code)
        self.result = Result(error.result) if error.result else None
        self.details = dict(error.details)


class Refused(VenueError, Rejected):
    """The same request will fail again."""


class Overloaded(VenueError, Transient):
    """The same request may succeed later: nothing was done."""


class Unreachable(Transient):
    """No answer. Whether a submitted op was ordered: ask for its finality by its hash."""

    code = FailureCode.UNREACHABLE

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def failure_of(error: Error) -> VenueError:
    """Return the exception of an API error."""
    return (Overloaded if error.retry else Refused)(error)


def failure_of_call(call: Any) -> Exception:
    """Return the exception of a failed call."""
    for name, value in call.trailing_metadata() or ():
        if name == ERROR_METADATA:
            return failure_of(Error.FromString(value))
    return Unreachable(f"{call.code().name}: {call.details()}")


class NoAccount(Rejected):
    """The wallet's address owns no account of the venue: deposit first."""

    code = FailureCode.NO_ACCOUNT

    def __init__(self, address: bytes) -> None:
        super().__init__(f"0x{address.hex()} owns no account")
        self.address = address


class NoWallet(Rejected):
    """The client was made without a key: it can only read."""

    code = FailureCode.NO_WALLET

    def __init__(self) -> None:
        super().__init__("this client has no wallet")


class UnknownInstrument(Rejected):
    """No instrument of the venue has this symbol or number."""

    code = FailureCode.UNKNOWN_INSTRUMENT

    def __init__(self, name: str | int) -> None:
        super().__init__(f"no instrument {name}")
        self.name = name


class WrongVenue(Broken):
    """The node's domain separator is not the one of the chain and rollup that it names."""

    code = FailureCode.WRONG_VENUE

    def __init__(self, chain_id: int, rollup: bytes) -> None:
        super().__init__(
            f"the domain separator is not that of chain {chain_id}, rollup 0x{rollup.hex()}"
        )
        self.chain_id, self.rollup = chain_id, rollup
