import { beforeEach, expect, test } from "bun:test";
import { RoomPresence } from "../../client/room-presence.ts";

const user = (userId: string) => ({ userId, userName: userId, userImage: null });
const listOf = (ids: string, total = ids.length) => ({
  users: [...ids].map((id) => ({ ...user(id), connections: 1 })),
  total,
});

let news: string[];
let presence: RoomPresence;
beforeEach(() => {
  news = [];
  presence = new RoomPresence({
    userJoined: ({ userId }) => void news.push(`+${userId}`),
    userLeft: ({ userId }) => void news.push(`-${userId}`),
  });
});

const read = (ids: string, total?: number) => presence.load(async () => listOf(ids, total));

/** Things happen between the question and the answer. */
const readWhile = (ids: string, meanwhile: () => void) =>
  presence.load(async () => {
    meanwhile();
    return listOf(ids);
  });
const shown = () => [presence.users.map(({ userId }) => userId).join(""), presence.total];

test("the first list is no news", async () => {
  await read("ab");
  expect([news, shown()]).toEqual([[], ["ab", 2]]);
});

test("a list after a loss tells only what has changed", async () => {
  await read("abc");
  await read("bcd");
  expect([news, shown()]).toEqual([
    ["+d", "-a"],
    ["bcd", 3],
  ]);
});

test("who comes and goes is told once", async () => {
  await read("a");
  presence.joined(user("b"));
  presence.joined(user("b"));
  presence.left(user("b"));
  expect([news, shown()]).toEqual([
    ["+b", "-b"],
    ["a", 1],
  ]);
});

test("who left while the list was on its way is not taken back by it, who came is not lost", async () => {
  await read("ab");
  await readWhile("ab", () => {
    presence.left(user("a"));
    presence.joined(user("c"));
  });
  expect([news, shown()]).toEqual([
    ["-a", "+c"],
    ["bc", 2],
  ]);
});

test("who comes while the first list is on its way is in it, who leaves is not", async () => {
  await readWhile("abc", () => {
    presence.joined(user("b"));
    presence.left(user("c"));
  });
  expect([news, shown()]).toEqual([
    ["+b", "-c"],
    ["ab", 2],
  ]);
});

test("of a crowd only the total is known: nobody is said to have left", async () => {
  await read("ab", 500);
  await read("bc", 499);
  expect([news, presence.total]).toEqual([[], 499]);
  presence.left(user("z"));
  expect([news, presence.total]).toEqual([["-z"], 498]);
});

test("a crowd that has become a few is not compared with what was seen of it", async () => {
  await read("ab", 500);
  await read("cd");
  expect(news).toEqual([]);
});

test("after the room was left the next list is the first one again", async () => {
  await read("ab");
  presence.forget();
  expect(shown()).toEqual(["", 0]);
  await read("c");
  expect(news).toEqual([]);
});

test("a list that cannot be read changes nothing, and the next one is asked for anew", async () => {
  await read("ab");
  const failed = await presence
    .load(() => Promise.reject(new Error("closed")))
    .catch((error) => error.message);
  expect([failed, shown()]).toEqual(["closed", ["ab", 2]]);
  await read("b");
  expect(news).toEqual(["-a"]);
});

test("several who ask at once get one answer", async () => {
  let questions = 0;
  const ask = async () => {
    questions += 1;
    return listOf("a");
  };
  await Promise.all([presence.load(ask), presence.load(ask)]);
  expect([questions, shown()]).toEqual([1, ["a", 1]]);
});
