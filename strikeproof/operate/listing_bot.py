"""The bot that lists: reads the venue and the timelock, plans, and does what the plan says."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from strikeproof.client import AsyncClient
from strikeproof.client.client_failure import Unreachable
from strikeproof.client.listed_expiry import ListedExpiry
from strikeproof.client.venue_views import Instrument
from strikeproof.deployment import Deployment
from strikeproof.failure import Transient
from strikeproof.operate.listing_schedule import Step, StepKind, VenueListing, plan
from strikeproof.operate.option_listing import surface_moment, wanted_strikes
from strikeproof.operate.proposal import proposed
from strikeproof.operate.schedule_file import ScheduleFile, SeriesSection
from strikeproof.operate.timelock import Timelock

ASK_SECONDS: Final = 10.0
ORDER: Final = (StepKind.CANCEL, StepKind.EXECUTE, StepKind.ANNOUNCE)


@dataclass(frozen=True, slots=True)
class DoneStep:
    """A step with the number of its call."""

    step: Step
    number: int


def planned(schedule: ScheduleFile, timelock: Timelock) -> tuple[list[Step], VenueListing]:
    """Return the present plan, and what it was made from. Raises `L1Refused`, `Transient`."""
    summary, calls = timelock.summary(), timelock.calls()
    now_ms, expiries, instruments = asyncio.run(_ask(schedule))
    delay_ms = 1000 * int(summary["delay_seconds"])
    venue = VenueListing(now_ms, delay_ms, expiries, instruments, calls)
    return plan(schedule, venue), venue


async def _ask(schedule: ScheduleFile) -> tuple[int, list[ListedExpiry], list[Instrument]]:
    failure: Transient | None = None
    for endpoint in schedule.sequencers:
        client = AsyncClient(endpoint, tls=schedule.tls)
        try:
            async with asyncio.timeout(ASK_SECONDS):
                return await client.now_ms(), await client.expiries(), await client.instruments()
        except TimeoutError:
            failure = Unreachable(f"{endpoint}: no answer in time")
        except Transient as error:
            failure = error
        finally:
            await client.close()
    assert failure is not None, "a schedule names a sequencer"
    raise failure


def carry_out(steps: Sequence[Step], timelock: Timelock, deployment: Deployment) -> list[DoneStep]:
    """Cancel, execute and announce what the plan says, in this order. Raises `L1Refused`,
    `L1Unreachable`: what was done until then is done, and the next plan knows it."""
    done = []
    for kind in ORDER:
        for each in steps:
            if each.kind is not kind:
                continue
            if kind is StepKind.ANNOUNCE:
                assert each.fields is not None, "of a step that announces"
                call = timelock.announce(proposed(deployment, each.what, each.fields))
            else:
                assert each.number is not None, "of a step about a call"
                act = timelock.execute if kind is StepKind.EXECUTE else timelock.cancel
                call = act(each.number)
            done.append(DoneStep(each, call.number))
    return done


def strikes_of(
    schedule: ScheduleFile, venue: VenueListing, underlying_symbol: str, expiry_ms: int
) -> list[int] | str | None:
    """Return the strikes that the schedule asks for at an expiry now, nano-USD; why there are none;
    None if it says nothing of options."""
    series = _series(schedule, underlying_symbol)
    if series.options is None:
        return None
    for each in venue.expiries:
        if (each.underlying, each.expiry_ms) == (series.underlying, expiry_ms):
            break
    else:
        return "not listed yet"
    moment = surface_moment(each, venue.instruments, venue.now_ms)
    return moment if isinstance(moment, str) else wanted_strikes(moment, series.options)


def _series(schedule: ScheduleFile, symbol: str) -> SeriesSection:
    (found,) = (each for each in schedule.series if each.symbol == symbol)
    return found


def step_json(step: Step) -> dict[str, Any]:
    """Return a step as JSON carries it."""
    return {
        "step": step.kind.value,
        "message": step.what,
        "symbol": step.symbol,
        "series": step.series.value,
        "expiry_ms": step.expiry_ms,
        "call": step.number,
        "why": step.why or None,
        "fields": None if step.fields is None else dict(step.fields),
    }
