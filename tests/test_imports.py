"""Import-linter's contracts hold, and fail on what they are there to catch."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LINT = Path(sys.executable).with_name("lint-imports")

OFFENCES = {
    "Packages point one way": (
        "l1/client.py",
        "strikeproof.client.wallet",
    ),
    "The sequencer's packages point one way": (
        "sequencer/order/charge_rate.py",
        "strikeproof.sequencer.posting.claimant",
    ),
    "The verifier's packages point one way": (
        "verifier/state/genesis.py",
        "strikeproof.verifier.dispute.verdict",
    ),
    "The gateway's rooms point one way": (
        "gateway/feeds/tail.py",
        "strikeproof.gateway.live.outbox",
    ),
    "The devnet's modules do not go round in circles": (
        "devnet/venue_status.py",
        "strikeproof.devnet.supervisor",
    ),
    "Messages stay at the edge": (
        "sequencer/l1/l1_source.py",
        "strikeproof.wire.venue_pb2",
    ),
    "etcd stays in one package": (
        "sequencer/order/receipt.py",
        "strikeproof.wire.etcd.kv_pb2",
    ),
    "The engine and the risk kernel are pure": (
        "risk/kernel/svi.py",
        "random",
    ),
}


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the sources, the links below `strikeproof` resolved."""
    copy = tmp_path_factory.mktemp("tree")
    shutil.copy(ROOT / "pyproject.toml", copy)
    listed = subprocess.run(
        ["git", "ls-files", "*.py"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    for name in listed.split():
        if name.startswith(("tests/", "tools/", "setup.py")) or not (ROOT / name).is_file():
            continue
        target = copy / "strikeproof" / name.removeprefix("strikeproof/")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, target)
    return copy


def lint(tree: Path) -> tuple[int, str]:
    done = subprocess.run(
        [LINT, "--no-logo", "--no-cache"],
        cwd=tree,
        env={"PYTHONPATH": str(tree), "COLUMNS": "200"},
        capture_output=True,
        text=True,
    )
    return done.returncode, done.stdout + done.stderr


def test_every_contract_catches_a_planted_offence(tree: Path) -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    names = [contract["name"] for contract in contracts["contracts"]]
    assert [name for name in names if not name.startswith(tuple(OFFENCES))] == [], "not planted"
    code, told = lint(tree)
    assert code == 0, told
    for path, imported in OFFENCES.values():
        file = tree / "strikeproof" / path
        file.write_text(f"{file.read_text()}\nimport {imported}\n")
    code, told = lint(tree)
    assert code != 0
    for name in names:
        assert f"{name} BROKEN" in told, told
    # A circle is reported by names relative to the folder that it is in.
    told = told.replace(" .", " strikeproof.devnet.")
    for path, imported in OFFENCES.values():
        importer = "strikeproof." + path.removesuffix(".py").replace("/", ".")
        assert f"{importer} -> {imported}" in told, told
