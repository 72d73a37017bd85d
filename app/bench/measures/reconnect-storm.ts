import { type Bench, compare } from "../bench.ts";
import { CommandSender } from "../load/command-sender.ts";
import { sendMessageCommand } from "../load/commands.ts";
import { listenOverflows } from "../load/listen-queue.ts";
import type { LoadLoop } from "../load/load-loop.ts";
import { openSockets } from "../load/open-sockets.ts";
import { startSending } from "../load/publish.ts";
import { StormMember } from "../load/storm-member.ts";
import { percentile, type Row, toRow } from "../row.ts";
import type { Server } from "../servers.ts";
import { residentKilobytes, startMeter, type Usage, watchResidentPeak } from "../usage.ts";

const SOCKETS = 5000;
const ROOM_MEMBERS = 100;
const MISSED = 20;
/** Goes on meanwhile, so that what is resumed and what is live have to fit together. */
const MESSAGES_PER_SECOND = 250;
const SOURCE_HOSTS = 8;
const RETRY_MS = 10;
const LIMIT_MS = 30_000;

type Weathered = {
  liveMs: number[];
  cpuPerSocket: number;
  peakMegabytes: number;
  overflows: number;
  usage: Usage;
};

/**
 * Everybody's socket is cut at once and comes back at once, with the position it had. Of raw only connecting and
 * joining is asked: it has nothing to resume.
 */
export async function measureReconnectStorm(bench: Bench): Promise<Row[]> {
  const sockets = bench.isQuick ? SOCKETS / 5 : SOCKETS;
  const figures = await compare(bench, {}, (server) => prepareStorm(bench, server, sockets));
  const count = sockets.toLocaleString("en");
  return [
    toRow(figures, ({ liveMs }) => Math.max(...liveMs), {
      what: `reconnect storm: ${count} sockets at once, ${MISSED} missed events each, until all are live`,
      unit: "ms",
    }),
    toRow(figures, ({ liveMs }) => percentile(liveMs, 0.5), { what: "  until half of them are", unit: "ms" }),
    toRow(figures, ({ cpuPerSocket }) => cpuPerSocket, { what: "  server CPU per socket", unit: "µs" }),
    toRow(figures, ({ peakMegabytes }) => peakMegabytes, {
      what: "  memory at most, over before",
      unit: "MB",
    }),
    toRow(figures, ({ overflows }) => overflows, {
      what: "  times the listen queue was full",
      unit: "times",
    }),
  ];
}

async function prepareStorm(
  { loop }: Bench,
  server: Server,
  sockets: number,
): Promise<() => Promise<Weathered>> {
  const rooms = Array.from({ length: sockets / ROOM_MEMBERS }, (_, index) => `room:storm-${index}`);
  const publishers = await openPublishers(loop, server.port, rooms);
  const members = Array.from({ length: sockets }, (_, index) => ({
    member: new StormMember(loop, rooms[index % rooms.length] as string),
    publisher: publishers[index % rooms.length] as CommandSender,
  }));
  const crowd = members.map(({ member }) => member);
  await send(loop, publishers, 1);
  await comeBack(loop, server.port, crowd);
  const untilCaughtUp = async () => {
    if (server.kind === "raw") return;
    const hasAll = () =>
      members.every(({ member, publisher }) => member.catchUp().seq === publisher.answered);
    await loop.runUntil(hasAll, "all caught up", LIMIT_MS);
  };
  await untilCaughtUp();
  return async () => {
    const before = residentKilobytes(server.pid);
    for (const member of crowd) member.drop();
    await send(loop, publishers, MISSED);
    const weathered = await weather(loop, server, publishers, crowd);
    await untilCaughtUp();
    return { ...weathered, peakMegabytes: (weathered.peakKilobytes - before) / 1024 };
  };
}

async function openPublishers(loop: LoadLoop, port: number, rooms: string[]): Promise<CommandSender[]> {
  const sockets = await openSockets(
    loop,
    port,
    rooms.map((room) => [room]),
  );
  return sockets.map(
    (socket, index) =>
      new CommandSender(socket, {
        commands: [sendMessageCommand(rooms[index] as string)],
        answerType: "message_response",
      }),
  );
}

async function weather(loop: LoadLoop, server: Server, publishers: CommandSender[], members: StormMember[]) {
  const peak = watchResidentPeak(server.pid);
  const overflowsBefore = listenOverflows();
  const meter = startMeter(server.pid);
  const startMs = performance.now();
  const stop = startSending(loop, publishers, { perSecond: MESSAGES_PER_SECOND });
  await comeBack(loop, server.port, members);
  stop();
  const usage = meter();
  await send(loop, publishers, 1);
  return {
    liveMs: members.map(({ liveAtMs = Number.NaN }) => liveAtMs - startMs),
    cpuPerSocket: (usage.serverCpuSeconds * 1e6) / members.length,
    peakKilobytes: peak(),
    overflows: listenOverflows() - overflowsBefore,
    usage,
  };
}

async function send(loop: LoadLoop, publishers: CommandSender[], messages: number): Promise<void> {
  for (const publisher of publishers) publisher.send(messages);
  await loop.runUntil(() => publishers.every(({ inFlight }) => inFlight === 0), "all acked", LIMIT_MS);
}

async function comeBack(loop: LoadLoop, port: number, members: StormMember[]): Promise<void> {
  for (const [index, member] of members.entries()) member.connect(port, 1 + (index % SOURCE_HOSTS));
  let waiting = members;
  let nextMs = 0;
  const stop = loop.onTick((nowMs) => {
    if (nowMs < nextMs) return;
    waiting = waiting.filter((member) => !member.tryRequest());
    nextMs = nowMs + RETRY_MS;
  });
  await loop.runUntil(
    () => members.every(({ liveAtMs }) => liveAtMs !== undefined),
    `${members.length} sockets live`,
    LIMIT_MS,
  );
  stop();
}
