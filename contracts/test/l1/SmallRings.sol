// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Inbox} from "../../src/Inbox.sol";
import {Rollup} from "../../src/Rollup.sol";
import {RollupConfig} from "../../src/interfaces/IRollup.sol";

/// @title A Rollup that remembers five batches, and takes three at once: half a million take too long
contract SmallRollup is Rollup {
    constructor(RollupConfig memory config) Rollup(config) {}

    function _ring() internal pure override returns (uint256) {
        return 5;
    }

    function _burst() internal pure override returns (uint256) {
        return 3;
    }
}

/// @title An Inbox that remembers 15 messages, three of them only of the governor
contract SmallInbox is Inbox {
    constructor(address rollup_, address vault_, address governor_, uint32 inboxRate_, uint256 feePerMegaWei_)
        Inbox(rollup_, vault_, governor_, inboxRate_, feePerMegaWei_)
    {}

    function _ring() internal pure override returns (uint256) {
        return 15;
    }

    function _governanceRoom() internal pure override returns (uint256) {
        return 3;
    }
}
