"""Gas of the law alone: each kind of op, averaged over a full segment, how much of its compute
weight each thing uses, and what typical segments declare. Takes half a minute, for whoever changes
the law; needs pyrevm."""

from __future__ import annotations

from typing import Any

from strikeproof.bench.dispute_venue import has_revm
from strikeproof.bench.law_gas import measure_law
from strikeproof.failure import Rejected
from strikeproof.wire.errors import FailureCode


class NoSecondEvm(Rejected):
    """pyrevm is not installed."""

    code = FailureCode.NO_SECOND_EVM

    def __init__(self) -> None:
        super().__init__("this benchmark needs pyrevm, which installs on CPython 3.11 and 3.12")


def measure() -> dict[str, Any]:
    """Return `law_gas_NAME` with `…_max` where a bar is asked for, `law_ops_NAME` of the full
    segment, `law_bytes_NAME` of each of its ops; `weight_use_NAME`: gas as a share of the weight,
    to stay below 1; and of typical flows, `single` with one action a bundle and `bundled` with
    eight, `typical_FLOW_…`: `declared_per_used` (compute weight), `weight_per_gas` (compute weight
    over the law's gas), `gas_per_action`, `charge_per_action`, `bytes_per_op`, `bytes_per_action`.

    Raises `NoSecondEvm` where pyrevm is not installed.
    """
    if not has_revm():
        raise NoSecondEvm()
    return measure_law()
