"""Documents that a machine can judge: links, paths, reading orders, indexes."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ADRS, ATTACKS = Path("docs/adr"), Path("docs/attacks.md")
ATTACKS_LAST = 58
RULES_PAGE = Path("docs/protocol/README.md")
RULE_ROW = re.compile(r"^\| .+ \| \[.+ \| ([^|]+) \|$", re.MULTILINE)
RULE_AT = re.compile(r"\| `([\w/]+\.(?:py|sol))` (\w+) (?=\|)")
FENCE = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
PATH = re.compile(r"`(?!strikeproof\.proto`)((?:[\w.-]+/)*[\w.-]+\.(?:py|sol|proto|js|sh|md))`")
MERMAID = re.compile(r"^```mermaid\n(.*?)^```", re.DOTALL | re.MULTILINE)
DIAGRAM = re.compile(r"(?:flowchart (?:LR|TD)|stateDiagram-v2)\n(?:    \S.*\n)+")
CITED = re.compile(r"\battacks?\s+(\d+(?:(?:,\s+|\s+and\s+|\s+to\s+)\d+)*)", re.IGNORECASE)
ROW = re.compile(r"^\| (\d+) \| (.+) \| (.+) \|$", re.MULTILINE)
# Examples of names, and files of other repositories.
ELSEWHERE = {
    "docs/style.md": {"funding_rate.py", "withdrawal.py"},
    "docs/risk.md": {"scripts/config-mainnet.sol"},
    "bench/README.md": {"bench_TOPIC.py"},
    "docs/bench/README.md": {"bench/bench_TOPIC.py"},
}


@cache
def tracked() -> tuple[str, ...]:
    """Return the tracked files that exist."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return tuple(sorted({each for each in listing.split("\0") if each and (ROOT / each).is_file()}))


def pages() -> list[Path]:
    return [Path(each) for each in tracked() if each.endswith(".md")]


def text_of(page: Path) -> str:
    return (ROOT / page).read_text("utf-8")


def anchors(page: Path) -> set[str]:
    """Return the names that the headings of a page can be linked by."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", text_of(page)), re.MULTILINE)
    words = (re.sub(r"[^\w\- ]", "", each.lower()) for each in headings)
    return {each.replace(" ", "-") for each in words}


def broken_links() -> Iterator[str]:
    for page in pages():
        for target in LINK.findall(FENCE.sub("", text_of(page))):
            if target.startswith(("http://", "https://", "mailto:")):
                continue
            name, _, anchor = target.partition("#")
            file = (ROOT / page.parent / name).resolve() if name else ROOT / page
            if not file.exists():
                yield f"{page}: no {target}"
            elif anchor and anchor not in anchors(file.relative_to(ROOT)):
                yield f"{page}: no heading {target}"


def stale_paths() -> Iterator[str]:
    """Yield the files that a page names in backticks and that do not exist.

    A path may be relative to the repository, to the page's folder, or end a longer path. A bare
    name in a README must be that of a file in its folder or below.
    """
    for page in pages():
        if page == ATTACKS:
            continue
        for name in PATH.findall(FENCE.sub("", text_of(page))):
            if name in ELSEWHERE.get(str(page), ()):
                continue
            near = f"{page.parent}/" if page.name == "README.md" and str(page.parent) != "." else ""
            ends = [each for each in tracked() if f"/{each}".endswith(f"/{name}")]
            if "/" not in name:
                ends = [each for each in ends if each.startswith(near.removeprefix("./"))]
            if not ends and not (ROOT / page.parent / name).exists():
                yield f"{page}: no file {name}"


def unlisted_decisions() -> Iterator[str]:
    index = text_of(ADRS / "README.md")
    for page in pages():
        if page.parent != ADRS or page.name == "README.md":
            continue
        head = re.match(
            r"# (\d+)\. (.+)\n\nDate: (\d{4}-\d\d-\d\d)\. Status: (.+)\.\n", text_of(page)
        )
        if head is None or int(head[1]) != int(page.name[:4]):
            yield f"{page}: no number, title, date and status in front"
        elif f"| {head[1]} | [{head[2]}]({page.name}) | {head[3]} | {head[4]} |" not in index:
            yield f"{page}: docs/adr/README.md has no such row, or another title, date or status"


def empty_diagrams() -> Iterator[str]:
    for page in pages():
        for diagram in MERMAID.findall(text_of(page)):
            pairs = [("(", ")"), ("[", "]"), ("{", "}")]
            quoted = re.sub(r'"[^"]*"', "", diagram)
            even = all(quoted.count(left) == quoted.count(right) for left, right in pairs)
            if not DIAGRAM.fullmatch(diagram) or not even:
                yield f"{page}: not a diagram: {diagram[:40]!r}"


def unnamed_modules() -> Iterator[str]:
    """Yield modules that the README above them names neither by file nor by their folder."""
    readmes = {page.parent for page in pages() if page.name == "README.md"} - {Path()}
    for file in map(Path, tracked()):
        home = next((each for each in file.parents if each in readmes), None)
        if file.suffix not in CODE or file.name in ENTRIES or str(file).startswith(UNNAMED):
            continue
        if home is None:
            if file.parent != Path():
                yield f"{file}: no folder above it has a README"
            continue
        folders = file.relative_to(home).parts[:-1]
        names = [rf"\b{re.escape(file.stem)}\b", *(rf"\b{re.escape(f)}/" for f in folders)]
        if not any(re.search(name, text_of(home / "README.md")) for name in names):
            yield f"{file}: {home}/README.md does not name it"


def lost_rules() -> Iterator[str]:
    """Yield rows of the table of rules whose file does not declare the name behind it."""
    for file, name in RULE_AT.findall(text_of(RULES_PAGE)):
        found = [each for each in tracked() if f"/{each}".endswith(f"/{file}")]
        declared = rf"\b(?:def|class|function|contract|library|let) {re.escape(name)}\b"
        if len(found) != 1 or not re.search(declared, (ROOT / found[0]).read_text("utf-8")):
            yield f"{RULES_PAGE}: {file} does not declare {name}, or is not one file"
    for row in RULE_ROW.findall(text_of(RULES_PAGE)):
        if not re.fullmatch(r"`tests/[\w/]+\.py`", row):
            yield f"{RULES_PAGE}: a row ends without a test: {row}"


@cache
def attacks_cited(file: str) -> frozenset[int]:
    """Return the numbers of attacks that a test file names."""
    numbers: set[int] = set()
    for (cited,) in (each.groups() for each in CITED.finditer((ROOT / file).read_text("utf-8"))):
        numbers.update(map(int, re.findall(r"\d+", cited)))
        for first, last in re.findall(r"(\d+)\s+to\s+(\d+)", cited):
            numbers.update(range(int(first), int(last)))
    return frozenset(numbers)


def attacks_without_row() -> Iterator[str]:
    rows = {int(number): tests for number, _, tests in ROW.findall(text_of(ATTACKS))}
    if list(rows) != list(range(1, ATTACKS_LAST + 1)):
        yield f"{ATTACKS}: not a row for each of 1 to {ATTACKS_LAST}, in order"
    for number, tests in rows.items():
        for name in re.findall(r"`([^`]+)`", tests):
            file = f"tests/{name}"
            if not (ROOT / file).is_file():
                yield f"attack {number}: no {file}"
            elif number not in attacks_cited(file):
                yield f"attack {number}: {file} does not name it"
    for file in tracked():
        if file.startswith("tests/") and file.endswith(".py"):
            for number in attacks_cited(file):
                if "`" not in rows.get(number, ""):
                    yield f"{file}: names attack {number}, whose row has no test"


# Modules whose folders are described as wholes: tests by rung, generated files.
CODE, ENTRIES = {".py", ".sol", ".js"}, {"__init__.py", "__main__.py"}
UNNAMED = ("tests/", "strikeproof/wire/", "contracts/src/generated/")
UNEXPLAINED = (
    "tests/",
    "clients/js/test/",
    "docs/",
    "contracts/src/generated/",
    "strikeproof/wire/etcd/",
)
EXPLAINED_FROM = 3  # modules, from which on a folder has a README of its own


def folders_without_readme() -> Iterator[str]:
    files = [Path(file) for file in tracked()]
    modules = Counter(
        each.parent for each in files if each.suffix in CODE and each.name not in ENTRIES
    )
    explained = {each.parent for each in files if each.name == "README.md"}
    for folder, count in sorted(modules.items()):
        is_told = folder in explained or f"{folder}/".startswith(UNEXPLAINED)
        if count >= EXPLAINED_FROM and not is_told:
            yield f"{folder}: {count} modules and no README.md"


RULES: list[Callable[[], Iterator[str]]] = [
    broken_links,
    stale_paths,
    unlisted_decisions,
    empty_diagrams,
    unnamed_modules,
    folders_without_readme,
    lost_rules,
    attacks_without_row,
]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_documents_have_no(rule: Callable[[], Iterator[str]]) -> None:
    assert list(rule()) == []


PLANTED = {
    broken_links: {"notes.md": "see [there](nowhere.md)\n"},
    stale_paths: {"notes.md": "see `core/absent.py`\n"},
    unlisted_decisions: {
        "docs/adr/README.md": "| 1 | [A](0001-a.md) | 2026-01-01 | accepted |\n",
        "docs/adr/0001-a.md": "# 1. A\n\nDate: 2026-01-01. Status: replaced.\n",
    },
    empty_diagrams: {"notes.md": "```mermaid\nflowchart TD\n```\n"},
    unnamed_modules: {"bench/README.md": "`told.py`\n", "bench/told.py": "", "bench/not.py": ""},
    folders_without_readme: {f"bench/{each}.py": "" for each in "abc"},
    lost_rules: {
        str(RULES_PAGE): "| a rule | `core/told.py` told | `core/told.py` lost |\n",
        "sequencer/core/told.py": "def told(): ...\n",
    },
    attacks_without_row: {
        str(ATTACKS): "".join(f"| {each} | text | — |\n" for each in range(1, ATTACKS_LAST + 1)),
        "tests/test_thing.py": '"""Attack 7."""\n',
    },
}


@pytest.mark.parametrize("rule", PLANTED, ids=lambda rule: rule.__name__)
def test_rule_finds_what_it_forbids(
    rule: Callable[[], Iterator[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, text in PLANTED[rule].items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    here = sys.modules[__name__]
    monkeypatch.setattr(here, "ROOT", tmp_path)
    monkeypatch.setattr(here, "tracked", lambda: tuple(PLANTED[rule]))
    attacks_cited.cache_clear()
    assert len(list(rule())) == 1
