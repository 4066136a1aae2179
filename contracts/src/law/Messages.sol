// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccountRecord, GlobalRecord} from "../generated/Layout.sol";
import {MESSAGE_L1_REPORT_BYTES, MESSAGE_PAY_IN_BYTES} from "../generated/Operations.sol";
import {ACCOUNT_HEIGHT, L1_EMA_PPM, L1_PRICE_MAX, L1_REPORT_SPACING_MS, MESSAGE_KIND_DEPOSIT, MESSAGE_KIND_GOVERNANCE} from "../generated/Params.sol";
import {MESSAGE_KIND_L1_REPORT, MESSAGE_KIND_PAY_IN, MESSAGE_KIND_REGISTER, MONEY_MAX, POOL_FEE_POOL, POOL_INSURANCE_FUND, PPM} from "../generated/Params.sol";
import {
    RESULT_CAPACITY,
    RESULT_FIELD_OVERFLOW,
    RESULT_MALFORMED,
    RESULT_OK,
    RESULT_TOO_SOON,
    RESULT_UNKNOWN_ACCOUNT,
    RESULT_UNKNOWN_TYPE
} from "../generated/Results.sol";
import {Arena} from "./Arena.sol";
import {Governance} from "./Governance.sol";
import {GLOBAL, NOW, field, read, write} from "./Memory.sol";
import {SignedMath} from "./SignedMath.sol";

/// @title Messages of L1 that carry no user op
library Messages {
    uint256 private constant VERSION = 1;
    uint256 private constant SCOPE_OWNER = 255;

    /// @dev Execute a message of `kind` with the payload of `length` bytes at calldata `offset`; return its result code.
    function execute(uint256 kind, uint256 offset, uint256 length) internal view returns (uint256) {
        if (kind == MESSAGE_KIND_REGISTER) return register(offset, length);
        if (kind == MESSAGE_KIND_DEPOSIT) return deposit(offset, length);
        if (kind == MESSAGE_KIND_GOVERNANCE) return Governance.execute(offset, length);
        if (kind == MESSAGE_KIND_L1_REPORT) return reportL1(offset, length);
        if (kind == MESSAGE_KIND_PAY_IN) return payIn(offset, length);
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

    /// @dev Payload: base_fee u64, blob_base_fee u64, in wei. Moves the averages by which ops' bytes are charged (docs/protocol/l1-cost.md).
    function reportL1(uint256 offset, uint256 length) private pure returns (uint256) {
        unchecked {
            if (length != MESSAGE_L1_REPORT_BYTES) return RESULT_MALFORMED;
            uint256 baseFee = field(offset, 64);
            uint256 blobFee = field(offset + 8, 64);
            if (baseFee > L1_PRICE_MAX || blobFee > L1_PRICE_MAX) return RESULT_MALFORMED;
            uint256 global = read(GLOBAL);
            uint256 last = GlobalRecord.l1ReportedMs(global);
            if (read(NOW) < last + L1_REPORT_SPACING_MS) return RESULT_TOO_SOON;
            if (last != 0) {
                baseFee = moved(GlobalRecord.l1GasPrice(global), baseFee);
                blobFee = moved(GlobalRecord.l1BlobPrice(global), blobFee);
            }
            GlobalRecord.setL1GasPrice(global, baseFee);
            GlobalRecord.setL1BlobPrice(global, blobFee);
            GlobalRecord.setL1ReportedMs(global, read(NOW));
            return RESULT_OK;
        }
    }

    /// @dev An average after a report; rounds down. Both are at most 2^63, and so is the result.
    function moved(uint256 average, uint256 report) private pure returns (uint256) {
        unchecked {
            int256 step = (int256(report) - int256(average)) * int256(L1_EMA_PPM);
            return uint256(int256(average) + SignedMath.floorDiv(step, int256(PPM)));
        }
    }

    /// @dev Payload: pool u8, amount u128, in micro-USD. The tokens lie in the Vault.
    function payIn(uint256 offset, uint256 length) private pure returns (uint256) {
        unchecked {
            if (length != MESSAGE_PAY_IN_BYTES) return RESULT_MALFORMED;
            uint256 pool = field(offset, 8);
            uint256 amount = field(offset + 1, 128);
            if (pool != POOL_FEE_POOL && pool != POOL_INSURANCE_FUND) return RESULT_MALFORMED;
            uint256 global = read(GLOBAL);
            uint256 liabilities = GlobalRecord.liabilities(global) + amount;
            uint256 held = amount + (pool == POOL_FEE_POOL ? GlobalRecord.feePool(global) : GlobalRecord.insuranceFund(global));
            if (held > MONEY_MAX || liabilities > MONEY_MAX) return RESULT_FIELD_OVERFLOW;
            if (pool == POOL_FEE_POOL) GlobalRecord.setFeePool(global, held);
            else GlobalRecord.setInsuranceFund(global, held);
            GlobalRecord.setLiabilities(global, liabilities);
            return RESULT_OK;
        }
    }
}
