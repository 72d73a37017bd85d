import { expect, setDefaultTimeout, test } from "bun:test";
import { RawPeer } from "../support/raw-peer.ts";
import { ServerHome } from "../support/server-home.ts";
import { signToken, tokenSecret } from "../support/tokens.ts";
import { TwoServers } from "../support/two-servers.ts";
import { WsClient } from "../support/ws-client.ts";

// A process starts here, on machines that may be busy.
setDefaultTimeout(60_000);

const room = "room:presence";

/** Comings, goings and typing, as one peer was told of them. */
const newsOf = ({ frames }: RawPeer) =>
  frames
    .filter(({ type }) => ["user_joined", "user_left", "typing"].includes(type))
    .map(({ type, payload }) => `${type} ${payload.userName} ${payload.isTyping ?? ""}`.trim());

test("a user with two devices that crash, come back and leave has come once and gone once", async () => {
  await using home = await ServerHome.create();
  await home.start({ env: { JWT_SECRET: tokenSecret } });
  const enter = async (sub: string, name: string, connectionId: string) => {
    const headers = { authorization: `Bearer ${await signToken({ sub, name })}` };
    const peer = await RawPeer.open(home.url, { connectionId, headers });
    peer.send({ type: "join", id: "join", payload: { rooms: [{ room }] } });
    await peer.answer("join");
    return peer;
  };
  const ben = await enter("ben", "Ben", "ben-1");
  const told = (...news: string[]) => ben.until(news.join(", "), () => newsOf(ben).length >= news.length);
  const present = async (id: string) => {
    ben.send({ type: "presence", id, payload: { room } });
    const { users, total } = (await ben.answer(id)).payload as { users: object[]; total: number };
    return { ann: users[1], total };
  };
  const ann = { userId: "ann", userName: "Ann", userImage: null };

  const phone = await enter("ann", "Ann", "phone");
  const desk = await enter("ann", "Ann", "desk");
  expect(await present("both")).toEqual({ ann: { ...ann, connections: 2 }, total: 2 });

  phone.send({ type: "typing", payload: { room, isTyping: true } });
  await told("user_joined Ann", "typing Ann true");
  phone.vanish();
  desk.vanish();
  await told("user_joined Ann", "typing Ann true", "typing Ann false");
  expect(await present("none")).toEqual({ ann: { ...ann, connections: 0 }, total: 2 });

  const back = await enter("ann", "Ann", "phone");
  expect(await present("back")).toEqual({ ann: { ...ann, connections: 1 }, total: 2 });
  back.send({ type: "leave", id: "leave", payload: { rooms: [room] } });
  await back.answer("leave");
  await told("user_joined Ann", "typing Ann true", "typing Ann false", "user_left Ann");
  expect(newsOf(ben)).toEqual(["user_joined Ann", "typing Ann true", "typing Ann false", "user_left Ann"]);
  expect(await present("gone")).toEqual({ ann: undefined, total: 1 });
  expect([phone, desk, back].map(newsOf)).toEqual([[], [], []]);
});

test("a user who is handed over to another server has come once, and gone once from both", async () => {
  await using servers = await TwoServers.start();
  const { blue, green } = servers;
  const enter = async (server: typeof blue, connectionId: string) => {
    const client = await WsClient.connect(server.socketUrl(connectionId));
    await client.join(room);
    return client;
  };
  const watchers = [await enter(blue, "watcher-blue"), await enter(green, "watcher-green")];
  const comings = (client: WsClient) =>
    client.frames.filter(({ type }) => ["user_joined", "user_left"].includes(type));
  const named = (client: WsClient) =>
    comings(client).map(({ type, payload }) => `${type} ${payload.userId === ann ? "ann" : "watcher"}`);
  const sessions = async (client: WsClient) => {
    const { payload } = await client.ask("presence", { room });
    const users = payload.users as { userId: string; connections: number }[];
    return [users.find(({ userId }) => userId === ann)?.connections, payload.total];
  };

  const older = await enter(blue, "ann");
  const ann = (await older.event("connection_established")).payload.userId;
  servers.drain(blue);
  await older.event("goodbye");
  const newer = await enter(green, "ann");
  expect([await sessions(older), await sessions(newer)]).toEqual([
    [1, 3],
    [1, 3],
  ]);
  await older.close();
  expect(await sessions(newer)).toEqual([1, 3]);
  await newer.close();
  for (const watcher of watchers)
    await watcher.until(
      "Ann's leave",
      () => comings(watcher).find(({ type }) => type === "user_left"),
      10_000,
    );
  expect(watchers.map(named)).toEqual([
    ["user_joined watcher", "user_joined ann", "user_left ann"],
    ["user_joined ann", "user_left ann"],
  ]);
});
