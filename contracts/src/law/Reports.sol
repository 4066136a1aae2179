// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {GlobalRecord, GlobalSigner} from "../generated/Layout.sol";
import {REPORT_BYTES, REPORT_PRICE_NANO_USD_OFFSET, REPORT_SIGNATURE_OFFSET} from "../generated/Operations.sol";
import {REPORTERS_MAX} from "../generated/Params.sol";
import {RESULT_BAD_REPORTER, RESULT_BELOW_QUORUM, RESULT_OK} from "../generated/Results.sol";
import {GLOBAL, MARGIN_INPUT, field, read, write} from "./Memory.sol";
import {Signature} from "./Signature.sol";

/// @title Reporters' signed values in an op: a quorum's median counts (docs/protocol/prices.md)
/// @dev Every list of reports has this shape: count u8, then count × (reporter u8, value u64, signature 64). `offset` is that of the
/// first report; the count stands before it.
library Reports {
    uint256 internal constant STRUCT = MARGIN_INPUT + 0x400; // what reporters sign, word by word: at most 14

    /// @dev Whether a body of `length` bytes, of which `head` precede the reports, holds a proper list of values from `least` to `most`.
    function areWellFormed(uint256 offset, uint256 length, uint256 head, uint256 least, uint256 most) internal pure returns (bool) {
        unchecked {
            uint256 count = countOf(offset);
            if (length < head || length != head + REPORT_BYTES * count || count == 0 || count > REPORTERS_MAX) return false;
            for (uint256 i = 0; i < count; ++i) {
                if (valueOf(offset, i) - least > most - least) return false;
            }
            return true;
        }
    }

    function countOf(uint256 offset) internal pure returns (uint256) {
        unchecked {
            return field(offset - 1, 8);
        }
    }

    /// @dev Calldata offset of report `i`.
    function report(uint256 offset, uint256 i) private pure returns (uint256) {
        unchecked {
            return offset + REPORT_BYTES * i;
        }
    }

    function valueOf(uint256 offset, uint256 i) private pure returns (uint256) {
        unchecked {
            return field(report(offset, i) + REPORT_PRICE_NANO_USD_OFFSET, 64);
        }
    }

    /// @dev BELOW_QUORUM, BAD_REPORTER or OK.
    function check(uint256 offset) internal pure returns (uint256) {
        unchecked {
            uint256 global = read(GLOBAL);
            uint256 count = countOf(offset);
            uint256 quorum = GlobalRecord.reporterQuorum(global);
            if (quorum == 0 || count < quorum) return RESULT_BELOW_QUORUM;
            uint256 reporters = GlobalRecord.reporterCount(global);
            uint256 least = 0;
            for (uint256 i = 0; i < count; ++i) {
                uint256 reporter = field(report(offset, i), 8);
                if (reporter < least || reporter >= reporters) return RESULT_BAD_REPORTER;
                least = reporter + 1;
            }
            return RESULT_OK;
        }
    }

    /// @dev Whether every report is signed by its reporter: the `words` words at STRUCT, with the report's value as word number
    /// `place`. Signatures behind the first bad one are not checked.
    function areSigned(uint256 offset, uint256 words, uint256 place) internal view returns (bool) {
        unchecked {
            uint256 global = read(GLOBAL);
            uint256 count = countOf(offset);
            for (uint256 i = 0; i < count; ++i) {
                uint256 each = report(offset, i);
                uint256 signer = GlobalSigner.address_(GlobalRecord.element(global, field(each, 8)));
                write(STRUCT + 32 * place, valueOf(offset, i));
                uint256 structHash;
                uint256 start = STRUCT;
                assembly ("memory-safe") {
                    structHash := keccak256(start, shl(5, words))
                }
                if (!Signature.isBy(signer, structHash, field(each + REPORT_SIGNATURE_OFFSET, 256), field(each + REPORT_SIGNATURE_OFFSET + 32, 256))) return false;
            }
            return true;
        }
    }

    /// @dev Value number (count − 1) / 2 of the sorted values, counted from 0: the lower middle one of an even count.
    function median(uint256 offset) internal pure returns (uint256) {
        unchecked {
            uint256 count = countOf(offset);
            for (uint256 i = 0; i < count; ++i) {
                uint256 value = valueOf(offset, i);
                uint256 place = MARGIN_INPUT + 32 * i;
                while (place > MARGIN_INPUT && read(place - 32) > value) {
                    write(place, read(place - 32));
                    place -= 32;
                }
                write(place, value);
            }
            return read(MARGIN_INPUT + 32 * ((count - 1) / 2));
        }
    }
}
