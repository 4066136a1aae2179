// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ADVICE, ADVICE_END, ADVICE_USED, HASH, INSTRUMENT_ID} from "./Memory.sol";
import {increase, read, write} from "./Memory.sol";

/// @title Where the action's order belongs in its side of the book: what the executor says, which `Book` checks
library Advice {
    /// No advice is left in the argument, and the caller does not answer.
    error MissingAdvice(uint256 instrument, uint256 sell, uint256 price);

    /// @dev The slot of the order in front, 0 for none: the next in the argument, else the caller's answer.
    function predecessor(uint256 sell, uint256 price) internal view returns (uint256 slot) {
        increase(ADVICE_USED, 1);
        uint256 offset = read(ADVICE);
        if (offset < read(ADVICE_END)) {
            unchecked {
                write(ADVICE, offset + 4);
            }
            assembly ("memory-safe") {
                slot := shr(224, calldataload(offset))
            }
            return slot;
        }
        uint256 instrument = read(INSTRUMENT_ID);
        uint256 bad;
        assembly ("memory-safe") {
            mstore(HASH, shl(224, 0x4e2e3d9b)) // advise(uint256,uint256,uint256)
            mstore(add(HASH, 4), instrument)
            mstore(add(HASH, 36), sell)
            mstore(add(HASH, 68), price)
            // A failed call reverts, one that runs out of gas included.
            let answered := staticcall(not(0), caller(), HASH, 100, HASH, 32)
            bad := or(iszero(answered), xor(returndatasize(), 32))
            slot := mload(HASH)
        }
        if (bad != 0) revert MissingAdvice(instrument, sell, price);
    }
}
