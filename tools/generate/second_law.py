"""Read proto/law2: constants, records and reserves of the second law, as data until it stands.

The first law's generated files do not depend on them. What is checked here is what can change the
second law's design: that its records can be laid out, and that every op fits an empty segment.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tools.generate.codes import CodeSet, read_codes
from tools.generate.layout import Record, read_layout
from tools.generate.params import Constant, Section, read_params
from tools.generate.reserves import Constants, OpReserve, Reserve, read_reserves
from tools.generate.source import TARGETS, BadSource


@dataclass(frozen=True, slots=True)
class SecondLaw:
    """What the files of proto/law2 define."""

    params: Sequence[Section]
    records: Sequence[Record]
    ops: Sequence[OpReserve]
    codes: Sequence[CodeSet] = ()


def read_second_law(
    params: Mapping[str, Any],
    layout: Mapping[str, Any],
    reserves: Mapping[str, Any],
    above: Sequence[Section],
    units: Collection[str],
) -> SecondLaw:
    """Return the second law's sources, checked; `above` are the first law's constants.

    Raises BadSource, also if an op's worst reserve does not fit an empty segment.
    """
    first = constants_of(above)
    sections = read_params(params, first.numbers)
    own = constants_of(sections)
    constants = Constants({**first.numbers, **own.numbers}, {**first.lists, **own.lists})
    records = read_layout(layout, constants.numbers, units)
    return SecondLaw(sections, records, read_reserves(reserves, records, constants))


def read_second_codes(source: Mapping[str, Any], above: Sequence[CodeSet]) -> list[CodeSet]:
    """Return the codes that the second law adds. Raises BadSource if one is taken."""
    first = {each.name: {code.code: code.name for code in each.codes} for each in above}
    found = read_codes(source)
    for each in found:
        for code in each.codes:
            if taken := first.get(each.name, {}).get(code.code):
                raise BadSource(f"law2/errors.toml {code.name}: {code.code} is {taken}")
    return found


def constants_of(sections: Iterable[Section]) -> Constants:
    """Return the integers and the lists that sections define, enumerations left out."""
    constants = [each for section in sections if not section.enum for each in section.constants]
    return Constants(
        {each.name: each.value for each in constants if isinstance(each.value, int)},
        {each.name: each.value for each in constants if isinstance(each.value, tuple)},
    )


def charge_section(ops: Iterable[OpReserve], in_force: Collection[str]) -> Section:
    """Return what the Inbox charges for the reserves of the ops and messages that are in force.

    Of an op with actions a list: element i is that of i + 1 actions.
    """
    constants = []
    for each in ops:
        if each.name not in in_force:
            continue
        charges = [charge for _, charge in sorted(each.charges.items())]
        is_list = len(charges) > 1
        constants.append(
            Constant(
                f"RESERVE_CHARGE_{each.name.upper()}",
                tuple(charges) if is_list else charges[0],
                "",
                "uint32[]" if is_list else "uint256",
                "law-gas",
                "Element i: of i + 1 actions." if is_list else each.doc,
                TARGETS,
            )
        )
    doc = "The worst reserve of an op or message, as the Inbox charges it (docs/law2/capacity.md)."
    return Section("reserve_charges", doc, "", False, constants)


def reserve_table(ops: Iterable[OpReserve]) -> tuple[Sequence[str], list[Sequence[str]]]:
    """Return head and rows of the table of worst reserves."""
    head = ("op", "families", "mixes", "bytes", "of what", "gas", "what it does")
    return head, [
        (
            f"`{each.name}`",
            ", ".join(each.families),
            str(each.mixes),
            f"{each.widest.witness_bytes:,}",
            _parts(each.widest),
            f"{each.heaviest.compute:,}",
            each.doc,
        )
        for each in ops
    ]


def charge_table(ops: Iterable[OpReserve]) -> tuple[Sequence[str], list[Sequence[str]]]:
    """Return head and rows of the table of what the Inbox charges for reserves."""
    rows: list[Sequence[str]] = []
    for each in ops:
        for actions, charge in sorted(each.charges.items()):
            rows.append((f"`{each.name}`", str(actions or ""), f"{charge:,}"))
    return ("op", "actions", "law-gas"), rows


def _parts(reserve: Reserve) -> str:
    return ", ".join(f"{n} {name}" for name, n in reserve.keys.items() if n)
