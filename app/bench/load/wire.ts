/** An event in the words of our protocol, whatever the wire calls it. */
export type WireEvent = { type: string; id?: string; payload: unknown };

/** What a client waits for after the upgrade, and what it says then. */
export type Greeting = { awaits: string; says?: string };

/** How a server is spoken to over a WebSocket: all that the load prepares for it and reads of what it sends. */
export interface Wire {
  /** As a browser would ask, for a user of its own. */
  upgradeRequest(): Uint8Array;
  /** In order; after the last one a client is connected. */
  readonly greetings: readonly Greeting[];
  /** Stands in a command where its id goes: the last `numberDigits` characters are its number. */
  readonly commandId: string;
  readonly numberDigits: number;
  command(type: string, payload: object): string;
  /** Looks at a few bytes only, since the load asks it of every frame. */
  isAnswer(bytes: Uint8Array, start: number, type: AnswerType): boolean;
  isRefusal(bytes: Uint8Array, start: number): boolean;
  eventOf(text: string): WireEvent;
  /** For so long after a join its members may be told who is there. */
  readonly presenceMs: number;
}

export type AnswerType = "message_response" | "pong";
