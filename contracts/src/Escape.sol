// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {GlobalRecord} from "./generated/Layout.sol";
import {HEADER_BYTES, MESSAGE_DEPOSIT_BYTES, MESSAGE_HEAD_BYTES, MESSAGE_PAY_IN_BYTES} from "./generated/Operations.sol";
import {MESSAGE_KIND_DEPOSIT, MESSAGE_KIND_PAY_IN} from "./generated/Params.sol";
import {Due, EscapeTerms, IEscape, Shares} from "./interfaces/IEscape.sol";
import {IInbox} from "./interfaces/IInbox.sol";
import {ILaw} from "./interfaces/ILaw.sol";
import {IRollup} from "./interfaces/IRollup.sol";
import {IVault} from "./interfaces/IVault.sol";
import {Freeze} from "./escape/Freeze.sol";
import {LawFault} from "./escape/LawFault.sol";
import {Valuation} from "./escape/Valuation.sol";
import {Witness} from "./escape/Witness.sol";
import {BatchHeader} from "./rollup/BatchHeader.sol";

/// @title The way out: everybody's part of custody, by the last final state
/// @notice docs/protocol/leaving.md. Claims are computed from a final root: there is nothing to decide, and no order in which they come
/// matters. Deposits that this state has not seen come first. Nobody governs anything here.
contract Escape is LawFault, Valuation {
    using BatchHeader for bytes;

    uint256 private constant AMOUNT_BYTES = 16; // at the end of a deposit, and of a payment into a pool
    uint256 private constant DUE_MAX = type(uint88).max; // 3e20 USD: a claim of more comes from a broken law

    bytes32 public root;
    uint64 public number;
    uint64 public inboxEnd;
    uint64 public claimEnd;
    bool public isClosed;
    int256 private _poolsMicroUsd;

    // What is due to claims in time, and by how much accounts are below zero.
    uint128 private _claimedMicroUsd;
    uint128 private _missingMicroUsd;
    uint256 private _refundsMicroUsd;
    Shares private _shares;
    uint256 public leftMicroUsd;

    /// @notice What is left of account n's credit is due as if it were this plus n: no account has such a number.
    uint32 public constant CREDIT_OF = 1 << 31;

    // One word each, which stays: nobody claims twice.
    mapping(uint32 account => Due) private _due;
    mapping(uint64 index => Due) private _refunds;

    constructor(address rollup_, address vault_, address inbox_, EscapeTerms memory terms)
        Freeze(rollup_, vault_, inbox_, terms)
    {}

    /// @inheritdoc IEscape
    function open(bytes calldata header, bytes32 segments, bytes calldata record, bytes calldata proof) external {
        if (root != 0) revert AlreadyOpen(number);
        uint64 end = IRollup(rollup).resolutionEnd();
        if (end == 0) revert NotFrozen();
        if (block.timestamp <= end) revert Unresolved(end, block.timestamp);
        uint64 newest = IRollup(rollup).claimCount() - 1;
        bytes32 finalRoot = IRollup(rollup).finalRoot(newest);
        if (newest != 0) {
            if (header.length != HEADER_BYTES) revert WrongBatch(0, 0);
            bytes32 wanted = IRollup(rollup).batch(newest).batchHash;
            bytes32 found = header.batchHash(segments);
            if (found != wanted) revert WrongBatch(found, wanted);
            // All families of a law name the same modules, and the first one values positions.
            module = ILaw(IRollup(rollup).lawAddresses(header.lawId())[0]).modules()[0];
            inboxEnd = header.inboxEnd();
        }
        (uint64 key, uint256 pointer) = Witness.proveOne(finalRoot, record, proof);
        if (key != 0) revert UnexpectedRecord(key);
        instrumentCount = uint16(GlobalRecord.nextInstrument(pointer) - 1);
        _poolsMicroUsd = int256(GlobalRecord.feePool(pointer) + GlobalRecord.insuranceFund(pointer));
        (root, number) = (finalRoot, newest);
        claimEnd = uint64(block.timestamp) + claimSeconds;
        emit EscapeOpened(newest, finalRoot, inboxEnd, module, claimEnd);
    }

    /// @inheritdoc IEscape
    function price(bytes calldata records, bytes calldata proof) external {
        _price(_openRoot(), records, proof);
    }

    /// @inheritdoc IEscape
    function claim(bytes calldata record, bytes calldata proof) external returns (uint256 amount) {
        (uint32 account, address owner, uint256 withdrawn, int256 equity, uint256 credit) = _value(_openRoot(), record, proof);
        if (_due[account].recipient != address(0)) revert AlreadyClaimed(account);
        if (owner == address(0)) revert NothingDue();
        // What it had withdrawn and was not paid ranks with the rest, and is no less for an equity below zero.
        uint256 paid = IVault(vault).paidMicroUsd(account);
        uint256 owed = withdrawn > paid ? withdrawn - paid : 0;
        amount = _bounded((equity > 0 ? uint256(equity) : 0) + owed);
        bool isLate = isClosed;
        _due[account] = Due(owner, uint88(amount), isLate);
        if (!isLate) {
            _claimedMicroUsd += uint128(amount);
            // Its credit pays first; the rest is everybody's loss.
            if (equity < 0) _missingMicroUsd += uint128(_bounded(uint256(-equity) - _paidByCredit(credit, equity)));
        }
        emit Claimed(account, owner, equity, owed, amount, isLate);
    }

    /// @inheritdoc IEscape
    function claimCredit(uint32 account, bytes calldata records, bytes calldata proof) external returns (uint256 amount) {
        address guarantor;
        (guarantor, amount) = _creditLeft(_openRoot(), account, records, proof);
        uint32 id = CREDIT_OF | account;
        if (_due[id].recipient != address(0)) revert AlreadyClaimed(id);
        if (amount == 0) revert NothingDue();
        _due[id] = Due(guarantor, uint88(amount), isClosed);
        if (!isClosed) _claimedMicroUsd += uint128(amount);
        emit Claimed(id, guarantor, int256(amount), 0, amount, isClosed);
    }

    /// @inheritdoc IEscape
    function refund(uint64 index, bytes calldata message, bytes32 before, bytes32[] calldata following)
        external
        returns (uint256 amount)
    {
        _openRoot();
        if (index < inboxEnd) revert MessageConsumed(index, inboxEnd);
        bytes32 rolling = keccak256(abi.encodePacked(before, keccak256(message)));
        for (uint256 i = 0; i < following.length; ++i) {
            rolling = keccak256(abi.encodePacked(rolling, following[i]));
        }
        bytes32 wanted = IInbox(inbox).rolling(index + 1 + uint64(following.length));
        if (rolling != wanted) revert WrongMessage(index, rolling, wanted);
        _checkBroughtMoney(index, message);
        if (_refunds[index].recipient != address(0)) revert AlreadyRefunded(index);
        address depositor = address(bytes20(message[1:21]));
        amount = _bounded(uint128(bytes16(message[message.length - AMOUNT_BYTES:])));
        _refunds[index] = Due(depositor, uint88(amount), isClosed);
        if (!isClosed) _refundsMicroUsd += amount;
        emit Refunded(index, depositor, amount, isClosed);
    }

    /// @inheritdoc IEscape
    function close() external {
        _openRoot();
        if (isClosed) revert AlreadyClosed();
        if (block.timestamp <= claimEnd) revert ClaimsOpen(claimEnd, block.timestamp);
        if (pricedCount != instrumentCount) revert InstrumentsUnpriced(pricedCount, instrumentCount);
        isClosed = true;
        uint256 held = IVault(vault).backedMicroUsd();
        uint256 refunds = _refundsMicroUsd;
        uint256 refundsPaid = refunds < held ? refunds : held;
        uint256 rest = held - refundsPaid;
        uint256 owed = _owedToAll(refunds);
        uint256 claimed = _claimedMicroUsd;
        if (owed < claimed) owed = claimed;
        uint256 claimsPaid = rest < owed ? rest : owed;
        _shares = Shares(uint128(refundsPaid), uint128(refunds), uint128(claimsPaid), uint128(owed));
        // What is due to those who came in time stays theirs, whether or not the token can pay them now.
        leftMicroUsd = rest - _part(claimed, claimsPaid, owed);
        emit ClaimsClosed(_shares, leftMicroUsd);
    }

    /// @inheritdoc IEscape
    function pay(uint32 account) external returns (uint256) {
        return _payClaim(account, _due[account].recipient);
    }

    /// @inheritdoc IEscape
    function payTo(uint32 account, address recipient) external returns (uint256) {
        address owner = _due[account].recipient;
        if (msg.sender != owner) revert NotRecipient(msg.sender, owner);
        return _payClaim(account, recipient);
    }

    /// @inheritdoc IEscape
    function payRefund(uint64 index) external returns (uint256) {
        return _payRefund(index, _refunds[index].recipient);
    }

    /// @inheritdoc IEscape
    function payRefundTo(uint64 index, address recipient) external returns (uint256) {
        address depositor = _refunds[index].recipient;
        if (msg.sender != depositor) revert NotRecipient(msg.sender, depositor);
        return _payRefund(index, recipient);
    }

    /// @inheritdoc IEscape
    function shares() external view returns (Shares memory) {
        return _shares;
    }

    /// @inheritdoc IEscape
    function dueTo(uint32 account) external view returns (Due memory) {
        return _due[account];
    }

    /// @inheritdoc IEscape
    function refundOf(uint64 index) external view returns (Due memory) {
        return _refunds[index];
    }

    /// @dev Only a deposit or a payment into a pool brought tokens.
    function _checkBroughtMoney(uint64 index, bytes calldata message) private pure {
        uint256 kind = message.length == 0 ? 0 : uint8(message[0]);
        uint256 payload = kind == MESSAGE_KIND_DEPOSIT ? MESSAGE_DEPOSIT_BYTES : MESSAGE_PAY_IN_BYTES;
        if ((kind != MESSAGE_KIND_DEPOSIT && kind != MESSAGE_KIND_PAY_IN) || message.length != MESSAGE_HEAD_BYTES + payload) {
            revert NotADeposit(index);
        }
    }

    function _payClaim(uint32 account, address recipient) private returns (uint256 amount) {
        Due memory due = _due[account];
        amount = _share(due, _shares.claimsPaid, _shares.claimsDue);
        _due[account].amount = 0;
        emit ClaimPaid(account, recipient, amount);
        IVault(vault).payEscaped(recipient, amount);
    }

    function _payRefund(uint64 index, address recipient) private returns (uint256 amount) {
        Due memory due = _refunds[index];
        // Who comes late ranks with the claims: its place before them is lost.
        amount = due.isLate
            ? _share(due, _shares.claimsPaid, _shares.claimsDue)
            : _share(due, _shares.refundsPaid, _shares.refundsDue);
        _refunds[index].amount = 0;
        emit RefundPaid(index, recipient, amount);
        IVault(vault).payEscaped(recipient, amount);
    }

    /// @dev What is paid of `due`: its part, rounded down; to those who are late no more than what is left.
    function _share(Due memory due, uint256 paid, uint256 owed) private returns (uint256 amount) {
        if (!isClosed) revert NotClosed();
        amount = _part(due.amount, paid, owed);
        if (due.isLate) {
            if (amount > leftMicroUsd) amount = leftMicroUsd;
            leftMicroUsd -= amount;
        }
        if (amount == 0) revert NothingDue();
    }

    function _part(uint256 amount, uint256 paid, uint256 owed) private pure returns (uint256) {
        return paid == owed ? amount : amount * paid / owed;
    }

    /// @dev What the state owes to all accounts together, those who never come included: custody less what belongs to houses and
    /// pools, and less the refunds; accounts below zero owe the others more than that, as far as they were proved. So the part of
    /// those who come in time does not grow with the number of those who do not.
    function _owedToAll(uint256 refunds) private view returns (uint256) {
        int256 owed = int256(IVault(vault).custodyMicroUsd()) - _poolsMicroUsd - _housesMicroUsd - int256(refunds)
            + int256(uint256(_missingMicroUsd));
        if (owed < 0) return 0;
        return uint256(owed) < type(uint128).max ? uint256(owed) : type(uint128).max;
    }

    function _bounded(uint256 amount) private pure returns (uint256) {
        return amount < DUE_MAX ? amount : DUE_MAX;
    }

    function _openRoot() private view returns (bytes32 found) {
        found = root;
        if (found == 0) revert NotOpen();
    }
}
