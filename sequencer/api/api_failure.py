"""Errors of the API: a stable code, a text, the values behind it; the same in statuses and acks."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
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
_REPLY = TypeVar("_REPLY")


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


async def abort(context: grpc.aio.ServicerContext[Any, Any], failure: ApiFailure) -> NoReturn:
    """End the call with the failure's status and details."""
    metadata = (
        (ERROR_METADATA, error_message(failure).SerializeToString()),
        (CODE_METADATA, failure.code.name),
    )
    status = grpc.StatusCode[API_ERROR_INFO[failure.code].grpc]
    await context.abort(status, str(failure), metadata)


def answers(
    method: Callable[[Any, Any, Any], Awaitable[_REPLY]],
) -> Callable[[Any, Any, Any], Awaitable[_REPLY]]:
    """Turn a method's failures into statuses; unexpected errors become INTERNAL and are logged.

    What is `Broken` stops the node: `broken_watch` takes it.
    """

    @wraps(method)
    async def call(
        self: object, request: object, context: grpc.aio.ServicerContext[Any, Any]
    ) -> _REPLY:
        try:
            return await method(self, request, context)
        except ApiFailure as failure:
            await abort(context, failure)
        except (grpc.aio.AbortError, grpc.aio.BaseError, Broken):
            raise
        except Exception:
            _log.exception("call_failed", method=method.__name__)
            await abort(context, ApiFailure(ApiError.INTERNAL))

    return call
