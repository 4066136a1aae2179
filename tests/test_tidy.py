"""Style that a machine can judge: the rules of docs/style.md, checked in the tree itself.

Only files that git tracks are judged. Each rule is a function that yields one line per offence.
"""

from __future__ import annotations

import ast
import gc
import re
import subprocess
import sys
import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

from tools.compile_engine import HOT

ROOT = Path(__file__).resolve().parent.parent
MODULE_LINES_MAX = 500
FUNCTION_LINES_MAX = 70
VAGUE_NAMES = {"utils", "util", "helpers", "helper", "common", "misc"}
# Written so that this file does not name the hosts itself.
REGISTRY_HOST = re.compile(
    r"pypi\.(?:org|python\.org)|python" + r"hosted\.org|npm" + r"js\.(?:org|com)|yarn" + r"pkg\.com"
)
GENERATED = ("strikeproof/wire/", "contracts/src/generated/", "contracts/artifacts/")
# Functions of `math` that take and give integers.
INTEGER_MATH = {"isqrt", "gcd", "lcm", "comb", "factorial", "perm"}
# Folders of the top level that are packages below `strikeproof`, by links.
LINKED = "bench|cli|contracts|devnet|proto|risk|sequencer|verifier"
# Names that occur twice: each with the reason why both mean the same thing. A rule of the protocol
# has the same name in Python and in Solidity; that needs no line here.
SAME_MEANING = {
    "__main__.py": "what `python -m` runs",
    "challenge.py": "a challenge of a false claim: what decides it, and the command that sends one",
    "config.py": "a node's configuration file",
    "forest.py": "the protocol's forest, written by engine and verifier apart, on purpose",
    "metrics.py": "a node's metrics",
    "node.py": "a node: sequencer and verifier put together",
    "op_change.py": "promises that did not hold: as the node keeps, and a client reads them",
    "static_list.py": "a static list's tree, written by engine and verifier apart, on purpose",
    "Account": "an account's collateral and positions: the engine's record, the kernel's input",
    "Bundle": "the op: as ordered bytes decode to it, and as a client makes it",
    "Fill": "a trade of a taker with a maker: the engine's event, and as a client reads it",
    "Forest": "the protocol's forest, written by engine and verifier apart, on purpose",
    "Instrument": "a listed instrument: the engine's record, and as a client reads it",
    "Position": "a position: the engine's record, and as a client reads it",
    "OpChange": "a promise that did not hold: as the node keeps it, and as a client reads it",
    "OpReport": "where an op is and what it did: as the node keeps it, and as a client reads it",
    "OrderEvent": "an event in an order's life: as the node keeps it, and as a client reads it",
    "OrderEventKind": "what happened to an order: as the node keeps it, and as a client reads it",
    "RemovalReason": "why an order left the book: the engine's event, and as a client reads it",
    "RawSvi": "raw SVI parameters: as a file gives them, and as the kernel takes them",
    "Section": "a section of a file that a person writes",
    "SetSession": "the op: as ordered bytes decode to it, and as a client makes it",
    "Tree": "a tree of the forest, written by engine and verifier apart, on purpose",
    "Withdraw": "the op: as ordered bytes decode to it, and as a client makes it",
}
# Words that were said here once for what has a plain name: the plain name follows.
PLAIN_ENGLISH = {
    r"dear(er|est)?\b": "expensive, costs more, most expensive",
    r"mend(s|ed|ing)?\b": "repair, fix, rewrite",
    r"for who (?!in\b)": "for those who, for whoever",
    r"where nobody watches": "without a terminal",
    r"for the while": "for the time being",
    r"(for|in) want of": "without, lacks",
    r"what lacks": "what is missing",
    r"(hitherto|whence|whoso|thereof|naught|amiss)\b": "a word of today",
}
QUOTES_ODD_WORDS = {"tests/test_tidy.py", "docs/style.md"}
CLOCK_AND_CHANCE = {"time", "datetime", "random", "secrets", "os", "uuid", "numpy", "decimal"}


@cache
def tracked(*suffixes: str) -> list[Path]:
    """Return the tracked files with one of these suffixes, relative to the repository."""
    listing = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    names = [name for name in listing.split("\0") if name]
    paths = [Path(name) for name in names if not suffixes or name.endswith(suffixes)]
    return [path for path in paths if (ROOT / path).is_file()]


def written_by_hand(*suffixes: str) -> list[Path]:
    return [path for path in tracked(*suffixes) if not str(path).startswith(GENERATED)]


def parse(path: Path) -> ast.Module:
    return parsed(ROOT / path)


@pytest.fixture(autouse=True, scope="module")
def no_garbage_collection() -> Iterator[None]:
    """Half a million nodes of syntax trees stay: searching them for garbage costs two seconds."""
    gc.disable()
    yield
    gc.enable()


@cache
def parsed(file: Path) -> ast.Module:
    return ast.parse(file.read_text("utf-8"), str(file))


def core_modules() -> list[Path]:
    return [
        path
        for path in tracked(".py")
        if path.is_relative_to("sequencer/core") or path.is_relative_to("risk/kernel")
    ]


def long_modules() -> Iterator[str]:
    for path in written_by_hand(".py", ".sol", ".js"):
        lines = (ROOT / path).read_text("utf-8").count("\n")
        if lines > MODULE_LINES_MAX:
            yield f"{path}: {lines} lines, at most {MODULE_LINES_MAX}: split it by concept"


def long_functions() -> Iterator[str]:
    for path in written_by_hand(".py"):
        for node in ast.walk(parse(path)):
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > FUNCTION_LINES_MAX:
                yield f"{path}:{node.lineno}: {node.name} has {lines} lines"


def vague_names() -> Iterator[str]:
    for path in written_by_hand(".py", ".sol", ".js"):
        if VAGUE_NAMES & {path.stem.lower(), *(part.lower() for part in path.parts[:-1])}:
            yield f"{path}: a module is named by what it is about"


def floats_in_core() -> Iterator[str]:
    for path in core_modules():
        for node in ast.walk(parse(path)):
            match node:
                case ast.Constant(value=float() | complex()):
                    what = "a float"
                case ast.Name(id="float" | "complex" | "round" as name):
                    what = name
                case ast.BinOp(op=ast.Div()) | ast.AugAssign(op=ast.Div()):
                    what = "true division"
                case ast.Import(names=names) if any(each.name == "math" for each in names):
                    what = "all of math: import its integer functions by name"
                case ast.ImportFrom(module="math", names=names) if {
                    each.name for each in names
                } - INTEGER_MATH:
                    what = "a float function of math"
                case _:
                    continue
            yield f"{path}:{getattr(node, 'lineno', 0)}: {what}"


def clocks_in_core() -> Iterator[str]:
    for path in core_modules():
        for node in ast.walk(parse(path)):
            names: list[str] = []
            if isinstance(node, ast.Import):
                names = [each.name for each in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            for name in names:
                if name.partition(".")[0] in CLOCK_AND_CHANCE:
                    yield f"{path}:{getattr(node, 'lineno', 0)}: imports {name}"


def registry_hosts() -> Iterator[str]:
    for path in tracked():
        if path.name == "uv.lock" or path.is_symlink():
            continue
        text = (ROOT / path).read_bytes().decode("utf-8", "replace")
        if match := REGISTRY_HOST.search(text):
            yield f"{path}: names {match[0]}"


def forbidden_imports() -> Iterator[str]:
    """Rules that import-linter does not see: dynamic imports, folders by a second name."""
    strangers = {"verifier": "sequencer", "sequencer": "verifier"}
    for path in written_by_hand(".py"):
        text = (ROOT / path).read_text("utf-8")
        stranger = strangers.get(path.parts[0])
        if stranger and re.search(rf"['\"](strikeproof\.)?{stranger}(\.|['\"])", text):
            yield f"{path}: names the package {stranger}"
        for match in re.finditer(rf"^\s*(?:from|import) ({LINKED})\b", text, re.MULTILINE):
            yield f"{path}: imports {match[1]} by its folder: the name is strikeproof.{match[1]}"


def careless_solidity() -> Iterator[str]:
    for path in tracked(".sol"):
        text = (ROOT / path).read_text("utf-8")
        if "pragma solidity 0.8.37;" not in text:
            yield f"{path}: the compiler is not exact: pragma solidity 0.8.37;"
        if "SPDX-License-Identifier: Apache-2.0" not in text:
            yield f"{path}: no license line"
        code = re.sub(r"//[^\n]*|/\*[\s\S]*?\*/", "", text)
        if path.is_relative_to("contracts/src"):
            if re.search(r"\bassembly\s*\{", code):
                yield f"{path}: an assembly block is not marked memory-safe"
            if re.search(r"\b(?:require|revert)\s*\(\s*[^)]*\"", code):
                yield f"{path}: an error is a text: declare a custom one"


def loose_pins() -> Iterator[str]:
    lock = tomllib.loads((ROOT / "uv.lock").read_text())
    uv = next(package["version"] for package in lock["package"] if package["name"] == "uv")
    if f"uv=={uv} " not in (ROOT / "tools" / "uv.txt").read_text():
        yield "tools/uv.txt does not pin the uv of uv.lock: run make lock"
    if '"resolved"' in (ROOT / "contracts" / "package-lock.json").read_text():
        yield "contracts/package-lock.json names where packages come from: omit resolved"


def local_paths() -> Iterator[str]:
    """No text depends on the machine that it was written on."""
    for path in tracked(".py", ".md", ".toml", ".sol", ".js", ".proto", ".sh", ".json"):
        text = (ROOT / path).read_text("utf-8")
        if match := re.search(r"(?<![\w.$}])/(?:work|root|home)/[\w.]+", text):
            yield f"{path}: names {match[0]}"


def names_in_use() -> Iterator[tuple[str, str]]:
    """Yield the names of files and of public classes, each with where it is, tests left out."""
    for path in written_by_hand(".py", ".sol", ".js"):
        if "tests" in path.parts or path.is_relative_to("contracts/test"):
            continue
        if path.name != "__init__.py":
            yield path.name, str(path)
        if path.suffix == ".py":
            for node in ast.walk(parse(path)):
                if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                    yield node.name, f"{path}:{node.lineno}"


def names_with_two_meanings() -> Iterator[str]:
    places: defaultdict[str, list[str]] = defaultdict(list)
    for name, place in names_in_use():
        places[name].append(place)
    for name, found in places.items():
        if len(found) > 1 and name not in SAME_MEANING:
            also = ", ".join(found[1:])
            yield f"{found[0]}: {name} is also in {also}: rename one, or say why they are the same"


def odd_english() -> Iterator[str]:
    """Words of texts, comments and names that a newcomer stumbles over."""
    odd = re.compile("|".join(rf"\b{pattern}" for pattern in PLAIN_ENGLISH), re.IGNORECASE)
    for path in tracked(".py", ".md", ".toml", ".sol", ".js", ".proto", ".sh", "Makefile"):
        if path.is_symlink() or str(path) in QUOTES_ODD_WORDS:
            continue
        text = (ROOT / path).read_text("utf-8")
        for match in odd.finditer(text):
            number = text.count("\n", 0, match.start()) + 1
            said = next(v for k, v in PLAIN_ENGLISH.items() if re.match(k, match[0], re.I))
            yield f"{path}:{number}: “{match[0].strip()}”: say {said}"


def traps_of_mypyc() -> Iterator[str]:
    """What means something else, or nothing, once mypyc has compiled it (docs/adr/0023)."""
    compiled = {f"sequencer/{name}" for name in HOT}
    for path in tracked(".py"):
        if not path.is_relative_to("sequencer/core") and str(path) not in compiled:
            continue
        for node in ast.walk(parse(path)):
            if isinstance(node, ast.ImportFrom) and node.module == "abc":
                yield f"{path}:{node.lineno}: native ABCs share one cache of isinstance"
            if isinstance(node, ast.Name) and node.id == "slice":
                yield f"{path}:{node.lineno}: bytes[SLICE] is read as an index: write [a:b]"


RULES: list[Callable[[], Iterator[str]]] = [
    long_modules,
    long_functions,
    vague_names,
    floats_in_core,
    clocks_in_core,
    registry_hosts,
    forbidden_imports,
    careless_solidity,
    loose_pins,
    local_paths,
    names_with_two_meanings,
    odd_english,
    traps_of_mypyc,
]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_tree_has_no(rule: Callable[[], Iterator[str]]) -> None:
    assert list(rule()) == []


def test_every_explained_name_occurs_twice() -> None:
    found = [name for name, _ in names_in_use()]
    assert [name for name in SAME_MEANING if found.count(name) < 2] == []


PLANTED = {
    long_modules: ("strikeproof/long.py", "x = 1\n" * 501),
    long_functions: ("strikeproof/long.py", "def f():\n" + "    x = 1\n" * 70),
    vague_names: ("strikeproof/utils.py", ""),
    floats_in_core: ("sequencer/core/thing.py", "def f(a):\n    return a / 2\n"),
    clocks_in_core: ("sequencer/core/thing.py", "from time import monotonic\n"),
    registry_hosts: ("notes.md", "see https://py" + "pi.org/simple"),
    forbidden_imports: ("verifier/thing.py", "import_module('strikeproof.sequencer.core')\n"),
    careless_solidity: ("contracts/src/Thing.sol", "pragma solidity ^0.8.0;\n"),
    local_paths: ("docs/thing.md", "see " + "/wo" + "rk/main/README.md"),
    names_with_two_meanings: ("bench/thing.py", "class Thing: ...\nclass Thing: ...\n"),
    odd_english: ("docs/thing.md", "The dearest op was mended."),
    traps_of_mypyc: ("sequencer/core/thing.py", "PART = slice(1, 5)\n"),
}


@pytest.mark.parametrize("rule", PLANTED, ids=lambda rule: rule.__name__)
def test_rule_finds_what_it_forbids(
    rule: Callable[[], Iterator[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, text = PLANTED[rule]
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).write_text(text)
    here = sys.modules[__name__]
    monkeypatch.setattr(here, "ROOT", tmp_path)
    monkeypatch.setattr(
        here, "tracked", lambda *suffixes: [Path(name)] if name.endswith(suffixes or "") else []
    )
    assert any(line.startswith(name) for line in rule())
