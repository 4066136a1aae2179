"""The API names every step of finality as the messages do."""

from __future__ import annotations

from strikeproof.sequencer.api.finality_message import FINALITY_MESSAGE
from strikeproof.sequencer.l1.finality import Finality
from strikeproof.wire import operation_pb2


def test_finality_has_the_names_and_order_of_the_messages() -> None:
    ours = {f"FINALITY_{step.name}": FINALITY_MESSAGE[step] for step in Finality}
    messages = {name: code for name, code in operation_pb2.Finality.items() if code}
    assert ours == messages
    assert list(ours.values()) == sorted(ours.values())
