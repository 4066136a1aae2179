"""Compiles the engine with mypyc: `python -m tools.compile_engine [--missing]` (make compile).

The build is keyed by its sources, so that `strikeproof.compiled_engine` can refuse it once one of
them changed. It is put in place whole, by renaming, after the manifest that names it is written.
"""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from hashlib import sha256
from pathlib import Path
from typing import Final

import click
from mypy.version import __version__ as MYPY_VERSION

from strikeproof import compiled_engine

ROOT: Final = Path(__file__).resolve().parent.parent
NAMESPACE: Final = ROOT / "strikeproof"
CORE: Final = NAMESPACE / "sequencer" / "core"
# Modules of the node that run once an op or record, and wait for nothing.
HOT: Final = (
    "api/ack_message.py",
    "batch/segment_step.py",
    "batch/static_list.py",
    "history/entry_cost.py",
    "history/event_group.py",
    "history/event_numbers.py",
    "history/order_event.py",
    "intake/account_rates.py",
    "intake/admission.py",
    "intake/inspector.py",
    "intake/op_source.py",
    "intake/signature_frames.py",
    "intake/submission.py",
    "intake/token_bucket.py",
    "journal/journal_entry.py",
    "market/book_levels.py",
    "market/market_feed.py",
    "order/batch_progress.py",
    "order/op_place.py",
    "order/orderer.py",
    "order/receipt.py",
    "pipeline/delivery.py",
    "pipeline/ready_queue.py",
)
OPTIMIZATION: Final = "3"
# Builds that stay: a node that is starting may still be reading the one before.
BUILDS_KEPT: Final = 2
COMPILERS: Final = ("cc", "gcc", "clang")
TRIAL: Final = "from strikeproof.sequencer.core.engine import Engine"


def compiled_sources() -> list[Path]:
    """Return the modules that are compiled: all of the engine, `HOT`, and what writes ops."""
    hot = (NAMESPACE / "sequencer" / name for name in HOT)
    return sorted([*CORE.rglob("*.py"), *hot, NAMESPACE / "ordered_form.py"])


def _module_file(name: str) -> Path | None:
    """Return the file of a module of ours, None if it is not one (a name in one, or foreign)."""
    path = ROOT.joinpath(*name.split("."))
    for file in (path.with_suffix(".py"), path / "__init__.py"):
        if file.is_file():
            return file
    return None


def _imports(file: Path) -> set[Path]:
    found = set()
    for node in ast.walk(ast.parse(file.read_text())):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        found |= {_module_file(name) for name in names if name.startswith("strikeproof.")}
    return {each for each in found if each is not None}


def closure(files: list[Path]) -> list[Path]:
    """Return files with everything of ours that they import: mypyc copies constants and types."""
    known: set[Path] = set()
    waiting = list(files)
    while waiting:
        file = waiting.pop()
        if file not in known:
            known.add(file)
            waiting.extend(_imports(file))
    return sorted(known)


def _names(files: list[Path]) -> list[str]:
    return [str(file.relative_to(NAMESPACE)) for file in files]


def _hashes() -> dict[str, str]:
    """Return the hash of each source that goes into a build, by name."""
    sources = closure(compiled_sources())
    return dict(zip(_names(sources), map(compiled_engine.hash_source, sources), strict=True))


def _key(hashes: dict[str, str]) -> str:
    """Return what names a build: all that it depends on."""
    parts = [MYPY_VERSION, OPTIMIZATION, compiled_engine.extension_suffix(), json.dumps(hashes)]
    return sha256("\n".join([*parts, *_names(compiled_sources())]).encode()).hexdigest()[:16]


def _build(target: Path, work: Path) -> None:
    """Run mypyc and the C compiler; the extension modules are then below `target`."""
    script = work / "setup.py"
    files = [str(file.relative_to(ROOT)) for file in compiled_sources()]
    script.write_text(
        "from mypyc.build import mypycify\n"
        "from setuptools import setup\n"
        f"extensions = mypycify({files!r}, opt_level={OPTIMIZATION!r}, debug_level='0',"
        f" group_name={compiled_engine.GROUP!r}, target_dir={str(work / 'c')!r})\n"
        "setup(name='engine', packages=[], ext_modules=extensions)\n"
    )
    command = [sys.executable, str(script), "--quiet", "build_ext"]
    command += ["--build-lib", str(target), "--build-temp", str(work / "o")]
    environment = os.environ | {"PYTHONPATH": str(ROOT), compiled_engine.VARIABLE: "plain"}
    # mypyc translates what mypy has read in its own process: of modules that a worker has read it
    # makes extensions without a single name in them. `make check` asks for workers.
    environment["MYPY_NUM_WORKERS"] = "0"
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise click.ClickException(f"the engine did not compile:\n{done.stdout}{done.stderr}")


def _try(builds: Path, folder: Path) -> None:
    """Import the engine from its build, and take the build away again if that fails."""
    environment = os.environ | {"PYTHONPATH": str(ROOT), compiled_engine.VARIABLE: "compiled"}
    command = [sys.executable, "-c", TRIAL]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    if done.returncode:
        (builds / compiled_engine.MANIFEST).unlink()
        shutil.rmtree(folder)
        raise click.ClickException(f"the engine compiled, but it can't be imported:\n{done.stderr}")


def _remove_old_builds(builds: Path) -> None:
    folders = [each for each in builds.iterdir() if each.is_dir()]
    for old in sorted(folders, key=lambda each: each.stat().st_mtime)[:-BUILDS_KEPT]:
        shutil.rmtree(old)


def compile_engine() -> Path:
    """Build the engine of the present sources, and return the folder that holds it.

    Raises `ClickException`, with the compiler's or the interpreter's words, if it does not compile
    or can't be imported.
    """
    builds = compiled_engine.BUILDS
    hashes = _hashes()
    key = _key(hashes)
    folder = builds / key
    builds.mkdir(exist_ok=True)
    if not folder.is_dir():
        with tempfile.TemporaryDirectory(dir=builds, prefix="making-") as work:
            _build(Path(work) / "out", Path(work))
            (Path(work) / "out").rename(folder)
    modules = sorted(
        str(each.relative_to(folder)) for each in folder.rglob("*.*") if each.is_file()
    )
    manifest = {
        "key": key,
        "mypy": MYPY_VERSION,
        "suffix": compiled_engine.extension_suffix(),
        "sources": hashes,
        "modules": modules,
    }
    draft = builds / f"{key}.json"
    draft.write_text(json.dumps(manifest, indent=1) + "\n")
    draft.replace(builds / compiled_engine.MANIFEST)
    _try(builds, folder)
    os.utime(folder)
    _remove_old_builds(builds)
    return folder


@click.command()
@click.option("--if-possible", is_flag=True, help="If it does not compile: say so, and succeed.")
def main(if_possible: bool) -> None:
    """Compile the engine, unless a build of these sources is there."""
    build = compiled_engine.find_build()
    if build.folder is not None and build.folder.name == _key(_hashes()):
        return
    try:
        if not any(map(shutil.which, [os.environ.get("CC", "cc"), *COMPILERS])):
            raise click.ClickException("no C compiler")
        reason = build.reason or "other modules are compiled now"
        click.echo(f"compiling the engine ({reason}); some minutes, once for its sources")
        started = time.monotonic()
        compile_engine()
    except click.ClickException as error:
        if not if_possible:
            raise
        click.echo(f"{error.message}\nthe engine stays plain Python: a third as fast", err=True)
    else:
        click.echo(f"the engine is compiled: {time.monotonic() - started:.0f} s")


if __name__ == "__main__":
    main()
