"""JSON text, read strictly: no NaN, no depth that ends the process."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from strikeproof.gateway.refusal import malformed
from strikeproof.json_depth import check_depth


def _no_constant(text: str) -> NoReturn:
    raise ValueError(text)


def parse_json(text: str | bytes) -> Any:
    """Return the value of JSON text. Raises `GatewayRefusal` for what is none."""
    try:
        data = text.encode() if isinstance(text, str) else text
        return json.loads(check_depth(data), parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise malformed("message", "is not JSON") from None
