// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice A law of three ops with the interface of docs/protocol/law-interface.md: what the verifier's replay,
/// witness and forest need of a law, without a market. Ops have 1 + 2 + body bytes:
///   1 add:    key u64, amount u64: the record's first word grows; an absent record gets one word.
///   2 insert: instrument u16, sell u8, price u32: the advised slot must hold an order of that price,
///             or be 0 while the instrument's record says so; the advice is written to the instrument.
///   3 free:   instrument u16: its record becomes one that asks for advice 0.
///   4 drift:  key u64: the record becomes the balance of who calls. A hole: no function of what the segment touches.
contract TinyLaw {
    error Incomplete();

    struct Cached {
        uint64 key;
        bytes before_;
        bytes now_;
    }

    function execute(bytes calldata segment, bytes calldata records, bytes calldata advice)
        external
        view
        returns (bytes memory)
    {
        Cached[] memory cache = new Cached[](64);
        uint256 count;
        uint256 used;
        bytes memory results;
        (count,) = touch(cache, count, 0, records);
        uint256 at = 19;
        while (at + 2 <= segment.length) {
            uint256 length = uint8(segment[at + 1]); // none of its ops has 128 bytes
            if (at + 2 + length > segment.length) break;
            bytes calldata body = segment[at + 2:at + 2 + length];
            uint8 kind = uint8(segment[at]);
            at += 2 + length;
            uint8 result = 0;
            uint256 slot;
            if (kind == 1 && body.length == 16) {
                (count, slot) = touch(cache, count, uint64(bytes8(body[0:8])), records);
                bytes memory now_ = cache[slot].now_;
                if (now_.length == 0) now_ = new bytes(32);
                now_ = bytes.concat(now_);
                uint256 word;
                assembly ("memory-safe") {
                    word := mload(add(now_, 32))
                }
                word += uint64(bytes8(body[8:16]));
                assembly ("memory-safe") {
                    mstore(add(now_, 32), word)
                }
                cache[slot].now_ = now_;
            } else if (kind == 2 && body.length == 7) {
                uint16 instrument = uint16(bytes2(body[0:2]));
                uint32 price = uint32(bytes4(body[3:7]));
                uint256 place;
                (count, slot) = touch(cache, count, (uint64(4) << 56) | instrument, records);
                if (advice.length >= 4 * used + 4) {
                    place = uint32(bytes4(advice[4 * used:4 * used + 4]));
                } else {
                    (bool ok, bytes memory answer) = msg.sender.staticcall(
                        abi.encodeWithSignature(
                            "advise(uint256,uint256,uint256)", uint256(instrument), uint256(uint8(body[2])), uint256(price)
                        )
                    );
                    if (!ok || answer.length != 32) revert Incomplete();
                    place = abi.decode(answer, (uint256));
                }
                used++;
                bool wantsNone = cache[slot].now_.length == 32;
                uint256 instrumentAt = slot;
                if (place == 0) {
                    if (!wantsNone) revert Incomplete();
                } else {
                    if (wantsNone) revert Incomplete();
                    uint64 key = (uint64(6) << 56) | (uint64(instrument) << 18) | uint64(place);
                    (count, slot) = touch(cache, count, key, records);
                    bytes memory order = cache[slot].now_;
                    if (order.length != 64 || uint8(order[1]) & 128 == 0) revert Incomplete();
                    if (uint32(bytes4(bytes.concat(order[2], order[3], order[4], order[5]))) != price) {
                        revert Incomplete();
                    }
                }
                bytes memory after_ = bytes.concat(cache[instrumentAt].now_);
                if (after_.length > 0) after_[after_.length - 1] = bytes1(uint8(place));
                cache[instrumentAt].now_ = after_;
            } else if (kind == 3 && body.length == 2) {
                (count, slot) =
                    touch(cache, count, (uint64(4) << 56) | uint16(bytes2(body[0:2])), records);
                cache[slot].now_ = new bytes(32);
            } else if (kind == 4 && body.length == 8) {
                (count, slot) = touch(cache, count, uint64(bytes8(body[0:8])), records);
                cache[slot].now_ = abi.encode(tx.origin.balance);
            } else {
                result = 1;
            }
            results = bytes.concat(results, bytes1(result));
        }
        return pack(cache, count, used, results);
    }

    function touch(Cached[] memory cache, uint256 count, uint64 key, bytes calldata records)
        internal
        view
        returns (uint256, uint256)
    {
        for (uint256 i; i < count; ++i) {
            if (cache[i].key == key) return (count, i);
        }
        bytes memory record;
        bool found;
        for (uint256 at; at < records.length;) {
            uint256 size = 32 * uint256(uint8(records[at + 8]));
            if (uint64(bytes8(records[at:at + 8])) == key) {
                record = records[at + 9:at + 9 + size];
                found = true;
            }
            at += 9 + size;
        }
        if (!found) {
            bool ok;
            (ok, record) = msg.sender.staticcall(abi.encodeWithSignature("load(uint64)", key));
            if (!ok) revert Incomplete();
        }
        cache[count] = Cached(key, record, record);
        return (count + 1, count);
    }

    function pack(Cached[] memory cache, uint256 count, uint256 used, bytes memory results)
        internal
        pure
        returns (bytes memory out)
    {
        out = abi.encodePacked(
            uint16(count), uint16(used), uint32(0), uint32(0), uint8(0), uint16(results.length), results
        );
        uint64 last;
        for (uint256 n; n < count; ++n) {
            uint256 least = type(uint256).max;
            for (uint256 i; i < count; ++i) {
                if ((n == 0 || cache[i].key > last) && (least == type(uint256).max || cache[i].key < cache[least].key)) {
                    least = i;
                }
            }
            last = cache[least].key;
            bytes memory now_ = cache[least].now_;
            if (keccak256(now_) != keccak256(cache[least].before_)) {
                out = bytes.concat(out, bytes8(last), bytes1(uint8(now_.length / 32)), now_);
            }
        }
    }

    function modules() external pure returns (address[] memory) {
        return new address[](0);
    }
}
