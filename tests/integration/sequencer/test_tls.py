"""The API with TLS: who is let in, whom clients believe, and a certificate that is renewed."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from cryptography import x509
from mcp.client.session import ClientSession
from mcp.client.stdio import StdioServerParameters, stdio_client

from strikeproof.cli.main import main
from strikeproof.client import Client, Tls, TlsUnusable, Unreachable
from strikeproof.config import ServerTlsSection
from strikeproof.config.certificate_expiry import expiry_seconds
from tests.integration.sequencer.certificates import DAY, Authority, Pair
from tests.integration.sequencer.node_process import NodeProcess, on_loop, running_node


class Venue:
    """A node that asks its clients for certificates, and who signed what."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.authority = Authority(folder / "venue", "venue-ca")
        self.clients = Authority(folder / "clients", "clients-ca")
        self.strangers = Authority(folder / "strangers", "strangers-ca")
        self.live = Pair(folder / "live.pem", folder / "live.key")
        self.show(self.authority.issue("node"))
        self.trader = self.clients.issue("trader")
        self.node: Any = None

    def show(self, pair: Pair) -> None:
        """Renew the node's certificate as certbot does: new files in place of the old."""
        for old, new in ((self.live.key, pair.key), (self.live.cert, pair.cert)):
            part = new.with_suffix(".part")
            shutil.copy(new, part)
            os.replace(part, old)

    def section(self) -> dict[str, str]:
        return {
            "cert_file": str(self.live.cert),
            "key_file": str(self.live.key),
            "client_ca_file": str(self.clients.file),
        }

    def ask(self, tls: Tls | None) -> int:
        with Client(self.node.endpoint, tls=tls, timeout_seconds=5) as client:
            return int(client.venue().chain_id)

    def tls(self, authority: Authority | None = None, pair: Pair | None = None) -> Tls:
        shown = pair or self.trader
        authority = authority or self.authority
        return Tls(ca_file=authority.file, cert_file=shown.cert, key_file=shown.key)


@pytest.fixture(scope="module")
def venue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Venue]:
    found = Venue(tmp_path_factory.mktemp("tls"))
    with running_node(found.folder / "data", api={"tls": found.section()}) as node:
        found.node = node
        yield found


def test_client_of_the_venue_is_served(venue: Venue) -> None:
    assert venue.ask(venue.tls()) > 0


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param(lambda v: None, id="plain text"),
        pytest.param(lambda v: Tls(ca_file=v.authority.file), id="no certificate"),
        pytest.param(lambda v: v.tls(pair=v.strangers.issue("trader")), id="a stranger's"),
        pytest.param(lambda v: v.tls(pair=v.clients.issue("late", -DAY)), id="an expired one"),
        pytest.param(lambda v: v.tls(authority=v.strangers), id="another authority"),
        pytest.param(lambda v: Tls(cert_file=v.trader.cert, key_file=v.trader.key), id="the usual"),
    ],
)
def test_whoever_is_not_meant_is_not_served(venue: Venue, wrong: Callable[[Venue], Any]) -> None:
    with pytest.raises(Unreachable):
        venue.ask(wrong(venue))
    assert venue.ask(venue.tls()) > 0


def test_command_takes_the_files_and_says_what_is_wrong_with_them(venue: Venue) -> None:
    ours = ("--ca", venue.authority.file, "--cert", venue.trader.cert, "--key", venue.trader.key)

    def run(*options: Any) -> Any:
        arguments = ["trade", "--endpoint", venue.node.endpoint, *options, "instruments", "--json"]
        return CliRunner().invoke(main, [str(each) for each in arguments])

    assert run(*ours).exit_code == 0
    assert run(*ours[:4]).exit_code == 2  # --cert and --key go together
    stray = run(*ours[:4], "--key", venue.live.key)
    assert (stray.exit_code, "TLS_UNUSABLE" in stray.output) == (2, True)
    lost = run("--ca", venue.folder / "nowhere.pem")
    assert (lost.exit_code, "nowhere.pem" in lost.output) == (2, True)


def test_tools_for_programs_read_a_node_with_tls(venue: Venue) -> None:
    arguments = ["-m", "strikeproof", "mcp", "--sequencer", venue.node.endpoint]
    files = ("--ca", venue.authority.file, "--cert", venue.trader.cert, "--key", venue.trader.key)
    arguments += [str(each) for each in files]
    server = StdioServerParameters(command=sys.executable, args=arguments, env={**os.environ})

    async def run() -> Any:
        async with stdio_client(server) as pipes, ClientSession(*pipes) as session:
            await session.initialize()
            return await session.call_tool("venue", {})

    found = on_loop(run())
    assert json.loads(found.content[0].text)["domain"]["chainId"] > 0


def test_renewed_certificate_is_shown_without_a_restart_and_a_broken_one_never(
    venue: Venue,
) -> None:
    renewed = Authority(venue.folder / "renewed", "renewed-ca")
    venue.show(renewed.issue("node"))
    assert venue.ask(venue.tls(renewed)) > 0
    with pytest.raises(Unreachable):
        venue.ask(venue.tls())
    mismatched = Pair(renewed.issue("one").cert, renewed.issue("two").key)
    venue.show(mismatched)
    assert venue.ask(venue.tls(renewed)) > 0  # the one before serves on
    venue.live.cert.unlink()
    assert venue.ask(venue.tls(renewed)) > 0
    venue.show(venue.authority.issue("node"))
    assert venue.ask(venue.tls()) > 0
    log = venue.node.log.read_text()
    assert log.count("tls_not_renewed") == 2
    assert log.count('"tls_renewed"') == 2
    venue.show(venue.authority.issue("node", -DAY))  # expired: clients refuse it, not the node
    with pytest.raises(Unreachable):
        venue.ask(venue.tls())
    venue.show(venue.authority.issue("node"))
    assert venue.ask(venue.tls()) > 0


def test_node_does_not_start_with_files_that_do_not_fit(tmp_path: Path) -> None:
    authority = Authority(tmp_path, "ca")
    one, two = authority.issue("one"), authority.issue("two")
    for files in (
        {"cert_file": one.cert, "key_file": two.key},
        {"cert_file": one.key, "key_file": one.key},
        {"cert_file": one.cert, "key_file": tmp_path / "nowhere.key"},
        {"cert_file": one.cert, "key_file": one.key, "client_ca_file": one.key},
    ):
        with pytest.raises(TlsUnusable):
            ServerTlsSection(**files).check()
    folder = tmp_path / "data"
    node = NodeProcess(folder, api={"tls": {"cert_file": str(one.cert), "key_file": str(two.key)}})
    assert node.process.wait(60) == 2, node.log.read_text()


def test_expiry_is_read_as_the_library_reads_it(tmp_path: Path) -> None:
    authority = Authority(tmp_path, "ca")
    for lasts in (DAY, -DAY, 40 * 365 * DAY):  # two forms of time: from 2050 on another
        pem = authority.issue("one", lasts).cert.read_bytes()
        right = x509.load_pem_x509_certificate(pem).not_valid_after_utc
        assert datetime.fromtimestamp(expiry_seconds(pem), UTC) == right
    for bad in (b"", b"-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----", pem[:90]):
        with pytest.raises(ValueError):
            expiry_seconds(bad)
