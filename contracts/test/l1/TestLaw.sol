// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccountRecord} from "../../src/generated/Layout.sol";
import {SEGMENT_FAMILY_INBOX} from "../../src/generated/Params.sol";
import {ILaw} from "../../src/interfaces/ILaw.sol";

/// @title A law of its own for all families, small enough to be predicted by hand, through the same interface
/// @notice Ops (type u8, length, body: as the law has them in segments), the same in an inbox message's payload:
/// 1 ADD key u64, value u256: word 0 grows; an absent record appears with one word.
/// 2 GROW key u64: one word more, all ones.
/// 3 TOUCH key u64.
/// 4 ADVISE slot u32: the next advice must be this.
/// 5 REVERT. 6 BURN: uses all gas. 7 HASH rounds u32. 8 WITHDRAW key u64, amount u128 of an account's record.
/// 9 ACCOUNT key u64, owner (20): an account's record of two words. 10 GARBAGE: returns what its body says, raw.
/// 11 BELIEVE key u64: ADD of the next advice, whatever it says: no longer a function of the state.
/// Every other type does nothing. Only the first message of an inbox segment counts. It touches the global record first, and adds 1 to its first word.
contract TestLaw is ILaw {
    struct Item {
        uint64 key;
        bool changed;
        bytes data;
    }

    address private immutable module;

    constructor(address module_) {
        module = module_;
    }

    function modules() external view returns (address[] memory addresses) {
        addresses = new address[](module == address(0) ? 0 : 1);
        if (module != address(0)) addresses[0] = module;
    }

    function execute(bytes calldata segment, bytes calldata records, bytes calldata advice)
        external
        view
        returns (bytes memory)
    {
        Item[] memory items = parse(records);
        bool[] memory touched = new bool[](items.length);
        uint256 used;
        add(items, touched, 0, 1);
        bytes calldata ops = uint8(segment[0]) == SEGMENT_FAMILY_INBOX ? segment[37:] : segment[19:];
        while (ops.length >= 2) {
            (uint256 length, uint256 start) = (uint8(ops[1]), 2);
            if (length > 127 && ops.length > 2) (length, start) = (uint16(bytes2(ops[1:3])) & 0x7fff, 3);
            if (ops.length < start + length) break;
            bytes calldata body = ops[start:start + length];
            uint8 kind = uint8(ops[0]);
            ops = ops[start + length:];
            if (length < least(kind)) continue;
            if (kind == 1) add(items, touched, key(body), uint256(bytes32(body[8:40])));
            else if (kind == 2) grow(items, touched, key(body));
            else if (kind == 3) find(items, touched, key(body));
            else if (kind == 4) {
                require(bytes4(advice[used * 4:used * 4 + 4]) == bytes4(body), "wrong advice");
                ++used;
            } else if (kind == 5) revert("asked for");
            else if (kind == 6) burn();
            else if (kind == 7) hash(uint32(bytes4(body)));
            else if (kind == 8) withdraw(items, touched, key(body), uint128(bytes16(body[8:24])));
            else if (kind == 9) {
                account(items, touched, key(body), address(bytes20(body[8:28])));
            } else if (kind == 11) {
                add(items, touched, key(body), uint32(bytes4(advice[used * 4:used * 4 + 4])));
                ++used;
            } else if (kind == 10) {
                bytes memory raw = body;
                assembly ("memory-safe") {
                    return(add(raw, 32), mload(raw))
                }
            }
        }
        return result(items, touched, used);
    }

    /// @dev The bytes that an op's body needs; one with fewer does nothing, for messages hold other things than these ops.
    function least(uint256 kind) private pure returns (uint256) {
        if (kind == 1) return 40;
        if (kind == 2 || kind == 3 || kind == 11) return 8;
        if (kind == 4 || kind == 7) return 4;
        if (kind == 8) return 24;
        return kind == 9 ? 28 : 0;
    }

    function key(bytes calldata body) private pure returns (uint64) {
        return uint64(bytes8(body[:8]));
    }

    function parse(bytes calldata records) private pure returns (Item[] memory items) {
        uint256 count;
        for (uint256 at = 0; at < records.length; at += 9 + uint256(uint8(records[at + 8])) * 32) ++count;
        items = new Item[](count);
        uint256 start;
        for (uint256 i = 0; i < count; ++i) {
            uint256 end = start + 9 + uint256(uint8(records[start + 8])) * 32;
            items[i] = Item(key(records[start:]), false, records[start + 9:end]);
            start = end;
        }
    }

    function find(Item[] memory items, bool[] memory touched, uint64 wanted)
        private
        pure
        returns (Item memory)
    {
        for (uint256 i = 0; i < items.length; ++i) {
            if (items[i].key == wanted) {
                touched[i] = true;
                return items[i];
            }
        }
        revert("missing record");
    }

    function add(Item[] memory items, bool[] memory touched, uint64 wanted, uint256 value) private pure {
        Item memory item = find(items, touched, wanted);
        if (item.data.length == 0) item.data = new bytes(32);
        bytes memory data = item.data;
        assembly ("memory-safe") {
            mstore(add(data, 32), add(mload(add(data, 32)), value))
        }
        if (value != 0) item.changed = true;
    }

    function grow(Item[] memory items, bool[] memory touched, uint64 wanted) private pure {
        Item memory item = find(items, touched, wanted);
        item.data = abi.encodePacked(item.data, type(uint256).max);
        item.changed = true;
    }

    function account(Item[] memory items, bool[] memory touched, uint64 wanted, address owner) private pure {
        Item memory item = find(items, touched, wanted);
        bytes memory data = new bytes(64);
        uint256 pointer;
        assembly ("memory-safe") {
            pointer := add(data, 32)
        }
        AccountRecord.setVersion(pointer, 1);
        AccountRecord.setOwner(pointer, uint160(owner));
        item.data = data;
        item.changed = true;
    }

    function withdraw(Item[] memory items, bool[] memory touched, uint64 wanted, uint128 amount)
        private
        pure
    {
        Item memory item = find(items, touched, wanted);
        bytes memory data = item.data;
        uint256 pointer;
        assembly ("memory-safe") {
            pointer := add(data, 32)
        }
        AccountRecord.setWithdrawn(pointer, AccountRecord.withdrawn(pointer) + amount);
        item.changed = true;
    }

    function hash(uint256 rounds) private pure {
        bytes32 value;
        for (uint256 i = 0; i < rounds; ++i) value = keccak256(abi.encode(value, i));
        require(value != bytes32(uint256(1)));
    }

    function burn() private pure {
        uint256 i;
        while (true) ++i;
    }

    function result(Item[] memory items, bool[] memory touched, uint256 used)
        private
        pure
        returns (bytes memory output)
    {
        uint256 count;
        bytes memory changed;
        for (uint256 i = 0; i < items.length; ++i) {
            if (touched[i]) ++count;
            if (items[i].changed) {
                uint8 words = uint8(items[i].data.length / 32);
                changed = abi.encodePacked(changed, items[i].key, words, items[i].data);
            }
        }
        return abi.encodePacked(uint16(count), uint16(used), uint64(0), uint8(0), uint16(1), uint8(0), changed);
    }
}
