// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {
    GOVERNANCE_ROOM,
    INBOX_FEE_WEI_MAX,
    INBOX_FEE_WEI_MIN,
    INBOX_MESSAGE_BYTES_MAX,
    MESSAGE_KIND_DEPOSIT,
    MESSAGE_KIND_GOVERNANCE,
    MESSAGE_KIND_REGISTER,
    MESSAGE_KIND_USER_OP,
    MESSAGE_RING
} from "./generated/Params.sol";
import {IInbox} from "./interfaces/IInbox.sol";
import {IRollup} from "./interfaces/IRollup.sol";
import {MessageCharge} from "./rollup/MessageCharge.sol";

/// @title Messages that the law executes in order, whatever the sequencer wants
/// @notice docs/protocol/batches-and-claims.md, inbox. Bounded in bytes; user ops and registrations pay a fee, so that nobody can
/// fill the batches of others for nothing. Deposits pay with the deposit's own transfer. Hashes and times of the newest MESSAGE_RING
/// messages are remembered, in a ring: none is overwritten before a batch consumed it, and challenges do not ask for it afterwards.
/// The last GOVERNANCE_ROOM places are the governor's: nobody who fills the ring keeps the remedy out.
contract Inbox is IInbox {
    uint256 private constant ENTRIES_PER_WORD = 3; // time (seconds, 40 bits) ‖ sum of charges (45 bits, modulo their width)
    uint256 private constant ENTRY_BITS = 85;
    uint256 private constant SUM_BITS = 45;
    uint256 private constant SUM_MASK = (1 << SUM_BITS) - 1;

    address public immutable rollup;
    address public immutable vault;
    address public immutable governor;

    uint64 public count;
    uint64 private _consumed; // as the Rollup last said: asked again when the ring seems full
    uint256 public feeWei;
    mapping(uint256 place => bytes32) private _rolling;
    mapping(uint256 word => uint256) private _entries;

    modifier onlyVault() {
        if (msg.sender != vault) revert NotVault(msg.sender);
        _;
    }

    modifier onlyGovernor() {
        if (msg.sender != governor) revert NotGovernor(msg.sender);
        _;
    }

    modifier paysFee() {
        if (msg.value != feeWei) revert WrongFee(msg.value, feeWei);
        _;
    }

    constructor(address rollup_, address vault_, address governor_, uint256 feeWei_) {
        rollup = rollup_;
        vault = vault_;
        governor = governor_;
        _setFee(feeWei_);
    }

    /// @inheritdoc IInbox
    function submit(bytes calldata op) external payable paysFee returns (uint64 index) {
        return _add(MESSAGE_KIND_USER_OP, msg.sender, op);
    }

    /// @inheritdoc IInbox
    function govern(bytes calldata payload) external onlyGovernor returns (uint64 index) {
        return _add(MESSAGE_KIND_GOVERNANCE, msg.sender, payload);
    }

    /// @inheritdoc IInbox
    function register(address sender, uint32 account, address owner)
        external
        payable
        onlyVault
        paysFee
        returns (uint64 index)
    {
        return _add(MESSAGE_KIND_REGISTER, sender, abi.encodePacked(account, owner));
    }

    /// @inheritdoc IInbox
    function deposit(address sender, uint32 account, uint128 amountMicroUsd)
        external
        onlyVault
        returns (uint64 index)
    {
        return _add(MESSAGE_KIND_DEPOSIT, sender, abi.encodePacked(account, amountMicroUsd));
    }

    /// @inheritdoc IInbox
    function setFee(uint256 feeWei_) external onlyGovernor {
        _setFee(feeWei_);
    }

    /// @inheritdoc IInbox
    function payFees(address to) external onlyGovernor {
        uint256 amountWei = address(this).balance;
        emit FeesPaid(to, amountWei);
        (bool paid,) = to.call{value: amountWei}("");
        if (!paid) revert PaymentFailed(to, amountWei);
    }

    /// @inheritdoc IInbox
    function rolling(uint64 end) external view returns (bytes32) {
        if (end > count) revert UnknownMessage(end, count);
        if (end + _ring() <= count) revert ForgottenMessage(end, count);
        return _rolling[end % _ring()];
    }

    /// @inheritdoc IInbox
    function timeMs(uint64 index) external view returns (uint48) {
        return uint48((_entry(index) >> SUM_BITS) * 1000);
    }

    /// @inheritdoc IInbox
    /// @dev All messages that wait are charged less than 2^45 together, so the sums may wrap.
    function chargeBetween(uint64 start, uint64 end) external view returns (uint256) {
        if (end <= start) return 0;
        uint256 before = start == 0 ? 0 : _entry(start - 1);
        unchecked {
            return (_entry(end - 1) - before) & SUM_MASK;
        }
    }

    /// @inheritdoc IInbox
    function room() external view returns (uint256) {
        uint256 waiting = count - IRollup(rollup).inboxEnd();
        uint256 most = _most(MESSAGE_KIND_USER_OP);
        return waiting < most ? most - waiting : 0;
    }

    /// @dev How many messages are remembered. Tests make it small.
    function _ring() internal pure virtual returns (uint256) {
        return MESSAGE_RING;
    }

    /// @dev How many of them only governance messages may take.
    function _governanceRoom() internal pure virtual returns (uint256) {
        return GOVERNANCE_ROOM;
    }

    /// @dev How many messages may wait for a batch when one of a kind was added. Batches ask for the hash at each end from the last
    /// one's to the newest message's.
    function _most(uint256 kind) private pure returns (uint256) {
        return _ring() - 2 - (kind == MESSAGE_KIND_GOVERNANCE ? 0 : _governanceRoom());
    }

    function _placeOf(uint256 index) private pure returns (uint256 word, uint256 shift) {
        uint256 place = index % _ring();
        return (place / ENTRIES_PER_WORD, place % ENTRIES_PER_WORD * ENTRY_BITS);
    }

    /// @dev Time and sum of charges of a message, itself included.
    function _entry(uint64 index) private view returns (uint256) {
        if (index >= count) revert UnknownMessage(index, count);
        if (index + _ring() < count) revert ForgottenMessage(index, count);
        (uint256 word, uint256 shift) = _placeOf(index);
        return (_entries[word] >> shift) & ((1 << ENTRY_BITS) - 1);
    }

    function _remember(uint64 index, uint256 charge) private {
        uint256 sum = index == 0 ? 0 : _sumUpTo(index);
        uint256 entry = (block.timestamp << SUM_BITS) | ((sum + charge) & SUM_MASK);
        (uint256 word, uint256 shift) = _placeOf(index);
        _entries[word] = _entries[word] & ~(((1 << ENTRY_BITS) - 1) << shift) | entry << shift;
    }

    /// @dev The sum of charges below `index`, which is not 0.
    function _sumUpTo(uint256 index) private view returns (uint256) {
        (uint256 word, uint256 shift) = _placeOf(index - 1);
        return (_entries[word] >> shift) & SUM_MASK;
    }

    function _setFee(uint256 feeWei_) private {
        if (feeWei_ < INBOX_FEE_WEI_MIN || feeWei_ > INBOX_FEE_WEI_MAX) {
            revert FeeOutOfRange(feeWei_, INBOX_FEE_WEI_MIN, INBOX_FEE_WEI_MAX);
        }
        feeWei = feeWei_;
        emit FeeChanged(feeWei_);
    }

    function _add(uint256 kind, address sender, bytes memory payload) private returns (uint64 index) {
        uint48 time = uint48(block.timestamp * 1000);
        bytes memory message = abi.encodePacked(uint8(kind), sender, time, payload);
        if (message.length > INBOX_MESSAGE_BYTES_MAX) {
            revert MessageTooLong(message.length, INBOX_MESSAGE_BYTES_MAX);
        }
        index = count;
        uint256 most = _most(kind);
        if (index - _consumed >= most) {
            _consumed = IRollup(rollup).inboxEnd();
            if (index - _consumed >= most) revert InboxFull(index, _consumed);
        }
        bytes32 next = keccak256(abi.encodePacked(_rolling[index % _ring()], keccak256(message)));
        _rolling[(index + 1) % _ring()] = next;
        _remember(index, MessageCharge.chargeOf(message));
        count = index + 1;
        emit MessageAdded(index, message, next);
    }
}
