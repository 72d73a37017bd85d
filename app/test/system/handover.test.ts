import { describe, expect, test } from "bun:test";
import { controlRoom } from "../../src/chat/engine-people.ts";
import { eventually } from "../support/eventually.ts";
import { rawRequest, upgradeHeaders } from "../support/raw-request.ts";
import { signToken, tokenSecret } from "../support/tokens.ts";
import { type OneServer, TwoServers } from "../support/two-servers.ts";
import { WsClient } from "../support/ws-client.ts";

const room = "room:a";
const authenticated = { JWT_SECRET: tokenSecret };

/** All from one address behind a proxy. */
const headersWith = (token: string) => ({
  authorization: `Bearer ${token}`,
  "x-forwarded-for": "192.0.2.1",
});

const connect = (server: OneServer, connectionId: string, token?: string) =>
  WsClient.connect(
    server.socketUrl(connectionId),
    token === undefined ? {} : { headers: headersWith(token) },
  );

/** What a handshake comes to, and what a plain GET says that it would. */
async function verdictsOf(server: OneServer, connectionId: string, token: string): Promise<unknown[]> {
  const headers = headersWith(token);
  const url = server.socketUrl(connectionId);
  const answers = [
    await rawRequest(url, "GET", { ...upgradeHeaders, ...headers }),
    await rawRequest(url, "GET", headers),
  ];
  return answers.map(({ status, body }) => [status, status === 101 ? "" : JSON.parse(body).error.code]);
}

const told = async (client: WsClient) => (await client.event("goodbye")).payload;
const sessionCounts = ({ both }: TwoServers) => both.map(({ hub }) => hub.sessionCount);

describe("a client that moves to the other server before it leaves the first", () => {
  test("misses nothing, gets nothing twice, and goes on counting", async () => {
    await using servers = await TwoServers.start();
    const writer = await connect(servers.green, "writer");
    const blue = await connect(servers.blue, "mover");
    for (const client of [writer, blue]) await client.join(room);
    await writer.ask("send_message", { room, content: "1" });
    await eventually("the first message", () => blue.messages(room).length === 1);
    expect((await blue.ask("message", { content: 0 })).payload.count).toBe(1);
    servers.drain(servers.blue);
    expect(await told(blue)).toEqual({ reason: "draining", closesInMs: 15_000, reconnect: true });
    await writer.ask("send_message", { room, content: "2" });
    await eventually("the second message", () => blue.messages(room).length === 2);

    const green = await connect(servers.green, "mover");
    const { epoch } = await writer.join(room);
    const resumed = await green.join(room, { epoch, seq: 1 });
    expect(resumed.events.map(({ payload }) => payload.seq)).toEqual([2]);
    await writer.ask("send_message", { room, content: "3" });
    await eventually("both to be served", () =>
      [blue, green].every((client) => client.messages(room).at(-1)?.payload.seq === 3),
    );
    expect((await green.ask("message", { content: 0 })).payload.count).toBe(2);
    expect(await blue.close()).toBe(1000);
    await eventually("the session to be green's alone", () => sessionCounts(servers).join() === "0,2");
    expect(green.isClosed).toBe(false);
  });

  test("is closed on the first when its time is over, and nowhere else", async () => {
    await using servers = await TwoServers.start();
    const blue = await connect(servers.blue, "s");
    servers.drain(servers.blue, 300);
    await told(blue);
    const green = await connect(servers.green, "s");
    expect(await blue.closed()).toBe(1012);
    expect([green.isClosed, await green.ask("ping", {})]).toMatchObject([false, { type: "pong" }]);
  });

  test("may go there and back, and each time has a socket", async () => {
    await using servers = await TwoServers.start();
    const writer = await connect(servers.green, "writer");
    await writer.join(room);
    let current = await connect(servers.blue, "s");
    await current.join(room);
    let position = { epoch: "", seq: 0 };
    const seen: unknown[] = [];
    for (let times = 1; times <= 6; times += 1) {
      const isBlue = times % 2 === 1;
      const [from, to] = isBlue ? [servers.blue, servers.green] : [servers.green, servers.blue];
      servers.drain(from);
      const sent = writer.ask("send_message", { room, content: String(times) });
      const next = await connect(to, "s");
      const { epoch, seq, events } = await next.join(room, position);
      await sent;
      servers.undrain(from);
      await current.close();
      seen.push(...events.map(({ payload }) => payload.seq));
      await eventually("the message", () => seq === times || next.messages(room).length > 0);
      seen.push(...next.messages(room).map(({ payload }) => payload.seq));
      position = { epoch, seq: times };
      current = next;
    }
    expect(seen).toEqual([1, 2, 3, 4, 5, 6]);
    await eventually("one session each", () => sessionCounts(servers).reduce((a, b) => a + b) === 2);
  });
});

describe("without a handover", () => {
  test("a second socket on the other server replaces the first", async () => {
    await using servers = await TwoServers.start();
    const blue = await connect(servers.blue, "s");
    const green = await connect(servers.green, "s");
    expect(await told(blue)).toEqual({ reason: "replaced", closesInMs: 5000, reconnect: false });
    await eventually("it to count once", () => sessionCounts(servers).join() === "0,1");
    expect((await blue.ask("ping", {})).type).toBe("pong");
    const third = await connect(servers.green, "s");
    expect([await blue.closed(), green.isClosed, third.isClosed]).toEqual([4501, false, false]);
  });

  test("also where the bus loses the entry that says so", async () => {
    await using servers = await TwoServers.start();
    servers.blue.engine.loses = (log) => log === controlRoom;
    const blue = await connect(servers.blue, "s");
    await connect(servers.green, "s");
    expect(await told(blue)).toMatchObject({ reason: "replaced" });
    expect(servers.blue.hub.sessionCount).toBe(0);
  });
});

describe("both servers as one", () => {
  test("refuse a session of somebody else's", async () => {
    await using servers = await TwoServers.start(authenticated);
    await connect(servers.blue, "s", await signToken());
    const mallory = await signToken({ sub: "mallory" });
    for (const server of servers.both)
      expect(await verdictsOf(server, "s", mallory)).toEqual([
        [409, "session_taken"],
        [409, "session_taken"],
      ]);
  });

  test("let a user have as many sessions as they may, and move each", async () => {
    await using servers = await TwoServers.start({ ...authenticated, MAX_CONNECTIONS_PER_USER: "2" });
    const token = await signToken();
    const first = await connect(servers.blue, "s1", token);
    await connect(servers.green, "s2", token);
    const full = [
      [429, "connection_limit_user"],
      [429, "connection_limit_user"],
    ];
    for (const server of servers.both) expect(await verdictsOf(server, "s3", token)).toEqual(full);
    servers.drain(servers.blue);
    const moved = await connect(servers.green, "s1", token);
    expect(await verdictsOf(servers.green, "s3", token)).toEqual(full);
    await first.close();
    expect(await verdictsOf(servers.green, "s3", token)).toEqual(full);
    await moved.close();
    await connect(servers.green, "s3", token);
  });

  test("let an address have as many sessions as it may", async () => {
    await using servers = await TwoServers.start({ ...authenticated, MAX_CONNECTIONS_PER_IP: "2" });
    const token = await signToken();
    await connect(servers.blue, "s1", token);
    await connect(servers.green, "s2", token);
    for (const server of servers.both)
      expect(await verdictsOf(server, "s3", token)).toEqual([
        [429, "connection_limit_ip"],
        [429, "connection_limit_ip"],
      ]);
  });

  test("let one of two users have a session that both want at a time", async () => {
    await using servers = await TwoServers.start(authenticated);
    const tokens = [await signToken({ sub: "alice" }), await signToken({ sub: "bob" })];
    const statuses = await Promise.all(
      servers.both.map(async (server, index) => {
        const headers = { ...upgradeHeaders, ...headersWith(tokens[index] as string) };
        return (await rawRequest(server.socketUrl("s"), "GET", headers)).status;
      }),
    );
    expect(statuses.sort()).toEqual([101, 409]);
  });
});
