import { expect, test } from "bun:test";
import { ClientProgram } from "../../support/client-program.ts";
import { ClientWorld, nextEvent } from "../../support/client-world.ts";
import { tokenSecret } from "../../support/tokens.ts";

const name = "room:cli";

test("what is piped in is sent in order, and the end of it waits until all is stored", async () => {
  await using world = await ClientWorld.start();
  const texts = Array.from({ length: 250 }, (_, index) => `line ${index}`);
  await using program = new ClientProgram("chat", ["--url", world.proxy.url, "--room", name]);
  program.type(...texts);
  const { exitCode, said } = await program.end();
  expect(exitCode).toBe(0);
  expect(said.map((line) => line.replace(/^\[\d+\] guest-\w+: /, ""))).toEqual(texts);
}, 15_000);

test("others' lines, changes, people and commands", async () => {
  await using world = await ClientWorld.start({ JWT_SECRET: tokenSecret });
  const env = { JWT_SECRET: tokenSecret };
  await using alice = new ClientProgram(
    "chat",
    ["--url", world.server.url, "--room", name, "--as", "alice"],
    env,
  );
  await using bob = new ClientProgram(
    "chat",
    ["--url", world.server.url, "--room", name, "--as", "bob"],
    env,
  );
  alice.type("hello", "/edit 1 hello there", "/react 1 👍", "/who", "/delete 1", "/history");
  expect(await alice.end()).toMatchObject({
    exitCode: 0,
    said: ["[1] alice: hello", "[1] is now: hello there", "[1] alice: 👍", "[1] was deleted"],
    noted: expect.stringContaining(" here: "),
  });
  bob.type("\x1b[31mred");
  const { exitCode, said } = await bob.end();
  expect([exitCode, said.at(-1)]).toEqual([0, "[5] bob: ␛[31mred"]);
}, 15_000);

test("a connection that is lost is noted, and what was typed meanwhile is stored once", async () => {
  await using world = await ClientWorld.start();
  const other = world.client({ url: world.server.url }).room(name);
  await other.join();
  await using program = new ClientProgram("chat", ["--url", world.proxy.url, "--room", name]);
  const first = nextEvent(other, "message");
  program.type("one");
  await first;
  world.proxy.rule = () => ({ kind: "cut", at: "before" });
  world.proxy.cutAll();
  program.type("two");
  const second = nextEvent(other, "message");
  world.proxy.rule = () => null;
  await second;
  const { exitCode, said, noted } = await program.end();
  expect([exitCode, said.map((line) => line.split(": ")[1])]).toEqual([0, ["one", "two"]]);
  expect(noted).toContain("not connected, next attempt in");
  expect(noted).toContain("connected again");
}, 15_000);

const failures: [what: string, lines: string[], args: string[], noted: string][] = [
  ["a text that is too long", ["x".repeat(8001)], [], "too_large"],
  ["a message that was never seen", ["/edit 9 x"], [], "There was no message [9]"],
  ["a command that there is not", ["/frobnicate"], [], "There is no such command"],
  ["a room that may not be joined", ["x"], ["--room", "group:staff"], "forbidden"],
  ["a token that is none", ["x"], ["--token", "a.b.c"], "unauthorized"],
];
test.each(failures)(
  "%s: exit 1",
  async (_what, lines, args, expected) => {
    await using world = await ClientWorld.start();
    await using program = new ClientProgram("chat", ["--url", world.server.url, ...args]);
    program.type(...lines);
    const { exitCode, noted } = await program.end();
    expect([exitCode, noted]).toEqual([1, expect.stringContaining(expected)]);
  },
  15_000,
);

const mistakes: [args: string[], env: Record<string, string>, noted: string][] = [
  [["--room", "lobby"], {}, "--room: expected"],
  [["--as", "a b"], {}, "connectionId: expected"],
  [["--as", "a\nb"], { JWT_SECRET: tokenSecret }, "--as: expected"],
  [["--url", "ftp://x"], {}, "url: expected"],
  [["--frob"], {}, "--frob"],
  [["more"], {}, "more"],
  [[], { PORT: "x" }, "PORT="],
];
test.each(mistakes)("%j is explained: exit 64", async (args, env, expected) => {
  await using program = new ClientProgram("chat", args, env);
  const { exitCode, said, noted } = await program.end();
  expect([exitCode, said, noted]).toEqual([64, [], expect.stringContaining(expected)]);
  expect(noted).toContain("Usage: bun run chat");
});
