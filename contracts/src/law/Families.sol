// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MESSAGE_HEAD_BYTES, OP_FAMILIES_PACKED} from "../generated/Operations.sol";
import {MESSAGE_KIND_USER_OP, SEGMENT_FAMILY_INBOX, SEGMENT_FAMILY_TRADE} from "../generated/Params.sol";
import {RESULT_UNKNOWN_TYPE, RESULT_WRONG_FAMILY} from "../generated/Results.sol";

/// @title Which family executes what (docs/protocol/segments.md)
library Families {
    /// @dev The family of ops of this type; 0 if there is none.
    function ofOp(uint256 kind) internal pure returns (uint256) {
        return (OP_FAMILIES_PACKED >> (3 * kind)) & 7;
    }

    /// @dev The result of an op that a family does not execute.
    function refusal(uint256 kind) internal pure returns (uint256) {
        return ofOp(kind) == 0 ? RESULT_UNKNOWN_TYPE : RESULT_WRONG_FAMILY;
    }

    /// @dev The family that executes a message. For a user op it is its op's family, or TRADE if the type is unknown, which that family
    /// then refuses. Messages have at least their head: the Inbox writes it.
    function ofMessage(bytes calldata message) internal pure returns (uint256 family) {
        if (uint8(message[0]) != MESSAGE_KIND_USER_OP) return SEGMENT_FAMILY_INBOX;
        if (message.length > MESSAGE_HEAD_BYTES) family = ofOp(uint8(message[MESSAGE_HEAD_BYTES]));
        if (family == 0) family = SEGMENT_FAMILY_TRADE;
    }
}
