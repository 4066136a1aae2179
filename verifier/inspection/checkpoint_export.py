"""Writing a checkpoint: the records of the newest final state, for others to begin with."""

from __future__ import annotations

import os
from pathlib import Path

from strikeproof.verifier.checkpoint.checkpoint_file import CheckpointHead, write_checkpoint
from strikeproof.verifier.inspection.claim_report import hex_of
from strikeproof.verifier.inspection.withdrawal_proof import final_claim_number
from strikeproof.verifier.wiring import VerifierParts


def export_checkpoint(parts: VerifierParts, path: Path) -> CheckpointHead:
    """Write the checkpoint of the newest claim that is final and right, whole or not at all.

    Raises `NotFound` if none is, and `Forgotten` if its state cannot be restored.
    """
    number = final_claim_number(parts)
    segments = parts.store.segments_of(number)
    with parts.state.rewound(segments[-1].position + 1):
        records = sorted(parts.state.records())
        head = CheckpointHead(
            chain_id=parts.contracts.chain_id,
            rollup=str(hex_of(parts.contracts.rollup)),
            number=number,
            root=str(hex_of(parts.state.forest.root)),
            records=len(records),
        )
        part = path.with_name(path.name + ".part")
        with part.open("wb") as file:
            write_checkpoint(file, head, records)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    return head
