// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {INSTRUMENT_STATUS_SETTLED, LOAN_INSTRUMENT_PPM, LOAN_VENUE_PPM} from "../generated/Params.sol";
import {AccountPosition, AccountRecord, GlobalRecord, InstrumentRecord, MarkRecord} from "../generated/Layout.sol";
import {FRACTION, MONEY_MAX, PPM} from "../generated/Params.sol";
import {BASE_PRICE, GLOBAL, INSTRUMENT, MARK, MARK_PRICE, NOW, TICK_VALUE, read} from "./Memory.sol";
import {Pending} from "./Pending.sol";
import {Position} from "./Position.sol";
import {SignedMath} from "./SignedMath.sol";

/// @title The house of the action's instrument: its two ledgers, margin, loans and deficit (docs/protocol/liquidation.md)
/// @dev Lots of the eager ledger are in 2^-32 lots; its equity times 2^32 stays below 2^160. The mark is loaded.
library House {
    uint256 private constant DAY_MS = 86_400_000;
    /// @dev Where in an instrument's record its ledgers lie (house_cash, effective_cash, house_lots, interests), and their length.
    uint256 internal constant LEDGERS = 96;
    uint256 internal constant LEDGERS_BYTES = 96;

    /// @dev The house's eager lots: what the users' sides do not match.
    function lots() internal pure returns (int256) {
        uint256 instrument = read(INSTRUMENT);
        unchecked {
            return int256(InstrumentRecord.shortInterest(instrument)) - int256(InstrumentRecord.longInterest(instrument));
        }
    }

    /// @dev The worth of a lot at the mark, in micro-USD.
    function unit() private pure returns (int256) {
        unchecked {
            return int256(read(MARK_PRICE) * read(TICK_VALUE));
        }
    }

    /// @dev The house's equity at the mark, in 2^-32 micro-USD.
    function equity() internal pure returns (int256) {
        unchecked {
            return InstrumentRecord.effectiveCash(read(INSTRUMENT)) * int256(FRACTION) + lots() * unit();
        }
    }

    /// @dev By how much the house is below its margin, in 2^-32 × 10^-6 micro-USD: positive if it is.
    function shortfall() internal pure returns (int256) {
        unchecked {
            int256 held = lots();
            uint256 margin = InstrumentRecord.houseMarginPpm(read(INSTRUMENT)) * read(BASE_PRICE);
            // A long loses its mark at most: an option's may be below a share of its forward.
            if (held > 0 && margin > read(MARK_PRICE) * PPM) margin = read(MARK_PRICE) * PPM;
            return int256(margin * SignedMath.magnitude(held) * read(TICK_VALUE)) - equity() * int256(PPM);
        }
    }

    /// @dev Move money into both ledgers, or out of them if negative.
    function receiveCash(int256 amount) internal pure {
        uint256 instrument = read(INSTRUMENT);
        unchecked {
            InstrumentRecord.setHouseCash(instrument, InstrumentRecord.houseCash(instrument) + amount);
            InstrumentRecord.setEffectiveCash(instrument, InstrumentRecord.effectiveCash(instrument) + amount);
        }
    }

    /// @dev The house takes a settled position of `size` lots, and pays `price` micro-USD for it.
    function takeLots(int256 size, int256 price) internal pure {
        uint256 instrument = read(INSTRUMENT);
        unchecked {
            InstrumentRecord.setHouseLots(instrument, InstrumentRecord.houseLots(instrument) + size);
            // A side's interest is the sum of its positions, less what roundings of the eager ledger took away.
            int256 taken = size * int256(FRACTION);
            if (size < 0) {
                InstrumentRecord.setShortInterest(instrument, SignedMath.addFloored(InstrumentRecord.shortInterest(instrument), taken));
            } else {
                InstrumentRecord.setLongInterest(instrument, SignedMath.addFloored(InstrumentRecord.longInterest(instrument), -taken));
            }
        }
        receiveCash(-price);
    }

    /// @dev Borrow what is missing from the fund, within the day's limits of instrument and venue and what the fund has.
    function borrow() internal pure {
        unchecked {
            uint256 global = read(GLOBAL);
            uint256 instrument = read(INSTRUMENT);
            uint256 fund = GlobalRecord.insuranceFund(global);
            uint256 day = read(NOW) / DAY_MS;
            // A message is judged at its own time, which may lie in a day that is over: its loan counts today.
            if (GlobalRecord.day(global) < day) {
                GlobalRecord.setDay(global, day);
                GlobalRecord.setFundDayStart(global, fund);
                GlobalRecord.setLentToday(global, 0);
            }
            day = GlobalRecord.day(global);
            if (InstrumentRecord.lentDay(instrument) < day) {
                InstrumentRecord.setLentDay(instrument, day);
                InstrumentRecord.setLentToday(instrument, 0);
            }
            uint256 start = GlobalRecord.fundDayStart(global);
            int256 loan = SignedMath.ceilDiv(shortfall(), int256(FRACTION * PPM));
            loan = least(loan, int256(start * LOAN_INSTRUMENT_PPM / PPM) - int256(InstrumentRecord.lentToday(instrument)));
            loan = least(loan, int256(start * LOAN_VENUE_PPM / PPM) - int256(GlobalRecord.lentToday(global)));
            loan = least(loan, int256(fund));
            if (loan <= 0) return;
            uint256 lent = uint256(loan);
            GlobalRecord.setInsuranceFund(global, fund - lent);
            GlobalRecord.setLentToday(global, GlobalRecord.lentToday(global) + lent);
            InstrumentRecord.setLentToday(instrument, InstrumentRecord.lentToday(instrument) + lent);
            InstrumentRecord.setLoan(instrument, InstrumentRecord.loan(instrument) + lent);
            receiveCash(loan);
        }
    }

    /// @dev Pay the loan back if the house has less than a lot, as far as its equity goes.
    function payBack() internal pure {
        unchecked {
            uint256 global = read(GLOBAL);
            uint256 instrument = read(INSTRUMENT);
            uint256 loan = InstrumentRecord.loan(instrument);
            int256 whole = SignedMath.floorShift32(equity());
            if (loan == 0 || whole <= 0 || SignedMath.magnitude(lots()) >= FRACTION) return;
            uint256 paid = uint256(least(int256(loan), whole));
            GlobalRecord.setInsuranceFund(global, GlobalRecord.insuranceFund(global) + paid);
            InstrumentRecord.setLoan(instrument, loan - paid);
            receiveCash(-int256(paid));
        }
    }

    /// @dev Write what the house lacks at the mark, and update the venue's sum.
    function writeDeficit() internal pure {
        unchecked {
            uint256 global = read(GLOBAL);
            uint256 instrument = read(INSTRUMENT);
            int256 whole = SignedMath.floorShift32(equity());
            uint256 deficit = whole < 0 ? uint256(-whole) : 0;
            uint256 sum = GlobalRecord.negativeHouses(global) + deficit - InstrumentRecord.deficit(instrument);
            GlobalRecord.setNegativeHouses(global, sum);
            InstrumentRecord.setDeficit(instrument, deficit);
        }
    }

    /// @dev Pay an account's debt, if it has one, from the credit that stands with it: its guarantor's money. Return how much was paid.
    function payFromCredit(uint256 account, int256 debt) internal pure returns (int256 paid) {
        unchecked {
            uint256 limit = AccountRecord.creditLimit(account);
            if (debt <= 0 || limit == 0) return 0;
            paid = least(int256(limit), debt);
            int256 collateral = AccountRecord.collateral(account) + paid;
            if (!fits(collateral)) return 0;
            uint256 global = read(GLOBAL);
            AccountRecord.setCollateral(account, collateral);
            AccountRecord.setCreditLimit(account, limit - uint256(paid));
            GlobalRecord.setCredit(global, GlobalRecord.credit(global) - uint256(paid));
            GlobalRecord.setCreditLosses(global, GlobalRecord.creditLosses(global) + uint256(paid));
        }
    }

    /// @dev Book what an account without positions owes as its guarantor's loss, as far as its credit goes, and the rest as the house's,
    /// unless a sum would pass ±MONEY_MAX.
    function writeOff(uint256 account) internal pure {
        unchecked {
            int256 collateral = AccountRecord.collateral(account);
            if (collateral >= 0 || !Position.isFlat(account)) return;
            collateral += payFromCredit(account, -collateral);
            uint256 global = read(GLOBAL);
            uint256 badDebt = GlobalRecord.badDebt(global) + uint256(-collateral);
            if (badDebt > MONEY_MAX || !canReceive(collateral)) return;
            receiveCash(collateral);
            GlobalRecord.setBadDebt(global, badDebt);
            AccountRecord.setCollateral(account, 0);
        }
    }

    /// @dev Whether a sum of money fits its field.
    function fits(int256 amount) internal pure returns (bool) {
        return amount <= int256(MONEY_MAX) && amount >= -int256(MONEY_MAX);
    }

    /// @dev Whether both ledgers have room for money that moves into them.
    function canReceive(int256 amount) internal pure returns (bool) {
        uint256 instrument = read(INSTRUMENT);
        unchecked {
            return fits(InstrumentRecord.houseCash(instrument) + amount) && fits(InstrumentRecord.effectiveCash(instrument) + amount);
        }
    }

    /// @dev Move `size` settled lots of an account's entry to the house, which pays `price` micro-USD. Return false, with nothing changed, if
    /// any cash would pass ±MONEY_MAX.
    function takeOver(uint256 account, uint256 entry, int256 size, int256 price) internal pure returns (bool) {
        unchecked {
            int256 collateral = AccountRecord.collateral(account) + price;
            if (!fits(collateral) || !canReceive(-price)) return false;
            if (SignedMath.magnitude(lots()) < FRACTION) InstrumentRecord.setTakeoverMs(read(INSTRUMENT), read(NOW));
            AccountRecord.setCollateral(account, collateral);
            AccountPosition.setSize(entry, Position.sizeOf(read(entry)) - size);
            Pending.stamp(entry);
            takeLots(size, price);
            return true;
        }
    }

    /// @dev Settle the instrument for good at a price in ticks: its mark no longer follows the index, its orders are dead.
    function settleForGood(uint256 price) internal pure {
        uint256 instrument = read(INSTRUMENT);
        InstrumentRecord.setStatus(instrument, INSTRUMENT_STATUS_SETTLED);
        InstrumentRecord.setSettlementPrice(instrument, price);
        MarkRecord.setFixedPrice(read(MARK), price);
        MarkRecord.setIndexPpb(read(MARK), 0);
    }

    function least(int256 a, int256 b) private pure returns (int256) {
        return a < b ? a : b;
    }
}
