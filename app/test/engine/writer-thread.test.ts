import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { WriterThread } from "../../src/engine/writer-thread.ts";
import { aPublish } from "./a-publish.ts";
import { until } from "./until.ts";

const workers: Worker[] = [];
const retention = { historyMessagesMax: 0, historyTtlMs: 0 };
let directory: string;
let thread: WriterThread;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "holdline-writer-"));
  thread = new WriterThread([join(directory, "holdline.db"), retention], (url) => {
    const worker = new Worker(url);
    workers.push(worker);
    return worker;
  });
});
afterEach(() => {
  thread.terminate();
  rmSync(directory, { recursive: true });
});

test("a writer that dies refuses what waits, says so, and is started again", async () => {
  const deaths: Error[] = [];
  thread.onDeath = (error) => deaths.push(error);
  await thread.start();
  const append = () => thread.call("append", JSON.stringify([aPublish()]), Date.now());
  expect(await append()).toMatchObject({ outcomes: [1] });
  workers[0]?.terminate();
  await expect(append()).rejects.toThrow("the database writer");
  await expect(append()).rejects.toThrow("the database writer");
  await until(
    () =>
      thread.call("probe", true).then(
        () => true,
        () => false,
      ),
    "a new writer",
  );
  expect((await append()).outcomes[0]).toBeGreaterThan(1);
  expect(deaths.length).toBe(1);
});

test("the writer keeps the WAL short, and empties it when it sweeps", async () => {
  await thread.start();
  const wal = join(directory, "holdline.db-wal");
  const content = "x".repeat(8000);
  const writes = () => JSON.stringify(Array.from({ length: 200 }, () => aPublish({ content })));
  let longest = 0;
  for (let count = 0; count < 25; count++) {
    await thread.call("append", writes(), 0);
    longest = Math.max(longest, statSync(wal).size);
  }
  expect(longest).toBeWithin(15 * 1024 * 1024, 20 * 1024 * 1024);
  while (!(await thread.call("sweep", Date.now())));
  expect(statSync(wal).size).toBe(0);
  await thread.call("close");
});
