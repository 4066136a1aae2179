"""Which upkeep is to be ordered now: the pure part. What it is given is the state and the time.

The ops of one plan are executed, or refused, before the next plan is made: every plan follows from
the state alone. So nobody keeps a book of what is under way, and a restart, or a standby that takes
over, forgets nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from strikeproof.sequencer.core.engine import Engine
from strikeproof.sequencer.upkeep.certificate_watch import CertificateWatch
from strikeproof.sequencer.upkeep.instrument_watch import InstrumentWatch
from strikeproof.sequencer.upkeep.liquidation_watch import LiquidationWatch
from strikeproof.sequencer.upkeep.portfolio_watch import PortfolioWatch
from strikeproof.sequencer.upkeep.trigger_watch import TriggerWatch

LIQUIDATIONS_OF_PLAN: Final = 64
FIRINGS_OF_PLAN: Final = 64  # triggers: those first whose price was passed first
REPRICES_OF_PLAN: Final = 64  # pairs of options: those that wait the longest
RENEWALS_OF_PLAN: Final = 8  # certificates: a revaluation weighs a tenth of a segment
PAYMENTS_OF_PLAN: Final = 32  # accounts whose settled positions are paid out


@dataclass(frozen=True, slots=True)
class UpkeepPlan:
    """Ops to order, the most urgent first."""

    ops: list[bytes] = field(default_factory=list)
    is_behind: bool = False
    """Whether accounts wait to be looked at: plan again without waiting."""


class UpkeepPlanner:
    """Made of a recovered engine; accounts that it has not looked at yet come last."""

    def __init__(self, engine: Engine) -> None:
        queries = engine.upkeep()
        self.portfolios = PortfolioWatch(queries)
        self.accounts = LiquidationWatch(queries, self.portfolios)
        self.certificates = CertificateWatch(queries, self.portfolios)
        self.instruments = InstrumentWatch(queries)
        self.triggers = TriggerWatch(queries)

    def follow(self, now_ms: int) -> UpkeepPlan:
        """Follow the state without ordering anything, while another node does."""
        self.accounts.look()
        self.portfolios.look()
        self.accounts.liquidations(now_ms, 0)
        self.triggers.look()
        return UpkeepPlan([], self.accounts.waiting > 0)

    def plan(self, now_ms: int) -> UpkeepPlan:
        """Return what to order now. Everything that was planned before has been executed."""
        self.accounts.look()
        self.portfolios.look()
        ops = self.portfolios.revaluations(now_ms)
        ops += self.accounts.liquidations(now_ms, LIQUIDATIONS_OF_PLAN)
        self.triggers.look()
        ops += self.triggers.firings(now_ms, FIRINGS_OF_PLAN)
        ops += self.instruments.options(now_ms)[:REPRICES_OF_PLAN]
        ops += self.certificates.renewals(now_ms, RENEWALS_OF_PLAN)
        ops += self.instruments.unwindings(now_ms)
        ops += self.instruments.deleveragings(now_ms)
        ops += self.instruments.expiries(now_ms)
        ops += self.instruments.samples(now_ms)
        ops += self.accounts.payments(PAYMENTS_OF_PLAN)
        ops += self.instruments.orphans(now_ms)
        return UpkeepPlan(ops, self.accounts.waiting > 0 or self.portfolios.urgent > 0)
