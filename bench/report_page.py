"""The page of all figures: docs/bench/README.md, made of the topics' JSON files beside it.

A figure NAME has a bar if the topic also has NAME_max or NAME_min. A bar without a figure of its
name is for all whose names begin so: `code_bytes_max` for `code_bytes_Rollup`.
"""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

PAGE: Final = "README.md"
LIMITS: Final = {"_max": "≤", "_min": "≥"}

Number = int | float


@dataclass(frozen=True, slots=True)
class Bar:
    """A figure and what is asked of it."""

    name: str
    value: Number
    sign: str
    asked: Number

    @property
    def is_met(self) -> bool:
        """Return whether the figure is on the right side of its bar."""
        return self.value <= self.asked if self.sign == "≤" else self.value >= self.asked


def flat(result: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield name and value, nested names joined by dots."""
    for name, value in result.items():
        if isinstance(value, Mapping):
            yield from flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def bars(figures: Mapping[str, Any]) -> list[Bar]:
    """Return the figures that have a bar."""
    found = []
    for name, asked in figures.items():
        sign = LIMITS.get(name[-4:])
        if sign is None or not isinstance(asked, Number):
            continue
        folder, _, stem = name[:-4].rpartition(".")
        wanted = f"{folder}.{stem}" if folder else stem
        names = [wanted] if wanted in figures else _alike(figures, folder, stem)
        found += [Bar(each, figures[each], sign, asked) for each in names]
    return found


def _alike(figures: Mapping[str, Any], folder: str, stem: str) -> list[str]:
    """Return the figures whose names begin with the bar's; in a folder of their own too."""
    start = f"{folder}.{stem}_" if folder else f"{stem}_"
    names = [each for each in figures if each.startswith(start) and each[-4:] not in LIMITS]
    inner = [each for each in figures if each.endswith(f".{stem}")]
    return [each for each in names or inner if isinstance(figures[each], Number)]


def shown(value: Any) -> str:
    """Return a value as the page shows it."""
    if isinstance(value, bool) or not isinstance(value, Number):
        return f"`{value}`"
    if isinstance(value, int) or value == int(value):
        return f"{int(value):,}"
    return f"{value:,}"


def section(topic: str, title: str, result: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines of a topic: figures with bars, then all others, then what are lists."""
    figures = {name: value for name, value in flat(result) if name != "topic"}
    with_bars = bars(figures)
    yield f"## {topic}"
    yield ""
    yield title
    yield ""
    if with_bars:
        yield "| figure | measured | asked | |"
        yield "|---|--:|--:|---|"
        for bar in with_bars:
            verdict = "met" if bar.is_met else "**missed**"
            asked = f"{bar.sign} {shown(bar.asked)}"
            yield f"| {bar.name} | {shown(bar.value)} | {asked} | {verdict} |"
        yield ""
    told = {bar.name for bar in with_bars} | {n for n in figures if n[-4:] in LIMITS}
    others = {name: value for name, value in figures.items() if name not in told}
    plain = {
        name: value for name, value in others.items() if not isinstance(value, Sequence | None)
    }
    if plain:
        yield "| figure | measured |"
        yield "|---|--:|"
        yield from (f"| {name} | {shown(value)} |" for name, value in plain.items())
        yield ""
    for name, value in others.items():
        if name not in plain:
            yield f"- {name}: {_listed(value)}"
    if len(plain) < len(others):
        yield ""


def _listed(value: Any) -> str:
    """Return a text, or a list of texts with repetitions counted."""
    if isinstance(value, str) or value is None:
        return f"`{value}`"
    parts: list[list[Any]] = []
    for each in value:
        if parts and parts[-1][0] == each:
            parts[-1][1] += 1
        else:
            parts.append([each, 1])
    return ", ".join(f"`{each}`" + (f" × {n}" if n > 1 else "") for each, n in parts)


def write_page(folder: Path, titles: Mapping[str, str]) -> Path:
    """Write the page of the folder's topics, in the order of `titles`; return its path."""
    lines = [
        "# Benchmarks",
        "",
        "`make bench` measures every topic, writes its JSON file here, and makes this page of the",
        "files; `strikeproof bench TOPIC` measures one. What a figure means is said in the topic's",
        "module `bench/bench_TOPIC.py`. Gas and bytes depend on no machine. Times do: page written",
        f"on {os.cpu_count()} cores ({platform.machine()}), CPython {platform.python_version()}.",
        "",
    ]
    missing = []
    for topic, title in titles.items():
        path = folder / f"{topic}.json"
        if path.exists():
            lines += section(topic, title, json.loads(path.read_text("utf-8")))
        else:
            missing.append(topic)
    if missing:
        lines += [f"Not measured yet: {', '.join(missing)}.", ""]
    page = folder / PAGE
    page.write_text("\n".join(lines).rstrip() + "\n", "utf-8")
    return page
