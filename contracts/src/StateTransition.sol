// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {GlobalRecord} from "./generated/Layout.sol";
import {BATCH_SPAN_MS} from "./generated/Params.sol";
import {ILaw} from "./interfaces/ILaw.sol";
import {Arena} from "./law/Arena.sol";
import {Inbox} from "./law/Inbox.sol";
import {ADVICE, ADVICE_END, ADVICE_USED, CLOCK, COMPUTE, GLOBAL, HASH, MAP, MARGIN_MODULE, NOW} from "./law/Memory.sol";
import {RESULTS, RESULTS_END, SENDER, TOP, TOUCHED, WITNESS, read, write} from "./law/Memory.sol";
import {Ops} from "./law/Ops.sol";

/// @title The law: what every state root follows from (docs/protocol/)
/// @notice Stateless and pure: no storage, no block, no chain, no gas; the outcome is a function of the arguments and, off
/// L1, of what the caller answers to `load` and `advise`. Total: with every record it asks for and right advice it never
/// reverts, whatever the ordered bytes are. A failed call, running out of gas included, always reverts.
contract StateTransition is ILaw {
    /// The segment's first byte is not 0 (ops) or 1 (message). L1 frames segments, so nobody can order one.
    error UnknownFrame(uint256 kind);
    /// The compiler needs more memory than is set aside for it (found when it is compiled, by any test).
    error MemoryTooLow(uint256 needed);

    uint256 private constant FRAME_BYTES = 7; // kind u8, header time u48
    uint256 private constant TIME_BYTES = 6;

    address private immutable MARGIN;

    constructor(address margin_) {
        MARGIN = margin_;
    }

    /// @inheritdoc ILaw
    function modules() external view returns (address[] memory addresses) {
        addresses = new address[](1);
        addresses[0] = MARGIN;
    }

    /// @inheritdoc ILaw
    function execute(bytes calldata segment, bytes calldata records, bytes calldata advice)
        external
        view
        returns (bytes memory)
    {
        takeMemory(uint256(uint160(MARGIN)));
        readAdvice(advice);
        Arena.open(records);
        run(segment);
        answer();
    }

    /// @dev Make all memory from MAP on the law's.
    function takeMemory(uint256 margin) private pure {
        uint256 free;
        assembly ("memory-safe") {
            free := mload(0x40)
            // Solidity allocates for errors only, and may do so where hashes are prepared.
            mstore(0x40, HASH)
        }
        if (free > MAP) revert MemoryTooLow(free);
        write(MARGIN_MODULE, margin);
        write(RESULTS_END, RESULTS);
    }

    /// @dev Advice that is cut off in the middle does not count: what it lacks is asked of the caller.
    function readAdvice(bytes calldata advice) private pure {
        assembly ("memory-safe") {
            mstore(ADVICE, advice.offset)
            mstore(ADVICE_END, add(advice.offset, and(advice.length, not(3))))
        }
    }

    /// @dev Read the frame, set the clock, execute the ops or the message.
    function run(bytes calldata segment) private view {
        (uint256 offset, uint256 length) = (0, 0);
        assembly ("memory-safe") {
            offset := segment.offset
            length := segment.length
        }
        unchecked {
            uint256 end = offset + length;
            uint256 kind = bounded(offset, end, 8);
            uint256 headerTime = bounded(offset + 1, end, 48);
            offset += FRAME_BYTES;
            if (kind == 0) {
                setClock(bounded(offset, end, 48), headerTime);
                write(NOW, read(CLOCK));
                Ops.executeAll(offset + TIME_BYTES, end);
            } else if (kind == 1) {
                uint256 time = bounded(offset + 21, end, 48);
                setClock(time, headerTime);
                write(NOW, time);
                write(SENDER, (1 << 160) | bounded(offset + 1, end, 160));
                uint256 payload = offset + Inbox.HEAD_BYTES;
                Inbox.execute(bounded(offset, end, 8), payload, payload < end ? end - payload : 0);
            } else {
                revert UnknownFrame(kind);
            }
        }
    }

    /// @dev `bits` bits at `offset`, where bytes from `end` on count as zeros.
    function bounded(uint256 offset, uint256 end, uint256 bits) private pure returns (uint256 value) {
        assembly ("memory-safe") {
            let left := mul(sub(end, offset), gt(end, offset))
            // Keep the bytes that are left: all of them if a word or more is.
            value := shr(sub(256, bits), and(calldataload(offset), not(shr(shl(3, left), not(0)))))
        }
    }

    /// @dev The clock never goes back, nor ahead of the header, nor further behind it than the span of a batch.
    function setClock(uint256 time, uint256 headerTime) private pure {
        unchecked {
            uint256 earliest = headerTime > BATCH_SPAN_MS ? headerTime - BATCH_SPAN_MS : 0;
            if (time < earliest) time = earliest;
            if (time > headerTime) time = headerTime;
            uint256 clock = GlobalRecord.clockMs(read(GLOBAL));
            if (time > clock) {
                clock = time;
                GlobalRecord.setClockMs(read(GLOBAL), time);
            }
            write(CLOCK, clock);
        }
    }

    /// @dev Return the outcome as ABI-encoded bytes: touched u16, advice used u16, compute u32, witness u32, length of results
    /// u16, results, changed records.
    function answer() private pure {
        uint256 start = read(TOP);
        uint256 resultsLength = read(RESULTS_END) - RESULTS;
        uint256 head = (read(TOUCHED) << 240) | (read(ADVICE_USED) << 224) | (read(COMPUTE) << 192) | (read(WITNESS) << 160)
            | (resultsLength << 144);
        write(start, 32);
        write(start + 64, head);
        Arena.copy(start + 78, RESULTS, resultsLength);
        uint256 end = Arena.writeChanges(start + 78 + resultsLength);
        write(start + 32, end - (start + 64));
        assembly ("memory-safe") {
            mstore(end, 0) // the padding to whole words
            return(start, and(add(sub(end, start), 31), not(31)))
        }
    }
}
