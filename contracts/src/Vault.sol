// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ACCOUNT_KIND, AccountRecord} from "./generated/Layout.sol";
import {ACCOUNT_HEIGHT} from "./generated/Params.sol";
import {IInbox} from "./interfaces/IInbox.sol";
import {IRollup} from "./interfaces/IRollup.sol";
import {ITimelock} from "./interfaces/ITimelock.sol";
import {IVault} from "./interfaces/IVault.sol";
import {Multiproof} from "./proof/Multiproof.sol";
import {Token} from "./vault/Token.sol";

/// @title Custody of the collateral
/// @notice What comes in is credited by a message to the law; what goes out is the difference between what a final state shows
/// as withdrawn and what was paid before. So withdrawals have no ids, and nothing can be used twice.
contract Vault is IVault {
    // Deposits that fit it never make the law refuse one: a collateral may reach 2**126.
    uint256 private constant CAP_MICRO_USD_MAX = type(uint96).max;
    uint256 private constant ENTRY_HEAD_BYTES = 9; // key u64, words u8

    address public immutable token;
    address public immutable inbox;
    address public immutable rollup;
    address public immutable governor;

    uint32 public nextAccount = 1;
    uint256 public custodyMicroUsd;
    uint256 public depositCapMicroUsd;
    mapping(uint32 account => uint256) public paidMicroUsd;

    bool private transient _entered;

    /// @dev Nothing comes in while governance can act without delay.
    modifier onlySealed() {
        if (!ITimelock(governor).isSealed()) revert NotSealed();
        _;
    }

    /// @dev The token may be any: it must not see, or change, a half-done state.
    modifier guarded() {
        if (_entered) revert Reentered();
        _entered = true;
        _;
        _entered = false;
    }

    constructor(address token_, address inbox_, address rollup_, address governor_, uint256 capMicroUsd) {
        token = token_;
        inbox = inbox_;
        rollup = rollup_;
        governor = governor_;
        _setDepositCap(capMicroUsd);
    }

    /// @inheritdoc IVault
    function register(address owner) external payable onlySealed guarded returns (uint32 account) {
        if (owner == address(0)) revert ZeroOwner();
        account = nextAccount;
        if (account >> ACCOUNT_HEIGHT != 0) revert AccountsFull(account);
        nextAccount = account + 1;
        uint64 index = IInbox(inbox).register{value: msg.value}(msg.sender, account, owner);
        emit AccountRegistered(account, owner, index);
    }

    /// @inheritdoc IVault
    function deposit(uint32 account, uint256 amountMicroUsd)
        external
        onlySealed
        guarded
        returns (uint128 receivedMicroUsd)
    {
        if (account == 0 || account >= nextAccount) revert UnknownAccount(account, nextAccount);
        uint256 received = Token.pull(token, msg.sender, amountMicroUsd);
        if (received == 0) revert NothingReceived();
        uint256 custody = custodyMicroUsd + received;
        if (custody > depositCapMicroUsd) revert DepositCapExceeded(custody, depositCapMicroUsd);
        custodyMicroUsd = custody;
        receivedMicroUsd = uint128(received);
        uint64 index = IInbox(inbox).deposit(msg.sender, account, receivedMicroUsd);
        emit Deposited(account, msg.sender, receivedMicroUsd, index);
    }

    /// @inheritdoc IVault
    function withdraw(uint64 claimNumber, bytes calldata record, bytes calldata proof)
        external
        guarded
        returns (uint128 amountMicroUsd)
    {
        (uint32 account, address owner, uint256 withdrawn) = _provedAccount(claimNumber, record, proof);
        return _payOut(claimNumber, account, owner, withdrawn);
    }

    /// @inheritdoc IVault
    function withdrawTo(address recipient, uint64 claimNumber, bytes calldata record, bytes calldata proof)
        external
        guarded
        returns (uint128 amountMicroUsd)
    {
        (uint32 account, address owner, uint256 withdrawn) = _provedAccount(claimNumber, record, proof);
        if (msg.sender != owner) revert NotAccountOwner(msg.sender, owner);
        // What the Vault paid to itself would belong to nobody.
        if (recipient == address(0) || recipient == address(this)) revert BadRecipient(recipient);
        return _payOut(claimNumber, account, recipient, withdrawn);
    }

    /// @inheritdoc IVault
    function setDepositCap(uint256 capMicroUsd) external {
        if (msg.sender != governor) revert NotGovernor(msg.sender);
        _setDepositCap(capMicroUsd);
    }

    /// @dev Pay `recipient` what the account is owed. The transfer comes last.
    function _payOut(uint64 claimNumber, uint32 account, address recipient, uint256 withdrawn)
        private
        returns (uint128 amountMicroUsd)
    {
        uint256 paid = paidMicroUsd[account];
        if (withdrawn <= paid) revert NothingOwed(account, withdrawn, paid);
        amountMicroUsd = uint128(withdrawn - paid);
        paidMicroUsd[account] = withdrawn;
        custodyMicroUsd -= amountMicroUsd;
        emit Withdrawn(account, recipient, amountMicroUsd, claimNumber);
        Token.push(token, recipient, amountMicroUsd);
    }

    function _setDepositCap(uint256 capMicroUsd) private {
        if (capMicroUsd > CAP_MICRO_USD_MAX) revert CapTooHigh(capMicroUsd, CAP_MICRO_USD_MAX);
        depositCapMicroUsd = capMicroUsd;
        emit DepositCapChanged(capMicroUsd);
    }

    /// @dev An account of a final state: its id, owner and cumulative amount withdrawn.
    function _provedAccount(uint64 claimNumber, bytes calldata record, bytes calldata proof)
        private
        view
        returns (uint32 account, address owner, uint256 withdrawn)
    {
        bytes32 finalRoot = IRollup(rollup).finalRoot(claimNumber);
        (bytes32 proved,, uint256 count) = Multiproof.roots(record, proof, 0, 0);
        if (proved != finalRoot) revert WrongProof(proved, finalRoot);
        // One record, as `count` says, so it starts at the first byte.
        if (count != 1) revert NotAnAccount(0, count);
        uint64 key = uint64(bytes8(record[:8]));
        uint256 words = uint8(record[8]);
        if (key >> 56 != ACCOUNT_KIND || words == 0) revert NotAnAccount(key, words);
        bytes memory data = record[ENTRY_HEAD_BYTES:];
        uint256 pointer;
        assembly ("memory-safe") {
            pointer := add(data, 32)
        }
        account = uint32(key);
        owner = address(uint160(AccountRecord.owner(pointer)));
        withdrawn = AccountRecord.withdrawn(pointer);
    }
}
