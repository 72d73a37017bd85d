import { Redis } from "ioredis";
import { type ConnectionOptions, type NodeAddress, readAddress } from "./redis-address.ts";
import { within } from "./within.ts";

/** A node that does not say in this time where everything is, is not asked any longer. */
const askMs = 1000;

export interface SlotRange {
  readonly first: number;
  readonly last: number;
  /** Of the master that has them. */
  readonly address: string;
}

export const addressOf = ({ host, port }: NodeAddress): string =>
  host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;

type SlotsAnswer = readonly (readonly [
  first: number,
  last: number,
  master: readonly [string | null, number],
])[];

/** Which slots are where, as this node sees it. Rejects if it does not know, or does not answer. */
export async function askTopology(redis: Redis, asked: string): Promise<readonly SlotRange[]> {
  const answer = (await within(askMs, redis.cluster("SLOTS"), "CLUSTER SLOTS")) as unknown as SlotsAnswer;
  if (answer.length === 0) throw new Error("the cluster has no slots");
  return answer.map(([first, last, [host, port]]) => ({
    first,
    last,
    // A node that was never told its own name leaves it out.
    address: addressOf({ host: host || readAddress(asked).host, port }),
  }));
}

/** The same, on a connection of its own. */
export async function askTopologyAt(target: ConnectionOptions, asked: string): Promise<readonly SlotRange[]> {
  const redis = new Redis({ ...target, lazyConnect: true, retryStrategy: null, connectTimeout: askMs });
  // `connect` rejects with no more than that the connection is closed.
  const refused = new Promise<never>((_, reject) => redis.on("error", reject));
  try {
    await within(askMs, Promise.race([redis.connect(), refused]), "connecting to a node");
    return await askTopology(redis, asked);
  } finally {
    redis.disconnect();
  }
}

export type Redirection =
  /** The slot is there. */
  | { readonly kind: "moved"; readonly slot: number; readonly address: string }
  /** The slot is on its way: nothing was done, and for a moment nothing can be. */
  | { readonly kind: "moving" };

/** Null: something else is the matter. Whoever gets one of these can be sure that nothing was done. */
export function readRedirection(error: unknown, asked: string): Redirection | null {
  const message = error instanceof Error ? error.message : "";
  const [, slot, host, port] = /^MOVED (\d+) (\S*):(\d+)/.exec(message) ?? [];
  if (slot !== undefined) {
    const address = host
      ? `${host}:${port}`
      : addressOf({ host: readAddress(asked).host, port: Number(port) });
    return { kind: "moved", slot: Number(slot), address: addressOf(readAddress(address)) };
  }
  // Scripts that write look first whether all of a slot is there, so that this is told of none that wrote anything.
  return /^(ASK|TRYAGAIN) |non local key/.test(message) ? { kind: "moving" } : null;
}
