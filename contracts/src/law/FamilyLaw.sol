// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {GLOBAL_WORDS, GlobalRecord} from "../generated/Layout.sol";
import {MESSAGE_HEAD_BYTES, MESSAGE_INPUT_HEAD_BYTES, OP_HEAD_BYTES, ORDERED_INPUT_HEAD_BYTES} from "../generated/Operations.sol";
import {BATCH_SPAN_MS, COMPUTE_OP, COMPUTE_WEIGHT_MAX, LIGHT_MESSAGES_MAX, MESSAGE_KIND_USER_OP, SEGMENT_FAMILY_INBOX} from "../generated/Params.sol";
import {SEGMENT_FLAG_VOID, SEGMENT_OPS_MAX, VOID_WEIGHT, WITNESS_WEIGHT_MAX} from "../generated/Params.sol";
import {RESULT_MALFORMED, RESULT_UNKNOWN_TYPE} from "../generated/Results.sol";
import {ILaw} from "../interfaces/ILaw.sol";
import {Arena} from "./Arena.sol";
import {ADVICE, ADVICE_END, ADVICE_USED, CLOCK, COMPUTE, DECLARED_COMPUTE, DECLARED_WITNESS, GLOBAL, HASH, INDEX, INDEX_END, MAP} from "./Memory.sol";
import {MARGIN_MODULE, NOW, OPENED, OP_BYTES, PORTFOLIO_MODULE, PRICING_MODULE, RESULTS, RESULTS_END, SENDER, TOP, TOUCHED, WITNESS, read, write} from "./Memory.sol";
import {increase} from "./Memory.sol";
import {Weight} from "./Weight.sol";

/// @title What the laws of all families share: the frame of a segment, its clock, its declaration, its outcome
/// @notice The law is what every state root follows from (docs/protocol/segments.md). Stateless and pure: no storage,
/// block, chain or gas; the outcome is a function of the arguments and, off L1, of what the caller answers to `load` and
/// `advise`. Total: with every record it asks for and right advice it never reverts, whatever the ordered bytes are. A failed
/// call, running out of gas included, always reverts.
abstract contract FamilyLaw is ILaw {
    /// The segment is of another family. L1 opens each segment with its family's law, so no order can cause this.
    error UnknownFrame(uint256 family);
    /// The compiler needs more memory than is set aside for it. Any test finds this.
    error MemoryTooLow(uint256 needed);

    address private immutable MARGIN;
    address private immutable PRICING;
    address private immutable PORTFOLIO;

    constructor(address margin_, address pricing_, address portfolio_) {
        MARGIN = margin_;
        PRICING = pricing_;
        PORTFOLIO = portfolio_;
    }

    /// @inheritdoc ILaw
    function modules() external view returns (address[] memory addresses) {
        addresses = new address[](3);
        addresses[0] = MARGIN;
        addresses[1] = PRICING;
        addresses[2] = PORTFOLIO;
    }

    /// @inheritdoc ILaw
    function execute(bytes calldata segment, bytes calldata records, bytes calldata advice)
        external
        view
        returns (bytes memory)
    {
        takeMemory(uint256(uint160(MARGIN)));
        write(PRICING_MODULE, uint256(uint160(PRICING)));
        write(PORTFOLIO_MODULE, uint256(uint160(PORTFOLIO)));
        readAdvice(advice);
        Arena.open(records);
        answer(run(segment));
    }

    /// @dev The byte of the law's family.
    function family() internal pure virtual returns (uint256);

    /// @dev Execute an op of type `kind` with its body at calldata `offset`; return its result code, or the refusal of an op of another family.
    function executeOp(uint256 kind, uint256 offset, uint256 length) internal view virtual returns (uint256 code);

    /// @dev Execute a message that is not a user op, with its payload at calldata `offset`; return its result code.
    function executeMessage(uint256, uint256, uint256) internal view virtual returns (uint256 code) {
        return RESULT_UNKNOWN_TYPE;
    }

    /// @dev Claim all memory from MAP on for the law.
    function takeMemory(uint256 margin) private pure {
        uint256 free;
        assembly ("memory-safe") {
            free := mload(0x40)
            // Solidity allocates memory for errors alone; they may overwrite what is being hashed.
            mstore(0x40, HASH)
        }
        if (free > MAP) revert MemoryTooLow(free);
        write(MARGIN_MODULE, margin);
        write(RESULTS_END, RESULTS);
    }

    /// @dev Advice that is cut off in the middle does not count: the caller is asked instead.
    function readAdvice(bytes calldata advice) private pure {
        assembly ("memory-safe") {
            mstore(ADVICE, advice.offset)
            mstore(ADVICE_END, add(advice.offset, and(advice.length, not(3))))
        }
    }

    /// @dev Read the frame and execute the ops or the messages: family u8, header time u48, then of ordered ops: time u48, declared
    /// compute u24, declared witness u24, ops; of messages: their family u8, messages. Return whether the segment is void.
    function run(bytes calldata segment) private view returns (bool) {
        (uint256 offset, uint256 end) = (0, 0);
        assembly ("memory-safe") {
            offset := segment.offset
            end := add(offset, segment.length)
        }
        unchecked {
            uint256 head = bounded(offset, end, 256); // all of it
            uint256 frame = head >> 248;
            uint256 headerTime = (head >> 200) & type(uint48).max;
            if (frame == SEGMENT_FAMILY_INBOX) {
                frame = (head >> 192) & 0xff;
                if (frame == family()) {
                    declare(type(uint256).max, type(uint256).max);
                    executeMessages(offset + MESSAGE_INPUT_HEAD_BYTES, end, headerTime);
                    return false;
                }
            } else if (frame == family()) {
                setClock((head >> 152) & type(uint48).max, headerTime);
                write(NOW, read(CLOCK));
                Arena.copy(OPENED, read(GLOBAL), 32 * GLOBAL_WORDS);
                return executeOps(
                    offset + ORDERED_INPUT_HEAD_BYTES,
                    end,
                    (head >> 128) & type(uint24).max,
                    (head >> 104) & type(uint24).max
                );
            }
            revert UnknownFrame(frame);
        }
    }

    /// @dev Execute the whole ops of calldata from `offset` to `end`, at most SEGMENT_OPS_MAX; what follows is ignored. Weights only
    /// grow, so the first excess over the declaration decides: return true, and what the ops did does not count. Weight beyond the maxima is
    /// no excess: refused ops still weigh something when the room is used up, and nobody could declare that.
    function executeOps(uint256 offset, uint256 end, uint256 declaredCompute, uint256 declaredWitness)
        private
        view
        returns (bool)
    {
        declare(
            declaredCompute >= COMPUTE_WEIGHT_MAX ? type(uint256).max : declaredCompute,
            declaredWitness >= WITNESS_WEIGHT_MAX ? type(uint256).max : declaredWitness
        );
        unchecked {
            for (uint256 i = 0;; ++i) {
                if (Weight.isPassed()) return true;
                if (i == SEGMENT_OPS_MAX) return false;
                // Type, length, body: the length is one byte, or two of which the first begins with a one.
                uint256 start = bounded(offset, end, 24);
                uint256 body = offset + 2;
                uint256 length = (start >> 8) & 0xff;
                if (length > 0x7f) {
                    length = start & 0x7fff;
                    body = offset + 3;
                }
                uint256 next = body + length;
                if (next > end) return false;
                write(OP_BYTES, next - offset);
                answerOp(start >> 16, body, length);
                offset = next;
            }
        }
        return false;
    }

    function declare(uint256 gasUnits, uint256 witness) private pure {
        write(DECLARED_COMPUTE, gasUnits);
        write(DECLARED_WITNESS, witness);
    }

    /// @dev Execute the whole messages, (length u16, message)*, from `offset` to `end`, each at its own time; at most as many as
    /// may share a segment.
    function executeMessages(uint256 offset, uint256 end, uint256 headerTime) private view {
        unchecked {
            for (uint256 i = 0; i < LIGHT_MESSAGES_MAX && offset + 2 <= end; ++i) {
                uint256 next = offset + 2 + bounded(offset, end, 16);
                if (next > end) return;
                openMessage(offset + 2, next, headerTime);
                offset = next;
            }
        }
    }

    /// @dev Execute the message of calldata from `offset` to `end`: kind u8, sender 20, time u48, payload.
    function openMessage(uint256 offset, uint256 end, uint256 headerTime) private view {
        unchecked {
            uint256 head = bounded(offset, end, 256);
            uint256 kind = head >> 248;
            uint256 time = (head >> 40) & type(uint48).max;
            setClock(time, headerTime);
            write(NOW, time);
            write(SENDER, (1 << 160) | uint160(head >> 88));
            offset += MESSAGE_HEAD_BYTES;
            uint256 length = offset < end ? end - offset : 0;
            if (kind == MESSAGE_KIND_USER_OP && length >= OP_HEAD_BYTES) {
                head = bounded(offset, end, 24);
                uint256 size = head & type(uint16).max;
                if (OP_HEAD_BYTES + size == length) {
                    answerOp(head >> 16, offset + OP_HEAD_BYTES, size);
                    return;
                }
            }
            Weight.compute(COMPUTE_OP);
            writeCode(
                read(RESULTS_END), kind == MESSAGE_KIND_USER_OP ? RESULT_MALFORMED : executeMessage(kind, offset, length)
            );
        }
    }

    /// @dev Execute one op and write its result byte (those of a bundle's actions are behind it already).
    function answerOp(uint256 kind, uint256 offset, uint256 length) private view {
        Weight.compute(COMPUTE_OP);
        uint256 place = read(RESULTS_END);
        writeCode(place, executeOp(kind, offset, length));
    }

    function writeCode(uint256 place, uint256 code) private pure {
        assembly ("memory-safe") {
            mstore8(place, code)
        }
        increase(RESULTS_END, 1);
    }

    /// @dev `bits` bits at `offset`; bytes from `end` on read as zeros.
    function bounded(uint256 offset, uint256 end, uint256 bits) private pure returns (uint256 value) {
        assembly ("memory-safe") {
            let left := mul(sub(end, offset), gt(end, offset))
            // Keep the bytes that are left: all 32 if a word or more is left.
            value := shr(sub(256, bits), and(calldataload(offset), not(shr(shl(3, left), not(0)))))
        }
    }

    /// @dev Move the clock: never back, never ahead of the header, and never further behind it than a batch's span.
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

    /// @dev Return the outcome as ABI-encoded bytes: touched u16, advice used u16, compute u32, witness u32, flags u8, length of
    /// results u16, results, changed records. A void segment has touched the global record and moved the clock, nothing else.
    function answer(bool isVoid) private pure {
        uint256 start = read(TOP);
        uint256 resultsLength = 0;
        uint256 changesEnd = read(INDEX) + 32; // of an index that begins with the global record
        uint256 head = (1 << 240) | (VOID_WEIGHT << 192) | (VOID_WEIGHT << 160) | (SEGMENT_FLAG_VOID << 152);
        if (isVoid) {
            Arena.copy(read(GLOBAL), OPENED, 32 * GLOBAL_WORDS);
        } else {
            resultsLength = read(RESULTS_END) - RESULTS;
            changesEnd = read(INDEX_END);
            head = (read(TOUCHED) << 240) | (read(ADVICE_USED) << 224) | (read(COMPUTE) << 192) | (read(WITNESS) << 160)
                | (resultsLength << 136);
        }
        write(start, 32);
        write(start + 64, head);
        Arena.copy(start + 79, RESULTS, resultsLength);
        uint256 end = Arena.writeChanges(start + 79 + resultsLength, changesEnd);
        write(start + 32, end - (start + 64));
        assembly ("memory-safe") {
            mstore(end, 0) // the padding to whole words
            return(start, and(add(sub(end, start), 31), not(31)))
        }
    }
}
