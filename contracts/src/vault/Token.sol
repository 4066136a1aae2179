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

    /// @dev The same with at most `gas_` gas; whether it was sent.
    function tryPush(address token, address to, uint256 amount, uint256 gas_) internal returns (bool) {
        (bool done, bytes memory answer) = token.call{gas: gas_}(abi.encodeCall(IERC20.transfer, (to, amount)));
        return done && _confirms(token, answer);
    }

    function _call(address token, bytes memory data) private {
        (bool done, bytes memory answer) = token.call(data);
        if (!done || !_confirms(token, answer)) revert IVault.TransferFailed();
    }

    /// @dev A call that did not revert succeeded if it returned nothing (being a contract's) or true.
    function _confirms(address token, bytes memory answer) private view returns (bool) {
        return answer.length == 0
            ? token.code.length != 0
            : answer.length >= 32 && abi.decode(answer, (uint256)) == 1;
    }
}
