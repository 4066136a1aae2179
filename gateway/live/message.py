"""One message of a WebSocket client, parsed once into a checked value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from strikeproof.gateway.json_fields import integer_of
from strikeproof.gateway.refusal import GatewayRefusal, malformed
from strikeproof.gateway.rfq_form import access_of
from strikeproof.gateway.settings import CHANNELS, WITH_ACCESS
from strikeproof.wire.errors import ApiError
from strikeproof.wire.rfq_pb2 import QuoteAccess

ID_CHARACTERS_MAX: Final = 64
STREAM_CHARACTERS_MAX: Final = 32
HEARTBEAT_MS_MIN: Final = 100
HEARTBEAT_MS_MAX: Final = 60_000


@dataclass(frozen=True, slots=True)
class Submit:
    """Signed ops to be ordered, as they were given; each gets an ack of its own."""

    id: Any
    ops: list[Any]


@dataclass(frozen=True, slots=True)
class LiveChannel:
    """What is subscribed to: of an instrument's name, of an account, or of a request."""

    name: str
    of: str | int


@dataclass(frozen=True, slots=True)
class Subscribe:
    """Send a channel, from a number of a stream on; 0: from now on. `access`: who subscribes, where
    the channel is not for everybody."""

    id: Any
    channel: LiveChannel
    stream: str
    from_sequence: int
    access: QuoteAccess | None


@dataclass(frozen=True, slots=True)
class Unsubscribe:
    """Stop sending a channel."""

    id: Any
    channel: LiveChannel


@dataclass(frozen=True, slots=True)
class OnDisconnect:
    """Submit these ops when the connection ends, in place of those given before. `heartbeat_ms`:
    it also ends if nothing is heard for this long; 0: never for that."""

    id: Any
    ops: list[Any]
    heartbeat_ms: int


@dataclass(frozen=True, slots=True)
class Ping:
    """Say that the client is there."""

    id: Any


ClientMessage = Submit | Subscribe | Unsubscribe | OnDisconnect | Ping


def id_of(message: object) -> Any:
    """Return a message's id, None if it has none that can be echoed."""
    found = message.get("id") if isinstance(message, dict) else None
    if isinstance(found, bool) or not isinstance(found, str | int):
        return None
    return found if len(str(found)) <= ID_CHARACTERS_MAX else None


def parse_message(message: object, ops_max: int) -> ClientMessage:
    """Return the value of a message. Raises `GatewayRefusal`, `FieldInvalid`."""
    if not isinstance(message, dict):
        raise malformed("message", "must be an object")
    id_, kind = id_of(message), message.get("type")
    match kind:
        case "submit":
            return Submit(id_, _ops(message, 1, ops_max))
        case "subscribe":
            stream = message.get("stream", "")
            if not isinstance(stream, str) or len(stream) > STREAM_CHARACTERS_MAX:
                raise malformed("stream", "must be what `subscribed` named")
            since = integer_of("from_sequence", message.get("from_sequence", 0))
            channel = _channel(message)
            return Subscribe(id_, channel, stream, since, _access(message, channel))
        case "unsubscribe":
            return Unsubscribe(id_, _channel(message))
        case "on_disconnect":
            beat = integer_of("heartbeat_ms", message.get("heartbeat_ms", 0))
            if beat and not HEARTBEAT_MS_MIN <= beat <= HEARTBEAT_MS_MAX:
                limits = f"{HEARTBEAT_MS_MIN} to {HEARTBEAT_MS_MAX}, or 0"
                raise malformed("heartbeat_ms", f"must be {limits}")
            return OnDisconnect(id_, _ops(message, 0, ops_max), beat)
        case "ping":
            return Ping(id_)
    raise malformed("type", "must be submit, subscribe, unsubscribe, on_disconnect or ping")


def _channel(message: dict[str, Any]) -> LiveChannel:
    name = message.get("channel")
    if not isinstance(name, str) or name not in CHANNELS:
        raise malformed("channel", f"must be one of {', '.join(CHANNELS)}")
    subject = CHANNELS[name]
    found = message.get(subject)
    if subject != "instrument":
        return LiveChannel(name, integer_of(subject, found))
    if isinstance(found, bool) or not isinstance(found, str | int):
        raise malformed("instrument", "must be a symbol or a number")
    return LiveChannel(name, found)


def _access(message: dict[str, Any], channel: LiveChannel) -> QuoteAccess | None:
    if channel.name not in WITH_ACCESS:
        return None
    found = access_of(message.get("access"))
    if channel.name == "requests" and found.account != channel.of:
        raise malformed("account", "must be the access's")
    return found


def _ops(message: dict[str, Any], least: int, most: int) -> list[Any]:
    found = message.get("ops")
    if not isinstance(found, list) or len(found) < least:
        raise malformed("ops", "must be a list of signed ops")
    if len(found) > most:
        raise GatewayRefusal(ApiError.MESSAGE_TOO_LARGE, field="ops", ops=len(found), most=most)
    return found
