"""Bugs about auctions, for `tests/mutants.py`: name, file, what stands there, what is planted, and
the command that must fail."""

from __future__ import annotations

_LAW = "-m pytest -q -x tests/agreement/test_auction_scenarios.py"
_ENGINE = "-m pytest -q -x tests/unit/core/test_auctions.py tests/unit/core/test_auction_bidders.py"
_PLAY = "-m pytest -q -x tests/property/core/test_auction_play.py"
_WATCH = "-m pytest -q -x tests/unit/verifier/test_portfolio_watch.py"
_UPKEEP = "-m pytest -q -x tests/unit/sequencer/upkeep/test_portfolio_upkeep.py"
_TOLD = "-m pytest -q -x tests/unit/core/test_auction_queries.py"
_BID = "contracts/src/law/ops/Bid.sol"
_AUCTION = "contracts/src/law/Auction.sol"

MUTATIONS = (
    (
        "auctions, engine: an account with little equity is auctioned",
        "sequencer/core/rules/auction.py",
        "return equity * PPM >= maintenance * AUCTION_EQUITY_MIN_PPM",
        "return True",
        _ENGINE,
    ),
    (
        "auctions, engine: perpetuals are auctioned",
        "sequencer/core/portfolio.py",
        "has_options = found.certificate.ends_ms != 0",
        "has_options = True",
        _ENGINE,
    ),
    (
        "auctions, engine: an auction never ends",
        "sequencer/core/rules/auction.py",
        "return running_ms >= AUCTION_DURATION_MS",
        "return False",
        _ENGINE,
    ),
    (
        "auctions, engine: the discount does not stop",
        "sequencer/core/rules/auction.py",
        "passed = min(running_ms, AUCTION_DURATION_MS)",
        "passed = running_ms",
        _ENGINE,
    ),
    (
        "auctions, engine: a bid takes all that it asks for",
        "sequencer/core/auction_sale.py",
        "min(terms.fraction_ppm, most_ppm(before.equity, before.maintenance, discount))",
        "terms.fraction_ppm",
        _ENGINE,
    ),
    (
        "auctions, engine: a bid for any auction is taken",
        "sequencer/core/auction_sale.py",
        "if not auction_ms or auction_ms != terms.auction_ms:",
        "if not auction_ms:",
        _ENGINE,
    ),
    (
        "auctions, engine: an account that meets maintenance is sold",
        "sequencer/core/portfolio.py",
        "found.equity < found.maintenance\n        and has_options",
        "has_options",
        _ENGINE,
    ),
    (
        "auctions, engine: relief is not asked for",
        "sequencer/core/auction_sale.py",
        "if not relieves(freed, before.maintenance, fraction):",
        "if False:",
        _ENGINE,
    ),
    (
        "auctions, engine: the bidder's margin is not tested",
        "sequencer/core/auction_sale.py",
        "if equity(bidder) < initial(bidder, state.now_ms, state.venue.clock_ms):",
        "if False:",
        _ENGINE,
    ),
    (
        "auctions, engine: the bidder is judged by maintenance",
        "sequencer/core/auction_sale.py",
        "if equity(bidder) < initial(bidder, state.now_ms, state.venue.clock_ms):",
        "if equity(bidder) < 0:",
        _ENGINE,
    ),
    (
        "auctions, engine: a wide gap is no matter",
        "sequencer/core/auction_sale.py",
        "if is_gap_wide(mark.underlying.gap_ppm, instrument.price_band_ppm):",
        "if False:",
        _ENGINE,
    ),
    (
        "auctions, engine: halted instruments are sold",
        "sequencer/core/auction_sale.py",
        "if instrument.is_halted(state.venue.clock_ms):",
        "if False:",
        _ENGINE,
    ),
    (
        "auctions, engine: reduce-only instruments are bought",
        "sequencer/core/auction_sale.py",
        "if instrument.status != InstrumentStatus.ACTIVE:",
        "if False:",
        _ENGINE,
    ),
    (
        "auctions, engine: what is refused stays",
        "sequencer/core/auction_sale.py",
        "checkpoint.restore(state.venue)",
        "pass",
        _ENGINE,
    ),
    (
        "auctions, engine: the fee is not taken from the seller",
        "sequencer/core/auction_sale.py",
        "seller.collateral + value - paid - fee",
        "seller.collateral + value - paid",
        _ENGINE,
    ),
    (
        "auctions, engine: lots round away from zero",
        "sequencer/core/rules/auction.py",
        "lots = div_floor(abs(size) * fraction, PPM)",
        "lots = -(-abs(size) * fraction // PPM)",
        _PLAY,
    ),
    (
        "auctions, engine: payments round up",
        "sequencer/core/rules/auction.py",
        "return div_floor(freed * discount, PPM)",
        "return div_ceil(freed * discount, PPM)",
        _PLAY,
    ),
    (
        "auctions, engine: a healed account goes on being auctioned",
        "sequencer/core/auction_sale.py",
        "    if is_over:\n",
        "    if False:\n",
        _ENGINE,
    ),
    (
        "auctions, node: an auction that is over is not ended",
        "sequencer/core/portfolio.py",
        "return not goes_on or is_over(clock_ms - auction_ms)",
        "return not goes_on",
        _UPKEEP,
    ),
    (
        "auctions, verifier: an auction that is over is not missed",
        "verifier/watch/withheld_revaluations.py",
        "not is_for_sale or clock_ms - auction_ms >= AUCTION_DURATION_MS",
        "not is_for_sale",
        _WATCH,
    ),
    (
        "auctions, verifier: an account with too little equity is not missed",
        "verifier/watch/withheld_revaluations.py",
        "and equity * PPM >= asked * AUCTION_EQUITY_MIN_PPM",
        "and True",
        _WATCH,
    ),
    (
        "auctions, node: a preview forgets what is paid",
        "sequencer/core/auction_queries.py",
        "buyer.collateral += paid",
        "pass",
        _TOLD,
    ),
    (
        "auctions, law: an account with little equity is auctioned",
        _AUCTION,
        "equity * int256(PPM) >= maintenance * int256(AUCTION_EQUITY_MIN_PPM)",
        "equity * int256(PPM) >= 0",
        _LAW,
    ),
    (
        "auctions, law: the discount does not stop",
        _AUCTION,
        "if (time > AUCTION_DURATION_MS) time = AUCTION_DURATION_MS;",
        "",
        _LAW,
    ),
    (
        "auctions, law: the fraction rounds down",
        _AUCTION,
        "(missing * PPM + freed - 1) / freed",
        "missing * PPM / freed",
        _LAW,
    ),
    (
        "auctions, law: a bid for any auction is taken",
        _BID,
        "if (since == 0 || since != operand(BODY + OP_BID_AUCTION_MS_OFFSET, 48)) return",
        "if (since == 0) return",
        _LAW,
    ),
    (
        "auctions, law: a wide gap is no matter",
        _BID,
        "if (read(GAP_WIDE) != 0) return RESULT_GAP_TOO_WIDE;",
        "",
        _LAW,
    ),
    (
        "auctions, law: relief is not asked for",
        _BID,
        "int256(read(MARGIN_BEFORE) * fraction * AUCTION_RELIEF_PPM)) return",
        "0) return",
        _LAW,
    ),
    (
        "auctions, law: the seller's account is not saved",
        _BID,
        "            Arena.account(id); // saves it\n",
        "",
        _LAW,
    ),
    (
        "auctions, law: the instrument is not saved",
        _BID,
        "        Checkpoint.save(instrument, 32 * INSTRUMENT_WORDS);\n",
        "",
        _LAW,
    ),
    (
        "auctions, law: the bidder's shrinking is enough",
        _BID,
        "write(TOUCHES, 1);",
        "write(TOUCHES, 0);",
        _LAW,
    ),
    (
        "auctions, law: a settled entry is sold",
        _BID,
        "if (lots == 0 || MarkRecord.indexPpb(mark) == 0) continue;",
        "if (lots == 0) continue;",
        _LAW,
    ),
    (
        "auctions, law: a running auction is ended",
        "contracts/src/law/ops/Revalue.sol",
        "if (Auction.runningMs(since) < AUCTION_DURATION_MS) return RESULT_AUCTION_RUNNING;",
        "",
        _LAW,
    ),
)
