import type { Question } from "./redis-call-queue.ts";
import { RedisConnections, type RedisTarget, reconnect } from "./redis-connections.ts";
import { RedisPipe } from "./redis-pipe.ts";
import { RedisPreparation } from "./redis-preparation.ts";
import { loadScripts } from "./redis-script-texts.ts";
import type { RedisAck } from "./redis-settings.ts";

export interface NodeListener {
  failed(error: Error, node: RedisNode): void;
  warned(message: string, node: RedisNode): void;
  /** It may be used: for the first time, or again. */
  prepared(node: RedisNode): void;
  listening(node: RedisNode): Promise<void>;
  /** It has ended subscriptions by itself. */
  displaced(node: RedisNode): void;
}

interface NodeOptions {
  readonly target: RedisTarget;
  /** Of its connections. */
  readonly name: string;
  readonly ack: RedisAck;
  readonly versionMin?: number;
  readonly listener: NodeListener;
}

/** A Redis, or one node of a cluster: a connection for commands, one that listens, and what it is asked before it is used. */
export class RedisNode {
  /** As its cluster calls it; empty: it is the only one. */
  readonly address: string;
  readonly connections: RedisConnections;
  readonly #pipe: RedisPipe;
  readonly #preparation: RedisPreparation;
  #started: Promise<void> | null = null;
  #loading: Promise<void> | null = null;

  constructor(address: string, { target, name, ack, versionMin, listener }: NodeOptions) {
    this.address = address;
    const failed = (error: Error) => listener.failed(error, this);
    this.connections = new RedisConnections(target, name, { failed });
    const { commands, subscriber } = this.connections;
    const loadScripts = () => this.#loadScripts();
    this.#pipe = new RedisPipe(commands, { failed, loadScripts });
    this.#preparation = new RedisPreparation({
      redis: commands,
      ack,
      versionMin,
      loadScripts,
      warned: (message) => listener.warned(message, this),
      failed,
      prepared: () => listener.prepared(this),
    });
    subscriber.on("ready", () => {
      listener.listening(this).catch(() => reconnect(subscriber));
    });
    subscriber.on("moved", () => listener.displaced(this));
  }

  /** Begins to connect, and goes on until `close`. Settles as RedisPreparation.watch does; the same however often. */
  start(): Promise<void> {
    this.#started ??= this.#start();
    return this.#started;
  }

  #start(): Promise<void> {
    const prepared = this.#preparation.watch();
    this.connections.start();
    return prepared;
  }

  /** Whether what it acks is kept as was promised. */
  get isPrepared(): boolean {
    return this.#preparation.isDone;
  }

  /** Another one may have lost something. Empty: it was not asked yet. */
  get run(): string {
    return this.#preparation.run;
  }

  get isConnected(): boolean {
    const { publisherConnected, subscriberConnected } = this.connections.status;
    return publisherConnected && subscriberConnected;
  }

  /** What was wrong with it may have been put right. */
  prepareAgain(): Promise<void> {
    return this.#preparation.again();
  }

  call(about: string, question: Question, isUrgent: boolean): Promise<unknown> {
    return this.#pipe.call(about, question, isUrgent);
  }

  /** Resolves when nothing waits for an answer; call it once. */
  idle(): Promise<void> {
    return this.#pipe.idle();
  }

  close(): void {
    this.connections.close();
  }

  /** Several at once are one. */
  #loadScripts(): Promise<void> {
    this.#loading ??= loadScripts(this.connections.commands).finally(() => {
      this.#loading = null;
    });
    return this.#loading;
  }
}
