"""Check that contracts/artifacts is what contracts/src compiles to.

Without Node: every source, artifact and tool of the compiler has the hash that manifest.json gives,
the compiler has its version, every contract of src has an artifact, and every selector is that of
its signature. With Node (`--rebuild`): the compiler's output must equal the committed files, byte
for byte; this alone finds artifacts that were changed together with their hashes.
"""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from strikeproof.keccak import keccak256

CONTRACTS = Path(__file__).resolve().parent.parent / "contracts"
ARTIFACTS = CONTRACTS / "artifacts"
CONCRETE_CONTRACT = re.compile(r"^\s*contract\s+(\w+)", re.MULTILINE)


def sha256_of(path: Path) -> str:
    """Return the hex digest of a file, or a word that no digest equals if there is none."""
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "missing"


def stale_hashes() -> Iterator[str]:
    """Yield a line for each file that is not the one that the manifest describes."""
    whole = json.loads((ARTIFACTS / "manifest.json").read_text())
    for tool, digest in whole["tools"].items():
        if sha256_of(CONTRACTS / tool) != digest:
            yield f"{tool} changed since the artifacts were compiled"
    locked = json.loads((CONTRACTS / "package-lock.json").read_text())["packages"]
    if locked["node_modules/solc"]["version"] != whole["solc"]:
        yield f"artifacts are compiled by solc {whole['solc']}, package-lock.json has another"
    manifest = whole["artifacts"]
    shipped = {path.stem for path in ARTIFACTS.glob("*.json")} - {"manifest"}
    for name in sorted(shipped - manifest.keys()):
        yield f"artifacts/{name}.json is not in the manifest"
    for name, entry in manifest.items():
        if sha256_of(ARTIFACTS / f"{name}.json") != entry["sha256"]:
            yield f"artifacts/{name}.json is not the file that the manifest describes"
        for source, digest in entry["sources"].items():
            if sha256_of(CONTRACTS / source) != digest:
                yield f"{source} changed since {name} was compiled"
    declared = {
        name
        for path in (CONTRACTS / "src").rglob("*.sol")
        for name in CONCRETE_CONTRACT.findall(path.read_text())
    }
    for name in sorted(declared ^ manifest.keys()):
        yield f"{name}: contracts/src and the manifest do not agree that it exists"


def wrong_selectors() -> Iterator[str]:
    """Yield a line for each selector that is not the hash of its signature."""
    for path in sorted(ARTIFACTS.glob("*.json")):
        for signature, selector in json.loads(path.read_text()).get("selectors", {}).items():
            if keccak256(signature.encode()).hex()[:8] != selector:
                yield f"{path.stem}: {signature} does not have the selector {selector}"


def main(arguments: list[str]) -> int:
    """Print what is wrong; return 1 if anything is."""
    complaints = [*stale_hashes(), *wrong_selectors()]
    for line in complaints:
        print(f"{line}: run make contracts", file=sys.stderr)
    rebuilt = 0
    if "--rebuild" in arguments:
        node = CONTRACTS.parent / "tools" / "node.sh"
        compiler = CONTRACTS / "tools" / "compile.js"
        rebuilt = subprocess.run(["bash", node, compiler, "--check"], check=False).returncode
    return 1 if complaints or rebuilt else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
