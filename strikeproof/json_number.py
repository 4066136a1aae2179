"""Which integers JSON holds everywhere: many of its readers make doubles of numbers."""

from __future__ import annotations

from typing import Final

JSON_INTEGER_MAX: Final = 2**53 - 1
"""A double holds every integer up to here, and not the next one but one."""
