// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SessionRecord} from "../generated/Layout.sol";
import {NONCE_WINDOW} from "../generated/Params.sol";
import {
    RESULT_EXPIRED,
    RESULT_NONCE_TOO_FAR,
    RESULT_NONCE_USED,
    RESULT_OK,
    RESULT_SESSION_EXPIRED,
    RESULT_UNKNOWN_SESSION
} from "../generated/Results.sol";
import {CLOCK, NONCE, SESSION_RECORD, read, write} from "./Memory.sol";

/// @title What a session slot admits: its scope, its expiry, its window of nonces (docs/protocol/user-ops.md)
library Session {
    /// @dev An absent session reads as zeros: scope 0.
    function check(uint256 sessionRecord, uint256 nonce, uint256 expiry) internal pure returns (uint256) {
        if (SessionRecord.scope(sessionRecord) == 0) return RESULT_UNKNOWN_SESSION;
        uint256 clock = read(CLOCK);
        uint256 sessionExpiry = SessionRecord.expiryMs(sessionRecord);
        if (sessionExpiry != 0 && sessionExpiry <= clock) return RESULT_SESSION_EXPIRED;
        if (expiry <= clock) return RESULT_EXPIRED;
        uint256 window = read(sessionRecord + 32); // base u64, bitmap
        uint256 base = window >> NONCE_WINDOW;
        if (nonce < base) return RESULT_NONCE_USED;
        unchecked {
            uint256 bit = nonce - base;
            if (bit >= NONCE_WINDOW) return bit < 2 * NONCE_WINDOW ? RESULT_OK : RESULT_NONCE_TOO_FAR;
            return (window >> bit) & 1 == 0 ? RESULT_OK : RESULT_NONCE_USED;
        }
    }

    /// @dev Mark the nonce that was admitted, moving the window if it lies above it.
    function useNonce() internal pure {
        unchecked {
            uint256 sessionRecord = read(SESSION_RECORD);
            uint256 base = SessionRecord.nonceBase(sessionRecord);
            uint256 bitmap = SessionRecord.nonceBitmap(sessionRecord);
            uint256 bit = read(NONCE) - base;
            if (bit >= NONCE_WINDOW) {
                uint256 shift = bit - (NONCE_WINDOW - 1);
                base += shift; // at most the nonce, a u64
                bitmap >>= shift;
                bit = NONCE_WINDOW - 1;
            }
            write(sessionRecord + 32, (base << 192) | bitmap | (1 << bit));
        }
    }
}
