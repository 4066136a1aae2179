// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccountPosition, AccountRecord, MarkRecord, ACCOUNT_EPOCH_COUNTER_GREATEST, ACCOUNT_PROTECTION_FROZEN_MS_GREATEST} from "../generated/Layout.sol";
import {Arena} from "./Arena.sol";
import {CLOCK, MARK, read} from "./Memory.sol";
import {Position} from "./Position.sol";
import {Weight} from "./Weight.sol";

/// @title Protection: what an account's orders on one underlying may fill within a window (docs/protocol/protection.md). The mark is loaded.
library Protection {
    /// @dev Whether the account is protected where the action's instrument is.
    function covers(uint256 account) private pure returns (bool) {
        uint256 underlying = AccountRecord.protectedUnderlying(account);
        return underlying != 0 && underlying == MarkRecord.underlying(read(MARK));
    }

    /// @dev Whether no order of the account may come to rest here: its limit was passed, and its freeze has not ended.
    function isFrozen(uint256 account) internal pure returns (bool) {
        return AccountRecord.protectionFrozenMs(account) > read(CLOCK) && covers(account);
    }

    /// @dev Count lots that an order of the account filled, after its margin test. Once they pass the limit, all its orders on the underlying are
    /// dead. In a void segment nobody reads what this would say, and marks may be missing.
    function count(uint256 account, uint256 lots) internal view {
        if (!covers(account) || Weight.isPassed()) return;
        unchecked {
            uint256 clock = read(CLOCK);
            if (clock < AccountRecord.protectionStartMs(account) + AccountRecord.protectionWindowMs(account)) {
                lots += AccountRecord.protectionLots(account); // both below 2^40
            } else {
                AccountRecord.setProtectionStartMs(account, clock);
            }
            if (lots > AccountRecord.protectionLotsMax(account)) {
                lots = 0;
                uint256 until = clock + AccountRecord.protectionFreezeMs(account);
                if (until > ACCOUNT_PROTECTION_FROZEN_MS_GREATEST) until = ACCOUNT_PROTECTION_FROZEN_MS_GREATEST;
                AccountRecord.setProtectionFrozenMs(account, until);
                endOrders(account);
            }
            AccountRecord.setProtectionLots(account, lots);
        }
    }

    /// @dev Give the entries of the account on the underlying new epochs, in their order, if it has one for each entry. The margin test has
    /// touched their marks.
    function endOrders(uint256 account) private view {
        unchecked {
            uint256 epoch = AccountRecord.epochCounter(account);
            uint256 entries = AccountRecord.positionCount(account);
            if (epoch + entries > ACCOUNT_EPOCH_COUNTER_GREATEST) return;
            uint256 underlying = AccountRecord.protectedUnderlying(account);
            uint256 end = AccountRecord.element(account, entries);
            for (uint256 entry = AccountRecord.element(account, 0); entry < end; entry += 96) {
                uint256 mark = Arena.mark(AccountPosition.instrument(entry));
                if (MarkRecord.underlying(mark) == underlying) Position.renew(entry, ++epoch);
            }
            AccountRecord.setEpochCounter(account, epoch);
        }
    }
}
