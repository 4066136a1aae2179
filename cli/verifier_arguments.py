"""Numbers of the protocol as arguments of commands: no wider than the field that they become."""

from __future__ import annotations

from typing import Final

import click

from strikeproof.wire.constants import ORDER_LOTS_MAX

ACCOUNT: Final = click.IntRange(1, 2**32 - 1)
INSTRUMENT: Final = click.IntRange(1, 2**16 - 1)
LOTS: Final = click.IntRange(1, ORDER_LOTS_MAX)
BATCH: Final = click.IntRange(1, 2**63 - 1)
"""What a store can look for; L1 counts batches in 64 bits."""
SEGMENT: Final = click.IntRange(0, 2**32 - 1)


def of_one_withdrawal(context: click.Context, parameter: click.Parameter, micro_usd: int) -> int:
    """Return the amount. Raises `click.BadParameter` if no op can hold it."""
    if micro_usd >> 64:
        raise click.BadParameter("no op withdraws so much at once", context, parameter)
    return micro_usd
