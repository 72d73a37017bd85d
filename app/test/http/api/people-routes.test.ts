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
  alice = await ApiClient.create(world.url);
  bob = await ApiClient.create(world.url, { sub: "bob" });
  admin = await ApiClient.create(world.url, { sub: "root", scope: "admin" });
  backend = await ApiClient.create(world.url, { sub: "backend", scope: "publish" });
});
afterEach(() => world.stop());

const messages = "/rooms/room:a/messages";

describe("a group", () => {
  const group = "/rooms/group:club";

  test("is open to who was added, until they are removed", async () => {
    expect((await alice.get(`${group}/messages`)).code).toBe("forbidden");
    const added = await admin.call("PUT", `${group}/members/alice`);
    expect(added.body).toEqual({ room: "group:club", userId: "alice", isMember: true });
    await alice.send("hi", "group:club");
    expect((await alice.get(`${group}/members`)).body).toMatchObject({
      room: "group:club",
      members: [{ userId: "alice" }],
      next: null,
    });
    expect((await alice.get("/rooms")).body).toEqual({ rooms: ["group:club"], next: null });
    expect((await admin.call("DELETE", `${group}/members/alice`)).body.isMember).toBe(false);
    expect((await alice.get(`${group}/messages`)).code).toBe("forbidden");
  });

  test("has members whose ids hold any character, listed in pages", async () => {
    const ids = ["a b", "https://id.example/u?x=1#y", "Zoë 🦊", "%41"];
    for (const id of ids)
      expect((await admin.call("PUT", `${group}/members/${encodeURIComponent(id)}`)).body.userId).toBe(id);
    const first = (await admin.get(`${group}/members?limit=3`)).body;
    const rest = (await admin.get(`${group}/members?limit=3&after=${encodeURIComponent(first.next)}`)).body;
    const listed = [...first.members, ...rest.members].map(({ userId }: { userId: string }) => userId);
    expect(listed.sort()).toEqual(ids.toSorted());
    expect(rest.next).toBeNull();
  });
});

describe("a block", () => {
  test("hides both from each other, and ends", async () => {
    await bob.send();
    expect((await alice.call("PUT", "/blocks/bob")).body).toEqual({
      userId: "alice",
      otherId: "bob",
      isBlocked: true,
    });
    expect((await alice.get(messages)).body.messages).toEqual([]);
    expect((await alice.get("/blocks")).body).toMatchObject({ blocks: [{ userId: "bob" }], next: null });
    expect((await bob.get("/blocks")).body.blocks).toEqual([]);
    await alice.call("DELETE", "/blocks/bob");
    expect((await alice.get(messages)).body.messages).toHaveLength(1);
  });

  test("is set for others by an admin only", async () => {
    expect((await bob.call("PUT", "/users/alice/blocks/mallory")).code).toBe("forbidden");
    expect((await admin.call("PUT", "/users/alice/blocks/mallory")).status).toBe(200);
    expect((await alice.get("/blocks")).body.blocks).toMatchObject([{ userId: "mallory" }]);
    expect((await admin.call("DELETE", "/users/alice/blocks/mallory")).body.isBlocked).toBe(false);
  });
});

describe("a user", () => {
  test("is online while connected, and may be disconnected by an admin", async () => {
    const protocols = ["holdline.v1", `bearer.${await signToken()}`];
    const socket = await WsClient.connect(`${world.url}/ws/chat/s1`, { protocols });
    await socket.join("room:a");
    expect((await backend.get("/users/alice")).body).toMatchObject({ online: true, connections: 1 });
    expect((await bob.get("/rooms/room:a/presence")).body).toMatchObject({
      users: [{ userId: "alice", connections: 1 }],
      total: 1,
    });
    expect((await alice.get("/rooms")).body.rooms).toEqual(["room:a"]);
    expect((await admin.call("PUT", "/users/alice/disconnect")).body).toEqual({ userId: "alice" });
    expect(await socket.closed()).toBe(4502);
    expect((await backend.get("/users/alice")).body).toMatchObject({ online: false, connections: 0 });
  });

  test("who never was here is offline", async () => {
    expect((await backend.get("/users/nobody")).body).toEqual({
      userId: "nobody",
      online: false,
      connections: 0,
      lastSeen: null,
    });
  });
});

describe("a notification", () => {
  test("to users is kept for each of them, once", async () => {
    const request = { userIds: ["alice", "bob", "alice"], payload: { title: "x" }, id: "n-1" };
    const sent = await backend.call("POST", "/notifications", request);
    expect([sent.status, sent.body.users]).toEqual([
      200,
      [
        { userId: "alice", connections: 0 },
        { userId: "bob", connections: 0 },
      ],
    ]);
    expect((await backend.call("POST", "/notifications", request)).body.id).toBe(sent.body.id);
    const { body } = await bob.get("/rooms/notifications:me/messages");
    expect(body.messages).toMatchObject([{ id: sent.body.id, payload: { title: "x" }, seq: 1 }]);
  });

  test("to all is kept for everybody", async () => {
    const sent = await backend.call("POST", "/notifications", { broadcast: true, payload: "hi" });
    expect(sent.body.users).toEqual([]);
    expect((await alice.get("/rooms/notifications:all/messages")).body.messages).toMatchObject([
      { payload: "hi" },
    ]);
  });
});
