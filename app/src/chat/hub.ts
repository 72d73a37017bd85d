import type { HandshakeRefusal } from "../protocol/errors.ts";
import { limits as protocolLimits } from "../protocol/limits.ts";
import { Connection } from "./connection.ts";
import type { ChatContext } from "./context.ts";
import { Feeds } from "./feeds.ts";
import { createGreeter } from "./greeting.ts";
import { Heartbeat } from "./heartbeat.ts";
import type { User } from "./identity.ts";
import type { Session } from "./session.ts";
import { Sessions } from "./sessions.ts";

/** What a handshake asks for, once it is known who asks. */
export interface HandshakeRequest {
  readonly connectionId: string;
  readonly user: User;
  /** Null is exempt from limits by address. */
  readonly address: string | null;
}

/** How long the older of two sockets stays when the newer one did not come by handover. */
const replacedMs = 5000;
const sweepMs = 1000;

/** An instance's connections, sessions and rooms. */
export class Hub {
  readonly context: ChatContext;
  readonly feeds: Feeds;
  /** After how long a connection that sends nothing at all is closed; 0 where pings tell who is gone. */
  readonly silenceMaxMs: number;
  readonly #connections = new Map<number, Connection>();
  readonly #sessions: Sessions;
  readonly #heartbeat: Heartbeat;
  readonly #greet: (session: Session) => string;
  #lastNumber = 0;
  #isDraining = false;
  #isStopped = false;

  constructor(context: ChatContext) {
    this.context = context;
    this.feeds = new Feeds(context, this.#connections);
    this.#sessions = new Sessions(context.clock);
    this.#greet = createGreeter(context);
    const { heartbeatIntervalMs, connectionTimeoutMs } = context.limits;
    this.#heartbeat = new Heartbeat(context.clock, heartbeatIntervalMs || connectionTimeoutMs);
    const isPingedInTime = heartbeatIntervalMs > 0 && heartbeatIntervalMs <= connectionTimeoutMs;
    this.silenceMaxMs = isPingedInTime ? 0 : connectionTimeoutMs;
  }

  start(): void {
    this.#heartbeat.start();
    this.#sweep();
  }

  stop(): void {
    this.#isStopped = true;
    this.#heartbeat.stop();
  }

  #sweep(): void {
    if (this.#isStopped) return;
    this.#sessions.sweep();
    this.context.clock.after(sweepMs, () => this.#sweep());
  }

  get connectionCount(): number {
    return this.#connections.size;
  }

  get sessionCount(): number {
    return this.#sessions.liveCount;
  }

  get userCount(): number {
    return new Set([...this.#connections.values()].map(({ session }) => session.user.id)).size;
  }

  get roomCount(): number {
    return this.feeds.count;
  }

  get connectionsLimit(): number {
    return this.context.limits.maxConnections;
  }

  get isDraining(): boolean {
    return this.#isDraining;
  }

  /** Whether a handshake would be refused, and why. Claims nothing. */
  verdict({ connectionId, user, address }: HandshakeRequest): HandshakeRefusal | null {
    if (this.#isDraining) return "draining";
    const session = this.#sessions.get(connectionId);
    if (session !== undefined && session.user.id !== user.id) return "session_taken";
    const { maxConnections, maxConnectionsPerIp } = this.context.limits;
    if (maxConnections > 0 && this.#connections.size >= maxConnections) return "server_full";
    const isCounted = session !== undefined && session.sockets.length > 0 && session.address === address;
    if (isCounted || address === null || maxConnectionsPerIp === 0) return null;
    return this.#sessions.liveAt(address) >= maxConnectionsPerIp ? "connection_limit_ip" : null;
  }

  /** The connection for a socket that is about to open. It counts from when the socket is open. */
  connect({ connectionId, user, address }: HandshakeRequest): Connection {
    this.#lastNumber += 1;
    const session = this.#sessions.get(connectionId) ?? this.#sessions.create(connectionId, user);
    return new Connection(this, this.#lastNumber, session, address);
  }

  attach(connection: Connection): void {
    this.#connections.set(connection.number, connection);
    this.#heartbeat.add(connection);
    this.#makeRoom(connection.session);
    this.#sessions.attach(connection.session, connection);
    this.context.metrics.connectionOpened();
    this.context.log.debug("connection.opened", {
      connection: connection.number,
      user: connection.session.user.id,
    });
    connection.countSent("connection_established");
    connection.send(this.#greet(connection.session));
  }

  /** A newcomer replaces the socket before it; a third closes the oldest at once. */
  #makeRoom({ sockets }: Session): void {
    const oldest = sockets[0];
    if (oldest !== undefined && sockets.length >= protocolLimits.socketsPerSession) oldest.finish("replaced");
    sockets.at(-1)?.closeLater("replaced", "replaced", replacedMs);
  }

  detach(connection: Connection): void {
    this.#connections.delete(connection.number);
    this.#heartbeat.remove(connection);
    this.#sessions.detach(connection.session, connection);
    for (const feed of [...connection.rooms]) {
      feed.remove(connection);
      this.feeds.closeIfUnused(feed);
    }
  }

  /** From now on no handshake is accepted; everybody is told to reconnect elsewhere. */
  sayGoodbyeToAll(closesInMs: number): void {
    this.#isDraining = true;
    for (const connection of this.#connections.values())
      connection.sayGoodbye("draining", "restart", closesInMs);
  }

  closeAll(): void {
    for (const connection of [...this.#connections.values()]) connection.finish("restart");
  }
}
