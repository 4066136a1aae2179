// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SEGMENT_FAMILY_INBOX} from "../generated/Params.sol";
import {Families} from "../law/Families.sol";
import {FamilyLaw} from "../law/FamilyLaw.sol";
import {Messages} from "../law/Messages.sol";

/// @title The law of the inbox: registrations, deposits, governance. It has no ops.
contract InboxLaw is FamilyLaw {
    constructor(address margin_, address pricing_, address portfolio_) FamilyLaw(margin_, pricing_, portfolio_) {}

    function family() internal pure override returns (uint256) {
        return SEGMENT_FAMILY_INBOX;
    }

    function executeOp(uint256 kind, uint256, uint256) internal pure override returns (uint256 code) {
        return Families.refusal(kind);
    }

    function executeMessage(uint256 kind, uint256 offset, uint256 length) internal view override returns (uint256 code) {
        return Messages.execute(kind, offset, length);
    }
}
