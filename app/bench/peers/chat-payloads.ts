/** What the servers beside ours answer: payloads as long as ours, since what is measured is sent a thousand times. */

const EPOCH = "0123456789abcdef";
const AUTHOR_ID = crypto.randomUUID();
const AUTHOR_NAME = `User ${AUTHOR_ID.slice(0, 8)}`;
const AUTHOR = {
  authorId: AUTHOR_ID,
  authorName: AUTHOR_NAME,
  authorImage: `https://example.com/${AUTHOR_ID}`,
};
/** The number of the last message of each room. */
const seqs = new Map<string, number>();

export type Said = { room: string; content: string };

/** What a room's members are sent of a message, and what its sender is answered. */
export function chatMessage({ room, content }: Said, clientId: string): { sent: object; answered: object } {
  const seq = (seqs.get(room) ?? 0) + 1;
  seqs.set(room, seq);
  const stored = { room, epoch: EPOCH, seq };
  const messageId = crypto.randomUUID();
  const createdAt = Date.now();
  const message = { id: messageId, clientId, ...AUTHOR, content, meta: null, isEdited: false, createdAt };
  return { sent: { ...stored, message }, answered: { ...stored, messageId, createdAt, duplicate: false } };
}

export function echoAnswer(content: string): object {
  return { content, count: 1 };
}

export function joinedAnswer(rooms: { room: string }[]): object {
  return { rooms: rooms.map(({ room }) => ({ room, ok: true, epoch: "", seq: 0, recovered: false })) };
}

/** A handshake counts until this is there. */
export function establishedPayload(): object {
  const limits = { messageChars: 8000, payloadBytes: 1_048_576, rooms: 100, waitingCommands: 32 };
  const session = { connectionId: crypto.randomUUID(), userId: AUTHOR_ID, userName: AUTHOR_NAME };
  const server = { instance: EPOCH, color: "none", version: "0.1.0", protocol: 1, features: ["history"] };
  const times = { serverTime: Date.now(), heartbeatInterval: 30_000, connectionTimeout: 300_000 };
  return { ...session, ...server, ...times, limits };
}
