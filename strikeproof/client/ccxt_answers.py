"""Errors and receipts as the gateway's JSON has them, for the exchange class of ccxt."""

from __future__ import annotations

from typing import Any, Final

from ccxt.base.errors import (
    BadRequest,
    BadSymbol,
    ExchangeError,
    ExchangeNotAvailable,
    InsufficientFunds,
    InvalidOrder,
    OrderNotFound,
    RateLimitExceeded,
)

from strikeproof.client.receipt_check import Receipt

Dict = dict[str, Any]

ERRORS: Final[dict[str, type[ExchangeError]]] = {
    "MARGIN_INSUFFICIENT": InsufficientFunds,
    "ACCOUNT_UNFUNDED": InsufficientFunds,
    "PORTFOLIO_UNFIT": InvalidOrder,
    "ORDER_NOT_FOUND": OrderNotFound,
    "POST_ONLY_CROSSES": InvalidOrder,
    "ORDER_TOO_SMALL": InvalidOrder,
    "BEYOND_BAND": InvalidOrder,
    "REQUEST_MALFORMED": BadRequest,
    "NOT_FOUND": BadSymbol,
}
TRANSIENT: Final = ("STOPPING", "NOT_ACCEPTING", "QUEUE_FULL", "STANDBY", "NOT_YET")
STALE: Final = ("CERTIFICATE_NEEDED",)  # results of the law, until prices are fresh again


def error_of(error: Dict) -> ExchangeError:
    """Return ccxt's error of one of the venue: by the law's code if there is one."""
    name, message = error["name"], f"{error['name']}: {error['message']}"
    if name == "RATE_LIMITED":
        return RateLimitExceeded(message)
    if name in TRANSIENT or error.get("result") in STALE:
        return ExchangeNotAvailable(message)
    kind = ERRORS.get(error.get("result") or name) or ERRORS.get(name) or ExchangeError
    return kind(message)


def receipt_of(shown: Dict) -> Receipt:
    """Return the receipt of its JSON."""
    place = shown["position"]

    def bytes_of(text: str) -> bytes:
        return bytes.fromhex(text.removeprefix("0x"))

    return Receipt(
        shown["sequencer_epoch"],
        place["batch"],
        place["segment"],
        place["index"],
        bytes_of(shown["op_hash"]),
        shown["post_by_ms"],
        shown["leaf_index"],
        shown["leaf_count"],
        tuple(map(bytes_of, shown["path"])),
        bytes_of(shown["commitment"]),
        bytes_of(shown["signature"]),
    )
