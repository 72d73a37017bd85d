import type { DrainPace } from "../chat/drain-run.ts";
import type { Config } from "../config.ts";
import type { Group } from "../http/group.ts";
import type { InstanceHealth } from "../http/instance-health.ts";
import { type RunningServer, startServer } from "../server.ts";
import { endProcess, exitSoftware } from "../supervise-process.ts";
import type { Log } from "../telemetry/log.ts";
import { Channel, type ChannelFrame } from "./channel.ts";
import type { WorkerArguments } from "./worker-arguments.ts";

const answerMsMax = 2000;
const lastWordMsMax = 500;
const unheardMsMax = 2000;
/** For handshakes that were accepted while the port was given up. */
const lameDuckMs = 250;

/**
 * Serves in one of the places behind the port, until the parent says otherwise or is gone. Signals are for the parent,
 * but for SIGTERM: told so, a worker gives up its place.
 */
export async function runWorker(config: Config, given: WorkerArguments, log: Log): Promise<void> {
  const { port, instanceId } = given;
  let server: RunningServer | null = null;
  const channel = new Channel(
    (frame) => process.send?.(frame),
    (question, detail) => (server === null ? undefined : answerParent(server, life, question, detail)),
  );
  const life = new WorkerLife(channel, log, () => server);
  process.on("message", (frame: ChannelFrame) => channel.take(frame));
  process.on("disconnect", () => void life.leave(0));
  for (const signal of ["SIGINT", "SIGHUP"] as const) process.on(signal, () => {});
  process.on("SIGTERM", () => void life.leave(0));
  for (const fault of ["uncaughtException", "unhandledRejection"])
    process.on(fault, (error) => life.failed(error));
  server = await startServer({ ...config, port, instanceId }, log, groupBehind(channel, given));
  const pace = (await channel.ask("serving", answerMsMax)) as DrainPace | null | undefined;
  if (pace) await server.controlled.drain(pace);
}

/** How a worker ends; the first word counts. */
class WorkerLife {
  readonly #channel: Channel;
  readonly #log: Log;
  readonly #server: () => RunningServer | null;
  #isEnding = false;

  constructor(channel: Channel, log: Log, server: () => RunningServer | null) {
    this.#channel = channel;
    this.#log = log;
    this.#server = server;
  }

  /** All workers will be told to stop; one that ends already goes on as it does. */
  async announceStop(): Promise<boolean> {
    if (!this.#isEnding) await this.#server()?.announceStop();
    return true;
  }

  /** All workers end: whoever comes is told so. */
  stop(): void {
    if (this.#begins()) this.#end(0);
  }

  /** The others serve whoever comes. */
  async retire(): Promise<void> {
    if (!this.#begins()) return;
    this.#server()?.stopListening();
    await Bun.sleep(lameDuckMs);
    this.#end(0);
  }

  /**
   * Nobody has asked for it: the parent, if it is still there, has to know that the place is free. The others may leave
   * at the same moment, so that each says first that it takes over nobody.
   */
  async leave(exitCode: number): Promise<void> {
    if (!this.#begins()) return;
    void this.#channel.ask("leaving", lastWordMsMax);
    this.#server()?.stopListening();
    void this.#server()?.announceStop();
    await Bun.sleep(lameDuckMs);
    this.#end(exitCode);
  }

  failed(error: unknown): void {
    this.#log.error("process.failed", { error });
    void this.leave(exitSoftware);
  }

  #begins(): boolean {
    const isFirst = !this.#isEnding;
    this.#isEnding = true;
    return isFirst;
  }

  #end(exitCode: number): void {
    const server = this.#server();
    if (server === null) process.exit(exitCode);
    const stop = async (onPaced: (deadlineMs: number) => void) => {
      await server.stop(onPaced);
      await this.#channel.ask("ended", lastWordMsMax, await server.dumpMetrics());
    };
    void endProcess({ stop }, this.#log, exitCode);
  }
}

function groupBehind(channel: Channel, { isSuccessor }: WorkerArguments): Group {
  return {
    unheardMsMax: isSuccessor ? Number.POSITIVE_INFINITY : unheardMsMax,
    health: async () => ((await channel.ask("health", answerMsMax)) as InstanceHealth[] | undefined) ?? null,
    metrics: async () => ((await channel.ask("metrics", answerMsMax)) as string | undefined) ?? null,
  };
}

async function answerParent(
  server: RunningServer,
  life: WorkerLife,
  question: string,
  detail: unknown,
): Promise<unknown> {
  switch (question) {
    case "health":
      return server.health();
    case "metrics":
      return await server.dumpMetrics();
    case "status":
      return { status: await server.controlled.status(), rssBytes: process.memoryUsage.rss() };
    case "drain":
      return await server.controlled.drain(detail as DrainPace);
    case "undrain":
      return await server.controlled.undrain();
    case "announceStop":
      return await life.announceStop();
    case "stop":
      life.stop();
      return true;
    case "retire":
      void life.retire();
      return true;
    default:
      return undefined;
  }
}
