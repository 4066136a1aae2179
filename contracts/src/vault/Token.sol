// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "../interfaces/IERC20.sol";
import {IVault} from "../interfaces/IVault.sol";

/// @title Tokens as they are: some return nothing, some return false, some keep a part of what is sent
library Token {
    /// @dev Take `amount` from `from`; return what really arrived.
    function pull(address token, address from, uint256 amount) internal returns (uint256 received) {
        uint256 before = IERC20(token).balanceOf(address(this));
        _call(token, abi.encodeCall(IERC20.transferFrom, (from, address(this), amount)));
        uint256 afterwards = IERC20(token).balanceOf(address(this));
        return afterwards > before ? afterwards - before : 0;
    }

    /// @dev Send `amount` to `to`.
    function push(address token, address to, uint256 amount) internal {
        _call(token, abi.encodeCall(IERC20.transfer, (to, amount)));
    }

    /// @dev Succeeded is: did not revert, and returned nothing (being a contract) or true.
    function _call(address token, bytes memory data) private {
        (bool done, bytes memory answer) = token.call(data);
        bool confirmed = answer.length == 0
            ? token.code.length != 0
            : answer.length >= 32 && abi.decode(answer, (uint256)) == 1;
        if (!done || !confirmed) revert IVault.TransferFailed();
    }
}
