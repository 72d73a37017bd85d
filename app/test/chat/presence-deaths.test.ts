import { describe, expect, test } from "bun:test";
import { Presence } from "../../src/chat/presence.ts";
import type { LogFields } from "../../src/telemetry/log.ts";
import { noopLog } from "../../src/telemetry/log.ts";
import { ChatWorld, type Client, settle } from "../support/chat-world.ts";
import { ann, enter, listedAt, room, toldTo, watchedRoom } from "../support/watched-room.ts";

describe("an instance that dies", () => {
  /** Ann and Bob were on the third, and Ann on another one as well. */
  const widowed = async () => {
    const world = await watchedRoom();
    const { instances, a, c, watchers } = world;
    const desk = await enter(a, "desk");
    await enter(c);
    await enter(c, "bob", { id: "bob", name: "Bob", image: null });
    await settle();
    for (const { socket } of watchers) socket.texts.length = 0;
    instances.shared.kill("c");
    return { ...world, desk, told: () => world.told().slice(0, 2) };
  };

  test("takes its users along after the grace, each told once, on each of the others", async () => {
    const { b, told, after } = await widowed();
    await after(4999);
    expect([told(), (await listedAt(b)).total]).toEqual([[[], []], 4 + 1]);
    await after(1001);
    await after(20_000);
    const news = ["-user-w2", "-bob"];
    expect([told(), await listedAt(b)]).toEqual([
      [news, news],
      { users: ["ann 1", "user-w0 1", "user-w1 1"], total: 3 },
    ]);
  });

  test("has them listed as on the way from then on", async () => {
    const { a, b } = await widowed();
    const users = ["ann 1", "bob 0", "user-w0 1", "user-w1 1", "user-w2 0"];
    for (const world of [a, b]) expect(await listedAt(world)).toEqual({ users, total: 5 });
  });

  test("is noticed by nobody where all come back in time", async () => {
    const { a, b, told, after } = await widowed();
    await after(4000);
    await enter(a, "bob", { id: "bob", name: "Bob", image: null });
    await b.join(room, "w2");
    await after(20_000);
    expect([told(), (await listedAt(a)).total]).toEqual([[[], []], 5]);
  });

  test("lets those who come back first not be told of those who come back after them", async () => {
    const { instances, a, b, desk, watchers, after } = await widowed();
    for (const client of [desk, ...watchers]) client.vanish();
    await after(1000);
    const d = instances.start("d");
    const first = await d.join(room, "w2");
    await enter(d, "bob", { id: "bob", name: "Bob", image: null });
    await after(0);
    expect([toldTo(first), [a, b].map(({ hub }) => hub.roomCount)]).toEqual([[], [0, 0]]);
  });

  test("and comes back under its name is one like any other", async () => {
    const { instances, told, after } = await widowed();
    const again = instances.start("c");
    await again.join(room, "w2");
    await enter(again, "bob", { id: "bob", name: "Bob", image: null });
    await after(20_000);
    expect([told(), (await listedAt(again)).total]).toEqual([[[], []], 5]);
  });

  test("with a crowd is told in slices, all of it and each once", async () => {
    const { instances, c, told, after } = await watchedRoom({
      maxConnections: 0,
      presenceEventsMaxMembers: 0,
    });
    for (let index = 0; index < 450; index += 1) await c.join(room, `c${index}`);
    await settle();
    instances.shared.kill("c");
    const leftCount = () => told()[0]?.filter((news) => news.startsWith("-")).length;
    await after(5000);
    expect(leftCount()).toBe(200);
    await after(20);
    expect(leftCount()).toBe(400);
    await after(20);
    expect([leftCount(), new Set(told()[0]).size]).toEqual([451, 450 * 2 + 1]);
  });
});

describe("a crowd over several instances", () => {
  const totalsOf = ({ socket }: Client) =>
    socket.framesOf("presence_changed").map(({ payload }) => payload.total);

  test("is told as a total on each, by the same rule", async () => {
    const { a, b, watchers, told, after } = await watchedRoom({ presenceEventsMaxMembers: 4 });
    await enter(a);
    await after(0);
    (await b.join(room, "bob")).vanish();
    await after(10_000);
    expect(told()).toEqual(Array(3).fill(["+ann"]));
    expect(watchers.map(totalsOf)).toEqual(Array(3).fill([5, 4]));
  });

  test("that was there before is counted from the first change on", async () => {
    const { instances, a, after } = await watchedRoom({ presenceEventsMaxMembers: 2 });
    const d = instances.start("d");
    const late = await d.join(room, "late");
    await enter(a);
    await after(1000);
    expect([totalsOf(late), (await listedAt(d)).total]).toEqual([[5], 5]);
  });
});

describe("past the bound of users elsewhere", () => {
  const bounded = async () => {
    const world = new ChatWorld();
    const watcher = await world.join(room, "watcher");
    const feed = watcher.connection.feedOf(room);
    if (feed === undefined) throw new Error("the watcher is in the room");
    const warnings: LogFields[] = [];
    const log = { ...noopLog, warn: (_: string, fields: LogFields = {}) => void warnings.push(fields) };
    const presence = new Presence({ ...world.hub.context, log }, world.hub, { elsewhereMax: 4 });
    await presence.opening(feed);
    const say = (id: string, sessions: number | null, instance = "b") =>
      presence.presenceChanged(room, { instance, user: { ...ann, id }, sessions });
    const listed = () => Array.from(presence.users(room), ({ user }) => user.id).slice(1);
    return { world, watcher, feed, presence, warnings, say, listed };
  };

  test("who comes is neither told, listed nor counted, until somebody leaves", async () => {
    const { watcher, presence, warnings, say, listed } = await bounded();
    for (const id of ["u1", "u2", "u3", "u4", "u5", "u6"]) say(id, 1);
    const four = ["u1", "u2", "u3", "u4"];
    expect([listed(), toldTo(watcher)]).toEqual([four, four.map((id) => `+${id}`)]);
    expect([presence.total(room), presence.has(room, "u5")]).toEqual([4, false]);
    say("u5", null);
    say("u1", 2);
    say("u2", null);
    say("u6", 1);
    expect(listed()).toEqual(["u1", "u3", "u4", "u6", "u2"]);
    expect(warnings).toEqual([{ stage: "presence.elsewhere", usersMax: 4 }]);
  });

  test("each instance's share of a user counts", async () => {
    const { say, listed } = await bounded();
    for (const instance of ["b", "c", "d"]) say("u1", 1, instance);
    say("u2", 1);
    say("u3", 1);
    expect(listed()).toEqual(["u1", "u2"]);
    say("u1", null, "c");
    say("u3", 1);
    expect(listed()).toEqual(["u1", "u2", "u3"]);
  });

  test("places come back with a dead instance and with a room that is left", async () => {
    const { feed, presence, say, listed } = await bounded();
    for (const id of ["u1", "u2", "u3", "u4"]) say(id, 1);
    presence.instanceGone("b");
    for (const id of ["u5", "u6", "u7", "u8"]) say(id, 1, "c");
    expect(listed()).toEqual(["u5", "u6", "u7", "u8", "u1", "u2", "u3", "u4"]);
    presence.closed(feed);
    await presence.opening(feed);
    for (const id of ["v1", "v2", "v3", "v4"]) say(id, 1, "d");
    expect(listed()).toEqual(["v1", "v2", "v3", "v4", "u1", "u2", "u3", "u4"]);
  });

  test("is told of again when half of the places were free in between", async () => {
    const { warnings, say } = await bounded();
    const fill = () => {
      for (const id of ["u1", "u2", "u3", "u4", "u5"]) say(id, 1);
    };
    fill();
    for (const id of ["u1", "u2"]) say(id, null);
    fill();
    expect(warnings.length).toBe(1);
    for (const id of ["u1", "u2", "u3"]) say(id, null);
    fill();
    expect(warnings.length).toBe(2);
  });
});
