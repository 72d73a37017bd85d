import type { User } from "./identity.ts";

/** What instances tell each other through the engine, beside the logs: part of the port in `engine.ts`. */

/** A handshake that wants a session for one more socket. */
export interface SessionClaim {
  readonly connectionId: string;
  readonly userId: string;
  /** Null is exempt from limits by address. */
  readonly address: string | null;
  /** Sessions with a live socket over all instances; 0 is no limit. */
  readonly userSessionsMax: number;
  readonly addressSessionsMax: number;
}

export type SessionVerdict =
  | {
      readonly ok: true;
      /** Counts the sockets that this session has had, over all instances: the larger is the newer. */
      readonly generation: number;
      /** How many messages instances have said that they took of this session. */
      readonly messageCount: number;
    }
  /** `unavailable`: nobody can say now; nothing was claimed. */
  | {
      readonly ok: false;
      readonly code: "session_taken" | "connection_limit_user" | "connection_limit_ip" | "unavailable";
    };

/** One instance's news of a user in a room. */
export interface PresenceChange {
  readonly instance: string;
  readonly user: User;
  /**
   * Sessions that have joined the room and whose newest socket is on that instance; 0 while they move. Null: no socket
   * there has joined it any more.
   */
  readonly sessions: number | null;
}

export interface InstancesListener {
  /**
   * Another instance's news of a room that is subscribed here, in the order in which that instance told them, and none
   * that it told before the room was subscribed.
   */
  presenceChanged(room: string, change: PresenceChange): void;
  /** Another instance has died: whoever was there is there no more. */
  instanceGone(instance: string): void;
  /** News of a subscribed room may have been lost: this is who is there on other instances, and nobody else. */
  presenceRead(room: string, changes: readonly PresenceChange[]): void;
  /** A user types in a subscribed room on another instance, or no longer. */
  typingChanged(room: string, user: User, isTyping: boolean): void;
  /** Another instance took so many more messages of a session that has been claimed here. */
  messagesCounted(connectionId: string, count: number): void;
}

/**
 * The other instances of a server. Each instance keeps its own sessions and presence; through this it learns what the
 * others have, and they of it. An engine that can serve one instance only says that there are none.
 */
export interface OtherInstances {
  /** MUST be called once, before anything else. */
  listen(listener: InstancesListener): void;
  /**
   * Asks for a session and, unless it is a trial, takes it: from then on the newest socket is here. If another
   * instance has a socket of it, be that the newest or not, a `session_moved` is in the control log before this
   * resolves. Answers in the same turn where nobody has to be asked. Never rejects.
   */
  claimSession(claim: SessionClaim, isTrial: boolean): SessionVerdict | Promise<SessionVerdict>;
  /**
   * The last socket of a session here has closed; the session is kept for its user for 60 s more. Says nothing of a
   * session that was claimed here again meanwhile, with a larger generation. If that was the newest socket and another
   * instance has an older one, that is the newest again: a `session_moved` back, with the generation that is let go.
   * `messageCount`: taken here, and not said yet.
   */
  releaseSession(connectionId: string, generation: number, messageCount: number): void;
  /** So many more messages were taken here of a session that has moved: tells the instances that have it. */
  countMessages(connectionId: string, messageCount: number): void;
  /** Tells the others of a user here. Null: gone from the room; the others grant the grace themselves. */
  setPresence(room: string, user: User, sessions: number | null): void;
  /**
   * Who is in a room elsewhere, by instance; and with `sessions` null who left it on any instance, or was there when
   * that died, within the last 5 s. A change that comes meanwhile is told to the listener as well.
   */
  presenceElsewhere(room: string): Promise<readonly PresenceChange[]>;
  /** Tells the others that a user types here, or no longer. May be lost, and is where they cannot be reached. */
  tellTyping(room: string, user: User, isTyping: boolean): void;
  /**
   * Of each user: sessions with a live socket on any instance. Null: only this one has any. Rejects with
   * EngineUnavailable.
   */
  countSessions(userIds: readonly string[]): Promise<readonly number[]> | null;
  /** Whether this instance would take over who is sent away from another; it would not until this is said. */
  setReady(isReady: boolean): void;
  /** Whether another instance would take over who is sent away from here. */
  hasSuccessor(): Promise<boolean>;
}
