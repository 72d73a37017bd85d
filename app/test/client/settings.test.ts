import { describe, expect, test } from "bun:test";
import { WebSocket as NodeWebSocket } from "ws";
import type { ClientOptions } from "../../client/options.ts";
import { settle } from "../../client/settings.ts";
import { isConnectionId } from "../../src/protocol/names.ts";

const url = "http://localhost:3001";

const urls: [given: string, base: string][] = [
  ["https://chat.example.com", "https://chat.example.com"],
  ["wss://chat.example.com", "https://chat.example.com"],
  ["ws://localhost:3001/", "http://localhost:3001"],
  ["http://[::1]:3001/under/a/path/?query#fragment", "http://[::1]:3001/under/a/path"],
];
test.each(urls)("%s is asked at %s", (given, base) => {
  expect(settle({ url: given }).base).toBe(base);
  expect(settle({ url: new URL(given) }).base).toBe(base);
});

const refused: [what: string, options: ClientOptions, message: string][] = [
  ["no URL outside a page", {}, "url: say where"],
  ["another protocol", { url: "ftp://chat.example.com" }, "url: expected http"],
  ["no URL at all", { url: "chat.example.com" }, "Invalid URL"],
  ["an id that is none", { url, connectionId: "a b" }, "connectionId: expected"],
  ["an id that is too long", { url, connectionId: "a".repeat(65) }, "connectionId: expected"],
];
test.each(refused)("%s is refused", (_what, options, message) => {
  expect(() => settle(options)).toThrow(TypeError);
  expect(() => settle(options)).toThrow(message);
});

describe("what is left out", () => {
  test("is a connectionId of its own", () => {
    const ids = [settle({ url }), settle({ url })].map(({ connectionId }) => connectionId);
    expect(ids.every(isConnectionId)).toBe(true);
    expect(ids[0]).not.toBe(ids[1]);
  });

  test("is a token: a guest; one token is fixed, a function's is not", () => {
    expect(settle({ url })).toMatchObject({ getToken: null, isTokenFixed: true });
    expect(settle({ url, token: "t" }).getToken?.()).toBe("t");
    expect(settle({ url, getToken: () => "t" }).isTokenFixed).toBe(false);
  });
});

test("the WebSocket of the package `ws` will do", () => {
  expect(settle({ url, WebSocket: NodeWebSocket }).WebSocket).toBe(NodeWebSocket);
});
