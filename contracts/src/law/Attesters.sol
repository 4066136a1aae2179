// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {GlobalRecord, GlobalSigner} from "../generated/Layout.sol";
import {ATTESTATION_BYTES, ATTESTATION_SIGNATURE_OFFSET} from "../generated/Operations.sol";
import {RESULT_BAD_ATTESTER, RESULT_BELOW_QUORUM, RESULT_OK} from "../generated/Results.sol";
import {GLOBAL, field, read} from "./Memory.sol";
import {Signature} from "./Signature.sol";

/// @title What a quorum of attesters signed (docs/protocol/attestations.md)
/// @dev Attestations are a place u8 and a signature each; they stand behind the reporters in the global record.
library Attesters {
    /// @dev BELOW_QUORUM, BAD_ATTESTER or OK, of the attestations from `each` on.
    function check(uint256 each, uint256 count) internal pure returns (uint256) {
        unchecked {
            uint256 global = read(GLOBAL);
            uint256 quorum = GlobalRecord.attesterQuorum(global);
            if (quorum == 0 || count < quorum) return RESULT_BELOW_QUORUM;
            uint256 attesters = GlobalRecord.signerCount(global) - GlobalRecord.reporterCount(global);
            uint256 least = 0;
            for (uint256 end = each + ATTESTATION_BYTES * count; each < end; each += ATTESTATION_BYTES) {
                uint256 attester = field(each, 8);
                if (attester < least || attester >= attesters) return RESULT_BAD_ATTESTER;
                least = attester + 1;
            }
            return RESULT_OK;
        }
    }

    /// @dev Whether every attestation is signed by its attester. Those behind the first bad one are not checked.
    function areSigned(uint256 structHash, uint256 each, uint256 count) internal view returns (bool) {
        unchecked {
            uint256 global = read(GLOBAL);
            uint256 attesters = GlobalRecord.element(global, GlobalRecord.reporterCount(global));
            for (uint256 end = each + ATTESTATION_BYTES * count; each < end; each += ATTESTATION_BYTES) {
                uint256 signer = GlobalSigner.address_(attesters + 32 * field(each, 8));
                if (!isBy(signer, structHash, each + ATTESTATION_SIGNATURE_OFFSET)) return false;
            }
            return true;
        }
    }

    /// @dev Whether the signature at `place` is a signer's.
    function isBy(uint256 signer, uint256 structHash, uint256 place) internal view returns (bool) {
        unchecked {
            return Signature.isBy(signer, structHash, field(place, 256), field(place + 32, 256));
        }
    }
}
