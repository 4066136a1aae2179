"""`strikeproof verifier`: run a verifier node."""

from __future__ import annotations

import signal
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click
import structlog

from strikeproof.config import LogSection, configure_logging, load_config
from strikeproof.failure import Broken, Rejected, Transient
from strikeproof.verifier.config import VerifierConfig
from strikeproof.verifier.exit_code import exit_code_of

if TYPE_CHECKING:
    from strikeproof.verifier.node import VerifierNode


@click.group()
def group() -> None:
    """Run a verifier: re-execute what L1 holds, challenge what is wrong."""


@group.command()
@click.option(
    "--config",
    "config_path",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    envvar="STRIKEPROOF_VERIFIER_CONFIG",
    help="TOML file; docs/operating.md shows one.",
)
@click.option(
    "--mode",
    type=click.Choice(["observe", "alert", "defend"]),
    help="observe: report. alert: raise alarms. defend: disprove wrong claims, propose right ones. "
    "Overrides the file's mode.",
)
@click.option(
    "--checkpoint",
    "checkpoints",
    multiple=True,
    help="File or URL of a checkpoint: a new store begins there. Overrides the file's list; may be"
    " given several times.",
)
def run(config_path: Path, mode: str | None, checkpoints: tuple[str, ...]) -> None:
    """Follow L1, re-execute every segment, judge every claim; SIGTERM ends it.

    \b
    Exit codes: 0 stopped by a signal; 2 wrong arguments or configuration, another chain or no
    Rollup at the address, no checkpoint that holds; 7 L1 not reachable at
    the start; 8 another process holds store or key; 10 the node stopped itself: see its last alarm.
    """
    try:
        config = load_config(config_path, VerifierConfig, mode=mode, checkpoint=checkpoints or None)
        configure_logging(config.log)
        _run(config)
    except (Rejected, Transient, Broken) as error:
        click.echo(f"verifier: {error}", err=True)
        sys.exit(exit_code_of(error))


@group.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--config",
    "config_path",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    envvar="STRIKEPROOF_VERIFIER_CONFIG",
    help="TOML file of a verifier; its store is read, a running node is not disturbed.",
)
def checkpoint(file: Path, config_path: Path) -> None:
    """Write FILE: the newest final state, for new verifiers to begin with.

    Serve it over HTTPS or hand it over: whoever begins with it compares its root with L1's.
    """
    from strikeproof.verifier.inspection.checkpoint_export import export_checkpoint
    from strikeproof.verifier.wiring import VerifierParts, find_contracts

    configure_logging(LogSection(format="console", level="error"))
    try:
        config = load_config(config_path, VerifierConfig)
        client = config.l1.client()
        contracts = find_contracts(config, client)
        parts = VerifierParts(client, contracts, config.store_path, writable=False)
        try:
            head = export_checkpoint(parts, file)
        finally:
            parts.close()
    except (Rejected, Transient, Broken, OSError) as error:
        click.echo(f"verifier: {error}", err=True)
        sys.exit(exit_code_of(error))
    click.echo(
        f"{file}: {head.records} records after claim {head.number}, root {head.root},"
        f" {file.stat().st_size:,} bytes"
    )


@group.command()
@click.option(
    "--config",
    "config_path",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    envvar="STRIKEPROOF_VERIFIER_CONFIG",
    help="TOML file of a verifier; its store is read, a running node is not disturbed.",
)
@click.option(
    "--listen",
    default="127.0.0.1:7470",
    show_default=True,
    metavar="HOST:PORT",
    help="Port 0: any.",
)
def evidence(config_path: Path, listen: str) -> None:
    """Serve what an explorer shows of ops, claims and roots: `strikeproof gateway --evidence URL`.

    Plain HTTP for a private network: what the law made of each op, what its dispute would cost and
    its calldata, verdicts, what was owed at each root. Waits for the verifier's store. Prints
    `listening http://…` once it serves; SIGTERM ends it.
    """
    from strikeproof.verifier.evidence.evidence_reader import EvidenceReader
    from strikeproof.verifier.evidence.evidence_server import EvidenceServer
    from strikeproof.verifier.wiring import VerifierParts, find_contracts

    host, _, port = listen.rpartition(":")
    if not host or not port.isdecimal():
        raise click.UsageError("--listen: name HOST:PORT")
    try:
        config = load_config(config_path, VerifierConfig)
        configure_logging(config.log)
        client = config.l1.client()

        def opened() -> VerifierParts:
            contracts = find_contracts(config, client)
            return VerifierParts(client, contracts, config.store_path, writable=False)

        server = EvidenceServer(host.strip("[]"), int(port), EvidenceReader(opened))
    except (Rejected, Transient, Broken) as error:
        click.echo(f"verifier: {error}", err=True)
        sys.exit(exit_code_of(error))
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda *_: threading.Thread(target=server.shutdown).start())
    click.echo(f"listening {server.address}")
    sys.stdout.flush()
    server.run()


def _run(config: VerifierConfig) -> None:
    stop = threading.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda *_: stop.set())
    node = _started(config, stop)
    if node is not None:
        node.run()


def _started(config: VerifierConfig, stop: threading.Event) -> VerifierNode | None:
    """Return the node; waits for an L1 that is not there yet. None: asked to stop meanwhile."""
    from strikeproof.verifier.node import VerifierNode

    deadline = time.monotonic() + config.l1.start_seconds
    client = config.l1.client()
    while not stop.is_set():
        try:
            return VerifierNode(config, client, stop=stop)
        except Transient as error:
            if time.monotonic() >= deadline:
                answering = client.heads()
                if client.is_narrowed or not answering:
                    raise
                # Better a node that starts on one endpoint, with an alarm, than none.
                client.narrow_to(answering[0][0])
            structlog.get_logger("verifier").warning("waiting_for_l1", reason=str(error))
            stop.wait(min(config.l1.poll_seconds, 1.0))
    return None
