// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Bond, Disproof, IRollup} from "../interfaces/IRollup.sol";
import {Governed} from "./Governed.sol";

/// @title What proposers stake and challengers earn
/// @notice One bond backs all of a proposer's pending claims. A slash takes all of it: half burns at once, the other half is
/// held, and its owner cannot propose until it is settled. It goes to whoever disproved the deepest of the owner's lies, once no
/// other can still be disproved: so neither lies that the liar disproves itself, nor their number, ever bring back more
/// than half of a bond, or take the reward from whoever disproves the one below (docs/adr/0082).
/// The reward goes to whoever committed to the disproof before it was carried out: a copied proof earns nothing.
abstract contract Bonds is Governed {
    mapping(address proposer => Bond) internal _bonds;
    mapping(address challenger => mapping(bytes32 commitment => uint256)) public committedBlock;
    /// @inheritdoc IRollup
    mapping(address account => uint256) public creditWei;
    /// @inheritdoc IRollup
    uint256 public disproofCount;
    mapping(uint256 id => Disproof) private _disproofs;

    /// @inheritdoc IRollup
    function bondOf(address proposer) external view returns (Bond memory) {
        return _bonds[proposer];
    }

    /// @inheritdoc IRollup
    function usableBond(address proposer) external view returns (uint256) {
        Bond memory bond = _bonds[proposer];
        return bond.held == 0 ? _settledAmount(bond) : 0;
    }

    /// @inheritdoc IRollup
    function disproof(uint256 id) external view returns (Disproof memory) {
        return _disproofs[id];
    }

    /// @inheritdoc IRollup
    function depositBond() public payable {
        Bond storage bond = _bonds[msg.sender];
        uint128 amountWei = uint128(msg.value); // all ether there is fits 128 bits
        bond.amount += amountWei;
        bond.fresh = bond.freshBlock == block.number ? bond.fresh + amountWei : amountWei;
        bond.freshBlock = uint64(block.number);
        emit BondDeposited(msg.sender, amountWei, bond.amount);
    }

    /// @inheritdoc IRollup
    function topUpBond(uint256 amountBefore) external payable {
        uint256 found = _bonds[msg.sender].amount;
        if (found != amountBefore) revert BondChanged(found, amountBefore);
        depositBond();
    }

    /// @inheritdoc IRollup
    function withdrawBond(uint256 amountWei) external {
        Bond storage bond = _bonds[msg.sender];
        if (block.timestamp <= bond.lockedUntil) revert BondLocked(bond.lockedUntil, block.timestamp);
        if (amountWei > bond.amount) revert BondInsufficient(amountWei, bond.amount);
        bond.amount -= uint128(amountWei);
        emit BondWithdrawn(msg.sender, amountWei);
        _pay(msg.sender, amountWei);
    }

    /// @inheritdoc IRollup
    function settleHeld(address proposer) external {
        Bond storage bond = _bonds[proposer];
        (uint256 amountWei, address to) = (bond.held, bond.rewardTo);
        if (block.timestamp <= bond.lockedUntil) revert BondLocked(bond.lockedUntil, block.timestamp);
        if (amountWei == 0) revert NothingHeld(proposer);
        (bond.held, bond.rewardTo, bond.disproof) = (0, address(0), 0);
        emit HeldSettled(proposer, to, amountWei);
        if (to == address(0)) _pay(to, amountWei);
        else creditWei[to] += amountWei;
    }

    /// @inheritdoc IRollup
    function collect() external {
        uint256 amountWei = creditWei[msg.sender];
        if (amountWei == 0) revert NothingToCollect(msg.sender);
        creditWei[msg.sender] = 0;
        emit Collected(msg.sender, amountWei);
        _pay(msg.sender, amountWei);
    }

    /// @inheritdoc IRollup
    function commit(bytes32 commitment) external {
        committedBlock[msg.sender][commitment] = block.number;
        emit Committed(msg.sender, commitment);
    }

    /// @inheritdoc IRollup
    function claimReward(uint256 id, bytes32 salt) external {
        Disproof memory found = _disproofs[id];
        Bond storage bond = _bonds[found.proposer];
        // Claimed, settled, or a deeper lie was disproved since.
        if (bond.disproof != id + 1) revert NothingReserved(id);
        bytes32 commitment = _commitment(found.claimHash, found.segmentIndex, found.rightRoot, salt);
        uint256 committed = committedBlock[msg.sender][commitment];
        if (committed <= found.postedBlock || committed >= found.deletedBlock) {
            revert NotCommitted(msg.sender, commitment, committed);
        }
        delete _disproofs[id];
        (bond.rewardTo, bond.disproof) = (msg.sender, 0);
        emit Rewarded(msg.sender, found.claimHash, bond.held);
    }

    /// @dev Lock the caller's bond until this deadline, behind the claim that has it.
    function _lockBond(uint64 deadline) internal {
        Bond storage bond = _bonds[msg.sender];
        if (bond.held != 0) revert BondHeld(bond.held, bond.lockedUntil);
        uint256 usable = _settledAmount(bond);
        if (usable < bondWei) revert BondTooSmall(usable, bondWei);
        bond.lockedUntil = deadline;
    }

    /// @dev Slash the proposer of `disproof_`, which the caller has just carried out. Last in its function: it pays.
    function _slash(Disproof memory disproof_, bytes32 salt) internal {
        Bond storage bond = _bonds[disproof_.proposer];
        uint128 burnedWei = bond.amount - bond.amount / 2;
        uint128 heldWei = bond.held + bond.amount / 2;
        (bond.amount, bond.held) = (0, heldWei);
        // Whoever had committed has a window to claim it.
        uint64 lockedUntil = uint64(block.timestamp) + windowSeconds;
        if (bond.lockedUntil < lockedUntil) bond.lockedUntil = lockedUntil;
        emit Slashed(disproof_.proposer, disproof_.claimHash, heldWei, burnedWei);
        bytes32 commitment =
            _commitment(disproof_.claimHash, disproof_.segmentIndex, disproof_.rightRoot, salt);
        uint256 committed = committedBlock[msg.sender][commitment];
        if (committed > disproof_.postedBlock && committed < block.number) {
            (bond.rewardTo, bond.disproof) = (msg.sender, 0);
            emit Rewarded(msg.sender, disproof_.claimHash, heldWei);
        } else {
            uint256 id = disproofCount++;
            _disproofs[id] = disproof_;
            (bond.rewardTo, bond.disproof) = (address(0), uint64(id) + 1);
            emit RewardReserved(id, disproof_.claimHash, heldWei);
        }
        if (burnedWei != 0) _pay(address(0), burnedWei);
    }

    /// @dev How much of a bond was there before this block. A withdrawal may have taken from either part.
    function _settledAmount(Bond memory bond) private view returns (uint256) {
        uint256 fresh = bond.freshBlock == block.number ? bond.fresh : 0;
        return bond.amount > fresh ? bond.amount - fresh : 0;
    }

    function _commitment(bytes32 claimHash, uint32 segmentIndex, bytes32 rightRoot, bytes32 salt)
        private
        view
        returns (bytes32)
    {
        return keccak256(abi.encode(msg.sender, claimHash, segmentIndex, rightRoot, salt));
    }

    /// @dev Last in every function: whoever is paid may call back into a finished state.
    function _pay(address to, uint256 amountWei) private {
        (bool paid,) = to.call{value: amountWei}("");
        if (!paid) revert PaymentFailed(to, amountWei);
    }
}
