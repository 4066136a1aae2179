// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {KIND_HEIGHTS_PACKED} from "../generated/Layout.sol";
import {COMPUTE_WEIGHT_MAX, WEIGHT_RECORD_BYTES, WITNESS_WEIGHT_MAX} from "../generated/Params.sol";
import {COMPUTE, TOUCHED, WITNESS, increase, read} from "./Memory.sol";

/// @title What a segment costs whoever disputes it, counted and reserved (docs/protocol.md, weight)
library Weight {
    // Bits in x, for x below 32, at byte x.
    uint256 private constant BIT_LENGTHS = 0x0001020203030303040404040404040405050505050505050505050505050505;

    /// @dev Count the first touch of a record of `kind` that had `words` words.
    function touch(uint256 kind, uint256 words) internal pure {
        assembly ("memory-safe") {
            let shift := shl(4, kind)
            let packed := mload(TOUCHED)
            let others := and(shr(shift, packed), 0xffff)
            // Never carries: WITNESS_WEIGHT_MAX admits fewer than 3,000 records.
            mstore(TOUCHED, add(packed, shl(shift, 1)))
            // marginal(h, 1) = h; marginal(h, n) = max(0, h - ceil(log2 n) - 1), where ceil(log2 n) = bits in n - 1.
            let height := and(shr(shl(3, kind), KIND_HEIGHTS_PACKED), 0xff)
            let coarse := mul(5, add(gt(others, 31), gt(others, 1023)))
            let saved := add(add(coarse, byte(shr(coarse, others), BIT_LENGTHS)), iszero(iszero(others)))
            let marginal := mul(sub(height, saved), gt(height, saved))
            mstore(WITNESS, add(mload(WITNESS), add(WEIGHT_RECORD_BYTES, shl(5, add(words, marginal)))))
        }
    }

    function compute(uint256 gasUnits) internal pure {
        increase(COMPUTE, gasUnits);
    }

    /// @dev The most siblings that n leaves of a tree of height `height` can need.
    function siblings(uint256 height, uint256 n) private pure returns (uint256 count) {
        assembly ("memory-safe") {
            let most := shl(sub(height, 1), 1)
            n := xor(n, mul(xor(n, most), gt(n, most)))
            if n {
                let below := sub(n, 1)
                let coarse := mul(5, add(gt(below, 31), gt(below, 1023)))
                let levels := add(coarse, byte(shr(coarse, below), BIT_LENGTHS))
                count := sub(add(mul(n, sub(height, levels)), shl(levels, 1)), n)
            }
        }
    }

    /// @dev Witness weight to reserve for `count` more records of `kind`, each of at most `words` words.
    function reserve(uint256 kind, uint256 count, uint256 words) internal pure returns (uint256) {
        unchecked {
            uint256 height = (KIND_HEIGHTS_PACKED >> (8 * kind)) & 0xff;
            uint256 n = (read(TOUCHED) >> (16 * kind)) & 0xffff;
            uint256 more = siblings(height, n + count) - siblings(height, n);
            return count * (WEIGHT_RECORD_BYTES + 32 * words) + 32 * more;
        }
    }

    /// @dev Whether the segment has room for these reserves.
    function fits(uint256 witness, uint256 gasUnits) internal pure returns (bool) {
        unchecked {
            return read(WITNESS) + witness <= WITNESS_WEIGHT_MAX && read(COMPUTE) + gasUnits <= COMPUTE_WEIGHT_MAX;
        }
    }
}
