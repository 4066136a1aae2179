// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {InstrumentRecord} from "../../generated/Layout.sol";
import {COMPUTE_ACTION, FRACTION} from "../../generated/Params.sol";
import {INSTRUMENT_STATUS_SETTLED, LIQUIDATION_TOUCHES_MAX, ORDER_FLAG_SELL, POSITIONS_MAX, PPM} from "../../generated/Params.sol";
import {UNWIND_SHARE_PPM, UNWIND_START_PPM, UNWIND_WIDEN_MS, UNWIND_WINDOW_MS} from "../../generated/Params.sol";
import {
    RESULT_HALTED,
    RESULT_HOUSE_FLAT,
    RESULT_INSTRUMENT_SETTLED,
    RESULT_IOC_REMAINDER,
    RESULT_MALFORMED,
    RESULT_OK,
    RESULT_SEGMENT_FULL,
    RESULT_STALE_PRICE,
    RESULT_TOO_SOON
} from "../../generated/Results.sol";
import {House} from "../House.sol";
import {InstrumentOp} from "../InstrumentOp.sol";
import {Mark} from "../Mark.sol";
import {Matching} from "../Matching.sol";
import {ACCOUNT_ID, BAND_PPM, BASE_PRICE, INSTRUMENT, LOTS, MARK_PRICE, NOW, OPTION, STALE, TAKER_HOUSE, field, read, write} from "../Memory.sol";
import {SignedMath} from "../SignedMath.sol";
import {Weight} from "../Weight.sol";
import {PriceBand} from "../PriceBand.sol";

/// @title The house of an instrument trades out through the book (docs/protocol/liquidation.md). Body: instrument u16.
library Unwind {
    function execute(uint256 offset, uint256 length) internal view returns (uint256 code) {
        unchecked {
            if (length != 2) return RESULT_MALFORMED;
            if (!hasRoom()) return RESULT_SEGMENT_FULL;
            Weight.compute(COMPUTE_ACTION);
            code = InstrumentOp.open(field(offset, 16));
            if (code != RESULT_OK) return code;
            uint256 instrument = read(INSTRUMENT);
            if (InstrumentRecord.status(instrument) == INSTRUMENT_STATUS_SETTLED) return RESULT_INSTRUMENT_SETTLED;
            if (Mark.isHalted(instrument)) return RESULT_HALTED;
            if (read(STALE) != 0 || read(MARK_PRICE) == 0) return RESULT_STALE_PRICE;
            int256 lots = House.lots();
            uint256 whole = SignedMath.magnitude(lots) / FRACTION;
            if (whole == 0) return RESULT_HOUSE_FLAT;

            bool fresh = read(NOW) >= InstrumentRecord.unwindMs(instrument) + UNWIND_WINDOW_MS;
            uint256 unwound = fresh ? 0 : InstrumentRecord.unwoundLots(instrument);
            uint256 share = (whole + unwound) * UNWIND_SHARE_PPM / PPM;
            if (share == 0) share = 1;
            if (share <= unwound) return RESULT_TOO_SOON;
            share -= unwound;
            if (share > whole) share = whole;
            if (fresh) InstrumentRecord.setUnwindMs(instrument, read(NOW));

            write(ACCOUNT_ID, 0);
            write(LOTS, share);
            InstrumentOp.take(lots > 0 ? ORDER_FLAG_SELL : 0, limitOf(instrument, lots > 0), TAKER_HOUSE);
            code = Matching.run();
            if (code == RESULT_OK && read(LOTS) != 0) code = RESULT_IOC_REMAINDER;
            InstrumentRecord.setUnwoundLots(instrument, unwound + share - read(LOTS));
            House.payBack();
            House.writeDeficit();
        }
    }

    function hasRoom() private pure returns (bool) {
        unchecked {
            uint256 reserve = InstrumentOp.reserveMatching(LIQUIDATION_TOUCHES_MAX, POSITIONS_MAX * LIQUIDATION_TOUCHES_MAX + 1);
            Weight.plan(reserve, COMPUTE_ACTION + InstrumentOp.makers(false));
            return Weight.hasRoom();
        }
    }

    /// @dev The limit widens from UNWIND_START_PPM to the band, from the takeover on; an option's to half of its mark at most.
    function limitOf(uint256 instrument, bool long) private pure returns (uint256 price) {
        unchecked {
            uint256 band = read(BAND_PPM);
            uint256 ppm = band;
            if (band > UNWIND_START_PPM) {
                uint256 taken = InstrumentRecord.takeoverMs(instrument);
                uint256 age = read(NOW) > taken ? read(NOW) - taken : 0;
                if (age > UNWIND_WIDEN_MS) age = UNWIND_WIDEN_MS;
                ppm = UNWIND_START_PPM + (band - UNWIND_START_PPM) * age / UNWIND_WIDEN_MS;
            }
            uint256 width = read(BASE_PRICE) * ppm / PPM;
            if (read(OPTION) != 0) {
                uint256 most = read(MARK_PRICE) * ppm / (2 * band);
                if (most == 0) most = 1;
                if (width > most) width = most;
            }
            (uint256 low, uint256 high) = PriceBand.within(width);
            return long ? low : high;
        }
    }
}
