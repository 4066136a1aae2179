// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {PREFIX_CLAIM} from "../generated/Params.sol";
import {Bond, Claim, IRollup} from "../interfaces/IRollup.sol";
import {StaticList} from "../proof/StaticList.sol";
import {BatchChain} from "./BatchChain.sol";
import {Bonds} from "./Bonds.sol";

/// @title Claims: one chain, one for each batch, numbered as the batches
/// @notice Claims 0 to `claimCount` - 1 stand. Deleting claim n sets the count to n, and nothing loops over claims. Deadlines
/// never fall along the chain, so a claim is final only after all before it.
abstract contract ClaimChain is BatchChain, Bonds {
    /// @inheritdoc IRollup
    uint64 public claimCount;
    mapping(uint64 number => Claim) internal _claims;

    /// @inheritdoc IRollup
    function propose(bytes32 batchHash, bytes32 parentClaimHash, bytes32[] calldata roots)
        external
        returns (bytes32 claimHash)
    {
        uint64 number = claimCount;
        Claim memory parent = _claims[number - 1];
        if (number > batchCount || _batches[number].batchHash != batchHash) {
            revert UnknownBatch(number, batchHash, number > batchCount ? bytes32(0) : _batches[number].batchHash);
        }
        if (parent.claimHash != parentClaimHash) {
            revert ParentClaimMismatch(number - 1, parentClaimHash, parent.claimHash);
        }
        uint256 wanted = uint256(_batches[number].segmentCount) + 1;
        if (roots.length != wanted) revert WrongRootCount(roots.length, wanted);
        if (roots[0] != parent.lastRoot) revert WrongFirstRoot(roots[0], parent.lastRoot);

        uint64 deadline = uint64(block.timestamp) + windowSeconds;
        if (deadline < parent.deadline) deadline = parent.deadline;
        Bond storage bond = _bonds[msg.sender];
        if (bond.amount < bondWei) revert BondTooSmall(bond.amount, bondWei);
        bond.lockedUntil = deadline;
        claimHash = _append(number, batchHash, parentClaimHash, msg.sender, deadline, roots);
    }

    /// @inheritdoc IRollup
    function claim(uint64 number) external view returns (Claim memory) {
        return _standing(number);
    }

    /// @inheritdoc IRollup
    function isFinal(uint64 number) public view returns (bool) {
        return number < claimCount && block.timestamp > _claims[number].deadline;
    }

    /// @inheritdoc IRollup
    function finalRoot(uint64 number) external view returns (bytes32) {
        Claim storage found = _standing(number);
        if (!isFinal(number)) revert ClaimNotFinal(number, found.deadline);
        return found.lastRoot;
    }

    function _standing(uint64 number) internal view returns (Claim storage) {
        if (number >= claimCount) revert UnknownClaim(number, 0, 0);
        return _claims[number];
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
        _claims[number] = Claim({
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
