// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {
    ACCOUNT_KIND,
    AccountPosition,
    AccountRecord,
    INSTRUMENT_KIND,
    InstrumentRecord,
    MARK_KIND,
    MarkRecord,
    UNDERLYING_KIND,
    UnderlyingRecord
} from "../generated/Layout.sol";
import {IEscape} from "../interfaces/IEscape.sol";
import {OptionMark} from "../law/OptionMark.sol";
import {Witness} from "./Witness.sol";

/// @title What instruments and accounts are worth in the state that is paid by
/// @notice An instrument's mark record is kept as the state has it, its mark written into it. The law's own margin module, the one
/// of the law of the last final batch, values positions by it: with pending funding and deleveraging, exactly as the law's view.
abstract contract Valuation is IEscape {
    uint256 private constant MARK_WORDS = 4;
    uint256 private constant PRICED = 1; // in the unused end of the fourth word
    uint256 private constant INPUT_HEAD_BYTES = 160; // of the module: collateral, now, id, credit and clock, which equity does not ask
    uint256 private constant INPUT_ENTRY_BYTES = 256; // three words of the entry, four of the mark, one of the underlying

    uint16 public instrumentCount;
    uint16 public pricedCount;
    address public module;
    int256 internal _housesMicroUsd;
    mapping(uint256 instrument => uint256[MARK_WORDS]) private _marks;

    /// @inheritdoc IEscape
    function isPriced(uint16 instrument) public view returns (bool) {
        return _marks[instrument][MARK_WORDS - 1] & PRICED != 0;
    }

    /// @dev Price every instrument whose mark is among the records.
    function _price(bytes32 root_, bytes calldata records, bytes calldata proof) internal {
        (uint64[] memory keys, uint256[] memory pointers) = Witness.prove(root_, records, proof);
        uint256 priced;
        for (uint256 i = 0; i < keys.length; ++i) {
            if (keys[i] >> Witness.KIND_SHIFT != MARK_KIND) continue;
            uint16 instrument = uint16(keys[i]);
            if (isPriced(instrument)) continue; // somebody was faster
            uint256 underlying = (UNDERLYING_KIND << Witness.KIND_SHIFT) | MarkRecord.underlying(pointers[i]);
            _priceOne(
                instrument,
                Witness.find(keys, pointers, (INSTRUMENT_KIND << Witness.KIND_SHIFT) | instrument),
                pointers[i],
                Witness.find(keys, pointers, underlying)
            );
            ++priced;
        }
        pricedCount += uint16(priced);
    }

    function _priceOne(uint16 instrument, uint256 terms, uint256 mark, uint256 underlying) private {
        uint256 ticks = OptionMark.forwardAt(mark, UnderlyingRecord.indexPrice(underlying));
        if (OptionMark.isLive(mark)) ticks = OptionMark.priceAt(mark, ticks);
        MarkRecord.setFixedPrice(mark, ticks); // the module is given no index: what follows one is 0
        MarkRecord.setIndexPpb(mark, 0); // and counts an option as it does any instrument with a price that stays
        // The eager ledger: what the house is worth once everybody's entries are settled. Lots are in 2^-32.
        int256 lots = int256(InstrumentRecord.shortInterest(terms)) - int256(InstrumentRecord.longInterest(terms));
        int256 house = InstrumentRecord.effectiveCash(terms) + ((lots * int256(ticks * MarkRecord.tickValue(mark))) >> 32);
        _housesMicroUsd += house;
        for (uint256 i = 0; i < MARK_WORDS; ++i) {
            uint256 word;
            assembly ("memory-safe") {
                word := mload(add(mark, shl(5, i)))
            }
            _marks[instrument][i] = i == MARK_WORDS - 1 ? (word >> 128 << 128) | PRICED : word;
        }
        emit InstrumentPriced(instrument, ticks, house);
    }

    /// @dev What an account's credit pays of its debt, if it has one: all of it, as far as it goes.
    function _paidByCredit(uint256 credit, int256 equity) internal pure returns (uint256) {
        if (equity >= 0) return 0;
        return uint256(-equity) < credit ? uint256(-equity) : credit;
    }

    /// @dev The owner of the account that granted an account's credit, and what is left of it once it has paid the account's debt.
    function _creditLeft(bytes32 root_, uint32 account, bytes calldata records, bytes calldata proof)
        internal
        view
        returns (address guarantor, uint256 left)
    {
        (uint64[] memory keys, uint256[] memory pointers) = Witness.prove(root_, records, proof);
        uint256 pointer = Witness.find(keys, pointers, (ACCOUNT_KIND << Witness.KIND_SHIFT) | account);
        left = AccountRecord.creditLimit(pointer);
        left -= _paidByCredit(left, _equityOf(account, pointer));
        uint256 from = AccountRecord.guarantor(pointer);
        guarantor = address(uint160(AccountRecord.owner(Witness.find(keys, pointers, (ACCOUNT_KIND << Witness.KIND_SHIFT) | from))));
    }

    /// @dev The account that `record` is of, its owner, what it had withdrawn, its equity, and the credit that stands with it, in micro-USD.
    function _value(bytes32 root_, bytes calldata record, bytes calldata proof)
        internal
        view
        returns (uint32 account, address owner, uint256 withdrawn, int256 equity, uint256 credit)
    {
        (uint64 key, uint256 pointer) = Witness.proveOne(root_, record, proof);
        if (key >> Witness.KIND_SHIFT != ACCOUNT_KIND) revert UnexpectedRecord(key);
        account = uint32(key);
        owner = address(uint160(AccountRecord.owner(pointer)));
        withdrawn = AccountRecord.withdrawn(pointer);
        credit = AccountRecord.creditLimit(pointer);
        equity = _equityOf(account, pointer);
    }

    function _equityOf(uint256 account, uint256 pointer) private view returns (int256 equity) {
        equity = AccountRecord.collateral(pointer);
        uint256 count = AccountRecord.positionCount(pointer);
        if (count != 0) equity = _equity(account, equity, AccountRecord.element(pointer, 0), count);
    }

    /// @dev The law's margin module, asked about these entries at the marks that were priced.
    function _equity(uint256 account, int256 collateral, uint256 entry, uint256 count) private view returns (int256) {
        bytes memory input = new bytes(INPUT_HEAD_BYTES + INPUT_ENTRY_BYTES * count);
        uint256 target;
        assembly ("memory-safe") {
            mstore(add(input, 32), collateral)
            mstore(add(input, 96), account)
            target := add(input, 192)
        }
        for (uint256 i = 0; i < count; ++i) {
            uint256[MARK_WORDS] storage words = _marks[AccountPosition.instrument(entry)];
            uint256 last = words[MARK_WORDS - 1];
            if (last & PRICED == 0) revert NotPriced(AccountPosition.instrument(entry));
            (uint256 first, uint256 second, uint256 third) = (words[0], words[1], words[2]);
            assembly ("memory-safe") {
                mcopy(target, entry, 96)
                mstore(add(target, 96), first)
                mstore(add(target, 128), second)
                mstore(add(target, 160), third)
                mstore(add(target, 192), last)
                target := add(target, INPUT_ENTRY_BYTES)
                entry := add(entry, 96)
            }
        }
        (bool answered, bytes memory answer) = module.staticcall(input);
        // Too little gas is not a value.
        if (!answered || answer.length != 128) revert ValuationFailed();
        return abi.decode(answer, (int256));
    }
}
