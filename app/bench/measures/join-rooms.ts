import { type Bench, compare, roundSeconds } from "../bench.ts";
import { ask } from "../load/ask.ts";
import type { ClientSocket } from "../load/client-socket.ts";
import { CommandSender } from "../load/command-sender.ts";
import { joinCommand, leaveCommand, sendMessageCommand } from "../load/commands.ts";
import type { LoadLoop } from "../load/load-loop.ts";
import { openSockets } from "../load/open-sockets.ts";
import { makeRoundTrips, perCpuSecond, perSecond } from "../load/round-trips.ts";
import { type Row, toRow } from "../row.ts";
import type { Server } from "../servers.ts";

/** The most that one command may join. */
const ROOMS = 100;
const MESSAGES = 5;
const SOCKETS = 50;
const SECONDS = 1;
const LIMIT_MS = 10_000;

type Joined = { rooms: { room: string; epoch: string; seq: number }[] };

/** A hundred rooms joined by one command, and left by the next: with the position of each, as after a reconnect, and without. */
export async function measureJoinRooms(bench: Bench): Promise<Row[]> {
  const rows: Row[] = [];
  for (const isResumed of [true, false]) {
    const figures = await compare(bench, {}, (server) => prepareJoins(bench, server, isResumed));
    const how = isResumed ? "nothing missed since" : `for the first time, ${MESSAGES} messages each`;
    const what = `join and leave of ${ROOMS} rooms, ${how}`;
    rows.push(
      toRow(figures, (trips) => perSecond(trips) / 2, { what, unit: "joins/s" }),
      toRow(figures, (trips) => 2e6 / perCpuSecond(trips) / ROOMS, {
        what: "  server CPU per room",
        unit: "µs",
      }),
    );
  }
  return rows;
}

async function prepareJoins(bench: Bench, { pid, port }: Server, isResumed: boolean) {
  const { loop } = bench;
  const rooms = Array.from({ length: ROOMS }, (_, index) => `room:many-${index}`);
  const [writer] = (await openSockets(loop, port, [rooms])) as [ClientSocket];
  await write(loop, writer, rooms);
  const joined = await ask<Joined>(loop, writer, "join", { rooms: rooms.map((room) => ({ room })) });
  const requests = joined.rooms.map(({ room, epoch, seq }) => (isResumed ? { room, epoch, seq } : { room }));
  const sockets = await openSockets(loop, port, Array<string[]>(SOCKETS).fill([]));
  const senders = sockets.map(
    (socket, index) =>
      new CommandSender(socket, {
        commands: [joinCommand(requests), leaveCommand(rooms)],
        answerType: "message_response",
        isChecked: index === 0,
      }),
  );
  return () => makeRoundTrips(loop, pid, senders, 1, roundSeconds(bench, SECONDS));
}

async function write(loop: LoadLoop, socket: ClientSocket, rooms: string[]): Promise<void> {
  const commands = rooms.map((room) => sendMessageCommand(room));
  const writer = new CommandSender(socket, { commands, answerType: "message_response" });
  for (let message = 0; message < MESSAGES * ROOMS; message++) {
    writer.send(1);
    await loop.runUntil(() => writer.inFlight === 0, "stored", LIMIT_MS);
  }
}
