import { type LoadShape, membersOf, roomsOf, sessionOf } from "./load-shape.ts";
import { loadToken } from "./load-token.ts";

/** How many of each log are stored. */
export interface Notified {
  /** By room: so many of each of its members. */
  readonly rooms: number[];
  /** Of everybody's. */
  all: number;
}

const everyMs = 500;
/** Of so many notifications one is for everybody: every 30 s. Every 5 s that moment was all that a p99 told of. */
const broadcastEvery = 60;
const retryMs = 100;
const address = "198.19.255.254";

/** A backend that notifies one room's users after the other, and now and then everybody; each until it is stored. */
export class Notifier {
  readonly notified: Notified;
  readonly #shape: LoadShape;
  readonly #headers: Record<string, string>;
  #isOver = false;
  #count = 0;

  constructor(shape: LoadShape) {
    this.#shape = shape;
    this.notified = { rooms: new Array(roomsOf(shape)).fill(0), all: 0 };
    const token = loadToken(shape.jwtSecret, { sub: `${shape.run}-backend`, scope: "publish" });
    this.#headers = {
      authorization: `Bearer ${token}`,
      "content-type": "application/json",
      "x-forwarded-for": address,
    };
  }

  /** Resolves when the last one is stored, after `end`. */
  async run(): Promise<void> {
    while (!this.#isOver) {
      await this.#notify();
      await Bun.sleep(everyMs);
    }
  }

  end(): void {
    this.#isOver = true;
  }

  async #notify(): Promise<void> {
    this.#count += 1;
    const room = (this.#count - 1) % this.notified.rooms.length;
    const isBroadcast = this.#count % broadcastEvery === 0;
    const userIds = membersOf(this.#shape, room).map((client) => sessionOf(this.#shape, client));
    await this.#store(isBroadcast ? { broadcast: true } : { userIds });
    if (isBroadcast) this.notified.all += 1;
    else this.notified.rooms[room] = (this.notified.rooms[room] ?? 0) + 1;
  }

  async #store(receivers: object): Promise<void> {
    const body = JSON.stringify({ ...receivers, payload: { n: this.#count }, id: crypto.randomUUID() });
    const request = { method: "POST", headers: this.#headers, body };
    for (;;) {
      const answer = await fetch(`${this.#shape.url}/api/notifications`, request).catch(() => null);
      if (answer?.ok) return;
      console.error(`notification ${this.#count}: ${answer?.status ?? "no answer"}, and again`);
      await Bun.sleep(retryMs);
    }
  }
}
