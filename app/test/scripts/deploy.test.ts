import { afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { PlayedStack } from "../support/played-stack.ts";

setDefaultTimeout(60_000);

let world: PlayedStack;

beforeEach(async () => {
  world = await PlayedStack.create();
});
afterEach(() => world[Symbol.asyncDispose]());

const phases = "preflight build start ready smoke probe switch soak drain verify retire".split(" ");

describe("scripts/blue-green-deploy.sh", () => {
  test("moves everybody to the new colour and retires the old one", async () => {
    const { exitCode, output } = await world.deploy("green", "--soak", "1");
    expect([exitCode, output]).toEqual([0, expect.stringContaining("green serves (0.1.0+local)")]);
    expect([await world.routed(), await world.sockets()]).toEqual(["green", "blue: stopped, green: 40"]);
    expect([await world.programs(), await world.read("cut")]).toEqual([[], ""]);
    expect(await world.state()).toMatchObject({ outcome: "ok", active: "green", standby: "blue" });
  });

  test("does each thing before what depends on it", async () => {
    await world.deploy("green", "--soak", "1", "--rate", "50");
    const deeds = (await world.deeds()).map((deed) =>
      deed.replace(/--name .* --silent /, "").replace(/--tmpfs.*/, ""),
    );
    expect(deeds.map((deed) => deed.split(" --url")[0])).toEqual([
      "docker tag holdline:green holdline:green-before",
      "docker compose build websocket-green",
      "docker compose up --detach --no-deps --no-build --force-recreate websocket-green",
      "docker run smoke",
      "docker run smoke-load",
      "docker run probe",
      "docker exec test-websocket-blue bun run --silent control drain --follow --timeout 300 --rate 50 --percent 100",
      "docker compose stop --timeout 140 websocket-blue",
    ]);
  });

  test.each([
    [40, [], "--rate 20 "],
    [1000, [], "--rate 67 "],
    [9000, [], ""],
    [1000, ["--rate", "500"], "--rate 500 "],
    [1000, ["--drain-timeout", "35"], "--rate 100 "],
    [1000, ["--drain-timeout", "20"], ""],
  ])("moves %i slowly, where they have the time: %p", async (sockets, options, rate) => {
    await world.start("blue", sockets);
    expect((await world.deploy("green", "--soak", "0", ...options)).exitCode).toBe(0);
    const drain = (await world.deeds()).find((deed) => deed.includes("control drain"));
    expect(drain).toMatch(new RegExp(`--timeout \\d+ ${rate}--percent 100$`));
  });

  test("asks nobody how the new colour is while it hears of its end anyway", async () => {
    await world.deploy("green", "--soak", "0");
    const calls = (await world.read("calls")).split("\n");
    const [from, to] = ["docker wait test-websocket-green", "docker stop -t 30 test-deploy-probe"];
    const meanwhile = calls.slice(calls.indexOf(from) + 1, calls.indexOf(to));
    expect(calls).toContain(from);
    expect(meanwhile.filter((call) => call.includes("inspect") && call.includes("green"))).toEqual([]);
  });

  test("sends everybody back as quickly as the server lets them", async () => {
    await world.deploy("green", "--soak", "0");
    expect((await world.deploy("rollback")).exitCode).toBe(0);
    const drains = (await world.deeds()).filter((deed) => deed.includes("control drain"));
    expect(drains.at(-1)).toMatch(/--timeout \d+ --percent 100$/);
  });

  test("gives a colour that failed its load test a second try", async () => {
    await world.failOnce("silent smoke-load");
    const { exitCode, output } = await world.deploy("green", "--soak", "0");
    expect([exitCode, output]).toEqual([0, expect.stringContaining("2 checks; 200 sockets, p95 12 ms")]);
    const loads = (await world.deeds()).filter((deed) => deed.includes("silent smoke-load"));
    expect(loads.length).toBe(2);
  });

  test("tells each phase, and a verdict", async () => {
    const { output } = await world.deploy("green", "--soak", "0");
    const lines = output.split("\n").map((line) => line.trim().replace(/ +/g, " "));
    const told = lines.flatMap((line) => /^(\w+) ok [\d.]+ s/.exec(line)?.[1] ?? []);
    expect(told).toEqual(phases);
    expect(lines).toEqual(expect.arrayContaining(["sockets moved 40", "forced 0", "messages probed 120"]));
    expect(lines).toEqual(expect.arrayContaining(["lost 0", "longest gap without a live socket 3 ms"]));
  });

  test("keeps a history, a line per phase, and says so to Grafana", async () => {
    await world.deploy("green", "--soak", "0");
    const history = await world.history();
    expect(history.map(({ phase }) => phase)).toEqual(phases);
    expect(history.every(({ result, ms }) => result === "ok" && Number.isInteger(ms))).toBe(true);
    const annotations = (await world.read("calls"))
      .split("\n")
      .filter((call) => call.includes("annotations"));
    expect(annotations.length).toBe(phases.length);
    expect(annotations[6]).toContain('"tags":["holdline","deploy","switch"]');
    const board = await Bun.file(join(import.meta.dir, "../../../grafana/dashboards/deploy.json")).json();
    const shown = board.annotations.list.find(({ name }: { name: string }) => name === "Deploys");
    expect(shown.target).toMatchObject({ type: "tags", tags: ["holdline", "deploy"] });
  });

  test("keeps the younger half of a history that has grown long", async () => {
    await Bun.write(world.statePath("history.jsonl"), '{"phase":"old"}\n'.repeat(5001));
    await world.deploy("green", "--soak", "0");
    const history = await world.history();
    expect([history.length, history.at(-1)?.phase]).toEqual([2500 + phases.length, "retire"]);
  });

  test("names no secret among the arguments of programs, and prints none", async () => {
    const { output } = await world.deploy("green", "--soak", "0");
    expect(await world.read("environment")).toContain("JWT_SECRET=planted-secret");
    expect(await world.read("annotations")).toContain("planted-password");
    expect(output + (await world.read("calls"))).not.toContain("planted");
  });

  test("goes there and back again", async () => {
    await world.deploy("green", "--soak", "0");
    const { exitCode, output } = await world.deploy("blue", "--soak", "0");
    expect([exitCode, output]).toEqual([0, expect.stringContaining("blue serves")]);
    expect(await world.sockets()).toBe("blue: 40, green: stopped");
  });

  test("tags an image instead of building one", async () => {
    await Bun.write(world.path("images", "registry_holdline:7"), "seven");
    const { exitCode, output } = await world.deploy("green", "--soak", "0", "--image", "registry/holdline:7");
    expect([exitCode, output]).toEqual([0, expect.stringContaining("0.1.0+seven")]);
    expect((await world.deeds()).join()).not.toContain("compose build");
  });

  test("keeps the old colour, ready, if asked to", async () => {
    const { exitCode } = await world.deploy("green", "--soak", "0", "--keep-old");
    expect([exitCode, await world.sockets()]).toEqual([0, "blue: 0, green: 40"]);
    expect((await world.deeds()).at(-1)).toContain("control undrain");
    expect((await world.deploy("blue", "--soak", "0")).exitCode).toBe(0);
  });

  test("moves in steps and looks after each", async () => {
    const { exitCode } = await world.deploy("green", "--soak", "1", "--canary", "10,50");
    const calls = (await world.read("calls")).split("\n");
    const steps = calls.flatMap((call) => /--percent \d+|figures/.exec(call)?.[0] ?? []);
    expect(exitCode).toBe(0);
    expect(steps).toEqual(["figures", "--percent 10", "figures", "--percent 50", "figures", "--percent 100"]);
  });

  test("prints one JSON object on stdout, and lines on stderr", async () => {
    const { stdout, stderr } = await world.deploy("green", "--soak", "0", "--json");
    const result = JSON.parse(stdout);
    expect(result).toMatchObject({ outcome: "ok", exitCode: 0, target: "green", active: "green" });
    expect(result.drain).toEqual({ moved: 40, forced: 0, lost: 0, handshakesPerSecondPeak: 20 });
    expect([result.probe.lost, result.phases.length]).toEqual([0, phases.length]);
    expect(stderr).toContain("green serves");
  });

  test("changes nothing in a dry run", async () => {
    const { exitCode, output } = await world.deploy("green", "--dry-run");
    expect([exitCode, output]).toEqual([0, expect.stringContaining("docker compose build websocket-green")]);
    expect([await world.deeds(), await world.routed()]).toEqual([[], "blue"]);
    expect(await Bun.file(world.statePath("state.json")).exists()).toBe(false);
  });

  test("status tells who serves and what was last", async () => {
    await world.deploy("green", "--soak", "0");
    const { exitCode, output } = await world.deploy("status");
    expect([exitCode, output]).toEqual([0, expect.stringMatching(/new connections go to +green/)]);
    expect(output).toMatch(/green +0\.1\.0\+local, 40 sockets, running/);
    expect(output).toMatch(/last +deploy .* to green: ok in retire/);
    expect(JSON.parse((await world.deploy("status", "--json")).stdout)).toMatchObject({
      routed: "green",
      doAgree: true,
      isUnderWay: false,
      last: { outcome: "ok" },
    });
  });
});
