import { startMeter, type Usage } from "../usage.ts";
import type { CommandSender } from "./command-sender.ts";
import type { LoadLoop } from "./load-loop.ts";
import { startSending } from "./publish.ts";

const DRAIN_LIMIT_MS = 5000;

export type RoundTrips = { count: number; usage: Usage };

/** Keeps `inFlight` commands of each sender in flight for `seconds`, and waits for the last answers. */
export async function makeRoundTrips(
  loop: LoadLoop,
  server: number | number[],
  senders: CommandSender[],
  inFlight: number,
  seconds: number,
): Promise<RoundTrips> {
  const answered = () => senders.reduce((total, sender) => total + sender.answered, 0);
  const before = answered();
  const meter = startMeter(server);
  const stop = startSending(loop, senders, { inFlight });
  await loop.runFor(seconds * 1000);
  const count = answered() - before;
  const usage = meter();
  stop();
  await loop.runUntil(() => senders.every((sender) => sender.inFlight === 0), "all answered", DRAIN_LIMIT_MS);
  for (const sender of senders) sender.takeLatencies();
  return { count, usage };
}

export const perSecond = ({ count, usage }: RoundTrips): number => count / usage.seconds;

export const perCpuSecond = ({ count, usage }: RoundTrips): number => count / usage.serverCpuSeconds;
