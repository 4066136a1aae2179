// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CertificateRecord} from "../generated/Layout.sol";
import {AUCTION_DISCOUNT_FIRST_PPM, AUCTION_DISCOUNT_LAST_PPM, AUCTION_DURATION_MS, AUCTION_EQUITY_MIN_PPM, AUCTION_FEE_PPM} from "../generated/Params.sol";
import {CLOSE_TARGET_PPM, PPM} from "../generated/Params.sol";
import {Arena} from "./Arena.sol";
import {Certificates} from "./Certificates.sol";
import {Margin} from "./Margin.sol";
import {CLOCK, read} from "./Memory.sol";
import {Portfolio} from "./Portfolio.sol";

/// @title Auctions of portfolios: when there is one, and at what discount (docs/protocol/auctions.md)
/// @dev An account is auctioned if the certificate that it has not, time_ms 0, says since when in ends_ms.
library Auction {
    /// @dev When the auction of an account began; 0: it is not auctioned.
    function begunMs(uint256 accountId) internal view returns (uint256) {
        uint256 certificate = Arena.certificate(accountId);
        return CertificateRecord.timeMs(certificate) == 0 ? CertificateRecord.endsMs(certificate) : 0;
    }

    /// @dev Have an account be auctioned from now on.
    function begin(uint256 accountId) internal view {
        Certificates.end(accountId);
        CertificateRecord.setEndsMs(Arena.certificate(accountId), read(CLOCK));
    }

    /// @dev Whether the account that `Portfolio.assess` has just found is one that an auction is for.
    function isForSale() internal pure returns (bool) {
        int256 equity = int256(read(Margin.EQUITY));
        int256 maintenance = int256(read(Margin.MAINTENANCE));
        unchecked {
            return equity < maintenance && equity * int256(PPM) >= maintenance * int256(AUCTION_EQUITY_MIN_PPM)
                && CertificateRecord.endsMs(Portfolio.CERTIFIED) != 0;
        }
    }

    /// @dev How long an auction has run, at most its duration.
    function runningMs(uint256 since) internal pure returns (uint256 time) {
        unchecked {
            time = read(CLOCK) - since;
            if (time > AUCTION_DURATION_MS) time = AUCTION_DURATION_MS;
        }
    }

    function discountPpm(uint256 since) internal pure returns (uint256) {
        unchecked {
            return AUCTION_DISCOUNT_FIRST_PPM + (AUCTION_DISCOUNT_LAST_PPM - AUCTION_DISCOUNT_FIRST_PPM) * runningMs(since) / AUCTION_DURATION_MS;
        }
    }

    /// @dev The fraction of everything whose sale lifts the equity of the account that was just found, and is for sale, to the target.
    function mostPpm(uint256 discount) internal pure returns (uint256) {
        unchecked {
            uint256 maintenance = read(Margin.MAINTENANCE);
            uint256 freed = maintenance * (CLOSE_TARGET_PPM - discount - AUCTION_FEE_PPM);
            uint256 missing = CLOSE_TARGET_PPM * maintenance - read(Margin.EQUITY) * PPM;
            return (missing * PPM + freed - 1) / freed;
        }
    }
}
