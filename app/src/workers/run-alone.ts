import type { Config } from "../config.ts";
import { openControl } from "../control.ts";
import { onHangUp } from "../hang-up.ts";
import { type RunningServer, startServer } from "../server.ts";
import { endProcess, exitConfig, type Stoppable, superviseProcess } from "../supervise-process.ts";
import type { Log } from "../telemetry/log.ts";
import { Supervisor } from "./supervisor.ts";

/** Beyond the deadline of the worker, which ends by itself. */
const reserveMs = 3000;
/** For handshakes that were accepted while the port was given up. */
const lameDuckMs = 250;
/** The new process starts then, whatever hangs in this one. */
const restartMsMax = 2800;

/** One process that serves, without a parent; it becomes one when it is told to reload. Throws as `startServer` does. */
export async function runAlone(config: Config, log: Log): Promise<void> {
  let alone: Alone | null = null;
  let isAsked = false;
  onHangUp(() => {
    isAsked = true;
    alone?.reload();
  });
  alone = new Alone(config, log, await startServer(config, log));
  process.on("exit", () => alone?.kill());
  superviseProcess(alone, log);
  if (isAsked) alone.reload();
}

class Alone implements Stoppable {
  readonly #config: Config;
  readonly #log: Log;
  readonly #server: RunningServer;
  /** Null: this process serves. */
  #supervisor: Supervisor | null = null;
  #control: { close(): void } | null = null;
  #stopped: Promise<void> | null = null;
  #hasHandedOver = false;
  /** Asked for while it hands over. */
  #reloadsAgain = false;
  #isStopping = false;

  constructor(config: Config, log: Log, server: RunningServer) {
    this.#config = config;
    this.#log = log;
    this.#server = server;
  }

  async stop(onPaced: (deadlineMs: number) => void): Promise<void> {
    this.#isStopping = true;
    if (this.#supervisor === null) return await this.#stopServer(onPaced);
    onPaced(this.#config.drain.deadlineMs + reserveMs);
    await Promise.all([this.#stopServer(), this.#supervisor.stop()]);
    this.#control?.close();
  }

  kill(): void {
    this.#supervisor?.kill();
  }

  reload(): void {
    if (this.#isStopping) return;
    if (this.#config.redis === null) void this.#restart();
    else if (this.#supervisor === null) void this.#handOver();
    else if (this.#hasHandedOver) void this.#supervisor.reload();
    else this.#reloadsAgain = true;
  }

  /** The new process has the id of this one. */
  async #restart(): Promise<void> {
    if (this.#stopped !== null) return;
    this.#log.warn("server.restarted", { message: whyPlainly });
    await Promise.race([this.#stopServer(), Bun.sleep(restartMsMax)]);
    await this.#log.close();
    if (!this.#isStopping)
      process.execve?.(process.execPath, [process.execPath, ...process.execArgv, ...Bun.argv.slice(1)]);
  }

  /** A worker takes the port and the clients over; what stays here is its parent. */
  async #handOver(): Promise<void> {
    this.#log.info("reload.started", { workers: 1 });
    const supervisor = this.#newSupervisor();
    this.#supervisor = supervisor;
    if (this.#server.hub.isDraining) await supervisor.drain(this.#config.drain);
    if (!(await supervisor.start(true))) return this.#takeBack(supervisor);
    this.#hasHandedOver = true;
    await this.#handControl(supervisor);
    this.#server.stopListening();
    await Bun.sleep(lameDuckMs);
    await this.#stopServer();
    this.#log.info("reload.finished");
    if (this.#reloadsAgain) this.reload();
  }

  #newSupervisor(): Supervisor {
    return new Supervisor({
      config: this.#config,
      log: this.#log,
      port: this.#server.port,
      count: 1,
      onUnusable: () => {
        if (this.#hasHandedOver) void endProcess(this, this.#log, exitConfig);
      },
    });
  }

  #takeBack(supervisor: Supervisor): void {
    supervisor.end();
    supervisor.kill();
    this.#supervisor = this.#isStopping ? supervisor : null;
    if (!this.#isStopping) this.#log.error("reload.failed");
  }

  async #handControl(supervisor: Supervisor): Promise<void> {
    const { controlSocket, drain } = this.#config;
    this.#server.closeControl();
    this.#control = await openControl(controlSocket, supervisor, drain, this.#log);
  }

  #stopServer(onPaced?: (deadlineMs: number) => void): Promise<void> {
    this.#stopped ??= this.#server.stop(onPaced);
    return this.#stopped;
  }
}

const whyPlainly =
  "SIGHUP: a database file serves one process at a time, so that everybody has to reconnect; with REDIS_URL nobody would";
