import { ClientSocket } from "./client-socket.ts";
import { type FrameVisitor, payloadText, textFrame } from "./frames.ts";
import { holdlineWire } from "./holdline-wire.ts";
import type { LoadLoop } from "./load-loop.ts";
import type { Wire, WireEvent } from "./wire.ts";

const OPENING_AT_ONCE = 64;
/** Each 127.0.0.x has its own 28,000 ports. */
const SOURCE_HOSTS = 8;
const LIMIT_MS = 60_000;

/**
 * Opens one socket per entry of `roomsOf`, joined to those rooms, and returns them when all know who is there. Several
 * ports are of several servers, which get a socket each in turn.
 */
export async function openSockets(
  loop: LoadLoop,
  port: number | readonly number[],
  roomsOf: string[][],
  wire: Wire = holdlineWire,
): Promise<ClientSocket[]> {
  const ports = [port].flat();
  const sockets: ClientSocket[] = [];
  let joined = 0;
  const onJoined = () => {
    joined++;
    openNext();
  };
  const openNext = () => {
    const rooms = roomsOf[sockets.length];
    if (rooms === undefined) return;
    const next = ports[sockets.length % ports.length] as number;
    const fd = loop.libc.connect(next, 1 + (sockets.length % SOURCE_HOSTS));
    sockets.push(openSocket(new ClientSocket(loop, fd, () => {}), wire, rooms, onJoined));
  };
  for (let index = 0; index < OPENING_AT_ONCE; index++) openNext();
  await loop.runUntil(() => joined === roomsOf.length, `${roomsOf.length} sockets joined`, LIMIT_MS);
  await loop.runFor(wire.presenceMs);
  return sockets;
}

function openSocket(socket: ClientSocket, wire: Wire, rooms: string[], onJoined: () => void): ClientSocket {
  socket.onFrame = greeted(socket, wire, () => join(socket, wire, rooms, onJoined));
  socket.send(wire.upgradeRequest());
  return socket;
}

/** Says what the wire asks for after each greeting, and calls `onConnected` after the last. */
function greeted(socket: ClientSocket, wire: Wire, onConnected: () => void): FrameVisitor {
  const awaited = [...wire.greetings];
  return (_opcode, bytes, start, end) => {
    const text = payloadText(bytes, start, end);
    if (wire.isRefusal(bytes, start)) throw new Error(`refused: ${text}`);
    const [next] = awaited;
    if (next === undefined || !text.includes(next.awaits)) return;
    awaited.shift();
    if (next.says !== undefined) socket.send(textFrame(next.says));
    if (awaited.length === 0) onConnected();
  };
}

function join(socket: ClientSocket, wire: Wire, rooms: string[], onJoined: () => void): void {
  if (rooms.length === 0) return onJoined();
  socket.onFrame = (_opcode, bytes, start, end) => {
    const event = wire.eventOf(payloadText(bytes, start, end));
    if (event.type === "message_response") checkJoined(event, onJoined);
    if (event.type === "error") throw new Error(`join refused: ${JSON.stringify(event.payload)}`);
  };
  socket.send(textFrame(wire.command("join", { rooms: rooms.map((room) => ({ room })) })));
}

function checkJoined({ payload }: WireEvent, onJoined: () => void): void {
  const { rooms } = payload as { rooms: { ok: boolean }[] };
  if (!rooms.every(({ ok }) => ok)) throw new Error(`join refused: ${JSON.stringify(rooms)}`);
  onJoined();
}
