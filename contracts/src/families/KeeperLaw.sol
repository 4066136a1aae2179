// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SEGMENT_FAMILY_KEEPER} from "../generated/Params.sol";
import {Families} from "../law/Families.sol";
import {FamilyLaw} from "../law/FamilyLaw.sol";

/// @title The law of keepers: what closes positions. No op yet.
contract KeeperLaw is FamilyLaw {
    constructor(address margin_) FamilyLaw(margin_) {}

    function family() internal pure override returns (uint256) {
        return SEGMENT_FAMILY_KEEPER;
    }

    function executeOp(uint256 kind, uint256, uint256) internal pure override returns (uint256 code) {
        return Families.refusal(kind);
    }
}
