"""Events that are published already and not written yet: what the store takes in one go."""

from __future__ import annotations

from dataclasses import dataclass, field

from strikeproof.sequencer.history.entry_cost import EntryCost
from strikeproof.sequencer.order.op_place import OpPlace


@dataclass(slots=True)
class AccountEvents:
    """Consecutive events of one account, as `encode_event` writes them."""

    first: int
    """Number of the first one."""
    batch: int = 0
    """The newest that they speak of."""
    texts: list[str] = field(default_factory=list)


@dataclass(slots=True)
class EventGroup:
    """Events and entry costs by account, and how far in the order they reach."""

    cursor: OpPlace
    accounts: dict[int, AccountEvents] = field(default_factory=dict)
    entries: dict[int, dict[int, EntryCost]] = field(default_factory=dict)
    """What positions cost after these events, by account and instrument."""
    op_count: int = 0
