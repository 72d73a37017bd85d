import { describe, expect, test } from "bun:test";
import { ChatWorld, type Client, settle } from "../support/chat-world.ts";
import { identityOf } from "../support/identities.ts";
import { KnownTokens } from "../support/known-tokens.ts";

const start = 1_700_000_000_000;

function worldWith(...lifetimes: (number | null)[]) {
  const tokens = new KnownTokens();
  const world = new ChatWorld({ heartbeatIntervalMs: 0, connectionTimeoutMs: 0 }, tokens);
  const clients = lifetimes.map((ms, index) =>
    world.connect(`c${index}`, null, identityOf("alice", { expiresAt: ms === null ? null : start + ms })),
  );
  return { world, tokens, clients };
}

const warnings = ({ socket }: Client) => socket.framesOf("error").map(({ payload }) => payload.code);
const isOpen = ({ socket }: Client) => socket.closedWith === null;

test("a token is warned of once, 30 s before it expires, and ends its socket when it does", () => {
  const { world, clients } = worldWith(100_000);
  const client = clients[0] as Client;
  world.clock.advance(69_999);
  expect(warnings(client)).toEqual([]);
  world.clock.advance(1);
  expect(client.socket.framesOf("error")).toMatchObject([
    { payload: { code: "token_expired", retryable: true } },
  ]);
  world.clock.advance(29_999);
  expect([warnings(client).length, isOpen(client)]).toEqual([1, true]);
  world.clock.advance(1);
  expect(client.socket.closedWith).toEqual({ code: 4003, reason: "token_expired" });
  expect(client.socket.frames.at(-1)).toMatchObject({
    type: "goodbye",
    payload: { reason: "token_expired", closesInMs: 0, reconnect: true },
  });
});

test.each([
  [29_000, 1, true],
  [1500, 1, true],
  [1000, 0, false],
  [0, 0, false],
  [-3000, 0, false],
])("a token with %d ms left is warned of within a second if it lasts longer", (ms, warned, stays) => {
  const { world, clients } = worldWith(ms);
  world.clock.advance(1000);
  expect([warnings(clients[0] as Client).length, isOpen(clients[0] as Client)]).toEqual([warned, stays]);
});

test("each socket ends with its own token; a guest never does", () => {
  const { world, clients } = worldWith(50_000, 90_000, null);
  world.clock.advance(50_000);
  expect(clients.map(isOpen)).toEqual([false, true, true]);
  expect(clients.map((client) => warnings(client).length)).toEqual([1, 0, 0]);
  world.clock.advance(10_000_000);
  expect(clients.map(isOpen)).toEqual([false, false, true]);
});

describe("a refreshed token", () => {
  const refresh = async (client: Client, tokens: KnownTokens, ms: number) => {
    tokens.add("next", identityOf("alice", { expiresAt: start + ms }));
    await client.ask("refresh_token", { token: "next" });
  };

  test("lasts as long as it says, and is warned of once itself", async () => {
    const { world, tokens, clients } = worldWith(40_000);
    const client = clients[0] as Client;
    world.clock.advance(20_000);
    await refresh(client, tokens, 100_000);
    world.clock.advance(49_000);
    expect(warnings(client)).toEqual(["token_expired"]);
    world.clock.advance(30_000);
    expect([warnings(client).length, isOpen(client)]).toEqual([2, true]);
    world.clock.advance(1000);
    expect(isOpen(client)).toBe(false);
  });

  test("that expires earlier ends the socket earlier", async () => {
    const { world, tokens, clients } = worldWith(1_000_000);
    await refresh(clients[0] as Client, tokens, 5000);
    world.clock.advance(5000);
    await settle();
    expect(isOpen(clients[0] as Client)).toBe(false);
  });
});
