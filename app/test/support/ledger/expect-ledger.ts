import { expect } from "bun:test";
import type { LedgerEntry } from "./ledger-entry.ts";
import type { RoomCopy } from "./room-copy.ts";
import type { Write, Writes } from "./writes.ts";

/** Somebody who sent and saw. */
export interface LedgerMember {
  readonly name: string;
  readonly copies: ReadonlyMap<string, RoomCopy>;
  readonly writes: Writes;
}

type Members = readonly LedgerMember[];

/** The logs as they are. */
type Rooms = ReadonlyMap<string, RoomCopy>;

/** What holds however badly everybody fared: each acked write once, in order, for all. */
export function expectLedger(members: Members, rooms: Rooms): void {
  expectSameForAll(members, rooms);
  expectStoredOnce(members, rooms);
  expectInAuthorsOrder(members);
  expectRefusedForReason(members, rooms);
}

/**
 * The copies took nothing but the next seq each time: what is left to show is that they are equal, each event and
 * what the messages came to.
 */
function expectSameForAll(members: Members, rooms: Rooms): void {
  for (const { name, copies } of members) {
    for (const copy of copies.values()) {
      const room = rooms.get(copy.room);
      const lines = eventLines(copy, deletedIn(room));
      const log =
        room === undefined ? [] : eventLines(room, deletedIn(room)).slice(-lines.length || undefined);
      expect(differences(lines, log)).toEqual([]);
      expect([name, copy.room, copy.seq]).toEqual([name, copy.room, room?.seq ?? 0]);
      expect([name, ...differences(copy.messages.lines, room?.messages.lines ?? [])]).toEqual([name]);
    }
  }
}

function differences(own: readonly string[], others: readonly string[]): string[] {
  const differing = own.filter((line, index) => line !== others[index]).slice(0, 3);
  return own.length === others.length ? differing : [...differing, `${own.length}, not ${others.length}`];
}

const deletedIn = (copy: RoomCopy | undefined): ReadonlySet<string> =>
  new Set(logOf(copy).flatMap((entry) => (entry.kind === "message_delete" ? entry.messageId : [])));

/** Each event as it reads at the end: of a deleted message nothing is left, and an edit shows the latest text. */
const eventLines = (copy: RoomCopy, deleted: ReadonlySet<string>): string[] =>
  logOf(copy).map((entry) => {
    const { kind, seq } = entry;
    if (kind === "skipped" || (isText(entry) && deleted.has(entry.messageId))) return `${seq} skipped`;
    if (kind !== "reaction") return `${seq} ${kind} ${entry.messageId}`;
    return `${seq} ${kind} ${entry.messageId} ${entry.userId} ${entry.action} ${entry.emoji}`;
  });

const isText = ({ kind }: LedgerEntry): boolean => kind === "chat_message" || kind === "message_edit";

/** Each seq is the place of one acked write, and of the kind that it asked for. */
function expectStoredOnce(members: Members, rooms: Rooms): void {
  const acked = members.flatMap(({ writes }) => [...writes.stored.values()]);
  const places = new Set(acked.map(({ write, seq }) => `${write.payload.room} ${seq}`));
  const logged = [...rooms.values()].reduce((total, { seq }) => total + seq, 0);
  expect([acked.length, places.size]).toEqual([logged, logged]);
  expect(acked.filter(({ write, seq }) => !isLogged(write, logAt(rooms, write, seq))).slice(0, 3)).toEqual(
    [],
  );
}

const logAt = (rooms: Rooms, { payload }: Write, seq: number) => rooms.get(payload.room)?.log.get(seq);

function isLogged({ id, type, payload }: Write, entry: LedgerEntry | undefined): boolean {
  if (entry?.kind === "skipped") return type === "send_message" || type === "message_edit";
  if (entry?.kind === "chat_message") return type === "send_message" && entry.clientId === id;
  return entry?.kind === type && entry.messageId === payload.messageId;
}

/** Commands of one member take effect in the order in which they were given. */
function expectInAuthorsOrder(members: Members): void {
  for (const { name, writes } of members) {
    const last = new Map<string, number>();
    for (const { id, payload } of writes.sent) {
      const stored = writes.stored.get(id);
      if (stored === undefined) continue;
      expect([name, payload.room, stored.seq > (last.get(payload.room) ?? 0)]).toEqual([
        name,
        payload.room,
        true,
      ]);
      last.set(payload.room, stored.seq);
    }
  }
}

/** A change may be refused only of a message that its author had deleted; who deletes does so once. */
function expectRefusedForReason(members: Members, rooms: Rooms): void {
  const refused = members.flatMap(({ writes }) => writes.refused);
  const deleted = new Set([...rooms.values()].flatMap((room) => [...deletedIn(room)]));
  const isRight = ({ type, payload }: Write) =>
    type !== "message_delete" && deleted.has(String(payload.messageId));
  expect(refused.filter((write) => !isRight(write))).toEqual([]);
}

function logOf(copy: RoomCopy | undefined): LedgerEntry[] {
  return [...(copy?.log.values() ?? [])].sort((one, other) => one.seq - other.seq);
}
