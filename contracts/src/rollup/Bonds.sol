// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Bond, Disproof, IRollup} from "../interfaces/IRollup.sol";
import {Governed} from "./Governed.sol";

/// @title What proposers stake and challengers earn
/// @notice One bond backs all of a proposer's pending claims. A slash takes all of it: half is the reward, the other
/// half is held, pays half of itself to each further disproof, and burns when nothing more can be disproved. So a liar who
/// disproves itself at a later claim leaves a reward for the earlier one, and never gets more than half back.
/// The reward goes to who committed to the disproof before it was carried out: a copied proof earns nothing.
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
    function disproof(uint256 id) external view returns (Disproof memory) {
        return _disproofs[id];
    }

    /// @inheritdoc IRollup
    function depositBond() external payable {
        Bond storage bond = _bonds[msg.sender];
        bond.amount += uint128(msg.value); // all ether there is fits 128 bits
        emit BondDeposited(msg.sender, msg.value, bond.amount);
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
    function burnHeld(address proposer) external {
        Bond storage bond = _bonds[proposer];
        uint256 amountWei = bond.held;
        if (block.timestamp <= bond.lockedUntil) revert BondLocked(bond.lockedUntil, block.timestamp);
        if (amountWei == 0) revert NothingHeld(proposer);
        bond.held = 0;
        emit HeldBurned(proposer, amountWei);
        _pay(address(0), amountWei);
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
        if (found.rewardWei == 0) revert NothingReserved(id);
        bytes32 commitment = _commitment(found.claimHash, found.segmentIndex, found.rightRoot, salt);
        uint256 committed = committedBlock[msg.sender][commitment];
        if (committed <= found.postedBlock || committed >= found.deletedBlock) {
            revert NotCommitted(msg.sender, commitment, committed);
        }
        _disproofs[id].rewardWei = 0;
        _reward(found.claimHash, found.rewardWei);
    }

    /// @dev Slash `proposer`; the caller has just disproved its claim.
    /// @param disproof_ What was disproved; `rewardWei` is not set yet.
    function _slash(address proposer, Disproof memory disproof_, bytes32 salt) internal {
        Bond storage bond = _bonds[proposer];
        uint128 total = bond.amount + bond.held;
        uint128 rewardWei = total / 2;
        (bond.amount, bond.held) = (0, total - rewardWei);
        emit Slashed(proposer, disproof_.claimHash, rewardWei, total - rewardWei);
        bytes32 commitment =
            _commitment(disproof_.claimHash, disproof_.segmentIndex, disproof_.rightRoot, salt);
        uint256 committed = committedBlock[msg.sender][commitment];
        if (committed > disproof_.postedBlock && committed < block.number) {
            _reward(disproof_.claimHash, rewardWei);
        } else if (rewardWei != 0) {
            disproof_.rewardWei = rewardWei;
            _disproofs[disproofCount] = disproof_;
            emit RewardReserved(disproofCount++, disproof_.claimHash, rewardWei);
        }
    }

    function _reward(bytes32 claimHash, uint256 rewardWei) private {
        creditWei[msg.sender] += rewardWei;
        emit Rewarded(msg.sender, claimHash, rewardWei);
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
