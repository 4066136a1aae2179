"""CPU time of a process and its children, by what each runs. On Linux alone; elsewhere empty."""

from __future__ import annotations

import os
from collections import defaultdict
from pathlib import Path
from typing import Final

PROC: Final = Path("/proc")
_PARENT, _USER, _SYSTEM = 1, 11, 12  # fields of `stat` behind the command's name


def _stat(pid: int) -> list[str]:
    return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()


def _module(pid: int) -> str:
    """Return the last part of the module that `python -m` runs, else the program."""
    words = (PROC / str(pid) / "cmdline").read_text().split("\0")
    name = words[words.index("-m") + 1] if "-m" in words else words[0]
    return name.rpartition(".")[2]


def cpu_seconds(pid: int) -> dict[str, float]:
    """Return the CPU seconds so far of a process and its children, summed by module."""
    spent: defaultdict[str, float] = defaultdict(float)
    if not PROC.is_dir():
        return spent
    ticks = os.sysconf("SC_CLK_TCK")
    for entry in PROC.iterdir():
        try:
            if not entry.name.isdigit():
                continue
            each = int(entry.name)
            fields = _stat(each)
            if pid in (each, int(fields[_PARENT])):
                spent[_module(each)] += (int(fields[_USER]) + int(fields[_SYSTEM])) / ticks
        except (OSError, ValueError, IndexError):
            continue  # it has ended meanwhile
    return spent
