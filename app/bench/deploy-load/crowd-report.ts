import type { Crowd, Phase } from "./crowd.ts";
import type { Kind } from "./load-shape.ts";
import type { Notified } from "./notifier.ts";
import type { Tally } from "./tally.ts";
import type { WrittenSlice } from "./timeline.ts";

/** Where every log is to end. */
export interface Goals {
  readonly heads: readonly number[];
  readonly notified: Notified;
}

export interface CrowdReport {
  readonly tally: Tally;
  /** By room; equal in all processes. */
  readonly digests: readonly string[];
  /** By kind: the longest time without an open socket, of each client. */
  readonly gapsMs: Record<Kind, number[]>;
  readonly latencies: Record<"handedOver" | "others", Record<Phase, [number, number][]>>;
  readonly timeline: readonly WrittenSlice[];
  readonly acked: number;
  readonly delivered: number;
  readonly skipped: number;
}

/** Whether everybody has been told everything. */
export function hasAll({ clients }: Crowd, { heads, notified }: Goals): boolean {
  return clients.every(({ member: { room, log, mine, everybodys } }) => {
    const isThere = log.seq >= (heads[room] ?? 0) && mine.seq >= (notified.rooms[room] ?? 0);
    return isThere && everybodys.seq - everybodys.first >= notified.all;
  });
}

export function reportOf(crowd: Crowd, goals: Goals, membersPerRoom: number): CrowdReport {
  const tally = { ...crowd.tally };
  for (const { member } of crowd.clients) addFollowers(tally, member, goals);
  addBooks(tally, crowd, membersPerRoom);
  return {
    tally,
    digests: crowd.books.map(({ digest }) => digest),
    gapsMs: gapsOf(crowd),
    latencies: JSON.parse(JSON.stringify({ handedOver: crowd.handedOver, others: crowd.others })),
    timeline: crowd.timeline.toJSON(),
    acked: crowd.clients.reduce((sum, { member }) => sum + member.acked, 0),
    delivered: crowd.delivered,
    skipped: crowd.skipped,
  };
}

type Clients = Crowd["clients"];

function addFollowers(tally: Tally, member: Clients[number]["member"], { heads, notified }: Goals): void {
  const { room, log, mine, everybodys } = member;
  tally.lost += log.lostUpTo(heads[room] ?? 0);
  tally.doubled += log.doubled;
  tally.disordered += log.disordered;
  for (const [follower, count] of [
    [mine, notified.rooms[room] ?? 0],
    [everybodys, notified.all],
  ] as const) {
    tally.notificationsLost += follower.lostUpTo(follower.first + count);
    tally.notificationsDoubled += follower.doubled;
    tally.notificationsDisordered += follower.disordered;
  }
}

/** Each room's log holds what was acked, each once and in its sender's order. */
function addBooks(tally: Tally, { books, clients }: Crowd, membersPerRoom: number): void {
  const stored = books.map((book) => book.numbersBySender(membersPerRoom));
  for (const { contradictions } of books) tally.altered += contradictions;
  tally.altered += stored.filter((numbers) => numbers === null).length;
  for (const { member } of clients)
    tally.lost += Math.max(0, member.acked - (stored[member.room]?.[member.place] ?? member.acked));
}

function gapsOf({ clients }: Crowd): Record<Kind, number[]> {
  const gaps: Record<Kind, number[]> = { handover: [], reconnect: [], plain: [] };
  for (const { member } of clients) {
    member.live.end();
    gaps[member.kind].push(Math.round(member.live.longestGapMs));
  }
  return gaps;
}
