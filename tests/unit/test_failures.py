"""Every error that a caller is meant to handle has a stable code of its own and its values."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import strikeproof
from strikeproof.client import Overloaded, Refused, VenueError
from strikeproof.failure import Broken, Failure, Rejected, Transient
from strikeproof.gateway.chain.shown_batch import ChainUnreadable
from strikeproof.gateway.refusal import GatewayRefusal
from strikeproof.sequencer.api.api_failure import ApiFailure
from strikeproof.wire.errors import API_ERROR_INFO, FAILURE_CODE_INFO, ApiError, FailureCode

ROOT = Path(__file__).resolve().parent.parent.parent
ROOTS = {"rejected": Rejected, "transient": Transient, "broken": Broken}
CODED_BY_THE_API = {ApiFailure, VenueError, Refused, Overloaded, GatewayRefusal, ChainUnreadable}
"""Their code is an `ApiError`: callers of the API or of a gateway handle them."""


@cache
def failures() -> frozenset[type[Failure]]:
    """Return every subclass in the installed packages but the roots."""
    for module in pkgutil.walk_packages(strikeproof.__path__, "strikeproof."):
        if not module.name.endswith(("__main__", "_pb2", "_pb2_grpc")):
            importlib.import_module(module.name)

    def below(kind: type[Failure]) -> Iterator[type[Failure]]:
        for each in kind.__subclasses__():
            yield each
            yield from below(each)

    ours = (each for each in below(Failure) if each.__module__.startswith("strikeproof."))
    return frozenset(ours) - set(ROOTS.values())


def test_each_class_has_a_code_of_its_own() -> None:
    codes = {each: vars(each).get("code") for each in failures() - CODED_BY_THE_API}
    assert not [each for each, code in codes.items() if not isinstance(code, FailureCode)]
    assert len(set(codes.values())) == len(codes)


def test_no_code_is_left_without_a_class() -> None:
    used = {each.code for each in failures() - CODED_BY_THE_API}
    assert used == {code for code, info in FAILURE_CODE_INFO.items() if not info.retired}


def test_each_class_stands_below_the_root_that_its_code_names() -> None:
    for each in failures() - CODED_BY_THE_API:
        info = FAILURE_CODE_INFO[FailureCode(each.code)]
        assert [name for name, root in ROOTS.items() if issubclass(each, root)] == [info.root]


def test_api_failures_carry_a_code_of_the_api() -> None:
    assert failures() >= CODED_BY_THE_API
    for code in ApiError:
        failure = ApiFailure(code, open=3)
        assert (failure.code, str(failure)) == (code, API_ERROR_INFO[code].meaning)
        assert failure.details == {"open": "3"}


def test_no_root_is_raised_itself() -> None:
    """A root says what to do and not what happened."""
    names = [each.__name__ for each in ROOTS.values()]
    listed = subprocess.run(
        ["git", "ls-files", "*.py"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    found = [
        f"{path}:{node.lineno}"
        for path in listed.split()
        if not path.startswith("tests/") and (ROOT / path).is_file()
        for node in ast.walk(ast.parse((ROOT / path).read_text("utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names
    ]
    assert not found


def test_no_command_takes_a_fault_of_ours_for_the_callers_mistake() -> None:
    """`exit force` once ended with "list index out of range", as if that were a refusal."""
    faults = {"LookupError", "IndexError", "KeyError"}
    found = [
        f"{path.name}:{node.lineno}"
        for path in (ROOT / "cli").glob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ExceptHandler) and node.type is not None
        if {each.id for each in ast.walk(node.type) if isinstance(each, ast.Name)} & faults
    ]
    assert not found
