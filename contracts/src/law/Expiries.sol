// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ExpiryRecord, GlobalRecord, EXPIRY_KIND, MARK_KIND, UNDERLYING_KIND} from "../generated/Layout.sol";
import {SETTLEMENT_WINDOW_MS} from "../generated/Params.sol";
import {Arena} from "./Arena.sol";
import {CLOCK, GLOBAL, read} from "./Memory.sol";
import {Weight} from "./Weight.sol";

/// @title Expiries: which are listed, over, or in their last half hour (docs/protocol/expiries.md)
library Expiries {
    /// @dev The reserve of what `open` touches.
    function reserve() internal pure returns (uint256) {
        unchecked {
            return Weight.records(EXPIRY_KIND, 1) + Weight.records(UNDERLYING_KIND, 1) + Weight.records(MARK_KIND, 1);
        }
    }

    function isListed(uint256 id) internal pure returns (bool) {
        return id != 0 && id < GlobalRecord.nextExpiry(read(GLOBAL));
    }

    /// @dev The pointers of a listed expiry and of its underlying, and of its future's mark, or 0. Touches them in the order of kinds
    /// expiry, mark, underlying.
    function open(uint256 id) internal view returns (uint256 expiry, uint256 mark, uint256 underlying) {
        expiry = Arena.expiry(id);
        uint256 future = ExpiryRecord.future(expiry);
        if (future != 0) mark = Arena.mark(future);
        underlying = Arena.underlying(ExpiryRecord.underlying(expiry));
    }

    /// @dev Whether trading on it has ended.
    function isOver(uint256 expiry) internal pure returns (bool) {
        return read(CLOCK) >= ExpiryRecord.expiryMs(expiry) || ExpiryRecord.settlement(expiry) != 0;
    }

    /// @dev When the half hour begins over which the index is averaged; of an expiry before 1970 + 30 min, below 0.
    function windowStart(uint256 expiry) internal pure returns (int256) {
        unchecked {
            return int256(ExpiryRecord.expiryMs(expiry)) - int256(SETTLEMENT_WINDOW_MS);
        }
    }
}
