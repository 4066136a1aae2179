"""proto/**/*.proto → message and service classes in strikeproof/wire, with types.

Ours (`strikeproof/v1`) lie in `strikeproof.wire` itself, those of etcd in `strikeproof.wire.etcd`.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from tools.generate.source import BadSource

TARGETS = {"strikeproof/v1": "strikeproof.wire", "etcd": "strikeproof.wire.etcd"}
"""Folders of proto/, and the packages that their modules come to lie in."""


def message_modules(proto: Path) -> Mapping[Path, str]:
    """Return the generated modules by their paths below `strikeproof/wire`.

    The files keep their protobuf names (`strikeproof/v1/…`), which other languages share; only
    the Python imports are moved. Raises BadSource if protoc refuses a file.
    """
    found: dict[Path, str] = {}
    for folder, package in TARGETS.items():
        below = Path(*package.split(".")[2:])
        for name, text in _compiled(proto, folder).items():
            found[below / name] = _moved(text, folder.replace("/", "."), package)
    return found


def _compiled(proto: Path, folder: str) -> dict[str, str]:
    """Return what protoc writes for the files of a folder, by file name."""
    sources = sorted(str(each.relative_to(proto)) for each in proto.glob(f"{folder}/*.proto"))
    if not sources:
        return {}
    with TemporaryDirectory() as target:
        outputs = ("python", "grpc_python", "mypy", "mypy_grpc")
        command = [sys.executable, "-m", "grpc_tools.protoc", f"-I{proto}"]
        command += [f"--{each}_out={target}" for each in outputs]
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
        written = sorted(Path(target, folder).iterdir())
        return {each.name: each.read_text() for each in written if _has_content(each)}


def _has_content(module: Path) -> bool:
    """Return whether protoc had anything to write: it writes service modules for every file."""
    return "_pb2_grpc" not in module.name or "Servicer" in module.read_text()


def _moved(text: str, source: str, target: str) -> str:
    """Return a generated module's text with its imports moved to another package."""
    imports = re.compile(rf"^(\s*(?:from|import)\s+){re.escape(source)}\b", re.MULTILINE)
    names = re.compile(rf"'{re.escape(source)}\.(\w+_pb2)'")
    return names.sub(rf"'{target}.\1'", imports.sub(rf"\1{target}", text))
