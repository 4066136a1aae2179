"""Where the simulation stands in the node's way; everything is put back at the end of a world."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from typing import Any


class Seams:
    """Replaces attributes of modules and classes, and entries of mappings, for a while."""

    def __init__(self) -> None:
        self._undo: list[Callable[[], None]] = []

    def replace(self, owner: Any, name: str, value: Any) -> None:
        """Put a value in the place of an attribute."""
        old = owner.__dict__[name]
        self._undo.append(lambda: setattr(owner, name, old))
        setattr(owner, name, value)

    def replace_item(self, owner: MutableMapping[str, Any], name: str, value: Any) -> None:
        """Put a value in the place of an entry, or where none is."""
        if name in owner:
            old = owner[name]
            self._undo.append(lambda: owner.__setitem__(name, old))
        else:
            self._undo.append(lambda: owner.pop(name, None))
        owner[name] = value

    def close(self) -> None:
        """Put everything back."""
        while self._undo:
            self._undo.pop()()
