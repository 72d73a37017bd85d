import { expect, test } from "bun:test";
import { LedgerRun } from "../support/ledger/ledger-run.ts";
import type { LedgerEntry, RoomCopy } from "../support/ledger/room-copy.ts";
import { SeededRandom } from "../support/seeded-random.ts";
import { ServerHome } from "../support/server-home.ts";

type Rooms = ReadonlyMap<string, RoomCopy>;

const seed = Number(process.env.LEDGER_SEED ?? Math.floor(Math.random() * 2 ** 32));

test("50 clients in 10 rooms, cut at random, on a server killed 3 times: every acked message once, in order, for all", async () => {
  await using home = await ServerHome.create();
  const run = new LedgerRun(home, new SeededRandom(seed));
  try {
    await run.finish();
    const rooms = await run.audit();
    expect(run.violations).toEqual([]);
    expectSameForAll(run, rooms);
    expectStoredOnce(run, rooms);
    expectInAuthorsOrder(rooms);
    expectHardship(run);
  } catch (error) {
    console.error(`To run it again with the same choices: LEDGER_SEED=${seed}`);
    throw error;
  } finally {
    run.end();
  }
}, 300_000);

/** The copies took nothing but the next seq each time: what is left to show is that they are equal. */
function expectSameForAll({ clients }: LedgerRun, rooms: Rooms): void {
  for (const { name, copies } of clients) {
    for (const copy of copies.values()) {
      const [own, log] = [linesOf(copy), linesOf(rooms.get(copy.room))];
      expect(own.filter((line, index) => line !== log[index]).slice(0, 3)).toEqual([]);
      expect([name, copy.room, own.length]).toEqual([name, copy.room, log.length]);
    }
  }
}

function expectStoredOnce({ clients, messages }: LedgerRun, rooms: Rooms): void {
  const stored = [...rooms.values()].flatMap((copy) => entriesOf(copy));
  const acked = clients.flatMap(({ writes }) => [...writes.acked]);
  expect([acked.length, stored.length]).toEqual([messages, messages]);
  const seqs = new Map(stored.map(({ clientId, seq }) => [clientId, seq]));
  expect(acked.filter(([clientId, seq]) => seqs.get(clientId) !== seq)).toEqual([]);
}

function expectInAuthorsOrder(rooms: Rooms): void {
  for (const copy of rooms.values()) {
    const counts = new Map<string, number>();
    for (const { authorId, meta } of entriesOf(copy)) {
      const { number } = meta as { number: number };
      expect([copy.room, authorId, number]).toEqual([copy.room, authorId, (counts.get(authorId) ?? 0) + 1]);
      counts.set(authorId, number);
    }
  }
}

/** That what this test is about did happen. */
function expectHardship({ clients, killed }: LedgerRun): void {
  const sum = (count: (client: (typeof clients)[number]) => number) =>
    clients.reduce((total, client) => total + count(client), 0);
  expect(killed).toBe(3);
  expect(sum(({ cuts }) => cuts)).toBeGreaterThan(50);
  expect(sum(({ writes }) => writes.duplicates)).toBeGreaterThan(0);
  expect(
    sum(({ copies }) => [...copies.values()].reduce((count, { resets }) => count + resets, 0)),
  ).toBeGreaterThan(0);
}

function entriesOf(copy: RoomCopy | undefined): LedgerEntry[] {
  return [...(copy?.entries.values() ?? [])].sort((one, other) => one.seq - other.seq);
}

const linesOf = (copy: RoomCopy | undefined): string[] =>
  entriesOf(copy).map((entry) => JSON.stringify(entry));
