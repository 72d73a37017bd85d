import { expect } from "bun:test";
import { eventually } from "../eventually.ts";
import { SeededRandom } from "../seeded-random.ts";
import { DeliveryTimes } from "./ledger-writer.ts";
import { RedisMember } from "./redis-member.ts";
import type { RoomView, Seen } from "./room-view.ts";

const deadlineMs = 30_000;
const busyRooms = ["room:busy-0", "room:busy-1", "room:busy-2"];
const quietRoom = "room:quiet";

/** Members that go from server to server and write down what they were told. */
export class RedisLedger implements Disposable {
  readonly members: readonly RedisMember[];
  readonly violations: string[] = [];
  readonly times = new DeliveryTimes();
  readonly #urls: readonly string[];

  /** Each begins with another server, and goes to the next where one fails. */
  constructor(urls: readonly string[], seed: number, members = 9) {
    this.#urls = urls;
    const random = new SeededRandom(seed);
    this.members = Array.from({ length: members }, (_, index) =>
      this.#member(`member-${index}`, index, random),
    );
  }

  #member(name: string, index: number, random: SeededRandom): RedisMember {
    let turn = index;
    return new RedisMember({
      name,
      rooms: [quietRoom, ...busyRooms],
      random: random.fork(),
      times: this.times,
      nextUrl: () => this.#urls[turn++ % this.#urls.length] as string,
      onViolation: (what) => this.violations.push(what),
    });
  }

  get acked(): number {
    return this.members.reduce((sum, { acked }) => sum + acked.length, 0);
  }

  /** By room: how often members were told that their position is void. */
  resetsOf(isQuiet: boolean): number {
    const views = this.members.flatMap((member) => [...member.views.values()]);
    return views
      .filter(({ room }) => (room === quietRoom) === isQuiet)
      .reduce((sum, { resets }) => sum + resets, 0);
  }

  /** All have joined, and the quiet room has its last message, before they go on with the busy ones. */
  async start(prepare: () => Promise<void> | undefined = async () => {}): Promise<void> {
    for (const member of this.members) member.start();
    await this.#until("everybody joins", () => this.members.every(({ isLive }) => isLive));
    for (const member of this.members) member.send([quietRoom]);
    await this.ackedMore(20);
    await this.rest();
    await this.#until("the quiet room is known", () => new Set(this.#seqsOf(quietRoom)).size === 1);
    await prepare();
    for (const member of this.members) member.send(busyRooms);
  }

  #seqsOf(room: string): number[] {
    return this.members.map(({ views }) => views.get(room)?.seq ?? -1);
  }

  ackedMore(count: number): Promise<void> {
    const goal = this.acked + count;
    return this.#until(`${count} more acks`, () => this.acked >= goal);
  }

  /** Each member has one more. */
  async eachAckedMore(count: number): Promise<void> {
    const goals = this.members.map(({ acked }) => acked.length + count);
    await this.#until(`${count} more for each`, () =>
      this.members.every(({ acked }, index) => acked.length >= (goals[index] ?? 0)),
    );
  }

  rest(): Promise<void> {
    for (const member of this.members) member.targets = [];
    return this.#until("all is answered", () => this.members.every(({ isAtRest }) => isAtRest));
  }

  /** Nobody sends any more, everybody comes to the same end, and all that was promised holds. */
  async finish(): Promise<void> {
    await this.rest();
    const auditor = this.#member("auditor", 0, new SeededRandom(0));
    for (const view of auditor.views.values()) view.joinFromStart();
    auditor.start();
    await this.#until("the audit", () => auditor.isLive);
    await this.#until("everybody is there", () => this.members.every((member) => isThere(member, auditor)));
    auditor.end();
    this.#expectNoViolation();
    for (const log of auditor.views.values()) this.#expectTold(log);
  }

  /** What members were told since the last reset is what there is; what was acked and is not there was reported. */
  #expectTold(log: RoomView): void {
    const places = new Map(log.seen.map((seen) => [seen.clientId, seen]));
    expect([log.room, places.size]).toEqual([log.room, log.seen.length]);
    for (const { name, views, acked } of this.members) {
      const view = views.get(log.room) as RoomView;
      const since = log.seen.slice(log.seen.length - view.seen.length);
      expect([name, ...differing(view.seen, since)]).toEqual([name]);
      const own = acked.filter(({ room }) => room === log.room);
      const lost = own.filter(({ clientId, resets }) => !places.has(clientId) && resets === view.resets);
      expect([name, lost]).toEqual([name, []]);
      const order = own.flatMap(({ clientId }) => places.get(clientId)?.seq ?? []);
      expect([name, order]).toEqual([name, order.toSorted((one, other) => one - other)]);
    }
  }

  #expectNoViolation(): void {
    expect(this.violations.slice(0, 5)).toEqual([]);
  }

  async #until(what: string, isMet: () => boolean): Promise<void> {
    const describe = () => `\n${this.members.map(({ story }) => story).join("\n")}`;
    const isOver = () => isMet() || this.violations.length > 0;
    await eventually(what, isOver, { withinMs: deadlineMs, describe });
    this.#expectNoViolation();
  }

  [Symbol.dispose](): void {
    for (const member of this.members) member.end();
  }
}

const isThere = (member: RedisMember, auditor: RedisMember): boolean =>
  member.isLive && [...member.views.values()].every(({ room, seq }) => seq === auditor.views.get(room)?.seq);

const differing = (own: readonly Seen[], others: readonly Seen[]): Seen[] =>
  own
    .filter(({ seq, messageId }, at) => others[at]?.seq !== seq || others[at]?.messageId !== messageId)
    .slice(0, 3);
