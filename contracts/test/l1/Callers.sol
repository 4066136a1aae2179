// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title A contract that calls for others, several times in one transaction
contract Relay {
    receive() external payable {}

    /// @notice Make calls in order; what fails is recorded, and nothing is undone.
    function run(address[] calldata targets, bytes[] calldata data, uint256[] calldata gasLimits)
        external
        payable
        returns (bool[] memory done, bytes[] memory answers)
    {
        done = new bool[](targets.length);
        answers = new bytes[](targets.length);
        for (uint256 i = 0; i < targets.length; ++i) {
            uint256 limit = gasLimits[i] == 0 ? gasleft() : gasLimits[i];
            (done[i], answers[i]) = targets[i].call{gas: limit}(data[i]);
        }
        emit Ran(done, answers);
    }

    /// @notice As a proposer: send value along.
    function pay(address target, bytes calldata data, uint256 value) external payable {
        (bool done, bytes memory answer) = target.call{value: value}(data);
        if (!done) {
            assembly ("memory-safe") {
                revert(add(answer, 32), mload(answer))
            }
        }
    }

    event Ran(bool[] done, bytes[] answers);
}

/// @title Takes no ether
contract Refuser {
    function run(address target, bytes calldata data, uint256 value) external payable returns (bytes memory) {
        (bool done, bytes memory answer) = target.call{value: value}(data);
        if (!done) {
            assembly ("memory-safe") {
                revert(add(answer, 32), mload(answer))
            }
        }
        return answer;
    }
}

/// @title Calls again, once, whenever it is paid, and remembers what became of it
contract Reentrant {
    address public target;
    bytes public data;
    bool public armed;
    bool public tried;
    bool public succeeded;

    function arm(address target_, bytes calldata data_) external {
        (target, data, armed, tried, succeeded) = (target_, data_, true, false, false);
    }

    receive() external payable {
        if (!armed) return;
        armed = false;
        tried = true;
        (succeeded,) = target.call(data);
    }

    function run(address target_, bytes calldata data_, uint256 value) external payable {
        (bool done, bytes memory answer) = target_.call{value: value}(data_);
        if (!done) {
            assembly ("memory-safe") {
                revert(add(answer, 32), mload(answer))
            }
        }
    }
}

/// @title One of a liar's addresses: pays what it calls out of its own pocket
contract Liar {
    event Refused(bytes4 error);

    receive() external payable {}

    /// @notice Call, and go on if that reverts.
    function act(address target, bytes calldata data, uint256 value) external payable {
        (bool done, bytes memory answer) = target.call{value: value}(data);
        if (!done) emit Refused(bytes4(answer));
    }
}

interface IPosting {
    function postBatch(bytes calldata data) external returns (bytes32);

    function propose(bytes32 batchHash, bytes32 parentClaimHash, bytes32[] calldata roots)
        external
        returns (bytes32);

    function depositBond() external payable;
}

/// @title A sequencer and proposer that is a contract: what it posts is not what it was sent
contract Robot {
    function post(IPosting rollup, bytes memory masked) external {
        for (uint256 i = 0; i < masked.length; ++i) masked[i] = masked[i] ^ 0xa5;
        rollup.postBatch(masked);
    }

    function bond(IPosting rollup) external payable {
        rollup.depositBond{value: msg.value}();
    }

    function propose(IPosting rollup, bytes32 batchHash, bytes32 parent, bytes32[] memory masked) external {
        bytes32 mask = 0xa5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5;
        for (uint256 i = 0; i < masked.length; ++i) masked[i] = masked[i] ^ mask;
        rollup.propose(batchHash, parent, masked);
    }
}
