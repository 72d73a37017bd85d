import { describe, expect, test } from "bun:test";
import { errors } from "../../src/protocol/errors.ts";
import { ChatWorld, type Client, settle } from "../support/chat-world.ts";

const room = "room:a";
type Result = { ok: boolean; code?: string };

async function batch(client: Client, ...commands: unknown[]): Promise<Result[]> {
  const { payload } = await client.ask("batch", { commands });
  return payload.results as Result[];
}

const echo = { type: "message", payload: { content: "x" } };
const write = (id: string) => ({ type: "send_message", id, payload: { room, content: "x" } });
const many = (count: number, command: unknown = { type: "ping" }) => new Array(count).fill(command);
const codes = (results: readonly Result[]) => results.map(({ ok, code }) => (ok ? "ok" : code));

describe("commands in a batch", () => {
  test("count one by one towards the messages per minute", async () => {
    const client = await new ChatWorld({ messagesPerMinute: 3 }).join(room);
    client.send("message", { content: "x" });
    const results = await batch(client, echo, write("w1"), write("w2"), { type: "ping" }, echo);
    expect(codes(results)).toEqual(["ok", "ok", "rate_limited", "ok", "rate_limited"]);
  });

  test("say when to come back, in the result and for a write in its own frame", async () => {
    const world = new ChatWorld({ messagesPerMinute: 1 });
    const client = await world.join(room);
    const refused = { code: "rate_limited", ...errors.rate_limited, retryAfterMs: 60_000 };
    expect(await batch(client, echo, echo, write("w"))).toEqual([
      { ok: true, payload: { content: "x", count: 1 } },
      { ok: false, ...refused },
      { ok: false, ...refused },
    ] as Result[]);
    expect(client.socket.answerTo("w")).toEqual({ type: "error", id: "w", payload: refused });
    expect(world.limited).toEqual(["messages", "messages"]);
    expect(world.engine.logs.get(room)).toBeUndefined();
  });

  test("count one by one towards the commands per second, and the batch pays for the first", async () => {
    const world = new ChatWorld();
    const client = world.connect();
    expect(codes(await batch(client, ...many(50)))).toEqual(many(50, "ok"));
    world.clock.advance(200);
    expect(codes(await batch(client, ...many(12)))).toEqual([...many(10, "ok"), ...many(2, "rate_limited")]);
    expect(world.limited).toEqual(["commands", "commands"]);
  });

  test("count if they are none, too", async () => {
    const client = new ChatWorld().connect();
    await batch(client, ...many(48, { type: "fly" }));
    expect(codes(await batch(client, ...many(3, 7)))).toEqual(["bad_message", "bad_message", "rate_limited"]);
  });

  test("are counted when they run, so that those before may give them time", async () => {
    const world = new ChatWorld({ messagesPerMinute: 1 });
    const client = world.connect();
    world.engine.pauseAnswers();
    const answer = batch(client, echo, { type: "history", payload: { room } }, echo);
    await settle();
    world.clock.pause(60_000);
    world.engine.resumeAnswers();
    expect(codes(await answer)).toEqual(["ok", "ok", "ok"]);
  });
});
