import type { Question } from "./redis-call-queue.ts";
import { RedisNode } from "./redis-node.ts";
import { inGroups, type NodesListener, type RedisNodes, type RedisWords } from "./redis-nodes.ts";
import type { RedisAck } from "./redis-settings.ts";

export interface NodesOptions {
  readonly url: string;
  /** Of its connections. */
  readonly name: string;
  readonly ack: RedisAck;
}

/** Keys that one script looks at: a fraction of a millisecond. */
export const keysMax = 500;

/** One Redis, wherever its URL or a Sentinel says that it is. */
export class RedisSingle implements RedisNodes {
  readonly words: RedisWords = { publish: "PUBLISH", subscribe: "subscribe", unsubscribe: "unsubscribe" };
  readonly #node: RedisNode;
  readonly #listener: NodesListener;

  constructor({ url, name, ack }: NodesOptions, listener: NodesListener) {
    this.#node = new RedisNode("", {
      target: url,
      name,
      ack,
      listener: { ...listener, prepared: () => listener.prepared(), displaced: () => {} },
    });
    this.#listener = listener;
  }

  get all(): readonly RedisNode[] {
    return [this.#node];
  }

  nodeOf(): RedisNode {
    return this.#node;
  }

  async refresh(): Promise<void> {}

  call(about: string, question: Question, isUrgent: boolean): Promise<unknown> {
    return this.#node.call(about, question, isUrgent);
  }

  rounds(keys: readonly string[]): number[][][] {
    return inGroups([...keys.keys()], keysMax).map((group) => [group]);
  }

  start(): Promise<void> {
    this.#listener.added(this.#node);
    return this.#node.start();
  }

  idle(): Promise<void> {
    return this.#node.idle();
  }

  close(): void {
    this.#node.close();
  }
}
