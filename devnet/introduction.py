"""What a user reads once the venue is ready: where everything is, and what to try."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table

from strikeproof.deployment import Deployment
from strikeproof.devnet.node_files import Endpoints, NodeFiles

COMMAND: Final = "strikeproof"


def command() -> str:
    """Return how the user calls `strikeproof` from here."""
    if shutil.which(COMMAND):
        return COMMAND
    beside = Path(sys.executable).with_name(COMMAND)
    return os.path.relpath(beside) if beside.exists() else f"{sys.executable} -m strikeproof"


def commands_to_try(files: NodeFiles) -> list[tuple[str, str]]:
    """Return commands, ready to be pasted, and what each shows."""
    trade = f"{command()} trade --config {os.path.relpath(files.trader)}"
    verifier = f"--config {os.path.relpath(files.verifier)}"
    challenge = f"{command()} challenge"
    return [
        (f"{trade} book BTC-PERP", "the order book"),
        (f"{trade} place BTC-PERP buy 5 100000 --tif ioc", "buy 5 lots at the market"),
        (f"{trade} account", "money, margin, positions of `you`"),
        (f"{trade} deposit 1000", "1,000 USD more, through L1"),
        (f"{trade} withdraw 500", "waits for a final claim, then is paid on L1"),
        (f"{challenge} list {verifier}", "claims that can still be disproved"),
        (f"{challenge} show 2 {verifier}", "a batch, its roots beside the verifier's own"),
        (f"{challenge} prove 2 --dry-run {verifier}", "gas and bytes of a challenge"),
        (f"{challenge} doctor {verifier}", "code hashes, clock, key, rate"),
    ]


def introduce(
    console: Console, files: NodeFiles, endpoints: Endpoints, deployment: Deployment
) -> None:
    """Print endpoints, addresses and commands."""
    facts = Table.grid(padding=(0, 2))
    for name, value in (
        ("page", f"{endpoints.page} (JSON: {endpoints.page}/api/v1/venue)"),
        ("sequencer", f"{endpoints.api} (gRPC)"),
        ("L1", f"{endpoints.l1_url} (chain {deployment.chain_id})"),
        ("metrics", f"http://127.0.0.1:{endpoints.sequencer_metrics_port}/metrics (sequencer)"),
        ("", f"http://127.0.0.1:{endpoints.verifier_metrics_port}/metrics (verifier)"),
        ("Rollup", deployment.rollup),
        ("Vault", deployment.vault),
        ("Inbox", deployment.inbox),
        ("Escape", deployment.escape),
        ("Promises", deployment.promises),
        ("token", deployment.token),
        ("logs", os.path.relpath(files.root)),
    ):
        facts.add_row(f"[dim]{name}[/]", value)
    console.print(facts, highlight=False)
    console.print("\nTry, in another terminal:", style="bold")
    for text, shows in commands_to_try(files):
        console.print(f"  {text}  [dim]# {shows}[/]", highlight=False, soft_wrap=True)
    console.print()
