// The socket against a gateway that refuses, played by a class: what it says and hears is all there is.
import assert from "node:assert/strict";
import { test } from "node:test";
import { LiveSocket } from "../src/live_socket.js";

const RATE_LIMITED = { code: 13, name: "RATE_LIMITED", message: "later", retry: true, retry_after_ms: 5, values: {} };
const NOT_FOUND = { code: 4, name: "NOT_FOUND", message: "no such instrument", retry: false, values: {} };

/** Return a class of sockets that answer each subscription with what `answers` yields. */
function gateway(answers, said = []) {
  return class {
    readyState = 0;

    constructor() {
      queueMicrotask(() => {
        this.readyState = 1;
        this.onopen();
      });
    }

    send(text) {
      const message = JSON.parse(text);
      said.push(message);
      const answer = answers.shift();
      if (answer) queueMicrotask(() => this.onmessage({ data: JSON.stringify({ ...answer, id: message.id }) }));
    }

    close() {
      this.readyState = 3;
      queueMicrotask(() => this.onclose({}));
    }
  };
}

test("a refused subscription is reported, and not repeated after a reconnect", async () => {
  const said = [];
  const live = new LiveSocket("ws://x", gateway([{ type: "error", error: NOT_FOUND }], said));
  await live.open();
  const told = await new Promise((resolve) => live.subscribe("book", { instrument: "NONE" }, resolve));
  assert.deepEqual(told, { type: "refused", channel: "book", instrument: "NONE", error: NOT_FOUND });
  await live.open();
  assert.equal(said.length, 1);
  live.close();
});

test("a subscription beyond a rate is reported and repeated", async () => {
  const said = [];
  const first = { type: "error", error: RATE_LIMITED };
  const then = { type: "subscribed", channel: "orders", account: 7 };
  const live = new LiveSocket("ws://x", gateway([first, then], said));
  await live.open();
  const told = [];
  live.subscribe("orders", { account: 7 }, (message) => told.push(message));
  while (said.length < 2) await new Promise((resolve) => setTimeout(resolve, 1));
  assert.deepEqual(told, [{ type: "refused", channel: "orders", account: 7, error: RATE_LIMITED }]);
  assert.equal(said[1].channel, "orders");
  live.close();
});

test("who left before the refusal came hears nothing, and nothing is asked again", async () => {
  const said = [];
  const live = new LiveSocket("ws://x", gateway([{ type: "error", error: RATE_LIMITED }], said));
  await live.open();
  live.subscribe("book", { instrument: "A" }, () => assert.fail("told"))();
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.deepEqual(said.map(({ type }) => type), ["subscribe", "unsubscribe"]);
  live.close();
});

test("channels of the present state resume nowhere, those of events behind the last", async () => {
  const said = [];
  const answers = ["account", "orders"].map((channel) => ({ type: "item", channel, account: 7, sequence: 4 }));
  const live = new LiveSocket("ws://x", gateway(answers, said));
  await live.open();
  for (const channel of ["account", "orders"]) {
    await new Promise((resolve) => live.subscribe(channel, { account: 7 }, resolve));
  }
  await live.open();
  const again = said.slice(2).map(({ channel, from_sequence: from }) => [channel, from]);
  assert.deepEqual(again, [["account", undefined], ["orders", 5]]);
  live.close();
});
