"""`strikeproof sequencer`: run a sequencer, look into its folder."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path

import click

from strikeproof.failure import Broken, Rejected, Transient

EXIT_BROKEN = 3
EXIT_REJECTED = 2
EXIT_TRANSIENT = 4


@click.group()
def group() -> None:
    """Run a sequencer: order operations, post batches and claims."""


_CONFIG = click.option(
    "--config",
    "path",
    required=True,
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="TOML file; docs/operating.md shows one.",
)


@group.command()
@_CONFIG
def run(path: Path) -> None:
    """Run a node until SIGTERM.

    Exit status: 0 stopped, 2 the configuration or the folder is wrong, 3 going on would do harm,
    4 L1 could not be reached.
    """
    from strikeproof.config import configure_logging, load_config
    from strikeproof.sequencer.config import SequencerConfig
    from strikeproof.sequencer.run import run as run_node

    try:
        config = load_config(path, SequencerConfig)
        configure_logging(config.log)
        run_node(config)
    except BaseException as error:
        raise SystemExit(exit_status_of(error)) from None


def exit_status_of(error: BaseException) -> int:
    """Print why the node ended; return the exit status. What is not foreseen is raised again."""
    cause = _cause(error)
    for kind, status in (
        (Rejected, EXIT_REJECTED),
        (Broken, EXIT_BROKEN),
        (Transient, EXIT_TRANSIENT),
    ):
        if isinstance(cause, kind):
            click.echo(f"{type(cause).__name__} ({cause.code.name}): {cause}", err=True)
            return status
    if isinstance(cause, OSError):  # a port, a socket, a file that nothing above has named
        click.echo(f"{type(cause).__name__}: {cause}", err=True)
        return EXIT_BROKEN
    raise error


def _cause(error: BaseException) -> BaseException:
    """Return the first failure inside a group of failures."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


@group.command()
@_CONFIG
@click.option("--yes", is_flag=True, help="Do not ask.")
def recover(path: Path, yes: bool) -> None:
    """Rebuild a lost or damaged data folder from L1.

    Executes every batch that L1 holds, checks hashes and claimed roots, and keeps what the old
    folder still has beyond them. The old folder is moved aside, never deleted. Prints a JSON
    object.

    Exit status: 0 rebuilt, 2 the configuration is wrong, 3 it cannot be rebuilt, 4 L1 could not be
    reached; unless it is 0 the folder is where it was.
    """
    from strikeproof.config import configure_logging, load_config
    from strikeproof.sequencer.config import SequencerConfig
    from strikeproof.sequencer.recover_from_l1 import recover_folder

    try:
        config = load_config(path, SequencerConfig)
        configure_logging(config.log)
        if not yes:
            click.confirm(f"Move {config.data_dir} aside and rebuild it from L1?", abort=True)
        report = recover_folder(config)
    except (click.Abort, KeyboardInterrupt):
        raise
    except Exception as error:
        raise SystemExit(exit_status_of(error)) from None
    click.echo(json.dumps(asdict(report)))


@group.command()
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def check(folder: Path, as_json: bool) -> None:
    """Read FOLDER's journal and snapshots, and report whether a byte is wrong, and where.

    Exit status: 0 sound, 3 damaged.
    """
    from strikeproof.sequencer.recovery.folder_check import check_folder

    found = check_folder(folder)
    if as_json:
        click.echo(json.dumps(found))
    else:
        for each in found["files"]:
            click.echo(f"{each['path']}: {each['state']}")
    if not found["sound"]:
        sys.exit(EXIT_BROKEN)
