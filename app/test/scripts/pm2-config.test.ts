import { expect, test } from "bun:test";
import { join } from "node:path";
import { loadConfig } from "../../src/config.ts";

interface Pm2App {
  readonly env: Readonly<Record<string, string>>;
  readonly [setting: string]: unknown;
}

const { apps } = (await import(join(import.meta.dir, "../../../scripts/pm2.config.cjs"))).default as {
  readonly apps: readonly Pm2App[];
};

test("pm2 lets a drain end before it kills, and tries no wrong configuration again", () => {
  const loaded = loadConfig({});
  const killTimeoutMs = loaded.ok && loaded.config.drain.deadlineMs + 10_000;
  const settings = { exec_mode: "fork", instances: 1, treekill: false, stop_exit_codes: [78] };
  for (const app of apps) expect(app).toMatchObject({ ...settings, kill_timeout: killTimeoutMs });
});

test("its instances share nothing, and what it is told is valid and no secret", () => {
  const shared = ["PORT", "CONTROL_SOCKET", "DATABASE_PATH", "LOG_DIR"].filter(
    (name) => new Set(apps.map(({ env }) => env[name])).size < apps.length,
  );
  expect([apps.length, shared]).toEqual([2, []]);
  for (const { env } of apps) {
    expect(Object.keys(env).filter((name) => /SECRET|TOKEN|URL/.test(name))).toEqual([]);
    expect(loadConfig({ ...env, GUESTS: "allow" }).ok).toBe(true);
  }
});
