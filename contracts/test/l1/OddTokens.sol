// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {TestToken} from "../../src/TestToken.sol";

/// @title Tokens that do not do what the standard says
contract OddToken {
    enum Oddity {
        NONE,
        TAKES_FEE, // a tenth of every transfer is kept
        RETURNS_FALSE, // instead of reverting, and moves nothing
        RETURNS_NOTHING, // as old tokens do
        RETURNS_TWO, // neither true nor false
        MOVES_NOTHING, // says true
        GIVES_MORE, // twice what was asked for arrives
        REENTERS // calls `target` with `data` before it moves anything
    }

    uint8 public constant decimals = 6;

    Oddity public oddity;
    address public target;
    bytes public data;
    bool public tried;
    bool public reentered;
    mapping(address => uint256) public balanceOf;
    mapping(address => bool) public isBlocked;

    function blockAccount(address account) external {
        isBlocked[account] = true;
    }

    function become(Oddity oddity_) external {
        oddity = oddity_;
    }

    function arm(address target_, bytes calldata data_) external {
        (target, data, oddity, tried, reentered) = (target_, data_, Oddity.REENTERS, false, false);
    }

    function mint(address to, uint256 amount) external {
        balanceOf[to] += amount;
    }

    function transfer(address to, uint256 amount) external {
        move(msg.sender, to, amount);
    }

    function transferFrom(address from, address to, uint256 amount) external {
        move(from, to, amount);
    }

    function move(address from, address to, uint256 amount) private {
        if (oddity == Oddity.REENTERS) {
            tried = true;
            (reentered,) = target.call(data);
        }
        if (oddity == Oddity.RETURNS_FALSE) answer(0);
        if (oddity == Oddity.MOVES_NOTHING) answer(1);
        require(!isBlocked[to], "blocked");
        balanceOf[from] -= amount;
        uint256 arrives = amount;
        if (oddity == Oddity.TAKES_FEE) arrives -= amount / 10;
        if (oddity == Oddity.GIVES_MORE) arrives *= 2;
        balanceOf[to] += arrives;
        if (oddity == Oddity.RETURNS_TWO) answer(2);
        if (oddity != Oddity.RETURNS_NOTHING) answer(1);
    }

    function answer(uint256 value) private pure {
        assembly ("memory-safe") {
            mstore(0, value)
            return(0, 32)
        }
    }
}

/// @title As most tokens are, but not the collateral
contract Decimals18 {
    uint8 public constant decimals = 18;
}

/// @title A token whose issuer takes what anybody has
contract SeizingToken is TestToken {
    function seize(address from, uint256 amount) external {
        balanceOf[from] -= amount;
    }
}

/// @title A token that refuses some recipients
contract BlockingToken is TestToken {
    function blockAccount(address account) external {
        balanceOf[account] = type(uint256).max; // whatever is added overflows
    }
}
