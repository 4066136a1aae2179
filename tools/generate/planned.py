"""Read proto/planned and proto/reserves.toml: what is still to come, and what ops reserve at worst.

Only the charges of reserves reach generated code. What is checked here is what can change the
design: that planned records can be laid out, and that every op, planned ones too, fits an empty
segment.
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
class Planned:
    """What proto/planned defines, and the worst reserves of all ops, in force or planned."""

    params: Sequence[Section]
    records: Sequence[Record]
    ops: Sequence[OpReserve]
    codes: Sequence[CodeSet] = ()


def read_planned(
    params: Mapping[str, Any],
    layout: Mapping[str, Any],
    reserves: Mapping[str, Any],
    above: Sequence[Section],
    units: Collection[str],
) -> Planned:
    """Return the planned sources, checked; `above` are the constants in force.

    Raises BadSource, also if an op's worst reserve does not fit an empty segment.
    """
    in_force = constants_of(above)
    sections = read_params(params, in_force.numbers)
    own = constants_of(sections)
    constants = Constants({**in_force.numbers, **own.numbers}, {**in_force.lists, **own.lists})
    records = read_layout(layout, constants.numbers, units)
    return Planned(sections, records, read_reserves(reserves, records, constants))


def read_planned_codes(source: Mapping[str, Any], above: Sequence[CodeSet]) -> list[CodeSet]:
    """Return the planned codes. Raises BadSource if one is taken."""
    in_force = {each.name: {code.code: code.name for code in each.codes} for each in above}
    found = read_codes(source)
    for each in found:
        for code in each.codes:
            if taken := in_force.get(each.name, {}).get(code.code):
                raise BadSource(f"planned/errors.toml {code.name}: {code.code} is {taken}")
    return found


def constants_of(sections: Iterable[Section]) -> Constants:
    """Return the integers and the lists that sections define, enumerations left out."""
    constants = [each for section in sections if not section.enum for each in section.constants]
    return Constants(
        {each.name: each.value for each in constants if isinstance(each.value, int)},
        {each.name: each.value for each in constants if isinstance(each.value, tuple)},
    )


def check_families(ops: Iterable[OpReserve], runs_in: Mapping[str, str]) -> None:
    """Raises BadSource unless each op in force reserves in the family whose segments hold it."""
    for each in ops:
        family = runs_in.get(each.name, "").lower()
        if family and family not in each.families:
            raise BadSource(
                f"reserves.toml op.{each.name}: {', '.join(each.families)}, but it runs in {family}"
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
    doc = "What the Inbox charges for the worst reserve of an op (docs/protocol/capacity.md)."
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
