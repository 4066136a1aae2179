"""Where prices come from: a file, JSON over HTTP, JSON over a websocket, or a plug-in.

A plug-in is a class with `start`, `quote` and `close` under the entry point group
`strikeproof.price_sources`; the name of the entry point is its `kind` in the file.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, Final, Generic, Protocol, TypeVar

import aiohttp

from strikeproof.failure import Rejected, Transient
from strikeproof.reporter.bounded_answer import BYTES_MAX, AnswerTooLarge, read_to_end
from strikeproof.reporter.bounded_json import parse_json
from strikeproof.reporter.quote_median import SourceQuote
from strikeproof.reporter.reporter_file import SourceSection
from strikeproof.wire.constants import INDEX_PRICE_MAX
from strikeproof.wire.errors import FailureCode
from strikeproof.wire.units import NanoUsd

PLUG_INS: Final = "strikeproof.price_sources"
NANO: Final = 10**9
RECONNECT_SECONDS: Final = (0.5, 1.0, 2.0, 5.0, 15.0)


class PriceSourceFailed(Transient):
    """A source does not answer, or answers no price."""

    code = FailureCode.PRICE_SOURCE_FAILED

    def __init__(self, source: str, reason: str) -> None:
        super().__init__(f"{source}: {reason}")
        self.source, self.reason = source, reason


class UnknownPriceSource(Rejected):
    """A kind of source that nothing here reads."""

    code = FailureCode.UNKNOWN_PRICE_SOURCE

    def __init__(self, kind: str, known: tuple[str, ...]) -> None:
        super().__init__(f"kind {kind} is not one of {', '.join(known)}")
        self.kind, self.known = kind, known


class PriceSource(Protocol):
    """One source of one underlying's price."""

    async def start(self) -> None:
        """Begin; called once, on the event loop that `quote` is called on."""

    async def quote(self) -> SourceQuote:
        """Return the newest price. Raises `PriceSourceFailed`."""

    async def close(self) -> None:
        """End."""


def now_ms() -> int:
    """Return the wall clock in milliseconds."""
    return time.time_ns() // 1_000_000


def value_at(document: Any, path: str, source: str) -> Any:
    """Return what is at a dotted path of names and indices. Raises `PriceSourceFailed`."""
    found = document
    for name in path.split(".") if path else ():
        try:
            found = found[int(name)] if isinstance(found, list) else found[name]
        except (KeyError, IndexError, TypeError, ValueError):
            raise PriceSourceFailed(source, f"nothing at {path}") from None
    return found


def parse_quote(text: str | bytes, section: SourceSection) -> SourceQuote:
    """Return the quote in a JSON document, exactly. Raises `PriceSourceFailed`."""
    name = section.label
    try:
        document = parse_json(text)
    except ValueError:
        raise PriceSourceFailed(name, "no JSON") from None
    try:
        usd = Decimal(str(value_at(document, section.price, name)))
        nano = int((usd * NANO).to_integral_value())
    except (InvalidOperation, ValueError, OverflowError):
        raise PriceSourceFailed(name, f"no number at {section.price or 'the top'}") from None
    if not 0 < nano <= INDEX_PRICE_MAX:
        raise PriceSourceFailed(name, f"{usd} is not a price")
    time_ms = now_ms()
    if section.time_ms is not None:
        try:
            time_ms = int(value_at(document, section.time_ms, name))
        except (TypeError, ValueError):
            raise PriceSourceFailed(name, f"no time at {section.time_ms}") from None
    return SourceQuote(name, NanoUsd(nano), time_ms)


Read = TypeVar("Read")
Parse = Callable[[str | bytes, SourceSection], Read]


class FileSource(Generic[Read]):
    """A file that another program replaces; as old as its modification, unless it says."""

    def __init__(self, section: SourceSection, parse: Parse[Read]) -> None:
        assert section.path is not None
        self._section, self._path, self._parse = section, Path(section.path), parse

    async def start(self) -> None:
        """Nothing to begin."""

    async def quote(self) -> Read:
        """Return what is in the file now."""
        return await asyncio.to_thread(self._read)

    def _read(self) -> Read:
        try:
            with self._path.open("rb") as file:
                text = file.read(BYTES_MAX + 1)
            written_ms = self._path.stat().st_mtime_ns // 1_000_000
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise PriceSourceFailed(self._section.label, reason) from None
        if len(text) > BYTES_MAX:
            raise PriceSourceFailed(self._section.label, str(AnswerTooLarge()))
        found = self._parse(text, self._section)
        if self._section.time_ms is None:
            return replace(found, time_ms=written_ms)  # type: ignore[type-var]
        return found

    async def close(self) -> None:
        """Nothing to end."""


class HttpSource(Generic[Read]):
    """A document behind an HTTP URL, asked for at each quote."""

    def __init__(self, section: SourceSection, parse: Parse[Read]) -> None:
        self._section, self._parse = section, parse
        self._session: aiohttp.ClientSession | None = None

    async def start(self) -> None:
        """Open the connection pool."""
        timeout = aiohttp.ClientTimeout(total=self._section.timeout_seconds)
        self._session = aiohttp.ClientSession(timeout=timeout)

    async def quote(self) -> Read:
        """Return what the URL answers."""
        assert self._session is not None and self._section.url is not None
        name = self._section.label
        try:
            async with self._session.get(self._section.url) as answer:
                if answer.status != 200:
                    raise PriceSourceFailed(name, f"HTTP status {answer.status}")
                text = await read_to_end(answer.content)
        except TimeoutError:
            raise PriceSourceFailed(name, "no answer in time") from None
        except AnswerTooLarge as error:
            raise PriceSourceFailed(name, str(error)) from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise PriceSourceFailed(name, type(error).__name__) from None
        return self._parse(text, self._section)

    async def close(self) -> None:
        """Close the connection pool."""
        if self._session is not None:
            await self._session.close()


class WebsocketSource(Generic[Read]):
    """A stream of messages; the newest with a price counts. Connects again by itself."""

    def __init__(self, section: SourceSection, parse: Parse[Read]) -> None:
        self._section, self._parse = section, parse
        self._newest: Read | None = None
        self._trouble = "not connected yet"
        self._session: aiohttp.ClientSession | None = None
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Connect, and keep connected."""
        self._session = aiohttp.ClientSession()
        self._task = asyncio.create_task(self._follow())

    async def _follow(self) -> None:
        failures = 0
        while True:
            try:
                await self._read_stream()
                self._trouble, failures = "the stream ended", 0
            except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
                self._trouble = type(error).__name__
            pause = RECONNECT_SECONDS[min(failures, len(RECONNECT_SECONDS) - 1)]
            failures += 1
            await asyncio.sleep(pause)

    async def _read_stream(self) -> None:
        section = self._section
        assert self._session is not None and section.url is not None
        async with self._session.ws_connect(
            section.url, heartbeat=section.timeout_seconds, max_msg_size=BYTES_MAX
        ) as stream:
            if section.send is not None:
                await stream.send_str(section.send)
            async for message in stream:
                if message.type is aiohttp.WSMsgType.TEXT:
                    # Acknowledgements and heartbeats hold no price.
                    with suppress(PriceSourceFailed):
                        self._newest = self._parse(message.data, section)

    async def quote(self) -> Read:
        """Return the newest of the stream; how old it is, its time says."""
        if self._newest is None:
            raise PriceSourceFailed(self._section.label, self._trouble)
        return self._newest

    async def close(self) -> None:
        """Disconnect."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if self._session is not None:
            await self._session.close()


_KINDS: Final[dict[str, Any]] = {
    "file": FileSource,
    "http": HttpSource,
    "websocket": WebsocketSource,
}


def price_source(section: SourceSection) -> PriceSource:
    """Return the source that a section describes. Raises `UnknownPriceSource`."""
    source: PriceSource = source_of(section, parse_quote, PLUG_INS)
    return source


def source_of(section: SourceSection, parse: Parse[Any], plug_ins: str) -> Any:
    """Return the source of a section whose documents are parsed so, or a plug-in of that entry
    point group. Raises `UnknownPriceSource`."""
    kind = _KINDS.get(section.kind)
    if kind is not None:
        return kind(section, parse)
    plugged = {each.name: each for each in entry_points(group=plug_ins)}
    if section.kind not in plugged:
        raise UnknownPriceSource(section.kind, (*_KINDS, *plugged))
    return plugged[section.kind].load()(section)
