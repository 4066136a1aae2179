"""Records for tests that name only the fields they are about."""

from __future__ import annotations

from strikeproof.wire.layout import Group


def blank(group: Group, **fields: int) -> dict[str, int]:
    """Return every field of a group: version 1, the given ones, zero for the others."""
    zeros = dict.fromkeys((each.name for each in group.fields), 0)
    version = {"version": 1} if "version" in zeros else {}
    assert fields.keys() <= zeros.keys(), fields.keys() - zeros.keys()
    return zeros | version | fields
