// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {BatchHeader} from "../../src/rollup/BatchHeader.sol";

/// @title The header library, callable
contract HeaderHarness {
    struct Header {
        uint256 version;
        bytes32 lawId;
        uint256 dataKind;
        uint64 number;
        bytes32 parentHash;
        uint32 sequencerEpoch;
        uint48 timeMs;
        uint64 inboxEnd;
        bytes32 rolling;
        uint64 exitEnd;
        bytes32 exitRolling;
        uint64 joined;
        uint256 segmentCount;
    }

    function read(bytes calldata header) external pure returns (Header memory) {
        return Header({
            version: BatchHeader.version(header),
            lawId: BatchHeader.lawId(header),
            dataKind: BatchHeader.dataKind(header),
            number: BatchHeader.number(header),
            parentHash: BatchHeader.parentHash(header),
            sequencerEpoch: BatchHeader.sequencerEpoch(header),
            timeMs: BatchHeader.timeMs(header),
            inboxEnd: BatchHeader.inboxEnd(header),
            rolling: BatchHeader.rolling(header),
            exitEnd: BatchHeader.exitEnd(header),
            exitRolling: BatchHeader.exitRolling(header),
            joined: BatchHeader.joined(header),
            segmentCount: BatchHeader.segmentCount(header)
        });
    }

    function batchHash(bytes calldata header, bytes32 segments) external pure returns (bytes32) {
        return BatchHeader.batchHash(header, segments);
    }
}
