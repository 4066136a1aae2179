// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {OP_HEAD_BYTES} from "./generated/Operations.sol";
import {
    EXIT_RING,
    GOVERNANCE_ROOM,
    INBOX_FEE_DOUBLING_SECONDS,
    INBOX_FEE_PER_MEGA_WEI_MAX,
    INBOX_FEE_PER_MEGA_WEI_MIN,
    INBOX_MESSAGE_BYTES_MAX,
    L1_PRICE_MAX,
    MESSAGE_KIND_DEPOSIT,
    MESSAGE_KIND_GOVERNANCE,
    MESSAGE_KIND_L1_REPORT,
    MESSAGE_KIND_PAY_IN,
    MESSAGE_KIND_REGISTER,
    MESSAGE_KIND_USER_OP,
    MESSAGE_RING,
    OP_TYPE_FORCED_CLOSE,
    OP_TYPE_WITHDRAW
} from "./generated/Params.sol";
import {IInbox, LaneUse} from "./interfaces/IInbox.sol";
import {IRollup} from "./interfaces/IRollup.sol";
import {MessageCharge} from "./rollup/MessageCharge.sol";
import {Lane, MessageLane} from "./rollup/MessageLane.sol";

/// @title Messages that the law executes in order, whatever the sequencer wants
/// @notice docs/protocol/batches-and-claims.md and capacity.md, inbox. Bounded in bytes; every message but the governor's pays for the
/// work that it makes, and the more the more work waits, so that nobody keeps others waiting for nothing. Hashes and times of the
/// newest MESSAGE_RING messages are remembered, in a ring: none is overwritten before a batch consumed it, and challenges do not ask
/// for it afterwards. The last GOVERNANCE_ROOM places are the governor's: nobody who fills the ring keeps the remedy out.
/// Exits have a lane of their own, which batches consume first: one an account.
contract Inbox is IInbox {
    using MessageLane for Lane;

    /// @dev Of an account: who owns it, and the end of the lane behind its newest exit.
    struct Leaver {
        address owner;
        uint64 exitEnd;
    }

    uint256 private constant ACCOUNT_BYTES = 4;
    uint256 private constant MEGA = 10 ** 6;

    address public immutable rollup;
    address public immutable vault;
    address public immutable governor;
    uint32 public immutable inboxRate;

    Lane private _messages;
    Lane private _exits;
    mapping(uint32 account => Leaver) private _leavers;
    uint256 public feePerMegaWei;
    uint256 private _refundsWei; // all of them
    mapping(address payer => uint256) public refundWei;

    modifier onlyVault() {
        if (msg.sender != vault) revert NotVault(msg.sender);
        _;
    }

    modifier onlyGovernor() {
        if (msg.sender != governor) revert NotGovernor(msg.sender);
        _;
    }

    constructor(address rollup_, address vault_, address governor_, uint32 inboxRate_, uint256 feePerMegaWei_) {
        rollup = rollup_;
        vault = vault_;
        governor = governor_;
        inboxRate = inboxRate_;
        _setFee(feePerMegaWei_);
    }

    /// @inheritdoc IInbox
    function submit(bytes calldata op) external payable returns (uint64 index) {
        return _addPaid(MESSAGE_KIND_USER_OP, msg.sender, op);
    }

    /// @inheritdoc IInbox
    function exit(bytes calldata op) external payable returns (uint64 index) {
        _checkExit(op);
        bytes memory message = _message(MESSAGE_KIND_USER_OP, msg.sender, op);
        uint256 charge = MessageCharge.chargeOf(message);
        bytes32 next;
        (index, next) = _exits.add(EXIT_RING, inboxRate, message, charge, false);
        _leavers[_accountOf(op)].exitEnd = index + 1;
        emit ExitAdded(index, message, next);
        _settle(msg.sender, _fee(charge, 0));
    }

    /// @inheritdoc IInbox
    function govern(bytes calldata payload) external onlyGovernor returns (uint64 index) {
        (index,) = _add(MESSAGE_KIND_GOVERNANCE, msg.sender, payload);
    }

    /// @inheritdoc IInbox
    function register(address sender, uint32 account, address owner)
        external
        payable
        onlyVault
        returns (uint64 index)
    {
        _leavers[account].owner = owner;
        return _addPaid(MESSAGE_KIND_REGISTER, sender, abi.encodePacked(account, owner));
    }

    /// @inheritdoc IInbox
    function deposit(address sender, uint32 account, uint128 amountMicroUsd)
        external
        payable
        onlyVault
        returns (uint64 index)
    {
        return _addPaid(MESSAGE_KIND_DEPOSIT, sender, abi.encodePacked(account, amountMicroUsd));
    }

    /// @inheritdoc IInbox
    function payIn(address sender, uint8 pool, uint128 amountMicroUsd)
        external
        payable
        onlyVault
        returns (uint64 index)
    {
        return _addPaid(MESSAGE_KIND_PAY_IN, sender, abi.encodePacked(pool, amountMicroUsd));
    }

    /// @inheritdoc IInbox
    function reportL1() external payable returns (uint64 index) {
        bytes memory prices = abi.encodePacked(_bounded(block.basefee), _bounded(block.blobbasefee));
        return _addPaid(MESSAGE_KIND_L1_REPORT, msg.sender, prices);
    }

    /// @inheritdoc IInbox
    function setFee(uint256 feePerMegaWei_) external onlyGovernor {
        _setFee(feePerMegaWei_);
    }

    /// @inheritdoc IInbox
    function payFees(address to) external onlyGovernor {
        uint256 amountWei = address(this).balance - _refundsWei;
        emit FeesPaid(to, amountWei);
        _pay(to, amountWei);
    }

    /// @inheritdoc IInbox
    function collectRefund(address to) external {
        uint256 amountWei = refundWei[msg.sender];
        refundWei[msg.sender] = 0;
        _refundsWei -= amountWei;
        emit RefundPaid(msg.sender, to, amountWei);
        _pay(to, amountWei);
    }

    /// @inheritdoc IInbox
    function feeOf(uint8 kind, bytes calldata payload) external view returns (uint256) {
        uint256 charge = MessageCharge.chargeOf(_message(kind, msg.sender, payload));
        return _fee(charge, backlog() + charge);
    }

    /// @inheritdoc IInbox
    function exitFeeOf(bytes calldata op) external view returns (uint256) {
        return _fee(MessageCharge.chargeOf(_message(MESSAGE_KIND_USER_OP, msg.sender, op)), 0);
    }

    /// @inheritdoc IInbox
    function backlog() public view returns (uint256) {
        return _messages.waiting(inboxRate);
    }

    /// @inheritdoc IInbox
    function exitBacklog() external view returns (uint256) {
        return _exits.waiting(inboxRate);
    }

    /// @inheritdoc IInbox
    function count() external view returns (uint64) {
        return _messages.count;
    }

    /// @inheritdoc IInbox
    function exitCount() external view returns (uint64) {
        return _exits.count;
    }

    /// @inheritdoc IInbox
    function ownerOf(uint32 account) external view returns (address) {
        return _leavers[account].owner;
    }

    /// @inheritdoc IInbox
    function hasExit(uint32 account) external view returns (bool) {
        return _leavers[account].exitEnd > IRollup(rollup).exitEnd();
    }

    /// @inheritdoc IInbox
    function rolling(uint64 end) external view returns (bytes32) {
        return _messages.rollingAt(_ring(), end);
    }

    /// @inheritdoc IInbox
    function exitRolling(uint64 end) external view returns (bytes32) {
        return _exits.rollingAt(EXIT_RING, end);
    }

    /// @inheritdoc IInbox
    function timeMs(uint64 index) external view returns (uint48) {
        return _messages.timeMs(_ring(), index);
    }

    /// @inheritdoc IInbox
    function exitTimeMs(uint64 index) external view returns (uint48) {
        return _exits.timeMs(EXIT_RING, index);
    }

    /// @inheritdoc IInbox
    function chargeBetween(uint64 start, uint64 end) external view returns (uint256) {
        return _messages.chargeBetween(_ring(), start, end);
    }

    /// @inheritdoc IInbox
    function exitChargeBetween(uint64 start, uint64 end) external view returns (uint256) {
        return _exits.chargeBetween(EXIT_RING, start, end);
    }

    /// @inheritdoc IInbox
    function uses(uint64 exitStart, uint64 exitEnd, uint64 start, uint64 end, uint64 joined)
        external
        view
        returns (LaneUse memory exits, LaneUse memory messages)
    {
        (exits, messages) = (_exits.use(EXIT_RING, exitStart, exitEnd), _messages.use(_ring(), start, end));
        if (end <= messages.count) _messages.checkRuns(_ring(), start, end, joined);
    }

    /// @inheritdoc IInbox
    function room() external view returns (uint256) {
        uint256 waiting = _messages.count - IRollup(rollup).inboxEnd();
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

    /// @dev One of the two ops by which an owner leaves, of an account of the caller's that has none outstanding.
    function _checkExit(bytes calldata op) private {
        if (op.length < OP_HEAD_BYTES + ACCOUNT_BYTES) revert NotAnExit(0);
        uint256 kind = uint8(op[0]);
        if (kind != OP_TYPE_WITHDRAW && kind != OP_TYPE_FORCED_CLOSE) revert NotAnExit(kind);
        uint32 account = _accountOf(op);
        Leaver memory leaver = _leavers[account];
        if (msg.sender != leaver.owner) revert NotAccountOwner(msg.sender, leaver.owner);
        (uint64 last, uint64 consumed) = (_exits.count, _exits.consumed);
        if (leaver.exitEnd <= consumed && last - consumed < EXIT_RING - 2) return;
        _exits.consumed = consumed = IRollup(rollup).exitEnd();
        if (leaver.exitEnd > consumed) revert ExitOutstanding(account, leaver.exitEnd - 1);
        if (last - consumed >= EXIT_RING - 2) revert InboxFull(last, consumed);
    }

    /// @dev Of an op whose body begins with it.
    function _accountOf(bytes calldata op) private pure returns (uint32) {
        return uint32(bytes4(op[OP_HEAD_BYTES:]));
    }

    /// @dev A price as a report holds it: so high a one counts as the greatest.
    function _bounded(uint256 priceWei) private pure returns (uint64) {
        return uint64(priceWei < L1_PRICE_MAX ? priceWei : L1_PRICE_MAX);
    }

    function _setFee(uint256 feePerMegaWei_) private {
        if (feePerMegaWei_ < INBOX_FEE_PER_MEGA_WEI_MIN || feePerMegaWei_ > INBOX_FEE_PER_MEGA_WEI_MAX) {
            revert FeeOutOfRange(feePerMegaWei_, INBOX_FEE_PER_MEGA_WEI_MIN, INBOX_FEE_PER_MEGA_WEI_MAX);
        }
        feePerMegaWei = feePerMegaWei_;
        emit FeeChanged(feePerMegaWei_);
    }

    /// @dev What a charge costs if this much waits, itself included; rounds up.
    function _fee(uint256 charge, uint256 waiting) private view returns (uint256) {
        uint256 base = inboxRate * INBOX_FEE_DOUBLING_SECONDS;
        uint256 divisor = base * MEGA;
        return (feePerMegaWei * charge * (base + waiting) + divisor - 1) / divisor;
    }

    /// @dev Add a message whose sender pays for it, and give back what it paid beyond that.
    function _addPaid(uint256 kind, address sender, bytes memory payload) private returns (uint64 index) {
        uint256 charge;
        (index, charge) = _add(kind, sender, payload);
        _settle(sender, _fee(charge, _messages.backlog));
    }

    /// @dev Keep the fee of what was sent, and give the rest back.
    function _settle(address payer, uint256 fee) private {
        if (msg.value < fee) revert FeeTooLow(msg.value, fee);
        if (msg.value > fee) _giveBack(payer, msg.value - fee);
    }

    /// @dev The last act. Whoever takes no ether finds it under `refundWei`: its message counts all the same.
    function _giveBack(address payer, uint256 amountWei) private {
        (bool paid,) = payer.call{value: amountWei}("");
        if (paid) return;
        refundWei[payer] += amountWei;
        _refundsWei += amountWei;
        emit RefundKept(payer, amountWei);
    }

    function _pay(address to, uint256 amountWei) private {
        (bool paid,) = to.call{value: amountWei}("");
        if (!paid) revert PaymentFailed(to, amountWei);
    }

    /// @dev A segment holds it, and a challenge opens that segment: so its length is bounded in every lane.
    function _message(uint256 kind, address sender, bytes memory payload)
        private
        view
        returns (bytes memory message)
    {
        message = abi.encodePacked(uint8(kind), sender, uint48(block.timestamp * 1000), payload);
        if (message.length > INBOX_MESSAGE_BYTES_MAX) {
            revert MessageTooLong(message.length, INBOX_MESSAGE_BYTES_MAX);
        }
    }

    function _add(uint256 kind, address sender, bytes memory payload)
        private
        returns (uint64 index, uint256 charge)
    {
        bytes memory message = _message(kind, sender, payload);
        uint64 last = _messages.count;
        uint256 most = _most(kind);
        if (last - _messages.consumed >= most) {
            _messages.consumed = IRollup(rollup).inboxEnd();
            if (last - _messages.consumed >= most) revert InboxFull(last, _messages.consumed);
        }
        charge = MessageCharge.chargeOf(message);
        bytes32 next;
        (index, next) = _messages.add(_ring(), inboxRate, message, charge, MessageCharge.isLight(kind));
        emit MessageAdded(index, message, next);
    }
}
