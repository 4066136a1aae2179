// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccountPosition, AccountRecord, InstrumentRecord, MarkRecord} from "../generated/Layout.sol";
import {FRACTION, INSTRUMENT_KIND_CALL, MONEY_MAX, ORDER_FLAG_SELL} from "../generated/Params.sol";
import {INSTRUMENT, MARK, read, write} from "./Memory.sol";
import {Position} from "./Position.sol";
import {SignedMath} from "./SignedMath.sol";

/// @title What is pending on an entry of the action's instrument: funding, and lots that deleveraging closed
/// @dev docs/protocol/funding.md, settlement, with the bounds: |cash| < 2^105, everything within 256 bits. The mark is loaded.
library Pending {
    uint256 private constant FACTOR_MASK = 0xffffffffffffffff;

    /// @dev The size of an entry of account `id`, with what is pending.
    function sizeOf(uint256 entry, uint256 id) internal pure returns (int256 size) {
        (size,) = resolve(entry, id);
    }

    /// @dev That size, signed so that a fill of an order with these flags adds its lots to it.
    function along(uint256 entry, uint256 id, uint256 flags) internal pure returns (int256 size) {
        size = sizeOf(entry, id);
        unchecked {
            if (flags & ORDER_FLAG_SELL != 0) size = -size;
        }
    }

    /// @dev The lots of it that an order with these flags would reduce.
    function opposite(uint256 entry, uint256 id, uint256 flags) internal pure returns (uint256 lots) {
        int256 size = along(entry, id, flags);
        unchecked {
            if (size < 0) lots = uint256(-size);
        }
    }

    /// @dev The present factor of the side of a size; a size of 0 counts as long.
    function factorOf(int256 size) private pure returns (uint256) {
        return size < 0 ? MarkRecord.shortFactor(read(MARK)) : MarkRecord.longFactor(read(MARK));
    }

    /// @dev The present adl index of that side.
    function indexOf(int256 size) private pure returns (int256) {
        return size < 0 ? MarkRecord.shortAdlIndex(read(MARK)) : MarkRecord.longAdlIndex(read(MARK));
    }

    /// @dev The present funding index; 0 of an option, whose mark has other fields in its place.
    function fundingIndex() internal pure returns (int256) {
        uint256 mark = read(MARK);
        return MarkRecord.kind(mark) < INSTRUMENT_KIND_CALL ? MarkRecord.fundingIndex(mark) : int256(0);
    }

    /// @dev The size with what is pending, and how many of its lots were closed.
    function resolve(uint256 entry, uint256 id) private pure returns (int256 size, uint256 closed) {
        uint256 head = read(entry);
        size = Position.sizeOf(head);
        uint256 snap = head & FACTOR_MASK;
        if (size == 0 || snap == 0) return (size, 0);
        uint256 factor = factorOf(size);
        if (snap == factor) return (size, 0);
        unchecked {
            uint256 lots = SignedMath.magnitude(size);
            uint256 product = lots * factor;
            uint256 left;
            uint256 rest;
            assembly ("memory-safe") {
                left := div(product, snap)
                rest := mod(product, snap)
            }
            if (rest << 64 > snap * draw(head >> 240, id, size)) ++left;
            closed = lots - left;
            size = size < 0 ? -int256(left) : int256(left);
        }
    }

    /// @dev 64 bits that nobody chooses decide whether a fraction of a lot stays.
    function draw(uint256 instrument, uint256 id, int256 size) private pure returns (uint256 bits) {
        uint256 mark = read(MARK);
        uint256 time = size < 0 ? MarkRecord.shortDeleveragedMs(mark) : MarkRecord.longDeleveragedMs(mark);
        assembly ("memory-safe") {
            // account u32, instrument u16, side u8, publish time u48
            mstore(0, shl(152, or(or(shl(72, id), shl(56, instrument)), or(shl(48, slt(size, 0)), time))))
            bits := shr(192, keccak256(0, 13))
        }
    }

    /// @dev Settle an entry of account `id`: its collateral, size and indices, and both ledgers of the house. Return false, with
    /// nothing changed, if its collateral would pass ±MONEY_MAX.
    function settle(uint256 account, uint256 entry, uint256 id) internal pure returns (bool) {
        int256 before = Position.sizeOf(read(entry));
        if (before != 0) {
            (int256 size, uint256 closed) = resolve(entry, id);
            unchecked {
                int256 cash = cashOf(entry, before, size, closed);
                int256 collateral = AccountRecord.collateral(account) + cash;
                if (collateral > int256(MONEY_MAX) || collateral < -int256(MONEY_MAX)) return false;
                AccountRecord.setCollateral(account, collateral);
                uint256 instrument = read(INSTRUMENT);
                InstrumentRecord.setHouseCash(instrument, InstrumentRecord.houseCash(instrument) - cash);
                uint256 snap = read(entry) & FACTOR_MASK;
                if (snap != 0 && snap != factorOf(before)) {
                    InstrumentRecord.setHouseLots(instrument, InstrumentRecord.houseLots(instrument) + before - size);
                    meet(instrument, entry, before, closed, snap - factorOf(before));
                }
                AccountPosition.setSize(entry, size);
            }
        }
        stamp(entry);
        return true;
    }

    /// @dev Cash that comes with a settlement; each term rounds against the account.
    function cashOf(uint256 entry, int256 before, int256 size, uint256 closed) private pure returns (int256 cash) {
        unchecked {
            int256 snap = AccountPosition.fundingSnap(entry);
            cash = SignedMath.floorShift32(-size * (fundingIndex() - snap));
            if (closed == 0) return cash;
            int256 fallen = int256((read(entry) & FACTOR_MASK) - factorOf(before));
            int256 lots = int256(closed);
            cash += SignedMath.floorDiv(lots * (indexOf(before) - AccountPosition.adlSnap(entry)), fallen);
            cash += SignedMath.floorShift32((before < 0 ? -lots : lots) * snap);
        }
    }

    /// @dev Book what a settlement closed, less its exact share of what was deleveraged, to the eager ledger, so that the two meet
    /// when all is settled (docs/adr/0014).
    function meet(uint256 instrument, uint256 entry, int256 before, uint256 closed, uint256 fallen) private pure {
        unchecked {
            uint256 share = SignedMath.magnitude(before) * fallen * FRACTION / (read(entry) & FACTOR_MASK);
            int256 delta = int256(closed * FRACTION) - int256(share);
            int256 funding = fundingIndex() * int256(fallen);
            if (before < 0) funding = -funding;
            int256 price = (indexOf(before) - AccountPosition.adlSnap(entry)) * int256(FRACTION);
            int256 owed = SignedMath.ceilDiv(delta * (funding + price), int256(fallen << 64));
            InstrumentRecord.setEffectiveCash(instrument, InstrumentRecord.effectiveCash(instrument) - owed);
            if (before < 0) {
                InstrumentRecord.setShortInterest(instrument, SignedMath.addFloored(InstrumentRecord.shortInterest(instrument), -delta));
            } else {
                InstrumentRecord.setLongInterest(instrument, SignedMath.addFloored(InstrumentRecord.longInterest(instrument), -delta));
            }
        }
    }

    /// @dev Give a settled entry the present indices of its size's side.
    function stamp(uint256 entry) internal pure {
        int256 size = Position.sizeOf(read(entry));
        write(entry, (read(entry) & ~FACTOR_MASK) | factorOf(size));
        AccountPosition.setFundingSnap(entry, fundingIndex());
        AccountPosition.setAdlSnap(entry, indexOf(size));
    }
}
