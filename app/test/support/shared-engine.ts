import { type Clock, systemClock } from "../../src/chat/clock.ts";
import type { Engine, StoredEvent } from "../../src/chat/engine.ts";
import type { User } from "../../src/chat/identity.ts";
import { SharedPresence } from "./shared-presence.ts";
import { SharedSessions } from "./shared-sessions.ts";
import { SharedView } from "./shared-view.ts";

/** Several servers on one real engine: each has a view of it, and through that learns what the others have. */
export class SharedEngine {
  readonly engine: Engine;
  readonly sessions: SharedSessions;
  readonly presence: SharedPresence;
  readonly #views = new Map<string, SharedView>();
  readonly #draining = new Set<string>();
  /** Views that have subscribed, by room. */
  readonly #subscribers = new Map<string, Set<SharedView>>();

  constructor(engine: Engine, clock: Clock = systemClock) {
    this.engine = engine;
    this.sessions = new SharedSessions(this, clock);
    this.presence = new SharedPresence(this, clock);
    engine.listen({
      stored: (room, events) => this.#say(room, events),
      availabilityChanged: (fault) => {
        for (const view of this.#views.values()) view.listener?.availabilityChanged(fault);
      },
    });
  }

  /** What the server of that name is given as its engine. A name is used again once its view is closed or killed. */
  view(instanceId: string): SharedView {
    if (this.#views.has(instanceId)) throw new Error(`${instanceId} has a view already`);
    const view = new SharedView(this, instanceId);
    this.#views.set(instanceId, view);
    return view;
  }

  isOpen(instanceId: string): boolean {
    return this.#views.has(instanceId);
  }

  othersOf(instanceId: string): SharedView[] {
    return [...this.#views.values()].filter((view) => view.instanceId !== instanceId);
  }

  /** Says whether that server would take over who is sent away from another. */
  setDraining(instanceId: string, isDraining: boolean): void {
    if (isDraining) this.#draining.add(instanceId);
    else this.#draining.delete(instanceId);
  }

  hasSuccessor(instanceId: string): boolean {
    return this.othersOf(instanceId).some((view) => !this.#draining.has(view.instanceId));
  }

  /** In a later microtask, as all that servers tell each other. */
  tellTyping(view: SharedView, room: string, user: User, isTyping: boolean): void {
    queueMicrotask(() => {
      for (const other of this.othersOf(view.instanceId))
        if (this.isSubscribed(other, room)) other.instances?.typingChanged(room, user, isTyping);
    });
  }

  /** As if that process had died: it hears and reaches nothing any more, and the others are told. */
  kill(instanceId: string): void {
    const view = this.#views.get(instanceId);
    if (view !== undefined) this.#remove(view);
  }

  /** The last one to go closes the engine. */
  async release(view: SharedView): Promise<void> {
    if (!view.isOpen) return;
    this.#remove(view);
    if (this.#views.size === 0) await this.engine.close();
  }

  #remove(view: SharedView): void {
    const { instanceId } = view;
    view.isOpen = false;
    this.#views.delete(instanceId);
    this.#draining.delete(instanceId);
    for (const room of [...this.#subscribers.keys()]) this.unsubscribe(view, room);
    this.presence.forget(instanceId);
    this.sessions.forget(instanceId);
    for (const other of this.othersOf(instanceId)) other.instances?.instanceGone(instanceId);
  }

  isSubscribed(view: SharedView, room: string): boolean {
    return this.#subscribers.get(room)?.has(view) === true;
  }

  async subscribe(view: SharedView, room: string): Promise<void> {
    this.#subscribers.set(room, (this.#subscribers.get(room) ?? new Set()).add(view));
    try {
      await this.engine.subscribe(room);
    } catch (error) {
      this.unsubscribe(view, room);
      throw error;
    }
  }

  unsubscribe(view: SharedView, room: string): void {
    const views = this.#subscribers.get(room);
    if (views?.delete(view) !== true || views.size > 0) return;
    this.#subscribers.delete(room);
    this.engine.unsubscribe(room);
  }

  #say(room: string, events: readonly StoredEvent[]): void {
    for (const view of [...(this.#subscribers.get(room) ?? [])]) view.hear(room, events);
  }
}
