// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {HEADER_BYTES, HEADER_DATA_KIND_OFFSET, HEADER_INBOX_END_OFFSET} from "../generated/Operations.sol";
import {HEADER_INBOX_ROLLING_OFFSET, HEADER_LAW_ID_OFFSET, HEADER_NUMBER_OFFSET} from "../generated/Operations.sol";
import {HEADER_EXIT_END_OFFSET, HEADER_EXIT_ROLLING_OFFSET} from "../generated/Operations.sol";
import {HEADER_JOINED_OFFSET, HEADER_PARENT_HASH_OFFSET, HEADER_SEGMENT_COUNT_OFFSET} from "../generated/Operations.sol";
import {HEADER_SEQUENCER_EPOCH_OFFSET, HEADER_TIME_MS_OFFSET} from "../generated/Operations.sol";
import {PREFIX_BATCH} from "../generated/Params.sol";

/// @title The fields of a batch's header (docs/protocol/batches-and-claims.md)
/// @dev `header` is HEADER_BYTES long: the caller has checked that.
library BatchHeader {
    function version(bytes calldata header) internal pure returns (uint256) {
        return uint8(header[0]);
    }

    function lawId(bytes calldata header) internal pure returns (bytes32) {
        return bytes32(header[HEADER_LAW_ID_OFFSET:HEADER_DATA_KIND_OFFSET]);
    }

    function dataKind(bytes calldata header) internal pure returns (uint256) {
        return uint8(header[HEADER_DATA_KIND_OFFSET]);
    }

    function number(bytes calldata header) internal pure returns (uint64) {
        return uint64(bytes8(header[HEADER_NUMBER_OFFSET:HEADER_PARENT_HASH_OFFSET]));
    }

    function parentHash(bytes calldata header) internal pure returns (bytes32) {
        return bytes32(header[HEADER_PARENT_HASH_OFFSET:HEADER_SEQUENCER_EPOCH_OFFSET]);
    }

    function sequencerEpoch(bytes calldata header) internal pure returns (uint32) {
        return uint32(bytes4(header[HEADER_SEQUENCER_EPOCH_OFFSET:HEADER_TIME_MS_OFFSET]));
    }

    function timeMs(bytes calldata header) internal pure returns (uint48) {
        return uint48(bytes6(header[HEADER_TIME_MS_OFFSET:HEADER_INBOX_END_OFFSET]));
    }

    function inboxEnd(bytes calldata header) internal pure returns (uint64) {
        return uint64(bytes8(header[HEADER_INBOX_END_OFFSET:HEADER_INBOX_ROLLING_OFFSET]));
    }

    function rolling(bytes calldata header) internal pure returns (bytes32) {
        return bytes32(header[HEADER_INBOX_ROLLING_OFFSET:HEADER_EXIT_END_OFFSET]);
    }

    function exitEnd(bytes calldata header) internal pure returns (uint64) {
        return uint64(bytes8(header[HEADER_EXIT_END_OFFSET:HEADER_EXIT_ROLLING_OFFSET]));
    }

    function exitRolling(bytes calldata header) internal pure returns (bytes32) {
        return bytes32(header[HEADER_EXIT_ROLLING_OFFSET:HEADER_JOINED_OFFSET]);
    }

    function joined(bytes calldata header) internal pure returns (uint64) {
        return uint64(bytes8(header[HEADER_JOINED_OFFSET:HEADER_SEGMENT_COUNT_OFFSET]));
    }

    function segmentCount(bytes calldata header) internal pure returns (uint256) {
        return uint16(bytes2(header[HEADER_SEGMENT_COUNT_OFFSET:HEADER_BYTES]));
    }

    /// @dev The batch hash of this header and the commitment to the batch's segments.
    function batchHash(bytes calldata header, bytes32 segments) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(PREFIX_BATCH, header, segments));
    }
}
