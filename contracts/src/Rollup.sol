// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {GLOBAL_KIND, GLOBAL_WORDS, GlobalRecord} from "./generated/Layout.sol";
import {HEADER_BYTES} from "./generated/Operations.sol";
import {
    EIP712_DOMAIN_TYPEHASH,
    EIP712_NAME_HASH,
    EIP712_VERSION_HASH,
    KINDS,
    PREFIX_LEAF,
    PREFIX_STATE,
    SEGMENT_FAMILY_INBOX,
    SEGMENT_FLAG_VOID
} from "./generated/Params.sol";
import {ILaw} from "./interfaces/ILaw.sol";
import {Batch, Challenge, Claim, Defect, Disproof, IRollup, RollupConfig} from "./interfaces/IRollup.sol";
import {Families} from "./law/Families.sol";
import {Multiproof} from "./proof/Multiproof.sol";
import {StaticList} from "./proof/StaticList.sol";
import {BatchHeader} from "./rollup/BatchHeader.sol";
import {Bonds} from "./rollup/Bonds.sol";
import {BatchChain} from "./rollup/BatchChain.sol";
import {ClaimChain} from "./rollup/ClaimChain.sol";
import {ForcedInclusion} from "./rollup/ForcedInclusion.sol";
import {Governed} from "./rollup/Governed.sol";
import {LawRegistry} from "./rollup/LawRegistry.sol";
import {SequencerKeys} from "./rollup/SequencerKeys.sol";

/// @title Strikeproof's rollup: orders batches, keeps claims, deletes the wrong ones
/// @notice docs/protocol/challenges.md. A challenge is one pure computation: which root does the law give for this
/// segment of this state? It leaves nothing behind but its verdict.
contract Rollup is ClaimChain {
    using BatchHeader for bytes;

    uint256 private constant MESSAGE_LENGTH_BYTES = 2;
    uint256 private constant RESULT_HEAD_BYTES = 15; // touched, advice used, two weights, flags, results' length

    bytes32 public immutable genesisRoot;
    bytes32 public immutable domainSeparator;

    bool private transient _entered;

    constructor(RollupConfig memory config)
        Governed(config)
        LawRegistry(config)
        SequencerKeys(config)
        ForcedInclusion(config)
        BatchChain(config)
    {
        domainSeparator = keccak256(
            abi.encode(
                EIP712_DOMAIN_TYPEHASH, EIP712_NAME_HASH, EIP712_VERSION_HASH, block.chainid, address(this)
            )
        );
        genesisRoot = _genesisRoot(domainSeparator);
        _openWith(genesisRoot);
    }

    /// @inheritdoc IRollup
    function challenge(Challenge calldata given) external returns (bytes32 rightRoot) {
        if (_entered) revert Reentered();
        _entered = true;
        Claim memory claim_ = _standing(given.number);
        if (claim_.claimHash != given.claimHash) {
            revert UnknownClaim(given.number, given.claimHash, claim_.claimHash);
        }
        if (isFinal(given.number)) revert ClaimIsFinal(given.number, claim_.deadline);
        Batch memory batch_ = _batch(given.number);
        if (given.segmentIndex >= batch_.segmentCount) revert Incomplete(Defect.ROOT_INDEX);
        _checkRoots(given, claim_, batch_);
        (uint256 family, bytes memory input) = _openSegment(given, batch_);
        rightRoot = _execute(given, family, input);
        if (rightRoot == given.postRoot) revert ClaimIsCorrect(given.number, given.segmentIndex);

        emit ClaimDeleted(
            given.number, given.claimHash, msg.sender, given.segmentIndex, rightRoot, claimCount
        );
        claimCount = given.number;
        Disproof memory disproof_ = Disproof({
            claimHash: given.claimHash,
            rightRoot: rightRoot,
            proposer: claim_.proposer,
            segmentIndex: given.segmentIndex,
            postedBlock: claim_.postedBlock,
            deletedBlock: uint32(block.number)
        });
        _slash(disproof_, given.salt);
        _entered = false;
    }

    /// @dev Roots i and i + 1 are those of the claim: both paths lead to the one commitment in its hash.
    function _checkRoots(Challenge calldata given, Claim memory claim_, Batch memory batch_) private view {
        uint256 count = uint256(batch_.segmentCount) + 1;
        (bool preOk, bytes32 root) = StaticList.rootFromPath(
            StaticList.leafOfWord(given.preRoot), given.segmentIndex, count, given.preRootPath
        );
        (bool postOk, bytes32 postListRoot) = StaticList.rootFromPath(
            StaticList.leafOfWord(given.postRoot), given.segmentIndex + 1, count, given.postRootPath
        );
        bytes32 claimHash = _claimHash(
            given.number,
            batch_.batchHash,
            _claim(given.number - 1).claimHash,
            claim_.proposer,
            StaticList.commitment(count, root)
        );
        if (!preOk || !postOk || postListRoot != root || claimHash != claim_.claimHash) {
            revert Incomplete(Defect.ROOTS);
        }
    }

    /// @dev The law's input for segment i, and the family whose law executes it: first the exits and the messages that the batch
    /// consumes, then its own segments.
    function _openSegment(Challenge calldata given, Batch memory batch_)
        private
        view
        returns (uint256 family, bytes memory input)
    {
        bytes calldata header = given.header;
        if (header.length != HEADER_BYTES) revert Incomplete(Defect.HEADER);
        uint256 ordered = header.segmentCount();
        // With the header of another batch this may be anything; the batch hash is checked below.
        uint256 ofInbox = batch_.segmentCount >= ordered ? batch_.segmentCount - ordered : 0;
        bytes32 segments = given.segments;
        bool isOrdered = given.segmentIndex >= ofInbox;
        if (isOrdered) {
            (bool ok, bytes32 root) = StaticList.rootFromPath(
                StaticList.leaf(given.segment), given.segmentIndex - ofInbox, ordered, given.segmentPath
            );
            if (!ok) revert Incomplete(Defect.SEGMENT);
            segments = StaticList.commitment(ordered, root);
        }
        if (header.batchHash(segments) != batch_.batchHash) {
            revert Incomplete(isOrdered ? Defect.SEGMENT : Defect.HEADER);
        }
        if (isOrdered) {
            // Batches hold no segment shorter than its head, and none of another family than the sequencer's.
            family = uint8(given.segment[0]);
            return (family, abi.encodePacked(uint8(family), header.timeMs(), given.segment[1:]));
        }
        Batch storage parent = _batch(given.number - 1);
        uint256 exits = header.exitEnd() - parent.exitEnd;
        if (given.segmentIndex < exits) {
            _checkMessages(given, 1, exits - given.segmentIndex, header.exitRolling());
        } else {
            (uint256 first, uint256 count) = _run(header.joined(), given.segmentIndex - exits);
            _checkMessages(given, count, header.inboxEnd() - parent.inboxEnd - first, header.rolling());
        }
        family = Families.ofMessage(given.segment[MESSAGE_LENGTH_BYTES:]);
        input = abi.encodePacked(uint8(SEGMENT_FAMILY_INBOX), header.timeMs(), uint8(family), given.segment);
    }

    /// @dev Which messages share segment `index` of a batch's messages: the first of them, and how many they are.
    function _run(uint256 joined, uint256 index) private pure returns (uint256 first, uint256 count) {
        for (;; ++first) {
            if ((joined >> first) & 1 != 0) continue;
            if (index == 0) break;
            --index;
        }
        count = 1;
        while ((joined >> (first + count)) & 1 != 0) ++count;
    }

    /// @dev The rolling hash before the messages, then they, (length u16, message)*, then the hashes of those after them roll to the one
    /// that the header has at the end of their lane: so they are the messages of that place, whatever the Inbox still remembers.
    /// @param count How many there are in the segment.
    /// @param left How many of the batch there are in their lane from the first of them on.
    function _checkMessages(Challenge calldata given, uint256 count, uint256 left, bytes32 last) private pure {
        if (given.segmentPath.length != 1 + left - count) revert Incomplete(Defect.MESSAGE);
        bytes32 rolling = given.segmentPath[0];
        bytes calldata body = given.segment;
        for (uint256 i = 0; i < count; ++i) {
            if (body.length < MESSAGE_LENGTH_BYTES) revert Incomplete(Defect.MESSAGE);
            uint256 end = MESSAGE_LENGTH_BYTES + uint16(bytes2(body));
            if (body.length < end) revert Incomplete(Defect.MESSAGE);
            rolling = keccak256(abi.encodePacked(rolling, keccak256(body[MESSAGE_LENGTH_BYTES:end])));
            body = body[end:];
        }
        if (body.length != 0) revert Incomplete(Defect.MESSAGE);
        for (uint256 i = 1; i < given.segmentPath.length; ++i) {
            rolling = keccak256(abi.encodePacked(rolling, given.segmentPath[i]));
        }
        if (rolling != last) revert Incomplete(Defect.MESSAGE);
    }

    /// @dev The root after the segment, by the law that the batch pins. Only a call that returns counts: whatever makes it
    /// fail, too little gas included, reverts.
    function _execute(Challenge calldata given, uint256 family, bytes memory input)
        private
        view
        returns (bytes32 afterwards)
    {
        address law = _unchangedLaw(given.header.lawId(), family);
        (bool returned, bytes memory output) =
            law.staticcall(abi.encodeCall(ILaw.execute, (input, given.records, given.advice)));
        if (!returned) revert Incomplete(Defect.LAW_CALL);
        (uint256 result, uint256 length) = _resultOf(output);
        uint256 head;
        assembly ("memory-safe") {
            head := mload(result)
        }
        uint256 skipped = RESULT_HEAD_BYTES + ((head >> 136) & 0xffff);
        if (length < skipped) revert Incomplete(Defect.LAW_RESULT);
        // A void segment may bring more than it needs: where it passes its declaration, implementations stop at different places.
        bool isVoid = (head >> 152) & SEGMENT_FLAG_VOID != 0;
        if (!isVoid && ((head >> 224) & 0xffff) * 4 != given.advice.length) revert Incomplete(Defect.ADVICE);
        bytes32 before;
        uint256 count;
        (before, afterwards, count) =
            Multiproof.roots(given.records, given.proof, result + skipped, length - skipped);
        if (!isVoid && count != head >> 240) revert Incomplete(Defect.TOUCHED);
        if (before != given.preRoot) revert Incomplete(Defect.PRE_ROOT);
    }

    /// @dev Where in memory the bytes are that `output`, ABI-encoded, holds.
    function _resultOf(bytes memory output) private pure returns (uint256 result, uint256 length) {
        uint256 offset;
        if (output.length >= 64) {
            assembly ("memory-safe") {
                offset := mload(add(output, 32))
                length := mload(add(output, 64))
                result := add(output, 96)
            }
        }
        if (offset != 32 || length < RESULT_HEAD_BYTES || length > output.length - 64) {
            revert Incomplete(Defect.LAW_RESULT);
        }
    }

    /// @dev The state root of the global record alone (docs/protocol/state.md, genesis).
    function _genesisRoot(bytes32 domain) private pure returns (bytes32) {
        bytes memory record = new bytes(GLOBAL_WORDS * 32);
        uint256 pointer;
        assembly ("memory-safe") {
            pointer := add(record, 32)
        }
        GlobalRecord.setVersion(pointer, 1);
        GlobalRecord.setNextAccount(pointer, 1);
        GlobalRecord.setNextUnderlying(pointer, 1);
        GlobalRecord.setNextInstrument(pointer, 1);
        GlobalRecord.setNextExpiry(pointer, 1);
        GlobalRecord.setDomainSeparator(pointer, uint256(domain));
        bytes32[KINDS] memory kinds;
        kinds[GLOBAL_KIND] = keccak256(abi.encodePacked(PREFIX_LEAF, uint64(0), record));
        return keccak256(abi.encodePacked(PREFIX_STATE, kinds));
    }
}
