// Shows what an op's bytes mean, decoded here from the bytes that L1 holds.
import { signedActions } from "/static/client/actions.js";
import { decodeOp } from "/static/client/ops.js";
import { signedOp } from "/static/client/ordered_form.js";
import { fromHex, toHex } from "/static/client/octets.js";
import { element, grouped } from "./elements.js";

const LOW_NONCE = "nonce (low 16 bits)";
const BRIEF = ["account", "instrument", "underlying", LOW_NONCE];

/** Return the op of a segment; of a user op's nonce the segment holds 16 bits. */
function opOf(bytes) {
  const { type, fields } = decodeOp(signedOp(bytes));
  const named = ([name, value]) => [name === "nonce" ? LOW_NONCE : name, value];
  return { type, fields: Object.fromEntries(Object.entries(fields).map(named)) };
}

function shown(value) {
  if (value instanceof Uint8Array) return element("code", { class: "whole" }, toHex(value));
  if (Array.isArray(value)) return element("ol", { start: 0 }, ...value.map((x) => element("li", {}, shown(x))));
  if (value !== null && typeof value === "object") return fieldsOf(value);
  return typeof value === "bigint" ? grouped(value) : String(value);
}

function fieldsOf(fields) {
  const pairs = Object.entries(fields).flatMap(([name, value]) => [
    element("dt", {}, name.replaceAll("_", " ")),
    element("dd", {}, shown(value)),
  ]);
  return element("dl", { class: "facts" }, ...pairs);
}

function briefOf({ fields }) {
  const parts = BRIEF.filter((name) => name in fields).map((name) => `${name} ${fields[name]}`);
  for (const action of signedActions(fields.actions ?? [])) {
    const what = [action.kind.toLowerCase().replace("_", " ")];
    if (action.price) {
      what.push(action.sell ? "sell" : "buy", grouped(action.lots), "lots at", grouped(action.price), "ticks");
    } else if (action.slot !== undefined) what.push(`${action.slot}/${action.serial}`);
    parts.push(what.join(" "));
  }
  return element("span", { class: "muted" }, parts.join(" · "));
}

for (const holder of document.querySelectorAll("[data-op]")) {
  let made;
  try {
    const op = opOf(fromHex(holder.dataset.op));
    made = "brief" in holder.dataset ? briefOf(op) : fieldsOf(op.fields);
  } catch (error) {
    made = element("span", { class: "muted" }, `no well-formed op: ${error.message}`);
  }
  holder.replaceChildren(made);
}
