"""docs/api.md: gRPC services and messages, from the comments and fields of proto/strikeproof/v1.

The .proto files of this repository keep to a plain form: one field, value or method a line,
comments above or behind. What is of another form is refused, not guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from tools.generate.source import BadSource

FILES: Final = ("trading", "rfq", "orders", "market", "venue", "operation")
_BLOCK: Final = re.compile(r"(service|message|enum|oneof) (\w+) \{(\})?")
_RPC: Final = re.compile(r"rpc (\w+)\((stream )?(\w+)\) returns \((stream )?(\w+)\)(?:;| \{\})")
_FIELD: Final = re.compile(
    r"(repeated |optional )?([\w.]+|map<\w+, \w+>) (\w+) = (\d+);(?: // (.*))?"
)
_VALUE: Final = re.compile(r"(\w+) = (\d+);(?: // (.*))?")
_SKIPPED: Final = ("syntax ", "package ", "import ", "option ", "reserved ")


@dataclass
class ProtoRow:
    """A field, a value of an enumeration, or a method."""

    name: str
    kind: str
    number: str
    about: str


@dataclass
class ProtoBlock:
    """A service, a message or an enumeration."""

    kind: str
    name: str
    about: str
    rows: list[ProtoRow] = field(default_factory=list)


def api_reference(sources: dict[str, str]) -> str:
    """Return the page, from the text of each file of `FILES`. Raises BadSource."""
    blocks = {name: list(_blocks(name, sources[name])) for name in FILES}
    known = {each.name: each for found in blocks.values() for each in found}
    lines = [
        "# API reference",
        "",
        "<!-- Written by `make generate` from proto/strikeproof/v1: edit the comments there. -->",
        "",
        "The sequencer's gRPC API, package `strikeproof.v1`. The server reflects it, and answers"
        " the standard health service. [operating.md](operating.md#tls) has TLS, the"
        " [client](../strikeproof/client/README.md) wraps all of it, and"
        " [receipts.md](protocol/receipts.md) says what an acknowledgement promises.",
    ]
    services = [each for found in blocks.values() for each in found if each.kind == "service"]
    for service in services:
        lines += ["", f"## {service.name}", "", *_paragraph(service.about)]
        lines += ["| method | request | answer | |", "|---|---|---|---|"]
        for row in service.rows:
            request, answer = row.kind.split(" → ")
            shown = [_linked(each, known) for each in (request, answer)]
            lines.append(f"| `{row.name}` | {shown[0]} | {shown[1]} | {row.about} |")
    lines += ["", "## Messages"]
    for each in sorted(known.values(), key=lambda block: block.name.lower()):
        if each.kind != "service":
            lines += _section(each, known)
    return "\n".join(lines) + "\n"


def _section(block: ProtoBlock, known: dict[str, ProtoBlock]) -> list[str]:
    lines = ["", f"### {block.name}", "", *_paragraph(block.about)]
    if not block.rows:
        return [*lines, "No fields."]
    head = "value" if block.kind == "enum" else "field"
    kinds = "" if block.kind == "enum" else " type |"
    lines += [f"| number | {head} |{kinds} |", "|--:|---|" + ("" if not kinds else "---|") + "---|"]
    for row in block.rows:
        kind = "" if block.kind == "enum" else f" {_linked(row.kind, known)} |"
        lines.append(f"| {row.number} | `{row.name}` |{kind} {row.about} |")
    return lines


def _paragraph(text: str) -> list[str]:
    return [text, ""] if text else []


def _linked(kind: str, known: dict[str, ProtoBlock]) -> str:
    """Return a type with the names of messages linked to their sections."""

    def link(found: re.Match[str]) -> str:
        name = found[0].rsplit(".", 1)[-1]
        return f"[{found[0]}](#{name.lower()})" if name in known else f"`{found[0]}`"

    if kind.startswith("map<"):
        return f"`{kind}`"
    words = kind.split(" ")
    return " ".join(
        each if each in ("stream", "repeated", "optional") else re.sub(r"[\w.]+", link, each)
        for each in words
    )


def _blocks(file: str, text: str) -> Iterator[ProtoBlock]:
    stack: list[ProtoBlock | None] = []
    comment: list[str] = []
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip()
        if line.startswith("//"):
            comment.append(line[2:].strip())
            continue
        about, comment = _cell(comment), []
        if not line or line.startswith(_SKIPPED):
            continue
        if line == "}":
            done = stack.pop()
            if done is not None:
                yield done
            continue
        opened = _BLOCK.fullmatch(line)
        if opened is not None:
            # The fields of a oneof are those of its message.
            block = None if opened[1] == "oneof" else ProtoBlock(opened[1], opened[2], about)
            if opened[3] and block is not None:
                yield block
            elif not opened[3]:
                stack.append(block)
            continue
        inner = next((each for each in reversed(stack) if each is not None), None)
        row = None if inner is None else _row(inner, line, about)
        if row is None or inner is None:
            raise BadSource(f"{file}.proto, line {number}: not of the plain form: {line}")
        inner.rows.append(row)


def _row(block: ProtoBlock, line: str, about: str) -> ProtoRow | None:
    if block.kind == "service":
        found = _RPC.fullmatch(line)
        if found is None:
            return None
        name, asks, request, answers, answer = found.groups()
        return ProtoRow(name, f"{asks or ''}{request} → {answers or ''}{answer}", "", about)
    if block.kind == "enum":
        found = _VALUE.fullmatch(line)
        return (
            None if found is None else ProtoRow(found[1], "", found[2], about or _cell([found[3]]))
        )
    found = _FIELD.fullmatch(line)
    if found is None:
        return None
    repeated, kind, name, number, behind = found.groups()
    return ProtoRow(name, f"{repeated or ''}{kind}", number, about or _cell([behind]))


def _cell(lines: Sequence[str | None]) -> str:
    return " ".join(each for each in lines if each).replace("|", "\\|")
