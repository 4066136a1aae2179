// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SESSION_KIND} from "../../generated/Layout.sol";
import {OP_SET_SESSION_UNSIGNED_BYTES} from "../../generated/Operations.sol";
import {SESSION_SLOTS, SET_SESSION_TYPEHASH} from "../../generated/Params.sol";
import {RESULT_MALFORMED, RESULT_OK, RESULT_SEGMENT_FULL} from "../../generated/Results.sol";
import {Arena} from "../Arena.sol";
import {ACCOUNT_ID, HASH, field, read, write} from "../Memory.sol";
import {UserOp} from "../UserOp.sol";
import {Weight} from "../Weight.sol";

/// @title The owner gives a session slot a key, or takes it away
/// @dev Body: account u32, nonce u64, expiry u48, slot u8, key 20, scope u8, expiry u48, signature or none.
library SetSession {
    uint256 private constant SCOPE_TRADE = 1;
    uint256 private constant SESSION_VERSION = 1;

    /// @dev Give a session slot to a key, or revoke it. The slot's nonce window stays.
    function execute(uint256 offset, uint256 length) internal view returns (uint256 code) {
        unchecked {
            if (!UserOp.hasLength(length, OP_SET_SESSION_UNSIGNED_BYTES)) return RESULT_MALFORMED;
            uint256 slot = field(offset + 18, 8);
            uint256 key = field(offset + 19, 160);
            uint256 scope = field(offset + 39, 8);
            uint256 sessionExpiry = field(offset + 40, 48);
            if (slot == 0 || slot >= SESSION_SLOTS || scope > SCOPE_TRADE) return RESULT_MALFORMED;
            if (scope == SCOPE_TRADE ? key == 0 : key | sessionExpiry != 0) return RESULT_MALFORMED;
            uint256 signatureOffset = length == OP_SET_SESSION_UNSIGNED_BYTES ? 0 : offset + OP_SET_SESSION_UNSIGNED_BYTES;
            code = UserOp.authorizeOwner(offset, structHash(offset), signatureOffset);
            if (code != RESULT_OK) return code;
            Weight.plan(Weight.records(SESSION_KIND, 1), 0);
            if (!Weight.hasRoom()) return RESULT_SEGMENT_FULL;
            UserOp.markNonce(field(offset + 4, 64));
            uint256 session = Arena.session(read(ACCOUNT_ID), slot);
            write(session, (SESSION_VERSION << 248) | (scope << 240) | (key << 80) | (sessionExpiry << 32));
        }
    }

    function structHash(uint256 offset) private pure returns (uint256 hash) {
        bytes32 typehash = SET_SESSION_TYPEHASH;
        assembly ("memory-safe") {
            let body := calldataload(offset)
            let rest := calldataload(add(offset, 18)) // from the slot on
            mstore(HASH, typehash)
            mstore(add(HASH, 0x20), shr(224, body))
            mstore(add(HASH, 0x40), and(shr(160, body), 0xffffffffffffffff))
            mstore(add(HASH, 0x60), and(shr(112, body), 0xffffffffffff))
            mstore(add(HASH, 0x80), shr(248, rest))
            mstore(add(HASH, 0xa0), and(shr(88, rest), 0xffffffffffffffffffffffffffffffffffffffff))
            mstore(add(HASH, 0xc0), and(shr(80, rest), 0xff))
            mstore(add(HASH, 0xe0), and(shr(32, rest), 0xffffffffffff))
            hash := keccak256(HASH, 0x100)
        }
    }
}
