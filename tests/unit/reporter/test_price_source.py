"""Prices from files, HTTP and websockets of this machine; a bad price is reported, not raised."""

import asyncio
import os
from pathlib import Path

import pytest
from aiohttp import web

from strikeproof.reporter.bounded_answer import BYTES_MAX
from strikeproof.reporter.price_source import PriceSourceFailed, UnknownPriceSource, price_source
from strikeproof.reporter.reporter_file import SourceSection
from strikeproof.wire.constants import INDEX_PRICE_MAX

NANO = 10**9


def quote_of(section, *, patience=0.0):
    async def ask():
        source = price_source(section)
        await source.start()
        try:
            deadline = asyncio.get_running_loop().time() + patience
            while True:
                try:
                    return await source.quote()
                except PriceSourceFailed:
                    if asyncio.get_running_loop().time() >= deadline:
                        raise
                    await asyncio.sleep(0.02)
        finally:
            await source.close()

    return asyncio.run(ask())


def test_price_of_a_file_is_exact_and_as_old_as_the_file(tmp_path: Path):
    path = tmp_path / "price.json"
    path.write_text('{"data": [{"last": "96400.500000001"}]}')
    os.utime(path, (1_700_000_000, 1_700_000_000))
    found = quote_of(SourceSection(kind="file", path=path, price="data.0.last"))
    assert (found.nano_usd, found.time_ms) == (96_400_500_000_001, 1_700_000_000_000)


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", '{"last": null}', '{"last": "nan"}', '{"last": -1}', '{"last": 1e40}',
     '{"last": 0}', '{"last": {}}', '{"other": 1}', "[" * 1_000_000, '{"a":' * 200_000],
)  # fmt: skip
def test_what_is_no_price_fails_with_the_sources_name(tmp_path: Path, text: str):
    path = tmp_path / "price.json"
    path.write_text(text)
    with pytest.raises(PriceSourceFailed) as caught:
        quote_of(SourceSection(kind="file", name="mine", path=path, price="last"))
    assert caught.value.source == "mine"


def test_missing_file_and_unknown_kind_fail(tmp_path: Path):
    with pytest.raises(PriceSourceFailed):
        quote_of(SourceSection(kind="file", path=tmp_path / "none", price="x"))
    with pytest.raises(UnknownPriceSource, match="carrier-pigeon is not one of file, http"):
        price_source(SourceSection(kind="carrier-pigeon"))


def serving(test):
    """Run a test beside a server that answers prices over HTTP and a websocket."""

    async def price(request):
        return web.json_response({"price": "3310.25", "time": 1_800_000_000_000})

    async def broken(request):
        return web.Response(status=500)

    async def stream(request):
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        asked = await socket.receive_str()
        await socket.send_str('{"subscribed": true}')
        await socket.send_str('{"p": 3311.5}' if asked == "eth" else '{"p": 1}')
        await asyncio.sleep(5)
        return socket

    async def run():
        application = web.Application()
        application.router.add_get("/price", price)
        application.router.add_get("/broken", broken)
        application.router.add_get("/stream", stream)
        runner = web.AppRunner(application)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = site._server.sockets[0].getsockname()[1]
        try:
            return await asyncio.to_thread(test, f"127.0.0.1:{port}")
        finally:
            await runner.cleanup()

    return asyncio.run(run())


def test_price_over_http_with_its_own_time():
    section = {"kind": "http", "price": "price", "time_ms": "time"}
    found = serving(lambda host: quote_of(SourceSection(url=f"http://{host}/price", **section)))
    assert (found.nano_usd, found.time_ms) == (3_310_250_000_000, 1_800_000_000_000)


def test_status_500_and_a_closed_port_fail():
    with pytest.raises(PriceSourceFailed, match="500"):
        serving(lambda host: quote_of(SourceSection(kind="http", url=f"http://{host}/broken")))
    with pytest.raises(PriceSourceFailed):
        quote_of(SourceSection(kind="http", url="http://127.0.0.1:1/price"))


def test_newest_price_of_a_websocket_that_was_subscribed_to():
    section = {"kind": "websocket", "send": "eth", "price": "p"}
    found = serving(
        lambda host: quote_of(SourceSection(url=f"ws://{host}/stream", **section), patience=4)
    )
    assert found.nano_usd == 3_311_500_000_000


def test_label_shows_no_access_key():
    assert "secret" not in SourceSection(kind="http", url="https://a.example/secret?k=1").label


async def in_pieces(reader, writer):
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b'HTTP/1.1 200 OK\r\nContent-Length: 14\r\n\r\n{"usd":')
    await writer.drain()
    await asyncio.sleep(0.2)  # apart on the wire, so that one read cannot return both
    writer.write(b'"12.5"}')
    await writer.drain()
    writer.close()


async def without_end(reader, writer):
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\n\r\n1" + b" " * (BYTES_MAX + 1))
    writer.close()


def quote_from(handler):
    async def ask():
        server = await asyncio.start_server(handler, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        path = "usd" if handler is in_pieces else ""
        source = price_source(
            SourceSection(kind="http", url=f"http://127.0.0.1:{port}/", price=path)
        )
        await source.start()
        try:
            return await source.quote()
        finally:
            await source.close()
            server.close()

    return asyncio.run(ask())


def test_answer_in_pieces_is_read_to_its_end():
    assert quote_from(in_pieces).nano_usd == 12_500_000_000


def test_answer_or_file_beyond_the_bound_is_refused_and_not_cut(tmp_path: Path):
    with pytest.raises(PriceSourceFailed, match="more than 1,048,576 bytes"):
        quote_from(without_end)
    path = tmp_path / "price.json"
    path.write_text("5" + " " * BYTES_MAX)
    with pytest.raises(PriceSourceFailed, match="more than 1,048,576 bytes"):
        quote_of(SourceSection(kind="file", path=path))


def test_price_that_the_law_does_not_take_is_none(tmp_path: Path):
    path = tmp_path / "price.json"
    for nano, is_price in ((INDEX_PRICE_MAX, True), (INDEX_PRICE_MAX + 1, False)):
        path.write_text(f'"{nano // NANO}.{nano % NANO:09}"')
        if is_price:
            assert quote_of(SourceSection(kind="file", path=path)).nano_usd == nano
            continue
        with pytest.raises(PriceSourceFailed, match="is not a price"):
            quote_of(SourceSection(kind="file", path=path))
