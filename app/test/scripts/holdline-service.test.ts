import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadConfig } from "../../src/config.ts";

// Programs start here, on machines that may be busy.
setDefaultTimeout(60_000);

const root = join(import.meta.dir, "../../..");
const bun = "/usr/local/bin/bun";
const unit = await Bun.file(join(root, "scripts/holdline.service")).text();
const loaded = loadConfig({});
if (!loaded.ok) throw new Error("the defaults are not valid");
const { drain, maxConnections } = loaded.config;

const said = (key: string): string => new RegExp(`^${key}=(.*)$`, "m").exec(unit)?.[1] ?? "";
const numberOf = (key: string): number => Number(said(key));

const settings: [what: string, isKept: () => boolean][] = [
  [
    "stopping may take as long as a drain, and 10 s",
    () => numberOf("TimeoutStopSec") === drain.deadlineMs / 1000 + 10,
  ],
  [
    "only the main process is told to end",
    () => said("KillMode") === "mixed" && said("KillSignal") === "SIGTERM",
  ],
  [
    "a fault is a restart, a wrong configuration is not",
    () => said("Restart") === "on-failure" && numberOf("RestartPreventExitStatus") === 78,
  ],
  ["all connections have their file", () => numberOf("LimitNOFILE") >= maxConnections + 200],
  ["starting ends by itself", () => timeoutOf("ExecStartPost") < numberOf("TimeoutStartSec")],
  ["reloading is what the server does on SIGHUP", () => said("ExecReload") === "/bin/kill -HUP $MAINPID"],
  ["no secret is in it", () => !/^[^#].*(SECRET|TOKEN|PASSWORD|REDIS_URL)/m.test(unit)],
];

const timeoutOf = (key: string): number => Number(/--timeout (\d+)/.exec(said(key))?.[1]);

test.each(settings)("%s", (_what, isKept) => {
  expect(isKept()).toBe(true);
});

test("what waits for it after the start is a command that control knows", () => {
  const [program, script, ...args] = said("ExecStartPost").split(" ");
  expect([program, script]).toEqual([bun, "control-client.js"]);
  const known = args.map((arg) => arg.replace("$MAINPID", "2147483647").replace("%t/%N", tmpdir()));
  const { exitCode } = Bun.spawnSync([process.execPath, "src/control-client.ts", ...known], {
    cwd: join(root, "app"),
  });
  expect(exitCode).toBe(1);
});

/** Where Bun is on this machine. */
async function analyze(name: string, ...args: string[]) {
  const directory = await mkdtemp(join(tmpdir(), "holdline-unit-"));
  try {
    await Bun.write(join(directory, name), unit.replaceAll(bun, process.execPath));
    const { exitCode, stdout, stderr } = Bun.spawnSync(["systemd-analyze", ...args, `./${name}`], {
      cwd: directory,
    });
    return { exitCode, complaint: stderr.toString(), output: stdout.toString() };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

const hasSystemd = Bun.which("systemd-analyze") !== null;
/** Tenths; of what is left, most is that it serves a network. Without any hardening it is 96. */
const exposureMax = 15;

describe.skipIf(!hasSystemd)("to systemd (needs systemd-analyze)", () => {
  test.each(["holdline.service", "holdline@3001.service"])("%s is a unit without a mistake", async (name) => {
    expect(await analyze(name, "verify", "--man=no")).toEqual({ exitCode: 0, complaint: "", output: "" });
  });

  test("it is exposed to little", async () => {
    const security = ["security", "--offline=true", "--no-pager", `--threshold=${exposureMax}`];
    const { exitCode, output } = await analyze("holdline.service", ...security);
    expect([exitCode, output.includes("Overall exposure level")]).toEqual([0, true]);
  });
});
