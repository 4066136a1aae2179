"""`strikeproof deploy`: a venue from one file."""

from __future__ import annotations

import json
from dataclasses import asdict
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from strikeproof.cli.confirmation import confirm
from strikeproof.cli.trade_session import tells_failures

if TYPE_CHECKING:
    from strikeproof.deployer import DeploymentJournal, StepReport, StepWait
    from strikeproof.deployment import DeploymentConfig
    from strikeproof.operate.deployment_plan import DeploymentPlan
    from strikeproof.operate.venue_file import VenueFile

ETHER = 10**18


@click.command()
@click.argument("venue", type=click.Path(path_type=Path, dir_okay=False), metavar="VENUE.toml")
@click.option("--dry-run", is_flag=True, help="Check everything, list every transaction.")
@click.option("--yes", is_flag=True, help="Send without asking; needed where nobody can be asked.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@tells_failures
def group(venue: Path, dry_run: bool, yes: bool, as_json: bool) -> None:
    """Deploy the venue that VENUE.toml describes, and write its deployment file.

    First everything is rehearsed on a chain of this process: terms that the contracts refuse,
    listings that the law refuses and a balance that does not suffice show before anything is
    sent. Each signed transaction is in a journal beside the deployment file before it is sent:
    interrupted at any point, the same command goes on, and deploys nothing twice.

    \b
    Exit codes:
       0  deployed and checked; or, with --dry-run, nothing speaks against it
       2  the file, a key, the balance or a contract's check refuses it
       4  L1 does not answer, or a transaction waits: run the same command again
    """
    from strikeproof.deployer import Deployer
    from strikeproof.deployment import deploy_by
    from strikeproof.operate.deployment_plan import begin
    from strikeproof.operate.venue_file import load_venue

    described, config = load_venue(venue)
    plan, journal, rehearsed = _prepared(described, config)
    if not as_json:
        _show_plan(plan, rehearsed, len(journal.steps))
    report: dict[str, Any] = {**plan.report(), "steps": [asdict(each) for each in rehearsed]}
    if dry_run:
        if as_json:
            click.echo(json.dumps(report))
        plan.check_balance()
        return
    plan.check_balance()
    confirm("Send these transactions?", yes=yes, as_json=as_json)
    begin(described.deployment, journal)
    done = len(rehearsed)

    def say(step: StepReport) -> None:
        if not as_json:
            place = f"{step.nonce - plan.first_nonce + 1:>3} of {done}"
            click.echo(f"{place}  {step.what}  {step.gas_used:,} gas", err=True)

    def say_waiting(waiting: StepWait) -> None:
        click.echo(f"waiting: {waiting.text}", err=True)

    with plan.failures("deployment"):
        deployer = Deployer(
            plan.web3,
            plan.account,
            journal=journal,
            say=say,
            patience=described.l1.patience,
            say_waiting=say_waiting,
        )
        deployment = deploy_by(deployer, config)
    deployment.save(described.deployment)
    if as_json:
        click.echo(json.dumps({**report, "deployment": deployment.to_json()}))
    else:
        click.echo(f"Deployed and checked. Rollup {deployment.rollup}, Vault {deployment.vault}")
        click.echo(f"written: {described.deployment}")


def _prepared(
    described: VenueFile, config: DeploymentConfig
) -> tuple[DeploymentPlan, DeploymentJournal, list[StepReport]]:
    """Return what is to be sent, after every check that needs no transaction."""
    from strikeproof.devnet.rehearsal import rehearse
    from strikeproof.operate.deployment_plan import DeploymentPlan

    plan = DeploymentPlan(described.l1, described.key.private_key())
    plan.check_chain()
    plan.check_roles(config)
    journal = plan.journal(described.journal)
    _, rehearsed = rehearse(
        plan.account, config, chain_id=plan.chain_id, first_nonce=plan.first_nonce
    )
    plan.needs([each.gas_limit for each in rehearsed], len(journal.steps))
    return plan, journal, rehearsed


def _show_plan(plan: DeploymentPlan, steps: list[StepReport], done: int) -> None:
    click.echo(f"Deployment on chain {plan.chain_id} by {plan.account.address}")
    for number, each in enumerate(steps):
        click.echo(
            f"{each.nonce:>5}  {each.what:<16} {each.gas_used:>10,} gas "
            f"{_ether(each.gas_used * plan.price_wei)} ether  {each.creates or ''}"
            f"{'  (in the journal)' if number < done else ''}"
        )
    gas = sum(each.gas_used for each in steps)
    gwei = Decimal(plan.price_wei) / 10**9
    click.echo(f"{gas:,} gas at {gwei.normalize():f} gwei: {_ether(gas * plan.price_wei)} ether")
    click.echo(
        f"balance {_ether(plan.balance_wei)} ether; {_ether(plan.needed_wei)} ether is needed to "
        "send, if the base fee grows fourfold"
    )


def _ether(wei: int) -> Decimal:
    return (Decimal(wei) / ETHER).quantize(Decimal("0.000001"))
