import { Database } from "bun:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSqliteEngine } from "../../src/engine/sqlite.ts";
import { aPublish } from "./a-publish.ts";
import { EngineChild } from "./engine-child.ts";
import { room, start, stored, wide } from "./engine-world.ts";
import { until } from "./until.ts";

const unavailable = { ok: false, code: "unavailable" } as const;
let directory: string;
let path: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "holdline-faults-"));
  path = join(directory, "holdline.db");
});
afterEach(() => rmSync(directory, { recursive: true }));

function open() {
  return openSqliteEngine({ path, historyMessagesMax: 0, historyTtlMs: 0 });
}

describe("kill -9", () => {
  test("loses nothing that was acked, and the next life begins at once", async () => {
    const acked: number[] = [];
    for (const life of [1, 2, 3]) {
      const child = new EngineChild({ path });
      await child.opened();
      const publishing = setInterval(() => {
        for (let count = 0; count < 20; count++)
          void child.publish().then((result) => acked.push(stored(result).seq));
      }, 1);
      await until(() => acked.length >= life * 500, "500 acks");
      clearInterval(publishing);
      await child.kill();
    }
    const engine = await open();
    const replay = await engine.replay(room, start, wide);
    const seqs = new Set(replay.recovered ? replay.events.map((event) => event.seq) : []);
    expect(acked.filter((seq) => !seqs.has(seq))).toEqual([]);
    expect(new Set(acked).size).toBe(acked.length);
    await engine.close();
  });
});

describe("another program", () => {
  test("that locks the database makes publishes unavailable until it lets go", async () => {
    const engine = await open();
    const faults: (Error | null)[] = [];
    engine.listen({ stored: () => {}, availabilityChanged: (fault) => faults.push(fault) });
    const other = new Database(path);
    other.run("BEGIN IMMEDIATE");
    expect(await Promise.all([engine.publish(aPublish()), engine.publish(aPublish())])).toEqual([
      unavailable,
      unavailable,
    ]);
    other.close();
    expect(await engine.publish(aPublish())).toMatchObject({ ok: true, seq: 1 });
    expect(faults).toEqual([expect.any(Error), null]);
    await engine.close();
  });
});

describe.skipIf(!Bun.which("gcc"))("a faulty disk (needs gcc)", () => {
  let child: EngineChild;

  async function openOnFaultyDisk(commitDeadlineMs = 10_000): Promise<void> {
    const library = join(directory, "faulty-disk.so");
    const source = join(import.meta.dir, "faulty-disk.c");
    const { exitCode, stderr } = Bun.spawnSync([
      "gcc",
      "-shared",
      "-fPIC",
      "-O1",
      "-o",
      library,
      source,
      "-ldl",
    ]);
    if (exitCode !== 0) throw new Error(stderr.toString());
    child = new EngineChild({ path, commitDeadlineMs, env: { LD_PRELOAD: library, FAULTY_DISK: directory } });
    await child.opened();
  }
  const begin = (fault: string) => writeFileSync(join(directory, fault), "");
  const end = (fault: string) => rmSync(join(directory, fault));

  afterEach(() => child.kill());

  test.each(["full", "readonly", "broken"])(
    "that is %s stores and acks nothing, says so once, and recovers",
    async (fault) => {
      await openOnFaultyDisk();
      expect(await child.publish()).toMatchObject({ ok: true, seq: 1 });
      begin(fault);
      expect(await Promise.all([child.publish(), child.publish()])).toEqual([unavailable, unavailable]);
      expect(await child.publish()).toEqual(unavailable);
      expect(await child.probe()).toBeString();
      expect(await child.seqs()).toEqual([1]);
      expect(child.availability).toEqual([expect.any(String)]);
      end(fault);
      expect(await child.probe()).toBeNull();
      expect(child.availability).toEqual([expect.any(String), null]);
      expect(await child.publish()).toMatchObject({ ok: true, seq: 2 });
      expect(child.announced).toEqual([1, 2]);
    },
  );

  test("whose syncs are slow does not stop the event loop", async () => {
    await openOnFaultyDisk();
    begin("slow");
    const startedAt = performance.now();
    const { result, turnMs } = await child.publishTimed({});
    expect(result).toMatchObject({ ok: true });
    expect(performance.now() - startedAt).toBeGreaterThan(290);
    expect(turnMs).toBeLessThan(150);
  });

  test("that is stuck makes publishes unavailable; what it stored late is announced once", async () => {
    await openOnFaultyDisk(200);
    begin("stuck");
    const command = { commandId: "c1", messageId: Bun.randomUUIDv7() };
    expect(await child.publish(command)).toEqual(unavailable);
    expect(await child.publish()).toEqual(unavailable);
    expect(child.availability).toEqual([expect.any(String)]);
    end("stuck");
    await until(() => child.availability.length === 2, "a recovery");
    expect(await child.publish(command)).toMatchObject({ ok: true, seq: 1, duplicate: true });
    expect(await child.publish()).toMatchObject({ ok: true, seq: 2 });
    expect(child.announced).toEqual([1, 2]);
  });
});
