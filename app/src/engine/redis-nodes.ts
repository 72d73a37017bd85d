import type { EngineConnections } from "../chat/engine.ts";
import type { Question } from "./redis-call-queue.ts";
import type { RedisNode } from "./redis-node.ts";

/** How one Redis, and how a cluster is spoken to. */
export interface RedisWords {
  readonly publish: "PUBLISH" | "SPUBLISH";
  readonly subscribe: "subscribe" | "ssubscribe";
  readonly unsubscribe: "unsubscribe" | "sunsubscribe";
}

/** What a server has to know of the Redis that it uses. */
export interface NodesListener {
  /** Before anything else is done with it. */
  added(node: RedisNode): void;
  /** It can be listened to, as far as is known to nothing yet. */
  listening(node: RedisNode): Promise<void>;
  /** It may be used: for the first time, or again. */
  prepared(): void;
  /** Keys are at another node than before. */
  moved(): void;
  /** Something that was stored may be gone, without another run of the server that tells the time. */
  lost(): void;
  /** `node`: whose connection failed; null: nobody can be asked where anything is. */
  failed(error: Error, node: RedisNode | null): void;
  /** Something that an operator should look at; a sentence. */
  warned(message: string): void;
}

/** One Redis, or the masters of a cluster. */
export interface RedisNodes {
  readonly words: RedisWords;
  readonly all: readonly RedisNode[];
  /** Where a key is, or a channel; null: nobody knows. */
  nodeOf(key: string): RedisNode | null;
  /** Looks again where everything is. */
  refresh(): Promise<void>;
  /**
   * Calls about the same key take effect in the order in which they were made; urgent ones before others that wait, so those
   * about one key are all urgent, or none is. Refused at once, or within two seconds, where Redis does not answer.
   */
  call(about: string, question: Question, isUrgent: boolean): Promise<unknown>;
  /** The places of keys that one script can look at, in groups; the groups that may be asked for at a time, in rounds. */
  rounds(keys: readonly string[]): readonly (readonly (readonly number[])[])[];
  /** Resolves when they may be used for the first time. Rejects with EngineUnusable if they may never be. */
  start(): Promise<void>;
  /** Resolves when nothing waits for an answer; call it once. */
  idle(): Promise<void>;
  close(): void;
}

export function inGroups<T>(items: readonly T[], max: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / max) }, (_, index) =>
    items.slice(index * max, (index + 1) * max),
  );
}

/** All of them are connected, or it is not whole. */
export function describeNodes(all: readonly RedisNode[], subscribedChannels: number): EngineConnections {
  const described = all.map(({ address, connections }) => ({ address, ...connections.status }));
  return {
    publisherConnected: all.length > 0 && described.every((node) => node.publisherConnected),
    subscriberConnected: all.length > 0 && described.every((node) => node.subscriberConnected),
    subscribedChannels,
    ...(described.some(({ address }) => address !== "") ? { nodes: described } : {}),
  };
}
