import { controlRoom } from "../chat/engine-people.ts";
import type { RedisKeys } from "./keys.ts";
import type { RedisBus } from "./redis-bus.ts";
import type { RedisNode } from "./redis-node.ts";
import type { RedisNodes } from "./redis-nodes.ts";
import type { RedisScripts } from "./redis-scripts.ts";
import type { RefusalWarnings } from "./refusal-warnings.ts";

interface AvailabilityParts {
  readonly nodes: RedisNodes;
  readonly keys: RedisKeys;
  readonly scripts: RedisScripts;
  readonly bus: RedisBus;
  readonly refusals: RefusalWarnings;
  /** Told of changes only; null: there is no fault any more. */
  changed(fault: Error | null): void;
}

/**
 * Whether the engine can be relied on. In a cluster that hangs on the nodes that hold the control log and the leases, without
 * which nobody can be let in; while another one is away, it is what that holds that is not available, here as everywhere.
 */
export class RedisAvailability {
  readonly #parts: AvailabilityParts;
  #fault: Error | null = null;

  constructor(parts: AvailabilityParts) {
    this.#parts = parts;
  }

  /** Null: of no node in particular. */
  failed(error: Error, node: RedisNode | null): void {
    if (node === null || this.#isVital(node)) this.report(error);
    else this.#parts.refusals.note(`Redis at ${node.address} cannot be used: what it holds is not available`);
  }

  /** Null: it can be relied on. */
  get fault(): Error | null {
    return this.#fault;
  }

  /** Of one absence the first reason is kept, which says the most; others are told as warnings. */
  report(fault: Error | null): void {
    const before = this.#fault;
    this.#fault = fault === null ? null : (before ?? fault);
    if ((fault === null) !== (before === null)) this.#parts.changed(fault);
    else if (fault?.message !== before?.message)
      this.#parts.refusals.note(`Redis cannot be used: ${fault?.message}`);
  }

  /** Proves both connections of each node: what one says, the other hears. Rejects where one fails that matters to all. */
  async probe(): Promise<void> {
    const { all } = this.#parts.nodes;
    if (all.length === 0) throw new Error("no node of the cluster is known");
    const probes = await Promise.allSettled(all.map((node) => this.#probe(node)));
    for (const [index, probe] of probes.entries())
      if (probe.status === "rejected" && this.#isVital(all[index] as RedisNode)) throw probe.reason;
    this.report(null);
  }

  async #probe(node: RedisNode): Promise<void> {
    const { bus, scripts } = this.#parts;
    await node.prepareAgain();
    const text = Bun.randomUUIDv7();
    await bus.hearing(node, text, (channel) => scripts.urgent.tell(channel, text));
  }

  #isVital(node: RedisNode): boolean {
    const { nodes, keys } = this.#parts;
    return [keys.leases, keys.meta(controlRoom)].some((key) => nodes.nodeOf(key) === node);
  }
}
