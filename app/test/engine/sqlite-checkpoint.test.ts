import { Database } from "bun:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SqliteCheckpoint } from "../../src/engine/sqlite-checkpoint.ts";
import { SqliteLog } from "../../src/engine/sqlite-log.ts";
import { openDatabase } from "../../src/engine/sqlite-schema.ts";
import { WalIndex } from "../../src/engine/wal-index.ts";
import { aPublish } from "./a-publish.ts";
import { RandomTexts } from "./random-texts.ts";

const retention = { historyMessagesMax: 0, historyTtlMs: 0 };
const seed = 1;
let directory: string;
let path: string;
let database: Database;
let log: SqliteLog;
let checkpoint: SqliteCheckpoint;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "holdline-checkpoint-"));
  path = join(directory, "holdline.db");
  open();
});
afterEach(() => {
  checkpoint.close();
  rmSync(directory, { recursive: true });
});

function open(): void {
  database = openDatabase(path);
  log = new SqliteLog(database, retention);
  checkpoint = new SqliteCheckpoint(database, path);
}

const walBytes = () => statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0;

function found(names: readonly string[], file = path): string[] {
  const inFile = new Set(readFileSync(file, "latin1").match(/<text \d+>/g));
  return names.filter((name) => inFile.has(name));
}

/** The inodes on which this process holds a lock. */
function lockedFiles(): Set<number> {
  const lines = readFileSync("/proc/locks", "utf8").split("\n");
  const own = lines.filter((line) => line.includes(` ${process.pid} `));
  return new Set(
    own.map((line) => Number(/:(\d+) /.exec(line.slice(line.indexOf(` ${process.pid} `)))?.[1])),
  );
}

function expectSound(texts: RandomTexts): void {
  expect(found(texts.gone)).toEqual([]);
  expect(found(texts.present)).toEqual([...texts.present]);
  expect(database.query("PRAGMA integrity_check").get()).toEqual({ integrity_check: "ok" });
}

describe("a checkpoint", () => {
  test("leaves no copy in pages whose texts were pushed about, and nothing else is lost", () => {
    const texts = new RandomTexts(log, seed);
    for (let round = 0; round < 10; round++) {
      texts.write(600);
      expect(checkpoint.run()).toBe(true);
      expect(walBytes()).toBe(0);
      expect(found(texts.gone)).toEqual([]);
    }
    expectSound(texts);
  });

  test("drops the cached pages, so that what it wiped does not come back", () => {
    const texts = new RandomTexts(log, seed);
    texts.write(6000);
    checkpoint.run();
    database.run("UPDATE message SET author_name = 'Bob'");
    database.run("UPDATE log SET author = 'u2'");
    expect(found(texts.gone, `${path}-wal`)).toEqual([]);
    expect(database.query("SELECT count(*) AS count FROM message").get()).toEqual({
      count: texts.present.length,
    });
  });

  test("of a long WAL leaves the file, and the next one wipes the pages of both and empties it", () => {
    const texts = new RandomTexts(log, seed);
    texts.write(6000);
    checkpoint.runIfLong();
    expect(walBytes()).toBeGreaterThan(15 * 1024 * 1024);
    expect(found(texts.gone).length).toBeGreaterThan(0);
    database.run("CREATE TABLE long (bytes); INSERT INTO long VALUES (zeroblob(50000000))");
    expect(checkpoint.run()).toBe(true);
    expect(walBytes()).toBe(0);
    expectSound(texts);
  });

  test("that a reader keeps from its end is made good by the next", () => {
    const texts = new RandomTexts(log, seed);
    const reader = new Database(path, { readonly: true });
    reader.run("BEGIN");
    reader.query("SELECT count(*) FROM log").get();
    texts.write(6000);
    expect(checkpoint.run()).toBe(false);
    expect(walBytes()).toBeGreaterThan(0);
    reader.run("COMMIT");
    texts.write(10);
    expect(checkpoint.run()).toBe(true);
    expectSound(texts);
    reader.close();
  });

  test("leaves a file alone in which other pages look like those of a tree", () => {
    const texts = new RandomTexts(log, seed);
    texts.write(6000);
    database.run("PRAGMA auto_vacuum = INCREMENTAL");
    database.run("VACUUM");
    texts.write(6000);
    expect(checkpoint.run()).toBe(true);
    expect(database.query("PRAGMA integrity_check").get()).toEqual({ integrity_check: "ok" });
  });
});

describe("a sweep", () => {
  test("wipes what an earlier run left, in short steps", () => {
    const texts = new RandomTexts(log, seed);
    texts.write(6000);
    database.run("PRAGMA wal_checkpoint(TRUNCATE)");
    // If this fails one day, SQLite wipes by itself.
    expect(found(texts.gone).length).toBeGreaterThan(0);
    for (const _step of checkpoint.sweep());
    expectSound(texts);
  });

  const stepsOf = () => [...checkpoint.sweep()].length;
  const stepsForAll = () => Math.ceil(statSync(path).size / 4096 / 2000);

  test("looks through a file once, a slice per step", () => {
    database.run("CREATE TABLE long (bytes); INSERT INTO long VALUES (zeroblob(20000000))");
    expect(stepsOf()).toBe(stepsForAll());
    expect(stepsOf()).toBe(0);
  });

  test("looks through all of it again when more was in the WAL than is remembered", () => {
    const texts = new RandomTexts(log, seed);
    database.run("CREATE TABLE long (bytes); INSERT INTO long VALUES (zeroblob(20000000))");
    texts.write(3000);
    stepsOf();
    texts.write(3000);
    database.run("INSERT INTO long VALUES (zeroblob(90000000))");
    expect(stepsOf()).toBe(stepsForAll());
    expectSound(texts);
  });
});

/** One commit, of about 300 pages. */
function append(): void {
  const content = "x".repeat(8000);
  const writes = Array.from({ length: 100 }, () => aPublish({ content }));
  log.append(writes, 1);
}

test("the WAL stays short under load", () => {
  let longest = 0;
  for (let count = 0; count < 60; count++) {
    checkpoint.runIfLong();
    append();
    longest = Math.max(longest, walBytes());
  }
  expect(longest).toBeGreaterThan(15 * 1024 * 1024);
  expect(longest).toBeLessThan(20 * 1024 * 1024);
});

test("a reader that stays makes no commit wait for it, and the WAL is short again when it has gone", () => {
  const reader = new Database(path, { readonly: true });
  reader.run("BEGIN");
  reader.query("SELECT count(*) FROM log").get();
  let slow = 0;
  for (let count = 0; count < 45; count++) {
    const startedAt = performance.now();
    checkpoint.runIfLong();
    if (performance.now() - startedAt > 90) slow += 1;
    append();
  }
  const wal = new WalIndex(path);
  expect(wal.frames).toBeGreaterThan(10_000);
  expect(slow).toBeLessThan(5);
  reader.close();
  const isLong: boolean[] = [];
  for (let count = 0; count < 40; count++) {
    checkpoint.runIfLong();
    append();
    isLong.push(wal.frames > 5000);
  }
  expect(isLong.slice(15)).not.toContain(true);
  wal.close();
});

test.skipIf(!existsSync("/proc/locks"))("SQLite's lock on the file is held until it is closed", () => {
  const { ino } = statSync(path);
  const isLocked = () => lockedFiles().has(ino);
  const texts = new RandomTexts(log, seed);
  texts.write(600);
  expect(isLocked()).toBe(true);
  checkpoint.run();
  for (const _step of checkpoint.sweep());
  expect(isLocked()).toBe(true);
});

test("a process that is killed on the way leaves a sound file, and the next sweep wipes what it left", async () => {
  for (const life of [1, 2, 3]) {
    const child = Bun.spawn([
      process.execPath,
      join(import.meta.dir, "checkpoint-process.ts"),
      path,
      `${life}`,
    ]);
    const reader = new Database(path, { readonly: true });
    let rounds = 0;
    for await (const _line of child.stdout) {
      reader.query("SELECT count(content) FROM message").get();
      if (++rounds > 20 + life) child.kill("SIGKILL");
    }
    await child.exited;
    reader.close();
    expect(rounds).toBeGreaterThan(20);
  }
  for (const _step of checkpoint.sweep());
  expect(database.query("PRAGMA integrity_check").get()).toEqual({ integrity_check: "ok" });
  const rows = database.query<{ content: string }, []>("SELECT content FROM message").all();
  const stored = rows.map(({ content }) => content.slice(0, content.indexOf(">") + 1));
  expect(new Set(readFileSync(path, "latin1").match(/<text \d+>/g))).toEqual(new Set(stored));
  expect(stored.length).toBeGreaterThan(500);
});
