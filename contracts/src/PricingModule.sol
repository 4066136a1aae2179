// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccountRecord, ArrayRecord, ExpiryRecord, ACCOUNT_PROTECTION_FROZEN_MS_GREATEST} from "./generated/Layout.sol";
import {OPTION_DELTA_BITS, OPTION_GAMMA_BITS, OPTION_PRICE_BITS, OPTION_THETA_BITS, OPTION_VEGA_BITS} from "./generated/Params.sol";
import {PortfolioGrid} from "./generated/PortfolioGrid.sol";
import {FillSize} from "./law/FillSize.sol";
import {OptionMark} from "./law/OptionMark.sol";
import {Black76} from "./risk/Black76.sol";
import {ExpiryTerms, Terms} from "./risk/ExpiryTerms.sol";
import {ONE, OutOfDomain} from "./risk/FixedPoint.sol";
import {Greeks, Sensitivities} from "./risk/Greeks.sol";
import {ScenarioArray} from "./risk/ScenarioArray.sol";
import {RawSvi, Svi} from "./risk/Svi.sol";

/// @title The law's pricing module: an expiry and a strike in, what the marks of its call and put store out (docs/protocol/options.md)
/// @notice Call data, without a selector: the forward and the strike (ticks), index_per_tick, whole seconds left now and when the surface was
/// fitted, what of the forward does not follow the index (ticks), then the first three words of the expiry's record. Returns eight words, each
/// within its field: mark_price of the call and of the put, delta of both, gamma, vega, theta of both; then the head of both array records
/// without its time, the eleven words of the call's lanes and those of the put's. With seven words, an option's mark record, its forward, the
/// forward at the price that was reported, and now, it returns three: the mark at each, and whether the option is overdue. With eight, a mark
/// record, the two words of an account's protection, the lots that a fill adds to its position (int256) and the clock, it returns three: those
/// words with the fill counted, and whether it passed a limit (docs/protocol/protection.md).
/// @dev Pure. Reverts with `OutOfDomain` where the risk kernel does: the law distinguishes it from a lack of gas by its length.
contract PricingModule {
    uint256 private constant NANO = 1e9; // wads per nano-USD
    int256 private constant PICO = 1e6; // wads per 10^-12
    uint256 private constant INPUT_BYTES = 288;
    uint256 private constant OPTION_BYTES = 224;
    uint256 private constant FILL_BYTES = 256;
    uint256 private constant PROTECTION_OFFSET = 128; // in an account's record
    uint256 private constant OUTPUT_BYTES = 992;
    uint256 private constant HEAD = 256; // where the arrays' heads stand in the answer
    uint256 private constant FACTOR_BITS = 64;

    fallback() external {
        if (msg.data.length == OPTION_BYTES) read();
        if (msg.data.length == FILL_BYTES) countFill();
        uint256[9] memory input;
        uint256[31] memory output;
        uint256 expiry;
        assembly ("memory-safe") {
            calldatacopy(input, 0, INPUT_BYTES)
            expiry := add(input, 192)
        }
        unchecked {
            uint256 perTick = input[2] * NANO; // wads
            uint256 vol = Svi.volatilityAt(
                RawSvi(
                    ExpiryRecord.sviA(expiry) * PICO,
                    int256(ExpiryRecord.sviB(expiry)) * PICO,
                    ExpiryRecord.sviRho(expiry) * PICO,
                    ExpiryRecord.sviM(expiry) * PICO,
                    int256(ExpiryRecord.sviSigma(expiry)) * PICO
                ),
                ExpiryRecord.sviForward(expiry) * NANO,
                input[1] * perTick,
                input[4]
            );
            if (input[0] * perTick == 0) revert OutOfDomain("forward", 0);
            int256 rate = ExpiryRecord.ratePpm(expiry) * 1e12;
            priceStrike(output, input[0] * perTick, input[1] * perTick, perTick, vol, input[3], rate);
            uint256 fixed_ = input[5] * perTick;
            Terms memory terms = ExpiryTerms.ofParts(input[3], input[0] * perTick - fixed_, fixed_, rate, PortfolioGrid.terms());
            valueLanes(output, terms, input[1] * perTick, vol);
        }
        assembly ("memory-safe") {
            return(output, OUTPUT_BYTES)
        }
    }

    /// @dev Prices and Greeks of the pair, to the answer's first eight words.
    function priceStrike(
        uint256[31] memory output,
        uint256 forward,
        uint256 strike,
        uint256 perTick,
        uint256 vol,
        uint256 secondsLeft,
        int256 rate
    ) private pure {
        unchecked {
            uint256 discount = Black76.discountFactor(rate, secondsLeft);
            Sensitivities memory g = Greeks.all(forward, strike, vol, secondsLeft, rate, discount);
            output[0] = least((g.call << OPTION_PRICE_BITS) / perTick, type(uint40).max);
            output[1] = least((g.put << OPTION_PRICE_BITS) / perTick, type(uint40).max);
            output[2] = uint256(bounded((g.callDelta << OPTION_DELTA_BITS) / 1e18, g.callDelta << OPTION_DELTA_BITS, 1e18));
            output[3] = uint256(bounded((g.putDelta << OPTION_DELTA_BITS) / 1e18, g.putDelta << OPTION_DELTA_BITS, 1e18));
            output[4] = least(((g.gamma * forward) << OPTION_GAMMA_BITS) / (ONE * ONE), type(uint32).max);
            output[5] = least(((g.vega * 100) << OPTION_VEGA_BITS) / forward, type(uint24).max);
            output[6] = uint256(bounded((g.callTheta << OPTION_THETA_BITS) / int256(forward), g.callTheta << OPTION_THETA_BITS, int256(forward)));
            output[7] = uint256(bounded((g.putTheta << OPTION_THETA_BITS) / int256(forward), g.putTheta << OPTION_THETA_BITS, int256(forward)));
        }
    }

    /// @dev The head of both arrays without its time, and the lanes of the call and of the put.
    function valueLanes(uint256[31] memory output, Terms memory terms, uint256 strike, uint256 vol) private pure {
        uint256 short = uint256(terms.shortFactor);
        uint256 contingency = uint256(terms.contingencyFactor);
        // A long's factor is below 1: it always fits.
        if (short >> FACTOR_BITS != 0) revert OutOfDomain("short_factor", terms.shortFactor);
        if (contingency >> FACTOR_BITS != 0) revert OutOfDomain("contingency_factor", terms.contingencyFactor);
        (uint256[] memory calls, uint256[] memory puts) = ScenarioArray.build(PortfolioGrid.lanesBySpot(), terms, strike, vol);
        uint256 head;
        assembly ("memory-safe") {
            head := add(output, HEAD)
            mcopy(add(head, 32), add(calls, 32), 352)
            mcopy(add(head, 384), add(puts, 32), 352)
        }
        ArrayRecord.setVersion(head, 1);
        ArrayRecord.setLongFactor(head, uint256(terms.longFactor));
        ArrayRecord.setShortFactor(head, short);
        ArrayRecord.setContingencyFactor(head, contingency);
    }

    /// @dev Answer what is asked of the mark of an option that is not settled: its price at both forwards, and whether it is overdue.
    function read() private pure {
        uint256[7] memory input;
        assembly ("memory-safe") {
            calldatacopy(input, 0, OPTION_BYTES)
        }
        uint256 mark;
        assembly ("memory-safe") {
            mark := input
        }
        uint256 price = OptionMark.priceAt(mark, input[4]);
        uint256 rawPrice = OptionMark.priceAt(mark, input[5]);
        bool overdue = OptionMark.isOverdue(mark, input[4], input[6]);
        assembly ("memory-safe") {
            mstore(0, price)
            mstore(32, rawPrice)
            mstore(64, overdue)
            return(0, 96)
        }
    }

    /// @dev Answer what a protection is with a fill counted. The pointer to an account lies before its protection: only that is read.
    function countFill() private pure {
        uint256[8] memory input;
        uint256 account;
        assembly ("memory-safe") {
            calldatacopy(input, 0, FILL_BYTES)
            account := input // the mark has as many words as precede the protection
        }
        (uint256 lots, int256 delta, int256 vega) = FillSize.ofFill(account, int256(input[6]));
        uint256 clock = input[7];
        bool passed;
        unchecked {
            if (clock < AccountRecord.protectionStartMs(account) + AccountRecord.protectionWindowMs(account)) {
                lots += AccountRecord.protectionLots(account);
                delta += AccountRecord.protectionDelta(account);
                vega += AccountRecord.protectionVega(account);
            } else {
                AccountRecord.setProtectionStartMs(account, clock);
            }
            passed = lots > AccountRecord.protectionLotsMax(account) || FillSize.magnitude(delta) > AccountRecord.protectionDeltaMax(account)
                || FillSize.magnitude(vega) > AccountRecord.protectionVegaMax(account);
            if (passed) {
                (lots, delta, vega) = (0, 0, 0);
                uint256 until = least(clock + AccountRecord.protectionFreezeMs(account), ACCOUNT_PROTECTION_FROZEN_MS_GREATEST);
                AccountRecord.setProtectionFrozenMs(account, until);
            }
        }
        AccountRecord.setProtectionLots(account, lots);
        AccountRecord.setProtectionDelta(account, delta);
        AccountRecord.setProtectionVega(account, vega);
        assembly ("memory-safe") {
            mcopy(0, add(account, PROTECTION_OFFSET), 64)
            mstore(64, passed)
            return(0, 96)
        }
    }

    function least(uint256 value, uint256 most) private pure returns (uint256) {
        return value < most ? value : most;
    }

    /// @dev The quotient of `dividend` and a positive `divisor`, of which `truncated` is the whole part, rounded down and kept to 32 bits.
    function bounded(int256 truncated, int256 dividend, int256 divisor) private pure returns (int256) {
        unchecked {
            if (truncated * divisor > dividend) --truncated;
        }
        if (truncated > type(int32).max) return type(int32).max;
        return truncated < type(int32).min ? type(int32).min : truncated;
    }
}
