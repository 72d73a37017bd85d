import { expect, test } from "bun:test";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { createLog } from "../../src/telemetry/log.ts";

test("one of several processes has files of its own, and its lines say which it is", async () => {
  const dir = mkdtempSync(join(tmpdir(), "holdline-log-"));
  const output = new Writable({ write: (_chunk, _encoding, done) => done() });
  const log = createLog({
    level: "info",
    dir,
    isProduction: true,
    instanceId: "i",
    color: "none",
    worker: 2,
    output,
  });
  log.warn("engine.warned", { message: "m" });
  await log.close();
  const names = readdirSync(dir)
    .filter((name) => name.endsWith(".log"))
    .sort();
  expect(names.map((name) => name.replace(/\d{4}-.*/, ""))).toEqual(["application-2-", "error-2-"]);
  const line = readFileSync(join(dir, names[0] ?? ""), "utf8");
  expect(JSON.parse(line)).toMatchObject({ event: "engine.warned", slot: 2, message: "m" });
  rmSync(dir, { recursive: true, force: true });
});
