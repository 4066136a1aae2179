// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccountRecord, GlobalRecord, SessionRecord} from "../generated/Layout.sol";
import {MARK_KIND, SESSION_KIND, UNDERLYING_KIND} from "../generated/Layout.sol";
import {MONEY_MAX, SESSION_SLOTS, SET_SESSION_TYPEHASH, WITHDRAW_TYPEHASH} from "../generated/Params.sol";
import {RESULT_FIELD_OVERFLOW, RESULT_INSUFFICIENT_COLLATERAL, RESULT_MALFORMED} from "../generated/Results.sol";
import {RESULT_OK, RESULT_SEGMENT_FULL} from "../generated/Results.sol";
import {Arena} from "./Arena.sol";
import {Margin} from "./Margin.sol";
import {ACCOUNT, ACCOUNT_ID, GLOBAL, HASH, field, read, write} from "./Memory.sol";
import {UserOp} from "./UserOp.sol";
import {Weight} from "./Weight.sol";

/// @title Ops of the owner alone: Withdraw and SetSession
library Owner {
    uint256 private constant WITHDRAW_BYTES = 26; // account u32, nonce u64, expiry u48, amount u64
    uint256 private constant SET_SESSION_BYTES = 46; // account u32, nonce u64, expiry u48, slot u8, key 20, scope u8, expiry u48
    uint256 private constant SCOPE_TRADE = 1;
    uint256 private constant SESSION_VERSION = 1;

    /// @dev Take collateral out: `withdrawn` grows, which L1 pays.
    function withdraw(uint256 offset, uint256 length) internal view returns (uint256 code) {
        unchecked {
            uint256 amount = field(offset + 18, 64);
            if (!UserOp.hasLength(length, WITHDRAW_BYTES) || amount == 0) return RESULT_MALFORMED;
            uint256 window;
            (code, window) = UserOp.authorize(
                field(offset, 32),
                0,
                field(offset + 4, 64),
                field(offset + 12, 48),
                withdrawHash(offset),
                length == WITHDRAW_BYTES ? 0 : offset + WITHDRAW_BYTES
            );
            if (code != RESULT_OK) return code;
            uint256 account = read(ACCOUNT);
            if (!hasRoom(account)) return RESULT_SEGMENT_FULL;
            UserOp.claim(window, field(offset + 4, 64));
            return take(account, amount);
        }
    }

    function withdrawHash(uint256 offset) private pure returns (uint256 hash) {
        bytes32 typehash = WITHDRAW_TYPEHASH;
        assembly ("memory-safe") {
            let body := calldataload(offset)
            mstore(HASH, typehash)
            mstore(add(HASH, 0x20), shr(224, body))
            mstore(add(HASH, 0x40), and(shr(160, body), 0xffffffffffffffff))
            mstore(add(HASH, 0x60), and(shr(112, body), 0xffffffffffff))
            mstore(add(HASH, 0x80), and(shr(48, body), 0xffffffffffffffff))
            hash := keccak256(HASH, 0xa0)
        }
    }

    function hasRoom(uint256 account) private pure returns (bool) {
        unchecked {
            uint256 entries = AccountRecord.positionCount(account);
            uint256 instruments = GlobalRecord.nextInstrument(read(GLOBAL)) - 1;
            uint256 underlyings = GlobalRecord.nextUnderlying(read(GLOBAL)) - 1;
            uint256 witness = Weight.reserve(MARK_KIND, entries < instruments ? entries : instruments, 1)
                + Weight.reserve(UNDERLYING_KIND, entries < underlyings ? entries : underlyings, 1);
            return Weight.fits(witness, Margin.weight(account));
        }
    }

    /// @dev Move `amount` from collateral to withdrawn, if initial margin stays.
    function take(uint256 account, uint256 amount) private view returns (uint256 code) {
        unchecked {
            uint256 withdrawn = AccountRecord.withdrawn(account) + amount;
            if (withdrawn > MONEY_MAX) return RESULT_FIELD_OVERFLOW;
            uint256 before = read(account + 32);
            // Above −2^126 − 2^64: fits its field. One that is that low fails the test, as equity is collateral and
            // positions worth less than 2^101, and initial margin is not negative.
            AccountRecord.setCollateral(account, AccountRecord.collateral(account) - int256(amount));
            code = Margin.testInitial(account, RESULT_INSUFFICIENT_COLLATERAL);
            if (code == RESULT_OK) AccountRecord.setWithdrawn(account, withdrawn);
            else write(account + 32, before);
        }
    }

    /// @dev Delegate a session slot to a key, or revoke it. The slot's nonce window stays.
    function setSession(uint256 offset, uint256 length) internal view returns (uint256 code) {
        unchecked {
            if (!UserOp.hasLength(length, SET_SESSION_BYTES)) return RESULT_MALFORMED;
            uint256 slot = field(offset + 18, 8);
            uint256 key = field(offset + 19, 160);
            uint256 scope = field(offset + 39, 8);
            uint256 sessionExpiry = field(offset + 40, 48);
            if (slot == 0 || slot >= SESSION_SLOTS || scope > SCOPE_TRADE) return RESULT_MALFORMED;
            if (scope == SCOPE_TRADE ? key == 0 : key | sessionExpiry != 0) return RESULT_MALFORMED;
            uint256 window;
            (code, window) = UserOp.authorize(
                field(offset, 32),
                0,
                field(offset + 4, 64),
                field(offset + 12, 48),
                setSessionHash(offset),
                length == SET_SESSION_BYTES ? 0 : offset + SET_SESSION_BYTES
            );
            if (code != RESULT_OK) return code;
            if (!Weight.fits(Weight.reserve(SESSION_KIND, 1, 2), 0)) return RESULT_SEGMENT_FULL;
            UserOp.claim(window, field(offset + 4, 64));
            uint256 session = Arena.session(read(ACCOUNT_ID), slot);
            write(session, (SESSION_VERSION << 248) | (scope << 240) | (key << 80) | (sessionExpiry << 32));
        }
    }

    function setSessionHash(uint256 offset) private pure returns (uint256 hash) {
        bytes32 typehash = SET_SESSION_TYPEHASH;
        assembly ("memory-safe") {
            let body := calldataload(offset)
            let rest := calldataload(add(offset, 18)) // from the slot on
            mstore(HASH, typehash)
            mstore(add(HASH, 0x20), shr(224, body))
            mstore(add(HASH, 0x40), and(shr(160, body), 0xffffffffffffffff))
            mstore(add(HASH, 0x60), and(shr(112, body), 0xffffffffffff))
            mstore(add(HASH, 0x80), shr(248, rest))
            mstore(add(HASH, 0xa0), and(shr(88, rest), 0xffffffffffffffffffffffffffffffffffffffff))
            mstore(add(HASH, 0xc0), and(shr(80, rest), 0xff))
            mstore(add(HASH, 0xe0), and(shr(32, rest), 0xffffffffffff))
            hash := keccak256(HASH, 0x100)
        }
    }
}
