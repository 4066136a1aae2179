"""`strikeproof devnet`: a whole venue on this machine."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from strikeproof.failure import Broken, Rejected, Transient

DATA = Path("devnet-data")
STORY_LIES: dict[str | None, tuple[str, ...]] = {
    "crash": ("spared-account",),
    "expiry": ("wrong-settlement", "wrong-certificate"),
}
STARTED = time.monotonic()  # this module is loaded first: what follows counts as waiting


@click.group()
def group() -> None:
    """Run a whole venue on this machine: L1, sequencer, verifier, traders, fraud drills."""


@group.command()
@click.option(
    "--l1",
    type=click.Choice(["embedded", "anvil", "hardhat"]),
    default="embedded",
    show_default=True,
    help="py-evm in a process of its own, anvil, or Hardhat's EDR on a Node of its own.",
)
@click.option(
    "--l1-hardfork",
    "hardfork",
    type=click.Choice(["osaka", "amsterdam"]),
    default="osaka",
    show_default=True,
    help="Whose rules L1 follows; amsterdam is what is announced next (hardhat only).",
)
@click.option(
    "--fraud", metavar="KIND|list", help="The proposer lies once; `list` names the kinds."
)
@click.option(
    "--story",
    type=click.Choice(["crash", "expiry", "dead-sequencer", "escape"]),
    help="crash: the price falls; liquidations, the house, deleveraging, and a lie about it. "
    "expiry: a future is listed, traded, expires and is settled, an account trades under "
    "portfolio margin, and two lies, about a settlement and a margin certificate. "
    "dead-sequencer: both nodes are killed for good, an owner withdraws by L1 alone. escape: the "
    "sequencer is, and everybody leaves.",
)
@click.option(
    "--until",
    type=click.Choice(["slashed", "final", "withdrawn", "settled", "paid"]),
    help="End with exit code 0 once this happened (1 if it does not).",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object with timings, last.")
@click.option(
    "--seed",
    type=click.IntRange(0, 2**63 - 1),
    default=1,
    show_default=True,
    help="Seed of keys, prices and traders.",
)
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    default=DATA,
    show_default=True,
    help="Folder for configurations, keys, logs; emptied at the start.",
)
@click.option(
    "--standbys",
    type=click.IntRange(0, 4),
    default=0,
    show_default=True,
    help="Standby sequencers on an etcd of three members; the leader is killed once.",
)
@click.option("--makers", type=click.IntRange(1, 20), default=2, show_default=True)
@click.option("--takers", type=click.IntRange(1, 50), default=3, show_default=True)
@click.option(
    "--window",
    type=click.IntRange(10, 7 * 86_400),
    default=60,
    show_default=True,
    help="Challenge window in seconds.",
)
@click.option(
    "--timeout",
    type=click.IntRange(1, 30 * 86_400),
    help="Seconds that --until may take. [180 + 2 windows]",
)
@click.option("--no-view", is_flag=True, help="Event lines instead of the live view.")
def up(
    l1: Any,
    hardfork: Any,
    fraud: str | None,
    story: str | None,
    until: str | None,
    as_json: bool,
    seed: int,
    data: Path,
    standbys: int,
    makers: int,
    takers: int,
    window: int,
    timeout: int | None,
    no_view: bool,
) -> None:
    """Start L1, contracts, sequencer, verifier and traders; show what happens until Ctrl-C."""
    # Imported here: `--help` must not load an EVM.
    from strikeproof.devnet.fraud.kinds import fraud as find_fraud
    from strikeproof.devnet.run_settings import Goal, Settings, Story

    if fraud == "list":
        _list_frauds()
        return
    if l1 != "hardhat" and hardfork != "osaka":
        raise click.UsageError(f"only Hardhat knows {hardfork}: --l1 hardhat")
    if until == "settled" and story not in STORY_LIES:
        raise click.UsageError("--until settled needs a story: --story crash or expiry")
    frauds = STORY_LIES.get(story, ()) if fraud is None else (fraud,)
    if until == "slashed" and not frauds:
        raise click.UsageError("--until slashed needs a lie: --fraud KIND (--fraud list)")
    leaves = story in ("dead-sequencer", "escape")
    if until == "paid" and not leaves:
        raise click.UsageError("--until paid needs --story escape or dead-sequencer")
    if leaves and (frauds or standbys or until == "withdrawn"):
        raise click.UsageError("--story is a run of its own")
    if frauds and standbys:
        raise click.UsageError("--standbys shows a failover, --fraud a lie: one at a time")
    for kind in frauds:
        try:
            find_fraud(kind)
        except Rejected as error:
            raise click.UsageError(str(error)) from None
    settings = Settings(
        data=data,
        l1=l1,
        hardfork=hardfork,
        frauds=frauds,
        goal=None if until is None else Goal(until),
        story=None if story is None else Story(story),
        seed=seed,
        standbys=standbys,
        makers=makers,
        takers=takers,
        window_seconds=window,
        timeout_seconds=timeout,
        as_json=as_json,
        with_view=not no_view,
    )
    raise SystemExit(asyncio.run(_run(settings)))


def _list_frauds() -> None:
    from strikeproof.devnet.fraud.kinds import FRAUDS, explanation

    table = Table(box=None, pad_edge=False)
    table.add_column("kind", style="bold", no_wrap=True)
    table.add_column("what the proposer claims")
    for name in FRAUDS:
        table.add_row(name, explanation(name))
    Console().print(table)


async def _run(settings: Any) -> int:
    from strikeproof.devnet.run_report import report
    from strikeproof.devnet.supervisor import Devnet, Stopped

    # JSON readers get stdout for themselves.
    console = Console(stderr=settings.as_json)
    devnet = Devnet(settings, console, STARTED)
    reason = ""
    try:
        await devnet.run()
    except Stopped:
        reason = "" if settings.goal is None else "stopped before the goal was reached"
    except (Broken, Rejected, Transient, OSError, TimeoutError) as error:
        reason = str(error) or type(error).__name__
    if settings.as_json:
        print(json.dumps(report(devnet, reason)), flush=True)
    if reason:
        console.print(f"[bold red]devnet:[/] {reason}", highlight=False, soft_wrap=True)
    elif settings.goal is not None:
        console.print(f"[bold green]reached:[/] {settings.goal.value}", highlight=False)
    else:
        console.print(f"stopped; logs and files stay in {settings.data}", highlight=False)
    return 1 if reason else 0
