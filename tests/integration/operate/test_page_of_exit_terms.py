"""A venue's page shows its terms of leaving, and by when to leave before an announced change."""

from __future__ import annotations

import asyncio
import html
from types import SimpleNamespace
from typing import Any

import jsonschema

from strikeproof.deployment import Deployment
from strikeproof.gateway.chain.chain_reads import ChainReads
from strikeproof.gateway.http.chain_routes import terms_json
from strikeproof.gateway.http.gateway_reads import ChainTerms, GatewayReads
from strikeproof.gateway.http.openapi import SCHEMAS
from strikeproof.gateway.pages.formats import when
from strikeproof.gateway.pages.templating import Pages
from strikeproof.l1 import L1Client
from tests.integration.operate.operated_venue import CHAIN_ID, OperatedVenue, done

SHOWN = {
    "insurance_fund": "0",
    "houses_deficit": "0",
    "bad_debt": "0",
    "fee_pool": "0",
    "batches": dict.fromkeys(("posted", "claimed", "verified", "final"), "0"),
    "inbox_consumed": "0",
    "inbox_length": "0",
    "now_ms": 0,
    "domain": {"chainId": CHAIN_ID, "verifyingContract": "0x"},
    "vault": "0x",
    "inbox": "0x",
    "token": "0x",
    "sequencer_keys": [],
    "reporter_quorum": 2,
    "reporters": ["0x", "0x"],
}


def read_terms(venue: OperatedVenue) -> ChainTerms:
    """What the gateway reads of L1."""
    deployment = Deployment.load(venue.folder / "deployment.json")
    nothing: Any = SimpleNamespace(venue=None)
    reads = GatewayReads(nothing, nothing, [venue.http.url], nothing)
    rollup, vault = (bytes.fromhex(each[2:]) for each in (deployment.rollup, deployment.vault))
    reads._chain = ChainReads(L1Client.connect([venue.http.url]), rollup, vault)
    return asyncio.run(reads._read_terms())


def page(terms: ChainTerms) -> str:
    """The page of the venue, as text."""
    request: Any = SimpleNamespace(
        url=SimpleNamespace(path="/venue", netloc="localhost", scheme="http")
    )
    values: dict[str, Any] = {"venue": SHOWN, "instruments": [], "terms": terms_json(terms)}
    values |= {"has_chain": True, "l1_failure": ""}
    return html.unescape(bytes(Pages().page(request, "venue.html", **values).body).decode())


def test_terms_and_dates_of_leaving_are_on_the_page(deployed: OperatedVenue) -> None:
    venue, governor = deployed, deployed.folder / "governor.toml"
    text = page(read_terms(venue))
    assert "once a message waits 7 d beyond forced inclusion" in text
    assert "nothing becomes final for 14 d" in text
    assert "25 % of custody" in text
    assert "Announced changes</dt><dd>none" in text
    done("govern", "announce", "list_underlying", "symbol=ETH", "--yes", "--config", governor)
    done("govern", "announce", "list_underlying", "symbol=SOL", "--yes", "--config", governor)
    terms = read_terms(venue)
    assert [each.number for each in terms.announced] == [0, 1]
    config = venue.write(
        "exit.toml",
        f"""
data_dir = "exit"
[l1]
endpoints = ["{venue.http.url}"]
chain_id = {CHAIN_ID}
rollup = "{Deployment.load(venue.folder / "deployment.json").rollup}"
""",
    )
    told = done("exit", "status", "--config", config)["announced"]
    shown = terms_json(terms)["announced"]
    for row, each in zip(told, shown, strict=True):
        assert each["ready_ms"] == row["ready"] * 1_000
        assert each["expires_ms"] == row["expires"] * 1_000
        assert each["leave_by_ms"] <= row["leave_by"] * 1_000
    assert shown[0]["leave_by_ms"] == told[0]["leave_by"] * 1_000
    rollup = terms.rollup
    delay = told[1]["expires"] - told[1]["ready"]
    besides = rollup["forceInclusionSeconds"] + rollup["graceSeconds"]
    window = delay - besides - rollup["exitSeconds"] - 1  # what the first call may set
    assert shown[1]["leave_by_ms"] == (told[1]["ready"] - besides - window) * 1_000
    jsonschema.Draft202012Validator(
        {"$ref": "#/components/schemas/Terms", "components": {"schemas": SCHEMAS}}
    ).validate(terms_json(terms))
    text = page(terms)
    for each in shown:
        assert f"order a withdrawal by {html.unescape(str(when(each['leave_by_ms'])))}" in text
    done("govern", "cancel", "0", "--config", governor)
    assert [each.number for each in read_terms(venue).announced] == [1]
    venue.skip(1_000)
    assert read_terms(venue).announced == (), "it can no longer run"
