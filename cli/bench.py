"""`strikeproof bench`: measure one topic, or all of them for the committed report."""

from __future__ import annotations

import json
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import click

from strikeproof.bench.report_page import write_page
from strikeproof.failure import Rejected

REPORT_FOLDER: Final = Path("docs/bench")

# What --help says of each topic. A topic is a module of bench with `measure()`, which
# returns one JSON object; it is imported when it runs.
TOPICS: Final[dict[str, str]] = {
    "capacity": "What node, L1's rate, L1's bytes and verifier admit on one flow, and which binds.",
    "dispute": "Gas and bytes of disputes: the worst segment found, what bounds it, typical ones.",
    "law": "Gas of the law alone by kind of op, and how much of its weights each thing uses.",
    "l1": "Gas and bytes of deployment, messages, full batches and claims, and a challenge's base.",
    "engine": "Actions a second without roots; ops a second, and hashes, with a root a segment.",
    "risk": "Gas and time of pricing and Greeks.",
    "margin": "Gas and time of scenario arrays and portfolio margin.",
    "verifier": "Re-execution in py-evm, and the time from a posted lie to its deletion.",
    "restart": "Seconds until a node serves again, per 100,000 ops of its journal.",
    "fairness": "What an honest account is served beside a flood from its own host.",
    "failover": "Kills and stops of the leader of a cluster: the next acknowledgement, and losses.",
    "upkeep": "From a crash to the liquidation of a thousand of a million accounts.",
    "gateway": "Milliseconds of the gateway's pages over a venue with a million trades.",
    "pages": "Lighthouse's scores of every page of a devnet, and the time that each takes.",
    "throughput": "Signed actions a second through a node, and latency at half load.",
}


def run_topic(name: str) -> dict[str, Any]:
    """Return what the topic measures, its name first."""
    result: dict[str, Any] = import_module(f"strikeproof.bench.bench_{name}").measure()
    return {"topic": name, **result}


class Topics(click.Group):
    """One subcommand a topic, made when it is asked for, and `report`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the topics whose module exists, then the commands defined here."""
        found = [name for name in TOPICS if find_spec(f"strikeproof.bench.bench_{name}")]
        return found + super().list_commands(ctx)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command that measures a topic, or one defined here."""
        if cmd_name not in TOPICS or cmd_name not in self.list_commands(ctx):
            return super().get_command(ctx, cmd_name)

        def run(as_json: bool) -> None:
            result = run_topic(cmd_name)
            if as_json:
                click.echo(json.dumps(result))
            else:
                for line in rows(result):
                    click.echo(line)

        option = click.Option(["--json", "as_json"], is_flag=True, help="One JSON object.")
        return click.Command(cmd_name, callback=run, params=[option], help=TOPICS[cmd_name])


def rows(result: dict[str, Any], prefix: str = "") -> list[str]:
    """The result as lines of name and value, nested names joined by dots."""
    lines: list[str] = []
    for name, value in result.items():
        if isinstance(value, dict):
            lines += rows(value, f"{prefix}{name}.")
        else:
            lines.append(f"{prefix}{name:<{40 - len(prefix)}} {value}")
    return lines


@click.group(cls=Topics)
def group() -> None:
    """Measure the engine, the nodes and the cost of a dispute."""


@group.command()
@click.argument("topics", nargs=-1, type=click.Choice(list(TOPICS)))
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=REPORT_FOLDER,
    show_default=True,
)
def report(topics: tuple[str, ...], folder: Path) -> None:
    """Measure every topic, or TOPICS; write FOLDER/TOPIC.json and the page of all figures."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in topics or TOPICS:
        if find_spec(f"strikeproof.bench.bench_{name}"):
            path = folder / f"{name}.json"
            try:
                result = run_topic(name)
            except Rejected as error:
                click.echo(f"left {path} as it is: {error}")
                continue
            path.write_text(json.dumps(result, indent=2) + "\n", "utf-8")
            click.echo(f"wrote {path}")
    click.echo(f"wrote {write_page(folder, TOPICS)}")
