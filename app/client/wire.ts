/** What the server sends, as the client hands it on. Times are milliseconds since 1970. */

/** A place in a room's log: dense numbers from 1 within one life (epoch) of that log. */
export interface Position {
  readonly epoch: string;
  readonly seq: number;
}

export interface Message {
  readonly id: string;
  /** The id of the command that sent it, which its sender knows; null if it had none. */
  readonly clientId: string | null;
  readonly authorId: string;
  readonly authorName: string;
  readonly authorImage: string | null;
  readonly content: string;
  readonly meta: Readonly<Record<string, unknown>> | null;
  readonly isEdited: boolean;
  readonly createdAt: number;
}

export interface ReactionCount {
  readonly emoji: string;
  readonly count: number;
  readonly mine: boolean;
}

export interface StoredMessage extends Message {
  readonly seq: number;
  readonly reactions: readonly ReactionCount[];
}

export interface Notification {
  readonly seq: number;
  readonly id: string;
  readonly payload: unknown;
  readonly createdAt: number;
}

export interface User {
  readonly userId: string;
  readonly userName: string;
  readonly userImage: string | null;
}

export interface PresentUser extends User {
  /** In how many sessions the user is there; 0 while the last one may still come back. */
  readonly connections: number;
}

/** Who is there: the first 100 users, and how many there are. */
export interface Presence {
  readonly users: readonly PresentUser[];
  readonly total: number;
}

export interface HistoryPage extends Position {
  /** Oldest first. */
  readonly messages: readonly StoredMessage[];
  readonly hasMore: boolean;
}

/** The answer to a stored write. */
export interface Stored extends Position {
  readonly messageId: string;
  /** Only of a new message. */
  readonly createdAt?: number;
  /** True: it had been stored before, and this is the answer of that time. */
  readonly duplicate: boolean;
}

export type ResetReason = "new" | "epoch" | "trimmed" | "too_far";

export interface Frame {
  readonly type: string;
  readonly id?: string;
  // biome-ignore lint/suspicious/noExplicitAny: what a frame carries depends on its type, and unknown types are allowed
  readonly payload: any;
}

/** The answer of a `join` for one room. */
export type JoinAnswer = { readonly room: string } & (
  | ({
      readonly ok: true;
      readonly recovered: true;
      readonly events: readonly Frame[];
      readonly more?: boolean;
    } & Position)
  | ({
      readonly ok: true;
      readonly recovered: false;
      readonly reason: ResetReason;
      readonly messages: readonly (StoredMessage | Notification)[];
      readonly hasMore: boolean;
    } & Position)
  | { readonly ok: false; readonly code: string; readonly message: string }
);

/** The first frame of every connection: who you are, who serves you, and the limits (0: none). */
export interface Greeting {
  readonly connectionId: string;
  readonly userId: string;
  readonly userName: string;
  readonly instance: string;
  readonly color: string;
  readonly version: string;
  readonly protocol: number;
  readonly features: readonly string[];
  readonly serverTime: number;
  /** ms; 0: the server sends no heartbeats. */
  readonly heartbeatInterval: number;
  readonly connectionTimeout: number;
  readonly limits: {
    readonly messageChars: number;
    readonly payloadBytes: number;
    readonly rooms: number;
    readonly waitingCommands: number;
    readonly messagesPerMinute: number;
    readonly commandsPerSecond: number;
    readonly replayEvents: number;
    readonly historyPage: number;
  };
}

export interface Goodbye {
  readonly reason: string;
  readonly closesInMs: number;
  readonly reconnect: boolean;
}
