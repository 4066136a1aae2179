"""TLS of the gateway by itself: a renewed certificate is shown from the next handshake on.

At each handshake the files' times are looked at. A pair that cannot be used is logged, and the one
before serves on; when it ends is a metric. A client that does not finish its handshake is cut.
"""

from __future__ import annotations

import ssl
from typing import Any, Final

import structlog
import uvicorn
import uvloop

from strikeproof.config import ServerTlsSection, TlsUnusable
from strikeproof.config.certificate_expiry import expiry_seconds
from strikeproof.config.tls_section import read_pem
from strikeproof.gateway.metrics import GatewayMetrics

HANDSHAKE_SECONDS: Final = 5.0

_log = structlog.get_logger("gateway")


class GatewayTls:
    """The certificate that the gateway shows, and whose clients it lets in."""

    def __init__(self, section: ServerTlsSection, metrics: GatewayMetrics) -> None:
        """Read the files. Raises `TlsUnusable`."""
        self._section, self._metrics = section, metrics
        section.check()
        self._seen = section.stamps()
        self._newest = self.context = self._read()

    def _read(self) -> ssl.SSLContext:
        section = self._section
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.set_alpn_protocols(["http/1.1"])
        context.load_cert_chain(section.cert_file, section.key_file, password="")
        if section.client_ca_file is not None:
            context.load_verify_locations(section.client_ca_file)
            context.verify_mode = ssl.CERT_REQUIRED
        context.sni_callback = self._at_handshake
        self._metrics.tls_expiry_time.set(expiry_seconds(read_pem(section.cert_file)))
        return context

    def _at_handshake(self, connection: Any, name: str | None, context: ssl.SSLContext) -> None:
        """Show the newest certificate. Of the authority of clients the first stays: OpenSSL takes
        no other for a handshake that has begun."""
        stamps = self._section.stamps()
        if stamps != self._seen:
            self._seen = stamps
            self._renew()
        connection.context = self._newest

    def _renew(self) -> None:
        try:
            self._section.check()
            self._newest = self._read()
        except (TlsUnusable, ValueError, OSError) as error:
            _log.warning("tls_not_renewed", reason=str(error))
        else:
            _log.info("tls_renewed", certificate=str(self._section.cert_file))


class GuardedLoop(uvloop.Loop):
    """uvloop's, with a time for handshakes."""

    async def create_server(self, *given: Any, **named: Any) -> Any:
        """Listen."""
        if named.get("ssl") is not None:
            named["ssl_handshake_timeout"] = HANDSHAKE_SECONDS
        return await super().create_server(*given, **named)


class TlsConfig(uvicorn.Config):
    """uvicorn's settings, with a context of our own in place of files."""

    context: ssl.SSLContext | None = None

    def load(self) -> None:
        """Load what is configured."""
        super().load()
        self.ssl = self.context
