"""Verifier nodes over the test venue, driven turn by turn."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from strikeproof.keystore import Signer
from tests.integration.verifier.venue import CHAIN_ID, Venue
from verifier.alert import Alarm
from verifier.config import Config, KeySection
from verifier.node import VerifierNode


class AlarmList(list[tuple[Alarm, dict[str, Any]]]):
    """The alarms that a node raised."""

    def kinds(self) -> list[Alarm]:
        return [kind for kind, _ in self]


def make_node(
    venue: Venue,
    path: Path,
    mode: str = "defend",
    *,
    signer: Signer | None = None,
    client=None,
    **sections: dict[str, Any],
) -> VerifierNode:
    """Return a node; `alarms` of it records what it raises."""
    config = Config.model_validate(
        {
            "data_dir": path,
            "mode": mode,
            "l1": {
                "endpoints": ["http://unused"],
                "chain_id": CHAIN_ID,
                "rollup": "0x" + venue.rollup.hex(),
            },
            "defend": {"confirmations": 3} | sections.pop("defend", {}),
            "control": {"interval_seconds": 0.0, "every_segments": 1_000_000},
            **sections,
        }
    ).model_copy(update={"key": KeySection()})
    node = VerifierNode(config, client or venue.client(), None, signer or venue.challenger)
    alarms = AlarmList()
    raise_alarm = node.alerter.raise_alarm

    def record(kind: Alarm, **fields: Any) -> bool:
        new = raise_alarm(kind, **fields)
        if new:
            alarms.append((kind, fields))
        return new

    node.alerter.raise_alarm = record  # type: ignore[method-assign]
    node.alarms = alarms  # type: ignore[attr-defined]
    return node


def turns(venue: Venue, node: VerifierNode, count: int = 8, mine: bool = True) -> None:
    """Do some turns, a block in between."""
    for _ in range(count):
        node.turn()
        if mine:
            venue.skip_time(1)
