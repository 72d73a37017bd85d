import { expect, test } from "bun:test";
import { ChatInstances } from "../support/chat-instances.ts";
import { type ChatWorld, type Client, settle } from "../support/chat-world.ts";
import { SeededRandom } from "../support/seeded-random.ts";
import type { SharedView } from "../support/shared-view.ts";
import { listedAt, room } from "../support/watched-room.ts";

const userIds = ["u1", "u2", "u3", "u4"];

/**
 * What an instance hears of the others waits, in order, until it is let through; so does what it reads. An end of the
 * subscription ends what was on its way.
 */
function holdBack({ hub }: ChatWorld): (() => void)[] {
  const waiting: (() => void)[] = [];
  const view = hub.context.engine as SharedView;
  const { instances: listener } = view;
  const { presenceElsewhere } = view.others;
  if (listener === null) throw new Error("the hub listens");
  let subscription = 0;
  const unsubscribe = view.unsubscribe.bind(view);
  view.unsubscribe = (name) => {
    subscription += 1;
    unsubscribe(name);
  };
  view.instances = {
    ...listener,
    presenceChanged: (...told) => {
      const of = subscription;
      waiting.push(() => of === subscription && listener.presenceChanged(...told));
    },
    instanceGone: (instance) => void waiting.push(() => listener.instanceGone(instance)),
  };
  view.others.presenceElsewhere = async (name) => {
    const read = await presenceElsewhere(name);
    await new Promise<void>((resolve) => waiting.push(resolve));
    return read;
  };
  return waiting;
}

interface Place {
  readonly world: ChatWorld;
  readonly waiting: (() => void)[];
}

/** Comings and goings on instances that hear of each other late. */
class Run {
  readonly #random: SeededRandom;
  readonly #instances = new ChatInstances({ maxConnectionsPerUser: 0, heartbeatIntervalMs: 0 });
  readonly #places = new Map<string, Place>();
  readonly #members = new Map<
    string,
    { readonly id: string; readonly place: Place; readonly client: Client }
  >();
  #lastNumber = 0;

  constructor(seed: number) {
    this.#random = new SeededRandom(seed);
    for (let count = 0; count < 3; count += 1) this.#start();
  }

  async step(): Promise<void> {
    const dice = this.#random.below(100);
    if (dice < 25) this.#join();
    else if (dice < 45) this.#leave();
    else if (dice < 48) this.#kill();
    else if (dice < 75) this.#letThrough();
    else this.#instances.clock.advance(1000);
    if (this.#random.chance(0.5)) await settle();
    for (const { client } of this.#members.values()) follow(client);
  }

  #start(): void {
    const name = `i${++this.#lastNumber}`;
    const world = this.#instances.start(name);
    this.#places.set(name, { world, waiting: holdBack(world) });
  }

  #join(): void {
    const [place] = this.#random.sample([...this.#places.values()], 1) as [Place];
    const [id] = this.#random.sample(userIds, 1) as [string];
    const name = `m${++this.#lastNumber}`;
    const client = place.world.connect(name, null, { user: { id, name: id, image: null } });
    client.send("join", { rooms: [{ room }] });
    client.send("presence", { room }, "presence");
    this.#members.set(name, { id, place, client });
  }

  #leave(): void {
    const [chosen] = this.#random.sample([...this.#members], 1);
    if (chosen === undefined) return;
    const [name, { client }] = chosen;
    client.vanish();
    this.#members.delete(name);
  }

  #kill(): void {
    const [[name, killed]] = this.#random.sample([...this.#places], 1) as [[string, Place]];
    this.#instances.shared.kill(name);
    this.#places.delete(name);
    for (const [member, { place }] of this.#members) if (place === killed) this.#members.delete(member);
    this.#start();
  }

  #letThrough(): void {
    const [{ waiting }] = this.#random.sample([...this.#places.values()], 1) as [Place];
    for (const go of waiting.splice(0, 1 + this.#random.below(5))) go();
  }

  /** Everything is heard of, and every grace is over. */
  async end(): Promise<void> {
    for (let round = 0; round < 10; round += 1) {
      for (const { waiting } of this.#places.values()) for (const go of waiting.splice(0)) go();
      await settle();
    }
    this.#instances.clock.advance(20_000);
    const present = [...new Set(Array.from(this.#members.values(), ({ id }) => id))].sort();
    for (const { client, place } of this.#members.values()) {
      expect([...(follow(client) ?? [])].sort()).toEqual(present);
      expect((await listedAt(place.world)).total).toBe(present.length);
    }
  }
}

/** Whom a client knows to be there, by the list it got and what it was told since. Nobody comes or leaves twice. */
function follow({ socket }: Client): ReadonlySet<string> | null {
  const { frames } = socket;
  const start = frames.findIndex(({ id }) => id === "presence");
  const list = frames[start]?.payload.users as { userId: string }[] | undefined;
  if (list === undefined) return null;
  const known = new Set(list.map(({ userId }) => userId));
  for (const { type, payload } of frames.slice(start)) {
    const id = String(payload.userId);
    if (type === "user_joined") expect(known.has(id)).toBe(false);
    if (type === "user_joined") known.add(id);
    if (type === "user_left") expect(known.delete(id)).toBe(true);
  }
  return known;
}

const seeds = Array.from({ length: 12 }, (_, index) => index + 1);

test.each(seeds)(
  "however late all is heard, each change is told once, and all end up right (seed %d)",
  async (seed) => {
    const run = new Run(seed);
    for (let step = 0; step < 150; step += 1) await run.step();
    await run.end();
  },
);
