import { expect, test } from "bun:test";
import { ChatInstances } from "../support/chat-instances.ts";
import { type ChatWorld, type Client, settle } from "../support/chat-world.ts";
import { PresenceModel } from "../support/presence-model.ts";
import { SeededRandom } from "../support/seeded-random.ts";
import { listedAt, room, toldTo } from "../support/watched-room.ts";

const userIds = ["u1", "u2", "u3", "u4", "u5"];
const instancesMax = 3;

interface Member {
  readonly instance: string;
  readonly client: Client;
  /** How much its instance had told its members before it was one. */
  readonly newsBefore: number;
}

/** Instances that start and die, and members who come and go there, beside the model of what all are to be told. */
class Run {
  readonly #random: SeededRandom;
  /** Nobody here answers pings. */
  readonly #instances = new ChatInstances({ maxConnectionsPerUser: 0, heartbeatIntervalMs: 0 });
  readonly #model = new PresenceModel();
  readonly #worlds = new Map<string, ChatWorld>();
  readonly #members = new Map<string, Member>();
  #lastNumber = 0;

  constructor(seed: number) {
    this.#random = new SeededRandom(seed);
    for (let count = 0; count < instancesMax; count += 1) this.#start();
  }

  async step(): Promise<void> {
    const dice = this.#random.below(100);
    if (dice < 30) await this.#join();
    else if (dice < 50) await this.#leave();
    else if (dice < 55) await this.#change();
    else if (dice < 58) this.#kill();
    else this.#tick();
    await settle();
    await this.#compare();
  }

  #start(): void {
    const name = `i${++this.#lastNumber}`;
    this.#worlds.set(name, this.#instances.start(name));
    this.#model.start(name);
  }

  async #join(): Promise<void> {
    const [[instance, world]] = this.#random.sample([...this.#worlds], 1) as [[string, ChatWorld]];
    const [id] = this.#random.sample(userIds, 1) as [string];
    const name = `m${++this.#lastNumber}`;
    this.#model.join(name, id, instance);
    const newsBefore = this.#model.newsOf(instance).length;
    const client = await world.join(room, name, { user: { id, name: id, image: null } });
    this.#members.set(name, { instance, client, newsBefore });
  }

  async #leave(): Promise<void> {
    const [chosen] = this.#random.sample([...this.#members], 1);
    if (chosen === undefined) return;
    const [name, { client }] = chosen;
    if (this.#random.chance(0.5)) client.vanish();
    else await client.ask("leave", { rooms: [room] });
    this.#members.delete(name);
    this.#model.leave(name);
  }

  /** Somebody comes and somebody goes in no time. */
  async #change(): Promise<void> {
    if (this.#random.chance(0.5)) await this.#leave();
    await this.#join();
    await this.#leave();
  }

  #kill(): void {
    const [name] = this.#random.sample([...this.#worlds.keys()], 1) as [string];
    this.#instances.shared.kill(name);
    this.#worlds.delete(name);
    for (const [member, { instance }] of this.#members) if (instance === name) this.#members.delete(member);
    this.#model.kill(name);
    this.#start();
  }

  #tick(): void {
    this.#instances.clock.advance(1000);
    this.#model.tick();
  }

  /** Leaves that are told in the same second may be told in any order. */
  async #compare(): Promise<void> {
    for (const { instance, client, newsBefore } of this.#members.values())
      expect(toldTo(client).sort()).toEqual(this.#model.newsOf(instance).slice(newsBefore).sort());
    for (const instance of new Set(Array.from(this.#members.values(), (member) => member.instance)))
      expect((await listedAt(this.#worlds.get(instance) as ChatWorld)).users).toEqual(
        this.#model.listAt(instance),
      );
  }
}

const seeds = Array.from({ length: 12 }, (_, index) => index + 1);

test.each(seeds)("whatever happens, all are told what the model says (seed %d)", async (seed) => {
  const run = new Run(seed);
  for (let step = 0; step < 150; step += 1) await run.step();
});
