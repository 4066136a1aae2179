// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {GlobalRecord} from "../generated/Layout.sol";
import {
    ESCAPE_CLAIM_SECONDS,
    ESCAPE_SECONDS_MAX,
    FREEZE_FINALITY_SECONDS,
    FREEZE_OVERDUE_SECONDS,
    PROPOSAL_SECONDS
} from "../generated/Params.sol";
import {EscapeTerms, IEscape} from "../interfaces/IEscape.sol";
import {IInbox, LaneUse} from "../interfaces/IInbox.sol";
import {IRollup} from "../interfaces/IRollup.sol";
import {IVault} from "../interfaces/IVault.sol";
import {TestChain} from "../rollup/TestChain.sol";
import {Witness} from "./Witness.sol";

/// @title When a venue has stopped
/// @notice Nobody decides that: a message is overdue, nothing became final, or custody is below what is owed. Nobody takes it back.
abstract contract Freeze is IEscape {
    address public immutable rollup;
    address public immutable vault;
    address public immutable inbox;
    uint64 public immutable overdueSeconds;
    uint64 public immutable finalitySeconds;
    uint64 public immutable proposalSeconds;
    uint64 public immutable claimSeconds;

    constructor(address rollup_, address vault_, address inbox_, EscapeTerms memory terms) {
        (rollup, vault, inbox) = (rollup_, vault_, inbox_);
        overdueSeconds = _checked(terms.overdueSeconds, FREEZE_OVERDUE_SECONDS);
        finalitySeconds = _checked(terms.finalitySeconds, FREEZE_FINALITY_SECONDS);
        proposalSeconds = _checked(terms.proposalSeconds, PROPOSAL_SECONDS);
        claimSeconds = _checked(terms.claimSeconds, ESCAPE_CLAIM_SECONDS);
    }

    /// @inheritdoc IEscape
    function freeze(uint64 finalNumber) external {
        // Where there is no money there is nobody to let out, and a venue may be deployed long before it starts.
        if (IVault(vault).custodyMicroUsd() == 0) revert NothingOverdue(0, overdueSeconds);
        uint256 overdue = _messageOverdue();
        if (overdue <= overdueSeconds) _checkFinality(finalNumber);
        IRollup(rollup).freeze(proposalSeconds);
    }

    /// @inheritdoc IEscape
    function freezeInsolvent(uint64 finalNumber, bytes calldata record, bytes calldata proof) external {
        _checkNewestFinal(finalNumber);
        (uint64 key, uint256 pointer) = Witness.proveOne(IRollup(rollup).finalRoot(finalNumber), record, proof);
        if (key != 0) revert UnexpectedRecord(key);
        // Deposits that the state has not seen, and withdrawals that were not paid, make custody greater, never less: payments follow
        // final states, and none is newer. So what is found here is a state that pays out more than it took from accounts.
        uint256 liabilities = GlobalRecord.liabilities(pointer);
        uint256 custody = IVault(vault).custodyMicroUsd();
        if (custody >= liabilities) revert NotInsolvent(liabilities, custody);
        IRollup(rollup).freeze(proposalSeconds);
    }

    /// @dev For how long the oldest exit or message that no batch consumed is overdue.
    function _messageOverdue() private view returns (uint256) {
        (uint64 exitEnd, uint64 end) = (IRollup(rollup).exitEnd(), IRollup(rollup).inboxEnd());
        (LaneUse memory exits, LaneUse memory messages) = IInbox(inbox).uses(exitEnd, exitEnd, end, end, 0);
        uint256 oldestMs = messages.nextMs;
        if (oldestMs == 0 || (exits.nextMs != 0 && exits.nextMs < oldestMs)) oldestMs = exits.nextMs;
        if (oldestMs == 0) return 0;
        uint256 due = oldestMs / 1000 + IRollup(rollup).forceInclusionSeconds();
        return block.timestamp > due ? block.timestamp - due : 0;
    }

    /// @dev The first batch that is not final is old, and so is what became final last. A batch's pace is not before it was posted.
    function _checkFinality(uint64 finalNumber) private view {
        _checkNewestFinal(finalNumber);
        uint256 since = IRollup(rollup).batch(finalNumber + 1).paceTime; // reverts if there is no such batch
        uint256 finalSince = IRollup(rollup).claim(finalNumber).deadline;
        if (since < finalSince) since = finalSince;
        uint256 wanted = 2 * uint256(IRollup(rollup).windowSeconds());
        if (wanted < finalitySeconds) wanted = finalitySeconds;
        uint256 passed = block.timestamp > since ? block.timestamp - since : 0;
        if (passed <= wanted) revert NothingOverdue(passed, wanted);
    }

    function _checkNewestFinal(uint64 finalNumber) private view {
        if (!IRollup(rollup).isFinal(finalNumber) || IRollup(rollup).isFinal(finalNumber + 1)) {
            revert NotFinal(finalNumber);
        }
    }

    function _checked(uint64 given, uint256 min) private view returns (uint64) {
        if (TestChain.isHere()) min = 1;
        if (given < min || given > ESCAPE_SECONDS_MAX) revert SecondsOutOfRange(given, min, ESCAPE_SECONDS_MAX);
        return given;
    }
}
