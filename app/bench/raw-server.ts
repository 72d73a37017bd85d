import { systemClock } from "../src/chat/clock.ts";
import { createAuthenticator } from "../src/http/auth/authenticator.ts";
import { readSubprotocolOffer } from "../src/http/subprotocol-offer.ts";
import { noopLog } from "../src/telemetry/log.ts";
import { LOAD_SECRET, signToken } from "./load/token.ts";

/**
 * The other half of every ratio: what `Bun.serve` itself can do. It speaks just enough of the protocol that
 * the same load generator drives both servers, sends frames of the same shape, checks nothing, stores nothing.
 */

const EPOCH = "0123456789abcdef";
/** As long as those of the load's tokens, since what is measured is sent a thousand times. */
const AUTHOR_ID = crypto.randomUUID();
const AUTHOR = {
  authorId: AUTHOR_ID,
  authorName: `User ${AUTHOR_ID.slice(0, 8)}`,
  authorImage: `https://example.com/${AUTHOR_ID}`,
};

type Socket = Bun.ServerWebSocket<object>;
type Command = {
  type: string;
  id: string;
  payload: { room: string; content: string; rooms: { room: string }[] };
};

function startRawServer(port: number, admits: (request: Request) => boolean): void {
  const established = encodeEstablished();
  const seqs = new Map<string, number>();
  Bun.serve<object>({
    hostname: "127.0.0.1",
    port,
    fetch: (request, server) => {
      if (!admits(request)) return new Response(null, { status: 401 });
      const headers = { "Sec-WebSocket-Protocol": "holdline.v1" };
      return server.upgrade(request, { data: {}, headers }) ? undefined : new Response("ok");
    },
    websocket: {
      open: (ws) => {
        ws.send(established);
      },
      message: (ws, message) => take(ws, JSON.parse(String(message)), seqs),
    },
  });
}

function take(ws: Socket, command: Command, seqs: Map<string, number>): void {
  if (command.type === "send_message") publish(ws, command, seqs);
  else if (command.type === "join") join(ws, command);
  else if (command.type === "ping")
    ws.send(JSON.stringify({ type: "pong", id: command.id, payload: { timestamp: Date.now() } }));
  else answer(ws, command.id, { content: command.payload.content, count: 1 });
}

function join(ws: Socket, { id, payload }: Command): void {
  for (const { room } of payload.rooms) ws.subscribe(room);
  answer(ws, id, {
    rooms: payload.rooms.map(({ room }) => ({ room, ok: true, epoch: "", seq: 0, recovered: false })),
  });
}

function publish(ws: Socket, { id, payload }: Command, seqs: Map<string, number>): void {
  const { room, content } = payload;
  const seq = (seqs.get(room) ?? 0) + 1;
  seqs.set(room, seq);
  const stored = { room, epoch: EPOCH, seq };
  const messageId = crypto.randomUUID();
  const createdAt = Date.now();
  const message = { id: messageId, clientId: id, ...AUTHOR, content, meta: null, isEdited: false, createdAt };
  ws.publish(room, JSON.stringify({ type: "chat_message", payload: { ...stored, message } }));
  answer(ws, id, { ...stored, messageId, createdAt, duplicate: false });
}

function answer(ws: Socket, id: string, payload: object): void {
  ws.send(JSON.stringify({ type: "message_response", id, payload }));
}

/** As long as ours, since a handshake counts until its first frame is there. */
function encodeEstablished(): string {
  const limits = { messageChars: 8000, payloadBytes: 1_048_576, rooms: 100, waitingCommands: 32 };
  const session = { connectionId: crypto.randomUUID(), userId: AUTHOR.authorId, userName: AUTHOR.authorName };
  const server = {
    instance: "0123456789abcdef",
    color: "none",
    version: "0.1.0",
    protocol: 1,
    features: ["history"],
  };
  const times = { serverTime: Date.now(), heartbeatInterval: 30_000, connectionTimeout: 300_000 };
  return JSON.stringify({
    type: "connection_established",
    payload: { ...session, ...server, ...times, limits },
  });
}

/** Everybody is let in, or with CHECKS_TOKENS who brings a token as ours asks for. */
async function createDoor(): Promise<(request: Request) => boolean> {
  if (process.env.CHECKS_TOKENS === undefined) return () => true;
  const authenticator = createAuthenticator({ jwtSecret: LOAD_SECRET }, systemClock, noopLog);
  await authenticator?.verify(signToken("the first"));
  return ({ headers }) => {
    if (!headers.has("upgrade")) return true;
    const [token = ""] = readSubprotocolOffer(headers.get("sec-websocket-protocol")).tokens;
    return authenticator?.known(token) != null;
  };
}

startRawServer(Number(process.env.PORT), await createDoor());
