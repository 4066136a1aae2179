"""Finality as the API's messages name it."""

from __future__ import annotations

from typing import Final

from strikeproof.sequencer.l1.finality import Finality
from strikeproof.wire import operation_pb2

FINALITY_MESSAGE: Final = {
    Finality.ACCEPTED: operation_pb2.FINALITY_ACCEPTED,
    Finality.ORDERED: operation_pb2.FINALITY_ORDERED,
    Finality.CLAIMED: operation_pb2.FINALITY_CLAIMED,
    Finality.VERIFIED: operation_pb2.FINALITY_VERIFIED,
    Finality.FINAL: operation_pb2.FINALITY_FINAL,
}
