// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title The law's caller in an EVM that cannot call the verifier: the state as storage, answered by code
/// @notice Never deployed on L1. The verifier puts this code and the state's records into an EVM of its own and calls it
/// with law ‖ calldata; what the law asks of its caller, `load` and `advise`, is answered from storage, and what the
/// `AdviceSeeker` asks besides, `hint` and `peek`; `note` takes what that found. A wrong answer to `advise` makes the law revert, and a wrong record gives a root that py-evm's does not match (docs/adr/0045).
/// @dev Storage, written by the verifier and by nobody else:
///
///   key << 8                         how many words the record of `key` (u64) has; 0: there is none
///   (key << 8) + 1 + i               its word i
///   keccak256(instrument, sell, price) + i   what the (i + 1)th such `advise` answers: 2^32 + slot; 0: not predicted
///   ~keccak256(instrument, sell, price)      what `hint` answers to the `AdviceSeeker`, in the same form
///
/// A static call writes nothing, yet it leaves traces in the EVM's journal: which accounts it has read.
/// Each answer reads the balance of an account whose address says what was asked; it is 0, and the test of it keeps the
/// compiler from dropping the read. And an account that costs a cold read has not been read before: so the same question is
/// answered with the next word each time.
contract RecordHost {
    uint256 private constant LOADED = 0x4c4f41444544; // "LOADED" ‖ 6 bytes ‖ key u64
    uint256 private constant ADVISED = 0x414456495345; // "ADVISE" ‖ 2 bytes ‖ gas left u64 ‖ slot u32
    uint256 private constant PREDICTED = 1 << 32;
    uint256 private constant WARM_GAS_MAX = 1_000; // a cold account costs 2,600, a warm one 100

    /// @notice Called from outside: calls the law, and gives back what it gave. Called by the law: answers.
    fallback() external {
        bool outside = msg.sender == tx.origin;
        assembly ("memory-safe") {
            // What follows ends the call and leaves Solidity's memory to nobody.
            let memory_ := mload(0x40)
            if outside {
                let size := sub(calldatasize(), 20)
                calldatacopy(memory_, 20, size)
                let succeeded := staticcall(gas(), shr(96, calldataload(0)), memory_, size, 0, 0)
                returndatacopy(memory_, 0, returndatasize())
                if iszero(succeeded) { revert(memory_, returndatasize()) }
                return(memory_, returndatasize())
            }
            switch shr(224, calldataload(0))
            case 0xf6443b39 {
                // load(uint64)
                let key := calldataload(4)
                if balance(or(shl(112, LOADED), key)) { revert(0, 0) }
                let place := shl(8, key)
                let words := sload(place)
                for { let i := 0 } lt(i, words) { i := add(i, 1) } {
                    place := add(place, 1)
                    mstore(add(memory_, shl(5, i)), sload(place))
                }
                return(memory_, shl(5, words))
            }
            case 0x4e2e3d9b {
                // advise(uint256,uint256,uint256)
                calldatacopy(memory_, 4, 96)
                let place := keccak256(memory_, 96)
                for {} 1 { place := add(place, 1) } {
                    let before := gas()
                    if balance(place) { revert(0, 0) }
                    if gt(sub(before, gas()), WARM_GAS_MAX) { break }
                }
                let answer := sload(place)
                if answer {
                    answer := sub(answer, PREDICTED)
                    if balance(or(or(shl(112, ADVISED), shl(32, gas())), answer)) { revert(0, 0) }
                    mstore(memory_, answer)
                    return(memory_, 32)
                }
            }
            case 0xde2d1998 {
                // hint(uint256,uint256,uint256)
                calldatacopy(memory_, 4, 96)
                let answer := sload(not(keccak256(memory_, 96)))
                if answer {
                    mstore(memory_, sub(answer, PREDICTED))
                    return(memory_, 32)
                }
            }
            case 0x0f3e46f1 {
                // peek(uint64)
                let place := shl(8, calldataload(4))
                let words := sload(place)
                for { let i := 0 } lt(i, words) { i := add(i, 1) } {
                    place := add(place, 1)
                    mstore(add(memory_, shl(5, i)), sload(place))
                }
                return(memory_, shl(5, words))
            }
            case 0x5284a245 {
                // note(uint256)
                if balance(or(or(shl(112, ADVISED), shl(32, gas())), calldataload(4))) { revert(0, 0) }
                return(0, 0)
            }
            revert(0, 0)
        }
    }
}
