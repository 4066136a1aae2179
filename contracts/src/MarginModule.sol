// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {INDEX_STALE_MS, PPM} from "./generated/Params.sol";

/// @title The law's margin module: bytes in, bytes out (docs/protocol.md, money and margin)
/// @notice Call data, without a selector: collateral (int256), now (ms), then four words for each position entry: its two
/// words, its instrument's mark record, that one's underlying record. Answers four words: 1 if the account is stale else
/// 0, equity (int256), initial and maintenance requirement, in micro-USD.
/// @dev Pure. Unchecked, as fields bound every term: |size| < 2^64 as a field, lots < 2^48, mark < 2^32, tick_value < 2^24,
/// ppm < 2^32, values < 2^80: a product stays below 2^153, a sum of 16 below 2^157. Never reverts on whole entries.
contract MarginModule {
    fallback() external {
        unchecked {
            int256 equity;
            uint256 nowMs;
            uint256 end;
            assembly ("memory-safe") {
                equity := calldataload(0)
                nowMs := calldataload(32)
                end := calldatasize()
            }
            uint256 initial;
            uint256 maintenance;
            uint256 stale;
            for (uint256 offset = 64; offset < end; offset += 128) {
                (uint256 unit, uint256 mark, uint256 terms, uint256 late) = markOf(offset, nowMs);
                stale |= late;
                (int256 size, uint256 exposure) = entryAt(offset);
                equity += size * int256(unit);
                uint256 magnitude = uint256(size < 0 ? -size : size);
                maintenance += (magnitude * unit * ((terms >> 72) & 0xffffffff) + (PPM - 1)) / PPM;
                if (exposure != 0) {
                    uint256 excess;
                    (magnitude, excess) = worstSide(size, exposure, mark);
                    initial += excess * ((terms >> 200) & 0xffffff);
                }
                initial += (magnitude * unit * ((terms >> 104) & 0xffffffff) + (PPM - 1)) / PPM;
            }
            assembly ("memory-safe") {
                // Scratch and beyond: nothing else runs any more.
                mstore(0x80, stale)
                mstore(0xa0, equity)
                mstore(0xc0, initial)
                mstore(0xe0, maintenance)
                return(0x80, 128)
            }
        }
    }

    /// @dev Size and packed exposure of the entry at `offset`.
    function entryAt(uint256 offset) private pure returns (int256 size, uint256 exposure) {
        assembly ("memory-safe") {
            size := sar(192, shl(80, calldataload(offset)))
            exposure := calldataload(add(offset, 32))
        }
    }

    /// @dev Of the entry at `offset`: micro-USD of one lot at the mark; the mark in ticks; the mark record; 1 if stale.
    function markOf(uint256 offset, uint256 nowMs)
        private
        pure
        returns (uint256 unit, uint256 mark, uint256 terms, uint256 late)
    {
        assembly ("memory-safe") {
            terms := calldataload(add(offset, 64))
            let underlying := calldataload(add(offset, 96))
            let index := and(shr(184, underlying), 0xffffffffffffffff)
            let published := and(shr(136, underlying), 0xffffffffffff)
            // Listing admits no index_per_tick of 0 (division by which gives 0, and no revert).
            mark := div(index, and(shr(136, terms), 0xffffffffffffffff))
            if gt(mark, 0xffffffff) { mark := 0xffffffff }
            unit := mul(mark, and(shr(200, terms), 0xffffff))
            late := or(iszero(index), lt(add(published, INDEX_STALE_MS), nowMs))
        }
    }

    /// @dev The largest position that the open orders of one side could lead to, and what they would lose at their
    /// limits against the mark, in ticks × lots.
    function worstSide(int256 size, uint256 exposure, uint256 mark)
        private
        pure
        returns (uint256 magnitude, uint256 excess)
    {
        unchecked {
            int256 buyLots = int256(exposure >> 208);
            int256 sellLots = int256((exposure >> 160) & 0xffffffffffff);
            int256 long = size + buyLots;
            int256 short = size - sellLots;
            if (long < 0) long = -long;
            if (short < 0) short = -short;
            magnitude = uint256(long > short ? long : short);
            int256 ticks = int256(mark);
            int256 buyExcess = int256((exposure >> 80) & 0xffffffffffffffffffff) - buyLots * ticks;
            int256 sellExcess = sellLots * ticks - int256(exposure & 0xffffffffffffffffffff);
            if (buyExcess > 0) excess = uint256(buyExcess);
            if (sellExcess > 0) excess += uint256(sellExcess);
        }
    }
}
