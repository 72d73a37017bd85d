import { Database } from "bun:sqlite";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSqliteEngine } from "../../src/engine/sqlite.ts";
import { engineContract } from "./contract.ts";
import type { EngineStore } from "./engine-world.ts";

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
