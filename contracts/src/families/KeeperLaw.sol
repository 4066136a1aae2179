// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {OP_TYPE_FIRE_TRIGGER, OP_TYPE_FORCED_CLOSE, OP_TYPE_LIQUIDATE, OP_TYPE_REVALUE, OP_TYPE_UNWIND} from "../generated/Params.sol";
import {SEGMENT_FAMILY_KEEPER} from "../generated/Params.sol";
import {Families} from "../law/Families.sol";
import {FamilyLaw} from "../law/FamilyLaw.sol";
import {FireTrigger} from "../law/ops/FireTrigger.sol";
import {ForcedClose} from "../law/ops/ForcedClose.sol";
import {Liquidate} from "../law/ops/Liquidate.sol";
import {Revalue} from "../law/ops/Revalue.sol";
import {Unwind} from "../law/ops/Unwind.sol";

/// @title The law of keepers: ops that close positions of accounts and houses that have to, end portfolio margin that is not met, fire triggers, and close for owners who leave through L1
contract KeeperLaw is FamilyLaw {
    constructor(address margin_, address pricing_, address portfolio_) FamilyLaw(margin_, pricing_, portfolio_) {}

    function family() internal pure override returns (uint256) {
        return SEGMENT_FAMILY_KEEPER;
    }

    function executeOp(uint256 kind, uint256 offset, uint256 length) internal view override returns (uint256 code) {
        if (kind == OP_TYPE_REVALUE) return Revalue.execute(offset, length);
        if (kind == OP_TYPE_LIQUIDATE) return Liquidate.execute(offset, length);
        if (kind == OP_TYPE_FORCED_CLOSE) return ForcedClose.execute(offset, length);
        if (kind == OP_TYPE_UNWIND) return Unwind.execute(offset, length);
        if (kind == OP_TYPE_FIRE_TRIGGER) return FireTrigger.execute(offset, length);
        return Families.refusal(kind);
    }
}
