import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { eventually } from "../support/eventually.ts";
import { hasRedis } from "../support/redis-server.ts";
import { ServersOnRedis } from "../support/servers-on-redis.ts";
import { signToken, tokenSecret } from "../support/tokens.ts";
import { WsClient } from "../support/ws-client.ts";

// Whole servers start here, on machines that may be busy.
setDefaultTimeout(60_000);

const env = { JWT_SECRET: tokenSecret };
const room = "room:away";
const group = "group:away";

async function connect(url: string, sub: string): Promise<WsClient> {
  const protocols = ["holdline.v1", `bearer.${await signToken({ sub, name: sub })}`];
  return await WsClient.connect(`${url}/ws/chat/${sub}-${crypto.randomUUID()}`, { protocols });
}

/** The verdict on a handshake. */
async function knock(url: string): Promise<number> {
  const authorization = `Bearer ${await signToken({ sub: "knocker" })}`;
  return (await fetch(`${url}/ws/chat/knocker`, { headers: { authorization } })).status;
}

async function asAdmin(url: string, method: string, path: string): Promise<number> {
  const authorization = `Bearer ${await signToken({ sub: "root", scope: "admin" })}`;
  return (await fetch(`${url}/api${path}`, { method, headers: { authorization } })).status;
}

const ready = async (url: string) => (await fetch(`${url}/health/ready`)).status;
const say = (client: WsClient, content: string) => client.ask("send_message", { room, content });
const codeOf = (answer: { payload: Record<string, unknown> }) => answer.payload.code;
const becomes = (what: string, is: () => Promise<boolean>) => eventually(what, is, { withinMs: 20_000 });

describe.skipIf(!hasRedis)("servers whose Redis is away (needs redis-server)", () => {
  test("keep their sockets, say within a second what cannot be done, and go on", async () => {
    await using all = await ServersOnRedis.start({ servers: 2, env });
    const [blue = "", green = ""] = all.urls;
    const [alice, bob] = [await connect(blue, "alice"), await connect(green, "bob")];
    for (const client of [alice, bob]) await client.join(room);
    await say(alice, "before");
    await bob.event("chat_message");
    all.redis.freeze();
    const startedAt = performance.now();
    const asked = [
      say(alice, "lost?"),
      alice.ask("history", { room }),
      bob.ask("join", { rooms: [{ room: "room:b" }] }),
    ];
    const [sent, history, joined] = await Promise.all(asked);
    expect(performance.now() - startedAt).toBeLessThan(3000);
    expect([sent, history].map((answer) => codeOf(answer as { payload: Record<string, unknown> }))).toEqual([
      "unavailable",
      "unavailable",
    ]);
    expect(JSON.stringify(joined)).toContain("unavailable");
    expect((await alice.ask("message", { content: "still here" })).type).toBe("message_response");
    expect(await knock(blue)).toBe(503);
    await becomes("nobody is ready", async () => (await ready(blue)) === 503 && (await ready(green)) === 503);
    all.redis.thaw();
    await becomes("all are ready", async () => (await ready(blue)) === 200 && (await ready(green)) === 200);
    await becomes("it is stored again", async () => (await say(bob, "after")).type === "message_response");
    await alice.until("what was said after", () =>
      alice.messages(room).find(({ payload }) => JSON.stringify(payload).includes("after")),
    );
    expect([alice.isClosed, bob.isClosed]).toEqual([false, false]);
  });

  test("start before it, unready, and wait for it", async () => {
    await using all = await ServersOnRedis.start({ servers: 1, env, isRedisAway: true });
    const [url = ""] = all.urls;
    expect([await ready(url), (await fetch(`${url}/health/live`)).status]).toEqual([503, 200]);
    await all.redis.start();
    await becomes("it is ready", async () => (await ready(url)) === 200);
    const client = await connect(url, "alice");
    await becomes("a room is joined", async () => (await client.join(room)).ok);
    expect((await say(client, "hello")).payload.seq).toBe(1);
  });
});

describe.skipIf(!hasRedis)("who loses a right while the bus is deaf (needs redis-server)", () => {
  test("is put out within 2 s: the control log is read where nothing is heard of it", async () => {
    await using all = await ServersOnRedis.start({ servers: 2, env });
    const [blue = "", green = ""] = all.urls;
    expect(await asAdmin(blue, "PUT", `/rooms/${group}/members/bob`)).toBeLessThan(300);
    const bob = await connect(green, "bob");
    expect((await bob.join(group)).ok).toBe(true);
    all.proxy.loses = () => true;
    await all.redis.cut(":subscriber");
    await asAdmin(blue, "DELETE", `/rooms/${group}/members/bob`);
    await bob.until("leaving", () => bob.frames.find(({ type }) => type === "room_left"), 4000);
    expect((await bob.join(group)).ok).toBe(false);
  });

  test("because Redis came back from before it was given is put out, and nobody else", async () => {
    await using all = await ServersOnRedis.start({ servers: 2, env });
    const [blue = "", green = ""] = all.urls;
    await asAdmin(blue, "PUT", `/rooms/${group}/members/alice`);
    await all.redis.snapshot();
    await asAdmin(blue, "PUT", `/rooms/${group}/members/bob`);
    const [alice, bob] = [await connect(green, "alice"), await connect(green, "bob")];
    for (const client of [alice, bob]) expect((await client.join(group)).ok).toBe(true);
    await all.redis.restore();
    await bob.until("leaving", () => bob.frames.find(({ type }) => type === "room_left"), 15_000);
    expect(alice.frames.filter(({ type }) => type === "room_left")).toEqual([]);
  });
});
