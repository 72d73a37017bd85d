import { afterEach, beforeEach, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Engine, Publish } from "../../src/chat/engine.ts";
import { openSqliteEngine } from "../../src/engine/sqlite.ts";
import { aDelete, anEdit } from "./a-change.ts";
import { aPublish } from "./a-publish.ts";
import { page, room, stored } from "./engine-world.ts";
import { until } from "./until.ts";

let directory: string;
let path: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "holdline-wiped-"));
  path = join(directory, "holdline.db");
});
afterEach(() => rmSync(directory, { recursive: true }));

const files = () => [path, `${path}-wal`].filter((file) => existsSync(file));
const bytes = () => Buffer.concat(files().map((file) => readFileSync(file)));
const isOnDisk = (text: string) => bytes().includes(text);

/** Different in every place, and long enough that it is no accident. */
const secret = (name: string) => `${name} <${Bun.hash(name).toString(36)}> ${"§".repeat(40)}`;

async function publish(engine: Engine, fields: Partial<Publish>) {
  return stored(await engine.publish(aPublish(fields)));
}

test("what was deleted, edited or trimmed is gone from the files after a sweep, and nothing else", async () => {
  const options = { path, historyMessagesMax: 5, historyTtlMs: 0, sweepEveryMs: 50 };
  const engine = await openSqliteEngine(options);
  const gone = ["deleted", "deleted meta", "long deleted", "before the edit", "meta before", "trimmed"];
  const texts = new Map(gone.map((name) => [name, secret(name)]));
  const text = (name: string) => texts.get(name) ?? "";
  const meta = (name: string) => JSON.stringify({ meta: text(name) });
  await publish(engine, { content: text("trimmed") });
  const deleted = await publish(engine, { content: text("deleted"), metaJson: meta("deleted meta") });
  const long = await publish(engine, { content: text("long deleted") + "x".repeat(7900) });
  const edited = await publish(engine, { content: text("before the edit"), metaJson: meta("meta before") });
  await publish(engine, { content: secret("kept") });
  for (const name of gone) expect([name, isOnDisk(text(name))]).toEqual([name, true]);
  await publish(engine, aDelete(deleted.messageId));
  await publish(engine, aDelete(long.messageId));
  await publish(engine, anEdit(edited.messageId, secret("edited"), { metaJson: "{}" }));
  await until(() => gone.every((name) => !isOnDisk(text(name))), "that all is gone from the files");
  expect([secret("kept"), secret("edited")].map(isOnDisk)).toEqual([true, true]);
  expect((await engine.history(room, page)).messages.map(({ content }) => content)).toEqual([
    secret("edited"),
    secret("kept"),
  ]);
  await engine.close();
});
