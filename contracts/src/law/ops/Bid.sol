// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccountPosition, AccountRecord, GlobalRecord, InstrumentRecord, MarkRecord, ACCOUNT_KIND, INSTRUMENT_KIND, INSTRUMENT_WORDS} from "../../generated/Layout.sol";
import {OP_BID_AUCTION_MS_OFFSET, OP_BID_BITS_PACKED, OP_BID_DISCOUNT_PPM_OFFSET, OP_BID_FRACTION_PPM_OFFSET} from "../../generated/Operations.sol";
import {OP_BID_SELLER_OFFSET, OP_BID_UNSIGNED_BYTES} from "../../generated/Operations.sol";
import {AUCTION_FEE_PPM, AUCTION_FRACTION_MIN_PPM, AUCTION_RELIEF_PPM, BID_TYPEHASH, COMPUTE_ACTION, COMPUTE_REVALUE, COMPUTE_SETTLE} from "../../generated/Params.sol";
import {INSTRUMENT_STATUS_ACTIVE, MONEY_MAX, POSITIONS_MAX, PPM, TIME_IN_FORCE_IOC} from "../../generated/Params.sol";
import {
    RESULT_DISCOUNT_TOO_LOW,
    RESULT_FIELD_OVERFLOW,
    RESULT_GAP_TOO_WIDE,
    RESULT_HALTED,
    RESULT_MALFORMED,
    RESULT_NO_AUCTION,
    RESULT_NO_RELIEF,
    RESULT_OK,
    RESULT_UNKNOWN_ACCOUNT
} from "../../generated/Results.sol";
import {Arena} from "../Arena.sol";
import {Auction} from "../Auction.sol";
import {Checkpoint} from "../Checkpoint.sol";
import {Fill} from "../Fill.sol";
import {InstrumentOp} from "../InstrumentOp.sol";
import {Margin} from "../Margin.sol";
import {Mark} from "../Mark.sol";
import {ACCOUNT, ACCOUNT_ID, BODY, EQUITY_BEFORE, FLAGS, GAP_WIDE, GLOBAL, INSTRUMENT, INSTRUMENT_ID, LOTS, MARGIN_BEFORE} from "../Memory.sol";
import {MARK, MARK_PRICE, MAX_FEE, TICK_VALUE, TOUCHES, operand, read, write} from "../Memory.sol";
import {Pending} from "../Pending.sol";
import {Place} from "../Place.sol";
import {Portfolio} from "../Portfolio.sol";
import {Position} from "../Position.sol";
import {SignedMath} from "../SignedMath.sol";
import {UserOp} from "../UserOp.sol";
import {Weight} from "../Weight.sol";
import {BlockTrade} from "./BlockTrade.sol";

/// @title A fraction of a portfolio that is auctioned is sold to the signer (docs/protocol/auctions.md)
/// @dev Body: account u32, session u8, nonce u64, expiry u48, seller u32, auction_ms u48, fraction_ppm u32, discount_ppm u32, max_l1_fee u64,
/// signature or none. The registers of an op are the bidder's throughout.
library Bid {
    function execute(uint256 offset, uint256 length) internal view returns (uint256 code) {
        unchecked {
            length = UserOp.load(offset, length, true);
            UserOp.describe(BID_TYPEHASH, OP_BID_UNSIGNED_BYTES, OP_BID_BITS_PACKED);
            if (!UserOp.hasLength(length) || !isValid()) return RESULT_MALFORMED;
            code = UserOp.authorizeSession(length);
            if (code != RESULT_OK) return code;
            uint256 portfolios = Portfolio.isIn(read(ACCOUNT)) ? 2 : 1;
            uint256 listed = GlobalRecord.nextInstrument(read(GLOBAL)) - 1;
            Weight.plan(
                Weight.records(ACCOUNT_KIND, 1) + Weight.records(INSTRUMENT_KIND, POSITIONS_MAX < listed ? POSITIONS_MAX : listed)
                    + InstrumentOp.reserveMarks(2 * POSITIONS_MAX) + portfolios * Portfolio.reserveArrays(POSITIONS_MAX),
                POSITIONS_MAX * (COMPUTE_ACTION + 2 * COMPUTE_SETTLE) + 3 * Portfolio.weightOf(POSITIONS_MAX)
                    - (2 - portfolios) * COMPUTE_REVALUE
            );
            code = UserOp.enter();
            if (code == RESULT_OK) code = act(operand(BODY + OP_BID_SELLER_OFFSET, 32));
        }
    }

    function isValid() private pure returns (bool) {
        unchecked {
            uint256 fraction = operand(BODY + OP_BID_FRACTION_PPM_OFFSET, 32);
            return fraction >= AUCTION_FRACTION_MIN_PPM && fraction <= PPM && operand(BODY, 32) != operand(BODY + OP_BID_SELLER_OFFSET, 32);
        }
    }

    /// @dev Judge the auction of account `id`, and sell.
    function act(uint256 id) private view returns (uint256 code) {
        if (id == 0 || id >= GlobalRecord.nextAccount(read(GLOBAL))) return RESULT_UNKNOWN_ACCOUNT;
        uint256 seller = Arena.account(id);
        if (!Portfolio.isIn(seller)) return RESULT_NO_AUCTION;
        unchecked {
            uint256 since = Auction.begunMs(id);
            if (since == 0 || since != operand(BODY + OP_BID_AUCTION_MS_OFFSET, 48)) return RESULT_NO_AUCTION;
            code = Portfolio.assess(seller, id, AccountRecord.portfolioUnderlying(seller));
            if (code != RESULT_OK) return code;
            if (!Auction.isForSale()) return RESULT_NO_AUCTION;
            uint256 discount = Auction.discountPpm(since);
            if (discount < operand(BODY + OP_BID_DISCOUNT_PPM_OFFSET, 32)) return RESULT_DISCOUNT_TOO_LOW;
            write(EQUITY_BEFORE, read(Margin.EQUITY));
            write(MARGIN_BEFORE, read(Margin.MAINTENANCE));
            uint256 fraction = Auction.mostPpm(discount);
            if (operand(BODY + OP_BID_FRACTION_PPM_OFFSET, 32) < fraction) fraction = operand(BODY + OP_BID_FRACTION_PPM_OFFSET, 32);
            Position.makeSpace();
            Position.openCheckpoint();
            Arena.account(id); // saves it
            int256 value;
            (code, value) = move(seller, id, fraction);
            if (code == RESULT_OK) code = pay(seller, id, fraction, discount, value);
            write(TOUCHES, 1); // whether or not the bidder's positions shrank, it has its initial margin
            if (code == RESULT_OK) code = BlockTrade.judge();
            if (code == RESULT_OK) Checkpoint.forget();
            else Checkpoint.restore();
        }
    }

    /// @dev Move the lots of a fraction of every live position; what they are worth at marks, below zero if more options are sold than bought.
    function move(uint256 seller, uint256 id, uint256 fraction) private view returns (uint256 code, int256 value) {
        write(MAX_FEE, PPM);
        unchecked {
            uint256 entry = AccountRecord.element(seller, 0);
            uint256 end = AccountRecord.element(seller, AccountRecord.positionCount(seller));
            for (; entry < end && code == RESULT_OK && !Weight.isPassed(); entry += 96) {
                uint256 mark = Arena.mark(AccountPosition.instrument(entry));
                write(MARK, mark);
                int256 size = Pending.sizeOf(entry, id);
                uint256 lots = SignedMath.magnitude(size) * fraction / PPM;
                if (lots == 0 || MarkRecord.indexPpb(mark) == 0) continue;
                int256 change = size < 0 ? -int256(lots) : int256(lots);
                code = moveLots(seller, id, entry, change);
                value += change * int256(read(MARK_PRICE) * read(TICK_VALUE));
            }
        }
    }

    /// @dev Move signed lots of one of the seller's entries to the bidder.
    function moveLots(uint256 seller, uint256 id, uint256 entry, int256 change) private view returns (uint256 code) {
        Weight.compute(COMPUTE_ACTION);
        uint256 number = AccountPosition.instrument(entry);
        write(INSTRUMENT_ID, number);
        uint256 instrument = Arena.instrument(number);
        write(INSTRUMENT, instrument);
        Checkpoint.save(instrument, 32 * INSTRUMENT_WORDS);
        Mark.load();
        if (Mark.isHalted(instrument)) return RESULT_HALTED;
        if (read(GAP_WIDE) != 0) return RESULT_GAP_TOO_WIDE;
        uint256 account = read(ACCOUNT);
        uint256 lots = SignedMath.magnitude(change);
        uint256 sell = change < 0 ? 1 : 0;
        uint256 own = Position.find(account, number);
        unchecked {
            if (own == 0 || Pending.opposite(own, read(ACCOUNT_ID), sell) < lots) {
                if (InstrumentRecord.status(instrument) != INSTRUMENT_STATUS_ACTIVE) return RESULT_HALTED;
                write(FLAGS, sell | (TIME_IN_FORCE_IOC << 5));
                write(LOTS, lots);
                code = Place.checkAccount();
                if (code != RESULT_OK) return code;
                if (own == 0) own = Position.append();
            }
            if (!Fill.change(account, own, read(ACCOUNT_ID), change) || !Fill.change(seller, entry, id, -change)) return RESULT_FIELD_OVERFLOW;
        }
    }

    /// @dev Revalue the seller and pay for the sale. The lots moved at marks, so the seller's equity changes by what is paid alone.
    function pay(uint256 seller, uint256 id, uint256 fraction, uint256 discount, int256 value) private view returns (uint256 code) {
        code = Portfolio.assess(seller, id, AccountRecord.portfolioUnderlying(seller));
        if (code != RESULT_OK) return code;
        unchecked {
            int256 margin = int256(read(Margin.MAINTENANCE));
            int256 freed = int256(read(MARGIN_BEFORE)) - margin;
            if (freed * int256(PPM * PPM) < int256(read(MARGIN_BEFORE) * fraction * AUCTION_RELIEF_PPM)) return RESULT_NO_RELIEF;
            int256 paid = freed * int256(discount) / int256(PPM);
            int256 fee = freed * int256(AUCTION_FEE_PPM) / int256(PPM);
            uint256 global = read(GLOBAL);
            int256 bought = AccountRecord.collateral(read(ACCOUNT)) - value + paid;
            int256 sold = AccountRecord.collateral(seller) + value - paid - fee;
            uint256 fund = GlobalRecord.insuranceFund(global) + uint256(fee);
            if (SignedMath.magnitude(bought) > MONEY_MAX || SignedMath.magnitude(sold) > MONEY_MAX || fund > MONEY_MAX) return RESULT_FIELD_OVERFLOW;
            AccountRecord.setCollateral(read(ACCOUNT), bought);
            AccountRecord.setCollateral(seller, sold);
            GlobalRecord.setInsuranceFund(global, fund);
            if (int256(read(EQUITY_BEFORE)) - paid - fee >= margin) Portfolio.certify(id);
        }
    }
}
