"""When somebody should report what L1 costs: as the Inbox's own messages show."""

from __future__ import annotations

from strikeproof.sequencer.l1.l1_state import QueuedMessage
from strikeproof.sequencer.posting.l1_reporter import REPORT_EVERY_SECONDS, L1Charges
from strikeproof.wire.constants import MessageKind
from strikeproof.wire.operations import (
    encode_l1_report_payload,
    encode_list_underlying,
    encode_set_eth,
    frame_message,
)
from strikeproof.wire.units import Milliseconds

NOW = 1_800_000_000


def queued(message: bytes) -> QueuedMessage:
    return QueuedMessage(message, bytes(32), 1)


def governed(payload: bytes) -> QueuedMessage:
    return queued(
        frame_message(
            kind=MessageKind.GOVERNANCE, time_ms=Milliseconds(NOW * 1_000), payload=payload
        )
    )


def reported(seconds: int) -> QueuedMessage:
    payload = encode_l1_report_payload(base_fee_wei=1, blob_base_fee_wei=1)
    return queued(
        frame_message(
            kind=MessageKind.L1_REPORT, time_ms=Milliseconds(seconds * 1_000), payload=payload
        )
    )


def test_nobody_reports_for_a_venue_that_charges_nothing() -> None:
    known = L1Charges()
    known.follow([governed(encode_list_underlying(symbol=b"ETH".ljust(16, b"\0")))])
    assert not known.is_due(NOW)
    known.follow([governed(encode_set_eth(underlying=0))])
    assert not known.is_due(NOW)


def test_reports_are_due_after_the_newest_of_anybody() -> None:
    known = L1Charges()
    messages = [governed(encode_set_eth(underlying=1))]
    known.follow(messages)
    assert known.is_due(NOW)
    messages.append(reported(NOW))
    known.follow(messages)
    assert not known.is_due(NOW + REPORT_EVERY_SECONDS - 1)
    assert known.is_due(NOW + REPORT_EVERY_SECONDS)
    messages.append(governed(encode_set_eth(underlying=0)))
    known.follow(messages)
    assert not known.is_due(NOW + REPORT_EVERY_SECONDS)


def test_what_a_reorganization_took_back_does_not_count() -> None:
    known = L1Charges()
    messages = [governed(encode_set_eth(underlying=1)), reported(NOW)]
    known.follow(messages)
    known.follow(messages[:1])
    assert known.is_due(NOW)
    known.follow([])
    assert not known.is_due(NOW)


def test_what_came_in_place_of_what_was_taken_back_counts() -> None:
    known = L1Charges()
    known.follow([governed(encode_set_eth(underlying=1)), reported(NOW)])
    known.follow([governed(encode_set_eth(underlying=1)), governed(encode_set_eth(underlying=0))])
    assert not known.is_due(NOW + REPORT_EVERY_SECONDS)
    known.follow([governed(encode_set_eth(underlying=1))] * 3)
    assert known.is_due(NOW)
