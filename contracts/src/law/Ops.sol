// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {COMPUTE_OP, OP_TYPE_BUNDLE, OP_TYPE_INDEX_PRICE, OP_TYPE_SET_SESSION} from "../generated/Params.sol";
import {OP_TYPE_SWEEP, OP_TYPE_WITHDRAW, SEGMENT_OPS_MAX} from "../generated/Params.sol";
import {RESULT_UNKNOWN_TYPE} from "../generated/Results.sol";
import {RESULTS_END, field, increase, read} from "./Memory.sol";
import {Weight} from "./Weight.sol";
import {Bundle} from "./ops/Bundle.sol";
import {IndexPrice} from "./ops/IndexPrice.sol";
import {SetSession} from "./ops/SetSession.sol";
import {Sweep} from "./ops/Sweep.sol";
import {Withdraw} from "./ops/Withdraw.sol";

/// @title Ops: type u8, length u16, body
library Ops {
    uint256 internal constant HEAD_BYTES = 3;

    /// @dev Execute the whole ops of calldata from `offset` to `end`, at most SEGMENT_OPS_MAX. What follows is ignored.
    function executeAll(uint256 offset, uint256 end) internal view {
        unchecked {
            for (uint256 i = 0; i < SEGMENT_OPS_MAX; ++i) {
                if (offset + HEAD_BYTES > end) return;
                uint256 length = field(offset + 1, 16);
                uint256 next = offset + HEAD_BYTES + length;
                if (next > end) return;
                Weight.compute(COMPUTE_OP);
                execute(field(offset, 8), offset + HEAD_BYTES, length);
                offset = next;
            }
        }
    }

    /// @dev Execute one op and write its result byte (those of a bundle's actions are behind it already).
    function execute(uint256 kind, uint256 offset, uint256 length) internal view {
        uint256 place = read(RESULTS_END);
        uint256 code = RESULT_UNKNOWN_TYPE;
        if (kind == OP_TYPE_BUNDLE) code = Bundle.execute(offset, length);
        else if (kind == OP_TYPE_WITHDRAW) code = Withdraw.execute(offset, length);
        else if (kind == OP_TYPE_SET_SESSION) code = SetSession.execute(offset, length);
        else if (kind == OP_TYPE_INDEX_PRICE) code = IndexPrice.execute(offset, length);
        else if (kind == OP_TYPE_SWEEP) code = Sweep.execute(offset, length);
        assembly ("memory-safe") {
            mstore8(place, code)
        }
        increase(RESULTS_END, 1);
    }
}
