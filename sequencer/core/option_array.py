"""Arrays: what an option is worth in each lane of the grid (docs/protocol/options.md)."""

from __future__ import annotations

from typing import Any, ClassVar, Final

from strikeproof.sequencer.core.global_record import RECORD_VERSION
from strikeproof.sequencer.core.rules.scenario_values import ScenarioValues
from strikeproof.wire.layout import ARRAY_KIND, ARRAY_WORDS, pack_array, unpack_array

_NO_VALUES: Final = ScenarioValues(0, 0, 0, (0,) * (ARRAY_WORDS - 1))


class OptionArray:
    """The array of an option. `words` is 0 until it is priced: touched, but no record."""

    KIND: ClassVar[int] = ARRAY_KIND
    __slots__ = ("id", "priced_ms", "touched", "values", "words")

    def __init__(self, id: int) -> None:
        self.id = id
        self.touched = 0
        self.words = 0
        self.priced_ms = 0
        self.values = _NO_VALUES

    def set_values(self, values: ScenarioValues, priced_ms: int) -> None:
        """Set what Reprice found."""
        self.words = ARRAY_WORDS
        self.values = values
        self.priced_ms = priced_ms

    def saved(self) -> tuple[Any, ...]:
        """Return what ops change, for `restore`."""
        return self.words, self.values, self.priced_ms

    def restore(self, saved: tuple[Any, ...]) -> None:
        """Set back what `saved` returned."""
        self.words, self.values, self.priced_ms = saved

    def encode(self) -> bytes:
        """Return the record's bytes."""
        values = self.values
        lanes = {f"lanes_{place}": word for place, word in enumerate(values.lanes)}
        return pack_array(
            version=RECORD_VERSION,
            priced_ms=self.priced_ms,
            long_factor=values.long_factor,
            short_factor=values.short_factor,
            contingency_factor=values.contingency_factor,
            **lanes,
        )

    @classmethod
    def decode(cls, id: int, data: bytes) -> OptionArray:
        """Return the array of a record's bytes."""
        array = cls(id)
        _, priced_ms, long, short, contingency, *lanes = unpack_array(data)
        array.set_values(ScenarioValues(long, short, contingency, tuple(lanes)), priced_ms)
        return array


class ArrayTable(dict[int, OptionArray]):
    """Arrays by instrument; asking for one that was never priced creates it as absent."""

    def __missing__(self, id: int) -> OptionArray:
        array = self[id] = OptionArray(id)
        return array
