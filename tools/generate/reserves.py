"""Read reserves.toml: what each op may touch and compute at worst, proved to fit a segment.

An op's choices (which actions, how many makers with portfolio margin …) are enumerated, all of
them; each mix touches this many keys of each kind, at most as many as the kind's tree has ids. The
worst mix must fit an empty segment, in bytes and in gas, or nothing is generated: a law with an op
that fits no segment would have an op that nobody can dispute, or that nobody can send.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from tools.generate.expression import evaluate
from tools.generate.layout import Record, words_of_kind
from tools.generate.source import BadSource, only_keys

FAMILIES = ("trade", "keeper", "upkeep", "account", "inbox")
WORD_BYTES = 32

Lists = Mapping[str, tuple[int, ...]]
Mix = dict[str, int]


@dataclass(frozen=True, slots=True)
class Constants:
    """Numbers and lists of params.toml by name."""

    numbers: dict[str, int]
    lists: Lists

    def evaluate(self, place: str, text: object, mix: Mix) -> int:
        """Return the value of an expression over constants and a mix. Raises BadSource."""
        if not isinstance(text, str):
            raise BadSource(f"{place}: {text!r} is not a text of arithmetic")
        try:
            return evaluate(text, {**self.numbers, **mix}, self.lists)
        except BadSource as error:
            raise BadSource(f"{place}: {error}") from error


@dataclass(frozen=True, slots=True)
class Reserve:
    """What one mix of an op reserves in an empty segment: keys and bytes by record, and gas."""

    mix: Mapping[str, int]
    keys: Mapping[str, int]
    witness: Mapping[str, int]
    compute: int

    @property
    def witness_bytes(self) -> int:
        """The bytes of all records together, with their siblings."""
        return sum(self.witness.values())


@dataclass(frozen=True, slots=True)
class OpReserve:
    """An op and its worst mixes: by witness, and by compute.

    `charges`: what the Inbox charges for its reserve, law-gas, by the number of its actions (0 for
    an op that has none): the most that compute and bytes together come to.
    """

    name: str
    families: tuple[str, ...]
    doc: str
    mixes: int
    widest: Reserve
    heaviest: Reserve
    charges: Mapping[int, int]


@cache
def siblings(height: int, n: int, groups: int | None = None, group_height: int = 0) -> int:
    """Return the most siblings that n touched keys, or fewer, of a tree of `height` need (ADR 2).

    A multiproof has 1 + Σ o_l - n siblings, o_l being its nodes at depth l < height: at most n and
    2^l, and where the keys lie below at most `groups` nodes at depth `group_height`, at most
    `groups` down to that depth and groups * 2^(l - that depth) from there on (ADR 13). Beyond what
    the deepest level can hold, more keys need fewer siblings, and a weight does not fall.
    """
    if not n or not height:
        return 0
    groups = n if groups is None else max(1, groups)
    most = [min(1 << depth, groups << max(0, depth - group_height)) for depth in range(height)]
    n = min(n, most[-1])
    return 1 - n + sum(min(n, each) for each in most)


def bytes_of_keys(words: int, n: int, sibling_count: int, record_bytes: int) -> int:
    """Return the most bytes that n records of at most `words` words add to a witness."""
    return n * (record_bytes + WORD_BYTES * words) + WORD_BYTES * sibling_count


def read_reserves(
    source: Mapping[str, Any], records: Sequence[Record], constants: Constants
) -> list[OpReserve]:
    """Return every op with its worst reserves. Raises BadSource if one fits no empty segment."""
    only_keys("reserves.toml", source, {"bounds", "head", "op"})
    bounds = {
        name: constants.evaluate(f"reserves.toml [bounds] {name}", text, {})
        for name, text in source["bounds"].items()
    }
    only_keys("reserves.toml [bounds]", bounds, {"witness", "compute"})
    found = []
    for name, table in source["op"].items():
        reserve = _op(name, table, source["head"], records, constants)
        _refuse_excess(reserve, bounds)
        found.append(reserve)
    return found


def _op(
    name: str,
    table: Mapping[str, Any],
    heads: Mapping[str, Any],
    records: Sequence[Record],
    constants: Constants,
) -> OpReserve:
    """Return one op with the worst of all its mixes. Raises BadSource."""
    place = f"reserves.toml [op.{name}]"
    only_keys(place, table, {"family", "also", "head", "doc", "steps", "touches", "compute"})
    families = (table.get("family", ""), *table.get("also", ()))
    if not set(families) <= set(FAMILIES) or not table.get("doc"):
        raise BadSource(f"{place}: a doc, and families among {', '.join(FAMILIES)}")
    head = heads.get(table.get("head", ""))
    if head is None:
        raise BadSource(f"{place}: no head {table.get('head')!r}")
    only_keys(f"reserves.toml [head.{table['head']}]", head, {"doc", "touches", "compute"})
    parts = [(f"{place} head", head), (place, table)]
    reserves = [
        _reserve(parts, mix, records, constants)
        for mix in _mixes(place, table.get("steps", ()), {}, constants)
    ]
    if not reserves:
        raise BadSource(f"{place}: its steps admit nothing")
    return OpReserve(
        name,
        families,
        table["doc"],
        len(reserves),
        max(reserves, key=lambda each: each.witness_bytes),
        max(reserves, key=lambda each: each.compute),
        _charges(reserves, constants.numbers["CHARGE_WITNESS_BYTE"]),
    )


def _charges(reserves: Iterable[Reserve], witness_byte: int) -> dict[int, int]:
    """Return the greatest compute + witness of the mixes, in law-gas, by their count of actions."""
    found: dict[int, int] = {}
    for each in reserves:
        actions = each.mix.get("actions", 0)
        charge = each.compute + witness_byte * each.witness_bytes
        found[actions] = max(found.get(actions, 0), charge)
    return found


def _mixes(
    place: str, steps: Sequence[Mapping[str, Any]], mix: Mix, constants: Constants
) -> Iterator[Mix]:
    """Yield every mix that the steps admit, with what they define. Raises BadSource."""
    if not steps:
        yield mix
        return
    step, *rest = steps
    if "let" in step:
        only_keys(place, step, {"let", "is"})
        value = constants.evaluate(f"{place} {step['let']}", step.get("is"), mix)
        yield from _mixes(place, rest, {**mix, step["let"]: value}, constants)
    elif "require" in step:
        only_keys(place, step, {"require"})
        if constants.evaluate(f"{place} require", step["require"], mix) > 0:
            yield from _mixes(place, rest, mix, constants)
    else:
        only_keys(place, step, {"choose", "least", "most"})
        least = constants.evaluate(f"{place} least", step.get("least"), mix)
        most = constants.evaluate(f"{place} most", step.get("most"), mix)
        for counts in _counts(len(step["choose"]), most):
            if sum(counts) >= least:
                chosen = dict(zip(step["choose"], counts, strict=True))
                yield from _mixes(place, rest, {**mix, **chosen}, constants)


def _counts(places: int, most: int) -> Iterator[tuple[int, ...]]:
    """Yield all tuples of this many counts whose sum is at most `most`."""
    if not places:
        yield ()
        return
    for first in range(most + 1):
        for rest in _counts(places - 1, most - first):
            yield (first, *rest)


def _reserve(
    parts: Sequence[tuple[str, Mapping[str, Any]]],
    mix: Mix,
    records: Sequence[Record],
    constants: Constants,
) -> Reserve:
    """Return what one mix reserves, its head included. Raises BadSource."""
    keys: dict[str, int] = {}
    compute = 0
    for place, part in parts:
        for name, text in part.get("touches", {}).items():
            n = constants.evaluate(f"{place} {name}", text, mix)
            if n < 0:
                raise BadSource(f"{place} {name}: {n} keys with {mix}")
            keys[name] = keys.get(name, 0) + n
        compute += constants.evaluate(f"{place} compute", part.get("compute"), mix)
    kinds = {each.name: each for each in records if not each.variant}
    witness: dict[str, int] = {}
    for name, n in keys.items():
        if name not in kinds:
            raise BadSource(f"{parts[-1][0]}: no record {name} in layout.toml")
        # At full listing: ids start at 1, only the one record of a tree of height 0 has the id 0.
        keys[name] = min(n, max(1, (1 << kinds[name].height) - 1))
    for name, n in keys.items():
        words = words_of_kind(records, kinds[name].kind)
        record_bytes = constants.numbers["WEIGHT_RECORD_BYTES"]
        witness[name] = bytes_of_keys(words, n, _siblings_of(kinds, name, keys), record_bytes)
    return Reserve(mix, keys, witness, compute)


def _siblings_of(kinds: Mapping[str, Record], name: str, keys: Mapping[str, int]) -> int:
    """Return the most siblings of the keys of a record; those that it lies within bound them."""
    record = kinds[name]
    if not record.within:
        return siblings(record.height, keys[name])
    return siblings(
        record.height, keys[name], keys.get(record.within, 0), kinds[record.within].height
    )


def _refuse_excess(op: OpReserve, bounds: Mapping[str, int]) -> None:
    """Raise BadSource if the op's worst reserve does not fit an empty segment."""
    for what, used, bound, worst in (
        ("bytes", op.widest.witness_bytes, bounds["witness"], op.widest),
        ("gas", op.heaviest.compute, bounds["compute"], op.heaviest),
    ):
        if used > bound:
            mix = ", ".join(f"{name} {n}" for name, n in worst.mix.items())
            raise BadSource(
                f"reserves.toml [op.{op.name}]: reserves {used:,} of {bound:,} {what}"
                f" with {mix or 'its only mix'}"
            )
