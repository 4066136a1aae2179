"""Judges a campaign by the nodes' logs and by L1 itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import inf
from pathlib import Path
from typing import Any, Final

from strikeproof.verifier.derivation.stall import PAUSE_SECONDS
from tests.chaos.liar import Lie
from tests.chaos.phases import Kind, Phase
from tests.integration.sequencer.chain import Chain, events_of

NOTICE_SECONDS: Final = 8.0  # polls, requests that time out
RESUME_SECONDS: Final = 10.0
FALSE_ALARMS: Final = (
    "dry_run_refused",
    "not_provable",
    "control_failed",
    "wrong_claim_final",
    "broken",
)


@dataclass(slots=True)
class Report:
    """Figures of a campaign, and what went wrong."""

    figures: dict[str, Any] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    def expect(self, holds: bool, what: str) -> None:
        """Note what is wrong."""
        if not holds:
            self.wrong.append(what)


def time_of(event: dict[str, Any]) -> float:
    """Return when an event was logged, by the wall clock."""
    return datetime.fromisoformat(event["timestamp"].replace("Z", "+00:00")).timestamp()


def judge_alarms(report: Report, phases: Sequence[Phase], verifier: Path, sequencer: Path) -> None:
    """Every outage that lasts long enough is reported by both nodes, and nothing false is."""
    heard = [each for each in events_of(verifier) if each.get("alarm")]
    told_after = PAUSE_SECONDS + NOTICE_SECONDS
    # The end of the campaign may cut one short.
    long = [x for x in phases if x.kind is Kind.LONG and x.end - x.start > told_after]
    stalled = [time_of(each) for each in heard if each["event"] == "derivation_stalled"]
    report.figures["outages"] = len(phases)
    report.figures["long_outages"] = len(long)
    for phase in long:
        told = any(phase.start <= each <= phase.start + told_after for each in stalled)
        report.expect(told, f"no derivation_stalled in the outage at {phase.start:.0f}")
        down = _stands(sequencer, "endpoint_down", phase.end)
        report.expect(len(down) == 2, f"endpoint_down missing in the outage at {phase.start:.0f}")
    for alarm in ("endpoint_down", "endpoint_disagrees"):
        report.expect(not _stands(sequencer, alarm, inf), f"{alarm} stands at the end")
    for each in heard:
        report.expect(each["event"] not in FALSE_ALARMS, f"the verifier says {each['event']}")
    report.figures["verifier_alarms"] = _counts(heard)
    raised = [each for each in events_of(sequencer) if each.get("alarm")]
    report.figures["sequencer_alarms"] = _counts(raised)


def _stands(log: Path, alarm: str, at: float) -> set[str]:
    """Return about which endpoints an alarm stands at a time."""
    standing: set[str] = set()
    for each in events_of(log):
        if "timestamp" in each and time_of(each) > at:
            break
        if each["event"] == alarm:
            standing.add(each["endpoint"])
        elif each["event"] == alarm + "_over":
            standing.discard(each["about"])
    return standing


def _counts(events: Sequence[dict[str, Any]]) -> dict[str, int]:
    names = [each["event"] for each in events]
    return {name: names.count(name) for name in sorted(set(names))}


def judge_lies(report: Report, chain: Chain, lies: Sequence[Lie], verifier: Path) -> None:
    """Every lie was reported by an alarm and deleted by its deadline; nobody else was slashed."""
    contract = chain.deployment.contract(chain.web3, "Rollup")
    first = chain.deployment.first_block
    deleted = contract.events.ClaimDeleted().get_logs(from_block=first)
    slashed = contract.events.Slashed().get_logs(from_block=first)
    times = {
        bytes(each["args"]["claimHash"]): chain.web3.eth.get_block(each["blockNumber"])["timestamp"]
        for each in deleted
    }
    told = {each["claim_hash"] for each in events_of(verifier) if each["event"] == "wrong_claim"}
    took = []
    for lie in lies:
        report.expect("0x" + lie.claim_hash.hex() in told, f"no alarm of the lie in {lie.number}")
        report.expect(lie.claim_hash in times, f"the lie in batch {lie.number} stands")
        took.append(times.get(lie.claim_hash, lie.posted) - lie.posted)
    proposers = {each["args"]["proposer"] for each in slashed}
    report.expect(proposers <= {each.proposer for each in lies}, "an honest proposer was slashed")
    hashes = {each.claim_hash for each in lies}
    report.expect(set(times) <= hashes, "a right claim was deleted")
    report.figures["lies"] = len(lies)
    report.figures["slashed"] = len(slashed)
    report.figures["lie_to_deletion_seconds_most"] = round(max(took, default=0.0), 1)


def judge_posting(report: Report, phases: Sequence[Phase], posted: Sequence[float]) -> None:
    """After every phase of trouble, batches reach L1 within `RESUME_SECONDS`."""
    waits = []
    for phase in phases:
        after = [each for each in posted if each >= phase.end]
        if not after:
            continue  # the campaign ended with it
        wait = min(after) - phase.end
        waits.append(wait)
        what = f"posting resumed {wait:.1f} s after '{phase.kind.value}' at {phase.start:.0f}"
        report.expect(wait <= RESUME_SECONDS, what)
    waits.sort()
    report.figures["batches"] = len(posted)
    if waits:
        report.figures["resume_seconds_median"] = round(waits[len(waits) // 2], 1)
        report.figures["resume_seconds_most"] = round(waits[-1], 1)
