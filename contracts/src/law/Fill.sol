// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccountPosition, AccountRecord, GlobalRecord, InstrumentRecord, OrderRecord} from "../generated/Layout.sol";
import {COMPUTE_SETTLE, FRACTION, INSURANCE_SHARE_PPM, MONEY_MAX, OPTION_FEE_CAP_PPM, ORDER_FLAG_SELL, PPM} from "../generated/Params.sol";
import {RESULT_CERTIFICATE_NEEDED, RESULT_CERTIFICATE_STALE, RESULT_FIELD_OVERFLOW, RESULT_OK} from "../generated/Results.sol";
import {Arena} from "./Arena.sol";
import {Certificates} from "./Certificates.sol";
import {House} from "./House.sol";
import {Margin} from "./Margin.sol";
import {ACCOUNT, ACCOUNT_ID, BASE_PRICE, ENTRY, EQUITY_BEFORE, FILL_UNDO, FLAGS, GLOBAL, INSTRUMENT, LOT_CONCEDED} from "./Memory.sol";
import {MAKER_TRIED, MARGIN_BEFORE, MARK_PRICE, OPTION, TAKER, TAKER_HOUSE, TAKER_TRIED, TAKER_USER, TICK_VALUE, read, write} from "./Memory.sol";
import {Pending} from "./Pending.sol";
import {Position} from "./Position.sol";
import {SignedMath} from "./SignedMath.sol";
import {Weight} from "./Weight.sol";

/// @title One fill: cash, fees, sizes, margin of both sides; kept or undone
/// @dev value < 2^32 × 2^40 × 2^24 = 2^96 micro-USD, a fee below 2^92; collateral and pools lie within ±2^126.
library Fill {
    uint256 private constant OVERFLOW = type(uint256).max; // never a word of money: both halves stay below 2^127
    uint256 private constant LOW_HALF = 0xffffffffffffffffffffffffffffffff;

    /// @dev Fill `lots` at `price` between the action's order (taker) and `order` (maker). Return (its code, false) if the taker
    /// must stop, (CERTIFICATE_STALE, false) if the maker is passed over, (OK, true) if its order must go; in all these cases nothing has changed. Else (OK, false).
    function attempt(uint256 order, uint256 maker, uint256 makerEntry, uint256 price, uint256 lots)
        internal
        view
        returns (uint256 code, bool makerFails)
    {
        if (read(TAKER) != TAKER_HOUSE) Weight.compute(COMPUTE_SETTLE);
        save(maker, makerEntry);
        (code, makerFails) = exchange(order, maker, makerEntry, price, lots);
        if (code != RESULT_OK || makerFails) restore(maker, makerEntry);
    }

    /// @dev The attempt itself. If it fails, the caller undoes what it has done.
    function exchange(uint256 order, uint256 maker, uint256 makerEntry, uint256 price, uint256 lots)
        private
        view
        returns (uint256, bool)
    {
        bool isHouse = read(TAKER) == TAKER_HOUSE;
        uint256 makerId = OrderRecord.account(order);
        // Settle what is pending first, so that sizes are whole and the margin tests compare like with like.
        if (!isHouse && !Pending.settle(read(ACCOUNT), read(ENTRY), read(ACCOUNT_ID))) return (RESULT_FIELD_OVERFLOW, false);
        if (!Pending.settle(maker, makerEntry, makerId)) return (RESULT_OK, true);
        uint256 makerMoney = read(maker + 32);
        uint256 takerMoney = isHouse ? 0 : read(read(ACCOUNT) + 32);
        uint256 pools;
        {
            bool fits;
            uint256 makerAfter;
            (fits, makerAfter, pools) = pay(order, makerMoney, price, lots);
            if (!fits || pools == OVERFLOW) return (RESULT_FIELD_OVERFLOW, false);
            if (makerAfter == OVERFLOW) return (RESULT_OK, true);
            write(maker + 32, makerAfter);
        }
        uint256 makerHead = read(makerEntry);
        uint256 takerHead = isHouse ? 0 : read(read(ENTRY));
        moveLots(order, makerEntry, price, lots);
        if (read(TAKER) == TAKER_USER) {
            uint256 code = Margin.admitsFill(read(ACCOUNT), read(ACCOUNT_ID), read(ENTRY), takerHead, takerMoney);
            if (code != RESULT_OK) return (code, false);
        }
        {
            uint256 code = Margin.admitsFill(maker, makerId, makerEntry, makerHead, makerMoney);
            if (code == RESULT_CERTIFICATE_NEEDED && Certificates.isKept(makerId)) return (RESULT_CERTIFICATE_STALE, false);
            if (code != RESULT_OK) return (RESULT_OK, true);
        }
        if (read(TAKER) == TAKER_USER) keepCertificate(read(ACCOUNT), read(ACCOUNT_ID), TAKER_TRIED);
        keepCertificate(maker, makerId, MAKER_TRIED);
        keep(price, pools, takerHead, makerHead, read(makerEntry));
        return (RESULT_OK, false);
    }

    /// @dev Of an account under portfolio margin the certificate with the fill, which was tried at `place`.
    function keepCertificate(uint256 account, uint256 id, uint256 place) private view {
        // In a void segment nothing was tried, and nothing counts.
        if (AccountRecord.marginMode(account) != 0 && !Weight.isPassed()) Certificates.keep(id, place);
    }

    /// @dev Both entries, both accounts' money, and the house's ledgers.
    function save(uint256 maker, uint256 makerEntry) private pure {
        unchecked {
            Arena.copy(FILL_UNDO + 96, makerEntry, 96);
            Arena.copy(FILL_UNDO + 192, read(INSTRUMENT) + House.LEDGERS, House.LEDGERS_BYTES);
            write(FILL_UNDO + 320, read(maker + 32));
            if (read(TAKER) == TAKER_HOUSE) return;
            Arena.copy(FILL_UNDO, read(ENTRY), 96);
            write(FILL_UNDO + 288, read(read(ACCOUNT) + 32));
        }
    }

    function restore(uint256 maker, uint256 makerEntry) private pure {
        unchecked {
            Arena.copy(makerEntry, FILL_UNDO + 96, 96);
            Arena.copy(read(INSTRUMENT) + House.LEDGERS, FILL_UNDO + 192, House.LEDGERS_BYTES);
            write(maker + 32, read(FILL_UNDO + 320));
            if (read(TAKER) == TAKER_HOUSE) return;
            Arena.copy(read(ENTRY), FILL_UNDO, 96);
            write(read(ACCOUNT) + 32, read(FILL_UNDO + 288));
        }
    }

    /// @dev Let the taker pay or be paid for `lots` at `price`. Return whether its money fits, and the second words of the maker and of the
    /// global record afterwards; OVERFLOW for each that would pass ±MONEY_MAX.
    function pay(uint256 order, uint256 makerMoney, uint256 price, uint256 lots)
        private
        pure
        returns (bool fits, uint256 makerAfter, uint256 pools)
    {
        unchecked {
            uint256 value = price * lots * read(TICK_VALUE);
            uint256 makerPpm = InstrumentRecord.makerFeePpm(read(INSTRUMENT));
            uint256 signed = OrderRecord.maxFeePpm(order);
            uint256 makerFee = fee(value, lots, makerPpm < signed ? makerPpm : signed);
            // What the taker receives.
            int256 cash = read(FLAGS) & ORDER_FLAG_SELL == 0 ? -int256(value) : int256(value);
            uint256 takerFee;
            (fits, takerFee) = payTaker(cash, value, price, lots);
            makerAfter = paid(makerMoney, -cash - int256(makerFee));
            pools = collected(takerFee + makerFee);
        }
    }

    /// @dev Let the taker pay or be paid for lots of this value, with its fee. False, and nothing has changed but perhaps the account's money, if
    /// money would pass ±MONEY_MAX.
    function payAlone(uint256 value, uint256 lots) internal pure returns (bool fits) {
        unchecked {
            int256 cash = read(FLAGS) & ORDER_FLAG_SELL == 0 ? -int256(value) : int256(value);
            uint256 charged;
            (fits, charged) = payTaker(cash, value, 0, lots);
            uint256 pools = collected(charged);
            if (!fits || pools == OVERFLOW) return false;
            write(read(GLOBAL) + 32, pools);
        }
    }

    /// @dev Change a settled entry by signed lots, with nothing of an order.
    function moveAlone(uint256 account, uint256 entry, int256 lots) internal pure {
        unchecked {
            int256 size = Position.sizeOf(read(entry));
            AccountPosition.setSize(entry, size + lots);
            Pending.stamp(entry);
            follow(read(INSTRUMENT), size, size + lots);
            Position.freeIfEmpty(account, entry);
        }
    }

    /// @dev Settle an entry and change it by signed lots, while money waits. False if its settlement would pass ±MONEY_MAX.
    function change(uint256 account, uint256 entry, uint256 id, int256 lots) internal pure returns (bool) {
        Weight.compute(COMPUTE_SETTLE);
        if (!Pending.settle(account, entry, id)) return false;
        moveAlone(account, entry, lots);
        return true;
    }

    /// @dev Move `cash` to whoever takes. Return whether it fits, and the fee that goes to the pools.
    function payTaker(int256 cash, uint256 value, uint256 price, uint256 lots) private pure returns (bool, uint256 toPools) {
        unchecked {
            uint256 taker = read(TAKER);
            if (taker == TAKER_HOUSE) {
                if (!House.fits(InstrumentRecord.houseCash(read(INSTRUMENT)) + cash)) return (false, 0);
                House.receiveCash(cash);
                return (true, 0);
            }
            uint256 charged;
            if (taker == TAKER_USER) {
                toPools = fee(value, lots, InstrumentRecord.takerFeePpm(read(INSTRUMENT)));
                charged = toPools;
            } else {
                charged = closingFee(value, price, lots);
                House.receiveCash(int256(charged));
            }
            uint256 place = read(ACCOUNT) + 32;
            uint256 money = paid(read(place), cash - int256(charged));
            if (money == OVERFLOW) return (false, 0);
            write(place, money);
            return (true, toPools);
        }
    }

    /// @dev What a liquidated account pays the house for a fill: at most what the fill gains it, plus the margin that the fill frees in
    /// proportion to the account's equity, so that its equity over maintenance does not fall.
    function closingFee(uint256 value, uint256 price, uint256 lots) private pure returns (uint256) {
        unchecked {
            int256 margin = int256(read(MARGIN_BEFORE)) * int256(PPM);
            int256 gain = (int256(price) - int256(read(MARK_PRICE))) * int256(lots * read(TICK_VALUE));
            if (read(FLAGS) & ORDER_FLAG_SELL == 0) gain = -gain;
            if (margin != 0) {
                int256 freed = int256(lots * read(LOT_CONCEDED));
                gain += SignedMath.floorDiv(freed * int256(read(EQUITY_BEFORE)), margin);
            }
            if (gain <= 0) return 0;
            uint256 most = fee(value, lots, InstrumentRecord.liquidationFeePpm(read(INSTRUMENT)));
            return uint256(gain) < most ? uint256(gain) : most;
        }
    }

    /// @dev A share of the value; of an option's notional, and then at most OPTION_FEE_CAP_PPM of the premium. Rounded up: the venue never
    /// underpays itself.
    function fee(uint256 value, uint256 lots, uint256 ppm) private pure returns (uint256) {
        unchecked {
            uint256 most = value * ppm;
            if (read(OPTION) != 0) {
                most = lots * read(BASE_PRICE) * read(TICK_VALUE) * ppm;
                if (most > value * OPTION_FEE_CAP_PPM) most = value * OPTION_FEE_CAP_PPM;
            }
            return (most + (PPM - 1)) / PPM;
        }
    }

    /// @dev An account's second word after `amount` moved into its collateral.
    function paid(uint256 money, int256 amount) private pure returns (uint256) {
        unchecked {
            amount += int256(money) >> 128;
            if (amount > int256(MONEY_MAX) || amount < -int256(MONEY_MAX)) return OVERFLOW;
            return (uint256(amount) << 128) | (money & LOW_HALF);
        }
    }

    /// @dev The global record's second word after `fees`: fee pool above, insurance fund below.
    function collected(uint256 fees) private pure returns (uint256) {
        unchecked {
            uint256 pools = read(read(GLOBAL) + 32);
            uint256 share = fees * INSURANCE_SHARE_PPM / PPM; // rounds down: the rest is the fee pool's
            // Until the fund covers what houses lack, all fees go to the fund.
            if (GlobalRecord.negativeHouses(read(GLOBAL)) > pools & LOW_HALF) share = fees;
            uint256 feePool = (pools >> 128) + fees - share;
            uint256 insurance = (pools & LOW_HALF) + share;
            if (feePool > MONEY_MAX || insurance > MONEY_MAX) return OVERFLOW;
            return (feePool << 128) | insurance;
        }
    }

    /// @dev Move the lots, and shrink what the maker's order reserves.
    function moveLots(uint256 order, uint256 makerEntry, uint256 price, uint256 lots) private pure {
        unchecked {
            uint256 makerFlags = OrderRecord.flags(order);
            int256 bought = makerFlags & ORDER_FLAG_SELL == 0 ? -int256(lots) : int256(lots); // by the taker
            if (read(TAKER) == TAKER_HOUSE) {
                uint256 instrument = read(INSTRUMENT);
                InstrumentRecord.setHouseLots(instrument, InstrumentRecord.houseLots(instrument) + bought);
            } else {
                uint256 takerEntry = read(ENTRY);
                AccountPosition.setSize(takerEntry, AccountPosition.size(takerEntry) + bought);
                Pending.stamp(takerEntry);
            }
            AccountPosition.setSize(makerEntry, AccountPosition.size(makerEntry) - bought);
            Pending.stamp(makerEntry);
            Position.release(makerEntry, makerFlags, lots, price);
        }
    }

    /// @dev Update the interests for a changed position: sums of longs and of shorts, in 2^-32 lots, below 2^22 accounts × 2^72. Roundings
    /// of the eager ledger may have lowered them, so they stop at 0 and may reach it before the last position does.
    function follow(uint256 instrument, int256 sizeBefore, int256 sizeAfter) internal pure {
        unchecked {
            int256 longs = (positive(sizeAfter) - positive(sizeBefore)) * int256(FRACTION);
            int256 shorts = (positive(-sizeAfter) - positive(-sizeBefore)) * int256(FRACTION);
            if (longs != 0) {
                InstrumentRecord.setLongInterest(instrument, SignedMath.addFloored(InstrumentRecord.longInterest(instrument), longs));
            }
            if (shorts != 0) {
                InstrumentRecord.setShortInterest(instrument, SignedMath.addFloored(InstrumentRecord.shortInterest(instrument), shorts));
            }
        }
    }

    function positive(int256 value) private pure returns (int256) {
        return value > 0 ? value : int256(0);
    }

    /// @dev What a kept fill writes besides the accounts.
    function keep(uint256 price, uint256 pools, uint256 takerHead, uint256 makerHead, uint256 makerHeadAfter) private pure {
        unchecked {
            uint256 instrument = read(INSTRUMENT);
            write(read(GLOBAL) + 32, pools);
            InstrumentRecord.setLastPrice(instrument, price);
            if (read(TAKER) != TAKER_HOUSE) follow(instrument, Position.sizeOf(takerHead), Position.sizeOf(read(read(ENTRY))));
            follow(instrument, Position.sizeOf(makerHead), Position.sizeOf(makerHeadAfter));
        }
    }
}
