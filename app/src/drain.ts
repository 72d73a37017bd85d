import type { Clock } from "./chat/clock.ts";
import type { DrainPace } from "./chat/drain-run.ts";
import type { OtherInstances } from "./chat/engine-instances.ts";
import type { Hub } from "./chat/hub.ts";
import type { Log } from "./telemetry/log.ts";

export interface Shutdown {
  readonly hub: Pick<Hub, "drain" | "connectionCount" | "closeAll">;
  readonly others: Pick<OtherInstances, "hasSuccessor">;
  readonly clock: Clock;
  readonly log: Pick<Log, "warn">;
  readonly pace: DrainPace & { readonly deadlineMs: number };
  /** Called if it takes as long as the deadline, since another instance takes over. */
  readonly onPaced: (deadlineMs: number) => void;
}

/** How long it may take to find out who would take over; nobody, if it takes longer. */
const decideMs = 500;

/** How often it is asked during a paced drain whether somebody still takes over. */
const askEveryMs = 1000;

/** How often in a row the answer has to be no: one instance may be replacing another at that moment. */
const missesMax = 2;

/** How long clients are served that nobody takes over: a longer pace would only prolong the outage. */
const closesInMs = 1000;

/** How long closed sockets may take to go. */
const settleMs = 500;

/**
 * Ends all connections. From now on no handshake is accepted. If another instance takes over, clients move there at
 * the pace, for as long as one does; whoever is left then, or everybody where none does, is told at once and closed with
 * 1012 a second later. Takes 2 s at most, or the deadline.
 */
export async function drainForShutdown(shutdown: Shutdown): Promise<void> {
  const { hub, clock, pace } = shutdown;
  const endsAt = clock.monotonic() + pace.deadlineMs;
  hub.drain.beginFinal({ ...pace, percent: 0 });
  if (await hasSuccessor(shutdown))
    await move(shutdown, Math.floor(endsAt - clock.monotonic()) - closesInMs - settleMs);
  if (hub.connectionCount === 0) return;
  hub.drain.sendAllAway(closesInMs);
  await within(clock, closesInMs, hub.drain.drained);
  hub.closeAll();
  await within(clock, settleMs, hub.drain.drained);
}

async function move(shutdown: Shutdown, deadlineMs: number): Promise<void> {
  const { hub, clock, pace, onPaced } = shutdown;
  const endsAt = clock.monotonic() + deadlineMs;
  const leftMs = () => endsAt - clock.monotonic();
  onPaced(pace.deadlineMs);
  hub.drain.beginFinal({ ...pace, deadlineMs });
  for (let misses = 0; misses < missesMax; ) {
    await within(clock, Math.min(askEveryMs, leftMs()), hub.drain.drained);
    if (hub.drain.state === "drained") return;
    misses = (await hasSuccessor(shutdown, leftMs())) === false ? misses + 1 : 0;
    if (leftMs() <= 0) return;
  }
  shutdown.log.warn("drain.abandoned", { connections: hub.connectionCount });
}

/** Undefined: it cannot be found out now. */
async function hasSuccessor(
  { others, clock }: Shutdown,
  withinMs = Number.POSITIVE_INFINITY,
): Promise<boolean | undefined> {
  const answer = others.hasSuccessor().catch(() => undefined);
  return within(clock, Math.min(decideMs, withinMs), answer);
}

/** Undefined if it takes longer. */
async function within<T>(clock: Clock, ms: number, awaited: Promise<T>): Promise<T | undefined> {
  const isOver = Promise.withResolvers<undefined>();
  const cancel = clock.after(ms, () => isOver.resolve(undefined));
  const result = await Promise.race([awaited, isOver.promise]);
  cancel();
  return result;
}
