// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {GlobalRecord, UnderlyingRecord} from "../generated/Layout.sol";
import {L1_BYTE_GAS, L1_FEE_DIVISOR} from "../generated/Params.sol";
import {Arena} from "./Arena.sol";
import {GLOBAL, OP_BYTES, SENDER, read} from "./Memory.sol";

/// @title What L1 costs, charged to the account whose bytes it takes (docs/protocol/l1-cost.md)
library L1Cost {
    /// @dev What L1 takes for an ordered op's bytes, in micro-USD, rounded up: in favour of the venue. Bytes < 2^12, prices ≤ 2^63 wei
    /// and < 2^60 nano-USD: below 2^142.
    function fee() internal view returns (uint256 microUsd) {
        uint256 eth = GlobalRecord.ethUnderlying(read(GLOBAL));
        if (eth == 0 || read(SENDER) != 0) return 0;
        unchecked {
            uint256 index = UnderlyingRecord.indexPrice(Arena.underlying(eth));
            microUsd = read(OP_BYTES) * L1_BYTE_GAS * GlobalRecord.l1GasPrice(read(GLOBAL)) * index;
            return (microUsd + L1_FEE_DIVISOR - 1) / L1_FEE_DIVISOR;
        }
    }
}
