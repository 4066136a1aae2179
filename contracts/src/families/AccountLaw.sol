// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {OP_TYPE_ATTEST, OP_TYPE_ATTEST_CREDIT, OP_TYPE_BID, OP_TYPE_BLOCK_TRADE, OP_TYPE_RELEASE_CREDIT, OP_TYPE_SET_CANCEL_AT} from "../generated/Params.sol";
import {OP_TYPE_SET_GUARD, OP_TYPE_SET_MARGIN_MODE, OP_TYPE_SET_SESSION, OP_TYPE_SET_TRIGGER, OP_TYPE_WITHDRAW} from "../generated/Params.sol";
import {OP_TYPE_SET_PROTECTION, SEGMENT_FAMILY_ACCOUNT} from "../generated/Params.sol";
import {Families} from "../law/Families.sol";
import {FamilyLaw} from "../law/FamilyLaw.sol";
import {Attest} from "../law/ops/Attest.sol";
import {AttestCredit} from "../law/ops/AttestCredit.sol";
import {Bid} from "../law/ops/Bid.sol";
import {BlockTrade} from "../law/ops/BlockTrade.sol";
import {ReleaseCredit} from "../law/ops/ReleaseCredit.sol";
import {SetCancelAt} from "../law/ops/SetCancelAt.sol";
import {SetGuard} from "../law/ops/SetGuard.sol";
import {SetMarginMode} from "../law/ops/SetMarginMode.sol";
import {SetProtection} from "../law/ops/SetProtection.sol";
import {SetSession} from "../law/ops/SetSession.sol";
import {SetTrigger} from "../law/ops/SetTrigger.sol";
import {Withdraw} from "../law/ops/Withdraw.sol";

/// @title The law of accounts: what else users sign, and what attesters say of them
contract AccountLaw is FamilyLaw {
    constructor(address margin_, address pricing_, address portfolio_) FamilyLaw(margin_, pricing_, portfolio_) {}

    function family() internal pure override returns (uint256) {
        return SEGMENT_FAMILY_ACCOUNT;
    }

    function executeOp(uint256 kind, uint256 offset, uint256 length) internal view override returns (uint256 code) {
        if (kind == OP_TYPE_WITHDRAW) return Withdraw.execute(offset, length);
        if (kind == OP_TYPE_SET_SESSION) return SetSession.execute(offset, length);
        if (kind == OP_TYPE_SET_CANCEL_AT) return SetCancelAt.execute(offset, length);
        if (kind == OP_TYPE_SET_GUARD) return SetGuard.execute(offset, length);
        if (kind == OP_TYPE_BLOCK_TRADE) return BlockTrade.execute(offset, length);
        if (kind == OP_TYPE_SET_PROTECTION) return SetProtection.execute(offset, length);
        if (kind == OP_TYPE_SET_TRIGGER) return SetTrigger.execute(offset, length);
        if (kind == OP_TYPE_SET_MARGIN_MODE) return SetMarginMode.execute(offset, length);
        if (kind == OP_TYPE_BID) return Bid.execute(offset, length);
        if (kind == OP_TYPE_ATTEST) return Attest.execute(offset, length);
        if (kind == OP_TYPE_ATTEST_CREDIT) return AttestCredit.execute(offset, length);
        if (kind == OP_TYPE_RELEASE_CREDIT) return ReleaseCredit.execute(offset, length);
        return Families.refusal(kind);
    }
}
