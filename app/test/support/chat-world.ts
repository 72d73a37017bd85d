import type { Connection } from "../../src/chat/connection.ts";
import type { ChatLimits } from "../../src/chat/context.ts";
import { DeliveryPacer } from "../../src/chat/delivery-pacer.ts";
import type { HandshakeRequest } from "../../src/chat/doorkeeper.ts";
import { controlRoom } from "../../src/chat/engine-people.ts";
import { Hub } from "../../src/chat/hub.ts";
import { guestIdentity, type Identity, type TokenVerifier } from "../../src/chat/identity.ts";
import type { HandshakeRefusal } from "../../src/protocol/errors.ts";
import { noopLog } from "../../src/telemetry/log.ts";
import { noopMetrics } from "../../src/telemetry/metrics.ts";
import { ManualClock } from "./manual-clock.ts";
import { MemoryEngine } from "./memory-engine.ts";
import { type Frame, type RecordingSocket, RecordingSockets } from "./recording-sockets.ts";
import { SeededRandom } from "./seeded-random.ts";
import type { SharedView } from "./shared-view.ts";

const defaultLimits: ChatLimits = {
  maxConnections: 100,
  maxConnectionsPerIp: 20,
  maxConnectionsPerUser: 5,
  messagesPerMinute: 0,
  presenceEventsMaxMembers: 250,
  heartbeatIntervalMs: 30_000,
  connectionTimeoutMs: 300_000,
  payloadBytesMax: 1_048_576,
  roomsPerConnection: 100,
  sendBufferBytes: 2_097_152,
  compressionThresholdBytes: 0,
};

export interface Client {
  readonly connection: Connection;
  readonly socket: RecordingSocket;
  /** Sends one command; the answer comes in the socket's frames. */
  send(type: string, payload: unknown, id?: string): void;
  /** Sends one command and resolves with what answers it. */
  ask(type: string, payload: unknown): Promise<Frame>;
  /** Sends any text. */
  sendText(text: string): void;
  /** As the network would: the socket is gone. */
  vanish(reason?: string): void;
}

/** Where a hub is one of several. */
export interface ChatPlace {
  readonly engine: MemoryEngine;
  readonly view: SharedView;
  readonly clock: ManualClock;
}

/** A hub on a paused-when-wanted engine, a manual clock and recording sockets. */
export class ChatWorld {
  readonly engine: MemoryEngine;
  readonly clock: ManualClock;
  readonly random = new SeededRandom(1);
  readonly sockets = new RecordingSockets();
  /** What was counted, in order. */
  readonly closeCodes: number[] = [];
  readonly gaps: string[] = [];
  readonly resumed: string[] = [];
  readonly errors: string[] = [];
  readonly sent: string[] = [];
  readonly limited: string[] = [];
  readonly notifications: string[] = [];
  readonly handovers: string[] = [];
  dedupeHits = 0;
  isEngineHealthy = true;
  readonly hub: Hub;
  #turns: (() => void)[] = [];
  #lastId = 0;

  /** `tokens`: null is guest mode. */
  constructor(limits: Partial<ChatLimits> = {}, tokens: TokenVerifier | null = null, place?: ChatPlace) {
    this.engine = place?.engine ?? new MemoryEngine();
    this.clock = place?.clock ?? new ManualClock();
    const engine = place?.view ?? this.engine;
    this.hub = new Hub({
      instance: { id: place?.view.instanceId ?? "i1", color: "none", version: "0.0.0" },
      limits: { ...defaultLimits, ...limits },
      engine,
      tokens,
      broadcaster: this.sockets,
      pacer: new DeliveryPacer((turn) => this.#turns.push(turn)),
      clock: this.clock,
      random: () => this.random.next(),
      isEngineHealthy: () => this.isEngineHealthy,
      metrics: {
        ...noopMetrics,
        connectionClosed: (code) => this.closeCodes.push(code),
        messagesSent: (type) => this.sent.push(type),
        rateLimited: (scope) => this.limited.push(scope),
        errorSent: (code) => this.errors.push(code),
        dedupeHit: () => {
          this.dedupeHits += 1;
        },
        notificationSent: (result) => this.notifications.push(result),
        handedOver: (result, count) => this.handovers.push(`${count} ${result}`),
        gapFound: (source) => this.gaps.push(source),
        resumed: (result, reason) => this.resumed.push(`${result} ${reason}`),
      },
      log: noopLog,
    });
    engine.listen({
      stored: (room, events) => this.hub.receive(room, events),
      availabilityChanged() {},
    });
    this.hub.start();
  }

  /** The rooms' logs that the engine tells this hub of. */
  get followedLogs(): string[] {
    return [...this.engine.subscribedRooms].filter((log) => log !== controlRoom);
  }

  /** The next turn of the event loop, as far as delivery is paced by it. */
  nextTurn(): void {
    for (const turn of this.#turns.splice(0)) turn();
  }

  /** Turn after turn until everything has been delivered. */
  async lastTurn(): Promise<void> {
    do {
      this.nextTurn();
      await settle();
    } while (this.#turns.length > 0);
  }

  /** Opens a socket without asking anybody. `rights`: what its token says beyond who it is, or instead. */
  connect(
    connectionId: string = `c${++this.#lastId}`,
    address: string | null = null,
    rights: Partial<Identity> = {},
  ): Client {
    const request = this.#requestOf(connectionId, address, rights);
    return this.#open(this.hub.connect(request, { ok: true, generation: 0, messageCount: 0 }));
  }

  /** A whole handshake: resolves with what it is refused with, or the socket. */
  async enter(
    connectionId: string,
    address: string | null = null,
    rights: Partial<Identity> = {},
  ): Promise<Client | HandshakeRefusal> {
    const opened: Client[] = [];
    const entry = await this.hub.doorkeeper.enter(
      this.#requestOf(connectionId, address, rights),
      (connection) => opened.push(this.#open(connection)) > 0,
    );
    if (entry === "opened" || entry === "not_opened") return opened[0] as Client;
    return entry;
  }

  /** Of a handshake that must not be refused. */
  async entered(...request: Parameters<ChatWorld["enter"]>): Promise<Client> {
    const entry = await this.enter(...request);
    if (typeof entry === "string") throw new Error(`refused: ${entry}`);
    return entry;
  }

  #requestOf(connectionId: string, address: string | null, rights: Partial<Identity>): HandshakeRequest {
    const user = { id: `user-${connectionId}`, name: connectionId, image: null };
    return { connectionId, identity: { ...guestIdentity(user), ...rights }, address };
  }

  #open(connection: Connection): Client {
    const socket = this.sockets.open();
    socket.onClosed = (code, reason) => connection.closed(code, reason);
    connection.opened(socket);
    const send = (type: string, payload: unknown, id?: string) =>
      connection.received(JSON.stringify({ type, id, payload }));
    return {
      connection,
      socket,
      send,
      ask: (type, payload) => this.#ask(socket, send, type, payload),
      sendText: (text) => connection.received(text),
      vanish: (reason = "") => socket.close(1006, reason),
    };
  }

  async #ask(socket: RecordingSocket, send: Client["send"], type: string, payload: unknown): Promise<Frame> {
    const id = `ask-${++this.#lastId}`;
    send(type, payload, id);
    return await until(() => socket.answerTo(id));
  }

  /** Connects and joins. */
  async join(room: string, connectionId?: string, rights: Partial<Identity> = {}): Promise<Client> {
    const client = this.connect(connectionId, null, rights);
    await client.ask("join", { rooms: [{ room }] });
    return client;
  }
}

/** Waits, one loop turn after another, until there is a value. Fails after 1,000 turns. */
export async function until<T>(find: () => T | undefined | false | null): Promise<T> {
  for (let turn = 0; turn < 1000; turn += 1) {
    const found = find();
    if (found !== undefined && found !== false && found !== null) return found;
    await new Promise((resolve) => setImmediate(resolve));
  }
  throw new Error("what was waited for did not come");
}

/** Everything that is under way without waiting for the outside comes to its end. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
