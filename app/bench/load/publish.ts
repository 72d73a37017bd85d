import { startMeter, type Usage } from "../usage.ts";
import { type CommandSender, IN_FLIGHT_MAX } from "./command-sender.ts";
import type { Crowd } from "./crowd.ts";
import type { LoadLoop } from "./load-loop.ts";

const DRAIN_LIMIT_MS = 10_000;

/** Each publisher keeps so many commands in flight, or all together send so many per second. */
export type Pace = { inFlight: number } | { perSecond: number };

export type Published = {
  messages: number;
  deliveries: number;
  deliveriesPerSecond: number;
  messagesPerSecond: number;
  ackLatenciesMs: number[];
  usage: Usage;
};

/** Publishes for `seconds`, waits until every member has everything, and says how long all of it took. */
export async function publish(
  loop: LoadLoop,
  server: number | number[],
  crowd: Crowd,
  pace: Pace,
  seconds: number,
): Promise<Published> {
  crowd.restartCount();
  const meter = startMeter(server);
  const stop = startSending(loop, crowd.publishers, pace);
  await loop.runFor(seconds * 1000);
  stop();
  await loop.runUntil(
    () => crowd.publishers.every((publisher) => publisher.inFlight === 0),
    "all acked",
    DRAIN_LIMIT_MS,
  );
  await loop.runUntil(() => crowd.hasReceivedAll, "all received", DRAIN_LIMIT_MS);
  return summarize(crowd, meter());
}

function summarize(crowd: Crowd, usage: Usage): Published {
  const { messages, deliveries } = crowd;
  return {
    messages,
    deliveries,
    deliveriesPerSecond: deliveries / usage.seconds,
    messagesPerSecond: messages / usage.seconds,
    ackLatenciesMs: crowd.publishers.flatMap((publisher) => publisher.takeLatencies()),
    usage,
  };
}

/** Starts, and returns how to stop. */
export function startSending(loop: LoadLoop, publishers: CommandSender[], pace: Pace): () => void {
  if ("perSecond" in pace) return startPacing(loop, publishers, pace.perSecond);
  for (const publisher of publishers) publisher.keepInFlight(pace.inFlight);
  return () => {
    for (const publisher of publishers) publisher.keepInFlight(0);
  };
}

/**
 * Who has all in flight that it may have waits, and with it the rest. What goes out late counts from when it was due:
 * a server that holds up the load must not look faster for it.
 */
function startPacing(loop: LoadLoop, senders: CommandSender[], perSecond: number): () => void {
  const startMs = performance.now();
  const dueMs = (index: number) => startMs + (index * 1000) / perSecond;
  let sent = 0;
  let isHeldUp = false;
  return loop.onTick((nowMs) => {
    const due = Math.floor(((nowMs - startMs) * perSecond) / 1000);
    for (; sent < due; sent++) {
      const sender = senders[sent % senders.length] as CommandSender;
      isHeldUp ||= sender.inFlight === IN_FLIGHT_MAX;
      if (sender.inFlight === IN_FLIGHT_MAX) return;
      sender.send(1, isHeldUp ? dueMs(sent) : nowMs);
    }
    isHeldUp = false;
  });
}
