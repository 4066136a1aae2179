// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {PREFIX_CLAIM} from "../generated/Params.sol";
import {Batch, Claim, IRollup} from "../interfaces/IRollup.sol";
import {StaticList} from "../proof/StaticList.sol";
import {BatchChain} from "./BatchChain.sol";
import {Bonds} from "./Bonds.sol";

/// @title Claims: one chain, one for each batch, numbered as the batches
/// @notice Claims 0 to `claimCount` - 1 stand. Deleting claim n sets the count to n, and nothing loops over claims. Deadlines
/// never fall along the chain, so a claim is final only after all before it. A claim has the place of its batch in a ring of the same
/// length: what it overwrites was superseded by a final claim when the batch was posted.
abstract contract ClaimChain is BatchChain, Bonds {
    /// @inheritdoc IRollup
    uint64 public claimCount;
    mapping(uint256 place => Claim) private _claims;

    /// @inheritdoc IRollup
    function propose(bytes32 batchHash, bytes32 parentClaimHash, bytes32[] calldata roots)
        external
        returns (bytes32 claimHash)
    {
        uint64 number = claimCount;
        if (number > batchCount) revert UnknownBatch(number, batchHash, 0);
        Claim memory parent = _claim(number - 1);
        Batch storage batch_ = _batch(number);
        if (batch_.batchHash != batchHash) revert UnknownBatch(number, batchHash, batch_.batchHash);
        if (parent.claimHash != parentClaimHash) {
            revert ParentClaimMismatch(number - 1, parentClaimHash, parent.claimHash);
        }
        uint256 wanted = uint256(batch_.segmentCount) + 1;
        if (roots.length != wanted) revert WrongRootCount(roots.length, wanted);
        if (roots[0] != parent.lastRoot) revert WrongFirstRoot(roots[0], parent.lastRoot);

        uint64 deadline = uint64(block.timestamp) + windowSeconds;
        if (deadline < parent.deadline) deadline = parent.deadline;
        // So every claim that stands at the end is final.
        if (resolutionEnd != 0 && deadline > resolutionEnd) revert Frozen(resolutionEnd);
        _lockBond(deadline);
        claimHash = _append(number, batchHash, parentClaimHash, msg.sender, deadline, roots);
    }

    /// @inheritdoc IRollup
    function freeze(uint64 proposalSeconds) external {
        if (msg.sender != escape) revert NotEscape(msg.sender, escape);
        _checkNotFrozen();
        uint64 end = uint64(block.timestamp) + windowSeconds;
        uint64 deadline = _claim(claimCount - 1).deadline; // of an earlier, longer window
        if (end < deadline) end = deadline;
        resolutionEnd = end + proposalSeconds;
        emit VenueFrozen(resolutionEnd);
    }

    /// @inheritdoc IRollup
    function claim(uint64 number) external view returns (Claim memory) {
        return _standing(number);
    }

    /// @inheritdoc IRollup
    function isFinal(uint64 number) public view override(BatchChain, IRollup) returns (bool) {
        if (number >= claimCount) return false;
        return number < oldestNumber() || block.timestamp > _claim(number).deadline;
    }

    /// @inheritdoc IRollup
    function finalRoot(uint64 number) external view returns (bytes32) {
        Claim storage found = _standing(number);
        if (!isFinal(number)) revert ClaimNotFinal(number, found.deadline);
        return found.lastRoot;
    }

    function _standing(uint64 number) internal view returns (Claim storage) {
        if (number >= claimCount) revert UnknownClaim(number, 0, 0);
        _checkRemembered(number);
        return _claim(number);
    }

    /// @dev A claim that stands and is remembered: the caller knows that.
    function _claim(uint64 number) internal view returns (Claim storage) {
        return _claims[number % _ring()];
    }

    function _append(
        uint64 number,
        bytes32 batchHash,
        bytes32 parentClaimHash,
        address proposer,
        uint64 deadline,
        bytes32[] calldata roots
    ) private returns (bytes32 claimHash) {
        bytes32 commitment = StaticList.commitmentOfLeaves(StaticList.leavesOfWords(roots));
        claimHash = _claimHash(number, batchHash, parentClaimHash, proposer, commitment);
        _claims[number % _ring()] = Claim({
            claimHash: claimHash,
            lastRoot: roots[roots.length - 1],
            proposer: proposer,
            deadline: deadline,
            postedBlock: uint32(block.number)
        });
        claimCount = number + 1;
        emit ClaimPosted(number, claimHash, proposer, deadline, roots);
    }

    /// @dev Claim 0: final from the start.
    function _openWith(bytes32 root) internal {
        bytes32[] memory leaves = new bytes32[](1);
        leaves[0] = StaticList.leafOfWord(root);
        bytes32 commitment = StaticList.commitmentOfLeaves(leaves);
        bytes32 claimHash = _claimHash(0, genesisBatchHash, 0, address(0), commitment);
        _claims[0] = Claim(claimHash, root, address(0), 0, uint32(block.number));
        claimCount = 1;
        bytes32[] memory roots = new bytes32[](1);
        roots[0] = root;
        emit ClaimPosted(0, claimHash, address(0), 0, roots);
    }

    function _claimHash(
        uint64 number,
        bytes32 batchHash,
        bytes32 parentClaimHash,
        address proposer,
        bytes32 rootsCommitment
    ) internal pure returns (bytes32) {
        return keccak256(
            abi.encodePacked(PREFIX_CLAIM, number, batchHash, parentClaimHash, proposer, rootsCommitment)
        );
    }
}
