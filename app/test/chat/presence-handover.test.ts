import { expect, test } from "bun:test";
import { type ChatWorld, type Client, settle } from "../support/chat-world.ts";
import { ann, listedAt, room, watchedRoom } from "../support/watched-room.ts";

/** Ann is on the first of three instances: in how many sessions each says, and whether it told of her since. */
async function handedOver() {
  const world = await watchedRoom();
  const { a, b, c, watchers, told } = world;
  const connect = (to: ChatWorld, connectionId = "phone") => to.entered(connectionId, null, { user: ann });
  const join = (client: Client) => client.ask("join", { rooms: [{ room }] });
  const listed = async () => {
    await settle();
    const lists = await Promise.all([a, b, c].map(listedAt));
    expect(lists.map(({ total }) => total)).toEqual([4, 4, 4]);
    return lists.map(({ users }) => Number(users[0]?.replace("ann ", "")));
  };
  const phone = await connect(a);
  await join(phone);
  await settle();
  for (const { socket } of watchers) socket.texts.length = 0;
  const silent = async () => {
    await world.after(20_000);
    return told().flat().length === 0;
  };
  /** Tells the connections of an instance to move, and gives them time. */
  const drain = async ({ hub }: ChatWorld) => {
    hub.drain.begin({ ratePerSecond: 1000, graceMs: 60_000 });
    await world.after(1000);
  };
  return { ...world, phone, connect, join, listed, silent, drain };
}

test("a session that moves is listed all the time, and counts where its newest socket is", async () => {
  const { b, phone, connect, join, listed, silent } = await handedOver();
  expect(await listed()).toEqual([1, 1, 1]);
  const moved = await connect(b);
  expect(await listed()).toEqual([0, 0, 0]);
  await join(moved);
  expect(await listed()).toEqual([1, 1, 1]);
  phone.vanish();
  expect(await listed()).toEqual([1, 1, 1]);
  expect(await silent()).toBe(true);
});

test("a session whose new socket dies first counts where the old one is, again", async () => {
  const { a, b, connect, join, listed, silent, drain } = await handedOver();
  await drain(a);
  const moved = await connect(b);
  await join(moved);
  expect(await listed()).toEqual([1, 1, 1]);
  moved.vanish();
  expect(await listed()).toEqual([1, 1, 1]);
  expect(await silent()).toBe(true);
});

test("a session that moves back to where it has a socket counts there once", async () => {
  const { a, b, connect, join, listed, silent } = await handedOver();
  await join(await connect(b));
  expect(await listed()).toEqual([1, 1, 1]);
  await join(await connect(a));
  expect(await listed()).toEqual([1, 1, 1]);
  expect(await silent()).toBe(true);
});

test("of a user's two sessions the one that stays is counted while the other moves", async () => {
  const { a, b, phone, connect, join, listed, silent } = await handedOver();
  await join(await connect(a, "desk"));
  expect(await listed()).toEqual([2, 2, 2]);
  const moved = await connect(b);
  expect(await listed()).toEqual([1, 1, 1]);
  await join(moved);
  expect(await listed()).toEqual([2, 2, 2]);
  phone.vanish();
  expect(await listed()).toEqual([2, 2, 2]);
  expect(await silent()).toBe(true);
});

/** What is said to the other instances from now on. */
function overhear({ instances }: Awaited<ReturnType<typeof handedOver>>): string[] {
  const said: string[] = [];
  const { presence } = instances.shared;
  const set = presence.set.bind(presence);
  presence.set = (instance, name, user, sessions) => {
    said.push(`${instance} ${name} ${user.id} ${sessions}`);
    set(instance, name, user, sessions);
  };
  return said;
}

test("a second socket of the same session is not told to the others", async () => {
  const world = await handedOver();
  const said = overhear(world);
  const second = await world.connect(world.a);
  await world.join(second);
  second.vanish();
  expect(said).toEqual([]);
});

test("nothing is told of who reads notifications, nor of a room that a socket is not in", async () => {
  const world = await handedOver();
  await world.phone.ask("join", { rooms: [{ room: "notifications:me" }, { room: "notifications:all" }] });
  const said = overhear(world);
  await world.connect(world.b);
  await settle();
  expect(said).toEqual(["a room:a ann 0"]);
});
