import { afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { exists } from "node:fs/promises";
import { PlayedStack } from "../support/played-stack.ts";

setDefaultTimeout(60_000);

/** A command of each phase, and who serves if the script ends there in order. */
const moments: [phase: string, command: string, serves: "blue" | "green"][] = [
  ["preflight", "docker compose version", "blue"],
  ["build", "docker compose build", "blue"],
  ["start", "docker compose up", "blue"],
  ["ready", "websocket-green bun run --silent control status", "blue"],
  ["smoke", "silent smoke ", "blue"],
  ["probe", "silent probe", "blue"],
  ["switch", "[1-10]", "blue"],
  ["soak", "silent figures", "blue"],
  ["drain", "halfway of blue", "green"],
  ["verify", "docker stop -t 30", "green"],
  ["retire", "docker compose stop", "green"],
];

const done = "blue: stopped, green: 40";

let world: PlayedStack;

beforeEach(async () => {
  world = await PlayedStack.create();
});
afterEach(() => world[Symbol.asyncDispose]());

const begin = async (hold: string, soakSeconds = "1") => {
  await world.hold(hold);
  const deploy = world.spawn("green", "--soak", soakSeconds);
  await world.held();
  return deploy;
};

const runAgain = async () => {
  const { exitCode, output } = await world.deploy("green", "--soak", "0");
  expect([exitCode, output]).toEqual([0, expect.stringContaining("green serves")]);
  expect([await world.routed(), await world.sockets()]).toEqual(["green", done]);
  expect([await world.programs(), await world.read("cut")]).toEqual([[], ""]);
};

describe("a deploy", () => {
  test.each(moments)("that is killed in %s is finished by the next run", async (_phase, command) => {
    const { child, result } = await begin(command);
    child.kill("SIGKILL");
    await world.release();
    await result;
    await runAgain();
  });

  test.each(moments)(
    "that is interrupted in %s leaves one colour to all",
    async (_phase, command, serves) => {
      const { child, result } = await begin(command);
      child.kill("SIGINT");
      expect((await result).exitCode).toBe(130);
      await world.release();
      expect([await world.routed(), await world.read("cut")]).toEqual([serves, ""]);
      expect(await exists(world.path("blue/running"))).toBe(true);
      if (serves === "blue") expect(await world.sockets()).toBe("blue: 40, green: stopped");
      await runAgain();
    },
  );

  test("undoes to the end, whatever else is pressed", async () => {
    const { child, result } = await begin("silent figures", "60");
    await world.release();
    await world.hold("compose stop");
    child.kill("SIGINT");
    await world.held();
    child.kill("SIGINT");
    child.kill("SIGTERM");
    await world.release();
    expect((await result).exitCode).toBe(130);
    expect(await world.sockets()).toBe("blue: 40, green: stopped");
  });

  test("undoes to the end, however often it is pressed", async () => {
    const { child, result } = await begin("silent figures", "60");
    await world.release();
    const presses = setInterval(() => child.kill("SIGINT"), 20);
    const { exitCode } = await result.finally(() => clearInterval(presses));
    expect([exitCode, await world.routed(), await world.sockets()]).toEqual([
      130,
      "blue",
      "blue: 40, green: stopped",
    ]);
  });

  test("that is killed while it undoes is finished by the next run", async () => {
    await world.fail("silent figures");
    const { child, result } = await begin("compose stop");
    child.kill("SIGKILL");
    await world.release();
    await result;
    await world.fail();
    await runAgain();
  });

  test("keeps the image that a rollback would start, killed before and failing now", async () => {
    const { child, result } = await begin("silent smoke ");
    child.kill("SIGKILL");
    await world.release();
    await result;
    await world.fail("silent smoke ");
    expect((await world.deploy("green")).exitCode).toBe(7);
    expect(await world.read("images/holdline:green")).toBe("first");
  });

  test("moves what an interrupted one has left on the other colour, before it replaces that", async () => {
    const { child, result } = await begin("halfway of blue");
    child.kill("SIGKILL");
    await result;
    expect(await world.sockets()).toBe("blue: 20, green: 20");
    const { exitCode, output } = await world.deploy("blue", "--soak", "0");
    expect([exitCode, output]).toEqual([0, expect.stringContaining("20 sockets are still on blue")]);
    expect([await world.sockets(), await world.read("cut")]).toEqual(["blue: 40, green: stopped", ""]);
  });

  test("lets no other one begin meanwhile, and names itself", async () => {
    const { child, result } = await begin("silent figures");
    const second = await world.deploy("green");
    expect(second.exitCode).toBe(3);
    expect(second.output).toContain(`(process ${child.pid} on `);
    expect(await world.state()).toMatchObject({ outcome: "running", phase: "soak" });
    await world.release();
    expect((await result).exitCode).toBe(0);
    expect(await exists(world.statePath("holder"))).toBe(false);
  });

  test("goes on though nobody reads along any more", async () => {
    const { exitCode, output } = await world.deployUnread("green", "--soak", "0");
    expect([exitCode, output.split("\n").length]).toEqual([0, 2]);
    expect(await world.sockets()).toBe(done);
  });
});
