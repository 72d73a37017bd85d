import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { DeployStack } from "../support/deploys/deploy-stack.ts";
import { isStackAsked } from "../support/stack.ts";

const startMs = 180_000;
const testMs = 1_200_000;

/**
 * What two cores carry that others use too. `HOLDLINE_PROOF_SOCKETS=2000` where they are this test's alone, 9000 where
 * there are more.
 */
const sockets = process.env.HOLDLINE_PROOF_SOCKETS ?? "400";
const flips = "5";
const steadySeconds = "20";

let deploys: DeployStack;

describe.skipIf(!isStackAsked)("five deploys under load (HOLDLINE_STACK=1)", () => {
  beforeAll(async () => {
    deploys = await DeployStack.start({ DRAIN_GRACE: "5000" });
  }, startMs);
  afterAll(() => deploys?.[Symbol.asyncDispose](), startMs);

  test(
    "are noticed by nobody",
    async () => {
      const options = ["--sockets", sockets, "--flips", flips, "--steady", steadySeconds];
      const deploy = ["--", "--image", deploys.good, "--soak", "1"];
      const { exitCode, text } = await deploys.stack.tryTo(
        "scripts/load/deploy-proof.sh",
        ...options,
        ...deploy,
      );
      console.log(text);
      expect(exitCode).toBe(0);
    },
    testMs,
  );
});
