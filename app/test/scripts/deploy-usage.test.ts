import { afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { PlayedStack } from "../support/played-stack.ts";

setDefaultTimeout(60_000);

const refused: string[] = [
  "",
  "red",
  "green blue",
  "green status",
  "green --image",
  "green --image -x",
  "green --image a;b",
  "green --rate 0",
  "green --rate fast",
  "green --soak -1",
  "green --soak 10000",
  "green --drain-timeout 0",
  "green --canary 0,50",
  "green --canary 50,10",
  "green --canary 10,10",
  "green --canary 101",
  "green --canary 10,100,50",
  "green --yes",
  "rollback --image holdline:blue",
  "rollback --canary 10",
  "status --dry-run",
];

const exitCodes = [0, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 20, 130];

let world: PlayedStack;

beforeEach(async () => {
  world = await PlayedStack.create();
});
afterEach(() => world[Symbol.asyncDispose]());

describe("scripts/blue-green-deploy.sh", () => {
  test("refuses what makes no sense, before it looks at anything", async () => {
    const results = await Promise.all(
      refused.map(async (words) => [
        words,
        (await world.deploy(...words.split(" ").filter(Boolean))).exitCode,
      ]),
    );
    expect(results).toEqual(refused.map((words) => [words, 2]));
    expect(await world.read("calls")).toBe("");
  });

  test("explains itself, every exit code included", async () => {
    const { exitCode, stdout } = await world.deploy("--help");
    expect([exitCode, stdout]).toEqual([0, expect.stringContaining("Usage: scripts/blue-green-deploy.sh")]);
    for (const code of exitCodes) expect(stdout).toMatch(new RegExp(`\\b${code} `));
  });

  test("has every exit code in README", async () => {
    const readme = await Bun.file(new URL("../../../README.md", import.meta.url)).text();
    const [, chapter = ""] = readme.split("### When a deploy fails");
    const [table = ""] = chapter.split("\n## ");
    const told = [...table.matchAll(/^\| (\d+) \|/gm)].map(([, code]) => Number(code));
    expect(told).toEqual(exitCodes);
  });
});
