// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {PREFIX_BATCH} from "../generated/Params.sol";

/// @title The fields of a batch's header (docs/protocol/batches-and-claims.md)
/// @dev `header` is HEADER_BYTES long: the caller has checked that.
library BatchHeader {
    function version(bytes calldata header) internal pure returns (uint256) {
        return uint8(header[0]);
    }

    function lawId(bytes calldata header) internal pure returns (bytes32) {
        return bytes32(header[1:33]);
    }

    function dataKind(bytes calldata header) internal pure returns (uint256) {
        return uint8(header[33]);
    }

    function number(bytes calldata header) internal pure returns (uint64) {
        return uint64(bytes8(header[34:42]));
    }

    function parentHash(bytes calldata header) internal pure returns (bytes32) {
        return bytes32(header[42:74]);
    }

    function sequencerEpoch(bytes calldata header) internal pure returns (uint32) {
        return uint32(bytes4(header[74:78]));
    }

    function timeMs(bytes calldata header) internal pure returns (uint48) {
        return uint48(bytes6(header[78:84]));
    }

    function inboxEnd(bytes calldata header) internal pure returns (uint64) {
        return uint64(bytes8(header[84:92]));
    }

    function rolling(bytes calldata header) internal pure returns (bytes32) {
        return bytes32(header[92:124]);
    }

    function segmentCount(bytes calldata header) internal pure returns (uint256) {
        return uint16(bytes2(header[124:126]));
    }

    /// @dev The batch hash of this header and the commitment to the batch's segments.
    function batchHash(bytes calldata header, bytes32 segments) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(PREFIX_BATCH, header, segments));
    }
}
