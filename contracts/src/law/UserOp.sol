// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccountRecord, GlobalRecord, SessionRecord, ACCOUNT_KIND, SESSION_KIND} from "../generated/Layout.sol";
import {COMPUTE_SIGNATURE, NONCE_WINDOW, SESSION_SLOTS} from "../generated/Params.sol";
import {
    RESULT_BAD_SIGNATURE,
    RESULT_EXPIRED,
    RESULT_NONCE_TOO_FAR,
    RESULT_NONCE_USED,
    RESULT_OK,
    RESULT_SEGMENT_FULL,
    RESULT_SESSION_EXPIRED,
    RESULT_UNKNOWN_ACCOUNT,
    RESULT_UNKNOWN_SESSION
} from "../generated/Results.sol";
import {Arena} from "./Arena.sol";
import {ACCOUNT, ACCOUNT_ID, CLOCK, GLOBAL, SENDER, SESSION, SESSION_RECORD, field, read, write} from "./Memory.sol";
import {Signature} from "./Signature.sol";
import {Weight} from "./Weight.sol";

/// @title What all user ops share: head room, account, session, expiries, nonce, signature
library UserOp {
    uint256 internal constant SIGNATURE_BYTES = 64;

    /// @dev Whether a body of `length` bytes is as long as it must be: `unsigned` bytes and a signature. An op may come
    /// without a signature only from L1.
    function hasLength(uint256 length, uint256 unsigned) internal pure returns (bool) {
        unchecked {
            return length == unsigned + SIGNATURE_BYTES || (length == unsigned && read(SENDER) != 0);
        }
    }

    /// @dev The checks of an op that only the owner signs; its body begins with account u32, nonce u64, expiry u48.
    function authorizeOwner(uint256 offset, uint256 structHash, uint256 signatureOffset) internal view returns (uint256) {
        write(SESSION, 0);
        unchecked {
            uint256 expiry = field(offset + 12, 48);
            return authorize(field(offset, 32), field(offset + 4, 64), expiry, structHash, signatureOffset);
        }
    }

    /// @dev The checks from head room to signature, of a signer in slot SESSION. `signatureOffset` is that of the signature in
    /// calldata, 0 if the op has none. Sets ACCOUNT_ID, ACCOUNT and SESSION_RECORD, whose nonce `markNonce` marks.
    function authorize(uint256 accountId, uint256 nonce, uint256 expiry, uint256 structHash, uint256 signatureOffset)
        internal
        view
        returns (uint256 code)
    {
        Weight.plan(Weight.records(ACCOUNT_KIND, 1) + Weight.records(SESSION_KIND, 1), COMPUTE_SIGNATURE);
        if (!Weight.hasRoom()) return RESULT_SEGMENT_FULL;
        if (accountId == 0 || accountId >= GlobalRecord.nextAccount(read(GLOBAL))) return RESULT_UNKNOWN_ACCOUNT;
        write(ACCOUNT_ID, accountId);
        write(ACCOUNT, Arena.account(accountId));
        uint256 session = read(SESSION);
        if (session >= SESSION_SLOTS) return RESULT_UNKNOWN_SESSION;
        uint256 sessionRecord = Arena.session(accountId, session);
        write(SESSION_RECORD, sessionRecord);
        code = checkSession(sessionRecord, nonce, expiry);
        if (code != RESULT_OK) return code;
        bool authentic = signatureOffset != 0
            ? Signature.isBy(SessionRecord.key(sessionRecord), structHash, signatureOffset)
            : session == 0 && read(SENDER) == (1 << 160) | AccountRecord.owner(read(ACCOUNT));
        if (!authentic) code = RESULT_BAD_SIGNATURE;
    }

    /// @dev An absent session reads as zeros: scope 0.
    function checkSession(uint256 sessionRecord, uint256 nonce, uint256 expiry) private pure returns (uint256) {
        if (SessionRecord.scope(sessionRecord) == 0) return RESULT_UNKNOWN_SESSION;
        uint256 clock = read(CLOCK);
        uint256 sessionExpiry = SessionRecord.expiryMs(sessionRecord);
        if (sessionExpiry != 0 && sessionExpiry <= clock) return RESULT_SESSION_EXPIRED;
        if (expiry <= clock) return RESULT_EXPIRED;
        uint256 base = SessionRecord.nonceBase(sessionRecord);
        if (nonce < base) return RESULT_NONCE_USED;
        unchecked {
            uint256 bit = nonce - base;
            if (bit >= 2 * NONCE_WINDOW) return RESULT_NONCE_TOO_FAR;
            if (bit < NONCE_WINDOW && (SessionRecord.nonceBitmap(sessionRecord) >> bit) & 1 != 0) {
                return RESULT_NONCE_USED;
            }
        }
        return RESULT_OK;
    }

    /// @dev Mark a nonce that `authorize` admitted, moving the window if the nonce lies above it.
    function markNonce(uint256 nonce) internal pure {
        unchecked {
            uint256 sessionRecord = read(SESSION_RECORD);
            uint256 base = SessionRecord.nonceBase(sessionRecord);
            uint256 bitmap = SessionRecord.nonceBitmap(sessionRecord);
            uint256 bit = nonce - base;
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
