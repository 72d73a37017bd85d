import { afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { PlayedStack } from "../support/played-stack.ts";

setDefaultTimeout(60_000);

let world: PlayedStack;

beforeEach(async () => {
  world = await PlayedStack.create();
});
afterEach(() => world[Symbol.asyncDispose]());

const rollBack = async () => {
  const { exitCode, output } = await world.deploy("rollback");
  expect([exitCode, output]).toEqual([0, expect.stringContaining("blue serves")]);
  expect([await world.routed(), await world.sockets()]).toEqual(["blue", "blue: 40, green: stopped"]);
  expect([await world.programs(), await world.read("cut")]).toEqual([[], ""]);
  return output;
};

/** What a deploy is at when the rollback comes. */
const moments: [phase: string, command: string][] = [
  ["build", "docker compose build"],
  ["smoke", "silent smoke "],
  ["switch", "[1-10]"],
  ["soak", "silent figures"],
  ["drain", "halfway of blue"],
  ["retire", "docker compose stop"],
];

describe("scripts/blue-green-deploy.sh rollback", () => {
  test("starts the version before and moves everybody back", async () => {
    await world.deploy("green", "--soak", "0");
    await rollBack();
    expect(await world.state()).toMatchObject({
      command: "rollback",
      outcome: "ok",
      active: "blue",
      standby: "",
    });
  });

  test("builds and replaces nothing", async () => {
    await world.deploy("green", "--soak", "0");
    const before = (await world.deeds()).length;
    await rollBack();
    expect((await world.deeds()).slice(before).map((deed) => deed.split(" --name")[0])).toEqual([
      "docker compose up --detach --no-deps --no-build websocket-blue",
      "docker run",
      "docker exec test-websocket-green bun run --silent control drain --follow --timeout 300 --percent 100",
      "docker compose stop --timeout 140 websocket-green",
    ]);
  });

  test.each(moments)("takes over from a deploy that is in %s", async (_phase, command) => {
    await world.hold(command);
    const { result } = world.spawn("green", "--soak", "1");
    await world.held();
    const rolledBack = rollBack();
    expect((await result).exitCode).toBe(130);
    await world.release();
    expect(await rolledBack).not.toContain("nothing will be proven");
  });

  test("opens the old colour again before anybody is sent there", async () => {
    await world.hold("halfway of blue");
    const { result } = world.spawn("green", "--soak", "0");
    await world.held();
    await world.fail("control undrain");
    world.hurry();
    const { exitCode } = await world.deploy("rollback");
    await result;
    expect([exitCode, await world.routed()]).toEqual([6, "green"]);
  });

  test.each(["SIGKILL", "SIGINT"] as const)("is finished by the next one, after %s", async (signal) => {
    await world.deploy("green", "--soak", "0");
    await world.hold("halfway of green");
    const { child, result } = world.spawn("rollback");
    await world.held();
    child.kill(signal);
    await world.release();
    await result;
    await rollBack();
  });

  test("goes on without a proof where the probe cannot begin", async () => {
    await world.deploy("green", "--soak", "0");
    await world.fail("silent probe");
    await rollBack();
  });

  test("leaves a colour that does not answer", async () => {
    await world.deploy("green", "--soak", "0");
    await world.start("green", 0);
    await world.fail("test-websocket-green bun run");
    const { exitCode } = await world.deploy("rollback");
    expect([exitCode, await world.routed()]).toEqual([0, "blue"]);
    expect(await world.sockets()).toBe("blue: 0, green: stopped");
  });

  test("goes back to the version before after a deploy that failed", async () => {
    await world.deploy("green", "--soak", "0");
    await world.fail("silent smoke ");
    expect((await world.deploy("blue", "--soak", "0")).exitCode).toBe(7);
    await world.fail();
    await rollBack();
    expect(await world.read("blue/version")).toBe("0.1.0+first");
  });

  test("has nowhere to go before the first deploy, and after a rollback", async () => {
    expect((await world.deploy("rollback")).exitCode).toBe(4);
    await world.deploy("green", "--soak", "0");
    await rollBack();
    const { exitCode, output } = await world.deploy("rollback");
    expect([exitCode, output]).toEqual([4, expect.stringContaining("--image REF")]);
  });

  test("does not push another rollback aside", async () => {
    await world.deploy("green", "--soak", "0");
    await world.hold("halfway of green");
    const { result } = world.spawn("rollback");
    await world.held();
    expect((await world.deploy("rollback")).exitCode).toBe(3);
    await world.release();
    expect((await result).exitCode).toBe(0);
  });
});
