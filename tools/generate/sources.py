"""All that the files of proto/ define, read once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tools.generate.codes import CodeSet, read_codes
from tools.generate.layout import Record, read_layout
from tools.generate.operations import Operations, read_operations
from tools.generate.params import Section, read_params
from tools.generate.planned import Planned
from tools.generate.signed_structs import (
    SigningDomain,
    TypedStruct,
    read_typed_data,
    typehash_section,
)
from tools.generate.units import Unit, read_units


@dataclass(frozen=True, slots=True)
class Sources:
    """What the generators read."""

    params: Sequence[Section]
    codes: Sequence[CodeSet]
    records: Sequence[Record]
    operations: Operations
    domain: SigningDomain
    structs: Sequence[TypedStruct]
    units: Sequence[Unit]
    planned: Planned | None = None


def read_sources(
    params: Mapping[str, Any],
    codes: Mapping[str, Any],
    layout: Mapping[str, Any],
    operations: Mapping[str, Any],
) -> Sources:
    """Return the parsed files, checked against one another. Raises BadSource."""
    sections = read_params(params)
    units = read_units(operations.get("units", {}))
    laid_out = read_operations(operations, sections)
    domain, structs = read_typed_data(operations, laid_out)
    constants = {
        each.name: each.value
        for section in sections
        for each in section.constants
        if isinstance(each.value, int) and not section.enum
    }
    records = read_layout(layout, constants, {each.text for each in units})
    return Sources(
        [*sections, typehash_section(domain, structs)],
        read_codes(codes),
        records,
        laid_out,
        domain,
        structs,
        units,
    )
