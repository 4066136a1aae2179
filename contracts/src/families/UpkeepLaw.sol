// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {OP_TYPE_INDEX_PRICE, OP_TYPE_SWEEP, SEGMENT_FAMILY_UPKEEP} from "../generated/Params.sol";
import {Families} from "../law/Families.sol";
import {FamilyLaw} from "../law/FamilyLaw.sol";
import {IndexPrice} from "../law/ops/IndexPrice.sol";
import {Sweep} from "../law/ops/Sweep.sol";

/// @title The law of upkeep: prices and sweeps, which nobody's account signs
contract UpkeepLaw is FamilyLaw {
    constructor(address margin_) FamilyLaw(margin_) {}

    function family() internal pure override returns (uint256) {
        return SEGMENT_FAMILY_UPKEEP;
    }

    function executeOp(uint256 kind, uint256 offset, uint256 length) internal view override returns (uint256 code) {
        if (kind == OP_TYPE_INDEX_PRICE) return IndexPrice.execute(offset, length);
        if (kind == OP_TYPE_SWEEP) return Sweep.execute(offset, length);
        return Families.refusal(kind);
    }
}
