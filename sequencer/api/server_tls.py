"""TLS of the API: credentials that take a renewed certificate without a restart.

gRPC asks at each handshake; the files are read again when they have changed. A pair that cannot be
used is logged, and the one before serves on: its expiry is a metric.
"""

from __future__ import annotations

from typing import Any

import grpc
import structlog

from strikeproof.config import ServerTlsSection, TlsUnusable
from strikeproof.config.certificate_expiry import expiry_seconds
from strikeproof.config.tls_section import read_pem
from strikeproof.sequencer.metrics import SequencerMetrics

_log = structlog.get_logger("sequencer")


class ServerTls:
    """The certificate that the API shows, and whose clients it lets in."""

    def __init__(self, section: ServerTlsSection, metrics: SequencerMetrics) -> None:
        """Read the files. Raises `TlsUnusable`."""
        self._section = section
        self._metrics = metrics
        section.check()
        self._seen = section.stamps()
        self._first = self._read()

    def credentials(self) -> Any:
        """Return what `add_secure_port` takes."""
        is_mutual = self._section.client_ca_file is not None
        return grpc.dynamic_ssl_server_credentials(self._first, self._renewed, is_mutual)

    def _read(self) -> Any:
        section = self._section
        certificate = read_pem(section.cert_file)
        self._metrics.tls_expiry_time.set(expiry_seconds(certificate))
        ca_file = section.client_ca_file
        return grpc.ssl_server_certificate_configuration(
            [(read_pem(section.key_file), certificate)],
            None if ca_file is None else read_pem(ca_file),
        )

    def _renewed(self) -> Any:
        """Return new certificates if the files have changed; None: go on as before. gRPC calls it
        in a thread of its own, one call at a time."""
        stamps = self._section.stamps()
        if stamps == self._seen:
            return None
        self._seen = stamps
        try:
            self._section.check()
            found = self._read()
        except (TlsUnusable, ValueError) as error:
            _log.warning("tls_not_renewed", reason=str(error))
            return None
        _log.info("tls_renewed", certificate=str(self._section.cert_file))
        return found
