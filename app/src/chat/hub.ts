import type { HandshakeRefusal } from "../protocol/errors.ts";
import { Admissions } from "./admissions.ts";
import { Blocks } from "./blocks.ts";
import { Connection } from "./connection.ts";
import type { ChatContext } from "./context.ts";
import { applyControlChange } from "./control-changes.ts";
import { ControlLog } from "./control-log.ts";
import { Doorkeeper, type HandshakeRequest } from "./doorkeeper.ts";
import { Drain } from "./drain.ts";
import type { Ending } from "./ending.ts";
import type { StoredEvent } from "./engine.ts";
import { controlRoom } from "./engine-people.ts";
import { Feeds } from "./feeds.ts";
import { createGreeter } from "./greeting.ts";
import { HeadPoll } from "./head-poll.ts";
import { Heartbeat } from "./heartbeat.ts";
import { LastSeen } from "./last-seen.ts";
import { People } from "./people.ts";
import { Presence } from "./presence.ts";
import { RateLimits } from "./rate-limits.ts";
import { ReadPace } from "./read-pace.ts";
import { Recheck } from "./recheck.ts";
import { RoomAccess } from "./room-access.ts";
import type { RoomFeed } from "./room-feed.ts";
import { SessionClaims, type SessionGrant } from "./session-claims.ts";
import { Sessions } from "./sessions.ts";
import { SharedReplays } from "./shared-replays.ts";
import { TokenExpiry } from "./token-expiry.ts";
import { Typing } from "./typing.ts";

const sweepMs = 1000;

/** An instance's connections, sessions and rooms. */
export class Hub {
  readonly context: ChatContext;
  readonly feeds: Feeds;
  readonly people = new People();
  readonly access: RoomAccess;
  readonly admissions = new Admissions();
  readonly blocks: Blocks;
  readonly control: ControlLog;
  readonly presence: Presence;
  readonly typing: Typing;
  readonly lastSeen: LastSeen;
  readonly rateLimits: RateLimits;
  readonly reads = new ReadPace();
  readonly replays: SharedReplays;
  readonly claims: SessionClaims;
  readonly doorkeeper: Doorkeeper;
  readonly drain: Drain;
  /** After how long a connection that sends nothing at all is closed; 0 where pings tell who is gone. */
  readonly silenceMaxMs: number;
  readonly #connections = new Map<number, Connection>();
  readonly #sessions: Sessions;
  readonly #heads: HeadPoll;
  readonly #heartbeat: Heartbeat;
  readonly #expiry: TokenExpiry;
  readonly #greet: (connection: Connection) => string;
  #lastNumber = 0;
  #isStopped = false;

  constructor(context: ChatContext) {
    this.context = context;
    this.rateLimits = new RateLimits(context);
    this.access = new RoomAccess(context.engine);
    this.replays = new SharedReplays(context.engine);
    this.blocks = new Blocks(context, (userId) => this.people.connectionsOf(userId).length > 0);
    const recheck = new Recheck(this);
    this.control = new ControlLog(context, {
      apply: (change, at) => applyControlChange(this, change, at),
      missed: () => recheck.request(),
    });
    this.feeds = new Feeds(context, {
      connections: this.#connections,
      viewersWithout: (userId) => this.blocks.viewersWithout(userId),
      connectionsOf: (userId) => this.people.connectionsOf(userId),
      onOpening: (feed) => this.presence.opening(feed),
      onClosed: (feed) => this.presence.closed(feed),
      onEntered: (feed, connection) => this.presence.entered(feed, connection),
      onLeft: (feed, connection) => this.#left(feed, connection),
    });
    this.#heads = new HeadPoll(context, this.feeds);
    this.presence = new Presence(context, this);
    this.typing = new Typing(context, this);
    this.lastSeen = new LastSeen(context);
    this.drain = new Drain(context, this.#connections);
    this.#sessions = new Sessions(context.clock);
    this.claims = new SessionClaims(context, this.#sessions, (session) => this.presence.moved(session));
    this.doorkeeper = new Doorkeeper(this, this.claims);
    this.#expiry = new TokenExpiry(context.clock);
    this.#greet = createGreeter(context);
    const { heartbeatIntervalMs, connectionTimeoutMs } = context.limits;
    this.#heartbeat = new Heartbeat(
      context.clock,
      heartbeatIntervalMs || connectionTimeoutMs,
      this.#connections,
    );
    const isPingedInTime = heartbeatIntervalMs > 0 && heartbeatIntervalMs <= connectionTimeoutMs;
    this.silenceMaxMs = isPingedInTime ? 0 : connectionTimeoutMs;
  }

  start(): void {
    this.context.engine.others.listen({
      presenceChanged: (room, change) => this.presence.presenceChanged(room, change),
      presenceRead: (room, changes) => this.presence.presenceRead(room, changes),
      instanceGone: (instance) => this.presence.instanceGone(instance),
      typingChanged: (room, user, isTyping) => this.typing.heard(room, user, isTyping),
      messagesCounted: (connectionId, count) => this.claims.messagesCounted(connectionId, count),
    });
    this.context.engine.others.setReady(true);
    this.#heartbeat.start();
    void this.control.start();
    this.#sweep();
  }

  stop(): void {
    this.#isStopped = true;
    void this.lastSeen.flush();
    this.#heartbeat.stop();
    this.drain.stop();
    this.control.stop();
  }

  #sweep(): void {
    if (this.#isStopped) return;
    void this.control.poll();
    void this.#heads.poll();
    this.#sessions.sweep();
    this.presence.sweep();
    this.lastSeen.sweep();
    this.#expiry.sweep(this.#connections.values());
    this.context.clock.after(sweepMs, () => this.#sweep());
  }

  get connectionCount(): number {
    return this.#connections.size;
  }

  /** Handshakes that were accepted since the start. */
  get openedCount(): number {
    return this.#lastNumber;
  }

  get sessionCount(): number {
    return this.#sessions.liveCount;
  }

  get userCount(): number {
    return this.people.count;
  }

  get roomCount(): number {
    return this.feeds.count;
  }

  get connectionsLimit(): number {
    return this.context.limits.maxConnections;
  }

  get isDraining(): boolean {
    return this.drain.state !== "running";
  }

  /** Whether a handshake would be refused, and why. Claims nothing. */
  verdict({ connectionId, identity, address }: HandshakeRequest): HandshakeRefusal | null {
    if (this.isDraining) return "draining";
    const session = this.#sessions.get(connectionId);
    if (session !== undefined && session.userId !== identity.user.id) return "session_taken";
    const { maxConnections, maxConnectionsPerIp, maxConnectionsPerUser } = this.context.limits;
    if (isReached(maxConnections, this.#connections.size)) return "server_full";
    const isLive = session?.isLive === true;
    const isNewHere = address !== null && !(isLive && session.address === address);
    if (isNewHere && isReached(maxConnectionsPerIp, this.#sessions.liveAt(address)))
      return "connection_limit_ip";
    if (!isLive && isReached(maxConnectionsPerUser, this.people.sessionCountOf(identity.user.id)))
      return "connection_limit_user";
    return null;
  }

  /** The connection for a socket that is about to open. It counts from when the socket is open. */
  connect({ connectionId, identity, address }: HandshakeRequest, grant: SessionGrant): Connection {
    this.#lastNumber += 1;
    const session = this.#sessions.get(connectionId) ?? this.#sessions.create(connectionId, identity.user.id);
    this.claims.take(session, grant);
    return new Connection(this, this.#lastNumber, session, identity, address);
  }

  attach(connection: Connection): void {
    const { session } = connection;
    this.#connections.set(connection.number, connection);
    this.people.attach(connection);
    this.claims.attach(session, connection);
    this.context.metrics.connectionOpened();
    this.context.log.debug("connection.opened", {
      connection: connection.number,
      user: session.userId,
    });
    connection.countSent("connection_established");
    connection.send(this.#greet(connection));
    this.drain.attached(connection);
  }

  detach(connection: Connection, ending: Ending): void {
    this.#connections.delete(connection.number);
    this.claims.detach(connection.session, connection);
    if (this.people.detach(connection)) this.#gone(connection.identity.user.id);
    for (const feed of connection.rooms.toReversed()) {
      feed.remove(connection);
      this.feeds.closeIfUnused(feed);
    }
    this.drain.detached(connection, ending);
  }

  /** The user's last socket here has closed. */
  #gone(userId: string): void {
    this.blocks.forget(userId);
    this.lastSeen.note(userId);
  }

  #left(feed: RoomFeed, connection: Connection): void {
    if (this.presence.left(feed, connection)) this.typing.end(feed.room, connection.identity.user.id);
  }

  /** What the engine's bus brought. */
  receive(log: string, events: readonly StoredEvent[]): void {
    if (log === controlRoom) this.control.receive(events);
    else this.feeds.receive(log, events);
  }

  closeAll(): void {
    for (const connection of [...this.#connections.values()]) connection.finish("restart");
  }
}

/** 0 turns a limit off. */
const isReached = (limit: number, count: number): boolean => limit > 0 && count >= limit;
