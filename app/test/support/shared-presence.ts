import type { Clock } from "../../src/chat/clock.ts";
import type { PresenceChange } from "../../src/chat/engine-instances.ts";
import type { User } from "../../src/chat/identity.ts";
import type { SharedEngine } from "./shared-engine.ts";

/** How long it is remembered who has left. */
const leftForMs = 5000;

interface Said {
  readonly change: PresenceChange;
  readonly at: number;
}

/** What each server has said of the users in each room. */
export class SharedPresence {
  readonly #shared: SharedEngine;
  readonly #clock: Clock;
  /** By room, then by instance and user. */
  readonly #rooms = new Map<string, Map<string, Said>>();

  constructor(shared: SharedEngine, clock: Clock) {
    this.#shared = shared;
    this.#clock = clock;
  }

  set(instance: string, room: string, user: User, sessions: number | null): void {
    const change = { instance, user, sessions };
    const said = this.#rooms.get(room) ?? new Map<string, Said>();
    said.set(JSON.stringify([instance, user.id]), { change, at: this.#clock.now() });
    this.#rooms.set(room, said);
    queueMicrotask(() => this.#tell(room, change));
  }

  /** Nobody hears of an instance that has died before. */
  #tell(room: string, change: PresenceChange): void {
    if (!this.#shared.isOpen(change.instance)) return;
    for (const view of this.#shared.othersOf(change.instance))
      if (this.#shared.isSubscribed(view, room)) view.instances?.presenceChanged(room, change);
  }

  elsewhere(instance: string, room: string): PresenceChange[] {
    const said = [...(this.#rooms.get(room)?.values() ?? [])];
    return said.filter((one) => this.#isToBeTold(one, instance)).map(({ change }) => change);
  }

  #isToBeTold({ change, at }: Said, instance: string): boolean {
    const hasLeft = change.sessions === null;
    return hasLeft ? this.#clock.now() - at < leftForMs : change.instance !== instance;
  }

  /** Whoever was there is there no more. */
  forget(instance: string): void {
    const at = this.#clock.now();
    for (const said of this.#rooms.values())
      for (const [key, { change }] of said)
        if (change.instance === instance && change.sessions !== null)
          said.set(key, { change: { ...change, sessions: null }, at });
  }
}
