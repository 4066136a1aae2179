// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {PortfolioGrid, PLAIN_LOSS_WORDS} from "../generated/PortfolioGrid.sol";
import {ArrayRecord, CertificateRecord, ExpiryRecord, MarkRecord, OptionMarkRecord, UnderlyingRecord, ARRAY_WORDS} from "../generated/Layout.sol";
import {CERTIFICATE_WORDS, MARK_WORDS} from "../generated/Layout.sol";
import {
    CERTIFICATE_AGE_LAST_DAY_MS,
    CERTIFICATE_AGE_MS,
    CERTIFICATE_DAY_MS,
    CERTIFICATE_MOVE_LAST_DAY_PPM,
    CERTIFICATE_MOVE_LAST_WEEK_PPM,
    CERTIFICATE_MOVE_PPM,
    CERTIFICATE_WEEK_MS,
    INSTRUMENT_KIND_CALL,
    INSTRUMENT_KIND_PERPETUAL,
    OPTION_EXPIRIES_MAX,
    PORTFOLIO_GROSS_PPM,
    PORTFOLIO_INITIAL_PPM,
    PPM,
    SETTLEMENT_WINDOW_MS,
    STALENESS_FREE_MS,
    STALENESS_TAIL_PPM
} from "../generated/Params.sol";
import {ONE} from "./FixedPoint.sol";
import {MarginRules} from "./Holdings.sol";
import {SIZE_LIMIT, SPOT_LIMIT} from "./PortfolioMargin.sol";
import {Requirement, Revaluation, LOT_WADS, MICRO, NANO} from "./Revaluation.sol";

// A micro-USD in products of a wad and one or two factors; what a lane and a loss hold.
uint256 constant MICRO_36 = 1000000000000000000000000000000;
uint256 constant MICRO_54 = 1000000000000000000000000000000000000000000000000;
uint256 constant UNIT_36_ = 1000000000000000000000000000000000000;
uint256 constant LANE = 0x1fffffffffffffffffffff;
uint256 constant LOSS = 0xffffffffffffffffffff;

/// @title The parts of a margin certificate: what a revaluation writes, and what a fill adds (docs/protocol/margin-certificate.md)
/// @dev Bounds: amounts below 2^97, lanes below 2^85, factors below 2^64 and dampenings up to 2: a unit's loss stays below 2^91, a fill's below
/// 2^188; a spot move × amount × price below 2^249.
library CertificateParts {
    // Where the parts of what is asked stand in memory: a head, then records.
    uint256 internal constant NOW = 0; // ms, 48 bits; above them what the module is asked
    uint256 internal constant FEED_EPOCH = 32; // of the global record
    uint256 internal constant UNDERLYING = 64; // the first word of the underlying's record
    uint256 internal constant CHANGE = 96; // lots, int256: sold below zero
    uint256 internal constant MARK = 128;
    uint256 internal constant CERTIFICATE = MARK + 32 * MARK_WORDS;
    uint256 internal constant EXPIRY = CERTIFICATE + 32 * CERTIFICATE_WORDS; // its first word; of an option
    uint256 internal constant ARRAY = EXPIRY + 32; // of an option
    uint256 internal constant QUESTION_BYTES = ARRAY + 32 * ARRAY_WORDS;

    uint256 internal constant ADDED = 0;
    uint256 internal constant VOID = 1; // the certificate is not valid
    uint256 internal constant UNFIT = 2; // portfolio margin does not cover the fill

    uint256 private constant CONFIDENCE_LEAST_PPM = 550_000;
    uint256 private constant VERSION = 1 << 248;
    uint256 private constant LOSSES = 96; // of the first word of losses in the record
    uint256 private constant FORWARDS = 448;
    uint256 private constant MARK_WORD = 288; // of an array's lanes: mark and spot up; spot down begins the next

    /// What a certificate asks for beside the value at marks, micro-USD.
    struct Asked {
        uint256 initial; // grown
        uint256 grownMaintenance;
        uint256 maintenance;
    }

    /// A new certificate at `target`, whose words are zero: its head is the record's first word but for `ends_ms`. Of guards that do not
    /// hold and values that leave their fields only the version is left.
    function write(uint256 target, uint256 head, uint256 gross, int256 perpetuals, uint256 legs, uint256 count, Requirement memory asked)
        internal
        pure
    {
        unchecked {
            uint256 nowMs = (head >> 200) & 0xffffffffffff;
            uint256 ends = 0;
            bool holds = gross >> 128 == 0;
            for (uint256 i = 0; i < count; ++i) {
                uint256 expiry = legs + i * Revaluation.LEG_BYTES + 32;
                ends = sooner(ends, ExpiryRecord.expiryMs(expiry));
                if (ExpiryRecord.confidencePpm(expiry) < CONFIDENCE_LEAST_PPM) holds = false;
            }
            if (ends != 0 && ends <= nowMs + SETTLEMENT_WINDOW_MS) holds = false;
            set(target, head | (ends << 152));
            set(target + 32, (gross << 128) | (uint256(perpetuals) & type(uint128).max));
            uint256 numbers = asked.naked << 128;
            for (uint256 i = 0; i < asked.numbers.length; ++i) {
                numbers |= (asked.numbers[i] & 0xffff) << (112 - 16 * i);
                uint256 place = target + FORWARDS + 32 * i;
                if (!setForward(place, asked.up[i], asked.down[i], asked.numbers[i] >> 16)) holds = false;
            }
            set(target + 64, numbers);
            if (!writeLosses(target + LOSSES, asked.losses)) holds = false;
            if (holds) return;
            uint256 end = target + 32 * CERTIFICATE_WORDS;
            set(target, VERSION);
            for (target += 32; target < end; target += 32) set(target, 0);
        }
    }

    /// Losses by scenario, where the scenario's lane comes. False if one leaves its field.
    function writeLosses(uint256 target, int256[] memory losses) private pure returns (bool) {
        uint256[] memory readings = PortfolioGrid.readings();
        uint256 bad;
        assembly ("memory-safe") {
            let each := add(losses, 32)
            let reading := add(readings, 32)
            for { let end := add(each, shl(5, mload(losses))) } lt(each, end) { each := add(each, 32) } {
                let loss := mload(each)
                let lane := and(mload(reading), 0xff)
                bad := or(bad, xor(signextend(9, loss), loss))
                let word := add(target, shl(5, div(lane, 3)))
                mstore(word, or(mload(word), shl(mul(80, mod(lane, 3)), and(loss, 0xffffffffffffffffffff))))
                reading := add(reading, 32)
            }
        }
        return bad == 0;
    }

    /// Add a fill, as it is asked at `question`, to the certificate there. ADDED with what it asks for then and what its maintenance requirement
    /// was before, or VOID, or UNFIT.
    function add(uint256 question) internal pure returns (uint256 status, Asked memory asked, uint256 before) {
        unchecked {
            uint256 mark = question + MARK;
            uint256 certificate = question + CERTIFICATE;
            bool isOption = MarkRecord.kind(mark) >= INSTRUMENT_KIND_CALL;
            uint256 index = UnderlyingRecord.indexPrice(question + UNDERLYING);
            uint256 ends = sooner(CertificateRecord.endsMs(certificate), isOption ? ExpiryRecord.expiryMs(question + EXPIRY) : 0);
            if (!isValid(question, ends, index)) return (VOID, asked, 0);
            (, before) = requirements(certificate, index);
            if (!(isOption ? addOption(question) : addPerpetuals(question, index))) return (UNFIT, asked, 0);
            CertificateRecord.setEndsMs(certificate, ends);
            (asked.initial, asked.maintenance) = requirements(certificate, index);
            uint256 ofGross = CertificateRecord.gross(certificate) * (PORTFOLIO_GROSS_PPM + buffer(question, index));
            asked.initial = grown(asked.initial, ofGross);
            asked.grownMaintenance = grown(asked.maintenance, ofGross);
        }
    }

    function isValid(uint256 question, uint256 ends, uint256 index) private pure returns (bool) {
        unchecked {
            uint256 certificate = question + CERTIFICATE;
            uint256 time = CertificateRecord.timeMs(certificate);
            if (time == 0 || CertificateRecord.feedEpoch(certificate) != get(question + FEED_EPOCH)) return false;
            if (CertificateRecord.surfaceEpoch(certificate) != UnderlyingRecord.surfaceEpoch(question + UNDERLYING)) return false;
            uint256 nowMs = get(question + NOW) & type(uint48).max;
            uint256 age = CERTIFICATE_AGE_MS;
            uint256 move = CERTIFICATE_MOVE_PPM;
            if (ends != 0) {
                if (ends <= nowMs + SETTLEMENT_WINDOW_MS) return false;
                if (ends < nowMs + CERTIFICATE_DAY_MS) {
                    age = CERTIFICATE_AGE_LAST_DAY_MS;
                    move = CERTIFICATE_MOVE_LAST_DAY_PPM;
                } else if (ends < nowMs + CERTIFICATE_WEEK_MS) {
                    move = CERTIFICATE_MOVE_LAST_WEEK_PPM;
                }
            }
            uint256 base = CertificateRecord.indexPrice(certificate);
            return nowMs <= time + age && (index < base ? base - index : index - base) * PPM <= base * move;
        }
    }

    /// Wads of the underlying of the fill's lots, and its gross notional added. False if they are not whole or beyond the kernel's domain.
    function amountOf(uint256 question) private pure returns (bool fits, int256 amount) {
        unchecked {
            uint256 mark = question + MARK;
            uint256 certificate = question + CERTIFICATE;
            uint256 perTick = MarkRecord.indexPerTick(mark);
            int256 change = int256(get(question + CHANGE));
            int256 wads = change * int256(MarkRecord.tickValue(mark)) * LOT_WADS;
            amount = wads / int256(perTick);
            uint256 value = magnitude(change) * MarkRecord.tickValue(mark) * UnderlyingRecord.indexPrice(question + UNDERLYING);
            uint256 gross = CertificateRecord.gross(certificate) + (value + perTick - 1) / perTick;
            CertificateRecord.setGross(certificate, gross);
            fits = wads % int256(perTick) == 0 && magnitude(amount) < SIZE_LIMIT && gross >> 128 == 0;
        }
    }

    function addPerpetuals(uint256 question, uint256 index) private pure returns (bool) {
        unchecked {
            (bool fits, int256 amount) = amountOf(question);
            if (!fits || MarkRecord.kind(question + MARK) != INSTRUMENT_KIND_PERPETUAL || index * NANO >= SPOT_LIMIT) return false;
            uint256 certificate = question + CERTIFICATE;
            int256 held = CertificateRecord.perpetuals(certificate) + amount;
            if (magnitude(held) >= SIZE_LIMIT) return false;
            CertificateRecord.setPerpetuals(certificate, held);
            return losePerpetuals(certificate + LOSSES, amount * int256(index * NANO));
        }
    }

    /// Add to each lane what perpetuals lose there that are worth `moving` (36 decimals), with 2 wads: skews do not see them.
    function losePerpetuals(uint256 losses, int256 moving) private pure returns (bool) {
        uint256[] memory lanes = PortfolioGrid.lossLanes();
        uint256 bad;
        assembly ("memory-safe") {
            let lane := add(lanes, 32)
            for { let word := losses } lt(word, add(losses, 352)) { word := add(word, 32) } {
                let held := mload(word)
                let packed := 0
                for { let shift := 0 } lt(shift, 240) { shift := add(shift, 80) } {
                    let terms := mload(lane)
                    lane := add(lane, 32)
                    let loss := signextend(9, shr(shift, held))
                    if sgt(terms, 0) {
                        let lost := mul(sub(ONE, shr(64, terms)), moving)
                        let dampening := and(terms, 0xffffffffffffffff)
                        switch eq(dampening, ONE)
                        case 1 {
                            // ⌈(⌈a / 10^36⌉ + 2) / 10^12⌉
                            lost := add(lost, 2000000000000000000000000000000000000)
                            lost := add(sdiv(lost, MICRO_54), sgt(smod(lost, MICRO_54), 0))
                        }
                        default {
                            lost := add(sdiv(lost, UNIT_36_), sgt(smod(lost, UNIT_36_), 0))
                            lost := add(mul(lost, dampening), 2000000000000000000)
                            lost := add(sdiv(lost, MICRO_36), sgt(smod(lost, MICRO_36), 0))
                        }
                        loss := add(loss, lost)
                    }
                    bad := or(bad, xor(signextend(9, loss), loss))
                    packed := or(packed, shl(shift, and(loss, 0xffffffffffffffffffff)))
                }
                mstore(word, packed)
            }
        }
        return bad == 0;
    }

    function addOption(uint256 question) private pure returns (bool) {
        unchecked {
            (bool fits, int256 amount) = amountOf(question);
            uint256 array = question + ARRAY;
            if (!fits || ArrayRecord.pricedMs(array) != OptionMarkRecord.pricedMs(question + MARK)) return false;
            if (ExpiryRecord.confidencePpm(question + EXPIRY) < CONFIDENCE_LEAST_PPM) return false;
            uint256 certificate = question + CERTIFICATE;
            if (amount < 0) {
                uint256 naked = CertificateRecord.naked(certificate) + magnitude(amount);
                if (naked >= SIZE_LIMIT) return false;
                CertificateRecord.setNaked(certificate, naked);
            }
            return addForward(certificate, MarkRecord.expiry(question + MARK), array, amount)
                && loseOption(certificate + LOSSES, array, amount);
        }
    }

    /// Add what an option loses where the forward alone moves to those of its expiry. False if there is no place, or a value leaves its field.
    function addForward(uint256 certificate, uint256 number, uint256 array, int256 amount) private pure returns (bool) {
        unchecked {
            uint256 numbers = get(certificate + 64);
            uint256 at_ = 0;
            for (;; ++at_) {
                if (at_ == OPTION_EXPIRIES_MAX) return false;
                uint256 held = (numbers >> (112 - 16 * at_)) & 0xffff;
                if (held == number) break;
                if (held == 0) {
                    set(certificate + 64, numbers | (number << (112 - 16 * at_)));
                    break;
                }
            }
            uint256 place = certificate + FORWARDS + 32 * at_;
            int256 up;
            int256 down;
            assembly ("memory-safe") {
                let lanes := add(add(array, 32), MARK_WORD)
                let word := mload(lanes)
                let mask := sub(shl(85, 1), 1)
                let value := and(shr(85, word), mask)
                let unit := mul(MICRO, ONE)
                let lost := mul(amount, sub(value, shr(170, word)))
                up := add(sdiv(lost, unit), sgt(smod(lost, unit), 0))
                lost := mul(amount, sub(value, and(mload(add(lanes, 32)), mask)))
                down := add(sdiv(lost, unit), sgt(smod(lost, unit), 0))
                let held := mload(place)
                up := add(up, sar(160, held))
                down := add(down, signextend(11, shr(64, held)))
            }
            uint256 factor = get(place) & type(uint64).max;
            uint256 own = ArrayRecord.contingencyFactor(array);
            return setForward(place, up, down, own > factor ? own : factor);
        }
    }

    /// Add to each lane the most that an option loses there, with 2 wads. Of words whose lanes are all plain, which no scenario dampens or
    /// bends, at once: ⌈(⌈a / 1⌉ + 2) / 10^12⌉ = ⌈(a + 2·1) / 10^30⌉.
    function loseOption(uint256 losses, uint256 array, int256 amount) private pure returns (bool) {
        uint256[] memory lanes = PortfolioGrid.lossLanes();
        uint256 bad;
        uint256 size = magnitude(amount);
        assembly ("memory-safe") {
            function ceiling(dividend, divisor) -> quotient {
                quotient := add(sdiv(dividend, divisor), sgt(smod(dividend, divisor), 0))
            }
            // What a plain lane's value loses, times ±1: `mark` and `factor` have the sign of the amount.
            function plain(value, mark, factor, size_) -> lost {
                lost := sub(mark, mul(factor, value))
                lost := add(sdiv(lost, ONE), sgt(smod(lost, ONE), 0))
                lost := add(mul(size_, lost), 2000000000000000000)
                lost := add(sdiv(lost, MICRO_36), sgt(smod(lost, MICRO_36), 0))
            }
            let head := mload(array)
            let values := add(array, 32)
            let long := and(shr(136, head), 0xffffffffffffffff)
            let short := and(shr(72, head), 0xffffffffffffffff)
            let mark := mul(and(shr(85, mload(add(values, MARK_WORD))), LANE), ONE)
            let signedMark := mark
            let factor := long
            if slt(amount, 0) {
                signedMark := sub(0, mark)
                factor := sub(0, short)
            }
            let words := PLAIN_LOSS_WORDS
            let lane := add(lanes, 32)
            for { let word := losses } lt(word, add(losses, 352)) { word := add(word, 32) } {
                let worth := mload(values)
                values := add(values, 32)
                let held := mload(word)
                switch and(words, 1)
                case 1 {
                    let lost := add(signextend(9, held), plain(and(worth, LANE), signedMark, factor, size))
                    let packed := and(lost, LOSS)
                    bad := or(bad, xor(signextend(9, lost), lost))
                    lost := add(signextend(9, shr(80, held)), plain(and(shr(85, worth), LANE), signedMark, factor, size))
                    packed := or(packed, shl(80, and(lost, LOSS)))
                    bad := or(bad, xor(signextend(9, lost), lost))
                    lost := add(signextend(9, shr(160, held)), plain(shr(170, worth), signedMark, factor, size))
                    bad := or(bad, xor(signextend(9, lost), lost))
                    mstore(word, or(packed, shl(160, and(lost, LOSS))))
                    lane := add(lane, 96)
                }
                default {
                    let packed := 0
                    for { let shift := 0 } lt(shift, 240) { shift := add(shift, 80) } {
                        let terms := mload(lane)
                        let lost := sub(signedMark, mul(factor, and(worth, LANE)))
                        if slt(terms, 0) {
                            // A skew: either way, what is worse.
                            lost := sub(mark, mul(long, and(worth, LANE)))
                            let owed := sub(mul(short, and(worth, LANE)), mark)
                            if sgt(owed, lost) { lost := owed }
                        }
                        worth := shr(85, worth)
                        lane := add(lane, 32)
                        lost := ceiling(lost, ONE)
                        terms := and(terms, 0xffffffffffffffff)
                        if xor(terms, ONE) { lost := ceiling(mul(lost, terms), ONE) }
                        lost := ceiling(add(mul(size, lost), 2000000000000000000), MICRO_36)
                        lost := add(lost, signextend(9, shr(shift, held)))
                        bad := or(bad, xor(signextend(9, lost), lost))
                        packed := or(packed, shl(shift, and(lost, LOSS)))
                    }
                    mstore(word, packed)
                }
                words := shr(1, words)
            }
        }
        return bad == 0;
    }

    /// Initial and maintenance requirement of a certificate at an index price, not grown.
    function requirements(uint256 certificate, uint256 index) private pure returns (uint256 initial, uint256 maintenance) {
        uint256 loss = worst(certificate);
        MarginRules memory rules = PortfolioGrid.rules();
        unchecked {
            uint256 spot = index * NANO;
            uint256 held = magnitude(CertificateRecord.perpetuals(certificate)) * spot;
            uint256 naked = CertificateRecord.naked(certificate) * spot;
            maintenance = ceilDiv(loss * rules.maintenanceFactor, ONE);
            initial = ceilDiv(loss * rules.initialFactor, ONE);
            uint256 unit = ONE * ONE * uint256(MICRO);
            uint256 both = ceilDiv(held * rules.perpetualMaintenance, unit) + ceilDiv(naked * rules.optionMaintenance, unit);
            maintenance += both;
            initial += both + ceilDiv(held * rules.perpetualInitial, unit) + ceilDiv(naked * rules.optionInitial, unit);
        }
    }

    /// The worst loss of a certificate: in a lane, or of forwards; 0 if it can only gain.
    function worst(uint256 certificate) private pure returns (uint256 loss) {
        assembly ("memory-safe") {
            let end := add(certificate, FORWARDS)
            for { let word := add(certificate, LOSSES) } lt(word, end) { word := add(word, 32) } {
                let held := mload(word)
                let each := signextend(9, held)
                if sgt(each, loss) { loss := each }
                each := signextend(9, shr(80, held))
                if sgt(each, loss) { loss := each }
                each := signextend(9, shr(160, held))
                if sgt(each, loss) { loss := each }
            }
            let forward := 0
            for { let place := end } lt(place, add(end, 256)) { place := add(place, 32) } {
                let held := mload(place)
                let up := sar(160, held)
                let down := signextend(11, shr(64, held))
                if sgt(down, up) { up := down }
                if sgt(up, 0) { forward := add(forward, mul(up, and(held, 0xffffffffffffffff))) }
            }
            forward := div(add(forward, sub(ONE, 1)), ONE)
            if sgt(forward, loss) { loss := forward }
        }
    }

    /// The latency buffer of a price, ppm (docs/protocol/prices.md).
    function buffer(uint256 question, uint256 index) private pure returns (uint256 ppm) {
        unchecked {
            uint256 underlying = question + UNDERLYING;
            uint256 raw = UnderlyingRecord.rawPrice(underlying);
            ppm = ceilDiv((raw < index ? index - raw : raw - index) * PPM, index);
            if (ppm > PPM) ppm = PPM;
            uint256 published = UnderlyingRecord.publishTimeMs(underlying);
            uint256 nowMs = get(question + NOW) & type(uint48).max;
            uint256 age = nowMs > published ? nowMs - published : 0;
            ppm += aged(UnderlyingRecord.slopePpm(underlying), age);
        }
    }

    function aged(uint256 slope, uint256 age) private pure returns (uint256) {
        unchecked {
            if (age <= STALENESS_FREE_MS) return ceilDiv(slope * age, 1000);
            return ceilDiv(slope * STALENESS_FREE_MS + STALENESS_TAIL_PPM * (age - STALENESS_FREE_MS), 1000);
        }
    }

    function grown(uint256 requirement, uint256 ofGross) private pure returns (uint256) {
        unchecked {
            return requirement + ceilDiv(ofGross + requirement * PORTFOLIO_INITIAL_PPM, PPM);
        }
    }

    /// Write the forward losses of an expiry. False if one leaves its field.
    function setForward(uint256 place, int256 up, int256 down, uint256 factor) private pure returns (bool fits) {
        assembly ("memory-safe") {
            fits := iszero(or(xor(signextend(11, up), up), xor(signextend(11, down), down)))
            mstore(place, or(or(shl(160, up), shl(64, and(down, 0xffffffffffffffffffffffff))), factor))
        }
    }

    /// The sooner of two times; 0 is none.
    function sooner(uint256 one, uint256 other) private pure returns (uint256) {
        if (one == 0) return other;
        return other == 0 || one < other ? one : other;
    }

    function magnitude(int256 value) private pure returns (uint256) {
        unchecked {
            return uint256(value < 0 ? -value : value);
        }
    }

    function ceilDiv(uint256 dividend, uint256 divisor) private pure returns (uint256) {
        unchecked {
            return (dividend + divisor - 1) / divisor;
        }
    }

    function get(uint256 place) private pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := mload(place)
        }
    }

    function set(uint256 place, uint256 value) private pure {
        assembly ("memory-safe") {
            mstore(place, value)
        }
    }
}
