import { expect, test } from "bun:test";
import { ClientProgram } from "../../support/client-program.ts";
import { ClientWorld } from "../../support/client-world.ts";
import { plain429 } from "../../support/fault-proxy/fault.ts";
import { signToken, tokenSecret } from "../../support/tokens.ts";

const run = async (url: string, ...args: string[]) => {
  await using program = new ClientProgram("connections", ["--url", url, ...args]);
  return await program.end();
};

test("opens as many as it is told to, and sees an echo through each", async () => {
  await using world = await ClientWorld.start();
  const { exitCode, said } = await run(world.server.url, "--count", "40", "--per-second", "1000");
  expect(said.slice(-2)).toEqual([
    "40 of 40 connections open, 40 echoes, 0 lost",
    expect.stringMatching(/^40 connections opened in .* 0 of them lost; 40 of 40 echoes .* All is well\.$/),
  ]);
  expect(exitCode).toBe(0);
}, 15_000);

const direct = { TRUSTED_PROXIES: "192.0.2.1" };
const limits: [variable: string, code: string, env: Record<string, string>][] = [
  ["MAX_CONNECTIONS", "server_full", {}],
  ["MAX_CONNECTIONS_PER_IP", "connection_limit_ip", direct],
  ["MAX_CONNECTIONS_PER_USER", "connection_limit_user", { JWT_SECRET: tokenSecret }],
  ["HANDSHAKES_PER_SECOND_PER_IP", "handshake_rate", direct],
];
test.each(limits)(
  "the first refusal names %s",
  async (variable, code, env) => {
    await using world = await ClientWorld.start({ ...env, [variable]: "3" });
    const token = env.JWT_SECRET === undefined ? [] : ["--token", await signToken()];
    const { exitCode, said } = await run(world.server.url, "--count", "9", "--per-second", "1000", ...token);
    const verdict = `Stopped at 3 of 9 connections by ${code}: start the server with a higher ${variable}; 0 turns it off.`;
    expect([exitCode, said.at(-1)]).toEqual([1, verdict]);
  },
  15_000,
);

test("a proxy's refusal is told from the server's", async () => {
  await using world = await ClientWorld.start();
  world.proxy.rule = ({ from, kind }) => (from === "client" && kind === "head" ? plain429(1) : null);
  const { exitCode, said } = await run(world.proxy.url, "--count", "2");
  expect([exitCode, said.at(-1)]).toEqual([1, expect.stringContaining("a proxy in front of the server")]);
}, 15_000);

test("a connection that is lost is a loss", async () => {
  await using world = await ClientWorld.start();
  world.proxy.rule = ({ connection, from, frames }) =>
    connection === 2 && from === "client" && frames[0]?.type === "message"
      ? { kind: "cut", at: "before" }
      : null;
  const { exitCode, said } = await run(world.proxy.url, "--count", "5", "--per-second", "1000");
  expect([exitCode, said.at(-1)]).toEqual([
    1,
    expect.stringContaining("1 of them lost; 4 of 5 echoes came back"),
  ]);
}, 15_000);

test("more than this process may open is said before anything is opened", async () => {
  await using world = await ClientWorld.start();
  const program = `ulimit -n 200; exec bun client/cli/connections.ts --count 500 --url ${world.proxy.url}`;
  const child = Bun.spawn(["bash", "-c", program], { cwd: `${import.meta.dir}/../../..`, stderr: "pipe" });
  const noted = await new Response(child.stderr).text();
  expect([await child.exited, noted, world.proxy.accepted]).toEqual([
    1,
    expect.stringContaining("Run this first: ulimit -n 600"),
    0,
  ]);
});

test.each([["0"], ["-1"], ["x"], ["1.5"], ["28001"]])("--count %s: exit 64", async (count) => {
  const { exitCode, noted } = await run("http://localhost:1", `--count=${count}`);
  expect([exitCode, noted]).toEqual([64, expect.stringContaining("--count: expected 1 to 28000")]);
});
