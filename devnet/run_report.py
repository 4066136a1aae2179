"""The JSON object that a run ends with. Durations are seconds."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from strikeproof.devnet.supervisor import Devnet


def report(devnet: Devnet, reason: str) -> dict[str, Any]:
    """Return what happened and when; `reason` is empty for success.

    Keys: `ok`, `reason`; `page`, where the venue's page was served; the settings `l1`, `hardfork`,
    `seed`, `window_seconds`, `frauds` (`fraud`: the first), `story`, `until`; counts `batches`,
    `claims`, `claims_verified`, `claims_final`, `trades`, `orders`; seconds since the start
    `ready_seconds`, `first_trade_seconds`, `withdrawn_seconds`, `total_seconds`; `failover_seconds`
    from the leader's kill until another led; `gas` by `Contract.function`, with `count`, `least`
    and `most`; the drill's `lies` (`lie`: that of `fraud`), the kinds in whose place the right
    claim stands, `replaced`, and of the first of them `fraud_posted_to_slashed_seconds`,
    `slashed_to_reproposed_seconds`; of a crash `crash_to_liquidated_seconds`,
    `crash_to_taken_over_seconds`, `crash_to_deleveraged_seconds`; of an expiry `opened_seconds`,
    `expired_seconds`, `expired_to_settled_seconds`, `expired_to_paid_out_seconds`;
    `escape` with owners, custody, paid and left, and seconds from the kill until `frozen_seconds`
    and `paid_seconds`. What did not happen is null.
    """
    status, settings = devnet.status, devnet.settings
    return {
        "ok": not reason,
        "reason": reason,
        "page": None if devnet.endpoints is None else devnet.endpoints.page,
        "l1": settings.l1,
        "hardfork": settings.hardfork,
        "seed": settings.seed,
        "window_seconds": settings.window_seconds,
        "fraud": settings.frauds[0] if settings.frauds else None,
        "frauds": list(settings.frauds),
        "story": None if settings.story is None else settings.story.value,
        "until": None if settings.goal is None else settings.goal.value,
        "ready_seconds": _at(devnet, "ready"),
        "first_trade_seconds": _at(devnet, "traded"),
        "lie": next((asdict(e) for e in status.lies if e.kind == settings.frauds[0]), None),
        "lies": [asdict(each) for each in status.lies],
        "replaced": [each.kind for each in status.lies if each.kind in status.replaced],
        "fraud_posted_to_slashed_seconds": _between(devnet, "lie_posted", "slashed"),
        "slashed_to_reproposed_seconds": _between(devnet, "slashed", "reproposed"),
        "trades_after_slash": status.trade_count - status.trades_at_slash
        if "slashed" in status.moments
        else None,
        "crash_to_liquidated_seconds": _between(devnet, "crash", "liquidated"),
        "crash_to_taken_over_seconds": _between(devnet, "crash", "taken_over"),
        "crash_to_deleveraged_seconds": _between(devnet, "crash", "deleveraged"),
        "opened_seconds": _at(devnet, "opened"),
        "expired_seconds": _at(devnet, "expired"),
        "expired_to_settled_seconds": _between(devnet, "expired", "settled"),
        "expired_to_paid_out_seconds": _between(devnet, "expired", "paid_out"),
        "withdrawn_seconds": _at(devnet, "withdrawn"),
        "total_seconds": round(status.now, 2),
        "batches": max(status.batches, default=0),
        "claims": max(status.claims, default=0),
        "claims_verified": status.claims_verified,
        "claims_final": status.claims_final,
        "trades": status.trade_count,
        "orders": status.op_count,
        "failover_seconds": None
        if status.failover_seconds is None
        else round(status.failover_seconds, 3),
        "escape": None if status.escape is None else asdict(status.escape),
        "frozen_seconds": _between(devnet, "sequencer_killed", "frozen"),
        "paid_seconds": _between(devnet, "sequencer_killed", "paid"),
        "gas": {name: asdict(use) for name, use in sorted(status.gas.items())},
    }


def _at(devnet: Devnet, moment: str) -> float | None:
    at = devnet.status.moments.get(moment)
    return None if at is None else round(at, 2)


def _between(devnet: Devnet, first: str, then: str) -> float | None:
    moments = devnet.status.moments
    if first not in moments or then not in moments:
        return None
    return round(moments[then] - moments[first], 2)
