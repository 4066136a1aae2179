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

from strikeproof.config import configure_logging, load_config
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
def run(config_path: Path, mode: str | None) -> None:
    """Follow L1, re-execute every segment, judge every claim; SIGTERM ends it.

    \b
    Exit codes: 0 stopped by a signal; 2 wrong arguments or configuration, another chain or no
    Rollup at the address; 7 L1 not reachable at
    the start; 8 another process holds store or key; 10 the node stopped itself: see its last alarm.
    """
    try:
        config = load_config(config_path, VerifierConfig, mode=mode)
        configure_logging(config.log)
        _run(config)
    except (Rejected, Transient, Broken) as error:
        click.echo(f"verifier: {error}", err=True)
        sys.exit(exit_code_of(error))


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
