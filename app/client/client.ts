import type { Connection } from "./connection.ts";
import { Emitter } from "./emitter.ts";
import { HoldlineError } from "./errors.ts";
import { type Joinable, Joiner } from "./joiner.ts";
import { Notifications } from "./notifications.ts";
import type { Settings } from "./options.ts";
import { Outbox } from "./outbox.ts";
import { followPage } from "./page-lifecycle.ts";
import { Room, type RoomHost } from "./room.ts";
import type { Author } from "./room-events.ts";
import { Session, type SessionOwner, type State } from "./session.ts";
import type { Frame, Greeting } from "./wire.ts";

export interface ClientEvents {
  /** Every change; `error` says why it is not connected, if the client knows. */
  state: { readonly state: State; readonly error: HoldlineError | null };
  /** A connection is the current one: who you are, who serves you. */
  connected: Greeting;
  /** The connection was lost, or could not be opened; the next attempt comes after `delayMs`. */
  reconnecting: { readonly attempt: number; readonly delayMs: number; readonly error: HoldlineError | null };
  /** Connected again after a loss. */
  reconnected: { readonly attempts: number };
  /** Moved to another connection while the old one was still open: nothing was interrupted. */
  handover: { readonly from: Greeting; readonly to: Greeting };
  /** Stopped for good: no further attempt can help, or `reconnectAttemptsMax` is reached. */
  gaveUp: HoldlineError;
  /** The server says that something is wrong with the connection, such as `token_expired`. */
  error: HoldlineError;
  /** Every frame as text. */
  frame: { readonly direction: "in" | "out"; readonly text: string };
}

/** What has happened since the client was made. */
export interface Counters {
  reconnects: number;
  handovers: number;
  /** Joins that got all that was missed. */
  resumes: number;
  /** Joins that could not: the application was told to drop what it had. */
  resets: number;
  /** Events that came twice, and were told once. */
  duplicates: number;
  /** Events that were missing, and asked for again. */
  holes: number;
}

/** A session with a server that outlives its connections. */
export class Client extends Emitter<ClientEvents> {
  readonly counters: Counters = {
    reconnects: 0,
    handovers: 0,
    resumes: 0,
    resets: 0,
    duplicates: 0,
    holes: 0,
  };
  readonly notifications: Notifications;
  readonly #session: Session;
  readonly #outbox: Outbox;
  readonly #rooms = new Map<string, Room>();
  readonly #joiners = new Map<Connection, Joiner>();
  #unfollowPage = () => {};
  #greeting: Greeting | null = null;
  #attempts = 0;

  /** @internal Connects by itself, after whoever makes it had the time to listen. */
  constructor(settings: Settings) {
    super();
    this.#session = new Session(settings, this.#sessionOwner());
    this.#outbox = new Outbox(settings, () => this.#session.current);
    this.notifications = new Notifications((source) => this.room(`notifications:${source}`));
    queueMicrotask(() => this.state === "idle" && this.connect());
  }

  get state(): State {
    return this.#session.state;
  }

  /** As of the newest connection; null before the first. */
  get greeting(): Greeting | null {
    return this.#greeting;
  }

  get connectionId(): string {
    return this.#session.connectionId;
  }

  /** Commands that wait for an answer. */
  get waiting(): number {
    return this.#outbox.size;
  }

  /** Connects now: after `close`, or instead of waiting for the next attempt. */
  connect(): void {
    this.#unfollowPage();
    this.#unfollowPage = followPage(this.#session);
    this.#session.start();
  }

  /** Ends everything; what still waits is rejected with `closed`. */
  close(): void {
    this.#unfollowPage();
    this.#session.stop();
  }

  /** The same object for the same name. Throws TypeError for what is no room's name. */
  room(name: string): Room {
    const room = this.#rooms.get(name) ?? new Room(name, this.#host());
    this.#rooms.set(name, room);
    return room;
  }

  /** Joined rooms, and the groups that the user is a member of. */
  async rooms(): Promise<readonly string[]> {
    return (await this.#outbox.read<{ rooms: string[] }>("rooms", {})).rooms;
  }

  /** Anything comes back as it is, with the number of messages that this session has sent. */
  echo<T>(content: T): Promise<{ content: T; count: number }> {
    return this.#outbox.read("message", { content });
  }

  /** Milliseconds to the server and back. */
  async ping(): Promise<number> {
    const before = performance.now();
    await this.#outbox.read("ping", {});
    return performance.now() - before;
  }

  #host(): RoomHost {
    const [client, session] = [this, this.#session];
    return {
      outbox: this.#outbox,
      get current() {
        return session.current;
      },
      get me(): Author {
        const { userId = "", userName = "" } = client.#greeting ?? {};
        return { userId, userName, userImage: session.tokens.picture };
      },
      join: (room, connection) => this.#join(room, connection),
      count: (what) => {
        this.counters[what] += 1;
      },
    };
  }

  #join(room: Joinable, connection?: Connection): void {
    const joiners = connection === undefined ? [...this.#joiners.values()] : [this.#joiners.get(connection)];
    for (const joiner of joiners) joiner?.add(room);
  }

  #sessionOwner(): SessionOwner {
    return {
      stateChanged: (state, error, delayMs) => this.#stateChanged(state, error, delayMs),
      greeted: (connection) => this.#greeted(connection),
      promoted: (connection, from) => this.#promoted(connection, from),
      ended: (connection) => this.#ended(connection),
      heard: (connection, frame) => this.#heard(connection, frame),
      tapped: (direction, text) => this.emit("frame", { direction, text }),
    };
  }

  #stateChanged(state: State, error: HoldlineError | null, delayMs: number): void {
    if (state === "waiting") {
      this.#attempts += 1;
      this.emit("reconnecting", { attempt: this.#attempts, delayMs, error });
    }
    if (state === "stopped") {
      const reason = error ?? new HoldlineError("closed", "The client was closed.");
      this.#outbox.abandon(reason);
      for (const room of this.#rooms.values()) room.abandon(reason);
      if (error !== null) this.emit("gaveUp", error);
    }
    this.emit("state", { state, error });
  }

  #greeted(connection: Connection): void {
    const joiner = new Joiner(connection, () => this.#session.joined(connection));
    this.#joiners.set(connection, joiner);
    joiner.add(...[...this.#rooms.values()].filter(({ isWanted }) => isWanted));
  }

  #promoted({ greeting }: Connection, from: Connection | null): void {
    if (greeting === null) return;
    const before = this.#greeting;
    this.#greeting = greeting;
    this.emit("connected", greeting);
    if (from?.greeting) {
      this.counters.handovers += 1;
      this.emit("handover", { from: from.greeting, to: greeting });
    } else if (before !== null) {
      this.counters.reconnects += 1;
      this.emit("reconnected", { attempts: this.#attempts });
    }
    this.#attempts = 0;
    this.#outbox.pump();
  }

  #ended(connection: Connection): void {
    this.#joiners.delete(connection);
    for (const room of this.#rooms.values()) room.ended(connection);
  }

  #heard(connection: Connection, frame: Frame): void {
    const { type, payload } = frame;
    this.#rooms.get(payload?.room)?.heard(connection, frame);
    if (type !== "error") return;
    this.emit("error", new HoldlineError(payload.code, payload.message, payload.retryable));
  }
}
