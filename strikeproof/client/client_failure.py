"""What a client raises: why the venue refused, with a stable code."""

from __future__ import annotations

from typing import Any

from strikeproof.failure import Failure, Rejected, Transient
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
