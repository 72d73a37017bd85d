import {
  type Engine,
  type EngineListener,
  EngineUnavailable,
  type HistoryBounds,
  type Position,
  type Publish,
  type PublishResult,
  type ReplayBounds,
  type StoredEvent,
} from "../../src/chat/engine.ts";
import type { InstancesListener, OtherInstances } from "../../src/chat/engine-instances.ts";
import type {
  ControlAuthor,
  ControlChange,
  ControlResult,
  PageBounds,
  ReactorBounds,
  Seen,
} from "../../src/chat/engine-people.ts";
import type { SharedEngine } from "./shared-engine.ts";

const unavailable = { ok: false, code: "unavailable" } as const;

/** One server's view of a shared engine. Closing it lets go of nothing that another view holds. */
export class SharedView implements Engine {
  readonly instanceId: string;
  readonly others: OtherInstances;
  isOpen = true;
  listener: EngineListener | null = null;
  instances: InstancesListener | null = null;
  /** Tells whether an event is lost on the bus on its way to this server. */
  loses: (room: string, event: StoredEvent) => boolean = () => false;
  readonly #shared: SharedEngine;

  constructor(shared: SharedEngine, instanceId: string) {
    this.instanceId = instanceId;
    this.#shared = shared;
    const { sessions, presence } = shared;
    this.others = {
      listen: (listener) => {
        this.instances = listener;
      },
      claimSession: (claim, isTrial) =>
        this.isOpen ? sessions.claim(instanceId, claim, isTrial) : unavailable,
      releaseSession: (...released) => {
        if (this.isOpen) sessions.release(instanceId, ...released);
      },
      countMessages: (...counted) => {
        if (this.isOpen) sessions.countMessages(instanceId, ...counted);
      },
      setPresence: (...present) => {
        if (this.isOpen) presence.set(instanceId, ...present);
      },
      presenceElsewhere: async (room) => this.#reach() && presence.elsewhere(instanceId, room),
      tellTyping: (...typing) => {
        if (this.isOpen) shared.tellTyping(this, ...typing);
      },
      countSessions: async (userIds) => this.#reach() && userIds.map((userId) => sessions.countOf(userId)),
      setReady: (isReady) => shared.setDraining(instanceId, !isReady),
      hasSuccessor: async () => shared.hasSuccessor(instanceId),
    };
  }

  get connections() {
    return this.#shared.engine.connections;
  }

  get name() {
    return this.#shared.engine.name;
  }

  /** The engine below, for a server that is alive. */
  #reach(): Engine {
    if (!this.isOpen) throw new EngineUnavailable(`${this.instanceId} is gone`);
    return this.#shared.engine;
  }

  hear(room: string, events: readonly StoredEvent[]): void {
    const heard = events.filter((event) => !this.loses(room, event));
    if (heard.length > 0) this.listener?.stored(room, heard);
  }

  listen(listener: EngineListener): void {
    this.listener = listener;
  }

  publish(publish: Publish): Promise<PublishResult> {
    return this.isOpen ? this.#shared.engine.publish(publish) : Promise.resolve(unavailable);
  }

  async subscribe(room: string): Promise<void> {
    this.#reach();
    await this.#shared.subscribe(this, room);
  }

  unsubscribe(room: string): void {
    this.#shared.unsubscribe(this, room);
  }

  async head(room: string) {
    return await this.#reach().head(room);
  }

  async heads(rooms: readonly string[]) {
    const engine = this.#reach();
    return await Promise.all(rooms.map((room) => engine.head(room)));
  }

  async replay(room: string, after: Position, bounds: ReplayBounds) {
    return await this.#reach().replay(room, after, bounds);
  }

  async history(room: string, bounds: HistoryBounds) {
    return await this.#reach().history(room, bounds);
  }

  async reactors(room: string, messageId: string, bounds: ReactorBounds) {
    return await this.#reach().reactors(room, messageId, bounds);
  }

  control(change: ControlChange, author: ControlAuthor): Promise<ControlResult> {
    return this.isOpen ? this.#shared.engine.control(change, author) : Promise.resolve(unavailable);
  }

  async membership(room: string, userId: string) {
    return await this.#reach().membership(room, userId);
  }

  async members(room: string, bounds: PageBounds) {
    return await this.#reach().members(room, bounds);
  }

  async groupsOf(userId: string, bounds: PageBounds) {
    return await this.#reach().groupsOf(userId, bounds);
  }

  async blocksBy(userId: string, bounds: PageBounds) {
    return await this.#reach().blocksBy(userId, bounds);
  }

  async blockRelations(userId: string) {
    return await this.#reach().blockRelations(userId);
  }

  async noteSeen(seen: readonly Seen[]): Promise<void> {
    await this.#reach().noteSeen(seen);
  }

  async lastSeen(userId: string) {
    return await this.#reach().lastSeen(userId);
  }

  async installSecret() {
    return await this.#reach().installSecret();
  }

  async probe(): Promise<void> {
    await this.#reach().probe();
  }

  async close(): Promise<void> {
    await this.#shared.release(this);
  }
}
