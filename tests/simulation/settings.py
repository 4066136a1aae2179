"""What differs from seed to seed, and the node's configuration that follows from it."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Settings:
    """The venue's terms and how fast it makes batches."""

    max_lag_seconds: int = 600
    batch_ms: int = 2_000
    grace_seconds: int = 120
    force_inclusion_seconds: int = 1_200
    endpoints: int = 1
    poll_seconds: float = 6.0

    @classmethod
    def drawn(cls, chance: random.Random) -> Self:
        """Return settings by chance."""
        max_lag = chance.choice((120, 120, 120, 600))
        return cls(
            max_lag_seconds=max_lag,
            batch_ms=chance.choice((2_000, 6_000)),
            grace_seconds=chance.choice((30, 120)),
            force_inclusion_seconds=2 * max_lag + chance.choice((0, 300)),
            endpoints=chance.choice((1, 1, 1, 2)),
        )

    def sections(self, folder: Path, deployment: Path, key_variable: str) -> dict[str, Any]:
        """Return the configuration file of a node on a folder."""
        return {
            "data_dir": folder,
            "key": {"key_env": key_variable},
            "l1": {
                "endpoints": [f"http://simulated-{at}" for at in range(self.endpoints)],
                "chain_id": 31_337,
                "deployment": deployment,
                "poll_seconds": self.poll_seconds,
            },
            "batch": {
                "batch_ms": self.batch_ms,
                "segment_ms": 1_000,
            },
            "node": {"snapshot_batches": 20, "sweep_seconds": 30.0},
            "claims": {"bond_max_gwei": 10**9},
        }
