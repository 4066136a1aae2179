"""A book of positions: the same Greeks and P&L as a portfolio file's, and mistakes by line."""

from __future__ import annotations

import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from strikeproof.cli.main import main

EXAMPLES = Path(__file__).parents[3] / "docs/examples/risk"
HEAD = "expiry,type,amount,strike,vol,forward,seconds,rate\n"


def risk(*arguments: str, stdin: str | bytes = "") -> Result:
    return CliRunner().invoke(main, ["risk", *arguments], input=stdin)


def tree(*arguments: str, stdin: str = "") -> Any:
    result = risk(*arguments, "--json", stdin=stdin)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def book_of_portfolio() -> str:
    """The options of calendar_spread.json as lines, at the volatilities that it gives them."""
    file = EXAMPLES / "calendar_spread.json"
    document = json.loads(file.read_text(), parse_float=Decimal)
    rows = []
    for name, expiry in tree("exposure", str(file))["expiries"].items():
        feed = document["feeds"]["expiries"][name]
        for each in expiry["positions"]:
            cells = (name, each["type"], each["amount"], each["strike"], each["volatility"])
            rows.append(
                ",".join(map(str, (*cells, feed["forward"], feed["seconds"], feed["rate"])))
            )
    return HEAD + "\n".join(rows) + "\n"


def test_book_has_the_greeks_of_the_portfolio_it_was_made_of() -> None:
    of_file = tree("exposure", str(EXAMPLES / "calendar_spread.json"))
    of_book = tree("exposure", "-", stdin=book_of_portfolio())
    for name, expiry in of_file["expiries"].items():
        assert of_book["expiries"][name]["total"] == expiry["total"]
        for own, other in zip(
            of_book["expiries"][name]["positions"], expiry["positions"], strict=True
        ):
            assert other.items() <= own.items()


def test_stress_and_grid_agree_to_a_millionth_and_futures_move_one_to_one() -> None:
    text = (EXAMPLES / "positions.csv").read_text()
    moves = ("--spot=-30,-5,0,20", "--vol=-50,0,80")
    exact = [Decimal(each["pnl"]) for each in tree("stress", "-", *moves, stdin=text)["moves"]]
    found = [one for row in tree("grid", "-", *moves, stdin=text)["rows"] for one in row["pnl"]]
    assert len(exact) == len(found) == 12
    assert all(abs(float(a) - b) < 1e-5 for a, b in zip(exact, found, strict=True))
    future = HEAD + "X,future,-2,,,100,86400,0\n"
    rows = tree("stress", "-", "--spot=-10,10", "--vol=0", stdin=future)["moves"]
    assert [each["pnl"] for each in rows] == ["20", "-20"]
    days = tree("grid", "-", "--days=0,5", "--spot=10", stdin=future)["rows"]
    assert [each["pnl"] for each in days] == [[-20.0], [-20.0]]


def test_grid_of_a_book_is_drawn(tmp_path: Path) -> None:
    path = tmp_path / "grid.png"
    assert risk("grid", str(EXAMPLES / "positions.csv"), "--plot", str(path)).exit_code == 0
    assert path.read_bytes().startswith(b"\x89PNG")


def test_names_and_lines_are_shown() -> None:
    table = risk("exposure", str(EXAMPLES / "positions.csv")).output
    assert "27MAR26 58,000 put (put spread)" in table and "24APR26 future (hedge)" in table
    rows = risk("exposure", str(EXAMPLES / "positions.csv"), "--csv").output.splitlines()
    assert len(rows) == 1 + 5 + 2 + 1


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        ("X,call,1,100,0.5,100,nan,0", "line 2: seconds: 'nan' is not a decimal"),
        ("X,call,1,100,0.5,100,0,0", "line 2: seconds: must be above 0"),
        ("X,call,1e400,100,0.5,100,86400,0", "line 2: amount: is too large"),
        ("X,call,1e12,100,0.5,100,86400,0", "line 2: amount: 1000000000000 is outside"),
        ("X,call,one,100,0.5,100,86400,0", "line 2: amount: 'one' is not a decimal"),
        ("X,call,1,-100,0.5,100,86400,0", "line 2: strike: -100 is outside"),
        ("X,call,1,100,-0.5,100,86400,0", "line 2: vol: -0.5 is outside"),
        ("X,call,1,100,,100,86400,0", "line 2: vol: is missing"),
        ("X,call,1,,0.5,100,86400,0", "line 2: strike: is missing"),
        ("X,call,1,100,0.5,100,600,0", "line 2: average: is missing"),
        ("X,future,1,100,,100,86400,0", "line 2: strike: a future has none"),
        ("X,swap,1,100,0.5,100,86400,0", "line 2: type:"),
        ("X,call,1,100,0.5,100,86400,0\nX,put,1,100,0.5,101,86400,0", "line 3: forward: must be"),
        ("X,call,1,100,0.5,100,86400", "line 2: has 7 cells"),
        ("", "the book has no lines"),
    ],
)
@pytest.mark.parametrize("command", ["exposure", "stress", "grid"])
def test_mistake_of_a_book_is_reported_by_its_line(command: str, lines: str, problem: str) -> None:
    result = risk(command, "-", stdin=HEAD + lines + "\n")
    assert (result.exit_code, result.stdout) == (2, "")
    assert f"error: {problem}" in result.stderr, result.stderr


def test_unknown_column_and_empty_input_are_reported() -> None:
    told = risk("exposure", "-", stdin="expiry,colour\nX,red\n").stderr
    assert "'colour' is not a column" in told and "the column 'amount' is missing" in told
    for command in ("exposure", "stress", "grid", "margin", "chain", "surface"):
        result = risk(command, "-", stdin="")
        assert (result.exit_code, result.stderr) == (2, "error: the input is empty\n"), command
    binary = risk("exposure", "-", stdin=b"\xff\xfe\x00")
    assert binary.exit_code == 2 and "Traceback" not in binary.output


def test_moves_beyond_a_domain_are_reported_with_the_move() -> None:
    text = (EXAMPLES / "positions.csv").read_text()
    assert risk("stress", "-", "--spot=-101", stdin=text).exit_code == 2
    beyond = risk("stress", "-", "--spot=100000", "--vol=100000", stdin=text)
    assert "Traceback" not in beyond.output and beyond.exit_code in (0, 2)


def test_closed_stdin_and_a_reader_that_leaves_are_no_traceback() -> None:
    program = [sys.executable, "-m", "strikeproof", "risk", "exposure"]
    shell = " ".join([*program, "-", "<&-"])
    closed = subprocess.run(["bash", "-c", shell], capture_output=True, text=True, check=False)
    assert (closed.returncode, closed.stderr) == (2, "error: -: standard input is closed\n")
    book = HEAD + "".join(f"E{n},call,1,100,0.5,100,{86_400 + n},0\n" for n in range(2_000))
    with subprocess.Popen(
        [*program, "-", "--csv"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as reader:
        assert reader.stdin and reader.stdout and reader.stderr
        reader.stdin.write(book.encode())
        reader.stdin.close()
        reader.stdout.read(10)
        reader.stdout.close()
        assert b"Traceback" not in reader.stderr.read()
