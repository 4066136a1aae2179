// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

// The memory of one execution. The law allocates nothing through Solidity: what it needs has a fixed place below HEAP,
// and above it grows the arena of records (Arena.sol). So nothing has to be released after an op: its scratch memory is
// overwritten by the next one.
//
//   0x080  variables that the compiler moves out of the stack (checked against MAP when an execution starts)
//   MAP    registers, one word each
//   HASH   what is being hashed
//   QUESTION, ACTION_HASHES, MARGIN_INPUT, MARGIN_OUTPUT, RESULTS, SHORTCUTS, OPENED, FILL_UNDO, BASE_PRICE and on: see the constants
//   BODY   the user op that is executed, as it is signed
//   HEAP   index, tables and records
//
// Inline assembly takes literals only: the addresses are written out, in steps of 32.

uint256 constant MAP = 0x780;

// --- what the segment declares; no limit where it declares the maxima, and for messages
uint256 constant DECLARED_COMPUTE = 0x780; // gas
uint256 constant DECLARED_WITNESS = 0x7a0; // bytes

// --- who signs the op
uint256 constant SESSION = 0x7c0; // slot
uint256 constant SESSION_RECORD = 0x7e0; // pointer to the record that the op's nonce belongs to

// --- the segment
uint256 constant GLOBAL = 0x800; // pointer to the global record
uint256 constant CLOCK = 0x820; // ms; expiries are judged by it
uint256 constant NOW = 0x840; // ms; prices are judged by it: the clock, or the inbox message's time
uint256 constant SENDER = 0x860; // 0 for ordered ops; 2^160 + the L1 sender of an inbox message
uint256 constant MARGIN_MODULE = 0x880; // address
uint256 constant WITNESS = 0x8a0; // witness weight, bytes
uint256 constant COMPUTE = 0x8c0; // compute weight, gas
uint256 constant TOUCHED = 0x8e0; // count of records
uint256 constant RESULTS_END = 0x900; // memory address of the next result byte
uint256 constant ADVICE = 0x920; // calldata offset of the next advice
uint256 constant ADVICE_END = 0x940;
uint256 constant ADVICE_USED = 0x960; // count

// --- the arena
uint256 constant INDEX = 0x980; // address of the first entry
uint256 constant INDEX_END = 0x9a0; // behind the last entry
uint256 constant INDEX_LIMIT = 0x9c0; // behind the space for entries
uint256 constant TOP = 0x9e0; // memory from here on is free and zero
uint256 constant INSTRUMENTS = 0xa00; // table: of each instrument 4 bytes pointer to its record, 4 to its mark
uint256 constant UNDERLYINGS = 0xa20; // table: of each underlying 4 bytes pointer
uint256 constant UNDO = 0xa40; // address of the undo log; 0: not yet allocated
uint256 constant UNDO_END = 0xa60; // behind its last entry; 0: no checkpoint is set

// --- the op
uint256 constant ACCOUNT_ID = 0xa80;
uint256 constant ACCOUNT = 0xaa0; // pointer to its record
uint256 constant MAX_FEE = 0xac0; // ppm, of the bundle
uint256 constant TOUCHES = 0xae0; // maker touches of the bundle so far

// --- the action
uint256 constant INSTRUMENT_ID = 0xb00;
uint256 constant INSTRUMENT = 0xb20; // pointer to its record
uint256 constant ENTRY = 0xb40; // pointer to the account's position entry for the instrument; 0: none
uint256 constant MARK_PRICE = 0xb60; // ticks
uint256 constant TICK_VALUE = 0xb80; // micro-USD per tick per lot
uint256 constant FLAGS = 0xba0;
uint256 constant PRICE = 0xbc0; // ticks
uint256 constant LOTS = 0xbe0; // not yet filled
uint256 constant EXPIRY = 0xc00; // ms
uint256 constant CLIENT_ID = 0xc20;
uint256 constant BAND = 0xc40; // ticks, how far a price may lie beyond the mark
uint256 constant STALE = 0xc60; // 1 if the instrument's index price is stale, else 0

uint256 constant BAND_PPM = 0xc80; // price_band_ppm of the instrument
uint256 constant RAW_PRICE = 0xca0; // nano-USD, what the mark would be at the price that was reported
uint256 constant INDEX_PER_TICK = 0xcc0; // nano-USD
uint256 constant GAP_WIDE = 0xce0; // 1 if only fills pass that shrink the taker's position; OVERDUE asks it of both
uint256 constant MAKERS_MAX = 0xd00; // maker touches that the op may have
uint256 constant EVICTED = 0xd20; // worst orders that the bundle has pushed out

uint256 constant MARK = 0xd40; // pointer to the instrument's mark record

uint256 constant TAKER = 0xd60; // who takes: TAKER_USER and so on
uint256 constant EQUITY_BEFORE = 0xd80; // int256, of the account that is liquidated, when that began
uint256 constant MARGIN_BEFORE = 0xda0; // its maintenance requirement then

uint256 constant RESERVE = 0xdc0; // records that an op may still touch, by kind: Weight.sol
uint256 constant RESERVE_COMPUTE = 0xde0; // gas that it may still use

uint256 constant TAKER_USER = 0;
uint256 constant TAKER_LIQUIDATED = 1; // pays the house instead of a fee, and passes no margin test
uint256 constant TAKER_HOUSE = 2; // no account: ACCOUNT_ID is 0

uint256 constant KINDS_TOUCHED = 0xe00; // of each kind one word: Weight.sol

// --- what a user op is (UserOp.sol)
uint256 constant UNSIGNED = 0x1000; // bytes of its body without signatures
uint256 constant FIELD_BITS = 0x1020; // of field k at byte k from the low end: what is signed, in the body's order
uint256 constant NONCE = 0x1040;
uint256 constant OP_BYTES = 0x1060; // type, length and body, as the segment holds them

uint256 constant HASH = 0x1080; // 18 words
uint256 constant QUESTION = 0x12c0; // 2 words: what is asked of the caller while something else is being prepared
uint256 constant ACTION_HASHES = 0x1300; // 16 words
uint256 constant MARGIN_INPUT = 0x1500; // collateral, now, account, credit, clock, then eight words for each entry; prices to sort
uint256 constant MARGIN_OUTPUT = 0x25a0; // 4 words: equity and three requirements
uint256 constant RESULTS = 0x2620; // at most 16 × (1 + 16) bytes
uint256 constant SHORTCUTS = 0x2740; // 256 words: Arena.sol
uint256 constant OPENED = 0x4740; // 12 words: the head of the global record when the first op began
uint256 constant FILL_UNDO = 0x48c0; // 11 words: the previous values of what a tentative fill changes (Fill.sol)
uint256 constant BASE_PRICE = 0x4a20; // ticks: what the band and the house's margin are measured by. The mark; of an option its forward
uint256 constant RAW_BASE = 0x4a40; // nano-USD, the same at the price that was reported
uint256 constant OPTION = 0x4a60; // 1 if the instrument is an option that is not settled, else 0
uint256 constant OVERDUE = 0x4a80; // 1 if it is one that was priced too long ago, or too far from here
uint256 constant LOT_CONCEDED = 0x4aa0; // what a lot may concede, × PPM, before equity / maintenance counts, of the account that is liquidated
uint256 constant PRICING_MODULE = 0x4ac0; // address
uint256 constant NONCE_SHORT = 0x4ae0; // 1 of an ordered op whose nonce is not yet completed, else 0
uint256 constant SIGNATURE_PLACE = 0x4b00; // where the signature of the bundle stands; 0: it has none
uint256 constant LAST_NAMED = 0x4b20; // 4 words: what the action before named, of an ordered bundle that is being written out
uint256 constant L1_FEE = 0x4ba0; // of an ordered op that is being written out: in the upper 8 bytes
uint256 constant PORTFOLIO_MODULE = 0x4bc0; // address
uint256 constant PASSED = 0x4be0; // slot of the order that the action's has passed over last; 0: none
uint256 constant TAKER_TRIED = 0x4c00; // 27 words: what the portfolio module said of the taker's fill (Certificates.sol)
uint256 constant MAKER_TRIED = 0x4f60; // the same of the maker's
uint256 constant BODY = 0x52c0; // the body of a user op in its absolute form: OrderedForm.sol, or copied from an inbox message
uint256 constant BODY_BYTES_MAX = 0x280; // more than the longest user op has
uint256 constant HEAP = 0x5540;

/// @dev The value of a register, or any word of memory.
function read(uint256 place) pure returns (uint256 value) {
    assembly ("memory-safe") {
        value := mload(place)
    }
}

function write(uint256 place, uint256 value) pure {
    assembly ("memory-safe") {
        mstore(place, value)
    }
}

/// @dev Add to a counter that cannot reach 2^256: every caller adds less than 2^128, less than 2^32 times.
function increase(uint256 place, uint256 amount) pure {
    assembly ("memory-safe") {
        mstore(place, add(mload(place), amount))
    }
}

/// @dev `bits` bits of memory at `place`, as an unsigned integer: a field of the user op at BODY.
function operand(uint256 place, uint256 bits) pure returns (uint256 value) {
    assembly ("memory-safe") {
        value := shr(sub(256, bits), mload(place))
    }
}

/// @dev `bits` bits of calldata at `offset`, as an unsigned integer; the caller has checked that they exist.
function field(uint256 offset, uint256 bits) pure returns (uint256 value) {
    assembly ("memory-safe") {
        value := shr(sub(256, bits), calldataload(offset))
    }
}
