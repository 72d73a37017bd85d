import { type Bench, compare, roundSeconds } from "../bench.ts";
import { budgets } from "../budgets.ts";
import type { Both } from "../in-turn.ts";
import { CommandSender } from "../load/command-sender.ts";
import { pingCommand } from "../load/commands.ts";
import { type Crowd, gatherCrowd } from "../load/crowd.ts";
import { openSockets } from "../load/open-sockets.ts";
import { type Published, publish, startSending } from "../load/publish.ts";
import { median, percentile, type Row, toRow } from "../row.ts";
import { type Environment, NO_HEARTBEAT, type Server } from "../servers.ts";
import { slowDisk } from "../slow-disk.ts";

const ROOMS = 100;
const MESSAGES_PER_SECOND = 10_000;
/** Many connections share the pings, since one may send no more than 50 commands a second. */
const PINGERS = 40;
const PINGS_PER_SECOND = 1000;
const IDLE_MS = 1000;
const SECONDS = 3;
const FSYNC_DELAY_MS = 10;

type Delayed = Published & { idleMs: number[]; loadedMs: number[] };

/**
 * How long the event loop keeps others waiting while messages are stored: the round trip of pings on otherwise
 * idle connections, less its median without load. Once on this disk, once, but in a quick run, with every fsync slower.
 */
export async function measureLoopDelay(bench: Bench): Promise<Row[]> {
  if (bench.isQuick) return measureDisk(bench, "this disk", {});
  const slow = slowDisk(FSYNC_DELAY_MS, bench.servers.createDirectory());
  const rows = await measureDisk(bench, "this disk", {});
  if ("reason" in slow) console.log(`no slow disk: ${slow.reason}`);
  else rows.push(...(await measureSlowDisk(bench, slow)));
  return rows;
}

async function measureSlowDisk(bench: Bench, slow: Environment): Promise<Row[]> {
  const rows = await measureDisk(bench, `fsync + ${FSYNC_DELAY_MS} ms`, slow);
  const ackMs = median(rows[2]?.ours ?? []);
  if (!(ackMs > FSYNC_DELAY_MS / 2)) throw new Error(`the disk was not slow: acks took ${ackMs} ms`);
  return rows;
}

async function measureDisk(bench: Bench, disk: string, environment: Environment): Promise<Row[]> {
  const figures = await compare(bench, { ...NO_HEARTBEAT, ...environment }, (server) =>
    prepare(bench, server),
  );
  const what = `event-loop delay p99, 10,000 stored/s, ${disk}`;
  return [
    toRow(figures, ({ idleMs, loadedMs }) => percentile(loadedMs, 0.99) - percentile(idleMs, 0.5), {
      what,
      unit: "ms",
      budget: budgets.loopDelay,
    }),
    toRow(figures, ({ messagesPerSecond }) => messagesPerSecond, {
      what: "  stored meanwhile",
      unit: "messages/s",
    }),
    ackRow(figures, 0.5),
    ackRow(figures, 0.99),
  ];
}

async function prepare(bench: Bench, server: Server): Promise<() => Promise<Delayed>> {
  const { loop } = bench;
  const groups = Array.from({ length: ROOMS }, (_, index) => ({
    rooms: [`room:delay-${index}`],
    publishers: 1,
    members: 1,
    checked: 1,
  }));
  const crowd = await gatherCrowd(loop, server.port, groups, server.wire);
  const sockets = await openSockets(loop, server.port, Array<string[]>(PINGERS).fill([]), server.wire);
  const pingers = sockets.map(
    (socket) => new CommandSender(socket, { commands: [pingCommand()], answerType: "pong" }),
  );
  return () => measureOnce(bench, server, crowd, pingers);
}

async function measureOnce(
  bench: Bench,
  server: Server,
  crowd: Crowd,
  pingers: CommandSender[],
): Promise<Delayed> {
  const { loop } = bench;
  const stop = startSending(loop, pingers, { perSecond: PINGS_PER_SECOND });
  await loop.runFor(IDLE_MS);
  const idleMs = takeLatencies(pingers);
  const seconds = roundSeconds(bench, SECONDS);
  const published = await publish(loop, server.pid, crowd, { perSecond: MESSAGES_PER_SECOND }, seconds);
  const loadedMs = takeLatencies(pingers);
  stop();
  return { ...published, idleMs, loadedMs };
}

function takeLatencies(senders: CommandSender[]): number[] {
  return senders.flatMap((sender) => sender.takeLatencies());
}

function ackRow(figures: Both<Published>, share: number): Row {
  const what = `  time to the ack meanwhile, p${share * 100}`;
  return toRow(figures, ({ ackLatenciesMs }) => percentile(ackLatenciesMs, share), { what, unit: "ms" });
}
