"""`strikeproof challenge`: what an operator of a watchtower does by hand."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import click

from strikeproof.cli.verifier_arguments import ACCOUNT, BATCH, SEGMENT
from strikeproof.config import ConfigInvalid, LogSection, configure_logging, load_config
from strikeproof.failure import Broken, Rejected, Transient
from strikeproof.verifier.config import VerifierConfig
from strikeproof.verifier.exit_code import ExitCode, exit_code_of

if TYPE_CHECKING:
    from strikeproof.keystore import Signer
    from strikeproof.verifier.wiring import VerifierParts

P = ParamSpec("P")
R = TypeVar("R")


@click.group()
def group() -> None:
    """Inspect, prove and submit challenges by hand; check the set-up.

    \b
    Every command reads the verifier's configuration (--config, or STRIKEPROOF_VERIFIER_CONFIG) and
    its store, which a running node keeps up to date. With --json it prints one JSON object.
    Exit codes:
       0  done; nothing is wrong
       1  failed unexpectedly
       2  wrong arguments or configuration (also another chain, no Rollup there), no usable key
       3  no such batch, claim, segment or account, or not executed yet
       4  a claim that stands is wrong
       5  L1 says that the claim is correct: nothing was sent
       6  L1 calls the proof incomplete, or it cannot be built: nothing was sent
       7  L1 endpoints fail or disagree
       8  another process holds the store or the key
       9  doctor found something to repair
    """


def _command(function: Callable[P, R]) -> Callable[P, None]:
    """Give a command --config and --json, and exit codes to its errors."""

    @click.option(
        "--config",
        "config_path",
        type=click.Path(dir_okay=False, path_type=Path),
        required=True,
        envvar="STRIKEPROOF_VERIFIER_CONFIG",
        help="The verifier's TOML file.",
    )
    @click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
    @wraps(function)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> None:
        configure_logging(LogSection(format="console", level="error"))
        try:
            code = function(*args, **kwargs)
        except (Rejected, Transient, Broken, TimeoutError) as error:
            exit_code = exit_code_of(error)
            if kwargs.get("as_json"):
                report = {"error": type(error).__name__, "reason": str(error)}
                click.echo(json.dumps(report | {"exit_code": int(exit_code)}))
            else:
                click.echo(f"challenge: {error}", err=True)
            sys.exit(exit_code)
        sys.exit(code if isinstance(code, int) else 0)

    return guarded


@contextmanager
def _opened(config: VerifierConfig) -> Iterator[VerifierParts]:
    from strikeproof.verifier.wiring import VerifierParts, find_contracts

    client = config.l1.client()
    parts = VerifierParts(client, find_contracts(config, client), config.store_path, writable=False)
    try:
        yield parts
    finally:
        parts.close()


def _print(as_json: bool, report: dict[str, Any], text: Callable[[dict[str, Any]], str]) -> None:
    click.echo(json.dumps(report) if as_json else text(report))


def _lines(report: dict[str, Any]) -> str:
    """Return a flat report as aligned lines."""
    width = max(len(name) for name in report)
    return "\n".join(f"{name:<{width}}  {value}" for name, value in report.items())


@group.command(name="list")
@click.option("--all", "everything", is_flag=True, help="Also claims that are final.")
@_command
def list_(config_path: Path, as_json: bool, everything: bool) -> int:
    """List the claims that can still be disproved, with our verdict on each."""
    from strikeproof.verifier.inspection.claim_report import list_claims, progress_report

    with _opened(load_config(config_path, VerifierConfig)) as parts:
        claims = list_claims(parts, everything=everything)
        report = {**progress_report(parts), "claims_listed": claims}
    _print(as_json, report, _claims_text)
    wrong = any(each["verdict"] == "wrong" for each in claims)
    return ExitCode.WRONG_CLAIM if wrong else ExitCode.OK


def _claims_text(report: dict[str, Any]) -> str:
    head = (
        f"L1 block {report['l1_block']}, {report['batches']} batches, {report['claims']} claims, "
        f"{report['segments_executed']} segments executed"
    )
    rows = [
        f"{'batch':>7} {'verdict':<12} {'segment':>7} {'py-evm':>7} {'left s':>8} "
        f"{'proposer':<42} dispute"
    ]
    for each in report["claims_listed"]:
        wrong = "" if each["wrong_segment"] is None else each["wrong_segment"]
        stage = (each["dispute"] or {}).get("stage", "")
        share = each["by_reference"] / max(1, each["segments"])
        rows.append(
            f"{each['batch']:>7} {each['verdict']:<12} {wrong:>7} {share:>7.0%} "
            f"{each['seconds_left']:>8} {each['proposer']:<42} {stage}"
        )
    return "\n".join([head, *rows])


@group.command()
@click.argument("batch", type=BATCH)
@_command
def show(config_path: Path, as_json: bool, batch: int) -> int:
    """Show a batch: header, segments, our roots beside the claimed ones, all its claims."""
    from strikeproof.verifier.inspection.claim_report import show_batch

    with _opened(load_config(config_path, VerifierConfig)) as parts:
        report = show_batch(parts, batch)
    _print(as_json, report, _batch_text)
    wrong = any(each["verdict"] == "wrong" for each in report["claims"])
    return ExitCode.WRONG_CLAIM if wrong else ExitCode.OK


def _batch_text(report: dict[str, Any]) -> str:
    lists = ("segments", "claims")
    lines = [_lines({name: value for name, value in report.items() if name not in lists})]
    for each in report["segments"]:
        mark = {True: "=", False: "WRONG", None: "?"}[each["agrees"]]
        root = (each["root"] or "not executed")[:18]
        claimed = (each["claimed_root"] or "not claimed")[:18]
        lines.append(f"  {each['segment']:>4} {root} {mark:<5} {claimed}  {each['content']}")
    for each in report["claims"]:
        lines.append(f"claim {each['claim_hash']} by {each['proposer']}: {each['verdict']}")
    return "\n".join(lines)


class _Range(click.ParamType):
    """`N` or `FIRST..LAST`, batches from 1."""

    name = "N | FIRST..LAST"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, int]:
        """Return (first, last)."""
        first, found, last = str(value).partition("..")
        try:
            bounds = (int(first), int(last if found else first))
        except ValueError:
            self.fail(f"{value!r} is neither N nor FIRST..LAST", param, ctx)
        if not 1 <= bounds[0] <= bounds[1]:
            self.fail(f"{value!r} is an empty range", param, ctx)
        return bounds


@group.command()
@click.argument("batches", type=_Range(), metavar="RANGE")
@_command
def verify(config_path: Path, as_json: bool, batches: tuple[int, int]) -> int:
    """Execute batches once more (RANGE: N or FIRST..LAST) and compare every root."""
    from strikeproof.verifier.inspection.claim_report import verify_range

    found: list[dict[str, Any]] = []
    with _opened(load_config(config_path, VerifierConfig)) as parts:
        for each in verify_range(parts, *batches):
            found.append(each)
            if not as_json:
                verdict = "agrees" if each["agrees"] else f"DIFFERS: {each['differs'][0]}"
                click.echo(f"batch {each['batch']}: {each['segments']} segments, {verdict}")
    agrees = all(each["agrees"] for each in found)
    if as_json:
        click.echo(json.dumps({"agrees": agrees, "batches": found}))
    return ExitCode.OK if agrees else ExitCode.WRONG_CLAIM


@group.command()
@click.argument("batch", type=BATCH)
@click.option("--segment", type=SEGMENT, help="Default: the first wrong one.")
@click.option("--dry-run", is_flag=True, help="Ask L1 by eth_call: exact gas, bytes, reward.")
@click.option(
    "--output", type=click.Path(dir_okay=False, path_type=Path), help="Write the calldata here."
)
@_command
def prove(
    config_path: Path,
    as_json: bool,
    batch: int,
    segment: int | None,
    dry_run: bool,
    output: Path | None,
) -> int:
    """Build and check the challenge of a segment, right or wrong; send nothing."""
    from strikeproof.verifier.inspection.challenge_by_hand import NOBODY, build, describe, priced

    config = load_config(config_path, VerifierConfig)
    sender = NOBODY if config.key is None else _signer(config_path, config).address
    with _opened(config) as parts:
        challenge = build(parts, batch, segment)
        report = describe(challenge)
        if dry_run:
            report |= priced(parts, challenge, sender, bytes(32))
    if output is not None:
        output.write_bytes(challenge.call_data(bytes(32)))
    elif as_json and not dry_run:
        report["calldata"] = "0x" + challenge.call_data(bytes(32)).hex()
    _print(as_json, report, _lines)
    return int(report.get("exit_code", ExitCode.OK))


@group.command()
@click.argument("batch", type=BATCH)
@click.option("--segment", type=SEGMENT, help="Default: the first wrong one.")
@click.option("--no-commit", is_flag=True, help="Challenge at once; a copy may take the reward.")
@_command
def submit(
    config_path: Path, as_json: bool, batch: int, segment: int | None, no_commit: bool
) -> int:
    """Disprove a claim: dry run, commitment, challenge, both followed into blocks."""
    from strikeproof.l1 import TransactionSender
    from strikeproof.verifier.inspection.challenge_by_hand import ChallengeSending, build, salt_of
    from strikeproof.verifier.inspection.challenge_by_hand import submit as send

    config = load_config(config_path, VerifierConfig)
    signer = _signer(config_path, config)
    with _opened(config) as parts:
        challenge = build(parts, batch, segment)
        sender = TransactionSender(
            parts.client,
            signer,
            config.intents_path,
            chain_id=config.l1.chain_id,
            policy=config.fees.policy(config.l1.confirmations),
        )
        try:
            report = send(
                parts,
                challenge,
                ChallengeSending(
                    sender,
                    salt_of(signer, challenge.claim_hash, config.data_dir),
                    commit=not no_commit,
                    say=lambda text: click.echo(text, err=True),
                ),
            )
        finally:
            sender.close()
    _print(as_json, report, _lines)
    return int(report["exit_code"])


@group.command(name="withdraw-proof")
@click.argument("account", type=ACCOUNT, metavar="ID")
@_command
def withdraw_proof(config_path: Path, as_json: bool, account: int) -> int:
    """Prove account ID in the newest final state: what `Vault.withdraw` takes to pay its owner."""
    from strikeproof.verifier.inspection.withdrawal_proof import withdrawal_proof

    with _opened(load_config(config_path, VerifierConfig)) as parts:
        report = withdrawal_proof(parts, account)
    _print(as_json, report, _lines)
    return ExitCode.OK


@group.command()
@_command
def doctor(config_path: Path, as_json: bool) -> int:
    """Check code hashes, endpoints, clock, key and balance, backends, lag, the worst rate."""
    from strikeproof.bench.worst_segments import measure_worst
    from strikeproof.verifier.inspection.doctor import examine

    checks = []
    config = load_config(config_path, VerifierConfig)
    for check in examine(config, lambda names: measure_worst(names=names)):
        checks.append({"name": check.name, "status": check.status, "detail": check.detail})
        if not as_json:
            click.echo(f"{check.status:<4}  {check.name:<28} {check.detail}")
    failed = any(each["status"] == "fail" for each in checks)
    if as_json:
        click.echo(json.dumps({"healthy": not failed, "checks": checks}))
    return ExitCode.UNHEALTHY if failed else ExitCode.OK


@group.command()
@_command
def upkeep(config_path: Path, as_json: bool) -> int:
    """Show accounts below maintenance, and upkeep that is due and was not ordered, with for how
    long: as the node found it after the newest batch that it executed."""
    from strikeproof.verifier.inspection.upkeep_list import upkeep_list

    with _opened(load_config(config_path, VerifierConfig)) as parts:
        report = upkeep_list(parts.store)
    _print(as_json, report, _upkeep_text)
    return 0


def _upkeep_text(report: dict[str, Any]) -> str:
    lines = [f"{name}: {count}" for name, count in report["counts"].items()]
    for title in ("going_on", "ended"):
        lines += [
            f"{title:<8}  {each['upkeep']:<18} {each['id']:>8}  {each['seconds']:>9.1f} s"
            for each in report[title]
        ]
    return "\n".join(lines)


def _signer(config_path: Path, config: VerifierConfig) -> Signer:
    if config.key is None:
        raise ConfigInvalid(config_path, "key: this command needs a key")
    return config.key.signer()
