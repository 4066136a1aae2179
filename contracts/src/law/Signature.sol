// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {GlobalRecord} from "../generated/Layout.sol";
import {COMPUTE_SIGNATURE} from "../generated/Params.sol";
import {GLOBAL, HASH, read} from "./Memory.sol";
import {Weight} from "./Weight.sol";

/// @title Compact signatures (EIP-2098) over EIP-712 typed data
library Signature {
    /// The recovery precompile failed: it can only be out of gas, so this is never a bad signature.
    error RecoveryFailed();

    uint256 private constant ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141; // of secp256k1
    uint256 private constant ORDER_HALF = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0;

    /// @dev Whether `r` and `parityAndS` are `signer`'s signature of `structHash` for this chain and rollup. In a void segment they are not,
    /// and nothing is recovered: nobody has paid for it, and nobody reads what it would say.
    function isBy(uint256 signer, uint256 structHash, uint256 r, uint256 parityAndS) internal view returns (bool valid) {
        Weight.compute(COMPUTE_SIGNATURE);
        if (Weight.isPassed()) return false;
        uint256 domainSeparator = GlobalRecord.domainSeparator(read(GLOBAL));
        uint256 failed;
        assembly ("memory-safe") {
            let s := and(parityAndS, 0x7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff)
            // 1 <= r < n and 1 <= s <= n / 2: x - 1 wraps for 0.
            if and(lt(sub(r, 1), sub(ORDER, 1)), lt(sub(s, 1), ORDER_HALF)) {
                mstore(HASH, shl(240, 0x1901))
                mstore(add(HASH, 2), domainSeparator)
                mstore(add(HASH, 34), structHash)
                mstore(HASH, keccak256(HASH, 66))
                mstore(add(HASH, 32), add(27, shr(255, parityAndS)))
                mstore(add(HASH, 64), r)
                mstore(add(HASH, 96), s)
                mstore(add(HASH, 128), 0)
                // not(0) passes all but a 64th of the gas. A call that runs out of it fails, and that reverts.
                failed := iszero(staticcall(not(0), 1, HASH, 128, add(HASH, 128), 32))
                // A point that does not exist returns no bytes, and the zero stays.
                let recovered := mload(add(HASH, 128))
                valid := and(iszero(iszero(recovered)), eq(recovered, signer))
            }
        }
        if (failed != 0) revert RecoveryFailed();
    }
}
