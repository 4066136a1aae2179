// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEscape} from "../interfaces/IEscape.sol";
import {Challenge, IRollup} from "../interfaces/IRollup.sol";
import {IVault} from "../interfaces/IVault.sol";
import {BatchHeader} from "../rollup/BatchHeader.sol";
import {Freeze} from "./Freeze.sol";

/// @title When the law contradicts itself
/// @notice docs/protocol/leaving.md. The Rollup's own challenge is what says what the law makes of a segment: it reverts with
/// ClaimIsCorrect, or it returns the right root and is taken back here. So nothing is judged twice in different ways, and a law
/// that is a function can never be shown two results, whatever records, advice, gas and caller the two proofs have.
abstract contract LawFault is Freeze {
    using BatchHeader for bytes;

    mapping(bytes32 inputs => bytes32 root) private _resultOf;
    mapping(bytes32 lawId => bool) public isFaulty;

    /// @inheritdoc IEscape
    function showLawResult(Challenge calldata given) external returns (bytes32 resultRoot) {
        resultRoot = _lawResult(given);
        // The challenge went through: header and segment are the batch's, and root i is of the records that were given.
        bytes32 batchHash = IRollup(rollup).batch(given.number).batchHash;
        bytes32 inputs = keccak256(abi.encode(batchHash, given.segmentIndex, given.preRoot));
        bytes32 before = _resultOf[inputs];
        if (before == 0) _resultOf[inputs] = resultRoot;
        emit LawResultShown(given.number, given.segmentIndex, given.preRoot, resultRoot);
        if (before == 0 || before == resultRoot) return resultRoot;
        bytes32 lawId = given.header.lawId();
        // Once for each law: then another one is in force, or people have decided to live with this one.
        if (isFaulty[lawId]) revert FaultKnown(lawId);
        isFaulty[lawId] = true;
        emit LawFaultShown(lawId, given.number, given.segmentIndex, before, resultRoot);
        IVault(vault).pauseForFault();
    }

    /// @notice Carry out a challenge and take it back. Always reverts: with ChallengeSucceeds, or as the Rollup does.
    function tryChallenge(Challenge calldata given) external {
        revert ChallengeSucceeds(IRollup(rollup).challenge(given));
    }

    /// @dev The root after the segment, by a challenge that the Rollup takes to its end, whatever it comes to.
    function _lawResult(Challenge calldata given) private returns (bytes32) {
        (, bytes memory reason) = address(this).call(abi.encodeCall(this.tryChallenge, (given)));
        if (bytes4(reason) == IRollup.ClaimIsCorrect.selector) return given.postRoot;
        bool succeeds = bytes4(reason) == ChallengeSucceeds.selector;
        bytes32 rightRoot;
        assembly ("memory-safe") {
            if iszero(succeeds) { revert(add(reason, 32), mload(reason)) }
            rightRoot := mload(add(reason, 36))
        }
        return rightRoot;
    }
}
