// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILaw} from "../interfaces/ILaw.sol";
import {IRollup, RollupConfig} from "../interfaces/IRollup.sol";
import {Governed} from "./Governed.sol";

/// @title Which law rules a batch, and where each law lives
/// @notice A law id is the hash of the code hashes of the law and of its modules. A batch pins its law, and a
/// challenge of it runs that one for ever. The law of a batch follows from its header's time: laws are announced for a time
/// that lies further ahead than window and forced inclusion.
abstract contract LawRegistry is Governed {
    /// @inheritdoc IRollup
    mapping(bytes32 lawId => address law) public lawAddress;

    uint64 public immutable maxLagSeconds;

    bytes32 private _law;
    bytes32 private _nextLaw; // from _nextFromMs on; zero: none announced
    uint64 private _nextFromMs;

    constructor(RollupConfig memory config) {
        maxLagSeconds = config.maxLagSeconds;
        if (config.maxLagSeconds > config.forceInclusionSeconds) {
            revert WindowOutOfRange(config.maxLagSeconds, config.forceInclusionSeconds);
        }
        _law = _register(config.law);
        emit LawAnnounced(_law, config.law, 0);
    }

    /// @inheritdoc IRollup
    function announceLaw(address law, bytes32 lawId, uint64 fromMs) external onlyGovernor {
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
    function lawAt(uint64 timeMs) public view returns (bytes32 lawId) {
        return _nextLaw != 0 && timeMs >= _nextFromMs ? _nextLaw : _law;
    }

    function _register(address law) private returns (bytes32 lawId) {
        if (law.code.length == 0) revert NotALaw(law);
        address[] memory modules = ILaw(law).modules();
        bytes memory hashes = abi.encodePacked(law.codehash);
        for (uint256 i = 0; i < modules.length; ++i) {
            if (modules[i].code.length == 0) revert NotALaw(modules[i]);
            hashes = abi.encodePacked(hashes, modules[i].codehash);
        }
        lawId = keccak256(hashes);
        lawAddress[lawId] = law;
    }
}
