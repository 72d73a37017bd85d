import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import manifest from "../../package.json";
import { isStackAsked, Stack } from "../support/stack.ts";

const startMs = 180_000;
const testMs = 60_000;
const mebibyte = 1_048_576;
const secret = "hunter2-hunter2-hunter2";
const readOnly = [
  "--read-only",
  "--tmpfs=/tmp",
  "--tmpfs=/data:uid=1000",
  "--cap-drop=ALL",
  "--security-opt=no-new-privileges",
];

let stack: Stack;

describe.skipIf(!isStackAsked)("the image (HOLDLINE_STACK=1)", () => {
  beforeAll(async () => {
    stack = await Stack.checkOut({ env: { BUILD_ID: "test-build" } });
    // What lies around in a checkout that is worked in.
    for (const path of [
      ".env",
      "app/.env",
      "app/src/.env",
      "app/data/holdline.db",
      "app/logs/blue/application.log",
    ])
      await Bun.write(`${stack.directory}/${path}`, `SECRET=${secret}\n`);
    await stack.compose("build", "websocket-green");
  }, startMs);
  afterAll(() => stack?.[Symbol.asyncDispose](), testMs);

  test(
    "holds the bundle and nothing of the checkout",
    async () => {
      const listed = await inImage("find", "/app", "/data", "/var/log/holdline", "-maxdepth", "1");
      const files = listed.trim().split("\n").sort();
      expect(files).toEqual([
        "/app",
        "/app/LICENSE",
        "/app/client.js",
        "/app/control-client.js",
        "/app/control-client.js.map",
        "/app/docs",
        "/app/figures.js",
        "/app/figures.js.map",
        "/app/main.js",
        "/app/main.js.map",
        "/app/package.json",
        "/app/print-token.js",
        "/app/print-token.js.map",
        "/app/probe.js",
        "/app/probe.js.map",
        "/app/public",
        "/app/smoke-load.js",
        "/app/smoke-load.js.map",
        "/app/smoke.js",
        "/app/smoke.js.map",
        "/app/sqlite-writer.js",
        "/app/sqlite-writer.js.map",
        "/data",
        "/var/log/holdline",
      ]);
      expect(await inImage("sh", "-c", "grep -rl hunter2 /app /data /var/log /home /tmp; true")).toBe("");
      expect(await stack.run("docker", "history", "--no-trunc", "holdline:green")).not.toContain("hunter2");
    },
    testMs,
  );

  test("is at most 40 MB larger than its base", async () => {
    const size = async (tag: string) =>
      Number(await stack.run("docker", "image", "inspect", "--format", "{{.Size}}", tag));
    const base = await size(`oven/bun:${manifest.packageManager.slice("bun@".length)}-slim`);
    expect(((await size("holdline:green")) - base) / mebibyte).toBeLessThan(40);
  });

  test("runs as nobody in particular, and tells what it is", async () => {
    const { Config } = JSON.parse(await stack.run("docker", "image", "inspect", "holdline:green"))[0];
    expect([Config.User, Config.Entrypoint?.[0] ?? null, Config.Cmd]).toEqual([
      "1000:1000",
      expect.any(String),
      ["bun", "main.js"],
    ]);
    expect(Config.Labels).toMatchObject({
      "org.opencontainers.image.title": "Holdline",
      "org.opencontainers.image.version": manifest.version,
      "org.opencontainers.image.revision": "test-build",
    });
  });

  test(
    "serves alone, from a file system that it may not write to, until it is told to stop",
    async () => {
      const name = stack.container("alone");
      await stack.run(
        "docker",
        "run",
        "--detach",
        `--name=${name}`,
        ...readOnly,
        "--env=GUESTS=allow",
        "holdline:green",
      );
      try {
        await healthOf(name);
        const control = await stack.run(
          "docker",
          "exec",
          name,
          "bun",
          "run",
          "--silent",
          "control",
          "status",
        );
        expect(JSON.parse(control)).toMatchObject({ ready: true, version: `${manifest.version}+test-build` });
        const metrics = "console.log(await (await fetch('http://127.0.0.1:3001/metrics')).text())";
        const text = await stack.run("docker", "exec", name, "bun", "--eval", metrics);
        expect(text).toMatch(/websocket_build_info\{[^}]*version="[^"]*\+test-build"/);
        await stack.run("docker", "stop", "--time", "20", name);
        expect(await stack.run("docker", "inspect", "--format", "{{.State.ExitCode}}", name)).toBe("0\n");
      } finally {
        await stack.tryTo("docker", "rm", "--force", "--volumes", name);
      }
    },
    testMs,
  );

  test(
    "refuses guests in production unless they are allowed",
    async () => {
      const { exitCode, text } = await stack.tryTo("docker", "run", "--rm", ...readOnly, "holdline:green");
      expect([exitCode, text]).toEqual([78, expect.stringContaining("GUESTS")]);
    },
    testMs,
  );

  test(
    "serves with a log folder that it may not write to, and says so",
    async () => {
      const name = stack.container("unwritable");
      const folder = [
        "--mount=type=tmpfs,destination=/var/log/holdline,tmpfs-mode=0500",
        "--env=GUESTS=allow",
      ];
      await stack.run(
        "docker",
        "run",
        "--detach",
        `--name=${name}`,
        ...readOnly,
        ...folder,
        "holdline:green",
      );
      try {
        await healthOf(name);
        expect(await stack.run("docker", "logs", name)).toContain("log.degraded");
      } finally {
        await stack.tryTo("docker", "rm", "--force", "--volumes", name);
      }
    },
    testMs,
  );
});

const inImage = (...command: string[]): Promise<string> =>
  stack.run("docker", "run", "--rm", "--user=0:0", "holdline:green", ...command);

/** As Docker sees it, by the image's own check. */
async function healthOf(name: string): Promise<void> {
  const deadline = Date.now() + testMs / 2;
  for (;;) {
    const health = await stack.run("docker", "inspect", "--format", "{{.State.Health.Status}}", name);
    if (health === "healthy\n") return;
    if (Date.now() > deadline) throw new Error(`${health}${await stack.run("docker", "logs", name)}`);
    await Bun.sleep(200);
  }
}
