import { expect, test } from "bun:test";
import type { ControlChange } from "../../src/chat/engine-people.ts";
import { ChatWorld, type Client, settle } from "../support/chat-world.ts";
import { identityOf } from "../support/identities.ts";
import { KnownTokens } from "../support/known-tokens.ts";
import { SeededRandom } from "../support/seeded-random.ts";

/**
 * Commands of several sockets, decisions of another instance, pauses of the engine's answers, and a bus that stops and
 * loses, all in random order. Whatever happened, in the end nobody is in a group that they may not read, and what is
 * known of blocks is what the engine says.
 */

const seeds = Array.from({ length: 300 }, (_, index) => index + 1);
const stepCount = 60;
const rooms = ["group:a", "group:b"];
const users = ["alice", "bob", "carol"];

class Turmoil {
  readonly world: ChatWorld;
  readonly clients: { readonly userId: string; readonly client: Client }[];
  readonly #tokens = new KnownTokens();
  readonly #random: SeededRandom;
  #lastId = 0;

  constructor(seed: number) {
    this.#random = new SeededRandom(seed);
    this.world = new ChatWorld({ maxConnectionsPerUser: 0 }, this.#tokens);
    this.clients = users.flatMap((userId) =>
      ["phone", "laptop"].map((device) => {
        const client = this.world.connect(`${userId}-${device}`, null, this.#identity(userId));
        return { userId, client };
      }),
    );
  }

  #pick<T>(items: readonly T[]): T {
    return items[this.#random.below(items.length)] as T;
  }

  #identity(userId: string) {
    const claimed = this.#random.chance(0.3) ? [this.#pick(rooms)] : [];
    const issuedAt = this.world.clock.now() - 1000 * this.#random.below(3);
    return identityOf(userId, { rooms: claimed, issuedAt, isAdmin: this.#random.chance(0.05) });
  }

  async run(): Promise<void> {
    for (let step = 0; step < stepCount; step += 1) {
      this.#pick(this.#deeds)();
      if (this.#random.chance(0.5)) await (this.#random.chance(0.5) ? Promise.resolve() : settle());
    }
  }

  /** Those that are there twice come twice as often. */
  readonly #deeds: readonly (() => void)[] = [
    () => this.#send("join", { rooms: [{ room: this.#pick(rooms) }] }),
    () => this.#send("join", { rooms: rooms.map((room) => ({ room })) }),
    () => this.#send("leave", { rooms: [this.#pick(rooms)] }),
    () => this.#send("batch", { commands: [this.#innerJoin(), this.#innerRead(), this.#innerJoin()] }),
    () => this.#send("batch", { commands: [this.#innerJoin(), this.#innerRefresh(), this.#innerRead()] }),
    () => this.#refresh(),
    () => this.#decideMember("member_added"),
    () => this.#decideMember("member_removed"),
    () => this.#decideMember("member_removed"),
    () => this.#decideBlock("block_added"),
    () => this.#decideBlock("block_removed"),
    () => this.world.engine.pauseAnswers(),
    () => this.world.engine.resumeAnswers(),
    () => this.world.engine.resumeAnswers(),
    () => this.world.engine.pauseBus(),
    () => this.world.engine.resumeBus(),
    () => this.#loseSome(),
    () => this.world.clock.advance(this.#random.below(900)),
  ];

  #send(type: string, payload: object): void {
    this.#pick(this.clients).client.send(type, payload, `c${++this.#lastId}`);
  }

  readonly #innerJoin = () => ({ type: "join", payload: { rooms: [{ room: this.#pick(rooms) }] } });
  readonly #innerRead = () => ({ type: "history", payload: { room: "room:open" } });
  readonly #innerRefresh = () => ({
    type: "refresh_token",
    payload: { token: this.#token(this.#pick(users)) },
  });

  #refresh(): void {
    const { userId, client } = this.#pick(this.clients);
    client.send("refresh_token", { token: this.#token(userId) }, `c${++this.#lastId}`);
  }

  #token(userId: string): string {
    const token = `t${++this.#lastId}`;
    this.#tokens.add(token, this.#identity(userId));
    return token;
  }

  #decideMember(kind: "member_added" | "member_removed"): void {
    this.#decide({ kind, room: this.#pick(rooms), userId: this.#pick(users) });
  }

  #decideBlock(kind: "block_added" | "block_removed"): void {
    const [userId = "", otherId = ""] = this.#random.sample(users, 2);
    this.#decide({ kind, userId, otherId });
  }

  #decide(change: ControlChange): void {
    void this.world.engine.control(change, { userId: "root", at: this.world.clock.now(), instance: "i2" });
  }

  #loseSome(): void {
    const isLossy = this.#random.chance(0.5);
    this.world.engine.loses = () => isLossy;
  }

  /** Everything is heard and answered again, and time goes by. */
  async calm(): Promise<void> {
    const { engine, clock } = this.world;
    engine.loses = () => false;
    engine.resumeBus();
    engine.resumeAnswers();
    this.#decide({ kind: "user_disconnected", userId: "nobody" });
    for (let second = 0; second < 8; second += 1) {
      await this.world.lastTurn();
      clock.advance(1000);
    }
  }

  /** Who is where they may not be. */
  async trespassers(): Promise<string[]> {
    const found: string[] = [];
    for (const { userId, client } of this.clients)
      for (const room of rooms.filter((name) => client.connection.isJoined(name)))
        if ((await this.world.hub.access.refuseRead(client.connection.identity, room)) !== null)
          found.push(`${userId} in ${room}`);
    return found;
  }
}

test.each(seeds)("seed %d: everybody ends where they may be, and sees whom they may see", async (seed) => {
  const turmoil = new Turmoil(seed);
  await turmoil.run();
  await turmoil.calm();
  const { hub, engine } = turmoil.world;
  expect([await turmoil.trespassers(), hub.admissions.count]).toEqual([[], 0]);
  for (const userId of hub.blocks.users()) {
    const hidden = [...hub.blocks.hiddenFrom(userId)].toSorted();
    expect(hidden).toEqual((await engine.blockRelations(userId)).toSorted());
    expect(users.filter((other) => hub.blocks.viewersWithout(other)?.has(userId))).toEqual(hidden);
  }
});
