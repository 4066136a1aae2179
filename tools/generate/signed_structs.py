"""EIP-712 structs in operations.toml: type strings, typehashes and where each field comes from."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from strikeproof.keccak import keccak256
from tools.generate.operations import FAMILIES, Form, Layout, Operations
from tools.generate.params import Constant, Section, screaming
from tools.generate.source import TARGETS, BadSource, only_keys

TYPE = re.compile(r"u?int(8|16|24|32|40|48|56|64|128|160|256)|address|bool|bytes32|string")


@dataclass(frozen=True, slots=True)
class TypedField:
    """A field as wallets show it. `source` is its name in Python and in the ordered bytes."""

    name: str
    type: str
    source: str
    doc: str


@dataclass(frozen=True, slots=True)
class TypedStruct:
    """One struct; `inner` are the structs that it contains."""

    name: str
    doc: str
    of: str
    targets: tuple[str, ...]
    fields: tuple[TypedField, ...]
    inner: tuple[TypedStruct, ...]

    @property
    def type_string(self) -> str:
        """What is hashed: this struct, then those it contains by name."""
        own = f"{self.name}({','.join(f'{each.type} {each.name}' for each in self.fields)})"
        return own + "".join(each.type_string for each in self.inner)

    @property
    def typehash(self) -> bytes:
        """The hash of the type string."""
        return keccak256(self.type_string.encode())

    @property
    def constant(self) -> str:
        """The name of the typehash: EIP712Domain gives EIP712_DOMAIN_TYPEHASH."""
        return f"{screaming(self.name)}_TYPEHASH"


@dataclass(frozen=True, slots=True)
class SigningDomain:
    """What signatures are bound to besides chain and contract."""

    name: str
    version: str


def read_typed_data(
    source: Mapping[str, Any], operations: Operations
) -> tuple[SigningDomain, list[TypedStruct]]:
    """Return the domain and the structs, which stand after those they contain. Raises BadSource."""
    domain = source.get("domain", {})
    only_keys("operations.toml [domain]", domain, {"name", "version"})
    structs: dict[str, TypedStruct] = {}
    for name, table in source.get("typed_data", {}).items():
        place = f"operations.toml [typed_data.{name}]"
        only_keys(place, table, {"of", "doc", "only", "fields"})
        types = _types_of(place, table.get("of", ""), operations)
        fields = tuple(_field(place, entry, types, structs) for entry in table.get("fields", ()))
        if not fields or len({each.name for each in fields}) < len(fields):
            raise BadSource(f"{place}: no fields, or two of one name")
        inner = tuple(
            structs[each.type.removesuffix("[]")] for each in fields if each.type.endswith("[]")
        )
        targets = (table["only"],) if "only" in table else TARGETS
        structs[name] = TypedStruct(
            name, table.get("doc", ""), table.get("of", ""), targets, fields, inner
        )
    for signed in _signed(operations):
        if signed not in structs:
            raise BadSource(f"operations.toml: signature over {signed}: no [typed_data.{signed}]")
    return SigningDomain(domain.get("name", ""), domain.get("version", "")), list(structs.values())


def typehash_section(domain: SigningDomain, structs: Sequence[TypedStruct]) -> Section:
    """Return the hashes as constants, besides those of params.toml."""

    def constant(name: str, text: str, reason: str, targets: tuple[str, ...]) -> Constant:
        return Constant(name, keccak256(text.encode()), "", "keccak", "", reason, targets)

    constants = [
        constant(each.constant, each.type_string, each.doc, each.targets) for each in structs
    ]
    constants.append(constant("EIP712_NAME_HASH", domain.name, "Domain name.", TARGETS))
    constants.append(constant("EIP712_VERSION_HASH", domain.version, "Domain version.", TARGETS))
    return Section("typed_data", "EIP-712 types, from proto/operations.toml.", "", False, constants)


def _types_of(place: str, of: str, operations: Operations) -> dict[str, str]:
    """Return the EIP-712 types of the fields that a struct shows. Raises BadSource."""
    if not of:
        return {}
    family, _, name = of.partition(".")
    if family not in FAMILIES:
        raise BadSource(f"{place}: of = {of!r} begins with none of {FAMILIES}")
    found = operations.find(family, name) if name else None
    if name and found is None:
        raise BadSource(f"{place}: there is no [{of}]")
    layouts = [found] if found else list(operations.members[family])
    types: dict[str, str] = {}
    for layout in [*layouts, *([] if name else [operations.frames[family].layout])]:
        for field, type_ in _layout_types(layout, operations).items():
            if types.setdefault(field, type_) != type_:
                raise BadSource(
                    f"{place} {field}: {types[field]} in one {family}, {type_} in another"
                )
    return types


def _layout_types(layout: Layout, operations: Operations) -> dict[str, str]:
    """Return the types of a layout's fields, of its flags and of what it repeats."""
    types: dict[str, str] = {}
    for field in layout.fields:
        if field.flags:
            flags = next(each for each in operations.flags if each.name == field.flags)
            for flag in flags.flags:
                types[flag.name] = "bool" if flag.bits == 1 else "uint8"
        elif field.form is Form.INTEGER:
            types[field.name] = f"{'' if field.signed else 'u'}int{field.bits}"
        elif field.form is Form.BYTES:
            types[field.name] = {20: "address", 32: "bytes32"}.get(field.size or 0, "")
        elif field.item:
            types[field.name] = ""  # the struct says which array
            inner = operations.find("", field.item.layout)
            types |= _layout_types(inner, operations) if inner else {}
    return types


def _field(
    place: str,
    entry: Mapping[str, Any],
    types: Mapping[str, str],
    structs: Mapping[str, TypedStruct],
) -> TypedField:
    only_keys(place, entry, {"name", "from", "type", "source", "doc"})
    name, come_from = entry["name"], entry.get("from", "")
    place = f"{place} {name}"
    if come_from and come_from not in types:
        raise BadSource(f"{place}: nothing here has a field {come_from}")
    type_ = entry.get("type", "") or types.get(come_from, "")
    if type_.endswith("[]"):
        if type_.removesuffix("[]") not in structs:
            raise BadSource(f"{place}: {type_} of no struct above")
    elif not TYPE.fullmatch(type_):
        raise BadSource(f"{place}: {type_!r} is not a type")
    is_yes_or_no = type_ == "bool" and types.get(come_from) == "uint8"  # a byte that is 0 or 1
    if come_from and types[come_from] and type_ != types[come_from] and not is_yes_or_no:
        raise BadSource(f"{place}: {type_}, but {come_from} is a {types[come_from]}")
    source = come_from or entry.get("source", name)
    return TypedField(name, type_, source, entry.get("doc", ""))


def _signed(operations: Operations) -> list[str]:
    fields = [field for layout in operations.layouts() for field in layout.fields]
    return [field.signs for field in fields if field.signs]
