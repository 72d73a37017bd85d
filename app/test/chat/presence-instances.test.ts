import { describe, expect, test } from "bun:test";
import { type ChatWorld, type Client, settle } from "../support/chat-world.ts";
import { ann, enter, listedAt, room, watchedRoom } from "../support/watched-room.ts";

const everywhere = (...news: string[]) => [news, news, news];

describe("a user who enters a room on one instance", () => {
  test("is told to the members on all, once, with name and image", async () => {
    const { b, watchers, told, after } = await watchedRoom();
    await enter(b);
    await after(0);
    expect(told()).toEqual(everywhere("+ann"));
    for (const { socket } of watchers)
      expect(socket.framesOf("user_joined").map(({ payload }) => payload)).toEqual([
        { room, userId: "ann", userName: "Ann", userImage: "https://example.org/ann.png" },
      ]);
  });

  test("and leaves is told to all after the grace, once", async () => {
    const { b, told, after } = await watchedRoom();
    (await enter(b)).vanish();
    await after(4999);
    expect(told()).toEqual(everywhere("+ann"));
    await after(1001);
    await after(20_000);
    expect(told()).toEqual(everywhere("+ann", "-ann"));
  });

  test("and again on another is told when the first leave was told, again", async () => {
    const { a, b, told, after } = await watchedRoom();
    (await enter(b)).vanish();
    await after(6000);
    await enter(a);
    await after(6000);
    expect(told()).toEqual(everywhere("+ann", "-ann", "+ann"));
  });

  test("is not told on an instance whose members may not see them", async () => {
    const { instances, a, b, watchers, told, after } = await watchedRoom();
    const change = { kind: "block_added", userId: "ann", otherId: "user-w0" } as const;
    await instances.engine.control(change, { userId: "x", at: 0, instance: "a" });
    await settle();
    (await enter(b)).vanish();
    await after(6000);
    expect(told()).toEqual([[], ["+ann", "-ann"], ["+ann", "-ann"]]);
    await enter(b);
    await after(0);
    const hidden = (await watchers[0]?.ask("presence", { room }))?.payload as { total: number };
    expect([hidden.total, (await listedAt(a)).total]).toEqual([3, 4]);
  });
});

describe("a user on two instances", () => {
  test("is told once, and leaves when the last socket has left", async () => {
    const { a, b, told, after } = await watchedRoom();
    const [phone, desk] = [await enter(a), await enter(b, "desk")];
    await after(6000);
    phone.vanish();
    await after(20_000);
    expect(told()).toEqual(everywhere("+ann"));
    desk.vanish();
    await after(4999);
    expect(told()).toEqual(everywhere("+ann"));
    await after(1001);
    expect(told()).toEqual(everywhere("+ann", "-ann"));
  });

  test("is listed once on each, with the sessions of both", async () => {
    const { a, b, c } = await watchedRoom();
    await enter(a);
    await enter(b, "desk");
    await enter(b, "tablet");
    await settle();
    const users = ["ann 3", "user-w0 1", "user-w1 1", "user-w2 1"];
    for (const world of [a, b, c]) expect(await listedAt(world)).toEqual({ users, total: 4 });
  });
});

describe("a user is shown to others", () => {
  const named = (name: string) => ({ ...ann, name });
  const nameAt = async (world: ChatWorld) => {
    const { payload } = await world.connect().ask("presence", { room });
    const users = payload.users as { userId: string; userName: string }[];
    return users.find(({ userId }) => userId === "ann")?.userName;
  };

  test("as the newest of their tokens there says", async () => {
    const { b, c } = await watchedRoom();
    await b.join("room:b", "desk", { user: named("Anna"), issuedAt: 1000 });
    await enter(b);
    await settle();
    expect(await nameAt(c)).toBe("Anna");
  });

  test("as the instance says that told of them last", async () => {
    const { a, b, c } = await watchedRoom();
    await enter(a, "phone", named("Anna"));
    await enter(b, "desk", named("Annie"));
    await settle();
    expect(await nameAt(c)).toBe("Annie");
    await enter(a, "tablet", named("Anna"));
    await settle();
    expect(await nameAt(c)).toBe("Anna");
  });
});

describe("nobody on any instance is told of", () => {
  const returns: [what: string, comeBack: (from: ChatWorld, to: ChatWorld, phone: Client) => unknown][] = [
    [
      "a reconnect to another instance",
      (_, to, phone) => {
        phone.vanish();
        return enter(to);
      },
    ],
    [
      "a handover",
      async (_, to, phone) => {
        await enter(to);
        phone.vanish();
      },
    ],
    [
      "a handover there and back",
      async (from, to, phone) => {
        const moved = await enter(to);
        phone.vanish();
        await enter(from);
        moved.vanish();
      },
    ],
    [
      "another device on another instance",
      async (_, to, phone) => {
        phone.vanish();
        await enter(to, "desk");
      },
    ],
  ];
  test.each(returns)("%s", async (_, comeBack) => {
    const { a, b, told, after } = await watchedRoom();
    const phone = await enter(a);
    await comeBack(a, b, phone);
    await after(20_000);
    expect(told()).toEqual(everywhere("+ann"));
    expect((await listedAt(b)).total).toBe(4);
  });

  test("a return at the last moment, to another instance", async () => {
    const { a, b, told, after } = await watchedRoom();
    (await enter(a)).vanish();
    await after(4900);
    await enter(b);
    await after(20_000);
    expect(told()).toEqual(everywhere("+ann"));
  });
});

describe("who is read again since news of a room were lost", () => {
  const ben = { id: "ben", name: "Ben", image: null };

  test("is there, and nobody else is", async () => {
    const { a, b, told, after } = await watchedRoom();
    await enter(b);
    await after(0);
    const present = [
      { instance: "b", user: ben, sessions: 1 },
      { instance: "b", user: { id: "user-w1", name: "w1", image: null }, sessions: 1 },
      { instance: "c", user: { id: "user-w2", name: "w2", image: null }, sessions: 1 },
    ];
    a.hub.presence.presenceRead(room, present);
    expect((await listedAt(a)).users).toEqual(["ann 0", "ben 1", "user-w0 1", "user-w1 1", "user-w2 1"]);
    await after(6000);
    expect(told()[0]).toEqual(["+ann", "+ben", "-ann"]);
  });

  test("is told of no more than by the news themselves", async () => {
    const { a, b, told, after } = await watchedRoom();
    await enter(b);
    await after(0);
    const { others } = a.hub.context.engine;
    a.hub.presence.presenceRead(room, await others.presenceElsewhere(room));
    await after(6000);
    expect(told()[0]).toEqual(["+ann"]);
    a.hub.presence.presenceRead("room:elsewhere", await others.presenceElsewhere(room));
    expect(a.hub.presence.total("room:elsewhere")).toBe(0);
  });
});
