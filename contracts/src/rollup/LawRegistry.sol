// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILaw} from "../interfaces/ILaw.sol";
import {IRollup, LAW_FAMILIES, RollupConfig} from "../interfaces/IRollup.sol";
import {ITimelock} from "../interfaces/ITimelock.sol";
import {Governed} from "./Governed.sol";

/// @title Which law rules a batch, and where each law lives
/// @notice A law is five contracts, one for each family of segments (docs/protocol/segments.md), with the same modules. Its id is the
/// hash of their code hashes and of those of the modules. A batch pins its law, and a challenge of it runs that one forever.
/// The law of a batch follows from its header's time: laws are announced for a time that lies further ahead than window and
/// forced inclusion.
abstract contract LawRegistry is Governed {
    uint256 private constant MAX_LAG_SECONDS_MIN = 12; // one block
    bytes private constant LAW_ID_PREFIX = "strikeproof law 2";

    uint64 public immutable maxLagSeconds;

    mapping(bytes32 lawId => address[LAW_FAMILIES]) private _laws;
    bytes32 private _law;
    bytes32 private _nextLaw; // from _nextFromMs on; zero: none announced
    uint64 private _nextFromMs;

    constructor(RollupConfig memory config) {
        maxLagSeconds = config.maxLagSeconds;
        // Batches with messages wait for exits of half that age: no batch may grow so old unposted.
        _checkSeconds(config.maxLagSeconds, MAX_LAG_SECONDS_MIN, config.forceInclusionSeconds / 2);
        _law = _register(config.laws);
        emit LawAnnounced(_law, config.laws, 0);
    }

    /// @inheritdoc IRollup
    function announceLaw(address[LAW_FAMILIES] memory laws, bytes32 lawId, uint64 fromMs) external onlyGovernor {
        // An announced law has waited the whole delay, in view of everyone whose money is here.
        if (!ITimelock(governor).isSealed()) revert NotSealed();
        uint256 leastMs = (block.timestamp + windowSeconds + forceInclusionSeconds) * 1000;
        if (fromMs <= leastMs) revert LawTooSoon(fromMs, leastMs);
        if (_nextLaw != 0 && _nextFromMs <= leastMs) {
            // The one announced before stays announced. It has become the law once no batch of an earlier
            // time can still be posted; one that lies further ahead is replaced.
            uint256 settledMs = (uint256(_nextFromMs) + 1000 * uint256(maxLagSeconds));
            if (block.timestamp * 1000 < settledMs) revert LawTooSoon(fromMs, settledMs);
            _law = _nextLaw;
        }
        // Whoever read the announcement has seen this very code.
        bytes32 found = _register(laws);
        if (found != lawId) revert OtherLaw(found, lawId);
        (_nextLaw, _nextFromMs) = (lawId, fromMs);
        emit LawAnnounced(lawId, laws, fromMs);
    }

    /// @inheritdoc IRollup
    function nextLaw() external view returns (bytes32 lawId, address[LAW_FAMILIES] memory laws, uint64 fromMs) {
        return (_nextLaw, _laws[_nextLaw], _nextFromMs);
    }

    /// @inheritdoc IRollup
    function lawAddresses(bytes32 lawId) external view returns (address[LAW_FAMILIES] memory laws) {
        return _laws[lawId];
    }

    /// @inheritdoc IRollup
    function lawAt(uint64 timeMs) public view returns (bytes32 lawId) {
        return _nextLaw != 0 && timeMs >= _nextFromMs ? _nextLaw : _law;
    }

    /// @dev The law of a family of a batch, as it was registered: the code of all families and modules is still the same.
    function _unchangedLaw(bytes32 lawId, uint256 family) internal view returns (address law) {
        address[LAW_FAMILIES] memory laws = _laws[lawId];
        law = laws[family - 1];
        // Modules are read from the law's own code, so only code that can be the registered one is asked for them.
        bytes32 found = law.code.length == 0 ? bytes32(0) : _lawIdOf(laws, ILaw(law).modules());
        if (found != lawId) revert LawChanged(lawId, found);
    }

    function _register(address[LAW_FAMILIES] memory laws) private returns (bytes32 lawId) {
        address[] memory modules;
        bytes32 modulesHash;
        for (uint256 i = 0; i < LAW_FAMILIES; ++i) {
            _checkCode(laws[i]);
            address[] memory found = ILaw(laws[i]).modules();
            bytes32 hash = keccak256(abi.encode(found));
            if (i == 0) (modules, modulesHash) = (found, hash);
            else if (hash != modulesHash) revert OtherModules(laws[i]);
        }
        for (uint256 i = 0; i < modules.length; ++i) _checkCode(modules[i]);
        lawId = _lawIdOf(laws, modules);
        _laws[lawId] = laws;
    }

    function _lawIdOf(address[LAW_FAMILIES] memory laws, address[] memory modules) private view returns (bytes32) {
        bytes32[] memory hashes = new bytes32[](LAW_FAMILIES + modules.length);
        for (uint256 i = 0; i < LAW_FAMILIES; ++i) hashes[i] = laws[i].codehash;
        for (uint256 i = 0; i < modules.length; ++i) hashes[LAW_FAMILIES + i] = modules[i].codehash;
        return keccak256(abi.encodePacked(LAW_ID_PREFIX, hashes));
    }

    /// @dev Code that can never change: an account that delegates (EIP-7702) can do so. No contract begins with 0xef.
    function _checkCode(address account) private view {
        bytes memory code = account.code;
        if (code.length == 0) revert NotALaw(account);
        if (code[0] == 0xef) revert DelegatedCode(account);
    }
}
