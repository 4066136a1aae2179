"""`strikeproof audit`: prove one op against L1 in a file, and check such a file alone."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from strikeproof.failure import Broken, Rejected, Transient

if TYPE_CHECKING:
    from strikeproof.verifier.audit.audit_check import AuditFindings
    from strikeproof.verifier.audit.audit_file import Audit
    from strikeproof.verifier.audit.l1_comparison import L1Standing
    from strikeproof.verifier.exit_code import ExitCode

_SHOWN_CHANGES = 60


class _NamesOrCommands(click.Group):
    """A group in which what is not a command is the name of an op: `make` gets it."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command, and what is left for it."""
        if args and self.get_command(ctx, args[0]) is None and not args[0].startswith("-"):
            args = ["make", *args]
        return super().resolve_command(ctx, args)


@click.group(cls=_NamesOrCommands)
def group() -> None:
    """Prove one op against L1 in a file, and check such a file alone.

    \b
    strikeproof audit OP --config verifier.toml     writes audit-….json from a verifier's store
    strikeproof audit check FILE                    needs nothing but the file
    OP is BATCH.SEGMENT.OP, as `trade place` prints it, 0x… (the op's hash),
    INSTRUMENT:SLOT:SERIAL (an order), message:NUMBER or exit:NUMBER (L1's inbox).

    \b
    Exit codes:
       0  written; or: the file proves what it states
       1  failed unexpectedly
       2  wrong arguments or configuration
       3  no such op in the store, or no claim stands for its batch yet
       4  the file does not prove what it states, or L1 says otherwise; the reason names the part
       7  L1 endpoints fail or disagree
       8  the store is another's, or is not there
    docs/protocol/audit-file.md
    """


def _report_failure(error: BaseException, as_json: bool) -> int:
    from strikeproof.verifier.audit.audit_check import AuditRefused
    from strikeproof.verifier.audit.audit_file import AuditMalformed
    from strikeproof.verifier.exit_code import ExitCode, exit_code_of

    code: ExitCode = exit_code_of(error)
    report: dict[str, Any] = {"proves": False, "error": type(error).__name__, "reason": str(error)}
    if isinstance(error, AuditRefused):
        code = ExitCode.WRONG_CLAIM
        report |= {
            "part": error.part.value,
            "stated": _shown(error.stated),
            "found": _shown(error.found),
        }
    elif isinstance(error, AuditMalformed):
        code = ExitCode.WRONG_CLAIM
        report["part"] = error.field
    if as_json:
        click.echo(json.dumps(report | {"exit_code": int(code)}))
    else:
        click.echo(f"audit: {error}", err=True)
        for name in ("stated", "found"):
            if report.get(name) not in (None, "0x"):
                click.echo(f"  {name:<7} {report[name]}", err=True)
    return int(code)


def _shown(value: bytes | int) -> str | int:
    return "0x" + value.hex() if isinstance(value, bytes) else value


@group.command(name="make")
@click.argument("op", metavar="OP")
@click.option(
    "--config",
    "config_path",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    envvar="STRIKEPROOF_VERIFIER_CONFIG",
    help="The verifier's TOML file; its store is read, a running node is not disturbed.",
)
@click.option(
    "--output", type=click.Path(dir_okay=False, path_type=Path), help="Default: audit-OP.json."
)
@click.option("--event", default=0, type=click.IntRange(min=0), help="0: the order's placing.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def make(config_path: Path, op: str, output: Path | None, event: int, as_json: bool) -> None:
    """Write the file that proves an op: `strikeproof audit OP` is short for this."""
    from strikeproof.config import LogSection, configure_logging

    configure_logging(LogSection(format="console", level="error"))
    try:
        path, audit, count = _made(config_path, op, output, event)
    except (Rejected, Transient, Broken, OSError) as error:
        sys.exit(_report_failure(error, as_json))
    if as_json:
        place = {"batch": audit.claim.number, "op": audit.op.index}
        click.echo(json.dumps({"file": str(path), **place, "events": count}))
        return
    click.echo(f"{path}: {path.stat().st_size:,} bytes")
    if count > 1:
        click.echo(f"event {event} of {count} of this order; --event N writes another")


def _made(config_path: Path, op: str, output: Path | None, event: int) -> tuple[Path, Audit, int]:
    from strikeproof.config import load_config
    from strikeproof.verifier.audit.audit_builder import build_audit
    from strikeproof.verifier.audit.op_search import find_op
    from strikeproof.verifier.config import VerifierConfig
    from strikeproof.verifier.exit_code import NotFound
    from strikeproof.verifier.wiring import VerifierParts, find_contracts

    config = load_config(config_path, VerifierConfig)
    client = config.l1.client()
    parts = VerifierParts(client, find_contracts(config, client), config.store_path, writable=False)
    try:
        places = find_op(parts, op)
        if event >= len(places):
            raise NotFound(f"{op} has {len(places)} events, from 0", events=len(places))
        audit = build_audit(parts, places[event])
    finally:
        parts.close()
    path = output or Path(f"audit-{op.replace(':', '-')[:24]}.json")
    path.write_text(audit.text())
    return path, audit, len(places)


@group.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--l1", "endpoint", help="URL of an L1 node: also compare with L1.")
@click.option("--claim", "claim_hash", help="The claim's hash as you know it from L1.")
@click.option("--rollup", help="The venue's Rollup as you know it.")
@click.option("--law", "law_id", help="The law's id as you know it.")
@click.option("--evm", type=click.Choice(["auto", "revm", "py-evm"]), default="auto")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def check(
    file: Path,
    endpoint: str | None,
    claim_hash: str | None,
    rollup: str | None,
    law_id: str | None,
    evm: Any,
    as_json: bool,
) -> None:
    """Check FILE: every step from the op to the claim's hash, the law's own bytecode included.

    Without --l1 nothing is asked of anybody: what is left to compare with L1 is printed.
    """
    from strikeproof.verifier.audit.audit_check import check_audit
    from strikeproof.verifier.audit.audit_file import read_audit

    trusted = {"claim": claim_hash, "rollup": rollup, "law": law_id}
    try:
        audit = read_audit(file.read_bytes())
        findings = check_audit(audit, evm)
        _compare_trusted(audit, findings, trusted)
        standing = None if endpoint is None else _compared(audit, endpoint)
    except (Rejected, Transient, Broken, OSError) as error:
        sys.exit(_report_failure(error, as_json))
    report = _report(audit, findings, standing)
    click.echo(json.dumps(report) if as_json else _text(report, trusted))


def _compare_trusted(audit: Audit, findings: AuditFindings, trusted: dict[str, str | None]) -> None:
    from strikeproof.verifier.audit.audit_check import AuditPart, AuditRefused

    found = {
        "claim": audit.claim.hash,
        "rollup": audit.rollup,
        "law": findings.header.law_id,
    }
    for name, text in trusted.items():
        if text is not None and text.lower() != "0x" + found[name].hex():
            reason = f"the file's {name} is 0x{found[name].hex()}, not {text}"
            raise AuditRefused(AuditPart.TRUSTED, reason, found[name])


def _compared(audit: Audit, endpoint: str) -> L1Standing:
    from strikeproof.l1 import L1Client
    from strikeproof.verifier.audit.l1_comparison import compare_with_l1

    return compare_with_l1(audit, L1Client.connect([endpoint]))


def _report(audit: Audit, findings: AuditFindings, standing: L1Standing | None) -> dict[str, Any]:
    from strikeproof.verifier.audit.audit_text import name_of_op, place_of, results_in_words

    header, signed = findings.header, findings.signed
    places = {"claim": audit.claim.on_l1, "batch": audit.batch.on_l1}
    return {
        "proves": True,
        "op": name_of_op(audit, findings),
        "op_hash": _shown(audit.op.hash),
        "place": place_of(audit, findings),
        "time_ms": header.time_ms,
        "account": None if signed is None else signed.account,
        "signer": _shown(audit.op.signer) if audit.op.signer else None,
        "results": results_in_words(findings),
        "changes": [
            {"record": each.record, "field": each.field, "before": each.before, "after": each.after}
            for each in findings.effect.changes
        ],
        "pre_root": _shown(audit.claim.pre_root),
        "post_root": _shown(audit.claim.post_root),
        "law": _shown(header.law_id),
        "evm": findings.evm,
        "chain_id": audit.chain_id,
        "rollup": _shown(audit.rollup),
        "claim": {"number": header.number, "hash": _shown(audit.claim.hash)},
        "on_l1": {
            name: {
                "block": each.block,
                "block_hash": _shown(each.block_hash),
                "transaction": _shown(each.transaction),
            }
            for name, each in places.items()
        },
        "compared_with_l1": None
        if standing is None
        else {"final": standing.is_final, "block": standing.block},
    }


def _text(report: dict[str, Any], trusted: dict[str, str | None]) -> str:
    claim, on_l1 = report["claim"], report["on_l1"]
    lines = [
        f"{report['op']}: {', '.join(report['results'])}",
        f"  {report['place']}",
        f"  hash     {report['op_hash']}",
    ]
    if report["signer"]:
        lines.append(f"  signed   by {report['signer']} for account {report['account']}")
    changes = report["changes"]
    lines.append(f"  changed  {len(changes)} fields" if changes else "  changed  nothing")
    for each in changes[:_SHOWN_CHANGES]:
        before = "none" if each["before"] is None else each["before"]
        after = "none" if each["after"] is None else each["after"]
        lines.append(f"    {each['record']}: {each['field']} {before} -> {after}")
    if len(changes) > _SHOWN_CHANGES:
        lines.append(f"    and {len(changes) - _SHOWN_CHANGES} more: --json lists them")
    lines.append(
        f"Executed in {report['evm']}: the root before the segment leads to the one after."
    )
    compared = report["compared_with_l1"]
    if compared is not None:
        state = "final" if compared["final"] else "not final yet: it can still be disproved"
        lines.append(f"L1 agrees in block {compared['block']}: the claim stands, and is {state}.")
    elif trusted["claim"] is None:
        lines += [
            "All of it holds if this is on L1; compare it there (or: --l1 URL):",
            f"  chain {report['chain_id']}, Rollup {report['rollup']}",
            f"  claim {claim['number']} {claim['hash']}",
            f"    in block {on_l1['claim']['block']}, transaction {on_l1['claim']['transaction']}",
            f"  law {report['law']}",
        ]
    else:
        lines.append("The claim's hash is the one that you gave.")
    return "\n".join(lines)
