"""A market whose ops are audited, and audit files with one thing changed."""

import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

from strikeproof.client.operation import SetSession, Withdraw, encode_op
from strikeproof.client.wallet import Wallet
from strikeproof.keccak import keccak256
from strikeproof.keystore import signer_of_key
from strikeproof.verifier.audit.audit_file import Audit
from tests.harness import ROOT
from tests.integration.verifier.real_venue import TRADERS, RealVenue

NODE = ["bash", str(ROOT / "tools" / "node.sh")]
CHECKER = ROOT / "clients" / "js" / "check-audit.mjs"
LOCATORS = {"block", "block_hash", "transaction"}
"""Fields that only L1 knows."""


def audited_venue() -> RealVenue:
    """Return a venue with claims of its first three batches. The third begins with an exit, two
    deposits that share a segment, and an op that was forced; a fourth is not claimed."""
    venue = RealVenue()
    venue.trade(1 + TRADERS)
    owner = signer_of_key(keccak256(f"trader {venue.market.seed} 0".encode()))
    venue.exit(owner, encode_op(Withdraw(1, 103, 2**47, 1_000_000), b""))
    venue.deposit(1, 5_000_000)
    venue.deposit(2, 7_000_000)
    venue.force(venue.other, encode_op(Withdraw(1, 500, 2**47, 1), b""))
    session = Wallet(keccak256(b"session"))
    venue.trade(
        2,
        [
            venue.signed(Withdraw(2, 100, 2**47, 5_000_000), 2),
            venue.signed(SetSession(1, 101, 2**47, 1, session.address), 1),
        ],
        void=False,
    )
    venue.propose(1)
    venue.propose(2)
    venue.propose(3)
    venue.trade(1)
    return venue


def leaves(value: Any, path: tuple = ()) -> list[tuple]:
    """Return the paths of all fields of an audit."""
    if is_dataclass(value):
        return [
            p
            for each in fields(value)
            for p in leaves(getattr(value, each.name), (*path, each.name))
        ]
    if isinstance(value, tuple):
        return [p for at, each in enumerate(value) for p in leaves(each, (*path, at))]
    return [path]


def changed(value: Any, path: tuple, change) -> Any:
    if not path:
        return change(value)
    step, *rest = path
    if isinstance(step, int):
        items = list(value)
        items[step] = changed(items[step], tuple(rest), change)
        return tuple(items)
    return replace(value, **{step: changed(getattr(value, step), tuple(rest), change)})


def flipped(value: bytes | int, bit: int) -> bytes | int:
    if isinstance(value, int):
        return value ^ (1 << bit % 16)
    if not value:
        return b"\1"
    flipped = bytearray(value)
    flipped[bit // 8 % len(value)] ^= 1 << bit % 8
    return bytes(flipped)


def javascript(file: Path) -> subprocess.CompletedProcess:
    return subprocess.run([*NODE, str(CHECKER), str(file)], capture_output=True, text=True)


def any_field_changed(audit: Audit) -> Iterator[Audit]:
    """Yield the audit with each field changed that JavaScript checks."""
    for path in leaves(audit):
        if path[-1] not in LOCATORS and path[-1] != "advice":
            yield changed(audit, path, lambda value: flipped(value, 4_001))


def refused_by_javascript(folder: Path, forged: Iterable[Audit]) -> None:
    """Assert that it refuses each of these files, and fails at none; in one process."""
    files: list[Path] = []
    for each in forged:
        files.append(folder / f"{len(files)}.json")
        files[-1].write_text(each.text())
    script = folder / "all.mjs"
    script.write_text(
        f"""import {{ readFileSync }} from "node:fs";
import {{ AuditRefused, checkAudit }} from "{CHECKER.parent}/src/audit.js";
for (const file of process.argv.slice(2)) {{
  try {{
    checkAudit(readFileSync(file, "utf8"));
    console.log(file);
  }} catch (error) {{
    if (!(error instanceof AuditRefused)) console.log(file, error);
  }}
}}
"""
    )
    run = subprocess.run([*NODE, str(script), *map(str, files)], capture_output=True, text=True)
    assert (run.returncode, run.stdout) == (0, ""), run.stderr
