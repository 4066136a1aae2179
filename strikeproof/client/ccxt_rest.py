"""What a venue's exchange class does with a key: the account, orders, cancels.

Orders are made and signed here, and every receipt is checked. An order's id is `slot/serial`, or
the op's hash if nothing of it rests.
"""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any, Final

from ccxt.base.errors import (
    BadRequest,
    InsufficientFunds,
    InvalidOrder,
    OrderNotFound,
)

from strikeproof.client import defaults
from strikeproof.client.ccxt_answers import Dict, error_of, receipt_of
from strikeproof.client.ccxt_markets import PPM, StrikeproofMarkets
from strikeproof.client.defaults import MAX_FEE_PPM, MAX_L1_FEE_MICRO_USD
from strikeproof.client.operation import Action, Bundle, Cancel, CancelAll, Place, encode_op
from strikeproof.client.typed_data import Domain, digest, struct_hash
from strikeproof.client.wallet import Wallet
from strikeproof.wire.constants import TimeInForce
from strikeproof.wire.units import Lots, MicroUsd, Ppm, Ticks

EVENTS_AT_ONCE: Final = 1_000  # the most that a gateway gives
# What an order's last event says of it.
STATUSES: Final = {"RESTED": "open", "AMENDED": "open", "FILLED": "open", "REMOVED": "canceled"}


class StrikeproofRest(StrikeproofMarkets):
    """Adds the account to the markets."""

    # --- the account ---

    async def fetch_balance(self, params: Any = None) -> Any:
        """Return collateral in USD: what is free is beyond what the account's margin asks for. 0
        where portfolio margin has no figures now."""
        found = await self._account()
        equity, available = Decimal(found["equity"]), Decimal(found["available"] or 0)
        balance = {"total": str(equity), "free": str(max(Decimal(0), available))}
        return self.safe_balance({"info": found, "USD": balance})

    async def fetch_positions(self, symbols: Any = None, params: Any = None) -> Any:
        """Return the account's positions."""
        found = await self._account()
        held = [each for each in found["positions"] if each["lots"]]
        return self.parse_positions(held, symbols)

    def parse_position(self, position: Any, market: Any = None) -> Any:
        """Return a position as ccxt shows it."""
        market = self.safe_market(position["instrument"], market)
        size = abs(Decimal(position["size"]))
        return self.safe_position(
            {
                "symbol": market["symbol"],
                "side": "long" if position["lots"] > 0 else "short",
                "contracts": float(size),
                "contractSize": 1,
                "entryPrice": self.parse_number(position["entry_price"]),
                "markPrice": self.parse_number(position["mark_price"]),
                "liquidationPrice": self.parse_number(position["liquidation_price"]),
                "unrealizedPnl": self.parse_number(position["unrealised_profit"]),
                "marginMode": "cross",
                "info": position,
            }
        )

    async def fetch_open_orders(
        self,
        symbol: Any = None,
        since: Any = None,
        limit: Any = None,
        params: Any = None,
    ) -> Any:
        """Return the orders in the book."""
        found = (await self._account())["open_orders"]
        market = None if symbol is None else self.market(symbol)
        return self.parse_orders(found, market, since, limit)

    def parse_order(self, order: Any, market: Any = None) -> Any:
        """Return what an event says of an order, or an open one: its amount is what is left."""
        market = self.safe_market(order["instrument"], market)
        is_event = "kind" in order
        left = order["size_left"] if is_event else order["size"]
        status = STATUSES.get(order["kind"]) if is_event else "open"
        if is_event and order["kind"] == "FILLED" and Decimal(left) == 0:
            status = "closed"
        return self.safe_order(
            {
                "id": f"{order['slot']}/{order['serial']}",
                "clientOrderId": order["client_id"],
                "timestamp": order.get("time_ms"),
                "datetime": self.iso8601(order.get("time_ms")),
                "symbol": market["symbol"],
                "type": "limit",
                "side": order["side"],
                "price": order["price"],
                "amount": None if is_event else left,
                "remaining": left,
                "status": status,
                "info": order,
            },
            market,
        )

    async def fetch_order(self, id: str, symbol: Any = None, params: Any = None) -> Any:
        """Return an order by its id and symbol, with what was filled of it since it was placed."""
        market, (slot, serial) = await self._named_order(id, symbol)
        events = await self._order_events(market, slot, serial)
        if not events:
            raise OrderNotFound(id)
        last = self.parse_order(events[-1], market)
        fills = [each for each in events if each["kind"] == "FILLED"]
        filled = sum((Decimal(each["size"]) for each in fills), Decimal(0))
        left = Decimal(events[-1]["size_left"] or 0) if last["status"] == "open" else Decimal(0)
        cancelled = [Decimal(x["size"]) for x in events if x["kind"] == "REMOVED"]
        cost = sum((Decimal(x["size"]) * Decimal(x["price"]) for x in fills), Decimal(0))
        own = {"amount": str(filled + left + sum(cancelled)), "filled": str(filled), "info": events}
        if filled:
            own |= {"cost": str(cost), "average": str(cost / filled)}
        remaining = str(left + sum(cancelled))
        first_ms = events[0]["time_ms"]
        kept = {name: last[name] for name in ("id", "clientOrderId", "symbol", "type", "side")}
        kept |= {"price": last["price"], "status": last["status"], "remaining": remaining}
        kept |= {"timestamp": first_ms, "datetime": self.iso8601(first_ms)}
        return self.safe_order({**kept, **own}, market)

    async def _order_events(self, market: Any, slot: int, serial: int) -> list[Dict]:
        """Return all that became of an order, oldest first."""
        asked: Dict = {"instrument": market["id"], "slot": slot, "serial": serial}
        asked |= {"limit": EVENTS_AT_ONCE, "from_sequence": 0}
        found: list[Dict] = []
        while True:
            path = "orders/{instrument}/{slot}/{serial}/events"
            events = (await self._get(path, asked))["events"]
            found += events
            if len(events) < EVENTS_AT_ONCE:
                return found
            asked["from_sequence"] = events[-1]["sequence"] + 1

    async def fetch_my_trades(
        self,
        symbol: Any = None,
        since: Any = None,
        limit: Any = None,
        params: Any = None,
    ) -> Any:
        """Return the account's newest fills, of its last 1,000 events."""
        await self.load_markets()
        asked = {"account": await self._account_id(), "limit": 1_000}
        events = (await self._get("accounts/{account}/events", asked))["events"]
        fills = [each for each in events if each["kind"] == "FILLED"]
        wanted = None if symbol is None else self.market(symbol)["id"]
        trades = [
            self.parse_trade(each, self.safe_market(each["instrument"]))
            for each in fills
            if wanted in (None, each["instrument"])
        ]
        return self.filter_by_since_limit(trades, since, limit)

    # --- orders ---

    async def create_order(
        self,
        symbol: str,
        type: str,
        side: str,
        amount: float,
        price: Any = None,
        params: Any = None,
    ) -> Any:
        """Place an order. `params`: timeInForce, postOnly, reduceOnly, clientOrderId.

        A market order is one near the end of the price band, immediate or cancel: it pays no more
        than the venue lets anybody pay. Give a price of your own to pay less.
        """
        market = await self._market(symbol)
        if type not in ("limit", "market") or (type == "limit" and price is None):
            raise InvalidOrder("an order is limit, with a price, or market")
        terms_asked, terms = params or {}, market["info"]
        if type == "market":
            terms_asked = {"timeInForce": "IOC", **terms_asked}
            price = price or await self._end_of_band(market, is_buy=side == "buy")
        in_force = terms_asked.get("timeInForce", "GTC")
        if in_force not in ("GTC", "IOC", "FOK"):
            raise InvalidOrder(f"timeInForce {in_force}")
        tick, lot = Decimal(terms["tick_size"]), Decimal(terms["lot_size"])
        order = Place(
            terms["instrument_id"],
            side == "sell",
            Ticks(int(Decimal(self.price_to_precision(symbol, price)) / tick)),
            Lots(int(Decimal(self.amount_to_precision(symbol, amount)) / lot)),
            TimeInForce[in_force],
            bool(terms_asked.get("postOnly", False)),
            bool(terms_asked.get("reduceOnly", False)),
            client_id=int(terms_asked.get("clientOrderId", 0)),
        )
        ack = await self._submit(order)
        (outcome,) = ack["actions"]
        filled = outcome["filled_lots"] * lot
        if outcome["result"] != "OK" and not outcome["filled_lots"]:
            raise error_of({"name": outcome["result"], "message": outcome["result"]})
        rests, slot = outcome["resting_lots"], outcome["slot"]
        status = "open" if rests else "closed" if filled == lot * order.lots else "canceled"
        spent = sum(x["price_ticks"] * x["lots"] for x in outcome["fills"])
        average = spent * tick / outcome["filled_lots"] if spent else None
        return self.safe_order(
            {
                "id": f"{slot}/{outcome['serial']}" if slot else ack["receipt"]["op_hash"],
                "symbol": symbol,
                "type": type,
                "side": side,
                "price": str(tick * order.price),
                "average": None if average is None else str(average),
                "amount": str(lot * order.lots),
                "filled": str(filled),
                "remaining": str(lot * (rests if rests else order.lots - outcome["filled_lots"])),
                "status": status,
                "timeInForce": in_force,
                "info": ack,
            },
            market,
        )

    async def cancel_order(self, id: str, symbol: Any = None, params: Any = None) -> Any:
        """Cancel an order by its id and symbol."""
        market, (slot, serial) = await self._named_order(id, symbol)
        ack = await self._submit(Cancel(market["info"]["instrument_id"], slot, serial))
        result = ack["actions"][0]["result"]
        if result != "OK":
            raise error_of({"name": result, "message": f"{result}: {id}"})
        shown = {"id": id, "symbol": symbol, "status": "canceled", "info": ack}
        return self.safe_order(shown, market)

    async def cancel_all_orders(self, symbol: Any = None, params: Any = None) -> Any:
        """Cancel all orders of a market, or of all markets."""
        number = 0
        if symbol is not None:
            number = (await self._market(symbol))["info"]["instrument_id"]
        return [self.safe_order({"info": await self._submit(CancelAll(number))})]

    async def _named_order(self, id: str, symbol: Any) -> tuple[Any, tuple[int, int]]:
        if symbol is None:
            raise BadRequest("the symbol is needed")
        market = await self._market(symbol)
        slot, _, serial = id.partition("/")
        if not (slot.isdecimal() and serial.isdecimal()):
            raise OrderNotFound(id)
        return market, (int(slot), int(serial))

    async def _end_of_band(self, market: Any, *, is_buy: bool) -> Decimal:
        """Return a price near the end of the band: a tenth inside it, for marks move."""
        found = await self._get("instruments/{instrument}", {"instrument": market["id"]})
        mark, band = found["mark_price"], Decimal(found["price_band_ppm"]) / PPM * 9 / 10
        if mark is None:
            raise InvalidOrder("there is no mark to take a band around")
        return inside_band(Decimal(mark), band, Decimal(found["tick_size"]), is_buy=is_buy)

    async def _submit(self, action: Action) -> Dict:
        """Sign one action and have it ordered; return the ack, its receipt checked."""
        wallet, venue = self._wallet(), await self._get("venue")
        account, session = await self._account_id(), int(self.options["session"])
        asked = {"account": account, "session": session}
        known = await self._get("accounts/{account}/sessions/{session}", asked)
        rollup = bytes.fromhex(venue["domain"]["verifyingContract"][2:])
        separator = Domain(venue["domain"]["chainId"], rollup).separator
        expiry_ms = defaults.expiry_ms(venue["now_ms"])
        nonce = max(int(known["next_nonce"]), self.options.get("nonce", 0))
        self.options["nonce"] = nonce + 1
        terms = (Ppm(MAX_FEE_PPM), (action,), MicroUsd(MAX_L1_FEE_MICRO_USD))
        op = Bundle(account, session, nonce, expiry_ms, *terms)
        data = encode_op(op, wallet.sign_digest(digest(separator, struct_hash(op))))
        ack: Dict = await self.request("ops", "public", "POST", {"op": "0x" + data.hex()})
        receipt = receipt_of(ack["receipt"])
        keys = [bytes.fromhex(each[2:]) for each in venue["sequencer_keys"]]
        signer = receipt.signer(separator)
        receipt.verify(data, separator, signer if signer in keys else keys[0])
        return ack

    def _wallet(self) -> Wallet:
        self.check_required_credentials()
        return Wallet(bytes.fromhex(self.privateKey.removeprefix("0x")))

    async def _account_id(self) -> int:
        if self.options["account"] is None:
            owner = "0x" + self._wallet().address.hex()
            found = (await self._get("accounts", {"owner": owner}))["accounts"]
            if not found:
                raise InsufficientFunds(f"{owner} owns no account")
            self.options["account"] = found[0]
        return int(self.options["account"])

    async def _account(self) -> Dict:
        await self.load_markets()
        found: Dict = await self._get("accounts/{account}", {"account": await self._account_id()})
        return found


def inside_band(mark: Decimal, band: Decimal, tick: Decimal, *, is_buy: bool) -> Decimal:
    """Return the last price of the grid that is no farther from the mark than the band."""
    end = mark * (1 + band if is_buy else 1 - band)
    return (end / tick).to_integral_value(ROUND_FLOOR if is_buy else ROUND_CEILING) * tick
