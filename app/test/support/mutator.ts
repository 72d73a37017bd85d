import type { SeededRandom } from "./seeded-random.ts";

const room = '"room":"room:fuzz"';
const messageId = '"messageId":"0190a000-0000-7000-8000-000000000000"';

/** A payload of each command that a client may send. */
const payloads: readonly [type: string, payload: string][] = [
  ["message", '{"content":{"a":[1,2.5e3,"ä"],"b":null}}'],
  ["join", `{"rooms":[{${room},"epoch":"e","seq":7,"replayMax":10},{"room":"room:other"}]}`],
  ["leave", '{"rooms":["room:fuzz","room:other"]}'],
  ["send_message", `{${room},"content":"hello","meta":{"reply":{"to":[1,2]}}}`],
  ["message_edit", `{${room},${messageId},"content":"x"}`],
  ["message_delete", `{${room},${messageId}}`],
  ["reaction", `{${room},${messageId},"emoji":"x","action":"add"}`],
  ["typing", `{${room},"isTyping":true}`],
  ["history", `{${room},"before":9,"limit":20}`],
  ["presence", `{${room}}`],
  ["rooms", "{}"],
  ["refresh_token", '{"token":"x"}'],
  ["batch", `{"commands":[{"type":"join","payload":{"rooms":[{${room}}]}},{"type":"ping","id":"i"}]}`],
  ["ping", "{}"],
];

/** What parsers trip over. */
const dirt = [
  ...'{}[]",:\\0\u0000\ufeff\u2028',
  "1e999",
  "-0",
  "18446744073709551616",
  "null",
  '"__proto__":{},',
  '"constructor":1,',
  "\\ud800",
  "\\u0000",
  '"toString"',
  "room:",
  "[".repeat(70),
  "9".repeat(400),
  "x".repeat(9000),
];

/** Makes valid things almost valid. */
export class Mutator {
  readonly #random: SeededRandom;

  constructor(random: SeededRandom) {
    this.#random = random;
  }

  /** A command as text, valid at first. */
  command(id: string): string {
    const [type, payload] = this.#pick(payloads) ?? ["ping", "{}"];
    return `{"id":"${id}","type":"${type}","payload":${payload}}`;
  }

  /** Cuts, doubles or soils a text in up to three places. */
  text(text: string): string {
    let result = text;
    for (let times = this.#random.below(4); times > 0; times -= 1) {
      const at = this.#random.below(result.length + 1);
      const end = at + this.#random.below(8);
      const middle = this.#pick(["", result.slice(at, end).repeat(2), this.#pick(dirt) ?? ""]) ?? "";
      result = result.slice(0, at) + middle + result.slice(this.#random.chance(0.5) ? at : end);
    }
    return result;
  }

  /** Flips, cuts, doubles or adds bytes in up to three places. */
  bytes(bytes: Uint8Array): Buffer {
    let result = Buffer.from(bytes);
    for (let times = this.#random.below(4); times > 0; times -= 1) {
      const at = this.#random.below(result.length + 1);
      const end = at + this.#random.below(8);
      const middle = this.#pick([this.noise(4), result.subarray(at, end), Buffer.alloc(0)]) ?? "";
      result = Buffer.concat([result.subarray(0, at), Buffer.from(middle), result.subarray(end)]);
    }
    return result;
  }

  /** Up to so many bytes of anything. */
  noise(bytesMax: number): Buffer {
    return Buffer.from(
      Array.from({ length: this.#random.below(bytesMax + 1) }, () => this.#random.below(256)),
    );
  }

  #pick<T>(items: readonly T[]): T | undefined {
    return items[this.#random.below(items.length)];
  }
}
