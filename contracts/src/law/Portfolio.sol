// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccountPosition, AccountRecord, ArrayRecord, GlobalRecord, MarkRecord, OptionMarkRecord, UnderlyingRecord} from "../generated/Layout.sol";
import {ARRAY_KIND, ARRAY_WORDS, CERTIFICATE_KIND, CERTIFICATE_WORDS, EXPIRY_KIND, MARK_WORDS, UNDERLYING_KIND} from "../generated/Layout.sol";
import {COMPUTE_MARGIN, COMPUTE_POSITION, COMPUTE_REVALUE, INDEX_STALE_MS, INSTRUMENT_KIND_CALL, INSTRUMENT_KIND_PERPETUAL} from "../generated/Params.sol";
import {OPTION_EXPIRIES_MAX, PORTFOLIO_EQUITY_MIN, PORTFOLIO_GROSS_PPM, PORTFOLIO_INITIAL_PPM, PPM} from "../generated/Params.sol";
import {RESULT_MARGIN_INSUFFICIENT, RESULT_OK, RESULT_PORTFOLIO_STALE, RESULT_PORTFOLIO_UNFIT} from "../generated/Results.sol";
import {Arena} from "./Arena.sol";
import {Certificates} from "./Certificates.sol";
import {InstrumentOp} from "./InstrumentOp.sol";
import {Margin} from "./Margin.sol";
import {GLOBAL, MARGIN_INPUT, MARK, NOW, PORTFOLIO_MODULE, TOP, read, write} from "./Memory.sol";
import {OptionMark} from "./OptionMark.sol";
import {Pending} from "./Pending.sol";
import {SignedMath} from "./SignedMath.sol";
import {Weight} from "./Weight.sol";

/// @title The law's side of portfolio margin: gather what a full revaluation reads, ask the portfolio module, grow its answer
/// @dev docs/protocol/portfolio-margin.md. Bounds: |size| < 2^47, tick_value < 2^24, index < 2^64: 10^21 × lots × tick_value stays below
/// 2^141, a gross notional below 2^139, requirements (wads below 2^183, in micro-USD) below 2^144.
library Portfolio {
    /// The portfolio module failed. Ours only fails out of gas, so this is never a result.
    error RevaluationFailed();

    // What is said of an option at MARGIN_INPUT: size, mark, instrument (then array), and room for the expiry.
    uint256 private constant FOUND_BYTES = 128;
    uint256 private constant HEAD_BYTES = 128; // index price, perpetuals, gross notional, head of a certificate
    uint256 internal constant CERTIFIED = MARGIN_INPUT + 64; // the certificate that was found
    uint256 private constant ANSWER_BYTES = 64 + 32 * CERTIFICATE_WORDS;
    // An option as the portfolio module takes it: size, the first word of its expiry, mark, array.
    uint256 private constant LEG_BYTES = 32 * (2 + MARK_WORDS + ARRAY_WORDS);
    uint256 private constant LEG_ARRAY = 32 * (2 + MARK_WORDS);
    int256 private constant LOT_WADS = 1e21; // of the underlying, × tick_value / index_per_tick
    uint256 private constant OUT_OF_DOMAIN_BYTES = 68;

    /// @dev The weight of a revaluation of an account with this many entries.
    function weightOf(uint256 entries) internal pure returns (uint256) {
        unchecked {
            return COMPUTE_REVALUE + COMPUTE_MARGIN + COMPUTE_POSITION * entries;
        }
    }

    /// @dev The reserve of what a revaluation of this many entries reads.
    function reserve(uint256 entries) internal pure returns (uint256) {
        return InstrumentOp.reserveMarks(entries) + reserveArrays(entries);
    }

    /// @dev The same without marks and their underlyings.
    function reserveArrays(uint256 entries) internal pure returns (uint256) {
        unchecked {
            return Weight.records(UNDERLYING_KIND, 1) + Weight.records(CERTIFICATE_KIND, 1) + Weight.records(ARRAY_KIND, entries)
                + Weight.records(EXPIRY_KIND, entries < OPTION_EXPIRIES_MAX ? entries : OPTION_EXPIRIES_MAX);
        }
    }

    function isIn(uint256 account) internal pure returns (bool) {
        return AccountRecord.marginMode(account) != 0;
    }

    /// @dev Have the certificate that `assess` has found be the account's, before MARGIN_INPUT is used again.
    function certify(uint256 accountId) internal view {
        Certificates.store(accountId, CERTIFIED);
    }

    /// @dev Put an account under standard margin.
    function leaveMode(uint256 account, uint256 accountId) internal view {
        if (isIn(account)) Certificates.end(accountId);
        AccountRecord.setMarginMode(account, 0);
        AccountRecord.setPortfolioUnderlying(account, 0);
    }

    /// @dev OK if an account, as it is, has the least equity and grown initial margin; else MARGIN_INSUFFICIENT, or why it cannot be revalued.
    function admit(uint256 account, uint256 accountId, uint256 id) internal view returns (uint256 code) {
        code = assess(account, accountId, id);
        if (code != RESULT_OK) return code;
        int256 equity = int256(read(Margin.EQUITY));
        if (equity < int256(read(Margin.INITIAL)) || equity < int256(PORTFOLIO_EQUITY_MIN)) code = RESULT_MARGIN_INSUFFICIENT;
    }

    /// @dev Revalue an account, as it is, for portfolio margin on underlying `id`. PORTFOLIO_UNFIT, PORTFOLIO_STALE or OK: then equity, the grown
    /// initial and the maintenance requirement stand at Margin's places. In a void segment PORTFOLIO_STALE.
    function assess(uint256 account, uint256 accountId, uint256 id) internal view returns (uint256 code) {
        Weight.compute(weightOf(AccountRecord.positionCount(account)));
        Margin.ask(account, accountId);
        // Before anything else is touched: a block whose legs a void segment left out may have had none to revalue.
        if (Weight.isPassed()) return RESULT_PORTFOLIO_STALE;
        uint256 underlying = Arena.underlying(id);
        uint256 index = UnderlyingRecord.indexPrice(underlying);
        (bool fits, uint256 end, int256 perpetuals, uint256 gross) = sort(account, accountId, id, index);
        if (!fits) return RESULT_PORTFOLIO_UNFIT;
        if (!gather(end, index) || isStale(underlying) || Weight.isPassed()) return RESULT_PORTFOLIO_STALE;
        if (!ask(end, underlying, perpetuals, gross)) return RESULT_PORTFOLIO_UNFIT;
        unchecked {
            uint256 initial = read(MARGIN_INPUT);
            uint256 grown = gross * (PORTFOLIO_GROSS_PPM + buffer(underlying)) + initial * PORTFOLIO_INITIAL_PPM;
            write(Margin.INITIAL, initial + (grown + PPM - 1) / PPM);
            write(Margin.MAINTENANCE, read(MARGIN_INPUT + 32));
        }
        return RESULT_OK;
    }

    /// @dev Write what is said of each live option from MARGIN_INPUT up to `end`; also perpetuals (wads) and the gross notional (micro-USD, each
    /// rounded up). Of positions that portfolio margin does not cover: false.
    function sort(uint256 account, uint256 accountId, uint256 id, uint256 index)
        private
        view
        returns (bool fits, uint256 end, int256 perpetuals, uint256 gross)
    {
        unchecked {
            uint256 expiries; // their numbers, 16 bits each
            uint256 count; // bits of them
            uint256 entry = AccountRecord.element(account, 0);
            uint256 last = AccountRecord.element(account, AccountRecord.positionCount(account));
            end = MARGIN_INPUT;
            for (; entry < last; entry += 96) {
                uint256 mark = Arena.mark(AccountPosition.instrument(entry));
                write(MARK, mark);
                int256 size = Pending.sizeOf(entry, accountId);
                if (size == 0 || MarkRecord.indexPpb(mark) == 0) continue;
                if (MarkRecord.underlying(mark) != id) return (false, 0, 0, 0);
                uint256 tickValue = MarkRecord.tickValue(mark);
                uint256 perTick = MarkRecord.indexPerTick(mark);
                gross += (SignedMath.magnitude(size) * tickValue * index + perTick - 1) / perTick;
                if (MarkRecord.kind(mark) < INSTRUMENT_KIND_CALL) {
                    int256 wads = size * int256(tickValue) * LOT_WADS;
                    if (MarkRecord.kind(mark) != INSTRUMENT_KIND_PERPETUAL || wads % int256(perTick) != 0) return (false, 0, 0, 0);
                    perpetuals += wads / int256(perTick);
                    continue;
                }
                uint256 number = MarkRecord.expiry(mark);
                uint256 at_ = 0;
                for (uint256 rest = expiries | (number << count); rest & 0xffff != number; rest >>= 16) at_ += 16;
                if (at_ == count) {
                    if (count == 16 * OPTION_EXPIRIES_MAX) return (false, 0, 0, 0);
                    expiries |= number << count;
                    count += 16;
                }
                write(end, uint256(size));
                write(end + 32, mark);
                write(end + 64, AccountPosition.instrument(entry));
                end += FOUND_BYTES;
            }
            fits = true;
        }
    }

    /// @dev Touch the arrays and expiries of what was found; their pointers take the place of the instruments. False if an option waits
    /// for a Reprice.
    function gather(uint256 end, uint256 index) private view returns (bool fresh) {
        fresh = true;
        unchecked {
            for (uint256 place = MARGIN_INPUT; place < end; place += FOUND_BYTES) {
                uint256 mark = read(place + 32);
                uint256 array = Arena.array(read(place + 64));
                write(place + 64, array);
                write(place + 96, Arena.expiry(MarkRecord.expiry(mark)));
                if (ArrayRecord.pricedMs(array) != OptionMarkRecord.pricedMs(mark)) fresh = false;
                if (OptionMark.isOverdue(mark, OptionMark.forwardAt(mark, index), read(NOW))) fresh = false;
            }
        }
    }

    /// @dev Ask the portfolio module; its answer stands at MARGIN_INPUT: initial and maintenance requirement, and a certificate. False if the kernel's domain is left.
    /// What is asked is written from TOP on, where memory is zero again afterwards.
    function ask(uint256 end, uint256 underlying, int256 perpetuals, uint256 gross) private view returns (bool) {
        uint256 input = read(TOP);
        uint256 target;
        unchecked {
            uint256 index = UnderlyingRecord.indexPrice(underlying);
            write(input, index);
            write(input + 32, uint256(perpetuals));
            write(input + 64, gross);
            uint256 head = (1 << 248) | (read(NOW) << 200) | (GlobalRecord.feedEpoch(read(GLOBAL)) << 104);
            write(input + 96, head | (UnderlyingRecord.surfaceEpoch(underlying) << 80) | (index << 16));
            target = input + HEAD_BYTES;
            for (uint256 place = MARGIN_INPUT; place < end; place += FOUND_BYTES) {
                write(target, read(place));
                write(target + 32, read(read(place + 96)));
                Arena.copy(target + 64, read(place + 32), 32 * MARK_WORDS);
                Arena.copy(target + LEG_ARRAY, read(place + 64), 32 * ARRAY_WORDS);
                target += LEG_BYTES;
            }
        }
        uint256 answered;
        uint256 size;
        uint256 answer = ANSWER_BYTES;
        assembly ("memory-safe") {
            // not(0) passes all but a 64th of the gas. A call that runs out of it fails without an answer, and that reverts.
            answered := staticcall(not(0), mload(PORTFOLIO_MODULE), input, sub(target, input), MARGIN_INPUT, answer)
            size := returndatasize()
            calldatacopy(input, calldatasize(), sub(target, input))
        }
        if (answered != 0 && size == ANSWER_BYTES) return true;
        if (answered != 0 || size != OUT_OF_DOMAIN_BYTES) revert RevaluationFailed();
        return false;
    }

    function isStale(uint256 underlying) private pure returns (bool) {
        unchecked {
            return UnderlyingRecord.indexPrice(underlying) == 0 || UnderlyingRecord.publishTimeMs(underlying) + INDEX_STALE_MS < read(NOW);
        }
    }

    /// @dev The latency buffer of a price that is not stale, ppm (docs/protocol/prices.md).
    function buffer(uint256 underlying) private pure returns (uint256 ppm) {
        unchecked {
            uint256 index = UnderlyingRecord.indexPrice(underlying);
            uint256 raw = UnderlyingRecord.rawPrice(underlying);
            ppm = ((raw < index ? index - raw : raw - index) * PPM + index - 1) / index;
            if (ppm > PPM) ppm = PPM;
            uint256 published = UnderlyingRecord.publishTimeMs(underlying);
            uint256 age = read(NOW) > published ? read(NOW) - published : 0;
            ppm += (UnderlyingRecord.slopePpm(underlying) * age + 999) / 1000;
        }
    }
}
