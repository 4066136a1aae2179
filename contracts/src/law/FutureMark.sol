// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ExpiryRecord, MarkRecord} from "../generated/Layout.sol";
import {SETTLEMENT_WINDOW_MS} from "../generated/Params.sol";
import {Expiries} from "./Expiries.sol";

/// @title What the mark of a future is made of: its average so far, and its forward for what is left (docs/protocol/expiries.md)
library FutureMark {
    uint256 private constant FIXED_MAX = type(uint32).max;

    /// @dev Give the mark of an expiry's future its present components, unless there is none or it is settled. Products stay below
    /// 2^102: accumulated < 2^60 × SETTLEMENT_WINDOW_MS.
    function follow(uint256 expiry, uint256 mark) internal pure {
        if (mark == 0 || MarkRecord.indexPpb(mark) == 0) return;
        unchecked {
            uint256 share = ExpiryRecord.forwardPpb(expiry);
            uint256 covered = ExpiryRecord.coveredMs(expiry);
            uint256 fixedPrice = 0;
            if (covered != 0) {
                // Samples are taken in the window alone, so their time is not before its start.
                uint256 elapsed = uint256(int256(ExpiryRecord.sampledMs(expiry)) - Expiries.windowStart(expiry));
                fixedPrice = ExpiryRecord.accumulated(expiry) * elapsed
                    / (covered * SETTLEMENT_WINDOW_MS * MarkRecord.indexPerTick(mark));
                if (fixedPrice > FIXED_MAX) fixedPrice = FIXED_MAX;
                share = share * (SETTLEMENT_WINDOW_MS - elapsed) / SETTLEMENT_WINDOW_MS;
                if (share == 0) share = 1;
            }
            MarkRecord.setFixedPrice(mark, fixedPrice);
            MarkRecord.setIndexPpb(mark, share);
        }
    }
}
