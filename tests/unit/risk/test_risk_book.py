"""`strikeproof risk` for a book: many lines in, many out, every mistake with its line."""

import csv
import io
import json
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner

from strikeproof.cli.main import main
from strikeproof.risk.files.decimals import parse_wad
from strikeproof.risk.kernel.black76 import call_and_put, discount_factor
from strikeproof.risk.kernel.svi import RawSvi, volatility_at

EXAMPLES = Path(__file__).resolve().parents[3] / "docs" / "examples" / "risk"
QUOTES = (EXAMPLES / "quotes.csv").read_text()
PRICES = (EXAMPLES / "prices.csv").read_text()


def run(*arguments, stdin=""):
    data = stdin if isinstance(stdin, bytes) else stdin.encode()
    return CliRunner().invoke(main, ["risk", *(str(each) for each in arguments)], input=data)


def rows_of(*arguments, stdin=""):
    result = run(*arguments, "--csv", stdin=stdin)
    assert result.exit_code == 0, result.stderr
    return list(csv.DictReader(io.StringIO(result.stdout)))


def test_a_book_of_quotes_is_priced_line_by_line_in_the_kernels_bits():
    found = rows_of("price", "-", stdin=QUOTES)
    given = list(csv.DictReader(io.StringIO(QUOTES)))
    assert [each["name"] for each in found] == [each["name"] for each in given]
    for line, (ours, quote) in enumerate(zip(found, given, strict=True), 2):
        assert int(ours["line"]) == line
        forward, strike, vol, rate = (
            parse_wad(quote[name]) for name in ("forward", "strike", "vol", "rate")
        )
        seconds = int(quote["seconds"])
        expected = call_and_put(forward, strike, vol, seconds, discount_factor(rate, seconds))
        assert (parse_wad(ours["call"]), parse_wad(ours["put"])) == expected


def test_csv_json_lines_and_a_json_list_are_one_book():
    given = list(csv.DictReader(io.StringIO(QUOTES)))
    lines = "\n".join(json.dumps(each) for each in given)
    expected = [{**each, "line": None} for each in rows_of("greeks", "-", stdin=QUOTES)]
    for text in (lines, json.dumps(given), QUOTES.replace("\n", "\r\n"), "\ufeff" + QUOTES):
        found = rows_of("greeks", "-", stdin=text)
        assert [{**each, "line": None} for each in found] == expected


def test_json_has_what_csv_has():
    found = json.loads(run("price", "-", "--json", stdin=QUOTES).stdout)["quotes"]
    assert [{k: str(v) for k, v in each.items()} for each in found] == rows_of(
        "price", "-", stdin=QUOTES
    )


def test_one_quote_on_standard_input_is_a_quote():
    text = (EXAMPLES / "quote.json").read_text()
    assert json.loads(run("price", "-", "--json", stdin=text).stdout) == json.loads(
        run("price", EXAMPLES / "quote.json", "--json").stdout
    )
    assert rows_of("price", EXAMPLES / "quote.json")[0]["line"] == "1"


def test_every_mistake_of_a_book_is_reported_with_its_line():
    text = (
        "name,forward,strike,vol,seconds,rate\n"
        "A,60000,60000,0.5,86400,0\n"
        "B,60000,x,0.5,86400,0\n"
        "\n"
        "C,60000,60000,0.5\n"
        "D,60000,60000,,86400,1e40\n"
        '"E\n2",60000,60000,1001,86400,0\n'
    )
    result = run("price", "-", stdin=text)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.splitlines() == [
        "error: line 3: strike: 'x' is not a decimal",
        "error: line 5: has 4 cells, but the header 6 columns",
        "error: line 6: vol: is missing",
        "error: line 6: rate: 10000000000000000000000000000000000000000 is outside [-100, 100]",
        "error: line 7: vol: 1001 is outside [0, 1000]",
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "the book has no lines"),
        ("forward,strike\n", "line 1: the column 'vol' is missing"),
        ("forward,strike,vol,seconds,rate\n", "the book has no lines"),
        ("forward,strike,vol,seconds,rate,size\n1,1,1,1,1,1\n", "line 1: 'size' is not a column"),
        ("forward,forward,strike,vol,seconds,rate\n", "the column 'forward' stands twice"),
        ('forward,strike,vol,seconds,rate\n1,1,"1\n', "not CSV"),
        ('{"forward": "1"}\n{"forward": \n', "line 2: not JSON"),
        ('{"forward": "1"}\n[]\n', "line 2: the file"),
        ("[" * 50 + "]" * 50, "nested too deeply"),
        ("[1, 2]", "line 1: the file"),
        (b"\xff\xfe\x00", "-: "),
        (b"a\x00b", "line 1: 'a\\x00b' is not a column"),
        ('{"forward": "1", ', "not JSON"),
    ],
)
@pytest.mark.parametrize("command", ["price", "greeks"])
def test_input_that_is_no_book_is_an_error_and_no_traceback(command, text, told):
    result = run(command, "-", stdin=text)
    assert result.exit_code == 2
    assert told in result.stderr
    assert all(line.startswith("error: ") for line in result.stderr.splitlines())


def test_a_hundred_wrong_lines_are_counted_and_not_all_shown():
    text = "forward,strike,vol,seconds,rate\n" + "x,1,1,1,1\n" * 100
    lines = run("price", "-", stdin=text).stderr.splitlines()
    assert lines[0] == "error: line 2: forward: 'x' is not a decimal"
    assert lines[-1] == "error: and 50 problems more"


def test_a_rate_that_discounts_beyond_the_domain_names_its_line():
    text = "forward,strike,vol,seconds,rate\n1,1,1,4294967295,-0.99\n"
    result = run("price", "-", stdin=text)
    assert result.exit_code == 2
    assert result.stderr.startswith("error: line 2: rate: discounts beyond the domain")


def test_doubtful_lines_are_reported_with_their_number():
    text = "forward,strike,vol,seconds,rate\n1,1,0.5,60,0\n1,1,50,60,0\n"
    result = run("price", "-", stdin=text)
    assert result.exit_code == 0
    assert result.stderr == "warning: line 3: vol: 50 is 5000 % a year; write 0.5 for 50 %\n"


def test_a_book_is_not_drawn(tmp_path):
    result = run("price", "-", "--plot", tmp_path / "book.png", stdin=QUOTES)
    assert result.exit_code == 2
    assert "draws one quote, not a book" in result.stderr


def test_volatilities_come_with_their_error_or_with_why_there_is_none():
    found = rows_of("iv", "-", stdin=PRICES)
    assert any(each["none_because"] for each in found)
    for each in found:
        if each["none_because"]:
            assert each["volatility"] == ""
        else:
            assert Decimal("0.1") < Decimal(each["volatility"]) < 2
            assert 0 < Decimal(each["error"]) < Decimal("1e-9")
    table = run("iv", "-", stdin=PRICES).stdout
    assert "below the discounted intrinsic value" in table


def test_prices_of_a_chain_give_its_volatilities_back():
    chain = rows_of("chain", EXAMPLES / "surface.json")
    given = json.loads((EXAMPLES / "surface.json").read_text())["expiries"]
    lines = ["forward,strike,type,price,seconds,rate"]
    for row in chain:
        expiry = given[row["expiry"]]
        head = f"{expiry['forward']},{row['strike']}"
        side = "call" if Decimal(row["strike"]) > Decimal(expiry["forward"]) else "put"
        lines.append(f"{head},{side},{row[f'{side}_price']},{expiry['seconds']},0")
    found = rows_of("iv", "-", stdin="\n".join(lines))
    for row, each in zip(chain, found, strict=True):
        distance = abs(Decimal(row["volatility"]) - Decimal(each["volatility"]))
        assert distance <= 2 * Decimal(each["error"])


def test_a_chain_has_the_surfaces_volatility_at_every_strike():
    given = json.loads((EXAMPLES / "surface.json").read_text())
    rows = rows_of("chain", EXAMPLES / "surface.json")
    assert len(rows) == len(given["expiries"]) * len(given["strikes"])
    for row in rows:
        expiry = given["expiries"][row["expiry"]]
        svi = RawSvi(*(parse_wad(expiry["svi"][name]) for name in ("a", "b", "rho", "m", "sigma")))
        vol = volatility_at(
            svi, parse_wad(expiry["forward"]), parse_wad(row["strike"]), int(expiry["seconds"])
        )
        assert parse_wad(row["volatility"]) == vol
        delta = Decimal(row["call_delta"]) - Decimal(row["put_delta"])
        assert delta == 1  # no rate, no discount


def test_tables_cut_no_number_however_narrow_the_terminal(monkeypatch):
    """Into a pipe tables are as wide as they must be."""
    monkeypatch.setenv("COLUMNS", "40")
    for arguments in (
        ("chain", EXAMPLES / "surface.json"),
        ("exposure", EXAMPLES / "calendar_spread.json"),
        ("stress", EXAMPLES / "covered_call.json"),
        ("margin", EXAMPLES / "covered_call.json"),
    ):
        result = run(*arguments)
        assert result.exit_code == 0, result.stderr
        assert "…" not in result.stdout


def test_names_are_shown_as_they_are():
    """Not read as markup, which would fail or vanish, and not as emoji."""
    names = ("[/red]", "[bold]x", ":smile:", "a,b")
    lines = "".join(f'"{name}",60000,60000,0.5,86400,0\n' for name in names)
    result = run("price", "-", stdin=f"name,forward,strike,vol,seconds,rate\n{lines}")
    assert result.exit_code == 0, result.output
    assert all(name in result.stdout for name in names)


def test_an_input_without_an_end_is_refused():
    result = run("price", "/dev/zero")
    assert result.exit_code == 2
    assert "has more than 67,108,864 bytes" in result.stderr


def test_json_and_csv_at_once_are_a_mistake():
    result = run("chain", EXAMPLES / "surface.json", "--json", "--csv")
    assert result.exit_code == 2
    assert "give one" in result.stderr
