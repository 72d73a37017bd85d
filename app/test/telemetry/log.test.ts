import { afterEach, beforeEach, expect, setSystemTime, test } from "bun:test";
import {
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
import { Writable } from "node:stream";
import { createLog, type LogOptions } from "../../src/telemetry/log.ts";

const today = () => new Date().toISOString().slice(0, 10);

/** A console that remembers its lines. */
class Console extends Writable {
  readonly isTTY: boolean;
  text = "";

  constructor(isTTY = false) {
    super();
    this.isTTY = isTTY;
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }

  get lines(): string[] {
    return this.text.split("\n").slice(0, -1);
  }

  /** Of JSON lines, those of one event. */
  events(event: string): Record<string, unknown>[] {
    return this.lines.map((line) => JSON.parse(line)).filter((record) => record.event === event);
  }
}

async function until(isTrue: () => boolean): Promise<void> {
  const deadline = performance.now() + 5000;
  while (!isTrue()) {
    if (performance.now() > deadline) throw new Error("waited 5 s in vain");
    await Bun.sleep(5);
  }
}

let dir = "";

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "holdline-log-"));
});

afterEach(() => {
  setSystemTime();
  rmSync(dir, { recursive: true, force: true });
});

function open(output: Console, changes: Partial<LogOptions> = {}) {
  return createLog({
    level: "info",
    dir: join(dir, "logs"),
    isProduction: true,
    instanceId: "i1",
    color: "blue",
    output,
    ...changes,
  });
}

const recordsOf = (name: string) => {
  const text = readFileSync(join(dir, "logs", `${name}-${today()}.log`), "utf8");
  return text
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line));
};

test("a line is JSON with time, level, event, instance, colour and the fields", async () => {
  const output = new Console();
  open(output).info("server.started", { port: 3001 });
  await until(() => output.lines.length > 0);
  const [{ time, ...record } = { time: "" }] = output.events("server.started");
  expect(Math.abs(Date.parse(String(time)) - Date.now())).toBeLessThan(60_000);
  expect(record).toEqual({
    level: "info",
    event: "server.started",
    instance: "i1",
    color: "blue",
    port: 3001,
  });
});

test("fields cannot replace what the line says about itself", async () => {
  const output = new Console();
  open(output).info("connection.closed", { event: "server.stopped", level: "error", time: 0 });
  await until(() => output.lines.length > 0);
  expect(output.events("connection.closed")).toMatchObject([{ level: "info" }]);
});

test("close writes everything: all levels to application, errors alone to error", async () => {
  const log = open(new Console());
  for (let i = 0; i < 500; i++) log.info("connection.closed", { i });
  log.error("task.failed", { stage: "trim" });
  await log.close();
  expect(recordsOf("application")).toHaveLength(501);
  expect(recordsOf("error")).toMatchObject([{ event: "task.failed", stage: "trim" }]);
});

test("a second log appends to the same day's file", async () => {
  for (const event of ["server.started", "server.stopped"] as const) {
    const log = open(new Console());
    log.info(event);
    await log.close();
  }
  expect(recordsOf("application")).toMatchObject([{ event: "server.started" }, { event: "server.stopped" }]);
});

test("a warning goes out at once, behind what was said before it", () => {
  const output = new Console();
  const log = open(output);
  log.info("server.started");
  log.warn("limit.lowered");
  expect(output.lines.map((line) => JSON.parse(line).event)).toEqual(["server.started", "limit.lowered"]);
});

test("below the configured level nothing is written", async () => {
  const output = new Console();
  const log = open(output, { level: "warn" });
  log.debug("connection.opened");
  log.info("server.started");
  log.warn("limit.lowered");
  await log.close();
  expect(output.lines).toHaveLength(1);
  expect(recordsOf("application")).toMatchObject([{ event: "limit.lowered" }]);
});

test("an error is written with name, message and stack", () => {
  const output = new Console();
  open(output).error("process.failed", { error: new TypeError("boom") });
  expect(output.events("process.failed")[0]?.error).toEqual({
    name: "TypeError",
    message: "boom",
    stack: expect.stringContaining("log.test.ts"),
  });
});

test("fields that JSON cannot hold do not throw", async () => {
  const circular: Record<string, unknown> = { big: 10n };
  const output = new Console();
  const log = open(output);
  log.info("server.started", circular);
  circular.self = circular;
  log.info("server.stopped", { circular });
  await until(() => output.lines.length === 2);
  expect(output.events("server.started")).toMatchObject([{ big: "10" }]);
  expect(output.events("server.stopped")).toMatchObject([{ unloggable: expect.any(String) }]);
});

test("in development a line is for people, and stays one line without escape sequences", () => {
  const output = new Console();
  const log = open(output, { isProduction: false });
  log.warn("handshake.refused", { reason: "a\nb\u001b[31m\u009b", code: 403, none: undefined });
  log.error("http.failed", { error: new Error("bo\nom"), route: "/health" });
  expect(output.lines.map((line) => line.slice(13))).toEqual([
    String.raw`warn  handshake.refused reason="a\nb\u001b[31m\u009b" code=403`,
    String.raw`error http.failed error="Error: bo\nom" route=/health`,
  ]);
});

test("colours appear on a terminal only", async () => {
  const [terminal, pipe] = [new Console(true), new Console(false)];
  for (const output of [terminal, pipe]) open(output, { isProduction: false }).info("server.started");
  await until(() => terminal.lines.length > 0 && pipe.lines.length > 0);
  expect(terminal.text).toContain("\u001b[32minfo");
  expect(pipe.text).not.toContain("\u001b");
});

test("a directory that cannot be made costs one warning, and the console goes on", async () => {
  writeFileSync(join(dir, "logs"), "a regular file");
  const output = new Console();
  const log = open(output, { dir: join(dir, "logs", "below") });
  log.info("server.started");
  log.error("task.failed");
  await log.close();
  expect(output.events("log.degraded")).toMatchObject([{ level: "warn", dir: join(dir, "logs", "below") }]);
  expect(output.lines).toHaveLength(3);
});

test("a full disk costs one warning, and the console goes on", async () => {
  mkdirSync(join(dir, "logs"));
  symlinkSync("/dev/full", join(dir, "logs", `application-${today()}.log`));
  const output = new Console();
  const log = open(output);
  log.info("server.started");
  await until(() => output.events("log.degraded").length > 0);
  for (let i = 0; i < 100; i++) log.info("connection.closed");
  await log.close();
  expect(output.events("log.degraded")).toHaveLength(1);
  expect(output.events("connection.closed")).toHaveLength(100);
});

test("a new day opens a new file", async () => {
  const output = new Console();
  const log = open(output);
  log.info("server.started");
  await until(() => output.lines.length > 0);
  setSystemTime(Date.now() + 86_400_000);
  log.info("server.stopped");
  await log.close();
  expect(recordsOf("application")).toMatchObject([{ event: "server.stopped" }]);
});

test("a directory that vanished before the new day costs one warning, and the console goes on", async () => {
  const output = new Console();
  const log = open(output, { dir: join(dir, "var", "logs") });
  await until(() => existsSync(join(dir, "var", "logs", `application-${today()}.log`)));
  rmSync(join(dir, "var"), { recursive: true });
  writeFileSync(join(dir, "var"), "a regular file");
  setSystemTime(Date.now() + 86_400_000);
  for (let i = 0; i < 100; i++) log.info("connection.closed");
  await until(() => output.events("connection.closed").length === 100);
  expect(output.events("log.degraded")).toHaveLength(1);
  await log.close();
});

test("a console whose reader is gone is no fault of the server", () => {
  const output = new Console();
  open(output);
  expect(() => output.emit("error", new Error("EPIPE"))).not.toThrow();
});

test("an open log does not keep the process alive", async () => {
  const module = new URL("../../src/telemetry/log.ts", import.meta.url).pathname;
  const script = `import { createLog } from ${JSON.stringify(module)};
    createLog({ level: "info", dir: ${JSON.stringify(dir)}, isProduction: true, instanceId: "i", color: "none" })
      .info("server.started");`;
  const child = Bun.spawn([process.execPath, "-e", script], { stdout: "pipe", timeout: 5000 });
  expect(await child.exited).toBe(0);
  expect(await new Response(child.stdout).text()).toContain("server.started");
});
