"""TLS of a client's channel: whom it believes, and what it shows."""

from __future__ import annotations

from pathlib import Path

import grpc

from strikeproof.config.tls_section import ClientTlsSection, read_pem

Tls = ClientTlsSection
"""Whom a client believes, and what it shows: `Tls(ca_file=…, cert_file=…, key_file=…)`. Without
`ca_file`, the authorities that gRPC trusts."""


def channel_credentials(tls: Tls) -> grpc.ChannelCredentials:
    """Return gRPC's credentials; the files are read now. Raises `TlsUnusable`."""
    tls.check()
    return grpc.ssl_channel_credentials(*map(_read, (tls.ca_file, tls.key_file, tls.cert_file)))


def _read(path: Path | None) -> bytes | None:
    return None if path is None else read_pem(path)
