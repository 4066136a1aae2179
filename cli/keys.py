"""`strikeproof keys`: keystores of nodes, reporters, governors and traders."""

from __future__ import annotations

import json
from pathlib import Path

import click

from strikeproof.cli.trade_session import tells_failures


@click.group()
def group() -> None:
    """Make and show encrypted keystores; no command prints a key or takes one as an argument.

    \b
    Exit codes:
       0  done
       2  wrong arguments, a file that exists, cannot be read or is not a keystore, a wrong password
    """


_FILE = click.argument("keystore", type=click.Path(path_type=Path, dir_okay=False))
_PASSWORD = click.option(
    "--password-file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Its first line is the password; without it you are asked for one.",
)
_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")


@group.command()
@_FILE
@_PASSWORD
@click.option(
    "--random-password",
    is_flag=True,
    help="Write a random password to --password-file first, if that file does not exist.",
)
@_JSON
@tells_failures
def new(keystore: Path, password_file: Path | None, random_password: bool, as_json: bool) -> None:
    """Make a new random key and write it, encrypted, to the file KEYSTORE.

    Nobody else has the key: keep copies of the file and of its password, in different places.
    """
    from strikeproof.keystore import (
        new_password_file,
        new_private_key,
        save_keystore,
        signer_of_key,
    )

    _check_is_new(keystore)
    if random_password:
        if password_file is None:
            raise click.UsageError("--random-password needs --password-file")
        if not password_file.exists():
            new_password_file(password_file)
    password = _password_of_new(password_file)
    key = new_private_key()
    save_keystore(key, password, keystore)
    _tell({"address": signer_of_key(key).checksum_address, "keystore": str(keystore)}, as_json)


@group.command()
@_FILE
@_PASSWORD
@click.option("--check", is_flag=True, help="Decrypt it, to see that the password opens it.")
@click.option("--address", "bare", is_flag=True, help="Print the address alone.")
@_JSON
@tells_failures
def show(
    keystore: Path, password_file: Path | None, check: bool, bare: bool, as_json: bool
) -> None:
    """Show the address of KEYSTORE. Without --check that is what the file says of itself."""
    from strikeproof.keystore import (
        KeystoreMalformed,
        address_in,
        open_keystore,
        read_password,
        signer_of_key,
    )

    address = address_in(keystore)
    if not (check or password_file):
        if address is None:
            raise KeystoreMalformed(f"keystore {keystore}", "it names no address; use --check")
        _tell({"address": address, "keystore": str(keystore)}, as_json, bare=bare)
        return
    if password_file is None:
        password = click.prompt("Password", hide_input=True)
    else:
        password = read_password(password_file=password_file)
    found = signer_of_key(open_keystore(keystore, password)).checksum_address
    if address not in (None, found):
        raise KeystoreMalformed(f"keystore {keystore}", f"it names {address} and holds {found}")
    _tell({"address": found, "keystore": str(keystore), "password": "right"}, as_json, bare=bare)


@group.command(name="import")
@_FILE
@click.option("--key-env", required=True, metavar="NAME", help="The variable with the key in hex.")
@_PASSWORD
@_JSON
@tells_failures
def import_key(keystore: Path, key_env: str, password_file: Path | None, as_json: bool) -> None:
    """Encrypt the key in an environment variable into the file KEYSTORE."""
    from strikeproof.keystore import load_private_key, save_keystore, signer_of_key

    _check_is_new(keystore)
    key = load_private_key(key_env=key_env)
    save_keystore(key, _password_of_new(password_file), keystore)
    _tell({"address": signer_of_key(key).checksum_address, "keystore": str(keystore)}, as_json)


def _check_is_new(keystore: Path) -> None:
    """Raise where the file cannot be written, before anybody thinks of a password."""
    from strikeproof.keystore import KeyFileExists, KeyUnavailable

    if keystore.exists():
        raise KeyFileExists(str(keystore), "the file exists; keys are not overwritten")
    if not keystore.parent.is_dir():
        raise KeyUnavailable(str(keystore), f"there is no folder {keystore.parent}")


def _password_of_new(password_file: Path | None) -> str:
    """Return the password of a new keystore, which is not empty. Raises `KeyUnavailable`."""
    from strikeproof.keystore import KeyUnavailable, read_password

    if password_file is None:
        return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))
    password = read_password(password_file=password_file)
    if not password:
        raise KeyUnavailable(f"password file {password_file}", "its first line is empty")
    return password


def _tell(report: dict[str, str], as_json: bool, *, bare: bool = False) -> None:
    if bare:
        click.echo(report["address"])
        return
    text = "\n".join(f"{name:<8}  {value}" for name, value in report.items())
    click.echo(json.dumps(report) if as_json else text)
