"""Errors of the API: a stable code, a text, the values behind it; the same in statuses and acks."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from functools import wraps
from typing import Any, Final, NoReturn, TypeVar

import grpc
import structlog

from strikeproof.failure import Broken, Rejected
from strikeproof.sequencer.api.malformed_op import malformation_of
from strikeproof.wire.errors import API_ERROR_INFO, RESULT_INFO, ApiError, Result
from strikeproof.wire.operation_pb2 import Error

ERROR_METADATA: Final = "strikeproof-error-bin"
CODE_METADATA: Final = "strikeproof-code"

_log = structlog.get_logger("api")
_REPLIES = TypeVar("_REPLIES")
"""What a method returns: the awaitable of a reply, or a stream of replies."""

Context = grpc.aio.ServicerContext[Any, Any]


class ApiFailure(Rejected):
    """A request that fails, with what its caller learns."""

    code: ApiError

    def __init__(
        self,
        code: ApiError,
        message: str = "",
        *,
        result: int = 0,
        **details: object,
    ) -> None:
        super().__init__(message or API_ERROR_INFO[code].meaning)
        self.code, self.result = code, result
        self.details = {name: str(value) for name, value in details.items()}


def error_message(failure: ApiFailure) -> Error:
    """Return the failure as clients read it."""
    return Error(
        code=failure.code,
        name=failure.code.name,
        message=str(failure),
        result=failure.result,
        retry=API_ERROR_INFO[failure.code].root == "transient",
        details=failure.details,
    )


def refused(result: int, op: bytes = b"") -> ApiFailure:
    """Return the failure of an op that the law would refuse with this code.

    `op`: its bytes, which a MALFORMED one is explained by.
    """
    code = Result(result)
    if code is Result.MALFORMED and op:
        found = malformation_of(op)
        message = f"{code.name}: {found.field}: {found.reason}"
        return ApiFailure(ApiError.OP_REJECTED, message, result=result, field=found.field)
    meaning = RESULT_INFO[code].meaning
    return ApiFailure(ApiError.OP_REJECTED, f"{code.name}: {meaning}", result=result)


async def abort(context: Context, failure: ApiFailure) -> NoReturn:
    """End the call with the failure's status and details."""
    metadata = (
        (ERROR_METADATA, error_message(failure).SerializeToString()),
        (CODE_METADATA, failure.code.name),
    )
    status = grpc.StatusCode[API_ERROR_INFO[failure.code].grpc]
    await context.abort(status, str(failure), metadata)


def answers(method: Callable[[Any, Any, Any], _REPLIES]) -> Callable[[Any, Any, Any], _REPLIES]:
    """Turn the failures of a method, also one that streams, into statuses; unexpected errors become
    INTERNAL and are logged.

    What is `Broken` stops the node: `broken_watch` takes it.
    """
    if inspect.isasyncgenfunction(method):

        @wraps(method)
        async def stream(self: object, request: object, context: Context) -> AsyncIterator[Any]:
            try:
                # Whoever goes away ends the method here and now, and with it what it holds.
                async with aclosing(method(self, request, context)) as replies:
                    async for each in replies:
                        yield each
            except Exception as error:
                await _end(method, context, error)

        return stream  # type: ignore[return-value]  # of the method's own kind

    @wraps(method)
    async def call(self: object, request: object, context: Context) -> Any:
        try:
            return await method(self, request, context)  # type: ignore[misc]
        except Exception as error:
            await _end(method, context, error)

    return call  # type: ignore[return-value]


async def _end(method: Callable[..., Any], context: Context, error: Exception) -> NoReturn:
    """End a call with what it failed of. Raises what is not its own to judge."""
    if isinstance(error, grpc.aio.AbortError | grpc.aio.BaseError | Broken):
        raise error
    if not isinstance(error, ApiFailure):
        _log.error("call_failed", method=method.__name__, exc_info=error)
        error = ApiFailure(ApiError.INTERNAL)
    await abort(context, error)
