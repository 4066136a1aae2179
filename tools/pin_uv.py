"""Write tools/uv.txt: the uv of uv.lock, each of its files by hash, for pip --require-hashes.

Run by `make lock` after `uv lock`, so that the uv which makes the environment is the one
which the lock file names.
"""

import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def pinned_uv(lock_text: str) -> str:
    """Return the requirements file that pins the uv which `lock_text` names."""
    packages = tomllib.loads(lock_text)["package"]
    uv = next(package for package in packages if package["name"] == "uv")
    hashes = sorted(file["hash"] for file in [*uv["wheels"], uv["sdist"]])
    lines = [f"uv=={uv['version']}", *(f"--hash={each}" for each in hashes)]
    return " \\\n    ".join(lines) + "\n"


if __name__ == "__main__":
    (ROOT / "tools" / "uv.txt").write_text(pinned_uv((ROOT / "uv.lock").read_text()))
