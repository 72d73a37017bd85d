import { expect, test } from "bun:test";
import { ClientWorld, nextEvent } from "../support/client-world.ts";
import { ManualClock } from "../support/manual-clock.ts";
import { signToken, tokenSecret } from "../support/tokens.ts";

const name = "room:traffic";
const withTokens = { JWT_SECRET: tokenSecret };
const tokenOf = async (sub: string, claims = {}) => ({ token: await signToken({ sub, ...claims }) });

test("what is sent too fast is stored all the same, in order", async () => {
  const clock = new ManualClock();
  await using world = await ClientWorld.start({ MESSAGES_PER_MINUTE: "300" }, clock);
  const client = world.client();
  let refused = 0;
  client.on("frame", ({ text }) => {
    if (!text.includes('"rate_limited"')) return;
    refused += 1;
    clock.advance(200);
  });
  const room = client.room(name);
  await room.join();
  const answers = await Promise.all(Array.from({ length: 303 }, (_, index) => room.send(`${index}`)));
  expect(answers.map(({ seq }) => seq)).toEqual(Array.from({ length: 303 }, (_, index) => index + 1));
  expect(refused).toBe(3);
}, 15_000);

test("one command more than may wait is refused, the others go when there is a connection", async () => {
  await using world = await ClientWorld.start();
  const client = world.client({ outboxMax: 2 });
  const room = client.room(name);
  await room.join();
  world.proxy.rule = () => ({ kind: "cut", at: "before" });
  world.proxy.cutAll();
  const sent = ["a", "b"].map((content) => room.send(content));
  await expect(room.send("c")).rejects.toMatchObject({ code: "outbox_full" });
  world.proxy.rule = () => null;
  expect((await Promise.all(sent)).map(({ seq }) => seq)).toEqual([1, 2]);
});

test("echo, ping and rooms", async () => {
  await using world = await ClientWorld.start(withTokens);
  const client = world.client(await tokenOf("alice", { rooms: ["group:a", "group:b"] }));
  await Promise.all(["group:a", name].map((each) => client.room(each).join()));
  expect(await client.echo({ any: ["thing", null] })).toEqual({
    content: { any: ["thing", null] },
    count: 1,
  });
  expect(await client.ping()).toBeGreaterThan(0);
  expect((await client.rooms()).toSorted()).toEqual(["group:a", "group:b", name]);
});

test("typing is told at most every three seconds, and that it has ended once", async () => {
  await using world = await ClientWorld.start();
  const client = world.client();
  const told: boolean[] = [];
  client.on("frame", ({ direction, text }) => {
    if (direction === "out" && text.includes(`"typing"`)) told.push(JSON.parse(text).payload.isTyping);
  });
  const room = client.room(name);
  await room.join();
  for (const isTyping of [true, true, true, false, false, true]) room.typing(isTyping);
  expect(told).toEqual([true, false, true]);
});

test("a refused room says why, and other rooms do not care", async () => {
  await using world = await ClientWorld.start(withTokens);
  const client = world.client(await tokenOf("alice"));
  const left = nextEvent(client.room("group:staff"), "left");
  await expect(client.room("group:staff").join()).rejects.toMatchObject({ code: "forbidden" });
  expect(await left).toEqual({ reason: "forbidden" });
  await client.room(name).join();
  await expect(client.room("group:staff").send("let me in")).rejects.toMatchObject({ code: "not_joined" });
});

test("who came while the connection was lost is told then, and nobody else", async () => {
  await using world = await ClientWorld.start(withTokens);
  const { url } = world.server;
  const [alice, bob, carol] = [
    world.client(await tokenOf("alice")).room(name),
    world.client({ url, ...(await tokenOf("bob")) }).room(name),
    world.client({ url, ...(await tokenOf("carol")) }).room(name),
  ];
  await Promise.all([alice.join(), bob.join()]);
  expect((await alice.presence()).total).toBe(2);
  const news: string[] = [];
  alice.on("userJoined", ({ userId }) => news.push(`+${userId}`));
  alice.on("userLeft", ({ userId }) => news.push(`-${userId}`));
  world.proxy.rule = () => ({ kind: "cut", at: "before" });
  world.proxy.cutAll();
  await carol.join();
  const again = nextEvent(alice, "presence");
  world.proxy.rule = () => null;
  expect((await again).total).toBe(3);
  expect(news).toEqual(["+carol"]);
});

test("who is removed from a room leaves it, with all that was under way there", async () => {
  await using world = await ClientWorld.start(withTokens);
  const client = world.client(await tokenOf("alice", { rooms: ["group:a"] }));
  const room = client.room("group:a");
  await room.join();
  const left = nextEvent(room, "left");
  const authorization = `Bearer ${await signToken({ sub: "root", scope: "admin" })}`;
  const url = `${world.server.url}/api/rooms/group:a/members/alice`;
  expect((await fetch(url, { method: "DELETE", headers: { authorization } })).ok).toBe(true);
  expect(await left).toEqual({ reason: "removed" });
  expect([room.isJoined, room.position]).toEqual([false, null]);
});
