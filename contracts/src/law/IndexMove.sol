// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {GlobalRecord, UnderlyingRecord} from "../generated/Layout.sol";
import {BUCKET_CAPACITY_PPM, BUCKET_RATE_PPM, PPM} from "../generated/Params.sol";
import {GLOBAL, read} from "./Memory.sol";
import {SignedMath} from "./SignedMath.sol";

/// @title How far a reported price moves the index, and what it says about the underlying's volatility (docs/protocol/prices.md)
/// @dev index < 2^60 and times < 2^48, so products with ppm stay below 2^128; the variance stays below 2^64 (the page's bounds).
library IndexMove {
    uint256 private constant VARIANCE_TAU_MS = 600_000; // of a venue before its first setting

    /// @dev Update an underlying's record with the median `reported`, of publish time `published`.
    function update(uint256 underlying, uint256 reported, uint256 published) internal pure {
        unchecked {
            uint256 index = UnderlyingRecord.indexPrice(underlying);
            uint256 bucket = BUCKET_CAPACITY_PPM;
            uint256 variance = 0;
            uint256 moved = reported;
            if (index != 0) {
                // At least PUBLISH_SPACING_MS.
                uint256 elapsed = published - UnderlyingRecord.publishTimeMs(underlying);
                bucket = least(BUCKET_CAPACITY_PPM, UnderlyingRecord.bucketPpm(underlying) + BUCKET_RATE_PPM * elapsed / 1000);
                uint256 reach = index * bucket / PPM;
                if (moved > index + reach) moved = index + reach;
                if (moved + reach < index) moved = index - reach;
                bucket -= (distance(moved, index) * PPM + index - 1) / index;
                variance = meanSquare(underlying, reported, elapsed);
            }
            UnderlyingRecord.setIndexPrice(underlying, moved);
            UnderlyingRecord.setRawPrice(underlying, reported);
            UnderlyingRecord.setPublishTimeMs(underlying, published);
            UnderlyingRecord.setBucketPpm(underlying, bucket);
            UnderlyingRecord.setVariance(underlying, variance);
            UnderlyingRecord.setSlopePpm(underlying, slope(variance));
            UnderlyingRecord.setOrphanMs(underlying, 0);
        }
    }

    /// @dev The variance, ppm² a second, after a report `elapsed` ms after the last one: never below 0.
    function meanSquare(uint256 underlying, uint256 reported, uint256 elapsed) private pure returns (uint256) {
        unchecked {
            uint256 raw = UnderlyingRecord.rawPrice(underlying);
            uint256 move = least(PPM, distance(reported, raw) * PPM / raw);
            uint256 tau = GlobalRecord.varianceTauMs(read(GLOBAL));
            if (tau == 0) tau = VARIANCE_TAU_MS;
            int256 variance = int256(UnderlyingRecord.variance(underlying));
            int256 change = int256(move * move * 1000) - variance * int256(elapsed);
            return uint256(variance + SignedMath.floorDiv(change, int256(elapsed + tau)));
        }
    }

    /// @dev How much requirements grow in a second, in ppm: a minute's deviation times a factor.
    function slope(uint256 variance) private pure returns (uint256 ppm) {
        unchecked {
            uint256 global = read(GLOBAL);
            uint256 deviation = squareRoot(variance * PPM / 60);
            ppm = (GlobalRecord.slopeFactorPpm(global) * deviation + PPM * 1000 - 1) / (PPM * 1000);
            ppm = least(ppm, GlobalRecord.slopeMostPpm(global));
            uint256 floor = GlobalRecord.slopeLeastPpm(global);
            if (ppm < floor) ppm = floor;
        }
    }

    function least(uint256 a, uint256 b) private pure returns (uint256) {
        return a < b ? a : b;
    }

    function distance(uint256 a, uint256 b) private pure returns (uint256) {
        unchecked {
            return a < b ? b - a : a - b;
        }
    }

    /// @dev The square root, rounded down, of a value below 2^128. Newton's steps from above fall until they reach it.
    function squareRoot(uint256 value) private pure returns (uint256 root) {
        assembly ("memory-safe") {
            if value {
                root := 1
                let rest := value
                for {} gt(rest, 3) {} {
                    rest := shr(2, rest)
                    root := shl(1, root)
                }
                root := shl(1, root) // at least the root
                for {} 1 {} {
                    let next := shr(1, add(root, div(value, root)))
                    if iszero(lt(next, root)) { break }
                    root := next
                }
            }
        }
    }
}
