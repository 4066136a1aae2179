// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Black76} from "../src/risk/Black76.sol";
import {FixedPoint} from "../src/risk/FixedPoint.sol";
import {Greeks, Sensitivities} from "../src/risk/Greeks.sol";
import {Normal} from "../src/risk/Normal.sol";

/// The risk kernel's internal functions, callable: for agreement tests and gas measurements.
contract RiskKernelHarness {
    function mulFloor(int256 a, int256 b) external pure returns (int256) {
        return FixedPoint.mulFloor(a, b);
    }

    function mulCeil(int256 a, int256 b) external pure returns (int256) {
        return FixedPoint.mulCeil(a, b);
    }

    function divFloor(int256 a, int256 b) external pure returns (int256) {
        return FixedPoint.divFloor(a, b);
    }

    function divCeil(int256 a, int256 b) external pure returns (int256) {
        return FixedPoint.divCeil(a, b);
    }

    function mulDivFloor(int256 a, int256 b, int256 divisor) external pure returns (int256) {
        return FixedPoint.mulDivFloor(a, b, divisor);
    }

    function mulDivCeil(int256 a, int256 b, int256 divisor) external pure returns (int256) {
        return FixedPoint.mulDivCeil(a, b, divisor);
    }

    function ln(uint256 x) external pure returns (int256) {
        return FixedPoint.ln(x);
    }

    function exp(int256 x) external pure returns (uint256) {
        return FixedPoint.exp(x);
    }

    function sqrt(uint256 x) external pure returns (uint256) {
        return FixedPoint.sqrt(x);
    }

    function normalPdf(int256 x) external pure returns (uint256) {
        return Normal.pdf(x);
    }

    function normalCdf(int256 x) external pure returns (uint256) {
        return Normal.cdf(x);
    }

    function discountFactor(int256 rate, uint256 secondsLeft) external pure returns (uint256) {
        return Black76.discountFactor(rate, secondsLeft);
    }

    function logDistance(uint256 forward, uint256 strike) external pure returns (uint256) {
        Black76.checkQuote(forward, strike, 0);
        return Black76.logDistance(forward, strike);
    }

    function stdDev(uint256 vol, uint256 secondsLeft) external pure returns (uint256) {
        return Black76.stdDev(vol, Black76.sqrtYears(secondsLeft));
    }

    function callAndPut(uint256 forward, uint256 strike, uint256 vol, uint256 secondsLeft, uint256 discount)
        external
        pure
        returns (uint256 call, uint256 put)
    {
        return Black76.callAndPut(forward, strike, vol, secondsLeft, discount);
    }

    function callAndPutFrom(uint256 forward, uint256 strike, uint256 distance, uint256 deviation, uint256 discount)
        external
        pure
        returns (uint256 call, uint256 put)
    {
        return Black76.callAndPutFrom(forward, strike, distance, deviation, discount);
    }

    function greeks(
        uint256 forward,
        uint256 strike,
        uint256 vol,
        uint256 secondsLeft,
        int256 rate,
        uint256 discount
    ) external pure returns (Sensitivities memory) {
        return Greeks.all(forward, strike, vol, secondsLeft, rate, discount);
    }

    /// Gas of one callAndPut, without the call's own: nothing is warm or cold in a pure function.
    function gasOfPrice(uint256 forward, uint256 strike, uint256 vol, uint256 secondsLeft, uint256 discount)
        external
        view
        returns (uint256 gasUsed, uint256 call, uint256 put)
    {
        gasUsed = gasleft();
        (call, put) = Black76.callAndPut(forward, strike, vol, secondsLeft, discount);
        gasUsed -= gasleft();
    }

    /// Gas of one callAndPutFrom.
    function gasOfPriceFrom(
        uint256 forward,
        uint256 strike,
        uint256 distance,
        uint256 deviation,
        uint256 discount
    ) external view returns (uint256 gasUsed, uint256 call, uint256 put) {
        gasUsed = gasleft();
        (call, put) = Black76.callAndPutFrom(forward, strike, distance, deviation, discount);
        gasUsed -= gasleft();
    }

    /// Gas of prices and Greeks together.
    function gasOfGreeks(
        uint256 forward,
        uint256 strike,
        uint256 vol,
        uint256 secondsLeft,
        int256 rate,
        uint256 discount
    ) external view returns (uint256 gasUsed, Sensitivities memory g) {
        gasUsed = gasleft();
        g = Greeks.all(forward, strike, vol, secondsLeft, rate, discount);
        gasUsed -= gasleft();
    }

    /// Gas of each of ln, exp, sqrt, pdf and cdf alone, all of one argument.
    function gasOfFunctions(uint256 x, int256 y) external view returns (uint256[5] memory gasUsed) {
        unchecked {
            uint256 sum;
            uint256 start = gasleft();
            sum += uint256(FixedPoint.ln(x));
            gasUsed[0] = start - gasleft();
            start = gasleft();
            sum += FixedPoint.exp(y);
            gasUsed[1] = start - gasleft();
            start = gasleft();
            sum += FixedPoint.sqrt(x);
            gasUsed[2] = start - gasleft();
            start = gasleft();
            sum += Normal.pdf(y);
            gasUsed[3] = start - gasleft();
            start = gasleft();
            sum += Normal.cdf(y);
            gasUsed[4] = start - gasleft();
            // Used, so that nothing is optimized away; never true.
            if (sum == 0) revert();
        }
    }
}
