// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {TradeLaw} from "../families/TradeLaw.sol";

/// @title The law of trade with `SoughtAdvice.sol` in place of `law/Advice.sol`, which tools/settings.json exchanges
/// @notice Never deployed on L1, and nothing that it says of a segment counts but one thing: the advice that its caller notes, with which
/// the law itself is run. Wrong advice makes that run revert.
contract AdviceSeeker is TradeLaw {
    constructor(address margin_, address pricing_, address portfolio_) TradeLaw(margin_, pricing_, portfolio_) {}
}
