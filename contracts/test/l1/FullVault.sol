// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Vault} from "../../src/Vault.sol";

/// @title A Vault whose next account can be set: registering four million takes too long
contract FullVault is Vault {
    constructor(address token_, address inbox_, address rollup_, address governor_, uint256 capMicroUsd)
        Vault(token_, inbox_, rollup_, governor_, capMicroUsd)
    {}

    function fill(uint32 next) external {
        nextAccount = next;
    }
}
