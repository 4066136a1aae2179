"""A worker process that recovers signers.

`python -m strikeproof.sequencer.intake.signature_worker DOMAIN`; frames: `signature_frames.py`.
"""

from __future__ import annotations

import sys
from functools import partial

from strikeproof.sequencer.intake.signature_frames import answer_request
from strikeproof.sequencer.worker_process import ParentPipe, run_worker


def main(pipe: ParentPipe, domain_separator: bytes) -> None:
    """Answer requests until the parent closes."""
    while (request := pipe.receive()) is not None:
        pipe.send(answer_request(request, domain_separator))


if __name__ == "__main__":
    run_worker(partial(main, domain_separator=bytes.fromhex(sys.argv[1])))
