import type { Cancel } from "./clock.ts";
import type { Connection } from "./connection.ts";
import type { ChatContext } from "./context.ts";
import { type DrainPace, DrainRun, turnMs } from "./drain-run.ts";
import { type Ending, type HandoverEnding, handoverEnding } from "./ending.ts";

/** `drained`: nobody is left; handshakes are still refused. */
export type DrainState = "running" | "draining" | "drained";

export interface DrainStatus {
  readonly state: DrainState;
  /** While the engine is down: nobody is told or closed. */
  readonly isPaused: boolean;
  /** How many of the connections the drain is for. */
  readonly percent: number;
  /** Open connections that it has still to see off. */
  readonly remaining: number;
  readonly told: number;
  /** Told, and gone by themselves. */
  readonly moved: number;
  /** Told, and closed when their time was over. */
  readonly forced: number;
  /** Told, and broken before they left. */
  readonly lost: number;
}

/** `final`: the process ends, and nothing changes that any more. */
export type BeginResult = "begun" | "changed" | "final";
export type UndrainResult = "undrained" | "not_draining" | "final";

const noEndings: Readonly<Record<HandoverEnding, number>> = { moved: 0, forced: 0, lost: 0 };

/**
 * Sends the connections of an instance to another one: running → draining → drained, and back. From the first
 * moment no handshake is accepted; who is connected is served until it has left or its time is over.
 */
export class Drain {
  readonly #context: ChatContext;
  readonly #connections: ReadonlyMap<number, Connection>;
  #run: DrainRun | null = null;
  #endings = { ...noEndings };
  #isFinal = false;
  #isAtOnce = false;
  #cancelTurn: Cancel | null = null;
  #drained = Promise.withResolvers<void>();

  constructor(context: ChatContext, connections: ReadonlyMap<number, Connection>) {
    this.#context = context;
    this.#connections = connections;
  }

  get state(): DrainState {
    if (this.#run === null) return "running";
    return this.#connections.size > 0 ? "draining" : "drained";
  }

  get remaining(): number {
    return this.#run === null ? 0 : this.#connections.size - this.#run.kept;
  }

  /** Resolves once nobody is left. */
  get drained(): Promise<void> {
    return this.#drained.promise;
  }

  status(): DrainStatus {
    return {
      state: this.state,
      isPaused: this.state === "draining" && !this.#context.isEngineHealthy(),
      percent: this.#run?.percent ?? 0,
      remaining: this.remaining,
      told: this.#run?.told ?? 0,
      ...this.#endings,
    };
  }

  /** A drain that is under way goes on at the new pace, and with the new percentage. */
  begin(pace: DrainPace): BeginResult {
    if (this.#isFinal) return "final";
    const result = this.#run === null ? "begun" : "changed";
    this.#start(pace);
    return result;
  }

  /** The last drain, since the process ends: everybody, at this pace. */
  beginFinal(pace: DrainPace): void {
    this.#isFinal = true;
    this.#start(pace);
  }

  /** The last drain where nobody could take over: a pace would only prolong the outage. */
  sendAllAway(closesInMs: number): void {
    this.#isAtOnce = true;
    this.beginFinal({ ratePerSecond: Number.MAX_SAFE_INTEGER, graceMs: closesInMs });
    this.#run?.tellAll();
  }

  /** Handshakes are accepted again, and everybody who was told to leave is told to stay. */
  undrain(): UndrainResult {
    if (this.#isFinal) return "final";
    if (this.#run === null) return "not_draining";
    const stayed = this.#run.withdraw();
    this.stop();
    this.#run = null;
    this.#drained = Promise.withResolvers();
    this.#context.engine.others.setReady(true);
    this.#context.metrics.handedOver("stayed", stayed);
    this.#context.log.info("drain.withdrawn", { stayed, ...this.#endings });
    return "undrained";
  }

  /** Nothing more is told or closed. */
  stop(): void {
    this.#cancelTurn?.();
    this.#cancelTurn = null;
  }

  /** A handshake that was accepted before the drain may become a connection during it. */
  attached(connection: Connection): void {
    if (this.#run === null) return;
    this.#run.add(connection);
    this.#schedule();
    if (this.#isAtOnce) this.#run.tellAll();
  }

  detached(connection: Connection, ending: Ending): void {
    if (this.#run === null) return;
    this.#run.remove(connection);
    if (connection.goodbye?.reason === "draining") this.#left(connection, handoverEnding(ending));
    if (this.state === "drained") this.#finish();
  }

  #start(pace: DrainPace): void {
    const { clock, engine, log } = this.#context;
    const { deadlineMs, percent } = pace;
    const isUnderWay = this.#run !== null;
    log.info(isUnderWay ? "drain.changed" : "drain.started", {
      connections: this.#connections.size,
      deadlineMs,
      percent,
    });
    engine.others.setReady(false);
    if (this.#run === null) this.#run = this.#newRun(pace);
    else this.#run.change(pace, clock.monotonic());
    if (this.state === "drained") this.#finish();
    else this.#schedule();
  }

  #newRun(pace: DrainPace): DrainRun {
    const { clock, random } = this.#context;
    this.#endings = { ...noEndings };
    const run = new DrainRun(pace, clock.monotonic(), random);
    for (const connection of this.#connections.values()) run.add(connection);
    return run;
  }

  #schedule(): void {
    this.#cancelTurn ??= this.#context.clock.after(turnMs, () => this.#turn());
  }

  #turn(): void {
    const { clock, isEngineHealthy } = this.#context;
    this.#cancelTurn = null;
    if (this.#connections.size > 0) this.#schedule();
    this.#run?.turn(clock.monotonic(), !isEngineHealthy());
  }

  #left(connection: Connection, result: HandoverEnding): void {
    this.#run?.left(connection, result);
    this.#endings[result] += 1;
    this.#context.metrics.handedOver(result, 1);
  }

  #finish(): void {
    this.#context.log.info("drain.finished", { ...this.#endings });
    this.#drained.resolve();
  }
}
