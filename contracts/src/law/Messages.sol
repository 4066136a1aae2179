// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccountRecord, GlobalRecord} from "../generated/Layout.sol";
import {ACCOUNT_HEIGHT, MESSAGE_KIND_DEPOSIT, MESSAGE_KIND_GOVERNANCE} from "../generated/Params.sol";
import {MESSAGE_KIND_REGISTER, MONEY_MAX} from "../generated/Params.sol";
import {
    RESULT_CAPACITY,
    RESULT_FIELD_OVERFLOW,
    RESULT_MALFORMED,
    RESULT_OK,
    RESULT_UNKNOWN_ACCOUNT,
    RESULT_UNKNOWN_TYPE
} from "../generated/Results.sol";
import {Arena} from "./Arena.sol";
import {Governance} from "./Governance.sol";
import {GLOBAL, field, read, write} from "./Memory.sol";

/// @title Messages of L1 that carry no user op
library Messages {
    uint256 private constant VERSION = 1;
    uint256 private constant SCOPE_OWNER = 255;

    /// @dev Execute a message of `kind` with the payload of `length` bytes at calldata `offset`; return its result code.
    function execute(uint256 kind, uint256 offset, uint256 length) internal view returns (uint256) {
        if (kind == MESSAGE_KIND_REGISTER) return register(offset, length);
        if (kind == MESSAGE_KIND_DEPOSIT) return deposit(offset, length);
        if (kind == MESSAGE_KIND_GOVERNANCE) return Governance.execute(offset, length);
        return RESULT_UNKNOWN_TYPE;
    }

    /// @dev Payload: account u32, owner 20. Creates the account and its session 0, the owner's.
    function register(uint256 offset, uint256 length) private view returns (uint256) {
        unchecked {
            if (length != 24) return RESULT_MALFORMED;
            uint256 id = field(offset, 32);
            uint256 owner = field(offset + 4, 160);
            uint256 global = read(GLOBAL);
            if (id != GlobalRecord.nextAccount(global)) return RESULT_MALFORMED;
            if (id >= 1 << ACCOUNT_HEIGHT) return RESULT_CAPACITY;
            GlobalRecord.setNextAccount(global, id + 1);
            write(Arena.account(id), (VERSION << 248) | (owner << 88));
            write(Arena.session(id, 0), (VERSION << 248) | (SCOPE_OWNER << 240) | (owner << 80));
            return RESULT_OK;
        }
    }

    /// @dev Payload: account u32, amount u128, in micro-USD.
    function deposit(uint256 offset, uint256 length) private view returns (uint256) {
        unchecked {
            if (length != 20) return RESULT_MALFORMED;
            uint256 id = field(offset, 32);
            if (id == 0 || id >= GlobalRecord.nextAccount(read(GLOBAL))) return RESULT_UNKNOWN_ACCOUNT;
            uint256 account = Arena.account(id);
            uint256 global = read(GLOBAL);
            int256 collateral = AccountRecord.collateral(account) + int256(field(offset + 4, 128));
            uint256 liabilities = GlobalRecord.liabilities(global) + field(offset + 4, 128);
            if (collateral > int256(MONEY_MAX) || liabilities > MONEY_MAX) return RESULT_FIELD_OVERFLOW;
            AccountRecord.setCollateral(account, collateral);
            GlobalRecord.setLiabilities(global, liabilities);
            return RESULT_OK;
        }
    }
}
