// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {OP_TYPE_BUNDLE, SEGMENT_FAMILY_TRADE} from "../generated/Params.sol";
import {Families} from "../law/Families.sol";
import {FamilyLaw} from "../law/FamilyLaw.sol";
import {Bundle} from "../law/ops/Bundle.sol";

/// @title The law of trade: bundles, by the thousand
contract TradeLaw is FamilyLaw {
    constructor(address margin_, address pricing_, address portfolio_) FamilyLaw(margin_, pricing_, portfolio_) {}

    function family() internal pure override returns (uint256) {
        return SEGMENT_FAMILY_TRADE;
    }

    function executeOp(uint256 kind, uint256 offset, uint256 length) internal view override returns (uint256 code) {
        if (kind == OP_TYPE_BUNDLE) return Bundle.execute(offset, length);
        return Families.refusal(kind);
    }
}
