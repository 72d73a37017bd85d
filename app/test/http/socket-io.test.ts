import { afterAll, beforeAll, expect, test } from "bun:test";
import { HttpWorld } from "../support/http-world.ts";
import { rawRequest, upgradeHeaders } from "../support/raw-request.ts";

let world: HttpWorld;
beforeAll(async () => {
  world = await HttpWorld.start();
});
afterAll(() => world.stop());

const polling = "/socket.io/?EIO=4&transport=polling";
const requests: [what: string, method: string, path: string, headers: Record<string, string>][] = [
  ["a poll", "GET", polling, {}],
  ["a post", "POST", `${polling}&sid=abc`, { "content-length": "0" }],
  ["an upgrade", "GET", "/socket.io/?EIO=4&transport=websocket", upgradeHeaders],
  ["its script", "GET", "/socket.io/socket.io.js", {}],
  ["no more than the name", "GET", "/socket.io", {}],
];

test.each(requests)(
  "%s of a Socket.IO client is told what to use instead",
  async (_what, method, path, headers) => {
    const answer = await rawRequest(world.url + path, method, headers);
    expect([answer.status, answer.headers.get("cache-control")]).toEqual([404, "no-store"]);
    const { error, websocket, docs } = JSON.parse(answer.body);
    expect(error.code).toBe("not_found");
    expect([websocket, docs]).toEqual(["/ws/chat/<connectionId>", "/docs"]);
  },
);
