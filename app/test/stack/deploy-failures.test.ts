import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { CrowdReport } from "../../bench/deploy-load/crowd-report.ts";
import { newTally } from "../../bench/deploy-load/tally.ts";
import { brokenVersions } from "../support/deploys/broken-versions.ts";
import { DeployStack } from "../support/deploys/deploy-stack.ts";
import { buildNewer, buildPrevious } from "../support/deploys/other-versions.ts";
import { isStackAsked } from "../support/stack.ts";

const startMs = 180_000;
const testMs = 180_000;
const mayMount = process.getuid?.() === 0;

let deploys: DeployStack;

describe.skipIf(!isStackAsked)("a deploy that fails (HOLDLINE_STACK=1)", () => {
  beforeAll(async () => {
    deploys = await DeployStack.start();
  }, startMs);
  afterAll(() => deploys?.[Symbol.asyncDispose](), testMs);

  const versions: [what: string, script: string, exitCode: number][] = [
    ["does not start", brokenVersions.doesNotStart, 6],
    ["is unhealthy", brokenVersions.unhealthy, 6],
    ["crashes at the first message", brokenVersions.crashesAtMessage, 7],
    ["crashes while it is watched", brokenVersions.crashesUnderTraffic, 9],
  ];
  test.each(versions)(
    "since the new version %s, is undone, and nobody was sent away",
    async (what, script, exitCode) => {
      const image = await deploys.broken(what.replaceAll(" ", "-"), script);
      await expectUndone(exitCode, image, "--soak", "10");
    },
    testMs,
  );

  test(
    "since another file stops Traefik from reading, is undone, and nobody was sent away",
    async () => {
      const wrong = join(deploys.stack.directory, "traefik/dynamic/99-wrong.yml");
      await writeFile(wrong, "http: [");
      await expectUndone(8);
      await rm(wrong);
    },
    testMs,
  );

  test.skipIf(!mayMount)(
    "since its disk is full, is undone, and nobody was sent away (needs root)",
    async () => {
      const directory = join(deploys.stack.directory, ".deploy");
      const mount = `mount -t tmpfs -o size=4k holdline-test ${directory} && dd if=/dev/zero of=${directory}/filler bs=4096 count=1 2>/dev/null`;
      const { exitCode, text } = await deploys.stack.tryTo("sh", "-c", `mkdir -p ${directory} && ${mount}`);
      expect([exitCode, text]).toEqual([0, ""]);
      await expectUndone(4).finally(() => deploys.stack.run("umount", directory));
    },
    testMs,
  );

  test(
    "leaves nothing in the way of the next one, which goes to the version of the commit before",
    async () => expectUnnoticed(await buildPrevious(deploys)),
    testMs,
  );

  test(
    "or of one that goes to a version with newer envelopes, and back",
    async () => {
      await expectUnnoticed(await buildNewer(deploys));
      await expectUnnoticed(deploys.good);
    },
    testMs,
  );
});

/** Who hands over is never without a socket. */
async function expectUnnoticed(image: string): Promise<void> {
  const target = await deploys.idle();
  const { tally, gapsMs } = await deploys.noticed(async () => {
    const { exitCode, text } = await deploys.deploy(target, image);
    expect([exitCode, text]).toEqual([0, expect.stringContaining(`${target} serves`)]);
  });
  expect([tally, ...new Set(gapsMs.handover)]).toEqual([newTally(), 0]);
}

/** With this exit code, while users talk, who notice nothing at all. */
async function expectUndone(exitCode: number, image = deploys.good, ...options: string[]): Promise<void> {
  const serving = await deploys.serving();
  const report = await deploys.noticed(async () => {
    const ended = await deploys.deploy(await deploys.idle(), image, ...options);
    expect([ended.exitCode, ended.text]).toEqual([exitCode, expect.any(String)]);
  });
  expectNoGap(report);
  expect(await deploys.serving()).toBe(serving);
}

function expectNoGap({ tally, gapsMs }: CrowdReport): void {
  expect(tally).toEqual(newTally());
  expect([...new Set(Object.values(gapsMs).flat())]).toEqual([0]);
}
