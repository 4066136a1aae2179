// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Vault} from "../../src/Vault.sol";
import {VaultConfig} from "../../src/interfaces/IVault.sol";

/// @title A Vault whose next account can be set: registering four million takes too long
contract FullVault is Vault {
    constructor(VaultConfig memory config) Vault(config) {}

    function fill(uint32 next) external {
        nextAccount = next;
    }
}
