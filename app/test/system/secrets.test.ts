import { expect, setDefaultTimeout, test } from "bun:test";
import { SecretsRun } from "../support/secrets-run.ts";
import { ServerHome } from "../support/server-home.ts";
import { canMakeSmallDisk, makeSmallDisk, type SmallDisk } from "../support/small-disk.ts";

// Processes start here, on machines that may be busy.
setDefaultTimeout(60_000);

const modes = ["development", "production"];

/** What the runs have to meet, or they would prove little. */
const refusals: [where: string, codes: string[]][] = [
  [
    "error frames",
    [
      "bad_message",
      "unknown_type",
      "unauthorized",
      "forbidden",
      "not_joined",
      "not_found",
      "too_large",
      "id_conflict",
    ],
  ],
  [
    "refusals",
    [
      "bad_request",
      "upgrade_required",
      "bad_message",
      "unauthorized",
      "not_found",
      "too_large",
      "id_conflict",
    ],
  ],
];

test.each(modes)("no token, no text and no secret is written where it does not belong: %s", async (mode) => {
  await using home = await ServerHome.create();
  const run = new SecretsRun(home);
  await run.startWrongly();
  await run.start({ NODE_ENV: mode });
  await run.authenticate();
  await run.talk();
  await run.callApi();
  const written = await expectNothingFound(run);
  expect(written.get("stdout")).toContain(run.userId);
  for (const [where, codes] of refusals)
    expect(codes.filter((code) => !written.get(where)?.includes(`"code":"${code}"`))).toEqual([]);
});

test.skipIf(!canMakeSmallDisk())("nor when it cannot be stored (needs root or gcc)", async () => {
  await using home = await ServerHome.create();
  await using disk: SmallDisk = await makeSmallDisk(home.directory);
  const run = new SecretsRun(home);
  await run.start(disk.env);
  await run.fillDisk(disk);
  await disk.free();
  const written = await expectNothingFound(run);
  expect(written.get("stdout")).toContain("engine.failed");
});

test("nor when the keys of tokens cannot be fetched", async () => {
  await using home = await ServerHome.create();
  const run = new SecretsRun(home);
  await run.startWithoutKeys();
  await run.authenticate();
  const written = await expectNothingFound(run);
  expect(written.get("refusals")).toContain("unavailable");
});

async function expectNothingFound(run: SecretsRun): Promise<ReadonlyMap<string, string>> {
  const written = await run.finish();
  expect([...written].flatMap(([where, text]) => run.secrets.findIn(where, text))).toEqual([]);
  const logs = [...written].filter(([, text]) => text.includes("server.started"));
  expect(logs.map(([where]) => where)).toEqual(["stdout", expect.stringMatching(/^application/)]);
  return written;
}
