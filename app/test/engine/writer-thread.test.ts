import { afterEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { WriterThread } from "../../src/engine/writer-thread.ts";
import { aPublish } from "./a-publish.ts";
import { until } from "./until.ts";

const directory = mkdtempSync(join(tmpdir(), "holdline-writer-"));
const workers: Worker[] = [];
const retention = { historyMessagesMax: 0, historyTtlMs: 0 };
const thread = new WriterThread([join(directory, "holdline.db"), retention], (url) => {
  const worker = new Worker(url);
  workers.push(worker);
  return worker;
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
