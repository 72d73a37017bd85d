import {
  type Client,
  type ClientOptions,
  createClient,
  type Greeting,
  type HoldlineError,
  type Room,
} from "../client/index.ts";
import { CheckFailed } from "./check-list.ts";

const reachMaxMs = 10_000;
const hearMaxMs = 10_000;
const lookEveryMs = 10;
/** Far more than a smoke test sends. */
const heardMax = 10_000;

/** A client that remembers what it heard, and what it sent. */
export class SmokeClient {
  readonly client: Client;
  readonly #room: Room;
  readonly #heard: string[] = [];
  readonly #sent: string[] = [];
  #trouble: HoldlineError | null = null;

  constructor(options: ClientOptions, room: string) {
    this.client = createClient({ reconnectDelayMs: 100, reconnectDelayMaxMs: 500, ...options });
    this.#room = this.client.room(room);
    this.#room.on("message", ({ content, isOwn }) => {
      if (!isOwn && this.#heard.length < heardMax) this.#heard.push(content);
    });
    this.client.on("reconnecting", ({ error }) => {
      this.#trouble = error;
    });
  }

  /** Resolves when it is in the room; rejects with why it cannot get there. */
  async join(): Promise<Greeting> {
    const joined = this.#room.join();
    const late = Bun.sleep(reachMaxMs).then(() => {
      throw this.#trouble ?? new CheckFailed(`no answer within ${reachMaxMs / 1000} s`);
    });
    await Promise.race([joined, late]);
    const { greeting } = this.client;
    if (greeting === null) throw new CheckFailed("no greeting");
    return greeting;
  }

  /** Resolves when the last of them is stored. */
  async send(...contents: string[]): Promise<void> {
    const stored = await Promise.all(contents.map((content) => this.#room.send(content)));
    for (const { messageId } of stored) this.#sent.push(messageId);
  }

  /** Resolves when it has heard these, each once and in this order, among what begins with `mark`. */
  async hears(mark: string, contents: readonly string[]): Promise<void> {
    const deadline = performance.now() + hearMaxMs;
    const heard = () => this.#heard.filter((content) => content.startsWith(mark));
    while (heard().length < contents.length && performance.now() < deadline) await Bun.sleep(lookEveryMs);
    const all = heard();
    const first = contents.findIndex((content, index) => all[index] !== content);
    if (first >= 0 && all.length < contents.length)
      throw new CheckFailed(`${contents.length - all.length} of ${contents.length} messages did not arrive`);
    const wrong = first < 0 && all.length > contents.length ? contents.length - 1 : first;
    if (wrong >= 0)
      throw new CheckFailed(`message ${wrong + 1} of ${contents.length} came twice or out of order`);
  }

  /** Resolves when it is without a connection. */
  async isAway(): Promise<void> {
    while (this.client.state === "connected") await Bun.sleep(lookEveryMs);
  }

  /** Deletes what it sent, and goes. */
  async leave(): Promise<number> {
    const count = await this.removeAll();
    this.client.close();
    return count;
  }

  /** Deletes what it sent. */
  async removeAll(): Promise<number> {
    await Promise.all(this.#sent.map((messageId) => this.#room.remove(messageId)));
    return this.#sent.length;
  }

  async history(): Promise<number> {
    return (await this.#room.history({ limit: 100 })).messages.length;
  }
}
