import { type Bench, compareAll, roundSeconds } from "../bench.ts";
import { budgets } from "../budgets.ts";
import { CommandSender } from "../load/command-sender.ts";
import { echoCommand } from "../load/commands.ts";
import { openSockets } from "../load/open-sockets.ts";
import { makeRoundTrips, perCpuSecond, perSecond, type RoundTrips } from "../load/round-trips.ts";
import { PER_CPU_SECOND, type Row, toRow } from "../row.ts";
import type { Server } from "../servers.ts";

const SOCKETS = 100;
const IN_FLIGHT = 8;
const SECONDS = 2;
/** One socket in so many has all its answers read. */
const CHECKED_EVERY = 20;

/** `message` → `message_response` round trips per second. */
export async function measureEcho(bench: Bench): Promise<Row[]> {
  const figures = await compareAll(bench, {}, (server) => prepareEcho(bench, server));
  const unit = "round trips/s";
  const what = `echo, ${SOCKETS} sockets, ${IN_FLIGHT} in flight`;
  return [
    toRow(figures, perSecond, { what, unit, budget: budgets.echo }),
    toRow(figures, perCpuSecond, { what: PER_CPU_SECOND, unit }),
  ];
}

async function prepareEcho(bench: Bench, server: Server): Promise<() => Promise<RoundTrips>> {
  const { loop } = bench;
  const sockets = await openSockets(loop, server.port, Array<string[]>(SOCKETS).fill([]), server.wire);
  const senders = sockets.map((socket, index) => {
    const isChecked = index % CHECKED_EVERY === 0;
    return new CommandSender(socket, {
      commands: [echoCommand(server.wire)],
      answerType: "message_response",
      isChecked,
      wire: server.wire,
    });
  });
  return () => makeRoundTrips(loop, server.pid, senders, IN_FLIGHT, roundSeconds(bench, SECONDS));
}
