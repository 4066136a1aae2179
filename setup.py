"""List the packages of the wheel: everything in the one namespace `strikeproof`.

The folders at the top level are linked into `strikeproof/`, so their import names here and in the
wheel are the same (docs/adr/0080). Where `make compile` has built the engine for the Python that
makes the wheel, the build goes along, and the wheel is one of this platform (docs/adr/0023).
"""

import json
import sysconfig
from pathlib import Path

from setuptools import Distribution, find_packages, setup

BUILDS = Path(__file__).resolve().parent / "strikeproof" / "_compiled"


def engine_build() -> str:
    """Return the folder below `_compiled` with the engine's build for this Python, else nothing.

    Whether it is of the sources that go along, each import checks by itself.
    """
    try:
        manifest = json.loads((BUILDS / "manifest.json").read_text())
    except FileNotFoundError:
        return ""
    fits = manifest["suffix"] == sysconfig.get_config_var("EXT_SUFFIX")
    return str(manifest["key"]) if fits else ""


class PlatformDistribution(Distribution):
    """A distribution whose wheel is for one platform if the compiled engine is in it."""

    def has_ext_modules(self) -> bool:
        """Whether the wheel holds machine code."""
        return bool(engine_build())


key = engine_build()
files = ["_compiled/manifest.json", f"_compiled/{key}/**/*", f"_compiled/{key}/*"] if key else []
setup(
    packages=find_packages(include=["strikeproof", "strikeproof.*"]),
    distclass=PlatformDistribution,
    package_data={
        "strikeproof": ["py.typed", *files],
        "strikeproof.contracts": ["artifacts/*.json"],
        "strikeproof.gateway": [
            "templates/*.html",
            "static/*.svg",
            "static/css/*.css",
            "static/js/*.js",
            "static/client/*.js",
            "web/node_modules/htmx.org/dist/htmx.min.js",
            "web/node_modules/lightweight-charts/dist/*.standalone.production.mjs",
            "web/node_modules/@noble/*/esm/*.js",
            "web/node_modules/@noble/*/esm/abstract/*.js",
        ],
        "strikeproof.proto": [
            "*.toml",
            "*.json",
            "planned/*.toml",
            "planned/*.json",
            "strikeproof/v1/*.proto",
            "etcd/*.proto",
            "vectors/*.json",
        ],
    },
)
