"""The law check's process: `python -m strikeproof.sequencer.law_check`, one frame for each batch.

First request: the arguments, as JSON. Then: the number of the newest batch that may be checked,
u64. Answers: number u64 ‖ status u8 ‖ text, once for each batch that was checked; status 0 passed,
1 failed.
"""

from __future__ import annotations

import json
import random
from pathlib import Path

from strikeproof.sequencer.batch.batch_store import BatchStore
from strikeproof.sequencer.core.engine import Engine
from strikeproof.sequencer.core.snapshot import read_records
from strikeproof.sequencer.law_check.claim_checker import ClaimChecker, ClaimWouldBeLost
from strikeproof.sequencer.law_check.law_evm import LawEvm
from strikeproof.sequencer.recovery.data_folder import DataFolder
from strikeproof.sequencer.recovery.snapshot_file import SnapshotCorrupt, read_snapshot, snapshots
from strikeproof.sequencer.worker_process import ParentPipe, run_worker

PASSED = b"\x00"
FAILED = b"\x01"


def _start(
    folder: DataFolder, domain_separator: bytes, newest: int
) -> tuple[int, dict[int, bytes]]:
    """Return the newest snapshot's batch, not above `newest`, and its records."""
    for path in snapshots(folder.snapshots):
        try:
            meta, state = read_snapshot(path)
        except SnapshotCorrupt:
            continue  # recovery has reported it
        if meta.batch <= newest:
            return meta.batch, dict(read_records(state))
    genesis = Engine.genesis(domain_separator, with_forest=False)
    return 0, dict(read_records(genesis.snapshot()))


def main(pipe: ParentPipe) -> None:
    """Check until the node closes."""
    arguments = json.loads(pipe.receive() or b"{}")
    folder = DataFolder(Path(arguments["folder"]))
    store = BatchStore(folder.batches)
    codes = {bytes.fromhex(each): bytes.fromhex(code) for each, code in arguments["codes"].items()}
    law = LawEvm([bytes.fromhex(each) for each in arguments["families"]], codes)
    laws = {bytes.fromhex(arguments["law_id"]): law}
    claimed_to = arguments["claimed_to"]
    batch, records = _start(folder, bytes.fromhex(arguments["domain_separator"]), claimed_to)
    chance = random.SystemRandom()
    checker = ClaimChecker(laws.__getitem__, batch, records, arguments["check_ppm"], chance)
    checker.on_segment = pipe.is_alive
    while (frame := pipe.receive()) is not None:
        newest = int.from_bytes(frame, "big")
        while checker.batch < newest and (found := store.get(checker.batch + 1)):
            try:
                if found.number <= claimed_to:
                    checker.skip(found)
                else:
                    checker.check(found)
            except ClaimWouldBeLost as error:
                pipe.send(found.number.to_bytes(8, "big"), FAILED, str(error).encode())
                return
            pipe.send(found.number.to_bytes(8, "big"), PASSED)


if __name__ == "__main__":
    run_worker(main)
