import { Database } from "bun:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Engine, EngineUnavailable } from "../../src/chat/engine.ts";
import { controlRoom } from "../../src/chat/engine-people.ts";
import { openSqliteEngine } from "../../src/engine/sqlite.ts";
import { aDelete, anEdit, aReaction } from "./a-change.ts";
import { aPublish } from "./a-publish.ts";
import { EngineChild } from "./engine-child.ts";
import { page, room, start, stored, wide } from "./engine-world.ts";
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

describe("kill -9", () => {
  test("loses no change that was acked, and its state and its log agree", async () => {
    const child = new EngineChild({ path });
    await child.opened();
    const acked: string[] = [];
    const told = (what: string) => () => acked.push(what);
    const ids = Array.from({ length: 3000 }, () => Bun.randomUUIDv7());
    const writing = setInterval(() => {
      const messageId = ids.pop() as string;
      void child.publish({ messageId, content: "before" }).then(told(`made ${messageId}`));
      void child.publish(anEdit(messageId, "after")).then(told(`edited ${messageId}`));
      void child.publish(aReaction(messageId, "👍")).then(told(`reacted ${messageId}`));
      if (ids.length % 2 === 0) void child.publish(aDelete(messageId)).then(told(`deleted ${messageId}`));
      void child
        .control({ kind: "member_added", room: "group:a", userId: messageId })
        .then(told(`in ${messageId}`));
    }, 1);
    await until(() => acked.length >= 800, "800 acks");
    clearInterval(writing);
    await child.kill();
    const engine = await open();
    const replay = await engine.replay(room, start, wide);
    const events = replay.recovered ? replay.events : [];
    const ofKind = (kind: string) =>
      new Set(events.filter((event) => event.kind === kind).map((event) => event.messageId));
    const stored = {
      made: ofKind("chat_message"),
      edited: ofKind("message_edit"),
      reacted: ofKind("reaction"),
      deleted: ofKind("message_delete"),
      in: new Set((await engine.members("group:a", { after: null, limit: 5000 })).items.map((m) => m.userId)),
    };
    const isLost = (what: string) => {
      const [kind, id] = what.split(" ") as [keyof typeof stored, string];
      return !stored[kind].has(id);
    };
    expect(acked.filter(isLost)).toEqual([]);
    for (const { messageId, content } of events.filter(({ kind }) => kind === "chat_message")) {
      const isGone = stored.deleted.has(messageId);
      expect(content).toBe(isGone ? null : stored.edited.has(messageId) ? "after" : "before");
    }
    expect((await engine.head(controlRoom)).seq).toBe(stored.in.size);
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

describe("a database that another program spoils", () => {
  const all = { after: null, limit: 10 };
  const reads: [string, string, (engine: Engine) => Promise<unknown>][] = [
    ["head", "log", (engine) => engine.head(room)],
    ["replay", "log", (engine) => engine.replay(room, start, wide)],
    ["history", "log", (engine) => engine.history(room, page)],
    ["reactors", "reaction", (engine) => engine.reactors(room, "m1", { ...all, emoji: null, hidden: [] })],
    ["membership", "membership", (engine) => engine.membership("group:a", "u1")],
    ["members", "membership", (engine) => engine.members("group:a", all)],
    ["groupsOf", "membership", (engine) => engine.groupsOf("u1", all)],
    ["blocksBy", "block", (engine) => engine.blocksBy("u1", all)],
    ["blockRelations", "block", (engine) => engine.blockRelations("u1")],
    ["noteSeen", "seen", (engine) => engine.noteSeen([{ userId: "u1", at: 1 }])],
    ["lastSeen", "seen", (engine) => engine.lastSeen("u1")],
  ];
  test.each(reads)("makes %s unavailable", async (_name, table, read) => {
    const engine = await open();
    await engine.publish(aPublish({ messageId: "m1" }));
    const other = new Database(path);
    other.run(`DROP TABLE ${table}`);
    other.close();
    // Not `rejects`, which holds the loop that brings the writer's answer.
    expect(await read(engine).catch((error: unknown) => error)).toBeInstanceOf(EngineUnavailable);
    await engine.close();
  });

  test("answers a control change unavailable", async () => {
    const engine = await open();
    const faults: (Error | null)[] = [];
    engine.listen({ stored: () => {}, availabilityChanged: (fault) => faults.push(fault) });
    const other = new Database(path);
    other.run("BEGIN IMMEDIATE");
    const author = { userId: "admin", at: 1, instance: "i1" };
    const change = { kind: "member_added", room: "group:a", userId: "u1" } as const;
    expect(await engine.control(change, author)).toEqual(unavailable);
    expect(await engine.membership("group:a", "u1")).toBeNull();
    other.close();
    expect(await engine.control(change, author)).toMatchObject({ ok: true, seq: 1, isChange: true });
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
    expect(turnMs).toBeLessThan(290);
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
