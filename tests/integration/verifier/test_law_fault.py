"""`strikeproof exit law-fault`: what the law makes of a segment is shown to the Escape."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import structlog
from click.testing import CliRunner

from strikeproof.cli.main import main
from strikeproof.keccak import keccak256
from strikeproof.ordered_form import frame_ordered
from strikeproof.verifier.exit_code import ExitCode
from strikeproof.verifier.state.abi_codec import AbiCodec
from tests.integration.verifier.nodes import HttpL1, write_config
from tests.integration.verifier.venue import Venue, add_op

KEY_VARIABLE = "STRIKEPROOF_TEST_KEY"
DRIFT = frame_ordered(4, ((1 << 56) | 9).to_bytes(8, "big"))
VAULT = AbiCodec("Vault")


@dataclass
class Site:
    """A venue whose law has a hole, and somebody with a key and L1 alone."""

    venue: Venue
    config: Path

    def run(self, *arguments: str) -> dict[str, Any]:
        result = CliRunner().invoke(main, [*arguments, "--config", str(self.config), "--json"])
        report: dict[str, Any] = json.loads(result.stdout)
        return report | {"code": result.exit_code}

    def show(self, batch: int, *arguments: str) -> dict[str, Any]:
        return self.run("exit", "law-fault", str(batch), "--yes", *arguments)

    def prove_after_show(self, batch: int) -> Path:
        """Build a proof as a file, from the store that the command has filled."""
        assert self.show(batch)["code"] == ExitCode.OK
        path = self.config.parent / f"batch-{batch}.bin"
        self.run("challenge", "prove", str(batch), "--output", str(path))
        return path

    @property
    def is_paused(self) -> bool:
        answer = self.venue.client().call(self.venue.vault, VAULT.call_data("pausedUntil"))
        return int(VAULT.return_values("pausedUntil", answer)[0]) > 0


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    venue = Venue(real_escape=True)
    server = HttpL1(venue)
    monkeypatch.setenv(KEY_VARIABLE, keccak256(b"venue" + bytes([2])).hex())
    config = write_config(venue, tmp_path, server.url, f'[key]\nkey_env = "{KEY_VARIABLE}"')
    venue.bond()
    yield Site(venue, config)
    server.close()
    structlog.reset_defaults()


def test_two_results_of_a_segment_pause_payments(site: Site) -> None:
    """With nothing but L1: this law reads a balance, so the same proof gives another root later."""
    site.venue.post_batch(DRIFT)
    site.venue.propose(1)
    first = site.show(1)
    assert [each["succeeded"] for each in first.get("sent", [])] == [True], first
    assert (first["code"], first["is_faulty"], site.is_paused) == (ExitCode.OK, False, False)
    second = site.show(1)
    assert second["results"] != first["results"]
    assert (second["code"], second["is_faulty"], site.is_paused) == (ExitCode.OK, True, True)
    third = site.show(1)
    assert (third["code"], third["known_before"], third["sent"]) == (ExitCode.OK, True, [])


def test_proofs_that_agree_are_no_fault_and_are_not_sent(site: Site) -> None:
    site.venue.post_batch(add_op(1, 1, 1))
    site.venue.propose(1)
    proof = site.prove_after_show(1)
    report = site.show(1, "--proof", str(proof))
    assert (report["code"], report["error"]) == (ExitCode.FAILED, "OneLawResult")
    report = site.show(1, "--proof", str(proof), "--proof", str(proof))
    assert (report["code"], report["error"]) == (ExitCode.FAILED, "OneLawResult")
    assert not site.is_paused


def test_files_that_are_no_proof_of_the_segment_are_refused(site: Site) -> None:
    venue, folder = site.venue, site.config.parent
    for number in (1, 2):
        venue.post_batch(add_op(1, number, 1))
        venue.propose(number)
    proof = site.prove_after_show(1)
    whole = proof.read_bytes()
    damaged = {
        "empty": b"",
        "other": b"\0" * 4 + whole[4:],
        "cut": whole[:40],
        "far": whole[:4] + b"\xff" * 32,
    }
    for name, data in damaged.items():
        path = folder / name
        path.write_bytes(data)
        report = site.show(1, "--proof", str(path))
        assert (report["code"], report["error"]) == (ExitCode.FAILED, "LawProofUnusable"), name
    report = site.show(2, "--proof", str(proof))
    assert report["error"] == "LawProofUnusable"
    assert "segment 0 of batch 1" in report["reason"]
    broken = folder / "witness"
    broken.write_bytes(whole[:-64] + bytes(64))
    report = site.show(1, "--proof", str(broken), "--proof", str(broken))
    assert (report["code"], report["error"]) == (ExitCode.FAILED, "CallRefused")
    assert site.show(3)["code"] == ExitCode.NOT_FOUND
    assert not site.is_paused
