"""When a certificate ends, read from its DER: validity is the fourth field or so, and that is all
that is needed of it. Source: RFC 5280, section 4.1."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime

_SEQUENCE, _EXPLICIT_0, _UTC_TIME, _GENERALIZED_TIME = 0x30, 0xA0, 0x17, 0x18
_END = "-----END CERTIFICATE-----"


def expiry_seconds(pem: bytes) -> int:
    """Return when the first certificate of a PEM text ends, in seconds since the epoch.

    Raises ValueError if there is none.
    """
    text = pem.decode("ascii", "replace")
    start = text.find("-----BEGIN CERTIFICATE-----")
    end = text.find(_END, start)
    if start < 0 or end < 0:
        raise ValueError("no certificate")
    der = ssl.PEM_cert_to_DER_cert(text[start : end + len(_END)])
    certificate = _open(der, _SEQUENCE)
    fields = _items(_open(certificate, _SEQUENCE))
    if fields[0][0] == _EXPLICIT_0:  # version
        fields = fields[1:]
    kind, validity = fields[3]  # behind serial number, algorithm and issuer
    if kind != _SEQUENCE:
        raise ValueError("a certificate without validity")
    (_, _), (kind, end_text) = _items(validity)
    told = end_text.decode("ascii")
    if kind == _UTC_TIME:
        century = "19" if int(told[:2]) >= 50 else "20"
    elif kind == _GENERALIZED_TIME:
        century = ""
    else:
        raise ValueError("a validity of no time")
    ends = datetime.strptime(century + told, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)
    return int(ends.timestamp())


def _open(data: bytes, kind: int) -> bytes:
    (found, content), *_ = _items(data)
    if found != kind:
        raise ValueError("no certificate")
    return content


def _items(data: bytes) -> list[tuple[int, bytes]]:
    """Return tag and content of the DER items that lie one behind another."""
    found, at = [], 0
    while at + 2 <= len(data):
        kind, length, at = data[at], data[at + 1], at + 2
        if length & 0x80:
            size = length & 0x7F
            length = int.from_bytes(data[at : at + size], "big")
            at += size
        found.append((kind, data[at : at + length]))
        at += length
    if not found:
        raise ValueError("no certificate")
    return found
