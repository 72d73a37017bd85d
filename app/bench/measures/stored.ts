import { type Bench, compare, roundSeconds } from "../bench.ts";
import { budgets } from "../budgets.ts";
import type { Both } from "../in-turn.ts";
import { IN_FLIGHT_MAX } from "../load/command-sender.ts";
import { gatherCrowd } from "../load/crowd.ts";
import { type Published, publish } from "../load/publish.ts";
import { percentile, type Row, toRow } from "../row.ts";
import { NO_HEARTBEAT, type Server } from "../servers.ts";

export const ROOMS = 64;
const MEMBERS = 2;
const SECONDS = 3;

/** `send_message` stored, delivered to two members and acked: many rooms, each with one publisher. */
export async function measureStored(bench: Bench): Promise<Row[]> {
  const figures = await compare(bench, NO_HEARTBEAT, (server) => preparePublishers(bench, server));
  const what = `stored and acked, ${ROOMS} rooms, ${IN_FLIGHT_MAX} in flight each`;
  const rate = toRow(figures, ({ messagesPerSecond }) => messagesPerSecond, {
    what,
    unit: "messages/s",
    budget: budgets.stored,
  });
  return [rate, latencyRow(figures, 0.5), latencyRow(figures, 0.99)];
}

export async function preparePublishers(bench: Bench, server: Server): Promise<() => Promise<Published>> {
  const groups = Array.from({ length: ROOMS }, (_, index) => ({
    rooms: [`room:stored-${index}`],
    publishers: 1,
    members: MEMBERS,
    checked: 1,
  }));
  const crowd = await gatherCrowd(bench.loop, server.port, groups, server.wire);
  return () =>
    publish(bench.loop, server.pid, crowd, { inFlight: IN_FLIGHT_MAX }, roundSeconds(bench, SECONDS));
}

function latencyRow(figures: Both<Published>, share: number): Row {
  const what = `  time to the ack, p${share * 100}`;
  return toRow(figures, ({ ackLatenciesMs }) => percentile(ackLatenciesMs, share), { what, unit: "ms" });
}
