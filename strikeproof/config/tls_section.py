"""`tls`: certificates of what a node serves, and of whoever connects to it. All files are PEM."""

from __future__ import annotations

import os
import ssl
from pathlib import Path
from typing import Self

from pydantic import model_validator

from strikeproof.config.section import FilePath, Section
from strikeproof.failure import Rejected
from strikeproof.wire.errors import FailureCode


class TlsUnusable(Rejected):
    """A certificate or key cannot be read, or the two do not belong together."""

    code = FailureCode.TLS_UNUSABLE

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path, self.reason = path, reason


def read_pem(path: Path) -> bytes:
    """Return a file's bytes. Raises `TlsUnusable`."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise TlsUnusable(path, error.strerror or type(error).__name__) from None


def check_pair(cert_file: Path, key_file: Path) -> None:
    """Raise `TlsUnusable` unless the key is the certificate's and both can be read."""
    for each in (cert_file, key_file):
        read_pem(each)
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(cert_file, key_file, password="")
    except (ssl.SSLError, OSError) as error:
        reason = getattr(error, "reason", None) or str(error)
        raise TlsUnusable(cert_file, f"with {key_file.name}: {reason}") from None


def check_authorities(ca_file: Path) -> None:
    """Raise `TlsUnusable` unless the file holds certificates."""
    read_pem(ca_file)
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(ca_file)
    except (ssl.SSLError, OSError) as error:
        reason = getattr(error, "reason", None) or str(error)
        raise TlsUnusable(ca_file, f"no certificates: {reason}") from None


class ServerTlsSection(Section):
    """What a server shows, and whom it lets in."""

    cert_file: FilePath
    """Its certificate, with the intermediate ones behind it."""
    key_file: FilePath
    client_ca_file: FilePath | None = None
    """Whose clients alone are let in: they must show a certificate that this authority signed."""

    def check(self) -> None:
        """Raise `TlsUnusable` unless all files can be used."""
        check_pair(self.cert_file, self.key_file)
        if self.client_ca_file is not None:
            check_authorities(self.client_ca_file)

    def stamps(self) -> list[tuple[int, int]]:
        """Return what changes when a file is replaced."""
        stamps = []
        for path in (self.cert_file, self.key_file, self.client_ca_file):
            if path is not None:
                try:
                    found = os.stat(path)
                    stamps.append((found.st_mtime_ns, found.st_ino))
                except OSError:
                    stamps.append((0, 0))
        return stamps


class ClientTlsSection(Section):
    """Whom a client believes, and what it shows."""

    ca_file: FilePath | None = None
    """Who must have signed the server's certificate; absent: any of the usual authorities."""
    cert_file: FilePath | None = None
    key_file: FilePath | None = None
    """The client's own, where the server asks for one."""

    @model_validator(mode="after")
    def _has_both_or_none(self) -> Self:
        if (self.cert_file is None) != (self.key_file is None):
            raise ValueError("give cert_file and key_file together")
        return self

    def check(self) -> None:
        """Raise `TlsUnusable` unless all files can be used."""
        if self.ca_file is not None:
            check_authorities(self.ca_file)
        if self.cert_file is not None and self.key_file is not None:
            check_pair(self.cert_file, self.key_file)
