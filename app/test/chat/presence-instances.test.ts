import { describe, expect, test } from "bun:test";
import type { User } from "../../src/chat/identity.ts";
import { ChatInstances } from "../support/chat-instances.ts";
import { type ChatWorld, type Client, settle } from "../support/chat-world.ts";

const room = "room:a";
const ann: User = { id: "ann", name: "Ann", image: "https://example.org/ann.png" };

/** What a client was told of who came (+) and left (-). */
const toldTo = ({ socket }: Client): string[] =>
  socket
    .framesOf("user_joined", "user_left")
    .map(({ type, payload }) => `${type === "user_joined" ? "+" : "-"}${payload.userId}`);

/** Three instances, with somebody on each who watches; all who watch know of each other. */
async function watched(limits = {}) {
  const instances = new ChatInstances(limits);
  const [a, b, c] = [instances.start("a"), instances.start("b"), instances.start("c")];
  const watchers: Client[] = [];
  for (const [index, world] of [a, b, c].entries()) {
    watchers.push(await world.join(room, `w${index}`));
    await settle();
  }
  for (const { socket } of watchers) socket.texts.length = 0;
  const told = () => watchers.map(toldTo);
  const after = async (ms: number) => {
    await settle();
    instances.clock.advance(ms);
    await settle();
  };
  return { instances, a, b, c, watchers, told, after };
}

const join = (world: ChatWorld, connectionId = "phone", user = ann) =>
  world.join(room, connectionId, { user });
const everywhere = (...news: string[]) => [news, news, news];

async function listedAt(world: ChatWorld) {
  const { payload } = await world.connect().ask("presence", { room });
  const { users, total } = payload as { users: { userId: string; connections: number }[]; total: number };
  return { users: users.map(({ userId, connections }) => `${userId} ${connections}`).sort(), total };
}

describe("a user who enters a room on one instance", () => {
  test("is told to the members on all, once, with name and image", async () => {
    const { b, watchers, told, after } = await watched();
    await join(b);
    await after(0);
    expect(told()).toEqual(everywhere("+ann"));
    for (const { socket } of watchers)
      expect(socket.framesOf("user_joined").map(({ payload }) => payload)).toEqual([
        { room, userId: "ann", userName: "Ann", userImage: "https://example.org/ann.png" },
      ]);
  });

  test("and leaves is told to all after the grace, once", async () => {
    const { b, told, after } = await watched();
    (await join(b)).vanish();
    await after(4999);
    expect(told()).toEqual(everywhere("+ann"));
    await after(1001);
    await after(20_000);
    expect(told()).toEqual(everywhere("+ann", "-ann"));
  });

  test("and again on another is told when the first leave was told, again", async () => {
    const { a, b, told, after } = await watched();
    (await join(b)).vanish();
    await after(6000);
    await join(a);
    await after(6000);
    expect(told()).toEqual(everywhere("+ann", "-ann", "+ann"));
  });

  test("is not told on an instance whose members may not see them", async () => {
    const { instances, a, b, watchers, told, after } = await watched();
    const change = { kind: "block_added", userId: "ann", otherId: "user-w0" } as const;
    await instances.engine.control(change, { userId: "x", at: 0, instance: "a" });
    await settle();
    (await join(b)).vanish();
    await after(6000);
    expect(told()).toEqual([[], ["+ann", "-ann"], ["+ann", "-ann"]]);
    await join(b);
    await after(0);
    const hidden = (await watchers[0]?.ask("presence", { room }))?.payload as { total: number };
    expect([hidden.total, (await listedAt(a)).total]).toEqual([3, 4]);
  });
});

describe("a user on two instances", () => {
  test("is told once, and leaves when the last socket has left", async () => {
    const { a, b, told, after } = await watched();
    const [phone, desk] = [await join(a), await join(b, "desk")];
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
    const { a, b, c } = await watched();
    await join(a);
    await join(b, "desk");
    await join(b, "tablet");
    await settle();
    const users = ["ann 3", "user-w0 1", "user-w1 1", "user-w2 1"];
    for (const world of [a, b, c]) expect(await listedAt(world)).toEqual({ users, total: 4 });
  });
});

describe("nobody on any instance is told of", () => {
  const returns: [what: string, comeBack: (from: ChatWorld, to: ChatWorld, phone: Client) => unknown][] = [
    [
      "a reconnect to another instance",
      (_, to, phone) => {
        phone.vanish();
        return join(to);
      },
    ],
    [
      "a handover",
      async (_, to, phone) => {
        await join(to);
        phone.vanish();
      },
    ],
    [
      "a handover there and back",
      async (from, to, phone) => {
        const moved = await join(to);
        phone.vanish();
        await join(from);
        moved.vanish();
      },
    ],
    [
      "another device on another instance",
      async (_, to, phone) => {
        phone.vanish();
        await join(to, "desk");
      },
    ],
  ];
  test.each(returns)("%s", async (_, comeBack) => {
    const { a, b, told, after } = await watched();
    const phone = await join(a);
    await comeBack(a, b, phone);
    await after(20_000);
    expect(told()).toEqual(everywhere("+ann"));
    expect((await listedAt(b)).total).toBe(4);
  });

  test("a return at the last moment, to another instance", async () => {
    const { a, b, told, after } = await watched();
    (await join(a)).vanish();
    await after(4900);
    await join(b);
    await after(20_000);
    expect(told()).toEqual(everywhere("+ann"));
  });
});
