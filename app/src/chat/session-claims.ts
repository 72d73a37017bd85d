import type { Connection } from "./connection.ts";
import type { ChatContext } from "./context.ts";
import type { SessionClaim, SessionVerdict } from "./engine-instances.ts";
import type { ControlChange } from "./engine-people.ts";
import { replaceSockets } from "./replace-sockets.ts";
import type { Session } from "./session.ts";
import type { Sessions } from "./sessions.ts";

export type SessionGrant = Extract<SessionVerdict, { ok: true }>;
export type SessionMoved = Extract<ControlChange, { kind: "session_moved" }>;

/** How long the other instances may take to say whether a session is free. */
const answerMs = 5000;
const waitingMaxDefault = 10_000;

const unavailable = { ok: false, code: "unavailable" } as const;

/** What is known of a session while claims of it wait for the others' answer. */
interface Waiting {
  count: number;
  /** The newest that was granted and then abandoned. */
  generation: number;
  /** Not applied yet: it may be about a socket that is not open yet. */
  moved: SessionMoved | null;
  /** Taken by others, and not in the answers that are awaited. */
  messageCount: number;
}

/** What instances agree on about their sessions: whose each is, and where its newest socket is. */
export class SessionClaims {
  readonly #context: ChatContext;
  readonly #sessions: Sessions;
  /** The newest socket of a session with sockets here is on another instance now, or here again. */
  readonly #onMoved: (session: Session) => void;
  readonly #waitingMax: number;
  readonly #waiting = new Map<string, Waiting>();
  #waitingCount = 0;

  /** While `waitingMax` claims wait for an answer, further ones are `unavailable`. */
  constructor(
    context: ChatContext,
    sessions: Sessions,
    onMoved: (session: Session) => void,
    waitingMax = waitingMaxDefault,
  ) {
    this.#context = context;
    this.#sessions = sessions;
    this.#onMoved = onMoved;
    this.#waitingMax = waitingMax;
  }

  get #others() {
    return this.#context.engine.others;
  }

  /** What a claim would be told. */
  ask(claim: SessionClaim): SessionVerdict | Promise<SessionVerdict> {
    const answer = this.#others.claimSession(claim, true);
    return answer instanceof Promise ? this.#inTime(answer, () => {}) : answer;
  }

  /**
   * Claims a session for a socket. `use` runs in the step in which the answer is there, at once where nobody has to be
   * asked: if it does not open the socket, it abandons the session.
   */
  claim<T>(claim: SessionClaim, use: (verdict: SessionVerdict) => T): T | Promise<T> {
    if (this.#waitingCount >= this.#waitingMax) return use(unavailable);
    const answer = this.#others.claimSession(claim, false);
    return answer instanceof Promise ? this.#wait(claim.connectionId, answer, use) : use(answer);
  }

  async #wait<T>(
    id: string,
    answer: Promise<SessionVerdict>,
    use: (verdict: SessionVerdict) => T,
  ): Promise<T> {
    const waiting = this.#waiting.get(id) ?? { count: 0, generation: 0, moved: null, messageCount: 0 };
    this.#waiting.set(id, waiting);
    this.#count(waiting, 1);
    const verdict = await this.#inTime(answer, (late) => this.abandon(id, late.generation));
    this.#count(waiting, -1);
    try {
      return use(verdict);
    } finally {
      if (waiting.count === 0) this.#waiting.delete(id);
      if (waiting.moved !== null) this.#apply(waiting.moved);
    }
  }

  #count(waiting: Waiting, change: 1 | -1): void {
    waiting.count += change;
    this.#waitingCount += change;
  }

  /** Who is let in too late finds nobody any more. */
  #inTime(answer: Promise<SessionVerdict>, onLate: (grant: SessionGrant) => void): Promise<SessionVerdict> {
    return new Promise((resolve, reject) => {
      let isLate = false;
      const cancel = this.#context.clock.after(answerMs, () => {
        isLate = true;
        resolve(unavailable);
      });
      answer.then((verdict) => {
        cancel();
        if (!isLate) resolve(verdict);
        else if (verdict.ok) onLate(verdict);
      }, reject);
    });
  }

  /** A session that was granted is about to get its socket. */
  take(session: Session, { generation, messageCount }: SessionGrant): void {
    const waiting = this.#waiting.get(session.id);
    session.generation = Math.max(session.generation, generation, waiting?.generation ?? 0);
    hear(session, Math.max(0, messageCount - session.toldCount) + (waiting?.messageCount ?? 0));
    if (waiting !== undefined) waiting.messageCount = 0;
  }

  /** A session that was granted gets no socket: it is let go where it has none here and none is under way. */
  abandon(id: string, generation: number): void {
    const session = this.#sessions.get(id);
    const waiting = this.#waiting.get(id);
    const newest = Math.max(generation, waiting?.generation ?? 0);
    if (session?.isLive) session.generation = Math.max(session.generation, newest);
    else if (waiting !== undefined && waiting.count > 0) waiting.generation = newest;
    else this.#others.releaseSession(id, newest, 0);
  }

  /** The socket of a session that was taken has opened. */
  attach(session: Session, connection: Connection): void {
    const newerCount = session.isLive && session.isElsewhere ? 2 : 1;
    const older = session.sockets;
    // Before any older one closes: a session that keeps a socket is not let go.
    this.#sessions.attach(session, connection);
    replaceSockets(this.#context.clock, older, newerCount);
  }

  detach(session: Session, connection: Connection): void {
    this.#sessions.detach(session, connection);
    if (session.isLive) return;
    const untold = session.messageCount - session.toldCount;
    session.toldCount = session.messageCount;
    this.#others.releaseSession(session.id, session.generation, untold);
  }

  /** An entry of the control log. */
  moved(change: SessionMoved): void {
    const waiting = this.#waiting.get(change.connectionId);
    if (waiting === undefined) this.#apply(change);
    else if (change.generation >= (waiting.moved?.generation ?? 0)) waiting.moved = change;
  }

  #apply({ connectionId, instance, generation }: SessionMoved): void {
    const session = this.#sessions.get(connectionId);
    if (session === undefined || !session.isLive) return;
    if (instance === this.#context.instance.id) this.#takeBack(session, generation);
    else if (generation > session.generation) this.#giveAway(session, generation - session.generation);
  }

  /** The newer socket on another instance is gone: the newest one here counts as that from now on. */
  #takeBack(session: Session, generation: number): void {
    if (generation < session.generation) return;
    session.generation = generation;
    this.#move(session, false);
  }

  #giveAway(session: Session, newerCount: number): void {
    this.#move(session, true);
    this.#tell(session);
    replaceSockets(this.#context.clock, session.sockets, newerCount);
  }

  #move(session: Session, isElsewhere: boolean): void {
    if (session.isElsewhere === isElsewhere) return;
    this.#sessions.move(session, isElsewhere);
    this.#onMoved(session);
  }

  #tell(session: Session): void {
    const untold = session.messageCount - session.toldCount;
    session.toldCount = session.messageCount;
    if (untold > 0) this.#others.countMessages(session.id, untold);
  }

  /** Another instance has taken so many more messages of a session. */
  messagesCounted(connectionId: string, count: number): void {
    const waiting = this.#waiting.get(connectionId);
    const session = this.#sessions.get(connectionId);
    if (waiting !== undefined) waiting.messageCount += count;
    else if (session !== undefined) hear(session, count);
  }
}

function hear(session: Session, count: number): void {
  session.messageCount += count;
  session.toldCount += count;
}
