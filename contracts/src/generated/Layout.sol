// SPDX-License-Identifier: Apache-2.0
// Layouts of the records of the state. Generated from proto/layout.toml: do not edit.
// A pointer is the memory address of the first word of a record's head or of an element.
// Setters mask: whoever sets a field has checked that the value fits (…_GREATEST, …_LEAST).
pragma solidity 0.8.37;

// Height of the tree of each of the 16 kinds: that of kind k is byte k from the low end.
uint256 constant KIND_HEIGHTS_PACKED = 8_457_495_116_256_768;

// --- global. The one record of the venue.
uint256 constant GLOBAL_KIND = 0;
uint256 constant GLOBAL_WORDS = 3;
uint256 constant GLOBAL_WORDS_MAX = 15;
uint256 constant GLOBAL_REPORTER_WORDS = 1;
uint256 constant GLOBAL_REPORTER_MAX = 12;
uint256 constant GLOBAL_CLOCK_MS_GREATEST = 281_474_976_710_655;
uint256 constant GLOBAL_NEXT_ACCOUNT_GREATEST = 4_294_967_295;
uint256 constant GLOBAL_NEXT_UNDERLYING_GREATEST = 65_535;
uint256 constant GLOBAL_NEXT_INSTRUMENT_GREATEST = 65_535;
uint256 constant GLOBAL_REPORTER_COUNT_GREATEST = 255;
uint256 constant GLOBAL_REPORTER_QUORUM_GREATEST = 255;
uint256 constant GLOBAL_REPORTER_EPOCH_GREATEST = 4_294_967_295;
uint256 constant GLOBAL_FEE_POOL_GREATEST = 0xffffffffffffffffffffffffffffffff;
uint256 constant GLOBAL_INSURANCE_FUND_GREATEST = 0xffffffffffffffffffffffffffffffff;
uint256 constant GLOBAL_DOMAIN_SEPARATOR_GREATEST = 0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff;
uint256 constant GLOBAL_REPORTER_ADDRESS_GREATEST = 0x000000000000000000000000ffffffffffffffffffffffffffffffffffffffff;

// --- account. Collateral is cash: every fill moves price * lots * tick_value; equity adds
// --- positions at their mark.
uint256 constant ACCOUNT_KIND = 1;
uint256 constant ACCOUNT_WORDS = 2;
uint256 constant ACCOUNT_WORDS_MAX = 34;
uint256 constant ACCOUNT_POSITION_WORDS = 2;
uint256 constant ACCOUNT_POSITION_MAX = 16;
uint256 constant ACCOUNT_OWNER_GREATEST = 0x000000000000000000000000ffffffffffffffffffffffffffffffffffffffff;
uint256 constant ACCOUNT_POSITION_COUNT_GREATEST = 255;
uint256 constant ACCOUNT_EPOCH_COUNTER_GREATEST = 281_474_976_710_655;
int256 constant ACCOUNT_COLLATERAL_LEAST = -0x80000000000000000000000000000000;
int256 constant ACCOUNT_COLLATERAL_GREATEST = 0x7fffffffffffffffffffffffffffffff;
uint256 constant ACCOUNT_WITHDRAWN_GREATEST = 0xffffffffffffffffffffffffffffffff;
uint256 constant ACCOUNT_POSITION_INSTRUMENT_GREATEST = 65_535;
uint256 constant ACCOUNT_POSITION_OPEN_ORDERS_GREATEST = 65_535;
uint256 constant ACCOUNT_POSITION_EPOCH_GREATEST = 281_474_976_710_655;
int256 constant ACCOUNT_POSITION_SIZE_LEAST = -140_737_488_355_328;
int256 constant ACCOUNT_POSITION_SIZE_GREATEST = 140_737_488_355_327;
uint256 constant ACCOUNT_POSITION_LINKED_GREATEST = 65_535;
uint256 constant ACCOUNT_POSITION_REDUCE_LOTS_GREATEST = 281_474_976_710_655;
uint256 constant ACCOUNT_POSITION_BUY_LOTS_GREATEST = 281_474_976_710_655;
uint256 constant ACCOUNT_POSITION_SELL_LOTS_GREATEST = 281_474_976_710_655;
uint256 constant ACCOUNT_POSITION_BUY_VALUE_GREATEST = 0xffffffffffffffffffff;
uint256 constant ACCOUNT_POSITION_SELL_VALUE_GREATEST = 0xffffffffffffffffffff;

// --- session. Id: account * 4 + slot. Slot 0 is the owner. The nonce window outlives keys.
uint256 constant SESSION_KIND = 2;
uint256 constant SESSION_WORDS = 2;
uint256 constant SESSION_WORDS_MAX = 2;
uint256 constant SESSION_SCOPE_GREATEST = 255;
uint256 constant SESSION_KEY_GREATEST = 0x000000000000000000000000ffffffffffffffffffffffffffffffffffffffff;
uint256 constant SESSION_EXPIRY_MS_GREATEST = 281_474_976_710_655;
uint256 constant SESSION_NONCE_BASE_GREATEST = 18_446_744_073_709_551_615;
uint256 constant SESSION_NONCE_BITMAP_GREATEST = 0xffffffffffffffffffffffffffffffffffffffffffffffff;

// --- underlying. The latest price of its index.
uint256 constant UNDERLYING_KIND = 3;
uint256 constant UNDERLYING_WORDS = 1;
uint256 constant UNDERLYING_WORDS_MAX = 1;
uint256 constant UNDERLYING_INDEX_PRICE_GREATEST = 18_446_744_073_709_551_615;
uint256 constant UNDERLYING_PUBLISH_TIME_MS_GREATEST = 281_474_976_710_655;
uint256 constant UNDERLYING_SYMBOL_GREATEST = 0xffffffffffffffffffffffffffffffff;

// --- instrument. Terms of trade and the book's ends.
uint256 constant INSTRUMENT_KIND = 4;
uint256 constant INSTRUMENT_WORDS = 3;
uint256 constant INSTRUMENT_WORDS_MAX = 3;
uint256 constant INSTRUMENT_STATUS_GREATEST = 255;
uint256 constant INSTRUMENT_MAKER_FEE_PPM_GREATEST = 4_294_967_295;
uint256 constant INSTRUMENT_TAKER_FEE_PPM_GREATEST = 4_294_967_295;
uint256 constant INSTRUMENT_PRICE_BAND_PPM_GREATEST = 4_294_967_295;
uint256 constant INSTRUMENT_MIN_ORDER_VALUE_GREATEST = 18_446_744_073_709_551_615;
uint256 constant INSTRUMENT_LAST_PRICE_GREATEST = 4_294_967_295;
uint256 constant INSTRUMENT_ORDER_COUNT_GREATEST = 4_294_967_295;
uint256 constant INSTRUMENT_BEST_BID_GREATEST = 4_294_967_295;
uint256 constant INSTRUMENT_BEST_ASK_GREATEST = 4_294_967_295;
uint256 constant INSTRUMENT_FREE_SLOT_GREATEST = 4_294_967_295;
uint256 constant INSTRUMENT_NEXT_SLOT_GREATEST = 4_294_967_295;
uint256 constant INSTRUMENT_NEXT_SERIAL_GREATEST = 281_474_976_710_655;
uint256 constant INSTRUMENT_OPEN_INTEREST_GREATEST = 18_446_744_073_709_551_615;
uint256 constant INSTRUMENT_SYMBOL_GREATEST = 0xffffffffffffffffffffffffffffffff;

// --- mark. What margin reads of an instrument; same id.
uint256 constant MARK_KIND = 5;
uint256 constant MARK_WORDS = 1;
uint256 constant MARK_WORDS_MAX = 1;
uint256 constant MARK_KIND_GREATEST = 255;
uint256 constant MARK_UNDERLYING_GREATEST = 65_535;
uint256 constant MARK_TICK_VALUE_GREATEST = 16_777_215;
uint256 constant MARK_INDEX_PER_TICK_GREATEST = 18_446_744_073_709_551_615;
uint256 constant MARK_INITIAL_MARGIN_PPM_GREATEST = 4_294_967_295;
uint256 constant MARK_MAINTENANCE_MARGIN_PPM_GREATEST = 4_294_967_295;

// --- order. Id: instrument * 2**18 + slot. A free slot keeps its version and `next`, all else
// --- zero.
uint256 constant ORDER_KIND = 6;
uint256 constant ORDER_WORDS = 2;
uint256 constant ORDER_WORDS_MAX = 2;
uint256 constant ORDER_FLAGS_GREATEST = 255;
uint256 constant ORDER_PRICE_GREATEST = 4_294_967_295;
uint256 constant ORDER_LOTS_GREATEST = 1_099_511_627_775;
uint256 constant ORDER_ACCOUNT_GREATEST = 4_294_967_295;
uint256 constant ORDER_EPOCH_GREATEST = 281_474_976_710_655;
uint256 constant ORDER_SERIAL_GREATEST = 281_474_976_710_655;
uint256 constant ORDER_PREV_GREATEST = 4_294_967_295;
uint256 constant ORDER_NEXT_GREATEST = 4_294_967_295;
uint256 constant ORDER_EXPIRY_MS_GREATEST = 281_474_976_710_655;
uint256 constant ORDER_CLIENT_ID_GREATEST = 18_446_744_073_709_551_615;
uint256 constant ORDER_MAX_FEE_PPM_GREATEST = 4_294_967_295;

/// @dev The one record of the venue.
library GlobalRecord {
    /// @dev The pointer to element `index`; the caller has checked that it exists.
    function element(uint256 pointer, uint256 index) internal pure returns (uint256) {
        unchecked {
            return pointer + 96 + index * 32;
        }
    }

    function version(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := shr(248, mload(pointer))
        }
    }

    function setVersion(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff), shl(248, value)))
        }
    }

    /// @dev milliseconds. Time of the latest segment.
    function clockMs(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(200, mload(pointer)), 0xffffffffffff)
        }
    }

    function setClockMs(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xff000000000000ffffffffffffffffffffffffffffffffffffffffffffffffff), shl(200, and(value, 0xffffffffffff))))
        }
    }

    /// @dev Account ids below it exist; ids start at 1.
    function nextAccount(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(168, mload(pointer)), 0xffffffff)
        }
    }

    function setNextAccount(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffffffffff00000000ffffffffffffffffffffffffffffffffffffffffff), shl(168, and(value, 0xffffffff))))
        }
    }

    /// @dev Ids start at 1.
    function nextUnderlying(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(152, mload(pointer)), 0xffff)
        }
    }

    function setNextUnderlying(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffffffffffffffffff0000ffffffffffffffffffffffffffffffffffffff), shl(152, and(value, 0xffff))))
        }
    }

    /// @dev Ids start at 1.
    function nextInstrument(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(136, mload(pointer)), 0xffff)
        }
    }

    function setNextInstrument(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffffffffffffffffffffff0000ffffffffffffffffffffffffffffffffff), shl(136, and(value, 0xffff))))
        }
    }

    function reporterCount(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(128, mload(pointer)), 0xff)
        }
    }

    function setReporterCount(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffffffffffffffffffffffffff00ffffffffffffffffffffffffffffffff), shl(128, and(value, 0xff))))
        }
    }

    function reporterQuorum(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(120, mload(pointer)), 0xff)
        }
    }

    function setReporterQuorum(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffffffffffffffffffffffffffff00ffffffffffffffffffffffffffffff), shl(120, and(value, 0xff))))
        }
    }

    /// @dev Raised by every change of the set.
    function reporterEpoch(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(88, mload(pointer)), 0xffffffff)
        }
    }

    function setReporterEpoch(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffffffffffffffffffffffffffffff00000000ffffffffffffffffffffff), shl(88, and(value, 0xffffffff))))
        }
    }

    /// @dev micro-USD
    function feePool(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := shr(128, mload(add(pointer, 32)))
        }
    }

    function setFeePool(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 32), or(and(mload(add(pointer, 32)), 0xffffffffffffffffffffffffffffffff), shl(128, value)))
        }
    }

    /// @dev micro-USD
    function insuranceFund(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(mload(add(pointer, 32)), 0xffffffffffffffffffffffffffffffff)
        }
    }

    function setInsuranceFund(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 32), or(and(mload(add(pointer, 32)), 0xffffffffffffffffffffffffffffffff00000000000000000000000000000000), and(value, 0xffffffffffffffffffffffffffffffff)))
        }
    }

    /// @dev EIP-712 domain of this chain and rollup.
    function domainSeparator(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := mload(add(pointer, 64))
        }
    }

    function setDomainSeparator(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 64), value)
        }
    }
}

/// @dev One global reporter.
library GlobalReporter {
    function address_(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(mload(pointer), 0xffffffffffffffffffffffffffffffffffffffff)
        }
    }

    function setAddress(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffffffffffffffffffff0000000000000000000000000000000000000000), and(value, 0xffffffffffffffffffffffffffffffffffffffff)))
        }
    }
}

/// @dev Collateral is cash: every fill moves price * lots * tick_value; equity adds positions at
/// @dev their mark.
library AccountRecord {
    /// @dev The pointer to element `index`; the caller has checked that it exists.
    function element(uint256 pointer, uint256 index) internal pure returns (uint256) {
        unchecked {
            return pointer + 64 + index * 64;
        }
    }

    function version(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := shr(248, mload(pointer))
        }
    }

    function setVersion(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff), shl(248, value)))
        }
    }

    function owner(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(88, mload(pointer)), 0xffffffffffffffffffffffffffffffffffffffff)
        }
    }

    function setOwner(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xff0000000000000000000000000000000000000000ffffffffffffffffffffff), shl(88, and(value, 0xffffffffffffffffffffffffffffffffffffffff))))
        }
    }

    function positionCount(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(80, mload(pointer)), 0xff)
        }
    }

    function setPositionCount(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffffffffffffffffffffffffffffffffffffff00ffffffffffffffffffff), shl(80, and(value, 0xff))))
        }
    }

    /// @dev Raised by every new position entry and every cancel-all.
    function epochCounter(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(32, mload(pointer)), 0xffffffffffff)
        }
    }

    function setEpochCounter(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffffffffffffffffffffffffffffffffffffffff000000000000ffffffff), shl(32, and(value, 0xffffffffffff))))
        }
    }

    /// @dev micro-USD
    function collateral(uint256 pointer) internal pure returns (int256 value) {
        assembly ("memory-safe") {
            value := sar(128, mload(add(pointer, 32)))
        }
    }

    function setCollateral(uint256 pointer, int256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 32), or(and(mload(add(pointer, 32)), 0xffffffffffffffffffffffffffffffff), shl(128, value)))
        }
    }

    /// @dev micro-USD. Cumulative.
    function withdrawn(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(mload(add(pointer, 32)), 0xffffffffffffffffffffffffffffffff)
        }
    }

    function setWithdrawn(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 32), or(and(mload(add(pointer, 32)), 0xffffffffffffffffffffffffffffffff00000000000000000000000000000000), and(value, 0xffffffffffffffffffffffffffffffff)))
        }
    }
}

/// @dev One account position.
library AccountPosition {
    function instrument(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := shr(240, mload(pointer))
        }
    }

    function setInstrument(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff), shl(240, value)))
        }
    }

    /// @dev Resting orders of the current epoch, reduce-only ones too.
    function openOrders(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(224, mload(pointer)), 0xffff)
        }
    }

    function setOpenOrders(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffff0000ffffffffffffffffffffffffffffffffffffffffffffffffffffffff), shl(224, and(value, 0xffff))))
        }
    }

    /// @dev Orders of another epoch are dead.
    function epoch(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(176, mload(pointer)), 0xffffffffffff)
        }
    }

    function setEpoch(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffff000000000000ffffffffffffffffffffffffffffffffffffffffffff), shl(176, and(value, 0xffffffffffff))))
        }
    }

    /// @dev lots. Positive is long.
    function size(uint256 pointer) internal pure returns (int256 value) {
        assembly ("memory-safe") {
            value := sar(208, shl(80, mload(pointer)))
        }
    }

    function setSize(uint256 pointer, int256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffffffffffffffff000000000000ffffffffffffffffffffffffffffffff), shl(128, and(value, 0xffffffffffff))))
        }
    }

    /// @dev Orders in the book, dead ones too: the entry stays while there are any.
    function linked(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(112, mload(pointer)), 0xffff)
        }
    }

    function setLinked(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffffffffffffffffffffffffffff0000ffffffffffffffffffffffffffff), shl(112, and(value, 0xffff))))
        }
    }

    /// @dev lots. Of the resting reduce-only orders of the current epoch.
    function reduceLots(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(64, mload(pointer)), 0xffffffffffff)
        }
    }

    function setReduceLots(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffffffffffffffffffffffffffffffff000000000000ffffffffffffffff), shl(64, and(value, 0xffffffffffff))))
        }
    }

    /// @dev lots. Open buys that reserve margin.
    function buyLots(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := shr(208, mload(add(pointer, 32)))
        }
    }

    function setBuyLots(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 32), or(and(mload(add(pointer, 32)), 0xffffffffffffffffffffffffffffffffffffffffffffffffffff), shl(208, value)))
        }
    }

    /// @dev lots
    function sellLots(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(160, mload(add(pointer, 32))), 0xffffffffffff)
        }
    }

    function setSellLots(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 32), or(and(mload(add(pointer, 32)), 0xffffffffffff000000000000ffffffffffffffffffffffffffffffffffffffff), shl(160, and(value, 0xffffffffffff))))
        }
    }

    /// @dev ticks * lots. Sum of price * lots of those buys.
    function buyValue(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(80, mload(add(pointer, 32))), 0xffffffffffffffffffff)
        }
    }

    function setBuyValue(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 32), or(and(mload(add(pointer, 32)), 0xffffffffffffffffffffffff00000000000000000000ffffffffffffffffffff), shl(80, and(value, 0xffffffffffffffffffff))))
        }
    }

    /// @dev ticks * lots
    function sellValue(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(mload(add(pointer, 32)), 0xffffffffffffffffffff)
        }
    }

    function setSellValue(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 32), or(and(mload(add(pointer, 32)), 0xffffffffffffffffffffffffffffffffffffffffffff00000000000000000000), and(value, 0xffffffffffffffffffff)))
        }
    }
}

/// @dev Id: account * 4 + slot. Slot 0 is the owner. The nonce window outlives keys.
library SessionRecord {
    function version(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := shr(248, mload(pointer))
        }
    }

    function setVersion(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff), shl(248, value)))
        }
    }

    /// @dev 0 none (revoked), 1 trade, 255 owner.
    function scope(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(240, mload(pointer)), 0xff)
        }
    }

    function setScope(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xff00ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff), shl(240, and(value, 0xff))))
        }
    }

    function key(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(80, mload(pointer)), 0xffffffffffffffffffffffffffffffffffffffff)
        }
    }

    function setKey(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffff0000000000000000000000000000000000000000ffffffffffffffffffff), shl(80, and(value, 0xffffffffffffffffffffffffffffffffffffffff))))
        }
    }

    /// @dev milliseconds. 0: never.
    function expiryMs(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(32, mload(pointer)), 0xffffffffffff)
        }
    }

    function setExpiryMs(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffffffffffffffffffffffffffffffffffffffff000000000000ffffffff), shl(32, and(value, 0xffffffffffff))))
        }
    }

    /// @dev Lowest nonce of the window.
    function nonceBase(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := shr(192, mload(add(pointer, 32)))
        }
    }

    function setNonceBase(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 32), or(and(mload(add(pointer, 32)), 0xffffffffffffffffffffffffffffffffffffffffffffffff), shl(192, value)))
        }
    }

    /// @dev Bit i, from the least significant: nonce_base + i is used.
    function nonceBitmap(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(mload(add(pointer, 32)), 0xffffffffffffffffffffffffffffffffffffffffffffffff)
        }
    }

    function setNonceBitmap(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 32), or(and(mload(add(pointer, 32)), 0xffffffffffffffff000000000000000000000000000000000000000000000000), and(value, 0xffffffffffffffffffffffffffffffffffffffffffffffff)))
        }
    }
}

/// @dev The latest price of its index.
library UnderlyingRecord {
    function version(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := shr(248, mload(pointer))
        }
    }

    function setVersion(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff), shl(248, value)))
        }
    }

    /// @dev nano-USD. 0: none yet.
    function indexPrice(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(184, mload(pointer)), 0xffffffffffffffff)
        }
    }

    function setIndexPrice(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xff0000000000000000ffffffffffffffffffffffffffffffffffffffffffffff), shl(184, and(value, 0xffffffffffffffff))))
        }
    }

    /// @dev milliseconds
    function publishTimeMs(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(136, mload(pointer)), 0xffffffffffff)
        }
    }

    function setPublishTimeMs(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffffffffffffff000000000000ffffffffffffffffffffffffffffffffff), shl(136, and(value, 0xffffffffffff))))
        }
    }

    /// @dev ASCII, zero-padded at its end.
    function symbol(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(mload(pointer), 0xffffffffffffffffffffffffffffffff)
        }
    }

    function setSymbol(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffffffffffffffffffffffffffff00000000000000000000000000000000), and(value, 0xffffffffffffffffffffffffffffffff)))
        }
    }
}

/// @dev Terms of trade and the book's ends.
library InstrumentRecord {
    function version(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := shr(248, mload(pointer))
        }
    }

    function setVersion(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff), shl(248, value)))
        }
    }

    function status(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(240, mload(pointer)), 0xff)
        }
    }

    function setStatus(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xff00ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff), shl(240, and(value, 0xff))))
        }
    }

    /// @dev ppm
    function makerFeePpm(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(208, mload(pointer)), 0xffffffff)
        }
    }

    function setMakerFeePpm(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffff00000000ffffffffffffffffffffffffffffffffffffffffffffffffffff), shl(208, and(value, 0xffffffff))))
        }
    }

    /// @dev ppm
    function takerFeePpm(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(176, mload(pointer)), 0xffffffff)
        }
    }

    function setTakerFeePpm(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffffffff00000000ffffffffffffffffffffffffffffffffffffffffffff), shl(176, and(value, 0xffffffff))))
        }
    }

    /// @dev ppm
    function priceBandPpm(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(144, mload(pointer)), 0xffffffff)
        }
    }

    function setPriceBandPpm(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffffffffffffffff00000000ffffffffffffffffffffffffffffffffffff), shl(144, and(value, 0xffffffff))))
        }
    }

    /// @dev micro-USD
    function minOrderValue(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(80, mload(pointer)), 0xffffffffffffffff)
        }
    }

    function setMinOrderValue(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffffffffffffffffffffffff0000000000000000ffffffffffffffffffff), shl(80, and(value, 0xffffffffffffffff))))
        }
    }

    /// @dev ticks. Of the latest fill; 0: none.
    function lastPrice(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(48, mload(pointer)), 0xffffffff)
        }
    }

    function setLastPrice(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffffffffffffffffffffffffffffffffffffffff00000000ffffffffffff), shl(48, and(value, 0xffffffff))))
        }
    }

    /// @dev Linked orders, dead ones too.
    function orderCount(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(16, mload(pointer)), 0xffffffff)
        }
    }

    function setOrderCount(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffffffffffffffffffffffffffffffffffffffffffffffff00000000ffff), shl(16, and(value, 0xffffffff))))
        }
    }

    /// @dev Slot; 0: none.
    function bestBid(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := shr(224, mload(add(pointer, 32)))
        }
    }

    function setBestBid(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 32), or(and(mload(add(pointer, 32)), 0xffffffffffffffffffffffffffffffffffffffffffffffffffffffff), shl(224, value)))
        }
    }

    /// @dev Slot; 0: none.
    function bestAsk(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(192, mload(add(pointer, 32))), 0xffffffff)
        }
    }

    function setBestAsk(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 32), or(and(mload(add(pointer, 32)), 0xffffffff00000000ffffffffffffffffffffffffffffffffffffffffffffffff), shl(192, and(value, 0xffffffff))))
        }
    }

    /// @dev Head of the free list; 0: empty.
    function freeSlot(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(160, mload(add(pointer, 32))), 0xffffffff)
        }
    }

    function setFreeSlot(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 32), or(and(mload(add(pointer, 32)), 0xffffffffffffffff00000000ffffffffffffffffffffffffffffffffffffffff), shl(160, and(value, 0xffffffff))))
        }
    }

    /// @dev Slots from here on were never used; starts at 1.
    function nextSlot(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(128, mload(add(pointer, 32))), 0xffffffff)
        }
    }

    function setNextSlot(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 32), or(and(mload(add(pointer, 32)), 0xffffffffffffffffffffffff00000000ffffffffffffffffffffffffffffffff), shl(128, and(value, 0xffffffff))))
        }
    }

    /// @dev Starts at 1.
    function nextSerial(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(80, mload(add(pointer, 32))), 0xffffffffffff)
        }
    }

    function setNextSerial(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 32), or(and(mload(add(pointer, 32)), 0xffffffffffffffffffffffffffffffff000000000000ffffffffffffffffffff), shl(80, and(value, 0xffffffffffff))))
        }
    }

    /// @dev lots. Sum of the long positions.
    function openInterest(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(16, mload(add(pointer, 32))), 0xffffffffffffffff)
        }
    }

    function setOpenInterest(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 32), or(and(mload(add(pointer, 32)), 0xffffffffffffffffffffffffffffffffffffffffffff0000000000000000ffff), shl(16, and(value, 0xffffffffffffffff))))
        }
    }

    /// @dev ASCII, zero-padded at its end.
    function symbol(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := shr(128, mload(add(pointer, 64)))
        }
    }

    function setSymbol(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 64), or(and(mload(add(pointer, 64)), 0xffffffffffffffffffffffffffffffff), shl(128, value)))
        }
    }
}

/// @dev What margin reads of an instrument; same id.
library MarkRecord {
    function version(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := shr(248, mload(pointer))
        }
    }

    function setVersion(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff), shl(248, value)))
        }
    }

    function kind(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(240, mload(pointer)), 0xff)
        }
    }

    function setKind(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xff00ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff), shl(240, and(value, 0xff))))
        }
    }

    function underlying(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(224, mload(pointer)), 0xffff)
        }
    }

    function setUnderlying(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffff0000ffffffffffffffffffffffffffffffffffffffffffffffffffffffff), shl(224, and(value, 0xffff))))
        }
    }

    /// @dev micro-USD per tick per lot
    function tickValue(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(200, mload(pointer)), 0xffffff)
        }
    }

    function setTickValue(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffff000000ffffffffffffffffffffffffffffffffffffffffffffffffff), shl(200, and(value, 0xffffff))))
        }
    }

    /// @dev nano-USD per tick
    function indexPerTick(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(136, mload(pointer)), 0xffffffffffffffff)
        }
    }

    function setIndexPerTick(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffffffffff0000000000000000ffffffffffffffffffffffffffffffffff), shl(136, and(value, 0xffffffffffffffff))))
        }
    }

    /// @dev ppm
    function initialMarginPpm(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(104, mload(pointer)), 0xffffffff)
        }
    }

    function setInitialMarginPpm(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffffffffffffffffffffffffff00000000ffffffffffffffffffffffffff), shl(104, and(value, 0xffffffff))))
        }
    }

    /// @dev ppm
    function maintenanceMarginPpm(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(72, mload(pointer)), 0xffffffff)
        }
    }

    function setMaintenanceMarginPpm(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffffffffffffffffffffffffffffffffff00000000ffffffffffffffffff), shl(72, and(value, 0xffffffff))))
        }
    }
}

/// @dev Id: instrument * 2**18 + slot. A free slot keeps its version and `next`, all else zero.
library OrderRecord {
    function version(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := shr(248, mload(pointer))
        }
    }

    function setVersion(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff), shl(248, value)))
        }
    }

    function flags(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(240, mload(pointer)), 0xff)
        }
    }

    function setFlags(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xff00ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff), shl(240, and(value, 0xff))))
        }
    }

    /// @dev ticks
    function price(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(208, mload(pointer)), 0xffffffff)
        }
    }

    function setPrice(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffff00000000ffffffffffffffffffffffffffffffffffffffffffffffffffff), shl(208, and(value, 0xffffffff))))
        }
    }

    /// @dev lots. Remaining.
    function lots(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(168, mload(pointer)), 0xffffffffff)
        }
    }

    function setLots(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffffffff0000000000ffffffffffffffffffffffffffffffffffffffffff), shl(168, and(value, 0xffffffffff))))
        }
    }

    function account(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(136, mload(pointer)), 0xffffffff)
        }
    }

    function setAccount(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffffffffffffffffff00000000ffffffffffffffffffffffffffffffffff), shl(136, and(value, 0xffffffff))))
        }
    }

    function epoch(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(88, mload(pointer)), 0xffffffffffff)
        }
    }

    function setEpoch(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffffffffffffffffffffffffff000000000000ffffffffffffffffffffff), shl(88, and(value, 0xffffffffffff))))
        }
    }

    function serial(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(40, mload(pointer)), 0xffffffffffff)
        }
    }

    function setSerial(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, or(and(mload(pointer), 0xffffffffffffffffffffffffffffffffffffffffff000000000000ffffffffff), shl(40, and(value, 0xffffffffffff))))
        }
    }

    /// @dev Slot with better priority; 0: first.
    function prev(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := shr(224, mload(add(pointer, 32)))
        }
    }

    function setPrev(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 32), or(and(mload(add(pointer, 32)), 0xffffffffffffffffffffffffffffffffffffffffffffffffffffffff), shl(224, value)))
        }
    }

    /// @dev Slot with worse priority, or next free slot; 0: last.
    function next(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(192, mload(add(pointer, 32))), 0xffffffff)
        }
    }

    function setNext(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 32), or(and(mload(add(pointer, 32)), 0xffffffff00000000ffffffffffffffffffffffffffffffffffffffffffffffff), shl(192, and(value, 0xffffffff))))
        }
    }

    /// @dev milliseconds. 0: never.
    function expiryMs(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(144, mload(add(pointer, 32))), 0xffffffffffff)
        }
    }

    function setExpiryMs(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 32), or(and(mload(add(pointer, 32)), 0xffffffffffffffff000000000000ffffffffffffffffffffffffffffffffffff), shl(144, and(value, 0xffffffffffff))))
        }
    }

    function clientId(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(80, mload(add(pointer, 32))), 0xffffffffffffffff)
        }
    }

    function setClientId(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 32), or(and(mload(add(pointer, 32)), 0xffffffffffffffffffffffffffff0000000000000000ffffffffffffffffffff), shl(80, and(value, 0xffffffffffffffff))))
        }
    }

    /// @dev ppm. Of the bundle that placed it; bounds its maker fee.
    function maxFeePpm(uint256 pointer) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(48, mload(add(pointer, 32))), 0xffffffff)
        }
    }

    function setMaxFeePpm(uint256 pointer, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, 32), or(and(mload(add(pointer, 32)), 0xffffffffffffffffffffffffffffffffffffffffffff00000000ffffffffffff), shl(48, and(value, 0xffffffff))))
        }
    }
}
