import { describe, expect, test } from "bun:test";
import { EngineUnavailable } from "../../src/chat/engine.ts";
import { Feeds } from "../../src/chat/feeds.ts";
import type { RoomFeed } from "../../src/chat/room-feed.ts";
import { ChatWorld, settle } from "../support/chat-world.ts";

function feedsOf(world: ChatWorld, feedsMax?: number): Feeds {
  const owner = {
    connections: new Map(),
    viewersWithout: () => undefined,
    connectionsOf: () => [],
    onOpening: async () => {},
    onClosed: () => {},
    onEntered: () => {},
    onLeft: () => {},
  };
  return new Feeds(world.hub.context, owner, feedsMax);
}

const named = (room: string) => ({ room, log: room });

const taken = async (feeds: Feeds, room: string): Promise<RoomFeed> => {
  const feed = await feeds.take(named(room));
  if (feed === null) throw new Error("refused");
  return feed;
};

describe("the feeds of an instance", () => {
  test("are one for each room, opened once and kept until everybody gave it back", async () => {
    const world = new ChatWorld();
    const feeds = feedsOf(world);
    const askedBefore = world.engine.asked.subscribe;
    const [first, second] = await Promise.all([taken(feeds, "room:a"), taken(feeds, "room:a")]);
    expect(second).toBe(first);
    expect(world.engine.asked.subscribe - askedBefore).toBe(1);
    feeds.release(first);
    expect([feeds.count, world.followedLogs]).toEqual([1, ["room:a"]]);
    feeds.release(first);
    expect([feeds.count, world.followedLogs]).toEqual([0, []]);
  });

  test("are bounded; one that is given back makes room for another", async () => {
    const feeds = feedsOf(new ChatWorld(), 2);
    const feed = await taken(feeds, "room:a");
    await taken(feeds, "room:b");
    expect(await feeds.take(named("room:c"))).toBeNull();
    expect(await feeds.take(named("room:a"))).toBe(feed);
    feeds.release(feed);
    feeds.release(feed);
    expect(await feeds.take(named("room:c"))).not.toBeNull();
  });

  test("forget one that could not be opened before anybody can take it", async () => {
    const world = new ChatWorld();
    await settle();
    const feeds = feedsOf(world);
    const before = { ...world.engine.asked };
    const head = Promise.withResolvers<never>();
    const originalHead = world.engine.head.bind(world.engine);
    world.engine.head = () => head.promise;
    const failing = feeds.take(named("room:a")).catch((error: unknown) => error);
    await settle();
    const again = head.promise.catch(() => {
      world.engine.head = originalHead;
      return feeds.take(named("room:a"));
    });
    head.reject(new EngineUnavailable("down"));
    expect(await failing).toBeInstanceOf(EngineUnavailable);
    expect(await again).not.toBeNull();
    const { subscribe, head: heads } = world.engine.asked;
    expect([feeds.count, subscribe - before.subscribe, heads - before.head]).toEqual([1, 2, 1]);
    expect(world.followedLogs).toEqual(["room:a"]);
  });

  test("take no notice of a room that nobody is in", () => {
    const feeds = feedsOf(new ChatWorld());
    feeds.receive("room:a", []);
    expect(feeds.count).toBe(0);
  });
});
