"""The one error of the risk kernel: a value outside the documented domain of a function."""


class OutOfDomain(ValueError):
    """A value lies outside a function's domain; Solidity reverts with `OutOfDomain` there.

    Attributes: `name` (the argument), `value`, and the domain's ends `low` and `high`, both
    inside it, in the argument's own unit.
    """

    def __init__(self, name: str, value: int, low: int, high: int) -> None:
        super().__init__(f"{name} = {value} is outside [{low}, {high}]")
        self.name = name
        self.value = value
        self.low = low
        self.high = high


def check_within(name: str, value: int, low: int, high: int) -> None:
    """Raise `OutOfDomain` unless low <= value <= high."""
    if not low <= value <= high:
        raise OutOfDomain(name, value, low, high)
