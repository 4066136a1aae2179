"""A sequencer whose proposer lies: `python -m strikeproof.devnet.lying_sequencer --help`.

The node is the real one; only what it claims is not.
"""

from __future__ import annotations

from pathlib import Path

import click

from strikeproof.config import configure_logging, load_config
from strikeproof.deployment import Deployment
from strikeproof.devnet.fraud.kinds import FRAUDS, fraud
from strikeproof.devnet.fraud.lying_claimant import Drill, LyingClaimant
from strikeproof.failure import Broken, Rejected, Transient
from strikeproof.sequencer.config import SequencerConfig
from strikeproof.sequencer.run import run


@click.command()
@click.option("--config", type=click.Path(path_type=Path, dir_okay=False), required=True)
@click.option(
    "--fraud",
    "kinds",
    type=click.Choice(sorted(FRAUDS)),
    multiple=True,
    required=True,
    help="Repeatable: one lie after the other.",
)
@click.option("--after-fills", default=8, show_default=True, help="Trades before the lie.")
@click.option(
    "--record",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    help="File that gets the lies, each once it is claimed.",
)
def main(config: Path, kinds: tuple[str, ...], after_fills: int, record: Path) -> None:
    """Run the sequencer of a configuration file, with a proposer that lies."""
    try:
        settings = load_config(config, SequencerConfig)
        configure_logging(settings.log)
        deployment = Deployment.load(settings.l1.deployment)
        claimant = LyingClaimant(
            settings.data_dir,
            bytes.fromhex(deployment.domain_separator.removeprefix("0x")),
            [Drill(kind, fraud(kind), after_fills) for kind in kinds],
            record,
        )
        run(settings, claimant)
    except (Rejected, Transient, Broken) as error:
        raise click.ClickException(str(error)) from error


if __name__ == "__main__":
    main()
