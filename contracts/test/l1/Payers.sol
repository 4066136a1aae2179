// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title A wallet that takes no ether but with a call of its own
contract Stubborn {
    address private immutable _target;

    constructor(address target) {
        _target = target;
    }

    function forward(bytes calldata data) external payable {
        (bool done,) = _target.call{value: msg.value}(data);
        require(done, "target");
    }
}

/// @title A wallet that spends what comes back on another call
contract Returner {
    address private immutable _target;
    bytes private _again;

    constructor(address target) {
        _target = target;
    }

    receive() external payable {
        bytes memory again = _again;
        delete _again;
        if (again.length == 0) return;
        (bool done,) = _target.call{value: msg.value}(again);
        require(done, "again");
    }

    function forward(bytes calldata data, bytes calldata again) external payable {
        _again = again;
        (bool done,) = _target.call{value: msg.value}(data);
        require(done, "target");
    }
}
