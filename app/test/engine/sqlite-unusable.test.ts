import { Database } from "bun:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EngineUnusable } from "../../src/engine/engine-unusable.ts";
import { openSqliteEngine } from "../../src/engine/sqlite.ts";
import { aPublish } from "./a-publish.ts";
import { EngineChild } from "./engine-child.ts";

let directory: string;
let path: string;
let child: EngineChild | null;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "holdline-unusable-"));
  path = join(directory, "holdline.db");
  child = null;
});
afterEach(async () => {
  await child?.kill();
  rmSync(directory, { recursive: true });
});

function open(at = path) {
  return openSqliteEngine({ path: at, historyMessagesMax: 0, historyTtlMs: 0 });
}

/** What the operator reads when the engine does not start. */
async function refusal(at = path): Promise<string> {
  try {
    await (await open(at)).close();
  } catch (error) {
    if (error instanceof EngineUnusable) return error.message;
    throw error;
  }
  return "none";
}

async function fill(): Promise<void> {
  const engine = await open();
  await Promise.all(Array.from({ length: 500 }, () => engine.publish(aPublish())));
  await engine.close();
}

describe("a database that cannot be used is refused in one line with its path and what to do:", () => {
  const spoils: [string, () => void | Promise<void>, RegExp][] = [
    [
      "no database",
      () => writeFileSync(path, "no database, but text ".repeat(500)),
      /is not an SQLite database: move it/,
    ],
    ["a directory", () => mkdirSync(path), /is not a file: set DATABASE_PATH/],
    [
      "another program's",
      () => alter("CREATE TABLE theirs (a)"),
      /is the database of another program: set DATABASE_PATH/,
    ],
    [
      "a newer version's",
      () => fillAndAlter("PRAGMA user_version = 99"),
      /newer version of Holdline .schema 99/,
    ],
    ["damaged in the middle", () => fillAndOverwrite(4096 * 3), /is damaged .*: restore it from a backup/],
    ["damaged at its end", () => fillAndCut(), /is damaged .*: restore it from a backup/],
  ];
  test.each(spoils)("%s", async (_name, spoil, expected) => {
    await spoil();
    const message = await refusal();
    expect(message).toMatch(expected);
    expect(message).toStartWith(path);
    expect(message).not.toInclude("\n");
  });

  test("one that another process serves, under whatever name", async () => {
    child = new EngineChild({ path });
    await child.opened();
    const link = join(directory, "link.db");
    symlinkSync(path, link);
    expect(await refusal(link)).toMatch(/is in use by another Holdline process: stop that one/);
    await child.kill();
    expect(await refusal()).toBe("none");
  });

  test("one that another program keeps locked", async () => {
    await fill();
    const other = new Database(path);
    other.run("BEGIN EXCLUSIVE");
    expect(await refusal()).toMatch(/is locked by another program: close/);
    other.close();
    expect(await refusal()).toBe("none");
  });

  test("one under a directory that cannot be made", async () => {
    writeFileSync(join(directory, "file"), "");
    expect(await refusal(join(directory, "file", "holdline.db"))).toMatch(
      /cannot be made .*: make it, or set DATABASE_PATH/,
    );
  });
});

function alter(statement: string): void {
  const database = new Database(path);
  database.run(statement);
  database.close();
}

async function fillAndAlter(statement: string): Promise<void> {
  await fill();
  alter(statement);
}

async function fillAndOverwrite(at: number): Promise<void> {
  await fill();
  const bytes = readFileSync(path);
  writeFileSync(path, bytes.fill(0x5a, at, at + 4096 * 4));
}

async function fillAndCut(): Promise<void> {
  await fill();
  writeFileSync(path, readFileSync(path).subarray(0, 4096 * 10));
}

test("a file that may not be written is refused", async () => {
  await fill();
  chmodSync(directory, 0o755);
  for (const file of [path, `${path}.lock`]) chmodSync(file, 0o444);
  expect(await refusalAsNobody()).toMatch(/^EngineUnusable: .*check .*permissions/);
});

/** Root is stopped by no mode, so this asks in a process of a user who is, from a bundle that anybody may read. */
async function refusalAsNobody(): Promise<string> {
  const entrypoints = [
    require.resolve("./open-engine.ts"),
    require.resolve("../../src/engine/sqlite-writer.ts"),
  ];
  await Bun.build({ entrypoints, outdir: directory, naming: "[name].[ext]", target: "bun" });
  const asked = Bun.spawn([process.execPath, join(directory, "open-engine.js"), path]);
  return new Response(asked.stdout).text();
}

test("missing directories are made", async () => {
  path = join(directory, "some", "where", "holdline.db");
  expect(await refusal()).toBe("none");
  expect(existsSync(path)).toBe(true);
});
