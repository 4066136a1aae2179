"""A gateway that speaks TLS by itself: who is let in, renewal, clients that do not."""

from __future__ import annotations

import os
import shutil
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner
from cryptography import x509

from strikeproof.cli.main import main
from tests.integration.gateway.gateway_process import (
    GatewayProcess,
    LiveClient,
    running_gateway,
)
from tests.integration.sequencer.certificates import Authority, Pair
from tests.integration.sequencer.node_process import running_node


class Secure:
    """A gateway with a certificate that can be renewed, and who is let in."""

    def __init__(self, folder: Path) -> None:
        self.venue, self.clients = Authority(folder, "venue"), Authority(folder, "clients")
        self.live = Pair(folder / "live.pem", folder / "live.key")
        self.show(self.venue.issue("gateway"))
        self.trader = self.clients.issue("trader")
        self.gateway: GatewayProcess

    def show(self, pair: Pair) -> None:
        for old, new in ((self.live.key, pair.key), (self.live.cert, pair.cert)):
            part = new.with_suffix(".part")
            shutil.copy(new, part)
            os.replace(part, old)

    def context(self, pair: Pair | None = None) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=str(self.venue.file))
        if pair is not None:
            context.load_cert_chain(pair.cert, pair.key)
        return context

    def shown(self) -> int:
        """The serial of the certificate that a new connection is shown."""
        with socket.create_connection(self.place, timeout=10) as raw:
            context = self.context(self.trader)
            with context.wrap_socket(raw, server_hostname="127.0.0.1") as secured:
                found = secured.getpeercert(binary_form=True)
        assert found is not None
        return x509.load_der_x509_certificate(found).serial_number

    @property
    def place(self) -> tuple[str, int]:
        host, _, port = self.gateway.address.removeprefix("https://").rpartition(":")
        return host, int(port)


@pytest.fixture(scope="module")
def secure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secure]:
    folder = tmp_path_factory.mktemp("gateway-tls")
    found = Secure(folder)
    options = ["--tls-cert", str(found.live.cert), "--tls-key", str(found.live.key)]
    options += ["--client-ca", str(found.clients.file)]
    with (
        running_node(folder / "data") as node,
        running_gateway(folder / "gateway.log", node.endpoint, *options) as gateway,
    ):
        found.gateway = gateway
        yield found


def test_pages_and_websockets_are_served_to_those_who_are_let_in(secure: Secure) -> None:
    context = secure.context(secure.trader)
    with httpx.Client(base_url=secure.gateway.address, verify=context) as http:
        assert http.get("/api/v1/venue").json()["domain"]["name"] == "Strikeproof"
        policy = http.get("/").headers["content-security-policy"]
        assert f"wss://{secure.gateway.address.removeprefix('https://')}" in policy
    url = secure.gateway.address.replace("https", "wss") + "/api/v1/live"
    with LiveClient(url, ssl=context) as live:
        assert live.ask("ping", id=1)["type"] == "pong"


def test_strangers_and_plain_text_are_not_served(secure: Secure) -> None:
    for context in (secure.context(), secure.context(secure.venue.issue("stranger"))):
        with pytest.raises((httpx.ConnectError, httpx.ReadError, httpx.RemoteProtocolError)):
            httpx.get(f"{secure.gateway.address}/api/v1/venue", verify=context)
    with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
        httpx.get(secure.gateway.address.replace("https", "http"))


def test_renewed_certificate_is_shown_and_a_broken_one_is_not(secure: Secure) -> None:
    first = secure.shown()
    secure.show(secure.venue.issue("renewed"))
    second = secure.shown()
    assert second != first
    pair = secure.venue.issue("odd")
    secure.show(Pair(pair.cert, secure.venue.issue("other").key))
    assert secure.shown() == second
    assert "tls_not_renewed" in secure.gateway.log.read_text()
    secure.show(pair)
    assert secure.shown() not in (first, second)
    context = secure.context(secure.trader)
    assert httpx.get(f"{secure.gateway.address}/healthz", verify=context).status_code == 200


def test_client_that_never_shakes_hands_is_cut(secure: Secure) -> None:
    with socket.create_connection(secure.place, timeout=60) as silent:
        assert silent.recv(1) == b""


@pytest.mark.parametrize("given", [("--tls-cert",), ("--tls-key",), ("--client-ca",)])
def test_half_a_pair_is_refused(secure: Secure, given: tuple[str]) -> None:
    arguments = ["gateway", "--sequencer", "127.0.0.1:1", given[0], str(secure.live.cert)]
    told = CliRunner().invoke(main, arguments)
    assert told.exit_code == 2 and "go together" in told.output


def test_key_of_another_certificate_is_refused_at_the_start(secure: Secure, tmp_path: Path) -> None:
    other = Authority(tmp_path, "other").issue("other")
    arguments = ["gateway", "--sequencer", "127.0.0.1:1", "--listen", "127.0.0.1:0"]
    arguments += ["--tls-cert", str(secure.live.cert), "--tls-key", str(other.key)]
    told = CliRunner().invoke(main, arguments)
    assert told.exit_code == 2 and "TLS_UNUSABLE" in told.output
