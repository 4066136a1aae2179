// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MESSAGE_HEAD_BYTES, OP_BUNDLE_HEAD_BYTES, OP_HEAD_BYTES} from "../generated/Operations.sol";
import {
    ACTIONS_MAX,
    CHARGE_DATA_BYTE,
    CHARGE_SEGMENT,
    LIGHT_MESSAGES_MAX,
    MESSAGE_KIND_DEPOSIT,
    MESSAGE_KIND_GOVERNANCE,
    MESSAGE_KIND_L1_REPORT,
    MESSAGE_KIND_PAY_IN,
    MESSAGE_KIND_REGISTER,
    OP_TYPE_ANNOUNCE_ORPHAN,
    OP_TYPE_ATTEST,
    OP_TYPE_ATTEST_CREDIT,
    OP_TYPE_BID,
    OP_TYPE_BLOCK_TRADE,
    OP_TYPE_BUNDLE,
    OP_TYPE_DELEVERAGE,
    OP_TYPE_EXPIRY_SAMPLE,
    OP_TYPE_FIRE_TRIGGER,
    OP_TYPE_FORCED_CLOSE,
    OP_TYPE_FUNDING,
    OP_TYPE_INDEX_PRICE,
    OP_TYPE_LIQUIDATE,
    OP_TYPE_RELEASE_CREDIT,
    OP_TYPE_REPRICE,
    OP_TYPE_REVALUE,
    OP_TYPE_SETTLE_EXPIRY,
    OP_TYPE_SETTLE_ORPHAN,
    OP_TYPE_SETTLE_POSITION,
    OP_TYPE_SET_CANCEL_AT,
    OP_TYPE_SET_PROTECTION,
    OP_TYPE_SET_GUARD,
    OP_TYPE_SET_MARGIN_MODE,
    OP_TYPE_SET_SESSION,
    OP_TYPE_SET_TRIGGER,
    OP_TYPE_SURFACE,
    OP_TYPE_SWEEP,
    OP_TYPE_UNWIND,
    OP_TYPE_WITHDRAW,
    RESERVE_CHARGE_ANNOUNCE_ORPHAN,
    RESERVE_CHARGE_ATTEST,
    RESERVE_CHARGE_ATTEST_CREDIT,
    RESERVE_CHARGE_BID,
    RESERVE_CHARGE_BLOCK_TRADE,
    RESERVE_CHARGE_BUNDLE_PACKED,
    RESERVE_CHARGE_DELEVERAGE,
    RESERVE_CHARGE_DEPOSIT,
    RESERVE_CHARGE_EXPIRY_SAMPLE,
    RESERVE_CHARGE_FIRE_TRIGGER,
    RESERVE_CHARGE_FORCED_CLOSE,
    RESERVE_CHARGE_FUNDING,
    RESERVE_CHARGE_GOVERNANCE,
    RESERVE_CHARGE_INDEX_PRICE,
    RESERVE_CHARGE_L1_REPORT,
    RESERVE_CHARGE_LIQUIDATE,
    RESERVE_CHARGE_PAY_IN,
    RESERVE_CHARGE_REGISTER,
    RESERVE_CHARGE_RELEASE_CREDIT,
    RESERVE_CHARGE_REPRICE,
    RESERVE_CHARGE_REVALUE,
    RESERVE_CHARGE_SETTLE_EXPIRY,
    RESERVE_CHARGE_SETTLE_ORPHAN,
    RESERVE_CHARGE_SETTLE_POSITION,
    RESERVE_CHARGE_SET_CANCEL_AT,
    RESERVE_CHARGE_SET_PROTECTION,
    RESERVE_CHARGE_SET_GUARD,
    RESERVE_CHARGE_SET_MARGIN_MODE,
    RESERVE_CHARGE_SET_SESSION,
    RESERVE_CHARGE_SET_TRIGGER,
    RESERVE_CHARGE_SURFACE,
    RESERVE_CHARGE_SWEEP,
    RESERVE_CHARGE_UNWIND,
    RESERVE_CHARGE_WITHDRAW
} from "../generated/Params.sol";
import {Families} from "../law/Families.sol";

/// @title What a message is charged, in law-gas: the most that it can cost whoever verifies it (docs/protocol/capacity.md)
library MessageCharge {
    uint256 private constant COUNT_OFFSET = MESSAGE_HEAD_BYTES + OP_HEAD_BYTES + OP_BUNDLE_HEAD_BYTES - 1;

    function chargeOf(bytes memory message) internal pure returns (uint256) {
        uint256 kind = uint8(message[0]);
        uint256 segment = isLight(kind) ? CHARGE_SEGMENT / LIGHT_MESSAGES_MAX : CHARGE_SEGMENT;
        return segment + _reserve(kind, message) + CHARGE_DATA_BYTE * message.length;
    }

    /// @dev Whether messages of a kind may share a segment.
    function isLight(uint256 kind) internal pure returns (bool) {
        return kind == MESSAGE_KIND_REGISTER || kind == MESSAGE_KIND_DEPOSIT;
    }

    function _reserve(uint256 kind, bytes memory message) private pure returns (uint256) {
        if (kind == MESSAGE_KIND_REGISTER) return RESERVE_CHARGE_REGISTER;
        if (kind == MESSAGE_KIND_DEPOSIT) return RESERVE_CHARGE_DEPOSIT;
        if (kind == MESSAGE_KIND_GOVERNANCE) return RESERVE_CHARGE_GOVERNANCE;
        if (kind == MESSAGE_KIND_L1_REPORT) return RESERVE_CHARGE_L1_REPORT;
        if (kind == MESSAGE_KIND_PAY_IN) return RESERVE_CHARGE_PAY_IN;
        uint256 op = message.length > MESSAGE_HEAD_BYTES ? uint8(message[MESSAGE_HEAD_BYTES]) : 0;
        if (op == OP_TYPE_WITHDRAW) return RESERVE_CHARGE_WITHDRAW;
        if (op == OP_TYPE_SET_SESSION) return RESERVE_CHARGE_SET_SESSION;
        if (op == OP_TYPE_SET_CANCEL_AT) return RESERVE_CHARGE_SET_CANCEL_AT;
        if (op == OP_TYPE_SET_PROTECTION) return RESERVE_CHARGE_SET_PROTECTION;
        if (op == OP_TYPE_SET_TRIGGER) return RESERVE_CHARGE_SET_TRIGGER;
        if (op == OP_TYPE_SET_GUARD) return RESERVE_CHARGE_SET_GUARD;
        if (op == OP_TYPE_SET_MARGIN_MODE) return RESERVE_CHARGE_SET_MARGIN_MODE;
        if (op == OP_TYPE_REVALUE) return RESERVE_CHARGE_REVALUE;
        if (op == OP_TYPE_BLOCK_TRADE) return RESERVE_CHARGE_BLOCK_TRADE;
        if (op == OP_TYPE_BID) return RESERVE_CHARGE_BID;
        if (op == OP_TYPE_ATTEST) return RESERVE_CHARGE_ATTEST;
        if (op == OP_TYPE_ATTEST_CREDIT) return RESERVE_CHARGE_ATTEST_CREDIT;
        if (op == OP_TYPE_RELEASE_CREDIT) return RESERVE_CHARGE_RELEASE_CREDIT;
        if (op == OP_TYPE_INDEX_PRICE) return RESERVE_CHARGE_INDEX_PRICE;
        if (op == OP_TYPE_SWEEP) return RESERVE_CHARGE_SWEEP;
        if (op == OP_TYPE_FUNDING) return RESERVE_CHARGE_FUNDING;
        if (op == OP_TYPE_FORCED_CLOSE) return RESERVE_CHARGE_FORCED_CLOSE;
        if (op == OP_TYPE_FIRE_TRIGGER) return RESERVE_CHARGE_FIRE_TRIGGER;
        if (op == OP_TYPE_LIQUIDATE) return RESERVE_CHARGE_LIQUIDATE;
        if (op == OP_TYPE_UNWIND) return RESERVE_CHARGE_UNWIND;
        if (op == OP_TYPE_DELEVERAGE) return RESERVE_CHARGE_DELEVERAGE;
        if (op == OP_TYPE_ANNOUNCE_ORPHAN) return RESERVE_CHARGE_ANNOUNCE_ORPHAN;
        if (op == OP_TYPE_SETTLE_ORPHAN) return RESERVE_CHARGE_SETTLE_ORPHAN;
        if (op == OP_TYPE_SETTLE_POSITION) return RESERVE_CHARGE_SETTLE_POSITION;
        if (op == OP_TYPE_SURFACE) return RESERVE_CHARGE_SURFACE;
        if (op == OP_TYPE_REPRICE) return RESERVE_CHARGE_REPRICE;
        if (op == OP_TYPE_EXPIRY_SAMPLE) return RESERVE_CHARGE_EXPIRY_SAMPLE;
        if (op == OP_TYPE_SETTLE_EXPIRY) return RESERVE_CHARGE_SETTLE_EXPIRY;
        return _bundleReserve(op == OP_TYPE_BUNDLE && message.length > COUNT_OFFSET ? uint8(message[COUNT_OFFSET]) : 0);
    }

    /// @dev Of a bundle by its count of actions; of a count that no bundle has, and of unknown types, the greatest.
    function _bundleReserve(uint256 actions) private pure returns (uint256) {
        if (actions == 0 || actions > ACTIONS_MAX) actions = ACTIONS_MAX;
        return (RESERVE_CHARGE_BUNDLE_PACKED >> (32 * (actions - 1))) & type(uint32).max;
    }
}
