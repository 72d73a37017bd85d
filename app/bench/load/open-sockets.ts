import { ClientSocket, upgradeRequest } from "./client-socket.ts";
import { payloadText, textFrame } from "./frames.ts";
import type { LoadLoop } from "./load-loop.ts";

const OPENING_AT_ONCE = 64;
/** Each 127.0.0.x has its own 28,000 ports. */
const SOURCE_HOSTS = 8;
const LIMIT_MS = 60_000;
/** Crowded rooms are told how many they are once a second: the last time is over before anything is measured. */
const PRESENCE_MS = 1200;

/** Opens one socket per entry of `roomsOf`, joined to those rooms, and returns them when all are joined. */
export async function openSockets(
  loop: LoadLoop,
  port: number,
  roomsOf: string[][],
): Promise<ClientSocket[]> {
  const sockets: ClientSocket[] = [];
  let joined = 0;
  const openNext = () => {
    const rooms = roomsOf[sockets.length];
    if (rooms !== undefined) sockets.push(openSocket(loop, port, sockets.length, rooms, onJoined));
  };
  const onJoined = () => {
    joined++;
    openNext();
  };
  for (let index = 0; index < OPENING_AT_ONCE; index++) openNext();
  await loop.runUntil(() => joined === roomsOf.length, `${roomsOf.length} sockets joined`, LIMIT_MS);
  await loop.runFor(PRESENCE_MS);
  return sockets;
}

function openSocket(
  loop: LoadLoop,
  port: number,
  index: number,
  rooms: string[],
  onJoined: () => void,
): ClientSocket {
  const fd = loop.libc.connect(port, 1 + (index % SOURCE_HOSTS));
  const socket = new ClientSocket(loop, fd, (_opcode, bytes, start, end) => {
    const event = JSON.parse(payloadText(bytes, start, end));
    if (event.type === "connection_established") join(socket, rooms, onJoined);
    if (event.type === "message_response") checkJoined(event.payload.rooms, onJoined);
    if (event.type === "error") throw new Error(`join refused: ${JSON.stringify(event.payload)}`);
  });
  socket.send(upgradeRequest());
  return socket;
}

function join(socket: ClientSocket, rooms: string[], onJoined: () => void): void {
  if (rooms.length === 0) return onJoined();
  const payload = { rooms: rooms.map((room) => ({ room })) };
  socket.send(textFrame(JSON.stringify({ type: "join", id: "join", payload })));
}

function checkJoined(answers: { ok: boolean }[], onJoined: () => void): void {
  if (!answers.every((answer) => answer.ok)) throw new Error(`join refused: ${JSON.stringify(answers)}`);
  onJoined();
}
