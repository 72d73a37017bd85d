import { createClient } from "../client.js";
import { randomId } from "../dom/random-id.js";
import { DeliveryLedger } from "./delivery-ledger.js";
import { LatencyWindow } from "./latency-window.js";

/** @typedef {{ url: string, token: string, sockets: number, perSecond: number, room: string }} Plan */

/** Below what a server admits of one address by default (HANDSHAKES_PER_SECOND_PER_IP). */
const openedPerSecond = 15;
const tickMs = 50;
/** A socket whose messages pile up sends no more until some are stored. */
const waitingMax = 20;

const hopeless = new Set(["connection_limit_ip", "connection_limit_user", "server_full"]);

/** Many clients in one room, which send at a pace and count what each of them receives. */
export class LoadRun {
  ledger = new DeliveryLedger();
  latencies = new LatencyWindow();
  /** The code of the limit that was met last. */
  limit = "";
  sent = 0;
  isSending = true;
  #plan;
  /** @type {import("../../client/index.ts").Client[]} */
  #clients = [];
  /** Joined, by number of the client. @type {Map<number, import("../../client/index.ts").Room>} */
  #live = new Map();
  #isOpening = true;
  #opening;
  #ticking;
  #due = 0;
  #turn = 0;

  /** @param {Plan} plan */
  constructor(plan) {
    this.#plan = plan;
    this.#opening = setInterval(() => this.#open(), 1000 / openedPerSecond);
    this.#ticking = setInterval(() => this.#tick(), tickMs);
  }

  get live() {
    return this.#live.size;
  }

  /** Sends no more; what is under way still counts. */
  pause() {
    this.isSending = false;
    this.#stopOpening();
  }

  /** Ends everything. */
  stop() {
    this.pause();
    clearInterval(this.#ticking);
    for (const client of this.#clients) client.close();
  }

  #stopOpening() {
    this.#isOpening = false;
    clearInterval(this.#opening);
  }

  #open() {
    if (this.#clients.length >= this.#plan.sockets) return this.#stopOpening();
    const { url, token } = this.#plan;
    const number = this.#clients.length;
    const client = createClient({ url, connectionId: randomId(), ...(token === "" ? {} : { token }) });
    this.#clients.push(client);
    client.on("reconnecting", ({ error }) => this.#failed(client, error));
    client.on("gaveUp", (error) => this.#failed(client, error));
    client.on("frame", ({ direction, text }) => direction === "in" && this.#look(text));
    this.#join(client, number);
  }

  #join(client, number) {
    const room = client.room(this.#plan.room);
    room.on("message", ({ clientId }) => this.#received(clientId, number));
    room.on("left", () => this.#live.delete(number));
    room.join().then(
      () => this.#live.set(number, room),
      ({ code }) => this.#refused(code),
    );
  }

  /** A client that is closed is refused what it asked for as well. */
  #refused(code) {
    if (code !== "closed" && this.limit === "") this.limit = code;
  }

  #received(id, number) {
    const ms = id === null ? null : this.ledger.received(id, number, performance.now());
    if (ms !== null) this.latencies.add(ms);
  }

  /** A limit on sockets is met: those that are open go on. */
  #failed(client, error) {
    if (error === null || client.greeting !== null) return;
    this.limit = error.code;
    if (!hopeless.has(error.code) && error.retryable) return;
    this.#stopOpening();
    queueMicrotask(() => client.close());
  }

  /** The client waits by itself where it is too fast, and does not tell. */
  #look(text) {
    if (!text.includes('"rate_limited"')) return;
    const { type, payload } = JSON.parse(text);
    if (type === "error" && payload.code === "rate_limited") this.limit = payload.code;
  }

  #tick() {
    this.ledger.settle(performance.now());
    if (!this.isSending || this.#isOpening) return;
    this.#due = Math.min(this.#due + (this.#plan.perSecond * tickMs) / 1000, this.#plan.perSecond);
    for (; this.#due >= 1; this.#due -= 1) this.#send();
  }

  #send() {
    const numbers = [...this.#live.keys()];
    const number = numbers[this.#turn % numbers.length];
    this.#turn += 1;
    const room = this.#live.get(number);
    if (room === undefined || this.ledger.isFull || this.#clients[number].waiting >= waitingMax) return;
    const id = randomId();
    this.sent += 1;
    this.ledger.sent(id, performance.now(), this.#live.size);
    room.send(`load ${this.sent}`, { id }).catch(() => this.ledger.refused(id));
  }
}
