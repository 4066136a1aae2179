// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccountPosition, InstrumentRecord, OrderRecord} from "../generated/Layout.sol";
import {INSTRUMENT_STATUS_SETTLED, ORDER_FLAG_REDUCE_ONLY, ORDER_FLAG_SELL} from "../generated/Params.sol";
import {Mark} from "./Mark.sol";
import {CLOCK, INSTRUMENT, read} from "./Memory.sol";
import {Pending} from "./Pending.sol";
import {Position} from "./Position.sol";
import {PriceBand} from "./PriceBand.sol";

/// @title Which resting orders are gone: dead, without anything to reduce, or left beyond the band (docs/protocol/matching.md)
library GoneOrder {
    /// @dev Whether whoever meets the order removes it: it is dead, or is reduce-only without an opposite position, or the
    /// mark left it beyond its band. `entry` is its account's entry for the instrument. The mark is loaded.
    function isGone(uint256 order, uint256 account, uint256 entry) internal pure returns (bool) {
        if (isDead(order, account, entry)) return true;
        uint256 flags = OrderRecord.flags(order);
        if (flags & ORDER_FLAG_REDUCE_ONLY != 0 && Pending.opposite(entry, OrderRecord.account(order), flags) == 0) {
            return true;
        }
        return PriceBand.isLeftBeyond(flags & ORDER_FLAG_SELL, OrderRecord.price(order));
    }

    /// @dev Whether the order is dead: its instrument is settled or has ended, its expiry or its account's `cancel_at_ms` has passed, or its account's entry
    /// has another epoch.
    function isDead(uint256 order, uint256 account, uint256 entry) internal pure returns (bool) {
        return InstrumentRecord.status(read(INSTRUMENT)) == INSTRUMENT_STATUS_SETTLED || Mark.isEnded(read(INSTRUMENT)) || isExpired(order)
            || Position.areOrdersDead(account) || !isCurrent(order, entry);
    }

    function isExpired(uint256 order) private pure returns (bool) {
        uint256 expiry = OrderRecord.expiryMs(order);
        return expiry != 0 && expiry <= read(CLOCK);
    }

    /// @dev Whether the order is of its account's present epoch: no cancel-all came since.
    function isCurrent(uint256 order, uint256 entry) internal pure returns (bool) {
        return AccountPosition.epoch(entry) == OrderRecord.epoch(order);
    }
}
