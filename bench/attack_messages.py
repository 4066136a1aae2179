"""Messages of the inbox's own family, each as big as it gets, as their senders put them there.

Only the vault registers and deposits, and only the timelock governs: on revm the transactions are
theirs. A message is the only one of its segment.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from eth_abi import encode as abi_encode

from strikeproof.bench.dispute_case import FORCED_TIME, Sent
from strikeproof.bench.dispute_l1 import INBOX_FEE_WEI, L1Step
from strikeproof.bench.synthetic_keys import reporters
from strikeproof.bench.synthetic_state import SyntheticState
from strikeproof.bench.synthetic_values import (
    BAND_PPM,
    FEE_PPM,
    FILLED,
    HOUSE_MARGIN_PPM,
    INITIAL_PPM,
    LIQUIDATION_FEE_PPM,
    MAINTENANCE_PPM,
    MARK,
    MIN_ORDER_VALUE,
    PER_TICK,
    TICK_VALUE,
)
from strikeproof.deployment import Deployment
from strikeproof.keccak import keccak256
from strikeproof.wire.constants import SLOPE_PPM_MAX, InstrumentKind, InstrumentStatus
from strikeproof.wire.operations import (
    encode_deposit,
    encode_governance,
    encode_list_instrument,
    encode_list_underlying,
    encode_register,
    encode_set_instrument,
    encode_set_latency,
    encode_set_reporters,
)
from strikeproof.wire.units import (
    MicroUsd,
    MicroUsdPerTickPerLot,
    Milliseconds,
    NanoUsdPerTick,
    Ppm,
)

_TIME_MS: Final = Milliseconds(FORCED_TIME * 1000)
_SENDER: Final = b"\x5e" * 20
_OWNER: Final = b"\x6f" * 20
_SYMBOL: Final = FILLED.to_bytes(16, "big")
_AMOUNT: Final = MicroUsd(0x010101010101)
_TAU: Final = Milliseconds(0x010101)


def send(deployment: Deployment, scene: SyntheticState, kind: str) -> Sent:
    """Return a message of a kind of `KINDS`, on a scene that has ids left (`scene_of_messages`)."""
    if kind == "register":
        return _register(deployment, scene)
    if kind == "deposit":
        return _deposit(deployment, scene)
    payload = _GOVERNANCE[kind](scene)
    timelock = bytes.fromhex(deployment.timelock[2:])
    call = keccak256(b"govern(bytes)")[:4] + abi_encode(["bytes"], [payload])
    return Sent(
        encode_governance(sender=timelock, time_ms=_TIME_MS, payload=payload),
        L1Step(deployment.timelock, deployment.inbox, call, FORCED_TIME),
    )


def _register(deployment: Deployment, scene: SyntheticState) -> Sent:
    account = scene.accounts + 1
    call = keccak256(b"register(address,uint32,address)")[:4] + abi_encode(
        ["address", "uint32", "address"], [_SENDER, account, _OWNER]
    )
    return Sent(
        encode_register(sender=_SENDER, time_ms=_TIME_MS, account=account, owner=_OWNER),
        L1Step(deployment.vault, deployment.inbox, call, FORCED_TIME, INBOX_FEE_WEI),
    )


def _deposit(deployment: Deployment, scene: SyntheticState) -> Sent:
    account = scene.new_account()
    scene.set_account(account, [scene.new_instrument() for _ in range(16)])
    call = keccak256(b"deposit(address,uint32,uint128)")[:4] + abi_encode(
        ["address", "uint32", "uint128"], [_SENDER, account, _AMOUNT]
    )
    return Sent(
        encode_deposit(sender=_SENDER, time_ms=_TIME_MS, account=account, amount_micro_usd=_AMOUNT),
        L1Step(deployment.vault, deployment.inbox, call, FORCED_TIME, INBOX_FEE_WEI),
    )


def _list_underlying(scene: SyntheticState) -> bytes:
    return encode_list_underlying(symbol=_SYMBOL)


def _list_instrument(scene: SyntheticState) -> bytes:
    return encode_list_instrument(
        underlying=scene.underlyings,
        kind=InstrumentKind.PERPETUAL,
        tick_value_micro_usd=MicroUsdPerTickPerLot(TICK_VALUE),
        index_per_tick_nano_usd=NanoUsdPerTick(PER_TICK),
        initial_margin_ppm=Ppm(INITIAL_PPM),
        maintenance_margin_ppm=Ppm(MAINTENANCE_PPM),
        maker_fee_ppm=Ppm(FEE_PPM),
        taker_fee_ppm=Ppm(FEE_PPM),
        price_band_ppm=Ppm(BAND_PPM),
        min_order_value_micro_usd=MicroUsd(MIN_ORDER_VALUE),
        symbol=_SYMBOL,
        liquidation_fee_ppm=Ppm(LIQUIDATION_FEE_PPM),
        house_margin_ppm=Ppm(HOUSE_MARGIN_PPM),
        funding_cap_ppm=Ppm(0x1111),
        funding_interest_ppm=Ppm(-1),
        funding_tau_ms=_TAU,
        impact_value_micro_usd=MicroUsd(MIN_ORDER_VALUE),
        tier=1,
    )


def _set_instrument(instrument: int, change: int) -> bytes:
    """Return new terms, each greater by `change` than what it was."""
    return encode_set_instrument(
        instrument=instrument,
        status=InstrumentStatus.HALTED,
        initial_margin_ppm=Ppm(INITIAL_PPM + change),
        maintenance_margin_ppm=Ppm(MAINTENANCE_PPM + change),
        maker_fee_ppm=Ppm(FEE_PPM + change),
        taker_fee_ppm=Ppm(FEE_PPM + change),
        price_band_ppm=Ppm(BAND_PPM + change),
        min_order_value_micro_usd=MicroUsd(MIN_ORDER_VALUE + change),
        liquidation_fee_ppm=Ppm(LIQUIDATION_FEE_PPM + change),
        house_margin_ppm=Ppm(HOUSE_MARGIN_PPM + change),
        funding_cap_ppm=Ppm(0x1111 + change),
        funding_interest_ppm=Ppm(-1 - change),
        funding_tau_ms=_TAU,
        impact_value_micro_usd=MicroUsd(MIN_ORDER_VALUE),
        tier=change,
        successor=1,
    )


def _set_active(scene: SyntheticState) -> bytes:
    return _set_instrument(scene.new_instrument(), 1)


def _set_settled(scene: SyntheticState) -> bytes:
    """Set a settled instrument: its terms are compared and put back."""
    instrument = scene.new_instrument()
    scene.set_instrument(instrument, status=InstrumentStatus.SETTLED, settlement_price=MARK)
    return _set_instrument(instrument, 0)


def _set_reporters(scene: SyntheticState) -> bytes:
    addresses = [each.address for each in reporters()]
    return encode_set_reporters(quorum=len(addresses), reporters=addresses)


def _set_latency(scene: SyntheticState) -> bytes:
    return encode_set_latency(
        slope_factor_ppm=Ppm(0x010102),
        slope_least_ppm=Ppm(2),
        slope_most_ppm=Ppm(SLOPE_PPM_MAX - 1),
        variance_tau_ms=_TAU,
    )


_GOVERNANCE: Final[Mapping[str, Callable[[SyntheticState], bytes]]] = {
    "list_underlying": _list_underlying,
    "list_instrument": _list_instrument,
    "set_instrument": _set_active,
    "set_settled_instrument": _set_settled,
    "set_reporters": _set_reporters,
    "set_latency": _set_latency,
}
KINDS: Final = ("register", "deposit", *_GOVERNANCE)
