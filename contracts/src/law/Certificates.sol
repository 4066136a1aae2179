// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccountRecord, CertificateRecord, GlobalRecord, MarkRecord, CERTIFICATE_KIND, CERTIFICATE_WORDS, MARK_WORDS} from "../generated/Layout.sol";
import {ARRAY_WORDS} from "../generated/Layout.sol";
import {CERTIFICATE_KEPT_MS, COMPUTE_CERTIFICATE, INSTRUMENT_KIND_CALL} from "../generated/Params.sol";
import {RESULT_CERTIFICATE_NEEDED, RESULT_OK, RESULT_PORTFOLIO_UNFIT} from "../generated/Results.sol";
import {CertificateParts} from "../risk/CertificateParts.sol";
import {Arena} from "./Arena.sol";
import {Checkpoint} from "./Checkpoint.sol";
import {GLOBAL, INSTRUMENT_ID, MARK, NOW, PORTFOLIO_MODULE, TOP, read, write} from "./Memory.sol";
import {Weight} from "./Weight.sol";

/// @title Margin certificates of accounts under portfolio margin: fills tried and kept (docs/protocol/margin-certificate.md)
/// @dev What was tried stands in memory as the portfolio module answers: its status, initial requirement, a maker's requirement, maintenance
/// before and after, and the certificate with the fill.
library Certificates {
    /// The portfolio module failed. Ours only fails out of gas, so this is never a result.
    error CertificateFailed();

    uint256 internal constant INITIAL = 32;
    uint256 internal constant MAKERS = 64; // grown maintenance requirement
    uint256 internal constant BEFORE = 96;
    uint256 internal constant AFTER = 128;
    uint256 private constant TRIED = 160; // the certificate
    uint256 private constant BYTES = 32 * CERTIFICATE_WORDS;
    uint256 private constant ANSWER_BYTES = TRIED + BYTES;
    uint256 private constant FILL = 1 << 255; // what the module is asked
    uint256 private constant VERSION = 1 << 248;

    /// @dev Try a fill of `change` lots (sold below zero) in the action's instrument; the answer stands at `place`. OK, CERTIFICATE_NEEDED or
    /// PORTFOLIO_UNFIT. MARGIN_INPUT stays as it is.
    function tryFill(uint256 account, uint256 accountId, int256 change, uint256 place) internal view returns (uint256) {
        Weight.compute(COMPUTE_CERTIFICATE);
        uint256 mark = read(MARK);
        uint256 underlyingId = MarkRecord.underlying(mark);
        if (underlyingId != AccountRecord.portfolioUnderlying(account)) return RESULT_PORTFOLIO_UNFIT;
        uint256 certificate = Arena.certificate(accountId);
        uint256 expiry = 0;
        uint256 array = 0;
        if (MarkRecord.kind(mark) >= INSTRUMENT_KIND_CALL) {
            expiry = Arena.expiry(MarkRecord.expiry(mark));
            array = Arena.array(read(INSTRUMENT_ID));
        }
        uint256 input = read(TOP);
        unchecked {
            write(input + CertificateParts.NOW, FILL | read(NOW));
            write(input + CertificateParts.FEED_EPOCH, GlobalRecord.feedEpoch(read(GLOBAL)));
            write(input + CertificateParts.UNDERLYING, read(Arena.underlying(underlyingId)));
            write(input + CertificateParts.CHANGE, uint256(change));
            Arena.copy(input + CertificateParts.MARK, mark, 32 * MARK_WORDS);
            Arena.copy(input + CertificateParts.CERTIFICATE, certificate, BYTES);
            if (expiry != 0) {
                write(input + CertificateParts.EXPIRY, read(expiry));
                Arena.copy(input + CertificateParts.ARRAY, array, 32 * ARRAY_WORDS);
            }
        }
        ask(input, place);
        uint256 status = read(place);
        if (status == CertificateParts.ADDED) return RESULT_OK;
        return status == CertificateParts.VOID ? RESULT_CERTIFICATE_NEEDED : RESULT_PORTFOLIO_UNFIT;
    }

    /// @dev Ask the portfolio module; memory from `input` on is zero again afterwards.
    function ask(uint256 input, uint256 place) private view {
        uint256 bad;
        uint256 size = CertificateParts.QUESTION_BYTES;
        uint256 answer = ANSWER_BYTES;
        assembly ("memory-safe") {
            // not(0) passes all but a 64th of the gas. A call that runs out of it fails, and that reverts.
            bad := iszero(staticcall(not(0), mload(PORTFOLIO_MODULE), input, size, place, answer))
            bad := or(bad, xor(returndatasize(), answer))
            calldatacopy(input, calldatasize(), size)
        }
        if (bad != 0) revert CertificateFailed();
    }

    /// @dev Keep the certificate that was tried, at `place`.
    function keep(uint256 accountId, uint256 place) internal view {
        unchecked {
            store(accountId, place + TRIED);
        }
    }

    /// @dev Have the words at `place` be an account's certificate.
    function store(uint256 accountId, uint256 place) internal view {
        uint256 certificate = Arena.certificate(accountId);
        Checkpoint.save(certificate, BYTES);
        Arena.copy(certificate, place, BYTES);
    }

    /// @dev Take an account's certificate away.
    function end(uint256 accountId) internal view {
        uint256 certificate = Arena.certificate(accountId);
        uint256 size = BYTES;
        assembly ("memory-safe") {
            calldatacopy(certificate, calldatasize(), size)
        }
        write(certificate, VERSION);
    }

    /// @dev Whether a maker whose certificate is not valid is passed over.
    function isKept(uint256 accountId) internal view returns (bool) {
        uint256 time = CertificateRecord.timeMs(Arena.certificate(accountId));
        unchecked {
            return time != 0 && read(NOW) <= time + CERTIFICATE_KEPT_MS;
        }
    }
}
