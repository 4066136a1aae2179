"""Stable codes. Generated from proto/errors.toml: do not edit."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Final


@dataclass(frozen=True, slots=True)
class CodeInfo:
    """What a code means; of an API error also its root (rejected, transient, broken)."""

    meaning: str
    root: str = ""
    grpc: str = ""
    retired: bool = False


class Result(IntEnum):
    """What became of an operation or of an action: a function of state, header and ordered bytes alone."""

    OK = 0
    UNKNOWN_TYPE = 1
    MALFORMED = 2
    SEGMENT_FULL = 3
    UNKNOWN_ACCOUNT = 4
    UNKNOWN_SESSION = 5
    SESSION_EXPIRED = 6
    EXPIRED = 8
    NONCE_USED = 9
    NONCE_TOO_FAR = 10
    BAD_SIGNATURE = 11
    STALE_REPORT = 12
    BELOW_QUORUM = 13
    BAD_REPORTER = 14
    UNKNOWN_UNDERLYING = 15
    UNKNOWN_INSTRUMENT = 16
    CAPACITY = 17
    FIELD_OVERFLOW = 18
    HALTED = 19
    NO_PRICE = 20
    STALE_PRICE = 21
    ORDER_TOO_SMALL = 22
    FEE_TOO_HIGH = 23
    TOO_MANY_POSITIONS = 24
    TOO_MANY_ORDERS = 25
    POSITION_LIMIT = 26
    NOTHING_TO_REDUCE = 27
    POST_ONLY_CROSSES = 28
    TOUCHES_EXHAUSTED = 29
    SELF_TRADE = 31
    MARGIN_INSUFFICIENT = 32
    FOK_UNFILLED = 33
    IOC_REMAINDER = 34
    ORDER_NOT_FOUND = 35
    BOOK_FULL = 36
    INSUFFICIENT_COLLATERAL = 37
    BEYOND_BAND = 38
    WRONG_FAMILY = 39
    SIDE_FULL = 40
    L1_FEE_TOO_HIGH = 50
    GUARD_NEEDED = 51
    GAP_TOO_WIDE = 53
    TIER_NEEDED = 55
    NOT_TRIGGERED = 56
    TRIGGER_NOT_FOUND = 63
    TOO_SOON = 41
    SWEEP_FIRST = 42
    NOT_LIQUIDATABLE = 43
    NO_POSITION = 44
    HOUSE_SOLVENT = 45
    HOUSE_FLAT = 46
    HOUSE_FULL = 47
    NOT_ORPHANED = 48
    NOT_SETTLED = 49
    INSTRUMENT_SETTLED = 54
    UNKNOWN_EXPIRY = 57
    EXPIRY_CLOSED = 58
    NOT_EXPIRED = 59
    SETTLEMENT_OFF = 60
    ATOMIC_UNDONE = 70
    BAD_ATTESTER = 64
    STALE_ATTESTATION = 65
    CREDIT_STANDS = 71
    NO_CREDIT = 72
    PROTECTION_FROZEN = 77
    WRONG_PRODUCT = 61
    PORTFOLIO_UNFIT = 66
    PORTFOLIO_STALE = 67
    CERTIFICATE_STALE = 52
    CERTIFICATE_NEEDED = 69
    WRONG_MARGIN_MODE = 68
    AUCTION_RUNNING = 73
    NO_AUCTION = 74
    DISCOUNT_TOO_LOW = 75
    NO_RELIEF = 76


RESULT_INFO: Final[dict[Result, CodeInfo]] = {
    Result.OK: CodeInfo("Executed."),
    Result.UNKNOWN_TYPE: CodeInfo("No such op type, message kind or governance action."),
    Result.MALFORMED: CodeInfo("The body has the wrong length or a field out of its range."),
    Result.SEGMENT_FULL: CodeInfo(
        "The segment has no room for the op's worst case; it changed nothing and can be ordered again."
    ),
    Result.UNKNOWN_ACCOUNT: CodeInfo("No such account."),
    Result.UNKNOWN_SESSION: CodeInfo("The session slot holds no key."),
    Result.SESSION_EXPIRED: CodeInfo("The session's expiry has passed."),
    Result.EXPIRED: CodeInfo("The op's expiry has passed."),
    Result.NONCE_USED: CodeInfo("The nonce was used, or lies below the window."),
    Result.NONCE_TOO_FAR: CodeInfo("The nonce lies more than a window above the window."),
    Result.BAD_SIGNATURE: CodeInfo("The signature is not the session key's, or malleable."),
    Result.STALE_REPORT: CodeInfo(
        "The publish time does not rise by PUBLISH_SPACING_MS, lies ahead of the clock or too far behind it."
    ),
    Result.BELOW_QUORUM: CodeInfo("Fewer reporters, or attesters, signed than the quorum."),
    Result.BAD_REPORTER: CodeInfo("Reporter indices do not rise, or one is outside the set."),
    Result.UNKNOWN_UNDERLYING: CodeInfo("No such underlying."),
    Result.UNKNOWN_INSTRUMENT: CodeInfo("No such instrument."),
    Result.CAPACITY: CodeInfo("An id would pass the height of its tree."),
    Result.FIELD_OVERFLOW: CodeInfo("A field would leave its width."),
    Result.HALTED: CodeInfo("The instrument admits only cancels, or only reduce-only orders."),
    Result.NO_PRICE: CodeInfo(
        "The instrument's underlying has no index price yet, or its option no price from a surface."
    ),
    Result.STALE_PRICE: CodeInfo(
        "The instrument's index price is stale: nothing trades on it; the remainder is cancelled."
    ),
    Result.ORDER_TOO_SMALL: CodeInfo("The order's value is below the instrument's minimum."),
    Result.FEE_TOO_HIGH: CodeInfo("A fee that the order could pay is above the bundle's maximum."),
    Result.TOO_MANY_POSITIONS: CodeInfo(
        "The account has no free position entry, or options and one underlying more than they admit."
    ),
    Result.TOO_MANY_ORDERS: CodeInfo(
        "The account has its maximum of open orders, or of linked ones, on the instrument."
    ),
    Result.POSITION_LIMIT: CodeInfo("Position and open orders would pass the limit."),
    Result.NOTHING_TO_REDUCE: CodeInfo(
        "A reduce-only order finds no opposite position, or resting ones have taken all of it."
    ),
    Result.POST_ONLY_CROSSES: CodeInfo("A post-only order would take."),
    Result.TOUCHES_EXHAUSTED: CodeInfo(
        "The bundle's maker touches are used up; the remainder is cancelled."
    ),
    Result.SELF_TRADE: CodeInfo("Self-trade prevention cancelled the remainder."),
    Result.MARGIN_INSUFFICIENT: CodeInfo(
        "Margin does not admit the next fill or the resting remainder; the remainder is cancelled."
    ),
    Result.FOK_UNFILLED: CodeInfo("A fill-or-kill order could not fill whole; nothing changed."),
    Result.IOC_REMAINDER: CodeInfo("An immediate-or-cancel order's remainder is cancelled."),
    Result.ORDER_NOT_FOUND: CodeInfo("No such live order of the account."),
    Result.BOOK_FULL: CodeInfo("The instrument has no free order slot."),
    Result.INSUFFICIENT_COLLATERAL: CodeInfo(
        "The withdrawal would leave the account below initial margin, or is more than users have in the venue; or the account cannot pay what L1 takes for the op."
    ),
    Result.BEYOND_BAND: CodeInfo(
        "The order's limit lies beyond the price band, on the side that it takes from."
    ),
    Result.WRONG_FAMILY: CodeInfo(
        "The op is of another family than its segment, or may only come from the inbox."
    ),
    Result.SIDE_FULL: CodeInfo(
        "The side of the book is full, and the order is no better than its worst, or the bundle has pushed one out already."
    ),
    Result.L1_FEE_TOO_HIGH: CodeInfo("The op's bytes cost more on L1 than it agrees to."),
    Result.GUARD_NEEDED: CodeInfo("The account's guard key has to sign as well."),
    Result.GAP_TOO_WIDE: CodeInfo(
        "The reported price lies so far from the index, or the option's pricing is so overdue, that only shrinking fills pass."
    ),
    Result.TIER_NEEDED: CodeInfo("The instrument asks for a tier that the account lacks."),
    Result.NOT_TRIGGERED: CodeInfo("The trigger's price has not come."),
    Result.TRIGGER_NOT_FOUND: CodeInfo(
        "The place holds no live trigger of the account; a dead one was emptied."
    ),
    Result.TOO_SOON: CodeInfo("Less time has passed since the last one than must."),
    Result.SWEEP_FIRST: CodeInfo("Dead orders stop the walk of a side before the impact notional."),
    Result.NOT_LIQUIDATABLE: CodeInfo(
        "The account's equity is not below its maintenance requirement."
    ),
    Result.NO_POSITION: CodeInfo(
        "The account has no position in the instrument; for a trigger, no order either."
    ),
    Result.HOUSE_SOLVENT: CodeInfo("The house is not below its margin."),
    Result.HOUSE_FLAT: CodeInfo("The house has no whole lot, or nobody opposes it."),
    Result.HOUSE_FULL: CodeInfo("The house would fall below its margin."),
    Result.NOT_ORPHANED: CodeInfo(
        "The underlying's price is too young, or the notice has not passed."
    ),
    Result.NOT_SETTLED: CodeInfo("The instrument is not settled."),
    Result.INSTRUMENT_SETTLED: CodeInfo(
        "The instrument, or the expiry, is settled: positions can only be turned into cash."
    ),
    Result.UNKNOWN_EXPIRY: CodeInfo("No such expiry, or it is another underlying's."),
    Result.EXPIRY_CLOSED: CodeInfo("The expiry has passed, or has its future already."),
    Result.NOT_EXPIRED: CodeInfo("The expiry, or the half hour before it, has not come."),
    Result.SETTLEMENT_OFF: CodeInfo(
        "The settlement price lies further from the average of the samples than it may."
    ),
    Result.ATOMIC_UNDONE: CodeInfo(
        "Another action of the atomic bundle failed: this one was undone, or not begun."
    ),
    Result.BAD_ATTESTER: CodeInfo("Attesters' places do not rise, or one is outside the set."),
    Result.STALE_ATTESTATION: CodeInfo(
        "Attesters have said something later of the account, or this lies later than now."
    ),
    Result.CREDIT_STANDS: CodeInfo(
        "Credit of the account has not ended, or is another guarantor's or more than what is said now; or its money stands where portfolio margin is chosen."
    ),
    Result.NO_CREDIT: CodeInfo("No credit stands with the account."),
    Result.PROTECTION_FROZEN: CodeInfo(
        "The account's protection was passed: until its freeze ends, no order of it rests on the underlying."
    ),
    Result.WRONG_PRODUCT: CodeInfo("The op is not for this kind of instrument."),
    Result.PORTFOLIO_UNFIT: CodeInfo(
        "Portfolio margin does not cover a position: it is of another underlying, a future, or of lots that do not come to whole wads; or options are of too many expiries, or worth more than its domain holds."
    ),
    Result.PORTFOLIO_STALE: CodeInfo(
        "What portfolio margin asks for is not known: the index price is stale, or an option waits for a Reprice."
    ),
    Result.CERTIFICATE_STALE: CodeInfo(
        "Makers were passed over because their certificates are not valid; the remainder is cancelled."
    ),
    Result.CERTIFICATE_NEEDED: CodeInfo(
        "The account's margin certificate is not valid: a Revalue comes first. A node orders it ahead of the order, unless a price or an array is stale, or an option expires soon."
    ),
    Result.WRONG_MARGIN_MODE: CodeInfo(
        "The account's margin does not admit it: triggers, liquidation and credit need standard margin, Revalue portfolio margin."
    ),
    Result.AUCTION_RUNNING: CodeInfo(
        "The portfolio is being auctioned, and goes on being: it has not met maintenance again, and its time is not over."
    ),
    Result.NO_AUCTION: CodeInfo(
        "The account is not being auctioned, or not by the auction that the bid names; or it meets maintenance again; or its equity is too low for it."
    ),
    Result.DISCOUNT_TOO_LOW: CodeInfo("The auction's discount is not yet as high as the bid asks."),
    Result.NO_RELIEF: CodeInfo(
        "The whole lots of a fraction would not free enough of the maintenance requirement."
    ),
}


class ApiError(IntEnum):
    """Errors of the sequencer's gRPC API."""

    QUEUE_FULL = 1
    REQUEST_MALFORMED = 2
    OP_REJECTED = 3
    OP_TYPE_DENIED = 4
    MESSAGE_TOO_LARGE = 5
    TOO_MANY_STREAMS = 6
    SLOW_READER = 7
    NOT_FOUND = 8
    NOT_YET = 9
    STOPPING = 10
    NOT_ACCEPTING = 11
    INTERNAL = 12
    RATE_LIMITED = 13
    ACCOUNT_UNFUNDED = 14
    STANDBY = 21
    REMAINING_CHANGED = 20
    UNAUTHENTICATED = 26
    TOO_MANY_OPEN = 27
    REQUEST_CLOSED = 28
    QUOTE_GONE = 29
    QUOTE_UNSIGNED = 30
    VENUE_FROZEN = 25


API_ERROR_INFO: Final[dict[ApiError, CodeInfo]] = {
    ApiError.QUEUE_FULL: CodeInfo(
        "The ingress queue is full; nothing was accepted.",
        root="transient",
        grpc="RESOURCE_EXHAUSTED",
    ),
    ApiError.REQUEST_MALFORMED: CodeInfo(
        "A field of the request is missing or out of its range.",
        root="rejected",
        grpc="INVALID_ARGUMENT",
    ),
    ApiError.OP_REJECTED: CodeInfo(
        "The law would refuse the op with the code in `result`; it was not ordered and costs nothing.",
        root="rejected",
        grpc="FAILED_PRECONDITION",
    ),
    ApiError.OP_TYPE_DENIED: CodeInfo(
        "Ops of this type are not taken from users.", root="rejected", grpc="PERMISSION_DENIED"
    ),
    ApiError.MESSAGE_TOO_LARGE: CodeInfo(
        "The message holds more ops or bytes than one message may.",
        root="rejected",
        grpc="INVALID_ARGUMENT",
    ),
    ApiError.TOO_MANY_STREAMS: CodeInfo(
        "The caller, or the node, holds its maximum of open streams.",
        root="transient",
        grpc="RESOURCE_EXHAUSTED",
    ),
    ApiError.SLOW_READER: CodeInfo(
        "The stream was read too slowly, and ended; subscribe again.",
        root="transient",
        grpc="RESOURCE_EXHAUSTED",
    ),
    ApiError.NOT_FOUND: CodeInfo(
        "No account, instrument, session or op of this name.", root="rejected", grpc="NOT_FOUND"
    ),
    ApiError.NOT_YET: CodeInfo(
        "What was asked for does not exist yet; it may later.",
        root="transient",
        grpc="FAILED_PRECONDITION",
    ),
    ApiError.STOPPING: CodeInfo(
        "The node is stopping; nothing was accepted.", root="transient", grpc="UNAVAILABLE"
    ),
    ApiError.NOT_ACCEPTING: CodeInfo(
        "The node orders nothing now: it catches up, stands by for the leader, or L1 is out of reach.",
        root="transient",
        grpc="UNAVAILABLE",
    ),
    ApiError.INTERNAL: CodeInfo(
        "The node failed; ask for its finality to see whether the op was ordered.",
        root="broken",
        grpc="INTERNAL",
    ),
    ApiError.RATE_LIMITED: CodeInfo(
        "The account, or a reporter, sends more than its share; nothing was accepted. `retry_after_ms` says when to try again.",
        root="transient",
        grpc="RESOURCE_EXHAUSTED",
    ),
    ApiError.ACCOUNT_UNFUNDED: CodeInfo(
        "The account holds too little collateral and no position: deposit first.",
        root="rejected",
        grpc="FAILED_PRECONDITION",
    ),
    ApiError.STANDBY: CodeInfo(
        "The node follows another that leads, and orders nothing: try the venue's other endpoints.",
        root="transient",
        grpc="UNAVAILABLE",
    ),
    ApiError.REMAINING_CHANGED: CodeInfo(
        "An order does not have the lots left that the op expects; it was not ordered and costs nothing.",
        root="rejected",
        grpc="FAILED_PRECONDITION",
    ),
    ApiError.UNAUTHENTICATED: CodeInfo(
        "No live session of the account signed the access that the request carries, or it has expired.",
        root="rejected",
        grpc="UNAUTHENTICATED",
    ),
    ApiError.TOO_MANY_OPEN: CodeInfo(
        "The account, the host or the node has its maximum of open requests or quotes. `retry_after_ms` says when one of them expires.",
        root="transient",
        grpc="RESOURCE_EXHAUSTED",
    ),
    ApiError.REQUEST_CLOSED: CodeInfo(
        "The request for quotes has expired, was withdrawn, or was traded.",
        root="rejected",
        grpc="FAILED_PRECONDITION",
    ),
    ApiError.QUOTE_GONE: CodeInfo(
        "The quote has expired, or was withdrawn or replaced.",
        root="rejected",
        grpc="FAILED_PRECONDITION",
    ),
    ApiError.QUOTE_UNSIGNED: CodeInfo(
        "The quote is indicative where a signed one is needed, or signed where the requester is not disclosed.",
        root="rejected",
        grpc="FAILED_PRECONDITION",
    ),
    ApiError.VENUE_FROZEN: CodeInfo(
        "The venue is frozen on L1: nothing more is ordered there. `strikeproof exit` leads out.",
        root="rejected",
        grpc="FAILED_PRECONDITION",
    ),
}


class FailureCode(IntEnum):
    """Errors of nodes, clients and tools besides those of the API."""

    CONFIG_INVALID = 100
    DEPLOYMENT_INVALID = 101
    KEY_UNAVAILABLE = 102
    RISK_FILE_ERROR = 103
    KEYSTORE_MALFORMED = 105
    WRONG_PASSWORD = 106
    CONFIG_INCOMPLETE = 104
    SIGNER_SILENT = 110
    TLS_UNUSABLE = 109
    WRONG_SCHEMA = 107
    ENDPOINT_FAILED = 200
    L1_UNAVAILABLE = 201
    DISAGREEMENT = 202
    CALL_REVERTED = 203
    BROADCAST_REFUSED = 204
    WRONG_CHAIN = 205
    STORE_TAKEN = 206
    STORE_MISMATCH = 207
    INTENT_CONFLICT = 208
    SEND_QUEUE_FULL = 209
    DEPLOYMENT_FAILED = 210
    DEPLOYMENT_UNFINISHED = 220
    DEPLOYMENT_JOURNAL_UNUSABLE = 221
    KEY_FILE_EXISTS = 222
    VENUE_FILE_INVALID = 223
    GOVERNANCE_FIELD_INVALID = 224
    UNKNOWN_ANNOUNCEMENT = 225
    NOTHING_OVERDUE = 226
    PRICE_SOURCE_FAILED = 230
    NO_PRICE_TO_REPORT = 231
    NOT_A_REPORTER = 232
    REPORTER_PORT_TAKEN = 234
    GATEWAY_PORT_TAKEN = 236
    UNKNOWN_PRICE_SOURCE = 235
    TOO_FEW_REPORTS = 233
    NO_FORWARD_TO_REPORT = 280
    TERM_FILE_INVALID = 281
    NO_SETTLEMENT_TO_REPORT = 282
    SURFACE_REFUSED = 283
    NOT_TO_SETTLE = 285
    SCHEDULE_INVALID = 284
    VENUE_MISMATCH = 300
    LAW_UNKNOWN = 301
    REORGANIZED_TOO_DEEP = 302
    L1_INCONSISTENT = 303
    ANOTHER_SEQUENCER = 304
    SEQUENCER_REPLACED = 305
    ORDER_OUTDATED = 306
    FOLDER_BEHIND_L1 = 307
    FOLDER_TAKEN = 308
    JOURNAL_CORRUPT = 309
    JOURNAL_FOREIGN = 310
    SNAPSHOT_CORRUPT = 311
    REPLAY_DIVERGED = 312
    BATCH_CONFLICT = 313
    FINAL_STATE_DIVERGED = 314
    WORKER_DIED = 315
    JOURNAL_SHORTENED = 317
    PORT_TAKEN = 316
    WORKER_STALLED = 330
    CHARGE_ABOVE_BURST = 335
    STORAGE_FAILED = 331
    BATCHES_DAMAGED = 333
    ETCD_UNAVAILABLE = 340
    DEPOSED = 341
    LOG_DIVERGED = 342
    LOG_TRIMMED = 343
    STANDBY_DIVERGED = 344
    ORDER_REPLACED = 346
    KEY_SHARED = 345
    NOT_RECOVERABLE = 332
    BAD_DATA = 400
    DEEP_REORGANIZATION = 401
    NOT_PROVABLE = 402
    NOT_FOUND = 403
    STORE_UNUSABLE = 404
    LAW_FAILED = 405
    WRONG_CODE = 406
    EXECUTOR_UNAVAILABLE = 408
    EXIT_REFUSED = 409
    GAS_MONEY_MISSING = 420
    STATE_FORGOTTEN = 422
    WRONG_FINAL_ROOT = 421
    RECEIPT_UNUSABLE = 418
    LAW_PROOF_UNUSABLE = 318
    ONE_LAW_RESULT = 319
    CHECKPOINT_REFUSED = 412
    NO_CHECKPOINT = 413
    AUDIT_MALFORMED = 410
    AUDIT_REFUSED = 411
    EVIDENCE_PORT_TAKEN = 419
    FIRST_BLOCK_TOO_LATE = 423
    NO_ROLLUP = 407
    BAD_SIGNATURE = 500
    RECEIPT_INVALID = 501
    NO_ACCOUNT = 502
    NO_WALLET = 503
    UNKNOWN_INSTRUMENT = 504
    NO_OPTIONS_LISTED = 519
    WRONG_VENUE = 505
    GAP_IN_STREAM = 506
    L1_REFUSED = 507
    UNREACHABLE = 508
    NOTHING_OWED = 509
    NOT_DONE_IN_TIME = 510
    FIELD_INVALID = 511
    PRICE_OFF_GRID = 512
    FORKED_PROCESS = 513
    BLOCK_FILE_INVALID = 540
    BLOCK_OF_ANOTHER_VENUE = 541
    BLOCK_EXPIRED = 542
    BLOCK_USED = 543
    ATTESTATION_FILE_INVALID = 550
    ATTESTATION_OF_ANOTHER_VENUE = 551
    ATTESTATION_SUPERSEDED = 552
    NOT_AN_ATTESTER = 553
    TOO_FEW_ATTESTATIONS = 554
    CONSENT_LACKING = 555
    NO_SUCH_ORDER = 515
    GUARD_KEY_NEEDED = 516
    L1_UNREACHABLE = 514
    NOT_A_TRADING_KEY = 518
    BEYOND_LIMITS = 517
    L1_NOT_INSTALLED = 600
    FOLDER_UNUSABLE = 601
    UNKNOWN_FRAUD = 602
    TRANSACTION_FAILED = 603
    GOAL_MISSED = 604
    CHILD_FAILED = 605
    WITHDRAWAL_FAILED = 606
    DRILL_DIVERGED = 607
    EXIT_FAILED = 610
    ETCD_NOT_INSTALLED = 609
    NO_SECOND_EVM = 608
    NO_BROWSER = 611


FAILURE_CODE_INFO: Final[dict[FailureCode, CodeInfo]] = {
    FailureCode.CONFIG_INVALID: CodeInfo(
        "A configuration file is missing, is not TOML, or a field has no proper value.",
        root="rejected",
    ),
    FailureCode.DEPLOYMENT_INVALID: CodeInfo(
        "A deployment file is missing, malformed, or of another chain.", root="rejected"
    ),
    FailureCode.KEY_UNAVAILABLE: CodeInfo(
        "A key's or password's file cannot be read, or its variable is unset.", root="rejected"
    ),
    FailureCode.RISK_FILE_ERROR: CodeInfo(
        "A portfolio, surface or quote file cannot be used.", root="rejected"
    ),
    FailureCode.KEYSTORE_MALFORMED: CodeInfo("A keystore file is not one.", root="rejected"),
    FailureCode.WRONG_PASSWORD: CodeInfo(
        "The password does not open the keystore.", root="rejected"
    ),
    FailureCode.CONFIG_INCOMPLETE: CodeInfo(
        "The command needs a section that the configuration lacks.", root="rejected"
    ),
    FailureCode.SIGNER_SILENT: CodeInfo(
        "A key that is elsewhere does not sign: the service does not answer, or refuses.",
        root="transient",
    ),
    FailureCode.TLS_UNUSABLE: CodeInfo(
        "A certificate, its key or an authority's file cannot be used.", root="rejected"
    ),
    FailureCode.WRONG_SCHEMA: CodeInfo(
        "A database has tables of another release, and no migration leads to this one's.",
        root="broken",
    ),
    FailureCode.ENDPOINT_FAILED: CodeInfo(
        "One endpoint timed out, dropped the connection or answered nonsense.", root="transient"
    ),
    FailureCode.L1_UNAVAILABLE: CodeInfo("Too few endpoints answered.", root="transient"),
    FailureCode.DISAGREEMENT: CodeInfo("Endpoints answer differently.", root="transient"),
    FailureCode.CALL_REVERTED: CodeInfo(
        "L1 executed a call or gas estimate, and it reverted.", root="rejected"
    ),
    FailureCode.BROADCAST_REFUSED: CodeInfo("No endpoint took the transaction.", root="rejected"),
    FailureCode.WRONG_CHAIN: CodeInfo(
        "An endpoint serves a chain other than the configured one.", root="broken"
    ),
    FailureCode.STORE_TAKEN: CodeInfo(
        "Another process owns the store of a key's intents.", root="broken"
    ),
    FailureCode.STORE_MISMATCH: CodeInfo(
        "The store was made for another chain or key.", root="broken"
    ),
    FailureCode.INTENT_CONFLICT: CodeInfo(
        "An intent of this name exists with other content.", root="rejected"
    ),
    FailureCode.SEND_QUEUE_FULL: CodeInfo(
        "Too many transactions wait for inclusion.", root="transient"
    ),
    FailureCode.DEPLOYMENT_FAILED: CodeInfo(
        "L1 did not take a transaction of a deployment, or did something other than it should.",
        root="rejected",
    ),
    FailureCode.DEPLOYMENT_UNFINISHED: CodeInfo(
        "A transaction of a deployment is in no block yet: run it again.", root="transient"
    ),
    FailureCode.DEPLOYMENT_JOURNAL_UNUSABLE: CodeInfo(
        "The journal of a deployment is damaged, or belongs to another one.", root="rejected"
    ),
    FailureCode.KEY_FILE_EXISTS: CodeInfo(
        "A file for a new key exists: keys are not overwritten.", root="rejected"
    ),
    FailureCode.VENUE_FILE_INVALID: CodeInfo(
        "A venue's file says what cannot be deployed.", root="rejected"
    ),
    FailureCode.GOVERNANCE_FIELD_INVALID: CodeInfo(
        "A governance message has a missing, unknown or impossible field.", root="rejected"
    ),
    FailureCode.UNKNOWN_ANNOUNCEMENT: CodeInfo(
        "The timelock has announced no call of this number, or it ran or was cancelled.",
        root="rejected",
    ),
    FailureCode.NOTHING_OVERDUE: CodeInfo(
        "No message of the Inbox is overdue for so long that anybody may post it.", root="rejected"
    ),
    FailureCode.PRICE_SOURCE_FAILED: CodeInfo(
        "A price source does not answer, or answers no price.", root="transient"
    ),
    FailureCode.NO_PRICE_TO_REPORT: CodeInfo(
        "Too few price sources agree on a fresh price.", root="transient"
    ),
    FailureCode.NOT_A_REPORTER: CodeInfo(
        "The key is not in the venue's set of reporters.", root="rejected"
    ),
    FailureCode.REPORTER_PORT_TAKEN: CodeInfo(
        "A port of the reporter cannot be bound.", root="rejected"
    ),
    FailureCode.GATEWAY_PORT_TAKEN: CodeInfo(
        "The gateway's address cannot be listened on.", root="broken"
    ),
    FailureCode.UNKNOWN_PRICE_SOURCE: CodeInfo(
        "A reporter's file names a kind of source that neither this release nor a plug-in has.",
        root="rejected",
    ),
    FailureCode.TOO_FEW_REPORTS: CodeInfo(
        "Fewer reporters than the quorum signed a price for the same time.", root="transient"
    ),
    FailureCode.NO_FORWARD_TO_REPORT: CodeInfo(
        "A reporter's sources give no forward of an expiry that it would sign.", root="transient"
    ),
    FailureCode.TERM_FILE_INVALID: CodeInfo(
        "A reporter's term file is not what it must be.", root="rejected"
    ),
    FailureCode.NO_SETTLEMENT_TO_REPORT: CodeInfo(
        "A reporter's own record of prices covers too little of an expiry's last half hour.",
        root="transient",
    ),
    FailureCode.SURFACE_REFUSED: CodeInfo(
        "A surface that a reporter proposes is not one that this reporter signs.", root="transient"
    ),
    FailureCode.NOT_TO_SETTLE: CodeInfo(
        "There is no such expiry, or nothing to settle about it.", root="rejected"
    ),
    FailureCode.SCHEDULE_INVALID: CodeInfo(
        "A listing schedule says what cannot be listed.", root="rejected"
    ),
    FailureCode.VENUE_MISMATCH: CodeInfo(
        "The deployment file and L1 disagree, or the key is not the sequencer's.", root="rejected"
    ),
    FailureCode.LAW_UNKNOWN: CodeInfo(
        "L1 switches to a law that this engine does not implement.", root="broken"
    ),
    FailureCode.REORGANIZED_TOO_DEEP: CodeInfo(
        "L1 replaced blocks deeper than anything that was kept.", root="broken"
    ),
    FailureCode.L1_INCONSISTENT: CodeInfo(
        "Events of one chain contradict one another, or its counters.", root="transient"
    ),
    FailureCode.ANOTHER_SEQUENCER: CodeInfo("L1 holds a batch that is not ours.", root="broken"),
    FailureCode.SEQUENCER_REPLACED: CodeInfo(
        "L1 has another sequencer, or another epoch of this one.", root="broken"
    ),
    FailureCode.ORDER_OUTDATED: CodeInfo(
        "L1 no longer takes a sealed batch: the order must be rewritten.", root="broken"
    ),
    FailureCode.FOLDER_BEHIND_L1: CodeInfo(
        "L1 holds batches that the data folder does not know.", root="broken"
    ),
    FailureCode.FOLDER_TAKEN: CodeInfo("Another process runs on the data folder.", root="broken"),
    FailureCode.JOURNAL_CORRUPT: CodeInfo(
        "Bytes of the journal that were acknowledged are not what was written.", root="broken"
    ),
    FailureCode.JOURNAL_FOREIGN: CodeInfo(
        "Journal or snapshot belong to another venue.", root="broken"
    ),
    FailureCode.SNAPSHOT_CORRUPT: CodeInfo("A snapshot is not what was written.", root="broken"),
    FailureCode.REPLAY_DIVERGED: CodeInfo(
        "The journal cannot be executed as it was.", root="broken"
    ),
    FailureCode.BATCH_CONFLICT: CodeInfo(
        "Replay gives a different batch from the one before.", root="broken"
    ),
    FailureCode.FINAL_STATE_DIVERGED: CodeInfo(
        "The records of the final batches do not give the claimed root.", root="broken"
    ),
    FailureCode.WORKER_DIED: CodeInfo("A worker process ended by itself.", root="broken"),
    FailureCode.JOURNAL_SHORTENED: CodeInfo(
        "The journal ends before batches that were sealed from it.", root="broken"
    ),
    FailureCode.PORT_TAKEN: CodeInfo("The API's port cannot be bound.", root="broken"),
    FailureCode.WORKER_STALLED: CodeInfo("A worker process is stopped, or hangs.", root="broken"),
    FailureCode.CHARGE_ABOVE_BURST: CodeInfo(
        "L1 never admits so much law-gas in one batch, however long it waits.", root="broken"
    ),
    FailureCode.STORAGE_FAILED: CodeInfo(
        "The disk or a file on it cannot be used: full, read-only, failing, damaged.", root="broken"
    ),
    FailureCode.BATCHES_DAMAGED: CodeInfo(
        "The store of sealed batches is not what was written.", root="broken"
    ),
    FailureCode.ETCD_UNAVAILABLE: CodeInfo(
        "No etcd member answers, or the cluster has no quorum or no space.", root="transient"
    ),
    FailureCode.DEPOSED: CodeInfo(
        "Another node leads: what this one had not yet written to the shared log is not ordered.",
        root="broken",
    ),
    FailureCode.LOG_DIVERGED: CodeInfo(
        "The shared log and the data folder hold different orders: the folder is of another venue, or etcd was restored from a backup.",
        root="broken",
    ),
    FailureCode.LOG_TRIMMED: CodeInfo(
        "The shared log begins after what the data folder holds: rebuild the folder from L1.",
        root="broken",
    ),
    FailureCode.STANDBY_DIVERGED: CodeInfo(
        "This standby's roots are not the leader's.", root="broken"
    ),
    FailureCode.ORDER_REPLACED: CodeInfo(
        "Another node rewrote the shared order because of L1: this one starts again from the new one.",
        root="broken",
    ),
    FailureCode.KEY_SHARED: CodeInfo(
        "Two nodes of the cluster have the same key or the same name.", root="rejected"
    ),
    FailureCode.NOT_RECOVERABLE: CodeInfo(
        "What L1 holds cannot be executed to what L1 says.", root="broken"
    ),
    FailureCode.BAD_DATA: CodeInfo(
        "An event does not hold what L1 would have logged.", root="transient"
    ),
    FailureCode.DEEP_REORGANIZATION: CodeInfo(
        "L1 replaced blocks deeper than the verifier can undo.", root="broken"
    ),
    FailureCode.NOT_PROVABLE: CodeInfo("A challenge cannot be built.", root="broken"),
    FailureCode.NOT_FOUND: CodeInfo(
        "No such batch, claim, segment or account, or it was not executed yet.", root="rejected"
    ),
    FailureCode.STORE_UNUSABLE: CodeInfo(
        "The verifier's store is taken, foreign or damaged.", root="broken"
    ),
    FailureCode.LAW_FAILED: CodeInfo(
        "The law did not execute a segment that L1 ordered.", root="broken"
    ),
    FailureCode.WRONG_CODE: CodeInfo(
        "The code at a law's address is not that of its id.", root="broken"
    ),
    FailureCode.EXECUTOR_UNAVAILABLE: CodeInfo(
        "The chosen executor or pool is not installed or cannot start.", root="rejected"
    ),
    FailureCode.EXIT_REFUSED: CodeInfo("L1 would revert a call of an exit now.", root="rejected"),
    FailureCode.GAS_MONEY_MISSING: CodeInfo(
        "The key of an exit does not hold the ether that its next transaction may cost.",
        root="rejected",
    ),
    FailureCode.STATE_FORGOTTEN: CodeInfo(
        "The state before a segment can no longer be restored: its claim is final, and what undoes it was dropped.",
        root="rejected",
    ),
    FailureCode.WRONG_FINAL_ROOT: CodeInfo(
        "L1 calls a claim final whose root is not what the law makes of its batches: nothing can be proved against it.",
        root="broken",
    ),
    FailureCode.RECEIPT_UNUSABLE: CodeInfo(
        "A receipt's file is none, the address is not a Promises of this venue, or nothing is staked on the receipt.",
        root="rejected",
    ),
    FailureCode.LAW_PROOF_UNUSABLE: CodeInfo(
        "A file holds no challenge, or that of another segment than the results that it is held against.",
        root="rejected",
    ),
    FailureCode.ONE_LAW_RESULT: CodeInfo(
        "All proofs of a segment give the same root: no fault of the law is shown.", root="rejected"
    ),
    FailureCode.CHECKPOINT_REFUSED: CodeInfo(
        "What a source of checkpoints gave is not the final state that L1 knows.", root="rejected"
    ),
    FailureCode.NO_CHECKPOINT: CodeInfo("No source gave a checkpoint that holds.", root="rejected"),
    FailureCode.AUDIT_MALFORMED: CodeInfo(
        "A file is not an audit file, or was changed after it was written.", root="rejected"
    ),
    FailureCode.AUDIT_REFUSED: CodeInfo(
        "An audit file does not prove what it states.", root="rejected"
    ),
    FailureCode.EVIDENCE_PORT_TAKEN: CodeInfo(
        "The address that a verifier's evidence was to be served on cannot be listened on.",
        root="broken",
    ),
    FailureCode.FIRST_BLOCK_TOO_LATE: CodeInfo(
        "Derivation was to begin behind the Rollup's deployment.", root="rejected"
    ),
    FailureCode.NO_ROLLUP: CodeInfo(
        "The configured address holds no Rollup of this chain.", root="rejected"
    ),
    FailureCode.BAD_SIGNATURE: CodeInfo(
        "Bytes that are not a signature, or one of a form that the protocol refuses.",
        root="rejected",
    ),
    FailureCode.RECEIPT_INVALID: CodeInfo(
        "A receipt is not what the sequencer must sign.", root="broken"
    ),
    FailureCode.NO_ACCOUNT: CodeInfo("The key owns no account.", root="rejected"),
    FailureCode.NO_WALLET: CodeInfo("The client has no key to sign with.", root="rejected"),
    FailureCode.UNKNOWN_INSTRUMENT: CodeInfo("No instrument has this name.", root="rejected"),
    FailureCode.NO_OPTIONS_LISTED: CodeInfo(
        "An expiry has no calls and puts, or none that is not over has.", root="rejected"
    ),
    FailureCode.WRONG_VENUE: CodeInfo(
        "The server is not the venue that the client expects.", root="broken"
    ),
    FailureCode.GAP_IN_STREAM: CodeInfo(
        "A stream skipped messages: subscribe again.", root="transient"
    ),
    FailureCode.L1_REFUSED: CodeInfo(
        "A trader's transaction reverts, or the address lacks the money.", root="rejected"
    ),
    FailureCode.UNREACHABLE: CodeInfo(
        "No answer; ask for the op's finality to see whether it was ordered.", root="transient"
    ),
    FailureCode.NOTHING_OWED: CodeInfo("The Vault owes the account nothing.", root="rejected"),
    FailureCode.NOT_DONE_IN_TIME: CodeInfo(
        "What was waited for has not happened yet.", root="transient"
    ),
    FailureCode.FIELD_INVALID: CodeInfo(
        "A field has the wrong type, is out of its range, or does not go with another.",
        root="rejected",
    ),
    FailureCode.PRICE_OFF_GRID: CodeInfo("A price is between two ticks.", root="rejected"),
    FailureCode.FORKED_PROCESS: CodeInfo(
        "The process was forked after a client had been made.", root="broken"
    ),
    FailureCode.BLOCK_FILE_INVALID: CodeInfo(
        "A file does not hold a block trade, or not the one that its counterparty signed.",
        root="rejected",
    ),
    FailureCode.BLOCK_OF_ANOTHER_VENUE: CodeInfo(
        "A block trade is for another chain or rollup.", root="rejected"
    ),
    FailureCode.BLOCK_EXPIRED: CodeInfo(
        "The consent to a block trade has expired.", root="rejected"
    ),
    FailureCode.BLOCK_USED: CodeInfo(
        "The consent to a block trade was used, or taken back.", root="rejected"
    ),
    FailureCode.ATTESTATION_FILE_INVALID: CodeInfo(
        "A file does not hold an attestation, or not the one that it is put together with.",
        root="rejected",
    ),
    FailureCode.ATTESTATION_OF_ANOTHER_VENUE: CodeInfo(
        "An attestation is for another chain or rollup.", root="rejected"
    ),
    FailureCode.ATTESTATION_SUPERSEDED: CodeInfo(
        "Attesters have said something of the account at that time, or later.", root="rejected"
    ),
    FailureCode.NOT_AN_ATTESTER: CodeInfo(
        "A key, or who signed an attestation, is not in the venue's set of attesters.",
        root="rejected",
    ),
    FailureCode.TOO_FEW_ATTESTATIONS: CodeInfo(
        "Fewer attesters than the quorum have signed.", root="rejected"
    ),
    FailureCode.CONSENT_LACKING: CodeInfo(
        "A guarantor's owner, or its guard key, has not signed the credit that it grants.",
        root="rejected",
    ),
    FailureCode.NO_SUCH_ORDER: CodeInfo(
        "The account has no open order of this name.", root="rejected"
    ),
    FailureCode.GUARD_KEY_NEEDED: CodeInfo(
        "The account has a guard key: nothing leaves it without its signature.", root="rejected"
    ),
    FailureCode.L1_UNREACHABLE: CodeInfo(
        "L1 does not answer a trader, or has not included the transaction yet.", root="transient"
    ),
    FailureCode.NOT_A_TRADING_KEY: CodeInfo(
        "A tool server's key is not that of a session that may trade and nothing else.",
        root="rejected",
    ),
    FailureCode.BEYOND_LIMITS: CodeInfo(
        "An order that the limits of a tool server do not admit; nothing was signed.",
        root="rejected",
    ),
    FailureCode.L1_NOT_INSTALLED: CodeInfo(
        "The npm packages of the L1 that the devnet was asked for are not installed.",
        root="rejected",
    ),
    FailureCode.FOLDER_UNUSABLE: CodeInfo(
        "The devnet's folder holds other files, or another devnet runs in it.", root="rejected"
    ),
    FailureCode.UNKNOWN_FRAUD: CodeInfo("No kind of fraud has this name.", root="rejected"),
    FailureCode.TRANSACTION_FAILED: CodeInfo(
        "A transaction of the devnet's set-up reverted.", root="broken"
    ),
    FailureCode.GOAL_MISSED: CodeInfo("The devnet's goal was not reached in time.", root="broken"),
    FailureCode.CHILD_FAILED: CodeInfo(
        "A process of the devnet ended, or did not become ready.", root="broken"
    ),
    FailureCode.WITHDRAWAL_FAILED: CodeInfo(
        "A step of the devnet's withdrawal was refused, or paid something else.", root="broken"
    ),
    FailureCode.DRILL_DIVERGED: CodeInfo(
        "The drill's engine does not follow the sequencer's batches.", root="broken"
    ),
    FailureCode.EXIT_FAILED: CodeInfo(
        "A step of an exit from the devnet was refused, or somebody was paid something else.",
        root="broken",
    ),
    FailureCode.ETCD_NOT_INSTALLED: CodeInfo(
        "Standby sequencers need etcd, which is not installed.", root="rejected"
    ),
    FailureCode.NO_SECOND_EVM: CodeInfo(
        "The benchmark needs pyrevm, which this Python has no wheel for.", root="rejected"
    ),
    FailureCode.NO_BROWSER: CodeInfo(
        "The benchmark of pages needs Chromium and Lighthouse, and one of them is not installed.",
        root="rejected",
    ),
}
