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

const read = (ids: string, total?: number) => {
  presence.await();
  presence.replace(listOf(ids, total));
};
const shown = () => [presence.users.map(({ userId }) => userId).join(""), presence.total];

test("the first list is no news", () => {
  read("ab");
  expect([news, shown()]).toEqual([[], ["ab", 2]]);
});

test("a list after a loss tells only what has changed", () => {
  read("abc");
  read("bcd");
  expect([news, shown()]).toEqual([
    ["+d", "-a"],
    ["bcd", 3],
  ]);
});

test("who comes and goes is told once", () => {
  read("a");
  presence.joined(user("b"));
  presence.joined(user("b"));
  presence.left(user("b"));
  expect([news, shown()]).toEqual([
    ["+b", "-b"],
    ["a", 1],
  ]);
});

test("who left while the list was on its way is not taken back by it, who came is not lost", () => {
  read("ab");
  presence.await();
  presence.left(user("a"));
  presence.joined(user("c"));
  presence.replace(listOf("ab"));
  expect([news, shown()]).toEqual([
    ["-a", "+c"],
    ["bc", 2],
  ]);
});

test("who comes while the first list is on its way is in it, who leaves is not", () => {
  presence.await();
  presence.joined(user("b"));
  presence.left(user("c"));
  presence.replace(listOf("abc"));
  expect([news, shown()]).toEqual([
    ["+b", "-c"],
    ["ab", 2],
  ]);
});

test("of a crowd only the total is known: nobody is said to have left", () => {
  read("ab", 500);
  read("bc", 499);
  expect([news, presence.total]).toEqual([[], 499]);
  presence.left(user("z"));
  expect([news, presence.total]).toEqual([["-z"], 498]);
});

test("a crowd that has become a few is not compared with what was seen of it", () => {
  read("ab", 500);
  read("cd");
  expect(news).toEqual([]);
});

test("after the room was left the next list is the first one again", () => {
  read("ab");
  presence.forget();
  expect(shown()).toEqual(["", 0]);
  read("c");
  expect(news).toEqual([]);
});
