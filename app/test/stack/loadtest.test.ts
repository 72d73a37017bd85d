import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findK6 } from "../../bench/k6/k6-program.ts";
import { isStackAsked, Stack } from "../support/stack.ts";

setDefaultTimeout(180_000);

const appDirectory = join(import.meta.dir, "../..");
const override = "scripts/load/compose.loadtest.yml";
const jwtSecret = "a secret of the load test's own stack";

/** More users than Traefik and the servers take from one address. */
async function loadTest(stack: Stack) {
  const directory = await mkdtemp(join(tmpdir(), "holdline-load-"));
  const args = ["--scenario", "ramp", "--scale", "0.05", "--interval", "1000", "--patience", "100"];
  const command = [process.execPath, "bench/load-test.ts", "--target", "stack", "--out", directory, ...args];
  const { PATH = "", HOME = "" } = process.env;
  const child = Bun.spawn(command, {
    cwd: appDirectory,
    env: { PATH, HOME, STACK_PREFIX: stack.prefix, HTTP_PORT: new URL(stack.url).port },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const read = (stream: ReadableStream) => new Response(stream).text();
  const [said, noted] = await Promise.all([read(child.stdout), read(child.stderr)]);
  await rm(directory, { recursive: true, force: true });
  return { exitCode: await child.exited, said, noted };
}

describe.skipIf(!isStackAsked || findK6("k6") === null)("load on the stack (needs k6)", () => {
  let stack: Stack;

  beforeAll(async () => {
    stack = await Stack.start({ env: { JWT_SECRET: jwtSecret } });
  });
  afterAll(() => stack?.[Symbol.asyncDispose]());

  test("is refused where all users would count as one", async () => {
    const { exitCode, noted } = await loadTest(stack);
    expect(noted).toContain(`${stack.prefix}traefik-lb takes all users for one`);
    expect(exitCode).toBe(1);
  });

  test("comes through Traefik from users with addresses and tokens of their own", async () => {
    await stack.up({ COMPOSE_FILE: `docker-compose.yml:${override}` });
    const { exitCode, said, noted } = await loadTest(stack);
    expect(noted).toBe("");
    expect(said).toContain("ramp: all goals met");
    expect(exitCode).toBe(0);
  });
});
