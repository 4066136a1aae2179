// Everything that the client offers.
export * from "./actions.js";
export * from "./audit.js";
export * from "./batches.js";
export * from "./decimals.js";
export * from "./forest.js";
export * from "./keccak.js";
export * from "./live_socket.js";
export * from "./messages.js";
export * from "./octets.js";
export * from "./ops.js";
export * from "./receipts.js";
export * from "./records.js";
export * from "./signatures.js";
export * from "./static_list.js";
export * from "./typed_data.js";
export * from "./venue.js";
export * from "./venue_error.js";
