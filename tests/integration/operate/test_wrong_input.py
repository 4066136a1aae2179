"""What a stranger gets wrong, command by command: one line with the error's name, never a trace."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest
from eth_account import Account

from strikeproof.deployment import FILE_VERSION
from strikeproof.keccak import keccak256
from strikeproof.keystore import save_keystore
from tests.integration.operate.operated_venue import KEYS, OperatedVenue, run

NOTHING = "http://127.0.0.1:1"
POOR = keccak256(b"nobody ever sent anything here")


@pytest.fixture(scope="module")
def files(deployed: OperatedVenue) -> Path:
    """The folder of the venue, with every file that is wrong in one way."""
    venue, folder = deployed, deployed.folder
    reporter = '[[underlying]]\nid = 1\n[[underlying.source]]\nkind = "file"\npath = "price.json"\n'
    good = {
        "venue": venue.venue_toml(),
        "governor": venue.operator_toml("governor"),
        "reporter": venue.operator_toml("reporter-0") + reporter,
        "trader": 'endpoint = "127.0.0.1:1"\naccount = 1\n' + venue.operator_toml("trader"),
    }
    wrong = {
        "dead": lambda text: text.replace(venue.http.url, NOTHING),
        "chain": lambda text: text.replace("chain_id = 31337", "chain_id = 17000"),
        "unset": lambda text: _with_key(text, 'key_env = "KEY_NOT_SET"'),
        "poor": lambda text: _with_key(text, 'key_env = "KEY_POOR"'),
        "password": lambda text: _with_key(
            text, 'keystore = "key.json"\npassword_file = "wrong.password"'
        ),
        "nokeystore": lambda text: _with_key(
            text, 'keystore = "none.json"\npassword_file = "wrong.password"'
        ),
        "nokey": lambda text: _with_key(text, "").replace("[key]\n", ""),
        "nodeployment": lambda text: text.replace('"deployment.json"', '"none.json"'),
        "junk": lambda text: text.replace('"deployment.json"', '"junk.json"'),
    }
    for name, text in good.items():
        venue.write(f"{name}.toml", text)
        for how, change in wrong.items():
            # Each deployment of another key or chain has a journal of its own.
            changed = change(text)
            if name == "venue":
                changed = f'deployment = "{how}.json"\n' + changed
            venue.write(f"{name}-{how}.toml", changed)
    venue.write("empty.toml", "")
    venue.write("junk.json", f'{{"version": {FILE_VERSION}}}')
    venue.write("price.json", '{"usd": 5}')
    venue.write("wrong.password", "wrong\n")
    venue.write("empty.password", "\n")
    save_keystore(KEYS["governor"], "right", folder / "key.json", iterations=1)
    return folder


def _with_key(text: str, key: str) -> str:
    (line,) = (each for each in text.splitlines() if each.startswith("key_env"))
    return text.replace(line, key)


@pytest.fixture(autouse=True)
def _poor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEY_POOR", POOR.hex())
    monkeypatch.delenv("KEY_NOT_SET", raising=False)


def told(folder: Path, line: str) -> tuple[int, str]:
    """Return the exit code and the last line of a command whose files are in a folder."""
    names = {each.name for each in folder.iterdir()}
    arguments = [str(folder / each) if each in names else each for each in line.split()]
    result = run(*arguments)
    assert "Traceback" not in result.output
    lines = result.output.strip().splitlines()
    return result.exit_code, lines[-1] if lines else ""


SENDS = [
    "govern announce set_fee feePerMegaWei=2000000000000 --yes --config governor{}.toml",
    "inbox submit 0x050000 --config governor{}.toml",
    "trade --config trader{}.toml mint 5",
    "trade --config trader{}.toml withdraw 5 --force --nonce 1",
]
READS = ["govern list --config governor{}.toml", "inbox show --config governor{}.toml"]
OF_L1 = [*SENDS, *READS, "deploy venue{}.toml --yes"]
WRONG = [
    ("-dead", 4, "L1_UNREACHABLE: 127.0.0.1:1: no connection", OF_L1),
    ("-chain", 2, "of chain 31337, not 17000", [*SENDS, *READS, "reporter run reporter{}.toml"]),
    ("-chain", 2, "it serves chain 31337, not 17000", ["deploy venue{}.toml --yes"]),
    ("-unset", 2, "KEY_UNAVAILABLE: environment variable KEY_NOT_SET: not set",
     [*SENDS, "deploy venue{}.toml --yes", "reporter run reporter{}.toml"]),
    ("-password", 2, "WRONG_PASSWORD",
     [*SENDS, "deploy venue{}.toml --yes", "reporter run reporter{}.toml"]),
    ("-nokeystore", 2, "none.json: No such file or directory",
     [*SENDS, "deploy venue{}.toml --yes", "reporter run reporter{}.toml"]),
    ("-nokey", 2, "key", [*SENDS, "deploy venue{}.toml --yes", "reporter run reporter{}.toml"]),
    ("-poor", 2, "holds 0 ether, and ", [*SENDS[1:], "deploy venue{}.toml --yes"]),
    ("-poor", 2, "NotOwner", SENDS[:1]),
    ("-poor", 2, "NOT_A_REPORTER", ["reporter run reporter{}.toml"]),
    ("-nodeployment", 2, "none.json: No such file or directory",
     [*SENDS, *READS, "reporter run reporter{}.toml"]),
    ("-junk", 2, "it lacks 'laws'", [*SENDS, *READS, "reporter run reporter{}.toml"]),
]  # fmt: skip
CASES = [(line.format(how), code, said) for how, code, said, lines in WRONG for line in lines]


@pytest.mark.parametrize(("line", "code", "said"), CASES, ids=[each for each, _, _ in CASES])
def test_wrong_file_is_reported(files: Path, line: str, code: int, said: str) -> None:
    status, last = told(files, line)
    assert (status, said in last) == (code, True), last


@pytest.mark.parametrize(
    ("line", "code", "said"),
    [
        ("deploy none.toml --yes", 2, "CONFIG_INVALID: none.toml: No such file"),
        ("deploy empty.toml --yes", 2, "l1: Field required; key: Field required"),
        ("deploy venue.toml", 2, "There is nobody to ask: give --yes"),
        ("deploy venue.toml --json", 2, "There is nobody to ask: give --yes"),
        ("govern list --config none.toml", 2, "CONFIG_INVALID: none.toml"),
        ("govern list --config empty.toml", 2, "l1: Field required"),
        ("govern list", 2, "Missing option '--config'"),
        ("govern announce set_fee feePerMegaWei=5 --config governor.toml", 2, "nobody to ask"),
        ("govern announce set_fee feePerMegaWei=5 --json --config governor.toml", 2, "nobody"),
        ("inbox submit 0x --config governor.toml", 2, "not one op"),
        ("inbox submit 0x00 --config governor.toml", 2, "not one op"),
        ("inbox submit 0x0500ff00 --config governor.toml", 2, "not one op"),
        ("inbox submit none.hex --config governor.toml", 2, "begins with 0x"),
        ("inbox submit price.json --config governor.toml", 2, "0x and hex digits"),
        ("reporter check none.toml", 2, "CONFIG_INVALID"),
        ("reporter force reporter.toml --underlying 1", 2, "give `peers` in the file"),
        ("reporter force reporter.toml --underlying 1 --report price.json", 2, "price.json"),
        ("reporter force reporter.toml --underlying 0", 2, "--underlying"),
        ("keys show none.json", 2, "No such file"),
        ("keys show price.json", 2, "KEYSTORE_MALFORMED"),
        ("keys show key.json --check --password-file wrong.password", 2, "WRONG_PASSWORD"),
        ("keys show key.json --check --password-file none", 2, "none: No such file"),
        ("keys new key.json --password-file wrong.password", 2, "KEY_FILE_EXISTS"),
        ("keys new none/key.json --password-file wrong.password", 2, "there is no folder none"),
        ("keys new other.json --password-file empty.password", 2, "its first line is empty"),
        ("keys new other.json --random-password", 2, "--random-password needs"),
        ("keys import other.json --key-env KEY_NOT_SET --password-file wrong.password", 2,
         "KEY_NOT_SET: not set"),
        ("trade --config trader.toml withdraw 5 --force", 4, "UNREACHABLE"),
        ("trade --config none.toml mint 5", 2, "CONFIG_INVALID"),
        ("trade --config trader.toml mint 0", 2, ""),
    ],
)  # fmt: skip
def test_wrong_argument_is_reported(files: Path, line: str, code: int, said: str) -> None:
    status, last = told(files, line)
    assert (status, said in last) == (code, True), last


def test_nothing_was_sent_by_anybody(files: Path, deployed: OperatedVenue) -> None:
    assert [deployed.sent_by(each) for each in ("governor", "trader")] == [0, 0]
    poor = bytes.fromhex(Account.from_key(POOR).address[2:])
    assert deployed.chain.nonce(poor, deployed.chain.head_number) == 0


def test_reporter_whose_port_is_taken_or_whose_source_is_of_no_kind(files: Path) -> None:
    text = (files / "reporter.toml").read_text()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        (files / "port.toml").write_text(
            text.replace("[[underlying]]", f"[metrics]\nport = {port}\n[[underlying]]")
        )
        status, last = told(files, "reporter run port.toml")
    assert (status, "REPORTER_PORT_TAKEN" in last) == (2, True), last
    (files / "kind.toml").write_text(text.replace('kind = "file"', 'kind = "pigeon"'))
    for command in ("run", "check"):
        status, last = told(files, f"reporter {command} kind.toml")
        assert (status, "UNKNOWN_PRICE_SOURCE: kind pigeon is not one of file" in last) == (2, True)


def test_reporter_check_says_which_source_says_what(files: Path) -> None:
    result = run("reporter", "check", files / "reporter.toml", "--json")
    assert result.exit_code == 4, "the file holds an object, and no path leads into it"
    (found,) = json.loads(result.stdout)["underlyings"]
    assert found["price_nano_usd"] is None
    assert "no number at the top" in found["troubles"][0]
