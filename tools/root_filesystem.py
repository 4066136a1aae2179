"""A container image's files, without a distribution: `python -m tools.root_filesystem VENV TARGET`.

VENV's packages, the interpreter below them, every shared library that either loads, roots of
certificates and a user: no shell, no package manager, nothing else to attack. Run it by VENV's own
interpreter, on the system whose libraries the image is to have.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final

NOBODY: Final = 65532
FILES: Final = {
    "etc/passwd": f"nobody:x:{NOBODY}:{NOBODY}::/data:/nowhere\n",
    "etc/group": f"nobody:x:{NOBODY}:\n",
    "etc/nsswitch.conf": "hosts: files dns\n",
}
CERTIFICATES: Final = (Path("/etc/ssl/certs"), Path("/usr/lib/ssl"), Path("/etc/ssl/openssl.cnf"))
DEVELOPMENT: Final = (
    "test", "tests", "idlelib", "tkinter", "turtledemo", "ensurepip", "lib2to3", "pydoc_data",
    "site-packages", "config-*",
)  # fmt: skip
"""Parts of the standard library that no node imports; packages stand in VENV."""
LOADED_BY_NAME: Final = ("libgcc_s.so.1", "libresolv.so.2", "libnss_dns.so.2", "libnss_files.so.2")
"""By the C library itself, where a thread ends or a name is looked up: nothing links them."""
LOADER_PATHS: Final = (Path("/etc/ld.so.conf"), Path("/etc/ld.so.conf.d"))
_LDCONFIG: Final = shutil.which("ldconfig", path="/usr/sbin:/sbin:/usr/bin") or "ldconfig"
LIBRARY: Final = re.compile(r"(?:^|\s)(/\S+) \(0x")


def libraries_of(files: Iterable[Path]) -> set[Path]:
    """Return the shared libraries that these files load, their loaders among them, by `ldd`.

    Raises `FileNotFoundError` if one of them is not there.
    """
    found: set[Path] = set()
    for each in files:
        done = subprocess.run(["ldd", each], capture_output=True, text=True, check=False)
        if "not found" in done.stdout:
            raise FileNotFoundError(f"{each}: {done.stdout.strip()}")
        found.update(map(Path, LIBRARY.findall(done.stdout)))
    return found


def build(venv: Path, target: Path) -> None:
    """Write the files below `target`, each where it stands here. Raises `FileNotFoundError`."""
    base = Path(sys.base_prefix)
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    skipped = shutil.ignore_patterns("__pycache__", *DEVELOPMENT)
    standard = base / "lib" / version
    shutil.copytree(standard, _in(target, standard), symlinks=True, ignore=skipped)
    _copy(base / "bin" / version, target)
    venv_files = shutil.ignore_patterns("__pycache__")
    shutil.copytree(venv, _in(target, venv), symlinks=True, ignore=venv_files)
    _link_interpreter(venv, target, base / "bin" / version)
    loading = [base / "bin" / version, *venv.rglob("*.so*"), *standard.glob("lib-dynload/*.so")]
    needed = libraries_of(each for each in loading if each.is_file())
    own = {each for each in needed if each.is_relative_to(venv)}
    for each in sorted(needed - own):
        _copy(each, target)
    folders = {each.parent for each in needed - own}
    for name in LOADED_BY_NAME:
        for folder in folders:
            if (folder / name).is_file():
                _copy(folder / name, target)
    for each in (*CERTIFICATES, *LOADER_PATHS):
        if each.is_dir():
            shutil.copytree(each, _in(target, each), dirs_exist_ok=True)  # links followed
        elif each.is_file():
            _copy(each, target)
    for name, text in FILES.items():
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        (target / name).write_text(text, "utf-8")
    for name, mode in (("tmp", 0o1777), ("data", 0o700)):
        (target / name).mkdir(exist_ok=True)
        (target / name).chmod(mode)
    # The loader looks beyond its two standard folders only in its cache.
    subprocess.run([_LDCONFIG, "-r", target], check=True)


def _link_interpreter(venv: Path, target: Path, interpreter: Path) -> None:
    """Have the packages' interpreter name the one that was copied, whatever its links were."""
    for name in ("python", "python3", interpreter.name):
        link = _in(target, venv) / "bin" / name
        link.unlink(missing_ok=True)
        link.symlink_to(interpreter)


def _in(target: Path, path: Path) -> Path:
    return target / path.relative_to("/")


def _copy(path: Path, target: Path) -> None:
    place = _in(target, path)
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(path, place)  # what a link names, under the name that is asked for


def main() -> None:
    """Build the folder that the arguments name."""
    build(Path(sys.argv[1]).absolute(), Path(sys.argv[2]).absolute())


if __name__ == "__main__":
    main()
