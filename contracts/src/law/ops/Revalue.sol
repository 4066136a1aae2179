// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccountRecord, GlobalRecord, ACCOUNT_KIND} from "../../generated/Layout.sol";
import {AUCTION_DURATION_MS, POSITIONS_MAX} from "../../generated/Params.sol";
import {
    RESULT_AUCTION_RUNNING,
    RESULT_MALFORMED,
    RESULT_OK,
    RESULT_PORTFOLIO_STALE,
    RESULT_SEGMENT_FULL,
    RESULT_UNKNOWN_ACCOUNT,
    RESULT_WRONG_MARGIN_MODE
} from "../../generated/Results.sol";
import {Arena} from "../Arena.sol";
import {Auction} from "../Auction.sol";
import {Margin} from "../Margin.sol";
import {GLOBAL, field, read} from "../Memory.sol";
import {Portfolio} from "../Portfolio.sol";
import {Weight} from "../Weight.sol";

/// @title An account under portfolio margin gets its certificate, is auctioned, or comes under standard margin (docs/protocol/portfolio-margin.md). Body: account u32.
library Revalue {
    function execute(uint256 offset, uint256 length) internal view returns (uint256 code) {
        if (length != 4) return RESULT_MALFORMED;
        unchecked {
            Weight.plan(Weight.records(ACCOUNT_KIND, 1) + Portfolio.reserve(POSITIONS_MAX), Portfolio.weightOf(POSITIONS_MAX));
        }
        if (!Weight.hasRoom()) return RESULT_SEGMENT_FULL;
        uint256 id = field(offset, 32);
        if (id == 0 || id >= GlobalRecord.nextAccount(read(GLOBAL))) return RESULT_UNKNOWN_ACCOUNT;
        uint256 account = Arena.account(id);
        if (!Portfolio.isIn(account)) return RESULT_WRONG_MARGIN_MODE;
        code = Portfolio.assess(account, id, AccountRecord.portfolioUnderlying(account));
        if (code == RESULT_PORTFOLIO_STALE) return code;
        // What portfolio margin does not cover, it does not hold either.
        if (code == RESULT_OK) {
            if (int256(read(Margin.EQUITY)) >= int256(read(Margin.MAINTENANCE))) {
                Portfolio.certify(id);
                return RESULT_OK;
            }
            if (Auction.isForSale()) {
                uint256 since = Auction.begunMs(id);
                if (since == 0) {
                    Auction.begin(id);
                    return RESULT_OK;
                }
                if (Auction.runningMs(since) < AUCTION_DURATION_MS) return RESULT_AUCTION_RUNNING;
            }
        }
        Portfolio.leaveMode(account, id);
        return RESULT_OK;
    }
}
