import { afterAll, beforeAll, expect, test } from "bun:test";
import { eventually } from "../support/eventually.ts";
import { ServerHome } from "../support/server-home.ts";
import { signToken, tokenSecret, toSeconds } from "../support/tokens.ts";
import { WsClient } from "../support/ws-client.ts";

/** Over real sockets and the real topics between them: who is let in, who is put out, who is out of sight. */

let home: ServerHome;

beforeAll(async () => {
  home = await ServerHome.create();
  await home.start({ env: { JWT_SECRET: tokenSecret } });
});

afterAll(() => home[Symbol.asyncDispose]());

async function connect(sub: string, claims: object = {}, id = `${sub}-${crypto.randomUUID()}`) {
  const protocols = ["holdline.v1", `bearer.${await signToken({ sub, name: sub, ...claims })}`];
  return await WsClient.connect(`${home.url}/ws/chat/${id}`, { protocols });
}

async function call(sub: string, method: string, path: string, claims: object = {}): Promise<void> {
  const authorization = `Bearer ${await signToken({ sub, ...claims })}`;
  const response = await fetch(`${home.url}/api${path}`, { method, headers: { authorization } });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
}

const asAdmin = (method: string, path: string) => call("root", method, path, { scope: "admin" });
const say = (client: WsClient, room: string, content: string) =>
  client.ask("send_message", { room, content });
const seqsOf = (client: WsClient, room: string) =>
  client.frames.flatMap(({ type, payload }) =>
    payload.room === room && (type === "chat_message" || type === "skipped")
      ? [`${payload.seq} ${type}`]
      : [],
  );

test("a member who is removed hears nothing more on any socket, while the group goes on", async () => {
  const room = "group:removal";
  await asAdmin("PUT", `/rooms/${room}/members/bob`);
  const [phone, laptop] = [await connect("bob"), await connect("bob")];
  const carol = await connect("carol", { rooms: [room] });
  for (const client of [phone, laptop, carol]) expect((await client.join(room)).ok).toBe(true);
  await say(carol, room, "before");
  await eventually("the message", () => [phone, laptop].every((client) => seqsOf(client, room).length === 1));

  let isTalking = true;
  const talk = (async () => {
    while (isTalking) await say(carol, room, "meanwhile");
  })();
  await asAdmin("DELETE", `/rooms/${room}/members/bob`);
  isTalking = false;
  await talk;
  await say(carol, room, "after");
  for (const client of [phone, laptop]) {
    await client.event("room_left");
    await client.ask("ping", {});
    const leftAt = client.frames.findIndex(({ type }) => type === "room_left");
    expect(client.frames.slice(leftAt + 1).filter(({ payload }) => payload.room === room)).toEqual([]);
    expect(
      client.messages(room).map(({ payload }) => (payload.message as { content: string }).content),
    ).not.toContain("after");
    expect((await client.join(room)).ok).toBe(false);
  }
  for (const client of [phone, laptop, carol]) await client.close();
});

test("across a block there are only skipped places, until it ends", async () => {
  const room = "room:blocks";
  const [alice, bob, carol] = [await connect("alice"), await connect("bob"), await connect("carol")];
  for (const client of [alice, bob, carol]) await client.join(room);
  await call("alice", "PUT", "/blocks/bob");
  await say(bob, room, "1");
  await say(alice, room, "2");
  await say(carol, room, "3");
  await call("alice", "DELETE", "/blocks/bob");
  await say(bob, room, "4");
  await eventually("the last message", () => seqsOf(alice, room).includes("4 chat_message"));
  expect(seqsOf(alice, room)).toEqual(["1 skipped", "3 chat_message", "4 chat_message"]);
  expect(seqsOf(bob, room)).toEqual(["2 skipped", "3 chat_message"]);
  expect(seqsOf(carol, room)).toEqual(["1 chat_message", "2 chat_message", "4 chat_message"]);
  for (const client of [alice, bob, carol]) await client.close();
});

test("a user who is disconnected is told so, and nobody else is", async () => {
  const [phone, laptop] = [await connect("dave"), await connect("dave")];
  const other = await connect("erin");
  await asAdmin("PUT", "/users/dave/disconnect");
  expect([await phone.closed(), await laptop.closed()]).toEqual([4502, 4502]);
  expect(phone.frames.at(-1)).toMatchObject({ type: "goodbye", payload: { reason: "disconnected" } });
  expect((await other.ask("ping", {})).type).toBe("pong");
  await other.close();
});

test("a token ends its socket unless another one takes its place", async () => {
  const exp = toSeconds(Date.now()) + 3;
  const [lapsing, renewed] = [await connect("frank", { exp }), await connect("frank", { exp })];
  expect((await renewed.event("error")).payload.code).toBe("token_expired");
  const next = toSeconds(Date.now()) + 600;
  const answer = await renewed.ask("refresh_token", { token: await signToken({ sub: "frank", exp: next }) });
  expect(answer.payload).toEqual({ expiresAt: next * 1000 });
  expect(await lapsing.closed()).toBe(4003);
  expect(Date.now()).toBeGreaterThanOrEqual(exp * 1000);
  expect((await renewed.ask("ping", {})).type).toBe("pong");
  await renewed.close();
});

test("a refreshed token that opens less ends what it does not open", async () => {
  const client = await connect("grace", { rooms: ["group:*"] });
  for (const room of ["group:x", "group:y"]) await client.join(room);
  await client.ask("refresh_token", { token: await signToken({ sub: "grace", rooms: ["group:y"] }) });
  expect((await client.event("room_left")).payload).toEqual({ room: "group:x", reason: "forbidden" });
  expect((await client.ask("rooms", {})).payload).toEqual({ rooms: ["group:y"] });
  await client.close();
});

test("a user has no more than five sessions with a socket", async () => {
  const clients: WsClient[] = [];
  for (let index = 0; index < 5; index += 1) clients.push(await connect("heidi"));
  const authorization = `Bearer ${await signToken({ sub: "heidi" })}`;
  const refused = await fetch(`${home.url}/ws/chat/heidi-6`, { headers: { authorization } });
  expect([refused.status, await refused.json()]).toMatchObject([
    429,
    { error: { code: "connection_limit_user" } },
  ]);
  for (const client of clients) await client.close();
});
