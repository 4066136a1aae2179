// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {HEADER_BYTES, SEGMENT_HEAD_BYTES} from "./generated/Operations.sol";
import {PROMISE_UNLOCK_SECONDS} from "./generated/Params.sol";
import {IPromises, Receipt, SignedReceipt} from "./interfaces/IPromises.sol";
import {IRollup} from "./interfaces/IRollup.sol";
import {StaticList} from "./proof/StaticList.sol";
import {BatchHeader} from "./rollup/BatchHeader.sol";

/// @title What sequencers stake on their receipts: who shows a broken one is paid, once
/// @notice docs/protocol/receipts.md. A promise is about the first batch from its number on that counts: that has segments of its own
/// and is of its epoch or a later one. So a batch of messages alone, whoever posted it, and the order of a leader before, move a
/// promise and break none; only the time by which it must be on L1 does not move.
/// A copied proof earns nothing: whoever shows a promise has committed to it in an earlier block.
/// As much again burns: whoever breaks promises to itself to get at its stake early loses half of it.
contract Promises is IPromises {
    using BatchHeader for bytes;

    bytes32 private constant RECEIPT_TYPEHASH = keccak256(
        "Receipt(uint32 epoch,uint64 batch,uint32 segment,uint8 index,bytes32 opHash,uint48 postBy)"
    );
    bytes32 private constant RECEIPT_GROUP_TYPEHASH = keccak256("ReceiptGroup(bytes32 commitment)");
    uint256 private constant S_MAX = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0;
    uint256 private constant COMPENSATION_WEI_MIN = 10**15;
    uint256 private constant COMPENSATION_WEI_MAX = 10**20;

    struct Stake {
        uint128 amountWei;
        uint64 unlockTime; // seconds; 0: not announced
    }

    address public immutable rollup;
    uint256 public immutable compensationWei;

    mapping(address key => Stake) public stakeOf;
    mapping(bytes32 receiptHash => bool) public isShown;
    mapping(address holder => mapping(bytes32 commitment => uint256)) private _committedBlock;

    constructor(address rollup_, uint256 compensationWei_) {
        if (compensationWei_ < COMPENSATION_WEI_MIN || compensationWei_ > COMPENSATION_WEI_MAX) {
            revert CompensationOutOfRange(compensationWei_, COMPENSATION_WEI_MIN, COMPENSATION_WEI_MAX);
        }
        (rollup, compensationWei) = (rollup_, compensationWei_);
    }

    /// @inheritdoc IPromises
    function stake(address key) public payable {
        Stake storage found = stakeOf[key];
        found.amountWei += uint128(msg.value); // all ether there is fits 128 bits
        emit Staked(key, msg.value, found.amountWei);
    }

    /// @inheritdoc IPromises
    function topUpStake(address key, uint256 amountBefore) external payable {
        uint256 found = stakeOf[key].amountWei;
        if (found != amountBefore) revert StakeChanged(found, amountBefore);
        stake(key);
    }

    /// @inheritdoc IPromises
    function announceUnlock() external {
        uint64 time = uint64(block.timestamp) + uint64(PROMISE_UNLOCK_SECONDS);
        stakeOf[msg.sender].unlockTime = time;
        emit UnlockAnnounced(msg.sender, time);
    }

    /// @inheritdoc IPromises
    function withdrawStake() external {
        Stake memory found = stakeOf[msg.sender];
        if (found.unlockTime == 0 || block.timestamp < found.unlockTime) {
            revert StakeLocked(found.unlockTime, block.timestamp);
        }
        if (found.amountWei == 0) revert NoStake(msg.sender);
        delete stakeOf[msg.sender];
        emit StakeWithdrawn(msg.sender, found.amountWei);
        _pay(msg.sender, found.amountWei);
    }

    /// @inheritdoc IPromises
    function commit(bytes32 commitment) external {
        _committedBlock[msg.sender][commitment] = block.number;
        emit Committed(msg.sender, commitment);
    }

    /// @inheritdoc IPromises
    function showOther(
        SignedReceipt calldata given,
        bytes[] calldata headers,
        bytes32 segments,
        bytes calldata segment,
        bytes32[] calldata segmentPath,
        bytes32[] calldata segmentsOfSkipped,
        bytes32 salt
    ) external {
        Receipt calldata receipt = given.receipt;
        if (headers.length == 0) revert HeadersMissing(receipt.batch, 0);
        uint256 last = headers.length - 1;
        _skip(receipt, headers, last, segmentsOfSkipped);
        bytes calldata header = headers[last];
        uint64 number = receipt.batch + uint64(last);
        bool isThere = segment.length != 0;
        if (isThere) {
            (bool ok, bytes32 root) = StaticList.rootFromPath(
                StaticList.leaf(segment), receipt.segment, header.segmentCount(), segmentPath
            );
            if (!ok) revert WrongSegment(number);
            segments = StaticList.commitment(header.segmentCount(), root);
        }
        _checkHeader(number, header, segments);
        if (!_counts(receipt, header)) revert BatchDoesNotCount(number);
        // A segment that the batch has must be opened. L1 takes no header of a time that is ahead of it: it came later than that.
        bool isLate = header.timeMs() > receipt.postBy;
        if (!isThere && receipt.segment < header.segmentCount() && !isLate) revert WrongSegment(number);
        if (isThere && !isLate && _opHash(segment, receipt.index) == receipt.opHash) {
            revert PromiseKept(_receiptHash(receipt));
        }
        _break(given, salt);
    }

    /// @inheritdoc IPromises
    function showAbsent(
        SignedReceipt calldata given,
        bytes[] calldata headers,
        bytes32[] calldata segmentsOfSkipped,
        bytes32 salt
    ) external {
        Receipt calldata receipt = given.receipt;
        if (block.timestamp * 1000 <= receipt.postBy) revert NotDue(receipt.postBy, block.timestamp * 1000);
        // Nobody can post in a frozen venue; whoever let it come to that was a week late before.
        if (IRollup(rollup).resolutionEnd() != 0) revert VenueFrozen();
        uint64 count = IRollup(rollup).batchCount();
        if (receipt.batch + headers.length != (receipt.batch > count ? receipt.batch : count + 1)) {
            revert HeadersMissing(receipt.batch, count);
        }
        _skip(receipt, headers, headers.length, segmentsOfSkipped);
        _break(given, salt);
    }

    /// @dev The first `count` batches from the promised number on, none of which counts.
    function _skip(Receipt calldata receipt, bytes[] calldata headers, uint256 count, bytes32[] calldata segments)
        private
        view
    {
        for (uint256 i = 0; i < count; ++i) {
            uint64 number = receipt.batch + uint64(i);
            _checkHeader(number, headers[i], segments[i]);
            if (_counts(receipt, headers[i])) revert BatchCounts(number);
        }
    }

    function _checkHeader(uint64 number, bytes calldata header, bytes32 segments) private view {
        if (header.length != HEADER_BYTES) revert WrongHeader(number, 0, 0);
        bytes32 wanted = IRollup(rollup).batch(number).batchHash;
        bytes32 found = header.batchHash(segments);
        if (found != wanted) revert WrongHeader(number, found, wanted);
    }

    /// @dev Whether a batch can keep or break a promise.
    function _counts(Receipt calldata receipt, bytes calldata header) private pure returns (bool) {
        return header.segmentCount() != 0 && header.sequencerEpoch() >= receipt.epoch;
    }

    /// @dev The hash of op `index` of a segment; zero if there is none.
    function _opHash(bytes calldata segment, uint256 index) private pure returns (bytes32) {
        uint256 place = SEGMENT_HEAD_BYTES;
        while (place + 2 <= segment.length) {
            uint256 end = place + 2 + uint8(segment[place + 1]);
            if (segment[place + 1] & 0x80 != 0) end = place + 3 + (uint16(bytes2(segment[place + 1:])) & 0x7fff);
            if (end > segment.length) return 0;
            if (index == 0) return keccak256(segment[place:end]);
            --index;
            place = end;
        }
        return 0;
    }

    /// @dev Pay the caller for a promise that is broken. Last in its function: it pays.
    function _break(SignedReceipt calldata given, bytes32 salt) private {
        bytes32 receiptHash = _receiptHash(given.receipt);
        address key = _signer(given, receiptHash);
        if (isShown[receiptHash]) revert AlreadyShown(receiptHash);
        bytes32 commitment = keccak256(abi.encode(msg.sender, receiptHash, salt));
        uint256 committed = _committedBlock[msg.sender][commitment];
        if (committed == 0 || committed == block.number) revert NotCommitted(msg.sender, commitment, committed);
        uint256 takenWei = stakeOf[key].amountWei;
        if (takenWei == 0) revert NoStake(key);
        if (takenWei > 2 * compensationWei) takenWei = 2 * compensationWei;
        uint256 amountWei = takenWei / 2; // rounds down: an odd wei burns
        isShown[receiptHash] = true;
        stakeOf[key].amountWei -= uint128(takenWei);
        emit PromiseBroken(key, receiptHash, msg.sender, amountWei, takenWei - amountWei);
        _pay(address(0), takenWei - amountWei);
        _pay(msg.sender, amountWei);
    }

    function _receiptHash(Receipt calldata receipt) private pure returns (bytes32) {
        return keccak256(abi.encode(RECEIPT_TYPEHASH, receipt));
    }

    /// @dev Who signed the list that holds the receipt.
    function _signer(SignedReceipt calldata given, bytes32 receiptHash) private view returns (address key) {
        (bool ok, bytes32 root) = StaticList.rootFromPath(
            StaticList.leafOfWord(receiptHash), given.leafIndex, given.leafCount, given.path
        );
        if (!ok) revert WrongPath();
        bytes32 group =
            keccak256(abi.encode(RECEIPT_GROUP_TYPEHASH, StaticList.commitment(given.leafCount, root)));
        bytes32 digest = keccak256(abi.encodePacked(hex"1901", IRollup(rollup).domainSeparator(), group));
        uint256 s = uint256(given.parityAndS) & type(uint256).max >> 1;
        uint8 v = uint8(27 + (uint256(given.parityAndS) >> 255));
        key = s > S_MAX ? address(0) : ecrecover(digest, v, given.r, bytes32(s));
        if (key == address(0)) revert BadSignature();
    }

    function _pay(address to, uint256 amountWei) private {
        (bool paid,) = to.call{value: amountWei}("");
        if (!paid) revert PaymentFailed(to, amountWei);
    }
}
