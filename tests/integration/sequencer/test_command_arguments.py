"""No argument of any command ends in a traceback, and each refusal says what is wrong.

Hundreds of argument lists from hostile values here, thousands in `make arguments`, against a
running node, a port where nothing listens, and an L1 that is down. Commands that would run for long
get arguments that cannot start them.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from strikeproof.cli.main import main
from strikeproof.devnet.ports import free_port
from tests.integration.sequencer.node_process import NodeProcess, running_node
from tests.integration.sequencer.venue import index_price, wallet

EXAMPLES = int(os.environ.get("STRIKEPROOF_ARGUMENT_LISTS", "60"))
EXIT_CODES = set(range(11))  # what the groups' --help documents; 1 is checked apart
INSTRUMENT = "BTC-PERP-1"

NUMBERS = [
    "0",
    "1",
    "7",
    "-1",
    "-5",
    "9" * 23,
    "9" * 5000,
    "1e18",
    "1e400",
    "1e-400",
    "0.1",
    "-0.1",
]
WORDS = [
    "nan",
    "inf",
    "-inf",
    "sNaN",
    "NaN123",
    "abc",
    "",
    " ",
    "٣",
    "½",
    "²",
    "🦆",
    "\udcff",
    "x" * 3000,
]
NAMES = ["1:1", "0:0", "1:2:3", ":", "1:", f"{10**30}:5", f"1:{10**30}", f"{10**30}:1:1", "²:1"]
HASHES = ["0x" + "ab" * 32, "ab" * 31, "zz" * 32]
HOSTILE = st.one_of(
    st.sampled_from(NUMBERS + WORDS + NAMES + HASHES + [INSTRUMENT, "buy", "sell"]),
    st.integers(-(10**25), 10**25).map(str),
    st.decimals(allow_nan=False, allow_infinity=False).map(str),
    st.text(st.characters(blacklist_characters="\0", blacklist_categories=["Cs"]), max_size=8),
)


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NodeProcess]:
    folder = tmp_path_factory.mktemp("commands") / "data"
    with running_node(folder, batch={"batch_ms": 300, "segment_ms": 30}) as found:
        found.submit(index_price())
        yield found


@pytest.fixture(scope="module")
def folder(node: NodeProcess, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files that are what they should be, or all but that."""
    found = tmp_path_factory.mktemp("files")
    nowhere = f"127.0.0.1:{free_port()}"
    key = '[key]\nkey_env = "A_TRADERS_KEY"\n'
    l1 = f'[l1]\nendpoints = ["http://{nowhere}"]\nchain_id = 1\ndeployment = "{{}}"\n'
    files = {
        "trader.toml": f'endpoint = "{node.endpoint}"\n{key}' + l1.format("absent.json"),
        "no-node.toml": f'endpoint = "{nowhere}"\ntimeout_seconds = 5\n{key}'
        + l1.format("l1.json"),
        "reader.toml": f'endpoint = "{node.endpoint}"\n',
        "no-key.toml": f'endpoint = "{node.endpoint}"\n[key]\nkey_env = "NO_SUCH_VARIABLE"\n',
        "huge.toml": f'endpoint = "a:1"\naccount = {10**30}\n',
        "garbage.toml": "\x01 = [",
        "l1.json": "[1, 2",
        "numbers.json": '{"forward": 1e999, "vol": NaN, "strike": -1}',
    }
    for name, text in files.items():
        (found / name).write_text(text)
    (found / "noise").write_bytes(bytes(range(256)) * 4)
    journal = found / "broken-data" / "journal"
    journal.mkdir(parents=True)
    (journal / "000000000001.journal").write_bytes(bytes(range(256)))
    (journal / "x.journal").write_bytes(b"")
    (journal.parent / "snapshots").mkdir()
    (journal.parent / "snapshots" / "x.snapshot").write_bytes(b"\0" * 40)
    return found


def invoke(*arguments: str) -> Result:
    environment = {"A_TRADERS_KEY": wallet("trader 1").secret().hex(), "NO_COLOR": "1"}
    return CliRunner().invoke(main, list(arguments), env=environment)


def check(result: Result, *arguments: str) -> None:
    told = f"{[each[:60] for each in arguments]}: {result.exit_code}: {result.output[-1500:]}"
    assert result.exception is None or isinstance(result.exception, SystemExit), (
        told,
        result.exc_info,
    )
    assert "Traceback" not in result.output, told
    assert result.exit_code in EXIT_CODES - {1}, told
    if result.exit_code:
        assert result.output.strip(), told


FILES = st.sampled_from(
    [
        "trader.toml",
        "no-node.toml",
        "reader.toml",
        "no-key.toml",
        "huge.toml",
        "garbage.toml",
        "noise",
        "broken-data",
        "absent",
        "l1.json",
        "numbers.json",
    ]
)
# The commands of `trade`: how many arguments, which options with a value, which without.
TRADE: dict[str, tuple[int, list[str], list[str]]] = {
    "instruments": (0, [], []),
    "book": (1, ["--depth"], []),
    "trades": (1, ["--limit"], []),
    "chain": (1, [], []),
    "account": (0, [], []),
    "place": (
        4,
        ["--tif", "--good-for", "--client-id", "--max-fee-ppm", "--round"],
        ["--ticks", "--post-only", "--reduce-only"],
    ),
    "replace": (4, ["--if-remaining", "--round", "--max-fee-ppm"], ["--ticks"]),
    "quote": (
        1,
        ["--bid", "--ask", "--old-bid", "--old-ask", "--good-for", "--client-id", "--round"],
        ["--ticks", "--may-take"],
    ),
    "cancel": (2, [], ["--all"]),
    "orders": (0, ["--limit", "--from"], []),
    "events": (0, ["--limit", "--from"], []),
    "finality": (1, [], []),
    "deposit": (1, [], ["--new-account", "--no-wait"]),
    "withdraw": (1, [], ["--no-wait"]),
}
LIKELY = {
    "place": [INSTRUMENT, "buy", "3", "99.5"],
    "replace": [INSTRUMENT, "1:1", "3", "99.5"],
    "quote": [INSTRUMENT],
    "cancel": [INSTRUMENT, "1:1"],
    "book": [INSTRUMENT],
    "trades": [INSTRUMENT],
    "chain": ["1"],
    "withdraw": ["10"],
}


@st.composite
def trade_arguments(draw: st.DrawFn) -> tuple[str, list[str]]:
    """Return the file, and a command with arguments of which some are likely to be right."""
    command = draw(st.sampled_from(sorted(TRADE)))
    count, valued, flags = TRADE[command]
    likely = LIKELY.get(command, [])
    values = [
        draw(st.one_of(st.just(likely[i]), HOSTILE)) if i < len(likely) else draw(HOSTILE)
        for i in range(count)
    ]
    values = values[: draw(st.integers(max(0, count - 1), count))]
    options = [draw(st.sampled_from(flags))] if flags and draw(st.booleans()) else []
    if valued and draw(st.booleans()):
        options += [draw(st.sampled_from(valued)), draw(HOSTILE)]
    if command == "withdraw" and "--no-wait" not in options:
        options.append("--no-wait")  # a right one would wait for L1
    if draw(st.booleans()):
        options.append("--json")
    separator = ["--"] if draw(st.booleans()) else []  # what begins with a dash is a value then
    return draw(FILES), [command, *options, *separator, *values]


@pytest.mark.timeout(600 + 4 * EXAMPLES)
@settings(
    max_examples=4 * EXAMPLES,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    print_blob=True,
)
@given(given_=trade_arguments())
def test_trade_never_ends_in_a_traceback(folder: Path, given_: tuple[str, list[str]]) -> None:
    name, arguments = given_
    whole = ["trade", "--config", str(folder / name), *arguments]
    check(invoke(*whole), *whole)


@pytest.mark.timeout(300 + EXAMPLES)
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(endpoint=HOSTILE, command=st.sampled_from(["book", "trades"]), name=HOSTILE)
def test_no_endpoint_breaks_trade(endpoint: str, command: str, name: str) -> None:
    whole = ["trade", "--endpoint", endpoint, command, "--", name]
    result = invoke(*whole)
    check(result, *whole)
    assert result.exit_code in (2, 4)


RISK = ["price", "greeks", "surface", "margin", "scenarios"]
CHALLENGE = [
    ["list"],
    ["show", "{}"],
    ["verify", "{}"],
    ["prove", "{}"],
    ["prove", "1", "--segment", "{}"],
    ["submit", "{}"],
    ["withdraw-proof", "{}"],
    ["doctor"],
]


DEVNET_OPTIONS = ["--seed", "--makers", "--takers", "--window", "--timeout", "--until", "--fraud"]


@st.composite
def other_arguments(draw: st.DrawFn) -> list[str]:
    """Return arguments of the other groups that cannot start anything long."""
    value, file = draw(HOSTILE), "{folder}/" + draw(FILES)
    group = draw(st.sampled_from(["risk", "challenge", "nodes", "devnet", "bench", "main"]))
    match group:
        case "risk":
            path = draw(
                st.sampled_from([file, "{examples}/" + draw(st.sampled_from(EXAMPLE_FILES))])
            )
            plot = [
                "--plot",
                "{folder}/plot" + draw(st.sampled_from([".png", ".xyz", "", "/x.png"])),
            ]
            return ["risk", draw(st.sampled_from(RISK)), *draw(st.sampled_from([[], plot])), path]
        case "challenge":
            chosen = draw(st.sampled_from(CHALLENGE))
            command, *rest = [each.replace("{}", value) for each in chosen]
            return ["challenge", command, "--config", file, *rest]
        case "nodes":
            node, command = draw(
                st.sampled_from([("sequencer", "run"), ("verifier", "run"), ("sequencer", "check")])
            )
            return [node, command, *([] if command == "check" else ["--config"]), file]
        case "devnet":
            options = [
                "--seed",
                "--makers",
                "--takers",
                "--window",
                "--timeout",
                "--until",
                "--fraud",
            ]
            return ["devnet", "up", draw(st.sampled_from(options)), value, "--l1", "no-such"]
        case "bench":
            return [
                "bench",
                draw(st.sampled_from(["report", "no-such"])),
                "--folder",
                file,
                "no-such",
            ]
    return [value]


EXAMPLE_FILES = sorted(
    each.name for each in (Path(__file__).parents[3] / "docs/examples/risk").glob("*.json")
)


@pytest.mark.timeout(600 + 4 * EXAMPLES)
@settings(max_examples=3 * EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(arguments=other_arguments())
def test_no_other_command_ends_in_a_traceback(folder: Path, arguments: list[str]) -> None:
    examples = Path(__file__).parents[3] / "docs/examples/risk"
    whole = [
        each.replace("{folder}", str(folder)).replace("{examples}", str(examples))
        for each in arguments
    ]
    check(invoke(*whole), *whole)
    if whole[0] == "devnet":  # once more with the argument that was parsed
        whole = [*whole[:4], "--fraud", "no-such", "--until", "slashed"]
        check(invoke(*whole), *whole)


@pytest.mark.parametrize(
    ("named", "arguments"),
    [
        ("price", ["place", INSTRUMENT, "buy", "1", "nan"]),
        ("price", ["place", INSTRUMENT, "buy", "1", "1e400"]),
        ("price", ["place", INSTRUMENT, "buy", "1", "99.97"]),
        ("99.9 and 100", ["place", INSTRUMENT, "buy", "1", "99.97"]),
        ("PRICE", ["place", INSTRUMENT, "buy", "1", "1000.9", "--ticks"]),
        ("price", ["place", "--", INSTRUMENT, "buy", "1", "-1"]),
        ("LOTS", ["place", INSTRUMENT, "buy", str(10**23), "100"]),
        (
            "--good-for",
            ["place", INSTRUMENT, "buy", "1", "100", "--tif", "gtd", "--good-for", "9" * 21],
        ),
        ("--max-fee-ppm", ["place", INSTRUMENT, "buy", "1", "100", "--max-fee-ppm", str(10**20)]),
        ("--post-only", ["place", INSTRUMENT, "buy", "1", "100", "--post-only", "--tif", "ioc"]),
        ("--depth", ["book", INSTRUMENT, "--depth", "-1"]),
        ("--limit", ["trades", INSTRUMENT, "--limit", "-5"]),
        ("AMOUNT", ["deposit", "inf"]),
        ("AMOUNT", ["withdraw", "1e30"]),
        ("ORDER", ["cancel", INSTRUMENT, f"{2**80}:1"]),
        ("OP", ["finality", f"{2**80}:1:1"]),
        ("absent.json", ["deposit", "10"]),
        ("NoSuch", ["book", "NoSuch"]),
    ],
)
def test_a_refusal_names_the_argument(folder: Path, named: str, arguments: list[str]) -> None:
    result = invoke("trade", "--config", str(folder / "trader.toml"), *arguments)
    assert result.exit_code == 2, result.output
    assert named in result.output


def test_help_needs_no_configuration() -> None:
    for command in TRADE:
        result = invoke("trade", command, "--help")
        assert result.exit_code == 0, result.output


def test_what_the_venue_refuses_is_no_success(folder: Path) -> None:
    def trade(*arguments: str) -> Result:
        return invoke("trade", "--config", str(folder / "trader.toml"), *arguments)

    refused = trade("withdraw", "5000000")
    assert refused.exit_code == 5, refused.output
    assert "INSUFFICIENT_COLLATERAL" in refused.output
    unfilled = trade("place", INSTRUMENT, "buy", "1", "100", "--tif", "ioc", "--json")
    assert unfilled.exit_code == 5, unfilled.output
    assert json.loads(unfilled.output)["actions"][0]["result"] == "IOC_REMAINDER"
    assert trade("cancel", INSTRUMENT, "1:1").exit_code == 5
    rested = trade("place", INSTRUMENT, "buy", "3", "90", "--round", "never-worse")
    assert rested.exit_code == 0, rested.output
    assert trade("cancel", INSTRUMENT, "--all").exit_code == 0


def test_rounding_goes_where_it_is_asked_to(folder: Path) -> None:
    for side, direction, price in (
        ("buy", "down", 899),
        ("buy", "up", 900),
        ("buy", "never-worse", 899),
        ("sell", "never-worse", 1200),
    ):
        usd = "89.93" if side == "buy" else "119.93"
        arguments = ["place", INSTRUMENT, side, "2", usd, "--round", direction, "--post-only"]
        config = str(folder / "trader.toml")
        assert invoke("trade", "--config", config, *arguments).exit_code == 0
        shown = json.loads(invoke("trade", "--config", config, "account", "--json").output)
        assert [each["price"] for each in shown["open_orders"]] == [price]
        invoke("trade", "--config", config, "cancel", "--all")
