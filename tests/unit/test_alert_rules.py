"""Each alert rule is fired by the nodes' own metrics, in Prometheus' own evaluator, and rests else.

`make promtool` brings the evaluator. What a case does to a node's metrics at a minute is scraped
each minute, as Prometheus would.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, Gauge

from strikeproof.gateway.metrics import GatewayMetrics
from strikeproof.l1.endpoint_health import EndpointState
from strikeproof.reporter.reporter_metrics import ReporterAlarm, ReporterMetrics
from strikeproof.sequencer.metrics import SequencerMetrics
from strikeproof.sequencer.not_accepting import NotAccepting
from strikeproof.sequencer.posting.posting_watch import PostingMetrics
from strikeproof.verifier.alarm import Alarm, Alerter
from strikeproof.verifier.metrics import VerifierMetrics
from strikeproof.verifier.webhook import WebhookOutcome
from strikeproof.wire.constants import OpType

ROOT = Path(__file__).parents[2]
RULES = ROOT / "docs/examples/alerts/strikeproof.rules.yml"
MINUTES = 45
TROUBLE_AT = 10  # minutes after the first scrape


class Site:
    """Two sequencers, a verifier and a reporter, all well, as Prometheus sees them."""

    def __init__(self) -> None:
        self.sequencer, self.standby = SequencerMetrics(), SequencerMetrics()
        self.posting = PostingMetrics(self.sequencer.registry)
        PostingMetrics(self.standby.registry)
        self.standby.leading.set(0)
        self.verifier = VerifierMetrics()
        self.alerter = Alerter(self.verifier)
        self.verifier.deadline_seconds.set(600_000)
        self.verifier.charge_rate.set(30_000_000)
        self.verifier.charge_admitted.set(16_000_000)
        self.reporter = ReporterMetrics()
        self.gateway = GatewayMetrics()
        self.reporter.venue_price_age.labels("1").set(2)
        self.reporter.forward_age.labels("1 27NOV26").set(3)
        self.reporter.settlement_late.labels("1 27NOV26").set(10)
        for state in EndpointState:
            up = state is EndpointState.UP
            self.posting.endpoint.labels("one.example", state.value).set(up)
        self.up = CollectorRegistry()
        self.is_up = Gauge("up", "Whether it answers", registry=self.up)
        self.is_up.set(1)
        self.reporter_signs = True

    def scrape(self, minute: int) -> Iterator[tuple[str, float]]:
        """Yield every series and its value."""
        if self.reporter_signs:
            self.reporter.publish_time.labels("1").set(minute * 60)
        for job, instance, registry in (
            ("sequencer", "one", self.sequencer.registry),
            ("sequencer", "two", self.standby.registry),
            ("verifier", "three", self.verifier.registry),
            ("reporter", "four", self.reporter.registry),
            ("gateway", "five", self.gateway.registry),
            ("sequencer", "one", self.up),
        ):
            for family in registry.collect():
                for sample in family.samples:
                    labels = {"job": job, "instance": instance, **sample.labels}
                    told = ",".join(f'{name}="{value}"' for name, value in labels.items())
                    yield f"{sample.name}{{{told}}}", sample.value


@dataclass(frozen=True)
class Case:
    """What makes a rule fire: once, or every minute from then on."""

    rule: str
    trouble: Callable[[Site], Any]
    again: bool = False


def refusing(why: NotAccepting) -> Callable[[Site], Any]:
    return lambda site: site.sequencer.not_accepting_because(why)


def alarm(kind: Alarm) -> Callable[[Site], Any]:
    return lambda site: site.alerter.raise_alarm(kind)


def reporter_alarm(kind: ReporterAlarm) -> Callable[[Site], Any]:
    return lambda site: site.reporter.alarm(kind, "1", is_on=True)


def undelivered(outcome: WebhookOutcome) -> Callable[[Site], Any]:
    return lambda site: site.verifier.webhook_deliveries.labels(outcome.value).inc()


def disagree(site: Site) -> None:
    for state in EndpointState:
        wrong = state is EndpointState.DISAGREES
        site.posting.endpoint.labels("one.example", state.value).set(wrong)


def heights(site: Site) -> None:
    site.sequencer.batch.labels("ordered").set(900)
    site.sequencer.batch.labels("claimed").set(600)


def late_claim(site: Site) -> None:
    site.verifier.claims.set(3)
    site.verifier.claims_verified.set(2)
    site.verifier.deadline_seconds.set(7_200)


def fall_silent(site: Site) -> None:
    site.reporter_signs = False


def refuse_upkeep(site: Site) -> None:
    for _ in range(10):
        site.sequencer.upkeep_refused(OpType.LIQUIDATE)


CASES = [
    *(Case("NotAccepting", refusing(why)) for why in NotAccepting),
    Case("NobodyLeads", lambda site: site.sequencer.leading.set(0)),
    Case("TwoLead", lambda site: site.standby.leading.set(1)),
    Case("StandbyBehind", lambda site: site.standby.lag_seconds.set(11)),
    Case("BatchesNotPosted", lambda site: site.sequencer.batches_waiting.set(31)),
    Case("ClaimsBehind", heights),
    Case("L1OutOfView", lambda site: site.sequencer.l1_view_age_seconds.set(61)),
    Case("L1EndpointTroubled", disagree),
    Case("TransactionStuck", lambda site: site.posting.oldest_pending_seconds.set(301)),
    Case("FeeCapReached", lambda site: site.posting.fee_cap_reached.set(1)),
    Case("SequencerBalanceLow", lambda site: site.posting.balance_needed_wei.set(1)),
    Case("SequencerBondMissing", lambda site: site.posting.bond_needed_wei.set(1)),
    Case("PromiseStakeMissing", lambda site: site.posting.stake_needed_wei.set(1)),
    Case("UpkeepRefused", refuse_upkeep, again=True),
    Case("ProverBehind", lambda site: site.sequencer.prover_backlog_ops.set(15_001)),
    Case("AcceptsSlowly", lambda site: site.sequencer.accepted(100, 0.9), again=True),
    Case("OrdersTurnedAway", lambda site: site.sequencer.queue_full.inc(100), again=True),
    Case("DescriptorsNearLimit", lambda site: site.sequencer.descriptors.set(1)),
    Case("TlsCertificateEnding", lambda site: site.sequencer.tls_expiry_time.set(86_400)),
    Case("TlsCertificateEnding", lambda site: site.gateway.tls_expiry_time.set(86_400)),
    Case("WrongClaim", lambda site: site.verifier.wrong_claims.inc()),
    *(
        Case("VerifierAlarm", alarm(kind))
        for kind in (
            Alarm.BROKEN,
            Alarm.WRONG_CLAIM_FINAL,
            Alarm.DRY_RUN_REFUSED,
            Alarm.NOT_PROVABLE,
            Alarm.CONTROL_FAILED,
            Alarm.COMMIT_IMPOSSIBLE,
            Alarm.ENDPOINTS_DISAGREE,
            Alarm.WORKER_LIED,
        )
    ),
    Case("VenueFrozen", lambda site: site.verifier.venue_frozen.set(1)),
    Case("ExecutorsDiffer", lambda site: site.verifier.executors_differ.set(1)),
    Case("VerifierStalled", lambda site: site.verifier.stalled_seconds.set(301)),
    Case("VerifierBehind", lambda site: site.verifier.batches.set(101)),
    Case("DeadlineNear", late_claim),
    Case("VerifierTooSlow", lambda site: site.verifier.charge_rate.set(15_000_000)),
    Case("SingleEndpoint", lambda site: site.verifier.single_endpoint.set(1)),
    Case("VerifierBalanceLow", lambda site: site.verifier.balance_needed_wei.set(1)),
    *(
        Case("AlarmsUndelivered", undelivered(outcome))
        for outcome in (WebhookOutcome.GIVEN_UP, WebhookOutcome.REFUSED, WebhookOutcome.DROPPED)
    ),
    Case("ReporterSilent", fall_silent),
    Case("VenuePriceOld", lambda site: site.reporter.venue_price_age.labels("1").set(31)),
    Case(
        "PriceSourceFailing",
        lambda site: site.reporter.source_failures.labels("http one.example").inc(40),
        again=True,
    ),
    *(
        Case("ReporterAlarm", reporter_alarm(kind))
        for kind in (
            ReporterAlarm.NOT_A_REPORTER,
            ReporterAlarm.REPORT_REFUSED,
            ReporterAlarm.NO_PRICE,
            ReporterAlarm.NO_FORWARD,
            ReporterAlarm.NO_SETTLEMENT,
            ReporterAlarm.SURFACE_REFUSED,
            ReporterAlarm.RECORD_FAILED,
        )
    ),
    Case(
        "SettlementMissing",
        lambda site: site.reporter.settlement_late.labels("1 27NOV26").set(121),
    ),
    Case("ForwardOld", lambda site: site.reporter.forward_age.labels("1 27NOV26").set(301)),
    Case("NodeDown", lambda site: site.is_up.set(0)),
]


def promtool() -> str:
    candidates = (os.environ.get("STRIKEPROOF_PROMTOOL"), shutil.which("promtool"))
    for each in (*candidates, str(ROOT / ".promtool/usr/bin/promtool")):
        if each and os.access(each, os.X_OK):
            return each
    pytest.skip("NOT TESTED: alert rules: promtool is not installed: `make promtool`")


def series_of(case: Case | None) -> dict[str, list[str]]:
    """Return each series of a site, a value a minute; `_`: not there yet."""
    site, found = Site(), dict[str, list[str]]()
    for minute in range(MINUTES + 1):
        is_time = minute == TROUBLE_AT or (minute > TROUBLE_AT and case is not None and case.again)
        if case is not None and is_time:
            case.trouble(site)
        for name, value in site.scrape(minute):
            found.setdefault(name, ["_"] * minute).append(repr(value))
    return found


def firing(case: Case | None, folder: Path) -> set[str]:
    """Return the rules that fire at any minute, by the evaluator's own account.

    It is asked of all rules whether none fires, minute by minute: what it contradicts fires.
    """
    names = rule_names()
    minutes = range(MINUTES + 1)
    document = {
        "rule_files": [str(RULES)],
        "evaluation_interval": "30s",
        "tests": [
            {
                "interval": "1m",
                "input_series": [
                    {"series": name, "values": " ".join(values)}
                    for name, values in series_of(case).items()
                ],
                "alert_rule_test": [
                    {"eval_time": f"{minute}m", "alertname": name, "exp_alerts": []}
                    for minute in minutes
                    for name in names
                ],
            }
        ],
    }
    path = folder / "case.yml"
    path.write_text(json.dumps(document))  # JSON is YAML
    result = subprocess.run(
        [promtool(), "test", "rules", str(path)], capture_output=True, text=True, timeout=60
    )
    told = result.stdout + result.stderr
    found = set(re.findall(r"alertname: ?(\w+)", told))
    assert found or result.returncode == 0, told[:2_000]
    return found


def rule_names() -> list[str]:
    return re.findall(r"- alert: (\w+)", RULES.read_text("utf-8"))


def test_every_rule_has_a_case_and_there_are_no_others() -> None:
    assert {each.rule for each in CASES} == set(rule_names())
    assert len(rule_names()) == len(set(rule_names())) >= 15


def test_rules_name_metrics_that_nodes_show() -> None:
    """Where there is no evaluator this finds a renamed metric."""
    site = Site()
    shown = {name.partition("{")[0] for name, _ in site.scrape(0)}
    for family in (site.sequencer, site.verifier, site.reporter, site.gateway):
        for each in family.registry.collect():
            shown |= {each.name, f"{each.name}_total", f"{each.name}_bucket"}
    text = "\n".join(re.findall(r"expr: (.*)", RULES.read_text("utf-8")))
    used = set(re.findall(r"\b(?:sequencer|verifier|reporter|gateway)_\w+", text))
    assert used and used <= shown, used - shown


def test_healthy_site_is_silent(tmp_path: Path) -> None:
    assert firing(None, tmp_path) == set()


@pytest.mark.parametrize("case", CASES, ids=[f"{n}-{each.rule}" for n, each in enumerate(CASES)])
def test_trouble_fires_its_rule_and_no_other(case: Case, tmp_path: Path) -> None:
    assert firing(case, tmp_path) == {case.rule}
