"""Where a gateway asks for evidence, and by which names."""

from __future__ import annotations

import click
import pytest

from strikeproof.cli.gateway import _checked_url
from strikeproof.gateway.chain.evidence_source import OP_NAME


@pytest.mark.parametrize(
    "url", ["http://[bad", "http://", "http:verifier", "https://x", "http://x:y"]
)
def test_what_is_no_address_is_a_wrong_option(url: str) -> None:
    with pytest.raises(click.UsageError, match="http://"):
        _checked_url(url)


def test_addresses_are_taken() -> None:
    assert _checked_url("") == ""
    assert _checked_url("http://verifier:7470") == "http://verifier:7470"


def test_names_lead_to_no_other_path() -> None:
    for name in (".", "..", "..:1", "", "a/b", "-1"):
        assert not OP_NAME.fullmatch(name), name
    for name in ("3.2.0", "0x" + 64 * "a", "BTC-PERP:1:2", "message:0", "exit:7"):
        assert OP_NAME.fullmatch(name), name
