"""Style that a machine can judge: the rules of docs/style.md, checked in the tree itself.

Only files that git tracks are judged. A rule of one file is a function that yields one line per
offence in it; what it found is kept until the file or this module changes.
"""

from __future__ import annotations

import ast
import re
import subprocess
import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import TypedDict

import pytest

from tests.same_meaning import SAME_MEANING
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
LINKED = "bench|cli|contracts|devnet|gateway|proto|risk|sequencer|verifier"
# Words that were said here once for what has a plain name: the plain name follows.
PLAIN_ENGLISH = {
    r"dear(er|est)?\b": "expensive, costs more, most expensive",
    r"mend(s|ed|ing)?\b": "repair, fix, rewrite",
    r"for who (?!in\b)": "for those who, for whoever",
    r"where nobody watches": "without a terminal",
    r"for the while": "for the time being",
    r"(for|in) want of": "without, lacks",
    r"what lacks": "what is missing",
    r"in vain\b": "for nothing, without effect",
    r"to who (?!(has|have|did|is)\b)": "to whoever",
    r"(hitherto|whence|whoso|thereof|naught|amiss|wherein|herein|lest|ought)\b": "a modern word",
    r"(is|are|was|were|be|been) told\b": "is reported, is acknowledged, gets",
    r"tells\b": "says, reports, shows, returns",
    r"told (of|as)\b": "reported, given",
    r"for ever\b": "forever, for good",
    r"anew\b": "again, or re-",
    r"any more\b": "no longer",
    r"shall\b": "is to, must, will",
    r"nobody's\b": "no, none",
    r"(?<!as )(?<!made )of (now|then|before)\b": "present, earlier",
    r"that of now\b": "the present one",
    r"beside (orders|those|that|fills)\b": "besides",
    r"befalls?\b": "hits",
    r"(the|it may be|so) that it be\b": "so that it is",
    r"of its own accord\b": "by itself",
    r"(?<!there )(is|are|was|were) no (?!longer|more|less|reason|way|need|matter|other|such|better|"
    r"worse|earlier|later|one\b|farther|deeper|use\b|danger)[`\w]": "is not a",
    r"(of|at least|at most|after|for|with|than|over|in) so (many|much|long)\b(?! (as|that|of)\b)": (
        "this many, this long"
    ),
}
ODD_ENGLISH = re.compile("|".join(rf"\b{pattern}" for pattern in PLAIN_ENGLISH), re.IGNORECASE)
# The audit quotes the tree as it was, the changelog its own earlier words.
QUOTES_ODD_WORDS = {"tests/test_tidy.py", "docs/style.md", "docs/audit-2026.md", "CHANGELOG.md"}
# Where a text that explains something begins: docstring, comment, field of a source, table cell.
FRAGMENT = re.compile(
    r'(?:"""|(?:help|doc|reason|meaning) ?= ?"|(?://[/!]?|/?\*\*?|#) |^\|.* \| )Of ', re.MULTILINE
)
# Folders that are pure: no float, no clock, no chance.
PURE = ("sequencer/core", "risk/kernel")
RULES_TEXT = Path(__file__).read_bytes() + repr(HOT).encode()
COMPILED = {f"sequencer/{name}" for name in HOT}
FAILURES = {"Rejected", "Transient", "Broken"}
CLOCK_AND_CHANCE = {"time", "datetime", "random", "secrets", "os", "uuid", "numpy", "decimal"}


@dataclass(frozen=True)
class Source:
    """A tracked file: its path in the repository, its text, and its syntax tree, node by node."""

    path: Path
    text: str

    @cached_property
    def nodes(self) -> list[ast.AST]:
        return list(ast.walk(ast.parse(self.text, str(self.path)))) if self.is_a(".py") else []

    def is_a(self, *suffixes: str) -> bool:
        return str(self.path).endswith(suffixes)

    def is_below(self, *folders: str) -> bool:
        return any(self.path.is_relative_to(folder) for folder in folders)

    @property
    def is_code(self) -> bool:
        return self.is_a(".py", ".sol", ".js")

    @property
    def is_written_by_hand(self) -> bool:
        return not str(self.path).startswith(GENERATED)


class Facts(TypedDict):
    """What one pass over a file found: offences by rule, and the names that the file declares."""

    digest: str
    offences: dict[str, list[str]]
    names: list[tuple[str, str]]


def tracked() -> list[Path]:
    """Return the tracked files, relative to the repository, without symbolic links."""
    listing = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    paths = [Path(name) for name in listing.split("\0") if name]
    return [path for path in paths if (ROOT / path).is_file() and not (ROOT / path).is_symlink()]


def facts_of(file: Path, path: Path, before: Facts | None) -> Facts:
    """Return the facts of the file, which are those of before if neither it nor a rule changed."""
    content = file.read_bytes()
    digest = sha256(RULES_TEXT + content).hexdigest()
    if before is not None and before["digest"] == digest:
        return before
    source = Source(path, content.decode("utf-8", "replace"))
    found = {rule.__name__: list(rule(source)) for rule in FILE_RULES}
    return Facts(
        digest=digest,
        offences={name: lines for name, lines in found.items() if lines},
        names=list(names_declared(source)),
    )


@pytest.fixture(scope="module")
def facts(pytestconfig: pytest.Config) -> list[Facts]:
    """Return the facts of every file, from pytest's cache for those that did not change.

    So each file is parsed once, and no syntax tree outlives the rules that read it.
    """
    cache = pytestconfig.cache
    known: dict[str, Facts] = cache.get("tidy/facts", {}) if cache else {}
    current = {str(path): facts_of(ROOT / path, path, known.get(str(path))) for path in tracked()}
    if cache:
        cache.set("tidy/facts", current)
    return list(current.values())


def long_module(source: Source) -> Iterator[str]:
    lines = source.text.count("\n")
    if source.is_code and source.is_written_by_hand and lines > MODULE_LINES_MAX:
        yield f"{source.path}: {lines} lines, at most {MODULE_LINES_MAX}: split it by concept"


def long_function(source: Source) -> Iterator[str]:
    if not source.is_written_by_hand:
        return
    for node in source.nodes:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > FUNCTION_LINES_MAX:
                yield f"{source.path}:{node.lineno}: {node.name} has {lines} lines"


def vague_name(source: Source) -> Iterator[str]:
    path = source.path
    words = {path.stem.lower(), *(part.lower() for part in path.parts[:-1])}
    if source.is_code and source.is_written_by_hand and VAGUE_NAMES & words:
        yield f"{path}: a module is named by what it is about"


def float_in_core(source: Source) -> Iterator[str]:
    if not source.is_below(*PURE):
        return
    for node in source.nodes:
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
        yield f"{source.path}:{getattr(node, 'lineno', 0)}: {what}"


def clock_in_core(source: Source) -> Iterator[str]:
    if not source.is_below(*PURE):
        return
    for node in source.nodes:
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [each.name for each in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        for name in names:
            if name.partition(".")[0] in CLOCK_AND_CHANCE:
                yield f"{source.path}:{getattr(node, 'lineno', 0)}: imports {name}"


def registry_host(source: Source) -> Iterator[str]:
    if source.path.name != "uv.lock" and (match := REGISTRY_HOST.search(source.text)):
        yield f"{source.path}: names {match[0]}"


def forbidden_import(source: Source) -> Iterator[str]:
    """Rules that import-linter does not see: dynamic imports, folders by a second name."""
    if not (source.is_a(".py") and source.is_written_by_hand):
        return
    strangers = {"verifier": "sequencer", "sequencer": "verifier"}
    stranger = strangers.get(source.path.parts[0])
    if stranger and re.search(rf"['\"](strikeproof\.)?{stranger}(\.|['\"])", source.text):
        yield f"{source.path}: names the package {stranger}"
    for match in re.finditer(rf"^\s*(?:from|import) ({LINKED})\b", source.text, re.MULTILINE):
        said = f"imports {match[1]} by its folder: the name is strikeproof.{match[1]}"
        yield f"{source.path}: {said}"


def careless_solidity(source: Source) -> Iterator[str]:
    if not source.is_a(".sol"):
        return
    path = source.path
    if "pragma solidity 0.8.37;" not in source.text:
        yield f"{path}: the compiler is not exact: pragma solidity 0.8.37;"
    if "SPDX-License-Identifier: Apache-2.0" not in source.text:
        yield f"{path}: no license line"
    if source.is_below("contracts/src"):
        code = re.sub(r"//[^\n]*|/\*[\s\S]*?\*/", "", source.text)
        if re.search(r"\bassembly\s*\{", code):
            yield f"{path}: an assembly block is not marked memory-safe"
        if re.search(r"\b(?:require|revert)\s*\(\s*[^)]*\"", code):
            yield f"{path}: an error is a text: declare a custom one"


def local_path(source: Source) -> Iterator[str]:
    """No text depends on the machine that it was written on."""
    if source.is_a(".py", ".md", ".toml", ".sol", ".js", ".proto", ".sh", ".json") and (
        match := re.search(r"(?<![\w.$}])/(?:work|root|home)/[\w.]+", source.text)
    ):
        yield f"{source.path}: names {match[0]}"


def odd_english(source: Source) -> Iterator[str]:
    """Words of texts, comments and names that a newcomer stumbles over."""
    texts = source.is_a(".py", ".md", ".toml", ".sol", ".js", ".proto", ".sh", "Makefile")
    if not texts or str(source.path) in QUOTES_ODD_WORDS:
        return
    for match in ODD_ENGLISH.finditer(source.text):
        number = source.text.count("\n", 0, match.start()) + 1
        said = next(v for k, v in PLAIN_ENGLISH.items() if re.match(k, match[0], re.I))
        yield f"{source.path}:{number}: “{match[0].strip()}”: say {said}"


def fragment(source: Source) -> Iterator[str]:
    """A text that begins with "Of …" and so says what something belongs to, not what it is."""
    if not source.is_written_by_hand or str(source.path) in QUOTES_ODD_WORDS:
        return
    if not source.is_a(".py", ".md", ".toml", ".sol", ".js", ".proto", ".sh", ".yaml", ".yml"):
        return
    for match in FRAGMENT.finditer(source.text):
        number = source.text.count("\n", 0, match.end()) + 1
        yield f"{source.path}:{number}: begins with “Of”: say what it is, or what is returned"


def trap_of_mypyc(source: Source) -> Iterator[str]:
    """What means something else, or nothing, once mypyc has compiled it (docs/adr/0023)."""
    if not source.is_below("sequencer/core") and str(source.path) not in COMPILED:
        return
    for node in source.nodes:
        if isinstance(node, ast.ImportFrom) and node.module == "abc":
            yield f"{source.path}:{node.lineno}: native ABCs share one cache of isinstance"
        if isinstance(node, ast.Name) and node.id == "slice":
            yield f"{source.path}:{node.lineno}: bytes[SLICE] is read as an index: write [a:b]"


def failure_without_values(source: Source) -> Iterator[str]:
    """A failure carries the values that it is about, so its class has a constructor for them."""
    if not source.is_written_by_hand or source.is_below("tests"):
        return
    for node in source.nodes:
        if not isinstance(node, ast.ClassDef) or len(node.bases) != 1:
            continue
        methods = {each.name for each in node.body if isinstance(each, ast.FunctionDef)}
        if ast.unparse(node.bases[0]) in FAILURES and "__init__" not in methods:
            yield f"{source.path}:{node.lineno}: {node.name} carries no values"


def names_declared(source: Source) -> Iterator[tuple[str, str]]:
    """Yield the file's name and its public classes, each with where it is, tests left out."""
    path = source.path
    if not (source.is_code and source.is_written_by_hand):
        return
    if "tests" in path.parts or source.is_below("contracts/test"):
        return
    if path.name != "__init__.py":
        yield path.name, str(path)
    for node in source.nodes:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield node.name, f"{path}:{node.lineno}"


def names_with_two_meanings(names: Iterable[tuple[str, str]]) -> Iterator[str]:
    places: defaultdict[str, list[str]] = defaultdict(list)
    for name, place in names:
        places[name].append(place)
    for name, found in places.items():
        if len(found) > 1 and name not in SAME_MEANING:
            also = ", ".join(found[1:])
            yield f"{found[0]}: {name} is also in {also}: rename one, or say why they are the same"


def loose_pins() -> Iterator[str]:
    lock = tomllib.loads((ROOT / "uv.lock").read_text())
    uv = next(package["version"] for package in lock["package"] if package["name"] == "uv")
    if f"uv=={uv} " not in (ROOT / "tools" / "uv.txt").read_text():
        yield "tools/uv.txt does not pin the uv of uv.lock: run make lock"
    if '"resolved"' in (ROOT / "contracts" / "package-lock.json").read_text():
        yield "contracts/package-lock.json names where packages come from: omit resolved"


Rule = Callable[[Source], Iterator[str]]
FILE_RULES: list[Rule] = [
    long_module,
    long_function,
    vague_name,
    float_in_core,
    clock_in_core,
    registry_host,
    forbidden_import,
    careless_solidity,
    local_path,
    odd_english,
    fragment,
    trap_of_mypyc,
    failure_without_values,
]


@pytest.mark.parametrize("rule", FILE_RULES, ids=lambda rule: rule.__name__)
def test_tree_has_no(rule: Rule, facts: list[Facts]) -> None:
    assert [line for each in facts for line in each["offences"].get(rule.__name__, [])] == []


def test_tree_has_no_names_with_two_meanings(facts: list[Facts]) -> None:
    names = [(name, place) for each in facts for name, place in each["names"]]
    assert list(names_with_two_meanings(names)) == []
    found = [name for name, _ in names]
    assert [name for name in SAME_MEANING if found.count(name) < 2] == [], "explained for nothing"


def test_tree_has_no_loose_pins() -> None:
    assert list(loose_pins()) == []


PLANTED: dict[Rule, tuple[str, str]] = {
    long_module: ("strikeproof/long.py", "x = 1\n" * 501),
    long_function: ("strikeproof/long.py", "def f():\n" + "    x = 1\n" * 70),
    vague_name: ("strikeproof/utils.py", ""),
    float_in_core: ("sequencer/core/thing.py", "def f(a):\n    return a / 2\n"),
    clock_in_core: ("sequencer/core/thing.py", "from time import monotonic\n"),
    registry_host: ("notes.md", "see https://py" + "pi.org/simple"),
    forbidden_import: ("verifier/thing.py", "import_module('strikeproof.sequencer.core')\n"),
    careless_solidity: ("contracts/src/Thing.sol", "pragma solidity ^0.8.0;\n"),
    local_path: ("docs/thing.md", "see " + "/wo" + "rk/main/README.md"),
    odd_english: ("docs/thing.md", "The dearest op was mended."),
    fragment: ("l1/thing.py", 'class Thing:\n    size: int\n    """Of the thing."""\n'),
    failure_without_values: ("l1/thing.py", "class Thing(Broken):\n    code = 1\n"),
    trap_of_mypyc: ("sequencer/core/thing.py", "PART = slice(1, 5)\n"),
}


@pytest.mark.parametrize(
    "text",
    [
        "What was lost is told.",
        "The log tells it.",
        "It waits for ever.",
        "It is counted anew.",
        "Nobody asks any more.",
        "The venue shall list it.",
        "It is nobody's word.",
        "the index of now",
        "what happens beside orders",
        "A log is no call.",
        "Bytes that are no `op`.",
        "a number of so many bits",
        "after so long without a block",
    ],
)
def test_odd_english_is_found(text: str) -> None:
    assert list(odd_english(Source(Path("docs/thing.md"), text)))


@pytest.mark.parametrize(
    "text",
    ["There is no log.", "It is no longer open.", "so long that it lapsed", "as of now"],
)
def test_plain_english_is_not_odd(text: str) -> None:
    assert list(odd_english(Source(Path("docs/thing.md"), text))) == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("contracts/src/Thing.sol", "/// @dev It.\n/// Of each thing its size.\n"),
        ("docs/thing.md", "| `size` | u8 | Of the thing. |\n"),
        ("proto/thing.toml", 'x = { doc = "Of the thing." }\n'),
        ("clients/thing.js", "/** Of each thing. */\n"),
    ],
)
def test_a_text_that_begins_with_of_is_found(name: str, text: str) -> None:
    assert list(fragment(Source(Path(name), text)))


@pytest.mark.parametrize("rule", FILE_RULES, ids=lambda rule: rule.__name__)
def test_rule_finds_what_it_forbids(rule: Rule) -> None:
    name, text = PLANTED[rule]
    assert any(line.startswith(name) for line in rule(Source(Path(name), text)))


def test_a_second_class_of_a_name_is_found() -> None:
    source = Source(Path("bench/thing.py"), "class Thing: ...\nclass Thing: ...\n")
    assert any(
        "Thing is also in" in line for line in names_with_two_meanings(names_declared(source))
    )


def test_facts_are_kept_until_the_file_changes(tmp_path: Path) -> None:
    file, path = tmp_path / "thing.md", Path("docs/thing.md")
    file.write_text("The mended op.")
    before = facts_of(file, path, None)
    assert "odd_english" in before["offences"]
    assert facts_of(file, path, before) is before
    file.write_text("The repaired op.")
    assert facts_of(file, path, before)["offences"] == {}
