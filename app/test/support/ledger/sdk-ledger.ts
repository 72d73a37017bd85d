import type { ClientOptions, Counters } from "../../../client/index.ts";
import { eventually } from "../eventually.ts";
import type { SeededRandom } from "../seeded-random.ts";
import { auditRooms } from "./audit-rooms.ts";
import { expectLedger } from "./expect-ledger.ts";
import { SdkMember } from "./sdk-member.ts";

interface SdkLedgerOptions {
  readonly random: SeededRandom;
  readonly members: number;
  readonly rooms: number;
  /** Of all members together. */
  readonly writes: number;
  /** What each is made with, beside its connectionId. */
  readonly client: ClientOptions;
  /** What is different for some. */
  readonly clientOf?: (index: number) => ClientOptions;
  /** Of each member: the more, the longer it may write. */
  readonly pauseMsMax?: number;
}

const roomsPerMember = 3;

/** Members with the SDK that talk to each other, and what there is to say of it when they have finished. */
export class SdkLedger implements Disposable {
  readonly members: readonly SdkMember[];
  readonly violations: string[] = [];
  readonly #rooms: readonly string[];

  constructor(options: SdkLedgerOptions) {
    const { random, members, rooms, writes, client, clientOf = () => ({}), pauseMsMax } = options;
    this.#rooms = Array.from({ length: rooms }, (_, index) => `room:sdk-${index}`);
    this.members = Array.from(
      { length: members },
      (_, index) =>
        new SdkMember({
          name: `sdk-${index}`,
          rooms: random.sample(this.#rooms, roomsPerMember),
          random: random.fork(),
          writes: Math.ceil(writes / members),
          client: { ...client, pipeline: index % 2 === 0 ? 1 : 4, ...clientOf(index) },
          ...(pauseMsMax === undefined ? {} : { pauseMsMax }),
          onViolation: (what) => this.violations.push(what),
        }),
    );
  }

  /** Everybody has joined before anybody sends. */
  async start(): Promise<void> {
    await Promise.all(this.members.map((member) => member.join()));
    for (const member of this.members) member.send();
  }

  /** Nobody begins another write. */
  rest(): void {
    for (const { writes } of this.members) writes.left = 0;
  }

  get isSent(): boolean {
    return this.members.every(({ writes }) => writes.isDone);
  }

  /** How many writes were acked so far. */
  get stored(): number {
    return this.members.reduce((sum, { writes }) => sum + writes.stored.size, 0);
  }

  /** Over all members. */
  sum(counter: keyof Counters): number {
    return this.members.reduce((total, { client }) => total + client.counters[counter], 0);
  }

  /** Waits until all is sent and seen, and compares with what a server has of it. */
  async finish(url: string, withinMs: number): Promise<void> {
    await this.#until("everything is stored", () => this.isSent, withinMs);
    const logs = await auditRooms(url, this.#rooms);
    await this.#until("all is seen", () => this.members.every((member) => member.isSettled(logs)), withinMs);
    if (this.violations.length > 0) throw new Error(this.violations.slice(0, 10).join("\n"));
    expectLedger(this.members, logs);
  }

  [Symbol.dispose](): void {
    for (const member of this.members) member.end();
  }

  #until(what: string, isMet: () => boolean, withinMs: number): Promise<void> {
    const describe = () => this.members.map(({ story }) => story).join("\n");
    return eventually(what, () => isMet() || this.violations.length > 0, { withinMs, describe });
  }
}
