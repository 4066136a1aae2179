"""Both nodes while both of their endpoints flap: `make chaos-l1 MINUTES=10 [SEED=1]`.

Holds that no alarm is missed, nobody is slashed but liars, and posting resumes within ten seconds
after every trouble. Ends with exit code 1 if not; the folder with all logs is kept then.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from pathlib import Path

import click

from tests.chaos.campaign import run


@click.command()
@click.option("--minutes", default=10.0, show_default=True, help="How long.")
@click.option("--seed", default=1, show_default=True, help="Seed of the troubles.")
def main(minutes: float, seed: int) -> None:
    """Run a campaign, print its figures, and end with exit code 1 if anything was wrong."""
    folder = Path(tempfile.mkdtemp(prefix="strikeproof-chaos-"))
    report = run(folder, seed, minutes * 60)
    print(json.dumps(report.figures, indent=2))
    for each in report.wrong:
        print("  !", each)
    if report.wrong:
        print(f"replay: make chaos-l1 MINUTES={minutes:g} SEED={seed}; logs in {folder}")
        sys.exit(1)
    shutil.rmtree(folder)


if __name__ == "__main__":
    main()
