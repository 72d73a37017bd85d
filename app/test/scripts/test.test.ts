import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { MadeUpCheckout } from "../support/made-up-checkout.ts";

const passes = `import { test } from "bun:test"; test("passes", () => {});`;
const fails = `import { test } from "bun:test"; test("fails", () => { throw new Error("no"); });`;
const skips = `import { test } from "bun:test"; test.skip('a "slow" disk (needs gcc)', () => {});`;
const skipsGroup = `import { describe, test } from "bun:test";
  describe.skip("a browser (needs chromium)", () => test("shows & tells", () => {}));`;
const doesNotLoad = `import "./missing.ts";`;
const crashes = `import { test } from "bun:test"; test("crashes", () => process.kill(process.pid, "SIGKILL"));`;

let checkout: MadeUpCheckout;

beforeEach(async () => {
  checkout = await MadeUpCheckout.create({
    "check:lint": "true",
    "check:types": "true",
    "check:unused": "true",
  });
  await checkout.linkBun("bin/bun");
  await checkout.write("app/test/unit.test.ts", passes);
  await checkout.write("app/test/system/system.test.ts", passes);
  await checkout.write("app/test/stack/stack.test.ts", passes);
});
afterEach(() => checkout.remove());

const runTests = (...args: string[]) => checkout.run("scripts/test.sh", args);

describe("scripts/test.sh", () => {
  test("counts each check and each test, and names what it skipped", async () => {
    const { exitCode, output, lastLine } = await runTests();
    expect(output).toContain("skip  shell scripts: shellcheck is not installed");
    expect(lastLine).toBe("6 passed, 0 failed");
    expect(exitCode).toBe(0);
  });

  test("fails under --all for what it had to skip", async () => {
    const { exitCode, lastLine } = await runTests("--all");
    expect(lastLine).toBe("6 passed, 1 failed");
    expect(exitCode).toBe(1);
  });

  test("names a test that skipped itself", async () => {
    await checkout.write("app/test/skips.test.ts", skips);
    const { output, lastLine } = await runTests();
    expect(output).toContain(`skip  unit: a "slow" disk (needs gcc)`);
    expect(lastLine).toBe("6 passed, 0 failed");
  });

  test("names a skipped test with its group, which tells the reason", async () => {
    await checkout.write("app/test/skips.test.ts", skipsGroup);
    const { output } = await runTests();
    expect(output).toContain("skip  unit: a browser (needs chromium) > shows & tells");
  });

  test("counts a test that skipped itself as failed under --all", async () => {
    await checkout.write("app/test/skips.test.ts", skips);
    expect((await runTests("--all")).lastLine).toBe("6 passed, 2 failed");
  });

  test("counts a failed check", async () => {
    await checkout.write(
      "app/package.json",
      JSON.stringify({ packageManager: `bun@${Bun.version}`, scripts: { "check:lint": "false" } }, null, 2),
    );
    const { exitCode, output, lastLine } = await runTests();
    expect(output).toContain("FAIL  lint and format");
    expect(lastLine).toBe("3 passed, 3 failed");
    expect(exitCode).toBe(1);
  });

  test.each([
    ["a failed test", fails],
    ["a file that does not load", doesNotLoad],
  ])("counts %s", async (_name, text) => {
    await checkout.write("app/test/broken.test.ts", text);
    const { exitCode, lastLine } = await runTests();
    expect(lastLine).toBe("6 passed, 1 failed");
    expect(exitCode).toBe(1);
  });

  test("names a failed test at the end, with what it failed of", async () => {
    await checkout.write("app/test/broken.test.ts", fails);
    expect((await runTests()).output).toMatch(/FAIL {2}unit: 1 of 2 tests failed\n +fails: no\n/);
  });

  test("counts a crash of the whole run", async () => {
    await checkout.write("app/test/system/crashes.test.ts", crashes);
    const { exitCode, lastLine } = await runTests();
    expect(lastLine).toBe("5 passed, 1 failed");
    expect(exitCode).toBe(1);
  });

  test("ends with the same line when it cannot even begin", async () => {
    await checkout.write("app/package.json", `{ "packageManager": "bun@0.0.0" }`);
    const { exitCode, lastLine } = await runTests();
    expect(lastLine).toBe("0 passed, 1 failed");
    expect(exitCode).toBe(1);
  });

  test("explains itself", async () => {
    const { exitCode, output } = await runTests("--help");
    expect(output).toContain("Usage:");
    expect(exitCode).toBe(0);
  });
});
