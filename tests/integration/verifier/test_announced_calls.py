"""Every announced change is reported to those who would leave, with the time by which to leave."""

from __future__ import annotations

from strikeproof.devnet.embedded_l1.rpc import Rpc
from strikeproof.l1 import Endpoint, L1Client
from strikeproof.verifier.inspection.announced_calls import AnnouncedCalls
from strikeproof.verifier.inspection.venue_calls import VenueCalls
from strikeproof.wire.operations import encode_list_underlying
from tests.contracts.l1.venue import DELAY, FORCE, GRACE, WINDOW, Venue
from tests.integration.verifier.venue import ChainProvider


def announce(venue: Venue, target: str, data: bytes) -> int:
    """Schedule a call; return when it was."""
    return venue.send(venue.timelock.schedule(target, data), "governor").timestamp


def test_changes_are_decoded_with_the_time_by_which_to_leave() -> None:
    """Issue 11, 4: run, cancelled and expired ones are no reason to leave."""
    venue = Venue()
    rollup, inbox = (bytes.fromhex(each.address[2:]) for each in (venue.rollup, venue.inbox))
    first_block = venue.deployment.first_block
    client = L1Client([Endpoint("node", ChainProvider(Rpc(venue.chain, mines_at_once=True)))])
    announced = AnnouncedCalls(VenueCalls(client, rollup, inbox), first_block)
    assert announced.read() == []
    lapsed = venue.vault.setDepositCap(1)
    announce(venue, lapsed.address, lapsed.data)
    venue.wait(2 * DELAY + 1)
    ran, cancelled = venue.vault.setDepositCap(2), venue.vault.setDepositCap(3)
    announce(venue, ran.address, ran.data)
    announce(venue, cancelled.address, cancelled.data)
    venue.send(venue.timelock.cancel(2), "governor")
    venue.wait(DELAY)
    venue.send(venue.timelock.execute(1, ran.address, ran.data), "governor")
    listing = encode_list_underlying(symbol=b"ETH".ljust(16, b"\0"))
    governed = venue.inbox.govern(listing)
    at = announce(venue, governed.address, governed.data)
    later = announce(venue, "0x" + "77" * 20, b"\xde\xad")
    first, second = announced.read()
    assert first.number == 3 and second.number == 4
    assert first.text.startswith("list_underlying(") and "ETH" in first.text
    assert (first.ready_seconds, first.last_seconds) == (at + DELAY, at + 2 * DELAY)
    assert first.leave_by_seconds == at + DELAY - WINDOW - FORCE - GRACE
    assert second.text == f"{second.target}.unknown(data=0xdead)"
    assert second.leave_by_seconds == later + DELAY - WINDOW - FORCE - GRACE
    assert first.to_json()["leave_by"] == first.leave_by_seconds


def test_a_longer_window_that_is_announced_counts_for_what_can_run_after_it() -> None:
    """Attack 32, 55: an owner who leaves in time by `leave_by` is not overtaken by new terms."""
    venue = Venue()
    rollup, inbox = (bytes.fromhex(each.address[2:]) for each in (venue.rollup, venue.inbox))
    client = L1Client([Endpoint("node", ChainProvider(Rpc(venue.chain, mines_at_once=True)))])
    first_block = venue.deployment.first_block
    announced = AnnouncedCalls(VenueCalls(client, rollup, inbox), first_block)
    longer = WINDOW + 5
    terms = venue.rollup.setTerms(longer, venue.config.stress_gas_price_wei)
    law = venue.vault.setDepositCap(1)
    earlier = announce(venue, law.address, law.data)
    announce(venue, terms.address, terms.data)
    later = announce(venue, law.address, law.data)
    first, second, third = announced.read()
    assert first.leave_by_seconds == earlier + DELAY - WINDOW - FORCE - GRACE
    assert second.leave_by_seconds == second.ready_seconds - WINDOW - FORCE - GRACE
    assert third.leave_by_seconds == later + DELAY - longer - FORCE - GRACE
    venue.wait(DELAY)
    venue.send(venue.timelock.execute(1, terms.address, terms.data), "governor")
    assert venue.rollup.windowSeconds().call() == longer
    assert announced.read()[-1].leave_by_seconds == third.leave_by_seconds, "as before"
    # What no log explains may set any window that the Rollup admits.
    unknown = AnnouncedCalls(VenueCalls(client, rollup, inbox), first_block=10**9)
    terms = venue.rollup.setTerms(longer, venue.config.stress_gas_price_wei)
    announce(venue, terms.address, terms.data)
    last = announce(venue, law.address, law.data)
    longest = DELAY - FORCE - GRACE - venue.config.exit_seconds - 1
    hidden = unknown.read()[-1]
    assert hidden.leave_by_seconds == last + DELAY - longest - FORCE - GRACE
    assert "Council" not in hidden.text, "a venue without one"
