"""A block trade in a file: what reading and checking it refuse, each with its own code."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from strikeproof.client.block_file import (
    BlockExpired,
    BlockFile,
    BlockFileInvalid,
    BlockOfAnotherVenue,
    BlockUsed,
)
from strikeproof.client.operation import BlockLeg, block_of
from strikeproof.client.typed_data import Domain, consent_hash, digest
from strikeproof.client.wallet import Wallet
from strikeproof.keccak import keccak256
from strikeproof.wire.units import Lots, Milliseconds, Ppm, Ticks
from strikeproof.wire.venue_pb2 import SessionInfo, VenueInfo

DOMAIN = Domain(31_337, bytes(range(20)))
MAKER = Wallet(keccak256(b"a maker"))
NOW_MS = 1_800_000_000_000
LEGS = [BlockLeg(3, True, Ticks(900), Lots(5)), BlockLeg(1, False, Ticks(100), Lots(7))]


class Venue:
    """What a client would read."""

    def __init__(self) -> None:
        self.now = NOW_MS
        self.info = VenueInfo(
            chain_id=DOMAIN.chain_id, rollup=DOMAIN.rollup, domain_separator=DOMAIN.separator
        )
        self.sessions = {
            (2, 1): SessionInfo(key=MAKER.address, scope=1, nonce_base=40, nonce_bitmap=b"\1")
        }

    def venue(self) -> VenueInfo:
        return self.info

    def session(self, slot: int, account: int | None = None) -> SessionInfo:
        return self.sessions[account or 0, slot]

    def now_ms(self) -> int:
        return self.now


def signed() -> BlockFile:
    trade = replace(
        block_of(1, 2, LEGS),
        counterparty_session=1,
        counterparty_nonce=41,
        counterparty_expiry_ms=Milliseconds(NOW_MS + 60_000),
        counterparty_max_fee_ppm=Ppm(500),
    )
    signature = MAKER.sign_digest(digest(DOMAIN.separator, consent_hash(trade)))
    return BlockFile(
        DOMAIN.chain_id, DOMAIN.rollup, replace(trade, counterparty_signature=signature)
    )


def test_a_file_says_what_was_written(tmp_path: Path) -> None:
    path = tmp_path / "block.json"
    proposal = BlockFile(DOMAIN.chain_id, DOMAIN.rollup, block_of(1, 2, LEGS))
    for each in (proposal, signed()):
        each.write(path)
        assert BlockFile.read(path) == each
        each.check(Venue())
    assert not proposal.is_signed
    assert [leg.instrument for leg in signed().trade.legs] == [1, 3]


@pytest.mark.parametrize(
    "change",
    [
        lambda fields: fields["legs"][0].update(price=101),
        lambda fields: fields["legs"][0].update(sell=True),
        lambda fields: fields["legs"].pop(),
        lambda fields: fields.update(submitter=5),
        lambda fields: fields["consent"].update(nonce=42),
        lambda fields: fields["consent"].update(expiry_ms=NOW_MS + 60_001),
        lambda fields: fields["consent"].update(max_fee_ppm=501),
        lambda fields: fields["consent"].update(signature="0x" + "11" * 64),
    ],
)
def test_a_file_that_was_changed_after_signing_is_refused(
    tmp_path: Path, change: Callable[[dict[str, Any]], None]
) -> None:
    path = tmp_path / "block.json"
    signed().write(path)
    fields = json.loads(path.read_text())
    change(fields)
    path.write_text(json.dumps(fields))
    with pytest.raises(BlockFileInvalid, match="did not sign"):
        BlockFile.read(path).check(Venue())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        "[" * 60_000,
        " " * 70_000,
        '{"block_trade": 2}',
    ],
)
def test_what_is_no_block_trade_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "block.json"
    path.write_text(text)
    with pytest.raises(BlockFileInvalid):
        BlockFile.read(path)
    with pytest.raises(BlockFileInvalid, match="No such file"):
        BlockFile.read(tmp_path / "nothing.json")


@pytest.mark.parametrize(
    "change",
    [
        lambda fields: fields["legs"][0].update(price="100"),
        lambda fields: fields["legs"][0].update(lots=2**40),
        lambda fields: fields["legs"][0].update(sell=1),
        lambda fields: fields["legs"][0].pop("lots"),
        lambda fields: fields["legs"].append(fields["legs"][0]),
        lambda fields: fields.update(legs=[]),
        lambda fields: fields.update(counterparty=1),
        lambda fields: fields.update(counterparty=True),
        lambda fields: fields.update(rollup="11"),
        lambda fields: fields.update(rollup="0x11"),
        lambda fields: fields.update(rollup=11),
        lambda fields: fields.update(chain_id=-1),
        lambda fields: fields.update(chain_id=float("inf")),
        lambda fields: fields["consent"].update(signature="0x11"),
    ],
)
def test_fields_out_of_range_are_refused(
    tmp_path: Path, change: Callable[[dict[str, Any]], None]
) -> None:
    path = tmp_path / "block.json"
    signed().write(path)
    fields = json.loads(path.read_text())
    change(fields)
    path.write_text(json.dumps(fields))
    with pytest.raises(BlockFileInvalid):
        BlockFile.read(path)


def test_a_consent_is_good_on_its_venue_in_its_time_and_once() -> None:
    venue = Venue()
    with pytest.raises(BlockOfAnotherVenue):
        replace(signed(), chain_id=1).check(venue)
    venue.sessions[2, 1].nonce_bitmap = b"\3"
    with pytest.raises(BlockUsed):
        signed().check(venue)
    venue.sessions[2, 1].nonce_base = 42
    with pytest.raises(BlockUsed):
        signed().check(venue)
    venue = Venue()
    venue.sessions[2, 1].expiry_ms = NOW_MS
    with pytest.raises(BlockExpired):
        signed().check(venue)
    venue = Venue()
    venue.now = NOW_MS + 60_000
    with pytest.raises(BlockExpired):
        signed().check(venue)


def test_a_session_that_has_another_key_did_not_sign() -> None:
    venue = Venue()
    venue.sessions[2, 1].key = b"\1" * 20
    with pytest.raises(BlockFileInvalid):
        signed().check(venue)
    venue.sessions[2, 1].key = MAKER.address
    venue.sessions[2, 1].scope = 0
    with pytest.raises(BlockFileInvalid):
        signed().check(venue)
