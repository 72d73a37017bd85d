/** What `createClient` takes. Only `url` matters outside a page of the server itself. */
export interface ClientOptions {
  /** Where the server is: `https://chat.example.com`, `ws://localhost:3001`. Default: where the page came from. */
  readonly url?: string | { readonly href: string };
  /** A JWT. Without `token` and `getToken` the client is a guest, where the server allows guests. */
  readonly token?: string;
  /** Asked for a fresh JWT before the first connection, when the old one is about to expire and when it was refused. */
  readonly getToken?: () => string | Promise<string>;
  /** Names the session: 1–64 of `A-Z a-z 0-9 _ -`. Default: random. Keep it to go on as the same guest. */
  readonly connectionId?: string;
  /** The n-th delay is random between 0 and this × 2ⁿ, at most `reconnectDelayMaxMs`. Default 1000. */
  readonly reconnectDelayMs?: number;
  /** Default 5000. */
  readonly reconnectDelayMaxMs?: number;
  /** After so many attempts in a row to come back the client gives up. Default: never. */
  readonly reconnectAttemptsMax?: number;
  /** Whether to open the next connection before a server that shuts down closes this one. Default true. */
  readonly handover?: boolean;
  /** Writes under way in one room at a time. Above 1 a refused write may be overtaken by the next. Default 1. */
  readonly pipeline?: number;
  /** Commands that may wait for an answer; one more is refused with `outbox_full`. Default 1000. */
  readonly outboxMax?: number;
  /** How long a read may take, and how long a connection may owe an answer, in ms. Default 30,000. */
  readonly answerTimeoutMs?: number;
  /** For runtimes without a global `WebSocket`, such as Node 20: the class of the package `ws`. */
  readonly WebSocket?: WebSocketClass;
}

/** What the client needs of a WebSocket. */
export interface WebSocketLike {
  onopen: unknown;
  onmessage: unknown;
  onclose: unknown;
  onerror: unknown;
  send(text: string): void;
  close(code?: number, reason?: string): void;
}

export type WebSocketClass = new (url: string, protocols: string[]) => WebSocketLike;

/** @internal What the options come to. */
export interface Settings extends Required<Omit<ClientOptions, "url" | "token" | "getToken" | "WebSocket">> {
  /** `http:` or `https:`, without a slash at the end. */
  readonly base: string;
  readonly getToken: (() => string | Promise<string>) | null;
  /** Whether asking again may bring another token. */
  readonly isTokenFixed: boolean;
  readonly WebSocket: WebSocketClass;
}
