"""Who leads, as etcd holds it: one key for the leader, one for its heartbeat.

The leader's key changes only when another node takes over, so its revision is the fence: whatever
the leader writes is conditional on it. The heartbeat has a key of its own, and says what the leader
has proved, which standbys compare with their own roots.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Leadership:
    """The value of the leader's key."""

    name: str
    address: str
    """The address of the key that signs and posts, as hex."""
    epoch: int
    endpoint: str
    """Where clients reach it; empty if that is not known yet."""
    token: str
    """Names this one takeover: revisions come again when etcd is restored from a backup."""
    has_resigned: bool = False
    """It stops in good order: nobody need wait for its silence."""

    def encode(self) -> bytes:
        """Return the key's value."""
        return json.dumps(asdict(self), sort_keys=True).encode()

    @classmethod
    def decode(cls, value: bytes) -> Self:
        """Return what `encode` wrote."""
        return cls(**json.loads(value))


@dataclass(frozen=True, slots=True)
class Proved:
    """The newest batch whose roots the leader has computed."""

    batch: int = 0
    hash: str = ""
    root: str = ""

    def encode(self) -> bytes:
        """Return the heartbeat's value."""
        return json.dumps(asdict(self), sort_keys=True).encode()

    @classmethod
    def decode(cls, value: bytes) -> Self:
        """Return what `encode` wrote."""
        return cls(**json.loads(value))


@dataclass(frozen=True, slots=True)
class ClusterView:
    """What etcd holds at one moment."""

    revision: int
    leader: Leadership | None
    leader_revision: int
    """When the leader's key was written; 0: never."""
    beat_revision: int
    proved: Proved

    @property
    def epoch(self) -> int:
        """Return the epoch of the newest takeover, 0 if there was none."""
        return self.leader.epoch if self.leader else 0


@dataclass(frozen=True, slots=True)
class Term:
    """A leadership that was won: what every write is conditional on."""

    leadership: Leadership
    revision: int
