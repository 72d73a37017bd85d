import { expect, test } from "bun:test";
import { Presence } from "../../src/chat/presence.ts";
import { ChatWorld, type Client } from "../support/chat-world.ts";
import type { Frame } from "../support/recording-sockets.ts";

const room = "room:a";

const nameOf = ({ type, payload }: Frame) => `${type} ${payload.userId}`;
const toldTo = ({ socket }: Client) => socket.framesOf("user_joined", "user_left").map(nameOf);

test("who could not come back while the process was paused may do so first", async () => {
  const world = new ChatWorld();
  const watcher = await world.join(room, "watcher");
  for (const name of ["back", "gone"]) (await world.join(room, name)).vanish();
  world.clock.pause(10_000);
  world.clock.advance(0);
  await world.join(room, "back");
  world.clock.advance(1000);
  expect(toldTo(watcher)).toEqual(["user_joined user-back", "user_joined user-gone", "user_left user-gone"]);
});

test("a crowd that leaves at once is told in slices, all of it and each once", async () => {
  const world = new ChatWorld({ presenceEventsMaxMembers: 0, maxConnections: 0 });
  const watcher = await world.join(room, "watcher");
  const crowd = await Promise.all(Array.from({ length: 450 }, () => world.join(room)));
  for (const client of crowd) client.vanish();
  const leftCount = () => new Set(toldTo(watcher).filter((news) => news.startsWith("user_left"))).size;
  world.clock.advance(5000);
  expect(leftCount()).toBe(200);
  world.clock.advance(20);
  expect(leftCount()).toBe(400);
  world.clock.advance(20);
  expect([leftCount(), toldTo(watcher).length]).toEqual([450, 900]);
});

test("past the bound of those who linger the longest gone leave early", async () => {
  const world = new ChatWorld();
  const watcher = await world.join(room, "watcher");
  const presence = new Presence(world.hub.context, world.hub, { lingeringMax: 40 });
  const feed = watcher.connection.feedOf(room);
  if (feed === undefined) throw new Error("the watcher is in the room");
  const gone = Array.from({ length: 41 }, (_, index) => world.connect(`g${index}`).connection);
  for (const connection of gone) presence.entered(feed, connection);
  expect(presence.total(room)).toBe(41);
  for (const connection of gone.slice(0, 40)) presence.left(feed, connection);
  expect(watcher.socket.framesOf("user_left")).toEqual([]);
  for (const connection of gone.slice(40)) presence.left(feed, connection);
  expect(watcher.socket.framesOf("user_left").map(nameOf)).toEqual([
    "user_left user-g0",
    "user_left user-g1",
  ]);
  expect(presence.total(room)).toBe(39);
});
