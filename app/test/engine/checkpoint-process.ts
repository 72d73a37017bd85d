import { SqliteCheckpoint } from "../../src/engine/sqlite-checkpoint.ts";
import { SqliteLog } from "../../src/engine/sqlite-log.ts";
import { openDatabase } from "../../src/engine/sqlite-schema.ts";
import { RandomTexts } from "./random-texts.ts";

// Writes and checkpoints in a process of its own until it is killed, and says a line for each round.

const [path = "", seed = ""] = process.argv.slice(2);
const database = openDatabase(path);
const texts = new RandomTexts(
  new SqliteLog(database, { historyMessagesMax: 0, historyTtlMs: 0 }),
  Number(seed),
);
const checkpoint = new SqliteCheckpoint(database, path);
for (;;) {
  texts.write(50);
  checkpoint.run();
  await Bun.write(Bun.stdout, ".\n");
}
