"""Leaving a venue by L1 alone: where it stands, and which calls are next.

Source: docs/protocol/leaving.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import Any, Final

from strikeproof.verifier.exit_code import NotFound, WrongFinalRoot
from strikeproof.verifier.inspection.announced_calls import AnnouncedCalls
from strikeproof.verifier.inspection.claim_report import hex_of
from strikeproof.verifier.inspection.escape_calls import AccountFacts, EscapeCalls
from strikeproof.verifier.inspection.forced_message import (
    ForcedMessage,
    ForcedMessages,
    ForcedTerms,
)
from strikeproof.verifier.inspection.venue_calls import VenueCall, VenueCalls
from strikeproof.verifier.inspection.withdrawal_proof import final_claim_number
from strikeproof.verifier.state.genesis import GLOBAL_KEY
from strikeproof.verifier.state.record_fields import group_values
from strikeproof.verifier.wiring import VerifierParts
from strikeproof.wire.constants import KEY_ID_BITS
from strikeproof.wire.layout import ACCOUNT_GROUP, ACCOUNT_KIND, GLOBAL_GROUP

QUEUED_AT_ONCE: Final = 20
_NEXT_MS: Final = 4  # of `LaneUse` in IInbox.sol
_PACE_SECONDS: Final = 5  # of `Batch` in IRollup.sol
_DEADLINE_SECONDS: Final = 3  # of `Claim` there


class VenueStage(Enum):
    """Where a venue stands."""

    RUNNING = "running"
    RESOLVING = "resolving"
    """Frozen: what was posted is claimed and disputed."""
    RESOLVED = "resolved"
    """The escape can be opened."""
    OPEN = "open"
    """Claims are proved."""
    CLAIMED = "claimed"
    """The time for claims is over: payments can begin."""
    PAYING = "paying"


NEXT_STEPS: Final = {
    VenueStage.RUNNING: "force, and pay once it is final; post and propose where nobody else does;"
    " freeze after freezes_at",
    VenueStage.RESOLVING: "propose what has no claim yet; escape after resolution_end",
    VenueStage.RESOLVED: "escape",
    VenueStage.OPEN: "escape, if instruments are not priced; claim; pay after claim_end",
    VenueStage.CLAIMED: "claim, then pay",
    VenueStage.PAYING: "pay; who was not proved in time: claim first",
}
"""Commands of `strikeproof exit`, by where the venue stands."""


@dataclass(frozen=True, slots=True)
class Whose:
    """The accounts that a command applies to: these, those that an address owns, or everybody."""

    accounts: tuple[int, ...] = ()
    owner: bytes | None = None

    def among(self, accounts: Sequence[AccountFacts]) -> list[AccountFacts]:
        """Return those of a state's accounts that it is for. Raises `NotFound` if one that is named
        is not among them."""
        missing = sorted(set(self.accounts) - {each.number for each in accounts})
        if missing:
            raise NotFound(
                f"account {missing[0]} is not in the final state: what was deposited for it goes"
                " back to its depositor once the venue is frozen",
                account=missing[0],
            )
        return [each for each in accounts if self.includes(each.number, each.owner)]

    def includes(self, account: int, owner: bytes) -> bool:
        """Return whether it is for an account."""
        if self.accounts:
            return account in self.accounts
        return self.owner in (None, owner)

    def includes_sender(self, sender: bytes) -> bool:
        """Return whether it is for what an address deposited."""
        return self.owner == sender or (self.owner is None and not self.accounts)


class Leaving:
    """One venue, caught up with L1."""

    def __init__(self, parts: VerifierParts) -> None:
        self.parts = parts
        self.calls = VenueCalls(parts.client, parts.contracts.rollup, parts.contracts.inbox)
        self.now_seconds = parts.client.head().timestamp_seconds

    def _escape(self, function: str, *arguments: Any) -> Any:
        return self.calls.ask("Escape", function, *arguments)

    @cached_property
    def resolution_end(self) -> int:
        """When a frozen venue is resolved, in seconds; 0: it is not frozen."""
        return int(self.calls.ask("Rollup", "resolutionEnd"))

    @cached_property
    def is_open(self) -> bool:
        """Whether the state that is paid by is fixed."""
        return self._escape("root") != bytes(32)

    @property
    def stage(self) -> VenueStage:
        """Where the venue stands now."""
        if not self.resolution_end:
            return VenueStage.RUNNING
        if not self.is_open:
            done = self.now_seconds > self.resolution_end
            return VenueStage.RESOLVED if done else VenueStage.RESOLVING
        if self._escape("isClosed"):
            return VenueStage.PAYING
        return (
            VenueStage.CLAIMED if self.now_seconds > self._escape("claimEnd") else VenueStage.OPEN
        )

    @cached_property
    def escape(self) -> EscapeCalls:
        """What is paid by: the state that is fixed, or would be fixed now."""
        if self.is_open:
            number = int(self._escape("number"))
        else:
            number = int(self.calls.ask("Rollup", "claimCount")) - 1
        found = EscapeCalls(self.parts, self.calls, number)
        if self.is_open:
            root = bytes(self._escape("root"))
            with found.state():
                right = self.parts.state.forest.root
            if right != root:
                raise WrongFinalRoot(number, root, right)
        return found

    # --- what stands ---

    def report(self, whose: Whose) -> dict[str, Any]:
        """Return where the venue stands, by when to act, and what is whose. Times are seconds."""
        stage = self.stage
        announced = AnnouncedCalls(self.calls, self.parts.contracts.first_block)
        report = {
            "stage": stage.value,
            "next": NEXT_STEPS[stage],
            "time": self.now_seconds,
            **self.dates(),
            "custody_micro_usd": self.calls.ask("Vault", "custodyMicroUsd"),
            "backed_micro_usd": self.calls.ask("Vault", "backedMicroUsd"),
            "announced": [each.to_json() for each in announced.read()],
        }
        if stage is VenueStage.RUNNING:
            start, end = self.calls.ask("Vault", "queued")
            report["payments_waiting"] = end - start
            report["left_today_micro_usd"] = self.calls.ask("Vault", "leftTodayMicroUsd")
            report["claim"] = number = self._newest_final()
            escape = EscapeCalls(self.parts, self.calls, number)
            report["accounts"] = self._accounts(escape, whose)
            return report | {"forced": self._unsettled(whose)}
        report["claim"] = self.escape.number
        if stage is VenueStage.PAYING:
            shares = self._escape("shares")
            report["refunds_paid_ppb"] = _ppb(*shares[:2])
            report["claims_paid_ppb"] = _ppb(*shares[2:])
        report["accounts"] = self._accounts(self.escape, whose)
        return report | {"forced": self._unsettled(whose)}

    # --- what owners forced ---

    def forced(self, whose: Whose) -> list[ForcedMessage]:
        """Return what the owners of these accounts forced through L1, oldest first, and what became
        of it, by what is on L1 now. Raises `NotFound`."""
        owners = self._owners(whose)
        missing = sorted(set(whose.accounts) - owners.keys())
        if missing:
            reason = f"account {missing[0]} is in no batch on L1 yet"
            raise NotFound(reason, account=missing[0])
        return ForcedMessages(self.parts, self._forced_terms()).of(owners)

    def _unsettled(self, whose: Whose) -> list[dict[str, Any]]:
        """Return of these what is not final yet, and what was lost."""
        found = ForcedMessages(self.parts, self._forced_terms()).of(self._owners(whose))
        return [each.to_json() for each in found if not each.is_final]

    def _owners(self, whose: Whose) -> dict[int, bytes]:
        """Return who owns these accounts, by the newest state, final or not."""
        count = group_values(GLOBAL_GROUP, self.parts.state.record(GLOBAL_KEY))["next_account"]
        found = {}
        for number in whose.accounts or range(1, count):
            key = ACCOUNT_KIND << KEY_ID_BITS | number
            record = self.parts.state.record(key) if number < count else b""
            owner = group_values(ACCOUNT_GROUP, record)["owner"].to_bytes(20, "big")
            if record and whose.includes(number, owner):
                found[number] = owner
        return found

    def _forced_terms(self) -> ForcedTerms:
        is_resolved = self.stage not in (VenueStage.RUNNING, VenueStage.RESOLVING)
        return ForcedTerms(
            now_seconds=self.now_seconds,
            force_seconds=self.calls.ask("Rollup", "forceInclusionSeconds"),
            grace_seconds=self.calls.ask("Rollup", "graceSeconds"),
            overdue_seconds=self._escape("overdueSeconds"),
            is_frozen=bool(self.resolution_end),
            last_batch=self.escape.number if is_resolved else None,
        )

    def dates(self) -> dict[str, int | None]:
        """Return since when the oldest exit or message waits, when anyone can freeze unless batches
        and claims come before, and when the stages of an escape end; None: there is no such time.
        Asked of L1 each time."""
        ends = {
            "resolution_end": self.calls.ask("Rollup", "resolutionEnd") or None,
            "claim_end": self._escape("claimEnd") or None,
        }
        end, exit_end = self.calls.ask("Rollup", "inboxEnd"), self.calls.ask("Rollup", "exitEnd")
        lanes = self.calls.ask("Inbox", "uses", exit_end, exit_end, end, end, 0)
        waiting = [each[_NEXT_MS] // 1000 for each in lanes if each[_NEXT_MS]]
        since = min(waiting, default=None)
        if ends["resolution_end"] or not self.calls.ask("Vault", "custodyMicroUsd"):
            return {"oldest_message": since, "freezes_at": None, **ends}
        dates = [date for date in (self._unfinal_freezes_at(),) if date is not None]
        if since is not None:
            overdue = self.calls.ask("Rollup", "forceInclusionSeconds")
            dates.append(since + overdue + self._escape("overdueSeconds") + 1)
        return {"oldest_message": since, "freezes_at": min(dates, default=None), **ends}

    def _unfinal_freezes_at(self) -> int | None:
        """Return when anyone can freeze because nothing became final; None: every batch is final,
        or will be by then as it stands. Source: docs/protocol/leaving.md, freeze."""
        final = self._final_on_l1()
        if final >= self.calls.ask("Rollup", "batchCount"):
            return None
        since = self.calls.ask("Rollup", "batch", final + 1)[_PACE_SECONDS]
        since = max(since, self.calls.ask("Rollup", "claim", final)[_DEADLINE_SECONDS])
        wait = max(self._escape("finalitySeconds"), 2 * self.calls.ask("Rollup", "windowSeconds"))
        date = int(since + wait + 1)
        if final + 1 < self.calls.ask("Rollup", "claimCount"):
            deadline = self.calls.ask("Rollup", "claim", final + 1)[_DEADLINE_SECONDS]
            return None if deadline < date else date
        return date

    def _accounts(self, escape: EscapeCalls, whose: Whose) -> list[dict[str, Any]]:
        with escape.state():
            accounts = escape.accounts()
        given: dict[int, dict[str, int]] = {}
        for each in accounts:
            if each.credit.limit_micro_usd:
                to = given.setdefault(each.credit.guarantor, {})
                to[str(each.number)] = each.credit.limit_micro_usd
        rows = []
        for each in whose.among(accounts):
            recipient, due, is_late = self._escape("dueTo", each.number)
            paid = self.calls.ask("Vault", "paidMicroUsd", each.number)
            rows.append(
                {
                    "account": each.number,
                    "owner": hex_of(each.owner),
                    "collateral_micro_usd": each.collateral_micro_usd,
                    "positions": {str(of): lots for of, lots in each.positions},
                    "credit_micro_usd": each.credit.limit_micro_usd,
                    "guarantees_micro_usd": given.get(each.number, {}),
                    "owed_micro_usd": max(0, each.withdrawn_micro_usd - paid),
                    "queued_micro_usd": self.calls.ask("Vault", "queuedMicroUsd", each.number),
                    "claimed": int(recipient, 16) != 0,
                    "due_micro_usd": due,
                    "late": is_late,
                }
            )
        return rows

    # --- what to send ---

    def freeze(self) -> list[VenueCall]:
        """Return the call that freezes, if the venue is not frozen. It names what L1 calls final,
        right or wrong."""
        if self.resolution_end:
            return []
        return [self.calls.call("freeze", "Escape", "freeze", self._final_on_l1())]

    def freeze_insolvent(self) -> list[VenueCall]:
        """Return the call that freezes by proof that custody is below liabilities, if the venue is
        not frozen."""
        if self.resolution_end:
            return []
        escape = EscapeCalls(self.parts, self.calls, self._final_on_l1())
        with escape.state():
            return [escape.freeze_insolvent()]

    def _final_on_l1(self) -> int:
        """Return the newest claim that L1 calls final, whatever its roots are."""
        final, unknown = 0, int(self.calls.ask("Rollup", "claimCount"))
        while unknown - final > 1:  # a final claim's parents are final too
            middle = (final + unknown) // 2
            if self.calls.ask("Rollup", "isFinal", middle):
                final = middle
            else:
                unknown = middle
        return final

    def _newest_final(self) -> int:
        """Return the newest final claim's number; 0: only the genesis is final."""
        try:
            return final_claim_number(self.parts)
        except NotFound:
            return 0

    def opening(self) -> list[VenueCall]:
        """Return the calls that open the escape and price what is not priced, in order."""
        found = []
        with self.escape.state():
            if not self.is_open:
                found.append(self.escape.open())
            count = self.escape.instrument_count()
            unpriced = [n for n in range(1, count + 1) if not self._escape("isPriced", n)]
            return found + self.escape.prices(unpriced)

    def claims(self, whose: Whose) -> list[VenueCall]:
        """Return the calls that prove accounts and deposits that were not proved yet."""
        with self.escape.state():
            found = [
                self.escape.claim(each.number)
                for each in whose.among(self.escape.accounts())
                if not _is_proved(self._escape("dueTo", each.number))
            ]
            found += [
                self.escape.claim_credit(each.number, each.credit.guarantor)
                for each in self._credited(whose)
                if not _is_proved(self._escape("dueTo", self._credit_of(each.number)))
            ]
        for index, sender in self.escape.deposits().items():
            if whose.includes_sender(sender) and not _is_proved(self._escape("refundOf", index)):
                found.append(self.escape.refund(index))
        return found

    def _credited(self, whose: Whose) -> list[AccountFacts]:
        """Return the accounts with credit of these people's; call inside the escape's state."""
        accounts = self.escape.accounts()
        guarantors = {each.number for each in whose.among(accounts)}
        return [
            each
            for each in accounts
            if each.credit.limit_micro_usd and each.credit.guarantor in guarantors
        ]

    def _credit_of(self, account: int) -> int:
        """Return the number under which what is left of an account's credit is due."""
        return int(self._escape("CREDIT_OF")) | account

    def unproved(self, whose: Whose) -> list[int]:
        """Return the accounts of a frozen venue that nobody proved, so that nothing is paid."""
        if self.stage is VenueStage.RUNNING:
            return []
        with self.escape.state():
            found = whose.among(self.escape.accounts())
        return [n.number for n in found if not _is_proved(self._escape("dueTo", n.number))]

    def closing(self) -> list[VenueCall]:
        """Return the call that begins payments, if they have not begun."""
        if self.stage is VenueStage.PAYING:
            return []
        return [self.calls.call("close claims", "Escape", "close")]

    def payments(self, whose: Whose, recipient: bytes | None = None) -> list[VenueCall]:
        """Return the calls that pay what is due and proved; of a running venue, what its final
        state shows as withdrawn, and what waits in line.

        `recipient`: whom the owner has paid instead; only the owner's key can send these calls.
        """
        if self.stage is VenueStage.RUNNING:
            return self._vault_payments(whose, recipient)
        to = "" if recipient is None else f" to 0x{recipient.hex()}"
        named = () if recipient is None else (recipient,)
        pay, pay_refund = ("payTo", "payRefundTo") if named else ("pay", "payRefund")
        with self.escape.state():
            due = {f"account {n.number}": n.number for n in whose.among(self.escape.accounts())}
            due |= {
                f"the credit of account {each.number}": self._credit_of(each.number)
                for each in self._credited(whose)
            }
        found = [
            self.calls.call(f"pay {name}{to}", "Escape", pay, number, *named)
            for name, number in due.items()
            if self._escape("dueTo", number)[1]
        ]
        found += [
            self.calls.call(f"pay refund {index}{to}", "Escape", pay_refund, index, *named)
            for index, sender in self.escape.deposits().items()
            if whose.includes_sender(sender) and self._escape("refundOf", index)[1]
        ]
        return found

    def _vault_payments(self, whose: Whose, recipient: bytes | None) -> list[VenueCall]:
        number = final_claim_number(self.parts)
        found = []
        escape = EscapeCalls(self.parts, self.calls, number)
        with escape.state():
            for each in whose.among(escape.accounts()):
                settled = self.calls.ask("Vault", "paidMicroUsd", each.number)
                if recipient is None:  # what waits in line takes the new recipient over
                    settled += self.calls.ask("Vault", "queuedMicroUsd", each.number)
                if each.withdrawn_micro_usd > settled:
                    name = f"pay account {each.number} up to {each.withdrawn_micro_usd}"
                    name += "" if recipient is None else f" to 0x{recipient.hex()}"
                    found.append(escape.withdraw(name, each.number, recipient))
        start, end = self.calls.ask("Vault", "queued")
        if end > start and self.calls.ask("Vault", "leftTodayMicroUsd"):
            name = f"pay what waits from place {start} at {self.now_seconds}"
            found.append(self.calls.call(name, "Vault", "payQueued", QUEUED_AT_ONCE))
        return found


def _ppb(paid: int, due: int) -> int:
    """Return a part in parts of 10**9, rounded down."""
    return 10**9 if paid == due else paid * 10**9 // due


def _is_proved(due: tuple[str, int, bool]) -> bool:
    return int(due[0], 16) != 0
