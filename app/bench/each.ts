/** What else one would use: Holdline with Redis, `ws` on Node, Socket.IO on Node. */
export type Peer = "redis" | "ws" | "socket.io";
export type Kind = "ours" | "raw" | Peer;

/** Something for each of those that a measure compares: always ours and raw, peers where it has them. */
export type Each<T> = { ours: T; raw: T } & { [kind in Peer]?: T };

/** In this order their rounds are made and their columns stand. */
export const KINDS: readonly Kind[] = ["ours", "redis", "raw", "ws", "socket.io"];
export const PEERS: readonly Peer[] = ["redis", "ws", "socket.io"];

export function entriesOf<T>(each: Each<T>): [Kind, T][] {
  return KINDS.flatMap((kind) => {
    const value = each[kind];
    return value === undefined ? [] : [[kind, value] as [Kind, T]];
  });
}

export function mapEach<T, U>(each: Each<T>, map: (value: T, kind: Kind) => U): Each<U> {
  return fromEntries(entriesOf(each).map(([kind, value]) => [kind, map(value, kind)]));
}

/** One after the other: what is measured at the same time disturbs itself. */
export async function mapInTurn<T, U>(each: Each<T>, map: (value: T) => Promise<U>): Promise<Each<U>> {
  const mapped: [Kind, U][] = [];
  for (const [kind, value] of entriesOf(each)) mapped.push([kind, await map(value)]);
  return fromEntries(mapped);
}

function fromEntries<T>(entries: [Kind, T][]): Each<T> {
  return Object.fromEntries(entries) as Each<T>;
}
