// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccountPosition, AccountRecord, MarkRecord, OrderRecord, ACCOUNT_EPOCH_COUNTER_GREATEST} from "../generated/Layout.sol";
import {ORDER_FLAG_SELL} from "../generated/Params.sol";
import {Arena} from "./Arena.sol";
import {Mark} from "./Mark.sol";
import {CLOCK, FLAGS, MARGIN_INPUT, MARK, PRICING_MODULE, read} from "./Memory.sol";
import {Position} from "./Position.sol";
import {Weight} from "./Weight.sol";

/// @title Protection: what an account's orders on one underlying may fill within a window (docs/protocol/protection.md). The mark is loaded.
/// @dev The pricing module counts, so that no family holds the formulas.
library Protection {
    uint256 private constant OFFSET = 128; // of both words in an account's record

    /// @dev Whether the account is protected where the action's instrument is.
    function covers(uint256 account) private pure returns (bool) {
        return AccountRecord.protectedUnderlying(account) == MarkRecord.underlying(read(MARK));
    }

    /// @dev Whether no order of the account may come to rest here: a limit was passed, and its freeze has not ended.
    function isFrozen(uint256 account) internal pure returns (bool) {
        return AccountRecord.protectionFrozenMs(account) > read(CLOCK) && covers(account);
    }

    /// @dev Count lots that an order of the account filled against the action's, after its margin test. If they pass a limit, all its orders on the
    /// underlying are dead. In a void segment nobody reads what this would say, and marks may be missing.
    function count(uint256 account, uint256 lots) internal view {
        if (!covers(account) || Weight.isPassed()) return;
        uint256 sells = read(FLAGS) & ORDER_FLAG_SELL; // the taker: then the maker buys
        uint256 bad;
        uint256 passed;
        assembly ("memory-safe") {
            if iszero(sells) { lots := sub(0, lots) }
            let words := add(account, OFFSET)
            mcopy(MARGIN_INPUT, mload(MARK), 128)
            mcopy(add(MARGIN_INPUT, 128), words, 64)
            mstore(add(MARGIN_INPUT, 192), lots)
            mstore(add(MARGIN_INPUT, 224), mload(CLOCK))
            // not(0) passes all but a 64th of the gas. A call that runs out of it fails, and that reverts.
            let answered := staticcall(not(0), mload(PRICING_MODULE), MARGIN_INPUT, 256, MARGIN_INPUT, 96)
            bad := or(iszero(answered), xor(returndatasize(), 96))
            mcopy(words, MARGIN_INPUT, 64)
            passed := mload(add(MARGIN_INPUT, 64))
        }
        if (bad != 0) revert Mark.PricingFailed();
        if (passed != 0) endOrders(account);
    }

    /// @dev Give the entries of the account on the underlying new epochs, in their order, if it has one for each entry. The margin test has
    /// touched their marks.
    function endOrders(uint256 account) private view {
        unchecked {
            uint256 epoch = AccountRecord.epochCounter(account);
            uint256 entries = AccountRecord.positionCount(account);
            if (epoch + entries > ACCOUNT_EPOCH_COUNTER_GREATEST) return;
            uint256 end = AccountRecord.element(account, entries);
            for (uint256 entry = AccountRecord.element(account, 0); entry < end; entry += 96) {
                if (MarkRecord.underlying(Arena.mark(AccountPosition.instrument(entry))) == AccountRecord.protectedUnderlying(account)) {
                    Position.renew(entry, ++epoch);
                }
            }
            AccountRecord.setEpochCounter(account, epoch);
        }
    }
}
