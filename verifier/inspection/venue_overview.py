"""One look at a venue, for those who watch it: L1, the verifier's store and its metrics.

Nothing is sent. Times are seconds, amounts in their smallest unit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from strikeproof.l1.bond_facts import read_bond, read_credit_wei
from strikeproof.l1.intent import recent_intents
from strikeproof.verifier.inspection.announced_calls import AnnouncedCalls
from strikeproof.verifier.inspection.claim_report import claim_report, hex_of
from strikeproof.verifier.inspection.metrics_reading import read_node
from strikeproof.verifier.inspection.venue_calls import VenueCalls
from strikeproof.verifier.state.genesis import GLOBAL_KEY
from strikeproof.verifier.wiring import VerifierParts
from strikeproof.wire.layout import GLOBAL_GROUP, unpack_global

Report = dict[str, Any]

CLAIMS_SHOWN: Final = 12
ACTIONS_SHOWN: Final = 8
CLAIMS_JUDGED_MAX: Final = 200  # in one look, of those that the node has not called right
_WRONG: Final = ("wrong", "wrong_parent")


@dataclass(frozen=True, slots=True)
class Watched:
    """Whose bond and transactions to show, and where the node reports its health."""

    address: bytes | None
    intents: Path | None
    metrics_url: str | None


class VenueLook:
    """Looks at one venue again and again."""

    def __init__(self, parts: VerifierParts, watched: Watched) -> None:
        self._parts = parts
        self._watched = watched
        self._calls = VenueCalls(parts.client, parts.contracts.rollup, parts.contracts.inbox)
        self._announced = AnnouncedCalls(self._calls, parts.contracts.first_block)
        self._alarms_before: Mapping[str, int] | None = None
        """When watching began: what was raised earlier may have passed."""

    def look(self) -> Report:
        """Return how the venue stands. Raises what reading L1 raises."""
        head = self._parts.client.head()
        node = self._node()
        report = {
            "chain_id": self._parts.contracts.chain_id,
            "rollup": hex_of(self._parts.contracts.rollup),
            "l1_block": head.number,
            "now": head.timestamp_seconds,
            "frozen_until": self._calls.ask("Rollup", "resolutionEnd") or None,
            "store": self._store(head.number),
            "node": node,
            "claims": self._claims(head.timestamp_seconds, node),
            "inbox": self._inbox(),
            "vault": self._vault(),
            "own": self._own(),
            "timelock": [each.to_json() for each in self._announced.read()],
        }
        return {**report, "attention": attention(report)}

    def _store(self, head: int) -> Report:
        store = self._parts.store
        number, _, _ = next(store.blocks(), (0, b"", 0))
        newest = store.newest_place()
        return {
            "l1_block": number,
            "blocks_behind": max(0, head - number),
            "batches": store.batch_count(),
            "batches_executed": newest[0] if newest else 0,
            "segments": store.segment_count(),
        }

    def _node(self) -> Report | None:
        url = self._watched.metrics_url
        if url is None:
            return None
        reading = read_node(url)
        if reading is None:
            return {"answers": False}
        if self._alarms_before is None:
            self._alarms_before = reading.alarms
        before = self._alarms_before
        new = {
            kind: count - before.get(kind, 0)
            for kind, count in reading.alarms.items()
            if count > before.get(kind, 0)
        }
        alarms = {"alarms": dict(reading.alarms), "alarms_new": new}
        return {"answers": True, **reading.gauges, **alarms}

    def _claims(self, now: int, node: Report | None) -> Report:
        """Return counts of the claims that can still be disproved, by verdict, and the newest.

        What the running node has called right is not judged again: a window holds hundreds of
        thousands. Without a node the newest are judged, and the others counted as unverified.
        """
        store = self._parts.store
        final, newest = store.newest_claim_before(now), store.claim_count()
        right_count = int((node or {}).get("claims_verified", 0))
        first = max(final, min(right_count, newest)) + 1
        judged = max(first, newest - CLAIMS_JUDGED_MAX + 1)
        verdicts = {"right": first - 1 - final, "wrong": 0, "unverified": judged - first}
        deadline, rows = None, []
        for claim in store.standing_claims(min(judged, max(1, newest - CLAIMS_SHOWN + 1))):
            row = claim_report(self._parts, claim)
            row["seconds_left"] = max(0, claim.deadline_seconds - now)
            row["is_final"] = claim.number <= final
            rows.append(row)
            if claim.number < judged:
                continue
            verdict = row["verdict"] if row["verdict"] in verdicts else "wrong"
            verdicts[verdict] += 1
            if verdict != "right":
                deadline = min(deadline or claim.deadline_seconds, claim.deadline_seconds)
        wrong = [row for row in rows[:-CLAIMS_SHOWN] if row["verdict"] in _WRONG]
        return {
            **verdicts,
            "window_seconds": self._calls.ask("Rollup", "windowSeconds"),
            "final": final,
            "deadline": deadline,
            "newest": wrong[:CLAIMS_SHOWN] + rows[-CLAIMS_SHOWN:],
        }

    def _inbox(self) -> Report:
        count = self._calls.ask("Inbox", "count")
        end = self._calls.ask("Rollup", "inboxEnd")
        report: Report = {"waiting": count - end, "oldest": None, "due": None, "anybody_from": None}
        if count > end:
            oldest = self._calls.ask("Inbox", "timeMs", end) // 1000
            due = oldest + self._calls.ask("Rollup", "forceInclusionSeconds")
            report |= {
                "oldest": oldest,
                "due": due,
                "anybody_from": due + self._calls.ask("Rollup", "graceSeconds"),
            }
        return report

    def _vault(self) -> Report:
        start, end = self._calls.ask("Vault", "queued")
        custody = self._calls.ask("Vault", "custodyMicroUsd")
        record = self._parts.store.record(GLOBAL_KEY)
        names = [each.name for each in GLOBAL_GROUP.fields]
        state = dict(zip(names, unpack_global(record), strict=True)) if record else {}
        liabilities = state.get("liabilities")
        return {
            "custody_micro_usd": custody,
            "liabilities_micro_usd": liabilities,
            "on_their_way_micro_usd": None if liabilities is None else custody - liabilities,
            "insurance_fund_micro_usd": state.get("insurance_fund"),
            "bad_debt_micro_usd": state.get("bad_debt"),
            "payments_waiting": end - start,
            "left_today_micro_usd": self._calls.ask("Vault", "leftTodayMicroUsd"),
            "paused_until": self._calls.ask("Vault", "pausedUntil") or None,
        }

    def _own(self) -> Report:
        """Return the key's money on L1, our disputes and our transactions, newest first."""
        disputes = [
            {"claim": each.number, "segment": each.segment, "stage": each.stage, "note": each.note}
            for each in reversed(self._parts.store.disputes()[-ACTIONS_SHOWN:])
        ]
        report: Report = {"address": None, "disputes": disputes, "transactions": []}
        if self._watched.intents is not None:
            report["transactions"] = [
                {"name": each.name, "status": each.status.value, "block": each.block_number}
                for each in recent_intents(self._watched.intents, ACTIONS_SHOWN)
            ]
        address, client = self._watched.address, self._parts.client
        if address is None:
            return report
        rollup = self._parts.contracts.rollup
        bond = read_bond(client, rollup, address, ())
        return report | {
            "address": hex_of(address),
            "balance_wei": client.balance_wei(address),
            "bond_wei": bond.amount_wei,
            "bond_needed_wei": bond.needed_wei,
            "held_wei": bond.held_wei,
            "credit_wei": read_credit_wei(client, rollup, address),
        }


def attention(report: Report) -> list[str]:
    """Return what somebody should look at now, the worst first; nothing if all is well."""
    now, claims, inbox = report["now"], report["claims"], report["inbox"]
    vault, node, own = report["vault"], report["node"], report["own"]
    found = []
    for each in claims["newest"]:
        if each["verdict"] in _WRONG and not each["is_final"]:
            stage = (each["dispute"] or {}).get("stage", "nobody disputes it here")
            found.append(f"claim {each['batch']} is wrong, {each['seconds_left']} s left: {stage}")
    if report["frozen_until"]:
        found.append("the venue is frozen: `strikeproof exit status` says what is next")
    if (vault["on_their_way_micro_usd"] or 0) < 0:
        found.append(f"the Vault lacks {-vault['on_their_way_micro_usd']} micro-USD")
    if node is not None and not node["answers"]:
        found.append("the verifier's metrics do not answer: does it run?")
    elif node is not None:
        if node.get("executors_differ"):
            found.append("two EVMs disagree: nothing is sent (docs/verifier-speed.md)")
        if node.get("single_endpoint"):
            found.append("L1 is read from one endpoint")
        found += [
            f"alarm {kind}, {count} since you watch" for kind, count in node["alarms_new"].items()
        ]
        if own["address"] and own["balance_wei"] < node.get("balance_needed_wei", 0):
            found.append("the key could not pay for a challenge: fund it")
    unverified = claims["deadline"] is not None and claims["unverified"]
    if unverified and claims["deadline"] - now < claims["window_seconds"] // 4:
        found.append(f"an unverified claim becomes final in {claims['deadline'] - now} s")
    if report["store"]["blocks_behind"] > 32:
        found.append(f"the store is {report['store']['blocks_behind']} blocks behind L1")
    if inbox["due"] is not None and now > inbox["due"]:
        who = "anybody may post it" if now > inbox["anybody_from"] else "the sequencer must"
        found.append(f"an inbox message is overdue by {now - inbox['due']} s: {who}")
    if vault["paused_until"] and vault["paused_until"] > now:
        found.append(f"the council pauses payments until {vault['paused_until']}")
    found += [
        f"announced call {each['number']} may run: {each['call']}"
        for each in report["timelock"]
        if each["ready"] <= now <= each["expires"]
    ]
    return found
