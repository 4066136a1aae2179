"""The engine as machine code where there is a build of exactly these sources, else plain Python.

`make compile` builds `sequencer/core`, and the few pure modules around it that run once an op, with
mypyc into `strikeproof/_compiled/KEY/`, with a list of every source that went in and its hash. A
source that differs, another Python or a missing file means plain Python for all of the engine: a
build is never run for sources that it is not of.
`STRIKEPROOF_ENGINE`: `auto` (the default), `plain`, or `compiled`, which raises where auto falls
back. The choice is made once a process, at the first import of the engine.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from importlib.abc import MetaPathFinder
from importlib.machinery import ExtensionFileLoader, ModuleSpec
from importlib.util import spec_from_file_location
from pathlib import Path
from sysconfig import get_config_var
from types import ModuleType
from typing import Final

# What may be compiled: modules whose names begin so.
PREFIXES: Final = ("strikeproof.sequencer.", "strikeproof.ordered_form")
GROUP: Final = "strikeproof_engine"
LIBRARY: Final = f"{GROUP}__mypyc"  # the module that mypyc puts all code into
VARIABLE: Final = "STRIKEPROOF_ENGINE"
BUILDS: Final = Path(__file__).parent / "_compiled"
MANIFEST: Final = "manifest.json"


class EngineNotCompiled(ImportError):
    """`STRIKEPROOF_ENGINE=compiled`, but there is no build of these sources."""


@dataclass(frozen=True, slots=True)
class EngineBuild:
    """What the engine runs as. `reason`: why it is plain, empty where it is compiled."""

    folder: Path | None
    reason: str
    files: Mapping[str, str] = field(default_factory=dict)
    """Extension modules by the name that they are imported under."""

    @property
    def name(self) -> str:
        """`compiled` or `plain`."""
        return "plain" if self.folder is None else "compiled"

    def __str__(self) -> str:
        return self.name + (f" ({self.reason})" if self.reason else "")


def extension_suffix() -> str:
    """Return how the extension modules of this interpreter end: version, machine, system."""
    return str(get_config_var("EXT_SUFFIX"))


def hash_source(path: Path) -> str:
    """Return the hash of a source as a manifest states it. Raises `OSError`."""
    return sha256(path.read_bytes()).hexdigest()


def find_build(builds: Path = BUILDS) -> EngineBuild:
    """Return the build below `builds` that is of the sources beside it, or why there is none."""
    try:
        manifest = json.loads((builds / MANIFEST).read_text())
        key, suffix, sources = manifest["key"], manifest["suffix"], manifest["sources"]
    except FileNotFoundError:
        return EngineBuild(None, "not compiled: make compile")
    except (OSError, ValueError, KeyError, TypeError) as error:
        return EngineBuild(None, f"unreadable manifest: {error!r}")
    if suffix != extension_suffix():
        return EngineBuild(None, f"compiled for {suffix}, this is {extension_suffix()}")
    root = builds.parent
    for name, expected in sources.items():
        try:
            if hash_source(root / name) != expected:
                return EngineBuild(None, f"{name} changed since it was compiled: make compile")
        except OSError:
            return EngineBuild(None, f"{name} was compiled, but is gone: make compile")
    files = {}
    for name in manifest["modules"]:
        if not (builds / key / name).is_file():
            return EngineBuild(None, f"_compiled/{key}/{name} is missing: make compile")
        files[name.removesuffix(suffix).removesuffix("/__init__").replace("/", ".")] = name
    return EngineBuild(builds / key, "", files)


class _EngineFinder(MetaPathFinder):
    """Finds the engine's modules in its build. Every other import is somebody else's."""

    def __init__(self) -> None:
        self._build: EngineBuild | None = None

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name != LIBRARY and not name.startswith(PREFIXES):
            return None
        folder, file = self.build.folder, self.build.files.get(name)
        if folder is None or file is None:
            return None
        return _spec(name, folder / file)

    @property
    def build(self) -> EngineBuild:
        if self._build is None:
            self._build = _choose(os.environ.get(VARIABLE, "auto"))
        return self._build


def _spec(name: str, extension: Path) -> ModuleSpec | None:
    loader = ExtensionFileLoader(name, str(extension))
    is_package = extension.name.startswith("__init__.")
    folders = [str(extension.parent)] if is_package else None
    return spec_from_file_location(
        name, extension, loader=loader, submodule_search_locations=folders
    )


def _choose(wish: str) -> EngineBuild:
    if wish == "plain":
        return EngineBuild(None, f"{VARIABLE}=plain")
    build = find_build()
    if wish == "compiled" and build.folder is None:
        raise EngineNotCompiled(f"{VARIABLE}=compiled, but: {build.reason}")
    if wish not in ("auto", "compiled"):
        raise EngineNotCompiled(f"{VARIABLE}={wish}: it is auto, plain or compiled")
    return build


_finder: Final = _EngineFinder()


def install() -> None:
    """Have imports of the engine find its build. Once is enough; again is harmless."""
    if _finder not in sys.meta_path:
        sys.meta_path.insert(0, _finder)


def engine_build() -> EngineBuild:
    """Return what the engine of this process runs as. Raises `EngineNotCompiled`."""
    return _finder.build
