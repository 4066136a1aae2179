// The gateway's WebSocket: requests with answers, channels that resume after a lost connection.
import { VenueError } from "./venue_error.js";

const RECONNECT_MS = 250;
const RECONNECT_MS_MAX = 5_000;
const REFUSED_MS = 1_000;

const NEWEST_ONLY = ["prices", "account", "quotes", "requests"]; // they show the present state, and have nothing to resume

const nameOf = ({ channel, account, request, instrument }) => `${channel} ${account ?? request ?? instrument}`;

/** One connection, made again whenever it is lost. */
export class LiveSocket {
  #url;
  #WebSocket;
  #socket = null;
  #nextId = 1;
  #waiting = new Map(); // id to {resolve, reject, acks, left}
  #channels = new Map(); // name to {message, handlers}
  #subscribing = new Map(); // id to name
  #lastOps = null;
  #closed = false;
  #pause = RECONNECT_MS;

  constructor(url, WebSocketClass = globalThis.WebSocket) {
    if (!WebSocketClass) throw new Error("no WebSocket here: hand in a class, of the package ws");
    this.#url = url;
    this.#WebSocket = WebSocketClass;
  }

  /** Return once the connection is open. */
  open() {
    return new Promise((resolve, reject) => {
      const socket = new this.#WebSocket(this.#url);
      this.#socket = socket;
      socket.onopen = () => {
        this.#pause = RECONNECT_MS;
        this.#subscribing.clear();
        for (const name of this.#channels.keys()) this.#subscribe(name);
        if (this.#lastOps) this.#send(this.#lastOps);
        resolve();
      };
      socket.onmessage = (event) => this.#take(JSON.parse(event.data));
      socket.onclose = (event) => this.#lost(event, reject);
      socket.onerror = () => {}; // a close follows
    });
  }

  /** Submit signed ops (0x text); return an array of acks, each {accepted} or {error}. */
  submit(ops) {
    return this.#ask({ type: "submit", ops }, ops.length);
  }

  /** Have these signed ops submitted if the connection ends; none takes the last ones back. */
  onDisconnect(ops, heartbeatMs = 0) {
    this.#lastOps = { type: "on_disconnect", ops, heartbeat_ms: heartbeatMs };
    return this.#ask(this.#lastOps);
  }

  /** Call `handler` with each message of a channel. `of`: {instrument}, {account} or {request}, and
   *  where to begin, or the access that the channel needs. After a lost connection it goes on behind the last message. A refusal is a message too:
   *  `{type: "refused", channel, error}`; it is asked again if that may help, else it is over. Returns
   *  what ends it. */
  subscribe(channel, of, handler) {
    const name = nameOf({ channel, ...of });
    let entry = this.#channels.get(name);
    if (!entry) {
      entry = { message: { type: "subscribe", channel, ...of }, handlers: new Set() };
      this.#channels.set(name, entry);
    }
    if (of.access) entry.message.access = of.access; // the newest serves all handlers
    entry.handlers.add(handler);
    if (this.#isOpen) this.#subscribe(name);
    return () => {
      entry.handlers.delete(handler);
      if (entry.handlers.size || this.#channels.get(name) !== entry || !this.#channels.delete(name) || !this.#isOpen) return;
      const { access, ...message } = entry.message;
      this.#send({ ...message, type: "unsubscribe" });
    };
  }

  /** End the connection for good. */
  close() {
    this.#closed = true;
    this.#socket?.close();
  }

  get #isOpen() {
    return this.#socket?.readyState === 1;
  }

  #send(message) {
    this.#socket.send(JSON.stringify(message));
  }

  #ask(message, acks = 0) {
    if (!this.#isOpen) return Promise.reject(new VenueError({ name: "UNREACHABLE", retry: true }));
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject, acks: new Array(acks), left: acks });
      this.#send({ ...message, id });
    });
  }

  #take(message) {
    const waiting = this.#waiting.get(message.id);
    const name = this.#subscribing.get(message.id);
    if (name !== undefined && message.type === "error") this.#refuse(name, message);
    if (name !== undefined) this.#subscribing.delete(message.id);
    if (waiting && message.type === "ack") {
      waiting.acks[message.item] = message;
      if (--waiting.left) return;
      this.#waiting.delete(message.id);
      waiting.resolve(waiting.acks);
    } else if (waiting) {
      this.#waiting.delete(message.id);
      if (message.type === "error") waiting.reject(new VenueError(message.error));
      else waiting.resolve(message);
    } else if (message.channel) {
      this.#tell(message);
    }
  }

  #subscribe(name) {
    const id = this.#nextId++;
    this.#subscribing.set(id, name);
    this.#send({ ...this.#channels.get(name).message, id });
  }

  #refuse(name, { error }) {
    const entry = this.#channels.get(name);
    if (!entry) return;
    const { channel, instrument, account, request } = entry.message;
    const of = Object.fromEntries(Object.entries({ instrument, account, request }).filter(([, value]) => value !== undefined));
    const told = { type: "refused", channel, ...of, error };
    if (error.retry) {
      const again = () => this.#isOpen && this.#channels.get(name) === entry && this.#subscribe(name);
      setTimeout(again, error.retry_after_ms ?? REFUSED_MS);
    } else {
      this.#channels.delete(name);
    }
    for (const handler of entry.handlers) handler(told);
  }

  #tell(message) {
    const entry = this.#channels.get(nameOf(message));
    if (!entry || message.type === "subscribed") return;
    if (message.type === "ended") {
      delete entry.message.stream; // what was missed cannot be recovered: begin again, and say so
      delete entry.message.from_sequence;
      const isStreamGone = message.error?.name === "NOT_FOUND" && "first" in (message.error.values ?? {});
      const name = nameOf(message);
      if (isStreamGone && this.#isOpen) this.#subscribe(name); // the gateway's tail has moved on
    } else if (!NEWEST_ONLY.includes(message.channel)) {
      entry.message.from_sequence = message.sequence + 1;
      if (message.stream) entry.message.stream = message.stream;
    }
    for (const handler of entry.handlers) handler(message);
  }

  #lost(event, reject) {
    const error = { name: "UNREACHABLE", message: event.reason || "connection lost", retry: true };
    reject(new VenueError(error));
    for (const each of this.#waiting.values()) each.reject(new VenueError(error));
    this.#waiting.clear();
    if (this.#closed) return;
    setTimeout(() => this.#closed || this.open().catch(() => {}), this.#pause);
    this.#pause = Math.min(RECONNECT_MS_MAX, 2 * this.#pause);
  }
}
