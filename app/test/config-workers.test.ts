import { expect, test } from "bun:test";
import { availableParallelism } from "node:os";
import { loadConfig } from "../src/config.ts";

const redis = { REDIS_URL: "redis://127.0.0.1" };

test.each([
  [{ WORKERS: "2" }, ["WORKERS"]],
  [{ WORKERS: "0" }, ["WORKERS"]],
  [{ WORKERS: "4", WORKER_MEMORY_LIMIT: "1000" }, ["WORKERS", "WORKER_MEMORY_LIMIT"]],
  [{ WORKER_MEMORY_LIMIT: "1000" }, ["WORKER_MEMORY_LIMIT"]],
])("%j needs Redis: refused are %j", (env, variables) => {
  const loaded = loadConfig(env);
  const problems = loaded.ok ? [] : loaded.problems;
  expect(problems.map(({ variable }) => variable)).toEqual(variables);
  for (const { expected } of problems) expect(expected).toContain("REDIS_URL");
});

test.each([
  [
    { WORKERS: "1", WORKER_MEMORY_LIMIT: "0" },
    { count: 1, memoryBytesMax: 0 },
  ],
  [
    { ...redis, WORKERS: "4", WORKER_MEMORY_LIMIT: "1000" },
    { count: 4, memoryBytesMax: 1000 },
  ],
  [
    { ...redis, WORKERS: "0" },
    { count: availableParallelism(), memoryBytesMax: 0 },
  ],
])("%j is %j", (env, workers) => {
  expect(loadConfig(env)).toMatchObject({ ok: true, config: { workers } });
});
