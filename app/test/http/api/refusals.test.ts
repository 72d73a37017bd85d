import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { apiRoutes } from "../../../src/http/api/api-routes.ts";
import { requestBodyBytesMax } from "../../../src/http/request-body-limit.ts";
import { ApiClient } from "../../support/api-client.ts";
import { eventually } from "../../support/eventually.ts";
import { HttpWorld } from "../../support/http-world.ts";
import { rawRequest } from "../../support/raw-request.ts";
import { signToken, tokenSecret } from "../../support/tokens.ts";

const missing = "0190a6e0-0000-7000-8000-000000000000";
const messages = "/rooms/room:a/messages";
const long = (length: number) => "x".repeat(length);
const userIds = (count: number) => Array.from({ length: count }, (_, index) => `u${index}`);

let world: HttpWorld;
let alice: ApiClient;
let backend: ApiClient;
/** A message of Alice's. */
let own: string;
beforeAll(async () => {
  world = await HttpWorld.start({ JWT_SECRET: tokenSecret, MESSAGES_PER_MINUTE: "0" });
  alice = await ApiClient.create(world.url);
  backend = await ApiClient.create(world.url, { sub: "backend", scope: "admin publish" });
  const { body } = await alice.call("POST", messages, { content: "hello", id: "first" });
  own = `${messages}/${body.messageId}`;
});
afterAll(() => world.stop());

type Case = [method: string, path: () => string, body: unknown, status: number, code: string];

const cases: Case[] = [
  ["POST", () => "/rooms/lobby/messages", { content: "a" }, 400, "bad_message"],
  ["POST", () => "/rooms/room:%61%2f/messages", { content: "a" }, 400, "bad_message"],
  ["POST", () => "/rooms/%ff/messages", { content: "a" }, 400, "bad_message"],
  ["POST", () => messages, {}, 400, "bad_message"],
  ["POST", () => messages, [], 400, "bad_message"],
  ["POST", () => messages, null, 400, "bad_message"],
  ["POST", () => messages, { content: "" }, 400, "bad_message"],
  ["POST", () => messages, { content: 7 }, 400, "bad_message"],
  ["POST", () => messages, { content: "\ud83d" }, 400, "bad_message"],
  ["POST", () => messages, { content: "a", meta: [] }, 400, "bad_message"],
  ["POST", () => messages, { content: "a", meta: { "\ud83d": 1 } }, 400, "bad_message"],
  ["POST", () => messages, { content: "a", id: "" }, 400, "bad_message"],
  ["POST", () => messages, { content: "a", id: long(65) }, 413, "too_large"],
  ["POST", () => messages, { content: "a", id: "\udc00" }, 400, "bad_message"],
  ["POST", () => messages, { content: "a", author: { id: "", name: "x" } }, 400, "bad_message"],
  ["POST", () => messages, { content: "a", author: { id: "x", name: "x" } }, 403, "forbidden"],
  ["POST", () => messages, { content: long(8001) }, 413, "too_large"],
  ["POST", () => messages, { content: "a", meta: { a: long(4096) } }, 413, "too_large"],
  ["POST", () => messages, { content: "a", other: long(requestBodyBytesMax) }, 413, "too_large"],
  ["POST", () => messages, { content: "another", id: "first" }, 409, "id_conflict"],
  ["POST", () => "/rooms/group:club/messages", { content: "a" }, 403, "forbidden"],
  ["POST", () => "/rooms/notifications:me/messages", { content: "a" }, 403, "forbidden"],
  ["GET", () => "/rooms/lobby/messages", undefined, 400, "bad_message"],
  ["GET", () => `${messages}/abc/reactions`, undefined, 400, "bad_message"],
  ["GET", () => `${messages}?unknown=%zz`, undefined, 400, "bad_message"],
  ["GET", () => `${messages}?limit=0`, undefined, 400, "bad_message"],
  ["GET", () => `${messages}?limit=101`, undefined, 400, "bad_message"],
  ["GET", () => `${messages}?limit=1e1`, undefined, 400, "bad_message"],
  ["GET", () => `${messages}?limit=`, undefined, 400, "bad_message"],
  ["GET", () => `${messages}?before=-1`, undefined, 400, "bad_message"],
  ["GET", () => `${messages}?before=99999999999999999999`, undefined, 400, "bad_message"],
  ["GET", () => `${messages}?limit=1&limit=2`, undefined, 400, "bad_message"],
  ["GET", () => `${messages}?limit=%zz`, undefined, 400, "bad_message"],
  ["GET", () => "/rooms/group:club/messages", undefined, 403, "forbidden"],
  ["PATCH", () => `${messages}/abc`, { content: "a" }, 400, "bad_message"],
  ["PATCH", () => `${messages}/${missing.toUpperCase()}`, { content: "a" }, 400, "bad_message"],
  ["PATCH", () => `${messages}/${missing}`, { content: "a" }, 404, "not_found"],
  ["PATCH", () => own.replace("room:a", "room:b"), { content: "a" }, 404, "not_found"],
  ["PATCH", () => own, { content: "a", id: "first" }, 409, "id_conflict"],
  ["DELETE", () => `${messages}/${missing}`, undefined, 404, "not_found"],
  ["DELETE", () => `${own}?id=${long(65)}`, undefined, 413, "too_large"],
  ["PUT", () => `${own}/reactions/${long(33)}`, undefined, 413, "too_large"],
  ["PUT", () => `${own}/reactions/%f0%9f%91`, undefined, 400, "bad_message"],
  ["PUT", () => `${messages}/${missing}/reactions/a`, undefined, 404, "not_found"],
  ["GET", () => `${messages}/${missing}/reactions`, undefined, 404, "not_found"],
  ["GET", () => `${own}/reactions?after=${long(1025)}`, undefined, 413, "too_large"],
  ["GET", () => "/rooms/notifications:me/presence", undefined, 403, "forbidden"],
  ["GET", () => "/rooms/group:club/presence", undefined, 403, "forbidden"],
  ["GET", () => "/rooms/room:a/members", undefined, 400, "bad_message"],
  ["GET", () => "/rooms/group:club/members", undefined, 403, "forbidden"],
  ["PUT", () => "/rooms/group:club/members/alice", undefined, 403, "forbidden"],
  ["DELETE", () => "/rooms/group:club/members/alice", undefined, 403, "forbidden"],
  ["PUT", () => "/blocks/alice", undefined, 403, "forbidden"],
  ["PUT", () => "/blocks/%00", undefined, 400, "bad_message"],
  ["PUT", () => `/blocks/${long(129)}`, undefined, 400, "bad_message"],
  ["PUT", () => "/users/bob/blocks/carol", undefined, 403, "forbidden"],
  ["DELETE", () => "/users/bob/blocks/carol", undefined, 403, "forbidden"],
  ["GET", () => "/users/bob", undefined, 403, "forbidden"],
  ["PUT", () => "/users/bob/disconnect", undefined, 403, "forbidden"],
  ["POST", () => "/notifications", { broadcast: true, payload: 1 }, 403, "forbidden"],
];

describe("a user without a scope", () => {
  test.each(cases.map(([method, path, body, ...refusal], index) => ({ index, method, path, body, refusal })))(
    "$index: $method is refused with $refusal",
    async ({ method, path, body, refusal }) => {
      const answer = await alice.call(method, path(), body);
      expect([answer.status, answer.code as string]).toEqual(refusal as [number, string]);
      expect(answer.headers.get("cache-control")).toBe("no-store");
    },
  );

  test("is refused everything that asks for one", async () => {
    for (const { scope, method, path, bodyExample } of apiRoutes) {
      if (scope === undefined) continue;
      const named = path.replaceAll(/:(\w+)/g, (_, name) => (name === "room" ? "group:club" : "bob"));
      expect((await alice.call(method, named, bodyExample)).code).toBe("forbidden");
    }
  });
});

describe("an author that a backend makes up is refused", () => {
  const authors: [what: string, author: object][] = [
    ["without a name", { id: "a" }],
    ["with an id that is none", { id: "a\n", name: "A" }],
    ["with half a character in its id", { id: "\ud83d", name: "A" }],
    ["with half a character in its name", { id: "a", name: "\ud83d" }],
    ["with an image that is no web address", { id: "a", name: "A", image: "javascript:alert(1)" }],
  ];
  test.each(authors)("%s", async (_what, author) => {
    const { status, code } = await backend.call("POST", messages, { content: "a", author });
    expect([status, code as string]).toEqual([400, "bad_message"]);
  });
});

describe("a notification is refused", () => {
  const notifications: [what: string, body: object, status: number][] = [
    ["without anybody to get it", { payload: 1 }, 400],
    ["for users and for all", { payload: 1, userIds: ["a"], broadcast: true }, 400],
    ["for nobody", { payload: 1, userIds: [] }, 400],
    ["that is no broadcast", { payload: 1, broadcast: false }, 400],
    ["without a payload", { userIds: ["a"] }, 400],
    ["for who cannot be a user", { payload: 1, userIds: ["a\n"] }, 400],
    ["with a lone surrogate", { payload: { a: ["\ud83d"] }, userIds: ["a"] }, 400],
    ["for too many", { payload: 1, userIds: userIds(1001) }, 413],
    ["with too large a payload", { payload: long(8192), userIds: ["a"] }, 413],
  ];
  test.each(notifications)("%s", async (_what, body, status) => {
    expect((await backend.call("POST", "/notifications", body)).status).toBe(status);
  });

  test("only beyond the limits", async () => {
    const largest = { payload: long(8190), userIds: userIds(1000) };
    expect((await backend.call("POST", "/notifications", largest)).body.users).toHaveLength(1000);
  });
});

const notUtf8 = Uint8Array.from(Buffer.from('{"content":"\xff"}', "latin1"));

describe("a body", () => {
  const bodies: [
    what: string,
    contentType: string | null,
    body: string | Uint8Array<ArrayBuffer>,
    status: number,
  ][] = [
    ["of another type", "text/plain", `{"content":"a"}`, 400],
    ["of a form", "application/x-www-form-urlencoded", "content=a", 400],
    ["of no type", null, `{"content":"a"}`, 400],
    ["that is no JSON", "application/json", "{content:a}", 400],
    ["that is empty", "application/json", "", 400],
    ["that is no UTF-8", "application/json", notUtf8, 400],
    ["with a charset", "Application/JSON; charset=utf-8", `{"content":"a"}`, 201],
    ["with unknown fields", "application/json", `{"content":"a","x":1,"__proto__":{"y":2}}`, 201],
  ];
  test.each(bodies)("%s is answered %p", async (_what, contentType, body, status) => {
    const authorization = `Bearer ${await signToken()}`;
    const type: Record<string, string> = contentType === null ? {} : { "content-type": contentType };
    const bytes = new Blob([body]);
    const response = await fetch(`${world.url}/api${messages}`, {
      method: "POST",
      headers: { authorization, ...type },
      body: await bytes.arrayBuffer(),
    });
    expect(response.status).toBe(status);
  });
});

describe("a body that is too large", () => {
  const post = async (body: ReadableStream, headers: Record<string, string> = {}) =>
    fetch(`${world.url}/api${messages}`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${await signToken()}`,
        "content-type": "application/json",
        ...headers,
      },
      body,
    });
  /** In pieces, so that nobody knows how long it will be. */
  const zeros = (bytes: number) => {
    let left = bytes;
    return new ReadableStream({
      pull(controller) {
        if (left === 0) return controller.close();
        const size = Math.min(left, 65_536);
        left -= size;
        controller.enqueue(new Uint8Array(size));
      },
    });
  };

  test("is refused for the length that it announces, before it comes", async () => {
    const { status, body } = await rawRequest(`${world.url}/api${messages}`, "POST", {
      authorization: `Bearer ${await signToken()}`,
      "content-type": "application/json",
      "content-length": String(requestBodyBytesMax + 1),
    });
    expect([status, JSON.parse(body).error.code]).toEqual([413, "too_large"]);
  });

  test("is refused if it announced no length", async () => {
    const response = await post(zeros(requestBodyBytesMax + 1));
    expect([response.status, await response.json()]).toMatchObject([413, { error: { code: "too_large" } }]);
  });

  test("by far is cut off, and is no fault of ours", async () => {
    world.measured.length = 0;
    expect((await post(zeros(3 * requestBodyBytesMax))).status).toBe(413);
    await eventually("the call's end", () => world.measured.some(({ status }) => status === 400));
    expect(world.logged.filter(({ event }) => event === "http.failed")).toEqual([]);
  });
});

test("a refusal says which field is wrong, not what it held", async () => {
  const { body } = await backend.call("POST", messages, { content: 7, meta: "planted", id: "planted" });
  expect(body.error.message).toBe("content: Expected string.");
  const tooLarge = await backend.call("POST", messages, { content: "a", meta: { planted: long(4096) } });
  expect(tooLarge.body.error.message).toBe("meta: expected at most 4096 bytes of JSON.");
});
