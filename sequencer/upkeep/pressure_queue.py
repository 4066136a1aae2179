"""Accounts of one side of an instrument by the pressure at which each must be looked at again.

A calendar: limits fall into steps of equal width, a set of accounts a step. To move an account
costs the same whatever the count, nothing is left behind that must be cleared away later, and a
rise visits the steps that it passes (docs/adr/0061).
"""

from __future__ import annotations

from typing import Final

PRICE_BITS: Final = 16  # a step is about 2^-16 of the mark: 15 ppm
DRIFT_BITS: Final = 3  # steps are made again once the mark is eight times what it was, or an eighth


class PressureQueue:
    """Limits in the unit of `SideState.pressure`."""

    __slots__ = ("_pressure", "_shift", "_step_of", "_steps")

    def __init__(self, pressure: int) -> None:
        """`pressure` is the present one."""
        self._pressure = pressure
        self._shift = _shift(pressure)
        self._step_of: dict[int, int] = {}
        self._steps: dict[int, set[int]] = {}

    def __len__(self) -> int:
        return len(self._step_of)

    def __contains__(self, account: int) -> bool:
        return account in self._step_of

    def accounts(self) -> list[int]:
        """Return the accounts, in no order."""
        return list(self._step_of)

    def put(self, account: int, limit: int) -> None:
        """Have an account visited once the pressure rises above `limit`, or a step before."""
        step = limit >> self._shift
        before = self._step_of.get(account)
        if before == step:
            return
        if before is not None:
            self._leave(account, before)
        self._step_of[account] = step
        at = self._steps.get(step)
        if at is None:
            self._steps[step] = {account}
        else:
            at.add(account)

    def drop(self, account: int) -> None:
        """Forget an account."""
        step = self._step_of.pop(account, None)
        if step is not None:
            self._leave(account, step)

    def _leave(self, account: int, step: int) -> None:
        at = self._steps[step]
        at.remove(account)
        if not at:
            del self._steps[step]

    def move_to(self, pressure: int) -> list[int]:
        """Set the pressure; return the accounts whose limits it has reached, lowest limits first,
        and forget them. None if it did not rise: whoever was within its limit then is so now."""
        before, self._pressure = self._pressure, pressure
        if abs(_shift(pressure) - self._shift) > DRIFT_BITS:
            self._make_steps(_shift(pressure))
        if pressure <= before:
            return []
        first, last = before >> self._shift, pressure >> self._shift
        steps = self._steps
        if last - first < len(steps):
            reached = [step for step in range(first, last + 1) if step in steps]
        else:
            reached = sorted(step for step in steps if step <= last)
        visited: list[int] = []
        for step in reached:
            for account in sorted(steps.pop(step)):
                del self._step_of[account]
                visited.append(account)
        return visited

    def _make_steps(self, shift: int) -> None:
        """Choose another width: limits may come to lie lower, never higher."""
        placed, before = self._step_of, self._shift
        self._shift, self._step_of, self._steps = shift, {}, {}
        for account, step in placed.items():
            self.put(account, step << before)


def _shift(pressure: int) -> int:
    return max(0, abs(pressure).bit_length() - PRICE_BITS)
