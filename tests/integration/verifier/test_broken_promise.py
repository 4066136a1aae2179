"""A hostile sequencer's receipts, and `strikeproof exit promise` on a real L1: paid once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from eth_abi import encode as abi_encode

from strikeproof.cli.main import main
from strikeproof.cli.trade_session import jsonable
from strikeproof.client import Receipt
from strikeproof.keccak import keccak256
from strikeproof.sequencer.order.receipt import Promise, ReceiptPrinter, receipt_hash
from strikeproof.verifier.exit_code import ExitCode
from strikeproof.verifier.state.abi_codec import AbiCodec
from tests.integration.verifier.nodes import HttpL1, write_config
from tests.integration.verifier.venue import ETHER, Venue, add_op

COMPENSATION = ETHER // 10
PROMISED, OTHER = add_op(1, 7, 1), add_op(1, 9, 9)
ABI = AbiCodec("Promises")
POST_BY_MS = 3_600_000
KEY_VARIABLE = "STRIKEPROOF_TEST_HOLDER"


@dataclass
class Site:
    """A venue whose sequencer has staked two compensations and their burns, and a holder."""

    venue: Venue
    promises: bytes
    config: Path
    folder: Path

    def receipt(self, batch: int, *ops: bytes, at: int = 0, post_by_ms: int = 0) -> Path:
        """What `trade --json place` printed when the first segment's places were promised."""
        time_ms = post_by_ms or self.venue.now_ms() + POST_BY_MS
        promises = [Promise(batch, 0, n, keccak256(op), time_ms) for n, op in enumerate(ops)]
        (domain,) = self.venue.rollup_call("domainSeparator")
        group = ReceiptPrinter(self.venue.sequencer, domain, 1).sign(promises)
        held = Receipt(
            1,
            batch,
            0,
            at,
            promises[at].op_hash,
            time_ms,
            at,
            len(ops),
            tuple(group.receipts.path(at)),
            group.commitment,
            group.signature,
        )
        path = self.folder / f"{receipt_hash(1, promises[at]).hex()[:8]}.json"
        path.write_text(json.dumps({"receipt": jsonable(held), "result": "OK"}))
        return path

    def show(self, receipt: Path) -> dict[str, Any]:
        arguments = ["exit", "promise", str(receipt), "--config", str(self.config)]
        arguments += ["--promises", "0x" + self.promises.hex(), "--json", "--yes"]
        result = CliRunner().invoke(main, arguments, catch_exceptions=False)
        report: dict[str, Any] = json.loads(result.stdout)
        return report | {"code": result.exit_code}

    @property
    def stake_wei(self) -> int:
        call = ABI.call_data("stakeOf", "0x" + self.venue.sequencer.address.hex())
        answer = self.venue.client().call(self.promises, call)
        return int(ABI.return_values("stakeOf", answer)[0])

    def wait(self, seconds: int) -> None:
        self.venue.skip_time(seconds)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    venue = Venue()
    arguments = abi_encode(["address", "uint256"], [venue.rollup, COMPENSATION])
    promises = venue._create("Promises", arguments)
    stake = ABI.call_data("stake", "0x" + venue.sequencer.address.hex())
    venue.send(venue.other, promises, stake, value=4 * COMPENSATION)
    server = HttpL1(venue)
    holder = keccak256(b"venue" + bytes([2]))
    monkeypatch.setenv(KEY_VARIABLE, holder.hex())
    config = write_config(venue, tmp_path, server.url, f'[key]\nkey_env = "{KEY_VARIABLE}"')
    yield Site(venue, promises, config, tmp_path)
    server.close()


def test_a_holder_of_a_receipt_whose_place_went_to_another_is_paid_once(site: Site) -> None:
    """Attack 56: shown twice. From the answer to an order to ether, by one command."""
    receipt = site.receipt(2, OTHER, PROMISED, at=1)
    site.venue.post_batch(add_op(1, 1, 1))
    report = site.show(receipt)
    assert (report["promise"], report["sent"], report["code"]) == ("waiting", [], ExitCode.OK)
    site.venue.post_batch(OTHER + OTHER + PROMISED)
    report = site.show(receipt)
    assert (report["promise"], report["pays_wei"]) == ("other", COMPENSATION)
    assert [each["succeeded"] for each in report["sent"]] == [True, True]
    assert site.stake_wei == 2 * COMPENSATION, "as much again burns"
    again = site.show(receipt)
    assert (again["shown_before"], again["pays_wei"], again["sent"]) == (True, 0, [])
    assert site.stake_wei == 2 * COMPENSATION


def test_a_kept_promise_costs_nothing_and_pays_nothing(site: Site) -> None:
    receipt = site.receipt(1, OTHER, PROMISED, at=1)
    site.venue.post_batch(OTHER + PROMISED)
    report = site.show(receipt)
    assert (report["promise"], report["sent"], report["code"]) == ("kept", [], ExitCode.OK)
    assert site.stake_wei == 4 * COMPENSATION


def test_a_sequencer_that_posts_nothing_or_messages_alone_pays_once_it_is_due(site: Site) -> None:
    receipt = site.receipt(1, PROMISED, post_by_ms=site.venue.now_ms() + 60_000)
    site.venue.add_message(b"a message" * 3)
    site.venue.post_batch()
    assert site.show(receipt)["promise"] == "waiting"
    site.wait(120)
    report = site.show(receipt)
    assert (report["promise"], report["pays_wei"]) == ("absent", COMPENSATION)
    assert site.stake_wei == 2 * COMPENSATION


def test_a_batch_that_came_late_pays(site: Site) -> None:
    receipt = site.receipt(1, PROMISED, post_by_ms=site.venue.now_ms() + 1_000)
    site.wait(60)
    site.venue.post_batch(PROMISED)
    assert site.show(receipt)["promise"] == "late"
    assert site.stake_wei == 2 * COMPENSATION


def test_what_is_no_receipt_of_a_staked_key_is_reported(site: Site) -> None:
    receipt = site.receipt(1, OTHER, PROMISED, at=1)
    site.venue.post_batch(OTHER)
    found = json.loads(receipt.read_text())
    for name, value in (("op_hash", "0x12"), ("path", []), ("batch", "one"), ("signature", "")):
        broken = site.folder / "broken.json"
        broken.write_text(json.dumps({"receipt": found["receipt"] | {name: value}}))
        report = site.show(broken)
        assert (report["error"], report["code"]) == ("ReceiptUnusable", ExitCode.FAILED)
    forged = site.folder / "forged.json"
    forged.write_text(json.dumps({"receipt": found["receipt"] | {"post_by_ms": 1}}))
    report = site.show(forged)
    assert (report["stake_wei"], report["pays_wei"], report["sent"]) == (0, 0, [])
    site.promises = site.venue.rollup
    assert "not the shipped Promises" in site.show(receipt)["reason"]
