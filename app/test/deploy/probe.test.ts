import { expect, test } from "bun:test";
import { createClient } from "../../client/index.ts";
import { ClientWorld } from "../support/client-world.ts";
import { DeployProgram } from "../support/deploy-program.ts";
import { eventually } from "../support/eventually.ts";
import { signToken, tokenSecret } from "../support/tokens.ts";
import { TwoColors } from "../support/two-colors.ts";

const testMs = 60_000;
const room = "room:deploy-test";
const clean = { lost: 0, doubled: 0, disordered: 0 };

/** Ends the probe and gives its last line. */
async function verdictOf(probe: DeployProgram) {
  probe.signal("SIGTERM");
  const { exitCode, complaint } = await probe.exited();
  return { exitCode, complaint, verdict: probe.events.at(-1) };
}

test(
  "moves with a deploy, loses nothing and leaves nothing behind",
  async () => {
    await using world = await TwoColors.start({ MESSAGES_PER_MINUTE: "600" });
    await using probe = new DeployProgram("probe", ["--url", world.entry.url, "--room", room]);
    await probe.saw("ready");
    await world.moveToGreen();
    await probe.saw("moved", 2);
    const { exitCode, complaint, verdict } = await verdictOf(probe);
    expect(probe.events.slice(0, -1).map(({ event }) => event)).toEqual(["ready", "moved", "moved"]);
    expect(
      probe.events
        .slice(1, 3)
        .map(({ client }) => client)
        .sort(),
    ).toEqual([1, 2]);
    expect(probe.events[1]?.color).toBe("green");
    expect(verdict).toMatchObject({ event: "verdict", ...clean, handovers: 2, reconnects: 0, left: 0 });
    expect(verdict?.messages).toBeGreaterThanOrEqual(2);
    expect([exitCode, complaint, verdict?.longestGapMs]).toEqual([0, "", 0]);
    const client = createClient({ url: world.green });
    await client.room(room).join();
    expect((await client.room(room).history()).messages).toEqual([]);
    client.close();
  },
  testMs,
);

const secretEnv = { JWT_SECRET: tokenSecret };
const modes: [mode: string, server: Record<string, string>, probe: () => Promise<Record<string, string>>][] =
  [
    ["guests", {}, async () => ({})],
    ["signed", secretEnv, async () => secretEnv],
    [
      "tokens",
      secretEnv,
      async () => ({
        DEPLOY_PROBE_TOKENS: `${await signToken({ sub: "probe-a" })},${await signToken({ sub: "probe-b" })}`,
        JWKS_URL: "http://127.0.0.1:9/keys",
      }),
    ],
  ];
test.each(modes)(
  "as %s, at the pace that MESSAGES_PER_MINUTE allows",
  async (_mode, server, envOf) => {
    await using world = await ClientWorld.start({ MESSAGES_PER_MINUTE: "60", ...server });
    let refusals = 0;
    let stored = 0;
    world.proxy.rule = ({ from, frames }) => {
      for (const { type, payload } of from === "server" ? frames : []) {
        if (type === "error" && payload.code === "rate_limited") refusals += 1;
        if (type === "message_response" && payload.createdAt !== undefined) stored += 1;
      }
      return null;
    };
    await using probe = new DeployProgram("probe", ["--url", world.proxy.url], await envOf());
    await probe.saw("ready");
    await eventually("four more messages", () => stored >= 6, { withinMs: 30_000 });
    const { exitCode, verdict } = await verdictOf(probe);
    expect([exitCode, refusals]).toEqual([0, 0]);
    expect(verdict).toMatchObject({ ...clean, late: 0 });
  },
  testMs,
);

test(
  "a server that goes away for good is a loss, told in time",
  async () => {
    await using world = await ClientWorld.start();
    await using probe = new DeployProgram("probe", ["--url", world.proxy.url]);
    await probe.saw("ready");
    world.proxy.target = "http://127.0.0.1:9";
    world.proxy.cutAll();
    const attempts = world.proxy.accepted;
    await eventually("attempts to come back", () => world.proxy.accepted > attempts + 3);
    const { exitCode, verdict } = await verdictOf(probe);
    expect(exitCode).toBe(1);
    expect(verdict?.lost).toBeGreaterThan(0);
    expect(verdict?.longestGapMs).toBeGreaterThan(0);
  },
  testMs,
);

test(
  "an outage that ends is a gap, and no loss",
  async () => {
    await using world = await ClientWorld.start();
    await using probe = new DeployProgram("probe", ["--url", world.proxy.url]);
    await probe.saw("ready");
    world.proxy.cutAll();
    const { accepted } = world.proxy;
    await eventually("both", () => world.proxy.openConnections === 2 && world.proxy.accepted >= accepted + 2);
    const { exitCode, verdict } = await verdictOf(probe);
    expect([exitCode, verdict?.reconnects]).toEqual([0, 2]);
    expect(verdict).toMatchObject(clean);
    expect(verdict?.longestGapMs).toBeGreaterThan(0);
  },
  testMs,
);

test(
  "what takes more than a second is late, and no loss",
  async () => {
    await using world = await ClientWorld.start();
    let delayed = 0;
    world.proxy.rule = ({ from, frames }) => {
      const isOne = from === "server" && frames[0]?.type === "chat_message" && ++delayed === 3;
      return isOne ? { kind: "delay", ms: 1300 } : null;
    };
    await using probe = new DeployProgram("probe", ["--url", world.proxy.url]);
    await probe.saw("ready");
    await eventually("a delay", () => delayed > 4, { withinMs: 30_000 });
    const { exitCode, verdict } = await verdictOf(probe);
    expect([exitCode, verdict]).toEqual([0, expect.objectContaining(clean)]);
    expect(verdict?.late).toBeGreaterThan(0);
    expect(verdict?.latencyP99Ms).toBeGreaterThan(1000);
  },
  testMs,
);

test(
  "people who come are counted, as a deploy must not make any",
  async () => {
    await using world = await ClientWorld.start();
    await using probe = new DeployProgram("probe", ["--url", world.proxy.url, "--room", room]);
    await probe.saw("ready");
    const stranger = world.client();
    await stranger.room(room).join();
    let heard = 0;
    stranger.room(room).on("message", () => {
      heard += 1;
    });
    await eventually("more messages", () => heard > 3);
    const { verdict } = await verdictOf(probe);
    expect(verdict?.left).toBe(2);
  },
  testMs,
);

test("without tokens, beside JWKS_URL, it names what it needs", async () => {
  const token = await signToken({ sub: "the same" });
  for (const DEPLOY_PROBE_TOKENS of ["", `${token},${token}`]) {
    const env = { JWKS_URL: "http://127.0.0.1:9/keys", DEPLOY_PROBE_TOKENS };
    const { exitCode, complaint } = await DeployProgram.run("probe", [], env);
    expect([exitCode, complaint]).toEqual([1, expect.stringContaining("DEPLOY_PROBE_TOKENS")]);
  }
});

test(
  "who is refused for good says so, never the token",
  async () => {
    await using world = await ClientWorld.start({ JWT_SECRET: tokenSecret });
    const [one, two] = [await signToken({ sub: "a", exp: 1 }), await signToken({ sub: "b", exp: 1 })];
    const env = { DEPLOY_PROBE_TOKENS: `${one},${two}` };
    const { exitCode, complaint, lines } = await DeployProgram.run("probe", ["--url", world.proxy.url], env);
    expect([exitCode, complaint]).toEqual([1, expect.stringContaining("unauthorized")]);
    expect(JSON.parse(lines.at(-1) ?? "")).toMatchObject({ event: "verdict", messages: 0 });
    expect(complaint).not.toContain(one);
  },
  testMs,
);

const mistakes: [args: string[], complaint: string][] = [
  [["--room", "lobby"], "--room"],
  [["--room", "notifications:me"], "--room"],
  [["--url", "localhost"], "--url"],
  [["--nonsense"], "nonsense"],
];
test.each(mistakes)("%j: exit 64", async (args, complaint) => {
  const answer = await DeployProgram.run("probe", args);
  expect([answer.exitCode, answer.complaint]).toEqual([64, expect.stringContaining(complaint)]);
});
