"""`make generate`: write the generated files; `--check`: exit 1 if one is not what proto/ gives."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

from tools.generate.codes import errors_py, read_codes, results_sol
from tools.generate.layout import read_layout
from tools.generate.layout_python import layout_py
from tools.generate.layout_solidity import layout_sol
from tools.generate.messages import message_modules
from tools.generate.operations import read_operations
from tools.generate.operations_python import operations_py
from tools.generate.operations_solidity import operations_sol
from tools.generate.params import constants_py, params_sol, read_params
from tools.generate.source import BadSource
from tools.generate.typed_data import read_typed_data, typehash_section
from tools.generate.units import read_units, units_py

ROOT = Path(__file__).resolve().parent.parent.parent
PROTO = ROOT / "proto"
WIRE = Path("strikeproof", "wire")
SOLIDITY = Path("contracts", "src", "generated")


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


def generated_files() -> dict[Path, str]:
    """Return every generated file by its path in the repository. Raises BadSource."""
    params, codes = read_params(read("params.toml")), read_codes(read("errors.toml"))
    source = read("operations.toml")
    operations, units = read_operations(source, params), read_units(source.get("units", {}))
    domain, structs = read_typed_data(source, operations)
    params.append(typehash_section(domain, structs))
    constants = {
        each.name: each.value
        for section in params
        for each in section.constants
        if isinstance(each.value, int) and not section.enum
    }
    records = read_layout(read("layout.toml"), constants, {each.text for each in units})
    solidity = {
        SOLIDITY / "Params.sol": params_sol(params),
        SOLIDITY / "Results.sol": results_sol(codes),
        SOLIDITY / "Layout.sol": layout_sol(records),
        SOLIDITY / "Operations.sol": operations_sol(operations),
    }
    refuse_duplicates(*solidity.values())
    return {
        **solidity,
        WIRE / "constants.py": formatted(constants_py(params)),
        WIRE / "errors.py": formatted(errors_py(codes)),
        WIRE / "layout.py": formatted(layout_py(records, units)),
        WIRE / "operations.py": formatted(operations_py(operations, domain, structs, units)),
        WIRE / "units.py": formatted(units_py(units)),
        **{WIRE / name: text for name, text in message_modules(PROTO).items()},
    }


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
        for folder in (WIRE, SOLIDITY)
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
