import { afterEach, beforeEach, expect, jest, test } from "bun:test";
import { Connection } from "../../client/connection.ts";
import { settle } from "../../client/settings.ts";
import { Tokens } from "../../client/tokens.ts";
import { PlayedSocket } from "../support/played-server.ts";
import { signToken } from "../support/tokens.ts";

const url = "http://localhost";
const always = () => true;

let socket: PlayedSocket;
let connection: Connection;
beforeEach(() => {
  jest.useFakeTimers();
  socket = new PlayedSocket("", []);
  connection = new Connection(socket, { greeted() {}, heard() {}, ended() {}, tapped() {} }, 3_600_000);
});
afterEach(() => {
  connection.close();
  jest.useRealTimers();
});

/** Numbered tokens; a null fails. */
function tokensOf(...given: (string | null)[]) {
  const getToken = async () => {
    const token = given.shift();
    if (!token) throw new Error("not today");
    return token;
  };
  return new Tokens(settle({ url, getToken }));
}

const refreshed = () => socket.take("refresh_token").map(({ payload }) => payload.token);

test("a guest has none", async () => {
  expect(await new Tokens(settle({ url })).get()).toBeNull();
});

test("one is asked for once, and again when it is dropped", async () => {
  const tokens = tokensOf("one", "two");
  expect([await tokens.get(), await tokens.get()]).toEqual(["one", "one"]);
  tokens.drop();
  expect(await tokens.get()).toBe("two");
});

test("one that cannot be had is said so", async () => {
  await expect(tokensOf(null).get()).rejects.toMatchObject({ code: "no_token", retryable: true });
});

test("a new one is handed to the server", async () => {
  const tokens = tokensOf("one", "two");
  await tokens.get();
  await tokens.refresh(connection, always);
  expect([refreshed(), await tokens.get()]).toEqual([["two"], "two"]);
});

test("a new one that is hard to get is asked for again", async () => {
  const tokens = tokensOf("one", null, "two");
  await tokens.get();
  await tokens.refresh(connection, always);
  expect(refreshed()).toEqual([]);
  jest.advanceTimersByTime(5_000);
  await tokens.get();
  expect(refreshed()).toEqual(["two"]);
});

test("nothing is asked for a connection that is not wanted any more", async () => {
  const tokens = tokensOf("one", "two");
  await tokens.get();
  await tokens.refresh(connection, () => false);
  expect([refreshed(), await tokens.get()]).toEqual([[], "one"]);
});

test("the one token that there is cannot be refreshed", async () => {
  const tokens = new Tokens(settle({ url, token: "one" }));
  await tokens.get();
  await tokens.refresh(connection, always);
  expect(refreshed()).toEqual([]);
});

test("the picture is read from it, where there is one", async () => {
  const picture = "https://example.com/ä?a=b&c=>>>";
  const tokens = tokensOf(await signToken({ picture }), "no JWT", await signToken());
  const pictures: unknown[] = [tokens.picture];
  for (let count = 0; count < 3; count++) {
    await tokens.get();
    pictures.push(tokens.picture);
    tokens.drop();
  }
  expect(pictures).toEqual([null, picture, null, null]);
});
