"""Pairings of BLS12-381 are prepared at their first use, not at every start.

web3 and py-evm import py_ecc on their way (keystores of validators, precompiled contracts), and it
then computes what pairings need: 0.6 s of processor time in every node, worker and command, for
functions that hardly any of them calls. Two of its modules are therefore imported as they are when
somebody first calls one of these functions, or asks for anything else in them.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any, Final

LATE: Final = frozenset(
    {
        "py_ecc.bls12_381.bls12_381_pairing",
        "py_ecc.optimized_bls12_381.optimized_pairing",
    }
)
FUNCTIONS: Final = frozenset({"pairing", "final_exponentiate"})

_loading: Final = threading.RLock()


class _LateModule(ModuleType):
    """A module whose code has not run yet."""

    def __getattr__(self, name: str) -> Any:
        loader = self.__spec__.loader if self.__spec__ else None
        if name.startswith("__") or not isinstance(loader, _LateLoader):
            raise AttributeError(f"module {self.__name__} has no attribute {name}")
        if name in FUNCTIONS:
            return _late_function(self, loader, name)
        return getattr(loader.load(self), name)


def _late_function(module: ModuleType, loader: _LateLoader, name: str) -> Callable[..., Any]:
    def function(*arguments: Any, **named: Any) -> Any:
        return getattr(loader.load(module), name)(*arguments, **named)

    function.__name__ = function.__qualname__ = name
    return function


class _LateLoader(Loader):
    """Runs a module's code when it is asked to, and not when the module is imported."""

    def __init__(self, real: Loader) -> None:
        self._real = real

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return _LateModule(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Leave the module as it is."""

    def load(self, module: ModuleType) -> ModuleType:
        """Run the module's code unless that was done, and return the module."""
        with _loading:
            if module.__class__ is _LateModule:
                self._real.exec_module(module)
                module.__class__ = ModuleType  # type: ignore[assignment]
        return module


class _PairingFinder(MetaPathFinder):
    """Finds the late modules. Every other import is somebody else's."""

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name not in LATE:
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader = _LateLoader(spec.loader)
        return spec


_finder: Final = _PairingFinder()


def install() -> None:
    """Have the pairings' modules imported late. Once is enough; again is harmless."""
    if _finder not in sys.meta_path:
        sys.meta_path.insert(0, _finder)
