"""The words that answers are described in: schemas of JSON, and how they are put together."""

from __future__ import annotations

from typing import Any, Final

Schema = dict[str, Any]

TEXT: Final[Schema] = {"type": "string"}
INTEGER: Final[Schema] = {"type": "integer"}
FLAG: Final[Schema] = {"type": "boolean"}
DECIMAL: Final[Schema] = {"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?$"}
BIG: Final[Schema] = {"type": "string", "pattern": "^[0-9]+$", "description": "may pass 2^53"}
SIGNED: Final[Schema] = {"type": "string", "pattern": "^-?[0-9]+$", "description": "may pass 2^53"}
HEX: Final[Schema] = {"type": "string", "pattern": "^0x([0-9a-f]{2})*$"}
TIME: Final[Schema] = {"type": "integer", "description": "milliseconds since the epoch"}
SIDE: Final[Schema] = {"enum": ["buy", "sell"]}
STATE: Final[Schema] = {
    "enum": ["accepted", "ordered", "claimed", "verified", "final", "unspecified"]
}


def maybe(schema: Schema) -> Schema:
    """Return a schema that also takes null."""
    return {"anyOf": [schema, {"type": "null"}]}


def listed(schema: Schema) -> Schema:
    """Return the schema of a list."""
    return {"type": "array", "items": schema}


def fields(**properties: Schema) -> Schema:
    """Return the schema of an object with exactly these fields."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def ref(name: str) -> Schema:
    """Return a reference to a schema by name."""
    return {"$ref": f"#/components/schemas/{name}"}


PLACE: Final = fields(batch=INTEGER, segment=INTEGER, index=INTEGER)
"""Where an op is ordered."""
