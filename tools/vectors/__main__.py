"""`make vectors`: write proto/vectors and the worked bytes of the protocol's pages.

`--check`: exit 1 if a file is not what the cases give.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from tools.vectors.audit_case import EXAMPLE, example_text
from tools.vectors.batch_cases import batch_cases, claim_cases, genesis_cases, header_cases
from tools.vectors.case_file import Case, file_text
from tools.vectors.formula_cases import formula_cases
from tools.vectors.message_cases import message_cases
from tools.vectors.op_cases import action_cases, op_cases
from tools.vectors.ordered_cases import ordered_cases
from tools.vectors.page_examples import pages, refreshed
from tools.vectors.proof_cases import multiproof_cases, static_list_cases
from tools.vectors.record_cases import record_cases
from tools.vectors.segment_cases import segment_cases
from tools.vectors.signature_cases import receipt_cases, signature_cases, typed_data_cases

FOLDER: Final = Path(__file__).resolve().parents[2] / "proto" / "vectors"

FILES: Final[dict[str, tuple[str, Callable[[], Iterator[Case]]]]] = {
    "actions": ("Actions of a bundle: fields and bytes.", action_cases),
    "ops": ("Ops: fields and bytes, and what the genesis makes of them.", op_cases),
    "ordered_ops": ("Ops as segments hold them, and what was signed.", ordered_cases),
    "messages": ("Inbox messages and governance payloads: fields and bytes.", message_cases),
    "records": ("Records of the state: fields, bytes and leaf.", record_cases),
    "genesis": ("Where a venue begins: its record, root and first hashes.", genesis_cases),
    "headers": ("Headers of batches: fields and bytes.", header_cases),
    "batches": ("Batches: header, segments, bytes and hash.", batch_cases),
    "claims": ("Claims: fields and hash.", claim_cases),
    "receipts": ("Receipts: fields, place in the signed list, signature.", receipt_cases),
    "typed_data": ("EIP-712: fields, hashes, digest and signature.", typed_data_cases),
    "signatures": ("Signatures of one digest, good and bad.", signature_cases),
    "static_lists": ("Static lists: items, root, commitment, path.", static_list_cases),
    "multiproofs": ("Multiproofs: witness, proof and state root.", multiproof_cases),
    "segments": ("Whole segments: state before and after.", segment_cases),
}


# Paths below proto/: what no other implementation runs.
ELSEWHERE: Final[dict[str, tuple[str, Callable[[], Iterator[Case]]]]] = {
    "formulas": ("Formulas of docs/protocol: what is given, what follows.", formula_cases),
}


def main(arguments: list[str]) -> int:
    """Write what differs, or with --check only name it."""
    expected = {
        FOLDER / f"{name}.json": file_text(about, cases()) for name, (about, cases) in FILES.items()
    }
    expected[EXAMPLE] = example_text(
        json.loads(expected[FOLDER / "segments.json"])["cases"],
        json.loads(expected[FOLDER / "genesis.json"])["cases"],
    )
    proto = FOLDER.parent
    for name, (about, cases) in ELSEWHERE.items():
        expected[proto / f"{name}.json"] = file_text(about, cases())

    def cases_of(file: str) -> list[dict[str, Any]]:
        (path,) = (each for each in (FOLDER / file, proto / "planned" / file) if each in expected)
        found: list[dict[str, Any]] = json.loads(expected[path])["cases"]
        return found

    for page in pages():
        expected[page] = refreshed(page.read_text("utf-8"), cases_of)
    folders = (FOLDER, proto, proto / "planned")
    stale = sorted(
        path
        for path in expected.keys() | {path for folder in folders for path in folder.glob("*.json")}
        if not path.exists() or path.read_text("utf-8") != expected.get(path)
    )
    for path in stale:
        shown = path.relative_to(proto.parent)
        if "--check" in arguments:
            print(f"{shown} is not what tools/vectors gives: run make vectors", file=sys.stderr)
        elif path in expected:
            path.parent.mkdir(exist_ok=True)
            path.write_text(expected[path], "utf-8")
            print(f"wrote {shown}")
        else:
            path.unlink()
            print(f"removed {shown}")
    return 1 if stale and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
