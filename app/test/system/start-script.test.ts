import { expect, test } from "bun:test";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SpawnedServer } from "../support/spawned-server.ts";

const script = join(import.meta.dir, "../../../scripts/start.sh");

test("start.sh runs the real server from any directory and hands it its signals", async () => {
  const server = await SpawnedServer.start([script], tmpdir());
  const { exitCode, output } = await server.stop();
  expect(output).toContain(`Starting Holdline on ${server.url}`);
  expect(exitCode).toBe(0);
}, 60_000);
