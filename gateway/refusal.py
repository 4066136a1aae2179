"""What the gateway answers when it does not do something: one JSON form for HTTP and WebSocket.

    {"code": 13, "name": "RATE_LIMITED", "message": "…", "retry": true, "values": {…}}

The codes are those of the node's API (proto/errors.toml), whoever refuses.
"""

from __future__ import annotations

from typing import Any, Final

from strikeproof.client import FieldInvalid, PriceOffGrid, Unreachable, VenueError
from strikeproof.client.client_failure import UnknownInstrument
from strikeproof.client.wallet import BadSignature
from strikeproof.failure import Failure, Rejected
from strikeproof.wire.errors import API_ERROR_INFO, ApiError

HTTP_STATUS: Final = {
    ApiError.REQUEST_MALFORMED: 400,
    ApiError.OP_REJECTED: 422,
    ApiError.OP_TYPE_DENIED: 403,
    ApiError.MESSAGE_TOO_LARGE: 413,
    ApiError.NOT_FOUND: 404,
    ApiError.NOT_YET: 409,
    ApiError.INTERNAL: 502,
    ApiError.RATE_LIMITED: 429,
    ApiError.ACCOUNT_UNFUNDED: 422,
    ApiError.REMAINING_CHANGED: 409,
    ApiError.UNAUTHENTICATED: 401,
    ApiError.REQUEST_CLOSED: 409,
    ApiError.QUOTE_GONE: 409,
    ApiError.QUOTE_UNSIGNED: 409,
    ApiError.TOO_MANY_OPEN: 429,
}
UNAVAILABLE: Final = 503
REFUSED_BY_CLIENT: Final = (FieldInvalid, PriceOffGrid, BadSignature, UnknownInstrument)


class GatewayRefusal(Rejected):
    """A request that this gateway, not the node, refuses."""

    code: ApiError

    def __init__(self, code: ApiError, message: str = "", **values: object) -> None:
        super().__init__(message or API_ERROR_INFO[code].meaning)
        self.code, self.values = code, values


def malformed(field: str, reason: str) -> GatewayRefusal:
    """Return the refusal of a field."""
    return GatewayRefusal(ApiError.REQUEST_MALFORMED, f"{field}: {reason}", field=field)


def error_json(failure: Failure) -> dict[str, Any]:
    """Return a failure as clients read it."""
    code, values = _code_and_values(failure)
    shown: dict[str, Any] = {
        "code": int(code),
        "name": code.name,
        "message": str(failure),
        "retry": API_ERROR_INFO[code].root == "transient",
        "values": {name: str(value) for name, value in values.items()},
    }
    if isinstance(failure, VenueError) and failure.result is not None:
        shown["result"] = failure.result.name
    if "retry_after_ms" in values:
        shown["retry_after_ms"] = int(values["retry_after_ms"])
    return shown


def http_status(failure: Failure) -> int:
    """Return the status of a failed request."""
    return HTTP_STATUS.get(_code_and_values(failure)[0], UNAVAILABLE)


def _code_and_values(failure: Failure) -> tuple[ApiError, dict[str, Any]]:
    match failure:
        case GatewayRefusal():
            return failure.code, failure.values
        case VenueError():
            return failure.code, failure.details
        case UnknownInstrument():
            return ApiError.NOT_FOUND, {"field": "instrument"}
        case FieldInvalid():
            return ApiError.REQUEST_MALFORMED, {"field": failure.field}
        case PriceOffGrid():
            below, above = f"{failure.below:f}", f"{failure.above:f}"
            return ApiError.REQUEST_MALFORMED, {"field": "price", "below": below, "above": above}
        case BadSignature():
            return ApiError.REQUEST_MALFORMED, {"field": "signature"}
        case Unreachable():
            return ApiError.STOPPING, {}
    return ApiError.INTERNAL, {}
