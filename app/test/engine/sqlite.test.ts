import { Database } from "bun:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { StoredEvent } from "../../src/chat/engine.ts";
import { openSqliteEngine } from "../../src/engine/sqlite.ts";
import { aPublish } from "./a-publish.ts";
import { engineContract } from "./contract.ts";
import { type EngineStore, seqsOf, start, wide } from "./engine-world.ts";
import { until } from "./until.ts";

async function makeStore(): Promise<EngineStore> {
  const directory = mkdtempSync(join(tmpdir(), "holdline-engine-"));
  const path = join(directory, "holdline.db");
  return {
    open: (retention) =>
      openSqliteEngine({ path, historyMessagesMax: 10_000, historyTtlMs: 0, ...retention }),
    appendForeign: async (room, kind, rest) => appendForeign(path, room, kind, rest),
    remove: async () => rmSync(directory, { recursive: true }),
  };
}

function appendForeign(path: string, room: string, kind: string, rest: string): void {
  const database = new Database(path, { strict: true });
  database.run(
    `INSERT INTO log (room, seq, v, kind, author, message, instance, socket, created_at, rest)
     SELECT id, (SELECT max(seq) + 1 FROM log WHERE room = room.id), 2, ?, 'u9', 'no-message', 'i9', 0, ?, ?
     FROM room WHERE name = ?`,
    [kind, Date.now(), rest, room],
  );
  database.close();
}

engineContract("sqlite", makeStore);

describe("the embedded engine", () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "holdline-engine-"));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  test("announces what one commit stored in one room in one call", async () => {
    const engine = await openSqliteEngine({
      path: join(directory, "db"),
      historyMessagesMax: 0,
      historyTtlMs: 0,
    });
    const calls: [string, number[]][] = [];
    const stored = (room: string, events: readonly StoredEvent[]) => calls.push([room, seqsOf(events)]);
    engine.listen({ stored, availabilityChanged: () => {} });
    await engine.subscribe("room:a");
    await engine.subscribe("room:b");
    const rooms = ["room:a", "room:b", "room:a", "room:c", "room:a"];
    await Promise.all(rooms.map((room) => engine.publish(aPublish({ room }))));
    await until(() => calls.length > 0, "an announcement");
    expect(calls).toEqual([
      ["room:a", [1, 2, 3]],
      ["room:b", [1]],
    ]);
    await engine.close();
  });

  test("does not replay past what was deleted when a limit is lifted", async () => {
    const path = join(directory, "db");
    const strict = await openSqliteEngine({ path, historyMessagesMax: 10, historyTtlMs: 0 });
    await Promise.all(Array.from({ length: 500 }, () => strict.publish(aPublish())));
    await strict.close();
    const engine = await openSqliteEngine({ path, historyMessagesMax: 0, historyTtlMs: 0 });
    expect(await engine.replay("room:a", start, wide)).toMatchObject({ recovered: false, reason: "trimmed" });
    await engine.close();
  });

  test("sweeps in the background what has expired, so that reads are not all that hides it", async () => {
    const path = join(directory, "db");
    const retention = { historyMessagesMax: 0, historyTtlMs: 60_000 };
    const engine = await openSqliteEngine({ path, ...retention, sweepEveryMs: 5 });
    await engine.publish(aPublish({ createdAt: Date.now() - 61_000 }));
    const database = new Database(path, { readonly: true });
    await until(() => database.query("SELECT 1 FROM message").get() === null, "an empty table");
    database.close();
    await engine.close();
  });
});
