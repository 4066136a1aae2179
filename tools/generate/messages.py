"""proto/strikeproof/v1/*.proto → message and service classes in strikeproof/wire, with types."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from tools.generate.source import BadSource

PACKAGE = "strikeproof.v1"
TARGET = "strikeproof.wire"
IMPORT_LINE = re.compile(rf"^(\s*(?:from|import)\s+){re.escape(PACKAGE)}\b", re.MULTILINE)
MODULE_NAME = re.compile(rf"'{re.escape(PACKAGE)}\.(\w+_pb2)'")


def message_modules(proto: Path) -> Mapping[str, str]:
    """Return the generated modules by file name, e.g. `exchange_pb2.py`.

    The files keep their protobuf names (`strikeproof/v1/…`), which other languages share; only
    the Python imports are moved. Raises BadSource if protoc refuses a file.
    """
    sources = sorted(str(each.relative_to(proto)) for each in proto.glob("strikeproof/v1/*.proto"))
    if not sources:
        return {}
    with TemporaryDirectory() as folder:
        outputs = ("python", "grpc_python", "mypy", "mypy_grpc")
        command = [sys.executable, "-m", "grpc_tools.protoc", f"-I{proto}"]
        command += [f"--{each}_out={folder}" for each in outputs]
        # protoc finds the plugins of mypy-protobuf by name.
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
        run = subprocess.run(
            [*command, *sources],
            env={**os.environ, "PATH": path},
            capture_output=True,
            text=True,
        )
        if run.returncode != 0:
            raise BadSource(run.stderr)
        written = sorted(Path(folder, "strikeproof", "v1").iterdir())
        return {each.name: _moved(each.read_text()) for each in written if _has_content(each)}


def _has_content(module: Path) -> bool:
    """Tell whether protoc had anything to write: it writes service modules for every file."""
    return "_pb2_grpc" not in module.name or "Servicer" in module.read_text()


def _moved(text: str) -> str:
    """Return a generated module's text with its imports moved to strikeproof.wire."""
    return MODULE_NAME.sub(rf"'{TARGET}.\1'", IMPORT_LINE.sub(rf"\1{TARGET}", text))
