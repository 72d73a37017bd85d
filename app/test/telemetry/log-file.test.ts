import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LogFile } from "../../src/telemetry/log-file.ts";

let dir = "";

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "holdline-log-file-"));
});

afterEach(() => rmSync(dir, { recursive: true, force: true }));

test("a failure is reported once per file, and again for the next day's", () => {
  const reports: unknown[] = [];
  const file = new LogFile({ dir, name: "application", level: "info", keptDays: 14 }, (error) =>
    reports.push(error),
  );
  for (const error of ["first", "second"]) file.logStream.emit("error", error);
  file.emit("new");
  file.logStream.emit("error", "third");
  expect(reports).toEqual(["first", "third"]);
});

test("files older than the kept days are removed", async () => {
  const old = join(dir, "application-2020-01-01.log");
  await Bun.write(old, "long ago\n");
  const date = Date.parse("2020-01-01");
  const hash = new Bun.CryptoHasher("sha256").update(`${old}LOG_FILE${date}`).digest("hex");
  const audit = { keep: { days: true, amount: 14 }, auditLog: "", files: [{ date, name: old, hash }] };
  await Bun.write(join(dir, ".application-audit.json"), JSON.stringify(audit));
  new LogFile({ dir, name: "application", level: "info", keptDays: 14 }, () => {});
  expect(await Bun.file(old).exists()).toBe(false);
});

test("a broken list of files is begun anew", async () => {
  const audit = Bun.file(join(dir, ".application-audit.json"));
  await Bun.write(audit, '{"files": [');
  new LogFile({ dir, name: "application", level: "info", keptDays: 14 }, () => {});
  expect(await audit.json()).toMatchObject({ keep: { days: true, amount: 14 } });
});
