"""The `strikeproof` command: one entry point, groups loaded when they are used.

`--help` lists the groups without importing them, so it answers at once.
"""

from __future__ import annotations

import os
from importlib import import_module
from importlib.util import find_spec

import click

from strikeproof import __version__

# What --help says of each group of cli, in the order in which a reader meets them.
GROUPS: dict[str, str] = {
    "devnet": "Run a whole venue on this machine: L1, sequencer, verifier, traders, fraud drills.",
    "trade": "Deposit, place and cancel orders, follow their finality, withdraw.",
    "keys": "Make and show encrypted keystores.",
    "deploy": "Deploy a venue from one file: checks, costs, a journal that resumes.",
    "govern": "List, announce, execute and cancel changes, decoded, with their dates.",
    "reporter": "Report prices: sources, median, refusal of outliers, quorum.",
    "attester": "Say what tier or credit an account has: sign, combine, submit.",
    "inbox": "Show what waits on L1, force an op in, post what is overdue.",
    "sequencer": "Run a sequencer: order operations, post batches and claims.",
    "gateway": "Serve JSON, WebSocket and the venue's pages beside a sequencer.",
    "mcp": "Serve reads, what-if and bounded orders to programs that speak MCP.",
    "verifier": "Run a verifier: re-execute what L1 holds, challenge what is wrong.",
    "exit": "Leave a venue by L1 alone: force, freeze, claim, be paid.",
    "bond": "Show, deposit and withdraw the bond behind a node's claims.",
    "challenge": "Inspect, prove and submit challenges by hand; check the set-up.",
    "watch": "Watch a venue in the terminal: claims, deadlines, alarms, inbox, Vault, changes.",
    "audit": "Prove any op against L1 in one file; check such a file alone.",
    "risk": "Price options and compute portfolio margin, in exact integers.",
    "bench": "Measure the engine, the nodes and the cost of a dispute.",
}


class LazyGroups(click.Group):
    """A group whose subcommands are the attribute `group` of `strikeproof.cli.<name>`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the groups whose module exists."""
        return [name for name in GROUPS if find_spec(f"strikeproof.cli.{name}")]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return the group, or None if there is none of that name."""
        if cmd_name not in self.list_commands(ctx):
            return None
        group = import_module(f"strikeproof.cli.{cmd_name}").group
        assert isinstance(group, click.Command), f"cli.{cmd_name}.group is not a command"
        return group

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of groups from GROUPS, importing none of them."""
        rows = [(name, GROUPS[name]) for name in self.list_commands(ctx)]
        if rows:
            with formatter.section("Commands"):
                formatter.write_dl(rows)


@click.command(cls=LazyGroups, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="strikeproof")
def main() -> None:
    """Strikeproof: a derivatives exchange that nobody has to trust."""
    # gRPC's core writes notes of its own to stderr, about a fork for one, among what people read.
    os.environ.setdefault("GRPC_VERBOSITY", "ERROR")
