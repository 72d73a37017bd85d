import { describe, expect, test } from "bun:test";
import { EngineUnavailable } from "../../src/chat/engine.ts";
import { Feeds } from "../../src/chat/feeds.ts";
import type { RoomFeed } from "../../src/chat/room-feed.ts";
import { ChatWorld } from "../support/chat-world.ts";

function feedsOf(world: ChatWorld, feedsMax?: number): Feeds {
  return new Feeds(world.hub.context, new Map(), feedsMax);
}

const taken = async (feeds: Feeds, room: string): Promise<RoomFeed> => {
  const feed = await feeds.take(room);
  if (feed === null) throw new Error("refused");
  return feed;
};

describe("the feeds of an instance", () => {
  test("are one for each room, opened once and kept until everybody gave it back", async () => {
    const world = new ChatWorld();
    const feeds = feedsOf(world);
    const [first, second] = await Promise.all([taken(feeds, "room:a"), taken(feeds, "room:a")]);
    expect(second).toBe(first);
    expect(world.engine.asked.subscribe).toBe(1);
    feeds.release(first);
    expect([feeds.count, world.engine.subscribedRooms.size]).toEqual([1, 1]);
    feeds.release(first);
    expect([feeds.count, world.engine.subscribedRooms.size]).toEqual([0, 0]);
  });

  test("are bounded; one that is given back makes room for another", async () => {
    const feeds = feedsOf(new ChatWorld(), 2);
    const feed = await taken(feeds, "room:a");
    await taken(feeds, "room:b");
    expect(await feeds.take("room:c")).toBeNull();
    expect(await feeds.take("room:a")).toBe(feed);
    feeds.release(feed);
    feeds.release(feed);
    expect(await feeds.take("room:c")).not.toBeNull();
  });

  test("forget one that could not be opened before anybody can take it", async () => {
    const world = new ChatWorld();
    const feeds = feedsOf(world);
    world.engine.failsWith = (operation) => (operation === "head" ? new EngineUnavailable("down") : null);
    const failing = feeds.take("room:a");
    const isRefused = failing.catch((error: unknown) => error instanceof EngineUnavailable);
    const again = isRefused.then(() => {
      world.engine.failsWith = () => null;
      return taken(feeds, "room:a");
    });
    expect(await isRefused).toBe(true);
    await again;
    expect([feeds.count, [...world.engine.subscribedRooms]]).toEqual([1, ["room:a"]]);
  });

  test("take no notice of a room that nobody is in", () => {
    const feeds = feedsOf(new ChatWorld());
    feeds.receive("room:a", []);
    expect(feeds.count).toBe(0);
  });
});
