import type { Frame } from "./recording-sockets.ts";

/** What becomes of one message on its way to the others. `hold`: it comes after the next one. */
type Fate = "arrive" | "lose" | "repeat" | "hold";

interface Member {
  seq: number;
  held: object | null;
}

const limits = { messagesPerMinute: 0, messageChars: 8000, payloadBytes: 1_048_576, rooms: 0 };

/** A server of one room that breaks its promises as it is told to, and never admits it: each socket's seqs are dense. */
export class LyingServer implements Disposable {
  /** By the number of the message, from 1 over all, or what it says. */
  fate: (message: number, content: unknown) => Fate = () => "arrive";
  messages = 0;
  deleted = 0;
  features = ["resume", "history", "delete"];
  /** Whatever token comes, it is good; else none is. */
  isLenient = false;
  /** What history says that is left. */
  remembered: readonly object[] = [];
  /** Since the start; a client that comes back is told all of it. */
  readonly #stored: object[] = [];
  #forgetsPositions = false;
  readonly #sockets = new Set<Bun.ServerWebSocket<Member>>();
  readonly #server: Bun.Server<Member>;

  constructor() {
    this.#server = Bun.serve<Member>({
      hostname: "127.0.0.1",
      port: 0,
      fetch: (request, server) => this.#answer(request, server),
      websocket: {
        open: (socket) => {
          this.#sockets.add(socket);
          const { size } = this.#sockets;
          const who = { userId: `user-${size}`, userName: `user-${size}`, instance: "liar", color: "none" };
          const { features } = this;
          say(socket, "connection_established", { ...who, features, heartbeatInterval: 0, limits });
        },
        message: (socket, text) => this.#take(socket, JSON.parse(String(text))),
        close: (socket) => {
          this.#sockets.delete(socket);
        },
      },
    });
  }

  get url(): string {
    return this.#server.url.origin;
  }

  /** Everybody has to come back, and is told to begin anew. */
  forgetPositions(): void {
    this.#forgetsPositions = true;
    for (const socket of this.#sockets) socket.terminate();
  }

  [Symbol.dispose](): void {
    void this.#server.stop(true);
  }

  #answer(request: Request, server: Bun.Server<Member>): Response | undefined {
    if (new URL(request.url).pathname.startsWith("/health")) return Response.json({ version: "0.1.0+lies" });
    const { headers } = request;
    const hasToken =
      headers.has("authorization") || headers.get("sec-websocket-protocol")?.includes("bearer.");
    if (hasToken && !this.isLenient) return new Response("", { status: 401 });
    const isUpgraded = server.upgrade(request, { data: { seq: 0, held: null } });
    return isUpgraded ? undefined : new Response("no WebSocket", { status: 426 });
  }

  #take(socket: Bun.ServerWebSocket<Member>, { type, id, payload }: Frame): void {
    const answer = (of: object) => say(socket, "message_response", of, id);
    if (type === "join")
      answer({ rooms: (payload.rooms as { room: string }[]).map((each) => this.#joined(each)) });
    else if (type === "presence") answer({ users: [], total: this.#sockets.size });
    else if (type === "history") answer({ epoch: "e", seq: 0, messages: this.remembered, hasMore: false });
    else if (type === "send_message") this.#send(socket, payload, id ?? "", answer);
    else if (type === "message_delete") this.#delete(socket, answer);
  }

  #joined({ room }: { room: string }) {
    const messages = this.#forgetsPositions ? this.#stored : [];
    const reason = this.#forgetsPositions ? "too_far" : "new";
    return { room, ok: true, epoch: "e", seq: 0, recovered: false, reason, messages, hasMore: false };
  }

  #send(
    socket: Bun.ServerWebSocket<Member>,
    { room, content }: Frame["payload"],
    id: string,
    answer: (of: object) => void,
  ): void {
    this.messages += 1;
    const fate = this.fate(this.messages, content);
    const messageId = `message-${this.messages}`;
    const message = { id: messageId, clientId: id, authorId: "other", content, createdAt: 1 };
    this.#stored.push(message);
    answer({ epoch: "e", seq: ++socket.data.seq, messageId, createdAt: 1, duplicate: false });
    for (const other of this.#sockets)
      if (other !== socket) deliver(other, { room, epoch: "e", message }, fate);
  }

  #delete({ data }: Bun.ServerWebSocket<Member>, answer: (of: object) => void): void {
    this.deleted += 1;
    answer({ epoch: "e", seq: ++data.seq, messageId: "any", duplicate: false });
  }
}

function deliver(socket: Bun.ServerWebSocket<Member>, event: object, fate: Fate): void {
  const { held } = socket.data;
  const copies = { arrive: [event], lose: [], repeat: [event, event], hold: [] }[fate];
  socket.data.held = fate === "hold" ? event : null;
  for (const each of held === null ? copies : [...copies, held])
    say(socket, "chat_message", { ...each, seq: ++socket.data.seq });
}

function say(socket: Bun.ServerWebSocket<Member>, type: string, payload: object, id?: string): void {
  socket.send(JSON.stringify({ type, ...(id === undefined ? {} : { id }), payload }));
}
