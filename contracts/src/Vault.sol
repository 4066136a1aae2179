// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ACCOUNT_KIND, AccountRecord} from "./generated/Layout.sol";
import {
    ACCOUNT_HEIGHT,
    DAILY_MIN_MICRO_USD_FLOOR,
    DAILY_SHARE_PPM_MIN,
    FAULT_PAUSE_SECONDS,
    MINIMUM_DEPOSIT_MICRO_USD_MAX,
    PAUSE_REST_SECONDS,
    PAUSE_SECONDS,
    PAYMENT_GAS,
    POOL_FEE_POOL,
    POOL_INSURANCE_FUND,
    PPM
} from "./generated/Params.sol";
import {IERC20} from "./interfaces/IERC20.sol";
import {IInbox} from "./interfaces/IInbox.sol";
import {IRollup} from "./interfaces/IRollup.sol";
import {ITimelock} from "./interfaces/ITimelock.sol";
import {IVault, VaultConfig} from "./interfaces/IVault.sol";
import {Multiproof} from "./proof/Multiproof.sol";
import {Token} from "./vault/Token.sol";

/// @title Custody of the collateral
/// @notice What comes in is credited by a message to the law; what goes out is the difference between what a final state shows
/// as withdrawn and what was paid before. So withdrawals have no ids, and nothing can be used twice. A day's payments are a share of
/// custody; what goes beyond waits in order.
contract Vault is IVault {
    // Deposits that fit it never make the law refuse one: a collateral may reach 2**126.
    uint256 private constant CAP_MICRO_USD_MAX = type(uint96).max;
    uint256 private constant ENTRY_HEAD_BYTES = 9; // key u64, words u8

    address public immutable token;
    address public immutable inbox;
    address public immutable rollup;
    address public immutable governor;
    address public immutable escape;
    address public immutable council;
    uint256 public immutable dailySharePpm;
    uint256 public immutable dailyLeastMicroUsd;

    uint32 public nextAccount = 1;
    uint256 public custodyMicroUsd;
    uint256 public depositCapMicroUsd;
    uint256 public minimumDepositMicroUsd;
    mapping(uint32 account => uint256) public paidMicroUsd;

    // What may still be paid on a day, by its number.
    uint64 private _day;
    uint128 private _dayLeft;
    // Payments that wait, in order: account u32 ‖ what the account will have been paid then, u128.
    uint128 private _queueStart;
    uint128 private _queueEnd;
    mapping(uint256 place => uint256) private _queue;
    mapping(uint32 account => uint256) private _queuedMicroUsd; // as paidMicroUsd, once the queue is empty
    mapping(uint32 account => address) private _recipients; // of payments that wait
    uint64 public pausedUntil;
    // What was not paid because the tokens were short, for whom.
    mapping(address recipient => uint256) public shortfallMicroUsd;
    uint256 public shortfallsMicroUsd;

    bool private transient _entered;

    /// @dev Nothing comes in while governance can act without delay.
    modifier onlySealed() {
        if (!ITimelock(governor).isSealed()) revert NotSealed();
        _;
    }

    /// @dev From a freeze on, money leaves through the Escape alone.
    modifier notFrozen() {
        if (IRollup(rollup).resolutionEnd() != 0) revert VaultFrozen();
        _;
    }

    /// @dev A pause stops payments, and nothing else.
    modifier notPaused() {
        if (block.timestamp < pausedUntil) revert PaymentsPaused(pausedUntil);
        _;
    }

    /// @dev The token may be any contract, so it must never be called while the state is half changed.
    modifier guarded() {
        if (_entered) revert Reentered();
        _entered = true;
        _;
        _entered = false;
    }

    constructor(VaultConfig memory config) {
        (token, inbox, rollup) = (config.token, config.inbox, config.rollup);
        (governor, escape, council) = (config.governor, config.escape, config.council);
        (dailySharePpm, dailyLeastMicroUsd) = (config.dailySharePpm, config.dailyLeastMicroUsd);
        if (config.dailySharePpm < DAILY_SHARE_PPM_MIN || config.dailySharePpm > PPM) {
            revert DailyOutOfRange(config.dailySharePpm, DAILY_SHARE_PPM_MIN, PPM);
        }
        if (config.dailyLeastMicroUsd < DAILY_MIN_MICRO_USD_FLOOR || config.dailyLeastMicroUsd > CAP_MICRO_USD_MAX) {
            revert DailyOutOfRange(config.dailyLeastMicroUsd, DAILY_MIN_MICRO_USD_FLOOR, CAP_MICRO_USD_MAX);
        }
        _setDepositCap(config.depositCapMicroUsd);
        _setMinimumDeposit(config.minimumDepositMicroUsd);
    }

    /// @inheritdoc IVault
    function register(address owner) external payable onlySealed notFrozen guarded returns (uint32 account) {
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
        payable
        onlySealed
        notFrozen
        guarded
        returns (uint128 receivedMicroUsd)
    {
        if (account == 0 || account >= nextAccount) revert UnknownAccount(account, nextAccount);
        uint256 received = Token.pull(token, msg.sender, amountMicroUsd);
        if (received == 0) revert NothingReceived();
        if (received < minimumDepositMicroUsd) revert DepositTooSmall(received, minimumDepositMicroUsd);
        uint256 custody = custodyMicroUsd + received;
        if (custody > depositCapMicroUsd) revert DepositCapExceeded(custody, depositCapMicroUsd);
        custodyMicroUsd = custody;
        receivedMicroUsd = uint128(received);
        uint64 index = IInbox(inbox).deposit{value: msg.value}(msg.sender, account, receivedMicroUsd);
        emit Deposited(account, msg.sender, receivedMicroUsd, index);
    }

    /// @inheritdoc IVault
    function payIn(uint8 pool, uint256 amountMicroUsd)
        external
        payable
        onlySealed
        notFrozen
        guarded
        returns (uint128 receivedMicroUsd)
    {
        if (pool != POOL_FEE_POOL && pool != POOL_INSURANCE_FUND) revert UnknownPool(pool);
        uint256 received = Token.pull(token, msg.sender, amountMicroUsd);
        if (received == 0) revert NothingReceived();
        // The cap is for what users risk; a gift is bounded so that the law cannot refuse it.
        uint256 custody = custodyMicroUsd + received;
        if (custody > CAP_MICRO_USD_MAX) revert CustodyTooHigh(custody, CAP_MICRO_USD_MAX);
        custodyMicroUsd = custody;
        receivedMicroUsd = uint128(received);
        uint64 index = IInbox(inbox).payIn{value: msg.value}(msg.sender, pool, receivedMicroUsd);
        emit PaidIn(pool, msg.sender, receivedMicroUsd, index);
    }

    /// @inheritdoc IVault
    function withdraw(uint64 claimNumber, bytes calldata record, bytes calldata proof)
        external
        notFrozen
        notPaused
        guarded
        returns (uint128 amountMicroUsd)
    {
        (uint32 account, address owner, uint256 withdrawn) = _provedAccount(claimNumber, record, proof);
        address named = _recipients[account];
        return _payOrQueue(claimNumber, account, named == address(0) ? owner : named, withdrawn);
    }

    /// @inheritdoc IVault
    function withdrawTo(address recipient, uint64 claimNumber, bytes calldata record, bytes calldata proof)
        external
        notFrozen
        notPaused
        guarded
        returns (uint128 amountMicroUsd)
    {
        (uint32 account, address owner, uint256 withdrawn) = _provedAccount(claimNumber, record, proof);
        if (msg.sender != owner) revert NotAccountOwner(msg.sender, owner);
        // What the Vault paid to itself would belong to nobody.
        if (recipient == address(0) || recipient == address(this)) revert BadRecipient(recipient);
        if (_queuedMicroUsd[account] > paidMicroUsd[account]) {
            // What waits goes to the new recipient too: anyone may have queued it for an owner whom the token refuses.
            _recipients[account] = recipient;
            emit RecipientNamed(account, recipient);
            if (withdrawn <= _queuedMicroUsd[account]) return 0;
        }
        return _payOrQueue(claimNumber, account, recipient, withdrawn);
    }

    /// @inheritdoc IVault
    function payQueued(uint256 count) external notFrozen notPaused guarded {
        uint256 place = _queueStart;
        uint256 end = place + count < _queueEnd ? place + count : _queueEnd;
        uint256 left = _leftToday();
        for (; place < end && left != 0; ++place) {
            (uint32 account, uint256 total) = (uint32(_queue[place] >> 128), uint128(_queue[place]));
            uint256 paid = paidMicroUsd[account];
            // A later entry of the account was there before a refused one; or the account was refused since, and has left the line.
            if (total <= paid || _queuedMicroUsd[account] <= paid) continue;
            uint256 amount = total - paid;
            uint256 part = amount < left ? amount : left;
            address recipient = _recipients[account];
            uint256 out = _bookPayment(account, recipient, part, paid + part);
            left -= part;
            // A token that fails with this much gas left has refused the recipient: nobody loses a place for lack of gas.
            if (gasleft() < 2 * PAYMENT_GAS) revert GasTooLow(2 * PAYMENT_GAS);
            if (Token.tryPush(token, recipient, out, PAYMENT_GAS)) {
                emit Withdrawn(account, recipient, uint128(out), 0);
                if (part < amount) break; // the day is over; the rest keeps its place
            } else {
                // Owed as before, and no longer in line: its owner names somebody else.
                _unaccount(account, recipient, part, out, paid);
                left += part;
                _queuedMicroUsd[account] = paid;
                emit PaymentRefused(account, recipient, uint128(amount));
            }
            if (_queuedMicroUsd[account] <= paidMicroUsd[account]) delete _recipients[account];
        }
        _queueStart = uint128(place);
        _dayLeft = uint128(left);
    }

    /// @inheritdoc IVault
    function collectShortfall(address recipient) external notPaused guarded returns (uint256 amountMicroUsd) {
        amountMicroUsd = shortfallMicroUsd[recipient];
        if (amountMicroUsd == 0) revert NothingShort(recipient);
        (uint256 tokens, uint256 custody) = (_tokens(), custodyMicroUsd);
        uint256 surplus = tokens > custody ? tokens - custody : 0;
        if (surplus < shortfallsMicroUsd) revert StillShort(surplus, shortfallsMicroUsd);
        shortfallMicroUsd[recipient] = 0;
        shortfallsMicroUsd -= amountMicroUsd;
        emit ShortfallPaid(recipient, amountMicroUsd);
        Token.push(token, recipient, amountMicroUsd);
    }

    /// @inheritdoc IVault
    function payEscaped(address recipient, uint256 amountMicroUsd) external guarded {
        if (msg.sender != escape) revert NotEscape(msg.sender, escape);
        if (recipient == address(0) || recipient == address(this)) revert BadRecipient(recipient);
        custodyMicroUsd -= amountMicroUsd;
        emit Escaped(recipient, amountMicroUsd);
        Token.push(token, recipient, amountMicroUsd);
    }

    /// @inheritdoc IVault
    function pausePayments() external {
        if (msg.sender != council) revert NotCouncil(msg.sender, council);
        // A rest follows each pause, or it could last forever.
        uint256 from = pausedUntil == 0 ? 0 : pausedUntil + PAUSE_REST_SECONDS;
        if (block.timestamp < from) revert PausedLately(uint64(from));
        pausedUntil = uint64(block.timestamp + PAUSE_SECONDS);
        emit Paused(pausedUntil);
    }

    /// @inheritdoc IVault
    function pauseForFault() external {
        if (msg.sender != escape) revert NotEscape(msg.sender, escape);
        // A council's pause that is under way ends before. Its next one waits for a rest after this one too.
        pausedUntil = uint64(block.timestamp + FAULT_PAUSE_SECONDS);
        emit Paused(pausedUntil);
    }

    /// @inheritdoc IVault
    function setDepositCap(uint256 capMicroUsd) external {
        if (msg.sender != governor) revert NotGovernor(msg.sender);
        _setDepositCap(capMicroUsd);
    }

    /// @inheritdoc IVault
    function setMinimumDeposit(uint256 minimumMicroUsd) external {
        if (msg.sender != governor) revert NotGovernor(msg.sender);
        _setMinimumDeposit(minimumMicroUsd);
    }

    /// @inheritdoc IVault
    function queued() external view returns (uint256 start, uint256 end) {
        return (_queueStart, _queueEnd);
    }

    /// @inheritdoc IVault
    function queuedMicroUsd(uint32 account) external view returns (uint256) {
        uint256 total = _queuedMicroUsd[account];
        return total > paidMicroUsd[account] ? total - paidMicroUsd[account] : 0;
    }

    /// @inheritdoc IVault
    function leftTodayMicroUsd() external view returns (uint256) {
        if (_day == block.timestamp / 1 days) return _dayLeft;
        return _allowance();
    }

    /// @inheritdoc IVault
    function backedMicroUsd() external view returns (uint256) {
        uint256 tokens = _tokens();
        return tokens < custodyMicroUsd ? tokens : custodyMicroUsd;
    }

    /// @dev Pay `recipient` what the account is owed, if nothing waits and the day's share admits it; else put it in line, behind
    /// everything that waits, however small it is.
    function _payOrQueue(uint64 claimNumber, uint32 account, address recipient, uint256 withdrawn)
        private
        returns (uint128 amountMicroUsd)
    {
        uint256 settled = paidMicroUsd[account];
        if (_queuedMicroUsd[account] > settled) settled = _queuedMicroUsd[account];
        if (withdrawn <= settled) revert NothingOwed(account, withdrawn, settled);
        uint256 owed = withdrawn - settled;
        uint256 left = _leftToday();
        if (owed <= left && _queueStart == _queueEnd) {
            _dayLeft = uint128(left - owed);
            amountMicroUsd = uint128(_bookPayment(account, recipient, owed, withdrawn));
            emit Withdrawn(account, recipient, amountMicroUsd, claimNumber);
            Token.push(token, recipient, amountMicroUsd);
        } else {
            uint256 place = _queueEnd++;
            _queue[place] = (uint256(account) << 128) | uint128(withdrawn);
            _queuedMicroUsd[account] = withdrawn;
            _recipients[account] = recipient;
            emit PaymentQueued(account, recipient, uint128(owed), place);
        }
    }

    /// @dev Count `owed` as paid, and return what of it there are tokens for: where they are short, everybody's part is the same,
    /// whoever comes first, and the rest is remembered.
    function _bookPayment(uint32 account, address recipient, uint256 owed, uint256 total) private returns (uint256 out) {
        uint256 custody = custodyMicroUsd;
        uint256 tokens = _tokens();
        out = tokens < custody ? owed * tokens / custody : owed;
        paidMicroUsd[account] = total;
        custodyMicroUsd = custody - owed;
        if (out < owed) {
            shortfallMicroUsd[recipient] += owed - out;
            shortfallsMicroUsd += owed - out;
            emit Shortfall(recipient, owed - out);
        }
    }

    /// @dev Take back what `_bookPayment` did.
    function _unaccount(uint32 account, address recipient, uint256 owed, uint256 out, uint256 paid) private {
        paidMicroUsd[account] = paid;
        custodyMicroUsd += owed;
        if (out < owed) {
            shortfallMicroUsd[recipient] -= owed - out;
            shortfallsMicroUsd -= owed - out;
        }
    }

    function _tokens() private view returns (uint256) {
        return IERC20(token).balanceOf(address(this));
    }

    /// @dev What may still be paid today. The share is of what there was when the day's first payment came.
    function _leftToday() private returns (uint256) {
        uint64 today = uint64(block.timestamp / 1 days);
        if (_day != today) (_day, _dayLeft) = (today, uint128(_allowance()));
        return _dayLeft;
    }

    /// @dev Never more than there is: a state that owes more takes nobody below zero.
    function _allowance() private view returns (uint256 allowance) {
        uint256 custody = custodyMicroUsd;
        allowance = custody * dailySharePpm / PPM;
        if (allowance < dailyLeastMicroUsd) allowance = dailyLeastMicroUsd;
        if (allowance > custody) allowance = custody;
    }

    function _setDepositCap(uint256 capMicroUsd) private {
        if (capMicroUsd > CAP_MICRO_USD_MAX) revert CapTooHigh(capMicroUsd, CAP_MICRO_USD_MAX);
        depositCapMicroUsd = capMicroUsd;
        emit DepositCapChanged(capMicroUsd);
    }

    function _setMinimumDeposit(uint256 minimumMicroUsd) private {
        if (minimumMicroUsd > MINIMUM_DEPOSIT_MICRO_USD_MAX) {
            revert MinimumTooHigh(minimumMicroUsd, MINIMUM_DEPOSIT_MICRO_USD_MAX);
        }
        minimumDepositMicroUsd = minimumMicroUsd;
        emit MinimumDepositChanged(minimumMicroUsd);
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
