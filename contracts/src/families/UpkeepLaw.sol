// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {OP_TYPE_ANNOUNCE_ORPHAN, OP_TYPE_DELEVERAGE, OP_TYPE_FUNDING, OP_TYPE_INDEX_PRICE} from "../generated/Params.sol";
import {OP_TYPE_EXPIRY_SAMPLE, OP_TYPE_REPRICE, OP_TYPE_SETTLE_EXPIRY, OP_TYPE_SURFACE} from "../generated/Params.sol";
import {OP_TYPE_SETTLE_ORPHAN, OP_TYPE_SETTLE_POSITION, OP_TYPE_SWEEP, SEGMENT_FAMILY_UPKEEP} from "../generated/Params.sol";
import {Families} from "../law/Families.sol";
import {FamilyLaw} from "../law/FamilyLaw.sol";
import {Deleverage} from "../law/ops/Deleverage.sol";
import {ExpirySample} from "../law/ops/ExpirySample.sol";
import {Funding} from "../law/ops/Funding.sol";
import {IndexPrice} from "../law/ops/IndexPrice.sol";
import {Orphans} from "../law/ops/Orphans.sol";
import {Reprice} from "../law/ops/Reprice.sol";
import {SettleExpiry} from "../law/ops/SettleExpiry.sol";
import {SettlePosition} from "../law/ops/SettlePosition.sol";
import {Surface} from "../law/ops/Surface.sol";
import {Sweep} from "../law/ops/Sweep.sol";

/// @title The law of upkeep, which no account signs: prices, expiries, options, sweeps, funding, houses, orphans
contract UpkeepLaw is FamilyLaw {
    constructor(address margin_, address pricing_, address portfolio_) FamilyLaw(margin_, pricing_, portfolio_) {}

    function family() internal pure override returns (uint256) {
        return SEGMENT_FAMILY_UPKEEP;
    }

    function executeOp(uint256 kind, uint256 offset, uint256 length) internal view override returns (uint256 code) {
        if (kind == OP_TYPE_INDEX_PRICE) return IndexPrice.execute(offset, length);
        if (kind == OP_TYPE_SWEEP) return Sweep.execute(offset, length);
        if (kind == OP_TYPE_FUNDING) return Funding.execute(offset, length);
        if (kind == OP_TYPE_DELEVERAGE) return Deleverage.execute(offset, length);
        if (kind == OP_TYPE_ANNOUNCE_ORPHAN) return Orphans.announce(offset, length);
        if (kind == OP_TYPE_SETTLE_ORPHAN) return Orphans.settle(offset, length);
        if (kind == OP_TYPE_SETTLE_POSITION) return SettlePosition.execute(offset, length);
        if (kind == OP_TYPE_SURFACE) return Surface.execute(offset, length);
        if (kind == OP_TYPE_REPRICE) return Reprice.execute(offset, length);
        if (kind == OP_TYPE_EXPIRY_SAMPLE) return ExpirySample.execute(offset, length);
        if (kind == OP_TYPE_SETTLE_EXPIRY) return SettleExpiry.execute(offset, length);
        return Families.refusal(kind);
    }
}
