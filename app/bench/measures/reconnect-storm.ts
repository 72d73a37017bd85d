import { type Bench, compare } from "../bench.ts";
import { listenOverflows } from "../load/listen-queue.ts";
import { Storm } from "../load/storm.ts";
import { percentile, type Row, toRow } from "../row.ts";
import type { Server } from "../servers.ts";
import { residentKilobytes, startMeter, type Usage, watchResidentPeak } from "../usage.ts";

const SOCKETS = 5000;
const ROOM_MEMBERS = 100;
const MISSED = 20;
/** Goes on meanwhile, so that what is resumed and what is live have to fit together. */
const MESSAGES_PER_SECOND = 250;

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
  const storm = await Storm.gather(loop, server.port, sockets / ROOM_MEMBERS, ROOM_MEMBERS);
  const check = async () => {
    if (server.kind !== "raw") await storm.untilCaughtUp();
  };
  await storm.comeBack();
  await check();
  return async () => {
    const before = residentKilobytes(server.pid);
    storm.drop();
    await storm.publish(MISSED);
    const peak = watchResidentPeak(server.pid);
    const weathered = await weather(storm, server.pid);
    await storm.publish(1);
    await check();
    return { ...weathered, peakMegabytes: (peak() - before) / 1024 };
  };
}

async function weather(storm: Storm, pid: number): Promise<Omit<Weathered, "peakMegabytes">> {
  const overflows = listenOverflows();
  const meter = startMeter(pid);
  const startMs = performance.now();
  const stop = storm.startPublishing(MESSAGES_PER_SECOND);
  await storm.comeBack();
  stop();
  const usage = meter();
  return {
    liveMs: storm.members.map(({ liveAtMs = Number.NaN }) => liveAtMs - startMs),
    cpuPerSocket: (usage.serverCpuSeconds * 1e6) / storm.members.length,
    overflows: listenOverflows() - overflows,
    usage,
  };
}
