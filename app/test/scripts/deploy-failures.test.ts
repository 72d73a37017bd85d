import { afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { PlayedStack } from "../support/played-stack.ts";

setDefaultTimeout(60_000);

type Harm = (world: PlayedStack) => Promise<unknown>;

const nothingChanged = "blue: 40, green: stopped";
const write =
  (name: string, text = "") =>
  (world: PlayedStack) =>
    Bun.write(world.path(name), text);
const hurried = (harm: Harm): Harm => {
  return (world) => {
    world.hurry();
    return harm(world);
  };
};
const state = (fields: object) => (world: PlayedStack) =>
  Bun.write(world.statePath("state.json"), JSON.stringify(fields, null, 2));

/** Nobody has been moved when these are found; whoever is on blue stays there. */
const harmless: [what: string, exitCode: number, message: string, harm: Harm][] = [
  ["Docker is away", 4, "Docker does not answer", (world) => world.fail("docker info")],
  ["Compose is too old", 4, "Compose v2", (world) => world.fail("docker compose version")],
  ["the settings are wrong", 4, "do not fit together", (world) => world.fail("docker compose config")],
  ["Traefik is away", 4, "API does not answer", (world) => world.fail("api/http/services")],
  ["Traefik refuses users", 4, "is not answered by blue", (world) => world.fail("18080/health/live")],
  ["Redis is away", 4, "Redis is down", write("blue/unready")],
  ["both colours get traffic", 4, "both colours", (world) => world.route("blue", "green")],
  ["somebody has routed by hand", 4, "it was green", state({ outcome: "ok", active: "green" })],
  [
    "its notes cannot be kept",
    4,
    "cannot be written",
    (world) => Bun.write(world.statePath("state.json.new/x"), ""),
  ],
  ["the image is not built", 5, "could not be built", (world) => world.fail("compose build")],
  ["the new one does not start", 6, "could not be started", (world) => world.fail("compose up")],
  ["the new one restarts", 6, "stopped while it started", (world) => world.bear("restarts", "1")],
  [
    "the new one is never ready",
    6,
    "was not ready within 1 s",
    hurried((world) => world.bear("unready", "")),
  ],
  ["the new one is not what was built", 6, "says that it is", (world) => world.bear("version", "0.1.0+else")],
  ["the smoke test fails", 7, "failed its smoke test", (world) => world.fail("silent smoke ")],
  ["the load test fails", 7, "failed its load test", (world) => world.fail("silent smoke-load")],
  ["the probe does not begin", 7, "cannot talk through", (world) => world.fail("silent probe")],
  ["Traefik does not switch", 8, "its API does not show it", hurried(write("frozen"))],
  ["users still reach the old one", 8, "answered by another", hurried(write("stuck", "blue"))],
  ["something else leads to the old one", 8, "still gets new connections", hurried(write("leaking"))],
  ["the new one makes errors", 9, "green is not well", (world) => world.fail("silent figures")],
];

let world: PlayedStack;

beforeEach(async () => {
  world = await PlayedStack.create();
  await Bun.$`cp ${world.path("..", "traefik/dynamic/90-traffic.yml")} ${world.path("routed")}`;
});
afterEach(() => world[Symbol.asyncDispose]());

const deploy = (...args: string[]) => world.deploy("green", "--soak", "1", ...args);

describe("a deploy that fails", () => {
  test.each(harmless)("leaves everybody where they are: %s", async (_what, exitCode, message, harm) => {
    await harm(world);
    const result = await deploy();
    expect([result.exitCode, result.output]).toEqual([exitCode, expect.stringContaining(message)]);
    if (exitCode !== 4) expect(await world.routed()).toBe("blue");
    expect([await world.sockets(), await world.read("cut")]).toEqual([nothingChanged, ""]);
    expect(await world.programs()).toEqual([]);
  });

  test("keeps the image that a rollback would start", async () => {
    await world.fail("silent smoke ");
    await deploy();
    expect(await world.read("images/holdline:green")).toBe("first");
  });

  test("lets go of the lock, and the next one succeeds", async () => {
    await world.fail("silent smoke ");
    await deploy();
    await world.fail();
    expect((await deploy()).exitCode).toBe(0);
  });

  test("says in JSON what happened", async () => {
    await world.fail("compose build");
    const { stdout } = await deploy("--json");
    expect(JSON.parse(stdout)).toMatchObject({ exitCode: 5, outcome: "undone", active: "blue", probe: null });
  });

  test("shows the last lines of a colour before it stops it", async () => {
    await world.bear("restarts", "1");
    expect((await deploy()).output).toContain("a line of the log");
  });

  test("names the command to run where the colour serves already", async () => {
    const { exitCode, output } = await world.deploy("blue");
    expect([exitCode, output]).toEqual([4, expect.stringContaining("blue-green-deploy.sh green")]);
  });

  test("refuses a drain that cannot end in time, and says what would do", async () => {
    const { exitCode, output } = await deploy("--rate", "1", "--drain-timeout", "20");
    expect([exitCode, output]).toEqual([4, expect.stringContaining("--drain-timeout 85")]);
  });

  test("gives traffic back, and then the sockets that came meanwhile", async () => {
    await world.hold("silent figures");
    const { result } = world.spawn("green", "--soak", "1");
    await world.held();
    await Bun.write(world.path("green/connections"), "3\n");
    await world.fail("docker inspect --format {{.State.Running}} test-deploy-probe");
    await world.release();
    const { exitCode, output } = await result;
    expect([exitCode, output]).toEqual([9, expect.stringContaining("The probe pair stopped")]);
    expect([await world.routed(), await world.sockets()]).toEqual(["blue", "blue: 43, green: stopped"]);
    expect(await world.read("cut")).toBe("");
  });

  test("brings everybody back where a step of a canary does not do well", async () => {
    await world.hold("halfway of blue");
    const { result } = world.spawn("green", "--soak", "0", "--canary", "50");
    await world.held();
    await Bun.write(world.path("green/restarts"), "1");
    expect((await result).exitCode).toBe(9);
    expect([await world.routed(), await world.sockets()]).toEqual(["blue", "blue: 40, green: stopped"]);
    const deeds = (await world.deeds()).filter((deed) => deed.includes("control"));
    expect(deeds.map((deed) => /websocket-.*control \w+/.exec(deed)?.[0])).toEqual([
      "websocket-blue bun run --silent control drain",
      "websocket-blue bun run --silent control undrain",
      "websocket-green bun run --silent control drain",
    ]);
    expect(await world.read("cut")).toBe("");
  });

  test("sends nobody to a colour that dies while it is moved to", async () => {
    await world.hold("halfway of blue");
    const { result } = world.spawn("green", "--soak", "0");
    await world.held();
    await Bun.$`rm ${world.path("green/running")}`;
    const { exitCode, output } = await result;
    expect([exitCode, output]).toEqual([9, expect.stringContaining("green failed while blue was moving")]);
    expect(await world.routed()).toBe("blue");
    expect(
      (await world.deeds()).some((deed) => deed.includes("websocket-blue") && deed.includes("undrain")),
    ).toBe(true);
  });

  test("goes on with the new colour where not everybody moves", async () => {
    await world.fail("halfway of blue");
    const { exitCode, output } = await deploy();
    expect([exitCode, output]).toEqual([10, expect.stringContaining("Not everybody has left blue")]);
    expect([await world.routed(), await world.sockets()]).toEqual(["green", "blue: 20, green: 20"]);
    await world.fail();
    expect([(await deploy()).exitCode, await world.sockets()]).toEqual([0, "blue: stopped, green: 40"]);
  });

  test.each([
    ["lost", `"lost":1,"doubled":0,"disordered":0`, "1 lost"],
    ["doubled", `"lost":0,"doubled":2,"disordered":0`, "2 doubled"],
    ["out of order", `"lost":0,"doubled":0,"disordered":1`, "1 out of order"],
  ])("says aloud that a message was %s, and keeps the old colour", async (_what, counts, told) => {
    await Bun.write(world.path("verdict"), `{"event":"verdict","messages":9,${counts}}\n`);
    const { exitCode, output } = await deploy();
    expect([exitCode, output]).toEqual([11, expect.stringContaining(told)]);
    expect(await world.sockets()).toBe("blue: 0, green: 40");
  });

  test("proves nothing without a verdict", async () => {
    await Bun.write(world.path("verdict"), "");
    const { exitCode, output } = await deploy();
    expect([exitCode, output]).toEqual([11, expect.stringContaining("without a verdict")]);
  });

  test("prints the commands to run by hand where going back fails too", async () => {
    await world.fail("silent figures", "control undrain");
    const { exitCode, output } = await deploy();
    expect([exitCode, output]).toEqual([20, expect.stringContaining("write_traffic blue")]);
    expect((await world.state()).outcome).toBe("failed");
    await world.fail();
    expect([(await deploy()).exitCode, await world.sockets()]).toEqual([0, "blue: stopped, green: 40"]);
  });
});
