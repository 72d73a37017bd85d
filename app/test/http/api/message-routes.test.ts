import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { ApiClient } from "../../support/api-client.ts";
import { HttpWorld } from "../../support/http-world.ts";
import { signToken, tokenSecret } from "../../support/tokens.ts";
import { WsClient } from "../../support/ws-client.ts";

let world: HttpWorld;
let alice: ApiClient;
let bob: ApiClient;
let admin: ApiClient;
let backend: ApiClient;
beforeEach(async () => {
  world = await HttpWorld.start({ JWT_SECRET: tokenSecret });
  alice = await ApiClient.create(world.url, { name: "Alice", picture: "https://example.com/a.png" });
  bob = await ApiClient.create(world.url, { sub: "bob" });
  admin = await ApiClient.create(world.url, { sub: "root", scope: "admin" });
  backend = await ApiClient.create(world.url, { sub: "backend", scope: "publish" });
});
afterEach(() => world.stop());

const messages = "/rooms/room:a/messages";

describe("a message", () => {
  test("is stored, shown with who its token says, and answered again under the same id", async () => {
    const sent = { content: "hello", meta: { a: [1] }, id: "id-1" };
    const first = await alice.call("POST", messages, sent);
    expect([first.status, first.body.seq, first.body.duplicate]).toEqual([201, 1, false]);
    const again = await alice.call("POST", messages, sent);
    expect([again.status, again.body]).toEqual([200, { ...first.body, duplicate: true }]);
    const { body } = await bob.get(messages);
    expect(body.messages).toMatchObject([
      {
        id: first.body.messageId,
        clientId: "id-1",
        authorId: "alice",
        authorName: "Alice",
        authorImage: "https://example.com/a.png",
        content: "hello",
        meta: { a: [1] },
        seq: 1,
      },
    ]);
  });

  test("of a backend may show another author", async () => {
    const author = { id: "carol", name: "Carol", image: null };
    expect((await backend.call("POST", messages, { content: "hi", author })).status).toBe(201);
    const refused = await alice.call("POST", messages, { content: "hi", author });
    expect([refused.status, refused.code]).toEqual([403, "forbidden"]);
    const { body } = await alice.get(messages);
    expect(body.messages).toMatchObject([{ authorId: "carol", authorName: "Carol", authorImage: null }]);
  });

  test("is edited and deleted by its author, and by an admin", async () => {
    const path = await alice.send();
    const edit = { content: "changed", meta: { a: 1 }, id: "e-1" };
    const edited = await alice.call("PATCH", path, edit);
    expect([edited.status, edited.body.seq]).toEqual([200, 2]);
    expect((await alice.call("PATCH", path, edit)).body).toEqual({ ...edited.body, duplicate: true });
    expect((await bob.call("PATCH", path, { content: "mine" })).code).toBe("forbidden");
    expect((await bob.call("DELETE", path)).code).toBe("forbidden");
    expect((await bob.get(messages)).body.messages).toMatchObject([
      { content: "changed", meta: { a: 1 }, isEdited: true },
    ]);
    const deleted = await admin.call("DELETE", `${path}?id=d-1`);
    expect([deleted.status, deleted.body.duplicate]).toEqual([200, false]);
    expect((await admin.call("DELETE", `${path}?id=d-1`)).body.duplicate).toBe(true);
    expect((await bob.get(messages)).body.messages).toEqual([]);
    expect((await alice.call("DELETE", path)).code).toBe("not_found");
  });

  test("reaches who has joined the room on a socket", async () => {
    const socket = await WsClient.connect(`${world.url}/ws/chat/s1`, {
      protocols: ["holdline.v1", `bearer.${await signToken({ sub: "bob" })}`],
    });
    await socket.join("room:a");
    await alice.send("over REST");
    const frame = await socket.event("chat_message");
    expect(frame.payload).toMatchObject({ seq: 1, message: { content: "over REST", authorId: "alice" } });
    await socket.close();
  });
});

test("the past is read in pages, oldest first", async () => {
  for (const content of ["1", "2", "3"]) await alice.send(content);
  const newest = (await bob.get(`${messages}?limit=2`)).body;
  expect([newest.messages.map(({ content }: { content: string }) => content), newest.hasMore]).toEqual([
    ["2", "3"],
    true,
  ]);
  const older = (await bob.get(`${messages}?limit=2&before=${newest.messages[0].seq}`)).body;
  expect([older.messages.map(({ content }: { content: string }) => content), older.hasMore]).toEqual([
    ["1"],
    false,
  ]);
});

describe("a reaction", () => {
  test("is added once, listed with who it is of, and taken back", async () => {
    const path = await alice.send();
    const reaction = `${path}/reactions/${encodeURIComponent("👍🏽")}`;
    expect((await bob.call("PUT", reaction)).body).toMatchObject({ seq: 2, duplicate: false });
    expect((await bob.call("PUT", reaction)).body).toMatchObject({ seq: 2, duplicate: true });
    const { body } = await alice.get(`${path}/reactions`);
    expect(body).toMatchObject({ reactions: [{ emoji: "👍🏽", userId: "bob" }], next: null });
    expect((await alice.get(messages)).body.messages[0].reactions).toEqual([
      { emoji: "👍🏽", count: 1, mine: false },
    ]);
    const taken = (await bob.call("DELETE", `${reaction}?id=r-1`)).body;
    expect(taken).toMatchObject({ seq: 3, duplicate: false });
    await bob.call("PUT", reaction);
    expect((await bob.call("DELETE", `${reaction}?id=r-1`)).body).toEqual({ ...taken, duplicate: true });
    await bob.call("DELETE", reaction);
    expect((await alice.get(`${path}/reactions`)).body.reactions).toEqual([]);
  });

  test("may be any text, if it is escaped", async () => {
    const path = await alice.send();
    for (const emoji of ["a/b", "%", "?x=1#", "%2F", "a b", "+"])
      expect((await bob.call("PUT", `${path}/reactions/${encodeURIComponent(emoji)}`)).status).toBe(200);
    const { body } = await bob.get(`${path}/reactions?emoji=${encodeURIComponent("%2F")}`);
    expect(body.reactions.map(({ emoji }: { emoji: string }) => emoji)).toEqual(["%2F"]);
    expect((await bob.get(`${path}/reactions?emoji=a+b`)).body.reactions).toMatchObject([{ emoji: "a b" }]);
  });

  test("is listed in pages that hold each once", async () => {
    const path = await alice.send();
    for (const emoji of ["a", "b", "c"]) await bob.call("PUT", `${path}/reactions/${emoji}`);
    const seen: string[] = [];
    let after = "";
    for (let pages = 0; pages < 3; pages += 1) {
      const { body } = await alice.get(`${path}/reactions?limit=1${after}`);
      seen.push(...body.reactions.map(({ emoji }: { emoji: string }) => emoji));
      after = `&after=${encodeURIComponent(body.next ?? "")}`;
    }
    expect(seen).toEqual(["a", "b", "c"]);
  });
});

test("messages per minute are counted over all of a user's calls", async () => {
  await world.stop();
  world = await HttpWorld.start({ JWT_SECRET: tokenSecret, MESSAGES_PER_MINUTE: "2" });
  const limited = await ApiClient.create(world.url);
  const path = await limited.send();
  await limited.call("PUT", `${path}/reactions/a`);
  const refused = await limited.call("POST", messages, { content: "third" });
  expect([refused.status, refused.code]).toEqual([429, "rate_limited"]);
  const { retryAfterMs } = refused.body.error;
  expect(retryAfterMs).toBeGreaterThan(0);
  expect(Number(refused.headers.get("retry-after"))).toBe(Math.ceil(retryAfterMs / 1000));
  expect((await limited.get(messages)).status).toBe(200);
});

test("other requests are counted per second and user", async () => {
  const answers = await Promise.all(Array.from({ length: 60 }, () => alice.get("/blocks")));
  expect(answers.filter(({ status }) => status === 429).length).toBeGreaterThan(0);
  expect((await bob.get("/blocks")).status).toBe(200);
});
