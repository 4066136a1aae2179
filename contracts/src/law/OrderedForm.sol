// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SIGNATURE_BYTES} from "../generated/Operations.sol";
import {ORDERED_FORM_EXPIRY_WHOLE, ORDERED_FORM_GUARDED, ORDERED_FORM_L1_FEE_WHOLE, ORDERED_FORM_MAX_FEE_WHOLE} from "../generated/Params.sol";
import {BODY, BODY_BYTES_MAX, L1_FEE, LAST_NAMED, NONCE_SHORT} from "./Memory.sol";

/// @title User ops as segments hold them, written out at BODY as they are signed (docs/protocol/user-ops.md, the ordered form)
/// @dev Nothing here judges a value: what is written out is checked as an op of the inbox is. Reading may pass the end of the
/// body; whatever has done so is malformed. All but the upper bits of the nonce is known here: UserOp.admit adds these.
library OrderedForm {
    uint256 private constant ONLY_BUNDLES = 0xec; // bits of the form that only a bundle has

    /// @dev Write out what a bundle begins with; return where its actions begin.
    function beginBundle(uint256 offset) internal pure returns (uint256 place) {
        uint256 form;
        (place, form) = head(offset, 5);
        assembly ("memory-safe") {
            switch and(form, ORDERED_FORM_MAX_FEE_WHOLE)
            case 0 {
                mstore(add(BODY, 19), shr(16, calldataload(place)))
                place := add(place, 2)
            }
            default {
                mstore(add(BODY, 19), calldataload(place))
                place := add(place, 4)
            }
            mstore8(add(BODY, 23), and(shr(3, form), 1)) // ORDERED_FORM_ATOMIC
            // A bundle that says it is guarded gets no action, so it is malformed.
            mstore8(add(BODY, 24), mul(add(shr(5, form), 1), iszero(and(form, ORDERED_FORM_GUARDED))))
            // What the action before named: instrument, slot, serial, price.
            mstore(LAST_NAMED, 0)
            mstore(add(LAST_NAMED, 0x20), 0)
            mstore(add(LAST_NAMED, 0x40), 0)
            mstore(add(LAST_NAMED, 0x60), 0)
        }
    }

    /// @dev Write out the action at `place`. Return where it ends, 0 if it is malformed, and where what is written at `begin` does.
    function writeAction(uint256 place, uint256 begin) internal pure returns (uint256 behind, uint256 end) {
        assembly ("memory-safe") {
            // The value at `last` and the signed number of `bits` bits at `at` are the next value there, of the bits of `mask`.
            function follow(last, at, bits, mask) -> value {
                value := and(add(mload(last), sar(sub(256, bits), calldataload(at))), mask)
                mstore(last, value)
            }
            // Kind and instrument of an action that begins with `first`, and where its instrument ends.
            function nameOf(first, at) -> name, next {
                next := at
                if iszero(and(first, 8)) {
                    mstore(LAST_NAMED, shr(240, calldataload(at)))
                    next := add(at, 2)
                }
                name := or(shl(248, and(first, 7)), shl(232, mload(LAST_NAMED)))
            }
            function writeOrder(name, widths, at, target) -> next {
                let bits := add(shl(3, and(widths, 3)), 8)
                name := or(name, shl(200, follow(add(LAST_NAMED, 0x20), at, bits, 0xffffffff)))
                next := add(at, shr(3, bits))
                bits := add(shl(1, and(widths, 0x1c)), 8)
                mstore(target, or(name, shl(152, follow(add(LAST_NAMED, 0x40), next, bits, 0xffffffffffff))))
                next := add(next, shr(3, bits))
            }
            // Lots in `code` + 1 bytes, but in 5 where it is 3.
            function lotsOf(code, at) -> lots, next {
                let size := add(add(code, 1), eq(code, 3))
                lots := shr(sub(256, shl(3, size)), calldataload(at))
                next := add(at, size)
            }
            // The expiry of a GTD and the client id, where they stand in terms.
            function restOf(first, widths, at) -> rest, next {
                next := at
                if eq(and(widths, 12), 4) {
                    rest := shl(128, shr(208, calldataload(next)))
                    next := add(next, 6)
                }
                if gt(first, 0x7f) {
                    let size := byte(0, calldataload(next))
                    rest := or(rest, shl(64, shr(sub(256, shl(3, size)), calldataload(add(next, 1)))))
                    next := mul(add(next, add(size, 1)), lt(size, 9))
                }
            }
            // Whether these are widths of a quote's side, whose lots have the width `code`: the serial's may say that it names no order, the
            // top bit that it places nothing, and then nothing is said of what it lacks.
            function isSide(widths, code) -> good {
                good := and(lt(and(widths, 0x1f), 0x19), or(lt(widths, 0x80), iszero(or(code, gt(widths, 0x9f)))))
            }
            // A quote's side, written out behind what is kept of three bytes more.
            function writeSide(widths, code, at, target) -> next {
                let kept := and(mload(target), shl(232, 0xffffff))
                next := at
                switch lt(and(widths, 0x1f), 0x18)
                case 0 { mstore(target, kept) }
                default { next := writeOrder(kept, and(widths, 0x1f), at, target) }
                let terms := 0
                if lt(widths, 0x80) {
                    let bits := add(shr(2, and(widths, 0x60)), 8)
                    let price := follow(add(LAST_NAMED, 0x60), next, bits, 0xffffffff)
                    terms, next := lotsOf(code, add(next, shr(3, bits)))
                    terms := or(shl(224, price), shl(184, terms))
                }
                mstore(add(target, 13), terms)
            }
            function writeTerms(first, widths, at, target) -> next {
                let bits := add(shr(1, and(widths, 0x30)), 8)
                let terms := or(shl(248, or(and(shr(4, first), 7), shl(3, and(widths, 15)))), shl(216, follow(add(LAST_NAMED, 0x60), at, bits, 0xffffffff)))
                next := add(at, shr(3, bits))
                let lots, behindLots := lotsOf(shr(6, widths), next)
                let rest
                rest, next := restOf(first, widths, behindLots)
                terms := or(or(terms, shl(176, lots)), rest)
                mstore(target, terms)
            }
            let word := calldataload(place)
            let opening := byte(0, word)
            let label
            switch and(opening, 7)
            case 1 {
                label, behind := nameOf(opening, add(place, 2))
                mstore(begin, label)
                behind := writeTerms(opening, byte(1, word), behind, add(begin, 3))
                end := add(begin, 27)
            }
            case 2 {
                label, behind := nameOf(opening, add(place, 2))
                behind := writeOrder(label, byte(1, word), behind, begin)
                // Six bytes of the serial and four of the slot place most, and no flags.
                behind := mul(behind, and(lt(byte(1, word), 0x18), lt(opening, 0x10)))
                end := add(begin, 13)
            }
            case 3 {
                label, behind := nameOf(opening, add(place, 1))
                mstore(begin, label)
                behind := mul(behind, lt(opening, 0x10))
                end := add(begin, 3)
            }
            case 4 {
                label, behind := nameOf(opening, add(place, 3))
                behind := writeOrder(label, byte(2, word), behind, begin)
                behind := writeTerms(opening, byte(1, word), behind, add(begin, 13))
                behind := mul(behind, lt(byte(2, word), 0x18))
                end := add(begin, 37)
            }
            case 5 {
                let codes := byte(1, word)
                let good := and(isSide(byte(2, word), and(shr(4, codes), 3)), isSide(byte(3, word), shr(6, codes)))
                label, behind := nameOf(opening, add(place, 4))
                behind := writeSide(byte(2, word), and(shr(4, codes), 3), behind, add(begin, 15))
                behind := writeSide(byte(3, word), shr(6, codes), behind, add(begin, 34))
                let rest
                rest, behind := restOf(opening, codes, behind)
                label := or(label, or(shl(224, or(and(shr(4, opening), 7), shl(3, and(codes, 15)))), shl(48, rest)))
                mstore(begin, or(label, and(mload(begin), sub(shl(112, 1), 1))))
                behind := mul(behind, good)
                end := add(begin, 56)
            }
        }
    }

    /// @dev Write out what a bundle ends with, behind its actions at `target`; return whether nothing but its signature is left from
    /// `place` to `limit`.
    function endBundle(uint256 place, uint256 limit, uint256 target) internal pure returns (bool whole) {
        assembly ("memory-safe") {
            mstore(target, mload(L1_FEE))
            calldatacopy(add(target, 8), place, SIGNATURE_BYTES)
            whole := eq(limit, add(place, SIGNATURE_BYTES))
        }
    }

    /// @dev Write out another op, which has a session field or is the owner's; return the length of what is written, 0 if it is
    /// malformed.
    function other(uint256 offset, uint256 length, bool hasSession) internal pure returns (uint256 written) {
        uint256 ownSession = hasSession ? 1 : 0;
        (uint256 place, uint256 form) = head(offset, 4 + ownSession);
        assembly ("memory-safe") {
            let signatures := shl(6, add(1, and(shr(4, form), 1))) // ORDERED_FORM_GUARDED
            let rest := sub(sub(add(offset, length), signatures), place)
            let session := and(byte(2, calldataload(offset)), 3)
            // A body that ends too early makes `rest` negative, which is more than there is room for.
            if iszero(or(or(and(form, ONLY_BUNDLES), gt(session, mul(3, ownSession))), gt(rest, sub(BODY_BYTES_MAX, 160)))) {
                let target := add(add(BODY, 18), ownSession)
                calldatacopy(target, place, rest)
                target := add(target, rest)
                mstore(target, mload(L1_FEE))
                calldatacopy(add(target, 8), add(place, rest), signatures)
                written := sub(add(target, add(8, signatures)), BODY)
            }
        }
    }

    /// @dev Write out the fields that all user ops begin with, the nonce behind `nonceAt` bytes; return where they end, and the form.
    /// Each is written with what stands behind it, which the next one overwrites.
    function head(uint256 offset, uint256 nonceAt) private pure returns (uint256 place, uint256 form) {
        assembly ("memory-safe") {
            mstore(NONCE_SHORT, 1)
            let word := calldataload(offset)
            form := byte(3, word)
            mstore(BODY, or(shl(224, shr(234, word)), shl(216, and(byte(2, word), 3))))
            let target := add(BODY, nonceAt)
            mstore(target, shl(192, and(shr(208, word), 0xffff)))
            target := add(target, 8)
            place := add(offset, 6)
            switch and(form, ORDERED_FORM_EXPIRY_WHOLE)
            case 0 {
                mstore(target, shl(208, mul(shr(224, calldataload(place)), 1000)))
                place := add(place, 4)
            }
            default {
                mstore(target, calldataload(place))
                place := add(place, 6)
            }
            switch and(form, ORDERED_FORM_L1_FEE_WHOLE)
            case 0 {
                mstore(L1_FEE, shl(192, mul(shr(240, calldataload(place)), 1000)))
                place := add(place, 2)
            }
            default {
                mstore(L1_FEE, calldataload(place))
                place := add(place, 8)
            }
        }
    }
}
