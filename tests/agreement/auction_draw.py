"""Random bids: mostly for portfolios that are auctioned, by accounts that can carry a part."""

from __future__ import annotations

from collections.abc import Callable

from strikeproof.sequencer.core.state_view import AuctionView
from strikeproof.wire.constants import AUCTION_FRACTION_MIN_PPM, PPM, OpType, SegmentFamily
from strikeproof.wire.operations import encode_bid_body
from tests.agreement.numbers import boundary
from tests.agreement.user_op_draw import UserOpDraw


class AuctionDraw(UserOpDraw):
    """Bidders, fractions and discounts."""

    def _portfolio_kinds(self) -> list[tuple[int, float, Callable[[], bytes]]]:
        """Return what is drawn of accounts under portfolio margin: families, weights, ops."""
        account, keeper = int(SegmentFamily.ACCOUNT), int(SegmentFamily.KEEPER)
        kinds: list[tuple[int, float, Callable[[], bytes]]]
        kinds = [(account, 20, self._set_margin_mode), (keeper, 30, self._revalue)]
        return [*kinds, (account, 25, self._bid)] if self.mood.auctioned else kinds

    def _bid(self) -> bytes:
        random = self.random
        running = self.engine.auctions().all(self.now)
        auction = random.choice(running) if running and random.random() < 0.97 else None
        seller = auction.account if auction else self._account()
        account, slot = self._bidder(seller), random.choices([0, 1, 4], [80, 18, 2])[0]
        since_ms = auction.begun_ms if auction else boundary(random, 48)
        if random.random() < 0.03:
            since_ms = min(max(0, since_ms + random.choice([-1, 1])), 2**48 - 1)
        body = encode_bid_body(
            account=account,
            session=slot,
            nonce=self._nonce(account, slot),
            expiry_ms=self._expiry(),
            seller=seller,
            auction_ms=since_ms,
            fraction_ppm=self._fraction(auction),
            discount_ppm=self._discount(auction),
            max_l1_fee_micro_usd=self._max_l1_fee(),
        )
        return self._signed(OpType.BID, body, account, slot)

    def _bidder(self, seller: int) -> int:
        """Return an account, mostly another one, mostly rich for its positions."""
        account = self._account()
        for _ in range(4):
            view = self.engine.account(account)
            is_rich = view is not None and view.equity > 3 * view.initial_margin
            if account != seller and (is_rich or self.random.random() < 0.1):
                break
            account = self._account()
        return account

    def _fraction(self, auction: AuctionView | None) -> int:
        random, least = self.random, AUCTION_FRACTION_MIN_PPM
        near = auction.most_ppm + random.choice([-1, 0, 1]) if auction else PPM
        drawn = random.randint(least, PPM)
        ends = [least - 1, least, PPM, PPM + 1]
        chosen = random.choices([least, drawn, PPM, near, random.choice(ends)], [20, 30, 20, 25, 5])
        return max(0, chosen[0])

    def _discount(self, auction: AuctionView | None) -> int:
        random = self.random
        if auction is None or random.random() < 0.7:
            return 0
        return auction.discount_ppm + random.choice([-1, 0, 0, 1, 1_000])
