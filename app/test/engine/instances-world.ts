import type { Engine } from "../../src/chat/engine.ts";
import type { PresenceChange, SessionClaim, SessionVerdict } from "../../src/chat/engine-instances.ts";
import { controlRoom } from "../../src/chat/engine-people.ts";
import type { User } from "../../src/chat/identity.ts";
import { start, wide } from "./engine-world.ts";

/** Several instances on one empty store. */
export interface InstancesStore {
  /** Each name once. */
  open(instance: string): Promise<Engine>;
  /** As if that process had died. */
  kill(instance: string): Promise<void>;
  /** Time goes by for what is kept. */
  pass(ms: number): Promise<void>;
  remove(): Promise<void>;
}

/** One instance, and what it was told by the others. */
export interface Instance {
  readonly name: string;
  readonly engine: Engine;
  /** `<room> <user> <sessions>` and `<room> <user> types`, in order. */
  readonly told: string[];
  /** Who said so, of what was told of presence. */
  readonly tellers: string[];
  readonly gone: string[];
  /** `<connection> <count>`. */
  readonly counted: string[];
}

export const userOf = (id: string): User => ({ id, name: `${id} 😀`, image: null });

const describeChange = (room: string, { user, sessions }: PresenceChange): string =>
  `${room} ${user.id} ${sessions}`;

export const yes = (generation: number, messageCount = 0): SessionVerdict => ({
  ok: true,
  generation,
  messageCount,
});

export const no = (code: Extract<SessionVerdict, { ok: false }>["code"]): SessionVerdict => ({
  ok: false,
  code,
});

/** Alice's, from anywhere, and without limits. */
export const claim = (connectionId: string, fields: Partial<SessionClaim> = {}): SessionClaim => ({
  connectionId,
  userId: "alice",
  address: null,
  userSessionsMax: 0,
  addressSessionsMax: 0,
  ...fields,
});

/** The instances of the present test. */
export class InstancesWorld {
  #store: InstancesStore | null = null;
  #instances: Instance[] = [];

  async begin(store: InstancesStore, names: readonly string[]): Promise<void> {
    this.#store = store;
    this.#instances = [];
    for (const name of names) this.#instances.push(await this.open(name));
  }

  async end(): Promise<void> {
    await Promise.all(this.#instances.map(({ engine }) => engine.close()));
    await this.store.remove();
  }

  get store(): InstancesStore {
    if (this.#store === null) throw new Error("there is no store");
    return this.#store;
  }

  get instances(): readonly [Instance, Instance, Instance] {
    return this.#instances as unknown as [Instance, Instance, Instance];
  }

  async open(name: string): Promise<Instance> {
    const instance = this.#listen(name, await this.store.open(name));
    return instance;
  }

  /** One more, which ends with the test. */
  async join(name: string, engine: Engine): Promise<Instance> {
    const instance = this.#listen(name, engine);
    this.#instances.push(instance);
    return instance;
  }

  #listen(name: string, engine: Engine): Instance {
    const instance: Instance = { name, engine, told: [], tellers: [], gone: [], counted: [] };
    engine.others.listen({
      presenceChanged: (room, change) => {
        instance.told.push(describeChange(room, change));
        instance.tellers.push(change.instance);
      },
      presenceRead: (room, changes) => {
        instance.told.push(`${room} read ${changes.map((change) => describeChange(room, change))}`);
      },
      typingChanged: (room, user, isTyping) => {
        instance.told.push(`${room} ${user.name} types ${isTyping}`);
      },
      instanceGone: (gone) => instance.gone.push(gone),
      messagesCounted: (connectionId, count) => instance.counted.push(`${connectionId} ${count}`),
    });
    return instance;
  }
}

export const ask = async ({ engine }: Instance, asked: SessionClaim) =>
  await engine.others.claimSession(asked, true);

export const take = async ({ engine }: Instance, asked: SessionClaim) =>
  await engine.others.claimSession(asked, false);

/** What the control log says of sessions that moved: `<connection> <instance> <generation>`. */
export async function moves({ engine }: Instance): Promise<readonly string[]> {
  const replay = await engine.replay(controlRoom, start, wide);
  const events = replay.recovered ? replay.events : [];
  return events
    .filter(({ kind }) => kind === "session_moved")
    .map(({ rest }) => JSON.parse(rest ?? "{}"))
    .map(({ connectionId, instance, generation }) => `${connectionId} ${instance} ${generation}`);
}

export async function elsewhere({ engine }: Instance, room: string): Promise<readonly string[]> {
  const changes = await engine.others.presenceElsewhere(room);
  return changes.map((change) => describeChange(room, change)).toSorted();
}

export async function sessionsOf({ engine }: Instance, ...userIds: string[]): Promise<readonly number[]> {
  return (await engine.others.countSessions(userIds)) ?? [];
}
