import { join } from "node:path";
import { type Bench, roundSeconds, withServer } from "../bench.ts";
import { ask } from "../load/ask.ts";
import type { ClientSocket } from "../load/client-socket.ts";
import { CommandSender } from "../load/command-sender.ts";
import { historyCommand } from "../load/commands.ts";
import { fillHistory } from "../load/fill-history.ts";
import type { LoadLoop } from "../load/load-loop.ts";
import { openSockets } from "../load/open-sockets.ts";
import { makeRoundTrips, perCpuSecond, perSecond, type RoundTrips } from "../load/round-trips.ts";
import { type Row, toRow } from "../row.ts";
import type { Server } from "../servers.ts";
import { takeTurns } from "../take-turns.ts";

const MESSAGES = [100, 1000, 10_000, 100_000, 1_000_000];
/** Of rooms of one size together, or in the one that is larger: what is read again and again would stay in caches. */
const MESSAGES_IN_ALL = 100_000;
const PAGE = 50;
/** So many that none asks more often than 50 times a second, which the server would refuse. */
const SOCKETS = 200;
const PAGES_PER_SOCKET = 10;
const SECONDS = 1;
const FLAT = 1.15;

type Room = { name: string; messages: number };
/** Rooms that hold the same number of messages each. */
type Size = { messages: number; rooms: Room[] };
type Page = { messages: { seq: number }[] };

/** Pages from anywhere in a room, by how many messages the room holds; of small rooms there are more. */
export async function measureHistory(bench: Bench): Promise<Row[]> {
  const sizes = (bench.isQuick ? MESSAGES.slice(0, 3) : MESSAGES).map(roomsOf);
  const path = join(bench.servers.createDirectory(), "history.db");
  fillHistory(
    path,
    sizes.flatMap(({ rooms }) => rooms),
  );
  const environment = { DATABASE_PATH: path, HISTORY_MAX_MESSAGES: "0" };
  const figures = await withServer(bench, "ours", environment, (server) =>
    measureSizes(bench, server, sizes),
  );
  return sizes.flatMap((size, index) => sizeRows(size, figures[index] ?? [], figures[0] ?? []));
}

function roomsOf(messages: number): Size {
  const count = Math.max(1, MESSAGES_IN_ALL / messages);
  const rooms = Array.from({ length: count }, (_, index) => ({
    name: `room:history-${messages}-${index}`,
    messages,
  }));
  return { messages, rooms };
}

async function measureSizes(bench: Bench, server: Server, sizes: Size[]): Promise<RoundTrips[][]> {
  const readers: CommandSender[][] = [];
  for (const { rooms } of sizes) readers.push(await openReaders(bench.loop, server.port, rooms));
  return takeTurns(
    bench,
    readers.map(
      (senders) => () => makeRoundTrips(bench.loop, server.pid, senders, 1, roundSeconds(bench, SECONDS)),
    ),
  );
}

async function openReaders(loop: LoadLoop, port: number, rooms: Room[]): Promise<CommandSender[]> {
  const sockets = await openSockets(loop, port, Array<string[]>(SOCKETS).fill([]));
  await checkNewestPage(loop, sockets[0] as ClientSocket, rooms[0] as Room);
  return sockets.map((socket, index) => {
    const commands = Array.from({ length: PAGES_PER_SOCKET }, () => randomPage(rooms));
    return new CommandSender(socket, { commands, answerType: "message_response", isChecked: index === 0 });
  });
}

async function checkNewestPage(
  loop: LoadLoop,
  socket: ClientSocket,
  { name, messages }: Room,
): Promise<void> {
  const page = await ask<Page>(loop, socket, "history", { room: name, limit: PAGE });
  const seqs = page.messages.map(({ seq }) => seq);
  const newest = Array.from({ length: PAGE }, (_, index) => messages - PAGE + 1 + index);
  if (!Bun.deepEquals(seqs, newest)) throw new Error(`${name}: not its newest page`);
}

function randomPage(rooms: Room[]): string {
  const { name, messages } = rooms[Math.floor(Math.random() * rooms.length)] as Room;
  const before = PAGE + 1 + Math.floor(Math.random() * (messages - PAGE + 1));
  return historyCommand(name, before, PAGE);
}

function sizeRows({ messages }: Size, figures: RoundTrips[], smallest: RoundTrips[]): Row[] {
  const count = messages.toLocaleString("en");
  const what = `history, pages of ${PAGE} anywhere in a room of ${count} messages`;
  const rate = toRow({ ours: figures, raw: [] }, perSecond, { what, unit: "pages/s" });
  if (figures === smallest) return [rate];
  const growth = figures.map(
    (figure, round) => perCpuSecond(smallest[round] as RoundTrips) / perCpuSecond(figure),
  );
  const text = {
    what: `  growth to ${count} messages`,
    unit: "times",
    budget: { of: "ours", max: FLAT },
  } as const;
  return [rate, { ...rate, ...text, ours: growth }];
}
