"""`make generate`: write the generated files; `--check`: exit 1 if one is not what proto/ gives."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

from tools.generate.api_reference import FILES, api_reference
from tools.generate.codes import errors_py, results_sol
from tools.generate.document_tables import table
from tools.generate.documents import documents, filled
from tools.generate.layout_python import layout_py
from tools.generate.layout_solidity import layout_sol
from tools.generate.messages import message_modules
from tools.generate.operations_python import operations_py
from tools.generate.operations_solidity import operations_sol
from tools.generate.params import constants_py, params_sol
from tools.generate.planned import charge_section, check_families, read_planned, read_planned_codes
from tools.generate.portfolio_grid import portfolio_grid_sol
from tools.generate.source import BadSource
from tools.generate.sources import Sources, read_sources
from tools.generate.typescript import wire_ts
from tools.generate.units import units_py

ROOT = Path(__file__).resolve().parent.parent.parent
PROTO = ROOT / "proto"
WIRE = Path("strikeproof", "wire")
SOLIDITY = Path("contracts", "src", "generated")
TYPESCRIPT = Path("clients", "js", "src")


def read(name: str) -> dict[str, Any]:
    """Return the parsed file `name` of proto/. Raises BadSource if it is not TOML."""
    try:
        return tomllib.loads((PROTO / name).read_text())
    except tomllib.TOMLDecodeError as error:
        raise BadSource(f"{name}: {error}") from error


def formatted(text: str) -> str:
    """Return Python source as `ruff format` leaves it."""
    command = [sys.executable, "-m", "ruff", "format", "--stdin-filename", "generated.py", "-"]
    return subprocess.run(
        command, input=text, capture_output=True, text=True, check=True, cwd=ROOT
    ).stdout


def sources_in_force() -> Sources:
    """Return what the files of proto/ define, but for what is planned. Raises BadSource."""
    return read_sources(
        *map(read, ("params.toml", "errors.toml", "layout.toml", "operations.toml"))
    )


def proto_sources() -> Sources:
    """Return all that the files of proto/ define: seconds, for what planned ops reserve. Raises
    BadSource."""
    sources = sources_in_force()
    planned = read_planned(
        read("planned/params.toml"),
        {**read("layout.toml"), **read("planned/layout.toml")},
        read("reserves.toml"),
        sources.params,
        {each.text for each in sources.units},
    )
    codes = read_planned_codes(read("planned/errors.toml"), sources.codes)
    members = sources.operations.members
    check_families(planned.ops, {each.name: each.runs_in for each in members["op"]})
    in_force = {each.name for family in ("op", "message") for each in members[family]}
    charges = charge_section(planned.ops, in_force)
    return replace(
        sources,
        params=[*sources.params, charges],
        planned=replace(planned, codes=codes),
    )


def generated_files() -> dict[Path, str]:
    """Return every generated file by its path in the repository. Raises BadSource."""
    sources = proto_sources()
    solidity = {
        SOLIDITY / "Params.sol": params_sol(sources.params),
        SOLIDITY / "Results.sol": results_sol(sources.codes),
        SOLIDITY / "Layout.sol": layout_sol(sources.records),
        SOLIDITY / "Operations.sol": operations_sol(sources.operations),
        SOLIDITY / "PortfolioGrid.sol": portfolio_grid_sol(),
    }
    refuse_duplicates(*solidity.values())
    return {
        **solidity,
        WIRE / "constants.py": formatted(constants_py(sources.params)),
        WIRE / "errors.py": formatted(errors_py(sources.codes)),
        WIRE / "layout.py": formatted(layout_py(sources.records, sources.units)),
        WIRE / "operations.py": formatted(operations_py(sources)),
        WIRE / "units.py": formatted(units_py(sources.units)),
        **{WIRE / name: text for name, text in message_modules(PROTO).items()},
        TYPESCRIPT / "wire.ts": wire_ts(sources),
        Path("docs", "api.md"): api_reference(
            {name: (PROTO / "strikeproof" / "v1" / f"{name}.proto").read_text() for name in FILES}
        ),
        **filled_documents(sources),
    }


def filled_documents(sources: Sources) -> dict[Path, str]:
    """Return the documents that have tables, with them filled. Raises BadSource."""
    found = {}
    for path in documents(ROOT):
        try:
            text = (ROOT / path).read_text()
            found[path] = filled(text, lambda name: table(name, sources))
        except BadSource as error:
            raise BadSource(f"{path} {error}") from error
    return found


def refuse_duplicates(*texts: str) -> None:
    """Raise BadSource if two Solidity files declare one name: a contract imports them all."""
    declared: set[str] = set()
    for text in texts:
        names = re.findall(r"^(?:\w+ constant|library) (\w+)", text, re.MULTILINE)
        twice = sorted({name for name in names if name in declared or names.count(name) > 1})
        if twice:
            raise BadSource(f"defined twice: {', '.join(twice)}")
        declared.update(names)


def present_files() -> set[Path]:
    """Return the paths at which only generated files may lie."""
    found = [
        path
        for folder in (WIRE, WIRE / "etcd", SOLIDITY)
        for pattern in ("*.py", "*.pyi", "*.sol")
        for path in (ROOT / folder).glob(pattern)
    ]
    return {path.relative_to(ROOT) for path in found if path.name != "__init__.py"}


def main(arguments: list[str]) -> int:
    """Write what differs, or with --check only name it."""
    try:
        expected = generated_files()
    except BadSource as error:
        print(f"proto/: {error}", file=sys.stderr)
        return 1
    stale = sorted(
        path
        for path in expected.keys() | present_files()
        if not (ROOT / path).exists() or (ROOT / path).read_text() != expected.get(path)
    )
    for path in stale:
        if "--check" in arguments:
            print(f"{path} is not what proto/ gives: run make generate", file=sys.stderr)
        elif path in expected:
            (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
            (ROOT / path).write_text(expected[path])
            print(f"wrote {path}")
        else:
            (ROOT / path).unlink()
            print(f"removed {path}")
    return 1 if stale and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
