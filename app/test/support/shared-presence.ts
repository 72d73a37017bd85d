import type { PresenceChange } from "../../src/chat/engine-instances.ts";
import type { User } from "../../src/chat/identity.ts";
import type { SharedEngine } from "./shared-engine.ts";

/** What each server has said of the users in each room. */
export class SharedPresence {
  readonly #shared: SharedEngine;
  /** By room, then by instance and user. */
  readonly #rooms = new Map<string, Map<string, PresenceChange>>();

  constructor(shared: SharedEngine) {
    this.#shared = shared;
  }

  set(instance: string, room: string, user: User, sessions: number | null): void {
    const change = { instance, user, sessions };
    const said = this.#rooms.get(room) ?? new Map<string, PresenceChange>();
    const key = JSON.stringify([instance, user.id]);
    if (sessions === null) said.delete(key);
    else said.set(key, change);
    if (said.size > 0) this.#rooms.set(room, said);
    else this.#rooms.delete(room);
    queueMicrotask(() => this.#tell(room, change));
  }

  #tell(room: string, change: PresenceChange): void {
    for (const view of this.#shared.othersOf(change.instance))
      if (this.#shared.isSubscribed(view, room)) view.instances?.presenceChanged(room, change);
  }

  elsewhere(instance: string, room: string): PresenceChange[] {
    return [...(this.#rooms.get(room)?.values() ?? [])].filter((said) => said.instance !== instance);
  }

  forget(instance: string): void {
    for (const [room, said] of this.#rooms) {
      for (const [key, change] of said) if (change.instance === instance) said.delete(key);
      if (said.size === 0) this.#rooms.delete(room);
    }
  }
}
