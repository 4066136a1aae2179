"""A look at a venue as a picture of the terminal."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

WINDOW_CELLS: Final = 16
NARROW_COLUMNS: Final = 100
_VERDICTS: Final = {"right": "green", "wrong": "bold red", "wrong_parent": "red"}

Report = dict[str, Any]


def picture(report: Report, columns: int) -> RenderableType:
    """Return the whole picture, for a terminal of this many columns."""
    attention = report["attention"]
    notes = [Text(f"• {each}", "bold red") for each in attention] or [
        Text("nothing needs anybody", "green")
    ]
    side = Table.grid(expand=True)
    left, right = _left(report), _right(report)
    if columns < NARROW_COLUMNS:
        body: RenderableType = Group(*left, *right)
    else:
        side.add_column(ratio=3)
        side.add_column(ratio=2)
        side.add_row(Group(*left), Group(*right))
        body = side
    return Group(
        Panel(_head(report), border_style="cyan"),
        Panel(Group(*notes), title="attention", border_style="red" if attention else "green"),
        body,
    )


def _left(report: Report) -> list[RenderableType]:
    return [
        Panel(_claims(report), title="claims", border_style="dim"),
        Panel(_timelock(report), title="announced changes", border_style="dim"),
    ]


def _right(report: Report) -> list[RenderableType]:
    return [
        Panel(_money(report), title="inbox and Vault", border_style="dim"),
        Panel(_own(report), title="this verifier", border_style="dim"),
    ]


def _head(report: Report) -> RenderableType:
    claims, store = report["claims"], report["store"]
    text = Text()
    text.append(f"Rollup {report['rollup']}", "bold cyan")
    text.append(f" on chain {report['chain_id']}\n", "dim")
    for name, value in (
        ("L1 block", report["l1_block"]),
        ("posted", store["batches"]),
        ("executed", store["batches_executed"]),
        ("final", claims["final"]),
    ):
        text.append(f"{name} ", "dim").append(f"{value:,}   ", "bold")
    text.append("\n")
    for name, style in (("right", "green"), ("wrong", "bold red"), ("unverified", "yellow")):
        text.append(f"{claims[name]:,} ", style if claims[name] else "dim")
        text.append(f"{name}   ", "dim")
    text.append("claims that can still be disproved", "dim")
    return text


def _claims(report: Report) -> RenderableType:
    table = Table(box=None, expand=True, pad_edge=False)
    table.add_column("batch", justify="right", no_wrap=True)
    for name in ("verdict", "py-evm", "proposer", "window", "dispute"):
        table.add_column(name, no_wrap=True)
    window = max(1, report["claims"]["window_seconds"])
    for each in reversed(report["claims"]["newest"]):
        share = each["by_reference"] / max(1, each["segments"])
        verdict = "final" if each["is_final"] else each["verdict"]
        table.add_row(
            str(each["batch"]),
            Text(verdict, _VERDICTS.get(each["verdict"], "yellow")),
            f"{share:.0%}",
            each["proposer"][:10],
            _countdown(each["seconds_left"], window),
            (each["dispute"] or {}).get("stage", ""),
        )
    if not report["claims"]["newest"]:
        return Text("none yet", "dim")
    return table


def _countdown(left: int, window: int) -> Text:
    done = WINDOW_CELLS - round(WINDOW_CELLS * min(1.0, left / window))
    bar = Text("━" * done, "cyan").append("━" * (WINDOW_CELLS - done), "grey37")
    return bar.append(f" {_span(left)}" if left else "", "dim")


def _timelock(report: Report) -> RenderableType:
    lines = []
    for each in report["timelock"]:
        line = Text(f"{each['number']:>3} ", "bold")
        line.append(f"{_date(each['ready'])} to {_date(each['expires'])}\n", "dim")
        lines.append(line.append(f"    {each['call']}"))
    return Group(*lines) if lines else Text("none", "dim")


def _money(report: Report) -> RenderableType:
    inbox, vault, now = report["inbox"], report["vault"], report["now"]
    rows: list[tuple[str, str]] = [("messages waiting", str(inbox["waiting"]))]
    if inbox["oldest"] is not None:
        rows.append(("oldest waits", _span(now - inbox["oldest"])))
        rows.append(("due", _due(inbox["due"] - now)))
        rows.append(("anybody posts", _due(inbox["anybody_from"] - now)))
    rows += [
        ("custody", _usd(vault["custody_micro_usd"])),
        ("owed to accounts", _usd(vault["liabilities_micro_usd"])),
        ("on their way", _usd(vault["on_their_way_micro_usd"])),
        ("insurance fund", _usd(vault["insurance_fund_micro_usd"])),
        ("bad debt", _usd(vault["bad_debt_micro_usd"])),
        ("payments in line", str(vault["payments_waiting"])),
        ("payable today", _usd(vault["left_today_micro_usd"])),
    ]
    return _rows(rows)


def _own(report: Report) -> RenderableType:
    own, node, store = report["own"], report["node"], report["store"]
    rows: list[tuple[str, str]] = []
    if node is not None:
        rows.append(("runs", "yes" if node["answers"] else "its metrics do not answer"))
        if "segments_per_second" in node:
            rows.append(("segments/s", f"{node['segments_per_second']:.1f}"))
        if "reference_backlog" in node:
            rows.append(("waits for py-evm", f"{node['reference_backlog']:.0f} segments"))
    for kind, count in (node or {}).get("alarms", {}).items():
        rows.append(("alarm", f"{kind}, {count} since its start"))
    rows.append(("store", f"{store['blocks_behind']} blocks behind L1"))
    if own["address"]:
        rows += [
            ("key", own["address"]),
            ("balance", _ether(own["balance_wei"])),
            ("bond", f"{_ether(own['bond_wei'])}, {_ether(own['bond_needed_wei'])} needed"),
            ("held, credit", f"{_ether(own['held_wei'])}, {_ether(own['credit_wei'])}"),
        ]
    for each in own["disputes"]:
        rows.append((f"dispute of {each['claim']}", f"{each['stage']} {each['note']}".strip()))
    for each in own["transactions"]:
        block = "" if each["block"] is None else f" in block {each['block']}"
        rows.append(("sent", f"{each['name']}: {each['status']}{block}"))
    return _rows(rows)


def _rows(rows: list[tuple[str, str]]) -> RenderableType:
    table = Table(box=None, show_header=False, pad_edge=False, expand=True)
    table.add_column(style="dim", no_wrap=True, min_width=17)
    table.add_column(overflow="ellipsis", no_wrap=True)
    for name, value in rows:
        table.add_row(name, value)
    return table


def _span(seconds: int) -> str:
    """Return a length of time in its two largest units."""
    for size, unit, below in ((86_400, "d", "h"), (3_600, "h", "min"), (60, "min", "s")):
        if seconds >= size:
            rest = seconds % size // {"h": 3_600, "min": 60, "s": 1}[below]
            return f"{seconds // size} {unit} {rest} {below}"
    return f"{seconds} s"


def _due(seconds: int) -> str:
    return f"in {_span(seconds)}" if seconds > 0 else f"{_span(-seconds)} ago"


def _date(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")


def _usd(micro_usd: int | None) -> str:
    return "not known yet" if micro_usd is None else f"{micro_usd / 10**6:,.2f} USD"


def _ether(wei: int) -> str:
    return f"{wei / 10**18:,.4f} ether"
