"""`strikeproof attester`: say the tier or the credit of an account, with other attesters."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from strikeproof.cli.trade_arguments import MONEY
from strikeproof.cli.trade_command import connected_group, trade_command
from strikeproof.cli.trade_money import tell_forced
from strikeproof.cli.trade_session import (
    ConfigIncomplete,
    TradeSession,
    plain,
    print_table,
    time_text,
    usd,
)
from strikeproof.cli.verifier_arguments import ACCOUNT
from strikeproof.wire.constants import ATTESTED_MS_MAX

if TYPE_CHECKING:
    from strikeproof.client import Client
    from strikeproof.client.account_state import AccountState
    from strikeproof.client.attestation_file import AttestationFile
    from strikeproof.client.attested_statement import Credit, Statement

DAY_MS = 86_400_000
HOURS_MAX = (2**16 - 1) // 60
_PATH = click.Path(path_type=Path, dir_okay=False)
_READ = click.Path(path_type=Path, dir_okay=False, exists=True)
HELP = """Say what tier or credit an account has, together with other attesters, or take it away.

\b
say       write what tier an account has into a file, signed
credit    write what credit an account has into a file, signed
show      read a file in words: what it says, who has signed it, whether that is enough
sign      sign what another attester wrote; of credit, consent as its guarantor
combine   gather the signatures of copies of a file
submit    send it once a quorum has signed: anybody may
release   give credit that has ended back to its guarantor: anybody may

The configuration is a trader's: endpoint, [key] (the attester's), and [l1] for submit --force.
docs/protocol/attestations.md, docs/protocol/credit.md, docs/start/attester.md

\b
Exit codes:
   0  done
   2  wrong arguments or configuration, or refused: nothing was done
   3  a receipt or the venue is not what it must be
   4  the node or L1 does not answer or is busy: try again
"""

group = connected_group(HELP)


@trade_command(
    "say",
    click.argument("file", type=_PATH),
    click.option("--account", type=ACCOUNT, required=True),
    click.option("--tier", type=click.IntRange(0, 255), required=True, help="0 takes it away."),
    click.option(
        "--days",
        type=click.IntRange(1, ATTESTED_MS_MAX // DAY_MS),
        help="For how long, from now on. Not with tier 0.",
    ),
    click.option("--yes", is_flag=True, help="Sign without asking."),
    of=group,
)
def say(
    session: TradeSession, file: Path, account: int, tier: int, days: int | None, *, yes: bool
) -> None:
    """Write into FILE what tier an account has from now on, signed with your key.

    Give it to other attesters before anything else is said of the account: what was said later
    counts alone.
    """
    from strikeproof.client.attestation_file import AttestationFile
    from strikeproof.client.attested_statement import Attestation

    if (tier == 0) != (days is None):
        raise click.UsageError("a tier needs --days, and tier 0 has none")
    with session.client() as client:
        venue = client.venue()
        now_ms = client.now_ms()
        until_ms = now_ms + (days or 0) * DAY_MS if tier else 0
        said = Attestation(account, tier, until_ms, now_ms)
        found = AttestationFile(venue.chain_id, venue.rollup, said)
        _sign(session, client, found, file, yes=yes)


@trade_command(
    "credit",
    click.argument("file", type=_PATH),
    click.option("--account", type=ACCOUNT, required=True),
    click.option("--limit", type=MONEY, required=True, help="USD; 0 takes credit away."),
    click.option("--hours", type=click.IntRange(1, HOURS_MAX), help="For how long, from now on."),
    click.option("--guarantor", type=ACCOUNT, help="The account whose money it is."),
    click.option("--yes", is_flag=True, help="Sign without asking."),
    of=group,
)
def credit(
    session: TradeSession,
    file: Path,
    account: int,
    limit: int,
    hours: int | None,
    guarantor: int | None,
    *,
    yes: bool,
) -> None:
    """Write into FILE what credit an account has from now on, signed with your key.

    The guarantor's owner signs the file as well, and its guard key if it has one. Hours and
    guarantor go with a limit, and with a limit of 0 neither does.
    """
    from strikeproof.client.attestation_file import AttestationFile
    from strikeproof.client.attested_statement import Credit

    if (limit == 0) != (hours is None) or (limit == 0) != (guarantor is None):
        raise click.UsageError("a limit needs --hours and --guarantor, and 0 has neither")
    with session.client() as client:
        venue = client.venue()
        said = Credit(account, limit, (hours or 0) * 60, guarantor or 0, client.now_ms())
        found = AttestationFile(venue.chain_id, venue.rollup, said)
        _sign(session, client, found, file, yes=yes)


@trade_command(
    "release",
    click.option("--account", type=ACCOUNT, required=True),
    click.option("--force", is_flag=True, help="Send it through L1's Inbox; the key pays."),
    of=group,
)
def release(session: TradeSession, account: int, *, force: bool) -> None:
    """Give credit that has ended back to its guarantor, once the account holds maintenance."""
    from strikeproof.wire.operations import encode_release_credit

    op = encode_release_credit(account=account)
    if force:
        tell_forced(session, session.vault().force(op))
        return
    with session.client() as client:
        ack = client.submit(op)
    session.finish(ack)


@trade_command(
    "sign",
    click.argument("file", type=_READ),
    click.option("--yes", is_flag=True, help="Sign without asking."),
    of=group,
)
def sign(session: TradeSession, file: Path, *, yes: bool) -> None:
    """Sign FILE, which another attester wrote, with your key.

    Credit is signed so by its guarantor's owner, and by its guard key, too.
    """
    from strikeproof.client.attestation_file import AttestationFile

    with session.client() as client:
        _sign(session, client, AttestationFile.read(file), file, yes=yes)


@trade_command("show", click.argument("file", type=_READ), of=group)
def show(session: TradeSession, file: Path) -> None:
    """Read FILE in words, and check it against the venue."""
    from strikeproof.client.attestation_file import AttestationFile

    with session.client() as client:
        found = AttestationFile.read(file)
        found.check(client)
        _tell(session, client, found)


@trade_command(
    "combine",
    click.argument("file", type=_READ),
    click.argument("others", type=_READ, nargs=-1, required=True),
    of=group,
)
def combine(session: TradeSession, file: Path, others: tuple[Path, ...]) -> None:
    """Put the signatures of OTHERS, copies that attesters signed, into FILE as well."""
    from strikeproof.client.attestation_file import AttestationFile

    found = AttestationFile.read(file)
    for each in others:
        found = found.with_signatures_of(AttestationFile.read(each))
    with session.client() as client:
        found.check(client)
        found.write(file)
        _tell(session, client, found)


@trade_command(
    "submit",
    click.argument("file", type=_READ),
    click.option("--force", is_flag=True, help="Send it through L1's Inbox; the key pays."),
    of=group,
)
def submit(session: TradeSession, file: Path, *, force: bool) -> None:
    """Send FILE to the venue, once a quorum of attesters has signed it. Needs no attester's key.

    --force is for a venue whose sequencer does not take it: who the attesters are says L1 then.
    """
    from strikeproof.client.attestation_file import AttestationFile

    found = AttestationFile.read(file)
    if force:
        tell_forced(session, session.vault().force(_forced_op(session, found)))
        return
    with session.client() as client:
        venue = found.check(client)
        consenting = _consenting(client, found)
        ack = client.submit(found.op(venue.attesters, venue.attester_quorum, consenting))
    session.finish(ack)


def _forced_op(session: TradeSession, found: AttestationFile) -> bytes:
    """Return the op, checked against what L1 holds alone."""
    from strikeproof.client.attested_statement import Credit
    from strikeproof.client.l1_account import L1Account
    from strikeproof.deployment import Deployment
    from strikeproof.operate.sent_governance import read_attester_set

    l1 = session.config.l1
    if l1 is None:
        raise ConfigIncomplete("[l1] and [key]")
    deployment = Deployment.load(l1.deployment, chain_id=l1.chain_id)
    found.check_domain(bytes.fromhex(deployment.domain_separator[2:]))
    attesters, quorum = read_attester_set(L1Account(l1, None), deployment)
    # Whose keys the guarantor's are L1 does not know: those of the others, the owner's first.
    others = [each for each in found.signed_by() if each not in attesters]
    return found.op(attesters, quorum, others if isinstance(found.attestation, Credit) else ())


def _consenting(client: Client, found: AttestationFile) -> list[bytes]:
    """Return the keys that sign besides attesters: of credit the guarantor's owner and guard."""
    from strikeproof.client.attested_statement import Credit

    said = found.attestation
    if not isinstance(said, Credit) or not said.guarantor:
        return []
    guarantor = client.account(said.guarantor)
    return [each for each in (guarantor.owner, guarantor.guard_key) if each]


def _sign(
    session: TradeSession, client: Client, found: AttestationFile, file: Path, *, yes: bool
) -> None:
    from strikeproof.cli.confirmation import confirm
    from strikeproof.client import Wallet
    from strikeproof.client.attestation_file import NotAnAttester

    key = session.config.key
    if key is None:
        raise ConfigIncomplete("[key]")
    venue, wallet = found.check(client), Wallet(key.private_key())
    if wallet.address not in (*venue.attesters, *_consenting(client, found)):
        raise NotAnAttester(wallet.address, len(venue.attesters))
    confirm(f"{_sentence(found)} Sign it?", yes=yes, as_json=session.as_json)
    signed = found.signed(wallet)
    signed.write(file)
    _tell(session, client, signed)


def _sentence(found: AttestationFile) -> str:
    from strikeproof.client.attested_statement import Credit

    said = found.attestation
    if isinstance(said, Credit):
        return _credit_sentence(said)
    what = f"tier {said.tier} until {time_text(said.tier_expiry_ms)}" if said.tier else "no tier"
    return f"Account {said.account} has {what}, said at {time_text(said.attested_ms)}."


def _credit_sentence(said: Credit) -> str:
    limit = plain(usd(said.limit_micro_usd))
    what = (
        f"credit of {limit} USD from account {said.guarantor} until {time_text(said.expiry_ms)}"
        if said.limit_micro_usd
        else "no credit"
    )
    return f"Account {said.account} has {what}, said at {time_text(said.credited_ms)}."


def _as_it_is(said: Statement, account: AccountState) -> list[str]:
    """Return what the venue has, and what ends with the statement."""
    from strikeproof.client.attested_statement import Credit

    if isinstance(said, Credit):
        until = time_text(account.credit_expiry_ms)
        stands = plain(usd(account.credit_limit_micro_usd))
        from_whom = f"{stands} USD from account {account.guarantor}, credit until {until}"
        return [f"Of it stand {from_whom if account.credit_limit_micro_usd else '0 USD'}."]
    before = f"{account.tier}, until {time_text(account.tier_expiry_ms)}"
    told = [f"The venue has it as tier {before if account.tier else account.tier}."]
    if said.tier < account.tier:
        told.append("That is lower: all orders and triggers of the account end with it.")
    return told


def _tell(session: TradeSession, client: Client, found: AttestationFile) -> None:
    """Show what a file says, who has signed it, and what the venue knows of the account."""
    venue, said = client.venue(), found.attestation
    account = client.account(said.account)
    signed_by = found.signed_by()
    consenting = _consenting(client, found)
    strangers = [each for each in signed_by if each not in (*venue.attesters, *consenting)]
    count = len([each for each in signed_by if each in venue.attesters])
    has_consent = all(each in signed_by for each in consenting)
    enough = count >= venue.attester_quorum > 0 and has_consent

    def table() -> None:
        click.echo(_sentence(found))
        for line in _as_it_is(said, account):
            click.echo(line)
        rows: list[list[object]] = [
            [place, "0x" + each.hex(), "signed" if each in signed_by else "-"]
            for place, each in enumerate(venue.attesters)
        ]
        print_table("Attesters", ["place", "address", ""], rows)
        for each in consenting:
            done = "has consented" if each in signed_by else "has still to consent"
            click.echo(f"0x{each.hex()} of the guarantor {done}")
        for each in strangers:
            click.echo(f"0x{each.hex()} has signed and does not attest: the venue refuses it")
        needed = f"{count} of {venue.attester_quorum} that are needed"
        click.echo(f"Signed by {needed}{': submit it' if enough and not strangers else ''}")

    value = {
        "attestation": said,
        "signed_by": sorted(signed_by),
        "quorum": venue.attester_quorum,
        "is_complete": enough and not strangers,
    }
    session.show(value, table)
