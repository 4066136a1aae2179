"""A trader's configuration file: the whole of it.

endpoint = "127.0.0.1:7450"     # or a list: of all nodes of a venue with standby sequencers
account = 7                     # optional: by default the key's first account
session = 0                     # optional: the slot whose key this is
timeout_seconds = 30            # optional: how long a call may take

[tls]                           # only if the venue has TLS; an empty table: the usual authorities
ca_file = "venue-ca.pem"        # who signed its certificate
cert_file = "you.pem"           # your own and its key, if the venue asks for one
key_file = "you.key"

[key]                           # a keystore file with its password, or a variable
keystore = "keys/you.json"
password_file = "keys/password" # or password_env = "NAME"; or, instead of both, key_env = "NAME"

[guard]                         # optional, as [key]: the account's guard key
key_env = "GUARD_KEY"

[l1]                            # for deposits and withdrawals; the first endpoint is used
endpoints = ["http://127.0.0.1:8545"]
chain_id = 31337
deployment = "deployment.json"
"""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field

from strikeproof.client.connection import TIMEOUT_SECONDS, check_endpoints
from strikeproof.config import ClientTlsSection, EndpointsSection, FilePath, KeySection, Section
from strikeproof.failure import Rejected
from strikeproof.wire.constants import SESSION_SLOTS


def _endpoints(given: object) -> tuple[str, ...]:
    try:
        return check_endpoints(given)
    except Rejected:
        raise ValueError("must be host:port, or a list of them") from None


class TraderL1Section(EndpointsSection):
    """How to reach the Vault."""

    deployment: FilePath


class TraderConfig(Section):
    """The whole file."""

    endpoint: Annotated[tuple[str, ...], BeforeValidator(_endpoints)]
    account: Annotated[int, Field(ge=1, lt=2**32)] | None = None
    session: Annotated[int, Field(ge=0, lt=SESSION_SLOTS)] = 0
    timeout_seconds: Annotated[float, Field(gt=0, le=86_400)] = TIMEOUT_SECONDS
    tls: ClientTlsSection | None = None
    """Absent: plain text."""
    key: KeySection | None = None
    guard: KeySection | None = None
    l1: TraderL1Section | None = None
