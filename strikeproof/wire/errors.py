"""Stable codes. Generated from proto/errors.toml: do not edit."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Final


@dataclass(frozen=True, slots=True)
class CodeInfo:
    """What a code means; of an API error also its root (rejected, transient, broken)."""

    meaning: str
    root: str = ""
    grpc: str = ""
    retired: bool = False


class Result(IntEnum):
    """What became of an operation or of an action: a function of state, header and ordered bytes alone."""

    OK = 0
    UNKNOWN_TYPE = 1
    MALFORMED = 2
    SEGMENT_FULL = 3
    UNKNOWN_ACCOUNT = 4
    UNKNOWN_SESSION = 5
    SESSION_EXPIRED = 6
    EXPIRED = 8
    NONCE_USED = 9
    NONCE_TOO_FAR = 10
    BAD_SIGNATURE = 11
    STALE_REPORT = 12
    BELOW_QUORUM = 13
    BAD_REPORTER = 14
    UNKNOWN_UNDERLYING = 15
    UNKNOWN_INSTRUMENT = 16
    CAPACITY = 17
    FIELD_OVERFLOW = 18
    HALTED = 19
    NO_PRICE = 20
    STALE_PRICE = 21
    ORDER_TOO_SMALL = 22
    FEE_TOO_HIGH = 23
    TOO_MANY_POSITIONS = 24
    TOO_MANY_ORDERS = 25
    POSITION_LIMIT = 26
    NOTHING_TO_REDUCE = 27
    POST_ONLY_CROSSES = 28
    TOUCHES_EXHAUSTED = 29
    BAND_STOPPED = 30
    SELF_TRADE = 31
    MARGIN_INSUFFICIENT = 32
    FOK_UNFILLED = 33
    IOC_REMAINDER = 34
    ORDER_NOT_FOUND = 35
    BOOK_FULL = 36
    INSUFFICIENT_COLLATERAL = 37


RESULT_INFO: Final[dict[Result, CodeInfo]] = {
    Result.OK: CodeInfo("Executed."),
    Result.UNKNOWN_TYPE: CodeInfo("No such op type, message kind or governance action."),
    Result.MALFORMED: CodeInfo("The body has the wrong length or a field out of its range."),
    Result.SEGMENT_FULL: CodeInfo(
        "The segment has no room for the op's worst case; it changed nothing and can be ordered again."
    ),
    Result.UNKNOWN_ACCOUNT: CodeInfo("No such account."),
    Result.UNKNOWN_SESSION: CodeInfo("The session slot holds no key."),
    Result.SESSION_EXPIRED: CodeInfo("The session's expiry has passed."),
    Result.EXPIRED: CodeInfo("The op's expiry has passed."),
    Result.NONCE_USED: CodeInfo("The nonce was used, or lies below the window."),
    Result.NONCE_TOO_FAR: CodeInfo("The nonce lies more than a window above the window."),
    Result.BAD_SIGNATURE: CodeInfo("The signature is not the session key's, or malleable."),
    Result.STALE_REPORT: CodeInfo(
        "The publish time does not rise, lies ahead of the clock or too far behind it."
    ),
    Result.BELOW_QUORUM: CodeInfo("Fewer reporters signed than the quorum."),
    Result.BAD_REPORTER: CodeInfo("Reporter indices do not rise, or one is outside the set."),
    Result.UNKNOWN_UNDERLYING: CodeInfo("No such underlying."),
    Result.UNKNOWN_INSTRUMENT: CodeInfo("No such instrument."),
    Result.CAPACITY: CodeInfo("An id would pass the height of its tree."),
    Result.FIELD_OVERFLOW: CodeInfo("A field would leave its width."),
    Result.HALTED: CodeInfo("The instrument admits only cancels, or only reduce-only orders."),
    Result.NO_PRICE: CodeInfo("The instrument's underlying has no index price yet."),
    Result.STALE_PRICE: CodeInfo("A price that the account's margin needs is stale."),
    Result.ORDER_TOO_SMALL: CodeInfo("The order's value is below the instrument's minimum."),
    Result.FEE_TOO_HIGH: CodeInfo("The taker fee is above the bundle's maximum."),
    Result.TOO_MANY_POSITIONS: CodeInfo("The account has no free position entry."),
    Result.TOO_MANY_ORDERS: CodeInfo(
        "The account has its maximum of open orders on the instrument."
    ),
    Result.POSITION_LIMIT: CodeInfo("Position and open orders would pass the limit."),
    Result.NOTHING_TO_REDUCE: CodeInfo("A reduce-only order finds no opposite position."),
    Result.POST_ONLY_CROSSES: CodeInfo("A post-only order would take."),
    Result.TOUCHES_EXHAUSTED: CodeInfo(
        "The bundle's maker touches are used up; the remainder is cancelled."
    ),
    Result.BAND_STOPPED: CodeInfo(
        "The next maker lies outside the price band; the remainder is cancelled."
    ),
    Result.SELF_TRADE: CodeInfo("Self-trade prevention cancelled the remainder."),
    Result.MARGIN_INSUFFICIENT: CodeInfo(
        "Margin does not admit the next fill or the resting remainder; the remainder is cancelled."
    ),
    Result.FOK_UNFILLED: CodeInfo("A fill-or-kill order could not fill whole; nothing changed."),
    Result.IOC_REMAINDER: CodeInfo("An immediate-or-cancel order's remainder is cancelled."),
    Result.ORDER_NOT_FOUND: CodeInfo("No such live order of the account."),
    Result.BOOK_FULL: CodeInfo("The instrument has no free order slot."),
    Result.INSUFFICIENT_COLLATERAL: CodeInfo(
        "The withdrawal would leave the account below initial margin."
    ),
}


class ApiError(IntEnum):
    """Errors of the sequencer's gRPC API."""

    QUEUE_FULL = 1
    REQUEST_MALFORMED = 2
    OP_REJECTED = 3
    OP_TYPE_DENIED = 4
    MESSAGE_TOO_LARGE = 5
    TOO_MANY_STREAMS = 6
    SLOW_READER = 7
    NOT_FOUND = 8
    NOT_YET = 9
    STOPPING = 10
    NOT_ACCEPTING = 11
    INTERNAL = 12


API_ERROR_INFO: Final[dict[ApiError, CodeInfo]] = {
    ApiError.QUEUE_FULL: CodeInfo(
        "The ingress queue is full; nothing was accepted.",
        root="transient",
        grpc="RESOURCE_EXHAUSTED",
    ),
    ApiError.REQUEST_MALFORMED: CodeInfo(
        "A field of the request is missing or out of its range.",
        root="rejected",
        grpc="INVALID_ARGUMENT",
    ),
    ApiError.OP_REJECTED: CodeInfo(
        "The law would refuse the op with the code in `result`; it was not ordered and costs nothing.",
        root="rejected",
        grpc="FAILED_PRECONDITION",
    ),
    ApiError.OP_TYPE_DENIED: CodeInfo(
        "Ops of this type are not taken from users.", root="rejected", grpc="PERMISSION_DENIED"
    ),
    ApiError.MESSAGE_TOO_LARGE: CodeInfo(
        "The message holds more ops or bytes than one message may.",
        root="rejected",
        grpc="INVALID_ARGUMENT",
    ),
    ApiError.TOO_MANY_STREAMS: CodeInfo(
        "The caller, or the node, holds its maximum of open streams.",
        root="transient",
        grpc="RESOURCE_EXHAUSTED",
    ),
    ApiError.SLOW_READER: CodeInfo(
        "The stream was read too slowly, and ended; subscribe again.",
        root="transient",
        grpc="RESOURCE_EXHAUSTED",
    ),
    ApiError.NOT_FOUND: CodeInfo(
        "No account, instrument, session or op of this name.", root="rejected", grpc="NOT_FOUND"
    ),
    ApiError.NOT_YET: CodeInfo(
        "What was asked for does not exist yet; it may later.",
        root="transient",
        grpc="FAILED_PRECONDITION",
    ),
    ApiError.STOPPING: CodeInfo(
        "The node is stopping; nothing was accepted.", root="transient", grpc="UNAVAILABLE"
    ),
    ApiError.NOT_ACCEPTING: CodeInfo(
        "The node orders nothing now: it catches up, or L1 is out of reach.",
        root="transient",
        grpc="UNAVAILABLE",
    ),
    ApiError.INTERNAL: CodeInfo(
        "The node failed; whether the op was ordered is told by its finality.",
        root="broken",
        grpc="INTERNAL",
    ),
}
