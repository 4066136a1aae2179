// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccountPosition, AccountRecord, MarkRecord} from "../generated/Layout.sol";
import {COMPUTE_MARGIN, COMPUTE_POSITION, ORDER_FLAG_SELL, PORTFOLIO_EQUITY_MIN} from "../generated/Params.sol";
import {RESULT_MARGIN_INSUFFICIENT, RESULT_OK} from "../generated/Results.sol";
import {Arena} from "./Arena.sol";
import {Certificates} from "./Certificates.sol";
import {ACCOUNT_ID, CLOCK, INSTRUMENTS, MAKER_TRIED, MARGIN_INPUT, MARGIN_MODULE, MARGIN_OUTPUT, MARK_PRICE, NOW, TAKER_TRIED} from "./Memory.sol";
import {TICK_VALUE, UNDERLYINGS, read, write} from "./Memory.sol";
import {Position} from "./Position.sol";
import {Weight} from "./Weight.sol";

/// @title The law's side of margin: gather what the margin module reads, ask it, judge its answer
/// @dev Input of the module: collateral, now, the account's id, its word of credit, the clock, then for each entry its three words, its instrument's mark record
/// (four words) and the first word of the underlying's. Output: equity, grown initial, plain maintenance and grown
/// maintenance requirement.
library Margin {
    /// The margin module failed. Ours only fails out of gas, so this is never a result.
    error MarginFailed();

    uint256 private constant ENTRIES = MARGIN_INPUT + 160;
    uint256 private constant ENTRY_BYTES = 256;
    uint256 private constant CREDIT = MARGIN_INPUT + 96;
    uint256 private constant CREDIT_OFFSET = 96; // of the word of an account's record that begins with credit_limit
    uint256 internal constant EQUITY = MARGIN_OUTPUT;
    uint256 internal constant INITIAL = MARGIN_OUTPUT + 32;
    uint256 internal constant MAINTENANCE = MARGIN_OUTPUT + 64;
    uint256 private constant GROWN_MAINTENANCE = MARGIN_OUTPUT + 96;

    /// @dev The weight of a margin test of `account`: of both evaluations that it can need.
    function weight(uint256 account) internal pure returns (uint256) {
        return weightOf(AccountRecord.positionCount(account));
    }

    /// @dev The same for an account with this many entries.
    function weightOf(uint256 entries) internal pure returns (uint256) {
        unchecked {
            return 2 * (COMPUTE_MARGIN + COMPUTE_POSITION * entries);
        }
    }

    /// @dev Equity and plain maintenance requirement of an account, as it is.
    function measure(uint256 account, uint256 id) internal view returns (int256, int256) {
        Weight.compute(weight(account));
        ask(account, id);
        return (int256(read(EQUITY)), int256(read(MAINTENANCE)));
    }

    /// @dev Have the answer of the module for an account, as it is, at EQUITY and behind it. Who asks counts the weight.
    function ask(uint256 account, uint256 id) internal view {
        evaluate(gather(account, id));
    }

    /// @dev Write the module's input for `account`; return its size. Touches every mark and underlying of its entries.
    function gather(uint256 account, uint256 id) private view returns (uint256 size) {
        unchecked {
            uint256 entry = AccountRecord.element(account, 0);
            uint256 end = AccountRecord.element(account, AccountRecord.positionCount(account));
            uint256 target = ENTRIES;
            write(MARGIN_INPUT, uint256(AccountRecord.collateral(account)));
            write(MARGIN_INPUT + 32, read(NOW));
            write(MARGIN_INPUT + 64, id);
            write(CREDIT, read(account + CREDIT_OFFSET));
            write(MARGIN_INPUT + 128, read(CLOCK));
            while (true) {
                (entry, target) = copyEntries(entry, end, target);
                // Nobody reads what a void segment's tests would say: it brings no more records.
                if (entry == end || Weight.isPassed()) break;
                // A first touch puts both into the tables; copying goes on from here.
                uint256 mark = Arena.mark(AccountPosition.instrument(entry));
                Arena.underlying(MarkRecord.underlying(mark));
            }
            size = target - MARGIN_INPUT;
        }
    }

    /// @dev Copy entries with their mark and underlying words, up to the first whose records were not touched yet.
    function copyEntries(uint256 entry, uint256 end, uint256 target) private pure returns (uint256, uint256) {
        assembly ("memory-safe") {
            let marks := add(mload(INSTRUMENTS), 4)
            let underlyings := mload(UNDERLYINGS)
            for {} lt(entry, end) {} {
                let head := mload(entry)
                let mark := shr(224, mload(add(marks, shl(3, shr(240, head)))))
                if iszero(mark) { break }
                let underlying := shr(224, mload(add(underlyings, shl(2, and(shr(224, mload(mark)), 0xffff)))))
                if iszero(underlying) { break }
                mcopy(target, entry, 96)
                mcopy(add(target, 96), mark, 128)
                mstore(add(target, 224), mload(underlying))
                entry := add(entry, 96)
                target := add(target, ENTRY_BYTES)
            }
        }
        return (entry, target);
    }

    function evaluate(uint256 size) private view {
        uint256 bad;
        assembly ("memory-safe") {
            // not(0) passes all but a 64th of the gas. A call that runs out of it fails, and that reverts.
            let answered := staticcall(not(0), mload(MARGIN_MODULE), MARGIN_INPUT, size, MARGIN_OUTPUT, 128)
            bad := or(iszero(answered), xor(returndatasize(), 128))
        }
        if (bad != 0) revert MarginFailed();
    }

    /// @dev Whether an account, as it is, holds grown initial margin, lowered by credit if `withCredit`. Resting orders ask this, and without
    /// credit what takes money out. In a void segment it does not: what follows a test there touches no more than it would if the test had
    /// been made.
    function holdsInitial(uint256 account, uint256 id, bool withCredit) internal view returns (bool) {
        Weight.compute(weight(account));
        uint256 size = gather(account, id);
        if (Weight.isPassed()) return false; // perhaps by what was gathered
        if (!withCredit) write(CREDIT, 0);
        evaluate(size);
        return int256(read(EQUITY)) >= int256(read(INITIAL));
    }

    /// @dev Whether an account, as it is, holds grown maintenance margin. In a void segment it does not.
    function holdsMaintenance(uint256 account, uint256 id) internal view returns (bool) {
        Weight.compute(weight(account));
        uint256 size = gather(account, id);
        if (Weight.isPassed()) return false;
        evaluate(size);
        return int256(read(EQUITY)) >= int256(read(GROWN_MAINTENANCE));
    }

    /// @dev Whether an account, the taker's or a maker's, passes the margin test after a tentative fill: OK, MARGIN_INSUFFICIENT, or under
    /// portfolio margin also CERTIFICATE_NEEDED or PORTFOLIO_UNFIT. Before the fill its
    /// entry's first word was `headBefore` and the account's second word was `moneyBefore` (collateral above). In a void segment the taker
    /// does not, which stops it, and a maker does, which leaves it where it is.
    function admitsFill(uint256 account, uint256 id, uint256 entry, uint256 headBefore, uint256 moneyBefore)
        internal
        view
        returns (uint256 code)
    {
        Weight.compute(weight(account));
        uint256 size = gather(account, id);
        bool takes = id == read(ACCOUNT_ID);
        if (Weight.isPassed()) return takes ? RESULT_MARGIN_INSUFFICIENT : RESULT_OK;
        if (AccountRecord.marginMode(account) != 0) {
            int256 change;
            unchecked {
                change = Position.sizeOf(read(entry)) - Position.sizeOf(headBefore);
            }
            uint256 tried = takes ? TAKER_TRIED : MAKER_TRIED;
            code = Certificates.tryFill(account, id, change, tried);
            if (code != RESULT_OK) return code;
            evaluate(size);
            return suffices(int256(read(EQUITY)), tried, takes) || lowersRisk(account, change, moneyBefore, tried)
                ? RESULT_OK
                : RESULT_MARGIN_INSUFFICIENT;
        }
        evaluate(size);
        int256 equity = int256(read(EQUITY));
        if (equity >= int256(read(takes ? INITIAL : GROWN_MAINTENANCE))) return RESULT_OK;
        if (equity >= 0 && shrinks(headBefore, read(entry))) {
            unchecked {
                int256 maintenance = int256(read(MAINTENANCE));
                write(ENTRIES + (entry - AccountRecord.element(account, 0)) / 96 * ENTRY_BYTES, headBefore);
                write(MARGIN_INPUT, uint256(int256(moneyBefore) >> 128));
                evaluate(size);
                // |equity| < 2^128 and maintenance < 2^102: no overflow.
                if (equity * int256(read(MAINTENANCE)) >= int256(read(EQUITY)) * maintenance) return RESULT_OK;
            }
        }
        return RESULT_MARGIN_INSUFFICIENT;
    }

    /// @dev Whether a fill that was tried, of `change` lots, leaves equity over what the certificate asks to maintain no lower. The entry was
    /// settled before it, so the fill changed equity by its lots at the mark and by what the account paid: no second evaluation.
    function lowersRisk(uint256 account, int256 change, uint256 moneyBefore, uint256 tried) private pure returns (bool) {
        unchecked {
            int256 equity = int256(read(EQUITY));
            int256 gained = change * int256(read(MARK_PRICE) * read(TICK_VALUE)) + AccountRecord.collateral(account) - (int256(moneyBefore) >> 128);
            // |equity| < 2^128 and maintenance < 2^102: no overflow.
            return equity >= 0
                && equity * int256(read(tried + Certificates.BEFORE)) >= (equity - gained) * int256(read(tried + Certificates.AFTER));
        }
    }

    /// @dev Whether equity is what a taker has to have, or a maker; `tried`: where what a certificate asks for stands.
    function suffices(int256 equity, uint256 tried, bool takes) private pure returns (bool) {
        unchecked {
            if (!takes) return equity >= int256(read(tried + Certificates.MAKERS));
            return equity >= int256(read(tried + Certificates.INITIAL)) && equity >= int256(PORTFOLIO_EQUITY_MIN);
        }
    }

    /// @dev Whether the op's account may have an order rest whose exposure its `entry` has already: OK or why not. Under portfolio margin as if all
    /// of the entry's orders of that side were filled.
    function checkRest(uint256 account, uint256 id, uint256 entry, uint256 flags) internal view returns (uint256 code) {
        if (AccountRecord.marginMode(account) == 0) return holdsInitial(account, id, true) ? RESULT_OK : RESULT_MARGIN_INSUFFICIENT;
        Weight.compute(weight(account));
        uint256 size = gather(account, id);
        if (Weight.isPassed()) return RESULT_MARGIN_INSUFFICIENT;
        (int256 lots, int256 gained) = filled(entry, flags);
        code = Certificates.tryFill(account, id, lots, TAKER_TRIED);
        if (code != RESULT_OK) return code;
        evaluate(size);
        unchecked {
            if (!suffices(int256(read(EQUITY)) + gained, TAKER_TRIED, true)) code = RESULT_MARGIN_INSUFFICIENT;
        }
    }

    /// @dev The lots of an entry's orders on a side, sold below zero, and what filling them loses against the mark, 0 or less.
    function filled(uint256 entry, uint256 flags) private pure returns (int256 lots, int256 gained) {
        unchecked {
            if (flags & ORDER_FLAG_SELL == 0) {
                lots = int256(AccountPosition.buyLots(entry));
                gained = lots * int256(read(MARK_PRICE)) - int256(AccountPosition.buyValue(entry));
            } else {
                lots = -int256(AccountPosition.sellLots(entry));
                gained = int256(AccountPosition.sellValue(entry)) + lots * int256(read(MARK_PRICE));
            }
            gained = gained < 0 ? gained * int256(read(TICK_VALUE)) : int256(0);
        }
    }

    /// @dev Whether a position shrinks without changing its sign; by the first words of its entry.
    function shrinks(uint256 headBefore, uint256 headAfter) private pure returns (bool) {
        int256 sizeBefore = Position.sizeOf(headBefore);
        int256 sizeAfter = Position.sizeOf(headAfter);
        if (sizeBefore < 0) return sizeAfter > sizeBefore && sizeAfter <= 0;
        return sizeAfter < sizeBefore && sizeAfter >= 0;
    }
}
