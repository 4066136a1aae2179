// The protocol's types and tables. Generated from proto/: do not edit.
// Integers of at most 48 bits are numbers, wider ones bigints; bytes are 0x texts.

export type Hex = `0x${string}`;

/** A field of an EIP-712 struct, as ethers and viem take it. */
export interface TypedField {
  readonly name: string;
  readonly type: string;
}

/** `bits` bits at `shift` from the low end of word `word` of a record. */
export interface RecordField {
  readonly name: string;
  readonly word: number;
  readonly shift: number;
  readonly bits: number;
  readonly signed: boolean;
}

/** milliseconds. Since the epoch. */
export type Milliseconds = number;

/** minutes. A span of time. */
export type Minutes = number;

/** ticks. A price of an instrument. */
export type Ticks = number;

/** lots. A size. */
export type Lots = number;

/** ppm. Parts per million. */
export type Ppm = number;

/** ppb. Parts per billion. */
export type Ppb = bigint;

/** micro-USD. Millionths of a US dollar. */
export type MicroUsd = bigint;

/** nano-USD. Billionths of a US dollar. */
export type NanoUsd = bigint;

/** ticks * lots. Sum of price times size; times the tick value it is micro-USD. */
export type TickLots = bigint;

/** micro-USD per tick per lot. The tick value of an instrument. */
export type MicroUsdPerTickPerLot = number;

/** nano-USD per tick. What a tick is of the index price. */
export type NanoUsdPerTick = bigint;

/** First byte of a segment: which law executes it. */
export const SegmentFamily = {
  TRADE: 1,
  KEEPER: 2,
  UPKEEP: 3,
  ACCOUNT: 4,
  INBOX: 5,
} as const;
export type SegmentFamily = (typeof SegmentFamily)[keyof typeof SegmentFamily];

/** The byte of flags that the law answers. */
export const SegmentFlag = {
  VOID: 1,
} as const;
export type SegmentFlag = (typeof SegmentFlag)[keyof typeof SegmentFlag];

/** First byte of an op. */
export const OpType = {
  BUNDLE: 1,
  WITHDRAW: 2,
  SET_SESSION: 3,
  INDEX_PRICE: 4,
  SWEEP: 5,
  SET_GUARD: 6,
  SET_MARGIN_MODE: 7,
  REVALUE: 8,
  BLOCK_TRADE: 9,
  SET_PROTECTION: 10,
  SET_TRIGGER: 11,
  ATTEST: 12,
  BID: 13,
  ATTEST_CREDIT: 16,
  RELEASE_CREDIT: 17,
  FORCED_CLOSE: 14,
  SET_CANCEL_AT: 15,
  LIQUIDATE: 32,
  UNWIND: 33,
  FIRE_TRIGGER: 34,
  FUNDING: 64,
  DELEVERAGE: 65,
  ANNOUNCE_ORPHAN: 66,
  SETTLE_ORPHAN: 67,
  SETTLE_POSITION: 68,
  SURFACE: 69,
  REPRICE: 70,
  EXPIRY_SAMPLE: 71,
  SETTLE_EXPIRY: 72,
} as const;
export type OpType = (typeof OpType)[keyof typeof OpType];

/** Money of the venue that is not an account's. */
export const Pool = {
  FEE_POOL: 1,
  INSURANCE_FUND: 2,
} as const;
export type Pool = (typeof Pool)[keyof typeof Pool];

/** What a SetGuard does. */
export const GuardMode = {
  SET: 0,
  ANNOUNCE: 1,
  KEEP: 2,
  REMOVE: 3,
} as const;
export type GuardMode = (typeof GuardMode)[keyof typeof GuardMode];

/** First byte of an action. */
export const ActionKind = {
  PLACE: 1,
  CANCEL: 2,
  CANCEL_ALL: 3,
  REPLACE: 4,
  QUOTE: 5,
} as const;
export type ActionKind = (typeof ActionKind)[keyof typeof ActionKind];

/** Bits 5 and 6 of an action's flags. */
export const TimeInForce = {
  GTC: 0,
  GTD: 1,
  IOC: 2,
  FOK: 3,
} as const;
export type TimeInForce = (typeof TimeInForce)[keyof typeof TimeInForce];

/** Bits 3 and 4 of an action's flags: whom self-trade prevention cancels. */
export const SelfTrade = {
  CANCEL_TAKER: 0,
  CANCEL_MAKER: 1,
  CANCEL_BOTH: 2,
} as const;
export type SelfTrade = (typeof SelfTrade)[keyof typeof SelfTrade];

/** Flags of an order record; SELL, POST_ONLY and REDUCE_ONLY have the same bits in an action's flags. */
export const OrderFlag = {
  SELL: 1,
  POST_ONLY: 2,
  REDUCE_ONLY: 4,
  LINKED: 128,
} as const;
export type OrderFlag = (typeof OrderFlag)[keyof typeof OrderFlag];

/** Bits 0 to 4 of the form of a user op in a segment. Bits 5 to 7 count a bundle's actions, less one; they are 0 in other ops. */
export const OrderedForm = {
  EXPIRY_WHOLE: 1,
  L1_FEE_WHOLE: 2,
  MAX_FEE_WHOLE: 4,
  ATOMIC: 8,
  GUARDED: 16,
} as const;
export type OrderedForm = (typeof OrderedForm)[keyof typeof OrderedForm];

/** Kinds of inbox message. */
export const MessageKind = {
  REGISTER: 1,
  DEPOSIT: 2,
  USER_OP: 3,
  GOVERNANCE: 4,
  L1_REPORT: 5,
  PAY_IN: 6,
} as const;
export type MessageKind = (typeof MessageKind)[keyof typeof MessageKind];

/** First byte of a governance message's payload. */
export const GovernanceAction = {
  LIST_UNDERLYING: 1,
  LIST_INSTRUMENT: 2,
  SET_INSTRUMENT: 3,
  SET_ETH: 6,
  SET_REPORTERS: 4,
  SET_LATENCY: 5,
  PAY_OUT: 7,
  LIST_EXPIRY: 8,
  LIST_OPTIONS: 9,
  SET_ATTESTERS: 10,
} as const;
export type GovernanceAction = (typeof GovernanceAction)[keyof typeof GovernanceAction];

/** Kinds of instrument. */
export const InstrumentKind = {
  PERPETUAL: 1,
  FUTURE: 2,
  CALL: 3,
  PUT: 4,
} as const;
export type InstrumentKind = (typeof InstrumentKind)[keyof typeof InstrumentKind];

/** What an instrument admits. */
export const InstrumentStatus = {
  ACTIVE: 1,
  REDUCE_ONLY: 2,
  HALTED: 3,
  SETTLED: 4,
} as const;
export type InstrumentStatus = (typeof InstrumentStatus)[keyof typeof InstrumentStatus];

/** What became of an operation or of an action: a function of state, header and ordered bytes alone. */
export const Result = {
  OK: 0,
  UNKNOWN_TYPE: 1,
  MALFORMED: 2,
  SEGMENT_FULL: 3,
  UNKNOWN_ACCOUNT: 4,
  UNKNOWN_SESSION: 5,
  SESSION_EXPIRED: 6,
  EXPIRED: 8,
  NONCE_USED: 9,
  NONCE_TOO_FAR: 10,
  BAD_SIGNATURE: 11,
  STALE_REPORT: 12,
  BELOW_QUORUM: 13,
  BAD_REPORTER: 14,
  UNKNOWN_UNDERLYING: 15,
  UNKNOWN_INSTRUMENT: 16,
  CAPACITY: 17,
  FIELD_OVERFLOW: 18,
  HALTED: 19,
  NO_PRICE: 20,
  STALE_PRICE: 21,
  ORDER_TOO_SMALL: 22,
  FEE_TOO_HIGH: 23,
  TOO_MANY_POSITIONS: 24,
  TOO_MANY_ORDERS: 25,
  POSITION_LIMIT: 26,
  NOTHING_TO_REDUCE: 27,
  POST_ONLY_CROSSES: 28,
  TOUCHES_EXHAUSTED: 29,
  SELF_TRADE: 31,
  MARGIN_INSUFFICIENT: 32,
  FOK_UNFILLED: 33,
  IOC_REMAINDER: 34,
  ORDER_NOT_FOUND: 35,
  BOOK_FULL: 36,
  INSUFFICIENT_COLLATERAL: 37,
  BEYOND_BAND: 38,
  WRONG_FAMILY: 39,
  SIDE_FULL: 40,
  L1_FEE_TOO_HIGH: 50,
  GUARD_NEEDED: 51,
  GAP_TOO_WIDE: 53,
  TIER_NEEDED: 55,
  NOT_TRIGGERED: 56,
  TRIGGER_NOT_FOUND: 63,
  TOO_SOON: 41,
  SWEEP_FIRST: 42,
  NOT_LIQUIDATABLE: 43,
  NO_POSITION: 44,
  HOUSE_SOLVENT: 45,
  HOUSE_FLAT: 46,
  HOUSE_FULL: 47,
  NOT_ORPHANED: 48,
  NOT_SETTLED: 49,
  INSTRUMENT_SETTLED: 54,
  UNKNOWN_EXPIRY: 57,
  EXPIRY_CLOSED: 58,
  NOT_EXPIRED: 59,
  SETTLEMENT_OFF: 60,
  ATOMIC_UNDONE: 70,
  BAD_ATTESTER: 64,
  STALE_ATTESTATION: 65,
  CREDIT_STANDS: 71,
  NO_CREDIT: 72,
  PROTECTION_FROZEN: 77,
  WRONG_PRODUCT: 61,
  PORTFOLIO_UNFIT: 66,
  PORTFOLIO_STALE: 67,
  CERTIFICATE_STALE: 52,
  CERTIFICATE_NEEDED: 69,
  WRONG_MARGIN_MODE: 68,
  AUCTION_RUNNING: 73,
  NO_AUCTION: 74,
  DISCOUNT_TOO_LOW: 75,
  NO_RELIEF: 76,
} as const;
export type Result = (typeof Result)[keyof typeof Result];

/** Errors of the sequencer's gRPC API. */
export const ApiError = {
  QUEUE_FULL: 1,
  REQUEST_MALFORMED: 2,
  OP_REJECTED: 3,
  OP_TYPE_DENIED: 4,
  MESSAGE_TOO_LARGE: 5,
  TOO_MANY_STREAMS: 6,
  SLOW_READER: 7,
  NOT_FOUND: 8,
  NOT_YET: 9,
  STOPPING: 10,
  NOT_ACCEPTING: 11,
  INTERNAL: 12,
  RATE_LIMITED: 13,
  ACCOUNT_UNFUNDED: 14,
  STANDBY: 21,
  REMAINING_CHANGED: 20,
  UNAUTHENTICATED: 26,
  TOO_MANY_OPEN: 27,
  REQUEST_CLOSED: 28,
  QUOTE_GONE: 29,
  QUOTE_UNSIGNED: 30,
  VENUE_FROZEN: 25,
} as const;
export type ApiError = (typeof ApiError)[keyof typeof ApiError];

/** Errors of nodes, clients and tools besides those of the API. */
export const FailureCode = {
  CONFIG_INVALID: 100,
  DEPLOYMENT_INVALID: 101,
  KEY_UNAVAILABLE: 102,
  RISK_FILE_ERROR: 103,
  KEYSTORE_MALFORMED: 105,
  WRONG_PASSWORD: 106,
  CONFIG_INCOMPLETE: 104,
  SIGNER_SILENT: 110,
  TLS_UNUSABLE: 109,
  WRONG_SCHEMA: 107,
  ENDPOINT_FAILED: 200,
  L1_UNAVAILABLE: 201,
  DISAGREEMENT: 202,
  CALL_REVERTED: 203,
  BROADCAST_REFUSED: 204,
  WRONG_CHAIN: 205,
  STORE_TAKEN: 206,
  STORE_MISMATCH: 207,
  INTENT_CONFLICT: 208,
  SEND_QUEUE_FULL: 209,
  DEPLOYMENT_FAILED: 210,
  DEPLOYMENT_UNFINISHED: 220,
  DEPLOYMENT_JOURNAL_UNUSABLE: 221,
  KEY_FILE_EXISTS: 222,
  VENUE_FILE_INVALID: 223,
  GOVERNANCE_FIELD_INVALID: 224,
  UNKNOWN_ANNOUNCEMENT: 225,
  NOTHING_OVERDUE: 226,
  PRICE_SOURCE_FAILED: 230,
  NO_PRICE_TO_REPORT: 231,
  NOT_A_REPORTER: 232,
  REPORTER_PORT_TAKEN: 234,
  GATEWAY_PORT_TAKEN: 236,
  UNKNOWN_PRICE_SOURCE: 235,
  TOO_FEW_REPORTS: 233,
  NO_FORWARD_TO_REPORT: 280,
  TERM_FILE_INVALID: 281,
  NO_SETTLEMENT_TO_REPORT: 282,
  SURFACE_REFUSED: 283,
  NOT_TO_SETTLE: 285,
  SCHEDULE_INVALID: 284,
  VENUE_MISMATCH: 300,
  LAW_UNKNOWN: 301,
  REORGANIZED_TOO_DEEP: 302,
  L1_INCONSISTENT: 303,
  ANOTHER_SEQUENCER: 304,
  SEQUENCER_REPLACED: 305,
  ORDER_OUTDATED: 306,
  FOLDER_BEHIND_L1: 307,
  FOLDER_TAKEN: 308,
  JOURNAL_CORRUPT: 309,
  JOURNAL_FOREIGN: 310,
  SNAPSHOT_CORRUPT: 311,
  REPLAY_DIVERGED: 312,
  BATCH_CONFLICT: 313,
  FINAL_STATE_DIVERGED: 314,
  WORKER_DIED: 315,
  JOURNAL_SHORTENED: 317,
  PORT_TAKEN: 316,
  WORKER_STALLED: 330,
  CHARGE_ABOVE_BURST: 335,
  STORAGE_FAILED: 331,
  BATCHES_DAMAGED: 333,
  ETCD_UNAVAILABLE: 340,
  DEPOSED: 341,
  LOG_DIVERGED: 342,
  LOG_TRIMMED: 343,
  STANDBY_DIVERGED: 344,
  ORDER_REPLACED: 346,
  KEY_SHARED: 345,
  NOT_RECOVERABLE: 332,
  BAD_DATA: 400,
  DEEP_REORGANIZATION: 401,
  NOT_PROVABLE: 402,
  NOT_FOUND: 403,
  STORE_UNUSABLE: 404,
  LAW_FAILED: 405,
  WRONG_CODE: 406,
  EXECUTOR_UNAVAILABLE: 408,
  EXIT_REFUSED: 409,
  GAS_MONEY_MISSING: 420,
  STATE_FORGOTTEN: 422,
  WRONG_FINAL_ROOT: 421,
  RECEIPT_UNUSABLE: 418,
  LAW_PROOF_UNUSABLE: 318,
  ONE_LAW_RESULT: 319,
  CHECKPOINT_REFUSED: 412,
  NO_CHECKPOINT: 413,
  AUDIT_MALFORMED: 410,
  AUDIT_REFUSED: 411,
  EVIDENCE_PORT_TAKEN: 419,
  FIRST_BLOCK_TOO_LATE: 423,
  NO_ROLLUP: 407,
  BAD_SIGNATURE: 500,
  RECEIPT_INVALID: 501,
  NO_ACCOUNT: 502,
  NO_WALLET: 503,
  UNKNOWN_INSTRUMENT: 504,
  NO_OPTIONS_LISTED: 519,
  WRONG_VENUE: 505,
  GAP_IN_STREAM: 506,
  L1_REFUSED: 507,
  UNREACHABLE: 508,
  NOTHING_OWED: 509,
  NOT_DONE_IN_TIME: 510,
  FIELD_INVALID: 511,
  PRICE_OFF_GRID: 512,
  FORKED_PROCESS: 513,
  BLOCK_FILE_INVALID: 540,
  BLOCK_OF_ANOTHER_VENUE: 541,
  BLOCK_EXPIRED: 542,
  BLOCK_USED: 543,
  ATTESTATION_FILE_INVALID: 550,
  ATTESTATION_OF_ANOTHER_VENUE: 551,
  ATTESTATION_SUPERSEDED: 552,
  NOT_AN_ATTESTER: 553,
  TOO_FEW_ATTESTATIONS: 554,
  CONSENT_LACKING: 555,
  NO_SUCH_ORDER: 515,
  GUARD_KEY_NEEDED: 516,
  L1_UNREACHABLE: 514,
  NOT_A_TRADING_KEY: 518,
  BEYOND_LIMITS: 517,
  L1_NOT_INSTALLED: 600,
  FOLDER_UNUSABLE: 601,
  UNKNOWN_FRAUD: 602,
  TRANSACTION_FAILED: 603,
  GOAL_MISSED: 604,
  CHILD_FAILED: 605,
  WITHDRAWAL_FAILED: 606,
  DRILL_DIVERGED: 607,
  EXIT_FAILED: 610,
  ETCD_NOT_INSTALLED: 609,
  NO_SECOND_EVM: 608,
  NO_BROWSER: 611,
} as const;
export type FailureCode = (typeof FailureCode)[keyof typeof FailureCode];

/** What a Result means. */
export const ResultMeaning: Readonly<Record<Result, string>> = {
  0: "Executed.",
  1: "No such op type, message kind or governance action.",
  2: "The body has the wrong length or a field out of its range.",
  3: "The segment has no room for the op's worst case; it changed nothing and can be ordered again.",
  4: "No such account.",
  5: "The session slot holds no key.",
  6: "The session's expiry has passed.",
  8: "The op's expiry has passed.",
  9: "The nonce was used, or lies below the window.",
  10: "The nonce lies more than a window above the window.",
  11: "The signature is not the session key's, or malleable.",
  12: "The publish time does not rise by PUBLISH_SPACING_MS, lies ahead of the clock or too far behind it.",
  13: "Fewer reporters, or attesters, signed than the quorum.",
  14: "Reporter indices do not rise, or one is outside the set.",
  15: "No such underlying.",
  16: "No such instrument.",
  17: "An id would pass the height of its tree.",
  18: "A field would leave its width.",
  19: "The instrument admits only cancels, or only reduce-only orders.",
  20: "The instrument's underlying has no index price yet, or its option no price from a surface.",
  21: "The instrument's index price is stale: nothing trades on it; the remainder is cancelled.",
  22: "The order's value is below the instrument's minimum.",
  23: "A fee that the order could pay is above the bundle's maximum.",
  24: "The account has no free position entry, or options and one underlying more than they admit.",
  25: "The account has its maximum of open orders, or of linked ones, on the instrument.",
  26: "Position and open orders would pass the limit.",
  27: "A reduce-only order finds no opposite position, or resting ones have taken all of it.",
  28: "A post-only order would take.",
  29: "The bundle's maker touches are used up; the remainder is cancelled.",
  31: "Self-trade prevention cancelled the remainder.",
  32: "Margin does not admit the next fill or the resting remainder; the remainder is cancelled.",
  33: "A fill-or-kill order could not fill whole; nothing changed.",
  34: "An immediate-or-cancel order's remainder is cancelled.",
  35: "No such live order of the account.",
  36: "The instrument has no free order slot.",
  37: "The withdrawal would leave the account below initial margin, or is more than users have in the venue; or the account cannot pay what L1 takes for the op.",
  38: "The order's limit lies beyond the price band, on the side that it takes from.",
  39: "The op is of another family than its segment, or may only come from the inbox.",
  40: "The side of the book is full, and the order is no better than its worst, or the bundle has pushed one out already.",
  50: "The op's bytes cost more on L1 than it agrees to.",
  51: "The account's guard key has to sign as well.",
  53: "The reported price lies so far from the index, or the option's pricing is so overdue, that only shrinking fills pass.",
  55: "The instrument asks for a tier that the account lacks.",
  56: "The trigger's price has not come.",
  63: "The place holds no live trigger of the account; a dead one was emptied.",
  41: "Less time has passed since the last one than must.",
  42: "Dead orders stop the walk of a side before the impact notional.",
  43: "The account's equity is not below its maintenance requirement.",
  44: "The account has no position in the instrument; for a trigger, no order either.",
  45: "The house is not below its margin.",
  46: "The house has no whole lot, or nobody opposes it.",
  47: "The house would fall below its margin.",
  48: "The underlying's price is too young, or the notice has not passed.",
  49: "The instrument is not settled.",
  54: "The instrument, or the expiry, is settled: positions can only be turned into cash.",
  57: "No such expiry, or it is another underlying's.",
  58: "The expiry has passed, or has its future already.",
  59: "The expiry, or the half hour before it, has not come.",
  60: "The settlement price lies further from the average of the samples than it may.",
  70: "Another action of the atomic bundle failed: this one was undone, or not begun.",
  64: "Attesters' places do not rise, or one is outside the set.",
  65: "Attesters have said something later of the account, or this lies later than now.",
  71: "Credit of the account has not ended, or is another guarantor's or more than what is said now; or its money stands where portfolio margin is chosen.",
  72: "No credit stands with the account.",
  77: "The account's protection was passed: until its freeze ends, no order of it rests on the underlying.",
  61: "The op is not for this kind of instrument.",
  66: "Portfolio margin does not cover a position: it is of another underlying, a future, or of lots that do not come to whole wads; or options are of too many expiries, or worth more than its domain holds.",
  67: "What portfolio margin asks for is not known: the index price is stale, or an option waits for a Reprice.",
  52: "Makers were passed over because their certificates are not valid; the remainder is cancelled.",
  69: "The account's margin certificate is not valid: a Revalue comes first. A node orders it ahead of the order, unless a price or an array is stale, or an option expires soon.",
  68: "The account's margin does not admit it: triggers, liquidation and credit need standard margin, Revalue portfolio margin.",
  73: "The portfolio is being auctioned, and goes on being: it has not met maintenance again, and its time is not over.",
  74: "The account is not being auctioned, or not by the auction that the bid names; or it meets maintenance again; or its equity is too low for it.",
  75: "The auction's discount is not yet as high as the bid asks.",
  76: "The whole lots of a fraction would not free enough of the maintenance requirement.",
};

/** What a ApiError means. */
export const ApiErrorMeaning: Readonly<Record<ApiError, string>> = {
  1: "The ingress queue is full; nothing was accepted.",
  2: "A field of the request is missing or out of its range.",
  3: "The law would refuse the op with the code in `result`; it was not ordered and costs nothing.",
  4: "Ops of this type are not taken from users.",
  5: "The message holds more ops or bytes than one message may.",
  6: "The caller, or the node, holds its maximum of open streams.",
  7: "The stream was read too slowly, and ended; subscribe again.",
  8: "No account, instrument, session or op of this name.",
  9: "What was asked for does not exist yet; it may later.",
  10: "The node is stopping; nothing was accepted.",
  11: "The node orders nothing now: it catches up, stands by for the leader, or L1 is out of reach.",
  12: "The node failed; ask for its finality to see whether the op was ordered.",
  13: "The account, or a reporter, sends more than its share; nothing was accepted. `retry_after_ms` says when to try again.",
  14: "The account holds too little collateral and no position: deposit first.",
  21: "The node follows another that leads, and orders nothing: try the venue's other endpoints.",
  20: "An order does not have the lots left that the op expects; it was not ordered and costs nothing.",
  26: "No live session of the account signed the access that the request carries, or it has expired.",
  27: "The account, the host or the node has its maximum of open requests or quotes. `retry_after_ms` says when one of them expires.",
  28: "The request for quotes has expired, was withdrawn, or was traded.",
  29: "The quote has expired, or was withdrawn or replaced.",
  30: "The quote is indicative where a signed one is needed, or signed where the requester is not disclosed.",
  25: "The venue is frozen on L1: nothing more is ordered there. `strikeproof exit` leads out.",
};

/** What a FailureCode means. */
export const FailureCodeMeaning: Readonly<Record<FailureCode, string>> = {
  100: "A configuration file is missing, is not TOML, or a field has no proper value.",
  101: "A deployment file is missing, malformed, or of another chain.",
  102: "A key's or password's file cannot be read, or its variable is unset.",
  103: "A portfolio, surface or quote file cannot be used.",
  105: "A keystore file is not one.",
  106: "The password does not open the keystore.",
  104: "The command needs a section that the configuration lacks.",
  110: "A key that is elsewhere does not sign: the service does not answer, or refuses.",
  109: "A certificate, its key or an authority's file cannot be used.",
  107: "A database has tables of another release, and no migration leads to this one's.",
  200: "One endpoint timed out, dropped the connection or answered nonsense.",
  201: "Too few endpoints answered.",
  202: "Endpoints answer differently.",
  203: "L1 executed a call or gas estimate, and it reverted.",
  204: "No endpoint took the transaction.",
  205: "An endpoint serves a chain other than the configured one.",
  206: "Another process owns the store of a key's intents.",
  207: "The store was made for another chain or key.",
  208: "An intent of this name exists with other content.",
  209: "Too many transactions wait for inclusion.",
  210: "L1 did not take a transaction of a deployment, or did something other than it should.",
  220: "A transaction of a deployment is in no block yet: run it again.",
  221: "The journal of a deployment is damaged, or belongs to another one.",
  222: "A file for a new key exists: keys are not overwritten.",
  223: "A venue's file says what cannot be deployed.",
  224: "A governance message has a missing, unknown or impossible field.",
  225: "The timelock has announced no call of this number, or it ran or was cancelled.",
  226: "No message of the Inbox is overdue for so long that anybody may post it.",
  230: "A price source does not answer, or answers no price.",
  231: "Too few price sources agree on a fresh price.",
  232: "The key is not in the venue's set of reporters.",
  234: "A port of the reporter cannot be bound.",
  236: "The gateway's address cannot be listened on.",
  235: "A reporter's file names a kind of source that neither this release nor a plug-in has.",
  233: "Fewer reporters than the quorum signed a price for the same time.",
  280: "A reporter's sources give no forward of an expiry that it would sign.",
  281: "A reporter's term file is not what it must be.",
  282: "A reporter's own record of prices covers too little of an expiry's last half hour.",
  283: "A surface that a reporter proposes is not one that this reporter signs.",
  285: "There is no such expiry, or nothing to settle about it.",
  284: "A listing schedule says what cannot be listed.",
  300: "The deployment file and L1 disagree, or the key is not the sequencer's.",
  301: "L1 switches to a law that this engine does not implement.",
  302: "L1 replaced blocks deeper than anything that was kept.",
  303: "Events of one chain contradict one another, or its counters.",
  304: "L1 holds a batch that is not ours.",
  305: "L1 has another sequencer, or another epoch of this one.",
  306: "L1 no longer takes a sealed batch: the order must be rewritten.",
  307: "L1 holds batches that the data folder does not know.",
  308: "Another process runs on the data folder.",
  309: "Bytes of the journal that were acknowledged are not what was written.",
  310: "Journal or snapshot belong to another venue.",
  311: "A snapshot is not what was written.",
  312: "The journal cannot be executed as it was.",
  313: "Replay gives a different batch from the one before.",
  314: "The records of the final batches do not give the claimed root.",
  315: "A worker process ended by itself.",
  317: "The journal ends before batches that were sealed from it.",
  316: "The API's port cannot be bound.",
  330: "A worker process is stopped, or hangs.",
  335: "L1 never admits so much law-gas in one batch, however long it waits.",
  331: "The disk or a file on it cannot be used: full, read-only, failing, damaged.",
  333: "The store of sealed batches is not what was written.",
  340: "No etcd member answers, or the cluster has no quorum or no space.",
  341: "Another node leads: what this one had not yet written to the shared log is not ordered.",
  342: "The shared log and the data folder hold different orders: the folder is of another venue, or etcd was restored from a backup.",
  343: "The shared log begins after what the data folder holds: rebuild the folder from L1.",
  344: "This standby's roots are not the leader's.",
  346: "Another node rewrote the shared order because of L1: this one starts again from the new one.",
  345: "Two nodes of the cluster have the same key or the same name.",
  332: "What L1 holds cannot be executed to what L1 says.",
  400: "An event does not hold what L1 would have logged.",
  401: "L1 replaced blocks deeper than the verifier can undo.",
  402: "A challenge cannot be built.",
  403: "No such batch, claim, segment or account, or it was not executed yet.",
  404: "The verifier's store is taken, foreign or damaged.",
  405: "The law did not execute a segment that L1 ordered.",
  406: "The code at a law's address is not that of its id.",
  408: "The chosen executor or pool is not installed or cannot start.",
  409: "L1 would revert a call of an exit now.",
  420: "The key of an exit does not hold the ether that its next transaction may cost.",
  422: "The state before a segment can no longer be restored: its claim is final, and what undoes it was dropped.",
  421: "L1 calls a claim final whose root is not what the law makes of its batches: nothing can be proved against it.",
  418: "A receipt's file is none, the address is not a Promises of this venue, or nothing is staked on the receipt.",
  318: "A file holds no challenge, or that of another segment than the results that it is held against.",
  319: "All proofs of a segment give the same root: no fault of the law is shown.",
  412: "What a source of checkpoints gave is not the final state that L1 knows.",
  413: "No source gave a checkpoint that holds.",
  410: "A file is not an audit file, or was changed after it was written.",
  411: "An audit file does not prove what it states.",
  419: "The address that a verifier's evidence was to be served on cannot be listened on.",
  423: "Derivation was to begin behind the Rollup's deployment.",
  407: "The configured address holds no Rollup of this chain.",
  500: "Bytes that are not a signature, or one of a form that the protocol refuses.",
  501: "A receipt is not what the sequencer must sign.",
  502: "The key owns no account.",
  503: "The client has no key to sign with.",
  504: "No instrument has this name.",
  519: "An expiry has no calls and puts, or none that is not over has.",
  505: "The server is not the venue that the client expects.",
  506: "A stream skipped messages: subscribe again.",
  507: "A trader's transaction reverts, or the address lacks the money.",
  508: "No answer; ask for the op's finality to see whether it was ordered.",
  509: "The Vault owes the account nothing.",
  510: "What was waited for has not happened yet.",
  511: "A field has the wrong type, is out of its range, or does not go with another.",
  512: "A price is between two ticks.",
  513: "The process was forked after a client had been made.",
  540: "A file does not hold a block trade, or not the one that its counterparty signed.",
  541: "A block trade is for another chain or rollup.",
  542: "The consent to a block trade has expired.",
  543: "The consent to a block trade was used, or taken back.",
  550: "A file does not hold an attestation, or not the one that it is put together with.",
  551: "An attestation is for another chain or rollup.",
  552: "Attesters have said something of the account at that time, or later.",
  553: "A key, or who signed an attestation, is not in the venue's set of attesters.",
  554: "Fewer attesters than the quorum have signed.",
  555: "A guarantor's owner, or its guard key, has not signed the credit that it grants.",
  515: "The account has no open order of this name.",
  516: "The account has a guard key: nothing leaves it without its signature.",
  514: "L1 does not answer a trader, or has not included the transaction yet.",
  518: "A tool server's key is not that of a session that may trade and nothing else.",
  517: "An order that the limits of a tool server do not admit; nothing was signed.",
  600: "The npm packages of the L1 that the devnet was asked for are not installed.",
  601: "The devnet's folder holds other files, or another devnet runs in it.",
  602: "No kind of fraud has this name.",
  603: "A transaction of the devnet's set-up reverted.",
  604: "The devnet's goal was not reached in time.",
  605: "A process of the devnet ended, or did not become ready.",
  606: "A step of the devnet's withdrawal was refused, or paid something else.",
  607: "The drill's engine does not follow the sequencer's batches.",
  610: "A step of an exit from the devnet was refused, or somebody was paid something else.",
  609: "Standby sequencers need etcd, which is not installed.",
  608: "The benchmark needs pyrevm, which this Python has no wheel for.",
  611: "The benchmark of pages needs Chromium and Lighthouse, and one of them is not installed.",
};

/** Flags of a place, replace or quote; bit 7 is zero. */
export interface ActionFlags {
  sell: boolean;
  postOnly: boolean;
  reduceOnly: boolean;
  selfTrade: SelfTrade;
  timeInForce: TimeInForce;
}

/** A user's signed list of actions. */
export interface Bundle {
  account: number;
  /** Slot of the key that signs; 0 is the owner. */
  session: number;
  nonce: bigint;
  /** Dead from then on. */
  expiryMs: Milliseconds;
  /** Greatest fee that the account agrees to. */
  maxFeePpm: Ppm;
  /** 0 or 1. 1: all actions or none. */
  atomic?: number;
  actions: readonly Action[];
  /** The most that the op's bytes may cost on L1. Else L1_FEE_TOO_HIGH. */
  maxL1FeeMicroUsd?: MicroUsd;
  signature?: Hex;
}

/** The owner takes collateral out; session 0. */
export interface Withdraw {
  account: number;
  nonce: bigint;
  /** Dead from then on. */
  expiryMs: Milliseconds;
  /** not 0. */
  amountMicroUsd: MicroUsd;
  /** The most that the op's bytes may cost on L1. Else L1_FEE_TOO_HIGH. */
  maxL1FeeMicroUsd?: MicroUsd;
  signature?: Hex;
}

/** The owner gives a session slot a key, or takes it away; session 0. */
export interface SetSession {
  account: number;
  nonce: bigint;
  /** The op is dead from then on. */
  expiryMs: Milliseconds;
  /** 1 to 3. */
  slot: number;
  /** Address of the key. */
  key: Hex;
  /** 0 or 1. 0 revokes the slot, 1 lets the key trade. */
  scope: number;
  /** 0: the key never expires. */
  sessionExpiryMs: Milliseconds;
  /** The most that the op's bytes may cost on L1. Else L1_FEE_TOO_HIGH. */
  maxL1FeeMicroUsd?: MicroUsd;
  signature?: Hex;
}

/** Reporters' prices of an underlying; the law takes their median. */
export interface IndexPrice {
  underlying: number;
  publishTimeMs: Milliseconds;
  reports: readonly Report[];
}

/** Slots of an instrument that may hold orders which are gone. */
export interface Sweep {
  instrument: number;
  slots: readonly number[];
}

/** The owner sets a guard key, announces or stops its removal, or removes it; session 0. */
export interface SetGuard {
  account: number;
  nonce: bigint;
  /** The op is dead from then on. */
  expiryMs: Milliseconds;
  mode: GuardMode;
  /** Address of the guard key. */
  key: Hex;
  /** The most that the op's bytes may cost on L1. Else L1_FEE_TOO_HIGH. */
  maxL1FeeMicroUsd?: MicroUsd;
  signature?: Hex;
}

/** The owner chooses portfolio margin on an underlying, or standard margin; session 0. */
export interface SetMarginMode {
  account: number;
  nonce: bigint;
  /** The op is dead from then on. */
  expiryMs: Milliseconds;
  /** That of all positions; 0: standard margin. */
  underlying: number;
  /** The most that the op's bytes may cost on L1. Else L1_FEE_TOO_HIGH. */
  maxL1FeeMicroUsd?: MicroUsd;
  signature?: Hex;
}

/** An account under portfolio margin gets a margin certificate; or is auctioned if it no longer meets it, or comes under standard margin. No account signs. */
export interface Revalue {
  account: number;
}

/** A trade of up to eight legs that two accounts agreed on, all of it or none. */
export interface BlockTrade {
  /** The submitter. */
  account: number;
  /** Slot of the key that signs; 0 is the owner. */
  session: number;
  nonce: bigint;
  /** The op is dead from then on. */
  expiryMs: Milliseconds;
  /** Greatest fee that the submitter agrees to. */
  maxFeePpm: Ppm;
  /** The other account. */
  counterparty: number;
  /** Slot of its key that signs. */
  counterpartySession: number;
  /** A nonce that this session has not used. */
  counterpartyNonce: bigint;
  /** Its consent is dead from then on. */
  counterpartyExpiryMs: Milliseconds;
  /** Greatest fee that it agrees to. */
  counterpartyMaxFeePpm: Ppm;
  /** Over BlockConsent. */
  counterpartySignature: Hex;
  legs: readonly BlockLeg[];
  /** The most that the op's bytes may cost on L1. Else L1_FEE_TOO_HIGH. */
  maxL1FeeMicroUsd?: MicroUsd;
  signature?: Hex;
}

/** What the account's orders on an underlying may fill within a window before all of them are dead. */
export interface SetProtection {
  account: number;
  /** Slot of the key that signs; 0 is the owner. */
  session: number;
  nonce: bigint;
  /** The op is dead from then on. */
  expiryMs: Milliseconds;
  /** 0: no protection. */
  underlying: number;
  windowMs: Milliseconds;
  /** How long no order rests once the limit is passed. */
  freezeMs: Milliseconds;
  /** The most that may fill within a window. */
  lotsMax: Lots;
  /** By how much fills may change delta, either way: 10^-9 units of the underlying. */
  deltaMax: bigint;
  /** The same of vega: a volatility point. */
  vegaMax: MicroUsd;
  /** The most that the op's bytes may cost on L1. Else L1_FEE_TOO_HIGH. */
  maxL1FeeMicroUsd?: MicroUsd;
  signature?: Hex;
}

/** Places, replaces or takes back a trigger: an order that waits for a price. */
export interface SetTrigger {
  account: number;
  /** Slot of the key that signs; 0 is the owner. */
  session: number;
  nonce: bigint;
  /** The op is dead from then on. */
  expiryMs: Milliseconds;
  /** Unlisted: UNKNOWN_INSTRUMENT. */
  instrument: number;
  /** below TRIGGERS_MAX. */
  place: number;
  /** 0 or 1. 1: the order sells. */
  sell?: number;
  /** 0 or 1. */
  reduceOnly?: number;
  /** 0 or 1. 1: the price has come at or below trigger_price; 0: at or above it. */
  falling?: number;
  /** 0 or 1. 1: the mark is compared; 0: the index. */
  byMark?: number;
  triggerPrice?: NanoUsd;
  /** The order's limit; beyond the band it is the band's edge. */
  limit?: Ticks;
  lots?: Lots;
  /** Greatest fee that the account agrees to. */
  maxFeePpm?: Ppm;
  /** The trigger is dead from then on; 0: never. */
  triggerExpiryMs?: Milliseconds;
  /** The caller's own number for the trigger. */
  clientId?: bigint;
  /** The most that the op's bytes may cost on L1. Else L1_FEE_TOO_HIGH. */
  maxL1FeeMicroUsd?: MicroUsd;
  signature?: Hex;
}

/** Attesters say the tier of an account; no account signs. */
export interface Attest {
  account: number;
  /** 0: none. */
  tier: number;
  /** The tier is none from then on. */
  tierExpiryMs: Milliseconds;
  /** When they say it. */
  attestedMs: Milliseconds;
  attestations: readonly Attestation[];
}

/** Takes a fraction of every position of a portfolio that is auctioned, at marks, and is paid the discount. */
export interface Bid {
  /** The bidder. */
  account: number;
  /** Slot of the key that signs; 0 is the owner. */
  session: number;
  nonce: bigint;
  /** The op is dead from then on. */
  expiryMs: Milliseconds;
  /** The account that is auctioned. */
  seller: number;
  /** When the auction began: a bid is for no other. Else NO_AUCTION. */
  auctionMs: Milliseconds;
  /** AUCTION_FRACTION_MIN_PPM to PPM. At most this fraction of every position; less if less heals the account. */
  fractionPpm: Ppm;
  /** The least discount. Else DISCOUNT_TOO_LOW. */
  discountPpm: Ppm;
  /** The most that the op's bytes may cost on L1. Else L1_FEE_TOO_HIGH. */
  maxL1FeeMicroUsd?: MicroUsd;
  signature?: Hex;
}

/** The owner leaves a position within the band, from the inbox only: what the book does not take the house may. */
export interface ForcedClose {
  account: number;
  nonce: bigint;
  /** Dead from then on. */
  expiryMs: Milliseconds;
  instrument: number;
  /** not 0. */
  lots: Lots;
  signature?: Hex;
}

/** The account's orders are dead from a time on, unless it is moved ahead. */
export interface SetCancelAt {
  account: number;
  /** Slot of the key that signs; 0 is the owner. */
  session: number;
  nonce: bigint;
  /** The op is dead from then on. */
  expiryMs: Milliseconds;
  /** 0: never. */
  cancelAtMs: Milliseconds;
  /** The most that the op's bytes may cost on L1. Else L1_FEE_TOO_HIGH. */
  maxL1FeeMicroUsd?: MicroUsd;
  signature?: Hex;
}

/** Attesters say the credit of an account, and its guarantor consents; or they take it away. */
export interface AttestCredit {
  account: number;
  /** 0 takes it away. */
  limitMicroUsd: MicroUsd;
  /** For how long, from credited_ms on. */
  creditMinutes: Minutes;
  /** The account whose collateral it is. */
  guarantor: number;
  /** When they say it. */
  creditedMs: Milliseconds;
  attestations: readonly CreditAttestation[];
  /** Over Credit too: of the guarantor's owner, and of its guard key. */
  consents: readonly Hex[];
}

/** Credit that has ended goes back to its guarantor; no account signs. */
export interface ReleaseCredit {
  account: number;
}

/** A position of an account below maintenance is closed in part. */
export interface Liquidate {
  account: number;
  instrument: number;
}

/** The house of an instrument trades out through the book. */
export interface Unwind {
  instrument: number;
}

/** A trigger whose price has come becomes an order, and one that is dead is emptied. */
export interface FireTrigger {
  account: number;
  instrument: number;
  /** below TRIGGERS_MAX. */
  place: number;
}

/** A sample of a perpetual's funding: the premium of its book over the mark moves its index. */
export interface Funding {
  instrument: number;
}

/** The house's lots are closed against the other side, pro rata. */
export interface Deleverage {
  instrument: number;
}

/** An underlying without a price for a day is announced an orphan. */
export interface AnnounceOrphan {
  underlying: number;
}

/** An instrument of an orphaned underlying is settled at the last price. */
export interface SettleOrphan {
  instrument: number;
}

/** A position in a settled instrument becomes cash. */
export interface SettlePosition {
  account: number;
  instrument: number;
}

/** Reporters' forward of an expiry, of which the law takes the median, and the surface that all of them sign. */
export interface Surface {
  expiry: number;
  publishTimeMs: Milliseconds;
  /** 10^-12, as all of the surface. */
  sviA: bigint;
  sviB: bigint;
  /** -SVI_RHO_MAX to SVI_RHO_MAX. */
  sviRho: bigint;
  sviM: bigint;
  sviSigma: bigint;
  /** That the surface was fitted around. */
  sviForward: NanoUsd;
  /** When it was fitted; 0: no surface. */
  sviTimeMs: Milliseconds;
  /** A year. */
  ratePpm: Ppm;
  confidencePpm: Ppm;
  reports: readonly ForwardReport[];
}

/** Marks and Greeks of a strike's call and put, from the surface of their expiry; once it is settled, their settlement. */
export interface Reprice {
  /** The call; of another kind: WRONG_PRODUCT. */
  instrument: number;
}

/** The index is added to the average of an expiry's last half hour. */
export interface ExpirySample {
  expiry: number;
}

/** Reporters' settlement prices of an expiry; the law takes their median. */
export interface SettleExpiry {
  expiry: number;
  reports: readonly SettlementReport[];
}

export type Op = Bundle | Withdraw | SetSession | IndexPrice | Sweep | SetGuard | SetMarginMode | Revalue | BlockTrade | SetProtection | SetTrigger | Attest | Bid | ForcedClose | SetCancelAt | AttestCredit | ReleaseCredit | Liquidate | Unwind | FireTrigger | Funding | Deleverage | AnnounceOrphan | SettleOrphan | SettlePosition | Surface | Reprice | ExpirySample | SettleExpiry;

/** A new order. */
export interface PlaceAction {
  /** not 0. */
  instrument: number;
  flags: ActionFlags;
  /** not 0. */
  price: Ticks;
  /** not 0. */
  lots: Lots;
  /** The order's expiry; only GTD has one. */
  expiryMs?: Milliseconds;
  /** The caller's own number for the order. */
  clientId?: bigint;
}

/** One order out. */
export interface CancelAction {
  /** not 0. */
  instrument: number;
  slot: number;
  serial: number;
}

/** All orders of an instrument out. */
export interface CancelAllAction {
  /** 0: every entry of the account. */
  instrument?: number;
}

/** New terms for a resting order. */
export interface ReplaceAction {
  /** not 0. */
  instrument: number;
  slot: number;
  serial: number;
  flags: ActionFlags;
  /** not 0. */
  price: Ticks;
  /** not 0. */
  lots: Lots;
  /** The order's expiry; only GTD has one. */
  expiryMs?: Milliseconds;
  /** The caller's own number for the order. */
  clientId?: bigint;
}

/** A bid and an ask of one instrument, each instead of a resting order or as a new one. Signed as two actions of this kind, the bid before the ask. */
export interface QuoteAction {
  /** not 0. */
  instrument: number;
  flags: ActionFlags;
  /** Both orders' expiry; only GTD has one. */
  expiryMs?: Milliseconds;
  /** The caller's own number for both orders. */
  clientId?: bigint;
  bidSlot?: number;
  bidSerial?: number;
  bidPrice?: Ticks;
  bidLots?: Lots;
  askSlot?: number;
  askSerial?: number;
  askPrice?: Ticks;
  askLots?: Lots;
}

export type Action = PlaceAction | CancelAction | CancelAllAction | ReplaceAction | QuoteAction;

/** A new account and its session 0, the owner's. */
export interface RegisterMessage {
  /** next_account. */
  account: number;
  owner: Hex;
}

/** Collateral arrived. */
export interface DepositMessage {
  /** Must exist, else UNKNOWN_ACCOUNT. */
  account: number;
  /** Collateral above MONEY_MAX: FIELD_OVERFLOW. */
  amountMicroUsd: MicroUsd;
}

/** An op forced through L1; an owner's may come without its signature. */
export interface UserOpMessage {
  /** exactly one whole op. */
  op: Hex;
}

/** Listing, parameters, reporters. */
export interface GovernanceMessage {
  /** Action and fields. */
  payload: Hex;
}

/** What a unit of gas cost in the block of the report, in wei; above 2^63 it counts as 2^63. */
export interface L1ReportMessage {
  baseFeeWei: bigint;
  blobBaseFeeWei: bigint;
}

/** Anyone's payment into a pool of the venue. */
export interface PayInMessage {
  /** 1 to 2. */
  pool: Pool;
  /** The pool, or liabilities, above MONEY_MAX: FIELD_OVERFLOW. */
  amountMicroUsd: MicroUsd;
}

export type Message = RegisterMessage | DepositMessage | UserOpMessage | GovernanceMessage | L1ReportMessage | PayInMessage;

/** A new underlying; it gets the next id. */
export interface ListUnderlying {
  /** ASCII, zero-padded at its end. */
  symbol: Hex;
}

/** A new instrument, ACTIVE; it gets the next id. */
export interface ListInstrument {
  /** Must exist, else UNKNOWN_UNDERLYING. */
  underlying: number;
  kind: InstrumentKind;
  /** not 0. */
  tickValueMicroUsd: MicroUsdPerTickPerLot;
  /** not 0. */
  indexPerTickNanoUsd: NanoUsdPerTick;
  /** maintenance_margin_ppm to PPM. */
  initialMarginPpm: Ppm;
  /** 1 to price_band_ppm. */
  maintenanceMarginPpm: Ppm;
  /** at most FEE_PPM_MAX. */
  makerFeePpm: Ppm;
  /** at most FEE_PPM_MAX. */
  takerFeePpm: Ppm;
  /** 1 to PRICE_BAND_PPM_MAX. */
  priceBandPpm: Ppm;
  /** not 0. */
  minOrderValueMicroUsd: MicroUsd;
  /** ASCII, zero-padded at its end. */
  symbol: Hex;
  /** below maintenance_margin_ppm. */
  liquidationFeePpm?: Ppm;
  /** 1 to maintenance_margin_ppm. */
  houseMarginPpm?: Ppm;
  /** at most FUNDING_CAP_PPM_MAX. */
  fundingCapPpm?: Ppm;
  /** -FUNDING_CAP_PPM_MAX to FUNDING_CAP_PPM_MAX. */
  fundingInterestPpm?: Ppm;
  /** 0: no average. */
  fundingTauMs?: Milliseconds;
  /** 1 to 8 * min_order_value_micro_usd. */
  impactValueMicroUsd?: MicroUsd;
  /** What an account needs to open a position; 0: none. */
  tier?: number;
  /** A future's expiry, 0 for others: else MALFORMED. Must be an expiry of the underlying, else UNKNOWN_EXPIRY. */
  expiry?: number;
}

/** New parameters and status of an instrument. */
export interface SetInstrument {
  /** Must exist, else UNKNOWN_INSTRUMENT. */
  instrument: number;
  status: InstrumentStatus;
  /** maintenance_margin_ppm to PPM. */
  initialMarginPpm: Ppm;
  /** 1 to price_band_ppm. */
  maintenanceMarginPpm: Ppm;
  /** at most FEE_PPM_MAX. */
  makerFeePpm: Ppm;
  /** at most FEE_PPM_MAX. */
  takerFeePpm: Ppm;
  /** 1 to PRICE_BAND_PPM_MAX. */
  priceBandPpm: Ppm;
  /** not 0. */
  minOrderValueMicroUsd: MicroUsd;
  /** below maintenance_margin_ppm. */
  liquidationFeePpm?: Ppm;
  /** 1 to maintenance_margin_ppm. */
  houseMarginPpm?: Ppm;
  /** at most FUNDING_CAP_PPM_MAX. */
  fundingCapPpm?: Ppm;
  /** -FUNDING_CAP_PPM_MAX to FUNDING_CAP_PPM_MAX. */
  fundingInterestPpm?: Ppm;
  /** 0: no average. */
  fundingTauMs?: Milliseconds;
  /** 1 to 8 * min_order_value_micro_usd. */
  impactValueMicroUsd?: MicroUsd;
  /** What an account needs to open a position; 0: none. */
  tier?: number;
  /** Instrument that follows a settled one; 0: none. Of no other instrument: UNKNOWN_INSTRUMENT. */
  successor?: number;
}

/** The reporters and their quorum; raises reporter_epoch. */
export interface SetReporters {
  /** 1 to the number of reporters. */
  quorum: number;
  /** not zero, strictly rising. */
  reporters: readonly Hex[];
}

/** How margins grow with the age of a price; slopes of underlyings follow with their next price. */
export interface SetLatency {
  slopeFactorPpm: Ppm;
  /** at most slope_most_ppm. */
  slopeLeastPpm: Ppm;
  /** at most SLOPE_PPM_MAX. */
  slopeMostPpm: Ppm;
  /** not 0. */
  varianceTauMs: Milliseconds;
}

/** The underlying whose index turns wei into USD: what L1 takes for an op's bytes is charged to its account. */
export interface SetEth {
  /** 0: nothing is charged. Of no underlying: UNKNOWN_UNDERLYING. */
  underlying: number;
}

/** Money of a pool to an account; it leaves the venue by Withdraw alone. */
export interface PayOut {
  /** 1 to 2. */
  pool: Pool;
  /** Must exist, else UNKNOWN_ACCOUNT. */
  account: number;
  /** not 0. Above the pool: INSUFFICIENT_COLLATERAL. Collateral above MONEY_MAX: FIELD_OVERFLOW. */
  amountMicroUsd: MicroUsd;
}

/** A new expiry of an underlying; it gets the next id. */
export interface ListExpiry {
  /** Must exist, else UNKNOWN_UNDERLYING. */
  underlying: number;
  /** Not after now: EXPIRY_CLOSED. */
  expiryMs: Milliseconds;
  /** FORWARD_PPB_MIN to FORWARD_PPB_MAX. Until reporters say it. */
  forwardPpb: number;
}

/** A call and a put, ACTIVE, not priced yet; the call gets the next id, the put the one behind it. The funding terms are read by nothing. */
export interface ListOptions {
  /** Must exist, else UNKNOWN_EXPIRY; over: EXPIRY_CLOSED. */
  expiry: number;
  /** not 0. */
  strike: Ticks;
  /** not 0. */
  tickValueMicroUsd: MicroUsdPerTickPerLot;
  /** not 0; divides tick_value_micro_usd * 10^21: a lot is whole wads. */
  indexPerTickNanoUsd: NanoUsdPerTick;
  /** maintenance_margin_ppm to PPM. */
  initialMarginPpm: Ppm;
  /** 1 to price_band_ppm. */
  maintenanceMarginPpm: Ppm;
  /** at most FEE_PPM_MAX. */
  makerFeePpm: Ppm;
  /** at most FEE_PPM_MAX. */
  takerFeePpm: Ppm;
  /** 1 to PRICE_BAND_PPM_MAX. A share of the forward. */
  priceBandPpm: Ppm;
  /** not 0. */
  minOrderValueMicroUsd: MicroUsd;
  /** ASCII, zero-padded at its end. */
  callSymbol: Hex;
  /** ASCII, zero-padded at its end. */
  putSymbol: Hex;
  /** below maintenance_margin_ppm. */
  liquidationFeePpm?: Ppm;
  /** 1 to maintenance_margin_ppm. A share of the forward. */
  houseMarginPpm?: Ppm;
  /** at most FUNDING_CAP_PPM_MAX. */
  fundingCapPpm?: Ppm;
  /** -FUNDING_CAP_PPM_MAX to FUNDING_CAP_PPM_MAX. */
  fundingInterestPpm?: Ppm;
  fundingTauMs?: Milliseconds;
  /** 1 to 8 * min_order_value_micro_usd. */
  impactValueMicroUsd?: MicroUsd;
  /** What an account needs to open a position; 0: none. */
  tier?: number;
}

/** The attesters and their quorum; with a quorum of 0 nobody attests. */
export interface SetAttesters {
  /** at most the number of attesters. */
  quorum: number;
  /** not zero, strictly rising. */
  attesters: readonly Hex[];
}

export type Governance = ListUnderlying | ListInstrument | SetInstrument | SetReporters | SetLatency | SetEth | PayOut | ListExpiry | ListOptions | SetAttesters;

/** One leg of a BlockTrade, as its submitter sees it. */
export interface BlockLeg {
  /** above the leg's before. */
  instrument: number;
  /** 0 or 1. 1: the submitter sells. */
  sell: number;
  /** not 0. */
  price: Ticks;
  /** not 0. */
  lots: Lots;
}

/** One attester's signature of an Attest. */
export interface Attestation {
  /** Place in the attester set, from 0. */
  attester: number;
  signature: Hex;
}

/** One attester's signature of an AttestCredit. */
export interface CreditAttestation {
  /** Place in the attester set, from 0. */
  attester: number;
  signature: Hex;
}

/** One reporter's price in an IndexPrice. */
export interface Report {
  /** Place in the reporter set, from 0. */
  reporter: number;
  /** 1 to INDEX_PRICE_MAX. */
  priceNanoUsd: NanoUsd;
  signature: Hex;
}

/** One reporter's forward in a Surface. */
export interface ForwardReport {
  /** Place in the reporter set, from 0. */
  reporter: number;
  /** FORWARD_PPB_MIN to FORWARD_PPB_MAX. The forward as a share of the index. */
  forwardPpb: Ppb;
  signature: Hex;
}

/** One reporter's settlement price in a SettleExpiry. */
export interface SettlementReport {
  /** Place in the reporter set, from 0. */
  reporter: number;
  /** 1 to INDEX_PRICE_MAX. */
  priceNanoUsd: NanoUsd;
  signature: Hex;
}

/** What a batch fixes besides its segments. */
export interface Header {
  lawId: Hex;
  /** Batches are numbered from 1. */
  number: bigint;
  /** Batch hash of the batch before. */
  parentHash: Hex;
  sequencerEpoch: number;
  timeMs: Milliseconds;
  /** Inbox messages below it are consumed. */
  inboxEnd: bigint;
  /** The Inbox's rolling hash there. */
  inboxRolling: Hex;
  /** Exits below it are consumed. */
  exitEnd: bigint;
  /** The rolling hash of exits there. */
  exitRolling: Hex;
  /** Bit i: message i of those that it consumes, from 0, shares the segment of the one before it. */
  joined: bigint;
  segmentCount: number;
}

/** Ordered ops of a family, their time, and what they may weigh; at most SEGMENT_BYTES_MAX bytes. */
export interface Segment {
  /** not INBOX. */
  family: SegmentFamily;
  timeMs: Milliseconds;
  /** Gas; at most COMPUTE_WEIGHT_MAX. */
  declaredCompute: number;
  /** Bytes; at most WITNESS_WEIGHT_MAX. */
  declaredWitness: number;
  ops: readonly Op[];
}

/** The data of postBatch. */
export interface Batch {
  header: Hex;
  segments: readonly Hex[];
}

/** The law's input for a segment of ordered ops: the segment, with the header's time behind its first byte. */
export interface OrderedInput {
  /** not INBOX. */
  family: SegmentFamily;
  headerTimeMs: Milliseconds;
  timeMs: Milliseconds;
  /** Gas. */
  declaredCompute: number;
  /** Bytes. */
  declaredWitness: number;
  ops: readonly Op[];
}

/** The law's input for messages of the inbox. */
export interface MessageInput {
  headerTimeMs: Milliseconds;
  /** The family of the law that executes them. */
  messageFamily: SegmentFamily;
  messages: readonly Hex[];
}

/** The domain's constant part; chainId and verifyingContract are the venue's. */
export const domain = { name: "Strikeproof", version: "1" } as const;

/** EIP-712 structs by name, for `signTypedData`. */
export const typedData: Readonly<Record<string, readonly TypedField[]>> = {
  EIP712Domain: [
    { name: "name", type: "string" },
    { name: "version", type: "string" },
    { name: "chainId", type: "uint256" },
    { name: "verifyingContract", type: "address" },
  ],
  Action: [
    { name: "kind", type: "uint8" },
    { name: "instrument", type: "uint16" },
    { name: "sell", type: "bool" },
    { name: "timeInForce", type: "uint8" },
    { name: "postOnly", type: "bool" },
    { name: "reduceOnly", type: "bool" },
    { name: "selfTrade", type: "uint8" },
    { name: "price", type: "uint32" },
    { name: "lots", type: "uint40" },
    { name: "expiry", type: "uint48" },
    { name: "clientId", type: "uint64" },
    { name: "slot", type: "uint32" },
    { name: "serial", type: "uint48" },
  ],
  Bundle: [
    { name: "account", type: "uint32" },
    { name: "session", type: "uint8" },
    { name: "nonce", type: "uint64" },
    { name: "expiry", type: "uint48" },
    { name: "maxFeePpm", type: "uint32" },
    { name: "maxL1Fee", type: "uint64" },
    { name: "atomic", type: "bool" },
    { name: "actions", type: "Action[]" },
  ],
  Withdraw: [
    { name: "account", type: "uint32" },
    { name: "nonce", type: "uint64" },
    { name: "expiry", type: "uint48" },
    { name: "amount", type: "uint64" },
    { name: "maxL1Fee", type: "uint64" },
  ],
  SetSession: [
    { name: "account", type: "uint32" },
    { name: "nonce", type: "uint64" },
    { name: "expiry", type: "uint48" },
    { name: "slot", type: "uint8" },
    { name: "key", type: "address" },
    { name: "scope", type: "uint8" },
    { name: "sessionExpiry", type: "uint48" },
    { name: "maxL1Fee", type: "uint64" },
  ],
  SetGuard: [
    { name: "account", type: "uint32" },
    { name: "nonce", type: "uint64" },
    { name: "expiry", type: "uint48" },
    { name: "mode", type: "uint8" },
    { name: "guard", type: "address" },
    { name: "maxL1Fee", type: "uint64" },
  ],
  SetMarginMode: [
    { name: "account", type: "uint32" },
    { name: "nonce", type: "uint64" },
    { name: "expiry", type: "uint48" },
    { name: "underlying", type: "uint16" },
    { name: "maxL1Fee", type: "uint64" },
  ],
  SetCancelAt: [
    { name: "account", type: "uint32" },
    { name: "session", type: "uint8" },
    { name: "nonce", type: "uint64" },
    { name: "expiry", type: "uint48" },
    { name: "at", type: "uint48" },
    { name: "maxL1Fee", type: "uint64" },
  ],
  SetProtection: [
    { name: "account", type: "uint32" },
    { name: "session", type: "uint8" },
    { name: "nonce", type: "uint64" },
    { name: "expiry", type: "uint48" },
    { name: "underlying", type: "uint16" },
    { name: "window", type: "uint32" },
    { name: "freeze", type: "uint32" },
    { name: "lotsMax", type: "uint40" },
    { name: "deltaMax", type: "uint64" },
    { name: "vegaMax", type: "uint64" },
    { name: "maxL1Fee", type: "uint64" },
  ],
  BlockLeg: [
    { name: "instrument", type: "uint16" },
    { name: "submitterSells", type: "bool" },
    { name: "price", type: "uint32" },
    { name: "lots", type: "uint40" },
  ],
  BlockConsent: [
    { name: "account", type: "uint32" },
    { name: "session", type: "uint8" },
    { name: "nonce", type: "uint64" },
    { name: "expiry", type: "uint48" },
    { name: "maxFeePpm", type: "uint32" },
    { name: "submitter", type: "uint32" },
    { name: "legs", type: "BlockLeg[]" },
  ],
  BlockTrade: [
    { name: "account", type: "uint32" },
    { name: "session", type: "uint8" },
    { name: "nonce", type: "uint64" },
    { name: "expiry", type: "uint48" },
    { name: "maxFeePpm", type: "uint32" },
    { name: "counterparty", type: "uint32" },
    { name: "counterpartySession", type: "uint8" },
    { name: "counterpartyNonce", type: "uint64" },
    { name: "counterpartyExpiry", type: "uint48" },
    { name: "counterpartyMaxFeePpm", type: "uint32" },
    { name: "maxL1Fee", type: "uint64" },
    { name: "legs", type: "BlockLeg[]" },
  ],
  SetTrigger: [
    { name: "account", type: "uint32" },
    { name: "session", type: "uint8" },
    { name: "nonce", type: "uint64" },
    { name: "expiry", type: "uint48" },
    { name: "instrument", type: "uint16" },
    { name: "place", type: "uint8" },
    { name: "sell", type: "bool" },
    { name: "reduceOnly", type: "bool" },
    { name: "falling", type: "bool" },
    { name: "byMark", type: "bool" },
    { name: "triggerPrice", type: "uint64" },
    { name: "limit", type: "uint32" },
    { name: "lots", type: "uint40" },
    { name: "maxFee", type: "uint32" },
    { name: "triggerExpiry", type: "uint48" },
    { name: "clientId", type: "uint64" },
    { name: "maxL1Fee", type: "uint64" },
  ],
  Bid: [
    { name: "account", type: "uint32" },
    { name: "session", type: "uint8" },
    { name: "nonce", type: "uint64" },
    { name: "expiry", type: "uint48" },
    { name: "seller", type: "uint32" },
    { name: "auction", type: "uint48" },
    { name: "fraction", type: "uint32" },
    { name: "discount", type: "uint32" },
    { name: "maxL1Fee", type: "uint64" },
  ],
  ForcedClose: [
    { name: "account", type: "uint32" },
    { name: "nonce", type: "uint64" },
    { name: "expiry", type: "uint48" },
    { name: "instrument", type: "uint16" },
    { name: "lots", type: "uint40" },
  ],
  Attest: [
    { name: "account", type: "uint32" },
    { name: "tier", type: "uint8" },
    { name: "expiry", type: "uint48" },
    { name: "time", type: "uint48" },
  ],
  Credit: [
    { name: "account", type: "uint32" },
    { name: "limit", type: "uint64" },
    { name: "minutes", type: "uint16" },
    { name: "guarantor", type: "uint32" },
    { name: "time", type: "uint48" },
  ],
  IndexPrice: [
    { name: "underlying", type: "uint16" },
    { name: "reporterEpoch", type: "uint32" },
    { name: "publishTime", type: "uint48" },
    { name: "price", type: "uint64" },
  ],
  Surface: [
    { name: "expiry", type: "uint16" },
    { name: "reporterEpoch", type: "uint32" },
    { name: "publishTime", type: "uint48" },
    { name: "forward", type: "uint64" },
    { name: "a", type: "int64" },
    { name: "b", type: "uint64" },
    { name: "rho", type: "int64" },
    { name: "m", type: "int64" },
    { name: "sigma", type: "uint64" },
    { name: "surfaceForward", type: "uint64" },
    { name: "surfaceTime", type: "uint48" },
    { name: "rate", type: "int32" },
    { name: "confidence", type: "uint32" },
  ],
  SettleExpiry: [
    { name: "expiry", type: "uint16" },
    { name: "reporterEpoch", type: "uint32" },
    { name: "price", type: "uint64" },
  ],
  Receipt: [
    { name: "epoch", type: "uint32" },
    { name: "batch", type: "uint64" },
    { name: "segment", type: "uint32" },
    { name: "index", type: "uint8" },
    { name: "opHash", type: "bytes32" },
    { name: "postBy", type: "uint48" },
  ],
  ReceiptGroup: [
    { name: "commitment", type: "bytes32" },
  ],
  QuoteAccess: [
    { name: "account", type: "uint32" },
    { name: "session", type: "uint8" },
    { name: "expiry", type: "uint48" },
  ],
};

export const typehashes: Readonly<Record<string, Hex>> = {
  EIP712Domain: "0x8b73c3c69bb8fe3d512ecc4cf759cc79239f7b179b0ffacaa9a75d522b39400f",
  Action: "0x1faf6777062698ee9d507aef016da3be5954f571fca71fcae73a93c51ac318f2",
  Bundle: "0x05ca7df72742c0d06f41c5137b2a069417dbecaa9250224aa21f7c01be41a141",
  Withdraw: "0x85bc818952d7f517536f61a32d642d11305e345e354bbb4c49cee14c3ae5fc33",
  SetSession: "0x294d4fc1a729270cf554a65c74a9aa805dd0dd5c18400fc06d5c305bd83b9208",
  SetGuard: "0xee55d75d0ad2c83a872b9941e41df986dfb1c8c29d769642fab43919b4b4c19c",
  SetMarginMode: "0x9d81bd7c4d80b8466a83c02425721f720fc200979e6ecfddfe1213f2369fe4b8",
  SetCancelAt: "0xb37d0bc4483b77dfe501de9451244ae47d8bbfe8699db14dc96809dea7fc6132",
  SetProtection: "0xdc04be634566f83164723d03aa4df945aeb0aec6b8d05479c43055d234128674",
  BlockLeg: "0xbb545c7d8e917d3bfd33a4960b55c62c37738594b453423900354637e18f5a3e",
  BlockConsent: "0x0717e06bc1a99bf619585a608b53595aeb931f0f9e6870a1728283515e67da02",
  BlockTrade: "0xaba00ef378f639ba5b5f13b9a15ddc9b5802e8a106b82eb64f04e230323b0fa1",
  SetTrigger: "0xaef146988a6573f331fc7a1a2d7e85b592d60c2b2c7a4ca7100ecb996b27d2ed",
  Bid: "0xdeee537a7d6bd68be641b92a76e3bb3c3d15d8de7f619cc5d0c81b5e777e1297",
  ForcedClose: "0x90a213952f87d00585e3c73324c5e82cf398858f0e06cea8094e6a0b51e700bf",
  Attest: "0x34e0adf6b778d439049d7c6af5ff67f88005b33597b6221b5d89c2c558f37be7",
  Credit: "0xd8bde084f740d9eb0f6ba2aa8ac4d347ea4062338c09c7b12b1c77e694fb5194",
  IndexPrice: "0xcdecefdee5ff359c2535d51386ebd1c2a32fe147b9f5b6220c7987c4aa7c31f9",
  Surface: "0x2df8f0dd91d72871ec027839dbd9c01e421eee7106753373389d775897eebddb",
  SettleExpiry: "0xfb57be1ab6d16a78201c0538d38a27739d0e10b017d0de65172a8d7415177142",
  Receipt: "0xa812a3646c88730ff9e689c5a6c41fc6755712550a1656ef69ea91a6f33b35d7",
  ReceiptGroup: "0xf1f1720e42acb05ff868343c762ce7511621c034d7b71a5e90d4206fb64377de",
  QuoteAccess: "0xf2d8c17c76d1ca6f76b675f0f7fce3718231e2ddf36b87d5b5616a0901eb568f",
};

/** Sizes and offsets of all that travels, in bytes; packed ones are bigints. */
export const sizes = {
  // Signatures are compact: r, then s with the parity on top.
  SIGNATURE_BYTES: 64,
  // op. Ops follow one another in a segment; what is left after the last whole op is ignored.
  OP_HEAD_BYTES: 3,
  OP_BODY_OFFSET: 1,
  // The family of an op of type t: three bits at bit 3 * t, 0 if there is none.
  OP_FAMILIES_PACKED: 361070711602009610655712910414388883857380732983476764762061256968n,
  // op bundle. A user's signed list of actions.
  OP_BUNDLE_HEAD_BYTES: 25,
  OP_BUNDLE_TAIL_BYTES: 72,
  OP_BUNDLE_SESSION_OFFSET: 4,
  OP_BUNDLE_NONCE_OFFSET: 5,
  OP_BUNDLE_EXPIRY_MS_OFFSET: 13,
  OP_BUNDLE_MAX_FEE_PPM_OFFSET: 19,
  OP_BUNDLE_ATOMIC_OFFSET: 23,
  OP_BUNDLE_ACTIONS_OFFSET: 24,
  // op withdraw. The owner takes collateral out; session 0.
  OP_WITHDRAW_BYTES: 98,
  OP_WITHDRAW_UNSIGNED_BYTES: 34,
  OP_WITHDRAW_BITS_PACKED: 275954810912,
  OP_WITHDRAW_NONCE_OFFSET: 4,
  OP_WITHDRAW_EXPIRY_MS_OFFSET: 12,
  OP_WITHDRAW_AMOUNT_MICRO_USD_OFFSET: 18,
  OP_WITHDRAW_MAX_L1_FEE_MICRO_USD_OFFSET: 26,
  OP_WITHDRAW_SIGNATURE_OFFSET: 34,
  // op set_session. The owner gives a session slot a key, or takes it away; session 0.
  OP_SET_SESSION_BYTES: 118,
  OP_SET_SESSION_UNSIGNED_BYTES: 54,
  OP_SET_SESSION_BITS_PACKED: 4625206300734668832n,
  OP_SET_SESSION_NONCE_OFFSET: 4,
  OP_SET_SESSION_EXPIRY_MS_OFFSET: 12,
  OP_SET_SESSION_SLOT_OFFSET: 18,
  OP_SET_SESSION_KEY_OFFSET: 19,
  OP_SET_SESSION_SCOPE_OFFSET: 39,
  OP_SET_SESSION_SESSION_EXPIRY_MS_OFFSET: 40,
  OP_SET_SESSION_MAX_L1_FEE_MICRO_USD_OFFSET: 46,
  OP_SET_SESSION_SIGNATURE_OFFSET: 54,
  // op index_price. Reporters' prices of an underlying; the law takes their median.
  OP_INDEX_PRICE_HEAD_BYTES: 9,
  OP_INDEX_PRICE_PUBLISH_TIME_MS_OFFSET: 2,
  OP_INDEX_PRICE_REPORTS_OFFSET: 8,
  // op sweep. Slots of an instrument that may hold orders which are gone.
  OP_SWEEP_HEAD_BYTES: 3,
  OP_SWEEP_SLOTS_OFFSET: 2,
  // op set_guard. The owner sets a guard key, announces or stops its removal, or removes it;
  // session 0.
  OP_SET_GUARD_BYTES: 111,
  OP_SET_GUARD_UNSIGNED_BYTES: 47,
  OP_SET_GUARD_BITS_PACKED: 71056076324896,
  OP_SET_GUARD_NONCE_OFFSET: 4,
  OP_SET_GUARD_EXPIRY_MS_OFFSET: 12,
  OP_SET_GUARD_MODE_OFFSET: 18,
  OP_SET_GUARD_KEY_OFFSET: 19,
  OP_SET_GUARD_MAX_L1_FEE_MICRO_USD_OFFSET: 39,
  OP_SET_GUARD_SIGNATURE_OFFSET: 47,
  // op set_margin_mode. The owner chooses portfolio margin on an underlying, or standard margin;
  // session 0.
  OP_SET_MARGIN_MODE_BYTES: 92,
  OP_SET_MARGIN_MODE_UNSIGNED_BYTES: 28,
  OP_SET_MARGIN_MODE_BITS_PACKED: 275149504544,
  OP_SET_MARGIN_MODE_NONCE_OFFSET: 4,
  OP_SET_MARGIN_MODE_EXPIRY_MS_OFFSET: 12,
  OP_SET_MARGIN_MODE_UNDERLYING_OFFSET: 18,
  OP_SET_MARGIN_MODE_MAX_L1_FEE_MICRO_USD_OFFSET: 20,
  OP_SET_MARGIN_MODE_SIGNATURE_OFFSET: 28,
  // op revalue. An account under portfolio margin gets a margin certificate; or is auctioned if
  // it no longer meets it, or comes under standard margin. No account signs.
  OP_REVALUE_BYTES: 4,
  // op block_trade. A trade of up to eight legs that two accounts agreed on, all of it or none.
  OP_BLOCK_TRADE_HEAD_BYTES: 111,
  OP_BLOCK_TRADE_TAIL_BYTES: 72,
  OP_BLOCK_TRADE_SESSION_OFFSET: 4,
  OP_BLOCK_TRADE_NONCE_OFFSET: 5,
  OP_BLOCK_TRADE_EXPIRY_MS_OFFSET: 13,
  OP_BLOCK_TRADE_MAX_FEE_PPM_OFFSET: 19,
  OP_BLOCK_TRADE_COUNTERPARTY_OFFSET: 23,
  OP_BLOCK_TRADE_COUNTERPARTY_SESSION_OFFSET: 27,
  OP_BLOCK_TRADE_COUNTERPARTY_NONCE_OFFSET: 28,
  OP_BLOCK_TRADE_COUNTERPARTY_EXPIRY_MS_OFFSET: 36,
  OP_BLOCK_TRADE_COUNTERPARTY_MAX_FEE_PPM_OFFSET: 42,
  OP_BLOCK_TRADE_COUNTERPARTY_SIGNATURE_OFFSET: 46,
  OP_BLOCK_TRADE_LEGS_OFFSET: 110,
  // op set_protection. What the account's orders on an underlying may fill within a window
  // before all of them are dead.
  OP_SET_PROTECTION_BYTES: 122,
  OP_SET_PROTECTION_UNSIGNED_BYTES: 58,
  OP_SET_PROTECTION_BITS_PACKED: 77674667393206856559101984n,
  OP_SET_PROTECTION_SESSION_OFFSET: 4,
  OP_SET_PROTECTION_NONCE_OFFSET: 5,
  OP_SET_PROTECTION_EXPIRY_MS_OFFSET: 13,
  OP_SET_PROTECTION_UNDERLYING_OFFSET: 19,
  OP_SET_PROTECTION_WINDOW_MS_OFFSET: 21,
  OP_SET_PROTECTION_FREEZE_MS_OFFSET: 25,
  OP_SET_PROTECTION_LOTS_MAX_OFFSET: 29,
  OP_SET_PROTECTION_DELTA_MAX_OFFSET: 34,
  OP_SET_PROTECTION_VEGA_MAX_OFFSET: 42,
  OP_SET_PROTECTION_MAX_L1_FEE_MICRO_USD_OFFSET: 50,
  OP_SET_PROTECTION_SIGNATURE_OFFSET: 58,
  // op set_trigger. Places, replaces or takes back a trigger: an order that waits for a price.
  OP_SET_TRIGGER_BYTES: 133,
  OP_SET_TRIGGER_UNSIGNED_BYTES: 69,
  OP_SET_TRIGGER_BITS_PACKED: 21863391957135720696165837976799660738592n,
  OP_SET_TRIGGER_SESSION_OFFSET: 4,
  OP_SET_TRIGGER_NONCE_OFFSET: 5,
  OP_SET_TRIGGER_EXPIRY_MS_OFFSET: 13,
  OP_SET_TRIGGER_INSTRUMENT_OFFSET: 19,
  OP_SET_TRIGGER_PLACE_OFFSET: 21,
  OP_SET_TRIGGER_SELL_OFFSET: 22,
  OP_SET_TRIGGER_REDUCE_ONLY_OFFSET: 23,
  OP_SET_TRIGGER_FALLING_OFFSET: 24,
  OP_SET_TRIGGER_BY_MARK_OFFSET: 25,
  OP_SET_TRIGGER_TRIGGER_PRICE_OFFSET: 26,
  OP_SET_TRIGGER_LIMIT_OFFSET: 34,
  OP_SET_TRIGGER_LOTS_OFFSET: 38,
  OP_SET_TRIGGER_MAX_FEE_PPM_OFFSET: 43,
  OP_SET_TRIGGER_TRIGGER_EXPIRY_MS_OFFSET: 47,
  OP_SET_TRIGGER_CLIENT_ID_OFFSET: 53,
  OP_SET_TRIGGER_MAX_L1_FEE_MICRO_USD_OFFSET: 61,
  OP_SET_TRIGGER_SIGNATURE_OFFSET: 69,
  // op attest. Attesters say the tier of an account; no account signs.
  OP_ATTEST_HEAD_BYTES: 18,
  OP_ATTEST_TIER_OFFSET: 4,
  OP_ATTEST_TIER_EXPIRY_MS_OFFSET: 5,
  OP_ATTEST_ATTESTED_MS_OFFSET: 11,
  OP_ATTEST_ATTESTATIONS_OFFSET: 17,
  // op bid. Takes a fraction of every position of a portfolio that is auctioned, at marks, and
  // is paid the discount.
  OP_BID_BYTES: 109,
  OP_BID_UNSIGNED_BYTES: 45,
  OP_BID_BITS_PACKED: 1182906523840686327840n,
  OP_BID_SESSION_OFFSET: 4,
  OP_BID_NONCE_OFFSET: 5,
  OP_BID_EXPIRY_MS_OFFSET: 13,
  OP_BID_SELLER_OFFSET: 19,
  OP_BID_AUCTION_MS_OFFSET: 23,
  OP_BID_FRACTION_PPM_OFFSET: 29,
  OP_BID_DISCOUNT_PPM_OFFSET: 33,
  OP_BID_MAX_L1_FEE_MICRO_USD_OFFSET: 37,
  OP_BID_SIGNATURE_OFFSET: 45,
  // op forced_close. The owner leaves a position within the band, from the inbox only: what the
  // book does not take the house may.
  OP_FORCED_CLOSE_BYTES: 89,
  OP_FORCED_CLOSE_UNSIGNED_BYTES: 25,
  OP_FORCED_CLOSE_BITS_PACKED: 172070289440,
  OP_FORCED_CLOSE_NONCE_OFFSET: 4,
  OP_FORCED_CLOSE_EXPIRY_MS_OFFSET: 12,
  OP_FORCED_CLOSE_INSTRUMENT_OFFSET: 18,
  OP_FORCED_CLOSE_LOTS_OFFSET: 20,
  OP_FORCED_CLOSE_SIGNATURE_OFFSET: 25,
  // op set_cancel_at. The account's orders are dead from a time on, unless it is moved ahead.
  OP_SET_CANCEL_AT_BYTES: 97,
  OP_SET_CANCEL_AT_UNSIGNED_BYTES: 33,
  OP_SET_CANCEL_AT_BITS_PACKED: 70575712110624,
  OP_SET_CANCEL_AT_SESSION_OFFSET: 4,
  OP_SET_CANCEL_AT_NONCE_OFFSET: 5,
  OP_SET_CANCEL_AT_EXPIRY_MS_OFFSET: 13,
  OP_SET_CANCEL_AT_CANCEL_AT_MS_OFFSET: 19,
  OP_SET_CANCEL_AT_MAX_L1_FEE_MICRO_USD_OFFSET: 25,
  OP_SET_CANCEL_AT_SIGNATURE_OFFSET: 33,
  // op attest_credit. Attesters say the credit of an account, and its guarantor consents; or
  // they take it away.
  OP_ATTEST_CREDIT_HEAD_BYTES: 25,
  OP_ATTEST_CREDIT_LIMIT_MICRO_USD_OFFSET: 4,
  OP_ATTEST_CREDIT_CREDIT_MINUTES_OFFSET: 12,
  OP_ATTEST_CREDIT_GUARANTOR_OFFSET: 14,
  OP_ATTEST_CREDIT_CREDITED_MS_OFFSET: 18,
  OP_ATTEST_CREDIT_ATTESTATIONS_OFFSET: 24,
  // op release_credit. Credit that has ended goes back to its guarantor; no account signs.
  OP_RELEASE_CREDIT_BYTES: 4,
  // op liquidate. A position of an account below maintenance is closed in part.
  OP_LIQUIDATE_BYTES: 6,
  OP_LIQUIDATE_INSTRUMENT_OFFSET: 4,
  // op unwind. The house of an instrument trades out through the book.
  OP_UNWIND_BYTES: 2,
  // op fire_trigger. A trigger whose price has come becomes an order, and one that is dead is
  // emptied.
  OP_FIRE_TRIGGER_BYTES: 7,
  OP_FIRE_TRIGGER_INSTRUMENT_OFFSET: 4,
  OP_FIRE_TRIGGER_PLACE_OFFSET: 6,
  // op funding. A sample of a perpetual's funding: the premium of its book over the mark moves
  // its index.
  OP_FUNDING_BYTES: 2,
  // op deleverage. The house's lots are closed against the other side, pro rata.
  OP_DELEVERAGE_BYTES: 2,
  // op announce_orphan. An underlying without a price for a day is announced an orphan.
  OP_ANNOUNCE_ORPHAN_BYTES: 2,
  // op settle_orphan. An instrument of an orphaned underlying is settled at the last price.
  OP_SETTLE_ORPHAN_BYTES: 2,
  // op settle_position. A position in a settled instrument becomes cash.
  OP_SETTLE_POSITION_BYTES: 6,
  OP_SETTLE_POSITION_INSTRUMENT_OFFSET: 4,
  // op surface. Reporters' forward of an expiry, of which the law takes the median, and the
  // surface that all of them sign.
  OP_SURFACE_HEAD_BYTES: 71,
  OP_SURFACE_PUBLISH_TIME_MS_OFFSET: 2,
  OP_SURFACE_SVI_A_OFFSET: 8,
  OP_SURFACE_SVI_B_OFFSET: 16,
  OP_SURFACE_SVI_RHO_OFFSET: 24,
  OP_SURFACE_SVI_M_OFFSET: 32,
  OP_SURFACE_SVI_SIGMA_OFFSET: 40,
  OP_SURFACE_SVI_FORWARD_OFFSET: 48,
  OP_SURFACE_SVI_TIME_MS_OFFSET: 56,
  OP_SURFACE_RATE_PPM_OFFSET: 62,
  OP_SURFACE_CONFIDENCE_PPM_OFFSET: 66,
  OP_SURFACE_REPORTS_OFFSET: 70,
  // op reprice. Marks and Greeks of a strike's call and put, from the surface of their expiry;
  // once it is settled, their settlement.
  OP_REPRICE_BYTES: 2,
  // op expiry_sample. The index is added to the average of an expiry's last half hour.
  OP_EXPIRY_SAMPLE_BYTES: 2,
  // op settle_expiry. Reporters' settlement prices of an expiry; the law takes their median.
  OP_SETTLE_EXPIRY_HEAD_BYTES: 3,
  OP_SETTLE_EXPIRY_REPORTS_OFFSET: 2,
  // action. An unknown kind makes the whole bundle MALFORMED.
  ACTION_HEAD_BYTES: 1,
  ACTION_BYTES_PACKED: 61731616135936,
  // action place. A new order.
  ACTION_PLACE_BYTES: 27,
  ACTION_PLACE_INSTRUMENT_OFFSET: 1,
  ACTION_PLACE_FLAGS_OFFSET: 3,
  ACTION_PLACE_PRICE_OFFSET: 4,
  ACTION_PLACE_LOTS_OFFSET: 8,
  ACTION_PLACE_EXPIRY_MS_OFFSET: 13,
  ACTION_PLACE_CLIENT_ID_OFFSET: 19,
  // action cancel. One order out.
  ACTION_CANCEL_BYTES: 13,
  ACTION_CANCEL_INSTRUMENT_OFFSET: 1,
  ACTION_CANCEL_SLOT_OFFSET: 3,
  ACTION_CANCEL_SERIAL_OFFSET: 7,
  // action cancel_all. All orders of an instrument out.
  ACTION_CANCEL_ALL_BYTES: 3,
  ACTION_CANCEL_ALL_INSTRUMENT_OFFSET: 1,
  // action replace. New terms for a resting order.
  ACTION_REPLACE_BYTES: 37,
  ACTION_REPLACE_INSTRUMENT_OFFSET: 1,
  ACTION_REPLACE_SLOT_OFFSET: 3,
  ACTION_REPLACE_SERIAL_OFFSET: 7,
  ACTION_REPLACE_FLAGS_OFFSET: 13,
  ACTION_REPLACE_PRICE_OFFSET: 14,
  ACTION_REPLACE_LOTS_OFFSET: 18,
  ACTION_REPLACE_EXPIRY_MS_OFFSET: 23,
  ACTION_REPLACE_CLIENT_ID_OFFSET: 29,
  // action quote. A bid and an ask of one instrument, each instead of a resting order or as a
  // new one. Signed as two actions of this kind, the bid before the ask.
  ACTION_QUOTE_BYTES: 56,
  ACTION_QUOTE_INSTRUMENT_OFFSET: 1,
  ACTION_QUOTE_FLAGS_OFFSET: 3,
  ACTION_QUOTE_EXPIRY_MS_OFFSET: 4,
  ACTION_QUOTE_CLIENT_ID_OFFSET: 10,
  ACTION_QUOTE_BID_SLOT_OFFSET: 18,
  ACTION_QUOTE_BID_SERIAL_OFFSET: 22,
  ACTION_QUOTE_BID_PRICE_OFFSET: 28,
  ACTION_QUOTE_BID_LOTS_OFFSET: 32,
  ACTION_QUOTE_ASK_SLOT_OFFSET: 37,
  ACTION_QUOTE_ASK_SERIAL_OFFSET: 41,
  ACTION_QUOTE_ASK_PRICE_OFFSET: 47,
  ACTION_QUOTE_ASK_LOTS_OFFSET: 51,
  // message. A message of the Inbox: L1 numbers it and fixes sender and time.
  MESSAGE_HEAD_BYTES: 27,
  MESSAGE_SENDER_OFFSET: 1,
  MESSAGE_TIME_MS_OFFSET: 21,
  // message register. A new account and its session 0, the owner's.
  MESSAGE_REGISTER_BYTES: 24,
  MESSAGE_REGISTER_OWNER_OFFSET: 4,
  // message deposit. Collateral arrived.
  MESSAGE_DEPOSIT_BYTES: 20,
  MESSAGE_DEPOSIT_AMOUNT_MICRO_USD_OFFSET: 4,
  // message user_op. An op forced through L1; an owner's may come without its signature.
  MESSAGE_USER_OP_HEAD_BYTES: 0,
  // message governance. Listing, parameters, reporters.
  MESSAGE_GOVERNANCE_HEAD_BYTES: 0,
  // message l1_report. What a unit of gas cost in the block of the report, in wei; above 2^63 it
  // counts as 2^63.
  MESSAGE_L1_REPORT_BYTES: 16,
  MESSAGE_L1_REPORT_BLOB_BASE_FEE_WEI_OFFSET: 8,
  // message pay_in. Anyone's payment into a pool of the venue.
  MESSAGE_PAY_IN_BYTES: 17,
  MESSAGE_PAY_IN_AMOUNT_MICRO_USD_OFFSET: 1,
  // governance. The payload of a GOVERNANCE message; an empty one is MALFORMED.
  GOVERNANCE_HEAD_BYTES: 1,
  // governance list_underlying. A new underlying; it gets the next id.
  GOVERNANCE_LIST_UNDERLYING_BYTES: 17,
  GOVERNANCE_LIST_UNDERLYING_SYMBOL_OFFSET: 1,
  // governance list_instrument. A new instrument, ACTIVE; it gets the next id.
  GOVERNANCE_LIST_INSTRUMENT_BYTES: 90,
  GOVERNANCE_LIST_INSTRUMENT_UNDERLYING_OFFSET: 1,
  GOVERNANCE_LIST_INSTRUMENT_KIND_OFFSET: 3,
  GOVERNANCE_LIST_INSTRUMENT_TICK_VALUE_MICRO_USD_OFFSET: 4,
  GOVERNANCE_LIST_INSTRUMENT_INDEX_PER_TICK_NANO_USD_OFFSET: 7,
  GOVERNANCE_LIST_INSTRUMENT_INITIAL_MARGIN_PPM_OFFSET: 15,
  GOVERNANCE_LIST_INSTRUMENT_MAINTENANCE_MARGIN_PPM_OFFSET: 19,
  GOVERNANCE_LIST_INSTRUMENT_MAKER_FEE_PPM_OFFSET: 23,
  GOVERNANCE_LIST_INSTRUMENT_TAKER_FEE_PPM_OFFSET: 27,
  GOVERNANCE_LIST_INSTRUMENT_PRICE_BAND_PPM_OFFSET: 31,
  GOVERNANCE_LIST_INSTRUMENT_MIN_ORDER_VALUE_MICRO_USD_OFFSET: 35,
  GOVERNANCE_LIST_INSTRUMENT_SYMBOL_OFFSET: 43,
  GOVERNANCE_LIST_INSTRUMENT_LIQUIDATION_FEE_PPM_OFFSET: 59,
  GOVERNANCE_LIST_INSTRUMENT_HOUSE_MARGIN_PPM_OFFSET: 63,
  GOVERNANCE_LIST_INSTRUMENT_FUNDING_CAP_PPM_OFFSET: 67,
  GOVERNANCE_LIST_INSTRUMENT_FUNDING_INTEREST_PPM_OFFSET: 71,
  GOVERNANCE_LIST_INSTRUMENT_FUNDING_TAU_MS_OFFSET: 75,
  GOVERNANCE_LIST_INSTRUMENT_IMPACT_VALUE_MICRO_USD_OFFSET: 79,
  GOVERNANCE_LIST_INSTRUMENT_TIER_OFFSET: 87,
  GOVERNANCE_LIST_INSTRUMENT_EXPIRY_OFFSET: 88,
  // governance set_instrument. New parameters and status of an instrument.
  GOVERNANCE_SET_INSTRUMENT_BYTES: 63,
  GOVERNANCE_SET_INSTRUMENT_INSTRUMENT_OFFSET: 1,
  GOVERNANCE_SET_INSTRUMENT_STATUS_OFFSET: 3,
  GOVERNANCE_SET_INSTRUMENT_INITIAL_MARGIN_PPM_OFFSET: 4,
  GOVERNANCE_SET_INSTRUMENT_MAINTENANCE_MARGIN_PPM_OFFSET: 8,
  GOVERNANCE_SET_INSTRUMENT_MAKER_FEE_PPM_OFFSET: 12,
  GOVERNANCE_SET_INSTRUMENT_TAKER_FEE_PPM_OFFSET: 16,
  GOVERNANCE_SET_INSTRUMENT_PRICE_BAND_PPM_OFFSET: 20,
  GOVERNANCE_SET_INSTRUMENT_MIN_ORDER_VALUE_MICRO_USD_OFFSET: 24,
  GOVERNANCE_SET_INSTRUMENT_LIQUIDATION_FEE_PPM_OFFSET: 32,
  GOVERNANCE_SET_INSTRUMENT_HOUSE_MARGIN_PPM_OFFSET: 36,
  GOVERNANCE_SET_INSTRUMENT_FUNDING_CAP_PPM_OFFSET: 40,
  GOVERNANCE_SET_INSTRUMENT_FUNDING_INTEREST_PPM_OFFSET: 44,
  GOVERNANCE_SET_INSTRUMENT_FUNDING_TAU_MS_OFFSET: 48,
  GOVERNANCE_SET_INSTRUMENT_IMPACT_VALUE_MICRO_USD_OFFSET: 52,
  GOVERNANCE_SET_INSTRUMENT_TIER_OFFSET: 60,
  GOVERNANCE_SET_INSTRUMENT_SUCCESSOR_OFFSET: 61,
  // governance set_reporters. The reporters and their quorum; raises reporter_epoch.
  GOVERNANCE_SET_REPORTERS_HEAD_BYTES: 3,
  GOVERNANCE_SET_REPORTERS_QUORUM_OFFSET: 1,
  GOVERNANCE_SET_REPORTERS_REPORTERS_OFFSET: 2,
  // governance set_latency. How margins grow with the age of a price; slopes of underlyings
  // follow with their next price.
  GOVERNANCE_SET_LATENCY_BYTES: 17,
  GOVERNANCE_SET_LATENCY_SLOPE_FACTOR_PPM_OFFSET: 1,
  GOVERNANCE_SET_LATENCY_SLOPE_LEAST_PPM_OFFSET: 5,
  GOVERNANCE_SET_LATENCY_SLOPE_MOST_PPM_OFFSET: 9,
  GOVERNANCE_SET_LATENCY_VARIANCE_TAU_MS_OFFSET: 13,
  // governance set_eth. The underlying whose index turns wei into USD: what L1 takes for an op's
  // bytes is charged to its account.
  GOVERNANCE_SET_ETH_BYTES: 3,
  GOVERNANCE_SET_ETH_UNDERLYING_OFFSET: 1,
  // governance pay_out. Money of a pool to an account; it leaves the venue by Withdraw alone.
  GOVERNANCE_PAY_OUT_BYTES: 22,
  GOVERNANCE_PAY_OUT_POOL_OFFSET: 1,
  GOVERNANCE_PAY_OUT_ACCOUNT_OFFSET: 2,
  GOVERNANCE_PAY_OUT_AMOUNT_MICRO_USD_OFFSET: 6,
  // governance list_expiry. A new expiry of an underlying; it gets the next id.
  GOVERNANCE_LIST_EXPIRY_BYTES: 13,
  GOVERNANCE_LIST_EXPIRY_UNDERLYING_OFFSET: 1,
  GOVERNANCE_LIST_EXPIRY_EXPIRY_MS_OFFSET: 3,
  GOVERNANCE_LIST_EXPIRY_FORWARD_PPB_OFFSET: 9,
  // governance list_options. A call and a put, ACTIVE, not priced yet; the call gets the next
  // id, the put the one behind it. The funding terms are read by nothing.
  GOVERNANCE_LIST_OPTIONS_BYTES: 107,
  GOVERNANCE_LIST_OPTIONS_EXPIRY_OFFSET: 1,
  GOVERNANCE_LIST_OPTIONS_STRIKE_OFFSET: 3,
  GOVERNANCE_LIST_OPTIONS_TICK_VALUE_MICRO_USD_OFFSET: 7,
  GOVERNANCE_LIST_OPTIONS_INDEX_PER_TICK_NANO_USD_OFFSET: 10,
  GOVERNANCE_LIST_OPTIONS_INITIAL_MARGIN_PPM_OFFSET: 18,
  GOVERNANCE_LIST_OPTIONS_MAINTENANCE_MARGIN_PPM_OFFSET: 22,
  GOVERNANCE_LIST_OPTIONS_MAKER_FEE_PPM_OFFSET: 26,
  GOVERNANCE_LIST_OPTIONS_TAKER_FEE_PPM_OFFSET: 30,
  GOVERNANCE_LIST_OPTIONS_PRICE_BAND_PPM_OFFSET: 34,
  GOVERNANCE_LIST_OPTIONS_MIN_ORDER_VALUE_MICRO_USD_OFFSET: 38,
  GOVERNANCE_LIST_OPTIONS_CALL_SYMBOL_OFFSET: 46,
  GOVERNANCE_LIST_OPTIONS_PUT_SYMBOL_OFFSET: 62,
  GOVERNANCE_LIST_OPTIONS_LIQUIDATION_FEE_PPM_OFFSET: 78,
  GOVERNANCE_LIST_OPTIONS_HOUSE_MARGIN_PPM_OFFSET: 82,
  GOVERNANCE_LIST_OPTIONS_FUNDING_CAP_PPM_OFFSET: 86,
  GOVERNANCE_LIST_OPTIONS_FUNDING_INTEREST_PPM_OFFSET: 90,
  GOVERNANCE_LIST_OPTIONS_FUNDING_TAU_MS_OFFSET: 94,
  GOVERNANCE_LIST_OPTIONS_IMPACT_VALUE_MICRO_USD_OFFSET: 98,
  GOVERNANCE_LIST_OPTIONS_TIER_OFFSET: 106,
  // governance set_attesters. The attesters and their quorum; with a quorum of 0 nobody attests.
  GOVERNANCE_SET_ATTESTERS_HEAD_BYTES: 3,
  GOVERNANCE_SET_ATTESTERS_QUORUM_OFFSET: 1,
  GOVERNANCE_SET_ATTESTERS_ATTESTERS_OFFSET: 2,
  // block_leg. One leg of a BlockTrade, as its submitter sees it.
  BLOCK_LEG_BYTES: 12,
  BLOCK_LEG_SELL_OFFSET: 2,
  BLOCK_LEG_PRICE_OFFSET: 3,
  BLOCK_LEG_LOTS_OFFSET: 7,
  // attestation. One attester's signature of an Attest.
  ATTESTATION_BYTES: 65,
  ATTESTATION_SIGNATURE_OFFSET: 1,
  // credit_attestation. One attester's signature of an AttestCredit.
  CREDIT_ATTESTATION_BYTES: 65,
  CREDIT_ATTESTATION_SIGNATURE_OFFSET: 1,
  // report. One reporter's price in an IndexPrice.
  REPORT_BYTES: 73,
  REPORT_PRICE_NANO_USD_OFFSET: 1,
  REPORT_SIGNATURE_OFFSET: 9,
  // forward_report. One reporter's forward in a Surface.
  FORWARD_REPORT_BYTES: 73,
  FORWARD_REPORT_FORWARD_PPB_OFFSET: 1,
  FORWARD_REPORT_SIGNATURE_OFFSET: 9,
  // settlement_report. One reporter's settlement price in a SettleExpiry.
  SETTLEMENT_REPORT_BYTES: 73,
  SETTLEMENT_REPORT_PRICE_NANO_USD_OFFSET: 1,
  SETTLEMENT_REPORT_SIGNATURE_OFFSET: 9,
  // header. What a batch fixes besides its segments.
  HEADER_BYTES: 174,
  HEADER_LAW_ID_OFFSET: 1,
  HEADER_DATA_KIND_OFFSET: 33,
  HEADER_NUMBER_OFFSET: 34,
  HEADER_PARENT_HASH_OFFSET: 42,
  HEADER_SEQUENCER_EPOCH_OFFSET: 74,
  HEADER_TIME_MS_OFFSET: 78,
  HEADER_INBOX_END_OFFSET: 84,
  HEADER_INBOX_ROLLING_OFFSET: 92,
  HEADER_EXIT_END_OFFSET: 124,
  HEADER_EXIT_ROLLING_OFFSET: 132,
  HEADER_JOINED_OFFSET: 164,
  HEADER_SEGMENT_COUNT_OFFSET: 172,
  // segment. Ordered ops of a family, their time, and what they may weigh; at most
  // SEGMENT_BYTES_MAX bytes.
  SEGMENT_HEAD_BYTES: 13,
  SEGMENT_TIME_MS_OFFSET: 1,
  SEGMENT_DECLARED_COMPUTE_OFFSET: 7,
  SEGMENT_DECLARED_WITNESS_OFFSET: 10,
  SEGMENT_OPS_OFFSET: 13,
  // batch. The data of postBatch.
  BATCH_HEAD_BYTES: 174,
  BATCH_SEGMENTS_OFFSET: 174,
  // ordered_input. The law's input for a segment of ordered ops: the segment, with the header's
  // time behind its first byte.
  ORDERED_INPUT_HEAD_BYTES: 19,
  ORDERED_INPUT_HEADER_TIME_MS_OFFSET: 1,
  ORDERED_INPUT_TIME_MS_OFFSET: 7,
  ORDERED_INPUT_DECLARED_COMPUTE_OFFSET: 13,
  ORDERED_INPUT_DECLARED_WITNESS_OFFSET: 16,
  ORDERED_INPUT_OPS_OFFSET: 19,
  // message_input. The law's input for messages of the inbox.
  MESSAGE_INPUT_HEAD_BYTES: 8,
  MESSAGE_INPUT_HEADER_TIME_MS_OFFSET: 1,
  MESSAGE_INPUT_MESSAGE_FAMILY_OFFSET: 7,
  MESSAGE_INPUT_MESSAGES_OFFSET: 8,
} as const;

/** Fields of the records of the state, and of what they repeat. */
export const records: Readonly<Record<string, readonly RecordField[]>> = {
  global: [
    { name: "version", word: 0, shift: 248, bits: 8, signed: false },
    { name: "clock_ms", word: 0, shift: 200, bits: 48, signed: false },
    { name: "next_account", word: 0, shift: 168, bits: 32, signed: false },
    { name: "next_underlying", word: 0, shift: 152, bits: 16, signed: false },
    { name: "next_instrument", word: 0, shift: 136, bits: 16, signed: false },
    { name: "next_expiry", word: 0, shift: 120, bits: 16, signed: false },
    { name: "reporter_count", word: 0, shift: 112, bits: 8, signed: false },
    { name: "reporter_quorum", word: 0, shift: 104, bits: 8, signed: false },
    { name: "reporter_epoch", word: 0, shift: 72, bits: 32, signed: false },
    { name: "signer_count", word: 0, shift: 64, bits: 8, signed: false },
    { name: "attester_quorum", word: 0, shift: 56, bits: 8, signed: false },
    { name: "fee_pool", word: 1, shift: 128, bits: 128, signed: false },
    { name: "insurance_fund", word: 1, shift: 0, bits: 128, signed: false },
    { name: "liabilities", word: 2, shift: 128, bits: 128, signed: false },
    { name: "negative_houses", word: 2, shift: 0, bits: 128, signed: false },
    { name: "fund_day_start", word: 3, shift: 128, bits: 128, signed: false },
    { name: "lent_today", word: 3, shift: 0, bits: 128, signed: false },
    { name: "bad_debt", word: 4, shift: 128, bits: 128, signed: false },
    { name: "credit_losses", word: 4, shift: 0, bits: 128, signed: false },
    { name: "credit", word: 5, shift: 128, bits: 128, signed: false },
    { name: "day", word: 5, shift: 96, bits: 32, signed: false },
    { name: "feed_epoch", word: 5, shift: 48, bits: 48, signed: false },
    { name: "l1_gas_price", word: 6, shift: 192, bits: 64, signed: false },
    { name: "l1_blob_price", word: 6, shift: 128, bits: 64, signed: false },
    { name: "l1_reported_ms", word: 6, shift: 80, bits: 48, signed: false },
    { name: "eth_underlying", word: 6, shift: 64, bits: 16, signed: false },
    { name: "slope_factor_ppm", word: 7, shift: 224, bits: 32, signed: false },
    { name: "slope_least_ppm", word: 7, shift: 192, bits: 32, signed: false },
    { name: "slope_most_ppm", word: 7, shift: 160, bits: 32, signed: false },
    { name: "variance_tau_ms", word: 7, shift: 128, bits: 32, signed: false },
    { name: "domain_separator", word: 8, shift: 0, bits: 256, signed: false },
  ],
  global_signer: [
    { name: "address", word: 0, shift: 0, bits: 160, signed: false },
  ],
  account: [
    { name: "version", word: 0, shift: 248, bits: 8, signed: false },
    { name: "owner", word: 0, shift: 88, bits: 160, signed: false },
    { name: "position_count", word: 0, shift: 80, bits: 8, signed: false },
    { name: "epoch_counter", word: 0, shift: 32, bits: 48, signed: false },
    { name: "margin_mode", word: 0, shift: 24, bits: 8, signed: false },
    { name: "tier", word: 0, shift: 16, bits: 8, signed: false },
    { name: "portfolio_underlying", word: 0, shift: 0, bits: 16, signed: false },
    { name: "collateral", word: 1, shift: 128, bits: 128, signed: true },
    { name: "withdrawn", word: 1, shift: 0, bits: 128, signed: false },
    { name: "guard_key", word: 2, shift: 96, bits: 160, signed: false },
    { name: "guard_removal_ms", word: 2, shift: 48, bits: 48, signed: false },
    { name: "cancel_at_ms", word: 2, shift: 0, bits: 48, signed: false },
    { name: "credit_limit", word: 3, shift: 192, bits: 64, signed: false },
    { name: "guarantor", word: 3, shift: 160, bits: 32, signed: false },
    { name: "credited_ms", word: 3, shift: 112, bits: 48, signed: false },
    { name: "credit_minutes", word: 3, shift: 96, bits: 16, signed: false },
    { name: "tier_expiry_ms", word: 3, shift: 48, bits: 48, signed: false },
    { name: "attested_ms", word: 3, shift: 0, bits: 48, signed: false },
    { name: "protected_underlying", word: 4, shift: 240, bits: 16, signed: false },
    { name: "protection_window_ms", word: 4, shift: 208, bits: 32, signed: false },
    { name: "protection_freeze_ms", word: 4, shift: 176, bits: 32, signed: false },
    { name: "protection_start_ms", word: 4, shift: 128, bits: 48, signed: false },
    { name: "protection_frozen_ms", word: 4, shift: 80, bits: 48, signed: false },
    { name: "protection_lots_max", word: 4, shift: 40, bits: 40, signed: false },
    { name: "protection_lots", word: 4, shift: 0, bits: 40, signed: false },
    { name: "protection_delta_max", word: 5, shift: 192, bits: 64, signed: false },
    { name: "protection_vega_max", word: 5, shift: 128, bits: 64, signed: false },
    { name: "protection_delta", word: 5, shift: 64, bits: 64, signed: true },
    { name: "protection_vega", word: 5, shift: 0, bits: 64, signed: true },
  ],
  account_position: [
    { name: "instrument", word: 0, shift: 240, bits: 16, signed: false },
    { name: "open_orders", word: 0, shift: 224, bits: 16, signed: false },
    { name: "epoch", word: 0, shift: 176, bits: 48, signed: false },
    { name: "size", word: 0, shift: 128, bits: 48, signed: true },
    { name: "linked", word: 0, shift: 112, bits: 16, signed: false },
    { name: "reduce_lots", word: 0, shift: 64, bits: 48, signed: false },
    { name: "factor", word: 0, shift: 0, bits: 64, signed: false },
    { name: "buy_lots", word: 1, shift: 208, bits: 48, signed: false },
    { name: "sell_lots", word: 1, shift: 160, bits: 48, signed: false },
    { name: "buy_value", word: 1, shift: 80, bits: 80, signed: false },
    { name: "sell_value", word: 1, shift: 0, bits: 80, signed: false },
    { name: "funding_snap", word: 2, shift: 128, bits: 128, signed: true },
    { name: "adl_snap", word: 2, shift: 0, bits: 128, signed: true },
  ],
  session: [
    { name: "version", word: 0, shift: 248, bits: 8, signed: false },
    { name: "scope", word: 0, shift: 240, bits: 8, signed: false },
    { name: "key", word: 0, shift: 80, bits: 160, signed: false },
    { name: "expiry_ms", word: 0, shift: 32, bits: 48, signed: false },
    { name: "nonce_base", word: 1, shift: 192, bits: 64, signed: false },
    { name: "nonce_bitmap", word: 1, shift: 0, bits: 192, signed: false },
  ],
  underlying: [
    { name: "version", word: 0, shift: 248, bits: 8, signed: false },
    { name: "index_price", word: 0, shift: 184, bits: 64, signed: false },
    { name: "raw_price", word: 0, shift: 120, bits: 64, signed: false },
    { name: "publish_time_ms", word: 0, shift: 72, bits: 48, signed: false },
    { name: "bucket_ppm", word: 0, shift: 56, bits: 16, signed: false },
    { name: "slope_ppm", word: 0, shift: 24, bits: 32, signed: false },
    { name: "surface_epoch", word: 0, shift: 0, bits: 24, signed: false },
    { name: "symbol", word: 1, shift: 128, bits: 128, signed: false },
    { name: "variance", word: 1, shift: 64, bits: 64, signed: false },
    { name: "orphan_ms", word: 1, shift: 16, bits: 48, signed: false },
  ],
  instrument: [
    { name: "version", word: 0, shift: 248, bits: 8, signed: false },
    { name: "status", word: 0, shift: 240, bits: 8, signed: false },
    { name: "maker_fee_ppm", word: 0, shift: 208, bits: 32, signed: false },
    { name: "taker_fee_ppm", word: 0, shift: 176, bits: 32, signed: false },
    { name: "price_band_ppm", word: 0, shift: 144, bits: 32, signed: false },
    { name: "min_order_value", word: 0, shift: 80, bits: 64, signed: false },
    { name: "last_price", word: 0, shift: 48, bits: 32, signed: false },
    { name: "order_count", word: 0, shift: 16, bits: 32, signed: false },
    { name: "tier", word: 0, shift: 8, bits: 8, signed: false },
    { name: "best_bid", word: 1, shift: 224, bits: 32, signed: false },
    { name: "best_ask", word: 1, shift: 192, bits: 32, signed: false },
    { name: "worst_bid", word: 1, shift: 160, bits: 32, signed: false },
    { name: "worst_ask", word: 1, shift: 128, bits: 32, signed: false },
    { name: "free_slot", word: 1, shift: 96, bits: 32, signed: false },
    { name: "next_slot", word: 1, shift: 64, bits: 32, signed: false },
    { name: "next_serial", word: 1, shift: 16, bits: 48, signed: false },
    { name: "symbol", word: 2, shift: 128, bits: 128, signed: false },
    { name: "bid_count", word: 2, shift: 96, bits: 32, signed: false },
    { name: "liquidation_fee_ppm", word: 2, shift: 64, bits: 32, signed: false },
    { name: "house_margin_ppm", word: 2, shift: 32, bits: 32, signed: false },
    { name: "house_cash", word: 3, shift: 128, bits: 128, signed: true },
    { name: "effective_cash", word: 3, shift: 0, bits: 128, signed: true },
    { name: "house_lots", word: 4, shift: 192, bits: 64, signed: true },
    { name: "takeover_ms", word: 4, shift: 144, bits: 48, signed: false },
    { name: "unwind_ms", word: 4, shift: 96, bits: 48, signed: false },
    { name: "unwound_lots", word: 4, shift: 32, bits: 64, signed: false },
    { name: "long_interest", word: 5, shift: 160, bits: 96, signed: false },
    { name: "short_interest", word: 5, shift: 64, bits: 96, signed: false },
    { name: "funding_average", word: 5, shift: 0, bits: 64, signed: true },
    { name: "funding_ms", word: 6, shift: 208, bits: 48, signed: false },
    { name: "funding_cap_ppm", word: 6, shift: 176, bits: 32, signed: false },
    { name: "funding_interest_ppm", word: 6, shift: 144, bits: 32, signed: true },
    { name: "funding_tau_ms", word: 6, shift: 112, bits: 32, signed: false },
    { name: "impact_value", word: 6, shift: 48, bits: 64, signed: false },
    { name: "loan", word: 7, shift: 128, bits: 128, signed: false },
    { name: "lent_day", word: 7, shift: 96, bits: 32, signed: false },
    { name: "settlement_price", word: 7, shift: 64, bits: 32, signed: false },
    { name: "successor", word: 7, shift: 48, bits: 16, signed: false },
    { name: "expiry_ms", word: 7, shift: 0, bits: 48, signed: false },
    { name: "deficit", word: 8, shift: 128, bits: 128, signed: false },
    { name: "lent_today", word: 8, shift: 0, bits: 128, signed: false },
  ],
  mark: [
    { name: "version", word: 0, shift: 248, bits: 8, signed: false },
    { name: "kind", word: 0, shift: 240, bits: 8, signed: false },
    { name: "underlying", word: 0, shift: 224, bits: 16, signed: false },
    { name: "tick_value", word: 0, shift: 200, bits: 24, signed: false },
    { name: "index_per_tick", word: 0, shift: 136, bits: 64, signed: false },
    { name: "initial_margin_ppm", word: 0, shift: 104, bits: 32, signed: false },
    { name: "maintenance_margin_ppm", word: 0, shift: 72, bits: 32, signed: false },
    { name: "fixed_price", word: 0, shift: 40, bits: 32, signed: false },
    { name: "expiry", word: 0, shift: 24, bits: 16, signed: false },
    { name: "long_factor", word: 1, shift: 192, bits: 64, signed: false },
    { name: "short_factor", word: 1, shift: 128, bits: 64, signed: false },
    { name: "long_deleveraged_ms", word: 1, shift: 80, bits: 48, signed: false },
    { name: "short_deleveraged_ms", word: 1, shift: 32, bits: 48, signed: false },
    { name: "index_ppb", word: 1, shift: 0, bits: 32, signed: false },
    { name: "funding_index", word: 2, shift: 128, bits: 128, signed: true },
    { name: "long_adl_index", word: 2, shift: 0, bits: 128, signed: true },
    { name: "short_adl_index", word: 3, shift: 128, bits: 128, signed: true },
  ],
  option_mark: [
    { name: "version", word: 0, shift: 248, bits: 8, signed: false },
    { name: "kind", word: 0, shift: 240, bits: 8, signed: false },
    { name: "underlying", word: 0, shift: 224, bits: 16, signed: false },
    { name: "tick_value", word: 0, shift: 200, bits: 24, signed: false },
    { name: "index_per_tick", word: 0, shift: 136, bits: 64, signed: false },
    { name: "initial_margin_ppm", word: 0, shift: 104, bits: 32, signed: false },
    { name: "maintenance_margin_ppm", word: 0, shift: 72, bits: 32, signed: false },
    { name: "fixed_price", word: 0, shift: 40, bits: 32, signed: false },
    { name: "expiry", word: 0, shift: 24, bits: 16, signed: false },
    { name: "vega", word: 0, shift: 0, bits: 24, signed: false },
    { name: "long_factor", word: 1, shift: 192, bits: 64, signed: false },
    { name: "short_factor", word: 1, shift: 128, bits: 64, signed: false },
    { name: "long_deleveraged_ms", word: 1, shift: 80, bits: 48, signed: false },
    { name: "short_deleveraged_ms", word: 1, shift: 32, bits: 48, signed: false },
    { name: "index_ppb", word: 1, shift: 0, bits: 32, signed: false },
    { name: "mark_price", word: 2, shift: 216, bits: 40, signed: false },
    { name: "priced_ms", word: 2, shift: 168, bits: 48, signed: false },
    { name: "delta", word: 2, shift: 136, bits: 32, signed: true },
    { name: "long_adl_index", word: 2, shift: 0, bits: 128, signed: true },
    { name: "short_adl_index", word: 3, shift: 128, bits: 128, signed: true },
    { name: "strike", word: 3, shift: 96, bits: 32, signed: false },
    { name: "priced_forward", word: 3, shift: 64, bits: 32, signed: false },
    { name: "gamma", word: 3, shift: 32, bits: 32, signed: false },
    { name: "theta", word: 3, shift: 0, bits: 32, signed: true },
  ],
  order: [
    { name: "version", word: 0, shift: 248, bits: 8, signed: false },
    { name: "flags", word: 0, shift: 240, bits: 8, signed: false },
    { name: "price", word: 0, shift: 208, bits: 32, signed: false },
    { name: "lots", word: 0, shift: 168, bits: 40, signed: false },
    { name: "account", word: 0, shift: 136, bits: 32, signed: false },
    { name: "epoch", word: 0, shift: 88, bits: 48, signed: false },
    { name: "serial", word: 0, shift: 40, bits: 48, signed: false },
    { name: "prev", word: 1, shift: 224, bits: 32, signed: false },
    { name: "next", word: 1, shift: 192, bits: 32, signed: false },
    { name: "expiry_ms", word: 1, shift: 144, bits: 48, signed: false },
    { name: "client_id", word: 1, shift: 80, bits: 64, signed: false },
    { name: "max_fee_ppm", word: 1, shift: 48, bits: 32, signed: false },
  ],
  expiry: [
    { name: "version", word: 0, shift: 248, bits: 8, signed: false },
    { name: "underlying", word: 0, shift: 232, bits: 16, signed: false },
    { name: "expiry_ms", word: 0, shift: 184, bits: 48, signed: false },
    { name: "publish_time_ms", word: 0, shift: 136, bits: 48, signed: false },
    { name: "forward_ppb", word: 0, shift: 104, bits: 32, signed: false },
    { name: "rate_ppm", word: 0, shift: 72, bits: 32, signed: true },
    { name: "confidence_ppm", word: 0, shift: 40, bits: 32, signed: false },
    { name: "future", word: 0, shift: 24, bits: 16, signed: false },
    { name: "svi_a", word: 1, shift: 192, bits: 64, signed: true },
    { name: "svi_b", word: 1, shift: 128, bits: 64, signed: false },
    { name: "svi_rho", word: 1, shift: 64, bits: 64, signed: true },
    { name: "svi_m", word: 1, shift: 0, bits: 64, signed: true },
    { name: "svi_sigma", word: 2, shift: 192, bits: 64, signed: false },
    { name: "svi_forward", word: 2, shift: 128, bits: 64, signed: false },
    { name: "svi_time_ms", word: 2, shift: 80, bits: 48, signed: false },
    { name: "accumulated", word: 3, shift: 128, bits: 128, signed: false },
    { name: "covered_ms", word: 3, shift: 96, bits: 32, signed: false },
    { name: "sampled_ms", word: 3, shift: 48, bits: 48, signed: false },
    { name: "settlement", word: 4, shift: 192, bits: 64, signed: false },
    { name: "settled_ms", word: 4, shift: 144, bits: 48, signed: false },
  ],
  array: [
    { name: "version", word: 0, shift: 248, bits: 8, signed: false },
    { name: "priced_ms", word: 0, shift: 200, bits: 48, signed: false },
    { name: "long_factor", word: 0, shift: 136, bits: 64, signed: false },
    { name: "short_factor", word: 0, shift: 72, bits: 64, signed: false },
    { name: "contingency_factor", word: 0, shift: 8, bits: 64, signed: false },
    { name: "lanes_0", word: 1, shift: 0, bits: 256, signed: false },
    { name: "lanes_1", word: 2, shift: 0, bits: 256, signed: false },
    { name: "lanes_2", word: 3, shift: 0, bits: 256, signed: false },
    { name: "lanes_3", word: 4, shift: 0, bits: 256, signed: false },
    { name: "lanes_4", word: 5, shift: 0, bits: 256, signed: false },
    { name: "lanes_5", word: 6, shift: 0, bits: 256, signed: false },
    { name: "lanes_6", word: 7, shift: 0, bits: 256, signed: false },
    { name: "lanes_7", word: 8, shift: 0, bits: 256, signed: false },
    { name: "lanes_8", word: 9, shift: 0, bits: 256, signed: false },
    { name: "lanes_9", word: 10, shift: 0, bits: 256, signed: false },
    { name: "lanes_10", word: 11, shift: 0, bits: 256, signed: false },
  ],
  trigger: [
    { name: "version", word: 0, shift: 248, bits: 8, signed: false },
    { name: "sell", word: 0, shift: 240, bits: 8, signed: false },
    { name: "reduce_only", word: 0, shift: 232, bits: 8, signed: false },
    { name: "falling", word: 0, shift: 224, bits: 8, signed: false },
    { name: "by_mark", word: 0, shift: 216, bits: 8, signed: false },
    { name: "trigger_price", word: 0, shift: 152, bits: 64, signed: false },
    { name: "limit", word: 0, shift: 120, bits: 32, signed: false },
    { name: "lots", word: 0, shift: 80, bits: 40, signed: false },
    { name: "max_fee_ppm", word: 0, shift: 48, bits: 32, signed: false },
    { name: "expiry_ms", word: 0, shift: 0, bits: 48, signed: false },
    { name: "epoch", word: 1, shift: 208, bits: 48, signed: false },
    { name: "client_id", word: 1, shift: 144, bits: 64, signed: false },
  ],
  certificate: [
    { name: "version", word: 0, shift: 248, bits: 8, signed: false },
    { name: "time_ms", word: 0, shift: 200, bits: 48, signed: false },
    { name: "ends_ms", word: 0, shift: 152, bits: 48, signed: false },
    { name: "feed_epoch", word: 0, shift: 104, bits: 48, signed: false },
    { name: "surface_epoch", word: 0, shift: 80, bits: 24, signed: false },
    { name: "index_price", word: 0, shift: 16, bits: 64, signed: false },
    { name: "gross", word: 1, shift: 128, bits: 128, signed: false },
    { name: "perpetuals", word: 1, shift: 0, bits: 128, signed: true },
    { name: "naked", word: 2, shift: 128, bits: 128, signed: false },
    { name: "expiry_0", word: 2, shift: 112, bits: 16, signed: false },
    { name: "expiry_1", word: 2, shift: 96, bits: 16, signed: false },
    { name: "expiry_2", word: 2, shift: 80, bits: 16, signed: false },
    { name: "expiry_3", word: 2, shift: 64, bits: 16, signed: false },
    { name: "expiry_4", word: 2, shift: 48, bits: 16, signed: false },
    { name: "expiry_5", word: 2, shift: 32, bits: 16, signed: false },
    { name: "expiry_6", word: 2, shift: 16, bits: 16, signed: false },
    { name: "expiry_7", word: 2, shift: 0, bits: 16, signed: false },
    { name: "losses_0", word: 3, shift: 0, bits: 256, signed: false },
    { name: "losses_1", word: 4, shift: 0, bits: 256, signed: false },
    { name: "losses_2", word: 5, shift: 0, bits: 256, signed: false },
    { name: "losses_3", word: 6, shift: 0, bits: 256, signed: false },
    { name: "losses_4", word: 7, shift: 0, bits: 256, signed: false },
    { name: "losses_5", word: 8, shift: 0, bits: 256, signed: false },
    { name: "losses_6", word: 9, shift: 0, bits: 256, signed: false },
    { name: "losses_7", word: 10, shift: 0, bits: 256, signed: false },
    { name: "losses_8", word: 11, shift: 0, bits: 256, signed: false },
    { name: "losses_9", word: 12, shift: 0, bits: 256, signed: false },
    { name: "losses_10", word: 13, shift: 0, bits: 256, signed: false },
    { name: "up_0", word: 14, shift: 160, bits: 96, signed: true },
    { name: "down_0", word: 14, shift: 64, bits: 96, signed: true },
    { name: "factor_0", word: 14, shift: 0, bits: 64, signed: false },
    { name: "up_1", word: 15, shift: 160, bits: 96, signed: true },
    { name: "down_1", word: 15, shift: 64, bits: 96, signed: true },
    { name: "factor_1", word: 15, shift: 0, bits: 64, signed: false },
    { name: "up_2", word: 16, shift: 160, bits: 96, signed: true },
    { name: "down_2", word: 16, shift: 64, bits: 96, signed: true },
    { name: "factor_2", word: 16, shift: 0, bits: 64, signed: false },
    { name: "up_3", word: 17, shift: 160, bits: 96, signed: true },
    { name: "down_3", word: 17, shift: 64, bits: 96, signed: true },
    { name: "factor_3", word: 17, shift: 0, bits: 64, signed: false },
    { name: "up_4", word: 18, shift: 160, bits: 96, signed: true },
    { name: "down_4", word: 18, shift: 64, bits: 96, signed: true },
    { name: "factor_4", word: 18, shift: 0, bits: 64, signed: false },
    { name: "up_5", word: 19, shift: 160, bits: 96, signed: true },
    { name: "down_5", word: 19, shift: 64, bits: 96, signed: true },
    { name: "factor_5", word: 19, shift: 0, bits: 64, signed: false },
    { name: "up_6", word: 20, shift: 160, bits: 96, signed: true },
    { name: "down_6", word: 20, shift: 64, bits: 96, signed: true },
    { name: "factor_6", word: 20, shift: 0, bits: 64, signed: false },
    { name: "up_7", word: 21, shift: 160, bits: 96, signed: true },
    { name: "down_7", word: 21, shift: 64, bits: 96, signed: true },
    { name: "factor_7", word: 21, shift: 0, bits: 64, signed: false },
  ],
};
