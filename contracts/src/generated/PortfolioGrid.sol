// SPDX-License-Identifier: Apache-2.0
// Generated from the defaults of risk/kernel/margin_parameters.py: do not edit.
pragma solidity 0.8.37;

import {TermParameters} from "../risk/ExpiryTerms.sol";
import {MarginRules} from "../risk/Holdings.sol";

// Words of three lanes of which no scenario dampens one, or bends it: a bit each.
uint256 constant PLAIN_LOSS_WORDS = 0x7e;

/// @title The grid and the parameters of portfolio margin (docs/risk.md)
library PortfolioGrid {
    /// @dev The grid's lanes, as ScenarioArray has them.
    function lanes() internal pure returns (uint256[] memory list) {
        list = new uint256[](33);
        assembly ("memory-safe") {
            mstore(add(list, 32), 0x200001000000000000000004b7ec32d7a20000)
            mstore(add(list, 64), 0x2055010000000000000000094c51733f830000)
            mstore(add(list, 96), 0x20aa0100000000000000000b6139a7cbd20000)
            mstore(add(list, 128), 0x40000000000000000000000c0118eac2b68000)
            mstore(add(list, 160), 0x40550100000000000000000c0118eac2b68000)
            mstore(add(list, 192), 0x40aa0200000000000000000c0118eac2b68000)
            mstore(add(list, 224), 0x60000000000000000000000ca0f82db99b0000)
            mstore(add(list, 256), 0x60550100000000000000000ca0f82db99b0000)
            mstore(add(list, 288), 0x60aa0200000000000000000ca0f82db99b0000)
            mstore(add(list, 320), 0x80000100000000000000000d40d770b07f8000)
            mstore(add(list, 352), 0x80550200000000000000000d40d770b07f8000)
            mstore(add(list, 384), 0x80aa0100000000000000000de0b6b3a7640000)
            mstore(add(list, 416), 0xa0000200000000000000000de0b6b3a7640000)
            mstore(add(list, 448), 0xa0550100000000000000000e8095f69e488000)
            mstore(add(list, 480), 0xa0aa0200000000000000000e8095f69e488000)
            mstore(add(list, 512), 0xc0000000000000000000000f207539952d0000)
            mstore(add(list, 544), 0xc0550100000000000000000f207539952d0000)
            mstore(add(list, 576), 0xc0aa0200000000000000000f207539952d0000)
            mstore(add(list, 608), 0xe0000000000000000000000fc0547c8c118000)
            mstore(add(list, 640), 0xe0550100000000000000000fc0547c8c118000)
            mstore(add(list, 672), 0xe0aa0200000000000000000fc0547c8c118000)
            mstore(add(list, 704), 0x10000010000000000000000106033bf82f60000)
            mstore(add(list, 736), 0x1005501000000000000000014d1120d7b160000)
            mstore(add(list, 768), 0x100aa0100000000000000001bc16d674ec80000)
            mstore(add(list, 800), 0x1200001000000000000000029a2241af62c0000)
            mstore(add(list, 832), 0x120550100000000000000003782dace9d900000)
            mstore(add(list, 864), 0x120aa0100000000000000004563918244f40000)
            mstore(add(list, 896), 0x1400001000000000000000053444835ec580000)
            mstore(add(list, 928), 0x140550000000000000000000de0b6b3a7640000)
            mstore(add(list, 960), 0x140aa0000000000000000000e8095f69e488000)
            mstore(add(list, 992), 0x160000000000000000000000d40d770b07f8000)
            mstore(add(list, 1024), 0x160550300000000000000000de0b6b3a7640000)
            mstore(add(list, 1056), 0x160aa0400000000000000000de0b6b3a7640000)
        }
    }

    /// @dev The same, those of one spot factor together.
    function lanesBySpot() internal pure returns (uint256[] memory list) {
        list = new uint256[](33);
        assembly ("memory-safe") {
            mstore(add(list, 32), 0x200001000000000000000004b7ec32d7a20000)
            mstore(add(list, 64), 0x2055010000000000000000094c51733f830000)
            mstore(add(list, 96), 0x20aa0100000000000000000b6139a7cbd20000)
            mstore(add(list, 128), 0x40000000000000000000000c0118eac2b68000)
            mstore(add(list, 160), 0x40550100000000000000000c0118eac2b68000)
            mstore(add(list, 192), 0x40aa0200000000000000000c0118eac2b68000)
            mstore(add(list, 224), 0x60000000000000000000000ca0f82db99b0000)
            mstore(add(list, 256), 0x60550100000000000000000ca0f82db99b0000)
            mstore(add(list, 288), 0x60aa0200000000000000000ca0f82db99b0000)
            mstore(add(list, 320), 0x80000100000000000000000d40d770b07f8000)
            mstore(add(list, 352), 0x80550200000000000000000d40d770b07f8000)
            mstore(add(list, 384), 0x160000000000000000000000d40d770b07f8000)
            mstore(add(list, 416), 0x80aa0100000000000000000de0b6b3a7640000)
            mstore(add(list, 448), 0xa0000200000000000000000de0b6b3a7640000)
            mstore(add(list, 480), 0x140550000000000000000000de0b6b3a7640000)
            mstore(add(list, 512), 0x160550300000000000000000de0b6b3a7640000)
            mstore(add(list, 544), 0x160aa0400000000000000000de0b6b3a7640000)
            mstore(add(list, 576), 0xa0550100000000000000000e8095f69e488000)
            mstore(add(list, 608), 0xa0aa0200000000000000000e8095f69e488000)
            mstore(add(list, 640), 0x140aa0000000000000000000e8095f69e488000)
            mstore(add(list, 672), 0xc0000000000000000000000f207539952d0000)
            mstore(add(list, 704), 0xc0550100000000000000000f207539952d0000)
            mstore(add(list, 736), 0xc0aa0200000000000000000f207539952d0000)
            mstore(add(list, 768), 0xe0000000000000000000000fc0547c8c118000)
            mstore(add(list, 800), 0xe0550100000000000000000fc0547c8c118000)
            mstore(add(list, 832), 0xe0aa0200000000000000000fc0547c8c118000)
            mstore(add(list, 864), 0x10000010000000000000000106033bf82f60000)
            mstore(add(list, 896), 0x1005501000000000000000014d1120d7b160000)
            mstore(add(list, 928), 0x100aa0100000000000000001bc16d674ec80000)
            mstore(add(list, 960), 0x1200001000000000000000029a2241af62c0000)
            mstore(add(list, 992), 0x120550100000000000000003782dace9d900000)
            mstore(add(list, 1024), 0x120aa0100000000000000004563918244f40000)
            mstore(add(list, 1056), 0x1400001000000000000000053444835ec580000)
        }
    }

    /// @dev The scenarios: lane, from bit 8 on the dampening. None exceeds its lane.
    function readings() internal pure returns (uint256[] memory list) {
        list = new uint256[](33);
        assembly ("memory-safe") {
            mstore(add(list, 32), 0xde0b6b3a764000015)
            mstore(add(list, 64), 0xde0b6b3a764000013)
            mstore(add(list, 96), 0xde0b6b3a764000012)
            mstore(add(list, 128), 0xde0b6b3a764000014)
            mstore(add(list, 160), 0xde0b6b3a764000010)
            mstore(add(list, 192), 0xde0b6b3a76400000f)
            mstore(add(list, 224), 0xde0b6b3a764000011)
            mstore(add(list, 256), 0xde0b6b3a76400000d)
            mstore(add(list, 288), 0xde0b6b3a76400001d)
            mstore(add(list, 320), 0xde0b6b3a76400000e)
            mstore(add(list, 352), 0xde0b6b3a76400000b)
            mstore(add(list, 384), 0xde0b6b3a76400001c)
            mstore(add(list, 416), 0xde0b6b3a76400000c)
            mstore(add(list, 448), 0xde0b6b3a764000009)
            mstore(add(list, 480), 0xde0b6b3a76400001e)
            mstore(add(list, 512), 0xde0b6b3a76400000a)
            mstore(add(list, 544), 0xde0b6b3a764000007)
            mstore(add(list, 576), 0xde0b6b3a764000006)
            mstore(add(list, 608), 0xde0b6b3a764000008)
            mstore(add(list, 640), 0xde0b6b3a764000004)
            mstore(add(list, 672), 0xde0b6b3a764000003)
            mstore(add(list, 704), 0xde0b6b3a764000005)
            mstore(add(list, 736), 0xde0b6b3a764000002)
            mstore(add(list, 768), 0x2ea11e32ad5000000)
            mstore(add(list, 800), 0x5d423c655aa000001)
            mstore(add(list, 832), 0x3bf3b91c95b000016)
            mstore(add(list, 864), 0x1cdda4faccd000017)
            mstore(add(list, 896), 0xf523226980800018)
            mstore(add(list, 928), 0xa36cc19bab000019)
            mstore(add(list, 960), 0x78cad1e25d00001a)
            mstore(add(list, 992), 0x5fec5b60ef80001b)
            mstore(add(list, 1024), 0xde0b6b3a76400001f)
            mstore(add(list, 1056), 0xde0b6b3a764000020)
        }
    }

    /// @dev By lane, for a margin certificate: the dampening of the one scenario that reads it, from bit 64 on the spot factor; bit 255 of a skew.
    function lossLanes() internal pure returns (uint256[] memory list) {
        list = new uint256[](33);
        assembly ("memory-safe") {
            mstore(add(list, 32), 0x4b7ec32d7a2000002ea11e32ad50000)
            mstore(add(list, 64), 0x94c51733f83000005d423c655aa0000)
            mstore(add(list, 96), 0xb6139a7cbd200000de0b6b3a7640000)
            mstore(add(list, 128), 0xc0118eac2b680000de0b6b3a7640000)
            mstore(add(list, 160), 0xc0118eac2b680000de0b6b3a7640000)
            mstore(add(list, 192), 0xc0118eac2b680000de0b6b3a7640000)
            mstore(add(list, 224), 0xca0f82db99b00000de0b6b3a7640000)
            mstore(add(list, 256), 0xca0f82db99b00000de0b6b3a7640000)
            mstore(add(list, 288), 0xca0f82db99b00000de0b6b3a7640000)
            mstore(add(list, 320), 0xd40d770b07f80000de0b6b3a7640000)
            mstore(add(list, 352), 0xd40d770b07f80000de0b6b3a7640000)
            mstore(add(list, 384), 0xde0b6b3a76400000de0b6b3a7640000)
            mstore(add(list, 416), 0xde0b6b3a76400000de0b6b3a7640000)
            mstore(add(list, 448), 0xe8095f69e4880000de0b6b3a7640000)
            mstore(add(list, 480), 0xe8095f69e4880000de0b6b3a7640000)
            mstore(add(list, 512), 0xf207539952d00000de0b6b3a7640000)
            mstore(add(list, 544), 0xf207539952d00000de0b6b3a7640000)
            mstore(add(list, 576), 0xf207539952d00000de0b6b3a7640000)
            mstore(add(list, 608), 0xfc0547c8c1180000de0b6b3a7640000)
            mstore(add(list, 640), 0xfc0547c8c1180000de0b6b3a7640000)
            mstore(add(list, 672), 0xfc0547c8c1180000de0b6b3a7640000)
            mstore(add(list, 704), 0x106033bf82f600000de0b6b3a7640000)
            mstore(add(list, 736), 0x14d1120d7b16000003bf3b91c95b0000)
            mstore(add(list, 768), 0x1bc16d674ec8000001cdda4faccd0000)
            mstore(add(list, 800), 0x29a2241af62c000000f5232269808000)
            mstore(add(list, 832), 0x3782dace9d90000000a36cc19bab0000)
            mstore(add(list, 864), 0x4563918244f400000078cad1e25d0000)
            mstore(add(list, 896), 0x53444835ec580000005fec5b60ef8000)
            mstore(add(list, 928), 0xde0b6b3a76400000de0b6b3a7640000)
            mstore(add(list, 960), 0xe8095f69e4880000de0b6b3a7640000)
            mstore(add(list, 992), 0xd40d770b07f80000de0b6b3a7640000)
            mstore(add(list, 1024), 0x800000000000000000000000000000000de0b6b3a76400000de0b6b3a7640000)
            mstore(add(list, 1056), 0x800000000000000000000000000000000de0b6b3a76400000de0b6b3a7640000)
        }
    }

    /// @dev What margin itself depends on.
    function rules() internal pure returns (MarginRules memory p) {
        p.perpetualMaintenance = 30_000_000_000_000_000;
        p.perpetualInitial = 10_000_000_000_000_000;
        p.optionMaintenance = 3_000_000_000_000_000;
        p.optionInitial = 2_000_000_000_000_000;
        p.confidenceThreshold = 550_000_000_000_000_000;
        p.confidenceFactor = 1_000_000_000_000_000_000;
        p.pegThreshold = 990_000_000_000_000_000;
        p.pegFactor = 4_000_000_000_000_000_000;
        p.initialFactor = 1_000_000_000_000_000_000;
        p.maintenanceFactor = 800_000_000_000_000_000;
    }

    /// @dev What the terms of an expiry depend on.
    function terms() internal pure returns (TermParameters memory p) {
        p.rangeUp = 500_000_000_000_000_000;
        p.rangeDown = 300_000_000_000_000_000;
        p.shortPower = 300_000_000_000_000_000;
        p.longPower = 130_000_000_000_000_000;
        p.floorDays = 1_000_000_000_000_000_000;
        p.minimumUp = 400_000_000_000_000_000;
        p.linearBase = -100_000_000_000_000_000;
        p.linearScaleCap = 250_000_000_000_000_000;
        p.absoluteBase = -100_000_000_000_000_000;
        p.absoluteScaleCap = 250_000_000_000_000_000;
        p.minimumK = 10_000_000_000_000_000;
        p.skewWidth = 4_000_000_000_000_000_000;
        p.skewStatic = 600_000_000_000_000_000;
        p.skewScale = 0;
        p.longStatic = 950_000_000_000_000_000;
        p.longRateMult = 0;
        p.longRateAdd = 160_000_000_000_000_000;
        p.shortStatic = 1_050_000_000_000_000_000;
        p.shortRateMult = 0;
        p.shortRateAdd = 160_000_000_000_000_000;
        p.contingencyAdd = 500_000_000_000_000_000;
        p.contingencyMult = 2_000_000_000_000_000_000;
    }
}
