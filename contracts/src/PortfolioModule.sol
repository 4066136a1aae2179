// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CERTIFICATE_WORDS} from "./generated/Layout.sol";
import {CertificateParts} from "./risk/CertificateParts.sol";
import {Requirement, Revaluation} from "./risk/Revaluation.sol";

/// @title The law's portfolio module: full revaluations, and fills added to margin certificates (docs/protocol/portfolio-margin.md)
/// @notice Call data, without a selector. Of a revaluation: the index price (nano-USD), perpetuals (wads, int256), the gross notional
/// (micro-USD), the first word of a certificate but for `ends_ms`, then for each option its size in lots (int256), the first word of its
/// expiry's record, its mark record (four words) and its array record (twelve). Returns the initial and the maintenance requirement beside the
/// value at marks, micro-USD, and a certificate. Of a fill, whose first word is negative: what CertificateParts says; returns ADDED, VOID or
/// UNFIT, the grown initial and the grown maintenance requirement, the plain one before and after, and the certificate with the fill.
/// @dev Pure. Reverts with `OutOfDomain` where the risk kernel does: the law distinguishes it from a lack of gas by its length.
contract PortfolioModule {
    uint256 private constant HEAD_BYTES = 128;
    uint256 private constant FILL_HEAD_BYTES = 160;

    fallback() external {
        uint256 input;
        int256 first;
        assembly ("memory-safe") {
            first := calldataload(0)
            input := mload(64)
            mstore(64, add(input, calldatasize()))
            calldatacopy(input, 0, calldatasize())
        }
        if (first < 0) fill(input);
        else revalue(input);
    }

    function revalue(uint256 input) private pure {
        uint256 index;
        int256 perpetuals;
        uint256 gross;
        uint256 head;
        uint256 count;
        uint256 answer;
        assembly ("memory-safe") {
            index := mload(input)
            perpetuals := mload(add(input, 32))
            gross := mload(add(input, 64))
            head := mload(add(input, 96))
            input := add(input, HEAD_BYTES)
            count := sub(calldatasize(), HEAD_BYTES)
            answer := mload(64) // nothing was written there
            mstore(64, add(answer, add(64, shl(5, CERTIFICATE_WORDS))))
        }
        unchecked {
            count /= Revaluation.LEG_BYTES;
            Requirement memory asked = Revaluation.certify(index, perpetuals, input, count);
            CertificateParts.write(answer + 64, head, gross, perpetuals, input, count, asked);
            int256 initial = asked.initial;
            int256 maintenance = asked.maintenance;
            assembly ("memory-safe") {
                mstore(answer, initial)
                mstore(add(answer, 32), maintenance)
                return(answer, add(64, shl(5, CERTIFICATE_WORDS)))
            }
        }
    }

    function fill(uint256 question) private pure {
        (uint256 status, CertificateParts.Asked memory asked, uint256 before) = CertificateParts.add(question);
        uint256 place = CertificateParts.CERTIFICATE;
        assembly ("memory-safe") {
            // What stands in front of the certificate was needed until now.
            let answer := add(question, sub(place, FILL_HEAD_BYTES))
            mstore(answer, status)
            mstore(add(answer, 32), mload(asked))
            mstore(add(answer, 64), mload(add(asked, 32)))
            mstore(add(answer, 96), before)
            mstore(add(answer, 128), mload(add(asked, 64)))
            return(answer, add(FILL_HEAD_BYTES, shl(5, CERTIFICATE_WORDS)))
        }
    }
}
