// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILaw} from "../interfaces/ILaw.sol";
import {IRollup, RollupConfig} from "../interfaces/IRollup.sol";
import {ITimelock} from "../interfaces/ITimelock.sol";
import {Governed} from "./Governed.sol";

/// @title Which law rules a batch, and where each law lives
/// @notice A law id is the hash of the code hashes of the law and of its modules. A batch pins its law, and a
/// challenge of it runs that one for ever. The law of a batch follows from its header's time: laws are announced for a time
/// that lies further ahead than window and forced inclusion.
abstract contract LawRegistry is Governed {
    uint256 private constant MAX_LAG_SECONDS_MIN = 12; // one block

    /// @inheritdoc IRollup
    mapping(bytes32 lawId => address law) public lawAddress;

    uint64 public immutable maxLagSeconds;

    bytes32 private _law;
    bytes32 private _nextLaw; // from _nextFromMs on; zero: none announced
    uint64 private _nextFromMs;

    constructor(RollupConfig memory config) {
        maxLagSeconds = config.maxLagSeconds;
        _checkSeconds(config.maxLagSeconds, MAX_LAG_SECONDS_MIN, config.forceInclusionSeconds);
        _law = _register(config.law);
        emit LawAnnounced(_law, config.law, 0);
    }

    /// @inheritdoc IRollup
    function announceLaw(address law, bytes32 lawId, uint64 fromMs) external onlyGovernor {
        // What is announced has waited the whole delay, in front of those whose money is there.
        if (!ITimelock(governor).isSealed()) revert NotSealed();
        uint256 leastMs = (block.timestamp + windowSeconds + forceInclusionSeconds) * 1000;
        if (fromMs <= leastMs) revert LawTooSoon(fromMs, leastMs);
        if (_nextLaw != 0 && _nextFromMs <= leastMs) {
            // The one announced before stays announced. It has become the law once no batch of an earlier
            // time can be posted any more; one that lies further ahead is replaced.
            uint256 settledMs = (uint256(_nextFromMs) + 1000 * uint256(maxLagSeconds));
            if (block.timestamp * 1000 < settledMs) revert LawTooSoon(fromMs, settledMs);
            _law = _nextLaw;
        }
        // Whoever read the announcement has seen this very code.
        bytes32 found = _register(law);
        if (found != lawId) revert OtherLaw(found, lawId);
        (_nextLaw, _nextFromMs) = (lawId, fromMs);
        emit LawAnnounced(lawId, law, fromMs);
    }

    /// @inheritdoc IRollup
    function nextLaw() external view returns (bytes32 lawId, address law, uint64 fromMs) {
        return (_nextLaw, lawAddress[_nextLaw], _nextFromMs);
    }

    /// @inheritdoc IRollup
    function lawAt(uint64 timeMs) public view returns (bytes32 lawId) {
        return _nextLaw != 0 && timeMs >= _nextFromMs ? _nextLaw : _law;
    }

    /// @dev The law of a batch, as it was registered: the code of law and modules is still the same.
    function _unchangedLaw(bytes32 lawId) internal view returns (address law) {
        law = lawAddress[lawId];
        bytes32 found = law.code.length == 0 ? bytes32(0) : _lawIdOf(law, ILaw(law).modules());
        if (found != lawId) revert LawChanged(lawId, found);
    }

    function _register(address law) private returns (bytes32 lawId) {
        _checkCode(law);
        address[] memory modules = ILaw(law).modules();
        for (uint256 i = 0; i < modules.length; ++i) _checkCode(modules[i]);
        lawId = _lawIdOf(law, modules);
        lawAddress[lawId] = law;
    }

    function _lawIdOf(address law, address[] memory modules) private view returns (bytes32) {
        bytes32[] memory hashes = new bytes32[](modules.length + 1);
        hashes[0] = law.codehash;
        for (uint256 i = 0; i < modules.length; ++i) hashes[i + 1] = modules[i].codehash;
        return keccak256(abi.encodePacked(hashes));
    }

    /// @dev Code that can never change: an account that delegates (EIP-7702) can do so anew. No contract begins with 0xef.
    function _checkCode(address account) private view {
        bytes memory code = account.code;
        if (code.length == 0) revert NotALaw(account);
        if (code[0] == 0xef) revert DelegatedCode(account);
    }
}
