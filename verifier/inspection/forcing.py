"""Building what an owner forces through L1, unless the same was forced already."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from strikeproof.client.operation import Withdraw, encode_op
from strikeproof.l1.inbox_lane import InboxLane
from strikeproof.l1.message_fee import with_fee_margin
from strikeproof.verifier.exit_code import NotFound
from strikeproof.verifier.inspection.escape_calls import positions_of
from strikeproof.verifier.inspection.forced_message import ForcedMessage, ForcedStage
from strikeproof.verifier.inspection.guard_key import GuardSigner, guard_signature
from strikeproof.verifier.inspection.leaving import Leaving, Whose
from strikeproof.verifier.inspection.session_nonce import exit_nonce
from strikeproof.verifier.inspection.venue_calls import CallRefused, VenueCall
from strikeproof.verifier.state.record_fields import group_values
from strikeproof.wire.constants import KEY_ID_BITS, OpType
from strikeproof.wire.layout import ACCOUNT_GROUP, ACCOUNT_KIND
from strikeproof.wire.operations import encode_forced_close
from strikeproof.wire.units import MicroUsd, Milliseconds

FORCED_EXPIRY_MS: Final = 30 * 86_400 * 1_000  # = 2_592_000_000: longer than anybody can delay it


class Forcing:
    """What the owner of an account can order through L1."""

    def __init__(
        self, leaving: Leaving, sender: bytes | None = None, *, again: bool = False
    ) -> None:
        """`sender`: whose key sends it, None if its owner does so by other means. `again`: order it
        even if the same was ordered and is under way."""
        self._leaving, self._parts, self._again = leaving, leaving.parts, again
        self._sender = sender

    def withdrawal(
        self, account: int, amount_micro_usd: int, guard: GuardSigner | None = None
    ) -> VenueCall:
        """Return the message by which an owner withdraws.

        `guard` signs a digest with the guard key. Raises `GuardKeyNeeded` if one is in force, and
        `guard` is None; `NotFound`; `CallRefused` in a frozen venue, and if the same is under way.
        """
        nonce = self._nonce(account)
        name = f"force withdrawal {nonce} of account {account}"
        self._check(name, account, OpType.WITHDRAW, amount_micro_usd)
        op = Withdraw(account, nonce, Milliseconds(self._expiry_ms()), MicroUsd(amount_micro_usd))
        signature = guard_signature(self._parts, op, self._leaving.now_seconds * 1000, guard)
        return self._exit(name, encode_op(op, b"", signature))

    def close(self, account: int, instrument: int, lots: int) -> VenueCall:
        """Return the message by which an owner closes a position within the band.

        Raises `NotFound` if the account holds none of the instrument in what is on L1, and
        `CallRefused` in a frozen venue, under portfolio margin, and if the same is under way.
        """
        nonce = self._nonce(account)
        name = f"force close {nonce} of account {account}"
        self._check(name, account, OpType.FORCED_CLOSE, instrument, lots)
        if group_values(ACCOUNT_GROUP, self._record(account))["margin_mode"]:
            raise CallRefused(
                name,
                f"account {account} is under portfolio margin, and a forced close needs standard"
                " margin: `strikeproof trade margin-mode standard --force` first, and this once"
                " that is executed",
            )
        held = dict(positions_of(self._record(account)))
        if instrument not in held:
            shown = ", ".join(map(str, sorted(held))) or "none"
            raise NotFound(
                f"account {account} has no position in instrument {instrument}, by what is on L1;"
                f" it has some in: {shown}",
                account=account,
                instrument=instrument,
            )
        op = encode_forced_close(
            account=account,
            nonce=nonce,
            expiry_ms=self._expiry_ms(),  # type: ignore[arg-type]
            instrument=instrument,
            lots=lots,  # type: ignore[arg-type]
        )
        return self._exit(name, op)

    def doubt(self, account: int, amount_micro_usd: int) -> str | None:
        """Return why the law may refuse a withdrawal that L1 takes, by what is on L1; None: it has
        the money. What open positions need besides is the law's to say. Raises `NotFound`."""
        record = self._record(account)
        collateral = group_values(ACCOUNT_GROUP, record)["collateral"]
        if amount_micro_usd <= collateral:
            return None
        held = Decimal(collateral) / 10**6
        return (
            f"account {account} has a collateral of {held:,} USD in what is on L1: as it stands the"
            " law will refuse to withdraw more, and the fee is spent"
        )

    def newest(self, account: int) -> ForcedMessage:
        """Return what the account's owner forced last, by what is on L1 by now. Raises
        `NotFound`."""
        self._parts.catch_up()
        found = self._leaving.forced(Whose((account,)))
        if not found:
            raise NotFound(f"nothing was forced for account {account}", account=account)
        return found[-1]

    def _nonce(self, account: int) -> int:
        """Return the nonce of the account's next exit. Raises `NotFound`."""
        if not self._record(account):
            raise NotFound(
                f"account {account} is in no batch on L1 yet: `exit status --all` lists those that"
                " are; registrations that wait are executed by `exit post`",
                account=account,
            )
        return exit_nonce(self._parts, account)

    def _check(self, name: str, account: int, op: OpType, *asked: int) -> None:
        """Raise `CallRefused` where nothing would execute it, or the same one is under way: of an
        interrupted command its owner may not know whether it was sent."""
        if self._leaving.resolution_end:
            reason = "nothing executes it in a frozen venue: `exit status` says what is next"
            raise CallRefused(name, reason)
        owner = group_values(ACCOUNT_GROUP, self._record(account))["owner"].to_bytes(20, "big")
        if self._sender not in (None, owner):
            assert self._sender is not None
            reason = f"0x{owner.hex()} owns account {account}, and the key is"
            raise CallRefused(
                name, f"{reason} 0x{self._sender.hex()}: only the owner orders an exit"
            )
        for each in self._leaving.forced(Whose((account,))):
            if each.lane is InboxLane.EXIT and each.batch is None:
                raise CallRefused(name, f"an account has one exit under way at a time. {each}")
            if not self._again and each.asks_as(op, *asked) and self._is_unsettled(each):
                unpaid = ", and not paid yet: `exit pay`" if each.is_final else ""
                raise CallRefused(
                    name,
                    f"the same was forced already. {each}{unpaid}. `--again` forces it once more",
                )

    def _is_unsettled(self, message: ForcedMessage) -> bool:
        """Return whether somebody may still be waiting for it to take effect on L1."""
        if message.stage is not ForcedStage.EXECUTED:
            return message.batch is None
        if not message.is_final or message.op is not OpType.WITHDRAW:
            return not message.is_final
        withdrawn = group_values(ACCOUNT_GROUP, self._record(message.account))["withdrawn"]
        return bool(withdrawn > self._leaving.calls.ask("Vault", "paidMicroUsd", message.account))

    def _record(self, account: int) -> bytes:
        key = ACCOUNT_KIND << KEY_ID_BITS | account
        return self._parts.state.record(key) if self._parts.state.forest.fits(key) else b""

    def _exit(self, name: str, op: bytes) -> VenueCall:
        calls = self._leaving.calls
        value_wei = with_fee_margin(calls.ask("Inbox", "exitFeeOf", op))
        return calls.call(name, "Inbox", "exit", op, value_wei=value_wei)

    def _expiry_ms(self) -> int:
        return self._leaving.now_seconds * 1000 + FORCED_EXPIRY_MS
